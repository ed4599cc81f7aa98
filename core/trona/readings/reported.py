"""The numbers that a run reports: outputs, probes, flows, and unknowns that are one number each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trona.readings.flows import FlowReader
from trona.readings.points import PointReader
from trona.readings.snapshot import OutputValue

if TYPE_CHECKING:
    from trona.model.records import Output
    from trona.problem.problem import Problem
    from trona.problem.unknowns import Component
    from trona.readings.outputs import OutputEvaluator
    from trona.settings.requests import Requests


class Reported:
    """Reads the reported numbers off the present state of a problem."""

    def __init__(self, problem: Problem, evaluator: OutputEvaluator, requests: Requests) -> None:
        self._problem, self._evaluator = problem, evaluator
        self._outputs = {o.name: o for o in requests.outputs}
        self._several: list[PointReader | FlowReader] = [PointReader(problem, evaluator, p) for p in requests.probes]
        self._several += [FlowReader(problem, f) for f in requests.flows]
        self._numbers = {c.name: c for c in problem.unknowns.components if c.field.kind == "global"}

    def values(self, names: frozenset[str] | None = None) -> list[OutputValue]:
        """Return those of these names, or all of them, in SI."""
        found = [self._read(o) for o in self._outputs.values() if names is None or o.name in names]
        for reader in self._several:
            if names is None or not names.isdisjoint(reader.request.names):
                found += reader.numbers()
        for name, component in self._numbers.items():
            if names is not None and name not in names:
                continue
            field = component.field
            number = self._number(component)
            found.append(OutputValue(name, number, str(field.unit.si), field.declaration.text))
        return found

    def value(self, name: str) -> float:
        """Return one of them, in SI. Raises KeyError when there is none of that name."""
        if name in self._outputs:
            return self._evaluator.value(self._outputs[name])
        if name in self._numbers:
            return self._number(self._numbers[name])
        for reader in self._several:
            if name in reader.request.names:
                return next(found.value for found in reader.numbers() if found.name == name)
        raise KeyError(name)

    def _read(self, output: Output) -> OutputValue:
        value, note = self._evaluator.reading(output)
        lacking = note if output.reduction.may_lack else None
        return OutputValue(output.name, value, str(output.unit.si), output.text, lacking)

    def _number(self, component: Component) -> float:
        raw = float(self._problem.unknowns.states[0].subfunctions[component.index])
        return float(component.reference) + float(component.scale) * raw
