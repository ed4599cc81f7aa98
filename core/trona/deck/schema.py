"""The JSON schema of decks (draft 2020-12), from the declarations of the installed plugins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trona.deck.options import Option
from trona.deck.reader import REQUIRED_SECTIONS, SECTIONS

DRAFT = "https://json-schema.org/draft/2020-12/schema"
NAMES = ("block", "boundary", "interface", "border", "region", "material")
"""What the names in options may name; a border is a boundary or an interface, a region a border or a block."""


def object_schema(
    title: str, declared: Mapping[str, Option[Any]], text: str, others: Option[Any] | None = None
) -> dict[str, Any]:
    """The schema of a mapping with these options; `text` is its description.

    others: what further keys, of the user's choice, hold; None where none are allowed.
    """
    schema: dict[str, Any] = {
        "title": title,
        "description": text,
        "type": "object",
        "properties": {name: option.schema() for name, option in declared.items()},
        "additionalProperties": others.schema() if others is not None else False,
    }
    required = [name for name, option in declared.items() if option.required]
    return schema | {"required": required} if required else schema


def deck_schema(
    physics: Mapping[str, Mapping[str, Any]],
    sections: Mapping[str, Mapping[str, Any]],
    names: Mapping[str, Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """The schema of a whole deck.

    `physics` holds the schemas of the plugins' options by name, `sections` those of the other sections; a section
    without a schema may contain anything. In a deck with includes, required keys may come from these, and null removes
    keys. names: the schemas of names by their kind; without them any text is a name.
    """
    entries: dict[str, Any] = {}
    needs: dict[str, Any] = {}
    for name, schema in physics.items():
        options = {key: value for key, value in schema.items() if key != "required"}
        forms: list[Any] = [options, {"type": "array", "items": options, "minItems": 1}, {"type": "null"}]
        entries[name] = {"description": schema.get("description", ""), "anyOf": forms}
        if required := schema.get("required"):
            needs[name] = {"type": ["object", "array"], "required": required, "items": {"required": required}}
    known: dict[str, Any] = {
        "title": {"type": "string"},
        "include": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
        "physics": {"type": "object", "properties": entries, "additionalProperties": False},
    }
    full = {name: sections.get(name, known.get(name, {})) for name in SECTIONS}
    declared = {
        name: _removable({key: value for key, value in schema.items() if key != "required"})
        for name, schema in full.items()
    }
    for name in sections:
        if name not in REQUIRED_SECTIONS:
            declared[name] = _or_null(declared[name])
    parts = {name: {"required": schema["required"]} for name, schema in full.items() if "required" in schema}
    alone = {"required": list(REQUIRED_SECTIONS), "properties": {**parts, "physics": {"properties": needs}}}
    return {
        "$schema": DRAFT,
        "title": "deck",
        "$defs": {name: (names or {}).get(name, {"type": "string"}) for name in NAMES},
        "type": "object",
        "properties": declared,
        "additionalProperties": False,
        "if": {"required": ["include"]},
        "else": alone,
    }


def _removable(schema: Any) -> Any:
    """The schema with null allowed for every key: null removes the key of an included deck."""
    if isinstance(schema, list):
        return [_removable(part) for part in schema]
    if not isinstance(schema, Mapping):
        return schema
    made = {key: value if key in ("default", "enum") else _removable(value) for key, value in schema.items()}
    for key in ("properties", "patternProperties"):
        if isinstance(schema.get(key), Mapping):
            made[key] = {name: _or_null(_removable(part)) for name, part in schema[key].items()}
    if isinstance(schema.get("additionalProperties"), Mapping):
        made["additionalProperties"] = _or_null(made["additionalProperties"])
    return made


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    null = {"type": "null"}
    if "enum" in schema:
        return {**schema, "enum": [*schema["enum"], None]}
    if "anyOf" in schema:
        return {**schema, "anyOf": [*(part for part in schema["anyOf"] if part != null), null]}
    if "$ref" in schema:
        return {"anyOf": [schema, null]}
    if "type" in schema:
        kinds = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
        return {**schema, "type": list(dict.fromkeys([*kinds, "null"]))}
    return schema
