"""Islands of a deposit that grow and are flattened, against closed forms and against the flow of a creeping disc."""

from __future__ import annotations

from math import exp, log, pi, sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bodies import body
from pytest_mpi import parallel_assert

from trona.deck import Deck, read_deck
from trona.errors import DeckError, UserError
from trona.model import compose
from trona.session.run import run

R, F, T = 8.31446261815324, 96485.33212, 310.0
N, SIGMA, A0, Q, VOLUME = 3.0, 0.3e6, 4e4, 40e3, 2e-5
"""Creep exponent, its reference stress, Pa, prefactor, 1/s, and activation energy, J/mol; molar volume, m3/mol."""
A = A0 * exp(-Q / (R * T))
CURRENT, PRESSURE, NUMBER, VALENCE = -8.0, 0.25e6, 3e7, 2
DEPOSIT, COVERAGE = 1.3e-6, 0.2
COVERAGE_ON_TWO = 0.2047279170129
METAL = {
    "molar_volume": f"{VOLUME} m^3/mol",
    "creep_exponent": str(N),
    "creep_reference_stress": f"{SIGMA} Pa",
    "creep_prefactor": f"{A0} 1/s",
    "creep_activation_energy": f"{Q} J/mol",
}
SHAPES = [
    pytest.param({}, id="1-D"),
    pytest.param({"width": "1 um", "cells_across": 2}, id="2-D"),
    pytest.param({"width": "1 um", "cells_across": 2, "coordinates": "axisymmetric"}, id="axisymmetric"),
]


def content_of(shape: dict[str, Any], end: float, steps: int = 40, **options: Any) -> dict[str, Any]:
    """Islands on a layer of metal; options of None are left out."""
    given = {
        "boundary": "top",
        "current_density": f"{CURRENT} A/m^2",
        "pressure": f"{PRESSURE} Pa",
        "number": f"{NUMBER} 1/m^2",
        "electrons": VALENCE,
        **options,
    }
    return {
        "mesh": {"layers": [{"metal": "1 um"}], "cells": 1, **shape},
        "materials": {"metal": METAL},
        "given": {"temperature": f"{T} K"},
        "physics": {"islands": {name: value for name, value in given.items() if value is not None}},
        "initial": {"deposit": f"{DEPOSIT} m", "coverage": str(COVERAGE)},
        "time": {"end": f"{end} s", "step": f"{end / steps} s"},
    }


def islands(shape: dict[str, Any], end: float, steps: int = 40, **options: Any) -> Deck:
    return Deck.from_dict(content_of(shape, end, steps, **options))


@pytest.mark.parametrize("shape", SHAPES)
def test_free_islands_keep_their_shape_and_the_volume_is_the_charge(shape: dict[str, Any]) -> None:
    """c/(1 - c) grows as v^(1 - a), and v as the charge."""
    end, upwards = 1000.0, 0.3
    result = run(islands(shape, end, pressure=None, upwards=str(upwards)), record=False)
    v = DEPOSIT - CURRENT * VOLUME / (VALENCE * F) * end
    assert v > 1.5 * DEPOSIT
    assert result["deposit_mean"] == pytest.approx(v, rel=1e-9)
    odds = COVERAGE / (1 - COVERAGE) * (v / DEPOSIT) ** (1 - upwards)
    c = odds / (1 + odds)
    assert result["coverage_mean"] == pytest.approx(c, rel=2e-4)
    assert result["island_height_mean"] == pytest.approx(v / c, rel=2e-4)
    assert result["island_area"] == pytest.approx(c / NUMBER, rel=2e-4)


def _closed(c: float) -> float:
    """The integral of c^(n - 1)/(1 - c) for n = 3."""
    return -log(1 - c) - c - c**2 / 2


@pytest.mark.parametrize("shape", SHAPES)
def test_a_pressure_flattens_islands_that_slide(shape: dict[str, Any]) -> None:
    """At rest c^(n - 1)/(1 - c) dc = A (p/sigma_0)^n dt."""
    end = 80.0
    result = run(islands(shape, end, steps=100, current_density="0 A/m^2", slip="free"), record=False)
    c = result["coverage_mean"]
    assert 0.5 < c < 0.9
    assert _closed(c) - _closed(COVERAGE) == pytest.approx(A * (PRESSURE / SIGMA) ** N * end, rel=2e-3)
    assert result["deposit_mean"] == pytest.approx(DEPOSIT, rel=1e-12)
    assert result["flattening_rate"] == pytest.approx(A * (PRESSURE / (c * SIGMA)) ** N, rel=1e-8)


def squeeze_film(flatness: float, n: float) -> float:
    """Mean pressure on a thin disc that sticks, over the stress of a bar at the same rate of strain, by quadrature.

    A power law fluid between plates at a distance h flows at 2 (h/2)^2/(2 + n) (tau_w/K)^n per width, with tau_w the
    stress at the plate; it has to carry r/2 times the speed of the plate. tau_w = (h/2) dp/dr is then the pressure.
    """
    h, rate = 1.0, 1.0
    r = np.linspace(0, flatness * h, 20001)
    shear = ((r / 2 * rate * h) * (2 + n) / (2 * (h / 2) ** 2)) ** (1 / n)
    in_shear = shear / sqrt(3) ** (1 + 1 / n)
    slope = in_shear / (h / 2)
    return float(np.trapezoid(slope * r**2, r) / (flatness * h) ** 2)


