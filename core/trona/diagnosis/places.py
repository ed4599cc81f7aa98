"""Quadrature points in blocks, on boundaries and at interfaces, as plain arrays.

Everything refers to the parent mesh, whose numbering all pieces of all fields share.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import firedrake as fd
import numpy as np
from FIAT import create_quadrature

if TYPE_CHECKING:
    from collections.abc import Callable

    from trona.problem import Problem
    from trona.problem.unknowns import Component

Array = Any


class Geometry:
    """Cells, facets and nodes of the parent mesh, on this rank with its halo."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.mesh = problem.meshes.parent
        self.dimension = problem.model.dimension
        self.spaces: dict[Any, Any] = {}
        self._places: dict[Any, Place] = {}
        coordinates = self.mesh.coordinates
        nodes = coordinates.cell_node_map().values_with_halo
        corners = coordinates.dat.data_ro_with_halos.reshape(-1, self.dimension)[nodes]
        self.origin = corners[:, 0]
        # Edge vectors as columns: x = origin + jacobian X.
        self.jacobian = np.swapaxes(corners[:, 1:] - corners[:, :1], 1, 2)
        self.inverse = np.linalg.inv(self.jacobian) if len(corners) else self.jacobian
        self.volume = np.abs(np.linalg.det(self.jacobian)) if len(corners) else np.zeros(0)
        self.block_of = np.full(len(corners), -1)
        for number, block in enumerate(problem.model.mesh.blocks):
            self.block_of[problem.meshes.cells(self.mesh, block)] = number

    def space(self, component: Component) -> Any:
        """Return the space on the parent mesh with the element of a component (on a surface, of its traces)."""
        shape = component.space.value_shape
        field = component.field
        if field.kind == "surface":
            family, degree = "CG", field.degree
        else:
            family = "CG" if field.declaration.element == "continuous" else "DG"
            degree = field.order
        key = (family, degree, shape)
        if key not in self.spaces:
            if shape:
                self.spaces[key] = fd.VectorFunctionSpace(self.mesh, family, degree, dim=shape[0])
            else:
                self.spaces[key] = fd.FunctionSpace(self.mesh, family, degree)
        return self.spaces[key]

    def element(self, component: Component) -> Any:
        return _scalar_element(self.space(component))

    def node_points(self, space: Any) -> Array:
        """Return the coordinates (n, dimension) of the nodes of a space on the parent mesh."""
        element = _scalar_element(space)
        reference = np.array([next(iter(f.get_point_dict())) for f in element.dual_basis()])
        cells = space.cell_node_list
        points = np.full((space.node_set.total_size, self.dimension), np.nan)
        here = self.origin[:, None] + np.einsum("cij,nj->cni", self.jacobian, reference)
        points[cells.ravel()] = here[: len(cells)].reshape(-1, self.dimension)
        return points

    # ------------------------------------------------------------------ places

    def in_block(self, block: str, degree: int) -> Place:
        """Return the quadrature points of a degree in the cells of a block."""
        key = ("block", block, degree)
        if key not in self._places:
            cells = self.problem.meshes.cells(self.mesh, block)
            rule = create_quadrature(self._reference_cell, degree)
            points, weights = np.array(rule.get_points()), np.array(rule.get_weights())
            self._places[key] = self._cells(block, cells, points, weights)
        return self._places[key]

    def at_nodes(self, block: str, degree: int) -> Place:
        """Return the nodes of continuous elements of a degree in every cell of a block."""
        key = ("nodes", block, degree)
        if key not in self._places:
            space = fd.FunctionSpace(self.mesh, "CG", degree)
            duals = _scalar_element(space).dual_basis()
            points = np.array([next(iter(f.get_point_dict())) for f in duals])
            cells = self.problem.meshes.cells(self.mesh, block)
            self._places[key] = self._cells(block, cells, points, np.ones(len(points)))
        return self._places[key]

    def _cells(self, block: str, cells: Array, points: Array, weights: Array) -> Place:
        count = len(points)
        every = np.repeat(cells, count)
        X = np.tile(points, (len(cells), 1))
        scale = np.tile(weights, len(cells)) * self.volume[every]
        height = self.volume[every] ** (1 / self.dimension)
        return self._in_space(Place(self, {None: Side(self, block, every, X, points)}, scale, None, height))

    def _in_space(self, place: Place) -> Place:
        """Multiply the weights by the measure in space of a unit of the mesh."""
        place.weights = self.problem.model.coordinates.stands_for(place.x[:, 0]) * place.weights
        return place

    @cached_property
    def _reference_cell(self) -> Any:
        return _scalar_element(fd.FunctionSpace(self.mesh, "CG", 1)).get_reference_element()

    def on_facets(self, sets: tuple[int, ...], sides: dict[Any, str], degree: int) -> Place:
        """Return quadrature points on the facets of some facet sets on this rank, seen from one block or two.

        sides: blocks by side, which is None (one block), or 'minus' and 'plus'.
        """
        key = ("facets", sets, tuple(sides.items()), degree)
        if key not in self._places:
            self._places[key] = self._facets(sets, sides, degree)
        return self._places[key]

    def _facets(self, sets: tuple[int, ...], sides: dict[Any, str], degree: int) -> Place:
        mesh = self.problem.model.mesh
        found: dict[Any, list[Array]] = {side: [] for side in sides}
        local: list[Array] = []
        main = next(iter(sides))
        for number in sets:
            if not set(sides.values()) <= set(mesh.facet_sets[number].blocks):
                continue
            exterior = len(mesh.facet_sets[number].blocks) == 1
            facets = self.mesh.exterior_facets if exterior else self.mesh.interior_facets
            chosen = _stratum(self.mesh, facets, number + 1)
            cells = facets.facet_cell.reshape(-1, 1 if exterior else 2)[chosen]
            numbers = facets.local_facet_dat.data_ro_with_halos.reshape(-1, cells.shape[1])[chosen]
            # At the edge of the halo a facet lacks a cell; the facets of an owned cell have both.
            whole = (cells >= 0).all(axis=1)
            cells, numbers = cells[whole], numbers[whole]
            first = np.where(self.block_of[cells] == mesh.blocks.index(sides[main]), cells, -1).max(axis=1)
            mine = first < self.mesh.cell_set.size
            cells, numbers = cells[mine], numbers[mine]
            for side, block in sides.items():
                column = np.argmax(self.block_of[cells] == mesh.blocks.index(block), axis=1)
                found[side].append(np.take_along_axis(cells, column[:, None], 1)[:, 0])
                if side == main:
                    local.append(np.take_along_axis(numbers, column[:, None], 1)[:, 0])
        joined = {s: np.concatenate([np.zeros(0, int), *parts]) for s, parts in found.items()}
        return self._facet_points(sides, main, joined, np.concatenate([np.zeros(0, int), *local]), degree)

    def _facet_points(
        self, sides: dict[Any, str], main: Any, cells: dict[Any, Array], local: Array, degree: int
    ) -> Place:
        reference = self._reference_cell
        if self.dimension > 1:
            facet = reference.construct_subelement(self.dimension - 1)
            rule = create_quadrature(facet, degree)
            points, weights = np.array(rule.get_points()), np.array(rule.get_weights())
            maps = [reference.get_entity_transform(self.dimension - 1, i) for i in range(self.dimension + 1)]
            table = np.array([[m(p) for p in points] for m in maps])
            edges = np.array([_edges(reference, self.dimension, i) for i in range(self.dimension + 1)])
        else:
            weights, table = np.ones(1), np.array(reference.get_vertices())[:, None, :]
            # Firedrake numbers the facets of an interval as its vertices.
            edges = np.zeros((2, 1, 0))
        count = len(weights)
        home = cells[main]
        size = np.ones(len(home))
        if self.dimension > 1:
            tangents = np.einsum("cij,cjk->cik", self.jacobian[home], edges[local])
            gram = np.einsum("cij,cik->cjk", tangents, tangents)
            size = np.sqrt(np.linalg.det(gram)) if len(home) else size
        every = np.repeat(home, count)
        X = table[local].reshape(-1, self.dimension)
        x = self.origin[every] + np.einsum("nij,nj->ni", self.jacobian[every], X)
        seen, closeness = {}, np.zeros(len(every))
        for side, block in sides.items():
            mine = np.repeat(cells[side], count)
            inside = np.einsum("nij,nj->ni", self.inverse[mine], x - self.origin[mine])
            seen[side] = Side(self, block, mine, inside, None)
            closeness += np.repeat(size, count) / self.volume[mine] / len(sides)
        normals = np.array([reference.compute_normal(i) for i in range(self.dimension + 1)])
        outward = _outward(reference, normals, table)
        n = np.einsum("nji,nj->ni", self.inverse[every], outward[np.repeat(local, count)])
        n /= np.linalg.norm(n, axis=1)[:, None]
        if main == "plus":
            n = -n
        return self._in_space(Place(self, seen, np.tile(weights, len(home)) * np.repeat(size, count), n, 1 / closeness))


