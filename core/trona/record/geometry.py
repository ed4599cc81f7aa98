"""Geometry of pictures: outlines, outer faces, and quadratic cells subdivided into straight ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trona.readings.snapshot import NODES_PER_CELL, BlockData, CellType

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Sides of a cell: corners first, then the nodes between them, as in a cell of one dimension less.
_SIDES: dict[str, tuple[CellType, list[list[int]]]] = {
    "triangle": ("line", [[0, 1], [1, 2], [2, 0]]),
    "triangle6": ("line3", [[0, 1, 3], [1, 2, 4], [2, 0, 5]]),
    "tetra": ("triangle", [[0, 1, 2], [0, 1, 3], [1, 2, 3], [0, 2, 3]]),
    "tetra10": ("triangle6", [[0, 1, 2, 4, 5, 6], [0, 1, 3, 4, 8, 7], [1, 2, 3, 5, 9, 8], [0, 2, 3, 6, 9, 7]]),
}


def outer_sides(block: BlockData) -> tuple[CellType, Ints]:
    """Cell type and nodes (s, k) of the outer edges or faces of a block."""
    side_type, local = _SIDES[block.cell_type]
    sides = block.cells[:, local].reshape(-1, len(local[0]))
    # Discontinuous fields repeat the nodes of every cell: nodes are identified by their coordinates.
    node = block.numbers
    if node is None:
        _, node = np.unique(block.points, axis=0, return_inverse=True)
    corners = 2 if side_type.startswith("line") else 3
    keys = np.sort(node.reshape(-1)[sides[:, :corners]], axis=1)
    _, first, count = np.unique(keys, axis=0, return_index=True, return_counts=True)
    return side_type, sides[np.sort(first[count == 1])]


def lines(cells: Ints, cell_type: str, *data: Floats, cuts: int | None = None) -> list[Floats]:
    """Point data (n, c) along line cells, as (m, cuts + 1, c); by default only curved lines are subdivided."""
    cuts = cuts or (1 if cell_type == "line" else 8)
    s = np.linspace(0.0, 1.0, cuts + 1)
    if cell_type == "line":
        shape = np.stack([1 - s, s], axis=1)
    else:
        shape = np.stack([(1 - s) * (1 - 2 * s), s * (2 * s - 1), 4 * s * (1 - s)], axis=1)
    return [np.einsum("lk,mkc->mlc", shape, values[cells]) for values in data]


def triangles(cells: Ints, cell_type: str, cuts: int, *data: Floats) -> tuple[Ints, list[Floats]]:
    """Triangles with every edge divided into `cuts`: the small triangles and the point data at their nodes."""
    index = {(i, j): n for n, (i, j) in enumerate((i, j) for j in range(cuts + 1) for i in range(cuts + 1 - j))}
    lattice = np.array(list(index), dtype=float) / cuts
    b, c = lattice.T
    a = 1 - b - c
    if cell_type == "triangle":
        shape = np.stack([a, b, c], axis=1)
    else:
        corners = [a * (2 * a - 1), b * (2 * b - 1), c * (2 * c - 1)]
        shape = np.stack([*corners, 4 * a * b, 4 * b * c, 4 * c * a], axis=1)
    up = [(index[i, j], index[i + 1, j], index[i, j + 1]) for i, j in index if i + j < cuts]
    down = [(index[i + 1, j], index[i + 1, j + 1], index[i, j + 1]) for i, j in index if i + j < cuts - 1]
    local = np.array(up + down, dtype=np.int64)
    small = (np.arange(len(cells))[:, None, None] * len(lattice) + local).reshape(-1, 3)
    return small, [np.einsum("lk,mkc->mlc", shape, values[cells]).reshape(-1, values.shape[1]) for values in data]


def cuts_for(count: int, cell_type: str, target: int) -> int:
    """The subdivision of the edges of `count` cells that gives about `target` cells; at least 2 if quadratic."""
    least = 2 if NODES_PER_CELL[cell_type] > 3 else 1
    return int(np.clip(round((target / max(count, 1)) ** 0.5), least, 16))
