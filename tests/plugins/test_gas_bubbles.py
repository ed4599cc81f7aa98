"""Bubbles that cover an electrode as a side reaction makes gas, against closed forms."""

from __future__ import annotations

import re
from math import asinh, atanh, pi, sqrt
from typing import Any

import pytest
from scipy.optimize import brentq
from strips import FARADAY as F
from strips import R_GAS as R

from trona.deck import Deck
from trona.errors import BoundsError, DeckError
from trona.model import compose
from trona.session.run import run

T = 310.0
DENSITY, ELECTRONS, PRESSURE, TENSION = 3e8, 2, 0.3e6, 0.05
I0, TOTAL, SIDE, SEED, END = 20.0, -10.0, 0.4, 3e-6, 600.0
SHAPES = [
    pytest.param({}, id="1-D"),
    pytest.param({"width": "1 um", "cells_across": 2}, id="2-D"),
    pytest.param(
        {"width": "1 um", "cells_across": 2, "coordinates": "axisymmetric"}, id="axisymmetric", marks=pytest.mark.slow
    ),
]
AT = {"interface": "metal | film"}
BUBBLES = {
    **AT,
    "density": f"{DENSITY} 1/m^2",
    "electrons": ELECTRONS,
    "pressure": f"{PRESSURE} Pa",
    "surface_tension": f"{TENSION} N/m",
}


def deck(shape: dict[str, Any] | None = None, side: str = f"{SIDE} A/m^2", steps: int = 5, **sections: Any) -> Deck:
    """Plating through a film, with a side reaction that makes gas."""
    content = {
        "mesh": {"layers": [{"metal": "1 um"}, {"film": "1 um"}], "cells": 1, **(shape or {})},
        "materials": {"metal": "sodium", "film": {"ionic_conductivity": "1 S/m"}},
        "given": {"temperature": f"{T} K"},
        "physics": {
            "ionic_charge": {"blocks": ["film"]},
            "butler_volmer": {**AT, "i0": f"{I0} A/m^2", "mean_current_density": f"{TOTAL} A/m^2"},
            "side_reaction": {**AT, "j": side},
            "gas_bubbles": BUBBLES,
        },
        "boundaries": {"top": {"electric_potential": "0 V"}},
        "initial": {"bubble_radius": f"{SEED} m"},
        "time": {"end": f"{END} s", "step": f"{END / steps} s"},
    }
    return Deck.from_dict({**content, **sections})


def pressed(a: float, tension: float = TENSION) -> float:
    return (PRESSURE + 2 * tension / a) * a**3


def radius(charge: float) -> float:
    """The radius at which the bubbles hold the gas of a charge per area and that of their seeds."""
    wanted = pressed(SEED) + 3 * R * T * charge / (2 * pi * DENSITY * ELECTRONS * F)
    return float(brentq(lambda a: pressed(a) - wanted, SEED, 1e-3, xtol=1e-20, rtol=1e-14))


@pytest.mark.parametrize("shape", SHAPES)
def test_bubbles_hold_the_gas_and_cover_the_electrode(shape: dict[str, Any]) -> None:
    result = run(deck(shape), record=False)
    a = radius(SIDE * END)
    covered = pi * DENSITY * a**2
    assert 0.1 < covered < 0.9 and pressed(a) > 1.01 * PRESSURE * a**3
    for end in ("min", "mean", "max"):
        assert result[f"bubble_radius_{end}"] == pytest.approx(a, rel=1e-9)
        assert result[f"bubble_coverage_{end}"] == pytest.approx(covered, rel=1e-9)
    assert result["gas_rate_mean"] == pytest.approx(SIDE / (ELECTRONS * F), rel=1e-12)
    seed = 2 / 3 * pi * DENSITY * pressed(SEED) / (R * T)
    assert result["gas_amount_mean"] == pytest.approx(seed + SIDE * END / (ELECTRONS * F), rel=1e-9)
    main = TOTAL + SIDE
    assert result["reaction_current_density_mean"] == pytest.approx(main, rel=1e-9)
    eta = 2 * R * T / F * asinh(main / (2 * I0 * (1 - covered)))
    assert result["overpotential_mean"] == pytest.approx(eta, rel=1e-8)
    ledger = next(ledger for name, ledger in result.ledger.items() if name.startswith("gas"))
    assert ledger.worst is not None and not ledger.worst.above(1e-9)


