"""A film that growth stretches, against closed forms."""

from __future__ import annotations

from math import asinh, exp, sqrt
from typing import Any

import pytest
from terms import asking, known_too

from trona.deck import Deck
from trona.errors import UserError
from trona.model import compose
from trona.plugin import Contribution
from trona.session import Result, run
from trona_plugins.sums import GROWTH_VELOCITY

FARADAY, R_GAS, T = 96485.33212331001, 8.31446261815324, 298.15
VOLUME, CURRENT, KAPPA = 2.375e-5, 40.0, 2e6
THICK, MODULUS, ENERGY, RELEASE = 20e-9, 4e9, 0.05, 1.5
BORNE = sqrt(ENERGY / (RELEASE * MODULUS * THICK))
END = 20.0
I0, RATIO, RESISTANCE = 15.0, 4.0, 2e-3
RATE = CURRENT * VOLUME / FARADAY * KAPPA
"""Of the stretch, 1/s: the surface grows by the current over z F and the molar volume."""


def deck(options: dict[str, Any] | None = None, current: str = f"{CURRENT} A/m^2", **sections: Any) -> Deck:
    """Metal under an ion conductor on a line, plated with a given current."""
    film = {
        "interface": "metal | sei",
        "curvature": f"{KAPPA} 1/m",
        "thickness": f"{THICK} m",
        "modulus": f"{MODULUS} Pa",
        "fracture_energy": f"{ENERGY} J/m^2",
        "release": RELEASE,
    }
    content = {
        "mesh": {"layers": [{"metal": "1 um"}, {"sei": "1 um"}], "cells": 1, **sections.pop("mesh", {})},
        "materials": {"metal": {"molar_volume": f"{VOLUME} m^3/mol"}, "sei": {"ionic_conductivity": "1 S/m"}},
        "given": {"temperature": f"{T} K"},
        "physics": {
            "ionic_charge": {"blocks": ["sei"]},
            "butler_volmer": {"interface": "metal | sei", "i0": f"{I0} A/m^2"},
            "growth": {"interface": "metal | sei", "motion": "height"},
            "stretched_film": {**film, **(options or {})},
            "cracked_film": {
                "interface": "metal | sei",
                "resistance": f"{RESISTANCE} ohm*m^2",
                "exchange_ratio": RATIO,
            },
            **sections.pop("physics", {}),
        },
        "boundaries": {"top": {"current_density": current}, **sections.pop("boundaries", {})},
        "time": {"end": f"{END} s", "step": "0.5 s", "method": "bdf2"},
    }
    return Deck.from_dict({k: v for k, v in {**content, **sections}.items() if v is not None})


def solved(*args: Any, **sections: Any) -> Result:
    result = run(deck(*args, **sections), record=False)
    assert result.ledger["charge"].closure < 1e-12
    return result


@pytest.mark.parametrize("mesh", [{}, {"width": "1 um", "cells_across": 1}], ids=["1-D", "2-D"])
def test_a_surface_that_grows_opens_its_film(mesh: dict[str, Any]) -> None:
    """D = 1 - exp(-(v kappa t - s_c)), and the voltage of film and reaction behind it."""
    result = solved(mesh=mesh)
    stretch = RATE * END
    bare = 1 - exp(BORNE - stretch)
    assert stretch / 2 > BORNE and bare > 0.1
    assert result["film_stretch_mean"] == pytest.approx(stretch, rel=1e-9)
    assert result["stretch_borne"] == pytest.approx(BORNE, rel=1e-12)
    assert result["bare_share_mean"] == pytest.approx(bare, rel=1e-9)
    assert result["cracked_film_resistance_mean"] == pytest.approx((1 - bare) * RESISTANCE, rel=1e-9)
    eta = -2 * R_GAS * T / FARADAY * asinh(CURRENT / (2 * I0 * (1 + (RATIO - 1) * bare)))
    assert result["overpotential_mean"] == pytest.approx(eta, rel=1e-8)


def test_less_than_it_bears_opens_nothing() -> None:
    result = solved(time={"end": f"{0.9 * BORNE / RATE} s", "step": "1 s"})
    assert result["film_stretch_mean"] == pytest.approx(0.9 * BORNE, rel=1e-9)
    assert result["bare_share_max"] == 0.0
    assert result["cracked_film_resistance_mean"] == pytest.approx(RESISTANCE, rel=1e-12)


def test_metal_that_shrinks_back_closes_the_cracks() -> None:
    """79 steps forwards and 41 backwards, without a memory."""
    there_and_back = f"if(t < {END} s, {CURRENT} A/m^2, {-CURRENT} A/m^2)"
    result = solved(current=there_and_back, time={"end": f"{1.5 * END} s", "step": "0.25 s", "method": "bdf1"})
    stretch = RATE * (79 - 41) * 0.25
    assert result["film_stretch_mean"] == pytest.approx(stretch, rel=1e-9)
    assert result["bare_share_mean"] == pytest.approx(1 - exp(BORNE - stretch), rel=1e-9)


def test_new_film_covers_what_growth_lays_bare() -> None:
    """What opens as fast as it is covered: D = v kappa tau/(1 + v kappa tau); before, o' = v kappa - (e^o - 1)/tau."""
    tau = 5.0
    result = solved({"renewal": f"{tau} s"}, time={"end": "100 s", "step": "0.5 s"})
    assert result["bare_share_mean"] == pytest.approx(RATE * tau / (1 + RATE * tau), rel=1e-6)
    early = solved({"renewal": f"{tau} s"}, time={"end": f"{BORNE / RATE + 4.0} s", "step": "0.02 s"})
    grows = RATE + 1 / tau
    bare_over_whole = RATE * tau / (1 / (1 - exp(-grows * 4.0)) * grows * tau - RATE * tau)
    assert early["bare_share_mean"] == pytest.approx(bare_over_whole / (1 + bare_over_whole), rel=1e-3)


def test_on_a_mesh_that_moves() -> None:
    """The same on a surface that moves with its metal, on which `cohesive` is refused."""
    result = solved(
        physics={"growth": {"interface": "metal | sei"}}, boundaries={"bottom": {"mesh_displacement": ["0 m"]}}
    )
    assert result["bare_share_mean"] == pytest.approx(1 - exp(BORNE - RATE * END), rel=1e-9)


def test_thicker_films_bear_less() -> None:
    thick = solved({"thickness": f"{4 * THICK} m"}, time={"end": "1 s", "step": "1 s"})
    assert thick["stretch_borne"] == pytest.approx(BORNE / 2, rel=1e-12)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"thickness": "0 nm"}, "physics.stretched_film.thickness: must be above 0 m, got '0 nm'"),
        ({"renewal": "0 s"}, "physics.stretched_film.renewal: must be above 0 s, got '0 s'"),
        ({"release": -1}, "physics.stretched_film.release: must be above 0, got '-1'"),
    ],
)
def test_what_makes_no_sense_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as caught:
        compose(deck(options))
    assert message in str(caught.value)


def test_it_needs_time_and_growth() -> None:
    plain = deck().root.plain()
    del plain["physics"]["growth"]
    with pytest.raises(UserError, match="growth_velocity"):
        compose(Deck.from_dict(plain))

    def grows(self: Any, model: Contribution) -> None:
        model.interface("metal | sei").feed(GROWTH_VELOCITY, model.quantity(1e-9, "m/s", "speed"))

    del plain["time"]
    plain["physics"]["asking"] = {}
    with pytest.raises(UserError, match="a film is stretched over time; give 'time'"):
        compose(Deck.from_dict(plain), known_too(asking(grows, (GROWTH_VELOCITY,))))
