"""Warnings during a run: where a solution leaves the range in which its laws and data hold."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from trona.diagnosis.evaluate import Evaluator, UnknownExpressionError
from trona.diagnosis.findings import free_level
from trona.diagnosis.levels import examine
from trona.diagnosis.measures import Formatter
from trona.diagnosis.places import Geometry
from trona.diagnosis.report import distinct, number
from trona.diagnosis.state import PlaceValues, Transfer
from trona.diagnosis.terms import point_terms
from trona.errors import BoundsError, DeckError
from trona.model.records import Expectation
from trona.model.symbols import FieldSymbol
from trona.model.unknown import open_ends, symbols_in

if TYPE_CHECKING:
    from trona.diagnosis.places import Place
    from trona.diagnosis.state import State
    from trona.problem import Problem

_ROUND_OFF = 1e-9
"""Of the size of a quantity: as far beyond the end of its range it may be by round-off."""


@dataclass(eq=False)
class _Range:
    """An expectation in one block or at one interface, expanded there."""

    expectation: Expectation
    expression: Any
    place: Place
    region: tuple[str, ...]
    scale: float
    """Of unknowns in it that measure the same, SI; 0 without any."""

    @property
    def key(self) -> tuple[str, ...]:
        e = self.expectation
        return e.owner, e.name, e.text, str(e.low), str(e.high), *self.region


class Watch:
    """Checks every accepted step at the nodes of each cell, and warns once per range and block."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self._transfer: Transfer | None = None
        self._ranges: list[_Range] = []
        self._all: list[_Range] = []
        """Those of the model; in `_ranges` are those of which no warning has been given."""
        self._warned: set[tuple[str, ...]] = set()
        self._levels_checked = False

    def renew(self) -> None:
        """Begin anew, for other inputs."""
        self._ranges, self._warned, self._levels_checked = list(self._all), set(), False

    def go_on_from(self, earlier: Watch) -> None:
        """Do not repeat the warnings of the watch on an earlier mesh."""
        self._warned |= earlier._warned
        self._levels_checked = earlier._levels_checked

    def begin(self) -> None:
        """Refuse an initial state that violates bounds. Collective. Raises DeckError.

        The initial state of a steady solve is only a guess and is not checked.
        """
        if self.problem.transient and any(e.hard for e in self.problem.model.expectations):
            transfer = self._prepare()
            state = transfer.state(self.problem.unknowns.states[:1])
            for watched in self._ranges:
                text, certain = self._violation(watched, state)
                if text and certain and watched.expectation.hard:
                    raise DeckError(f"before the first step, {text}", watched.expectation.location)

    def step(self, time: float) -> list[str]:
        """Return warnings about the present state, the same on all ranks. Collective.

        Raises SolveError where a bound is violated.
        """
        found = []
        transfer = self._prepare()
        if self._levels_checked and not self._ranges:
            return []
        states = self.problem.unknowns.states
        past = self.problem.transient and not self._levels_checked
        state = transfer.state(states if past else states[:1])
        if not self._levels_checked:
            # Advice only: an expression that cannot be evaluated here must not end a run.
            with suppress(UnknownExpressionError):
                found += self._check_levels(transfer, state)
            self._levels_checked = True
        if self._ranges:
            judged = [(r, *self._violation(r, state, time)) for r in self._ranges]
            broken = [(r, text, certain) for r, text, certain in judged if text]
            hard = [(r.expectation.location, text) for r, text, certain in broken if r.expectation.hard and certain]
            if hard:
                told = (text if location is None else f"{location}: {text}" for location, text in hard)
                raise BoundsError("; ".join(told))
            found += [text for _, text, _ in broken]
            self._warned |= {r.key for r, *_ in broken}
            self._ranges = [r for r in self._ranges if r.key not in self._warned]
        return found

    def _prepare(self) -> Transfer:
        if self._transfer is None:
            geometry = Geometry(self.problem)
            self._transfer = Transfer(self.problem, geometry)
            self._all = self._expand(geometry)
            self._ranges = [r for r in self._all if r.key not in self._warned]
        return self._transfer

    def _check_levels(self, transfer: Transfer, state: State) -> list[str]:
        """Check once what no later step changes: levels that nothing fixes."""
        found = []
        free, _ = examine(self.problem, point_terms(self.problem, transfer.geometry), state)
        formatter = Formatter(transfer)
        for each in free:
            finding = free_level(each, formatter, False)
            found.append(f"{finding.text}; its values are arbitrary; {finding.cure}")
        return found

    def _expand(self, geometry: Geometry) -> list[_Range]:
        model = self.problem.model
        degree = max((f.degree for f in model.fields.values()), default=1)
        positive = [
            Expectation(
                name, model.field(name), f.unit.si, *ends, f.declaration.text, "", f.blocks, excluded=_known(ends)
            )
            for name, f in sorted(model.fields.items())
            if f.kind == "volume" and _known(ends := open_ends(f.declaration))
        ]
        found = []
        for each in [*positive, *model.expectations]:
            for block in each.blocks:
                expression = model.expand(each.expression, block)
                place = geometry.at_nodes(block, degree)
                found.append(_Range(each, expression, place, (block,), self._scale(each, expression)))
            for patch in each.law.patches if each.law else ():
                sides = dict(patch.sides)
                place = geometry.on_facets(patch.sets, sides, model.quadrature_degree)
                expression = model.expand_at(each.expression, patch)
                found.append(_Range(each, expression, place, tuple(sides.values()), self._scale(each, expression)))
        return found

    def _scale(self, e: Expectation, expression: Any) -> float:
        """Return the largest scale of the unknowns in an expression that measure the same, SI."""
        fields = self.problem.model.fields
        names = {s.name for s in symbols_in(expression) if isinstance(s, FieldSymbol) and s.name in fields}
        return max((fields[n].scale for n in names if fields[n].unit.same_dimension(e.unit)), default=0.0)

    def _violation(self, watched: _Range, state: Any, time: float | None = None) -> tuple[str, bool]:
        """Return what is to be said of a range, '' where it is kept, and whether it could be evaluated."""
        try:
            return self._broken(watched, state, time), True
        except UnknownExpressionError as error:
            e = watched.expectation
            return f"the range of {e.owner if e.hard else e.name} cannot be watched ({error})", False

    def _broken(self, watched: _Range, state: Any, time: float | None) -> str:
        """Return a warning where the range is left furthest, '' where it is kept."""
        e, place = watched.expectation, watched.place
        values = np.real(Evaluator(PlaceValues(state, place))(watched.expression))
        values = np.broadcast_to(values, place.weights.shape)
        low = -np.inf if e.low is None else e.low
        high = np.inf if e.high is None else e.high
        beyond = np.where(place.owned, np.maximum(low - values, values - high), -np.inf)
        best: tuple[float, float, float, tuple[float, ...]] = (-np.inf, 0.0, 0.0, ())
        if beyond.size:
            # What is not finite is beyond any range, and is no measure of round-off.
            worst, largest = (
                int(np.argmax(beyond)),
                np.abs(np.where(place.owned & np.isfinite(values), values, 0.0)).max(),
            )
            best = (float(beyond[worst]), float(values[worst]), float(largest), tuple(float(x) for x in place.x[worst]))
        everyones = self.problem.comm.allgather(best)
        excess, value, _, x = max(everyones, key=lambda b: b[0])
        # Users need not hear of round-off beyond the end of a range. It is measured against the size of the quantity:
        # the ends of its range, its largest value, and the scale to which its unknowns are solved.
        ends = [abs(end) for end in (e.low, e.high) if end is not None]
        slack = _ROUND_OFF * max(*ends, watched.scale, *(size for _, _, size, _ in everyones))
        passed = e.low if value <= low else e.high
        if not (excess >= 0 if passed in e.excluded else excess > slack):
            return ""
        assert self._transfer is not None
        formatter = Formatter(self._transfer)
        where = formatter.place(x, watched.region) if e.law is None else f"on {e.law.name} {formatter.point(x)}"
        if time is not None and self.problem.transient:
            where += f" and t = {time:.6g} s"
        amount = f"{distinct(value, e.low, e.high)}{e.unit.spelt}"
        source = f" ({e.text})" if e.text else ""
        if e.hard:
            return f"{e.owner} is {amount} {where}, but must be {_ends(e, 'at least {}', 'at most {}')}{source}"
        valid = _ends(e, "from {} on", "up to {}")
        return f"{e.name} is {amount} {where}, but {e.owner} is valid only {valid}{source}"


def _known(ends: tuple[float | None, float | None]) -> tuple[float, ...]:
    return tuple(end for end in ends if end is not None)


def _ends(e: Expectation, least: str, most: str) -> str:
    """Return a range in words. least, most: how a single end is told that belongs to the range."""
    if e.low is not None and e.high is not None:
        words = "between {} and {}" if {e.low, e.high} == set(e.excluded) else "from {} to {}"
        return f"{words.format(number(e.low), number(e.high))}{e.unit.spelt}"
    end, inside, outside = (e.high, most, "below {}") if e.low is None else (e.low, least, "above {}")
    assert end is not None
    return (outside if end in e.excluded else inside).format(f"{number(end)}{e.unit.spelt}")
