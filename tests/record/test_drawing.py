from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from waiting import until

from trona.readings.snapshot import Snapshot
from trona.record import curves, open_directory, pictures
from trona.record import painter as painters
from trona.record.drawing import Plots
from trona.record.painter import Painter, draw, painter
from trona.record.table import Table

DRAWS = (curves, pictures)
"""What draws is imported here, so that no test depends on one before it."""


@dataclass(frozen=True)
class Told:
    """What is drawn here: the number of the process that draws it, as text. Some names stand for what may happen."""

    names: tuple[str, ...]

    def named(self, names: Sequence[str]) -> Told:
        return Told(tuple(names))

    def pen(self) -> Callable[[str], bytes]:
        return drawn_by


HERE = os.getpid()


def drawn_by(name: str) -> bytes:
    if name.startswith("dies") and os.getpid() != HERE:
        os.kill(os.getpid(), signal.SIGKILL)
    if name.startswith("hangs") and os.getpid() != HERE:
        time.sleep(1000)
    if name == "mistake":
        raise KeyError("no such colour")
    return str(os.getpid()).encode()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No picture may take long."""
    monkeypatch.setattr(painters, "PATIENCE", 1.5)


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
    assert apart.process != os.getpid()
    drawn = apart.draw(plots)
    assert [name for name, _ in drawn] == ["temperature", "displacement"]
    assert drawn == list(draw(plots))
    assert all(isinstance(picture, bytes) and picture.startswith(b"\x89PNG") for _, picture in drawn)


def test_two_processes_draw_at_a_time(apart: Painter) -> None:
    for count in (0, 1, 2, 5):  # one after the other: the process goes on
        names = tuple("abcde"[:count])
        drawn = apart.draw(Told(names))
        assert tuple(name for name, _ in drawn) == names
        first, second = {by for _, by in drawn[::2]}, {by for _, by in drawn[1::2]}
        assert first == ({str(apart.process).encode()} if count else set())
        assert len(second) == min(count // 2, 1) and not second & {*first, str(os.getpid()).encode()}


def test_why_a_picture_cannot_be_drawn_is_told(apart: Painter, snapshot: Snapshot) -> None:
    plots = Plots(("theta",), snapshot, None, Table(columns={"theta": [float("nan")]}, units={"theta": "1"}), {})
    assert apart.draw(plots) == [("theta", "no value is finite")]


def test_only_what_is_drawn_is_sent(snapshot: Snapshot) -> None:
    sent = Plots(("temperature", "displacement"), snapshot, None, Table(), {}).named(["temperature"])
    assert sent.fields() == {"temperature"}
    assert sent.names == ("temperature",)


def test_without_the_other_process_this_one_draws(apart: Painter) -> None:
    os.kill(apart.process, signal.SIGKILL)
    own = str(os.getpid()).encode()
    assert apart.draw(Told(("a", "b"))) == [("a", own), ("b", own)]
    assert apart.process == os.getpid()


@pytest.mark.parametrize(("what", "place"), [*(("dies", i) for i in range(4)), *(("hangs", i) for i in range(2))])
def test_a_picture_that_ends_its_process_is_named_and_all_others_are_drawn(
    what: str, place: int, request: pytest.FixtureRequest
) -> None:
    """Neither does this process try what has ended another, nor does it wait for ever."""
    if what == "hangs":
        request.getfixturevalue("impatient")
    apart: Painter = request.getfixturevalue("apart")
    why = f"the process that draws it has {'ended' if what == 'dies' else 'not answered for 1.5 s'}"
    names = [*"abcd"]
    names[place] = what
    drawn = dict(apart.draw(Told(tuple(names))))
    assert list(drawn) == names
    assert drawn.pop(what) == why
    assert all(isinstance(picture, bytes) for picture in drawn.values())


def test_a_process_that_takes_no_work_is_not_waited_for(impatient: None, apart: Painter, snapshot: Snapshot) -> None:
    """What is sent is more than a pipe holds."""
    os.kill(apart.process, signal.SIGSTOP)
    long = Table(columns={"a": [0.0] * 100_000}, units={"a": "1"})
    ((_, drawn),) = apart.draw(Plots(("temperature",), snapshot, None, long, {}))
    assert isinstance(drawn, bytes)
    assert apart.process == os.getpid()


def test_a_mistake_is_the_reason_why_there_is_no_picture(apart: Painter) -> None:
    """The summary of the run is still to be written."""
    for _ in range(2):
        drawn = apart.draw(Told(("a", "mistake")))
        assert drawn[1] == ("mistake", "KeyError: 'no such colour'") and isinstance(drawn[0][1], bytes)
        apart.close()


def test_what_comes_first_is_done_by_the_copy_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither its fault nor its end costs a picture."""

    def first(end: str) -> None:
        (tmp_path / str(os.getpid())).touch()
        drawn_by(end)

    monkeypatch.delitem(sys.modules, "matplotlib.figure")
    for processes, end, copied in ((2, "", True), (2, "mistake", True), (2, "dies", False), (1, "", False)):
        monkeypatch.setenv("TRONA_COMPILE_PROCESSES", str(processes))
        made = Painter(first=lambda end=end: first(end))
        child = made.process
        assert made.draw(Told(("a",))) == [("a", str(child if copied else os.getpid()).encode())]
        assert (tmp_path / str(child)).exists() == (processes > 1)
        made.close()


