"""Evaluates the readings of outputs in the current state of a problem."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from trona.model.asked import Flow, GlobalValue, Points, Profile, Work
from trona.model.reduction import NoValueError
from trona.readings.flows import FlowReader
from trona.readings.points import PointReader
from trona.readings.profiles import ProfileReader
from trona.readings.snapshot import FieldData, LineData, OutputValue
from trona.readings.works import Fluxes, WorkReader

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from trona.model.asked import Curve, CurveData, Numbers, Part
    from trona.problem.problem import Problem
    from trona.readings.outputs import OutputEvaluator


class Readers:
    """Makes the reader of each part of an output, once. Raises UserError for mistakes that only the problem shows."""

    def __init__(self, problem: Problem, evaluator: OutputEvaluator) -> None:
        self._problem, self._evaluator = problem, evaluator
        self._fluxes = Fluxes(problem, evaluator)
        self._made: dict[Hashable, Callable[[], Any]] = {}

    def of(self, part: Part) -> Callable[[], Any]:
        """Return the reader of a part of an output."""
        key = _key(part)
        if key not in self._made:
            self._made[key] = partial(self._evaluator.once, (self, key), self._make(part))
        return self._made[key]

    def _make(self, part: Part) -> Callable[[], Any]:
        problem, evaluator = self._problem, self._evaluator
        if isinstance(part, Points):
            return PointReader(problem, evaluator, part).values
        if isinstance(part, Profile):
            return ProfileReader(problem, evaluator.sampling, part).read
        if isinstance(part, Flow):
            return FlowReader(problem, part).values
        if isinstance(part, Work):
            work = WorkReader(problem, evaluator, self._fluxes, part)
            return lambda: work
        if isinstance(part, GlobalValue):
            (component,) = [c for c in problem.unknowns.components if c.name == part.field]
            return lambda: (
                float(component.reference)
                + float(component.scale) * float(problem.unknowns.states[0].subfunctions[component.index])
            )
        return lambda: evaluator.over(part)


def _key(part: Part) -> Hashable:
    """Return what tells parts apart: of flows what flows where, whoever asks for it."""
    if isinstance(part, Flow):
        return part.name, part.balance, tuple(part.sets.items()), part.with_field
    if isinstance(part, Work):
        return part.block, tuple(part.slopes.items())
    return part


class NumbersReader:
    """Reads the numbers of one output."""

    def __init__(self, readers: Readers, asked: Numbers) -> None:
        self.asked, self._parts = asked, [readers.of(part) for part in asked.of]

    def read(self) -> list[OutputValue]:
        """Return the numbers in SI, the same on all ranks; NaN with a note where there are none."""
        asked = self.asked
        found: Any
        try:
            found = asked.compute(*(part() for part in self._parts))
        except NoValueError as reason:
            found = [reason] * len(asked.names)
        unit = str(asked.unit.si)
        return [
            _told(name, value, unit, text, asked.may_lack)
            for name, value, text in zip(asked.names, found, asked.texts, strict=True)
        ]


def _told(name: str, value: Any, unit: str, text: str, may_lack: bool) -> OutputValue:
    if isinstance(value, NoValueError):
        return OutputValue(name, float("nan"), unit, text, str(value))
    return OutputValue(name, float(value), unit, text, "" if may_lack else None)


class CurveReader:
    """Reads one curve."""

    def __init__(self, readers: Readers, asked: Curve) -> None:
        self.asked, self._parts = asked, [readers.of(part) for part in asked.of]

    def read(self, time: float, step: int) -> LineData:
        """Return the curve, the same on all ranks."""
        asked = self.asked
        found: CurveData = asked.compute(*(part() for part in self._parts))
        data = {asked.quantity: FieldData(found.values, str(asked.unit.si), asked.quantity)}
        return LineData(time, step, found.distance, found.points, data)
