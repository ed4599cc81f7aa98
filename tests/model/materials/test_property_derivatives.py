"""The partial derivative of a property with respect to a field, however the property is written."""

from __future__ import annotations

from math import exp
from typing import Any

import pytest
from terms import composed

from trona.deck import Deck
from trona.errors import UserError
from trona.model import Model, compose
from trona.model.symbols import InputSymbol
from trona.model.unknown import symbols_in
from trona.plugin import Contribution


def cooled(how: Any, by: str = "temperature", unit: str = "W/m/K") -> Model:
    """Heat is lost by what is asked for, times a temperature and per area; only in the first of two layers."""

    def contribute(self: Any, model: Contribution) -> None:
        slope = model.property_derivative("loss", unit, by)
        model.balance("energy").source(-slope * model.field("temperature"), ("a",))

    return composed(
        contribute,
        materials={"a": {"thermal_conductivity": "2 W/m/K", "loss": how}, "b": {"thermal_conductivity": "3 W/m/K"}},
    )


def slope(model: Model, kelvin: float) -> float:
    """What is lost divided by the temperature."""
    (source,) = (p for p in model.placed() if p.term.kind == "source")
    values = {s: s.expression.constant if isinstance(s, InputSymbol) else kelvin for s in symbols_in(source.expression)}
    return -float(source.expression((0.0,), values)) / kelvin


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ({"expression": "3 W/m^3/K^3 * temperature^3"}, lambda T: 9 * T**2),
        (
            {
                "arrhenius": {
                    "value": "5 W/m^3",
                    "activation_energy": "8.31446261815324 kJ/mol",
                    "reference_temperature": "300 K",
                }
            },
            lambda T: 5 * exp(-1000 * (1 / T - 1 / 300)) * 1000 / T**2,
        ),
        ("4 W/m^3", lambda T: 0.0),
    ],
    ids=["expression", "form", "constant"],
)
def test_it_is_the_slope_of_the_property(how: Any, expected: Any) -> None:
    model = cooled(how, unit="W/m^3")
    for kelvin in (310.0, 380.0):
        assert slope(model, kelvin) == pytest.approx(expected(kelvin), rel=1e-12)


def test_its_unit_is_that_of_the_property_over_that_of_the_field() -> None:
    with pytest.raises(UserError, match=r"expected W/m\^3; likely cause: property 'dloss/dtemperature'"):
        cooled("4 W/m^3/K", unit="W/m^3/K")


def test_what_is_not_an_unknown_is_refused() -> None:
    with pytest.raises(
        UserError, match="no scalar unknown 'temperatur' to differentiate 'loss' by; nearest: temperature"
    ):
        cooled("4 W/m^3", by="temperatur", unit="W/m^3")


def test_a_table_has_no_slope() -> None:
    """It is straight between its points: its slope jumps, and that of the slope is zero or nothing."""
    table = {"table": [["300 K", "1 W/m^3"], ["350 K", "2 W/m^3"], ["400 K", "7 W/m^3"]], "of": "temperature"}
    with pytest.raises(UserError, match=r"materials\.a\.loss: 'loss' is differentiated by 'temperature' here"):
        cooled(table)


def test_nor_has_a_table_in_another_property_that_it_contains() -> None:
    """The energy of mixing is a form that takes the critical temperature; a table of another quantity is a number."""

    def mixed(of: str, first: str, last: str) -> Model:
        critical = {"table": [[first, "500 K"], [last, "600 K"]], "of": of}
        metal = {
            "mixing_energy": {"regular_solution": {}},
            "critical_temperature": critical,
            "molar_volume": "2e-5 m^3/mol",
            "gradient_energy": "2e-13 J*m^2/mol",
            "vacancy_diffusivity": "1e-14 m^2/s",
        }
        content = {
            "mesh": {"layers": [{"metal": "40 nm"}], "cells": 2},
            "materials": {"metal": metal},
            "physics": {"cahn_hilliard": {"blocks": ["metal"]}},
            "given": {"temperature": "300 K"},
            "initial": {"vacancy_fraction": "0.5"},
            "time": {"end": "1 s", "step": "1 s"},
        }
        return compose(Deck.from_dict(content))

    assert mixed("t", "0 s", "1 s")
    told = r"metal\.critical_temperature: 'mixing_energy' is .* here, which 'critical_temperature' in it, a table, with"
    with pytest.raises(UserError, match=told):
        mixed("vacancy_fraction", "0.1", "0.9")
