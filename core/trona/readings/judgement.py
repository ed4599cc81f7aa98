"""Violations of the audit: which ledgers do not close, in words, and whether the run must end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trona.errors import AuditError

if TYPE_CHECKING:
    from trona.readings.ledgers import AuditStep, BalanceLedger
    from trona.settings.audit import AuditSettings

PAIR_TOLERANCE = 1e-12
"""Imbalance between the two sides of an interface that counts as round-off, relative to the larger."""
PIECE_TOLERANCE = 1e-3
"""Accepted closure of one piece of a field. The flux through an interface is often a small difference of large
values, whose round-off cancels in the whole but not in a piece; a missing or reversed term gives an error of 1."""


class Judge:
    """Checks ledgers against the settings of a deck; transient: whether steps have times."""

    def __init__(self, settings: AuditSettings, transient: bool) -> None:
        self._settings, self._transient = settings, transient

    def when(self, step: int, time: float) -> str:
        """Return a step in words."""
        return f"in step {step}" + (f" at t = {time:.6g} s" if self._transient else "")

    def violations(self, ledger: BalanceLedger, grave: bool = False) -> list[str]:
        """Return the violations of a step, or the worst of a run; grave: only those that must end the run."""
        found, worst, pair = [], ledger.worst, ledger.pair
        least = self._settings.limit if grave else 0.0
        if worst is not None and worst.above(max(self._settings.tolerance, least)):
            found.append(
                f"the balance of {ledger.balance} closes only to {worst.value:.1e} of its largest term "
                f"{self.when(worst.step, worst.time)}"
                if ledger.relation is None
                else f"the relation of {ledger.balance}, which conserves nothing, has a relative residual of "
                f"{worst.value:.1e} {self.when(worst.step, worst.time)}"
            )
        piece = ledger.piece
        if piece is not None and piece.above(max(PIECE_TOLERANCE, least)):
            found.append(
                f"the balance of {ledger.balance} in {piece.where} closes only to {piece.value:.1e} of its largest "
                f"term {self.when(piece.step, piece.time)}, so the flux through an interface is not the one solved for"
            )
        if pair is not None and not pair.value <= max(PAIR_TOLERANCE, least):
            found.append(
                f"the fluxes of {ledger.balance} on the two sides of {pair.where} differ by {pair.value:.1e} of the "
                f"larger one {self.when(pair.step, pair.time)}"
            )
        return found

    def end(self, step: AuditStep) -> None:
        """Raise AuditError if the violations of a step must end the run."""
        on_violation = self._settings.on_violation
        if not step.violated or on_violation == "warn" or (on_violation == "limit" and not step.grave):
            return
        texts = []
        for ledger in step.balances:
            for text in self.violations(ledger, on_violation == "limit"):
                most = ledger.largest
                size = f"; its largest term is the {most}: {most.value:.6g} {ledger.unit}" if most else ""
                texts.append(f"{text}; closure error {ledger.closure_error:.3g} {ledger.unit}{size}")
        raise AuditError("the conservation audit ends the run: " + "\n  ".join(texts))