def test_a_side_reaction_on_the_free_surface() -> None:
    """With b = sqrt(theta), without tension, 2 (artanh b - b) grows as time; of second order in the time step."""
    free = f"{SIDE} A/m^2 * (1 - pi * {DENSITY} 1/m^2 * bubble_radius^2)"
    root = sqrt(pi * DENSITY)
    speed = SIDE * R * T / (ELECTRONS * F * PRESSURE)

    def missing(a: float) -> float:
        return 2 * (atanh(a * root) - atanh(SEED * root) - (a - SEED) * root) - speed * root * END

    exact = float(brentq(missing, SEED, (1 - 1e-9) / root, xtol=1e-20, rtol=1e-14))
    errors = []
    for steps in (40, 80):
        result = run(
            deck(
                side=free,
                steps=steps,
                physics={
                    **deck().root.plain()["physics"],
                    "side_reaction": {**AT, "j": free},
                    "gas_bubbles": {**BUBBLES, "surface_tension": "0 N/m"},
                },
            ),
            record=False,
        )
        errors.append(result["bubble_radius_mean"] / exact - 1)
    assert abs(errors[1]) < 1e-4
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.35)


def test_bubbles_on_two_electrodes_grow_for_themselves() -> None:
    """Both electrodes make gas, at different rates; names carry their interface."""
    two = [AT, {"interface": "host | film"}]
    kinetics = [
        {**two[0], "i0": f"{I0} A/m^2", "mean_current_density": f"{TOTAL} A/m^2"},
        {**two[1], "i0": f"{I0} A/m^2"},
    ]
    result = run(
        deck(
            mesh={"layers": [{"metal": "1 um"}, {"film": "1 um"}, {"host": "1 um"}], "cells": 2},
            materials={"metal": "sodium", "host": "sodium", "film": {"ionic_conductivity": "1 S/m"}},
            physics={
                "ionic_charge": {"blocks": ["film"]},
                "butler_volmer": kinetics,
                "side_reaction": [{**at, "j": f"{j} A/m^2"} for at, j in zip(two, (SIDE, SIDE / 2), strict=True)],
                "gas_bubbles": [{**BUBBLES, **at} for at in two],
            },
            boundaries={},
            initial={"bubble_radius": {at["interface"]: f"{SEED} m" for at in two}},
        ),
        record=False,
    )
    for pair, share in (("metal | film", 1.0), ("host | film", 0.5)):
        assert result[f"bubble_radius_mean ({pair})"] == pytest.approx(radius(share * SIDE * END), rel=1e-9)


def test_bubbles_ride_on_a_surface_that_moves() -> None:
    content = deck().root.plain()
    physics = {**content["physics"], "growth": AT}
    result = run(
        deck(physics=physics, boundaries={**content["boundaries"], "bottom": {"mesh_displacement": ["0 m"]}}),
        record=False,
    )
    assert result["growth_velocity_mean"] > 0
    assert result["bubble_radius_mean"] == pytest.approx(radius(SIDE * END), rel=1e-9)


def test_an_electrode_that_is_covered_ends_the_run() -> None:
    with pytest.raises(BoundsError) as caught:
        run(deck(side=f"{20 * SIDE} A/m^2"), record=False)
    assert re.search(
        r"physics.gas_bubbles: bubble_coverage is 1\.\d+ on metal \| film at .* and t = .* s, "
        r"but must be at most 1 \(bubbles cover the electrode\)",
        str(caught.value),
    )


def test_a_steady_deck_is_refused() -> None:
    content = {k: v for k, v in deck().root.plain().items() if k not in ("time", "initial")}
    with pytest.raises(DeckError, match="bubbles grow over time; give 'time'"):
        compose(Deck.from_dict(content))
