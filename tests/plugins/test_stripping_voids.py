"""Vacancies of a metal that is stripped, against closed forms."""

from __future__ import annotations

import re
from math import asinh, exp, pi, sqrt, tanh
from typing import Any

import pytest

from trona.deck import Deck
from trona.errors import BoundsError, DeckError
from trona.model import compose
from trona.record.terminal import SilentReporter
from trona.session.run import run

R, F, T = 8.31446261815324, 96485.33212, 298.15
D, J, LENGTH, PRESSURE = 2e-13, 3e-11, 2e-6, 1.6e6
"""m2/s; m/s; m; Pa."""
N, SIGMA, A0, Q, VOLUME = 5.0, 0.235e6, 5.1e4, 44e3, 2.375e-5
"""The creep of sodium, and its molar volume."""
METAL = {"use": "sodium", "vacancy_diffusivity": {"value": f"{D} m^2/s", "source": "a test"}}
SHAPES = [
    pytest.param({}, id="1-D"),
    pytest.param({"width": "1 um", "cells_across": 2}, id="2-D"),
    pytest.param({"width": "1 um", "cells_across": 2, "coordinates": "axisymmetric"}, id="axisymmetric"),
]


def refill(pressure: float) -> float:
    """The rate at which creep closes voids, 1/s, from the growth of a hole in an infinite body that creeps."""
    return 1.5 * A0 * exp(-Q / (R * T)) * (1.5 * pressure / (N * SIGMA)) ** N


def metal(pressure: float | None = PRESSURE, **sections: Any) -> Deck:
    """A metal into which vacancies enter at the top."""
    options = {} if pressure is None else {"pressure": f"{pressure} Pa"}
    content = {
        "mesh": {"layers": [{"metal": f"{0.9 * LENGTH} m"}, {"metal": f"{0.1 * LENGTH} m"}], "cells": 20},
        "materials": {"metal": METAL},
        "given": {"temperature": f"{T} K"},
        "physics": {"vacancy_diffusion": {"blocks": ["metal"], **options}},
        "boundaries": {"top": {"vacancy_flux": f"{J} m/s"}},
    }
    return Deck.from_dict({**content, **sections})


@pytest.mark.parametrize("shape", SHAPES)
def test_creep_fills_what_enters(shape: dict[str, Any]) -> None:
    layers = [{"metal": f"{0.5 * LENGTH} m"}, {"metal": f"{0.5 * LENGTH} m"}]
    result = run(metal(mesh={"layers": layers, "cells": 20, **shape}), record=False)
    k = refill(PRESSURE)
    steep = sqrt(k / D)
    assert 0.2 < LENGTH * steep < 5
    surface = J / (D * steep * tanh(LENGTH * steep))
    assert result["vacancy_fraction_max"] == pytest.approx(surface, rel=1e-5)
    below = surface / ((exp(LENGTH * steep) + exp(-LENGTH * steep)) / 2)
    assert result["vacancy_fraction_min"] == pytest.approx(below, rel=1e-5)


def test_the_pressure_is_that_of_the_stress() -> None:
    """A layer between walls: the stress along it is nu/(1 - nu) of that across it."""
    nu = 0.34
    content = metal(
        pressure=None,
        physics={"vacancy_diffusion": {"blocks": ["metal"]}, "elasticity": {"blocks": ["metal"]}},
        boundaries={
            "top": {"vacancy_flux": f"{J} m/s", "traction": [f"{-PRESSURE} Pa"]},
            "bottom": {"displacement": ["0 m"]},
        },
    )
    k = refill(PRESSURE * (1 + nu) / (3 * (1 - nu)))
    steep = sqrt(k / D)
    surface = J / (D * steep * tanh(LENGTH * steep))
    assert run(content, record=False)["vacancy_fraction_max"] == pytest.approx(surface, rel=1e-5)


def test_tension_fills_nothing_and_a_slab_fills_up() -> None:
    """The rise of a slab under a constant flux: Carslaw and Jaeger, section 3.8."""
    end = 0.3 * LENGTH**2 / D
    result = run(metal(-1e6, time={"end": f"{end} s", "step": f"{end / 60} s"}), record=False)
    waves = sum(exp(-((n * pi) ** 2) * 0.3) / n**2 for n in range(1, 20))
    assert result["vacancy_fraction_max"] == pytest.approx(J * LENGTH / D * (0.3 + 1 / 3 - 2 / pi**2 * waves), rel=2e-3)


def test_nearly_as_many_vacancies_as_sites_end_no_run() -> None:
    """In a steady state the most are at the border where they enter."""
    steep = sqrt(refill(PRESSURE) / D)
    deck = metal(boundaries={"top": {"vacancy_flux": f"{0.95 * D * steep * tanh(LENGTH * steep)} m/s"}})
    assert run(deck, record=False)["vacancy_fraction_max"] == pytest.approx(0.95, rel=1e-5)


