"""Running a deck from end to end: read, compose, set up, step, record."""

from __future__ import annotations

import math
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from trona.errors import DeckError, SolveError, UserError
from trona.problem.start import prepare_environment, start_firedrake
from trona.session.failure import leave_failure
from trona.session.signals import take_back_signals
from trona.session.together import together

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trona.deck import Deck
    from trona.model import Model
    from trona.record import Record, Reporter
    from trona.session.checkpoints import CheckpointWriter
    from trona.session.field_files import FieldFiles
    from trona.session.kept import Kept
    from trona.session.result import Result
    from trona.session.session import Session


def run(
    deck: Deck | str | Path | Model,
    *,
    directory: str | Path | None = None,
    record: bool = True,
    overrides: Sequence[str] = (),
    reporter: Reporter | None = None,
    restart: str | Path | None = None,
    kept: Kept | None = None,
    allow_petsc: bool = False,
    profile: bool = False,
    page: bool = False,
    live: bool = False,
) -> Result:
    """Run a deck (a path, a Deck or a composed Model) and return its result.

    directory: where the files go; default a new folder under `runs/`. record: whether to write any.
    restart: the folder of an earlier run of this deck, which is continued from its last checkpoint; there, if no other
    `directory` is given. kept: what earlier runs have left, which this one uses and renews; the problem in their
    results then belongs to this run. allow_petsc: as of `read_deck`, for a path. profile: whether to record where the
    time goes. page: whether to write `report.html` too, if the deck does not forbid it. live: whether to write it, and
    while the run goes on too.
    Raises UserError for mistakes of the user, SolveError if a solve fails, AuditError if a balance is not conserved,
    and StoppedError if SIGINT, SIGTERM or SIGHUP ended a run that writes checkpoints.
    """
    prepare_environment()
    from trona.deck import Deck, read_deck, refuse_overrides
    from trona.model import compose
    from trona.record.profile import Profile, unmeasured
    from trona.settings import read_settings

    measured = Profile() if profile else None
    phase = unmeasured if measured is None else measured.phase
    with phase("deck and model"):
        if isinstance(deck, str | Path):
            deck = read_deck(deck, overrides, allow_petsc=allow_petsc)
        else:
            refuse_overrides(overrides)
        if isinstance(deck, Deck):
            deck = compose(deck) if kept is None else kept.compose(deck)
        model = deck
        refuse_sweep(model.deck)
        settings = read_settings(model, fresh=restart is None)  # mistakes are told before anything is written
        if live and not settings.outputs.report:
            raise UserError("--live: the deck forbids the page (outputs.report)")
    with phase("import of Firedrake"):
        start_firedrake()
    if measured is not None:
        from trona.problem.events import EventLog

        measured.events = EventLog().parts
    from firedrake import COMM_WORLD

    from trona.record import make_reporter
    from trona.session.checkpoints import CheckpointWriter
    from trona.session.field_files import FieldFiles
    from trona.session.pages import follow, leave_page, start_painter
    from trona.session.recording import open_record
    from trona.session.restart import load_earlier, put_back
    from trona.session.session import Session

    take_back_signals()
    reporter = reporter or make_reporter(quiet=COMM_WORLD.rank != 0)
    with ExitStack() as after, ExitStack() as closing:  # whatever happens, the folder is free for the next run
        earlier = load_earlier(Path(restart), model, settings.time, COMM_WORLD) if restart is not None else None
        written, path = None, None
        if record:
            folder = Path(directory) if directory is not None else None
            if page := (page or live) and settings.outputs.report and COMM_WORLD.rank == 0:
                start_painter(model, settings)
            written, path = open_record(model, settings, folder, earlier, reporter, COMM_WORLD, closing, measured)
            if page:
                after.callback(leave_page, path, reporter)
                if live:
                    follow(path, reporter)
        end = settings.time.end if settings.time is not None else math.inf
        reporter.begin(model.deck.name, end if math.isfinite(end) else None)
        for warning in (*model.warnings, *(earlier.warnings if earlier is not None else ())):
            reporter.warning(warning)
        mesh = earlier.mesh(COMM_WORLD) if earlier is not None else None
        with phase("set-up"):
            session = Session(model, settings, reporter, mesh=mesh, kept=kept, recorded=record)
            session.phase = phase
            writer = CheckpointWriter(session, written, path, overrides)
        with writer.running():
            if earlier is not None:
                put_back(earlier, session, writer, written)
            with phase("solve"):
                _solve(session, written, writer, FieldFiles(session, written, record))
        if kept is not None and mesh is None:
            kept.keep(session.solution)
    return _result(session, path)


def refuse_sweep(deck: Deck) -> None:
    """Raise UserError if the deck has a sweep, because one run must not be taken for all of its cases."""
    node = deck.section("sweep")
    if node is not None:
        raise DeckError(
            f"this deck has a sweep: 'trona sweep {deck.path}' runs its cases; add sweep=null to run the deck without "
            "it",
            deck.root.key("sweep"),
        )


def _solve(session: Session, record: Record | None, writer: CheckpointWriter, files: FieldFiles) -> None:
    """Make all steps of a session, record them, and write a summary however the run ends."""
    comm = session.solution.problem.comm
    try:
        for accepted in session.steps():
            with session.phase("tables and files"):
                files.step(accepted)
                with together(comm):
                    if record is not None:
                        record.step(accepted)
            with session.phase("checkpoints"):
                writer.step(accepted)
        with session.phase("checkpoints"):
            writer.write()
        broken = session.broken_off()
        with together(comm):
            if broken is not None and record is not None:
                record.ended(broken, session.outputs)
    except SolveError as error:
        leave_failure(error, session, record, files)
        raise
    except UserError as error:
        if record is not None:
            _finish(session, record, f"failed: {str(error).splitlines()[0]}")
        raise
    for warning in session.solution.warnings():
        session.reporter.warning(warning)
    with session.phase("tables and files"):
        files.finish()
    with together(comm):
        if record is not None:
            _finish(session, record, session.status)
    writer.leave()


def _result(session: Session, path: Path | None) -> Result:
    from trona.record.result_table import Outputs
    from trona.session.result import Result

    audit = session.solution.audit
    return Result(
        Outputs({o.name: o for o in session.outputs}),
        path,
        session.status,
        {x.balance: x for x in audit.balances()},
        session.solution.problem,
        session.norms,
        {x.name: x for x in audit.monitors()},
        session.passed,
    )


def _finish(session: Session, record: Record, status: str) -> None:
    audit = session.solution.audit
    with session.phase("tables and files"):
        work = session.solution.problem.newton.linear_work()
        record.finish(session.outputs, audit.balances(), status, audit.monitors(), work)
