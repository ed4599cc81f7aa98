"""The JSON schema, checked with an independent validator."""

from typing import Any

import jsonschema
import pytest

from trona.deck import (
    SECTIONS,
    Blocks,
    Boolean,
    Integer,
    MappingOf,
    Number,
    Options,
    Quantity,
    deck_schema,
    object_schema,
)
from trona.model import registry
from trona.settings import sections as declared_sections
from trona.settings.schema import schema as whole_schema


class Heat:
    blocks = Blocks("where it acts")
    power = Quantity("W/m^3", "heat source", default="0 W/m^3")
    factor = Quantity("1", "factor", default="1")
    order = Integer("order", default="2", minimum=1)
    exponent = Number("exponent", default="0.5", above=0)
    jumps = MappingOf(Boolean(), "switches", default=None)


class Free:
    order = Integer("order", default="2")


HEAT = object_schema("heat", Options.declared(Heat), "conduction")
SCHEMA = deck_schema({"heat": HEAT, "free": object_schema("free", Options.declared(Free), "")}, {})
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def valid(heat: Any) -> bool:
    return bool(VALIDATOR.is_valid({"mesh": {}, "physics": {"heat": heat}}))


def test_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert tuple(SCHEMA["properties"]) == SECTIONS


def test_option_carries_text_unit_and_default() -> None:
    power = HEAT["properties"]["power"]
    assert (power["description"], power["unit"], power["default"]) == ("heat source", "W/m^3", "0 W/m^3")
    assert HEAT["properties"]["exponent"]["default"] == 0.5
    assert HEAT["required"] == ["blocks"]
    assert "default" not in HEAT["properties"]["blocks"]


@pytest.mark.parametrize(
    "heat",
    [
        {"blocks": "metal"},
        {"blocks": ["metal", "sei"], "power": "5 W/m^3", "factor": 2, "order": 3, "jumps": {"a": True}},
        {"blocks": "metal", "factor": "t / 1 s"},
        {"blocks": "metal", "power": {"table": [["0 s", "1 W/m^3"], ["1 s", "2 W/m^3"]], "of": "t"}},
        {"blocks": "metal", "power": {"table": "p.csv", "of": "t", "units": ["s", "W/m^3"]}},
        [{"blocks": "metal"}, {"blocks": "sei"}],
    ],
)
def test_good(heat: Any) -> None:
    assert valid(heat)


@pytest.mark.parametrize(
    "heat",
    [
        {},
        None,
        [],
        {"blocks": []},
        {"blocks": "metal", "blok": 1},
        {"blocks": "metal", "power": 5},
        {"blocks": "metal", "power": "5"},
        {"blocks": "metal", "power": {"table": [["0 s", "1 W/m^3"]], "of": "t"}},
        {"blocks": "metal", "order": 0},
        {"blocks": "metal", "exponent": 0},
        {"blocks": "metal", "jumps": {"a": 1}},
    ],
)
def test_bad(heat: Any) -> None:
    assert not valid(heat)


def test_whole_decks() -> None:
    assert VALIDATOR.is_valid({"mesh": {}, "physics": {"free": None}})
    assert VALIDATOR.is_valid({"include": "base.yaml"})
    assert not VALIDATOR.is_valid({"mesh": {}})
    assert not VALIDATOR.is_valid({"mesh": {}, "physics": {}, "physic": {}})
    assert not VALIDATOR.is_valid({"mesh": {}, "physics": {"haet": {}}})
    narrow = deck_schema({}, {"mesh": {"type": "object", "required": ["file"]}})
    assert not jsonschema.Draft202012Validator(narrow).is_valid({"mesh": {}, "physics": {}})


def test_every_section_of_a_deck_is_declared() -> None:
    """Schema, manual and reading know the same sections as the deck, which refuses all others."""
    declared = [cls.name for cls in declared_sections.SECTIONS] + list(declared_sections.mappings(registry()))
    assert sorted([*declared, "title", "physics", "include"]) == sorted(SECTIONS)
    for name, schema in whole_schema()["properties"].items():
        assert schema.get("description") or name in ("title", "physics", "include"), name
