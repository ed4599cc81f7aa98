"""The JSON schema of decks, from the declarations of the installed plugins and the sections."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trona.deck import Deck


def schema(deck: Deck | None = None) -> dict[str, Any]:
    """Return the JSON schema (draft 2020-12) of decks, for editors and checks of syntax.

    deck: one whose names the schema then knows: blocks, boundaries and interfaces of its mesh, and materials. Raises
    UserError if its mesh cannot be read.
    """
    from trona.deck import deck_schema, object_schema
    from trona.model import registry
    from trona.settings.sections import SECTIONS, mappings, own_outputs

    installed = registry()
    physics = {
        name: object_schema(name, cls.declared_options(), (cls.__doc__ or "").partition("\n")[0])
        for name, cls in installed.physics.items()
    }
    sections = {section.name: section.schema() for section in SECTIONS}
    sections |= {name: option.schema() for name, option in mappings(installed).items()}
    sections["outputs"]["properties"]["extra"] = own_outputs(installed).schema()
    return deck_schema(physics, sections) if deck is None else _of_deck(deck, physics, sections)


def _of_deck(deck: Deck, physics: dict[str, Any], sections: dict[str, Any]) -> dict[str, Any]:
    from trona.deck import deck_schema
    from trona.model import registry
    from trona.model.materials.library import library
    from trona.model.read_mesh import read_mesh_section

    mesh = read_mesh_section(deck)[0]
    pairs = [pair for a, b in mesh.neighbours for pair in (f"{a} | {b}", f"{b} | {a}")]
    interfaces = list(dict.fromkeys([*mesh.interfaces, *pairs]))
    borders = [*mesh.boundaries, *interfaces]
    names = {
        "block": mesh.blocks,
        "boundary": mesh.boundaries,
        "interface": interfaces,
        "border": borders,
        "region": [*mesh.blocks, *borders],
        "material": library(registry(), deck.folder),
    }
    made = deck_schema(physics, sections, {kind: _one_of(known) for kind, known in names.items()})
    for section, known in (("materials", list(mesh.blocks)), ("boundaries", borders)):
        _give_keys(made, section, known)
    return made


def _one_of(names: Iterable[str]) -> dict[str, Any]:
    """Return the schema of one of several names; the blanks around the bar of an interface are free."""
    names = list(names)
    paired = [_pattern(name) for name in names if "|" in name]
    listed = {"type": "string", "enum": names}
    return {"anyOf": [listed, {"type": "string", "pattern": f"^({'|'.join(paired)})$"}]} if paired else listed


def _give_keys(made: dict[str, Any], section: str, names: list[str]) -> None:
    """Allow only these names as the keys of a section."""
    mapping = made["properties"][section]
    made["$defs"][section] = mapping["additionalProperties"]
    one = {"$ref": f"#/$defs/{section}"}
    mapping["properties"] = dict.fromkeys(names, one)
    if paired := [name for name in names if "|" in name]:
        mapping["patternProperties"] = {f"^{_pattern(name)}$": one for name in paired}
    mapping["additionalProperties"] = {"type": "null"}  # which removes the key of an included deck


def _pattern(name: str) -> str:
    """Return a pattern of a name, for JavaScript too, which refuses needless escapes."""
    sides = (re.sub(r"([\\^$.|?*+()\[\]{}])", r"\\\1", side.strip()) for side in name.split("|"))
    return r"\s*\|\s*".join(sides)
