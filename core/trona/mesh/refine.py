"""Uniform refinement of a mesh with its names: all edges are halved."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from trona.mesh.data import FacetSet, MeshData
from trona.mesh.raw import Ints
from trona.mesh.topology import facet_measures, find_facets, row_ids, signed_measures

# Vertices of the children; numbers above the last vertex are midpoints of edges in the order of `_EDGES`.
_EDGES = {1: ((0, 1),), 2: ((0, 1), (0, 2), (1, 2)), 3: ((0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3))}
_CHILDREN = {
    0: ((0,),),
    1: ((0, 2), (2, 1)),
    2: ((0, 3, 4), (3, 1, 5), (4, 5, 2), (3, 5, 4)),
    3: ((0, 4, 5, 6), (4, 1, 7, 8), (5, 7, 2, 9), (6, 8, 9, 3), (4, 9, 5, 6), (4, 9, 6, 8), (4, 9, 8, 7), (4, 9, 7, 5)),
}


def refine(mesh: MeshData, times: int = 1) -> MeshData:
    """Return the mesh with every cell split into 2^dim cells, `times` times.

    Facet sets keep their indices and names. Edges stay straight, so curved boundaries are not approximated better.
    """
    for _ in range(times):
        mesh = _once(mesh)
    return mesh


def with_all_facets(mesh: MeshData) -> MeshData:
    """Return the mesh with all exterior facets; those without a name are in one unnamed facet set per block."""
    found = find_facets(mesh.points, mesh.cells, mesh.facets)
    known = np.zeros(len(found.vertices), dtype=bool)
    known[found.wanted] = True
    left = np.flatnonzero(~known & (found.cells[:, 1] < 0))
    owners = mesh.cell_block[found.cells[left, 0]]
    facets, numbers, sets = [mesh.facets], [mesh.facet_set], list(mesh.facet_sets)
    for block in np.unique(owners):
        rows = found.vertices[left[owners == block]]
        facets.append(rows)
        numbers.append(np.full(len(rows), len(sets)))
        measure = float(facet_measures(mesh.points, rows).sum())
        sets.append(FacetSet(frozenset(), (mesh.blocks[block],), measure))
    return replace(mesh, facets=np.concatenate(facets), facet_set=np.concatenate(numbers), facet_sets=tuple(sets))


def _once(mesh: MeshData) -> MeshData:
    dim = mesh.gdim
    edges, number = _edges(mesh.cells, _EDGES[dim])
    points = np.concatenate([mesh.points, mesh.points[edges].mean(axis=1)])
    cells = _split(mesh.cells, number + len(mesh.points), dim)
    reverse = signed_measures(points, cells) < 0
    cells[reverse, -2:] = cells[reverse, -2:][:, ::-1]
    facets = mesh.facets
    if dim > 1:
        own = np.concatenate([mesh.facets[:, list(pair)] for pair in _EDGES[dim - 1]])
        ids = row_ids(np.concatenate([edges, np.sort(own, axis=1)]), len(mesh.points))
        midpoints = np.searchsorted(ids[: len(edges)], ids[len(edges) :]) + len(mesh.points)
        facets = np.sort(_split(mesh.facets, midpoints.reshape(len(_EDGES[dim - 1]), -1).T, dim - 1), axis=1)
    return replace(
        mesh,
        points=points,
        cells=cells,
        facets=facets,
        cell_block=np.repeat(mesh.cell_block, 2**dim),
        facet_set=np.repeat(mesh.facet_set, 2 ** (dim - 1)),
    )


def _edges(cells: Ints, pairs: tuple[tuple[int, int], ...]) -> tuple[Ints, Ints]:
    """Return the edges (e, 2), with sorted rows, and the indices of the edges of each cell (m, len(pairs))."""
    rows = np.sort(np.concatenate([cells[:, list(pair)] for pair in pairs]), axis=1)
    edges, number = np.unique(rows, axis=0, return_inverse=True)
    return edges, number.reshape(len(pairs), len(cells)).T


def _split(simplices: Ints, midpoints: Ints, dim: int) -> Ints:
    """Return the children of simplices (m, dim + 1), given the indices of the midpoints of their edges."""
    corners = np.column_stack([simplices, midpoints])
    return np.stack([corners[:, list(child)] for child in _CHILDREN[dim]], axis=1).reshape(-1, dim + 1)
