"""Points in the cells of blocks, and the values of fields there, as the field files have them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trona.mesh.barycentric import EDGE, barycentric, containing
from trona.readings.snapshot import BlockData
from trona.record.geometry import Floats, Ints

Bools = NDArray[np.bool_]
EDGES = ((0, 1), (1, 2), (0, 2), (0, 3), (1, 3), (2, 3))
"""Pairs of corners whose midpoints VTK lists after the corners of a cell of order 2."""
_STRAIGHT = 1e-9
"""How far from the middle of its edge, in edges, a node may lie in a cell that counts as straight."""
_STEPS = 20
"""Newton steps that find a point in a curved cell; they double the digits, so a few are enough."""


class Places:
    """Where points (n, d) lie among the cells of a block: in none, in one, or on the border of several."""

    def __init__(self, block: BlockData, points: Floats) -> None:
        dimension = block.points.shape[1]
        self.edges = EDGES[: block.cells.shape[1] - dimension - 1]
        nodes = block.points[block.cells]
        corners = nodes[:, : dimension + 1]
        curved = _curved(nodes, self.edges)
        straight = np.flatnonzero(~curved)
        which, cells, local = containing(corners[straight], points)
        cells = straight[cells]
        if curved.any():
            bent = np.flatnonzero(curved)
            also, inside, there = self._in_curved(nodes[bent], points)
            which, cells = np.concatenate([which, also]), np.concatenate([cells, bent[inside]])
            local = np.concatenate([local, there])
        self._which, self._nodes = which, block.cells[cells]
        self._weights = shapes(local, self.edges)
        self._held = np.bincount(which, minlength=len(points))

    @property
    def inside(self) -> Bools:
        """Which points lie in the block, (n,)."""
        return self._held > 0

    def values(self, nodal: Floats) -> Floats:
        """Return the values (n, ...) of a field at the points, NaN outside; the mean where several cells meet."""
        found = np.einsum("kn...,kn->k...", nodal[self._nodes], self._weights)
        total = np.zeros((len(self._held), *found.shape[1:]))
        np.add.at(total, self._which, found)
        total[~self.inside] = np.nan
        return total / np.maximum(self._held, 1).reshape(-1, *(1,) * (total.ndim - 1))

    def _in_curved(self, nodes: Floats, points: Floats) -> tuple[Ints, Ints, Floats]:
        """As `containing`, of cells whose edges are parabolas: by Newton's method from the straight cell."""
        corners = nodes[:, : points.shape[1] + 1]
        count = corners.shape[1]
        # A cell lies within its corners and these.
        pulls = [2 * nodes[:, count + n] - (nodes[:, i] + nodes[:, j]) / 2 for n, (i, j) in enumerate(self.edges)]
        reach = np.concatenate([corners, np.stack(pulls, axis=1)], axis=1)
        low, high = reach.min(axis=1), reach.max(axis=1)
        slack = EDGE * (high - low).max(axis=1)[:, None]
        near = [np.flatnonzero(((low - slack <= p) & (p <= high + slack)).all(axis=1)) for p in points]
        which = np.repeat(np.arange(len(points)), [len(cells) for cells in near])
        cells = np.concatenate(near) if near else np.zeros(0, int)
        local = barycentric(corners[cells], points[which])
        for _ in range(_STEPS):
            missed = points[which] - np.einsum("kn,knd->kd", shapes(local, self.edges), nodes[cells])
            slopes = np.einsum("knb,knd->kbd", _slopes(local, self.edges), nodes[cells])
            with np.errstate(all="ignore"):
                step = np.linalg.pinv(np.swapaxes(slopes[:, 1:] - slopes[:, :1], 1, 2)) @ missed[:, :, None]
            local = local + np.column_stack([-step[:, :, 0].sum(axis=1), step[:, :, 0]])
            local = np.clip(local, -2.0, 3.0)
        missed = np.abs(points[which] - np.einsum("kn,knd->kd", shapes(local, self.edges), nodes[cells])).max(axis=1)
        size = (high - low).max(axis=1)[cells]
        kept = (local >= -EDGE).all(axis=1) & (missed <= EDGE * size)
        return which[kept], cells[kept], local[kept]


def shapes(local: Floats, edges: tuple[tuple[int, int], ...]) -> Floats:
    """Return the weights (k, nodes) of the nodes of a cell at barycentric coordinates (k, d + 1)."""
    if not edges:
        return local
    return np.column_stack([local * (2 * local - 1), *(4 * local[:, i] * local[:, j] for i, j in edges)])


def _slopes(local: Floats, edges: tuple[tuple[int, int], ...]) -> Floats:
    """Return the derivatives of the weights by the barycentric coordinates, (k, nodes, d + 1)."""
    count = local.shape[1]
    found = np.zeros((len(local), count + len(edges), count))
    for i in range(count):
        found[:, i, i] = 4 * local[:, i] - 1
    for n, (i, j) in enumerate(edges):
        found[:, count + n, i], found[:, count + n, j] = 4 * local[:, j], 4 * local[:, i]
    return found


def _curved(nodes: Floats, edges: tuple[tuple[int, int], ...]) -> Bools:
    """Return which cells have a node that is not in the middle of its edge, (cells,)."""
    found = np.zeros(len(nodes), dtype=bool)
    count = nodes.shape[1] - len(edges)
    for n, (i, j) in enumerate(edges):
        off = nodes[:, count + n] - (nodes[:, i] + nodes[:, j]) / 2
        length = np.linalg.norm(nodes[:, i] - nodes[:, j], axis=1)
        found |= np.linalg.norm(off, axis=1) > _STRAIGHT * length
    return found
