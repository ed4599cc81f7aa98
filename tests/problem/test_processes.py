"""Work shared out over forked processes: each task once, and one that fails is told and left to the caller."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from trona.errors import UserError
from trona.problem.processes import PROCESSES, Pool, number_of_processes


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setenv(PROCESSES, "3")
    return []


def note(folder: Path, number: int) -> None:
    (folder / f"{number}-{os.getpid()}").touch()


def tasks(folder: Path, count: int = 20) -> list[Callable[[], None]]:
    return [partial(note, folder, number) for number in range(count)]


def done(folder: Path) -> list[int]:
    return sorted(int(path.name.split("-")[0]) for path in folder.iterdir())


def test_each_task_is_done_once_in_another_process(tmp_path: Path, told: list[str]) -> None:
    assert Pool(told.append, told.append).run("counting", tasks(tmp_path))
    assert done(tmp_path) == list(range(20))
    assert str(os.getpid()) not in {path.name.split("-")[1] for path in tmp_path.iterdir()}
    assert told[0].startswith("counting, ") and "20" in told[0]


@pytest.mark.parametrize("number", [0, 1])
def test_few_tasks_are_left_to_the_caller(tmp_path: Path, number: int, told: list[str]) -> None:
    assert Pool(told.append, told.append).run("counting", tasks(tmp_path, number)) == (number == 0)
    assert done(tmp_path) == []
    assert told == []


def raises() -> None:
    raise ValueError("no such thing")


def is_killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("fault", [raises, is_killed, partial(os._exit, 3)])
def test_a_process_that_fails_is_told_once_and_the_others_go_on(
    tmp_path: Path, told: list[str], fault: Callable[[], None]
) -> None:
    pool = Pool(lambda text: None, told.append)
    assert not pool.run("counting", [fault, *tasks(tmp_path)])
    assert done(tmp_path) == list(range(20))
    assert not pool.run("counting", [fault, fault, fault, *tasks(tmp_path)])
    assert told == ["counting: a process has failed; what it has not made is made one after the other"]


def test_no_process_is_left_behind(tmp_path: Path, told: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    fork, children = os.fork, []

    def noted() -> int:
        children.append(fork())
        return children[-1]

    monkeypatch.setattr(os, "fork", noted)
    Pool(told.append, told.append).run("counting", [raises, *tasks(tmp_path)])
    assert len(children) == 3
    for child in children:
        with pytest.raises(ChildProcessError):
            os.waitpid(child, os.WNOHANG)


def test_no_more_processes_leave_all_to_the_caller(
    tmp_path: Path, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def none_left() -> int:
        raise BlockingIOError("Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", none_left)
    assert not Pool(told.append, told.append).run("counting", tasks(tmp_path))
    assert done(tmp_path) == [] and len(told) == 1


@pytest.mark.parametrize("given", ["0", "two", "-1", "1.5", ""])
def test_the_number_of_processes_is_a_whole_one(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PROCESSES, given)
    with pytest.raises(UserError) as error:
        number_of_processes()
    assert str(error.value) == f"{PROCESSES} is '{given}', but must be a whole number from 1"
