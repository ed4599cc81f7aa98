from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from trona.readings.snapshot import Snapshot
from trona.record import curves, open_directory, pictures
from trona.record.drawing import Painter, Plots, draw, painter
from trona.record.table import Table

DRAWS = (curves, pictures)
"""What draws is imported here, so that no test depends on one before it."""


@pytest.fixture
def apart(monkeypatch: pytest.MonkeyPatch) -> Iterator[Painter]:
    """A painter with a process of its own, although matplotlib is imported here."""
    monkeypatch.delitem(sys.modules, "matplotlib.figure")
    monkeypatch.setenv("TRONA_COMPILE_PROCESSES", "2")
    found = Painter()
    yield found
    found.close()


def test_pictures_are_the_same_wherever_they_are_drawn(apart: Painter, snapshot: Snapshot) -> None:
    plots = Plots(("temperature", "displacement"), snapshot, None, Table(), {})
    assert apart.do(os.getpid) != os.getpid()
    drawn = apart.do(draw, plots)
    assert [name for name, _ in drawn] == ["temperature", "displacement"]
    assert drawn == draw(plots)
    assert all(isinstance(picture, bytes) and picture.startswith(b"\x89PNG") for _, picture in drawn)


def test_why_a_picture_cannot_be_drawn_is_told(apart: Painter, snapshot: Snapshot) -> None:
    plots = Plots(("theta",), snapshot, None, Table(columns={"theta": [float("nan")]}, units={"theta": "1"}), {})
    assert apart.do(draw, plots) == [("theta", "no value is finite")]


def test_only_what_is_drawn_is_sent(snapshot: Snapshot) -> None:
    sent = Plots(("temperature", "displacement"), snapshot, None, Table(), {}).named(["temperature"])
    assert sent.fields() == {"temperature"}
    assert sent.names == ("temperature",)


def test_without_the_other_process_this_one_draws(apart: Painter) -> None:
    os.kill(apart.do(os.getpid), signal.SIGKILL)
    assert apart.do(os.getpid) == os.getpid()
    assert apart.do(os.getpid) == os.getpid()


def test_a_mistake_is_raised_here(apart: Painter) -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        apart.do(int, "many")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_that_ends_the_run_leaves_the_pictures(apart: Painter, number: int) -> None:
    child = apart.do(os.getpid)
    os.kill(child, number)
    assert apart.do(os.getpid) == child


def test_one_process_draws_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "matplotlib.figure")
    monkeypatch.setenv("TRONA_COMPILE_PROCESSES", "1")
    assert Painter().do(os.getpid) == os.getpid()


def test_what_has_imported_matplotlib_draws_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRONA_COMPILE_PROCESSES", "2")
    assert Painter().do(os.getpid) == os.getpid()


def test_the_other_process_does_not_keep_the_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delitem(sys.modules, "matplotlib.figure")
    monkeypatch.setenv("TRONA_COMPILE_PROCESSES", "2")
    folder = open_directory(tmp_path / "run", "deck")
    apart = Painter()
    try:
        assert apart.do(os.getpid) != os.getpid()
        folder.close()
        open_directory(tmp_path / "run", "deck").close()
    finally:
        apart.close()


def test_a_copy_of_the_process_has_its_own(monkeypatch: pytest.MonkeyPatch, apart: Painter) -> None:
    own = painter()
    assert painter() is own
    child = os.fork()
    if not child:
        apart.close()
        os._exit(painter() is own)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert apart.do(os.getpid) != os.getpid()


def test_it_ends_with_the_process() -> None:
    """The end is that of an interpreter, and then of one that is killed."""
    script = "import os, signal; from trona.record.drawing import painter; print(painter().do(os.getpid), flush=True)"
    environment = {**os.environ, "TRONA_COMPILE_PROCESSES": "2"}
    for end in ("", "; os.kill(os.getpid(), signal.SIGKILL)"):
        run = subprocess.run([sys.executable, "-c", script + end], env=environment, stdout=subprocess.PIPE, check=False)
        assert run.returncode == (-signal.SIGKILL if end else 0)
        child = int(run.stdout)
        deadline = time.monotonic() + 20
        while _lives(child) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not _lives(child)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
