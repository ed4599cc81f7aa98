"""Units: conversion, algebra, and messages."""

from fractions import Fraction

import pint
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trona.units import Unit
from trona.units.unit import _from_pint, _usual
from trona.units.usual import BASE, DERIVED, PREFIXED, PREFIXES, USUAL


@pytest.mark.parametrize(
    ("text", "factor", "si"),
    [
        ("A/m^2", 1.0, "A/m^2"),
        ("mA/cm^2", 10.0, "A/m^2"),
        ("mA/cm**2", 10.0, "A/m^2"),
        ("J/(mol*K)", 1.0, "J/(mol*K)"),
        ("K*m^2/W", 1.0, "K*m^2/W"),
        ("MPa*m^(1/2)", 1e6, "Pa*m^(1/2)"),
        ("m^0.5", 1.0, "m^0.5"),
        ("1/s", 1.0, "1/s"),
        ("M", 1000.0, "mol/m^3"),
        ("um", 1e-6, "m"),
        ("µm", 1e-6, "m"),
        ("mAh/g", 3600.0, "C/kg"),
        ("%", 0.01, "1"),
        ("percent", 0.01, "1"),
        ("1", 1.0, "1"),
        ("h", 3600.0, "s"),
        ("L", 1e-3, "m^3"),
        ("A/m²", 1.0, "A/m²"),
        ("mA/cm²", 10.0, "A/m^2"),
        ("mA cm^-2", 10.0, "A/m^2"),
        ("mA cm⁻²", 10.0, "A/m^2"),
        ("kJ/(mol K)", 1000.0, "J/(K*mol)"),
    ],
)
def test_factor_and_si_spelling(text: str, factor: float, si: str) -> None:
    unit = Unit.parse(text)
    assert unit.factor == factor
    assert str(unit) == text
    assert str(unit.si) == si
    assert unit.si.factor == 1


def test_absolute_temperature() -> None:
    celsius = Unit.parse("degC")
    assert celsius.to_si(25.0) == 298.15
    assert celsius.from_si(273.15) == 0.0
    assert celsius.si == Unit.parse("K")
    assert Unit.parse("degF").to_si(212.0) == pytest.approx(373.15)


def test_units_that_are_known_without_pint_are_those_of_pint() -> None:
    for name in [*USUAL, *BASE, *DERIVED, *(f"{prefix}{name}" for prefix in PREFIXES for name in PREFIXED)]:
        own, its = _usual(name), _from_pint(name)
        assert own is not None
        assert (own.text, own.dimension, own.factor, own.offset) == (its.text, its.dimension, its.factor, its.offset)
    for name in ("kkg", "mcd", "mmin", "mdegC", "xA", "mile", "", "m2", "A2", "k"):
        assert _usual(name) is None


@pytest.mark.parametrize(
    ("a", "operation", "b", "result"),
    [
        ("mA/cm^2", "*", "V", "W/m^2"),
        ("V", "/", "m", "V/m"),
        ("kW/m^2", "/", "K", "W/(m^2*K)"),
        ("1/K", "*", "K", "1"),
        ("N/m", "*", "km", "N"),
        ("mol/m^3", "/", "s", "mol/(m^3*s)"),
        ("mol", "*", "J/mol", "J"),
    ],
)
def test_products_are_coherent_and_readable(a: str, operation: str, b: str, result: str) -> None:
    left, right = Unit.parse(a), Unit.parse(b)
    unit = left * right if operation == "*" else left / right
    assert str(unit) == result
    assert unit.factor == 1
    assert unit.same_dimension(Unit.parse(result))


def test_power() -> None:
    assert str(Unit.parse("mm") ** 2) == "m^2"
    assert str(Unit.parse("m^2") ** Fraction(1, 2)) == "m"


def test_equality_is_that_of_the_conversion() -> None:
    assert Unit.parse("V/A") == Unit.parse("ohm")
    assert Unit.parse("mm") != Unit.parse("m")
    assert Unit.dimensionless == Unit.parse("m/m")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("m2", "unknown unit 'm2'; nearest: m^2"),
        ("Gpa", "unknown unit 'Gpa'; nearest: GPa"),
        ("Kelvins", "unknown unit 'Kelvins'; nearest: K"),
        ("W/m/degC", "an absolute temperature cannot be part of 'W/m/degC'; write K"),
        ("degC^2", "an absolute temperature cannot be part of 'degC^2'; write K"),
        ("dB", "'dB' is a logarithmic unit; write the plain ratio"),
        ("mdegC", "'mdegC' is not a unit: its prefix makes no sense"),
        ("PdB", "'PdB' is not a unit: its prefix makes no sense"),
        ("pixel", "'pixel' has no equivalent in the SI"),
        ("m//s", "'m//s' is not a unit: unexpected '/'"),
        ("(m", "'(m' is not a unit: it ends too early"),
        ("J/mol K", "'J/mol K' can be read in two ways; write parentheses, as in J/(mol*K)"),
        ("m^²", "'m^²' is not a unit: unexpected '^'"),
        ("5 m", "'5 m' is not a unit: unexpected '5'"),
        ("m^(9^9)", "'m^(9^9)' is not a unit: unexpected '^'"),
        ("m^999", "'m^999' is not a unit: the exponent 999 is out of range"),
        ("m^(1/0)", "'m^(1/0)' is not a unit: an exponent divides by zero"),
        ("Ym^100/ym^100", "'Ym^100/ym^100' is not a unit: it is out of range"),
        ("m!", "'m!' is not a unit: unexpected '!'"),
        ("", "a unit is missing; write 1 for a pure number"),
        ("m" * 201, "a unit has at most 200 characters"),
    ],
)
def test_messages(text: str, message: str) -> None:
    with pytest.raises(ValueError) as error:
        Unit.parse(text)
    assert str(error.value) == message


def test_every_name_of_pint_is_a_unit_or_a_value_error() -> None:
    names = [prefix + name for name in dir(pint.UnitRegistry()) for prefix in ("", "k")]
    for name in filter(Unit.known, names):
        try:
            assert Unit.parse(name).factor > 0
        except ValueError as error:
            assert str(error).startswith(f"'{name}' ")


@given(st.text(max_size=20) | st.text(alphabet="mKsAVk*/^()-12 %°.dB", max_size=20))
def test_any_text_is_a_unit_or_a_value_error(text: str) -> None:
    try:
        unit = Unit.parse(text)
    except ValueError:
        return
    assert unit.factor > 0
    assert Unit.parse(str(unit)) == unit
    assert Unit.parse(str(unit.si)).same_dimension(unit)
