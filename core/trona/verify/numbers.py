"""Expressions of the manufactured fields as numbers at points: the right values of readings.

Fields are exact (`Exact`) or interpolated by the elements (`Shown`); the difference is the error that a correct reading
may have. Neither uses Firedrake.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations_with_replacement
from typing import TYPE_CHECKING, Any

import firedrake as fd
import numpy as np

from trona.diagnosis.evaluate import Evaluator, UnknownExpressionError
from trona.mesh.barycentric import containing
from trona.model.symbols import FieldSymbol, GeometrySymbol, InputSymbol, RateSymbol, Symbol
from trona.problem.constant import Constant
from trona.verify.places import lattice

if TYPE_CHECKING:
    from trona.mesh import MeshData
    from trona.problem.unknowns import Component
    from trona.verify.exact import ExactState
    from trona.verify.places import Places, Simplices

Array = Any
_BEND = 0.3
"""Size of the kinks of a field, relative to the amplitude of its wave."""


class Kinks:
    """A continuous function with kinks at borders between blocks: 0 at vertices on borders, 1 at all others.

    It is linear in the cells of the mesh `coarse`, which the mesh of the problem refines. Added to every continuous
    field, it makes the gradients on the two sides of a border differ, as they do in a solution.
    """

    def __init__(self, state: ExactState, coarse: MeshData) -> None:
        self.state, self._coarse = state, coarse
        between = [number for number, s in enumerate(coarse.facet_sets) if len(s.blocks) == 2]
        self._nodal = np.ones(len(coarse.points))
        self._nodal[np.unique(coarse.facets_of(between))] = 0.0
        self._here = self.at(state.problem.model.mesh.points)

    def at(self, points: Array) -> Array:
        """Return the function at points."""
        which, cells, local = containing(self._coarse.points[self._coarse.cells], points)
        found = np.zeros(len(points))
        found[which] = (self._nodal[self._coarse.cells[cells]] * local).sum(axis=1)
        return found

    def share(self, unknown: Component, component: tuple[int, ...]) -> float:
        """Return the size of the function in a component of an unknown, SI; 0 for fields that must stay smooth."""
        field, known, motion = (unknown.field, self.state.fields[unknown.index], self.state.problem.model.motion)
        plain = field.kind == "volume" and field.declaration.element == "continuous"
        if not plain or (motion is not None and motion.field is field) or (known.radial and component[0] == 0):
            return 0.0
        return _BEND * float(known.amplitude)

    def value(self, simplices: Simplices) -> Array:
        return (self._here[simplices.vertices] * simplices.local).sum(axis=1)

    def slope(self, simplices: Simplices) -> Array:
        return np.einsum("nm,nmd->nd", self._here[simplices.vertices], simplices.slopes)

    def add(self, values: Any, time: float) -> None:
        """Add the function to a state of the problem that holds the manufactured fields at a time."""
        for unknown, part in zip(self.state.problem.unknowns.components, values.subfunctions, strict=True):
            shares = [self.share(unknown, component) for component in np.ndindex(*unknown.field.shape)]
            if not any(shares):
                continue
            bent = fd.Function(fd.FunctionSpace(unknown.mesh, "CG", 1))
            places = unknown.mesh.coordinates.dat.data_ro
            bent.dat.data[...] = self.at(places.reshape(len(places), -1))
            course = _course(self.state, time) / unknown.field.scale
            parts = [Constant(share * course) * bent for share in shares]
            added = fd.Function(part.function_space())
            added.interpolate(fd.as_vector(parts) if unknown.field.shape else parts[0])
            part.assign(part + added)


class Exact:
    """The exact values of symbols at places."""

    def __init__(self, state: ExactState, places: Places, kinks: Kinks) -> None:
        self.state, self.places, self.kinks, self.problem = state, places, kinks, state.problem
        self.model = self.problem.model
        self._evaluator = Evaluator(self)  # caches what components of an expression share
        self._slopes: dict[Any, Array] = {}

    def __call__(self, expression: Any, component: tuple[int, ...] = ()) -> Array:
        """Return one component of an expanded expression at the places. Raises UnknownExpressionError."""
        return np.broadcast_to(self._evaluator(expression, component), (self.places.count,))

    # ------------------------------------------------------------------ what the evaluator asks for

    def symbol(self, symbol: Symbol, component: tuple[int, ...]) -> Array:
        if isinstance(symbol, FieldSymbol):
            unknown, simplices = self._where(symbol)
            kink = self.kinks.share(unknown, component) * self.kinks.value(simplices)
            now = self.problem.inputs.times[0]
            if isinstance(symbol, RateSymbol):
                slower = 5 * float(self.state.span)
                return wave_rate(self.state, unknown, simplices.at, component) + kink / slower
            return self._value(unknown, simplices, component) + kink * _course(self.state, now)
        if isinstance(symbol, InputSymbol):
            return np.float64(self.problem.inputs.number(symbol))
        if isinstance(symbol, GeometrySymbol) and symbol.name in ("x", "n", "t"):
            if symbol.name == "t":
                return np.float64(self.problem.inputs.times[0])
            of = self.places.own.present if symbol.name == "x" else self.places.normal
            if of is not None:
                return of[:, component[0]]
        raise UnknownExpressionError(str(symbol))

    def gradient(self, symbol: Symbol, component: tuple[int, ...], direction: int) -> Array:
        if isinstance(symbol, InputSymbol):
            return np.float64(0.0)
        if isinstance(symbol, GeometrySymbol) and symbol.name == "x":
            return np.float64(component[0] == direction)
        if not isinstance(symbol, FieldSymbol) or isinstance(symbol, RateSymbol):
            raise UnknownExpressionError(str(symbol))
        key = (symbol, component)
        if key not in self._slopes:
            self._slopes[key] = self._gradient(symbol, component)
        return self._slopes[key][:, direction]

    def _gradient(self, symbol: FieldSymbol, component: tuple[int, ...]) -> Array:
        unknown, simplices = self._where(symbol)
        found = self._slope(unknown, simplices, component)
        share = self.kinks.share(unknown, component) * _course(self.state, self.problem.inputs.times[0])
        found = found + share * self.kinks.slope(simplices) if share else found
        if unknown.field.kind == "surface" and self.places.normal is not None:
            normal = self.places.normal
            found = found - np.einsum("nd,nd->n", found, normal)[:, None] * normal
        return found

    def _where(self, symbol: FieldSymbol) -> tuple[Component, Simplices]:
        places = self.places
        unknown = self.problem.unknowns.find(symbol.name, places.blocks.get(symbol.side, ""))
        motion = self.model.motion
        if isinstance(symbol, RateSymbol) and motion is not None:
            raise UnknownExpressionError(f"{symbol} where the mesh moves")
        if unknown.field.kind != "volume":
            return unknown, places.own
        return unknown, places.cells[symbol.side]

    # ------------------------------------------------------------------ fields

    def _value(self, unknown: Component, simplices: Simplices, component: tuple[int, ...]) -> Array:
        return wave(self.state, unknown, simplices.at, component)

    def _slope(self, unknown: Component, simplices: Simplices, component: tuple[int, ...]) -> Array:
        cell = next(iter(self.places.cells.values()), simplices) if unknown.field.kind != "volume" else simplices
        slope = wave_slope(self.state, unknown, simplices.at, component)
        return np.einsum("nd,nde->ne", slope, np.linalg.inv(cell.deformation))


class Shown(Exact):
    """The values of symbols at places, with fields interpolated by their elements."""

    def _value(self, unknown: Component, simplices: Simplices, component: tuple[int, ...]) -> Array:
        if unknown.field.kind == "global":
            return super()._value(unknown, simplices, component)
        nodes = self._nodes(unknown, simplices, component)
        return np.einsum("nk,nk->n", nodes, shape_functions(simplices.local, unknown.field.order))

    def _slope(self, unknown: Component, simplices: Simplices, component: tuple[int, ...]) -> Array:
        nodes = self._nodes(unknown, simplices, component)
        slopes = shape_slopes(simplices.local, unknown.field.order)
        return np.einsum("nk,nkm,nmd->nd", nodes, slopes, simplices.slopes)

    def _nodes(self, unknown: Component, simplices: Simplices, component: tuple[int, ...]) -> Array:
        return at_nodes(lambda at: wave(self.state, unknown, at, component), simplices.read, unknown.field.order)


def at_nodes(function: Any, corners: Array, order: int) -> Array:
    """Return a function of position at the nodes of a Lagrange element in simplices of these corners, (n, k)."""
    places = np.einsum("km,nmd->nkd", _node_places(order, corners.shape[1]), corners)
    return function(places.reshape(-1, places.shape[-1])).reshape(places.shape[:2])


def _node_places(order: int, corners: int) -> Array:
    return lattice(order, corners) if order else np.full((1, corners), 1 / corners)


# ---------------------------------------------------------------------- Lagrange elements


@lru_cache(maxsize=64)
def _basis(order: int, corners: int) -> tuple[Array, Array]:
    """Return the exponents (k, corners) of monomials, and the coefficients of each node's function in them."""
    chosen = list(combinations_with_replacement(range(corners), order))
    exponents = np.array([[pick.count(i) for i in range(corners)] for pick in chosen])
    return exponents, np.linalg.inv(_monomials(_node_places(order, corners), exponents))


