"""The steps of a run: `for accepted in session.steps(): record.step(accepted)`."""

from __future__ import annotations

import signal
from dataclasses import replace
from typing import TYPE_CHECKING

from trona.errors import SolveError
from trona.record import Accepted, NewtonRecord
from trona.record.profile import unmeasured
from trona.session.remeshing import renewed
from trona.session.signals import StopSignals
from trona.session.solution import Solution
from trona.settings.output_settings import is_due
from trona.stepper import Stepper

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trona.mesh.data import MeshData
    from trona.model import Model
    from trona.readings.ledgers import AuditStep
    from trona.readings.snapshot import OutputValue, Snapshot
    from trona.record import Reporter
    from trona.record.profile import Phase
    from trona.session.kept import Kept
    from trona.settings import Settings
    from trona.stepper import Step, StepEnd


class Session:
    """A run of a model: its current solution, and all that is carried from step to step.

    Whatever happens between two steps happens in `steps`: a stop condition, a signal, a new mesh. A restart restores
    the state before the first step. model: as the deck has it. mesh: one that has taken the place of the deck's, in the
    run that is continued. kept: what earlier runs have left. recorded: whether fields and lines are written.
    """

    def __init__(
        self,
        model: Model,
        settings: Settings,
        reporter: Reporter,
        *,
        mesh: MeshData | None = None,
        kept: Kept | None = None,
        recorded: bool = True,
    ) -> None:
        self.phase: Phase = unmeasured
        """Counts the time of what follows a solve, in a run that is profiled."""
        self.model, self.settings, self.reporter, self._recorded = model, settings, reporter, recorded
        if mesh is None:
            from firedrake import COMM_WORLD

            from trona.problem.ahead import Ahead

            taken = kept.take(model, settings, reporter) if kept is not None else None
            if taken is None:
                ahead = Ahead(COMM_WORLD, reporter.progress, reporter.message)
                meshes = kept.meshes_of(model) if kept is not None else None
                taken = Solution(model, settings, reporter.newton, meshes, ahead)
                if kept is not None:
                    kept.made(taken)
            self.solution = taken
        else:
            self.solution = Solution.on(mesh, model, settings, reporter.newton)
        self.stepper = Stepper(
            self.solution.problem, settings.time, reporter.message, self.solution.programme, settings.outputs.at
        )
        self.signals = StopSignals(reporter.message)
        """While they are entered as a context, a signal ends the run after the step in which it comes."""
        self.outputs: list[OutputValue] = []
        """Those of the last accepted step; after the last step of all, every one."""
        self.last: Snapshot | None = None
        """The last fields that were wanted, in the cells of this rank."""
        self.norms: list[list[float]] = []
        """Residual norms of every Newton iteration, per accepted step."""
        self.passed: list[StepEnd] = []
        """The steps of the protocol that this run has made."""
        self.status = ""
        """How the run has ended: 'finished', 'stopped: ...' or 'interrupted: ...'."""

    def steps(self) -> Iterator[Accepted]:
        """Yield every accepted step. Collective.

        Raises SolveError when a step cannot be solved; and, once the caller has taken the step, AuditError when it is
        not conserved and PoorMeshError when its mesh is too poor and none takes its place.
        """
        if self.stepper.number:  # it is continued
            self.status = self._met()
        else:
            self.solution.watch.begin()
        for step in self.stepper.steps() if not self.status else ():
            accepted = self._accepted(step)
            yield accepted
            if accepted.error is not None:
                raise accepted.error
            self.status = accepted.status or self._interrupted()
            if self.status:
                break
        self.status = self.status or "finished"
        if self._followed() is not None:
            with self.phase("outputs"):
                self.outputs = self.solution.outputs()

    def snapshot(self) -> Snapshot | None:
        """Return the fields of the last accepted step, in the cells of this rank, if they are wanted. Collective."""
        number, time, outputs = self.stepper.number, self.stepper.time, self.settings.outputs
        if not outputs.vtk and not outputs.plots:
            return None
        last = self.settings.time is None or self.stepper.done or bool(self._met())
        if not last and not is_due(number, time, outputs.every, outputs.at):
            return None
        self.last = self.solution.snapshot(time, number)
        return self.last

    def broken_off(self) -> StepEnd | None:
        """Return the step of the protocol in the middle of which the run has ended, None if there is none."""
        programme = self.solution.programme
        if programme is None or programme.done:
            return None
        end = programme.broken_off(self.stepper.time, "time.end" if self.status == "finished" else self.status)
        if end is not None:
            self._pass(end)
        return end

    # ------------------------------------------------------------------ one step

    def _accepted(self, step: Step) -> Accepted:
        """Evaluate what is wanted of an accepted step, inform the reporter, and decide how the run continues."""
        step, watched, audit = self._examined(step)
        number, time, duration = step.number, step.time, step.duration
        solution, newton = self.solution, step.newton
        for text in watched:
            self.reporter.warning(text)
        with self.phase("outputs"):
            self.outputs = solution.outputs(self._followed())
        self.norms.append(newton.norms)
        with self.phase("fields and lines"):
            snapshot = self.snapshot() if self._recorded else None
            lines = dict(solution.lines(time, number)) if self._recorded else {}
        if step.ended is not None:
            self._pass(step.ended)
        for text in audit.warnings:
            self.reporter.warning(text)
        status, error = "", None
        try:
            solution.audit.judge(audit)
            status = self._met()
            if not status and not self.stepper.done:
                with self.phase("new mesh"):
                    self._renew_mesh(time)
        except SolveError as caught:
            error = caught
        return Accepted(
            number,
            time,
            duration,
            NewtonRecord(number, time, newton.iterations, newton.norms, newton.reason),
            audit,
            self.outputs,
            snapshot,
            lines,
            step.ended,
            (*watched, *audit.warnings),
            status,
            error,
        )

    def _examined(self, step: Step) -> tuple[Step, list[str], AuditStep]:
        """Return a step with warnings about its state and the audit of it. Raises SolveError.

        A solution found from that for other inputs is refused only if the one found from its own start is too.
        """
        solution = self.solution
        try:
            watched, audit = self._judged(step)
            if not solution.problem.near:
                return step, watched, audit
            solution.audit.judge(audit)
            solution.problem.refuse_meaningless()
            if solution.poor_cell() is None:
                return step, watched, audit
            why = "the mesh is too poor"
        except SolveError as error:
            if not solution.problem.near:
                raise
            why = str(error).splitlines()[0]
        self.reporter.message(f"from the solution for other numbers: {why}; solving from the initial values")
        solution.watch.renew()
        solution.audit.renew()
        step = replace(step, newton=solution.problem.solve_anew())
        return step, *self._judged(step)

    def _judged(self, step: Step) -> tuple[list[str], AuditStep]:
        """Return warnings about the state of a step, and the audit of it. Raises SolveError."""
        solution, time = self.solution, step.time
        self.reporter.step(step.number, time, step.duration, step.newton.iterations)
        with self.phase("ranges of validity"):
            watched = solution.watch.step(time)
        with self.phase("audit"):
            audit = solution.audit.step(step.number, time, step.duration, solution.problem.solve)
        return watched, audit

    def _pass(self, end: StepEnd) -> None:
        protocol = self.settings.protocol
        assert protocol is not None
        self.passed.append(end)
        self.reporter.passed(end.line(protocol))

    def _followed(self) -> frozenset[str] | None:
        """Return the names of the outputs that are needed after each step; None if these may be all of them."""
        asked, time = self.settings.outputs, self.settings.time
        if asked.csv is None or self.settings.protocol is not None:
            return None
        stops = time.stops if time is not None else ()
        return frozenset((*asked.csv, *asked.plots, *(stop.output for stop in stops)))

    # ------------------------------------------------------------------ between two steps

    def _met(self) -> str:
        """Return the status with which a stop condition ends the run, '' if none is met."""
        time = self.settings.time
        values = {o.name: o.value for o in self.outputs}
        for stop in time.stops if time is not None else ():
            if stop.met(values[stop.output]):
                limit = f"above {stop.above:g}" if stop.above is not None else f"below {stop.below:g}"
                return f"stopped: {stop.output} is {limit}"
        return ""

    def _interrupted(self) -> str:
        """Return the status with which a signal ends the run on every rank, '' where none came. Collective."""
        self.signals.number = max(self.solution.problem.comm.allgather(self.signals.number))
        if not self.signals.number or self.stepper.done:
            return ""
        return f"interrupted: {signal.Signals(self.signals.number).name}"

    def _renew_mesh(self, time: float) -> None:
        """Continue with the same state on a new mesh if the current one is too poor. Raises PoorMeshError."""
        cell = self.solution.poor_cell()
        if cell is not None:
            self.solution = renewed(cell, self.solution, time, self.reporter)
            self.stepper.go_on_with(self.solution.problem, self.solution.programme)
