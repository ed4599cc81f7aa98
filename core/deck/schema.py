"""The JSON schema of decks (draft 2020-12), made from what the installed plugins declare."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trona.deck.options import Option
from trona.deck.reader import REQUIRED, SECTIONS

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def object_schema(title: str, declared: Mapping[str, Option[Any]], text: str) -> dict[str, Any]:
    """The schema of a mapping with these options; `text` is its description."""
    schema: dict[str, Any] = {
        "title": title,
        "description": text,
        "type": "object",
        "properties": {name: option.schema() for name, option in declared.items()},
        "additionalProperties": False,
    }
    required = [name for name, option in declared.items() if option.required]
    return schema | {"required": required} if required else schema


def deck_schema(
    physics: Mapping[str, Mapping[str, Any]], sections: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """The schema of a whole deck.

    `physics` gives the schema of each plugin's options by its name, `sections` the schema of the other
    sections; a section without one may hold anything. A deck that includes others may leave the required
    sections to them.
    """
    entries: dict[str, Any] = {}
    for name, schema in physics.items():
        forms: list[Any] = [schema, {"type": "array", "items": schema, "minItems": 1}]
        if not schema.get("required"):
            forms.append({"type": "null"})
        entries[name] = {"description": schema.get("description", ""), "anyOf": forms}
    known: dict[str, Any] = {
        "title": {"type": "string"},
        "include": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
        "physics": {"type": "object", "properties": entries, "additionalProperties": False},
    }
    return {
        "$schema": DRAFT,
        "title": "deck",
        "type": "object",
        "properties": {name: dict(sections.get(name, known.get(name, {}))) for name in SECTIONS},
        "additionalProperties": False,
        "anyOf": [{"required": list(REQUIRED)}, {"required": ["include"]}],
    }
