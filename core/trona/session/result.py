"""The result of a run from Python: what its files have, and the solved problem."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trona.record.results import RecordedRun

if TYPE_CHECKING:
    from trona.problem import Problem
    from trona.readings.ledgers import BalanceLedger, MonitorLedger
    from trona.stepper import StepEnd


@dataclass(frozen=True, repr=False)
class Result(RecordedRun):
    """The result of a run: what its files have, as `trona.load` gives it, the audit by balance, and the problem itself.

    Attributes that are read from the files raise UserError without a record.
    """

    ledger: dict[str, BalanceLedger]
    problem: Problem
    newton: list[list[float]]
    """Residual norms of every Newton iteration, per accepted step."""
    monitors: dict[str, MonitorLedger]
    """The monitored rates that the deck's audit asks for."""
    passed: list[StepEnd]
    """The steps of the protocol that this run has made."""

    @property
    def name(self) -> str:
        """What the run is called: its deck."""
        return self.problem.model.deck.name
