"""The worker processes that solve the cases, each alone or as a group under mpiexec; those that die are replaced."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from typing import Any

from trona.errors import TronaError, UserError
from trona.problem.start import unranked
from trona.record import Stream
from trona.session.signals import STOPPING, Terminated
from trona.sweep.table import FAILED, CaseResult
from trona.sweep.worker import READY, Job

_WORKER = "import sys; from trona.sweep.worker import main; main(*sys.argv[1:])"
_GRACE = 5.0  # s, time for a process to end
_PAUSE = 0.1  # s, between two looks at whether a group that has not called back has ended
_SHARING = {
    "OMPI_MCA_rmaps_base_oversubscribe": "1",
    "OMPI_MCA_hwloc_base_binding_policy": "none",
    "OMPI_MCA_mpi_yield_when_idle": "1",
    "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe",
    "PRTE_MCA_hwloc_default_binding_policy": "none",
}
"""Settings of Open MPI 4 and 5 for several groups on one machine: each would bind its processes to the same cores, and
those that wait would keep the cores from those that work, which made cases on a busy machine five times as slow.
"""


class _Worker:
    """One process of some, or one group of them under mpiexec, and the parent's end of its pipe."""

    def __init__(self, log: Stream, processes: int, ranks: int = 1) -> None:
        self.job: Job | None = None
        self.ready = False
        self.log, self._ranks = log, ranks
        self._began = 0.0
        start = self._alone if ranks == 1 else self._group
        self.connection, self.process = start(processes * ranks)

    def _alone(self, cores: int) -> tuple[Connection, subprocess.Popen[bytes]]:
        ours, theirs = Pipe()
        with theirs:
            return ours, self._start([], str(theirs.fileno()), cores, pass_fds=[theirs.fileno()])

    def _group(self, cores: int) -> tuple[Connection, subprocess.Popen[bytes]]:
        """Start a group; its first process, which inherits no descriptor from mpiexec, calls back."""
        mpiexec = shutil.which("mpiexec")
        if mpiexec is None:
            raise UserError(f"{self._ranks} processes for a case need mpiexec, which is not installed")
        with tempfile.TemporaryDirectory(prefix="trona-") as folder, socket.socket(socket.AF_UNIX) as server:
            address = f"{folder}/jobs"
            server.bind(address)
            server.listen(1)
            server.settimeout(_PAUSE)
            process = self._start([mpiexec, "-n", str(self._ranks)], address, cores)
            while process.poll() is None:
                with suppress(TimeoutError):
                    link, _ = server.accept()
                    link.setblocking(True)
                    return Connection(link.detach()), process
        raise TronaError(f"a group of processes did not start; its output is in {self.log.path}")

    def _start(self, launcher: list[str], where: str, cores: int, **more: Any) -> subprocess.Popen[bytes]:
        # In a new session, so that Ctrl-C in the terminal reaches only the sweep, which then ends its workers.
        return subprocess.Popen(
            [*launcher, sys.executable, "-P", "-c", _WORKER, where, str(cores)],
            stdin=subprocess.DEVNULL,
            stdout=self.log.handle,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**unranked(), **_SHARING} if launcher else None,
            **more,
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
        ended_by = -code if code < 0 else code - 128 if self._ranks > 1 else 0  # mpiexec tells signals as a shell does
        known = ended_by in {*signal.Signals}
        how = f"by {signal.Signals(ended_by).name}" if known else f"with exit code {code}"
        what = "its process" if self._ranks == 1 else f"one of its {self._ranks} processes"
        message = f"{what} ended {how}; perhaps out of memory; see {self.log.name}"
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
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def solve_all(
    jobs: list[Job], processes: int, log: Callable[[int], Stream], ranks: int = 1
) -> Generator[CaseResult, None, None]:
    """Solve the jobs, `processes` at a time on `ranks` processes each; yield their results in order of completion.

    The output of process N goes to the file `log(N)`. Raises TronaError if processes do not start, Terminated if a
    signal ended one.
    """
    waiting = list(reversed(jobs))
    workers: list[_Worker] = []
    try:
        processes = min(processes, len(jobs))
        for number in range(1, processes + 1):
            workers.append(_Worker(log(number), processes, ranks))
        while waiting or any(worker.job for worker in workers):
            for i, worker in enumerate(workers):
                if not worker.alive and waiting:
                    workers[i] = worker = _Worker(worker.log, processes, ranks)
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
