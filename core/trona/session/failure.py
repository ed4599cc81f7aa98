"""The files that a run leaves when a solve fails: the diagnosis, the failing state, the audit so far and a summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trona.errors import AuditError, BoundsError, PoorMeshError

if TYPE_CHECKING:
    from trona.errors import SolveError
    from trona.record import Record
    from trona.session.field_files import FieldFiles
    from trona.session.session import Session


def leave_failure(error: SolveError, session: Session, record: Record | None, files: FieldFiles) -> None:
    """Diagnose the failure, as `error.diagnosis`, and record it. Collective; the failed iterate is lost.

    Where some ranks alone have failed there is no diagnosis, and nothing that needs all ranks is done.
    """
    from trona.diagnosis import diagnose

    solution, number, time = session.solution, session.stepper.number, session.stepper.time
    problem = solution.problem
    kind = "not conserved" if isinstance(error, AuditError) else "failed"
    together = True
    status = f"{kind}: {str(error).splitlines()[0]}"  # once diagnosed, an error begins with its cause
    if not isinstance(error, AuditError | BoundsError | PoorMeshError):
        diagnosis = diagnose(problem, error, session.stepper)
        error.diagnosis = diagnosis
        together = diagnosis is not None
        if diagnosis is not None:
            failing = solution.bare_snapshot(problem.inputs.times[0], number + 1)
            if problem.newton.start is not None:
                problem.unknowns.states[0].assign(problem.newton.start)
            good = solution.bare_snapshot(time, number)
            if files.active:
                files.write(failing, "failed")
                files.write(good, "last_good")
            if record is not None:
                record.failure(failing, good, diagnosis)
    if together:
        files.finish()
    if record is not None:
        work = solution.problem.newton.linear_work()
        record.finish(session.outputs, solution.audit.balances(), status, solution.audit.monitors(), work)
