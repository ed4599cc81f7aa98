"""Examines a failed solve: the last good state and the failed iterates."""

from __future__ import annotations

import time as clock
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from trona.diagnosis import findings
from trona.diagnosis.births import Birth, find_birth
from trona.diagnosis.conflicts import conflicts
from trona.diagnosis.contrast import contrasts
from trona.diagnosis.evaluate import UnknownExpressionError
from trona.diagnosis.jacobian import Taylor, diagonal_ranges, taylor
from trona.diagnosis.levels import examine
from trona.diagnosis.measures import Formatter, Imbalance, imbalances
from trona.diagnosis.places import Geometry
from trona.diagnosis.report import Diagnosis, Table, number
from trona.diagnosis.state import State, Transfer
from trona.diagnosis.terms import point_terms

if TYPE_CHECKING:
    from trona.errors import SolveError
    from trona.problem import Problem
    from trona.problem.unknowns import Component
    from trona.stepper import Stepper

PATIENCE = 10.0
"""Seconds in which other ranks must raise the same failure."""
_USED_UP = 1e-4
"""A positive field counts as used up below this fraction of its highest value."""
_HOPELESS = 1e-4
"""A shorter step that succeeds is no remedy if it is below this fraction of the first step."""
_SHORTER = (1 / 16, 1 / 4096)
"""The fractions of a failed time step that are tried."""


def diagnose(problem: Problem, error: SolveError, stepper: Stepper | None = None) -> Diagnosis | None:
    """Return why a solve of `problem` failed; its state must be unchanged since the failure. Collective.

    stepper: the stepper of a transient, with which shorter steps are tried. The result is None if a rank does not
    arrive within `PATIENCE`, because collective calls would then block. An error of the examination becomes a note of
    the diagnosis, so that it does not hide the failure.
    """
    if not together(problem.comm):
        return None
    transient = stepper is not None and stepper.settings is not None
    time = problem.inputs.times[0]
    size = time - problem.inputs.times[1] if transient else None
    diagnosis = Diagnosis(Exception.__str__(error), time, size)
    try:
        _Examination(problem, stepper if transient else None, diagnosis).run()
    except (UnknownExpressionError, ArithmeticError, LookupError, TypeError, ValueError) as trouble:
        diagnosis.notes.append(f"the examination ended early ({type(trouble).__name__}: {trouble})")
    # After an error on one rank alone, the others wait in the examination: collective calls would block.
    if not together(problem.comm):
        return None
    diagnosis.findings.sort(key=lambda f: -f.rank)
    return diagnosis


def together(comm: Any) -> bool:
    """Whether all ranks arrive here within `PATIENCE`."""
    if comm.size == 1:
        return True
    met = comm.Ibarrier()
    end = clock.monotonic() + PATIENCE
    while not met.Test():
        if clock.monotonic() > end:
            return False
        clock.sleep(0.01)
    return True


