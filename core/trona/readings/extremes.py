"""The smallest and the largest value of a function in cells, from its values at the nodes of each cell."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np

Array = Any
_FLAT = 1e-12
"""A determinant of second derivatives below this, relative to their size, has no critical point of its own."""


def extremes(values: Array, nodes: Array, degree: int | None) -> tuple[float, float]:
    """Return the least and the greatest value over all cells; (inf, -inf) if there are none.

    values: (cells, nodes); nodes: their barycentric coordinates (nodes, d + 1). degree: degree of the polynomial that
    the function is in each cell, None if it is none. Up to degree 2 both are those of the function; else those at
    nodes.
    """
    if not values.size:
        return np.inf, -np.inf
    low, high = float(values.min()), float(values.max())
    if degree != 2:
        return low, high
    size = nodes.shape[1]
    at = {tuple(np.flatnonzero(row > 0.25).tolist()): number for number, row in enumerate(nodes)}
    values = _beyond(values, at, size, low, high)
    for count in range(2, size + 1):
        for chosen in combinations(range(size), count):
            found = _critical(values, at, chosen)
            if found.size:
                low, high = min(low, float(found.min())), max(high, float(found.max()))
    return low, high


def _beyond(values: Array, at: dict[tuple[int, ...], int], size: int, low: float, high: float) -> Array:
    """Return those cells in which the function may leave a range: it stays between its Bezier coefficients."""
    corner = [values[:, at[(i,)]] for i in range(size)]
    edges = [2 * values[:, at[(i, j)]] - (corner[i] + corner[j]) / 2 for i, j in combinations(range(size), 2)]
    coefficients = np.stack(edges)
    return values[((coefficients < low) | (coefficients > high)).any(axis=0)]


def _critical(values: Array, at: dict[tuple[int, ...], int], chosen: tuple[int, ...]) -> Array:
    """Return the values at the critical points inside a face, of these corners, of the cells that have one."""
    first, rest = chosen[0], chosen[1:]
    corner = {i: values[:, at[(i,)]] for i in chosen}

    def bezier(i: int, j: int) -> Array:
        middle = values[:, at[(i, j) if i < j else (j, i)]]
        return 2 * middle - (corner[i] + corner[j]) / 2

    own = corner[first]
    slope = np.stack([2 * (bezier(first, i) - own) for i in rest], axis=-1)
    bend = np.empty((len(values), len(rest), len(rest)))
    for a, i in enumerate(rest):
        for b, j in enumerate(rest):
            both = corner[i] if i == j else bezier(i, j)
            bend[:, a, b] = 2 * (both - bezier(first, i) - bezier(first, j) + own)
    size = np.abs(bend).max(axis=(1, 2))
    curved = np.abs(np.linalg.det(bend)) > _FLAT * size ** len(rest)
    if not curved.any():
        return np.zeros(0)
    where = np.linalg.solve(bend[curved], -slope[curved][:, :, None])[:, :, 0]
    inside = (where > 0).all(axis=1) & (where.sum(axis=1) < 1)
    return (own[curved] + (slope[curved] * where).sum(axis=1) / 2)[inside]
