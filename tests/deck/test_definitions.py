# ruff: noqa: E501 - the messages are whole
"""Definitions and controls: the names that a deck adds to its own expressions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from trona.deck import Deck, read_deck, read_expression
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
    ("text", "definitions", "controls", "variables", "message"),
    [
        ("current", {}, {"current": "A"}, {}, "deck.yaml:1:1 title: unknown name 'current'"),
        ("0.5 one_C", {"one_C": "1 A"}, {}, TIME, "deck.yaml:1:1 title: 'one_C' is a variable here; write '0.5 * one_C'"),
        ("on_C", {"one_C": "1 A"}, {}, TIME, "deck.yaml:1:1 title: unknown name 'on_C'; nearest: one_C"),
        ("1 V + one_C", {"one_C": "1 A"}, {}, TIME, "deck.yaml:1:1 title: cannot add 'one_C' (A) to '1 V' (V)"),
        ("profile", {"profile": "1 K * x / 1 m"}, {}, TIME, "deck.yaml:1:1 title: in the definition 'profile': 'x' cannot be used here"),
        ("1 s", {"wide": "2 * wide"}, {}, TIME, "deck.yaml:1:1 definitions.wide: a definition contains itself: wide -> wide"),
        ("1 s", {"wide": "2 * deep", "deep": "wide"}, {}, TIME,
         "deck.yaml:1:1 definitions.wide: a definition contains itself: wide -> deep -> wide\n"
         "deck.yaml:1:1 definitions.deep: a definition contains itself: wide -> deep -> wide"),
        ("1 s", {"wide": "2 V +"}, {}, TIME, "deck.yaml:1:1 definitions.wide: expected a quantity, got the end"),
        ("1 s", {"mA": "1 V"}, {}, TIME, "deck.yaml:1:1 definitions.mA: 'mA' is a unit (milliampere = 0.001 A); choose another name"),
        ("1 s", {"exact": "1 V"}, {}, TIME, "deck.yaml:1:1 definitions.exact: 'exact' is a unit (exacarat = 2e+14 kg); choose another name"),
        ("1 s", {"strain": "1"}, {}, TIME, "deck.yaml:1:1 definitions.strain: 'strain' is a unit (strain = 1); choose another name"),
        ("1 s", {}, {"molar": "V"}, TIME, "deck.yaml:1:1 protocol.controls.molar: 'molar' is a unit (molar = 1000 mol/m^3); choose another name"),
        ("1 s", {}, {"faraday": "V"}, TIME, "deck.yaml:1:1 protocol.controls.faraday: 'faraday' is a unit (faraday = 96485.3 C); choose another name"),
        ("1 s", {"t": "1 s"}, {}, TIME, "deck.yaml:1:1 definitions.t: 't' is position or time in expressions; choose another name"),
        ("1 s", {"exp": "1 s"}, {}, TIME, "deck.yaml:1:1 definitions.exp: 'exp' is a function in expressions; choose another name"),
        ("1 s", {"one C": "1 s"}, {}, TIME, "deck.yaml:1:1 definitions.one C: 'one C' is no name: use letters, digits and '_', a letter first"),
        ("1 s", {"current": "1 A"}, {"current": "A"}, TIME, "deck.yaml:1:1 protocol.controls.current: 'current' is already a definition"),
        ("1 s", {}, {"current": "ampere_"}, TIME, "deck.yaml:1:1 protocol.controls.current: expected a unit or a quantity: unknown name 'ampere_'"),
    ],
)  # fmt: skip
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
    reasons = ("the definitions multiply", "the expression is nested too deeply")
    assert all(line.endswith(reasons) and len(line) < 200 for line in lines)


def test_a_definition_holds_no_fields_and_says_what_it_may_hold(tmp_path: Path) -> None:
    path = tmp_path / "deck.yaml"
    path.write_text("mesh: {file: a.msh}\nphysics: {}\ndefinitions: {warmer: temperature + 1 K}\n")
    with pytest.raises(UserError) as refused:
        read_deck(path)
    assert str(refused.value).endswith(
        "deck.yaml:3:23 definitions.warmer: unknown name 'temperature'; a definition may hold time, position, controls and "
        "other definitions"
    )
