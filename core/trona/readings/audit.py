"""The conservation audit: what entered, was produced and was stored, per balance, plugin, region and step."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from trona.deck.layout import TEXT, Layout, Named
from trona.errors import SolveError
from trona.readings.judgement import PIECE_TOLERANCE, Judge
from trona.readings.ledgers import (
    BALANCE_LAYOUT,
    MONITOR_LAYOUT,
    AuditStep,
    BalanceLedger,
    LedgerEntry,
    MonitorLedger,
    Worst,
)
from trona.readings.monitors import Monitors
from trona.readings.reactions import Reactions
from trona.readings.relations import conserves, relation_residuals
from trona.readings.roundoff import RoundOff
from trona.readings.term_integrals import TermIntegrals, component_names
from trona.units import Unit

if TYPE_CHECKING:
    from collections.abc import Callable

    from trona.problem.problem import Problem
    from trona.readings.outputs import OutputEvaluator
    from trona.settings.audit import AuditSettings

_ROUND_OFF = 1e-14
LOST = 0.1
"""Share of round-off in the largest flux above which the fluxes are meaningless."""
CARRIED_TOLERANCE = 1e-9
"""Change of the stored amounts by a new mesh, relative to the largest term, above which a warning is given."""


class Audit:
    """Evaluates every term of every balance alone at each accepted step, and checks that the balances close.

    The flux through a boundary with a fixed value is the residual of the rows that it replaces. In a steady problem,
    amounts are rates.
    """

    def __init__(self, problem: Problem, settings: AuditSettings, evaluator: OutputEvaluator) -> None:
        self.problem, self.settings = problem, settings
        self._integrals = TermIntegrals(problem)
        self._held = Reactions(problem)
        self._units = {
            name: self._unit(balance.unit, on_surface=bool(balance.field.interface))
            for balance in problem.model.balances.values()
            for name in component_names(balance)
        }
        followed = [t for t in problem.model.monitors if t.monitor.name in settings.monitors]
        units = {t.monitor.name: self._unit(Unit.parse(t.monitor.unit)) for t in followed}
        self._monitors = Monitors(followed, units, evaluator)
        self._totals: dict[str, BalanceLedger] = {}
        self._round_off = RoundOff(problem)
        self._relations = {b.name for b in problem.model.balances.values() if not conserves(problem.model, b)}
        """Equations that have the form of a balance but conserve nothing."""
        self._residual = problem.ahead.assembler(problem.residual) if self._relations else None
        self._reported: set[str] = set()
        """Balances whose round-off has been reported."""
        self._judge = Judge(settings, problem.transient)

    def renew(self) -> None:
        """Begin anew, for other inputs."""
        self._totals = {}
        self._reported.clear()
        self._round_off.renew()
        self._monitors.renew()

    # ------------------------------------------------------------------ what is integrated

    def _unit(self, per_volume: Unit, *, on_surface: bool = False) -> str:
        """Return the unit of an amount, or of a rate in a steady problem."""
        density = per_volume * Unit.parse("s") if self.problem.transient else per_volume
        return str(self.problem.model.coordinates.amount(density, 2 if on_surface else 3))

    def _reactions(self) -> list[tuple[str, LedgerEntry]]:
        """Return the amount that enters through each boundary with a fixed value."""
        owners = {b.field.name: component_names(b) for b in self.problem.model.balances.values()}
        return [
            (
                owners[side.component.name][side.axis],
                LedgerEntry("reaction", "boundaries", side.boundary, value, piece="+".join(side.component.blocks)),
            )
            for side, value in self._held.values()
        ]

    # ------------------------------------------------------------------ one step

    def step(self, number: int, time: float, duration: float, again: Callable[[], object] | None = None) -> AuditStep:
        """Return the audit of a step that ends in the present state; `duration` is not used in a steady problem.

        again: solves once more from the present state. It is called if the step does not close, because Newton's
        tolerance is relative to the first residual, which is large after a poor initial guess.
        """
        self.problem.ahead.compile_waiting()
        factor = duration if self.problem.transient else 1.0
        rates, terms = self._integrals.rates(), self._integrals.terms
        found = [(t.balance, replace(t.entry, value=rate * factor)) for t, rate in zip(terms, rates, strict=True)]
        changes = self._integrals.changes([entry for _, entry in found])
        found += [(name, replace(e, value=e.value * factor)) for name, e in self._reactions()]
        noise = self._noise(rates)
        pairs = self._integrals.imbalances(rates, noise)
        residuals = relation_residuals(self.problem, self._relations, self._residual)
        balances = []
        for name in sorted(self._units):
            entries = tuple(sorted((e for owner, e in found if owner == name), key=_order))
            stored = tuple(e for owner, e in changes if owner == name)
            ledger = BalanceLedger(name, self._units[name], entries, stored, noise[name] * factor)
            if name.partition("[")[0] in residuals:
                ledger = _as_relation(ledger, *residuals[name.partition("[")[0]], factor)
            worst = Worst(ledger.closure, number, time, noise=ledger.relative_noise)
            pair = Worst(pairs[name][0], number, time, pairs[name][1]) if name in pairs else None
            piece = self._above_round_off(ledger, _worst_piece(ledger, number, time), factor)
            balances.append(replace(ledger, worst=worst, piece=piece, pair=pair))
        # The following decision must be the same on all ranks.
        bad, grave = self.problem.comm.bcast(
            tuple(any(self._judge.violations(ledger, grave) for ledger in balances) for grave in (False, True))
        )
        if bad and again is not None:
            again()
            return self.step(number, time, duration)
        lost = self._lost(balances, factor)
        monitors = self._monitors.step(factor)
        for ledger in balances:
            before = self._totals.get(ledger.balance)
            self._totals[ledger.balance] = ledger if before is None else before.plus(ledger)
        return AuditStep(
            number,
            time,
            duration if self.problem.transient else None,
            tuple(balances),
            monitors,
            bad,
            (*lost, *self._monitors.below_zero(monitors, self._judge.when(number, time))),
            grave,
        )

    def stored(self) -> dict[tuple[str, str], float]:
        """Return the amount stored by each balance in each piece in the present state."""
        return self._integrals.stored()

    def go_on_from(self, state: dict[str, Any], before: dict[tuple[str, str], float]) -> list[str]:
        """Continue from the `state` of the audit on an earlier mesh, where `stored` was `before`; return warnings.

        Changes of the stored amounts enter the ledger.
        """
        self.restore(state)
        now, warnings = self.stored(), []
        for name, ledger in self._totals.items():
            changes = {piece: now[b, piece] - value for (b, piece), value in before.items() if b == name}
            largest = abs(ledger.largest.value) if ledger.largest else 0.0
            for piece, change in changes.items():
                size = max(largest, abs(before[name, piece]), abs(now[name, piece]))
                if not abs(change) <= CARRIED_TOLERANCE * size:
                    warnings.append(
                        f"the new mesh changes the amount of {name} stored in {piece} by {change:.3g} {ledger.unit}, "
                        f"{abs(change) / size:.1e} of its largest term"
                    )
            if changes:
                self._totals[name] = ledger.carried_over(changes)
        return warnings

    def _noise(self, rates: list[float]) -> dict[str, float]:
        """Return, per balance or component, the rate below which a term is round-off. rates: of all terms."""
        of_rows = self._round_off.rates()
        noise = {}
        for balance in self.problem.model.balances.values():
            names = component_names(balance)
            # A vanishing component of a vector is known to the round-off of the others.
            terms = zip(self._integrals.terms, rates, strict=True) if balance.field.shape else ()
            largest = max((abs(rate) for term, rate in terms if term.balance in names), default=0.0)
            noise.update(dict.fromkeys(names, max(of_rows[balance.name], _ROUND_OFF * largest)))
        return noise

    def _above_round_off(self, ledger: BalanceLedger, piece: Worst | None, factor: float) -> Worst | None:
        """Return the worst piece, with the part of its closure that may be round-off of fluxes through interfaces.

        This round-off does not decay with the fluxes: at rest, a law still takes the difference of two large values.
        It is found by changing the reference of the values in its last digits.
        """
        comm, terms = self.problem.comm, self._integrals.terms
        if piece is None or not comm.bcast(piece.value > PIECE_TOLERANCE):
            return piece
        own = [t for t in terms if t.balance == ledger.balance and t.crossing and t.entry.piece == piece.where]
        noise, before = 0.0, [term.rate() for term in own]
        for component in self.problem.unknowns.components:
            reference = float(component.reference)
            component.reference.assign(reference * (1 + 8 * float(np.finfo(float).eps)))
            noise += sum(abs(term.rate() - rate) for term, rate in zip(own, before, strict=True))
            component.reference.assign(reference)
        largest = abs(ledger.largest.value) if ledger.largest else 0.0
        return replace(piece, noise=noise * factor / largest) if largest else piece

    # ------------------------------------------------------------------ judgement

    def _lost(self, balances: list[BalanceLedger], factor: float) -> list[str]:
        """Return warnings of fluxes that round-off hides. Raises SolveError unless the deck asks for warnings only."""
        found = []
        for balance in self.problem.model.balances.values():
            own = [b for b in balances if b.balance in component_names(balance) and b.relation is None]
            largest = max((abs(b.largest.value) for b in own if b.largest), default=0.0) / factor
            hidden = self._round_off.hidden(balance, largest, self.settings.limit) if own else None
            if hidden is None:
                continue
            component, part = hidden
            lost = part > LOST
            text = (
                f"the fluxes of {balance.name} are {'lost in' if lost else 'known only to'} the round-off of "
                f"{component.label}, which is {part:.1g} of the largest"
            )
            if lost and self.settings.on_violation != "warn":
                self.problem.newton.convergence.unresolved = component, part
                raise SolveError(f"{text}: the linear system cannot be solved in double precision")
            if balance.name not in self._reported:
                self._reported.add(balance.name)
                found.append(f"{text}; values of two blocks that differ by many orders of magnitude cause this")
        return found

    def judge(self, step: AuditStep) -> None:
        """Raise AuditError if the violations of a step must end the run."""
        self._judge.end(step)

    def warnings(self) -> list[str]:
        """Return the worst violations of each balance so far."""
        found = [text for ledger in self.balances() for text in self._judge.violations(ledger)]
        return [f"{text}; do not trust this solution" for text in found]

    # ------------------------------------------------------------------ the whole run

    def balances(self) -> list[BalanceLedger]:
        """Return the ledger of each balance over all steps so far."""
        return [ledger for _, ledger in sorted(self._totals.items())]

    LAYOUT: ClassVar[Layout] = {
        "balances": Named(BALANCE_LAYOUT),
        "round_off": RoundOff.LAYOUT,
        "monitors": {"totals": Named(MONITOR_LAYOUT), "told": [[TEXT]]},
    }
    """The layout of `state`."""

    def state(self) -> dict[str, Any]:
        """Return the totals so far as plain data, for a checkpoint."""
        totals = {name: asdict(ledger) for name, ledger in self._totals.items()}
        return {"balances": totals, "monitors": self._monitors.state(), "round_off": self._round_off.state()}

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from the result of `state`."""
        self._totals = {name: BalanceLedger.from_plain(data) for name, data in state["balances"].items()}
        self._monitors.restore(state["monitors"])
        self._round_off.restore(state["round_off"])

    def monitors(self) -> list[MonitorLedger]:
        """Return the monitored rates over all steps so far."""
        return self._monitors.totals()


def _as_relation(ledger: BalanceLedger, residual: float, whole: float, factor: float) -> BalanceLedger:
    """Return the ledger of a relation. Its terms must close too: a term that was not solved has no residual."""
    error = abs(ledger.closure_error) / factor
    return replace(ledger, relation=max(residual, error / whole if whole else error))


def _order(entry: LedgerEntry) -> tuple[str, ...]:
    return entry.term, entry.plugin, entry.region, entry.side


def _worst_piece(ledger: BalanceLedger, step: int, time: float) -> Worst | None:
    found = None
    for piece in ledger.pieces if len(ledger.pieces) > 1 else ():
        value = ledger.closure_of(piece)
        if found is None or not value <= found.value:
            found = Worst(value, step, time, piece)
    return found