def _monomials(local: Array, exponents: Array) -> Array:
    return np.prod(local[:, None, :] ** exponents[None], axis=2)


def shape_functions(local: Array, order: int) -> Array:
    """Return the nodal functions at barycentric coordinates (n, m), as (n, k)."""
    exponents, coefficients = _basis(order, local.shape[1])
    return _monomials(local, exponents) @ coefficients


def shape_slopes(local: Array, order: int) -> Array:
    """Return the derivatives of the nodal functions by each barycentric coordinate, (n, k, m)."""
    exponents, coefficients = _basis(order, local.shape[1])
    found = []
    for i in range(local.shape[1]):
        lower = exponents.copy()
        lower[:, i] = np.maximum(lower[:, i] - 1, 0)
        found.append((_monomials(local, lower) * exponents[:, i]) @ coefficients)
    return np.stack(found, axis=-1)


# ---------------------------------------------------------------------- the manufactured fields as numbers


def wave(state: ExactState, unknown: Component, at: Array, component: tuple[int, ...]) -> Array:
    """Return the manufactured value of a component of an unknown at points of the reference mesh, SI."""
    level, amplitude = _sizes(state, unknown)
    return level + amplitude * _course(state, state.problem.inputs.times[0]) * _shape(state, unknown, at, component)


