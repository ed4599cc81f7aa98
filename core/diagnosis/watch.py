"""Watches a run: tells once where a solution leaves the range in which its laws and data hold."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from trona.diagnosis.conflicts import conflicts
from trona.diagnosis.evaluate import Evaluator, UnknownExpressionError
from trona.diagnosis.findings import of_free
from trona.diagnosis.levels import examine
from trona.diagnosis.measures import Words
from trona.diagnosis.parts import parts_of
from trona.diagnosis.places import Geometry
from trona.diagnosis.report import number
from trona.diagnosis.state import PlaceValues, Transfer
from trona.model.validity import Expectation

if TYPE_CHECKING:
    from trona.diagnosis.places import Place
    from trona.problem import Problem


@dataclass(eq=False)
class _Range:
    """An expectation in one block or at one interface, expanded there."""

    expectation: Expectation
    expression: Any
    place: Place
    region: tuple[str, ...]

    @property
    def key(self) -> tuple[str, ...]:
        e = self.expectation
        return e.owner, e.name, e.text, str(e.low), str(e.high), *self.region


class Watch:
    """Checks every accepted step, at the nodes of each cell; each range is told once per block."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self._transfer: Transfer | None = None
        self._ranges: list[_Range] = []
        self._told: set[tuple[str, ...]] = set()
        self._looked = False

    def go_on_from(self, earlier: Watch) -> None:
        """Tell nothing again that the watch on an earlier mesh has told."""
        self._told |= earlier._told
        self._looked = earlier._looked

    def step(self, time: float) -> list[str]:
        """Return warnings about the present state, the same on all ranks. Collective."""
        found = []
        if self._transfer is None:
            geometry = Geometry(self.problem)
            self._transfer = Transfer(self.problem, geometry)
            self._ranges = [r for r in self._expand(geometry) if r.key not in self._told]
            # Advice only: what a plugin writes in ways unknown here must not end a run.
            with suppress(UnknownExpressionError):
                found += [] if self._looked else self._first()
            self._looked = True
        if self._ranges:
            state = self._transfer.state(self.problem.unknowns.states[:1])
            broken = [(r, text) for r in self._ranges if (text := self._tell(r, state))]
            at = f" at t = {time:.6g} s" if self.problem.transient else ""
            found += [f"{text}{at}" for _, text in broken]
            self._told |= {r.key for r, _ in broken}
            self._ranges = [r for r in self._ranges if r.key not in self._told]
        return found

    def _first(self) -> list[str]:
        """Look once at what no later step changes: values that disagree, levels that nothing fixes."""
        assert self._transfer is not None
        found = conflicts(self.problem)
        state = self._transfer.state(self.problem.unknowns.states)
        free, _ = examine(self.problem, parts_of(self.problem, self._transfer.geometry), state)
        words = Words(self._transfer)
        for each in free:
            finding = of_free(each, words, False)
            found.append(f"{finding.text}; its values are arbitrary; {finding.cure}")
        return found

    def _expand(self, geometry: Geometry) -> list[_Range]:
        model = self.problem.model
        degree = max((f.degree for f in model.fields.values()), default=1)
        positive = [
            Expectation(name, model.field(name), f.unit.si, 0.0, None, f.declaration.text, "", f.blocks)
            for name, f in sorted(model.fields.items())
            if f.declaration.positive and f.kind == "volume"
        ]
        found = []
        for each in [*positive, *model.expectations]:
            for block in each.blocks:
                expression = model.expand(each.expression, block)
                found.append(_Range(each, expression, geometry.at_nodes(block, degree), (block,)))
            for stretch in each.law.stretches if each.law else ():
                sides = dict(stretch.sides)
                place = geometry.on_facets(stretch.sets, sides, model.quadrature_degree)
                found.append(
                    _Range(each, model.expand_at(each.expression, stretch), place, tuple(sides.values()))
                )
        return found

    def _tell(self, watched: _Range, state: Any) -> str:
        try:
            return self._broken(watched, state)
        except UnknownExpressionError as error:
            return f"the range of {watched.expectation.name} cannot be watched ({error})"

    def _broken(self, watched: _Range, state: Any) -> str:
        """Return a warning where the range is left furthest, '' where it is kept."""
        e, place = watched.expectation, watched.place
        values = np.real(Evaluator(PlaceValues(state, place))(watched.expression))
        values = np.broadcast_to(values, place.weights.shape)
        low = -np.inf if e.low is None else e.low
        high = np.inf if e.high is None else e.high
        # Round-off beyond the end of a range is none of the user's business.
        slack = 1e-9 * max(abs(x) for x in (e.low, e.high, 0.0) if x is not None)
        beyond = np.where(place.owned, np.maximum(low - values, values - high), -np.inf)
        best: tuple[float, float, tuple[float, ...]] = (-np.inf, 0.0, ())
        if beyond.size:
            worst = int(np.argmax(beyond))
            best = (float(beyond[worst]), float(values[worst]), tuple(float(x) for x in place.x[worst]))
        excess, value, x = max(self.problem.comm.allgather(best), key=lambda b: b[0])
        if not excess > slack:
            return ""
        assert self._transfer is not None
        where = Words(self._transfer).place(x, watched.region)
        ends = f"from {number(low)} to {number(high)} {e.unit}"
        if e.high is None or e.low is None:
            ends = f"above {number(low)} {e.unit}" if e.high is None else f"below {number(high)} {e.unit}"
        source = f" ({e.text})" if e.text else ""
        return f"{e.name} is {number(value)} {e.unit} {where}, but {e.owner} holds only {ends}{source}"
