"""Definitions and controls: the names that a deck adds to its own expressions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from trona.deck import Deck, check_definitions, read_deck, read_expression
from trona.deck.tokens import Tokens
from trona.errors import UserError
from trona.units import Unit

TIME = {"t": Unit.parse("s")}
PLACE = {**TIME, "x": Unit.parse("m")}


def read(text: str, definitions: Any = None, controls: Any = None, variables: Any = None) -> Any:
    """Read an expression in a deck with these names."""
    sections = {"definitions": definitions, "protocol": {"controls": controls}}
    deck = Deck.from_dict({"mesh": {}, "physics": {}, "title": text, **sections}, name="deck.yaml")
    node = deck.section("title")
    assert node is not None
    return read_expression(node, TIME if variables is None else variables)


def test_a_definition_stands_for_its_text() -> None:
    rate = {"one_C": "1.5 mA/cm^2", "slow": "one_C / 20", "rising": "one_C * min(t / 60 s, 1)"}
    assert read("0.5 * one_C", rate).constant == 7.5
    assert read("-slow + one_C", rate).constant == pytest.approx(15 * 0.95, rel=1e-15)
    assert read("2 * rising", rate).evaluate({"t": 30.0}) == 15.0
    assert read("ambient + 5 K", {"ambient": "25 degC"}).constant == 303.15
    assert str(read("one_C", rate).unit) == "A/m^2"


def test_a_control_is_a_function_of_time() -> None:
    current = read("2 * current", controls={"current": "mA/cm^2"})
    assert current.variables == {"current"} and str(current.unit) == "A/m^2"
    assert current.evaluate({"current": 3.0}) == 6.0
    assert read("load_factor", controls={"load_factor": 1}).unit.is_dimensionless


@pytest.mark.parametrize(
    ("written", "default"),
    [
        ("K", None),
        ("1/s", None),
        ("1 / s", None),
        ("%", None),
        ("1 K", 1.0),
        ("1 mK", 1e-3),
        ("1", 1.0),
        (1, 1.0),
        ("-1 K", -1.0),
        ("25 degC", 298.15),
        ("one_C", 15.0),
    ],
)
def test_a_control_is_declared_with_a_unit_or_a_value(written: Any, default: float | None) -> None:
    sections = {"definitions": {"one_C": "1.5 mA/cm^2"}, "protocol": {"controls": {"drive": written}}}
    deck = Deck.from_dict({"mesh": {}, "physics": {}, **sections}, name="deck.yaml")
    assert deck.root.scope.controls["drive"].default == default


@pytest.mark.parametrize(
    ("text", "definitions", "controls", "variables", "message"),
    [
        ("current", {}, {"current": "A"}, {}, "deck.yaml:1:1 title: unknown name 'current'"),
        (
            "0.5 one_C",
            {"one_C": "1 A"},
            {},
            TIME,
            "deck.yaml:1:1 title: 'one_C' is a variable here; write '0.5 * one_C'",
        ),
        ("on_C", {"one_C": "1 A"}, {}, TIME, "deck.yaml:1:1 title: unknown name 'on_C'; nearest: one_C"),
        ("1 V + one_C", {"one_C": "1 A"}, {}, TIME, "deck.yaml:1:1 title: cannot add 'one_C' (A) to '1 V' (V)"),
        (
            "profile",
            {"profile": "1 K * x / 1 m"},
            {},
            TIME,
            "deck.yaml:1:1 title: in the definition 'profile' (deck.yaml:1:1): 'x' cannot be used here, only t",
        ),
        (
            "1 s",
            {"wide": "2 * wide"},
            {},
            TIME,
            "deck.yaml:1:1 definitions.wide: a definition contains itself: wide -> wide",
        ),
        (
            "1 s",
            {"wide": "2 * deep", "deep": "wide"},
            {},
            TIME,
            "deck.yaml:1:1 definitions.wide: a definition contains itself: wide -> deep -> wide\n"
            "deck.yaml:1:1 definitions.deep: a definition contains itself: wide -> deep -> wide",
        ),
        ("1 s", {"wide": "2 V +"}, {}, TIME, "deck.yaml:1:1 definitions.wide: expected a quantity, got the end"),
        (
            "1 s",
            {"mA": "1 V"},
            {},
            TIME,
            "deck.yaml:1:1 definitions.mA: 'mA' is a unit (milliampere = 0.001 A); choose another name",
        ),
        (
            "1 s",
            {"exact": "1 V"},
            {},
            TIME,
            "deck.yaml:1:1 definitions.exact: 'exact' is a unit (exacarat = 2e+14 kg); choose another name",
        ),
        (
            "1 s",
            {"strain": "1"},
            {},
            TIME,
            "deck.yaml:1:1 definitions.strain: 'strain' is a unit (strain = 1); choose another name",
        ),
        (
            "1 s",
            {},
            {"molar": "V"},
            TIME,
            "deck.yaml:1:1 protocol.controls.molar: 'molar' is a unit (molar = 1000 mol/m^3); choose another name",
        ),
        (
            "1 s",
            {},
            {"faraday": "V"},
            TIME,
            "deck.yaml:1:1 protocol.controls.faraday: 'faraday' is a unit (faraday = 96485.3 C); choose another name",
        ),
        (
            "1 s",
            {"t": "1 s"},
            {},
            TIME,
            "deck.yaml:1:1 definitions.t: 't' is position or time in expressions; choose another name",
        ),
        (
            "1 s",
            {"exp": "1 s"},
            {},
            TIME,
            "deck.yaml:1:1 definitions.exp: 'exp' is a function in expressions; choose another name",
        ),
        (
            "1 s",
            {"one C": "1 s"},
            {},
            TIME,
            "deck.yaml:1:1 definitions.one C: 'one C' is not a valid name: use letters, digits and '_', a letter first",
        ),
        (
            "1 s",
            {"current": "1 A"},
            {"current": "A"},
            TIME,
            "deck.yaml:1:1 protocol.controls.current: 'current' is already a definition",
        ),
        (
            "1 s",
            {},
            {"current": "ampere_"},
            TIME,
            "deck.yaml:1:1 protocol.controls.current: expected a unit or a quantity: unknown name 'ampere_'",
        ),
    ],
)
def test_messages(text: str, definitions: Any, controls: Any, variables: Any, message: str) -> None:
    with pytest.raises(UserError) as caught:
        read(text, definitions, controls, variables)
    assert str(caught.value) == message


def test_definitions_that_double_are_read_once_each(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    plain = Tokens.__init__

    def counted(self: Tokens, text: str, variables: Any) -> None:
        made.append(text)
        plain(self, text, variables)

    monkeypatch.setattr(Tokens, "__init__", counted)
    doubling = {"d0": "1 s"} | {f"d{i}": f"d{i - 1} + d{i - 1}" for i in range(1, 41)}
    assert read("d40", doubling, {}, TIME).constant == 2.0**40
    assert len(made) <= 2 * len(doubling) + 2


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("each", ["d{0} + d{0}", "(t + d{0})"])
def test_definitions_without_end_are_refused_whatever_their_order(each: str, backwards: bool) -> None:
    chain = [("d0", "t"), *((f"d{i}", each.format(i - 1)) for i in range(1, 300))]
    with pytest.raises(UserError) as caught:
        read("d0", dict(chain[::-1] if backwards else chain), {}, TIME)
    lines = str(caught.value).splitlines()
    assert 200 < len(lines) <= len(chain)
    assert all(line.endswith("the expression is nested too deeply") and len(line) < 200 for line in lines)


FIELD = {**PLACE, "temperature": Unit.parse("K")}


def test_a_definition_holds_what_its_place_allows() -> None:
    names = {"warmer": "temperature - 300 K", "share": "warmer / 10 K + x / 1 m", "strain_now": "2 * strain"}
    found = read("1 V * share", names, variables=FIELD)
    assert found.variables == {"temperature", "x"} and str(found.unit) == "V"
    assert found.evaluate({"temperature": 320.0, "x": 0.5}) == 2.5
    hides_a_unit = read("strain_now", names, variables={"strain": Unit.parse("1")})
    assert hides_a_unit.evaluate({"strain": 0.25}) == 0.5


def test_definitions_that_are_long_together_are_refused() -> None:
    """Each is short enough for one expression, and stands twice; all of them are one expression too long."""
    long = {
        f"d{i}": " + ".join([*[f"t / {n + i} s" for n in range(1, 500)], *[f"d{i - 1}"] * 2 * (i > 0)])
        for i in range(9)
    }
    variables = {**TIME}
    assert read("d1", long, variables=variables).evaluate({"t": 1.0}) > 0
    with pytest.raises(UserError) as refused:
        read("1 * d8", long, variables=variables)
    assert (
        str(refused.value) == "deck.yaml:1:1 title: with its definitions, the expression has more than 10000 operations"
    )


def test_a_definition_that_stands_often_is_evaluated_once() -> None:
    calls: list[Any] = []

    def sine(value: Any) -> Any:
        calls.append(value)
        return value / 2

    chain = {"d0": "temperature / 1 K"} | {f"d{i}": f"d{i - 1} + sin(d{i - 1})" for i in range(1, 31)}
    found = read("d30 - d30 / 2", chain, variables=FIELD)
    assert found.evaluate({"temperature": 2.0}, {"sin": sine}) == pytest.approx(1.5**30, rel=1e-12)
    assert len(calls) == 30


DECK = """mesh: {{file: a.msh}}
physics: {{}}
definitions:
  warmer: temperature + 1 K
  wamer:  2 * (temprature + 1 K)
  outer:  3 * wamer
