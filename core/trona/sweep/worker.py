"""A process that solves cases: `python -m trona.sweep.worker FD N`: its end of a pipe, and the number of processes.

Every case is composed and solved as by `trona run`. A process keeps the set-up of a case for the next one: its forms,
kernels and factors, if only numbers differ, else its mesh, if that is the same.
"""

from __future__ import annotations

import os
import queue
import sys
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
from trona.sweep.table import FAILED, CaseResult

READY = "ready"


@dataclass(frozen=True)
class Job:
    """A case to solve: its number, its deck and its folder."""

    number: int
    deck: Deck
    folder: Path


class Solver:
    """Solves one case after another. `broken`: an error may have left the process in a bad state."""

    def __init__(self) -> None:
        self.broken = False
        self.kept = Kept()

    def solve(self, job: Job) -> CaseResult:
        """Run a case in its folder and return its result, also if it fails."""
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
        with suppress(UserError):  # the error of the folder is the failure
            directory = reopen_directory(job.folder) if job.folder.is_dir() else open_directory(job.folder, "")
            directory.write_text("failure.txt", text)
            directory.close()

    def _failed(self, job: Job, message: str, began: float, warnings: Any) -> CaseResult:
        wall = time.perf_counter() - began
        return CaseResult(job.number, FAILED, message, wall=wall, warnings=tuple(warnings))


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)


def main(descriptor: int, processes: int) -> None:
    """Solve jobs from the pipe and send their results until the pipe is closed."""
    share_cores(processes)
    connection = Connection(descriptor)
    jobs: queue.Queue[Job] = queue.Queue()
    threading.Thread(target=_receive, args=(connection, jobs.put), daemon=True).start()
    start_firedrake()
    take_back_signals()
    connection.send(READY)
    solver = Solver()
    while not solver.broken:
        result = solver.solve(jobs.get())
        connection.send((result, solver.broken))


def _receive(connection: Connection, put: Callable[[Job], None]) -> None:
    """Receive jobs; end this process at once when the sweep has ended, however it did."""
    while True:
        try:
            put(connection.recv())
        except (EOFError, OSError):
            os._exit(0)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
