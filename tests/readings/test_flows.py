"""Flows through boundaries and interfaces: as accurate as the fields, also where fixed sides meet."""

from __future__ import annotations

from math import cos, e, log2
from pathlib import Path
from typing import Any

import pytest
from bodies import body, box
from strips import strip
from test_expressions import HEAT, jump, slope
from test_reactions import EXACT, FIELDS, K

from trona.errors import UserError
from trona.model import compose
from trona.readings.outputs import OutputEvaluator
from trona.readings.profiles import ProfileReader
from trona.session import Result, run
from trona.settings.outputs import read_outputs

SIDES = ("left", "right", "bottom", "top")


@pytest.mark.parametrize("coordinates", ["planar", "axisymmetric"])
def test_through_each_of_adjoining_fixed_sides(tmp_path: Path, coordinates: str) -> None:
    """Each converges as the field, of order p + 1; together they are the whole, to round-off."""
    value, across = FIELDS[coordinates]
    errors = []
    for cells in (4, 8, 16):
        extra = {side: {"flow": "energy", "through": side} for side in SIDES}
        deck = body(
            tmp_path,
            (cells, cells),
            box(across, (0.0, 1.0)),
            coordinates=coordinates,
            materials={"body": {"thermal_conductivity": f"{K} W/m/K"}},
            physics={"heat": {"blocks": ["body"]}},
            elements={"order": 1, "quadrature_degree": 6},
            boundaries={side: {"temperature": value} for side in SIDES},
            outputs={"fields": "none", "extra": extra},
        )
        result, exact = run(deck, record=False), EXACT[coordinates]
        errors.append(max(abs(result[side] - exact[side]) for side in SIDES))
        largest = max(map(abs, exact.values()))
        assert abs(sum(result[side] for side in SIDES)) < 1e-11 * largest
    assert log2(errors[1] / errors[2]) > 1.75
    assert result.outputs["top"].unit == {"planar": "W/m", "axisymmetric": "W"}[coordinates]


HARMONIC = "300 K + 1 K * exp(x / 1 m) * sin(y / 1 m)"


