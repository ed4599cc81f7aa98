"""An SEI that grows by each law, against closed forms, and its place in the balance of charge."""

from __future__ import annotations

from math import pi, sinh, sqrt
from pathlib import Path
from typing import Any

import pytest
from scipy.optimize import brentq
from strips import FARADAY, R_GAS, strip

from trona.deck import Deck
from trona.errors import DeckError
from trona.model import compose
from trona.session import Result, run

RHO, KAPPA, W, T = 2100.0, 1.5e-6, 0.106, 298.15
START, END = 5e-9, 100.0
KAPPA_E, HEIGHT, I0 = 2e-3, 0.5e-6, 20.0
LAYERS = [{"metal": "1 um"}, {"electrolyte": "0.5 um"}]
AT = {"interface": "metal | electrolyte"}
FILM = {**AT, "density": f"{RHO} kg/m^3", "conductivity": f"{KAPPA} S/m"}
SPECIES = {**AT, "species": "carbonate", "molar_mass": f"{W} kg/mol"}
SHAPES = [
    pytest.param({}, id="1-D"),
    pytest.param({"width": "1 um"}, id="2-D"),
    pytest.param({"width": "1 um", "coordinates": "axisymmetric"}, id="axisymmetric"),
]


def deck(species: Any, steps: int = 10, shape: dict[str, Any] | None = None, **sections: Any) -> Deck:
    """An electrolyte on a metal with a film of `species`, with a current of 5 A/m2 from the top."""
    physics = {
        "ionic_charge": {"blocks": ["electrolyte"]},
        "butler_volmer": {**AT, "i0": f"{I0} A/m^2"},
        "sei_film": FILM,
        "sei_species": species,
    }
    content = {
        "mesh": {"layers": LAYERS, "cells": 2, "cells_across": 2, **(shape or {})},
        "materials": {"metal": {}, "electrolyte": {"ionic_conductivity": f"{KAPPA_E} S/m"}},
        "given": {"temperature": f"{T} K"},
        "physics": {**physics, **sections.pop("physics", {})},
        "boundaries": {"top": {"current_density": "5 A/m^2"}},
        "initial": {"sei_thickness": f"{START} m"},
        "time": {"end": f"{END} s", "step": f"{END / steps} s"},
    }
    return Deck.from_dict({k: v for k, v in {**content, **sections}.items() if v is not None})


def solved(*args: Any, **sections: Any) -> Result:
    result = run(deck(*args, **sections), record=False)
    for ledger in result.ledger.values():
        assert ledger.worst is not None and not ledger.worst.above(1e-9)
    return result


@pytest.mark.parametrize("shape", SHAPES)
def test_a_constant_rate_thickens_the_film_linearly(shape: dict[str, Any]) -> None:
    """Two species, of which one also dissolves; neither takes electrons, so that all current is the reaction's."""
    gained, lost, other = 4e-6, 1.5e-6, 1e-6
    result = solved(
        [
            {**SPECIES, "precipitation": f"{gained} mol/m^2/s", "dissolution": f"{lost} mol/m^2/s"},
            {**SPECIES, "species": "fluoride", "molar_mass": "42 g/mol", "precipitation": f"{other} mol/m^2/s"},
        ],
        shape=shape,
    )
    delta = START + (W * (gained - lost) + 0.042 * other) * END / RHO
    assert result["sei_thickness_min"] == pytest.approx(delta, rel=1e-9)
    assert result["sei_thickness_max"] == pytest.approx(delta, rel=1e-9)
    assert result["sei_resistance_mean"] == pytest.approx(delta / KAPPA, rel=1e-9)
    assert result["reaction_current_density_mean"] == pytest.approx(-5.0, rel=1e-9)


def test_diffusion_through_the_film_makes_its_square_grow_linearly() -> None:
    """delta^2 = delta_0^2 + 2 k t with k = W D c/rho; at a given voltage film, reaction and electrolyte share it."""
    D, c, drop = 1.2e-17, 400.0, 0.05
    result = solved(
        {**SPECIES, "growth": "diffusion", "diffusivity": f"{D} m^2/s", "concentration": f"{c} mol/m^3"},
        boundaries={"top": {"electric_potential": f"{drop} V"}},
        time={"end": f"{END} s", "step": "1 ms", "tolerance": {"sei_thickness": "2e-17 m"}},
    )
    delta = sqrt(START**2 + 2 * W * D * c / RHO * END)
    assert delta > 1.5 * START
    assert result["sei_thickness_mean"] == pytest.approx(delta, rel=1e-6)

    def missing(i: float) -> float:
        eta = -drop - i * (delta / KAPPA + HEIGHT / KAPPA_E)
        return i - 2 * I0 * sinh(0.5 * FARADAY * eta / (R_GAS * T))

    assert result["reaction_current_density_mean"] == pytest.approx(brentq(missing, -50, 0), rel=1e-6)


