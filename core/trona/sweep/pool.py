"""The worker processes that solve the cases; those that die are replaced."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait

from trona.errors import TronaError
from trona.record import Stream
from trona.session.signals import STOPPING, Terminated
from trona.sweep.table import FAILED, CaseResult
from trona.sweep.worker import READY, Job

_GRACE = 5.0  # s, time for a process to end


class _Worker:
    """One process of some, and the parent's end of its pipe."""

    def __init__(self, log: Stream, processes: int) -> None:
        self.connection, theirs = Pipe()
        self.job: Job | None = None
        self.ready = False
        self.log = log
        self._began = 0.0
        with theirs:
            # In a new session, so that Ctrl-C in the terminal reaches only the sweep, which then ends its workers.
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "trona.sweep.worker", str(theirs.fileno()), str(processes)],
                stdin=subprocess.DEVNULL,
                stdout=log.handle,
                stderr=subprocess.STDOUT,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )

    def give(self, job: Job) -> None:
        self.job, self._began = job, time.perf_counter()
        with suppress(OSError):  # a dead process is noticed when its pipe is read
            self.connection.send(job)

    def receive(self) -> CaseResult | None:
        """Return a result, or None if the worker is ready. Raises TronaError if it did not start."""
        try:
            said = self.connection.recv()
        except (EOFError, OSError):
            return self._died()
        if said == READY:
            self.ready = True
            return None
        result, broken = said
        self.job = None
        if broken:
            self.end()
        assert isinstance(result, CaseResult)
        return result

    def _died(self) -> CaseResult | None:
        self.end()
        if not self.ready:
            raise TronaError(f"a worker process did not start; its output is in {self.log.path}")
        job, self.job = self.job, None
        if job is None:
            return None
        code = self.process.returncode
        for number in STOPPING:
            if code in (
                -number,
                128 + number,
            ):  # as when a batch system ends all processes of a job: not a failure of the case
                raise Terminated(number)
        how = f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
        message = f"its process ended {how}; perhaps out of memory; see {self.log.name}"
        return CaseResult(job.number, FAILED, message, wall=time.perf_counter() - self._began)

    @property
    def alive(self) -> bool:
        return not self.connection.closed

    def end(self) -> None:
        """End the process, which notices the closed pipe."""
        self.connection.close()
        try:
            self.process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def solve_all(jobs: list[Job], processes: int, log: Callable[[int], Stream]) -> Generator[CaseResult, None, None]:
    """Solve the jobs and yield their results in the order of completion.

    The output of process N goes to the file `log(N)`. Raises TronaError if processes do not start, Terminated if a
    signal ended one.
    """
    waiting = list(reversed(jobs))
    workers: list[_Worker] = []
    try:
        processes = min(processes, len(jobs))
        for number in range(1, processes + 1):
            workers.append(_Worker(log(number), processes))
        while waiting or any(worker.job for worker in workers):
            for i, worker in enumerate(workers):
                if not worker.alive and waiting:
                    workers[i] = worker = _Worker(worker.log, processes)
                if worker.alive and worker.job is None and waiting:
                    worker.give(waiting.pop())
            by_pipe = {worker.connection: worker for worker in workers if worker.alive}
            for pipe in wait(list(by_pipe)):
                assert isinstance(pipe, Connection)
                result = by_pipe[pipe].receive()
                if result is not None:
                    yield result
    finally:
        for worker in workers:
            if worker.alive:
                worker.end()
            worker.log.close_or_remove()
