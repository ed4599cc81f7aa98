"""Expressions along boundaries and interfaces: at nodes of their facets, in order along the curve."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from trona.model.asked import CurveData
from trona.readings.chains import chains
from trona.readings.sampling import FINE

if TYPE_CHECKING:
    from trona.model.asked import Profile
    from trona.problem.problem import Problem
    from trona.readings.samplers import AtPoints, Sampler
    from trona.readings.sampling import Sampling

Array = Any
_SAME = 1e-9
"""How near two values at one point are, relative to all of them, to count as one."""


class ProfileReader:
    """Evaluates a profile in the current state, at the current positions of its facets.

    Where a quantity jumps from facet to facet both values are kept. Curves that do not touch follow each other.
    """

    def __init__(self, problem: Problem, sampling: Sampling, request: Profile) -> None:
        self.problem, self.request = problem, request
        self._components = prod(request.expression.ufl_shape)
        self._parts: list[tuple[Any, list[Any]]] = []
        x = problem.model.symbols.x
        for patch in request.law.patches:
            values = sampling.on_patch(request.expression, patch, FINE)
            self._parts.append((values, [sampling.on_patch(x[i], patch, FINE) for i in range(problem.model.dimension)]))

    def read(self) -> CurveData:
        """Return the profile, the same on all ranks."""
        corners, places, values = self._gathered()
        rows_at, rows_of, distance, total = [], [], [], 0.0
        spread = float(np.abs(values).max(initial=0.0))
        for chain in chains(corners):
            at: list[Array] = []
            of: list[Array] = []
            for cell, turned in chain:
                order = slice(None, None, -1) if turned else slice(None)
                first = int(bool(at) and np.abs(of[-1][-1] - values[cell, order][0]).max() <= _SAME * spread)
                at.append(places[cell, order][first:])
                of.append(values[cell, order][first:])
            along = np.concatenate(at)
            steps = np.linalg.norm(np.diff(along, axis=0), axis=1)
            found = total + np.concatenate([[0.0], np.cumsum(steps)])
            total = float(found[-1])
            rows_at.append(along)
            rows_of.append(np.concatenate(of))
            distance.append(found)
        asked, points, found_values = self.request, np.concatenate(rows_at), np.concatenate(rows_of)
        kept = found_values if asked.expression.ufl_shape else found_values[:, 0]
        return CurveData(np.concatenate(distance), points, kept)

    def _gathered(self) -> tuple[Array, Array, Array]:
        """Return the ends of all facets in the mesh as read, positions and values at their nodes from end to end."""
        parts = [
            self._points(*part) if self.problem.model.dimension == 1 else self._facets(*part) for part in self._parts
        ]
        corners, places, values = (np.concatenate(part) for part in zip(*parts, strict=True))
        return corners, places, values

    def _facets(self, sampler: Sampler, axes: list[Sampler]) -> tuple[Array, Array, Array]:
        mesh = sampler.function.function_space().mesh()
        own = slice(mesh.cell_set.size)
        order = np.argsort(sampler.barycentric[:, 1])
        nodes = mesh.coordinates.function_space().cell_node_list[own]
        ends = mesh.coordinates.dat.data_ro_with_halos[nodes]
        at = np.stack([axis.values()[own][:, order] for axis in axes], axis=-1)
        found = sampler.values()[own][:, order].reshape(*at.shape[:2], self._components)
        gathered = self.problem.comm.allgather((ends, at, found))
        corners, places, values = (np.concatenate(part) for part in zip(*gathered, strict=True))
        return corners, places, values

    def _points(self, sampler: AtPoints, axes: list[AtPoints]) -> tuple[Array, Array, Array]:
        """As `_facets` on a line, where facets are points, and samplers may lie on several meshes."""

        def whole(each: AtPoints) -> Array:
            gathered = self.problem.comm.allgather((each.places, each.values()))
            places, values = (np.concatenate(part) for part in zip(*gathered, strict=True))
            return values[np.argsort(places)]

        at = whole(axes[0])[:, :, None]
        return np.repeat(at, 2, axis=1), at, whole(sampler).reshape(len(at), 1, self._components)