title: {text}
"""


@pytest.mark.parametrize(
    ("text", "variables", "message"),
    [
        (
            "2 * warmer",
            {},
            "7:12 title: in the definition 'warmer' (deck.yaml:4:11): 'temperature' cannot be used here, only numbers",
        ),
        (
            "2 * warmer",
            PLACE,
            "7:12 title: in the definition 'warmer' (deck.yaml:4:11): 'temperature' cannot be used here, only t and x",
        ),
        (
            "outer",
            FIELD,
            "7:8 title: in the definition 'wamer' (deck.yaml:5:16): unknown name 'temprature'; nearest: temperature",
        ),
        ("warmer + 1 V", FIELD, "7:17 title: cannot add '1 V' (V) to 'warmer' (K)"),
    ],
)
def test_a_mistake_in_a_definition_is_told_with_both_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, variables: Any, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("deck.yaml").write_text(DECK.format(text=text))
    node = read_deck(Path("deck.yaml")).section("title")
    assert node is not None
    with pytest.raises(UserError) as refused:
        read_expression(node, variables)
    assert str(refused.value) == f"deck.yaml:{message}"


def test_a_definition_without_meaning_is_refused_though_nothing_uses_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("deck.yaml").write_text(DECK.format(text="none"))
    deck = read_deck(Path("deck.yaml"))
    with pytest.raises(UserError) as refused:
        check_definitions(deck.root, FIELD)
    assert str(refused.value) == ("deck.yaml:5:16 definitions.wamer: unknown name 'temprature'; nearest: temperature")
    check_definitions(deck.root, {**FIELD, "temprature": Unit.parse("K")})
