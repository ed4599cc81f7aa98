"""Progress of a run: a bar in a terminal, a few lines in a pipe, and everything in log.txt."""

from __future__ import annotations

import logging
import sys
import time as clock
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Protocol, TextIO

from trona.deck.printable import printable
from trona.errors import UserError
from trona.readings.ledgers import BalanceLedger, MonitorLedger
from trona.readings.snapshot import OutputValue
from trona.record.directory import RunDirectory, Stream
from trona.record.quantity import time_text
from trona.record.report import format_all, format_audit, ledger_table, output_table, parameter_table

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

    from trona.model.materials.parameter import Parameter

_log = logging.getLogger("trona.run")
# Without a handler Python itself would print warnings to stderr, which the reporters do.
logging.getLogger("trona").addHandler(logging.NullHandler())


class Reporter(Protocol):
    """Receives the events of a run. Times are in seconds."""

    @property
    def warnings(self) -> Sequence[str]:
        """All warnings so far."""

    def begin(self, title: str, total_time: float | None) -> None:
        """The run starts; `total_time` is None if its end is unknown or the problem is steady."""

    def newton(self, iteration: int, residual: float) -> None:
        """The residual norm of a Newton iteration; iteration 0 is the initial guess."""

    def step(self, step: int, time: float, dt: float, iterations: int) -> None:
        """A step has been accepted after this number of Newton iterations."""

    def message(self, text: str) -> None:
        """Information, such as a step that was reduced and repeated."""

    def progress(self, text: str) -> None:
        """How far something is that takes long, such as the compilation of kernels; the next text replaces it."""

    def passed(self, text: str) -> None:
        """A named stage of the run, such as a step of its protocol, has ended."""

    def warning(self, text: str) -> None:
        """A possible mistake; also listed in the summary."""

    def end(self, status: str) -> None:
        """The run has ended: 'finished', or 'stopped', 'not conserved' or 'failed' with the reason; only once."""

    def report(
        self,
        outputs: Sequence[OutputValue],
        ledgers: Sequence[BalanceLedger],
        folder: str,
        monitors: Sequence[MonitorLedger] = (),
        parameters: Sequence[Parameter] = (),
    ) -> None:
        """The final tables, and the folder with the other files."""


class SilentReporter:
    """Writes to the log only; base of the other reporters."""

    def __init__(self) -> None:
        self.warnings: list[str] = []
        self._ended = False

    def begin(self, title: str, total_time: float | None) -> None:
        _log.info("%s%s", title, "" if total_time is None else f", {time_text(total_time)}")

    def newton(self, iteration: int, residual: float) -> None:
        _log.debug("  newton %d: residual %.6e", iteration, residual)

    def step(self, step: int, time: float, dt: float, iterations: int) -> None:
        _log.info("%s", _step_text(step, time, dt, iterations))

    def message(self, text: str) -> None:
        _log.info("%s", text)

    def progress(self, text: str) -> None:
        _log.debug("%s", text)

    def passed(self, text: str) -> None:
        self.message(text)

    def warning(self, text: str) -> None:
        self.warnings.append(text)
        _log.warning("%s", text)

    def end(self, status: str) -> None:
        if not self._ended:
            self._ended = True
            _log.info("%s", status)
            self._show_end(status)

    def report(
        self,
        outputs: Sequence[OutputValue],
        ledgers: Sequence[BalanceLedger],
        folder: str,
        monitors: Sequence[MonitorLedger] = (),
        parameters: Sequence[Parameter] = (),
    ) -> None:
        for table in format_all(outputs, ledgers, monitors, parameters):
            if table:
                _log.info("\n%s", table)

    def _show_end(self, status: str) -> None:
        """Show the status at the end of the run; nothing by default."""


class PlainReporter(SilentReporter):
    """A few lines for a pipe or a batch log: start, warnings, at most a step every `interval` seconds, end.

    Progress goes to `stream` (default: stderr), the final tables to `out` (default: stdout).
    """

    def __init__(self, stream: TextIO | None = None, out: TextIO | None = None, interval: float = 30.0) -> None:
        super().__init__()
        self._stream = stream or sys.stderr
        self._out = out or sys.stdout
        self._interval = interval
        self._shown = clock.monotonic()

    def begin(self, title: str, total_time: float | None) -> None:
        super().begin(title, total_time)
        self._say(title)
        self._shown = clock.monotonic()

    def step(self, step: int, time: float, dt: float, iterations: int) -> None:
        super().step(step, time, dt, iterations)
        if clock.monotonic() - self._shown >= self._interval:
            self._shown = clock.monotonic()
            self._say(_step_text(step, time, dt, iterations))

    def progress(self, text: str) -> None:
        super().progress(text)
        if clock.monotonic() - self._shown >= self._interval:
            self._shown = clock.monotonic()
            self._say(text)

    def passed(self, text: str) -> None:
        super().passed(text)
        self._say(text)

    def warning(self, text: str) -> None:
        super().warning(text)
        self._say(f"warning: {text}")

    def report(
        self,
        outputs: Sequence[OutputValue],
        ledgers: Sequence[BalanceLedger],
        folder: str,
        monitors: Sequence[MonitorLedger] = (),
        parameters: Sequence[Parameter] = (),
    ) -> None:
        super().report(outputs, ledgers, folder, monitors, parameters)
        for table in format_all(outputs, ledgers, monitors, parameters):
            if table:
                print(printable(table), end="\n\n", file=self._out)
        print(printable(f"results in {folder}"), file=self._out, flush=True)

    def _show_end(self, status: str) -> None:
        self._say(status)

    def _say(self, text: str) -> None:
        with suppress(OSError):  # the reader has gone, which must not end the run
            print(printable(text), file=self._stream, flush=True)


