"""The unknowns that live on interfaces and boundaries, as plain arrays at the nodes of their facets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from trona.readings.samplers import Interpolation, nodal_space
from trona.readings.snapshot import BlockData, CellType, FieldData

if TYPE_CHECKING:
    from collections.abc import Callable

    from trona.model.laws import Patch
    from trona.problem.problem import Problem
    from trona.problem.unknowns import Component
    from trona.readings.sampling import Sampling

Array = Any
# By dimension of the facets and degree: VTK's name, and the pairs of corners between which its further nodes lie.
_FACETS: dict[tuple[int, int], tuple[CellType, tuple[tuple[int, int], ...]]] = {
    (1, 1): ("line", ()),
    (1, 2): ("line3", ((0, 1),)),
    (2, 1): ("triangle", ()),
    (2, 2): ("triangle6", ((0, 1), (1, 2), (0, 2))),
}


class SurfaceReader:
    """Reads all unknowns of interfaces and boundaries from the present state, on each rank those of its own facets.

    Facets share no points. On a line, where facets are points, nothing is read. degree: of the nodes.
    """

    def __init__(self, problem: Problem, sampling: Sampling, degree: int) -> None:
        self._problem = problem
        facet = problem.model.dimension - 1
        self._patches: dict[str, dict[tuple[int, ...], _Facets]] = {}
        for field in problem.model.fields.values():
            if field.law is None or not facet:
                continue
            components = problem.unknowns.of(field.name)
            for patch, component in zip(field.law.patches, components, strict=True):
                patches = self._patches.setdefault(field.law.name, {})
                if patch.sets not in patches:
                    patches[patch.sets] = _Facets(problem, sampling, patch, component, degree)
                patches[patch.sets].add(component)

    def read(self) -> dict[str, BlockData]:
        """Return what lives at each interface and boundary, by its name. Collective."""
        return {name: _joined([each.read() for each in patches.values()]) for name, patches in self._patches.items()}


class _Facets:
    """The facets of a patch that this rank owns, and the unknowns there."""

    def __init__(self, problem: Problem, sampling: Sampling, patch: Patch, component: Component, degree: int) -> None:
        self._problem, self._mesh = problem, component.mesh
        self._dimension = problem.model.dimension
        self.cell_type, edges = _FACETS[self._dimension - 1, degree]
        self._own = slice(self._mesh.cell_set.size)
        corners = np.eye(self._dimension)
        wanted = [*corners, *((corners[i] + corners[j]) / 2 for i, j in edges)]
        self._weights = np.array(wanted)
        x = problem.model.symbols.x
        moves = problem.model.motion is not None
        self._axes = [sampling.on_patch(x[i], patch, degree) for i in range(self._dimension)] if moves else []
        self._values: dict[str, tuple[Component, Callable[[], Array]]] = {}
        self._degree = degree

    def add(self, component: Component) -> None:
        """Read an unknown of these facets too."""
        space = nodal_space(self._mesh, self._degree, component.space.value_shape)
        sampler = Interpolation(self._problem.reading.unknowns.value(component), space, None, None)
        self._values[component.name] = component, lambda: self._ordered(sampler)

    def read(self) -> BlockData:
        """Return the present positions and values."""
        fields = {}
        for name, (component, values) in self._values.items():
            found = values()
            flat = found.reshape(-1, *found.shape[2:])
            fields[name] = FieldData(flat, str(component.field.unit.si), component.field.declaration.text)
        points = self._points()
        cells = np.arange(len(points), dtype=np.int64).reshape(-1, len(self._weights))
        return BlockData(points, cells, self.cell_type, fields)

    def _points(self) -> Array:
        if self._axes:
            return np.stack([self._ordered(axis) for axis in self._axes], axis=-1).reshape(-1, self._dimension)
        coordinates = self._mesh.coordinates
        corners = coordinates.dat.data_ro_with_halos[coordinates.cell_node_map().values_with_halo[self._own]]
        return np.einsum("nc,mcd->mnd", self._weights, corners).reshape(-1, self._dimension)

    def _ordered(self, sampler: Any) -> Array:
        """Return the values of a sampler at the nodes of the facets, in the order of VTK."""
        apart = np.abs(sampler.barycentric[None] - self._weights[:, None]).max(axis=-1)
        return sampler.values()[self._own][:, apart.argmin(axis=1)]


def _joined(parts: list[BlockData]) -> BlockData:
    """Return the facets of all patches as one; NaN where an unknown does not live."""
    starts = np.cumsum([0, *(len(part.points) for part in parts)])
    fields: dict[str, FieldData] = {}
    for name in dict.fromkeys(name for part in parts for name in part.fields):
        known = next(part.fields[name] for part in parts if name in part.fields)
        values = np.full((starts[-1], *known.values.shape[1:]), np.nan)
        for part, start in zip(parts, starts, strict=False):
            if name in part.fields:
                values[start : start + len(part.points)] = part.fields[name].values
        fields[name] = FieldData(values, known.unit, known.text)
    cells = np.concatenate([part.cells + start for part, start in zip(parts, starts, strict=False)])
    return BlockData(np.concatenate([part.points for part in parts]), cells, parts[0].cell_type, fields)
