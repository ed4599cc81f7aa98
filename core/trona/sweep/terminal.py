"""Progress and results of a sweep: a bar in a terminal, a line per case in a pipe, and a summary."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

import numpy as np

from trona.deck.printable import printable
from trona.errors import MOST_LISTED
from trona.record.quantity import time_text
from trona.sweep.cases import Case
from trona.sweep.table import CaseResult, SweepTable

if TYPE_CHECKING:
    from rich.progress import Progress


class SilentSweep:
    """Prints nothing; base of the other reporters."""

    def begin(self, title: str, cases: int, done: int, processes: int, ranks: int = 1) -> None:
        """The sweep starts, or continues after `done` cases."""

    def case(self, case: Case, result: CaseResult) -> None:
        """A case has been completed."""

    def warning(self, text: str) -> None:
        """A possible mistake."""

    def stop(self) -> None:
        """No more cases will run; the progress bar is removed."""

    def end(self, table: SweepTable, folder: str, elapsed: float, solved: int) -> None:
        """The sweep has ended: `solved` cases in `elapsed` s."""


class PlainSweep(SilentSweep):
    """A line per case on `stream` (default: stderr), the result on `out` (default: stdout)."""

    def __init__(self, stream: TextIO | None = None, out: TextIO | None = None) -> None:
        self._stream, self._out = stream or sys.stderr, out or sys.stdout
        self._cases = 0

    def begin(self, title: str, cases: int, done: int, processes: int, ranks: int = 1) -> None:
        self._cases = cases
        self._say(begin_text(title, cases, done, processes, ranks))

    def case(self, case: Case, result: CaseResult) -> None:
        self._say(f"case {case.number} of {self._cases}: {case}: {result_text(result)}")

    def warning(self, text: str) -> None:
        self._say(f"warning: {text}")

    def end(self, table: SweepTable, folder: str, elapsed: float, solved: int) -> None:
        print(printable(end_text(table, folder, elapsed, solved)), file=self._out, flush=True)

    def _say(self, text: str) -> None:
        print(printable(text), file=self._stream, flush=True)


class RichSweep(PlainSweep):
    """A progress bar, with a line per failed case."""

    _progress: Progress | None = None
    _failed = 0

    def begin(self, title: str, cases: int, done: int, processes: int, ranks: int = 1) -> None:
        from rich.console import Console
        from rich.markup import escape
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        super().begin(title, cases, done, processes, ranks)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[state]}", markup=False),
            TimeRemainingColumn(compact=True),
            console=Console(stderr=True, highlight=False),
            transient=True,
        )
        self._progress.add_task(escape(title), total=cases, completed=done, state="")
        self._progress.start()

    def case(self, case: Case, result: CaseResult) -> None:
        if self._progress is None:
            return
        self._failed += result.failed
        if result.failed:
            text = f"case {case.number}: {case}: {result_text(result)}"
            self._progress.console.print(printable(text), style="red", markup=False, soft_wrap=True)
        state = f"{self._failed} failed  " if self._failed else ""
        self._progress.update(self._progress.task_ids[0], advance=1, state=f"{state}case {case.number}: {case}")

    def stop(self) -> None:
        if self._progress is not None:
            self._progress.stop()
            self._progress = None

    def _say(self, text: str) -> None:
        if self._progress is not None:
            self._progress.console.print(printable(text), markup=False, soft_wrap=True)
        else:
            super()._say(text)


def begin_text(title: str, cases: int, done: int, processes: int, ranks: int = 1) -> str:
    left = f", {done} of them have run" if done else ""
    how = count(processes, "process", "processes")
    if ranks > 1:
        how = f"{processes} at a time on {ranks} processes each"
    return f"{title}: {count(cases, 'case')}{left}, {how}"


def result_text(result: CaseResult) -> str:
    why = f": {result.message}" if result.message else ""
    return f"{result.status}{why} ({time_text(result.wall)})"


def end_text(table: SweepTable, folder: str, elapsed: float, solved: int) -> str:
    """Return the summary: number of cases, extremes of every output, failed cases, and the folder."""
    lines = [*_extremes(table)]
    failed = table.failed
    for result in failed[:MOST_LISTED]:
        case = table.sweep.cases[result.number - 1]
        lines.append(f"case {case.number} failed: {case}: {result.message}")
    if len(failed) > MOST_LISTED:
        lines.append(f"... {len(failed) - MOST_LISTED} more failed")
    rate = f" in {time_text(elapsed)}, {solved / elapsed:.3g} cases/s" if solved and elapsed else ""
    warned = sum(bool(result.warnings) for result in table.succeeded)
    parts = [f"{len(table.succeeded)} of {count(len(table.sweep.cases), 'case')} succeeded"]
    parts += [f"{warned} with warnings"] * bool(warned) + [f"{len(failed)} failed"] * bool(failed)
    lines.append(f"{', '.join(parts)}; {f'{solved} solved now' if solved else 'nothing was left to solve'}{rate}")
    design = table.sweep.design
    if design is not None and table.succeeded:
        more = ", Sobol indices in indices.csv" if design.method == "saltelli" else ""
        lines.append(f"quantiles over the random cases in quantiles.csv{more}")
    lines.append(f"results in {folder}")
    return "\n".join(lines)


def _extremes(table: SweepTable) -> Sequence[str]:
    good = table.succeeded
    rows = [("output", "smallest", "case", "largest", "case")]
    for name in table.outputs if good else ():
        values = table.values(name)
        if not np.isfinite(values).any():
            continue
        low, high = int(np.nanargmin(values)), int(np.nanargmax(values))
        unit = table.unit(name)
        rows.append(
            (
                f"{name} [{unit}]" if unit != "1" else name,
                f"{values[low]:.6g}",
                str(good[low].number),
                f"{values[high]:.6g}",
                str(good[high].number),
            )
        )
    if len(rows) == 1:
        return []
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(w) if i == 0 else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ] + [""]


def count(number: int, what: str, many: str = "") -> str:
    return f"{number} {what if number == 1 else many or what + 's'}"
