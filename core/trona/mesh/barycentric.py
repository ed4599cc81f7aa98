"""Barycentric coordinates, and the simplices that contain points."""

from __future__ import annotations

import numpy as np

from trona.mesh.raw import Floats, Ints

EDGE = 1e-9
"""Distance outside a simplex, in barycentric coordinates, at which a point still counts as on its border."""


def containing(corners: Floats, points: Floats) -> tuple[Ints, Ints, Floats]:
    """Return all k pairs of a point (n, d) and a simplex with corners (m, d + 1, d) that contains it.

    The result is the indices (k,) of the points, ascending, the indices (k,) of the simplices, and the barycentric
    coordinates (k, d + 1).
    """
    low, high = corners.min(axis=1), corners.max(axis=1)
    slack = EDGE * (high - low).max(axis=1, initial=0.0)[:, None]
    low, high = low - slack, high + slack
    found: list[tuple[Ints, Ints]] = []
    if len(points) <= len(corners):
        for number, point in enumerate(points):
            near = np.flatnonzero(((low <= point) & (point <= high)).all(axis=1))
            found.append((np.full(len(near), number), near))
    else:
        order = np.argsort(points[:, 0], kind="stable")
        first = np.searchsorted(points[order, 0], low[:, 0])
        last = np.searchsorted(points[order, 0], high[:, 0], side="right")
        for number, (a, b) in enumerate(zip(first, last, strict=True)):
            some = order[a:b]
            near = some[((low[number] <= points[some]) & (points[some] <= high[number])).all(axis=1)]
            found.append((near, np.full(len(near), number)))
    if not found:
        return np.zeros(0, int), np.zeros(0, int), np.zeros((0, corners.shape[1]))
    which, cells = (np.concatenate(part) for part in zip(*found, strict=True))
    local = barycentric(corners[cells], points[which])
    inside = (local >= -EDGE).all(axis=1)
    which, cells, local = which[inside], cells[inside], local[inside]
    order = np.lexsort((cells, which))
    return which[order], cells[order], local[order]


def barycentric(corners: Floats, points: Floats) -> Floats:
    """Return the barycentric coordinates (k, d + 1) of points (k, d), each in the simplex of its own corners."""
    edges = np.swapaxes(corners[:, 1:] - corners[:, :1], 1, 2)
    rest = np.linalg.solve(edges, (points - corners[:, 0])[:, :, None])[:, :, 0]
    return np.column_stack([1 - rest.sum(axis=1), rest])
