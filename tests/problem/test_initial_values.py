"""Initial values by block, of vectors and of fields on interfaces."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from problems import problem_for
from pytest_mpi import parallel_assert

from trona.deck import Deck
from trona.errors import UserError
from trona.model import Model, compose
from trona.session.run import run

MATERIAL = {
    "density": "1000 kg/m^3",
    "specific_heat_capacity": "2000 J/kg/K",
    "thermal_conductivity": "3 W/m/K",
    "youngs_modulus": "1 GPa",
    "poisson_ratio": "0.3",
}
MEANS = {b: {"reduce": "mean", "of": "temperature", "on": b} for b in ("a", "b")}
RESISTANCE = {"thermal_resistance": {"interface": "a | b", "R": "1e-5 K*m^2/W"}}


def deck(initial: dict[str, Any], physics: dict[str, Any] | None = None, **sections: Any) -> Deck:
    return Deck.from_dict(
        {
            "mesh": {"layers": [{"a": "2 um"}, {"b": "2 um"}], "width": "3 um", "cells": 2, "cells_across": 2},
            "materials": {"a": MATERIAL, "b": MATERIAL},
            "physics": {"heat": {"blocks": ["a", "b"]}, **(physics or {})},
            "initial": initial,
            "time": {"end": "1 s", "step": "1 s"},
            **sections,
        }
    )


def composed(initial: dict[str, Any], physics: dict[str, Any] | None = None, **sections: Any) -> Model:
    return compose(deck(initial, physics, **sections))


def refused(initial: dict[str, Any], physics: dict[str, Any] | None = None, **sections: Any) -> str:
    with pytest.raises(UserError) as caught:
        composed(initial, physics, **sections)
    return str(caught.value).split(" ", 1)[1]


def at(model: Model, field: str, block: str, *points: tuple[float, float]) -> Any:
    """Values of a field at points in um, in the state that a run starts from."""
    import firedrake as fd

    problem = problem_for(model)
    component = problem.unknowns.find(field, block)
    function = problem.unknowns.states[0].subfunctions[component.index]
    found = fd.PointEvaluator(component.mesh, 1e-6 * np.array(points)).evaluate(function)
    return (0 if component.field.shape else float(component.reference)) + float(component.scale) * found


TWO = {"a": "300 K + 1 K * y / 1 um", "b": "302 K + 3 K * ln(y / 1 um - 1)"}
"""Equal where the blocks meet, at y = 2 um; the logarithm has no value in most of the other block."""


def test_a_continuous_field_by_block() -> None:
    model = composed({"temperature": TWO})
    found = at(model, "temperature", "a", (1.5, 0.0), (1.5, 1.0), (3.0, 2.0), (1.5, 4.0))
    assert found == pytest.approx([300.0, 301.0, 302.0, 302.0 + 3.0 * np.log(3.0)], rel=1e-12)


@pytest.mark.parallel(2)
def test_a_continuous_field_by_block_on_two_ranks() -> None:
    """The mean of both blocks, of one capacity and closed, stays what it was at the start.

    A step much longer than diffusion takes would make round-off of the mean larger by that ratio.
    """
    start = {"a": "300 K + 1 K * y / 1 um", "b": "302 K + 3 K * (y / 1 um - 2)"}
    short = {"end": "10 us", "step": "10 us"}
    result = run(deck({"temperature": start}, outputs={"extra": MEANS}, time=short), record=False)
    parallel_assert(abs(result["a"] + result["b"] - (301.0 + 305.0)) < 1e-12 * 606.0)


def test_a_field_that_jumps() -> None:
    """Two bodies of one capacity meet in the middle, and lose nothing on the way, but for round-off.

    A step much longer than an exchange takes (20 us) would make that larger by their ratio.
    """
    model = composed({"temperature": {"a": "300 K", "b": "300 K + 25 K * y / 1 um"}}, RESISTANCE)
    assert at(model, "temperature", "a", (0.0, 2.0)) == pytest.approx(300.0, rel=1e-14)
    assert at(model, "temperature", "b", (0.0, 2.0)) == pytest.approx(350.0, rel=1e-14)
    parts, time = {"a": "300 K", "b": "350 K"}, {"end": "4 ms", "step": "2 ms"}
    result = run(deck({"temperature": parts}, RESISTANCE, outputs={"extra": MEANS}, time=time), record=False)
    assert result["a"] + result["b"] == pytest.approx(650.0, rel=1e-12)
    assert result["b"] - result["a"] < 1.0


def test_a_vector() -> None:
    clamped = {"bottom": {"displacement": ["0 m", "0 m"]}}
    parts = {"a": ["1 nm * y / 1 um", None], "b": ["2 nm", "1 nm * (y / 1 um - 2)"]}
    start = {"temperature": "300 K", "displacement": parts}
    model = composed(start, {"elasticity": {"blocks": ["a", "b"]}}, boundaries=clamped)
    found = at(model, "displacement", "a", (1.0, 1.0), (1.0, 3.0))
    assert found == pytest.approx(1e-9 * np.array([[1.0, 0.0], [2.0, 1.0]]), rel=1e-12, abs=1e-24)
    model = composed(
        {**start, "displacement": ["1 nm", "2 nm"]}, {"elasticity": {"blocks": ["a", "b"]}}, boundaries=clamped
    )
    assert at(model, "displacement", "b", (1.0, 3.0)) == pytest.approx(np.array([[1e-9, 2e-9]]), rel=1e-12)
    parts["b"][0] = "3 nm"
    said = refused(start, {"elasticity": {"blocks": ["a", "b"]}}, boundaries=clamped)
    assert said.endswith("is continuous at a | b, and its initial values differ there: 2e-09 and 3e-09 m")
    start["displacement"] = ["0 m"]
    said = refused(start, {"elasticity": {"blocks": ["a", "b"]}}, boundaries=clamped)
    assert said == "initial.displacement: 'displacement' has 2 components, got 1"


def test_a_field_of_an_interface() -> None:
    clamped = {"bottom": {"displacement": ["0 m", "0 m"]}}
    physics = {
        "elasticity": {"blocks": ["a", "b"]},
        "deposition_stress": {"interface": "a | b", "normal_stiffness": "1 GPa/um"},
    }
    start = {"temperature": "300 K", "deposit_height": {"a | b": "1 nm * x / 1 um"}}
    model = composed(start, physics, boundaries=clamped)
    (initial,) = model.fields["deposit_height"].initial
    assert initial.blocks == () and initial.value.expression.variables == {"x"}
    said = refused({**start, "deposit_height": {"b": "1 nm"}}, physics, boundaries=clamped)
    assert said == "initial.deposit_height.b: 'deposit_height' lives at a | b, not at 'b'"


def test_what_is_refused() -> None:
    jump = "'temperature' is continuous at a | b, and its initial values differ there: 300 and 310 K"
    assert refused({"temperature": {"a": "300 K", "b": "310 K"}}) == f"initial.temperature.b: {jump}"
    assert refused({"temperature": {"a": "300 K"}}) == (
        "initial.temperature: 'temperature' needs an initial value in b too"
    )
    assert refused({"temperature": {"a": "300 K", "bb": "300 K"}}) == (
        "initial.temperature.bb: 'temperature' does not live in 'bb'; nearest: b"
    )
    assert refused({"temperature": {"a": "300 K", "b": "-1 K"}}).startswith("initial.temperature.b: 'temperature' must")
    assert refused({"temprature": {"a": "300 K", "b": "300 K"}}) == (
        "initial.temprature: no field 'temprature'; nearest: temperature"
    )
