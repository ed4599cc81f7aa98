"""The data of an accepted step that a run passes to its record."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trona.errors import SolveError
    from trona.readings.ledgers import AuditStep
    from trona.readings.snapshot import LineData, OutputValue, Snapshot
    from trona.record.metadata import NewtonRecord
    from trona.stepper import StepEnd


@dataclass(frozen=True, eq=False)
class Accepted:
    """An accepted step: how it was solved, and the readings of its state, as plain data. Times in s.

    duration: 1 for a steady state, whose audit holds rates. snapshot: the fields in the cells of the rank, None
    where they are not wanted. ended: the step of the protocol that is over with it. warnings: all that were given for
    it. status: '' while the run goes on, else why it ends in order with this step. error: what ends it in disorder, to
    be raised once the step is recorded.
    """

    number: int
    time: float
    duration: float
    newton: NewtonRecord
    audit: AuditStep
    outputs: Sequence[OutputValue] = ()
    snapshot: Snapshot | None = None
    lines: Mapping[str, LineData] = field(default_factory=dict)
    ended: StepEnd | None = None
    warnings: tuple[str, ...] = ()
    status: str = ""
    error: SolveError | None = None