class _Examination:
    def __init__(self, problem: Problem, stepper: Stepper | None, diagnosis: Diagnosis) -> None:
        self.problem, self.stepper, self.diagnosis = problem, stepper, diagnosis
        self.geometry = Geometry(problem)
        self.transfer = Transfer(problem, self.geometry)
        self.formatter = Formatter(self.transfer)
        # Terms are evaluated one by one on the reference mesh, so not for a moving mesh.
        self.still = problem.model.motion is None
        self.terms = point_terms(problem, self.geometry) if self.still else []
        newton, states = problem.newton, problem.unknowns.states
        self.good_function = newton.start if newton.start is not None else states[1]
        self.good = self.transfer.state([self.good_function, *states[1:]])
        iterates = newton.failed or [states[0]]
        self.iterates = [self.transfer.state([f, *states[1:]]) for f in iterates]
        self.converged = newton.history.reason == "converged"
        """Whether the state solves the equations but has values that are not allowed."""
        self.births: list[Birth] = []
        self.test: Taylor | None = None

    def run(self) -> None:
        found = self.diagnosis.findings
        info = self.problem.newton.mumps_info()
        free: list[Any] = []
        weak: list[Any] = []
        if self.still:
            self._births()
            free, weak = examine(self.problem, self.terms, self.good)
        else:
            self.diagnosis.notes.append("the mesh moves, so the terms are not examined one by one")
        unresolved = self.problem.newton.convergence.unresolved
        found += [findings.free_level(f, self.formatter, info == -10 or unresolved is not None) for f in free]
        found += [findings.weak_level(w, self.formatter, self.good) for w in weak[:1]]
        negative = self._negative()
        found += negative or self._used_up()
        found += [findings.contrast(c, unresolved is not None) for c in contrasts(self.problem)[:1]]
        if unresolved is not None:
            found.append(findings.round_off(*unresolved))
        positive = {c.name for c in self.problem.unknowns.components if c.field.declaration.positive}
        births = [b for b in self.births if not (negative and any(n in positive for n, _, _ in b.fields))]
        found += [findings.not_finite(b, self.formatter) for b in births[:3]]
        found += [findings.conflict(text) for text in conflicts(self.problem)]
        self._taylor()
        self._iterations()
        open_balances = self._imbalances()
        if open_balances:
            found.append(findings.imbalance(open_balances[0], self.formatter))
        self._ranges()
        self._scaling(info)
        if not any(f.rank > 95 for f in found) and not self.converged:
            self._shorter_step()

    # ------------------------------------------------------------------ findings

    def _births(self) -> None:
        """Find the terms that are not finite, in the first iterate that has any."""
        for state in self.iterates:
            if not self._finite(state):
                continue
            births = [find_birth(term, state) for term in self.terms]
            self.births = [b for b in births if b is not None]
            if self.births:
                return

    def _finite(self, state: State) -> bool:
        own = all(bool(np.isfinite(v).all()) for v in state.values[0])
        return all(self.problem.comm.allgather(own))

    def _negative(self) -> list[Any]:
        found = []
        for component in self.problem.unknowns.components:
            if not component.field.declaration.positive:
                continue
            for state in self.iterates:
                low = self.formatter.extreme(component, state.values[0][component.index], "lowest")
                if low is None or low.value > 0:
                    continue
                before = self.formatter.extreme(component, self.good.values[0][component.index], "lowest")
                births = [b for b in self.births if any(n == component.name for n, _, _ in b.fields)]
                sinks = self._sinks(component)
                found.append(findings.negative(component, low, before, sinks, births, self.formatter, self.converged))
                break
        return found

    def _used_up(self) -> list[Any]:
        found = []
        for component in self.problem.unknowns.components:
            if not component.field.declaration.positive:
                continue
            for state in (self.good, *self.iterates):
                values = state.values[0][component.index]
                low, high = (self.formatter.extreme(component, values, which) for which in ("lowest", "highest"))
                if low is not None and high is not None and 0 < low.value < _USED_UP * high.value:
                    sinks, good = self._sinks(component), state is self.good
                    found.append(findings.used_up(component, low, high, sinks, self.formatter, good))
                    break
        return found

    def _sinks(self, component: Component) -> list[tuple[Any, float]]:
        """Return the sinks of a component in the last good state, the largest first."""
        mine = [p for p in self.terms if p.component is component and p.kind != "storage"]
        nets = [(p, p.net(self.good).real) for p in mine]
        return sorted(((p, n) for p, n in nets if n < 0), key=lambda item: item[1])

    def _taylor(self) -> None:
        last = self.problem.newton.failed[-1:] or [self.problem.unknowns.states[0]]
        for name, function in (("failing", last[0]), ("last good", self.good_function)):
            self.test = taylor(self.problem, function)
            if self.test is not None:
                self.diagnosis.notes.append(f"Taylor test of the Jacobian in the {name} state: {self.test.text}")
                break
        if self.test is not None and not self.test.holds:
            state = self.iterates[-1] if name == "failing" else self.good
            self.diagnosis.findings.append(findings.not_differentiable(self.test.order, self._kinks(state)))

    def _kinks(self, state: State) -> list[str]:
        """Return the terms whose one-sided derivatives at a state differ."""
        noise = np.random.default_rng(0)
        direction = {
            c.index: float(c.scale) * self.transfer.free[c.index] * noise.uniform(0.5, 1.0)
            for c in self.problem.unknowns.components
        }
        found = []
        for term in self.terms:
            centre = term.rows(state)
            bends = []
            for h in (1e-3, 1e-4):
                up, down = (term.rows(state.moved({i: s * h * d for i, d in direction.items()})) for s in (1, -1))
                bend = float(np.max(np.abs(up - 2 * centre + down), initial=0.0)) / h
                slope = float(np.max(np.abs(up - down), initial=0.0)) / h
                bends.append((bend, slope))
            (first, _), (second, slope) = bends
            kinked = second > 1e-3 * slope and second > 0.5 * first
            if any(self.problem.comm.allgather(kinked)):
                found.append(term.name)
        return found

    def _iterations(self) -> None:
        history, most = self.problem.newton.history, self.problem.newton.snes.max_it
        norms = history.norms
        if (
            len(norms) > most
            and len(norms) > 2
            and all(b < 0.5 * a for a, b in zip(norms[-3:], norms[-2:], strict=False))
        ):
            self.diagnosis.findings.append(findings.out_of_iterations(norms, most))

    def _shorter_step(self) -> None:
        size = self.diagnosis.step
        if self.stepper is None or self.stepper.settings is None or size is None:
            return
        for share in _SHORTER:
            if self.stepper.succeeds(share * size):
                settings = self.stepper.settings
                hopeless = share * size < _HOPELESS * settings.step
                smallest = f"{number(settings.smallest)} s"
                self.diagnosis.findings.append(findings.step_too_long(size, share * size, smallest, hopeless))
                return

    # ------------------------------------------------------------------ tables

    def _imbalances(self) -> list[Imbalance]:
        name, state = "failing", self.iterates[-1]
        if self.births or not self._finite(state):
            name, state = "last good", self.good
        found = imbalances(self.formatter, self.terms, state)
        rows = [("field", "imbalance (flux)", "worst entry", "by term")]
        for each in found:
            unit = self.formatter.flux_unit(each.component)
            worst = each.worst.place if each.worst is not None else ""
            for i, (term, share) in enumerate(each.shares):
                head = (
                    (findings.where(each.component), f"{number(each.flux)} {unit}", worst) if i == 0 else ("", "", "")
                )
                rows.append((*head, f"{term.name} ({term.kind}): {number(share)} {unit}"))
        self.diagnosis.tables.append(Table(f"Imbalance in the {name} state", tuple(rows)))
        return found

    def _ranges(self) -> None:
        rows = [("field", "last good state", "failing state", "largest move of an attempt")]
        for component in self.problem.unknowns.components:
            unit = self.formatter.unit(component)
            extremes = partial(self.formatter.extreme, component)
            cells = [f"{findings.where(component)} [{unit}]"]
            for state in (self.good, self.iterates[-1]):
                values = state.values[0][component.index]
                ends = [extremes(values, which) for which in ("lowest", "highest")]
                cells.append(
                    " ... ".join("not finite" if e is None else f"{number(e.value)} {e.place}".strip() for e in ends)
                )
            start = self.good.values[0][component.index]
            moves = [extremes(s.values[0][component.index] - start, "largest") for s in self.iterates]
            largest = max(filter(None, moves), key=lambda m: abs(m.value), default=None)
            cells.append("not finite" if largest is None else f"{number(largest.value)} {largest.place}".strip())
            rows.append(tuple(cells))  # type: ignore[arg-type]
        self.diagnosis.tables.append(Table("Ranges of the fields", tuple(rows)))

    def _scaling(self, info: int) -> None:
        components = self.problem.unknowns.components
        rows: list[tuple[str, ...]] = [("field", "size of its rows", "smallest ... largest on the diagonal")]
        spreads = diagonal_ranges(self.problem)
        for component, spread in zip(components, spreads, strict=True):
            ends = "" if spread is None else f"{number(spread[0])} ... {number(spread[1])}"
            rows.append((findings.where(component), number(float(component.row)), ends))
        self.diagnosis.tables.append(Table("Scaling of the Jacobian", tuple(rows)))
        sizes = [float(c.row) for c in components]
        ratio = max(sizes) / min(sizes)
        self.diagnosis.notes.append(f"rows of different fields differ by a factor of {ratio:.2g} before scaling")
        if info:
            meaning = {-10: "the matrix is singular", -9: "too little workspace", -8: "too little workspace"}
            says = meaning.get(info, "see its manual")
            self.diagnosis.notes.append(f"MUMPS ended with INFOG(1) = {info}: {says}")
