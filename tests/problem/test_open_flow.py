"""A slow flow, whose pressure has a level only where something open holds against it."""

from __future__ import annotations

from typing import Any

import pytest
from terms import known_too, layered

from trona.errors import UserError
from trona.model import Model, compose
from trona.plugin import Balance, Blocks, Contribution, Field, Identity, Physics, Quantity, div, grad
from trona.session.run import run


class Stokes(Physics):
    """Slow flow: div(-mu grad v + p I) = 0, div v = 0."""

    name = "stokes"
    provides = (
        Field("velocity", "m/s", "velocity", rank=1, scale="1 m/s", least_order=2),
        Field("p", "Pa", "pressure", scale="1 Pa", order_below=1),
        Balance("momentum", "N/m^3", "velocity", "momentum", inflow="traction", inflow_text="pull"),
        Balance("volume", "1/s", "p", "volume"),
    )
    blocks = Blocks("where it flows")
    viscosity = Quantity("Pa*s", "viscosity", default="3 Pa*s")

    def contribute(self, model: Contribution) -> None:
        v, p = model.field("velocity"), model.field("p")
        model.balance("momentum").flux(-self.viscosity * grad(v) + p * Identity(model.dimension))
        model.balance("volume").source(-div(v))


REST = ["0 m/s", "0 m/s"]
WALLS: dict[str, Any] = {"sides": {"velocity": REST}}
PROFILE = ["0 m/s", "4 1/m/s * x * (1 m - x)"]
ENTERS: dict[str, Any] = {"bottom": {"velocity": PROFILE}}


def flow(boundaries: dict[str, Any], **sections: Any) -> Model:
    """Flow up a channel 1 m wide and 2 m high."""
    layers = [{"a": "2 m"}]
    deck = layered(
        {"stokes": {"blocks": "a"}},
        layers,
        mesh={"width": "1 m", "cells_across": 4},
        materials={},
        boundaries=boundaries,
        **sections,
    )
    return compose(deck, known_too(Stokes))


def test_a_natural_outlet_fixes_the_level_of_the_pressure(capsys: pytest.CaptureFixture[str]) -> None:
    """Between plates p falls by 8 mu U / h^2 per length, to the 0 of the outside."""
    probe = {"probe": "p", "at": ["0.5 m", "0.5 m"]}
    model = flow({**WALLS, **ENTERS}, outputs={"extra": {"p_here": probe}})
    result = run(model, record=False)
    assert result["p_here"] == pytest.approx(8 * 3 * 1.5, rel=1e-9)
    assert "fixes" not in "".join(capsys.readouterr())


CLOSED = "nothing fixes the level of 'p' in a"


@pytest.mark.parametrize(
    "boundaries",
    [
        {**WALLS, **ENTERS, "top": {"velocity": PROFILE}},
        # Walls along which it slips let nothing out either.
        {"sides": {"velocity": ["0 m/s", None]}, "bottom": {"velocity": REST}, "top": {"velocity": [None, "0 m/s"]}},
    ],
)
def test_a_closed_flow_is_refused(boundaries: dict[str, Any]) -> None:
    with pytest.raises(UserError, match=CLOSED):
        flow(boundaries)


@pytest.mark.parametrize(
    "boundaries",
    [
        {**WALLS, "bottom": {"velocity": REST}, "top": {"velocity": ["0 m/s", None]}},  # the normal component is free
        {**WALLS, "bottom": {"velocity": REST}},
        {**WALLS, "bottom": {"velocity": REST}, "top": {"traction": ["1 Pa", "0 Pa"]}},
    ],
)
def test_any_opening_is_enough(boundaries: dict[str, Any]) -> None:
    assert flow(boundaries)
