"""Running a deck from end to end: read, compose, set up, step, record."""

from __future__ import annotations

import math
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trona.errors import AuditError, BoundsError, DeckError, PoorMeshError, SolveError, UserError, hint
from trona.problem.start import prepare_environment, start_firedrake
from trona.session.signals import take_back_signals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trona.deck import Deck
    from trona.model import Model
    from trona.problem import Problem
    from trona.problem.mesh_quality import Cell
    from trona.problem.meshes import Meshes
    from trona.readings.ledgers import BalanceLedger, MonitorLedger
    from trona.readings.snapshot import OutputValue
    from trona.record import Reporter
    from trona.settings import Settings
    from trona.stepper import StepEnd


@dataclass(frozen=True, repr=False)
class Result:
    """What a run gives back: outputs by name, the audit by balance, where its files are, and the problem itself."""

    outputs: dict[str, OutputValue]
    ledger: dict[str, BalanceLedger]
    directory: Path | None
    status: str
    problem: Problem
    newton: list[list[float]]
    """Residual norms of every Newton iteration, per accepted step."""
    monitors: dict[str, MonitorLedger]
    """The monitored rates that the deck's audit asks for."""
    passed: list[StepEnd]
    """The steps of the protocol that this run has made."""

    def __getitem__(self, output: str) -> float:
        """Return the value of an output in its SI unit. Raises UserError if there is none of that name."""
        if output not in self.outputs:
            raise UserError(f"no output '{output}'{hint(output, self.outputs)}")
        return self.outputs[output].value

    def __repr__(self) -> str:
        from trona.record import format_outputs

        folder = f"results in {self.directory}" if self.directory is not None else ""
        head = f"{self.problem.model.deck.name}: {self.status}"
        return "\n\n".join(part for part in (head, format_outputs(list(self.outputs.values())), folder) if part)


def run(
    deck: Deck | str | Path | Model,
    *,
    directory: str | Path | None = None,
    record: bool = True,
    overrides: Sequence[str] = (),
    reporter: Reporter | None = None,
    restart: str | Path | None = None,
    meshes: Meshes | None = None,
    allow_petsc: bool = False,
) -> Result:
    """Run a deck (a path, a Deck or a composed Model) and return its result.

    directory: where the files go; default a new folder under `runs/`. record: whether to write any.
    restart: the folder of an earlier run of this deck, which is continued from its last checkpoint; there, if no
    other `directory` is given. meshes: `problem.meshes` of an earlier result on the same `model.mesh`. allow_petsc: as
    of `read_deck`, for a path. Raises UserError for the user's mistakes, SolveError when the solver gives up,
    AuditError when something is lost or made, and StoppedError when SIGINT, SIGTERM or SIGHUP ended a run that
    writes checkpoints.
    """
    prepare_environment()
    from trona.deck import Deck, read_deck
    from trona.model import Model
    from trona.settings import read_settings

    if isinstance(deck, str | Path):
        deck = read_deck(deck, overrides, allow_petsc=allow_petsc)
    model = Model(deck) if isinstance(deck, Deck) else deck
    refuse_sweep(model.deck)
    settings = read_settings(model, fresh=restart is None)  # mistakes are told before anything is written
    earlier = Path(restart) if restart is not None else None
    with ExitStack() as closing:  # whatever happens, the folder is free for the next run
        return _Run(model, settings, directory, record, reporter, earlier, overrides, meshes, closing).go()


def refuse_sweep(deck: Deck) -> None:
    """Raise UserError if the deck asks for many cases: one run must not pass for all of them."""
    node = deck.section("sweep")
    if node is not None:
        raise DeckError(
            f"this deck is many cases: 'trona sweep {deck.path}' runs them; add sweep=null for the deck without them",
            deck.root.key("sweep"),
        )


