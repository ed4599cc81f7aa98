"""Units of integrals and of the ledger follow from what is integrated and the coordinates, as the numbers do."""

from __future__ import annotations

from math import pi
from pathlib import Path
from typing import Any

import pytest
from bodies import body, box
from strips import strip

from trona.model.coordinates import SYSTEMS, Coordinates
from trona.model.symbols import Symbols
from trona.session import Result, run
from trona.units import Unit

R, H = 2.0, 0.5
"""Radius (or width) and height of the body, m."""


@pytest.mark.parametrize(
    ("density", "on", "planar", "axisymmetric"),
    [
        ("A/m^3", 3, ["A/m^2", "A/m", "A"], "A"),
        ("A*s/m^3", 3, ["C/m^2", "C/m", "C"], "C"),
        ("J/m^3", 3, ["J/m^2", "J/m", "J"], "J"),
        ("mol/m^3", 3, ["mol/m^2", "mol/m", "mol"], "mol"),
        ("N/m^3", 3, ["N/m^2", "N/m", "N"], "N"),
        ("W/K/m^3", 3, ["W/K/m^2", "W/K/m", "W/K"], "W/K"),
        ("K", 3, ["m*K", "m^2*K", "m^3*K"], "m^3*K"),
        ("1", 3, ["m", "m^2", "m^3"], "m^3"),
        ("A/m^2", 2, ["A/m^2", "A/m", "A"], "A"),
        ("Pa", 2, ["N/m^2", "N/m", "N"], "N"),
        ("K", 2, ["K", "m*K", "m^2*K"], "m^2*K"),
        ("1", 2, ["1", "m", "m^2"], "m^2"),
    ],
)
def test_the_unit_of_an_integral(density: str, on: int, planar: list[str], axisymmetric: str) -> None:
    for dimension, text in enumerate(planar, 1):
        found = Coordinates(SYSTEMS["planar"], Symbols(dimension), dimension).amount(Unit.parse(density), on)
        assert str(found) == text
        assert found.dimension == Unit.parse(text).dimension
    found = Coordinates(SYSTEMS["axisymmetric"], Symbols(2), 2).amount(Unit.parse(density), on)
    assert (str(found), found.dimension) == (axisymmetric, Unit.parse(axisymmetric).dimension)
    assert str(Coordinates(SYSTEMS["spherical"], Symbols(1), 1).amount(Unit.parse(density), on)) == axisymmetric
    assert str(Coordinates(SYSTEMS["axisymmetric"], Symbols(1), 1).amount(Unit.parse(density), on)) == planar[1]


def warmed(folder: Path, coordinates: str, **sections: Any) -> Result:
    """3 W/m2 flow in below for 10 s, into what stores 6 J/m3/K; the top is at 300 K."""
    extra = {
        "heat_in": {"reduce": "integral", "of": "temperature", "on": "body"},
        "on_top": {"reduce": "integral", "of": "temperature", "on": "top"},
    }
    deck = body(
        folder,
        (2, 2),
        box((0, R), (0, H)),
        coordinates=coordinates,
        materials={
            "body": {"thermal_conductivity": "5 W/m/K", "density": "2 kg/m^3", "specific_heat_capacity": "3 J/kg/K"}
        },
        physics={"heat": {"blocks": ["body"]}},
        initial={"temperature": "300 K"},
        boundaries={"bottom": {"heat_flux": "3 W/m^2"}, "top": {"temperature": "300 K"}},
        time={"end": "1000 s", "step": "500 s"},
        outputs={"fields": "none", "extra": extra},
        audit={"monitors": ["entropy_production"]},
        **sections,
    )
    return run(deck, record=False)


@pytest.mark.parametrize(
    ("coordinates", "area", "units"),
    [("planar", R, ("J/m", "J/K/m", "m^2*K", "m*K")), ("axisymmetric", pi * R**2, ("J", "J/K", "m^3*K", "m^2*K"))],
)
def test_numbers_and_units_of_a_run_agree(
    tmp_path: Path, coordinates: str, area: float, units: tuple[str, ...]
) -> None:
    """In axisymmetric coordinates of the whole body of revolution, in a planar cut per metre of depth."""
    result = warmed(tmp_path, coordinates)
    ledger = result.ledger["energy"]
    (inflow,) = (e.value for e in ledger.entries if e.term == "boundary")
    assert inflow == pytest.approx(3 * area * 1000, rel=1e-9)
    entropy = result.monitors["entropy_production"]
    found = result.outputs
    assert (ledger.unit, entropy.unit, found["heat_in"].unit, found["on_top"].unit) == units
    assert found["on_top"].value == pytest.approx(300 * area, rel=1e-9)
    assert found["heat_in"].value == pytest.approx((300 + 3 * H / (2 * 5)) * area * H, rel=1e-4)


def test_an_integral_on_a_line_is_per_area(tmp_path: Path) -> None:
    deck = strip(
        tmp_path,
        [("a", 1.0, 2)],
        materials={"a": {"thermal_conductivity": "1 W/m/K"}},
        physics={"heat": {"blocks": ["a"]}},
        boundaries={"bottom": {"temperature": "300 K"}, "top": {"temperature": "300 K"}},
        outputs={
            "extra": {
                "whole": {"reduce": "integral", "of": "temperature", "on": "a"},
                "end": {"reduce": "integral", "of": "temperature", "on": "top"},
            }
        },
    )
    result = run(deck, record=False)
    assert {n: result.outputs[n].unit for n in ("whole", "end")} == {"whole": "m*K", "end": "K"}
    assert result.ledger["energy"].unit == "W/m^2"
