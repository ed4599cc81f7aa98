"""Stopping and continuing a run: when checkpoints are written, what is in them, and how the state is put back."""

from __future__ import annotations

import logging
import shlex
import signal
import time as clock
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from trona.errors import StoppedError, TronaError, UserError
from trona.session.earlier import norms_of
from trona.session.signals import StopSignals
from trona.settings.checkpoint import CheckpointSettings, identity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from trona.mesh import MeshData
    from trona.model import Model
    from trona.problem import Problem
    from trona.problem.checkpoint import StateKeeper
    from trona.readings.audit import Audit
    from trona.record import Record, Reporter
    from trona.session.earlier import Earlier
    from trona.stepper import Stepper

_log = logging.getLogger("trona.run")


class Continuation:
    """Writes the checkpoints of a run, and puts a run back to one.

    first: the model as the deck has it. record: what the first rank writes to; None on the others. path: its folder,
    None when nothing is written.
    """

    def __init__(
        self,
        settings: CheckpointSettings,
        first: Model,
        problem: Problem,
        stepper: Stepper,
        audit: Audit,
        record: Record | None,
        path: Path | None,
        reporter: Reporter,
        overrides: Sequence[str] = (),
    ) -> None:
        from trona.record import Checkpoints

        self._first = first
        self._settings, self._problem, self._stepper, self._audit = settings, problem, stepper, audit
        self._record, self._path, self._overrides = record, path, overrides
        self.active = path is not None and settings.keep > 0
        if self.active:
            _ = self._states  # a mesh that cannot be checkpointed is told before any step
        self._identity = identity(first) if self.active else {}
        self._files = Checkpoints(record.directory, settings.keep) if self.active and record is not None else None
        self._due = clock.monotonic() + settings.every
        self._last = (-1, 0.0)
        """Number and time of the step of the last good checkpoint."""
        self._signals = StopSignals(reporter.message)
        self.norms: list[list[float]] = []
        """Residual norms of every Newton iteration, per accepted step: the run adds them."""

    @cached_property
    def _states(self) -> StateKeeper:
        from trona.problem.checkpoint import StateKeeper

        return StateKeeper(self._problem)

    def go_on_with(self, problem: Problem, audit: Audit) -> None:
        """Go on with another problem, on a new mesh, and its audit."""
        self._problem, self._audit = problem, audit
        self.__dict__.pop("_states", None)

    def restore(self, earlier: Earlier) -> None:
        """Put problem, stepper, audit and norms back. Raises UserError."""
        comm, content = self._problem.comm, earlier.content
        kept = (content["stepper"], content["audit"], norms_of(content)) if content is not None else None
        stepper, audit, norms = comm.bcast(kept)
        self.norms += norms
        try:
            self._states.spread(content["state"] if content is not None else None)
            self._stepper.restore(stepper)
        except UserError as error:
            raise UserError(f"{earlier.path}: {error}") from None
        self._audit.restore(audit)
        self._last = (stepper["number"], stepper["time"])
        if self._files is not None:
            self._files.restored(stepper["number"])
        _log.info("continuing after step %d, t = %.6g s, from %s", *self._last, earlier.path)

    @contextmanager
    def running(self) -> Iterator[None]:
        """While steps are made: signals wait for the end of a step, and a write that fails names the way back."""
        if not self.active:
            yield
            return
        try:
            with self._signals:
                yield
        except UserError as error:
            if isinstance(error.__cause__, OSError):
                raise UserError(f"{error}\n{self._way_back()}") from error
            raise

    def step(self) -> str:
        """Write a checkpoint if one is due after an accepted step; return the status if the run shall end."""
        if not self.active:
            return ""
        comm, number = self._problem.comm, self._stepper.number
        self._signals.number = max(comm.allgather(self._signals.number))
        if self._signals.number and not self._stepper.done:
            return f"interrupted: {signal.Signals(self._signals.number).name}"
        every = self._settings.every_steps
        if comm.bcast(clock.monotonic() >= self._due) or (every is not None and number % every == 0):
            self.write()
        return ""

    def write(self) -> None:
        """Write a checkpoint of the last accepted step. Raises UserError, on every rank, when it cannot be."""
        number, time = self._stepper.number, self._stepper.time
        if not self.active or number in (0, self._last[0]):
            return
        state = self._states.gather()
        error: TronaError | None = None
        if self._files is not None and self._record is not None:
            try:
                path = self._files.write(number, self._content(state, self._record))
                _log.info("step %d written to %s", number, path)
            except UserError as caught:
                error = caught
        failed = self._problem.comm.bcast(error)
        if failed is not None:
            raise error or failed
        self._last = (number, time)
        self._due = clock.monotonic() + self._settings.every

    def leave(self, status: str) -> None:
        """Raise StoppedError if a signal has ended the run."""
        if status.startswith("interrupted"):
            number = self._signals.number
            raise StoppedError(f"{status.split()[-1]}: stopped in order\n{self._way_back()}", 128 + number)

    def _content(self, state: dict[str, Any], record: Record) -> dict[str, Any]:
        lengths = np.array([len(n) for n in self.norms], dtype=np.int64)
        return {
            "identity": self._identity,
            "mesh": None if self._mesh is self._first.mesh else self._mesh.plain(),
            "versions": record.versions,
            "state": state,
            "stepper": self._stepper.state(),
            "audit": self._audit.state(),
            "norms": {"lengths": lengths, "values": np.array([x for n in self.norms for x in n])},
            "record": record.state(),
        }

    @property
    def _mesh(self) -> MeshData:
        return self._problem.model.mesh

    def _way_back(self) -> str:
        number, time = self._last
        if number < 0:
            return "no checkpoint had been written yet"
        words = [
            "trona",
            "run",
            str(self._problem.model.deck.path),
            *self._overrides,
            *(["--allow-petsc"] if self._first.deck.allow_petsc else []),
            "--restart",
            str(self._path),
        ]
        last = f"the last good checkpoint is that of step {number}, t = {time:.6g} s"
        return f"{last}; continue with\n  {shlex.join(words)}"
