"""A process that solves cases: `main(WHERE, N)`: where its jobs come from, and how many processes share the cores.

WHERE is the descriptor of a pipe, or for a group of processes, which a launcher has started, the address of a socket:
a path, or HOST:PORT.

Every case is composed and solved as by `trona run`. A process keeps the set-up of a case for the next one: its forms,
kernels and factors, if only numbers differ, else its mesh, if that is the same.
"""

from __future__ import annotations

import os
import queue
import socket
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from trona.deck import Deck
from trona.errors import SolveError, StoppedError, TronaError, UserError
from trona.problem.start import start_firedrake
from trona.record import open_directory, reopen_directory
from trona.record.painter import share_cores
from trona.session.kept import Kept
from trona.session.run import run
from trona.session.signals import take_back_signals
from trona.sweep.cluster import TOKEN
from trona.sweep.table import FAILED, CaseResult

READY = "ready"
_PATIENCE = 120.0
"""Time in s that a process of a group waits for the others after a case has failed on it."""
_PAUSE = 0.005
"""Time in s between two looks at whether the others have come."""


@dataclass(frozen=True)
class Job:
    """A case to solve: its number, its deck and its folder."""

    number: int
    deck: Deck
    folder: Path


class Solver:
    """Solves one case after another. `broken`: an error may have left the process in a bad state.

    comm: the processes that solve a case together, None for one. All call `solve` with the same jobs.
    """

    def __init__(self, comm: Any = None) -> None:
        self.broken = False
        self.kept = Kept()
        self._comm = comm
        self._first = comm is None or comm.rank == 0

    def solve(self, job: Job) -> CaseResult:
        """Run a case in its folder and return its result, also if it fails."""
        result = self._solve(job)
        if self._comm is None:
            return result
        # A process that has failed alone must not wait for others that wait for it inside the case.
        if not met(self._comm, _PATIENCE if result.failed else None):
            print(f"case {job.number}: {result.message}; the others have not failed", flush=True)
            self._comm.Abort(1)
        told = self._comm.allgather((result if result.failed else None, self.broken))
        self.broken = any(broken for _, broken in told)
        return next((failed for failed, _ in told if failed is not None), result)

    def _solve(self, job: Job) -> CaseResult:
        from trona.record import make_reporter

        began = time.perf_counter()
        reporter = make_reporter(quiet=True)
        try:
            result = run(job.deck, directory=job.folder, reporter=reporter, kept=self.kept)
        except StoppedError as error:  # the sweep learns of it from the exit status of this process
            os._exit(error.exit_code)
        except SolveError as error:  # the run has written its diagnosis
            return self._failed(job, _first_line(error), began, reporter.warnings)
        except TronaError as error:
            self._leave(job, f"{error}\n")
            return self._failed(job, _first_line(error), began, reporter.warnings)
        except Exception as error:
            self._leave(job, traceback.format_exc())
            text = f"a bug in trona or in a plugin: {type(error).__name__}: {_first_line(error)}"
            return self._failed(job, text, began, reporter.warnings)
        status, _, message = result.status.partition(": ")
        return CaseResult(
            job.number,
            status,
            message,
            {name: output.value for name, output in result.outputs.items()},
            {name: output.unit for name, output in result.outputs.items()},
            sum(len(norms) - 1 for norms in result.newton if norms),
            time.perf_counter() - began,
            tuple(reporter.warnings),
        )

    def _leave(self, job: Job, text: str) -> None:
        self.broken = True
        if not self._first:
            print(text, flush=True)
            return
        with suppress(UserError):  # the error of the folder is the failure
            directory = reopen_directory(job.folder) if job.folder.is_dir() else open_directory(job.folder, "")
            directory.write_text("failure.txt", text)
            directory.close()

    def _failed(self, job: Job, message: str, began: float, warnings: Any) -> CaseResult:
        wall = time.perf_counter() - began
        return CaseResult(job.number, FAILED, message, wall=wall, warnings=tuple(warnings))


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)


def met(comm: Any, patience: float | None) -> bool:
    """Wait until all processes have come, for at most `patience` s (None: for ever); return whether they have."""
    all_here, end = comm.Ibarrier(), time.monotonic() + (patience or 0.0)
    while not all_here.Test():
        if patience is not None and time.monotonic() > end:
            return False
        time.sleep(_PAUSE)  # waiting in MPI itself would take a core
    return True


def main(where: str, processes: str) -> None:
    """Solve jobs from a pipe or socket and send their results until it is closed."""
    share_cores(int(processes))
    comm = None
    if not where.isdigit():
        from mpi4py import MPI

        comm = MPI.COMM_WORLD
    connection = _connected(where) if comm is None or comm.rank == 0 else None
    jobs: queue.Queue[Job | None] = queue.Queue()
    waiting = threading.Event()
    if connection is not None:
        listen = threading.Thread(target=_receive, args=(connection, jobs.put, waiting, comm is not None), daemon=True)
        listen.start()
    start_firedrake()
    take_back_signals()
    if connection is not None:
        connection.send(READY)
    solver = Solver(comm)
    while not solver.broken:
        waiting.set()
        job = jobs.get() if connection is not None else None
        waiting.clear()
        if comm is not None:
            met(comm, None)
            job = comm.bcast(job)
        if job is None:  # the sweep has ended: so that mpiexec finds nothing wrong, all of a group end in order
            return
        result = solver.solve(job)
        if connection is not None:
            if solver.broken:
                waiting.set()  # for the end
            connection.send((result, solver.broken))


def _connected(where: str) -> Connection:
    if where.isdigit():
        return Connection(int(where))
    host, _, port = where.rpartition(":")
    if host:
        link = socket.create_connection((host, int(port)))
    else:
        link = socket.socket(socket.AF_UNIX)
        link.connect(where)
    link.sendall(os.environ.pop(TOKEN).encode())
    return Connection(link.detach())


def _receive(
    connection: Connection, put: Callable[[Job | None], None], waiting: threading.Event, in_order: bool
) -> None:
    """Receive jobs; end this process at once when the sweep has ended, however it did, or in order if it waits."""
    while True:
        try:
            put(connection.recv())
        except (EOFError, OSError):
            if not (in_order and waiting.is_set()):
                os._exit(1 if in_order else 0)  # a launcher ends the others of a group where one has failed
            put(None)
            return