def _outward(reference: Any, normals: Array, table: Array) -> Array:
    """Turn the normals of a reference cell outwards."""
    middle = np.mean(reference.get_vertices(), axis=0)
    return np.array([n * np.sign(np.dot(n, t[0] - middle)) for n, t in zip(normals, table, strict=True)])


def _edges(reference: Any, dimension: int, facet: int) -> Array:
    """Return the vectors that span a facet of the reference cell, as columns."""
    corners = np.array(reference.get_vertices_of_subcomplex(reference.get_topology()[dimension - 1][facet]))
    return (corners[1:] - corners[0]).T


def _stratum(mesh: Any, facets: Any, label: int) -> Array:
    """Return the indices of the facets with a label, including the halo."""
    plex = mesh.topology_dm
    points = plex.getStratumIS("Face Sets", label)
    wanted = set(points.getIndices().tolist()) if points else set()
    return np.array([i for i, p in enumerate(facets.facets) if p in wanted], dtype=int)


def _scalar_element(space: Any) -> Any:
    element = space.finat_element
    return getattr(element, "base_element", element).fiat_equivalent


@dataclass(eq=False)
class Side:
    """Points in cells of a block: the cell of each, and its coordinates X in the reference cell.

    shared: the coordinates X in one cell, if they are the same in every cell.
    """

    geometry: Geometry
    block: str
    cells: Array
    X: Array
    shared: Array | None

    def basis(self, element: Any, order: int) -> dict[tuple[int, ...], Array]:
        """Return the basis functions (nodes, points), or with order 1 their derivatives, in the reference cell."""
        points = self.X if self.shared is None else self.shared
        if not len(points):
            keys = np.eye(self.geometry.dimension, dtype=int) if order else [[0] * self.geometry.dimension]
            return {tuple(int(i) for i in k): np.zeros((element.space_dimension(), 0)) for k in keys}
        table = element.tabulate(order, points)
        repeat = 1 if self.shared is None else len(self.cells) // len(self.shared)
        return {k: np.tile(v, (1, repeat)) for k, v in table.items() if sum(k) == order}


