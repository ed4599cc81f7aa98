"""Turns the content of a mesh file into checked `MeshData`."""

from __future__ import annotations

import numpy as np

from trona.mesh.data import MeshData
from trona.mesh.naming import name_facets
from trona.mesh.raw import CELLS, ELEMENTS, GMSH_ENTITY, Floats, Group, Ints, RawMesh, RefusedError, counted, place
from trona.mesh.topology import (
    Facets,
    coincident_points,
    duplicate_cells,
    find_facets,
    first_place,
    folded,
    hanging_edges,
    refuse_flat,
    signed_measures,
)

_IN_PLANE = 1e-9  # of the mesh's diagonal
_INFINITE = 1e50  # beyond this, volumes may overflow
_AXES = "xyz"


def build_mesh(raw: RawMesh, length_unit: float) -> tuple[MeshData, list[str]]:
    """Check `raw`, with lengths in `length_unit` metres, and find its named regions. Returns warnings too.

    Raises `RefusedError`, with coordinates in the unit of the file.
    """
    dim = max((d for d, rows in raw.elements.items() if len(rows)), default=0)
    if dim == 0:
        raise RefusedError("the mesh has no cells; mesh the geometry in gmsh before you save it")
    blocks = [group for group in raw.groups if group.dim == dim and len(group.rows)]
    parts = [group for group in raw.groups if group.dim == dim - 1 and len(group.rows)]
    if not raw.groups:
        raise RefusedError(
            "the mesh has no physical groups, so nothing in it has a name; name its parts in gmsh, for "
            f'instance Physical {GMSH_ENTITY[dim]}("upper") = {{...}}'
        )
    warnings = [_unused(group) for group in raw.groups if group not in blocks and group not in parts]

    points = _in_space(raw.points, raw.elements[dim], dim)
    cell_block = _blocks_of_cells(points, raw.elements[dim], blocks)
    # Facets of a group may use vertices without a cell, which are numbered above the vertices of cells.
    used = np.zeros(len(points), dtype=bool)
    used[raw.elements[dim]] = True
    number = np.where(used, np.cumsum(used) - 1, int(used.sum()) + np.arange(len(points)))
    cells, points = number[raw.elements[dim]], points[used]
    part_facets = raw.elements.get(dim - 1, np.empty((0, dim), dtype=np.int64))

    measures = signed_measures(points, cells)
    refuse_flat(points, cells, measures)
    # The order of vertices depends on the geometry in gmsh; overlapping cells are found below.
    cells = np.where(measures[:, None] < 0, cells[:, [*range(dim - 1), dim, dim - 1]], cells)
    facets = find_facets(points, cells, number[part_facets])
    names = tuple(group.name for group in blocks)
    _refuse_folded(points, cells, facets, cell_block, names)
    warnings += _refuse_hanging(points, facets, cell_block, names)
    _refuse_orphans(raw.points[:, :dim], part_facets, facets, parts)

    sizes = np.bincount(cell_block, np.abs(measures), len(blocks)) * length_unit**dim
    named = name_facets(points, facets, cell_block, names, parts, length_unit ** (dim - 1))
    points = points * length_unit
    mesh = MeshData(
        points=points,
        cells=cells,
        cell_block=cell_block,
        blocks=names,
        facets=named.facets,
        facet_set=named.facet_set,
        facet_sets=named.facet_sets,
        boundaries=named.boundaries,
        interfaces=named.interfaces,
        block_measure={name: float(size) for name, size in zip(names, sizes, strict=True)},
        bounding_box=np.stack([points.min(axis=0), points.max(axis=0)]),
        unnamed_boundary_measure=named.unnamed_boundary_measure,
        cell_name=CELLS[dim],
    )
    return mesh, warnings


def _unused(group: Group) -> str:
    if not len(group.rows):
        return f"the group '{group.name}' is empty and is not used"
    return f"the group '{group.name}' of {ELEMENTS[group.dim]} is not used; only cells and facets carry names"


def _in_space(points: Floats, cells: Ints, dim: int) -> Floats:
    """The first `dim` coordinates of the points; the others must be constant over the cells."""
    corners = points[np.unique(cells)]
    infinite = ~(np.abs(corners) < _INFINITE).all(axis=1)
    if infinite.any():
        raise RefusedError(
            f"{counted(int(infinite.sum()), 0)} with coordinates that are not finite; mesh the geometry again"
        )
    span = np.ptp(corners, axis=0)
    allowed = _IN_PLANE * float(np.linalg.norm(span))
    for axis in range(dim, 3):
        if span[axis] > allowed:
            lower, upper = corners[:, axis].min(), corners[:, axis].max()
            where = "along x" if dim == 1 else "in the plane of x and y"
            raise RefusedError(
                f"the cells are {ELEMENTS[dim]} but do not lie {where}: {_AXES[axis]} runs from "
                f"{lower:.6g} to {upper:.6g}; rotate or flatten the geometry, or name the cells of the volume"
            )
    return points[:, :dim]


