"""Signals that ask a run or a sweep to stop, so that it can end in order."""

from __future__ import annotations

import os
import select
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Terminated(KeyboardInterrupt):
    """SIGTERM or SIGHUP came; `number` says which."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


def take_back_signals() -> None:
    """Undo what PETSc does to these signals when it starts: it would abort, even where the process ignores them."""
    if threading.current_thread() is threading.main_thread():
        _put_back({number: signal.getsignal(number) for number in STOPPING})


class StopSignals:
    """A context in which SIGINT, SIGTERM and SIGHUP are noted in `number` instead of ending the process.

    The first one is passed to `notice`, a second one acts at once. What the process was started to ignore, as under
    nohup, stays ignored. Outside the main thread nothing is changed, since only there signals can be handled.
    """

    def __init__(self, notice: Callable[[str], None] = lambda text: None) -> None:
        self.number = 0
        """The signal that came, 0 for none."""
        self._notice = notice
        self._before: dict[int, Any] = {}

    def __enter__(self) -> StopSignals:
        self._before = _handled_by(self._note, STOPPING)
        return self

    def __exit__(self, *_: object) -> None:
        _put_back(self._before)
        self._before = {}

    def _note(self, number: int, frame: Any) -> None:
        self.number = number
        self.__exit__()
        _leave_lost_terminal()
        self._notice(f"{signal.Signals(number).name}: ending after this step; once more ends at once")


@contextmanager
def raising() -> Iterator[None]:
    """A context in which SIGTERM and SIGHUP raise Terminated, as SIGINT raises KeyboardInterrupt; a second kills."""

    def act(number: int, frame: Any) -> None:
        _put_back(before)
        before.clear()
        _leave_lost_terminal()
        raise Terminated(number)

    before = _handled_by(act, (signal.SIGTERM, signal.SIGHUP))
    try:
        yield
    finally:
        _put_back(before)


def _handled_by(handler: Any, numbers: tuple[signal.Signals, ...]) -> dict[int, Any]:
    """Install a handler for the signals that are not ignored; return the previous handlers."""
    if threading.current_thread() is not threading.main_thread():
        return {}
    heeded = [n for n in numbers if signal.getsignal(n) is not signal.SIG_IGN]
    return {n: signal.signal(n, handler) for n in heeded}


def _put_back(before: dict[int, Any]) -> None:
    for number, handler in before.items():
        signal.signal(number, signal.SIG_DFL if handler is None else handler)


def _leave_lost_terminal() -> None:
    """If SIGHUP came because the terminal was closed, discard further output instead of failing."""
    for file in (1, 2):
        poll = select.poll()
        poll.register(file, 0)
        if any(events & (select.POLLERR | select.POLLHUP) for _, events in poll.poll(0)):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, file)
            os.close(nowhere)
