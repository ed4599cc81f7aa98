"""`trona new-deck`."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trona.cli.ranks import Ranks
from trona.errors import UserError

if TYPE_CHECKING:
    from trona.starter import Choices

_UNITS = ("m", "cm", "mm", "um", "nm")


def new_deck(arguments: argparse.Namespace, ranks: Ranks) -> int:
    """Write a deck that `trona check` accepts, and print the next command."""
    if not ranks.first:
        return 0
    from trona.model import registry
    from trona.starter import Choices, Questions
    from trona.starter import new_deck as make

    path = Path(arguments.deck)
    if path.exists():
        raise UserError(f"trona new-deck: '{path}' exists already; give another name")
    if not path.parent.is_dir():
        raise UserError(f"trona new-deck: there is no folder '{path.parent}'")
    if path.suffix not in (".yaml", ".yml"):
        raise UserError(f"trona new-deck: the name of a deck ends with .yaml, got '{path}'")
    asks = not arguments.suggestions and sys.stdin is not None and sys.stdin.isatty()
    choices = Questions(input, ranks.out) if asks else Choices()
    mesh = _mesh(arguments, path, choices)
    names = [name.strip() for name in (arguments.physics or "").split(",") if name.strip()]
    if not names:
        known = sorted(registry().physics)
        if not asks:
            raise UserError("trona new-deck: give --physics, NAME,NAME; 'trona plugins' lists all")
        names = choices.several("physics", (), known)
    text = make(mesh, names, path, arguments.overrides, choices)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UserError(f"cannot write '{path}': {error.strerror or error}") from None
    ranks.out(text)
    ranks.out(f"written to {path}; next: trona check {path}")
    return 0


def _mesh(arguments: argparse.Namespace, path: Path, choices: Choices) -> dict[str, Any]:
    """Return the section `mesh`. Raises UserError if it is given twice or not at all."""
    file, layers = arguments.mesh, arguments.layers
    if file is None and layers is None:
        file = choices.one("--mesh FILE, or --layers 'lower: 10 um, upper: 30 um'", "")
        file, layers = (None, file) if ":" in file else (file, None)
    if file is not None and layers is not None:
        raise UserError("trona new-deck: give --mesh or --layers, not both")
    if layers is not None:
        return {"layers": [_layer(part) for part in layers.split(",")]}
    unit = arguments.length_unit or choices.one(f"--length-unit, the unit of coordinates in {file}", "", _UNITS)
    return {"file": os.path.relpath(file, path.parent), "length_unit": unit}


def _layer(text: str) -> dict[str, str]:
    name, colon, thickness = (part.strip() for part in text.partition(":"))
    if not colon or not name or not thickness:
        raise UserError(f"trona new-deck: expected layers as 'NAME: THICKNESS, ...' from the bottom up, got '{text}'")
    return {name: thickness}
