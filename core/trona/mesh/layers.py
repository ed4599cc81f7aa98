"""Meshes of stacked layers without a mesh file: a line, or triangles with flat or wavy interfaces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from trona.errors import Location, MeshError, hint
from trona.mesh.build import build_mesh
from trona.mesh.data import MeshData
from trona.mesh.raw import Floats, Group, Ints, RawMesh, RefusedError, check_names

MOST_CELLS = 200_000
"""Layers are meant for tests and first trials."""

BOTTOM, TOP, SIDES = "bottom", "top", "sides"


def layered_mesh(
    layers: Sequence[tuple[str, float]],
    width: float | None = None,
    *,
    cells: int = 4,
    cells_across: int = 4,
    wave: Mapping[str, float] | None = None,
    start: float = 0.0,
    location: Location | None = None,
) -> MeshData:
    """Return the mesh of layers (block, thickness in m), stacked from the bottom up along the last axis.

    start: where the first one begins on that axis, m. width: extent in m along the layers; None gives a line. cells:
    number of cells through each layer. cells_across: number of cells along it. Layers of the same name are one block.
    Boundaries are `bottom`, `top` and, in 2-D, `sides`. wave: amplitude in m by interface (`lower | upper`), which is
    then half a period of a cosine along the width with its crest at x = 0; `bottom`, `top` and the other interfaces
    are flat.
    Raises MeshError at `location` for an invalid name, too many cells, or a wave that does not fit.
    """
    total = len(layers) * cells * (1 if width is None else 2 * cells_across)
    if total > MOST_CELLS:
        text = f"these {len(layers)} layers have {total} cells; at most {MOST_CELLS} are possible"
        raise MeshError(text, location=location)
    thicknesses = [thickness for _, thickness in layers]
    heights = start + np.concatenate([[0.0], np.cumsum(thicknesses)])
    y = np.concatenate([np.linspace(a, b, cells + 1)[:-1] for a, b in pairwise(heights)])
    y = np.append(y, heights[-1])
    try:
        crests = _crests(layers, heights, wave or {}, width)
    except RefusedError as refusal:
        raise MeshError(str(refusal), location=location) from None
    points, elements, boundaries = _line(y) if width is None else _strip(y, width, cells_across, crests)
    dim = max(elements)
    layer_of = np.repeat(np.arange(len(layers)), len(elements[dim]) // len(layers))  # cells are row by row
    names = list(dict.fromkeys(name for name, _ in layers))
    block_of = np.array([names.index(name) for name, _ in layers])[layer_of]
    groups = [Group(name, dim, np.flatnonzero(block_of == i)) for i, name in enumerate(names)]
    groups += [Group(name, dim - 1, np.array(rows)) for name, rows in boundaries.items()]
    try:
        if taken := sorted(set(names) & set(boundaries)):
            raise RefusedError(f"a layer cannot be named '{taken[0]}': a boundary has this name")
        check_names([(g.dim, g.name) for g in groups])
        return build_mesh(RawMesh(points, elements, tuple(groups)), 1.0)[0]
    except RefusedError as refusal:
        raise MeshError(str(refusal), location=location) from None


_Elements = tuple[Floats, dict[int, Ints], dict[str, list[int]]]
"""Points (n, 3), elements by dimension, and the facets of each boundary."""


def _line(y: Floats) -> _Elements:
    points = np.column_stack([y, np.zeros_like(y), np.zeros_like(y)])
    rows = np.arange(len(y))
    elements = {1: np.column_stack([rows[:-1], rows[1:]]), 0: np.array([[0], [len(y) - 1]])}
    return points, elements, {BOTTOM: [0], TOP: [1]}


def _strip(y: Floats, width: float, cells_across: int, crests: tuple[Floats, Floats]) -> _Elements:
    x = np.linspace(0.0, width, cells_across + 1)
    points = np.column_stack([np.tile(x, len(y)), np.repeat(y, len(x)), np.zeros(len(x) * len(y))])
    points[:, 1] += np.cos(np.pi * points[:, 0] / width) * np.interp(points[:, 1], *crests)
    vertex = np.arange(len(points)).reshape(len(y), len(x))
    edges, boundaries = _walls(vertex)
    return points, {2: _triangles(vertex), 1: edges}, boundaries


def _crests(
    layers: Sequence[tuple[str, float]], heights: Floats, wave: Mapping[str, float], width: float | None
) -> tuple[Floats, Floats]:
    """Return the heights of bottom, interfaces and top, and the amplitude of each."""
    if wave and width is None:
        raise RefusedError("a wave runs along the layers; give 'width'")
    borders = {i + 1: f"{a} | {b}" for i, ((a, _), (b, _)) in enumerate(pairwise(layers)) if a != b}
    for name in wave:
        if name not in borders.values():
            known = list(dict.fromkeys(borders.values()))
            raise RefusedError(f"no interface '{name}' for a wave{hint(name, known)}")
    held = [0, *borders, len(layers)]
    lifts = np.array([wave.get(borders.get(i, ""), 0.0) for i in held])
    for i, (below, above) in enumerate(pairwise(held)):
        thinnest = heights[above] - heights[below] - abs(lifts[i + 1] - lifts[i])
        if thinnest <= 0:
            raise RefusedError(
                f"the wave cuts through the layer '{layers[below][0]}', whose smallest thickness is {thinnest:.3g} m"
            )
    return heights[held], lifts


def _triangles(vertex: Ints) -> Ints:
    """Return two triangles per rectangle, with alternating diagonals so that no direction is preferred."""
    a, b, c, d = (part.ravel() for part in (vertex[:-1, :-1], vertex[:-1, 1:], vertex[1:, 1:], vertex[1:, :-1]))
    rows, columns = np.indices((vertex.shape[0] - 1, vertex.shape[1] - 1))
    even = ((rows + columns) % 2 == 0).ravel()[:, None]
    first = np.where(even, np.column_stack([a, b, c]), np.column_stack([a, b, d]))
    second = np.where(even, np.column_stack([a, c, d]), np.column_stack([b, c, d]))
    return np.stack([first, second], axis=1).reshape(-1, 3)


def _walls(vertex: Ints) -> tuple[Ints, dict[str, list[int]]]:
    """Return the edges of the outer boundary, and the indices of the edges of each boundary."""
    lines = {BOTTOM: [vertex[0]], TOP: [vertex[-1]], SIDES: [vertex[:, 0], vertex[:, -1]]}
    edges: list[Ints] = []
    parts: dict[str, list[int]] = {}
    for name, runs in lines.items():
        for run in runs:
            parts.setdefault(name, []).extend(range(len(edges), len(edges) + len(run) - 1))
            edges.extend(np.column_stack([run[:-1], run[1:]]))
    return np.array(edges), parts
