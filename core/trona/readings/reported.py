"""The numbers that a run reports: reductions, other outputs, and global unknowns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trona.model.asked import GlobalValue
from trona.readings.readers import NumbersReader
from trona.readings.snapshot import OutputValue

if TYPE_CHECKING:
    from trona.model.records import Output
    from trona.problem.problem import Problem
    from trona.readings.outputs import OutputEvaluator
    from trona.readings.readers import Readers
    from trona.settings.output_settings import OutputSettings


class Reported:
    """Evaluates the reported numbers in the current state of a problem."""

    def __init__(self, problem: Problem, evaluator: OutputEvaluator, readers: Readers, wanted: OutputSettings) -> None:
        self._evaluator = evaluator
        self._outputs = {o.name: o for o in wanted.outputs}
        self._several = [NumbersReader(readers, asked) for asked in wanted.numbers]
        self._globals = {
            f.name: GlobalValue(f.name, f.unit, f.declaration.text)
            for f in (c.field for c in problem.unknowns.components)
            if f.kind == "global"
        }
        self._readers = readers

    def values(self, names: frozenset[str] | None = None) -> list[OutputValue]:
        """Return those of these names, or all of them, in SI."""
        with self._evaluator.of_one_state():
            return self._values(names)

    def _values(self, names: frozenset[str] | None) -> list[OutputValue]:
        found = [self._read(o) for o in self._outputs.values() if names is None or o.name in names]
        for reader in self._several:
            if names is None or not names.isdisjoint(reader.asked.names):
                found += reader.read()
        for name, part in self._globals.items():
            if names is None or name in names:
                found.append(OutputValue(name, self._readers.of(part)(), str(part.unit.si), part.text))
        return found

    def value(self, name: str) -> float:
        """Return one of them, in SI. Raises KeyError for an unknown name."""
        if name in self._outputs:
            return self._evaluator.value(self._outputs[name])
        if name in self._globals:
            return float(self._readers.of(self._globals[name])())
        for reader in self._several:
            if name in reader.asked.names:
                return next(found.value for found in reader.read() if found.name == name)
        raise KeyError(name)

    def _read(self, output: Output) -> OutputValue:
        value, note = self._evaluator.reading(output)
        lacking = note if output.reduction.may_lack else None
        return OutputValue(output.name, value, str(output.unit.si), output.text, lacking)
