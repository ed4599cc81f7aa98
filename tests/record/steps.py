"""Accepted steps, as a run hands them to its record."""

from __future__ import annotations

from typing import Any

from trona.readings.ledgers import AuditStep
from trona.record import Accepted, NewtonRecord


def accepted(step: int, time: float, **read: Any) -> Accepted:
    """A step that took `step` + 1 Newton iterations, with what was read off its state."""
    newton = NewtonRecord(step, time, step + 1, [1.0, 10.0 ** -(step + 3)], "CONVERGED_FNORM_RELATIVE")
    audit = read.pop("audit", AuditStep(step, time, 1.0, ()))
    return Accepted(step, time, 1.0, newton, audit, **read)
