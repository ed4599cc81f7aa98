"""Signals that ask a run to stop: noted, so that it can end in order."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


class StopSignals:
    """A context in which SIGINT and SIGTERM are noted in `number` instead of ending the process.

    A second one acts at once. `notice` is told of the first. Outside the main thread nothing is changed, since only
    there signals can be handled.
    """

    def __init__(self, notice: Callable[[str], None] = lambda text: None) -> None:
        self.number = 0
        """The signal that came, 0 for none."""
        self._notice = notice
        self._before: dict[int, Any] = {}

    def __enter__(self) -> StopSignals:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        self._before = {}

    def _note(self, number: int, frame: Any) -> None:
        self.number = number
        self.__exit__()
        self._notice(f"{signal.Signals(number).name}: ending after this step; once more ends at once")
