"""A model that is like one that has passed all checks: what is not checked again could not have another result."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import trona_plugins
from trona.deck import Deck, Node, read_deck
from trona.deck.source import from_plain
from trona.errors import TronaError
from trona.model import Model, composing
from trona.model.alike import Comparison, alike
from trona.model.checks import check

CONFORMANCE = Path(trona_plugins.__file__).parent / "conformance"
CELL = """\
mesh: {layers: [{metal: 2 um}, {sei: 25 nm}, {electrolyte: 3 um}], cells: 2}
materials:
  metal: {use: sodium}
  sei: {use: uniform_sei, ionic_conductivity: 1e-4 S/m}
  electrolyte: {use: napf6_carbonate}
physics:
  ionic_charge: {blocks: [sei, electrolyte]}
  heat: {blocks: [metal, sei, electrolyte]}
  joule_heating: {}
  butler_volmer: {interface: metal | sei, i0: 20 A/m^2, electrode_potential: 0 V}
boundaries:
  top: {current_density: 1 mA/cm^2, temperature: 40 degC}
  bottom: {temperature: 20 degC}
"""
I0, FILM = "physics.butler_volmer.i0", "materials.sei.ionic_conductivity"
TABLE = {"table": [["280 K", "1e-4 S/m"], ["330 K", "2e-4 S/m"]], "of": "temperature"}
NUMBERS: list[dict[str, Any]] = [
    {},
    {I0: "35 A/m^2"},
    {I0: "1e9 A/m^2"},
    {FILM: "2e-4 S/m"},
    {FILM: "9e3 S/m"},
    {FILM: {"value": "2e-4 S/m", "valid": {"temperature": ["290 K", "300 K"]}}},
    {"boundaries.top.temperature": "80 degC"},
    {"boundaries.top.current_density": "1e7 A/m^2"},
]
MORE: list[dict[str, Any]] = [
    {FILM: TABLE},
    {FILM: "1e-4 S/m * temperature / (300 K)"},
    {"materials.sei.spare": "1 m"},
    {"given.pressure": "1 bar"},
    {"physics.thermal_resistance": {"interface": "metal | sei", "R": "1e-5 K*m^2/W"}},
    {"elements.order": 1},
]
MISTAKES: list[dict[str, Any]] = [
    {FILM: "-1 S/m"},
    {FILM: "1 S"},
    {FILM: "1e-4 S/m * (temperature - 400 K) / (1 K)"},
    {"boundaries.top.temperature": "-1 K"},
    {"boundaries.top.temperature": "20 V"},
    {"materials.electrolyte": "sodium"},
    {"materials.metal": {"density": "1 g/cm^3"}},
    {I0: "20 A/m^2 * exp(speed / (1 m/s))"},
]


def plain(values: dict[str, Any]) -> dict[str, Node]:
    return {path: from_plain(value, "<values>", path) for path, value in values.items()}


def other(values: dict[str, Any]) -> Deck:
    return Deck.from_text(CELL, name="cell.yaml").with_values(plain(values))


@pytest.fixture(scope="module")
def first() -> Model:
    return composing.compose(other({}))


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which of the checks of structure were made."""
    made: list[str] = []
    for owner, name in ((composing, "missing"), (check, "wrong_units")):
        original = getattr(owner, name)
        monkeypatch.setattr(owner, name, lambda *a, _o=original, _n=name: (made.append(_n), _o(*a))[1])
    return made


def told(values: dict[str, Any], first: Model, *, again: bool = False) -> Any:
    """Return all that composing a deck finds, or its error, in the words of the user.

    again: whether it is told that the deck may be like the first one.
    """
    try:
        model = composing.compose(other(values), mesh=first.mesh, like=Comparison(first) if again else None)
    except TronaError as error:
        return str(error)
    ranges = [(e.name, e.low, e.high, e.owner, e.blocks, str(e.location)) for e in model.expectations]
    return model.warnings, model.judged_later, ranges, {k: str(v) for k, v in model.properties.items()}


@pytest.mark.parametrize("values", NUMBERS, ids=str)
def test_other_numbers_are_checked_and_the_structure_is_not(
    first: Model, checks: list[str], values: dict[str, Any]
) -> None:
    found = told(values, first, again=True)
    assert not checks
    assert found == told(values, first) and not isinstance(found, str)


def test_unusual_numbers_give_warnings_as_before(first: Model) -> None:
    assert not first.warnings
    assert all(told(values, first, again=True)[0] for values in (NUMBERS[2], NUMBERS[4], NUMBERS[7]))


@pytest.mark.parametrize("values", MORE, ids=str)
def test_what_differs_in_more_is_checked_as_if_it_were_alone(
    first: Model, checks: list[str], values: dict[str, Any]
) -> None:
    found = told(values, first, again=True)
    assert checks == ["missing", "wrong_units"]
    assert found == told(values, first) and not isinstance(found, str)


@pytest.mark.parametrize("values", MISTAKES, ids=str)
def test_a_mistake_is_found_with_the_same_words(first: Model, values: dict[str, Any]) -> None:
    found = told(values, first, again=True)
    assert isinstance(found, str) and found == told(values, first)


def test_a_comparison_that_was_begun_ends_as_one_at_once(first: Model) -> None:
    for values in (NUMBERS[1], NUMBERS[5], MORE[0], MORE[4]):
        begun = Comparison(first)
        second = composing.compose(other(values), mesh=first.mesh, like=begun)
        at_once, later = alike(first, second), alike(first, second, begun=begun)
        assert type(at_once) is type(later)
        if not isinstance(at_once, str) and not isinstance(later, str):
            assert {id(x) for pair in at_once.inputs for x in pair} == {id(x) for pair in later.inputs for x in pair}
            assert len(at_once.inputs) == len(later.inputs) and len(at_once.unknowns) == len(later.unknowns)
            assert {(id(o), n) for o, n, _ in at_once.located} == {(id(o), n) for o, n, _ in later.located}


def test_a_property_in_the_place_of_its_default_is_a_difference() -> None:
    """Expressions without their properties are the same; with the porosity, other factors stand in them."""
    deck = read_deck(CONFORMANCE / "salt.yaml")
    first = composing.compose(deck)
    assert not any(name == "porosity" for _, name, _ in first.properties)
    porous = deck.with_values(plain({"materials.electrolyte.porosity": 0.5}))
    found = composing.compose(porous, mesh=first.mesh, like=Comparison(first))
    assert any(name == "porosity" for _, name, _ in found.properties)
    assert isinstance(alike(first, found), str)
