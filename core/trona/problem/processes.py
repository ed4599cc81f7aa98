"""Work shared out over copies of this process, which leave what they make on the disk."""

from __future__ import annotations

import gc
import os
import select
import signal
import struct
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NoReturn

from trona.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

PROCESSES = "TRONA_COMPILE_PROCESSES"
"""The variable of the environment with the number of processes; default: one per core."""
_INDEX = struct.Struct("i")
_INTERVAL = 0.5  # s, between two reports


def number_of_processes() -> int:
    """Return how many processes may work at a time. Raises UserError."""
    given = os.environ.get(PROCESSES)
    if given is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if not given.isdecimal() or int(given) < 1:
        raise UserError(f"{PROCESSES} is '{given}', but must be a whole number from 1")
    return int(given)


class Pool:
    """Runs tasks in forked processes, which know all that this one knows and tell it only that they are done.

    report: told now and then how far they are; message: told the first time when one has failed.
    """

    def __init__(self, report: Callable[[str], None], message: Callable[[str], None]) -> None:
        self.size = number_of_processes()
        self.report_to(report, message)

    def report_to(self, report: Callable[[str], None], message: Callable[[str], None]) -> None:
        """Tell somebody else from now on."""
        self._report, self._message = report, message
        self._failed = False

    def run(self, title: str, tasks: Sequence[Callable[[], None]]) -> bool:
        """Run tasks, each once, in their order; return whether all were done. What failed is left to the caller."""
        if min(self.size, len(tasks)) < 2:
            return not tasks
        try:
            done = self._run(title, tasks)
        except OSError:  # no more processes, no more memory
            done = 0
        if done < len(tasks) and not self._failed:
            self._failed = True
            self._message(f"{title}: a process has failed; what it has not made is made one after the other")
        return done == len(tasks)

    @contextmanager
    def beside(self, task: Callable[[], None]) -> Iterator[None]:
        """Within the context, do one thing in a forked process, if there can be one; at its end it has done it."""
        try:
            child = os.fork()
        except OSError:  # no more processes, no more memory
            yield
            return
        if child == 0:
            _alone(task)
        try:
            yield
        except BaseException:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
            raise
        finally:
            with suppress(ChildProcessError):
                os.waitpid(child, 0)

    def _run(self, title: str, tasks: Sequence[Callable[[], None]]) -> int:
        # The numbers of the tasks wait in a pipe, from which whoever is free takes the next.
        waiting, put = os.pipe()
        told, tell = os.pipe()
        children: list[int] = []
        try:
            for _ in range(min(self.size, len(tasks))):
                child = os.fork()
                if child == 0:
                    os.close(put)
                    os.close(told)
                    _work(tasks, waiting, tell)
                children.append(child)
            os.close(tell)
            tell = -1
            os.close(waiting)
            waiting = -1
            with suppress(BrokenPipeError):
                for number in range(len(tasks)):
                    os.write(put, _INDEX.pack(number))
            os.close(put)
            put = -1
            return self._follow(title, len(tasks), told)
        except BaseException:
            for child in children:
                with suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
            raise
        finally:
            for end in (waiting, put, told, tell):
                if end >= 0:
                    os.close(end)
            for child in children:
                with suppress(ChildProcessError):
                    os.waitpid(child, 0)

    def _follow(self, title: str, count: int, told: int) -> int:
        """Report how far the processes are until all have ended; return how many tasks they have done."""
        begin, shown, done = time.monotonic(), 0.0, 0
        while True:
            ready, _, _ = select.select([told], [], [], _INTERVAL)
            if ready:
                words = os.read(told, 4096)
                if not words:
                    return done
                done += len(words)
            now = time.monotonic()
            if now - shown >= _INTERVAL:
                shown = now
                left = f", about {(now - begin) / done * (count - done):.0f} s left" if 0 < done < count else ""
                self._report(f"{title}, {done} of {count}{left}")


def _work(tasks: Sequence[Callable[[], None]], waiting: int, tell: int) -> None:
    """Do tasks until there are no more, and end this process."""

    def work() -> None:
        while word := os.read(waiting, _INDEX.size):
            tasks[_INDEX.unpack(word)[0]]()
            os.write(tell, b".")

    _alone(work)


def _alone(task: Callable[[], None]) -> NoReturn:
    """Do what a forked process does, and end it."""
    code = 1
    try:
        # The collector would touch, and so copy, all that was there before, and take a sixth of the time. What it would
        # free goes with this process soon.
        gc.freeze()
        gc.disable()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        task()
        code = 0
    finally:
        os._exit(code)  # neither PETSc nor MPI may end here
