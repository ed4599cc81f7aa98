"""Signals that ask a run to stop: it ends in order, with a checkpoint, and says how to go on."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from small_run import DECK, meanwhile

from trona.cli import main
from trona.record import read_newest
from trona.session.signals import STOPPING

pytestmark = pytest.mark.usefixtures("heard_signals")


@pytest.mark.parametrize("number", STOPPING)
def test_a_signal_ends_a_run_in_order(
    number: signal.Signals, small_run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = signal.getsignal(number)
    with monkeypatch.context() as patch:
        meanwhile(patch, 4, lambda: os.kill(os.getpid(), number))
        assert main(["run", "deck.yaml", "-q", "-o", "out"]) == 128 + number
    assert capsys.readouterr().err == (
        f"{number.name}: stopped in order\nthe last good checkpoint is that of step 4, t = 4e-06 s; continue with\n"
        "  trona run deck.yaml --restart out\n"
    )
    assert json.loads((small_run / "out/summary.json").read_text())["status"] == f"interrupted: {number.name}"
    assert signal.getsignal(number) == before
    assert main(["run", "deck.yaml", "-q", "--restart", "out"]) == 0


def test_what_is_ignored_stays_ignored(small_run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        meanwhile(monkeypatch, 4, lambda: os.kill(os.getpid(), signal.SIGHUP))
        assert main(["run", "deck.yaml", "-q", "-o", "out"]) == 0
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_terminal_that_is_closed(small_run: Path) -> None:
    """The run hears SIGHUP, and nothing that it says afterwards reaches anybody: it still ends in order."""
    endless = DECK.replace("end: 6 us", "end: 1 s").replace("steps: 1", "steps: 1000000")
    (small_run / "deck.yaml").write_text(endless, encoding="utf-8")
    child, terminal = pty.fork()
    if child == 0:
        path = os.pathsep.join(str(Path(p).absolute()) for p in sys.path if p)
        os.environ.update(PYTHONPATH=path, TERM="xterm")
        code = "import sys; from trona.cli import main; sys.exit(main())"
        os.execv(sys.executable, [sys.executable, "-c", code, "run", "deck.yaml", "-o", "out"])
    table = small_run / "out/outputs.csv"
    while not table.is_file() or table.read_text(encoding="utf-8").count("\n") < 5:
        if select.select([terminal], [], [], 0.1)[0]:
            os.read(terminal, 65536)
        assert os.waitpid(child, os.WNOHANG) == (0, 0)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 128 + signal.SIGHUP
    step = table.read_text(encoding="utf-8").count("\n") - 1
    assert read_newest(small_run / "out")[1]["stepper"]["number"] == step
    assert json.loads((small_run / "out/summary.json").read_text())["status"] == "interrupted: SIGHUP"


def test_petsc_leaves_what_is_ignored_alone(small_run: Path) -> None:
    """A process that was started under nohup: PETSc would take SIGHUP over when it starts, and abort."""
    code = (
        "import os, signal, sys\nsignal.signal(signal.SIGHUP, signal.SIG_IGN)\nfrom trona.cli import main\n"
        "assert main(['run', 'deck.yaml', '-q', '-o', 'out', 'checkpoint.keep=0']) == 0\n"
        "os.kill(os.getpid(), signal.SIGHUP)\nprint('alive')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "alive\n"), done.stderr
