"""Levels: constants that may be added to fields. Finds levels that nothing fixes, and contradictory values.

In the sum over all rows of a field without fixed values, fluxes cancel; what enters, is produced and is stored remains.
Its derivatives by the levels of the fields are a small matrix, exact to round-off.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from trona.diagnosis.state import State
    from trona.diagnosis.terms import PointTerm
    from trona.problem import Problem
    from trona.problem.unknowns import Component

_STEP = 1e-30
_ZERO = 1e-9
FAR = 1e3
"""Change of a level, in scales of its field, above which it is taken as a mistake in the deck."""


@dataclass(frozen=True, eq=False)
class Level:
    """The level of one component (in one direction of a vector)."""

    component: Component
    direction: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Free:
    """Levels that may change together, by `weights` in SI, without changing any equation.

    left_over: the sum of what enters, is produced and is prescribed; there is no solution unless it is zero.
    gross: the sum of the magnitudes of its entries, which are in `loads`, largest first.
    """

    levels: list[Level]
    weights: list[float]
    left_over: float
    gross: float
    loads: list[tuple[PointTerm, float]]

    @property
    def contradictory(self) -> bool:
        return abs(self.left_over) > 1e-6 * self.gross


@dataclass(frozen=True, eq=False)
class Weak:
    """A level that would have to change by `change` (SI), far more than the scale of its field.

    answers: derivatives of the summed rows by the level, by term; loads: the summed rows, by term.
    """

    level: Level
    change: float
    answers: list[tuple[PointTerm, float]]
    loads: list[tuple[PointTerm, float]]


def examine(problem: Problem, terms: list[PointTerm], state: State) -> tuple[list[Free], list[Weak]]:
    """Return the free and the weakly held levels at a state. Collective."""
    levels = _levels(problem, state)
    if not levels:
        return [], []
    nets = _Nets(terms, levels, state)
    free: list[Free] = []
    weak: list[Weak] = []
    for group in nets.groups():
        found = _free(problem, terms, state, nets, group)
        free += found
        if not found:
            weak += _weak(nets, group)
    return free, weak


def _levels(problem: Problem, state: State) -> list[Level]:
    """Return the levels of components without fixed values."""
    found = []
    for component in problem.unknowns.components:
        present, free = (a[component.index] for a in (state.transfer.present, state.transfer.free))
        for c in range(present.shape[1]):
            held = bool(np.any(present[:, c] & ~free[:, c]))
            if not any(problem.comm.allgather(held)):
                found.append(Level(component, (c,) if component.field.shape else ()))
    return found


class _Nets:
    """The summed rows by term and their derivatives by the levels, in scales of the fields."""

    def __init__(self, terms: list[PointTerm], levels: list[Level], state: State) -> None:
        self.levels = levels
        self.scales = [float(level.component.scale) for level in levels]
        self.terms = [[p for p in terms if p.component is level.component] for level in levels]
        self.values = [
            [p.net(state, level.direction).real for p in mine] for level, mine in zip(levels, self.terms, strict=True)
        ]
        shape = (len(levels), len(levels))
        self.sum, self.gross = np.zeros(shape), np.zeros(shape)
        self.by_term: dict[tuple[int, int], list[float]] = {}
        for d, moved in enumerate(levels):
            shifted = state.moved(shift([moved], [self.scales[d] * _STEP * 1j], state))
            for c, level in enumerate(levels):
                answers = [p.net(shifted, level.direction).imag / _STEP for p in self.terms[c]]
                self.by_term[c, d] = answers
                self.sum[c, d], self.gross[c, d] = sum(answers), sum(map(abs, answers))

    def groups(self) -> list[list[int]]:
        """Return the levels whose equations depend on each other, group by group."""
        linked = (self.gross > 0) | (self.gross.T > 0)
        groups: list[list[int]] = []
        waiting = list(range(len(self.levels)))
        while waiting:
            group = [waiting.pop(0)]
            for member in group:
                more = [w for w in waiting if linked[member, w]]
                group += more
                waiting = [w for w in waiting if w not in more]
            groups.append(sorted(group))
        return groups


def shift(levels: list[Level], amounts: list[complex], state: State) -> dict[int, Any]:
    """Return the changes that add amounts, in SI, to levels."""
    changes: dict[int, Any] = {}
    for level, amount in zip(levels, amounts, strict=True):
        index = level.component.index
        values = changes.setdefault(index, np.zeros(state.values[0][index].shape, complex))
        values[:, level.direction[0] if level.direction else 0] += amount
    return changes


def _free(problem: Problem, terms: list[PointTerm], state: State, nets: _Nets, group: list[int]) -> list[Free]:
    matrix = nets.sum[np.ix_(group, group)]
    if not np.isfinite(matrix).all():
        return []
    gross = nets.gross[np.ix_(group, group)].sum(axis=1)
    rows = np.where(gross > 0, gross, 1.0)
    left, sizes, right = np.linalg.svd(matrix / rows[:, None])
    found = []
    for k, size in enumerate(sizes):
        if size > 1e-11:
            continue
        u, y = _clean(right[k]), _clean(left[:, k] / rows)
        levels = [nets.levels[g] for g in group]
        amounts = [a * nets.scales[g] for a, g in zip(u, group, strict=True)]
        if not _changes_nothing(terms, state, levels, amounts) or not _is_closed(problem, state, nets, group, y):
            continue
        loads = [
            (term, weight * value)
            for weight, g in zip(y, group, strict=True)
            for term, value in zip(nets.terms[g], nets.values[g], strict=True)
            if weight * value
        ]
        loads.sort(key=lambda item: -abs(item[1]))
        chosen = [(x, a) for x, a in zip(levels, amounts, strict=True) if a]
        total = sum(value for _, value in loads)
        size = sum(abs(value) for _, value in loads)
        found.append(Free([x for x, _ in chosen], [a for _, a in chosen], total, size, loads))
    return found


def _clean(vector: Any) -> Any:
    """Scale a null vector so that its first large entry is 1, without the round-off in the rest."""
    largest = np.max(np.abs(vector))
    first = next(v for v in vector if abs(v) > 0.5 * largest)
    return np.where(np.abs(vector) > _ZERO * largest, vector / first, 0.0)


def _changes_nothing(terms: list[PointTerm], state: State, levels: list[Level], amounts: list[float]) -> bool:
    """Whether no equation depends on a change of levels."""
    shifted = state.moved(shift(levels, [a * _STEP * 1j for a in amounts], state))
    totals: dict[int, Any] = {}
    for term in terms:
        rows = np.imag(term.rows(shifted)) / _STEP
        index = term.component.index
        totals[index] = totals.get(index, 0.0) + rows
    largest = 0.0
    for term in terms:
        free = state.transfer.free[term.component.index][: len(totals[term.component.index])]
        answer = np.abs(totals[term.component.index])[free]
        largest = max(largest, float(np.max(answer, initial=0.0)) / float(term.component.row))
    comm = state.transfer.problem.comm
    return bool(max(comm.allgather(largest)) < _ZERO)


def _is_closed(problem: Problem, state: State, nets: _Nets, group: list[int], weights: Any) -> bool:
    """Whether the weighted sum of the rows does not depend on the state."""
    noise = np.random.default_rng(problem.comm.rank)
    changes = {}
    for component in problem.unknowns.components:
        free = state.transfer.free[component.index]
        size = float(component.scale) * _STEP * 1j
        changes[component.index] = size * free * noise.choice((-1.0, 1.0), free.shape)
    shaken = state.moved(changes)
    answers = [
        weight * term.net(shaken, nets.levels[g].direction).imag
        for weight, g in zip(weights, group, strict=True)
        for term in nets.terms[g]
    ]
    gross = sum(map(abs, answers))
    return bool(abs(sum(answers)) <= _ZERO * gross)


def _weak(nets: _Nets, group: list[int]) -> list[Weak]:
    matrix = nets.sum[np.ix_(group, group)]
    totals = np.array([sum(nets.values[g]) for g in group])
    if not np.isfinite(matrix).all() or not np.isfinite(totals).all():
        return []
    rows = np.abs(matrix).sum(axis=1)
    if not rows.all():
        return []
    change = -np.linalg.lstsq(matrix / rows[:, None], totals / rows, rcond=None)[0]
    found = []
    for place, amount in sorted(enumerate(change), key=lambda item: -abs(item[1])):
        if abs(amount) > FAR:
            g = group[place]
            pairs = list(zip(nets.terms[g], nets.by_term[g, g], strict=True))
            answers = sorted(((p, a / nets.scales[g]) for p, a in pairs if a), key=lambda i: -abs(i[1]))
            values = zip(nets.terms[g], nets.values[g], strict=True)
            loads = sorted(((p, v) for p, v in values if v), key=lambda i: -abs(i[1]))
            found.append(Weak(nets.levels[g], amount * nets.scales[g], answers, loads))
    return found
