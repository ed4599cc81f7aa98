"""Lines that stand for cylinders and spheres, against closed forms: all three coordinate systems of a line."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from trona.deck import Deck
from trona.errors import UserError
from trona.model import compose
from trona.session import Result, run

A, B = 1.0, 3.0  # m
ROUND = {"planar": (0, 1.0), "axisymmetric": (1, 2 * np.pi), "spherical": (2, 4 * np.pi)}
"""Per system the directions that turn and the whole angle."""


def line(coordinates: str, cells: int = 48, **sections: Any) -> Deck:
    mesh = {"layers": [{"shell": f"{B - A} m"}], "start": f"{A} m", "cells": cells, "coordinates": coordinates}
    return Deck.from_dict({"mesh": mesh, **sections})


def solved(coordinates: str, **sections: Any) -> Result:
    return run(line(coordinates, **sections), record=False)


@pytest.mark.parametrize("coordinates", ROUND)
def test_heat_through_a_shell(coordinates: str) -> None:
    """Conducted heat: k dT over the integral of 1 / area, with the areas of a slab, a cylinder and a sphere."""
    turns, full = ROUND[coordinates]
    result = solved(
        coordinates,
        materials={
            "shell": {"thermal_conductivity": "5 W/m/K", "density": "1 kg/m^3", "specific_heat_capacity": "1 J/kg/K"}
        },
        physics={"heat": {"blocks": ["shell"]}},
        boundaries={"bottom": {"temperature": "310 K"}, "top": {"temperature": "300 K"}},
        outputs={
            "extra": {
                "out": {"flow": "energy", "through": "top"},
                "size": {"reduce": "integral", "of": "1", "on": "shell"},
            }
        },
    )
    resistance = {0: B - A, 1: np.log(B / A), 2: 1 / A - 1 / B}[turns] / full
    assert abs(result.outputs["out"].value) == pytest.approx(5 * 10 / resistance, rel=1e-6)
    volume = full * (B ** (turns + 1) - A ** (turns + 1)) / (turns + 1)
    assert result.outputs["size"].value == pytest.approx(volume, rel=1e-12)
    assert result.ledger["energy"].closure < 1e-12


@pytest.mark.parametrize("coordinates", ROUND)
def test_a_solid_body_that_is_heated_inside(coordinates: str) -> None:
    """To the very middle, where no condition is given: what leaves through the surface cools the whole body."""
    turns, full = ROUND[coordinates]
    radius = 2.0
    deck = Deck.from_dict(
        {
            "mesh": {"layers": [{"ball": f"{radius} m"}], "cells": 4, "coordinates": coordinates},
            "materials": {
                "ball": {"thermal_conductivity": "5 W/m/K", "density": "1 kg/m^3", "specific_heat_capacity": "7 J/kg/K"}
            },
            "physics": {"heat": {"blocks": ["ball"]}},
            "initial": {"temperature": "300 K"},
            "boundaries": {"top": {"heat_flux": "-6 W/m^2"}},
            "time": {"end": "10 s", "step": "5 s"},
            "outputs": {"extra": {"mean": {"reduce": "mean", "of": "temperature", "on": "ball"}}},
        }
    )
    result = run(deck, record=False)
    cooled = 6 * (turns + 1) / radius * 10 / 7  # area / volume is (turns + 1) / R
    assert result.outputs["mean"].value == pytest.approx(300 - cooled, rel=1e-12)
    lost = 6 * 10 * full * radius**turns
    assert [e.value for e in result.ledger["energy"].entries if e.term == "boundary"] == [
        pytest.approx(-lost, rel=1e-9)
    ]
    assert result.ledger["energy"].closure < 1e-11


@pytest.mark.parametrize("coordinates", ["axisymmetric", "spherical"])
def test_lame(coordinates: str) -> None:
    """A thick cylinder in plane strain, and a shell, under pressure from inside."""
    turns, P = ROUND[coordinates][0], 2.0
    result = solved(
        coordinates,
        materials={"shell": {"youngs_modulus": "7 Pa", "poisson_ratio": "0.3"}},
        physics={"elasticity": {"blocks": ["shell"]}, "pressure": {"boundary": "bottom", "pressure": f"{P} Pa"}},
        outputs={
            "extra": {
                name: {"probe": f"stress_{name[:2]}", "at": [f"{r} m"], "block": "shell"}
                for r in (1.0, 2.0, 3.0)
                for name in (f"xx{r}", f"zz{r}", f"yy{r}")
            }
        },
    )
    power = turns + 1
    k = P * A**power / (B**power - A**power)
    for r in (1.0, 2.0, 3.0):
        ratio = (B / r) ** power
        hoop = k * (1 + ratio / turns)
        axial = 0.3 * 2 * k if turns == 1 else hoop
        for name, expected in (("xx", k * (1 - ratio)), ("zz", hoop), ("yy", axial)):
            assert result.outputs[f"{name}{r}"].value == pytest.approx(expected, rel=2e-3, abs=2e-3 * P)
    assert result.ledger["momentum[x]"].closure < 1e-11


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"width": "1 m"}, "spherical coordinates need a mesh of 1 dimension, but this one has 2"),
        ({"start": "-1 m"}, "x is the distance from a centre, but a point of the mesh has x = -1 m"),
    ],
)
def test_the_mesh_must_fit(option: dict[str, str], message: str) -> None:
    mesh = {"layers": [{"shell": "2 m"}], "coordinates": "spherical", **option}
    with pytest.raises(UserError, match=message):
        compose(Deck.from_dict({"mesh": mesh, "materials": {"shell": {}}, "physics": {"heat": {"blocks": ["shell"]}}}))