def test_a_thick_metal_fills_by_the_root_of_time() -> None:
    end = 0.01 * LENGTH**2 / D
    result = run(metal(0.0, time={"end": f"{end} s", "step": f"{end / 100} s"}), record=False)
    assert result["vacancy_fraction_max"] == pytest.approx(2 * J * sqrt(end / (pi * D)), rel=3e-3)


I0, CURRENT, CRITICAL, VALENCE = 20.0, 15.0, 0.1, 2


def cell(i: float = CURRENT, pressure: float = PRESSURE, **options: Any) -> Deck:
    """A metal that is stripped at a given current through a thin ion conductor."""
    return metal(
        mesh={"layers": [{"metal": f"{LENGTH} m"}, {"film": "0.1 um"}], "cells": 20},
        materials={"metal": METAL, "film": {"ionic_conductivity": "1 S/m"}},
        physics={
            "ionic_charge": {"blocks": ["film"], "cation_valence": VALENCE},
            "butler_volmer": {
                "interface": "metal | film",
                "i0": f"{I0} A/m^2",
                "equilibrium_potential": "30 mV",
                "mean_current_density": f"{i} A/m^2",
            },
            "vacancy_diffusion": {"blocks": ["metal"], "pressure": f"{pressure} Pa"},
            "stripping_voids": {"interface": "metal | film", "equilibrium_potential": "30 mV", **options},
        },
        boundaries={"top": {"electric_potential": "0 V"}},
    )


@pytest.mark.parametrize("injection", ["all", "rising", "falling"])
def test_what_stripping_leaves(injection: str) -> None:
    """Share of the atoms, vacancies at the surface and contact determine each other."""
    given = {} if injection == "all" else {"injection": injection, "critical_overpotential": f"{CRITICAL} V"}
    result = run(cell(**given), record=False)
    x = 1 - result["contact_share_mean"]
    eta = R * T / (VALENCE * F) * 2 * asinh(CURRENT / (2 * I0 * (1 - x)))
    assert result["overpotential_mean"] == pytest.approx(eta, rel=1e-9)
    share = {"all": 1.0, "rising": eta / CRITICAL, "falling": 1 - eta / CRITICAL}[injection]
    entering = share * CURRENT * VOLUME / (VALENCE * F)
    assert 0 < share <= 1
    assert result["vacancy_injection_mean"] == pytest.approx(entering, rel=1e-9)
    steep = sqrt(refill(PRESSURE) / D)
    assert x == pytest.approx(entering / (D * steep * tanh(LENGTH * steep)), rel=1e-5)
    assert x > 0.001


@pytest.mark.parametrize("time", [{}, {"time": {"end": "400 s", "step": "10 s"}}], ids=["steady", "in time"])
def test_a_current_beyond_what_creep_follows_ends_the_run(time: dict[str, Any]) -> None:
    """With a tenth more than the current whose vacancies take all sites, there is no contact."""
    steep = sqrt(refill(PRESSURE) / D)
    limit = VALENCE * F / VOLUME * D * steep * tanh(LENGTH * steep)
    assert run(cell(0.9 * limit), record=False)["contact_share_mean"] == pytest.approx(0.1, rel=1e-4)
    with pytest.raises(BoundsError) as caught:
        run(Deck.from_dict({**cell(1.1 * limit).root.plain(), **time}), record=False)
    assert re.search(
        r"physics.stripping_voids: contact_share is -0\.\d+ on metal \| film at .*, "
        r"but must be at least 0 \(vacancies take the whole surface\)",
        str(caught.value),
    )
    assert "physics.vacancy_diffusion: vacancy_fraction is" in str(caught.value)


@pytest.mark.parametrize("time", [{}, {"time": {"end": "400 s", "step": "40 s"}}], ids=["steady", "in time"])
def test_more_vacancies_than_sites_end_the_run(time: dict[str, Any]) -> None:
    """Also without a reaction at the surface."""
    flux = {"boundaries": {"top": {"vacancy_flux": f"{1e4 * J} m/s"}}}
    with pytest.raises(
        BoundsError, match=r"vacancy_fraction is .* in metal at .*, but must be at most 1 \(no metal is"
    ):
        run(metal(**flux, **time), record=False)


def test_plating_without_vacancies_is_told() -> None:
    """They become negative, and the contact larger than the surface."""
    warnings: list[str] = []

    class Listener(SilentReporter):
        def warning(self, text: str) -> None:
            warnings.append(text)

    result = run(cell(-CURRENT), record=False, reporter=Listener())
    assert result["contact_share_mean"] > 1
    assert any("valid only up to 1 (plating takes more vacancies than there are)" in text for text in warnings)
    warnings.clear()
    run(cell(CURRENT), record=False, reporter=Listener())
    assert not [text for text in warnings if "contact_share" in text]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"injection": "rising"}, "give critical_overpotential with 'injection: rising' or 'falling', and only then"),
        (
            {"critical_overpotential": "0.1 V"},
            "give critical_overpotential with 'injection: rising' or 'falling', and only then",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(DeckError) as caught:
        compose(cell(**options))
    assert str(caught.value).endswith(message)
