"""Signals that ask a sweep to stop, and states of a sweep that somebody has altered."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from trona.cli import main
from trona.record import open_directory
from trona.session.signals import Terminated
from trona.sweep import run_sweep
from trona.sweep.pool import _Worker
from trona.sweep.table import CaseResult
from trona.sweep.terminal import SilentSweep
from trona.sweep.worker import Job

DECK = """\
mesh: {layers: [{metal: 1 um}], cells: 2}
materials: {metal: sodium}
physics: {heat: {blocks: [metal]}}
boundaries: {top: {temperature: 300 K}, bottom: {heat_flux: 0 W/m^2}}
sweep:
  parameters: {q: boundaries.bottom.heat_flux}
  grid: {q: [1 W/m^2, 2 W/m^2, 3 W/m^2]}
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "deck.yaml").write_text(DECK, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def solved(job: Job) -> CaseResult:
    return CaseResult(job.number, "finished", "", {"temperature_max": 300.0 + job.number}, {"temperature_max": "K"}, 1)


@pytest.mark.usefixtures("heard_signals")
@pytest.mark.parametrize(("number", "how"), [(2, "interrupted"), (15, "SIGTERM"), (1, "SIGHUP")])
def test_a_signal_says_how_to_go_on(
    number: int, how: str, here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def solve(jobs: list[Job], *_: Any) -> Iterator[CaseResult]:
        yield solved(jobs[0])
        os.kill(os.getpid(), number)
        yield solved(jobs[1])

    monkeypatch.setattr("trona.sweep.run.solve_all", solve)
    before = signal.getsignal(number)
    assert main(["sweep", "deck.yaml", "-q", "-o", "out"]) == 128 + number
    assert capsys.readouterr().err == (f"{how}: 1 of 3 cases have run; continue with\n  trona sweep deck.yaml -o out\n")
    assert signal.getsignal(number) == before
    monkeypatch.setattr("trona.sweep.run.solve_all", lambda jobs, *_: (solved(job) for job in jobs))
    table = run_sweep("deck.yaml", directory="out", reporter=SilentSweep())
    assert sorted(table.results) == [1, 2, 3] and not table.failed


def test_before_there_is_anything(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("trona.sweep.run.check_sweep", lambda _: os.kill(os.getpid(), signal.SIGTERM))
    assert main(["sweep", "deck.yaml", "-q", "-o", "out"]) == 143
    assert capsys.readouterr().err == "SIGTERM: interrupted\n"


@pytest.mark.usefixtures("heard_signals")
@pytest.mark.parametrize(
    "number", [signal.SIGHUP, *(pytest.param(n, marks=pytest.mark.slow) for n in (signal.SIGTERM, signal.SIGINT))]
)
def test_a_process_that_a_signal_ends_is_no_failed_case(number: signal.Signals, tmp_path: Path) -> None:
    """A batch system sends it to all processes of a job: the case is run again."""
    worker = _Worker(open_directory(tmp_path / "out", "sweep").stream("worker-1.log"), 1)
    assert worker.receive() is None and worker.ready  # it has started
    worker.job = object()  # type: ignore[assignment]
    os.kill(worker.process.pid, number)
    with pytest.raises(Terminated) as stop:
        worker.receive()
    assert stop.value.number == number


# ---------------------------------------------------------------- altered states


@pytest.fixture
def state(here: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setattr("trona.sweep.run.solve_all", lambda jobs, *_: (solved(job) for job in jobs))
    run_sweep("deck.yaml", directory="out", reporter=SilentSweep())
    found: dict[str, Any] = json.loads((here / "out/sweep.json").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize(
    ("path", "value", "why"),
    [
        (("results",), 1, "results: expected a list, got 1"),
        (("results", 0, "number"), 9, "results[0].number: 9 is not a case, or appears twice"),
        (("results", 1, "number"), 1, "results[1].number: 1 is not a case, or appears twice"),
        (("results", 0, "number"), True, "results[0].number: expected a whole number of at least 1, got True"),
        (("results", 2, "status"), 3, "results[2].status: expected a word, got 3"),
        (("results", 0, "outputs"), {"nothing": 1.0}, "results[0].outputs: no unit of nothing"),
        (("results", 0, "outputs", "temperature_max"), "hot", "results[0].outputs.temperature_max: expected a number"),
        (("results", 0, "wall"), -1, "results[0].wall: expected a finite number of at least 0, got -1"),
        (("units", "temperature_max"), "m", "units.temperature_max: 'm', but the deck has 'K'"),
        (("identity",), [], "identity: expected names, got a list of 0"),
        (("cases",), {"x": 1}, "cases.x: expected names, got 1"),
        (("started",), None, "started: expected text, got None"),
    ],
)
def test_an_altered_state_is_refused_with_its_place(
    path: tuple[Any, ...], value: Any, why: str, state: dict[str, Any], here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place: Any = state
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    (here / "out/sweep.json").write_text(json.dumps(state), encoding="utf-8")
    assert main(["sweep", "deck.yaml", "-q", "-o", "out"]) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"out/sweep.json: cannot be read ({why}") and err.endswith("choose another -o\n")


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000, '{"identity": NaN}', "\0\xff"])
def test_a_state_that_is_none(text: str, state: Any, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "out/sweep.json").write_bytes(text.encode("latin-1"))
    assert main(["sweep", "deck.yaml", "-q", "-o", "out"]) == 2
    assert capsys.readouterr().err.startswith("out/sweep.json: cannot be read (")
