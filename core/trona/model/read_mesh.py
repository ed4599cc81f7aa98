"""The mesh that a deck names, or makes of layers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from trona.deck.options import OptionContext, read_options
from trona.errors import DeckError, UserError
from trona.mesh import layered_mesh, read_mesh
from trona.model.coordinates import SYSTEMS, System, check_coordinates
from trona.model.sections import MeshSection
from trona.units import Unit

if TYPE_CHECKING:
    from trona.deck import Deck
    from trona.mesh import MeshData

_WORD = re.compile(r"\w+")


def read_mesh_section(deck: Deck) -> tuple[MeshData, list[str]]:
    """Read the deck's `mesh` and the file it names, or make its layers; return the mesh and warnings."""
    node = deck.root.mapping()["mesh"]
    context = OptionContext(folder=deck.folder)
    declared = MeshSection.options()
    found = read_options("mesh", declared, node, context)
    values, ways = found.values, ("file", "layers")
    given = [way for way in ways if values[way] is not None]
    if len(given) != 1:
        texts = " or ".join(f"'{way}' ({declared[way].text})" for way in ways)
        raise node.error(f"mesh needs {texts}" if not given else "give 'file' or 'layers', not both")
    location = found.location_of(given[0])
    needless = ("length_unit",) if given == ["layers"] else ("width", "start", "cells", "cells_across", "wave")
    for option in needless:
        if option in found.given:
            raise found.given[option].error(f"'{option}' cannot be used with '{given[0]}'")
    if given == ["layers"]:
        layers = [(name, thickness.constant) for layer in values["layers"] for name, thickness in layer.items()]
        if not layers:
            raise node.mapping()["layers"].error("expected at least one layer")
        width = values["width"].constant if values["width"] is not None else None
        wave = {name: amplitude.constant for name, amplitude in (values["wave"] or {}).items()}
        mesh = layered_mesh(
            layers,
            width,
            cells=values["cells"],
            cells_across=values["cells_across"],
            wave=wave,
            start=values["start"].constant if values["start"] is not None else 0.0,
            location=found.location_of("wave") if wave else location,
        )
        return mesh, []
    path = Path(values["file"])
    path = path if path.is_absolute() else deck.folder / path
    unit = Unit.parse(values["length_unit"])
    return read_mesh(path, unit.factor, location=location)


def read_coordinates(deck: Deck, mesh: MeshData) -> System:
    """Return the coordinate system that the deck's `mesh` names, checked against the mesh."""
    node = deck.root.mapping()["mesh"].mapping().get("coordinates")
    system = SYSTEMS[node.string() if node is not None else "planar"]
    try:
        check_coordinates(system, mesh)
    except UserError as error:
        raise DeckError(str(error), node.location if node is not None else None) from None
    return system


def read_length_unit(deck: Deck) -> Unit:
    """Return the unit in which the deck's mesh file gives lengths, m where it has none."""
    node = deck.root.mapping()["mesh"].mapping().get("length_unit")
    return Unit.parse(node.string() if node is not None else "m")


def mesh_source(deck: Deck) -> object:
    """Return what decks have in common that describe the same mesh: its section, definitions used there, and file."""
    node = deck.section("mesh")
    if node is None:
        return deck.folder, None
    plain, entries = node.plain(), deck.section("definitions")
    definitions = entries.plain() if entries is not None else {}
    used: dict[str, object] = {}
    texts = [str(plain)]
    while texts:
        words = set(_WORD.findall(texts.pop()))
        named = [name for name in definitions if words & set(_WORD.findall(name))]
        new = {name: definitions[name] for name in named if name not in used}
        used |= new
        texts += map(str, new.values())
    file = node.mapping().get("file")
    path = deck.folder / file.string() if file is not None else None
    written = (path.stat().st_mtime_ns, path.stat().st_size) if path is not None and path.exists() else None
    return deck.folder, plain, used, written
