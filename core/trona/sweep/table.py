"""The table of a sweep: one row per completed case, stored in sweep.json and written to sweep.csv."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trona.deck.layout import COUNT, NUMBER, TEXT, Matching, Maybe, MisfitError, Named, Number
from trona.deck.measure import column
from trona.deck.printable import printable
from trona.sweep.cases import Sweep

FAILED = "failed"
TABLE_LAYOUT = {
    "units": Named(TEXT),
    "results": [
        {
            "number": Number(at_least=1, whole=True),
            "status": Matching("[a-z]+", "a word"),
            "message": TEXT,
            "outputs": Named(Maybe(NUMBER)),
            "newton": Maybe(COUNT),
            "wall": Number(at_least=0),
            "warnings": [TEXT],
        }
    ],
}
"""The layout of the entries of `SweepTable.plain` that are read back."""


@dataclass(frozen=True)
class CaseResult:
    """The result of a case. `status` is 'finished', 'stopped' or 'failed'; `message` says why.

    outputs: values in SI by name, with `units`; empty for a failed case. newton: number of iterations; wall: time in s.
    """

    number: int
    status: str
    message: str = ""
    outputs: Mapping[str, float] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    newton: int | None = None
    wall: float = 0.0
    warnings: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        return self.status == FAILED

    def plain(self) -> dict[str, Any]:
        """Return plain data for JSON, with None for values that are not finite."""
        data = asdict(self) | {"warnings": [printable(text) for text in self.warnings]}
        data["message"] = printable(self.message)
        del data["units"]
        data["outputs"] = {n: v if math.isfinite(v) else None for n, v in self.outputs.items()}
        return data

    @classmethod
    def from_plain(cls, data: Mapping[str, Any], units: Mapping[str, str]) -> CaseResult:
        """Return the result from `plain`, with the units of all outputs of its table."""
        outputs = {n: math.nan if v is None else float(v) for n, v in data["outputs"].items()}
        given = {name: units[name] for name in outputs}
        rest = {k: data[k] for k in ("number", "status", "message", "newton", "wall")}
        return cls(**rest, outputs=outputs, units=given, warnings=tuple(data["warnings"]))


class SweepTable:
    """All cases of a sweep and the results so far by number of the case.

    units, symbols: of the outputs by name.
    """

    def __init__(self, sweep: Sweep, units: Mapping[str, str], symbols: Mapping[str, str] | None = None) -> None:
        self.sweep = sweep
        self.symbols = dict(symbols or {})
        self._units = dict(units)
        self.results: dict[int, CaseResult] = {}
        self._parameters = {n: column([case.values[n] for case in sweep.cases]) for n in sweep.parameters}
        self._texts = {case.number: case.texts for case in sweep.cases}

    def __repr__(self) -> str:
        failed = sum(r.failed for r in self.results.values())
        cases, done = len(self.sweep.cases), len(self.results)
        return f"{self.sweep.deck.name}: {done} of {cases} cases have run, {failed} failed"

    @property
    def failed(self) -> list[CaseResult]:
        return [result for result in self._ordered() if result.failed]

    @property
    def succeeded(self) -> list[CaseResult]:
        return [result for result in self._ordered() if not result.failed]

    @property
    def outputs(self) -> list[str]:
        """Names of the outputs in the table: the collected ones of the deck, else all."""
        if self.sweep.collect is not None:
            return list(dict.fromkeys(node.text for node in self.sweep.collect))
        return list(self.units)

    @property
    def units(self) -> dict[str, str]:
        """Units of the outputs by name."""
        return self._units | {name: unit for result in self._ordered() for name, unit in result.units.items()}

    def unit(self, name: str) -> str:
        """Return the unit of a parameter, as in the deck, or of an output, in SI; '' for words."""
        if name in self._parameters:
            numbers = self._parameters[name]
            return str(numbers[1]) if numbers is not None else ""
        return self.units[name]

    def numeric(self, name: str) -> bool:
        return name not in self._parameters or self._parameters[name] is not None

    def values(self, name: str, cases: Iterable[CaseResult] | None = None) -> NDArray[np.float64]:
        """Return a column over `cases` (default: those that did not fail), in `unit(name)`; NaN for missing values.

        Raises KeyError for an unknown name, ValueError for a parameter whose values are words.
        """
        rows = list(self.succeeded if cases is None else cases)
        if name in self._parameters:
            numbers = self._parameters[name]
            if numbers is None:
                raise ValueError(f"the values of '{name}' are not numbers")
            return np.array([numbers[0][row.number - 1] for row in rows])
        if name not in self.units:
            raise KeyError(name)
        return np.array([row.outputs.get(name, math.nan) for row in rows])

    def text(self, name: str, result: CaseResult) -> str:
        """Return the value of a parameter in a case, as in the deck."""
        return self._texts[result.number][name]

    def csv(self) -> str:
        """Return the table as CSV, with numbers in the units of the header."""
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        units = self.units
        names = list(self.sweep.parameters)
        writer.writerow(
            [
                "case",
                "status",
                *(f"{n} [{self.unit(n)}]" if self.numeric(n) else n for n in names),
                *(f"{n} [{units[n]}]" for n in self.outputs),
                "newton iterations",
                "wall time [s]",
                "warnings",
                "message",
            ]
        )
        for result in self._ordered():
            writer.writerow(
                [
                    result.number,
                    result.status,
                    *(self._cell(n, result) for n in names),
                    *(f"{result.outputs[n]:.17g}" if n in result.outputs else "" for n in self.outputs),
                    "" if result.newton is None else result.newton,
                    f"{result.wall:.3f}",
                    len(result.warnings),
                    result.message,
                ]
            )
        return stream.getvalue()

    def plain(self) -> dict[str, Any]:
        """Return the sweep as plain data: parameters, cases, and the results so far."""
        return {
            "parameters": {
                name: {"paths": list(p.paths), "unit": self.unit(name)} for name, p in self.sweep.parameters.items()
            },
            "cases": {case.name: self._texts[case.number] for case in self.sweep.cases},
            "units": self.units,
            "results": [result.plain() for result in self._ordered()],
        }

    def take(self, data: Mapping[str, Any]) -> None:
        """Restore the results from `plain`, which have the layout. Raises MisfitError."""
        for name, unit in data["units"].items():
            if self._units.get(name, unit) != unit:
                raise MisfitError(f"units.{name}: '{unit}', but the deck has '{self._units[name]}'")
        for i, entry in enumerate(data["results"]):
            number, nameless = entry["number"], entry["outputs"].keys() - data["units"].keys()
            if number > len(self.sweep.cases) or number in self.results:
                raise MisfitError(f"results[{i}].number: {number} is not a case, or appears twice")
            if nameless:
                raise MisfitError(f"results[{i}].outputs: no unit of {min(nameless)}")
            self.results[number] = CaseResult.from_plain(entry, data["units"])

    def _ordered(self) -> Sequence[CaseResult]:
        return [self.results[number] for number in sorted(self.results)]

    def _cell(self, name: str, result: CaseResult) -> str:
        numbers = self._parameters[name]
        if numbers is None:
            return self.text(name, result)
        return format(numbers[0][result.number - 1], ".12g")
