"""Multipliers at the ends of an interface, where both sides are fixed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from strips import strip
from terms import known_too

from trona.errors import UserError
from trona.model import compose, registry
from trona.plugin import Contribution, InterfaceOption, Physics, Quantity
from trona.session import Result, run

L = 1e-3


class Tie(Physics):
    """The temperature in b is that in a and a jump more, held by a multiplier."""

    name = "tie"
    interface = InterfaceOption("a | b")
    jump = Quantity("K", "jump", default="0 K")

    def contribute(self, model: Contribution) -> None:
        law = model.interface(self.interface)
        jump = law.plus.field("temperature") - law.minus.field("temperature") - self.jump
        law.constrain(jump, "K", model.balance("energy"), "tie", "heat that ties")


def tied(folder: Path, order: int, sides: str | None, jump: str = "0 K") -> Result:
    """Two squares, their outer ends at 300 and 310 K; `sides` fixes both at the ends of the interface."""
    known = registry()
    mine = replace(known, physics={**known.physics, "tie": Tie})
    deck = strip(
        folder,
        [("a", L, 2), ("b", L, 2)],
        dim=2,
        width=L,
        cells_across=3,
        materials={b: {"thermal_conductivity": "2 W/m/K"} for b in "ab"},
        physics={"heat": {"blocks": ["a", "b"]}, "tie": {"interface": "a | b", "jump": jump}},
        boundaries={
            "bottom": {"temperature": "300 K"},
            "top": {"temperature": "310 K"},
            **({"sides": {"temperature": sides}} if sides else {}),
        },
        elements={"order": order},
    )
    return run(compose(deck, mine), record=False)


def multiplier(result: Result) -> Any:
    """Its values, in order along the interface."""
    import firedrake as fd

    component = result.problem.unknowns.find("tie")
    x = fd.Function(fd.VectorFunctionSpace(component.mesh, "CG", component.field.order))
    x.interpolate(fd.SpatialCoordinate(component.mesh))
    values = result.problem.unknowns.states[0].subfunctions[component.index].dat.data_ro * float(component.scale)
    return values[np.argsort(x.dat.data_ro[:, 0])]


@pytest.mark.parametrize("order", [1, 2])
def test_a_tie_whose_ends_are_fixed_is_determined(tmp_path: Path, order: int) -> None:
    """Both sides follow a straight line along the fixed sides: so does all, and the tie carries 2 * 10/(2 L)."""
    result = tied(tmp_path, order, "300 K + 10 K * y / 2 mm")
    found = multiplier(result)
    expected = -2.0 * 10 / (2 * L)
    # Held at the ends, where nothing answers to it, it is right in the weak sense: the heat that crosses is.
    assert found[0] == found[-1] == 0.0
    assert np.allclose(found, found[::-1], rtol=1e-9, atol=1e-9 * abs(expected))
    assert abs(found).max() < 3 * abs(expected)
    assert result.ledger["energy"].closure < 1e-11
    heights, values = temperatures(result)
    assert np.allclose(values, 300 + 10 * heights / (2 * L), rtol=0, atol=1e-9)


def temperatures(result: Result) -> tuple[Any, Any]:
    from strips import nodal

    parts = [nodal(result, "temperature", b) for b in "ab"]
    return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])


def test_a_tie_that_is_free_at_its_ends_is_left_alone(tmp_path: Path) -> None:
    found = multiplier(tied(tmp_path, 1, None, "3 K"))
    assert found == pytest.approx(np.full(4, -2.0 * (10 - 3) / (2 * L)), rel=1e-9)


@pytest.mark.parametrize(("jump", "missed"), [("3 K", "-3 K"), ("3 K * t / 1 s", "-0.6 K at t = 0.2 s"), ("0 K", "")])
def test_a_tie_that_fixed_ends_contradict_is_refused(tmp_path: Path, jump: str, missed: str) -> None:
    """Both sides are held at the same value at the ends: whatever the solver made of it, the jump would not hold."""
    materials = {
        b: {"thermal_conductivity": "2 W/m/K", "density": "1 kg/m^3", "specific_heat_capacity": "1 J/kg/K"}
        for b in "ab"
    }
    deck = strip(
        tmp_path,
        [("a", L, 2), ("b", L, 2)],
        dim=2,
        width=L,
        cells_across=3,
        materials=materials,
        physics={"heat": {"blocks": ["a", "b"]}, "tie": {"interface": "a | b", "jump": jump}},
        boundaries={
            "bottom": {"temperature": "300 K"},
            "top": {"temperature": "310 K"},
            "sides": {"temperature": "300 K + 10 K * y / 2 mm"},
        },
        **({"time": {"step": "1 s", "end": "2 s"}} if "t" in jump else {}),
    )
    if not missed:
        compose(deck, known_too(Tie))
        return
    with pytest.raises(UserError) as refused:
        compose(deck, known_too(Tie))
    lines = deck.path.read_text().splitlines()
    fixed = next(n for n, line in enumerate(lines, 1) if "10 K * y" in line)
    tie = next(n for n, line in enumerate(lines, 1) if "interface:" in line)
    assert str(refused.value) == (
        f"{deck.path}:{fixed}:18 boundaries.sides.temperature: the fixed values on 'sides' contradict tie "
        f"({deck.path}:{tie}:5) where they meet 'a | b': what must be zero there is {missed}; fix consistent values"
    )


@pytest.mark.parametrize("dim", [2, 3])
@pytest.mark.parametrize("slip", ["free", "none"])
@pytest.mark.parametrize(
    ("displacement", "along", "contradicts"),
    [
        ("1 um", "0 m", True),
        ("0 m", "0 m", False),
        ("1 um", None, False),
        ("1 um", "-1 um", False),
        ("1 um * t / 1 s", "0 m", True),
    ],
)
def test_a_plate_on_a_body_that_is_clamped_beside_it(
    tmp_path: Path, displacement: str, along: str | None, contradicts: bool, slip: str, dim: int
) -> None:
    """Pushed by 1 um onto a body whose sides do not move, or move freely or likewise along the push."""
    time = {"time": {"step": "1 s", "end": "2 s"}} if "t" in displacement else {}
    zero = ["0 m"] * (dim - 1)
    deck = strip(
        tmp_path,
        [("a", L, 2)],
        dim=dim,
        width=L,
        cells_across=2,
        materials={"a": {"youngs_modulus": "5 GPa", "poisson_ratio": "0.3"}},
        physics={
            "elasticity": {"blocks": ["a"]},
            "platen": {"boundary": "top", "displacement": displacement, "slip": slip},
        },
        boundaries={"sides": {"displacement": [*zero, along]}, "bottom": {"displacement": [*zero, "0 m"]}},
        **time,
    )
    if contradicts:
        missed = "2e-07 m at t = 0.2 s" if time else "1e-06 m"
        told = (
            rf"displacement\[{dim - 1}\]: the fixed values on 'sides' contradict platen .* meet 'top': .* is {missed};"
        )
        with pytest.raises(UserError, match=told):
            compose(deck)
    else:
        compose(deck)
