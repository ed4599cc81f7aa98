"""Facets of a simplex mesh, and geometric checks of its cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trona.mesh.raw import Floats, Ints, RefusedError, counted, place

_FLAT = 1e-12  # a measure below this fraction of (longest edge)^dim counts as zero
_SAME_POINT = 1e-10  # of the mesh's diagonal
_SAME_DIRECTION = 1e-8


@dataclass(frozen=True)
class Facets:
    """All facets of the cells.

    vertices (f, dim): ascending in a row, rows sorted; cells (f, 2): the cells on both sides, -1 outside;
    wanted: the index of the facet for each given row, -1 if the row is not a facet.
    """

    vertices: Ints
    cells: Ints
    wanted: Ints


def row_ids(rows: Ints, upper: int) -> Ints:
    """Return one integer per row (r, k) of numbers below `upper`: equal only for equal rows, and in their order."""
    ids = rows[:, 0]
    for column in rows.T[1:]:
        if int(ids.max(initial=0)) >= 2**62 // upper:
            ids = np.unique(ids, return_inverse=True)[1]
        ids = ids * upper + column
    return ids


def signed_measures(points: Floats, cells: Ints) -> Floats:
    """Return length, area or volume of simplices (m, dim + 1), negative for a reversed order of vertices."""
    origin = points[cells[:, 0]]
    a = points[cells[:, 1]] - origin
    if cells.shape[1] == 2:
        return np.asarray(a[:, 0])
    b = points[cells[:, 2]] - origin
    if cells.shape[1] == 3:
        return np.asarray((a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]) / 2)
    c = points[cells[:, 3]] - origin
    return np.asarray(np.einsum("ij,ij->i", np.cross(a, b), c) / 6)


def facet_measures(points: Floats, facets: Ints) -> Floats:
    """Area, length or number (1 each) of facets (f, dim)."""
    if facets.shape[1] == 1:
        return np.ones(len(facets))
    a = points[facets[:, 1]] - points[facets[:, 0]]
    if facets.shape[1] == 2:
        return np.asarray(np.linalg.norm(a, axis=1))
    b = points[facets[:, 2]] - points[facets[:, 0]]
    return np.asarray(np.linalg.norm(np.cross(a, b), axis=1) / 2)


def refuse_flat(points: Floats, cells: Ints, measures: Floats) -> None:
    """Refuse cells of measure zero."""
    dim = points.shape[1]
    longest = np.zeros(len(cells))
    for i in range(dim):
        longest = np.maximum(longest, np.abs(points[cells[:, i + 1]] - points[cells[:, 0]]).max(axis=1))
    flat = np.abs(measures) <= _FLAT * longest**dim
    if flat.any():
        raise RefusedError(
            f"{counted(int(flat.sum()), dim)} of measure zero, the first at "
            f"{first_place(points, cells, flat)}; remove short edges or duplicate points from the geometry"
        )


def duplicate_cells(cells: Ints, points: int) -> Ints:
    """Pairs (p, 2) of cells with the same vertices; `points` is the number of vertices."""
    ids = row_ids(np.sort(cells, axis=1), points)
    order = np.argsort(ids, kind="stable")
    pairs: Ints = np.column_stack([order[:-1], order[1:]])
    return np.asarray(pairs[ids[pairs[:, 0]] == ids[pairs[:, 1]]])


def find_facets(points: Floats, cells: Ints, wanted: Ints) -> Facets:
    """Return the facets of `cells` (m, dim + 1), with the indices of those given by vertices `wanted` (w, dim).

    Raises `RefusedError` for facets with more than two cells.
    """
    dim = points.shape[1]
    cells = np.sort(cells, axis=1)
    upper = max(len(points), int(wanted.max(initial=0)) + 1)
    sides = np.concatenate([np.delete(cells, i, axis=1) for i in range(dim + 1)])
    owner = np.tile(np.arange(len(cells)), dim + 1)
    ids = row_ids(np.concatenate([sides, np.sort(wanted, axis=1)]), upper)
    side_ids, wanted_ids = ids[: len(sides)], ids[len(sides) :]
    order = np.argsort(side_ids, kind="stable")
    known, start, counts = np.unique(side_ids[order], return_index=True, return_counts=True)
    vertices = sides[order[start]]
    if (counts > 2).any():
        raise RefusedError(
            f"{counted(int((counts > 2).sum()), dim - 1)} with more than two cells, the first at "
            f"{first_place(points, vertices, counts > 2)}; cells overlap or the mesh branches there"
        )
    second = order[np.minimum(start + 1, len(order) - 1)]
    neighbours = np.stack([owner[order[start]], np.where(counts == 2, owner[second], -1)], axis=1)
    at = np.minimum(np.searchsorted(known, wanted_ids), len(known) - 1)
    return Facets(vertices, neighbours, np.where(known[at] == wanted_ids, at, -1))


def folded(points: Floats, cells: Ints, facets: Facets) -> NDArray[np.bool_]:
    """Return (f,) whether both cells of a facet lie on the same side of it, so that the mesh overlaps."""
    inner = np.flatnonzero(facets.cells[:, 1] >= 0)
    rows = facets.vertices[inner]
    sides = []
    for side in (0, 1):
        # The opposite vertex is the sum of the vertices of the cell minus those of the facet.
        opposite = cells[facets.cells[inner, side]].sum(axis=1) - rows.sum(axis=1)
        sides.append(signed_measures(points, np.column_stack([rows, opposite])) > 0)
    fold = np.zeros(len(facets.vertices), dtype=bool)
    fold[inner] = sides[0] == sides[1]
    return fold


def coincident_points(points: Floats, candidates: Ints) -> Ints:
    """Return the pairs (p, 2) of vertices among `candidates` that coincide."""
    tolerance = _SAME_POINT * float(np.linalg.norm(np.ptp(points, axis=0)))
    key = points[candidates] @ _skew(points.shape[1])
    order = candidates[np.argsort(key, kind="stable")]
    pairs = np.column_stack([order[:-1], order[1:]])
    apart = np.linalg.norm(points[pairs[:, 0]] - points[pairs[:, 1]], axis=1)
    return np.asarray(pairs[apart <= tolerance])


def hanging_edges(points: Floats, outer: Ints) -> Ints:
    """Return overlapping edges of outer facets (f, dim) as rows (h, 3): a common vertex and two facets.

    Two such edges start at one vertex in the same direction and have different lengths: a vertex on one side of a
    non-conforming border lies within an edge of the other side.
    """
    dim = points.shape[1]
    corners = [(i, j) for i in range(dim) for j in range(dim) if i != j]
    if dim == 1:
        return np.empty((0, 3), dtype=np.int64)
    edges = np.concatenate([outer[:, list(pair)] for pair in corners])
    first = np.unique(row_ids(edges, len(points)), return_index=True)[1]
    edges, owner = edges[first], first % len(outer)
    along = points[edges[:, 1]] - points[edges[:, 0]]
    length = np.linalg.norm(along, axis=1)
    along /= length[:, None]
    order = np.lexsort((along @ _skew(dim), edges[:, 0]))
    edges, owner, along, length = edges[order], owner[order], along[order], length[order]
    same = (
        (edges[:-1, 0] == edges[1:, 0])
        & (np.linalg.norm(along[:-1] - along[1:], axis=1) < _SAME_DIRECTION)
        & (np.abs(length[:-1] - length[1:]) > _SAME_DIRECTION * length[1:])
    )
    return np.asarray(np.column_stack([edges[:-1, 0], owner[:-1], owner[1:]])[same])


def first_place(points: Floats, rows: Ints, chosen: NDArray[np.bool_]) -> str:
    """Return the centre of the first chosen element, for a message."""
    return place(points[rows[int(np.argmax(chosen))]].mean(axis=0))


def _skew(dim: int) -> Floats:
    """Return a direction along which the points of a regular mesh differ, so that sorting along it finds pairs."""
    return np.array([1.0, 0.5772156649015329, 0.3183098861837907])[:dim]
