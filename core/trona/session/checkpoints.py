"""The checkpoints of a run: when one is written, what it contains, and the command that continues a run that ended."""

from __future__ import annotations

import logging
import shlex
import signal
import time as clock
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from trona.errors import StoppedError, TronaError, UserError
from trona.record import Checkpoints, encode
from trona.settings.identity import identity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from trona.problem.checkpoint import StateKeeper
    from trona.record import Accepted, Record
    from trona.session.session import Session

_log = logging.getLogger("trona.run")


class CheckpointWriter:
    """Writes the checkpoints of a session. Its methods are collective.

    record: on the first rank the record of the run, None on the others. path: its folder, None when nothing is written.
    overrides: those of the deck, for the command that continues the run. Raises UserError, before any step, for a mesh
    that cannot be checkpointed.
    """

    def __init__(self, session: Session, record: Record | None, path: Path | None, overrides: Sequence[str]) -> None:
        self._session, self._record, self._path, self._overrides = session, record, path, overrides
        self._settings = session.settings.checkpoint
        self.active = path is not None and self._settings.keep > 0
        self._keeper: StateKeeper | None = None
        if self.active:
            self.state_keeper()
        self._identity = identity(session.model) if self.active else {}
        directory = record.directory if record is not None and self.active else None
        self._files = Checkpoints(directory, self._settings.keep) if directory is not None else None
        self._due = clock.monotonic() + self._settings.every
        self._last = (-1, 0.0)
        """Number and time of the step of the last good checkpoint."""

    def state_keeper(self) -> StateKeeper:
        """Return the object that takes the state of the current problem apart and puts it back."""
        from trona.problem.checkpoint import StateKeeper

        problem = self._session.solution.problem
        if self._keeper is None or self._keeper.problem is not problem:
            self._keeper = StateKeeper(problem)
        return self._keeper

    def restored(self, number: int, time: float) -> None:
        """Continue after the checkpoint of a step, which is the last good one."""
        self._last = (number, time)
        if self._files is not None:
            self._files.restored(number)

    @contextmanager
    def running(self) -> Iterator[None]:
        """A context for the steps: signals wait for the end of a step; a failed write names the way to continue."""
        if not self.active:
            yield
            return
        try:
            with self._session.signals:
                yield
        except UserError as error:
            if isinstance(error.__cause__, OSError):
                raise UserError(f"{error}\n{self._way_back()}") from error
            raise

    def step(self, accepted: Accepted) -> None:
        """Write a checkpoint of an accepted step if one is due and the run goes on. Raises UserError."""
        if not self.active or accepted.status or accepted.error is not None:
            return
        every = self._settings.every_steps
        due = self._session.solution.problem.comm.bcast(clock.monotonic() >= self._due)
        if due or (every is not None and accepted.number % every == 0):
            self.write()

    def write(self) -> None:
        """Write a checkpoint of the last accepted step. Raises UserError, on every rank, when it cannot be."""
        number, time = self._session.stepper.number, self._session.stepper.time
        if not self.active or number in (0, self._last[0]):
            return
        keeper, comm = self.state_keeper(), self._session.solution.problem.comm
        error: TronaError | None = None
        if comm.rank:  # what takes time, to compress it, each rank does by itself
            comm.send(encode(keeper.piece()), 0)
        else:
            pieces = (comm.recv(source=rank) for rank in range(1, comm.size))
            try:
                if self._files is not None and self._record is not None:
                    path = self._files.write(number, self._content(keeper, self._record), pieces)
                    _log.info("step %d written to %s", number, path)
            except UserError as caught:
                error = caught
            for _ in pieces:  # the other ranks wait until theirs is taken
                pass
        failed = comm.bcast(error)
        if failed is not None:
            raise error or failed
        self._last = (number, time)
        self._due = clock.monotonic() + self._settings.every

    def leave(self) -> None:
        """Raise StoppedError if a signal has ended the run."""
        if self._session.status.startswith("interrupted"):
            number = self._session.signals.number
            name = signal.Signals(number).name
            raise StoppedError(f"{name}: stopped in order\n{self._way_back()}", 128 + number)

    def _content(self, keeper: StateKeeper, record: Record) -> dict[str, Any]:
        session = self._session
        mesh, norms = session.solution.model.mesh, session.norms
        return {
            "identity": self._identity,
            "mesh": None if mesh is session.model.mesh else mesh.plain(),
            "versions": record.versions,
            "state": keeper.head(),
            "piece": keeper.piece(),
            "stepper": session.stepper.state(),
            "audit": session.solution.audit.state(),
            "norms": {
                "lengths": np.array([len(n) for n in norms], dtype=np.int64),
                "values": np.array([x for n in norms for x in n]),
            },
            "record": record.state(),
        }

    def _way_back(self) -> str:
        number, time = self._last
        if number < 0:
            return "no checkpoint had been written yet"
        deck = self._session.model.deck
        allowed = ["--allow-petsc"] if deck.allow_petsc else []
        words = ["trona", "run", str(deck.path), *self._overrides, *allowed, "--restart", str(self._path)]
        last = f"the last good checkpoint is that of step {number}, t = {time:.6g} s"
        return f"{last}; continue with\n  {shlex.join(words)}"
