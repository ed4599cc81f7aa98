"""Points of a mesh as plain arrays: in the cells of a block or on facets, each with its simplex.

Nothing here uses the finite elements: all geometry follows from the mesh that was read.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from math import factorial, pi
from typing import TYPE_CHECKING, Any

import numpy as np
from FIAT import create_quadrature, ufc_simplex

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trona.mesh.data import MeshData
    from trona.model.laws import Patch

Array = Any


@dataclass(frozen=True, eq=False)
class Simplices:
    """Simplices with one point each.

    read, now: reference and present coordinates of the corners, (n, m, d); local: barycentric coordinates of the
    points, (n, m); vertices: indices of the corners in the mesh, (n, m).
    """

    read: Array
    now: Array
    local: Array
    vertices: Array

    @property
    def at(self) -> Array:
        """The reference coordinates of the points, (n, d)."""
        return np.einsum("nm,nmd->nd", self.local, self.read)

    @property
    def present(self) -> Array:
        """The present coordinates of the points, (n, d)."""
        return np.einsum("nm,nmd->nd", self.local, self.now)

    @cached_property
    def slopes(self) -> Array:
        """The gradients of the barycentric coordinates by present coordinates, (n, m, d)."""
        edges = self.now[:, 1:] - self.now[:, :1]
        rest = np.swapaxes(np.linalg.pinv(edges), 1, 2)
        return np.concatenate([-rest.sum(axis=1, keepdims=True), rest], axis=1)

    @cached_property
    def deformation(self) -> Array:
        """The deformation gradient (n, d, d), for cells only."""
        read, now = (np.swapaxes(c[:, 1:] - c[:, :1], 1, 2) for c in (self.read, self.now))
        return now @ np.linalg.inv(read)

    @property
    def sizes(self) -> Array:
        """Present volume, area or length, or 1 for a point, (n,)."""
        edges = self.now[:, 1:] - self.now[:, :1]
        gram = np.linalg.det(edges @ np.swapaxes(edges, 1, 2)) if edges.shape[1] else np.ones(len(edges))
        return np.sqrt(np.maximum(gram, 0.0)) / factorial(edges.shape[1])


@dataclass(frozen=True, eq=False)
class Places:
    """Points of a region in its `own` simplices and, per side, in the cells of the block there.

    normal: (n, d), out of the block or from minus to plus; None inside blocks. blocks: by side.
    """

    own: Simplices
    cells: Mapping[Any, Simplices]
    blocks: Mapping[Any, str]
    normal: Array | None = None

    @property
    def count(self) -> int:
        return len(self.own.local)


@dataclass(frozen=True, eq=False)
class Zone:
    """Cells of a block, or facets of a patch of a law, without points yet.

    corners: vertices of each simplex (n, m); cells: per side, the vertices of the adjacent cell (n, d + 1).
    """

    points: Array
    now: Array
    corners: Array
    cells: Mapping[Any, Array]
    blocks: Mapping[Any, str]
    normal: Array | None = None

    def places(self, local: Array) -> Places:
        """Return the n k points with these barycentric coordinates (k, m) in every simplex, simplex by simplex."""
        count = len(local)
        rows = np.repeat(np.arange(len(self.corners)), count)
        own = self._simplices(self.corners[rows], np.tile(local, (len(self.corners), 1)))
        cells = {side: self._inside(cells[rows], self.corners[rows], own) for side, cells in self.cells.items()}
        return Places(own, cells, self.blocks, None if self.normal is None else self.normal[rows])

    def only(self, which: Array) -> Zone:
        """Return some of the simplices."""
        cells = {side: cells[which] for side, cells in self.cells.items()}
        normal = None if self.normal is None else self.normal[which]
        return replace(self, corners=self.corners[which], cells=cells, normal=normal)

    def _simplices(self, corners: Array, local: Array) -> Simplices:
        return Simplices(self.points[corners], self.now[corners], local, corners)

    def _inside(self, cells: Array, corners: Array, own: Simplices) -> Simplices:
        local = np.einsum("nm,nmc->nc", own.local, (corners[:, :, None] == cells[:, None, :]).astype(float))
        return self._simplices(cells, local)


def in_block(mesh: MeshData, now: Array, block: str) -> Zone:
    """Return the cells of a block; now: present coordinates of the vertices of the mesh."""
    cells = mesh.cells[mesh.cell_block == mesh.blocks.index(block)]
    return Zone(mesh.points, now, cells, {None: cells}, {None: block})


def at_patch(mesh: MeshData, now: Array, patch: Patch) -> Zone:
    """Return the facets of a patch of a law."""
    facets = mesh.facets_of(patch.sets)
    cells = {side: _adjacent(mesh, block, facets) for side, block in patch.sides.items()}
    first = cells["minus"] if "minus" in cells else cells[None]
    return Zone(mesh.points, now, facets, cells, dict(patch.sides), _outward(now, facets, first))


def _adjacent(mesh: MeshData, block: str, facets: Array) -> Array:
    """Return the cell of a block at each facet."""
    cells = mesh.cells[mesh.cell_block == mesh.blocks.index(block)]
    owner: dict[tuple[int, ...], int] = {}
    ordered = np.sort(cells, axis=1)
    for chosen in combinations(range(cells.shape[1]), cells.shape[1] - 1):
        owner.update(zip(map(tuple, ordered[:, chosen].tolist()), range(len(cells)), strict=True))
    return cells[[owner[tuple(sorted(facet))] for facet in facets.tolist()]]


def _outward(now: Array, facets: Array, cells: Array) -> Array:
    """Return the unit normals of facets that point out of these cells."""
    edges = now[facets[:, 1:]] - now[facets[:, :1]]
    outward = now[facets].mean(axis=1) - now[cells].mean(axis=1)
    if edges.shape[1]:  # without its component along the facet
        along = np.linalg.qr(np.swapaxes(edges, 1, 2))[0]
        outward = outward - np.einsum("ndk,nek,ne->nd", along, along, outward)
    return outward / np.linalg.norm(outward, axis=1, keepdims=True)


def lattice(parts: int, corners: int) -> Array:
    """Return the barycentric coordinates (k, corners) in steps of 1 / parts."""
    if corners == 1:
        return np.ones((1, 1))
    rows = np.indices((parts + 1,) * corners).reshape(corners, -1).T
    return rows[rows.sum(axis=1) == parts] / parts


def quadrature(degree: int, corners: int) -> tuple[Array, Array]:
    """Return the points (k, corners) and weights (sum 1) of a quadrature of a degree in a simplex."""
    if corners == 1:
        return np.ones((1, 1)), np.ones(1)
    rule = create_quadrature(ufc_simplex(corners - 1), degree)
    rest = np.asarray(rule.get_points())
    weights = np.asarray(rule.get_weights())
    return np.column_stack([1 - rest.sum(axis=1), rest]), weights / weights.sum()


_ROUND = (1.0, 2 * pi, 4 * pi)
"""The whole angle by the number of directions that turn: nothing, a circle, a sphere."""


def weights(zone: Zone, degree: int, turns: int) -> tuple[Places, Array]:
    """Return the points of a quadrature over a zone, and their weights in units of volume or area."""
    local, share = quadrature(degree, zone.corners.shape[1])
    places = zone.places(local)
    found = places.own.sizes * np.tile(share, len(zone.corners))
    return places, found * _ROUND[turns] * places.own.present[:, 0] ** turns if turns else found
