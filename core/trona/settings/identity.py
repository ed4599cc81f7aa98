"""The part of a deck that must not change if a run is to be continued."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from trona.errors import MOST_LISTED
from trona.model.materials.property_text import REMARKS
from trona.model.sections import entries_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from trona.model.model import Model

FREE = ("title", "time", "solver", "outputs", "units", "audit", "checkpoint", "protocol")
"""Sections that may change from a run to its continuation: they do not change what is solved for."""
_MATERIAL = "the file of the material of "
_MESH = "the mesh"


def identity(model: Model, free: Collection[str] = FREE) -> dict[str, str]:
    """Return, by path in the deck, all that must not change if a run is to be continued: everything but `free`
    sections.

    The contents of the mesh, of material files and of tables are represented by digests.
    """
    folder = model.deck.folder
    kept = {name: value for name, value in model.deck.resolved().items() if name not in free}
    controls = entries_of(entries_of(model.deck.section("protocol")).get("controls"))
    if model.deck.section("protocol") is not None:
        # Its steps may change from the one reached on, which only the stepper can tell.
        kept["protocol"] = {"controls": {name: node.plain() for name, node in controls.items()}}
    if isinstance(kept.get("mesh"), dict):
        kept["mesh"] = {key: value for key, value in kept["mesh"].items() if key != "file"}
    found = dict(_leaves("", kept, folder))
    for block, material in model.materials.items():
        properties = {
            name: _without_remarks(node.plain())
            for name, node in material.properties.items()
            if name not in material.own
        }
        content = json.dumps(sorted(_leaves("", properties, folder)))
        found[_MATERIAL + block] = _digest(content.encode())
    found[_MESH] = model.mesh.digest()
    return found


def differences(before: dict[str, str], now: dict[str, str]) -> str:
    """Return the differences between two identities, one line each, or ''."""
    lines = []
    for key in sorted(before.keys() | now.keys(), key=lambda k: (k not in (_MESH,), k)):
        old, new = before.get(key), now.get(key)
        if old == new:
            continue
        if key == _MESH or key.startswith(_MATERIAL):
            lines.append(f"{key} has changed")
        elif old is None:
            lines.append(f"{key} is new: {new}")
        elif new is None:
            lines.append(f"{key} was removed: it was {old}")
        else:
            lines.append(f"{key} was {old}, is {new}")
    more = len(lines) - MOST_LISTED
    return "\n".join(f"  {line}" for line in [*lines[:MOST_LISTED], *([f"... {more} more"] if more > 0 else [])])


def _leaves(path: str, value: Any, folder: Path) -> Iterator[tuple[str, str]]:
    """Yield path and text of every single value; a table in a file with what the file holds."""
    if isinstance(value, dict) and value:
        for key, part in value.items():
            yield from _leaves(f"{path}.{key}" if path else key, part, folder)
    elif isinstance(value, list) and value:
        for i, part in enumerate(value):
            yield from _leaves(f"{path}[{i}]", part, folder)
    else:
        text = f"'{value}'" if isinstance(value, str) else json.dumps(value)
        if isinstance(value, str) and path.endswith("table") and (folder / value).is_file():
            text += f" (content {_digest((folder / value).read_bytes())[:8]})"
        yield path, text


def _without_remarks(value: Any) -> Any:
    return {k: v for k, v in value.items() if k not in REMARKS} if isinstance(value, dict) else value


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
