"""The fields of a state at all time levels, as real or complex arrays over nodes of the parent mesh."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import firedrake as fd
import numpy as np

from trona.diagnosis.evaluate import UnknownExpressionError
from trona.model.symbols import FieldSymbol, GeometrySymbol, InputSymbol, RateSymbol
from trona.problem.on_parent import OnParent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trona.diagnosis.places import Geometry, Place
    from trona.problem import Problem
    from trona.problem.unknowns import Component

Array = Any


class Transfer:
    """Transfers functions of components to the nodes of the parent mesh. All methods are collective."""

    def __init__(self, problem: Problem, geometry: Geometry) -> None:
        self.problem, self.geometry = problem, geometry
        self._matches: dict[int, tuple[Array, Array]] = {}
        self._copies: dict[int, OnParent] = {}
        components = problem.unknowns.components
        ones = fd.Function(problem.unknowns.space)
        for part in ones.subfunctions:
            part.assign(1.0)
        free = ones.copy(deepcopy=True)
        for bc in problem.bcs:
            bc.zero(free)
        self.present = [self.spread(c, f) > 0.5 for c, f in zip(components, ones.subfunctions, strict=True)]
        """Per component (nodes, c): whether it is defined there."""
        self.free = [self.spread(c, f) > 0.5 for c, f in zip(components, free.subfunctions, strict=True)]
        """Per component (nodes, c): whether no boundary condition fixes it."""

    def state(self, levels: Sequence[Any]) -> State:
        """Return the values, in SI, of mixed functions: the present state and past ones, newest first."""
        values = []
        for function in levels:
            row = []
            for component, part in zip(self.problem.unknowns.components, function.subfunctions, strict=True):
                reference = 0.0 if component.field.shape else float(component.reference)
                row.append(reference + float(component.scale) * self.spread(component, part))
            values.append(row)
        return State(self, values)

    def spread(self, component: Component, function: Any) -> Array:
        """Return the values (nodes, c) of a component's function at the nodes of its space on the parent mesh."""
        if component.field.kind == "global":
            return np.array([[function.dat.data_ro.ravel()[0]]])
        parent = self.geometry.space(component)
        if component.field.kind == "surface":
            width = int(np.prod(parent.value_shape, dtype=int))
            here, there = self._match(component, parent)
            values = np.zeros((parent.node_set.total_size, width))
            values[there] = function.dat.data_ro_with_halos.reshape(-1, width)[here]
            return values
        if component.index not in self._copies:
            self._copies[component.index] = OnParent(component.space, parent)
        return self._copies[component.index].values(function)

    def _match(self, component: Component, parent: Any) -> tuple[Array, Array]:
        """Return nodes of a surface's space, and the nodes of the parent mesh at the same points."""
        if component.index not in self._matches:
            from scipy.spatial import cKDTree  # late: few states have unknowns of surfaces

            points = component.places()
            nodes = self.geometry.node_points(parent)
            known = np.flatnonzero(~np.isnan(nodes).any(axis=1))
            here, there = np.zeros(0, int), np.zeros(0, int)
            if len(points) and len(known):
                distance, nearest = cKDTree(nodes[known]).query(points)
                size = np.ptp(self.problem.model.mesh.bounding_box, axis=0).max()
                here = np.flatnonzero(distance < 1e-9 * size)
                there = known[nearest[here]]
            self._matches[component.index] = here, there
        return self._matches[component.index]


class State:
    """Values per time level and component, (nodes, c) in SI; `inputs` overrides the numbers of some inputs."""

    def __init__(self, transfer: Transfer, values: list[list[Array]], inputs: dict[int, complex] | None = None) -> None:
        self.transfer, self.values, self.inputs = transfer, values, inputs or {}

    def moved(self, changes: dict[int, Array]) -> State:
        """Return the state with arrays added to the present values of some components."""
        present = [v + changes[i] if i in changes else v for i, v in enumerate(self.values[0])]
        return State(self.transfer, [present, *self.values[1:]], self.inputs)

    def with_inputs(self, inputs: dict[int, complex]) -> State:
        """Return the state with other numbers for some inputs, by id of their symbols."""
        return State(self.transfer, self.values, {**self.inputs, **inputs})


@dataclass(frozen=True, eq=False)
class Tested:
    """The test function of raw terms: one basis function in one component; by default the constant 1."""

    component: int = 0
    value: Array = 1.0
    slopes: Sequence[Array] = (0.0, 0.0, 0.0)


class PlaceValues:
    """Values of symbols at quadrature points, in one state and at one time level."""

    def __init__(self, state: State, place: Place, level: int = 0, test: Tested | None = None) -> None:
        self.state, self.place, self.level, self.test = state, place, level, test or Tested()
        self.problem = state.transfer.problem

    def symbol(self, symbol: Any, component: tuple[int, ...]) -> Array:
        match symbol:
            case FieldSymbol():
                return self._field(symbol, component, None)
            case InputSymbol():
                known = self.state.inputs.get(id(symbol))
                if known is not None:
                    return np.asarray(known)
                return np.float64(self.problem.inputs.number(symbol, self.level))
            case GeometrySymbol(name="x"):
                return self.place.x[:, component[0]]
            case GeometrySymbol(name="n") if self.place.normal is not None:
                return self.place.normal[:, component[0]]
            case GeometrySymbol(name="h"):
                return self.place.cell_size
            case GeometrySymbol(name="t"):
                return np.float64(self.problem.inputs.times[self.level])
            case GeometrySymbol(name="v"):
                return self.test.value if component in ((), (self.test.component,)) else np.float64(0.0)
        raise UnknownExpressionError(str(symbol))

    def gradient(self, symbol: Any, component: tuple[int, ...], direction: int) -> Array:
        match symbol:
            case FieldSymbol():
                return self._field(symbol, component, direction)
            case GeometrySymbol(name="x"):
                return np.float64(component[0] == direction)
            case GeometrySymbol(name="v"):
                here = component in ((), (self.test.component,))
                return self.test.slopes[direction] if here else np.float64(0.0)
        return np.float64(0.0)

    def _field(self, symbol: Any, component: tuple[int, ...], direction: int | None) -> Array:
        side = self.place.sides.get(symbol.side, self.place.main)
        piece = self.problem.unknowns.find(symbol.name, side.block)
        column = component[0] if component else 0
        if isinstance(symbol, RateSymbol):
            weights = [float(w) for w in self.problem.inputs.rates]
            values = sum(w * v[piece.index][:, column] for w, v in zip(weights, self.state.values, strict=False))
        else:
            values = self.state.values[self.level][piece.index][:, column]
        if piece.field.kind == "global":
            return values[0] if direction is None else np.float64(0.0)
        geometry = self.place.geometry
        nodes = geometry.space(piece).cell_node_list[side.cells]
        local = values[nodes]
        element = geometry.element(piece)
        if direction is None:
            (table,) = side.basis(element, 0).values()
            return np.einsum("pn,np->p", local, table)

        def slope(along: int) -> Array:
            return np.einsum("pn,np->p", local, physical_gradient(side, element, along))

        if piece.field.kind == "surface":
            return self.place.along(slope, direction)
        return slope(direction)


def physical_gradient(side: Any, element: Any, direction: int) -> Array:
    """Return the derivatives (nodes, points) of the basis functions by a physical coordinate."""
    g = side.geometry
    total = 0.0
    for k, table in side.basis(element, 1).items():
        total = total + table * g.inverse[side.cells, k.index(1), direction]
    return total