class _Run:
    def __init__(
        self,
        model: Model,
        settings: Settings,
        directory: Any,
        record: bool,
        reporter: Any,
        restart: Path | None,
        overrides: Sequence[str],
        meshes: Meshes | None,
        closing: ExitStack,
    ) -> None:
        start_firedrake()
        from firedrake import COMM_WORLD

        from trona.record import make_reporter
        from trona.session.checkpoints import Continuation
        from trona.session.earlier import load_earlier
        from trona.session.recording import open_record
        from trona.session.session import Session
        from trona.stepper import Stepper

        take_back_signals()

        self.model, self.settings = model, settings
        self.first = COMM_WORLD.rank == 0
        self.reporter = reporter or make_reporter(quiet=not self.first)
        self.earlier = load_earlier(restart, model, settings.time, COMM_WORLD) if restart is not None else None
        self.passed: list[StepEnd] = []
        self.record: Any = None
        self.path: Path | None = None
        if record:
            self.record, self.path = open_record(
                model,
                settings,
                Path(directory) if directory is not None else None,
                self.earlier,
                self.reporter,
                COMM_WORLD,
                closing,
            )
        end = settings.time.end if settings.time is not None else math.inf
        self.reporter.begin(model.deck.name, end if math.isfinite(end) else None)
        for warning in (*model.warnings, *(self.earlier.warnings if self.earlier else ())):
            self.reporter.warning(warning)
        remeshed = self.earlier.mesh(COMM_WORLD) if self.earlier is not None else None
        if remeshed is None:
            self.session = Session(model, settings, self.reporter.newton, meshes)
        else:
            self.session = Session.on(remeshed, model, settings, self.reporter.newton)
        self.stepper = Stepper(self.session.problem, settings.time, self.reporter.message, self.session.programme)
        self.continuation = Continuation(
            settings.checkpoint,
            model,
            self.session.problem,
            self.stepper,
            self.session.audit,
            self.record if self.first else None,
            self.path,
            self.reporter,
            overrides,
        )

    def _begin(self) -> list[OutputValue]:
        """Return the outputs so far: none, or those of the run that is continued."""
        if self.earlier is None:
            return []
        self.continuation.restore(self.earlier)
        outputs = self.session.outputs()
        snapshot = self._snapshot(self.stepper.time, self.stepper.number)
        if self.record is not None and self.earlier.content is not None:
            self.record.restore(self.earlier.content["record"], outputs, snapshot)
        return outputs

    def go(self) -> Result:
        with self.continuation.running():
            return self._go()

    def _go(self) -> Result:
        from trona.record import NewtonRecord

        status = "finished"
        outputs = self._begin()
        histories = self.continuation.norms
        step, followed = None, self._followed()
        try:
            reached = self._stop(outputs) if outputs else ""
            if self.earlier is None:
                self.session.watch.begin()
            if reached:
                status = f"stopped: {reached}"
            for step in self.stepper.steps() if not reached else ():
                self.reporter.step(step.number, step.time, step.duration, step.newton.iterations)
                for text in self.session.watch.step(step.time):
                    self.reporter.warning(text)
                audited = self.session.audit.step(step.number, step.time, step.duration, self.session.problem.solve)
                outputs = self.session.outputs(followed)
                histories.append(step.newton.norms)
                if self.record is not None:
                    newton = NewtonRecord(
                        step.number, step.time, step.newton.iterations, step.newton.norms, step.newton.reason
                    )
                    self.record.step(self._snapshot(step.time, step.number), outputs, newton)
                    for name, line in self.session.lines(step.time, step.number):
                        self.record.lines(name, line)
                    self.record.audit(audited)
                if step.ended is not None:
                    self._ended(step.ended, outputs)
                for warning in audited.warnings:
                    self.reporter.warning(warning)
                self.session.audit.judge(audited)
                reached = self._stop(outputs)
                if reached:
                    status = f"stopped: {reached}"
                    break
                poor = None if self.stepper.done else self.session.poor_cell()
                if poor is not None:
                    self._poor(poor, step.time)
                interrupted = self.continuation.step()
                if interrupted:
                    status = interrupted
                    break
            if followed is not None:
                outputs = self.session.outputs()
            self.continuation.write()
            if self.session.programme is not None and not self.session.programme.done:
                reason = "time.end" if status == "finished" else status
                broken = self.session.programme.broken_off(self.stepper.time, reason)
                if broken is not None:
                    self._ended(broken, outputs)
        except SolveError as error:
            self._fail(error, outputs, step)
            raise
        except UserError as error:
            if self.record is not None:
                status = f"failed: {str(error).splitlines()[0]}"
                self.record.finish(outputs, self.session.audit.balances(), status, self.session.audit.monitors())
            raise
        ledgers, monitors = self.session.audit.balances(), self.session.audit.monitors()
        for warning in self.session.warnings():
            self.reporter.warning(warning)
        if self.record is not None:
            self.record.finish(outputs, ledgers, status, monitors)
        self.continuation.leave(status)
        path = self.path if self.record is not None else None
        return Result(
            {o.name: o for o in outputs},
            {x.balance: x for x in ledgers},
            path,
            status,
            self.session.problem,
            histories,
            {x.name: x for x in monitors},
            self.passed,
        )

    def _poor(self, cell: Cell, time: float) -> None:
        """Go on with a new mesh, if the deck says so. Raises PoorMeshError."""
        from trona.session.remeshing import go_on, stop

        motion = self.session.model.motion
        if motion is None or not motion.remeshed:
            raise stop(cell, self.session, time)
        self.session = go_on(cell, self.session, time, self.reporter, self.reporter.newton)
        self.stepper.go_on_with(self.session.problem, self.session.programme)
        self.continuation.go_on_with(self.session.problem, self.session.audit)

    def _ended(self, end: StepEnd, outputs: list[OutputValue]) -> None:
        protocol = self.settings.protocol
        assert protocol is not None
        self.passed.append(end)
        self.reporter.passed(end.line(protocol))
        if self.record is not None:
            self.record.ended(end, outputs)

    def _snapshot(self, time: float, number: int) -> Any:
        last = self.settings.time is None or self.stepper.done
        if not last and number % self.settings.outputs.every:
            return None
        return self.session.snapshot(time, number)

    def _followed(self) -> frozenset[str] | None:
        """Return the names of the outputs that somebody reads after each step; None where that may be all of them."""
        asked, time = self.settings.outputs, self.settings.time
        stops = time.stops if time is not None else ()
        if asked.csv is None or self.settings.protocol is not None:
            return None
        return frozenset((*asked.csv, *asked.plots, *(stop.output for stop in stops)))

    def _stop(self, outputs: list[OutputValue]) -> str:
        values = {o.name: o.value for o in outputs}
        for stop in self.settings.time.stops if self.settings.time is not None else ():
            if stop.met(values[stop.output]):
                limit = f"above {stop.above:g}" if stop.above is not None else f"below {stop.below:g}"
                return f"{stop.output} is {limit}"
        return ""

    def _fail(self, error: SolveError, outputs: list[OutputValue], step: Any) -> None:
        """Leave the failing state, its diagnosis, the audit so far and the summary behind."""
        from trona.diagnosis import diagnose

        kind = "not conserved" if isinstance(error, AuditError) else "failed"
        status = f"{kind}: {str(error).splitlines()[0]}"
        diagnosis = None
        if not isinstance(error, AuditError | BoundsError | PoorMeshError):
            diagnosis = error.diagnosis = diagnose(self.session.problem, error, self.stepper)
        if self.record is None:
            return
        if diagnosis is not None:
            number, start = (step.number if step else 0) + 1, self.session.problem.newton.start
            failing = self.session.bare_snapshot(self.session.problem.inputs.times[0], number)
            if start is not None:
                self.session.problem.unknowns.states[0].assign(start)
            good = self.session.bare_snapshot(step.time if step else 0.0, number - 1)
            self.record.failure(failing, good, diagnosis)
        self.record.finish(outputs, self.session.audit.balances(), status, self.session.audit.monitors())
