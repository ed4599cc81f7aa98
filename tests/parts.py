"""Squares and cubes whose blocks and named groups of facets are chosen by position, and heat in them solved by hand.

A law may cover a named part of a border here. The reference is linear finite elements on the same cells, put together
without trona: a vertex has one value for all cells around it that are joined by facets at which no law acts.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Mapping
from math import factorial
from typing import Any

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.linalg import spsolve

from trona.mesh import MeshData
from trona.mesh.build import build_mesh
from trona.mesh.raw import Group, RawMesh
from trona.session.result import Result

Where = Callable[[Any], Any]
"""Which centres (n, dim) are meant."""


def parts(
    cells: int, blocks: Mapping[str, Where], facets: Mapping[str, Where], dim: int = 2, length: float = 1.0
) -> MeshData:
    """A square or cube of `cells` along each side; each cell is in the first block that wants its centre.

    A facet is in all groups that want its centre. The unit of all positions is the side.
    """
    side = cells + 1
    grid = np.stack(np.meshgrid(*[np.arange(side)] * dim, indexing="ij"), axis=-1).reshape(-1, dim)
    number = {tuple(p): n for n, p in enumerate(grid.tolist())}
    simplices = []
    for corner in itertools.product(range(cells), repeat=dim):
        for order in itertools.permutations(range(dim)):
            path = [np.array(corner)]
            for axis in order:
                path.append(path[-1] + np.eye(dim, dtype=int)[axis])
            simplices.append([number[tuple(p.tolist())] for p in path])
    points, simplices = grid / cells, np.array(simplices)
    centres = points[simplices].mean(axis=1)
    owner = np.full(len(simplices), -1)
    for n, wanted in enumerate(blocks.values()):
        owner[(owner < 0) & wanted(centres)] = n
    sides = np.concatenate([np.delete(simplices, k, axis=1) for k in range(dim + 1)])
    every = np.unique(np.sort(sides, axis=1), axis=0)
    middles = points[every].mean(axis=1)
    rows = {name: np.flatnonzero(wanted(middles)) for name, wanted in facets.items()}
    groups = [Group(name, dim, np.flatnonzero(owner == n)) for n, name in enumerate(blocks)]
    groups += [Group(name, dim - 1, found) for name, found in rows.items()]
    spread = np.zeros((len(points), 3))
    spread[:, :dim] = points
    mesh, _ = build_mesh(RawMesh(spread, {dim: simplices, dim - 1: every}, tuple(groups)), length)
    return mesh


def by_hand(
    mesh: MeshData, conductivity: Mapping[str, float], resistance: Mapping[str, float], held: Mapping[str, Any]
) -> dict[tuple[str, tuple[float, ...]], float]:
    """The temperature by block and position: resistances (inf: a crack) at interfaces, held values at boundaries.

    A held value is a number, or a function of the position.
    """
    dim = mesh.gdim
    law = {s: R for name, R in resistance.items() for s in mesh.interfaces[name].sets}
    facets = {tuple(row): s for row, s in zip(mesh.facets.tolist(), mesh.facet_set.tolist(), strict=True)}
    beside: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for cell, corners in enumerate(mesh.cells.tolist()):
        for facet in itertools.combinations(sorted(corners), dim):
            beside[facet].append(cell)
    root = {(cell, v): (cell, v) for cell, corners in enumerate(mesh.cells.tolist()) for v in corners}

    def find(corner: tuple[int, int]) -> tuple[int, int]:
        while root[corner] != corner:
            corner = root[corner]
        return corner

    for facet, found in beside.items():
        if len(found) == 2 and facets.get(facet) not in law:
            for v in facet:
                root[find((found[0], v))] = find((found[1], v))
    number = {corner: n for n, corner in enumerate(c for c in root if root[c] == c)}
    rows, columns, values = [], [], []

    def add(dofs: list[int], matrix: Any) -> None:
        for (i, a), (j, b) in itertools.product(enumerate(dofs), repeat=2):
            rows.append(a)
            columns.append(b)
            values.append(matrix[i, j])

    for cell, corners in enumerate(mesh.cells.tolist()):
        edges = mesh.points[corners[1:]] - mesh.points[corners[0]]
        slopes = np.linalg.inv(edges).T
        slopes = np.vstack([-slopes.sum(axis=0), slopes])
        size = abs(np.linalg.det(edges)) / factorial(dim)
        k = conductivity[mesh.blocks[mesh.cell_block[cell]]]
        add([number[find((cell, v))] for v in corners], k * size * slopes @ slopes.T)
    mass = (np.ones((dim, dim)) + np.eye(dim)) / (dim * (dim + 1))
    for facet, found in beside.items():
        R = law.get(facets.get(facet, -1), np.inf)
        if len(found) == 2 and np.isfinite(R):
            edges = mesh.points[list(facet[1:])] - mesh.points[facet[0]]
            area = np.sqrt(np.linalg.det(edges @ edges.T)) / factorial(dim - 1)
            both = [number[find((cell, v))] for cell in found for v in facet]
            add(both, np.kron([[1, -1], [-1, 1]], mass) * area / R)
    K = coo_array((values, (rows, columns)), shape=(len(number), len(number))).tocsr()
    T, known = np.zeros(len(number)), np.zeros(len(number), bool)
    for name, value in held.items():
        for facet, s in facets.items():
            if s in mesh.boundaries[name].sets:
                for v in facet:
                    n = number[find((beside[facet][0], v))]
                    T[n], known[n] = value(mesh.points[v]) if callable(value) else value, True
    free = ~known
    T[free] = spsolve(K[free][:, free].tocsc(), -K[free][:, known] @ T[known])
    return {
        (mesh.blocks[mesh.cell_block[cell]], _key(mesh, v)): T[number[find((cell, v))]]
        for cell, corners in enumerate(mesh.cells.tolist())
        for v in corners
    }


def _key(mesh: MeshData, vertex: int) -> tuple[float, ...]:
    return tuple(np.round(mesh.points[vertex] / np.ptp(mesh.points), 9).tolist())


def solved(result: Result, field: str) -> dict[tuple[str, tuple[float, ...]], float]:
    """The nodal values of a field of order 1, by block and position, in a serial run."""
    import firedrake as fd

    problem = result.problem
    model = problem.model
    found = {}
    for component in problem.unknowns.of(field):
        state = problem.unknowns.states[0].subfunctions[component.index].dat.data_ro
        x = fd.Function(fd.VectorFunctionSpace(component.mesh, "CG", 1))
        x.interpolate(fd.SpatialCoordinate(component.mesh))
        for block in component.blocks:
            cells = problem.meshes.cells(component.mesh, block)
            for node in np.unique(component.space.cell_node_list[cells]):
                place = tuple(np.round(x.dat.data_ro[node] / np.ptp(model.mesh.points), 9).tolist())
                found[block, place] = float(component.reference) + float(component.scale) * state[node]
    return found
