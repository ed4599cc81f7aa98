"""The worker processes that solve the cases, each alone or as a group under a launcher; those that die are replaced."""

from __future__ import annotations

import hmac
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from typing import Any

from trona.errors import TronaError
from trona.record import Stream
from trona.session.signals import STOPPING, Terminated
from trona.settings.sweep import ENGINES
from trona.sweep.cluster import BLAME, environment, launcher
from trona.sweep.table import FAILED, CaseResult
from trona.sweep.worker import READY, Job

_WORKER = "import sys; from trona.sweep.worker import main; main(*sys.argv[1:])"
_GRACE = 5.0  # s, time for a process to end
_PATIENCE = 60.0  # s, time for what has lost a process to end: its code tells how
_TOKEN = 32  # bytes of the word by which a process that calls back is known
_PAUSE = 0.1  # s, between two looks at whether a group that has not called back has ended
_LOCAL = ENGINES[0]
_TOLD = 12  # lines of the output of a group that does not start


class _Worker:
    """One process of some, or one group of them under a launcher, and the parent's end of its pipe."""

    def __init__(self, log: Stream, processes: int, ranks: int = 1, engine: str = _LOCAL) -> None:
        self.job: Job | None = None
        self.ready = False
        self.log, self._ranks, self._engine = log, ranks, engine
        self._grouped = ranks > 1 or engine != _LOCAL
        self._said, self._began = log.size, 0.0
        start = self._group if self._grouped else self._alone
        self.connection, self.process = start(processes * ranks)

    def _alone(self, cores: int) -> tuple[Connection, subprocess.Popen[bytes]]:
        ours, theirs = Pipe()
        with theirs:
            return ours, self._start([], str(theirs.fileno()), cores, pass_fds=[theirs.fileno()])

    def _group(self, cores: int) -> tuple[Connection, subprocess.Popen[bytes]]:
        """Start a group; its first process, which inherits no descriptor from the launcher, calls back."""
        words, token = launcher(self._engine, self._ranks), secrets.token_hex(_TOKEN)
        with _listening(self._engine) as (server, address):
            server.settimeout(_PAUSE)
            process = self._start(words, address, cores, env=environment(self._engine, token))
            try:
                while process.poll() is None:
                    with suppress(OSError):  # nobody has called, or a stranger who has gone
                        link, _ = server.accept()
                        link.settimeout(_GRACE)
                        if hmac.compare_digest(link.recv(len(token), socket.MSG_WAITALL), token.encode()):
                            link.settimeout(None)
                            return Connection(link.detach()), process
            except BaseException:
                process.terminate()
                raise
        raise TronaError(f"a group of processes did not start; {self._output()}")

    def _start(self, words: list[str], where: str, cores: int, **more: Any) -> subprocess.Popen[bytes]:
        # In a new session, so that Ctrl-C in the terminal reaches only the sweep, which then ends its workers.
        return subprocess.Popen(
            [*words, sys.executable, "-P", "-c", _WORKER, where, str(cores)],
            stdin=subprocess.DEVNULL,
            stdout=self.log.handle,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **more,
        )

    def _output(self) -> str:
        """Return where the output of the processes is, and the end of it."""
        lines = self._lines()[-_TOLD:]
        return "\n    ".join([f"its output is in {self.log.path}{':' if lines else ''}", *lines])

    def _lines(self) -> list[str]:
        """Return what the processes have printed since they were started, or were given their present case."""
        with self.log.path.open("rb") as file:
            file.seek(self._said)
            return [line for line in file.read().decode(errors="replace").splitlines() if line.strip()]

    def give(self, job: Job) -> None:
        self.job, self._began, self._said = job, time.perf_counter(), self.log.size
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
        in_order = self.end(_PATIENCE)
        if not self.ready:
            raise TronaError(f"a worker process did not start; {self._output()}")
        job, self.job = self.job, None
        if job is None:
            return None
        code = self.process.returncode
        # The code of srun may be that of those that it has ended because one had failed: it says which, and how.
        blamed = next((line for line in self._lines() if line.startswith(BLAME)), "")
        for number in STOPPING:  # as when a batch system ends all processes of a job: not a failure of the case
            ends = f": {signal.strsignal(number)}", f"exit code {128 + number}"
            if in_order and code in (-number, 128 + number) and (not blamed or blamed.endswith(ends)):
                raise Terminated(number)
        ended_by = -code if code < 0 else code - 128 if self._grouped else 0  # launchers tell signals as a shell does
        known = ended_by in {*signal.Signals}
        how = f"by {signal.Signals(ended_by).name}" if known else f"with exit code {code}"
        if blamed:
            how = f"({blamed.removeprefix(BLAME)})"
        elif not in_order:
            how = "before the others, which had to be stopped"
        what = "its process" if self._ranks == 1 else f"one of its {self._ranks} processes"
        message = f"{what} ended {how}; perhaps out of memory; see {self.log.name}"
        return CaseResult(job.number, FAILED, message, wall=time.perf_counter() - self._began)

    @property
    def alive(self) -> bool:
        return not self.connection.closed

    def end(self, grace: float = _GRACE) -> bool:
        """End the process, which notices the closed pipe; return whether it did so in `grace` s, without a signal."""
        self.connection.close()
        in_order = True
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                self.process.wait(grace if in_order else _GRACE)
            except subprocess.TimeoutExpired:
                in_order = False
                with suppress(ProcessLookupError):
                    os.killpg(self.process.pid, number)
        self.process.wait()
        return in_order


@contextmanager
def _listening(engine: str) -> Iterator[tuple[socket.socket, str]]:
    """A socket where one process calls back, and its address: of this machine only, or of the network."""
    if engine == _LOCAL:
        with tempfile.TemporaryDirectory(prefix="trona-") as folder, socket.socket(socket.AF_UNIX) as server:
            address = f"{folder}/jobs"
            server.bind(address)
            server.listen(1)
            yield server, address
    else:
        with socket.create_server(("", 0)) as server:
            yield server, f"{socket.gethostname()}:{server.getsockname()[1]}"


def solve_all(
    jobs: list[Job], processes: int, log: Callable[[int], Stream], ranks: int = 1, engine: str = _LOCAL
) -> Generator[CaseResult, None, None]:
    """Solve the jobs, `processes` at a time on `ranks` processes each; yield their results in order of completion.

    The output of process N goes to the file `log(N)`. Raises TronaError if processes do not start, except in place of
    one that has died while others work: that is tried again. Raises Terminated if a signal ended one.
    """
    waiting = list(reversed(jobs))
    workers: list[_Worker] = []
    try:
        processes = min(processes, len(jobs))
        for number in range(1, processes + 1):
            workers.append(_Worker(log(number), processes, ranks, engine))
        while waiting or any(worker.job for worker in workers):
            for i, worker in enumerate(workers):
                if not worker.alive and waiting:
                    try:
                        workers[i] = worker = _Worker(worker.log, processes, ranks, engine)
                    except TronaError:
                        if not any(other.job for other in workers):
                            raise
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
