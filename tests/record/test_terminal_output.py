from __future__ import annotations

import errno
import io
import logging
import sys

import pytest
from rich.console import Console

from trona.model.materials.parameter import Parameter
from trona.readings.ledgers import BalanceLedger, LedgerEntry
from trona.readings.snapshot import OutputValue
from trona.record import RunDirectory, format_ledger, format_outputs
from trona.record.disk import Disk
from trona.record.report import format_parameters
from trona.record.reporters import make_reporter
from trona.record.terminal import PlainReporter, Reporter, RichReporter, SilentReporter, log_file

LEDGER = BalanceLedger(
    "energy",
    "W/m",
    (
        LedgerEntry("source", "joule", "film", 3.0),
        LedgerEntry("boundary", "heat", "top", -2.0),
        LedgerEntry("boundary", "heat", "base", 0.5),
        LedgerEntry("storage", "heat", "film", 1.5),
    ),
)
OUTPUTS = [OutputValue("theta", 1.25, "1", "largest over smallest"), OutputValue("voltage", 0.0123456789, "V")]


def run(reporter: Reporter) -> None:
    reporter.begin("cell [film]", 420.0)
    reporter.newton(0, 1.0)
    reporter.newton(1, 1e-9)
    reporter.step(1, 60.0, 60.0, 1)
    reporter.message("step cut")
    reporter.warning("no value [V]")
    reporter.end("finished")
    reporter.end("finished")
    reporter.report(OUTPUTS, [LEDGER], "runs/cell [1]")


def test_ledger_as_text() -> None:
    assert format_ledger([LEDGER]) == (
        "balance  plugin   in  out  stored  unit  closure\n"
        "-------  ------  ---  ---  ------  ----  -------\n"
        "energy   heat    0.5    2     1.5  W/m\n"
        "energy   joule     3    -       -  W/m\n"
        "energy   total   3.5    2     1.5  W/m   0.0e+00"
    )


def test_outputs_as_text() -> None:
    assert format_outputs(OUTPUTS) == (
        "output       value  unit  meaning\n"
        "-------  ---------  ----  ---------------------\n"
        "theta         1.25        largest over smallest\n"
        "voltage  0.0123457  V"
    )


def test_no_table_of_nothing() -> None:
    assert (format_ledger([]), format_outputs([])) == ("", "")


def test_pipe_gets_few_lines_and_the_tables() -> None:
    stream, out = io.StringIO(), io.StringIO()
    run(PlainReporter(stream, out))
    assert stream.getvalue() == "cell [film]\nwarning: no value [V]\nfinished\n"
    assert out.getvalue() == (f"{format_outputs(OUTPUTS)}\n\n{format_ledger([LEDGER])}\n\nresults in runs/cell [1]\n")


def test_pipe_gets_a_step_when_the_interval_is_over() -> None:
    stream = io.StringIO()
    reporter = PlainReporter(stream, io.StringIO(), interval=0.0)
    reporter.step(3, 420.0, 5e-3, 4)
    assert stream.getvalue() == "step 3: t = 7 min, dt = 5 ms, 4 newton iterations\n"


def test_terminal_shows_progress_and_tables() -> None:
    stream, out = io.StringIO(), io.StringIO()
    console = Console(file=stream, force_terminal=True, width=140, color_system=None)
    reporter = RichReporter(console, Console(file=out, width=100, color_system=None))
    run(reporter)
    shown = stream.getvalue()
    for text in ("cell [film]", "step 1  60 s of 7 min  dt 60 s  1 newton", "warning: no value [V]", "finished"):
        assert text in shown
    assert shown.count("finished") == 1
    for text in ("theta", "largest over smallest", "0.0123457", "joule", "total", "results in runs/cell [1]"):
        assert text in out.getvalue()


def test_terminal_without_an_end_time() -> None:
    stream = io.StringIO()
    reporter = RichReporter(Console(file=stream, force_terminal=True, width=120, color_system=None))
    reporter.begin("cell", None)
    reporter.step(1, 0.0, 0.0, 5)
    reporter.end("failed: no convergence")
    assert "failed: no convergence" in stream.getvalue()


def test_silence(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    # As in a run of its own, where pytest has no handlers in the way.
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    reporter = SilentReporter()
    run(reporter)
    assert capsys.readouterr() == ("", "")
    assert reporter.warnings == ["no value [V]"]


def test_choice_of_reporter(monkeypatch: pytest.MonkeyPatch) -> None:
    assert type(make_reporter(quiet=True)) is SilentReporter
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert type(make_reporter()) is PlainReporter
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert type(make_reporter()) is RichReporter


def test_log_gets_everything(directory: RunDirectory) -> None:
    with log_file(directory):
        run(SilentReporter())
    logging.getLogger("trona.run").warning("after the end")
    text = (directory.path / "log.txt").read_text()
    for line in (
        "INFO    cell [film], 7 min",
        "DEBUG     newton 1: residual 1.000000e-09",
        "INFO    step 1: t = 60 s, dt = 60 s, 1 newton iterations",
        "WARNING no value [V]",
        "INFO    finished",
        "energy   total   3.5    2     1.5  W/m   0.0e+00",
    ):
        assert f"{line}\n" in text
    assert "after the end" not in text


def test_full_disk_does_not_stop_the_log(
    directory: RunDirectory, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with log_file(directory):
        run(SilentReporter())
        size = (directory.path / "log.txt").stat().st_size

        def full(self: Disk, handle: int, data: bytes) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr(Disk, "write", full)
            run(SilentReporter())
    assert capsys.readouterr().err == ""
    assert (directory.path / "log.txt").stat().st_size == size


PARAMETERS = (
    Parameter("film", "density", 5.0, "kg/m^3", "5 g/l", "a handbook", "1 %"),
    Parameter("film", "conductivity", None, "S/m", "table of T", "our guess", assumption=True),
    Parameter("law", "alpha", 0.5, "1", "0.5", "this deck"),
)


def test_parameters_as_text_with_assumptions_marked() -> None:
    assert format_parameters(PARAMETERS) == (
        "parameter          value       unit    source\n"
        "-----------------  ----------  ------  ------------------\n"
        "film.density       5           kg/m^3  a handbook\n"
        "film.conductivity  table of T  S/m     ASSUMED: our guess\n"
        "law.alpha          0.5                 this deck"
    )


@pytest.mark.parametrize("kind", ["pipe", "terminal", "log"])
def test_every_report_has_the_parameters(kind: str, directory: RunDirectory) -> None:
    out = io.StringIO()
    reporters = {
        "pipe": PlainReporter(io.StringIO(), out),
        "terminal": RichReporter(Console(file=io.StringIO()), Console(file=out, width=100, color_system=None)),
        "log": SilentReporter(),
    }
    with log_file(directory):
        reporters[kind].report(OUTPUTS, [LEDGER], "runs/cell", (), PARAMETERS)
    text = out.getvalue() if kind != "log" else (directory.path / "log.txt").read_text()
    for part in ("film.density", "a handbook", "ASSUMED: our guess", "law.alpha"):
        assert part in text
    assert text.index("law.alpha") < text.index("theta")
