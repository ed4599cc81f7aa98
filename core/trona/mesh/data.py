"""A mesh with named blocks, boundaries and interfaces, as arrays in metres."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trona.errors import nearest

_ARTICLE = {"block": "a block", "boundary": "a boundary", "interface": "an interface"}


@dataclass(frozen=True)
class FacetSet:
    """Facets that carry the same names and touch the same blocks.

    `blocks` holds one block for exterior facets, two (in the order of `MeshData.blocks`) for facets between
    blocks. `measure` is their area in 3-D [m^2], length in 2-D [m], number in 1-D.
    """

    names: frozenset[str]
    blocks: tuple[str, ...]
    measure: float


@dataclass(frozen=True)
class Boundary:
    """A named part of the outer boundary: the union of facet sets `sets`, touching `blocks`."""

    name: str
    sets: tuple[int, ...]
    blocks: tuple[str, ...]
    measure: float


@dataclass(frozen=True)
class Interface:
    """Facets between two blocks: the union of facet sets `sets`. `measure` as in `FacetSet`.

    `whole`: whether these are all facets between the two blocks.
    """

    name: str
    sets: tuple[int, ...]
    blocks: tuple[str, str]
    measure: float
    whole: bool


@dataclass(frozen=True, eq=False)
class MeshData:
    """A simplex mesh whose regions have names.

    points: (n, gdim) coordinates in m; gdim is also the dimension of the cells
    cells: (m, gdim + 1) vertex ids, of positive orientation
    cell_block: (m,) index into `blocks`
    blocks: names in the order of the file
    facets: (f, gdim) vertex ids, ascending in a row, of all facets between two blocks and of all exterior
        facets with a name
    facet_set: (f,) index into `facet_sets`
    facet_sets: the partition of `facets` by names and blocks
    boundaries, interfaces: by name; interfaces also by 'A | B' for every pair of touching blocks
    block_measure: volume in 3-D [m^3], area in 2-D [m^2], length in 1-D [m]
    bounding_box: (2, gdim) lower and upper corner in m
    unnamed_boundary_measure: measure of the exterior facets without a name
    cell_name: 'interval', 'triangle' or 'tetrahedron'
    """

    points: NDArray[np.float64]
    cells: NDArray[np.int64]
    cell_block: NDArray[np.int64]
    blocks: tuple[str, ...]
    facets: NDArray[np.int64]
    facet_set: NDArray[np.int64]
    facet_sets: tuple[FacetSet, ...]
    boundaries: Mapping[str, Boundary]
    interfaces: Mapping[str, Interface]
    block_measure: Mapping[str, float]
    bounding_box: NDArray[np.float64]
    unnamed_boundary_measure: float
    cell_name: str

    def points_of(self, sets: Iterable[int]) -> set[int]:
        """Return the indices of the points of the facets in some `facet_sets`."""
        return set(self.facets_of(sets).ravel().tolist())

    def facets_of(self, sets: Iterable[int]) -> NDArray[np.int64]:
        """Return the facets in some `facet_sets`, such as those of a boundary, as rows of `facets`."""
        return self.facets[np.isin(self.facet_set, list(sets))]

    @property
    def gdim(self) -> int:
        """Dimension of space and of the cells."""
        return int(self.points.shape[1])

    @property
    def neighbours(self) -> tuple[tuple[str, str], ...]:
        """Pairs of blocks that share facets, in the order of `blocks`."""
        return tuple(face.blocks for face in self.interfaces.values() if face.name == pair_name(*face.blocks))

    def digest(self) -> str:
        """SHA-256 of all points, cells, facets and names: equal only for equal meshes."""
        sha = hashlib.sha256()
        for array in (self.points, self.cells, self.cell_block, self.facets, self.facet_set):
            sha.update(repr((array.shape, array.dtype.str)).encode() + np.ascontiguousarray(array).tobytes())
        sets = [(sorted(s.names), s.blocks) for s in self.facet_sets]
        sha.update(repr((self.blocks, sets)).encode())
        return sha.hexdigest()

    def plain(self) -> dict[str, Any]:
        """Return the mesh as plain data and arrays, for a checkpoint; `mesh.plain.from_plain` reads it back."""
        found = asdict(self)
        for facet_set in found["facet_sets"]:
            facet_set["names"] = sorted(facet_set["names"])
        return found

    def block(self, text: str) -> str:
        """The name of a block. Raises ValueError, with the nearest name, if it is unknown."""
        name = text.strip()
        if name not in self.blocks:
            raise ValueError(self._unknown("block", name, self.blocks))
        return name

    def boundary(self, text: str) -> Boundary:
        """The boundary of a name. Raises ValueError, with the nearest name, if it is unknown."""
        name = text.strip()
        if name not in self.boundaries:
            raise ValueError(self._unknown("boundary", name, self.boundaries))
        return self.boundaries[name]

    def interface(self, text: str) -> Interface:
        """The interface 'A | B', with `blocks` in that order, or the interface of a named group.

        Raises ValueError, with all interfaces, for an unknown name or for blocks that do not touch.
        """
        if "|" not in text:
            name = text.strip()
            if name not in self.interfaces:
                raise ValueError(self._unknown("interface", name, self.interfaces))
            return self.interfaces[name]
        sides = text.split("|")
        if len(sides) != 2 or not all(side.strip() for side in sides):
            raise ValueError(f"an interface is written 'A | B' with two blocks, got '{text}'")
        first, second = self.block(sides[0]), self.block(sides[1])
        if first == second:
            raise ValueError(f"an interface lies between two blocks, got '{first}' twice")
        found = self.interfaces.get(pair_name(first, second)) or self.interfaces.get(pair_name(second, first))
        if found is None:
            raise ValueError(f"blocks '{first}' and '{second}' do not touch; {self._listed_interfaces()}")
        return replace(found, blocks=(first, second))

    def _unknown(self, kind: str, name: str, known: Iterable[str]) -> str:
        """The message for a `name` that is not among `known`."""
        kinds = {"block": self.blocks, "boundary": self.boundaries, "interface": self.interfaces}
        meant = [other for other, names in kinds.items() if name in names]
        text = (
            f"'{name}' is {_ARTICLE[meant[0]]}, not {_ARTICLE[kind]}"
            if meant
            else f"no {kind} '{name}'{nearest(name, known)}"
        )
        if kind == "interface":
            return f"{text}; {self._listed_interfaces()}"
        return text if "; nearest" in text else f"{text}; known: {', '.join(known) or 'none'}"

    def _listed_interfaces(self) -> str:
        return f"interfaces: {', '.join(self.interfaces) or 'none'}"


def pair_name(first: str, second: str) -> str:
    """The key of the interface between two blocks: 'A | B'."""
    return f"{first} | {second}"
