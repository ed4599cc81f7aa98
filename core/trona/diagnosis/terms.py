"""The terms of a model one by one: their densities at quadrature points and their contributions to the residual."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from firedrake.petsc import PETSc

from trona.diagnosis.evaluate import Evaluator
from trona.diagnosis.state import PlaceValues, Tested, physical_gradient
from trona.model.laws import everywhere
from trona.model.symbols import InputSymbol
from trona.model.unknown import symbols_in

if TYPE_CHECKING:
    from trona.diagnosis.places import Geometry, Place
    from trona.diagnosis.state import State
    from trona.errors import Location
    from trona.model.records import IntegralConstraint
    from trona.problem import Problem
    from trona.problem.unknowns import Component

Array = Any


@dataclass(eq=False)
class PointTerm:
    """One term of a balance, or a constraint, at the quadrature points of one region; positive is a gain.

    plugin, kind, region: as named in reports. expression: expanded, in fields, inputs and geometry.
    """

    plugin: str
    kind: str
    region: str
    component: Component
    expression: Any
    place: Place
    location: Location | None = None
    """The location of the plugin in the deck."""

    @property
    def name(self) -> str:
        preposition = "at" if self.place.normal is not None else "in"
        return f"{self.plugin} {preposition} {self.region}"

    @property
    def inputs(self) -> list[InputSymbol]:
        return [s for s in symbols_in(self.expression) if isinstance(s, InputSymbol)]

    def density(self, state: State, component: tuple[int, ...] = ()) -> Array:
        """Return the density (points,) of one component; for a storage term, its rate."""
        if self.kind == "raw":
            value = -Evaluator(PlaceValues(state, self.place))(self.expression)
        elif self.kind != "storage":
            value = Evaluator(PlaceValues(state, self.place))(self.expression, component)
        else:
            rates = [float(a) for a in state.transfer.problem.inputs.rates]
            value = 0.0
            for level, rate in enumerate(rates):
                if rate:
                    value = value - rate * Evaluator(PlaceValues(state, self.place, level))(self.expression, component)
        return np.broadcast_to(value, self.place.weights.shape)

    def net(self, state: State, component: tuple[int, ...] = ()) -> complex:
        """Return the integrated gain of the balance from this term; 0 for a flux."""
        if self.kind == "flux":
            return 0.0
        own = self.place.owned
        local = complex(np.sum((self.density(state, component) * self.place.weights)[own]))
        return complex(state.transfer.problem.comm.allreduce(local))

    def rows(self, state: State) -> Array:
        """Return the contribution to the rows of its component on this rank, (nodes, c)."""
        component, place = self.component, self.place
        geometry = place.geometry
        shape = component.field.shape
        width = math.prod(shape)
        if component.field.kind == "global":
            return np.array([[self.net(state)]])
        if self.kind == "raw":
            return self._raw_rows(state)
        side = next((s for s in place.sides.values() if s.block in component.blocks), place.main)
        space, element = geometry.space(component), geometry.element(component)
        own = place.owned
        nodes = space.cell_node_list[side.cells[own]]
        found = []
        for c in range(width):
            at = (c,) if shape else ()
            if self.kind == "flux":
                local = 0.0
                for d in range(geometry.dimension):
                    flux = self._flux(state, at, d)
                    local = local + physical_gradient(side, element, d) * (flux * place.weights)
            else:
                (table,) = side.basis(element, 0).values()
                local = table * (self.density(state, at) * place.weights)
            found.append(_collect(space, nodes, np.asarray(local)[:, own]))
        return np.stack(found, axis=-1)

    def _flux(self, state: State, at: tuple[int, ...], direction: int) -> Array:
        """Return a component of a flux; on a surface, of what runs along it."""

        def flux(along: int) -> Array:
            return self.density(state, (*at, along))

        return self.place.along(flux, direction) if self.component.field.kind == "surface" else flux(direction)

    def _raw_rows(self, state: State) -> Array:
        """Return the same for an integrand that contains the test function."""
        component, place = self.component, self.place
        geometry, side, own = place.geometry, place.main, place.owned
        space, element = geometry.space(component), geometry.element(component)
        (table,) = side.basis(element, 0).values()
        slopes = [physical_gradient(side, element, d) for d in range(geometry.dimension)]
        nodes = space.cell_node_list[side.cells[own]]
        found = []
        for c in range(math.prod(component.field.shape)):
            local = []
            for i in range(len(table)):
                test = Tested(c, table[i], [s[i] for s in slopes])
                value = -Evaluator(PlaceValues(state, place, test=test))(self.expression)
                local.append(np.broadcast_to(value * place.weights, place.weights.shape)[own])
            found.append(_collect(space, nodes, np.array(local)))
        return np.stack(found, axis=-1)


def _collect(space: Any, nodes: Array, local: Array) -> Array:
    """Sum the contributions of the points of all ranks to their nodes; return the rows of this rank."""
    rows = space.dof_dset.scalar_lgmap.apply(nodes.T.ravel().astype(np.int32))
    values = np.asarray(local).ravel()
    parts = [values.real, values.imag] if np.iscomplexobj(values) else [values]
    found = []
    for part in parts:
        vector = PETSc.Vec().createMPI((space.node_set.size, None), comm=space.mesh().comm)
        vector.setOption(PETSc.Vec.Option.IGNORE_NEGATIVE_INDICES, True)
        vector.setValues(rows, part, addv=PETSc.InsertMode.ADD_VALUES)
        vector.assemble()
        found.append(vector.array.copy())
        vector.destroy()
    return found[0] if len(found) == 1 else found[0] + 1j * found[1]


def point_terms(problem: Problem, geometry: Geometry) -> list[PointTerm]:
    """Return all terms and constraints of a problem, one for each of their regions."""
    model = problem.model
    degree = model.quadrature_degree
    found: list[PointTerm] = []
    for placed in model.placed():
        term, patch = placed.term, placed.patch
        if placed.between_cells or term.kind == "jump":
            continue  # what one cell gives its neighbour has no place of its own
        component = problem.unknowns.find(placed.equation.field.name, placed.block)
        if patch is not None:
            place = geometry.on_facets(patch.sets, dict(patch.sides), degree)
        else:
            points = problem.forms.points_of(placed.expression, placed.equation, term.kind == "storage")
            place = geometry.in_block(placed.block, points or degree)
        found.append(
            PointTerm(term.plugin, term.kind, placed.region, component, placed.expression, place, term.location)
        )
    for c, patch in everywhere(model.constraints):
        component = problem.unknowns.find(c.multiplier.name, patch.block)
        place = geometry.on_facets(patch.sets, dict(patch.sides), degree)
        expression = model.expand_at(c.residual, patch)
        found.append(PointTerm(c.multiplier.plugin, "constraint", c.law.name, component, expression, place))
    for g in model.integral_constraints:
        found += _of_number(problem, geometry, g)
    return found


def _of_number(problem: Problem, geometry: Geometry, g: IntegralConstraint) -> list[PointTerm]:
    """Return the integrand and the target of what determines a number, at each of its places."""
    model, component = problem.model, problem.unknowns.find(g.unknown.name)
    degree = model.quadrature_degree
    placed = []
    for patch in g.patches:
        integrand = model.expand_at(g.integrand, patch)
        if patch.is_block:
            place = geometry.in_block(patch.block, problem.forms.points_of(integrand) or degree)
        else:
            place = geometry.on_facets(patch.sets, dict(patch.sides), degree)
        placed.append((integrand, place))
    share = 1.0 if g.mean else 1.0 / sum(place.size for _, place in placed)
    return [
        PointTerm(g.plugin, "constraint", g.region, component, expression, place, g.location)
        for integrand, place in placed
        for expression in (integrand, -share * g.target)
    ]
