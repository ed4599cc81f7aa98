"""`trona stop`: which process it signals, and what that is told."""

from __future__ import annotations

import json
import os
import platform
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from small_run import meanwhile

from trona.cli import main
from trona.record import reopen_directory
from trona.record.directory import LOCK

pytestmark = pytest.mark.usefixtures("heard_signals")


def test_a_run_ends_after_its_step(
    small_run: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as patch:
        words = [sys.executable, "-m", "trona.cli", "stop", "out"]
        told = meanwhile(patch, 4, lambda: subprocess.run(words, capture_output=True, text=True, check=False))
        assert main(["run", "deck.yaml", "-q", "-o", "out"]) == 130
    assert told[0].stdout == (
        f"sent SIGINT to process {os.getpid()}: the run ends after its present step, with a checkpoint; "
        "'trona run DECK --restart out' continues it. Once more ends it at once\n"
    )
    assert json.loads((small_run / "out/summary.json").read_text())["status"] == "interrupted: SIGINT"
    assert "--restart out" in capfd.readouterr().err
    assert main(["stop", "out"]) == 2
    assert capfd.readouterr().err == "out: no process writes to it (interrupted: SIGINT)\n"
    _refused(small_run / "out", monkeypatch, capfd)


def _refused(run: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """What the lock tells may be of another node, of a process that is not there, or damaged: nothing is signalled."""
    directory, here = reopen_directory(run), platform.node()
    other = subprocess.Popen(["sleep", "60"])
    for text, why in (
        ("process 7 on elsewhere\n", "process 7 on elsewhere writes to it; run 'trona stop' there"),
        (f"process {other.pid} on {here}\n", f"process {other.pid}, of which its lock tells, does not hold it or is"),
        ("?\n", "does not tell which process writes to the folder"),
    ):
        (run / LOCK).write_text(text)
        assert main(["stop", "out"]) == 2
        assert why in capfd.readouterr().err
    assert other.poll() is None
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr("os.kill", lambda *given: sent.append(given))
    (run / LOCK).write_text(f"process {os.getpid()} on {here}\n")
    (run / "deck.yaml").write_text("physics: {}\n")
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # as what a script starts in the background
    try:
        assert main(["stop", "out"]) == 0
    finally:
        signal.signal(signal.SIGINT, before)
    assert "sent SIGTERM" in (said := capfd.readouterr().out) and "no checkpoints, so it ends now" in said
    assert sent == [(os.getpid(), signal.SIGTERM)]
    monkeypatch.undo()
    directory.close()
    other.kill()
    other.wait()
