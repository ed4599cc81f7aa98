"""Mapped rectangles: rings, plates with holes, shells, without a mesh generator; and their solutions at nodes."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import yaml

from trona.deck import Deck, read_deck

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from trona.session.result import Result

    Map = Callable[[NDArray[Any], NDArray[Any]], tuple[NDArray[Any], NDArray[Any]]]

_numbers = itertools.count()
_SIDES = ("left", "right", "bottom", "top")


def body(
    folder: Path,
    cells: tuple[int, int],
    shape: Map,
    *,
    coordinates: str = "planar",
    rows: Sequence[str] = (),
    skin: Sequence[str] = (),
    **sections: Any,
) -> Deck:
    """A deck on the unit square, in triangles and mapped by `shape`: block `body`, sides left, right, bottom, top.

    rows: the block of each row of cells, from the bottom up, where there are others. skin: sides that are parts of one
    boundary `skin` too.
    """
    nx, ny = cells
    a, b = np.meshgrid(np.linspace(0, 1, nx + 1), np.linspace(0, 1, ny + 1))
    x, y = shape(a.ravel(), b.ravel())
    node = np.arange(1, len(x) + 1).reshape(ny + 1, nx + 1)
    walls = {"left": node[:, 0], "right": node[:, -1], "bottom": node[0], "top": node[-1]}
    blocks = list(dict.fromkeys(rows)) or ["body"]
    first, sides = 1 + len(blocks), [*_SIDES, *["skin"] * bool(skin)]
    edges = [(s, pair) for s, row in walls.items() for pair in itertools.pairwise(row)]
    edges += [("skin", pair) for side, pair in edges if side in skin]
    elements = [(1, first + sides.index(s), pair) for s, pair in edges]
    for j, i in itertools.product(range(ny), range(nx)):
        p, q, r, s = node[j, i], node[j, i + 1], node[j + 1, i + 1], node[j + 1, i]
        tag = 1 + blocks.index(rows[j]) if rows else 1
        halves = ((p, q, r), (p, r, s)) if (i + j) % 2 else ((p, q, s), (q, r, s))
        elements += [(2, tag, half) for half in halves]
    names = [f'2 {k} "{b}"' for k, b in enumerate(blocks, 1)] + [f'1 {k} "{s}"' for k, s in enumerate(sides, first)]
    lines = ["$MeshFormat", "2.2 0 8", "$EndMeshFormat", "$PhysicalNames", str(len(names)), *names]
    lines += ["$EndPhysicalNames", "$Nodes", str(len(x))]
    lines += [f"{n} {u!r} {v!r} 0" for n, (u, v) in enumerate(zip(x.tolist(), y.tolist(), strict=True), 1)]
    lines += ["$EndNodes", "$Elements", str(len(elements))]
    lines += [f"{n} {kind} 2 {tag} 1 {' '.join(map(str, e))}" for n, (kind, tag, e) in enumerate(elements, 1)]
    stem = folder / f"body{next(_numbers)}"
    stem.with_suffix(".msh").write_text("\n".join([*lines, "$EndElements", ""]))
    content = {"mesh": {"file": f"{stem.name}.msh", "coordinates": coordinates}, **sections}
    stem.with_suffix(".yaml").write_text(yaml.safe_dump(content, sort_keys=False))
    return read_deck(stem.with_suffix(".yaml"))


def ring(inner: float, outer: float) -> Map:
    """A quarter of a ring: left is the inner, right the outer circle, bottom and top the planes of symmetry."""

    def shape(a: Any, b: Any) -> Any:
        r, angle = inner * (outer / inner) ** a, b * np.pi / 2
        return r * np.cos(angle), r * np.sin(angle)

    return shape


def box(x: tuple[float, float], y: tuple[float, float]) -> Map:
    return lambda a, b: (x[0] + (x[1] - x[0]) * a, y[0] + (y[1] - y[0]) * b)


def everywhere(result: Result, quantity: str) -> tuple[NDArray[Any], NDArray[Any]]:
    """Points and values of a field or a derived quantity at the nodes of the body."""
    from trona.readings.fields import FieldReader
    from trona.readings.outputs import OutputEvaluator

    problem = result.problem
    reader = FieldReader(problem, OutputEvaluator(problem))
    known = problem.model.derived
    derived = [known[quantity]] if quantity in known else []
    snapshot = reader.snapshot(0.0, 0, derived)
    assert snapshot is not None
    block = snapshot.blocks["body"]
    return block.points, block.fields[quantity].values
