"""Progress of a sweep in a notebook: a bar while it works, and warnings."""

from __future__ import annotations

from trona.record.notebook import Bar, show, show_warning
from trona.sweep.cases import Case
from trona.sweep.table import CaseResult, SweepTable
from trona.sweep.terminal import SilentSweep


class NotebookSweep(SilentSweep):
    """Shows one bar, which goes when no more cases run, and every warning."""

    def __init__(self) -> None:
        self._bar = Bar()
        self._title, self._cases, self._done, self._failed = "", 0, 0, 0

    def begin(self, title: str, cases: int, done: int, processes: int, ranks: int = 1) -> None:
        self._title, self._cases, self._done = title, cases, done
        self._show()

    def case(self, case: Case, result: CaseResult) -> None:
        self._done += 1
        self._failed += result.failed
        self._show()

    def warning(self, text: str) -> None:
        show_warning(text)

    def stop(self) -> None:
        self._bar.close()

    def end(self, table: SweepTable, folder: str, elapsed: float, solved: int) -> None:
        show(f"results in {folder}")

    def _show(self) -> None:
        failed = f", {self._failed} failed" if self._failed else ""
        state = f"{self._done} of {self._cases} cases{failed}"
        self._bar.show(self._title, self._done / self._cases if self._cases else 0.0, state, at_once=True)