def wave_rate(state: ExactState, unknown: Component, at: Array, component: tuple[int, ...]) -> Array:
    """Return the rate of change of the value, which is linear in time."""
    _, amplitude = _sizes(state, unknown)
    return amplitude / (5 * float(state.span)) * _shape(state, unknown, at, component)


def wave_slope(state: ExactState, unknown: Component, at: Array, component: tuple[int, ...]) -> Array:
    """Return the gradient of the value by reference coordinates, (n, d), by a complex step along each axis."""
    _, amplitude = _sizes(state, unknown)
    found = []
    for axis in range(at.shape[1]):
        step = 1e-30 * float(state.extent[axis])
        moved = at + 1j * step * np.eye(at.shape[1])[axis]
        found.append(np.imag(_shape(state, unknown, moved, component)) / step)
    return amplitude * _course(state, state.problem.inputs.times[0]) * np.stack(np.broadcast_arrays(*found), axis=-1)


def _sizes(state: ExactState, unknown: Component) -> tuple[float, float]:
    known = state.fields[unknown.index]
    return float(known.level), float(known.amplitude)


def _course(state: ExactState, time: float) -> float:
    return 1 + (time - float(state.begin)) / float(state.span) / 5


def _shape(state: ExactState, unknown: Component, at: Array, component: tuple[int, ...]) -> Array:
    known = state.fields[unknown.index]
    number = component[0] if component else 0
    phase, *numbers = known.numbers[number]
    if unknown.field.kind == "global":
        return np.full(len(at), np.sin(phase))
    corner, extent = state.box
    place = (at - corner) / extent
    found = np.sin(place @ np.array(numbers) + phase)
    return found * place[:, 0] if known.radial and not number else found
