"""The cases of a sweep on the nodes of Slurm or Flux, each in processes of its own, which executorlib starts."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Generator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from trona.errors import UserError
from trona.sweep.table import FAILED, CaseResult
from trona.sweep.worker import Job, Solver

TASKS = "SLURM_NTASKS"
"""Where Slurm says how many processes an allocation has."""
_GRACE = 10.0
"""Time in s for the processes of a case to end."""
_NEEDS = {"slurm": "srun", "flux": "flux"}
"""The program of each engine."""


def check_engine(engine: str) -> None:
    """Raise UserError if an engine cannot work here."""
    if shutil.which(_NEEDS[engine]) is None:
        raise UserError(f"engine {engine} needs the program '{_NEEDS[engine]}', which is not here")
    for package in ("executorlib", *(["flux"] if engine == "flux" else [])):
        if find_spec(package) is None:
            raise UserError(f"engine {engine} needs the Python package '{package}', which is not installed")


def slots(engine: str, ranks: int) -> int:
    """Return how many cases an allocation has room for. Raises UserError if it does not say."""
    tasks = os.environ.get(TASKS, "") if engine == "slurm" else ""
    if not tasks.isdigit():
        raise UserError(f"engine {engine} does not say how many processes it has; give 'processes', cases at a time")
    return max(int(tasks) // ranks, 1)


def solve_on(engine: str, jobs: list[Job], at_a_time: int, ranks: int) -> Generator[CaseResult, None, None]:
    """Solve the jobs on `ranks` processes each, `at_a_time` of them; yield their results in order of completion."""
    waiting, running, before = list(reversed(jobs)), dict[Future[Any], tuple[Job, float]](), _children()
    executor = _executor(engine, at_a_time, ranks)
    try:
        while waiting or running:
            # executorlib waits for a free slot at the full load of a core: it never gets more than there are.
            while waiting and len(running) < at_a_time:
                job = waiting.pop()
                running[executor.submit(solve, job)] = job, time.perf_counter()
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                yield _result(future, *running.pop(future))
    finally:
        ended = not running
        if running:  # executorlib waits for what it has started, for ever if that has never called back
            for number in (signal.SIGTERM, signal.SIGKILL):
                for pid in _children() - before:
                    with suppress(ProcessLookupError):
                        os.kill(pid, number)
                ended = not wait(running, timeout=_GRACE).not_done
                if ended:
                    break
        executor.shutdown(wait=ended, cancel_futures=True)


def solve(job: Job) -> CaseResult:
    """Solve one case, on all processes that call this."""
    from mpi4py import MPI

    comm = MPI.COMM_WORLD
    return Solver(comm if comm.size > 1 else None).solve(job)


def _executor(engine: str, at_a_time: int, ranks: int) -> Executor:
    import executorlib

    of = {"slurm": executorlib.SlurmJobExecutor, "flux": executorlib.FluxJobExecutor}[engine]
    found: Executor = of(max_workers=at_a_time, resource_dict={"cores": ranks}, disable_dependencies=True)
    return found


def _result(future: Future[Any], job: Job, began: float) -> CaseResult:
    error = future.exception()
    if error is None:
        told = future.result()
        result = told[0] if isinstance(told, list) else told  # of several processes, each has told the same
        assert isinstance(result, CaseResult)
        return result
    message = f"its processes ended ({error}); perhaps out of memory or out of time"
    return CaseResult(job.number, FAILED, message, wall=time.perf_counter() - began)


def _children() -> set[int]:
    """Return the processes that this one has started."""
    lists = Path("/proc/self/task").glob("*/children")
    return {int(pid) for file in lists for pid in file.read_text(encoding="ascii").split()}
