"""The options of a physics in a new deck: regions of the mesh, and values of an example."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trona.deck import Blocks, BoundaryOption, Choice, InterfaceOption
from trona.errors import UserError
from trona.mesh import MeshData
from trona.model.configured import Declared
from trona.starter.choices import Choices


def filled(
    name: str,
    cls: type[Declared],
    given: Mapping[str, Any],
    mesh: MeshData,
    example: Mapping[str, Any],
    likely: Sequence[str],
    choices: Choices,
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the options of a physics with a value for each that must be given, and what is said about those chosen.

    example: the options of an example deck. likely: blocks to suggest. Raises UserError if the mesh lacks a region that
    the physics needs, or an option has no value.
    """
    options, notes = dict(given), dict[str, str]()
    for key, option in cls.declared_options().items():
        needed = option.required or (isinstance(option, BoundaryOption | InterfaceOption) and key in example)
        if key in given or not needed:
            continue
        what = f"{name}.{key}, {option.text}"
        if isinstance(option, Blocks):
            options[key] = choices.several(what, likely, mesh.blocks)
            known: list[str] = list(mesh.blocks)
        elif isinstance(option, BoundaryOption | InterfaceOption):
            regions = mesh.boundaries if isinstance(option, BoundaryOption) else mesh.interfaces
            known = list(regions)
            if not known:
                what = "a boundary" if isinstance(option, BoundaryOption) else "an interface"
                raise UserError(f"{name} needs {what}, and the mesh has none")
            asked = example.get(key)
            options[key] = choices.one(what, asked if asked in known else known[0], known)
        else:
            known = list(option.values) if isinstance(option, Choice) else []
            value = example.get(key, known[0] if known else "")
            if isinstance(value, dict | list):
                options[key] = value
            else:
                options[key] = choices.one(f"{what} ({option.kind}); or physics.{name}.{key}=VALUE", str(value), known)
            notes[key] = f"{option.text} ({option.kind})"
            continue
        if len(known) > 1:
            notes[key] = option.text
    return options, notes
