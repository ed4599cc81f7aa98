"""The JSON schema of decks, made of what the installed plugins and the deck's sections declare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trona.model.reduction import Reduction
    from trona.settings.extra import Kind


def schema() -> dict[str, Any]:
    """Return the JSON schema (draft 2020-12) of decks, for editors and checks of syntax."""
    from trona.deck import deck_schema, object_schema
    from trona.model import registry
    from trona.settings.sections import SECTIONS, mappings

    installed = registry()
    physics = {
        name: object_schema(name, cls.declared_options(), (cls.__doc__ or "").partition("\n")[0])
        for name, cls in installed.physics.items()
    }
    sections = {section.name: section.schema() for section in SECTIONS}
    sections |= {name: option.schema() for name, option in mappings(installed).items()}
    sections["outputs"]["properties"]["extra"] = _extra()
    return deck_schema(physics, sections)


_TEXT: dict[str, Any] = {"type": ["string", "number"]}


def _mapping(text: str, values: dict[str, Any]) -> dict[str, Any]:
    return {"description": text, "type": "object", "additionalProperties": values}


def _keys(required: tuple[str, ...], optional: tuple[str, ...], values: dict[str, Any]) -> dict[str, Any]:
    """The schema of a mapping with just these keys."""
    return {
        "type": "object",
        "properties": {key: values.get(key, _TEXT) for key in (*required, *optional)},
        "required": list(required),
        "additionalProperties": False,
    }


def _kind(name: str, kind: Kind, values: dict[str, Any]) -> dict[str, Any]:
    own = {"type": "string", "description": kind.text}
    return _keys((name, *kind.needed), kind.optional, {name: own, **values})


def _reduction(name: str, cls: type[Reduction]) -> dict[str, Any]:
    from trona.deck import object_schema

    options = object_schema(name, cls.declared_options(), "")
    needed = tuple(options.get("required", ()))
    more = tuple(option for option in options["properties"] if option not in needed)
    known = {"reduce": {"const": name, "description": cls.text()}, **options["properties"]}
    return _keys(("reduce", "of", "on", *needed), ("side", *more), known)


def _extra() -> dict[str, Any]:
    from trona.model import registry
    from trona.settings.extra import KINDS, MOST_POINTS

    point = {"type": "array", "items": {"type": ["string", "number"]}, "minItems": 1, "maxItems": 3}
    count = {"type": "integer", "minimum": 2, "maximum": MOST_POINTS}
    values = {"at": point, "from": point, "to": point, "points": count, "blocks": {"type": "array", "minItems": 1}}
    kinds = [
        *(_reduction(name, cls) for name, cls in registry().reductions.items()),
        *(_kind(name, kind, values) for name, kind in KINDS.items() if name != "reduce"),
    ]
    return _mapping("outputs of your own, by name", {"anyOf": kinds})