@dataclass(eq=False)
class Place:
    """Quadrature points with weights, normals on facets, the sizes of cells (m), and the cells on each side."""

    geometry: Geometry
    sides: dict[Any, Side]
    weights: Array
    normal: Array | None
    cell_size: Array

    @property
    def main(self) -> Side:
        return next(iter(self.sides.values()))

    @cached_property
    def x(self) -> Array:
        """Coordinates (n, dimension), m."""
        side, g = self.main, self.geometry
        return g.origin[side.cells] + np.einsum("nij,nj->ni", g.jacobian[side.cells], side.X)

    def along(self, vector: Callable[[int], Array], direction: int) -> Array:
        """Return a component of the part of a vector that lies in the facets; vector: its components by direction."""
        assert self.normal is not None
        out = sum(vector(d) * n for d, n in enumerate(self.normal.T))
        return np.asarray(vector(direction) - out * self.normal[:, direction])

    @cached_property
    def size(self) -> float:
        """The volume or area in space. Collective."""
        comm = self.geometry.problem.comm
        return float(comm.allreduce(float(np.sum(self.weights[self.owned]))))

    @cached_property
    def owned(self) -> Array:
        """Whether a point is in a cell that this rank owns."""
        return self.main.cells < self.geometry.mesh.cell_set.size
