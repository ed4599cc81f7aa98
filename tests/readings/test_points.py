"""Probes and lines on borders: which of two values they read, and where one must be asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from strips import strip

from trona.deck import Deck
from trona.errors import UserError
from trona.model import compose
from trona.session import Result, run
from trona.session.solution import Solution
from trona.settings import read_settings
from trona.settings.outputs import read_outputs

FLUX = 100.0
"""W/m^2, upwards: 300 K + FLUX / 1 W/m/K through a, then through b, twice as conductive."""


def two_layers(folder: Path, dim: int = 1, extra: dict[str, Any] | None = None, **sections: Any) -> Deck:
    """Heat upwards through a (k = 1, 1 m) and b (k = 2, 1 m); the bottom gives FLUX."""
    return strip(
        folder,
        [("a", 1.0, 3), ("b", 1.0, 2)],
        dim=dim,
        materials={"a": {"thermal_conductivity": "1 W/m/K"}, "b": {"thermal_conductivity": "2 W/m/K"}},
        physics={"heat": {"blocks": ["a", "b"]}, **sections.pop("physics", {})},
        boundaries={"bottom": {"heat_flux": f"{FLUX} W/m^2"}, "top": {"temperature": "300 K"}},
        outputs={"fields": "none", "extra": extra or {}},
        **sections,
    )


def at(*height: str, dim: int) -> list[str]:
    return ["0.5 m"] * (dim - 1) + list(height)


def refusal(deck: Deck) -> str:
    with pytest.raises(UserError) as refused:
        read_outputs(compose(deck))
    return str(refused.value)


@pytest.mark.parametrize("dim", [1, 2])
def test_a_probe_on_a_border_reads_the_block_it_names(tmp_path: Path, dim: int) -> None:
    extra = {
        f"{name}_{block}": {"probe": name, "at": at("1 m", dim=dim), "block": block}
        for name in ("heat_flux", "temperature_gradient")
        for block in "ab"
    }
    result = run(two_layers(tmp_path, dim, extra), record=False)
    up = "." + "xyz"[dim - 1]
    for block, k in (("a", 1.0), ("b", 2.0)):
        assert result[f"heat_flux_{block}{up}"] == pytest.approx(FLUX, rel=1e-9)
        assert result[f"temperature_gradient_{block}{up}"] == pytest.approx(-FLUX / k, rel=1e-9)


@pytest.mark.parametrize("dim", [1, 2])
def test_a_line_across_a_border_has_both_values_there(tmp_path: Path, dim: int) -> None:
    """Once for the block that it comes from and once for the one that it goes to."""
    line = {"line": "temperature_gradient", "from": at("0.5 m", dim=dim), "to": at("1.5 m", dim=dim), "points": 5}
    back = {**line, "from": line["to"], "to": line["from"]}
    ends = {**line, "to": at("1 m", dim=dim), "points": 3}
    plain = {**line, "line": "temperature"}
    deck = two_layers(tmp_path, dim, {"up": line, "down": back, "ends": ends, "T": plain})
    model = compose(deck)
    solution = Solution(model, read_settings(model), lambda *_: None)
    solution.problem.solve()
    found = dict(solution.lines(0.0, 1))
    slope = {
        name: np.atleast_2d(data.fields["temperature_gradient"].values.T)[-1]
        for name, data in found.items()
        if name != "T"
    }
    assert slope["up"] == pytest.approx([-100.0] * 3 + [-50.0] * 3, rel=1e-9)
    assert found["up"].distance == pytest.approx([0, 0.25, 0.5, 0.5, 0.75, 1.0])
    assert slope["down"] == pytest.approx([-50.0] * 3 + [-100.0] * 3, rel=1e-9)
    assert slope["ends"] == pytest.approx([-100.0] * 3, rel=1e-9), "it ends at the border and never enters b"
    assert found["T"].distance == pytest.approx([0, 0.25, 0.5, 0.75, 1.0])
    assert found["T"].fields["temperature"].values == pytest.approx([400, 375, 350, 337.5, 325.0], rel=1e-12)


@pytest.mark.parametrize("dim", [1, 2])
def test_a_flux_that_fields_of_other_meshes_enter(tmp_path: Path, dim: int) -> None:
    """On a line a vector has one component: 7 A/m^2, with a conductivity of the temperature of both blocks."""
    deck = strip(
        tmp_path,
        [("a", 1.0, 20), ("b", 1.0, 2)],
        dim=dim,
        materials={
            "a": {
                "thermal_conductivity": "1 W/m/K",
                "ionic_conductivity": {"arrhenius": {"value": "2 S/m", "activation_energy": "20 kJ/mol"}},
            },
            "b": {"thermal_conductivity": "2 W/m/K"},
        },
        physics={"heat": {"blocks": ["a", "b"]}, "ionic_charge": {"blocks": ["a"]}},
        boundaries={
            "bottom": {"heat_flux": f"{FLUX} W/m^2", "current_density": "7 A/m^2"},
            "top": {"temperature": "300 K"},
            "a | b": {"electric_potential": "0 V"},
        },
        outputs={"extra": {"i": {"probe": "current_density", "at": at("0.4 m", dim=dim), "block": "a"}}},
    )
    assert abs(run(deck, record=False)["i." + "xyz"[dim - 1]]) == pytest.approx(7.0, rel=1e-3)


def test_which_of_two_values_must_be_said(tmp_path: Path) -> None:
    probe = {"probe": "heat_flux", "at": ["1 m"]}
    assert refusal(two_layers(tmp_path, 1, {"p": probe})).endswith(
        "outputs.extra.p.at: the point (1 m) lies on the border of a and b, where 'heat_flux' has a value in each; "
        "say which with 'block'"
    )
    line = {"line": "heat_flux", "from": ["0 m", "1 m"], "to": ["1 m", "1 m"]}
    found = refusal(two_layers(tmp_path, 2, {"p": line}))
    assert "outputs.extra.p.from: the line runs along (0 m, 1 m), on the border of a and b" in found
    jump = {"thermal_resistance": {"interface": "a | b", "R": "0.01 K*m^2/W"}}
    found = refusal(two_layers(tmp_path, 1, {"p": {"probe": "temperature", "at": ["1 m"]}}, physics=jump))
    assert "the border of a and b, where 'temperature' has a value in each" in found
    found = refusal(two_layers(tmp_path, 1, {"p": {"probe": "heat_flux", "at": ["0.5 m"], "block": "b"}}))
    assert "the point (0.5 m) lies in no block of 'heat_flux', which lives in b" in found


def test_a_jump_has_both_values(tmp_path: Path) -> None:
    jump = {"thermal_resistance": {"interface": "a | b", "R": "0.01 K*m^2/W"}}
    extra = {f"T_{b}": {"probe": "temperature", "at": ["1 m"], "block": b} for b in "ab"}
    result = run(two_layers(tmp_path, 1, extra, physics=jump), record=False)
    assert (result["T_a"], result["T_b"]) == pytest.approx((351.0, 350.0), rel=1e-12)


def test_between_cells_of_one_block_the_mean_is_read(tmp_path: Path) -> None:
    """The gradient of a parabola on elements of order 1 jumps from cell to cell; their mean is exact here."""
    deck = strip(
        tmp_path,
        [("a", 1.0, 4)],
        materials={"a": {"thermal_conductivity": "1 W/m/K"}},
        physics={"heat": {"blocks": ["a"]}},
        elements={"order": 1},
        boundaries={"bottom": {"temperature": "300 K"}, "top": {"temperature": "300 K + 4 K"}},
        outputs={"extra": {"g": {"probe": "temperature_gradient", "at": ["0.5 m"]}}},
    )
    model = compose(deck)
    solution = Solution(model, read_settings(model), lambda *_: None)
    (T,) = solution.problem.unknowns.components
    import firedrake as fd

    x = fd.SpatialCoordinate(T.mesh)[0]
    value = (300 + 4 * x**2 - T.reference) / T.scale
    solution.problem.unknowns.states[0].interpolate(value)
    (found,) = [o.value for o in solution.outputs() if o.name.startswith("g")]
    assert found == pytest.approx(4.0, rel=1e-10)


@pytest.mark.parallel(2)
def test_on_two_ranks(tmp_path_factory: pytest.TempPathFactory) -> None:
    from mpi4py import MPI

    folder = MPI.COMM_WORLD.bcast(tmp_path_factory.mktemp("ranks") if MPI.COMM_WORLD.rank == 0 else None)
    deck = MPI.COMM_WORLD.bcast(
        two_layers(folder, 2, {b: {"probe": "heat_flux", "at": at("1 m", dim=2), "block": b} for b in "ab"})
        if MPI.COMM_WORLD.rank == 0
        else None
    )
    result: Result = run(deck, record=False)
    assert (result["a.y"], result["b.y"]) == pytest.approx((FLUX, FLUX), rel=1e-9)


def test_a_model_is_read_and_run_twice(tmp_path: Path) -> None:
    """Reading what its deck asks for changes nothing in it; a second run gives the same numbers."""
    extra = {
        "mean_b": {"reduce": "mean", "of": "temperature", "on": "b"},
        "at_top": {"probe": "temperature", "at": ["2 m"]},
        "line": {"line": "temperature", "from": ["0 m"], "to": ["2 m"], "points": 3},
    }
    model = compose(two_layers(tmp_path, 1, extra))
    before = model.outputs
    assert [o.name for o in read_outputs(model).outputs] == [*(o.name for o in before), "mean_b"]
    assert model.outputs == before
    first, second = (run(model, record=False) for _ in range(2))
    assert {n: o.value for n, o in first.outputs.items()} == {n: o.value for n, o in second.outputs.items()}
    assert first["mean_b"] == pytest.approx(325.0, rel=1e-12)


def test_outputs_that_are_refused_leave_the_model_as_it_was(tmp_path: Path) -> None:
    good = {"reduce": "mean", "of": "temperature", "on": "b"}
    model = compose(two_layers(tmp_path, 1, {"good": good, "bad": {**good, "on": "c"}}))
    before = [o.name for o in model.outputs]
    for _ in range(2):
        with pytest.raises(UserError, match="no block, boundary or interface 'c'"):
            read_outputs(model)
    assert [o.name for o in model.outputs] == before
