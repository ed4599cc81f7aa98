"""Values at points: probes and lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from trona.mesh.barycentric import containing
from trona.readings.samplers import nodal_element

if TYPE_CHECKING:
    from trona.model.asked import Points
    from trona.problem.problem import Problem
    from trona.readings.outputs import OutputEvaluator
    from trona.readings.samplers import Sampler


class PointReader:
    """Evaluates a field or derived quantity at points, each in the block that the request names for it.

    Where a quantity jumps from cell to cell of one block, a point between them gets the mean of the cells' values.
    """

    def __init__(self, problem: Problem, outputs: OutputEvaluator, request: Points) -> None:
        self.problem, self.request = problem, request
        self.points = np.array(request.points)
        self._parts: list[tuple[Any, Sampler, _Cells]] = []
        homes = np.array(request.blocks)
        for block in dict.fromkeys(request.blocks):
            here = homes == block
            sampler = outputs.sampling.in_block(request.expression, block)
            self._parts.append((here, sampler, _Cells(problem, sampler, block, self.points[here])))

    def values(self) -> Any:
        """Return the values (n,) or (n, c) at the points, the same on all ranks."""
        result: Any = None
        for here, sampler, cells in self._parts:
            sampler.update()
            found = cells.values(sampler.function)
            if result is None:
                result = np.full((len(self.points), *found.shape[1:]), np.nan)
            result[here] = found
        return result


class _Cells:
    """The cells of a block that hold some points, with the weights of their nodes there."""

    def __init__(self, problem: Problem, sampler: Sampler, block: str, points: Any) -> None:
        space = sampler.function.function_space()
        mesh = space.mesh()
        own = problem.meshes.cells(mesh, block)
        own = own[own < mesh.cell_set.size]
        places = mesh.coordinates.dat.data_ro_with_halos.reshape(-1, points.shape[1])
        corners = places[mesh.coordinates.function_space().cell_node_list[own]]
        self.comm, self.count = problem.comm, len(points)
        self.which, cells, local = containing(corners, points)
        self.nodes = space.cell_node_list[own[cells]]
        self.weights = np.zeros(self.nodes.shape)
        if len(local):  # of no points on a line, as on a rank of its own, FIAT makes no table
            self.weights = nodal_element(space).tabulate(0, local[:, 1:])[(0,) * points.shape[1]].T
        self.held = self.comm.allreduce(np.bincount(self.which, minlength=self.count))

    def values(self, function: Any) -> Any:
        nodal = function.dat.data_ro_with_halos[self.nodes]
        found = np.einsum("kn...,kn->k...", nodal, self.weights)
        total = np.zeros((self.count, *found.shape[1:]))
        np.add.at(total, self.which, found)
        total = self.comm.allreduce(total)
        return total / self.held.reshape(-1, *(1,) * (total.ndim - 1))
