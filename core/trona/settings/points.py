"""Where the points of a probe or a line lie, and in which block each of them is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np
from ufl.classes import Grad
from ufl.corealg.traversal import unique_pre_traversal

from trona.errors import UserError
from trona.mesh.barycentric import containing
from trona.model.symbols import FieldSymbol, RateSymbol
from trona.model.unknown import field_pieces, symbols_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trona.mesh.data import MeshData
    from trona.model.model import Model

Point = tuple[float, ...]
_LOCATED: WeakKeyDictionary[MeshData, dict[bytes, list[set[str]]]] = WeakKeyDictionary()
"""What has been located in a mesh, because the decks of a sweep ask for the same points."""
_BESIDE = 1e-3
"""How far from a point of a line, as a part of its spacing, it is asked from where the line comes and goes."""


def locate(mesh: MeshData, points: Any) -> list[set[str]]:
    """Return the blocks that each point lies in; several on a border."""
    wanted = np.asarray(points, dtype=float)
    known = _LOCATED.setdefault(mesh, {})
    key = wanted.tobytes()
    if key not in known:
        found: list[set[str]] = [set() for _ in points]
        which, cells, _ = containing(mesh.points[mesh.cells], wanted)
        for point, cell in zip(which, cells, strict=True):
            found[point].add(mesh.blocks[mesh.cell_block[cell]])
        known[key] = found
    return [set(blocks) for blocks in known[key]]


def has_one_value(model: Model, expression: Any, blocks: Sequence[str]) -> bool:
    """Whether an expression has one value where these blocks meet, whatever the solution.

    That is so if it is the same in all of them, made of fields that are continuous there and not of gradients.
    """
    expanded = [model.expand(expression, block) for block in blocks]
    if any(other != expanded[0] for other in expanded[1:]):
        return False
    if any(isinstance(node, Grad) for node in unique_pre_traversal(expanded[0])):
        return False
    for symbol in symbols_in(expanded[0]):
        if isinstance(symbol, RateSymbol):
            return False
        if isinstance(symbol, FieldSymbol) and model.fields[symbol.name].kind == "volume":
            field = model.fields[symbol.name]
            pieces = field_pieces(field, model.mesh)
            if field.declaration.element != "continuous" or not any(set(blocks) <= set(p) for p in pieces):
                return False
    return True


def placed(
    model: Model, of: str, expression: Any, blocks: tuple[str, ...], points: Sequence[Point]
) -> tuple[tuple[Point, ...], tuple[str, ...]]:
    """Return points and the block in which the quantity `of`, which lives in `blocks`, is read at each of them.

    On a border where it has two values a point is given twice if a line of points crosses the border there: with the
    block that the line comes from, then with the one that it goes to. Raises UserError for a point in none of the
    blocks, and where the deck does not say which of two values is meant.
    """
    home = [tuple(b for b in blocks if b in found) for found in locate(model.mesh, points)]
    rows: list[tuple[Point, str]] = []
    single: dict[tuple[str, ...], bool] = {}
    for number, (point, here) in enumerate(zip(points, home, strict=True)):
        if not here:
            raise UserError(f"the point ({_text(point)}) lies in no block of '{of}'{_only(blocks)}")
        if len(here) > 1 and here not in single:
            single[here] = has_one_value(model, expression, here)
        if len(here) == 1 or single[here]:
            rows.append((point, here[0]))
            continue
        rows += [(point, block) for block in _crossed(model, of, points, number, here)]
    return tuple(point for point, _ in rows), tuple(block for _, block in rows)


def _crossed(model: Model, of: str, points: Sequence[Point], number: int, here: tuple[str, ...]) -> list[str]:
    """Return the blocks that a line comes from and goes to at a point on a border."""
    point = np.asarray(points[number])
    two = f"on the border of {' and '.join(here)}, where '{of}' has a value in each; say which with 'block'"
    if len(points) == 1:
        raise UserError(f"the point ({_text(points[number])}) lies {two}")
    found: list[str] = []
    for other in (number - 1, number + 1):
        if not 0 <= other < len(points):
            continue
        beside = point + _BESIDE * (np.asarray(points[other]) - point)
        inside = [b for b in here if b in locate(model.mesh, [beside])[0]]
        if len(inside) > 1:
            raise UserError(f"the line runs along ({_text(points[number])}), {two}")
        found += [b for b in inside if b not in found]
    if not found:
        raise UserError(f"the line touches ({_text(points[number])}), {two}")
    return found


def _only(blocks: tuple[str, ...]) -> str:
    return f", which lives in {', '.join(blocks)}"


def _text(point: Point) -> str:
    return ", ".join(f"{c:.4g} m" for c in point)
