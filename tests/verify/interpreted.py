"""A composed form evaluated as it stands, integral by integral, in plain arrays: nothing is compiled."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import firedrake as fd
import numpy as np
from ufl.classes import Argument, Coefficient, Conj, FacetNormal, Grad, Restricted, SpatialCoordinate

from trona.diagnosis.evaluate import Evaluator
from trona.diagnosis.state import physical_gradient
from trona.diagnosis.terms import _collect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trona.diagnosis.places import Geometry, Place, Side
    from trona.diagnosis.state import State
    from trona.problem import Problem
    from trona.problem.unknowns import Component

Array = Any
_TERMINALS = (Argument, Coefficient, fd.Constant, SpatialCoordinate, FacetNormal)


class Interpreter:
    """Sums up the integrals of a form of a problem, which does not move, at a state that may be complex."""

    def __init__(self, problem: Problem, geometry: Geometry, state: State) -> None:
        self.problem, self.geometry, self.state = problem, geometry, state
        components = problem.unknowns.components
        self.flat = [(c, i) for c in components for i in range(math.prod(c.field.shape))]
        """The component, and the part of it, of each part of the mixed functions."""
        self.blocks = {id(mesh): blocks for blocks, mesh in problem.meshes._submeshes.items()}
        self.sets = {id(mesh): sets for sets, mesh in problem.meshes._surfaces.items()}

    def rows(self, form: Any) -> list[Array]:
        """Return the rows of each component, (nodes, parts), at the nodes of its space on the parent mesh."""
        components = self.problem.unknowns.components
        found = [self._zero(c) for c in components]
        for integral in form.integrals():
            for place in self._places(integral):
                for number in range(len(self.flat)):
                    self._add(found, integral.integrand(), place, number)
        return found

    def _zero(self, component: Component) -> Array:
        width = math.prod(component.field.shape)
        if component.field.kind == "global":
            return np.zeros((1, width), complex)
        return np.zeros((self.geometry.space(component).node_set.total_size, width), complex)

    def _add(self, found: list[Array], integrand: Any, place: Place, number: int) -> None:
        component, part = self.flat[number]
        value = At(self, place, number)(integrand)
        if not np.any(value):
            return
        weights = place.weights
        if turns := self.problem.model.coordinates.turns:  # what a unit of the mesh stands for is in the form
            weights = weights / ((1, 2 * np.pi, 4 * np.pi)[turns] * place.x[:, 0] ** turns)
        if component.field.kind == "global":
            found[component.index][0, part] += np.sum(np.broadcast_to(value, weights.shape) * weights)
            return
        side = self.side(place, component.blocks)
        space = self.geometry.space(component)
        nodes = space.cell_node_list[side.cells]
        local = np.broadcast_to(value, (nodes.shape[1], len(weights))) * weights
        found[component.index][:, part] += _collect(space, nodes, local)

    def _places(self, integral: Any) -> Iterator[Place]:
        mesh, kind = integral.ufl_domain(), integral.integral_type()
        ids, degree = integral.subdomain_id(), integral.metadata()["quadrature_degree"]
        labels = ids if isinstance(ids, tuple) else (ids,)
        data = self.problem.model.mesh
        if kind == "cell" and id(mesh) in self.blocks:
            for label in labels:
                yield self.geometry.in_block(data.blocks[label - 1], degree)
            return
        numbers = self.sets[id(mesh)] if kind == "cell" else tuple(label - 1 for label in labels)
        assert kind in ("cell", "exterior_facet", "interior_facet")
        for number in numbers:
            blocks = data.facet_sets[number].blocks
            sides: dict[Any, str] = (
                {None: blocks[0]} if len(blocks) == 1 else dict(zip(("minus", "plus"), blocks, strict=True))
            )
            yield self.geometry.on_facets((number,), sides, degree)

    @staticmethod
    def side(place: Place, blocks: tuple[str, ...], restricted: str = "+") -> Side:
        """Return the side of a place that one of some blocks is on; of two the first is '+'."""
        own = [side for side in place.sides.values() if side.block in blocks or not blocks]
        return own[-1 if restricted == "-" else 0]


class At(Evaluator):
    """Evaluates an integrand at a place, for all basis functions of one part of the test function at once."""

    def __init__(self, form: Interpreter, place: Place, tested: int, restricted: str = "") -> None:
        super().__init__(self)  # type: ignore[arg-type]
        self.form, self.place, self.tested, self.restricted = form, place, tested, restricted
        self._others: dict[str, At] = {}

    def _compute(self, e: Any, component: tuple[int, ...], indices: dict[int, int]) -> Array:
        match e:
            case Restricted():
                side = e._side
                if side not in self._others:
                    self._others[side] = At(self.form, self.place, self.tested, side)
                return self._others[side]._value(e.ufl_operands[0], component, indices)
            case Conj():
                return self._value(e.ufl_operands[0], component, indices)
            case Grad() if isinstance(e.ufl_operands[0], _TERMINALS):
                return self._terminal(e.ufl_operands[0], component[:-1], component[-1])
        if isinstance(e, _TERMINALS):
            return self._terminal(e, component, None)
        return super()._compute(e, component, indices)

    def _terminal(self, e: Any, component: tuple[int, ...], direction: int | None) -> Array:
        form, place = self.form, self.place
        unknowns = form.problem.unknowns
        flat = component[0] if component else 0
        if isinstance(e, Argument):
            return self._basis(*form.flat[flat], direction) if flat == self.tested else np.float64(0.0)
        if e in unknowns.states:
            return self._field(unknowns.states.index(e), *form.flat[flat], direction)
        if direction is not None:
            return np.float64(isinstance(e, SpatialCoordinate) and component[0] == direction)
        if isinstance(e, fd.Constant):
            return np.float64(e.values()[0])
        if isinstance(e, SpatialCoordinate):
            return place.x[:, component[0]]
        blocks = form.blocks[id(e.ufl_domain())]
        side = form.side(place, blocks, self.restricted)
        if isinstance(e, FacetNormal):
            assert place.normal is not None
            return (1 if side is place.main else -1) * place.normal[:, component[0]]
        cells = form.problem.meshes.cells(e.function_space().mesh(), side.block)
        return np.float64(e.dat.data_ro_with_halos[cells[0]])  # one value for each block

    def _basis(self, component: Component, part: int, direction: int | None) -> Array:
        if component.field.kind == "global":
            return np.float64(direction is None)
        side = self.form.side(self.place, component.blocks, self.restricted)
        element = self.form.geometry.element(component)
        if direction is not None:
            return physical_gradient(side, element, direction)
        (table,) = side.basis(element, 0).values()
        return table

    def _field(self, level: int, component: Component, part: int, direction: int | None) -> Array:
        values = self.form.state.values[level][component.index][:, part]
        # What the state knows in SI the form knows from a reference, in scales.
        reference = 0.0 if component.field.shape else float(component.reference)
        values = (values - reference) / float(component.scale)
        if component.field.kind == "global":
            return values[0] if direction is None else np.float64(0.0)
        side = self.form.side(self.place, component.blocks, self.restricted)
        nodes = self.form.geometry.space(component).cell_node_list[side.cells]
        return np.sum(values[nodes].T * self._basis(component, part, direction), axis=0)