def test_islands_that_stick_are_held_as_a_squeeze_film_holds() -> None:
    sticking = run(islands({}, 1e-3, steps=1, current_density="0 A/m^2"), record=False)
    flatness = sqrt(COVERAGE / (pi * NUMBER)) * COVERAGE / DEPOSIT
    assert flatness > 5
    expected = 1 + squeeze_film(flatness, N)
    assert sticking["island_constraint"] == pytest.approx(expected, rel=1e-5)
    assert sticking["flattening_rate"] == pytest.approx(A * (PRESSURE / (COVERAGE * SIGMA * expected)) ** N, rel=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize(("flatness", "n"), [(0.25, 5), (1, 5), (4, 5), (12, 5), (4, 2)])
def test_the_sum_of_both_limits_against_the_flow_of_a_disc(tmp_path: Path, flatness: float, n: float) -> None:
    """A disc of a creeping metal that sticks to both plates, its upper half: the sum is above it, by at most 19 %."""
    rate, sigma, h = 1e-3, 1e6, 2e-6
    end = 0.003 / rate
    deck = body(
        tmp_path,
        (max(8, round(6 * sqrt(flatness))), 6),
        lambda a, b: (flatness * h * (1 - (1 - a) ** 1.5), h / 2 * (1 - (1 - b) ** 1.5)),
        coordinates="axisymmetric",
        materials={
            "body": {
                "youngs_modulus": "40 GPa",
                "poisson_ratio": "0.34",
                "creep_exponent": str(n),
                "creep_reference_stress": f"{sigma} Pa",
                "creep_prefactor": f"{rate} 1/s",
                "creep_activation_energy": "0 J/mol",
            }
        },
        given={"temperature": "25 degC"},
        physics={
            "elasticity": {"blocks": ["body"]},
            "creep": {"blocks": ["body"]},
            "platen": {"boundary": "top", "displacement": f"{rate * h / 2} m/s * t", "slip": "none"},
        },
        boundaries={"bottom": {"displacement": [None, "0 m"]}, "left": {"displacement": ["0 m", None]}},
        time={"end": f"{end} s", "step": f"{end / 10} s"},
    )
    found = run(deck, record=False)["contact_pressure_mean"] / sigma
    assert 1 < found < 1 + squeeze_film(flatness, n) < 1.19 * found


def test_two_collectors_do_not_know_each_other() -> None:
    """The same islands on both sides of a layer, one of them under a pressure and sliding."""
    content = content_of({"cells": 3}, 20.0, steps=2)
    pressed = content["physics"]["islands"]
    content["physics"]["islands"] = [pressed, {**pressed, "boundary": "bottom", "pressure": "0 Pa"}]
    content["initial"] = {
        f"{name} ({place})": value for name, value in content["initial"].items() for place in ("top", "bottom")
    }
    result = run(Deck.from_dict(content), record=False)
    alone = run(islands({}, 20.0, steps=2), record=False)
    free = run(islands({}, 20.0, steps=2, pressure=None), record=False)
    assert result["coverage_mean (top)"] == pytest.approx(alone["coverage_mean"], rel=1e-9)
    assert result["coverage_mean (bottom)"] == pytest.approx(free["coverage_mean"], rel=1e-9)
    assert alone["coverage_mean"] > 1.001 * free["coverage_mean"]


@pytest.mark.parallel([1, 2])
def test_ranks_see_the_same_islands() -> None:
    result = run(islands({"width": "2 um", "cells_across": 8}, 20.0, steps=2), record=False)
    parallel_assert(abs(result["coverage_mean"] / COVERAGE_ON_TWO - 1) < 1e-9)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"number": "0 1/m^2"}, r"number: must be above 0 1/m\^2"),
        ({"electrons": 0}, "electrons"),
        ({"pressure": "-1 MPa"}, "pressure: must be at least 0 Pa"),
        ({"upwards": "1.2"}, "upwards"),
        ({"slip": "some"}, "slip"),
        ({"boundary": "nowhere"}, "nowhere"),
        ({"current_density": None}, "current_density"),
    ],
)
def test_what_makes_no_sense_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(DeckError, match=message):
        compose(islands({}, 1.0, **change))


def test_a_closed_film_goes_on() -> None:
    """Steps in time pass a coverage of 1 by their error, and come back."""
    deck = read_deck(
        Path(__file__).parents[2] / "inputs/jiao/pressure.yaml",
        ["sweep=null", "physics.islands.pressure=1272 kPa", "physics.islands.slip=free", "time.end=5 s"],
    )
    assert run(deck, record=False)["coverage_mean"] == pytest.approx(1, abs=1e-4)


def test_more_than_the_whole_collector_is_refused() -> None:
    content = content_of({}, 1.0)
    content["initial"]["coverage"] = "1.2"
    with pytest.raises(UserError, match="islands cover the collector"):
        run(Deck.from_dict(content), record=False)


def test_a_steady_deck_is_refused() -> None:
    content = content_of({}, 1.0)
    del content["time"]
    with pytest.raises(DeckError, match="islands grow over time; give 'time'"):
        compose(Deck.from_dict(content))


def test_only_a_block_without_islands_has_no_effect() -> None:
    content = content_of({"layers": [{"metal": "1 um"}, {"foil": "1 um"}]}, 1.0, boundary="bottom")
    content["materials"] = {**content["materials"], "foil": METAL}
    said = [text for text in compose(Deck.from_dict(content)).warnings if "has no effect" in text]
    assert said == ["no field lives in block foil, so it has no effect"]
