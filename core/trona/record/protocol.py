"""Tables of a protocol: steps.csv with a row per completed step, cycles.csv with a row per cycle."""

from __future__ import annotations

import csv
import io
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trona.readings.snapshot import OutputValue
    from trona.record.directory import RunDirectory
    from trona.settings.protocol import Protocol
    from trona.stepper.programme import CycleEnd, StepEnd

Row = dict[str, str]


class ProtocolTables:
    """Writes `steps.csv` and `cycles.csv`, which are rewritten with every row and so always complete."""

    def __init__(self, directory: RunDirectory, protocol: Protocol) -> None:
        self._directory, self._protocol = directory, protocol
        self._steps: list[Row] = []
        self._cycles: list[Row] = []

    def state(self) -> dict[str, Any]:
        """The rows so far as plain data."""
        return {"steps": list(self._steps), "cycles": list(self._cycles)}

    def resume(self, state: dict[str, Any]) -> None:
        """Continue from the result of `state`."""
        self._steps, self._cycles = list(state["steps"]), list(state["cycles"])
        self._write()

    def append(self, end: StepEnd, outputs: Sequence[OutputValue]) -> None:
        """Add a completed step with the outputs at its end, and the cycle that ends with it."""
        from trona.settings.protocol import (
            COUNTERS,
        )  # imported late: tables are read without the finite element library

        row = {
            "number": str(end.number),
            "cycle": str(end.cycle),
            "step": end.name,
            "start [s]": _text(end.start),
            "end [s]": _text(end.end),
            "duration [s]": _text(end.end - end.start),
            "ended by": end.reason,
        }
        units = {i.name: i.unit for i in self._protocol.integrals}
        row |= {f"{name} [{units[name]}]": _text(amount) for name, amount in end.amounts.items()}
        row |= {
            f"{o.name} [{o.unit}]": _text(o.value) for o in outputs if o.name not in units and o.name not in COUNTERS
        }
        self._steps.append(row)
        if end.of_cycle is not None:
            self._cycles.append(self._cycle(end.of_cycle))
        self._write()

    def _cycle(self, cycle: CycleEnd) -> Row:
        from trona.settings.protocol import amount_in

        row = {"cycle": str(cycle.number), "start [s]": _text(cycle.start), "end [s]": _text(cycle.end)}
        for integral in self._protocol.integrals:
            for step in self._protocol.names:
                amount = cycle.amounts.get(step, {}).get(integral.name, math.nan)
                row[f"{amount_in(integral.name, step)} [{integral.unit}]"] = _text(amount)
        for name, expression in self._protocol.per_cycle.items():
            row[f"{name} [{expression.unit}]"] = _text(cycle.numbers[name])
        return row

    def _write(self) -> None:
        for name, rows in (("steps.csv", self._steps), ("cycles.csv", self._cycles)):
            if rows:
                columns = list(dict.fromkeys(column for row in rows for column in row))
                text = io.StringIO()
                writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)
                self._directory.write_text(name, text.getvalue())


def _text(value: float) -> str:
    """A number with all digits, or an empty text for None."""
    return "" if math.isnan(value) else f"{value:.17g}"
