"""Constraints at interfaces and boundaries that meet values fixed by the deck: both must be able to hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from ufl.classes import Grad
from ufl.corealg.traversal import unique_pre_traversal

from trona.errors import DeckError
from trona.model.checks.known import instants, values_at
from trona.model.laws import everywhere
from trona.model.symbols import FieldSymbol, GeometrySymbol, InputSymbol
from trona.model.unknown import field_pieces, symbols_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trona.model.laws import Patch
    from trona.model.model import Model
    from trona.model.records import Constraint, FixedValue
    from trona.model.symbols import Symbol

    Array = Any

_NEAR = 1e-6
"""Relative changes of what is known within which a constraint is taken to hold."""
_MOST_POINTS = 200
_PROBES = (0.37, 1.91)
"""Values of what is not known, as parts of its unit: what depends on it is not contradicted."""


def contradicted(model: Model) -> Iterator[DeckError]:
    """Yield a mistake for each constraint that fixed values beside it make impossible, with both locations."""
    for constraint, patch in everywhere(model.constraints):
        yield from _Ends(model, constraint, patch).mistakes()


@dataclass(frozen=True, eq=False)
class _Held:
    """A fixed value that acts on a side of the law, and the points of the mesh at which it does."""

    fixed: FixedValue
    points: frozenset[int]


class _Ends:
    def __init__(self, model: Model, constraint: Constraint, patch: Patch) -> None:
        self.model, self.constraint, self.patch = model, constraint, patch
        self.mesh = model.mesh
        self.residual = model.expand_at(constraint.residual, patch)
        self.symbols = list(symbols_in(self.residual))
        self.facets = self.mesh.facets_of(patch.sets)
        self.times = instants(model, only_start=not self._changes())
        self.held = {s: list(self._held(s)) for s in self.symbols if type(s) is FieldSymbol}

    def _changes(self) -> bool:
        """Whether something that is known here may change in time."""
        inputs = [s for s in self.symbols if isinstance(s, InputSymbol)]
        inputs += [f.value for f in self.model.fixed if any(f.field == s.name for s in self.symbols)]
        return any("t" in s.expression.variables for s in inputs) or self.model.symbols.t in self.symbols

    def _held(self, symbol: Any) -> Iterator[_Held]:
        """Yield the fixed values of a field on the side of its symbol."""
        model, mesh, block = self.model, self.mesh, self.patch.sides.get(symbol.side, "")
        field = model.fields.get(symbol.name)
        if field is None or field.kind != "volume":
            return
        piece = next((p for p in field_pieces(field, mesh) if block in p), ())
        for fixed in model.fixed:
            if fixed.field == symbol.name:
                region = mesh.boundaries.get(fixed.boundary) or mesh.interfaces[fixed.boundary]
                sets = [s for s in region.sets if set(mesh.facet_sets[s].blocks) & set(piece)]
                yield _Held(fixed, frozenset(mesh.points_of(sets)))

    def mistakes(self) -> Iterator[DeckError]:
        if any(isinstance(node, Grad) for node in unique_pre_traversal(self.residual)):
            return  # a slope is no value that could be fixed
        touched = frozenset[int]().union(*(h.points for held in self.held.values() for h in held))
        told: set[int] = set()
        ends = {p: facet for facet in self.facets for p in touched.intersection(facet.tolist())}
        for point in list(ends)[:: max(1, len(ends) // _MOST_POINTS)]:
            facet = ends[point]
            here = [h.fixed for held in self.held.values() for h in held if point in h.points]
            if told.isdisjoint(map(id, here)) and (text := self._missed(point, facet)):
                # Those without which nothing would be missed.
                deciding = [f for f in here if not self._missed(point, facet, without=f)] or here
                told |= set(map(id, deciding))
                yield DeckError(self._message(deciding, text), deciding[0].location)

    def _message(self, here: list[FixedValue], missed: str) -> str:
        field, law = self.constraint.multiplier, self.constraint.law
        names = " and ".join(dict.fromkeys(f"'{fixed.boundary}'" for fixed in here))
        at = f" ({p.file}:{p.line}:{p.column})" if (p := field.location) is not None else ""
        return (
            f"the fixed values on {names} contradict {field.plugin}{at} where they meet '{law.name}': "
            f"what must be zero there is {missed}; fix consistent values"
        )

    def _missed(self, point: int, facet: Array, without: FixedValue | None = None) -> str:
        """Return by how much the constraint is missed at a point, '' where it holds or something unknown is free."""
        for time in self.times:
            for component in np.ndindex(self.residual.ufl_shape):
                first, second = (
                    {s: self._symbol(s, point, facet, time, probe, without) for s in self.symbols} for probe in _PROBES
                )
                missed = self._value(component, first)
                slack = sum(
                    abs(self._value(component, {**first, s: self._nearly(s, first[s])}) - missed) for s in self.symbols
                )
                if abs(self._value(component, second) - missed) <= slack < abs(missed):
                    when = "" if self.model.steady else f" at t = {time:g} s"
                    return f"{missed:.6g} {self.constraint.unit.si}{when}"
        return ""

    def _nearly(self, symbol: Symbol, value: Any) -> Any:
        """Return a value changed by a little: a fraction of its size, of the size of the mesh, or of 1 for a normal."""
        if isinstance(symbol, GeometrySymbol) and isinstance(value, tuple):
            size = 1.0 if symbol is self.model.symbols.n else float(np.ptp(self.mesh.bounding_box, axis=0).max())
            return tuple(part + _NEAR * size for part in value)
        return tuple(v * (1 + _NEAR) for v in value) if isinstance(value, tuple) else value * (1 + _NEAR)

    def _value(self, component: Any, values: dict[Symbol, Any]) -> float:
        """Return a component of the residual for these values of its symbols."""
        return float(self.residual((0.0,) * self.model.dimension, values, component=component))

    def _symbol(
        self, symbol: Symbol, point: int, facet: Array, time: float, probe: float, without: FixedValue | None
    ) -> Any:
        """Return the value of a symbol at a point of a facet, of an unknown one what the probe says."""
        position = self.mesh.points[point]
        # Each with a power of its own, so that what is not known does not cancel in a quotient.
        unknown = probe ** (1 + self.symbols.index(symbol) / len(self.symbols)) * symbol.unit.factor
        symbols = self.model.symbols
        if symbol is symbols.x:
            return tuple(map(float, position))
        if symbol is symbols.n:
            return tuple(map(float, self._normal(facet)))
        if symbol is symbols.t:
            return time
        if isinstance(symbol, GeometrySymbol):
            return unknown  # the size of the cells
        if isinstance(symbol, InputSymbol):
            found = values_at(self.model, symbol, position[None], np.array([time]))
            return unknown if found is None else float(found[0, 0])
        parts: dict[int | None, float] = {}
        for held in self.held.get(symbol, ()):
            found = values_at(self.model, held.fixed.value, position[None], np.array([time]))
            if point in held.points and found is not None and held.fixed is not without:
                parts.setdefault(held.fixed.component, float(found[0, 0]))
        if not symbol.ufl_shape:
            return parts.get(None, unknown)
        return tuple(parts.get(i, unknown) for i in range(symbol.ufl_shape[0]))

    def _normal(self, facet: Array) -> Array:
        """Return the unit normal of a facet, out of the block beside a boundary, or from minus to plus."""
        mesh, sides = self.mesh, self.patch.sides
        block = mesh.blocks.index(sides.get("minus") or self.patch.block)
        cells = mesh.cells[mesh.cell_block == block]
        cell = cells[np.isin(cells, facet).sum(axis=1) == len(facet)][0]
        corners = mesh.points[facet]
        inwards = mesh.points[cell].mean(axis=0) - corners.mean(axis=0)
        # What is left of the way inwards once its parts along the facet are taken off.
        for edge in np.linalg.qr((corners[1:] - corners[0]).T)[0].T if len(facet) > 1 else ():
            inwards = inwards - (inwards @ edge) * edge
        return -inwards / np.linalg.norm(inwards)
