"""Boundaries that move: how far, what a block keeps that is stretched, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from strips import strip

from trona.deck import Deck
from trona.errors import DeckError
from trona.model import Model, compose, registry
from trona.plugin import BoundaryOption, Contribution, Physics, Quantity, balance, dot
from trona.session import run

THICK, SPEED, END, RATE = 2e-6, 50e-9, 20.0, 1e-3
HOT = 310.0


class Drawn(Physics):
    """A boundary that is drawn outwards, faster where it is farther along the last coordinate, for tests."""

    name = "drawn"
    requires = (balance("energy"),)
    boundary = BoundaryOption("boundary")
    speed = Quantity("m/s", "speed")
    rate = Quantity("1/s", "speed per distance", default="0 1/s")

    def contribute(self, model: Contribution) -> None:
        law = model.boundary(self.boundary)
        place = dot(model.position, model.coordinates.direction())
        law.move(self.speed + self.rate * place)
        law.output("place", place, "m", "place of the boundary", "mean")


def drawn(folder: Path, dim: int, **changes: Any) -> Model:
    known = registry()
    mine = replace(known, physics={**known.physics, "drawn": Drawn})
    thermal = {"thermal_conductivity": "100 W/m/K", "density": "1000 kg/m^3", "specific_heat_capacity": "2000 J/kg/K"}
    options = changes.pop("drawn", {"boundary": "top", "speed": f"{SPEED!r} m/s"})
    content = {
        "materials": {"body": thermal},
        "physics": {"heat": {"blocks": ["body"]}, "drawn": options},
        "initial": {"temperature": f"{HOT} K"},
        "boundaries": {"bottom": {"mesh_displacement": "0 m"}},
        "motion": {"direction": "xyz"[dim - 1]},
        "time": {"end": f"{END} s", "step": "5 s"},
        **changes,
    }
    deck: Deck = strip(folder, [("body", THICK, 2)], dim=dim, width=1e-6, cells_across=1, **content)
    return compose(deck, mine)


@pytest.mark.parametrize("dim", [1, 2])
def test_it_goes_as_far_as_its_speed_says(tmp_path: Path, dim: int) -> None:
    """And the block keeps its mean temperature while heat spreads: what it gains in size is as hot as it is."""
    axis = "xyz"[dim - 1]
    warmer = {"temperature": f"{HOT - 10} K + 20 K * {axis} / {THICK} m"}
    result = run(
        drawn(tmp_path, dim, initial=warmer, time={"end": f"{END} s", "step": "5 s", "method": "bdf1"}), record=False
    )
    assert result["place"] == pytest.approx(THICK + SPEED * END, rel=1e-12)
    assert result["temperature_max"] == pytest.approx(HOT, abs=1e-6)
    assert result["temperature_min"] == pytest.approx(HOT, abs=1e-6)
    assert result.ledger["energy"].closure < 1e-9


def test_its_velocity_is_that_of_where_it_is(tmp_path: Path) -> None:
    """dy/dt = k y by steps of the implicit Euler method: y = y_0 (1 - k dt)^-m."""
    options = {"boundary": "top", "speed": "0 m/s", "rate": f"{RATE} 1/s"}
    model = drawn(tmp_path, 1, drawn=options, time={"end": f"{END} s", "step": "5 s", "method": "bdf1"})
    assert run(model, record=False)["place"] == pytest.approx(THICK * (1 - 5 * RATE) ** -4, rel=1e-11)


def test_what_cannot_move_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DeckError, match="top can only move in time; give 'time'"):
        drawn(tmp_path, 2, time=None)
    held = {"bottom": {"mesh_displacement": ["0 m", "0 m"]}, "sides": {"mesh_displacement": ["0 m", "0 m"]}}
    with pytest.raises(DeckError, match=r"boundaries\.sides: holds 'mesh_displacement' where top ends, although top"):
        drawn(tmp_path, 2, motion={}, boundaries=held)
