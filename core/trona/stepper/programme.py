"""Follows a protocol: the present step, its controls, its end, and its integrals."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from trona.deck.layout import COUNT, FLAG, NUMBER, TEXT, Layout, Named, Number
from trona.errors import UserError
from trona.readings.snapshot import OutputValue
from trona.settings.protocol import COUNTERS, amount_in
from trona.stepper.locate import Locator

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from trona.deck import Expression
    from trona.model.controls import ProtocolControls
    from trona.settings.protocol import Limit, Protocol, ProtocolStep


@dataclass(frozen=True)
class CycleEnd:
    """The results of a cycle: integrals by step name, and the values defined in the deck; NaN for missing ones."""

    number: int
    start: float
    end: float
    amounts: dict[str, dict[str, float]]
    """By step name, then by integral, in SI."""
    numbers: dict[str, float]


@dataclass(frozen=True)
class StepEnd:
    """A completed step of the protocol, or one interrupted by the end of the run; times in s, amounts in SI."""

    number: int
    cycle: int
    name: str
    start: float
    end: float
    reason: str
    amounts: dict[str, float]
    of_cycle: CycleEnd | None = None
    """The cycle that ends with this step, if any."""

    def line(self, protocol: Protocol) -> str:
        """Return a line for the terminal."""
        text = f"cycle {self.cycle} of {protocol.cycles}, {self.name}: {self.start:.6g} s to {self.end:.6g} s, "
        text += f"ended by {self.reason}"
        units = {i.name: i.unit for i in protocol.integrals}
        return text + "".join(f", {name} {v:.6g} {units[name]}" for name, v in self.amounts.items())


class Programme:
    """The position of a run in its protocol. The stepper takes controls and ends from it, and reports each step.

    value: returns the present value of an output of the model, in SI.
    """

    def __init__(self, protocol: Protocol, controls: ProtocolControls, value: Callable[[str], float]) -> None:
        self.protocol, self._controls, self._value = protocol, controls, value
        self._needed = protocol.watched
        self._index = 0
        self._start = self._cycle_start = 0.0
        self._amounts = {i.name: 0.0 for i in protocol.integrals}
        self._cycle: dict[str, dict[str, float]] = {}
        self._before: dict[str, float] = {}
        """Outputs at the start of the present time step, unless the step of the protocol begins there."""
        self._levels: list[dict[str, float]] = [controls.values(protocol.program[0][1].settings)]
        """Values of the controls at the time levels, newest first."""
        self._rates: dict[str, float] = {}
        self._values: dict[str, float] = {}
        self._met: Limit | None = None
        self._locator: Locator | None = None
        self._over = False
        """Whether the present step has met a limit, so that the next one begins with the next time step."""

    # ------------------------------------------------------------------ where the run is

    @property
    def step(self) -> ProtocolStep:
        return self.protocol.program[self._index][1]

    @property
    def cycle(self) -> int:
        return self.protocol.program[self._index][0]

    @property
    def done(self) -> bool:
        """Whether the last step has ended."""
        return self._over and self._index + 1 == len(self.protocol.program)

    @property
    def end(self) -> float:
        """The latest end of the present step, s."""
        return math.inf if self.step.duration is None else self._start + self.step.duration

    @property
    def where(self) -> str:
        return f"in step '{self.step.name}' of cycle {self.cycle}"

    def outputs(self) -> list[OutputValue]:
        """Return the outputs that a protocol adds."""
        numbers = {"cycle": self.cycle, "protocol_step": self._index + 1}
        found = [OutputValue(name, float(numbers[name]), "1", text) for name, text in COUNTERS.items()]
        text = "integral over the present step of the protocol"
        for integral in self.protocol.integrals:
            found.append(OutputValue(integral.name, self._amounts[integral.name], str(integral.unit), text))
        return found

    # ------------------------------------------------------------------ one time step

    def begin(self, time: float) -> bool:
        """Prepare a time step from `time`; return whether it is the first one of a step of the protocol."""
        if self._over:
            self._index += 1
            self._over = False
            self._start, self._before = time, {}
            self._amounts = dict.fromkeys(self._amounts, 0.0)
            if self.cycle != self.protocol.program[self._index - 1][0]:
                self._cycle, self._cycle_start = {}, time
        self._locator = Locator(self.step.limits, {**self._before, **self._amounts}, self.protocol.tolerance)
        return time == self._start

    def levels(self, time: float, count: int) -> list[dict[str, float]]:
        """Return the values of all controls at `time` and at earlier levels, newest first."""
        known = [self._now(time), *self._levels][:count]
        return [*known, *[known[-1]] * (count - len(known))]

    def other_size(self, time: float, size: float, smallest: float) -> float | None:
        """Return None to accept a solved time step of this size, else the size to try next."""
        assert self._locator is not None
        values = self._now(time + size)
        values |= {name: self._value(name) for name in sorted(self._needed - values.keys())}
        self._rates = {i.name: _number(i.expression, values) for i in self.protocol.integrals}
        amounts = {name: self._amounts[name] + rate * size for name, rate in self._rates.items()}
        self._values = values
        other, self._met = self._locator.other_size(size, {**values, **amounts}, smallest)
        return other

    def accept(self, time: float, size: float) -> StepEnd | None:
        """Accept a time step that ends at `time`; return the step of the protocol if it ends with it."""
        for name, rate in self._rates.items():
            self._amounts[name] += rate * size
        self._levels = [self._now(time), *self._levels][:3]
        self._before = {n: v for n, v in self._values.items() if n in self._needed}
        reasons = [str(self._met)] if self._met is not None else []
        reasons += ["time"] if time >= self.end else []
        if not reasons:
            return None
        self._over = True
        return self._ended(time, " and ".join(reasons))

    def broken_off(self, time: float, reason: str) -> StepEnd | None:
        """Return the incomplete present step at the end of a run, None if it has ended or not begun."""
        if self._over or time <= self._start:
            return None
        return self._ended(time, reason)

    def _now(self, time: float) -> dict[str, float]:
        """Return the values of all controls and flags in the present step."""
        return self._controls.values(self.step.settings, time, time - self._start, self._levels[0])

    # ------------------------------------------------------------------ what is over

    def _ended(self, time: float, reason: str) -> StepEnd:
        name, amounts = self.step.name, dict(self._amounts)
        end = StepEnd(self._index + 1, self.cycle, name, self._start, time, reason, amounts)
        if not self._over:
            return end
        sums = self._cycle.setdefault(name, dict.fromkeys(amounts, 0.0))
        for integral, amount in amounts.items():
            sums[integral] += amount
        following = self.protocol.program[self._index + 1 :][:1]
        if following and following[0][0] == self.cycle:
            return end
        return replace(end, of_cycle=self._cycle_end(time))

    def _cycle_end(self, time: float) -> CycleEnd:
        values = {
            amount_in(integral, step): amount
            for step, amounts in self._cycle.items()
            for integral, amount in amounts.items()
        }
        numbers = {name: _number(e, values) for name, e in self.protocol.per_cycle.items()}
        amounts = {step: dict(sums) for step, sums in self._cycle.items()}
        return CycleEnd(self.cycle, self._cycle_start, time, amounts, numbers)

    # ------------------------------------------------------------------ checkpoints

    LAYOUT: ClassVar[Layout] = {
        "index": COUNT,
        "digest": TEXT,
        "start": Number(),
        "cycle_start": Number(),
        "amounts": Named(NUMBER),
        "cycle": Named(Named(NUMBER)),
        "before": Named(NUMBER),
        "levels": [Named(NUMBER)],
        "over": FLAG,
    }
    """The layout of `state`."""

    def state(self) -> dict[str, Any]:
        """Return the position in the protocol as plain data."""
        return {
            "index": self._index,
            "digest": self.protocol.digest(self._index + 1),
            "start": self._start,
            "cycle_start": self._cycle_start,
            "amounts": self._amounts,
            "cycle": self._cycle,
            "before": self._before,
            "levels": self._levels,
            "over": self._over,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from the result of `state`. Raises UserError if the completed steps differ from the deck."""
        index, known = state["index"], self._levels[0].keys()
        if index >= len(self.protocol.program) or state["digest"] != self.protocol.digest(index + 1):
            raise UserError(
                f"the checkpoint has another protocol: its first {index + 1} steps, up to the one reached, "
                "differ from those of the deck; only later steps may change when a run is continued"
            )
        names = self._amounts
        self._index, self._over = index, state["over"]
        self._start, self._cycle_start = state["start"], state["cycle_start"]
        self._amounts = {name: state["amounts"].get(name, 0.0) for name in names}
        self._cycle = {step: {name: sums.get(name, 0.0) for name in names} for step, sums in state["cycle"].items()}
        self._before = dict(state["before"])
        if not state["levels"] or any(level.keys() != known for level in state["levels"]):
            raise UserError(
                f"the checkpoint has other controls than the deck, which declares {', '.join(sorted(known))}"
            )
        self._levels = [dict(level) for level in state["levels"]]


def _number(expression: Expression, values: Mapping[str, float]) -> float:
    """Return the value of an expression, NaN if it has none."""
    if not expression.variables <= values.keys():
        return math.nan
    try:
        return float(expression.evaluate(values))
    except ArithmeticError:
        return math.nan
