"""Values at points: probes and lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import firedrake as fd
import numpy as np
from trona.errors import UserError

if TYPE_CHECKING:
    from trona.model.requests import Points
    from trona.problem.outputs import OutputEvaluator
    from trona.problem.problem import Problem


class PointReader:
    """Evaluates a field or derived quantity at points, in whichever block each one lies."""

    def __init__(self, problem: Problem, outputs: OutputEvaluator, request: Points) -> None:
        self.problem, self.request = problem, request
        model = problem.model
        derived = model.derived.get(request.of)
        expression = derived.expression if derived else model.field(request.of)
        blocks = derived.blocks if derived else model.fields[request.of].blocks
        if request.block:
            blocks = tuple(b for b in blocks if b == request.block)
        self.points = np.array(request.points)
        self.parts: list[tuple[Any, Any, Any]] = []
        waiting = np.ones(len(self.points), bool)
        home = locate(model.mesh, self.points)
        for block in blocks:
            here = waiting & np.array([block in found for found in home])
            if here.any():
                sampler = outputs.in_block(expression, block)
                mesh = sampler.function.function_space().mesh()
                evaluator = fd.PointEvaluator(mesh, self.points[here], missing_points_behaviour="ignore")
                self.parts.append((here, sampler, evaluator))
                waiting &= ~here
        if waiting.any():
            lost = ", ".join(f"{c:.4g} m" for c in self.points[waiting][0])
            raise UserError(f"output '{request.name}': the point ({lost}) lies in no block of '{request.of}'")

    def values(self) -> Any:
        """Return the values (n,) or (n, c) at the points, the same on all ranks."""
        result: Any = None
        for here, sampler, evaluator in self.parts:
            sampler.update()
            found = np.asarray(evaluator.evaluate(sampler.function))
            if result is None:
                result = np.full((len(self.points), *found.shape[1:]), np.nan)
            result[here] = found
        return result


def locate(mesh: Any, points: Any) -> list[set[str]]:
    """Return the blocks that each point lies in (several on a border), by barycentric coordinates."""
    corners = mesh.points[mesh.cells]
    origin, edges = corners[:, 0], np.swapaxes(corners[:, 1:] - corners[:, :1], 1, 2)
    inverse = np.linalg.inv(edges)
    found = []
    for point in points:
        local = np.einsum("nij,nj->ni", inverse, point - origin)
        inside = (local >= -1e-9).all(axis=1) & (local.sum(axis=1) <= 1 + 1e-9)
        found.append({mesh.blocks[b] for b in np.unique(mesh.cell_block[inside])})
    return found