class RichReporter(SilentReporter):
    """A progress bar in a terminal on `console` (default: stderr), and the final tables on `out` (stdout)."""

    def __init__(self, console: Console | None = None, out: Console | None = None) -> None:
        super().__init__()
        from rich.console import Console

        self._console = console or Console(stderr=True, highlight=False)
        self._out = out or Console(highlight=False)
        self._progress: Progress | None = None
        self._total: float | None = None
        self._state = ""

    def begin(self, title: str, total_time: float | None) -> None:
        super().begin(title, total_time)
        from rich.markup import escape
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

        self._total = total_time
        self._progress = Progress(
            SpinnerColumn(finished_text=" "),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[state]}", markup=False),
            TimeRemainingColumn(compact=True),
            console=self._console,
            transient=True,
        )
        self._progress.add_task(escape(printable(title)), total=total_time, state="")
        self._progress.start()

    def newton(self, iteration: int, residual: float) -> None:
        super().newton(iteration, residual)
        self._update(f"{self._state}  newton {iteration}: {residual:.1e}".lstrip())

    def step(self, step: int, time: float, dt: float, iterations: int) -> None:
        super().step(step, time, dt, iterations)
        until = "" if self._total is None else f" of {time_text(self._total)}"
        self._state = f"step {step}  {time_text(time)}{until}  dt {time_text(dt)}  {iterations} newton"
        self._update(self._state, time)

    def progress(self, text: str) -> None:
        super().progress(text)
        self._update(text)

    def message(self, text: str) -> None:
        super().message(text)
        self._console.print(printable(text), markup=False)

    def warning(self, text: str) -> None:
        super().warning(text)
        self._console.print(printable(f"warning: {text}"), style="yellow", markup=False)

    def report(
        self,
        outputs: Sequence[OutputValue],
        ledgers: Sequence[BalanceLedger],
        folder: str,
        monitors: Sequence[MonitorLedger] = (),
        parameters: Sequence[Parameter] = (),
    ) -> None:
        super().report(outputs, ledgers, folder, monitors, parameters)
        if parameters:
            self._out.print(parameter_table(parameters))
        if outputs:
            self._out.print(output_table(outputs))
        if ledgers:
            self._out.print(ledger_table(ledgers))
        if text := format_audit(ledgers, monitors):
            self._out.print(printable(text), markup=False, soft_wrap=True)
        self._out.print(printable(f"results in {folder}"), markup=False, soft_wrap=True)

    def _show_end(self, status: str) -> None:
        if self._progress is not None:
            self._progress.stop()
            self._progress = None
        self._console.print(printable(status), style="green" if status == "finished" else "bold red", markup=False)

    def _update(self, state: str, time: float | None = None) -> None:
        if self._progress is not None:
            self._progress.update(self._progress.task_ids[0], completed=time, state=state)


@contextmanager
def log_file(directory: RunDirectory) -> Iterator[None]:
    """Appends the log of trona, with times, to `log.txt` in the run directory while it is open."""
    stream = directory.stream("log.txt")
    handler = _Log(stream)
    handler.setFormatter(_Printable("%(asctime)s %(levelname)-7s %(message)s"))
    root = logging.getLogger("trona")
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
        handler.close()
        stream.close()


class _Printable(logging.Formatter):
    """Escapes control characters, because texts of a deck may reach a terminal through the log."""

    def format(self, record: logging.LogRecord) -> str:
        return printable(super().format(record))


class _Log(logging.Handler):
    """A log whose failure, as on a full disk, does not stop a run: writing the data files reports it as well."""

    def __init__(self, stream: Stream) -> None:
        super().__init__()
        self._stream = stream

    def emit(self, record: logging.LogRecord) -> None:
        """Append a line."""
        with suppress(UserError):
            self._stream.write(f"{self.format(record)}\n")


def _step_text(step: int, time: float, dt: float, iterations: int) -> str:
    return f"step {step}: t = {time_text(time)}, dt = {time_text(dt)}, {iterations} newton iterations"