def halves(folder: Path, cells: int, order: int) -> Result:
    """The harmonic temperature on the unit square, of two blocks between which nothing jumps."""
    extra = {
        "up": {"flow": "energy", "through": "low | high"},
        "down": {"flow": "energy", "through": "low | high", "into": "low"},
        "bottom": {"flow": "energy", "through": "bottom"},
        "wall_low": {"flow": "energy", "through": "sides", "into": "low"},
        "wall_high": {"flow": "energy", "through": "sides", "into": "high"},
        "walls": {"flow": "energy", "through": "sides"},
    }
    deck = strip(
        folder,
        [("low", 0.5, cells // 2), ("high", 0.5, cells // 2)],
        dim=2,
        width=1.0,
        cells_across=cells,
        materials={b: {"thermal_conductivity": f"{K} W/m/K"} for b in ("low", "high")},
        physics={"heat": {"blocks": ["low", "high"]}},
        elements={"order": order, "quadrature_degree": 6},
        boundaries={side: {"temperature": HARMONIC} for side in ("bottom", "top", "sides")},
        outputs={"fields": "none", "extra": extra},
    )
    return run(deck, record=False)


@pytest.mark.parametrize("order", [1, 2])
def test_through_an_interface_of_a_continuous_field(tmp_path: Path, order: int) -> None:
    """It ends at fixed walls, whose flux its last nodes hold too."""
    up, wall = -K * (e - 1) * cos(0.5), K * (e - 1) * (1 - cos(0.5))
    exact = {"up": up, "down": -up, "wall_low": wall, "wall_high": K * (e - 1) * (cos(0.5) - cos(1.0))}
    errors = []
    for cells in (4, 8):
        result = halves(tmp_path, cells, order)
        errors.append(max(abs(result[name] - value) for name, value in exact.items()))
        low = result["bottom"] + result["wall_low"] + result["down"]
        assert abs(low) < 2 * errors[-1], "what enters a block at rest is nothing in all"
        assert result["walls"] == pytest.approx(result["wall_low"] + result["wall_high"], rel=1e-9)
    assert log2(errors[0] / errors[1]) > order + 0.6
    assert errors[1] < {1: 2e-2, 2: 1e-3}[order] * abs(up)


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_through_a_jump_and_natural_boundaries(tmp_path: Path, dim: int) -> None:
    extra = {
        "across": {"flow": "energy", "through": "a | b"},
        "back": {"flow": "energy", "through": "a | b", "into": "a"},
        "bottom": {"flow": "energy", "through": "bottom"},
        "top": {"flow": "energy", "through": "top"},
    } | ({"sides": {"flow": "energy", "through": "sides"}} if dim > 1 else {})
    result = run(jump(tmp_path, extra, dim), record=False)
    area = 3.0 ** (dim - 1)
    assert result["across"] == pytest.approx(100 * area, rel=1e-9)
    assert result["back"] == pytest.approx(-100 * area, rel=1e-9)
    assert result["bottom"] == pytest.approx(100 * area, rel=1e-9)
    assert result["top"] == pytest.approx(-100 * area, rel=1e-9)
    assert result.outputs["top"].unit == {1: "W/m^2", 2: "W/m", 3: "W"}[dim]
    if dim > 1:
        assert result["sides"] == 0.0


def test_the_flow_of_a_vector_is_a_force(tmp_path: Path) -> None:
    """A bar that is pressed on its top by 5 Pa over 2 m stands on its bottom with 10 N per metre."""
    extra = {"stand": {"flow": "momentum", "through": "bottom"}, "load": {"flow": "momentum", "through": "top"}}
    deck = strip(
        tmp_path,
        [("a", 1.0, 2)],
        dim=2,
        width=2.0,
        materials={"a": {"youngs_modulus": "10 GPa", "poisson_ratio": "0.3"}},
        physics={"elasticity": {"blocks": ["a"]}, "pressure": {"boundary": "top", "pressure": "5 Pa"}},
        boundaries={"bottom": {"displacement": ["0 m", "0 m"]}},
        outputs={"fields": "none", "csv": ["stand"], "extra": extra},
    )
    result = run(deck, record=False)
    assert result["stand.y"] == pytest.approx(10.0, rel=1e-9)
    assert result["load.y"] == pytest.approx(-10.0, rel=1e-9)
    assert abs(result["stand.x"]) < 1e-9


def test_of_a_transient(tmp_path: Path) -> None:
    """What enters through the fixed bottom is what the body takes up."""
    deck = slope(
        tmp_path,
        "1-D",
        {
            "into": {"flow": "energy", "through": "bottom"},
            "rate": {"reduce": "integral", "of": "density * specific_heat_capacity * rate(temperature)", "on": "body"},
        },
        materials={"body": {**HEAT["materials"]["body"], "density": "2 kg/m^3", "specific_heat_capacity": "5 J/kg/K"}},
        boundaries={"bottom": {"temperature": "310 K"}},
        initial={"temperature": "300 K"},
        time={"end": "0.02 s", "step": "0.01 s"},
    )
    result = run(deck, record=False)
    assert result["into"] == pytest.approx(result["rate"], rel=1e-9)
    assert result["into"] > 1.0


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "balance": ({"flow": "enrgy"}, "extra.o.flow: no balance 'enrgy'; nearest: energy"),
    "field": ({"flow": "temperature"}, "no balance 'temperature'"),
    "block": ({"through": "a"}, "a flow goes through a boundary or an interface, but 'a' is a block"),
    "place": ({"through": "tip"}, "no block, boundary or interface 'tip'; nearest: top"),
    "into": ({"into": "c"}, "'top' borders b, not 'c'"),
    "key": ({"in": "b"}, "no such key 'in'; nearest: into"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(tmp_path: Path, name: str) -> None:
    changed, message = REFUSED[name]
    entry = {"flow": "energy", "through": "top", **changed}
    with pytest.raises(UserError) as refused:
        read_outputs(compose(jump(tmp_path, {"o": entry})))
    assert message in str(refused.value)


@pytest.mark.parallel(2)
def test_on_two_ranks(tmp_path_factory: pytest.TempPathFactory) -> None:
    from mpi4py import MPI

    comm = MPI.COMM_WORLD
    folder = comm.bcast(tmp_path_factory.mktemp("ranks") if comm.rank == 0 else None)
    extra = {
        "across": {"flow": "energy", "through": "a | b"},
        "top": {"flow": "energy", "through": "top"},
        "along": {"profile": "temperature", "along": "a | b", "side": "a"},
        "q": {"reduce": "mean", "of": "dot(flux(energy), normal)", "on": "a | b", "side": "a"},
    }
    deck = comm.bcast(jump(folder, extra, 2) if comm.rank == 0 else None)
    result = run(deck, record=False)
    evaluator = OutputEvaluator(result.problem)
    (asked,) = read_outputs(result.problem.model).curves
    line = ProfileReader(result.problem, evaluator.sampling, asked.of[0]).read()
    assert len(line.points) == 9 and line.distance[-1] == pytest.approx(3.0, rel=1e-12)
    assert line.values == pytest.approx(351.0, rel=1e-9)
    assert (result["across"], result["top"], result["q"]) == pytest.approx((300.0, -300.0, 100.0), rel=1e-9)
