"""The JSON schema of decks, from the declarations of the installed plugins and the sections."""

from __future__ import annotations

from typing import Any


def schema() -> dict[str, Any]:
    """Return the JSON schema (draft 2020-12) of decks, for editors and checks of syntax."""
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
    return deck_schema(physics, sections)