@pytest.mark.parametrize("conducts", [False, True])
def test_a_reduction_takes_its_current_once(conducts: bool) -> None:
    """delta from j t W/(n F rho); what enters at the top is the reaction and the reduction, and only one deposits."""
    j, n = 0.75, 2
    metal = {"electronic_conductivity": "50 S/m", "molar_volume": "2.375e-5 m^3/mol"}
    more: dict[str, Any] = {"electronic_charge": {"blocks": ["metal"]}} if conducts else {}
    held = {"bottom": {"electrode_potential": "0 V"}} if conducts else {}
    result = solved(
        {**SPECIES, "growth": "reaction", "current_density": f"{j} A/m^2", "electrons": n},
        physics={**more, "growth": {**AT, "motion": "height"}},
        materials={"metal": metal, "electrolyte": {"ionic_conductivity": f"{KAPPA_E} S/m"}},
        boundaries={"top": {"current_density": "5 A/m^2"}, **held},
        outputs={"extra": {"into": {"flow": "charge", "through": "metal | electrolyte", "into": "electrolyte"}}},
    )
    grown = j * END * W / (n * FARADAY * RHO)
    assert result["sei_thickness_mean"] - START == pytest.approx(grown, rel=1e-6)
    assert result["parasitic_current_carbonate"] == pytest.approx(j, rel=1e-12)
    assert result["reaction_current_density_mean"] == pytest.approx(-(5.0 - j), rel=1e-9)
    assert result["height_mean"] == pytest.approx((5.0 - j) * END * 2.375e-5 / FARADAY, rel=1e-9)
    assert result["into"] == pytest.approx(-5.0, rel=1e-9)


def test_a_reduction_draws_its_electrons_from_the_metal() -> None:
    """What leaves through the metal is what entered at the top, and the ledger of each kind of carrier closes."""
    result = solved(
        {**SPECIES, "growth": "reaction", "current_density": "0.75 A/m^2", "electrons": 2},
        steps=2,
        physics={"electronic_charge": {"blocks": ["metal"]}},
        materials={
            "metal": {"electronic_conductivity": "50 S/m"},
            "electrolyte": {"ionic_conductivity": f"{KAPPA_E} S/m"},
        },
        boundaries={"top": {"current_density": "5 A/m^2"}, "bottom": {"electrode_potential": "0 V"}},
        outputs={"extra": {"out": {"flow": "electronic_charge", "through": "bottom"}}},
    )
    assert result["out"] == pytest.approx(-5.0, rel=1e-9)


def test_precipitation_that_takes_electrons_follows_any_law() -> None:
    """Diffusion-limited, so that the current of the reduction is n F D c/delta."""
    D, c, n = 3e-17, 40.0, 1.5
    result = solved(
        {**SPECIES, "growth": "diffusion", "diffusivity": f"{D} m^2/s", "concentration": f"{c} mol/m^3", "electrons": n}
    )
    j = n * FARADAY * D * c / result["sei_thickness_mean"]
    assert result["parasitic_current_carbonate"] == pytest.approx(j, rel=1e-9)
    assert result["reaction_current_density_mean"] == pytest.approx(j - 5.0, rel=1e-9)


def test_a_film_in_three_dimensions(tmp_path: Path) -> None:
    made = deck({**SPECIES, "precipitation": "1e-6 mol/m^2/s * (1 + z / (1 um))"}, steps=2).root.plain()
    made.pop("mesh")
    layers = [("metal", 1e-6, 1), ("electrolyte", HEIGHT, 1)]
    result = run(strip(tmp_path, layers, dim=3, width=1e-6, cells_across=1, **made), record=False)
    assert result["sei_thickness_max"] - START == pytest.approx(2 * W * 1e-6 * END / RHO, rel=1e-9)


def test_a_rate_of_the_place_makes_an_uneven_film() -> None:
    result = solved(
        {**SPECIES, "precipitation": "1e-6 mol/m^2/s * (1 + x / (1 um))"}, shape={"width": "1 um", "cells_across": 4}
    )
    for end, factor in (("min", 1), ("max", 2)):
        assert result[f"sei_thickness_{end}"] - START == pytest.approx(factor * W * 1e-6 * END / RHO, rel=1e-9)