def _blocks_of_cells(points: Floats, cells: Ints, blocks: list[Group]) -> Ints:
    dim = points.shape[1]
    cell_block = np.full(len(cells), -1)
    for index, group in enumerate(blocks):
        taken = cell_block[group.rows]
        if (taken >= 0).any():
            other = int(taken[taken >= 0][0])
            _refuse_two_groups(points, cells, group.rows[taken == other], (blocks[other].name, group.name))
        cell_block[group.rows] = index
    pairs = duplicate_cells(cells, len(points))
    if len(pairs):
        first, second = cell_block[pairs[0]]
        if first != second and min(first, second) >= 0:
            same = (cell_block[pairs] == cell_block[pairs[0]]).all(axis=1)
            _refuse_two_groups(points, cells, pairs[same, 0], (blocks[first].name, blocks[second].name))
        raise RefusedError(
            f"{counted(len(pairs), dim)} stored twice, the first at {_centre(points, cells[pairs[0, 0]])}; "
            "run 'Coherence Mesh' in gmsh"
        )
    outside = cell_block < 0
    if outside.any():
        raise RefusedError(
            f"{counted(int(outside.sum()), dim)} in no physical group, the first at "
            f"{first_place(points, cells, outside)}; put every cell in a Physical "
            f"{GMSH_ENTITY[dim]} and save with Mesh.SaveAll = 0"
        )
    return cell_block


def _refuse_two_groups(points: Floats, cells: Ints, rows: Ints, names: tuple[str, str]) -> None:
    first, second = sorted(names)
    raise RefusedError(
        f"{counted(len(rows), points.shape[1])} in two groups, '{first}' and '{second}', the first at "
        f"{_centre(points, cells[rows[0]])}; a cell belongs to one block"
    )


def _refuse_folded(points: Floats, cells: Ints, facets: Facets, cell_block: Ints, blocks: tuple[str, ...]) -> None:
    fold = folded(points, cells, facets)
    if fold.any():
        dim = points.shape[1]
        names = _names(cell_block[facets.cells[int(np.argmax(fold))]], blocks)
        raise RefusedError(
            f"cells overlap their neighbours at {counted(int(fold.sum()), dim - 1)}, the first in {names} at "
            f"{first_place(points, facets.vertices, fold)}: some are inverted; mesh the geometry again"
        )


def _refuse_hanging(points: Floats, facets: Facets, cell_block: Ints, blocks: tuple[str, ...]) -> list[str]:
    """Refuse borders that touch without common vertices; within one block, warn of a crack."""
    outer = np.flatnonzero(facets.cells[:, 1] < 0)
    rows = facets.vertices[outer]
    block_of = np.zeros(len(points), dtype=np.int64)
    block_of[rows] = cell_block[facets.cells[outer, 0]][:, None]
    warnings = []
    pairs = coincident_points(points, np.unique(rows))
    sides = np.sort(block_of[pairs], axis=1)
    for first, second in np.unique(sides, axis=0):
        here = (sides == (first, second)).all(axis=1)
        count, at = int(here.sum()), place(points[pairs[here][0, 0]])
        if first != second:
            raise RefusedError(
                f"{blocks[first]} and {blocks[second]} touch in {counted(count, 0)} but share no vertices "
                "there, "
                f"the first at {at}; make the geometry conformal: BooleanFragments or shared curves"
            )
        warnings.append(
            f"block '{blocks[first]}' has a crack: pairs of coincident points, {count} in all, "
            f"the first at {at}; if none is meant, run 'Coherence Mesh' in gmsh"
        )
    hanging = hanging_edges(points, rows)
    if len(hanging):
        names = _names(cell_block[facets.cells[outer[hanging[0, 1:]], 0]], blocks)
        raise RefusedError(
            f"vertices hang in the middle of edges, {len(hanging)} in all, the first in {names} at "
            f"{place(points[hanging[0, 0]])}; make the geometry conformal: BooleanFragments or shared curves"
        )
    return warnings


def _refuse_orphans(points: Floats, part_facets: Ints, facets: Facets, parts: list[Group]) -> None:
    for group in parts:
        orphan = group.rows[facets.wanted[group.rows] < 0]
        if len(orphan):
            raise RefusedError(
                f"the group '{group.name}' contains {counted(len(orphan), group.dim)} not belonging to any cell, the "
                "first at "
                f"{_centre(points, part_facets[orphan[0]])}; blocks must all have the same dimension, and "
                "groups of facets lie on them"
            )


def _names(indices: Ints, blocks: tuple[str, ...]) -> str:
    names = [blocks[i] for i in sorted(set(indices.tolist()))]
    listed = " and ".join(f"'{name}'" for name in names)
    return f"block{'s' if len(names) > 1 else ''} {listed}"


def _centre(points: Floats, row: Ints) -> str:
    return place(points[row].mean(axis=0))
