"""The current through a film that cracks, against closed forms."""

from __future__ import annotations

from typing import Any

import pytest

from trona.deck import Deck
from trona.session.run import run

R, F, T = 8.31446261815324, 96485.33212, 298.15
STRENGTH, ENERGY, STIFFNESS = 20e6, 0.5, 5e15
RESISTANCE, I0, RATIO, VOLTAGE = 2e-3, 15.0, 4.0, 1e-3


def deck(moved: str, ratio: float, **sections: Any) -> Deck:
    """Two layers so stiff that the interface opens by all that the top moves, and a voltage across it."""
    stiff = {"youngs_modulus": "1e15 Pa", "poisson_ratio": 0.2}
    content = {
        "mesh": {"layers": [{"metal": "1 nm"}, {"sei": "1 nm"}], "cells": 1},
        "materials": {"metal": stiff, "sei": {**stiff, "ionic_conductivity": "100 S/m"}},
        "given": {"temperature": f"{T} K"},
        "physics": {
            "ionic_charge": {"blocks": ["sei"]},
            "butler_volmer": {"interface": "metal | sei", "i0": f"{I0} A/m^2", "kinetics": "linear"},
            "elasticity": {"blocks": ["metal", "sei"]},
            "cohesive": {
                "interface": "metal | sei",
                "strength": f"{STRENGTH} Pa",
                "fracture_energy": f"{ENERGY} J/m^2",
                "stiffness": f"{STIFFNESS} Pa/m",
            },
            "cracked_film": {
                "interface": "metal | sei",
                "resistance": f"{RESISTANCE} ohm*m^2",
                "exchange_ratio": ratio,
            },
        },
        "boundaries": {
            "bottom": {"displacement": ["0 m"]},
            "top": {"displacement": [moved], "electric_potential": f"{-VOLTAGE} V"},
        },
        "time": {"end": "1 s", "step": "0.25 s", "method": "bdf1"},
    }
    return Deck.from_dict({**content, **sections})


def current(damage: float, ratio: float) -> float:
    return VOLTAGE / ((1 - damage) * RESISTANCE + R * T / (F * I0 * (1 + (ratio - 1) * damage)))


@pytest.mark.parametrize("ratio", [RATIO, 0.3])
@pytest.mark.parametrize("opening", [2e-9, 12e-9, 60e-9])
def test_a_crack_passes_more_current(opening: float, ratio: float) -> None:
    first, last = STRENGTH / STIFFNESS, 2 * ENERGY / STRENGTH
    reached = min(max(opening, first), last)
    damage = last * (reached - first) / (reached * (last - first))
    result = run(deck(f"{opening!r} m * t / (1 s)", ratio), record=False)
    assert result["cracked_film_resistance_mean"] == pytest.approx((1 - damage) * RESISTANCE, rel=1e-6, abs=1e-12)
    assert result["reaction_current_density_mean"] == pytest.approx(current(damage, ratio), rel=1e-5)


def test_a_crack_that_closes_stays_a_crack() -> None:
    result = run(deck("if(t < 0.6 s, 12 nm, -1 nm)", RATIO), record=False)
    first, last = STRENGTH / STIFFNESS, 2 * ENERGY / STRENGTH
    damage = last * (12e-9 - first) / (12e-9 * (last - first))
    assert result["opening_mean"] < 0
    assert result["reaction_current_density_mean"] == pytest.approx(current(damage, RATIO), rel=1e-5)
