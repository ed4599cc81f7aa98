"""The Stepper: advances a Problem in time, or solves its steady state once."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from trona.deck.layout import IfThere, Layout, Number
from trona.errors import SolveError, UserError
from trona.stepper import bdf
from trona.stepper.programme import Programme

_FRACTION = 1e-6
"""Default of the smallest time step, relative to the first one."""

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from trona.problem import Problem
    from trona.problem.convergence import NewtonHistory
    from trona.settings.time import TimeSettings
    from trona.stepper.programme import StepEnd


@dataclass(frozen=True)
class Step:
    """An accepted step; `duration` is 1 for a steady state, whose audit contains rates."""

    number: int
    time: float
    duration: float
    newton: NewtonHistory
    error: float
    """Largest local error relative to its tolerance; 0 if not estimated."""
    ended: StepEnd | None = None
    """The step of the protocol that ends with it."""


class Stepper:
    """Iterates over accepted steps; the present state of the problem belongs to the step.

    A failed or inaccurate step is reduced and repeated, which `message` reports. With a `programme`, steps end where
    the protocol requires it, and the time scheme restarts there. A step also ends at each time `at`, s, and the one
    after it is as large as that one would have been.
    """

    def __init__(
        self,
        problem: Problem,
        settings: TimeSettings | None,
        message: Callable[[str], None] = lambda text: None,
        programme: Programme | None = None,
        at: tuple[float, ...] = (),
    ) -> None:
        self.at = at
        self.programme = programme
        self.problem, self.settings, self.message = problem, settings, message
        self.time = 0.0
        self.past: list[float] = []
        """Sizes of accepted steps, newest first, s."""
        self.number = 0
        """Number of the last accepted step."""
        self.proposal = settings.step if settings is not None else 0.0
        """Size to try next, s."""

    @property
    def done(self) -> bool:
        """Whether the end of a transient has been reached."""
        if self.programme is not None and self.programme.done:
            return True
        return self.settings is not None and self.time >= self.settings.end * (1 - 1e-12)

    LAYOUT: ClassVar[Layout] = {
        "time": Number(at_least=0),
        "past": [Number(above=0)],
        "number": Number(at_least=1, whole=True),
        "proposal": Number(above=0),
        "programme": IfThere(Programme.LAYOUT),
    }
    """The layout of `state`."""

    def state(self) -> dict[str, Any]:
        """Return as plain data all that the next steps depend on, apart from the state of the problem."""
        state = {"time": self.time, "past": self.past, "number": self.number, "proposal": self.proposal}
        return state if self.programme is None else {**state, "programme": self.programme.state()}

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from the result of `state` with the present settings. Raises UserError."""
        self.time, self.past, self.number = state["time"], list(state["past"]), state["number"]
        self.proposal = state["proposal"]
        if self.programme is not None:
            if state.get("programme") is None:
                raise UserError("the checkpoint was written without a protocol, but the deck has one")
            self.programme.restore(state["programme"])
            self._set_times(self.problem.inputs.times)
        if self.settings is not None and not self.settings.tolerances:
            self.proposal = min(self.proposal, self._first(self.settings))

    def go_on_with(self, problem: Problem, programme: Programme | None) -> None:
        """Continue with another problem in the same state on a new mesh, without earlier states."""
        self.problem, self.programme, self.past = problem, programme, []
        if self.settings is not None and self.settings.tolerances:
            self.proposal = min(self.proposal, self._first(self.settings))

    def steps(self) -> Iterator[Step]:
        """Yield accepted steps until the end. Raises SolveError if a step fails at the smallest size."""
        if self.settings is None:
            yield Step(1, 0.0, 1.0, self.problem.solve(), 0.0)
            return
        while not self.done:
            step, self.proposal = self._advance(self.number + 1, self.proposal, self.settings)
            self.number = step.number
            yield step

    def _advance(self, number: int, size: float, settings: TimeSettings) -> tuple[Step, float]:
        """Make one accepted step and return it with the size proposed for the next."""
        problem, programme = self.problem, self.programme
        if programme is not None and programme.begin(self.time):
            self.past, size = [], self._first(settings)  # controls jump: earlier steps cannot be used
        end = settings.end if programme is None else min(settings.end, programme.end)
        end = min([end, *(at for at in self.at if at * (1 - 1e-12) > self.time)])
        left = end - self.time
        smallest = self._smallest(settings)
        size = min(size, max(settings.largest, 0.0 if settings.tolerances else self._first(settings)))
        wanted, repeated = size, False
        problem.shift()
        located, failed = False, math.inf
        while True:
            if located:
                pass  # a size chosen to meet a limit is not changed
            elif size > left * (1 - 1e-9):
                size = left
            elif size > left / 2:
                size = left / 2  # two equal steps rather than a tiny last one
            order = min(settings.order, 1 + len(self.past))
            steps = [size, *self.past]
            self._set_levels(order, steps)
            try:
                newton = problem.solve()
                problem.refuse_meaningless()
            except SolveError as error:
                smaller = size / 4
                if smaller < smallest:
                    where = f"{programme.where}, " if programme is not None else ""
                    raise type(error)(
                        f"{where}at t = {self.time:.6g} s no step of {size:.3g} s or less succeeds: {error}"
                    ) from None
                self.message(f"step {number} of {size:.4g} s failed ({newton_reason(error)}); trying {smaller:.4g} s")
                size, repeated, failed = smaller, True, min(size, failed)
            else:
                error_ratio = self._error(order, steps, settings)
                proposal = self._proposal(size, order, error_ratio, settings)
                if error_ratio <= 1 or size <= smallest:
                    other = programme.other_size(self.time, size, smallest) if programme is not None else None
                    # Before a limit that only a size beyond one that has failed would reach, the run goes on from here.
                    if other is None or (other > size and other >= failed):
                        break
                    size, located, repeated = other, True, True
                else:
                    self.message(
                        f"step {number} of {size:.4g} s has {error_ratio:.2g} times the allowed error; repeating"
                    )
                    size, repeated = max(min(proposal, size / 2), smallest), True
            problem.unknowns.states[0].assign(problem.unknowns.states[1])
        if size < wanted and not repeated:  # shortened to end at a given time, which says nothing about the next step
            proposal = max(proposal, min(wanted, self._accurate(size, order, error_ratio)))
        self.time = end if size >= left else self.time + size
        self.past = [size, *self.past][:3]
        ended = programme.accept(self.time, size) if programme is not None else None
        return Step(number, self.time, size, newton, error_ratio, ended), proposal

    def _smallest(self, settings: TimeSettings) -> float:
        """Return the smallest allowed step size, s; smaller if a step of the protocol starts with a smaller step."""
        own = self.programme.step.first if self.programme is not None else None
        return settings.smallest if own is None else min(settings.smallest, _FRACTION * own)

    def _first(self, settings: TimeSettings) -> float:
        """Return the first time step of the present step of the protocol, else of the run, s."""
        own = self.programme.step.first if self.programme is not None else None
        return settings.step if own is None else own

    def succeeds(self, size: float) -> bool:
        """Whether a step of another size succeeds where one has failed; the failed state is restored."""
        problem = self.problem
        states, rates = problem.unknowns.states, problem.inputs.rates
        kept, times, weights = states[0].copy(deepcopy=True), problem.inputs.times, [float(r) for r in rates]
        newton = problem.newton
        found = newton.start, newton.failed, newton.history
        states[0].assign(states[1])
        self._set_levels(1, [size, *self.past])
        try:
            problem.solve()
            problem.refuse_meaningless()
        except SolveError:
            return False
        finally:
            states[0].assign(kept)
            newton.start, newton.failed, newton.history = found
            for rate, weight in zip(rates, weights, strict=True):
                rate.assign(weight)
            self._set_times(times)
        return True

    def _set_levels(self, order: int, steps: list[float]) -> None:
        times = [self.time + steps[0]]
        for step in steps[:3]:
            times.append(times[-1] - step)
        times += [times[-1]] * (len(self.problem.unknowns.states) - len(times))
        for constant, weight in zip(self.problem.inputs.rates, bdf.coefficients(order, steps), strict=True):
            constant.assign(weight)
        self._set_times(times)

    def _set_times(self, times: list[float]) -> None:
        controls = self.programme.levels(times[0], len(times)) if self.programme is not None else None
        self.problem.inputs.set_times(times, controls)

    def _error(self, order: int, steps: list[float], settings: TimeSettings) -> float:
        """Return the largest local error relative to its tolerance, from the difference to an extrapolation."""
        past = min(order + 1, len(self.past) + 1)
        if not settings.tolerances or past < 2:
            return 0.0
        unknowns = self.problem.unknowns
        weights = bdf.extrapolation(past, steps)
        factor = bdf.error_factor(order, past, steps)
        worst = 0.0
        for name, tolerance in settings.tolerances.items():
            for component in unknowns.of(name):
                difference = unknowns.states[0].subfunctions[component.index].copy(deepcopy=True)
                for level, weight in enumerate(weights, start=1):
                    difference -= weight * unknowns.states[level].subfunctions[component.index]
                with difference.dat.vec_ro as vector:
                    size = vector.norm(3) * component.field.scale  # 3: the maximum norm
                worst = max(worst, factor * size / tolerance)
        return worst

    def _proposal(self, size: float, order: int, error: float, settings: TimeSettings) -> float:
        if not settings.tolerances:
            return min(self._first(settings), size * settings.growth)
        if error == 0.0:
            return size if len(self.past) < 1 else size * settings.growth
        factor = self._accurate(size, order, error) / size
        return float(size * min(settings.growth, max(0.2, factor)))

    def _accurate(self, size: float, order: int, error: float) -> float:
        """Return the step size that the local error of a step allows, s."""
        return math.inf if error == 0.0 else float(0.9 * size * error ** (-1 / (order + 1)))


def newton_reason(error: SolveError) -> str:
    """Return the first line of a solver error, shortened."""
    return str(error).splitlines()[0].removeprefix("Newton failed ")
