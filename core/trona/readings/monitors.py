"""Monitored rates: the contributions of plugins to named rates, evaluated in every step on request."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from trona.model.records import MonitorTerm, Output
from trona.model.reduction import Reduction
from trona.readings.ledgers import LedgerEntry, MonitorLedger

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trona.model.declare import Monitor
    from trona.readings.outputs import OutputEvaluator

ROUND_OFF = 1e-12
"""Tolerance for negative contributions that must not be negative, relative to the largest one."""


class Monitors:
    """Evaluates the contributions to the requested monitors; `unit` holds the units of amounts by name."""

    def __init__(self, terms: Sequence[MonitorTerm], units: dict[str, str], evaluator: OutputEvaluator) -> None:
        self._evaluator, self._units = evaluator, units
        self._declared: dict[str, Monitor] = {t.monitor.name: t.monitor for t in terms}
        self._coupled: set[tuple[str, str]] = set()
        """Monitors and regions in which only the sum over all plugins has a sign."""
        self._parts: list[tuple[str, LedgerEntry, Output]] = []
        for term in terms:
            for block in term.blocks:
                self._add(term, block, blocks=(block,))
            if term.law is not None:
                self._add(term, term.law.name, law=term.law)
        self._totals: dict[str, MonitorLedger] = {}
        self._warned: set[tuple[str, str, str]] = set()

    def renew(self) -> None:
        """Begin anew."""
        self._totals, self._warned = {}, set()

    def _add(self, term: MonitorTerm, region: str, **where: Any) -> None:
        name, text = term.monitor.name, term.monitor.text
        if term.coupled:
            self._coupled.add((name, region))
        output = Output(name, term.expression, term.unit, term.unit, text, Reduction(), term.plugin, **where)
        self._parts.append((name, LedgerEntry("monitor", term.plugin, region, 0.0), output))

    def step(self, duration: float) -> tuple[MonitorLedger, ...]:
        """Return the present rates times `duration`, and add them to the totals."""
        entries: dict[str, list[LedgerEntry]] = {name: [] for name in sorted(self._declared)}
        for name, entry, output in self._parts:
            entries[name].append(replace(entry, value=self._evaluator.over(output).integral() * duration))
        found = tuple(
            MonitorLedger(name, self._units[name], self._declared[name].text, tuple(own))
            for name, own in entries.items()
        )
        for ledger in found:
            before = self._totals.get(ledger.name)
            self._totals[ledger.name] = ledger if before is None else before.plus(ledger)
        return found

    def below_zero(self, found: tuple[MonitorLedger, ...], when: str) -> tuple[str, ...]:
        """Return warnings, once in a run, for plugins and regions that are negative but must not be.

        For coupled plugins, the sum in the region is checked.
        """
        texts = []
        for ledger in found:
            if not self._declared[ledger.name].not_below_zero:
                continue
            floor = -ROUND_OFF * max((abs(e.value) for e in ledger.entries), default=0.0)
            for entry in (*self._signed(ledger), LedgerEntry("monitor", "", "", ledger.value)):
                key = (ledger.name, entry.plugin, entry.region)
                if entry.value < floor and key not in self._warned:
                    self._warned.add(key)
                    whose = f"of {entry.plugin} in {entry.region}" if entry.plugin else "in all"
                    texts.append(
                        f"{ledger.name} {whose} is {entry.value:.3g} {ledger.unit} {when}; it must not be negative"
                    )
        return tuple(texts)

    def _signed(self, ledger: MonitorLedger) -> list[LedgerEntry]:
        """Return the entries that have a sign; entries of coupled plugins are added."""
        alone = [e for e in ledger.entries if (ledger.name, e.region) not in self._coupled]
        for name, region in sorted(self._coupled):
            if name == ledger.name:
                total = sum(e.value for e in ledger.entries if e.region == region)
                alone.append(LedgerEntry("monitor", "all physics", region, total))
        return alone

    def totals(self) -> list[MonitorLedger]:
        """Return each monitored rate over all steps so far."""
        return [ledger for _, ledger in sorted(self._totals.items())]

    def state(self) -> dict[str, Any]:
        """Return totals and past warnings as plain data."""
        totals = {name: asdict(ledger) for name, ledger in self._totals.items()}
        return {"totals": totals, "told": [list(key) for key in sorted(self._warned)]}

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from the result of `state`; new monitors start from zero."""
        known = {n: d for n, d in state["totals"].items() if n in self._declared}
        self._totals = {name: MonitorLedger.from_plain(data) for name, data in known.items()}
        self._warned = {(key[0], key[1], key[2]) for key in state["told"] if len(key) == 3}
