"""Right values of a manufactured state at points, and the errors that its discretisation makes there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from trona.verify.numbers import Exact, Kinks, Shown, shape_functions, wave
from trona.verify.places import Places, Simplices, lattice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from trona.mesh import MeshData
    from trona.verify.exact import ExactState

Array = Any


class Expected:
    """The manufactured state of a problem, with kinks at the borders of blocks; the problem is set to it.

    coarse: the mesh that the mesh of the problem refines. now: the present coordinates of its vertices.
    """

    def __init__(self, state: ExactState, coarse: MeshData) -> None:
        self.state, self.problem = state, state.problem
        self.model = self.problem.model
        self.mesh = self.model.mesh
        self._kinks = Kinks(state, coarse)
        for time, values in zip(self.problem.inputs.times, self.problem.unknowns.states, strict=True):
            state.assign(values, time)
            self._kinks.add(values, time)
        self.now = self.mesh.points + self._moved()

    def exact(self, places: Places) -> Exact:
        """Return the evaluator of right values of expressions at places."""
        return Exact(self.state, places, self._kinks)

    def shown(self, places: Places) -> Shown:
        """Return the evaluator of expressions of the discrete fields at places."""
        return Shown(self.state, places, self._kinks)

    def missed(self, expanded: Any, places: Places) -> Iterator[tuple[Array, Array]]:
        """Yield for each component the right values at places, and the errors that the elements may have there."""
        exact, shown, interpolated = self.exact(places), self.shown(places), self._interpolated(places)
        for component in np.ndindex(*expanded.ufl_shape):
            right = exact(expanded, component)
            miss = np.abs(shown(expanded, component) - right)
            yield right, miss + np.abs(interpolated(expanded, component) - right)

    def _interpolated(self, places: Places) -> Callable[[Any, tuple[int, ...]], Array]:
        """Return the evaluator of interpolants, of the order of the fields, of right values of expressions."""
        order = min(2, max((f.degree for f in self.model.fields.values()), default=1))
        simplices = places.own
        count, corners = simplices.local.shape
        local = lattice(order, corners)
        nodes = Simplices(
            np.repeat(simplices.read, len(local), axis=0),
            np.repeat(simplices.now, len(local), axis=0),
            np.tile(local, (count, 1)),
            np.repeat(simplices.vertices, len(local), axis=0),
        )
        exact = self.exact(Places(nodes, {None: nodes}, places.blocks))
        functions = shape_functions(simplices.local, order)
        return lambda e, component: np.einsum("nk,nk->n", exact(e, component).reshape(count, -1), functions)

    def _moved(self) -> Array:
        motion = self.model.motion
        if motion is None:
            return np.zeros_like(self.mesh.points)
        (unknown,) = self.problem.unknowns.of(motion.field.name)
        count = unknown.field.shape[0] if unknown.field.shape else 1
        parts = [wave(self.state, unknown, self.mesh.points, (i,) if unknown.field.shape else ()) for i in range(count)]
        return np.stack(parts, axis=-1) if motion.axis is None else parts[0][:, None] * np.array(motion.axis)