def test_a_film_on_a_moving_surface_keeps_its_thickness() -> None:
    """Each of two films, on the two sides of a conductor, has its own."""
    at = [{"interface": "lower | electrolyte"}, {"interface": "upper | electrolyte"}]
    result = run(
        Deck.from_dict(
            {
                "mesh": {"layers": [{"lower": "1 um"}, {"electrolyte": "1 um"}, {"upper": "1 um"}], "width": "1 um"},
                "materials": {
                    "lower": {"molar_volume": "2.375e-5 m^3/mol"},
                    "upper": {},
                    "electrolyte": {"ionic_conductivity": "1 S/m"},
                },
                "given": {"temperature": f"{T} K"},
                "physics": {
                    "ionic_charge": {"blocks": ["electrolyte"]},
                    "butler_volmer": [
                        {**at[0], "i0": "20 A/m^2", "mean_current_density": "-30 A/m^2"},
                        {**at[1], "i0": "20 A/m^2"},
                    ],
                    "growth": at[0],
                    "sei_film": [{**FILM, **place} for place in at],
                    "sei_species": [
                        {**SPECIES, **at[0], "precipitation": "2e-6 mol/m^2/s"},
                        {**SPECIES, **at[1], "precipitation": "3e-6 mol/m^2/s"},
                    ],
                },
                "boundaries": {"bottom": {"mesh_displacement": "0 m"}, "top": {"mesh_displacement": "0 m"}},
                "motion": {"direction": "y"},
                "initial": {"sei_thickness": {f"{b} | electrolyte": f"{START} m" for b in ("lower", "upper")}},
                "time": {"end": f"{END} s", "step": f"{END / 5} s"},
            }
        ),
        record=False,
    )
    for block, rate in (("lower", 2e-6), ("upper", 3e-6)):
        grown = result[f"sei_thickness_mean ({block} | electrolyte)"] - START
        assert grown == pytest.approx(W * rate * END / RHO, rel=1e-9)


@pytest.mark.parallel(2)
def test_two_ranks_grow_the_same_film() -> None:
    """The wall turns around an axis, so that what is far from it counts more."""
    result = run(
        deck(
            {**SPECIES, "precipitation": "1e-6 mol/m^2/s * (1 + x / (1 um))"},
            shape={"width": "1 um", "cells_across": 4, "coordinates": "axisymmetric"},
        ),
        record=False,
    )
    radius = 1e-6
    mean = 2 * pi * (radius**2 / 2 + radius**2 / 3) / (pi * radius**2)
    assert result["sei_thickness_mean"] - START == pytest.approx(mean * W * 1e-6 * END / RHO, rel=1e-9)


def test_a_film_that_dissolves_ends_the_run() -> None:
    from trona.errors import SolveError

    with pytest.raises(SolveError, match="sei_thickness"):
        run(deck({**SPECIES, "dissolution": "1e-5 mol/m^2/s", "precipitation": "0 mol/m^2/s"}), record=False)


@pytest.mark.parametrize(
    ("species", "sections", "message"),
    [
        ({"precipitation": "1 mol/m^2/s"}, {"time": None}, "an SEI grows over time; give 'time'"),
        ({}, {}, "growth: constant needs precipitation"),
        ({"growth": "diffusion", "diffusivity": "1e-18 m^2/s"}, {}, "growth: diffusion needs concentration"),
        (
            {"precipitation": "1 mol/m^2/s", "current_density": "1 A/m^2"},
            {},
            "current_density is for growth: reaction, not constant",
        ),
        ({"growth": "reaction", "current_density": "1 A/m^2"}, {}, "growth: reaction needs electrons above 0"),
        ({"precipitation": "-1 mol/m^2/s"}, {}, "must be at least 0 mol/m^2/s, got '-1 mol/m^2/s'"),
    ],
)
def test_what_makes_no_sense_is_refused(species: dict[str, Any], sections: dict[str, Any], message: str) -> None:
    with pytest.raises(DeckError) as caught:
        compose(deck({**SPECIES, **species}, **sections))
    assert message in str(caught.value)


def test_electrons_need_charge_to_pass(tmp_path: Path) -> None:
    made = strip(
        tmp_path,
        [("metal", 1e-6, 2), ("electrolyte", 1e-6, 2)],
        materials={"metal": {"electronic_conductivity": "1 S/m"}, "electrolyte": {}},
        physics={
            "electronic_charge": {"blocks": ["metal"]},
            "sei_film": FILM,
            "sei_species": {**SPECIES, "precipitation": "1e-6 mol/m^2/s", "electrons": 1},
        },
        initial={"sei_thickness": "1 nm"},
        time={"end": "1 s", "step": "1 s"},
    )
    with pytest.raises(DeckError, match="electrons pass into electrolyte, where no charge is solved"):
        compose(made)