@dataclass(frozen=True)
class Counts:
    """Adds a line to a file at each turn, and fails."""

    file: Path

    def __call__(self) -> None:
        with self.file.open("a") as file:
            file.write("turn\n")
        raise RuntimeError("a bug")


def test_what_is_done_meanwhile(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Again and again, also after a picture and a fault, until it is told to end."""

    def more() -> None:
        before = len(file.read_text().splitlines())
        until(lambda: len(file.read_text().splitlines()) > before + 1)

    monkeypatch.setattr(painters, "_PAUSE", 0.01)
    monkeypatch.setattr(painters, "_SHARE", 0.0)
    monkeypatch.delitem(sys.modules, "matplotlib.figure")
    monkeypatch.setenv("TRONA_COMPILE_PROCESSES", "2")
    (file := tmp_path / "turns").touch()
    made = Painter()
    try:
        assert made.meanwhile(Counts(file))
        more()
        assert made.draw(Told(("a",))) == [("a", str(made.process).encode())]
        more()
        assert made.meanwhile(None)
        made.draw(Told(("a",)))
        ended = file.read_text()
        time.sleep(0.2)
        assert file.read_text() == ended
    finally:
        made.close()
    assert not made.meanwhile(Counts(file))


def test_processes_that_share_the_cores_draw_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many cases of a sweep as there are cores leave none for pictures."""
    monkeypatch.delitem(sys.modules, "matplotlib.figure")
    monkeypatch.setenv("TRONA_COMPILE_PROCESSES", "4")
    for sharing, apart in ((1, True), (2, True), (3, False), (4, False)):
        made = Painter(sharing)
        assert (made.process != os.getpid()) == apart
        made.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_that_ends_the_run_leaves_the_pictures(apart: Painter, number: int) -> None:
    child = apart.process
    os.kill(child, number)
    assert apart.draw(Told(("a",))) == [("a", str(child).encode())]


def test_one_process_draws_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "matplotlib.figure")
    monkeypatch.setenv("TRONA_COMPILE_PROCESSES", "1")
    assert Painter().process == os.getpid()


def test_what_has_imported_matplotlib_draws_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRONA_COMPILE_PROCESSES", "2")
    assert Painter().process == os.getpid()


def test_the_other_process_does_not_keep_the_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delitem(sys.modules, "matplotlib.figure")
    monkeypatch.setenv("TRONA_COMPILE_PROCESSES", "2")
    folder = open_directory(tmp_path / "run", "deck")
    apart = Painter()
    try:
        assert apart.draw(Told(("a",))) == [("a", str(apart.process).encode())]
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
    assert apart.process != os.getpid()


def test_it_ends_with_the_process() -> None:
    """The end is that of an interpreter, and then of one that is killed."""
    script = "import os, signal; from trona.record.painter import painter; print(painter().process, flush=True)"
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
