"""The integral of every term of every balance, each evaluated alone, in the present state of a problem."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from trona.readings.ledgers import LedgerEntry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from trona.model.equation import Crossing, Equation, Term
    from trona.problem.forms import Integral
    from trona.problem.problem import Problem

_TERM: dict[str, Any] = {
    "storage": "storage",
    "source": "source",
    "raw": "source",
    "inflow": "boundary",
    "exchange": "interface",
}


@dataclass(frozen=True, eq=False)
class TermIntegral:
    """One integral of one term of one balance (or of one component of a vector balance)."""

    balance: str
    entry: LedgerEntry
    rate: Callable[[], float]
    crossing: Crossing | None


class TermIntegrals:
    """The integrals of all terms except fluxes, which only transport what other terms add and store."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self.terms = [
            term
            for placed, integral in problem.reading.integrals(problem.transient)
            if integral.kind not in ("flux", "facet", "jump")
            for term in self._terms_of(placed.equation, placed.term, integral)
        ]

    def rates(self) -> list[float]:
        """Return the rates of all terms. Collective."""
        return [term.rate() for term in self.terms]

    def _terms_of(self, balance: Equation, term: Term, integral: Integral) -> Iterator[TermIntegral]:
        side = integral.site.sides.get(term.side, "") if term.law or integral.kind == "inflow" else ""
        kind: Any = "source" if integral.kind == "exchange" and term.crossing is None else _TERM[integral.kind]
        piece = "+".join(integral.component.blocks)
        entry = LedgerEntry(kind, integral.plugin, integral.region, 0.0, side, piece)
        for axis, name in enumerate(component_names(balance)):
            yield TermIntegral(name, entry, self._rate(integral, axis), term.crossing)

    def _rate(self, integral: Integral, axis: int) -> Callable[[], float]:
        problem = self._problem
        component, density = integral.component, integral.density.along(axis)
        # Cached, because analysing a form at every step would take longer than assembling it.
        assembler = problem.ahead.assembler(
            problem.reading.integrate(density, integral.site, integral.labels, moving=integral.moving)
        )
        if integral.kind == "raw":
            # The form of the residual with test function 1: the sum of the rows of the component.
            def rate() -> float:
                rows = assembler.assemble().subfunctions[component.index].dat.data_ro
                local = float(np.sum(_along(rows, axis)))
                return -float(component.row) * float(problem.comm.allreduce(local))

            return rate
        sign = -1.0 if integral.kind == "storage" else 1.0
        return lambda: sign * float(assembler.assemble())

    def changes(self, entries: list[LedgerEntry]) -> list[tuple[str, LedgerEntry]]:
        """Return the difference between the amounts stored in the newest two states, from the forms of the scheme."""
        stored = [i for i, term in enumerate(self.terms) if term.entry.term == "storage"]
        if not stored or not float(self._problem.inputs.rates[2]):
            return [(self.terms[i].balance, entries[i]) for i in stored]
        with self._weighted(1.0, -1.0, 0.0):
            return [(self.terms[i].balance, replace(entries[i], value=self.terms[i].rate())) for i in stored]

    @contextmanager
    def _weighted(self, *values: float) -> Iterator[None]:
        """Within the context, the rate of storage is this weighted sum over the newest states."""
        weights = self._problem.inputs.rates
        saved = [float(w) for w in weights]
        for weight, value in zip(weights, values, strict=True):
            weight.assign(value)
        try:
            yield
        finally:
            for weight, value in zip(weights, saved, strict=True):
                weight.assign(value)

    def stored(self) -> dict[tuple[str, str], float]:
        """Return the amount stored by each balance in each piece in the present state."""
        found: dict[tuple[str, str], float] = {}
        with self._weighted(1.0, 0.0, 0.0):
            for term in self.terms:
                if term.entry.term == "storage":
                    key = term.balance, term.entry.piece
                    found[key] = found.get(key, 0.0) + term.rate()
        return found

    def imbalances(self, rates: list[float], noise: dict[str, float]) -> dict[str, tuple[float, str]]:
        """Return the worst imbalance between two sides of a law with its region, by the balance of the first side."""
        sides: dict[Crossing, list[tuple[TermIntegral, float]]] = {}
        for term, rate in zip(self.terms, rates, strict=True):
            if term.crossing is not None and len(term.crossing.blocks) == 2:
                sides.setdefault(term.crossing, []).append((term, rate))
        worst: dict[str, tuple[float, str]] = {}
        for crossing, found in sides.items():
            # Components of a vector are compared relative to its largest one.
            sums: dict[str, float] = {}
            for term, rate in found:
                axis = term.balance.partition("[")[2]
                sums[axis] = sums.get(axis, 0.0) + rate
            first = found[0][0]
            larger = max(abs(rate) for _, rate in found)
            error = max(abs(s) for s in sums.values())
            value = 0.0 if larger <= noise[first.balance] else error / larger
            if first.balance not in worst or not value <= worst[first.balance][0]:
                worst[first.balance] = (value, f"{first.entry.plugin} at {crossing.interface}")
        return worst


def component_names(balance: Equation) -> list[str]:
    """Return the name of a balance, or the names of the components of a vector balance."""
    if not balance.field.shape:
        return [balance.name]
    count = balance.field.shape[0]
    axes = "xyz" if balance.field.declaration.rank else [str(number) for number in range(count)]
    return [f"{balance.name}[{axis}]" for axis in axes[:count]]


def _along(rows: Any, axis: int) -> Any:
    """Return the rows of one component of a vector, or all rows of a scalar."""
    return rows if rows.ndim == 1 else rows[:, axis]
