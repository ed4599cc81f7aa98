"""The conservation audit as plain data: the ledger of each balance over a step or a run, and its closure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from trona.deck.layout import COUNT, NUMBER, TEXT, Maybe, instance

Term = Literal["storage", "boundary", "reaction", "interface", "source", "monitor"]


_ENTRY = {"term": TEXT, "plugin": TEXT, "region": TEXT, "value": NUMBER, "side": TEXT, "piece": TEXT}
_WORST = {"value": NUMBER, "step": COUNT, "time": NUMBER, "where": TEXT, "noise": NUMBER}
BALANCE_LAYOUT = {
    "balance": TEXT,
    "unit": TEXT,
    "entries": [_ENTRY],
    "changes": [_ENTRY],
    "noise": NUMBER,
    "worst": Maybe(_WORST),
    "piece": Maybe(_WORST),
    "pair": Maybe(_WORST),
    "relation": Maybe(NUMBER),
}
"""The layout of `dataclasses.asdict` of a BalanceLedger."""
MONITOR_LAYOUT = {"name": TEXT, "unit": TEXT, "text": TEXT, "entries": [_ENTRY]}
REMESHING = "remeshing"
"""The plugin in entries for changes by a new mesh."""


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """The contribution of one plugin to a balance in one region.

    `value` is positive for an amount that entered or was produced; in storage entries, for a stored amount. term:
    'reaction' is the amount that entered through a boundary with a fixed value. side: the block, if the region has
    several. piece: the blocks over which the field is continuous there.
    """

    term: Term
    plugin: str
    region: str
    value: float
    side: str = ""
    piece: str = ""

    def __str__(self) -> str:
        side = f", {self.side}" if self.side else ""
        return f"{self.term} of {self.plugin} in {self.region}{side}"


@dataclass(frozen=True, slots=True)
class Worst:
    """The largest relative imbalance of any step, with its step, time [s] and, unless it is of the whole, its region.

    noise: the part of it that may be round-off.
    """

    value: float
    step: int
    time: float
    where: str = ""
    noise: float = 0.0

    def above(self, tolerance: float) -> bool:
        """Whether it exceeds a tolerance and its round-off; NaN always does."""
        return not self.value <= max(tolerance, self.noise)


def total(values: Iterable[float]) -> float:
    """The exact sum, rounded once; NaN for infinities of both signs."""
    try:
        return math.fsum(values)
    except (ValueError, OverflowError):
        return math.nan


@dataclass(frozen=True, slots=True)
class BalanceLedger:
    """The contributions of a step or a run to one balance; every amount is in `unit`.

    changes: the differences between the amounts stored in the states, to which a time scheme of order 2 has a
    truncation error; they do not enter the closure. noise: amounts up to it are round-off. worst: the worst closure of
    any step; piece: the worst closure of a single piece. pair: the worst imbalance between two sides of an interface.
    relation: the relative residual of an equation that conserves nothing, instead of a closure.
    """

    balance: str
    unit: str
    entries: tuple[LedgerEntry, ...]
    changes: tuple[LedgerEntry, ...] = ()
    noise: float = 0.0
    worst: Worst | None = None
    piece: Worst | None = None
    pair: Worst | None = None
    relation: float | None = None

    @classmethod
    def from_plain(cls, data: dict[str, Any]) -> BalanceLedger:
        """Return the ledger from the result of `dataclasses.asdict`."""
        worst = {k: instance(Worst, data[k]) if data.get(k) else None for k in ("worst", "piece", "pair")}
        lists = {k: tuple(instance(LedgerEntry, e) for e in data[k]) for k in ("entries", "changes")}
        return instance(cls, {**data, **lists, **worst})

    def plus(self, other: BalanceLedger) -> BalanceLedger:
        """Return the sum with a further step of the same balance, with the worst of each kind."""
        return replace(
            self,
            entries=_plus(self.entries, other.entries),
            changes=_plus(self.changes, other.changes),
            noise=self.noise + other.noise,
            worst=_worse(self.worst, other.worst),
            piece=_worse(self.piece, other.piece),
            pair=_worse(self.pair, other.pair),
            relation=other.relation
            if self.relation is None or other.relation is None
            else max(self.relation, other.relation),
        )

    def carried_over(self, changes: Mapping[str, float]) -> BalanceLedger:
        """Return the sum with changes of the stored amounts by a new mesh, by piece."""
        changed = [LedgerEntry("source", REMESHING, piece, value, piece=piece) for piece, value in changes.items()]
        stored = tuple(replace(e, term="storage") for e in changed)
        return replace(self, entries=_plus(self.entries, (*changed, *stored)), changes=_plus(self.changes, stored))

    @property
    def came_in(self) -> float:
        """Total amount that entered or was produced, >= 0."""
        return total(e.value for e in self.entries if e.term != "storage" and not e.value <= 0)

    @property
    def went_out(self) -> float:
        """Total amount that left or was consumed, >= 0."""
        return total(-e.value for e in self.entries if e.term != "storage" and e.value < 0)

    @property
    def stored(self) -> float:
        """Net stored amount by the time scheme."""
        return total(e.value for e in self.entries if e.term == "storage")

    @property
    def changed(self) -> float:
        """Net difference between the amounts stored in the states."""
        return total(e.value for e in self.changes)

    @property
    def largest(self) -> LedgerEntry | None:
        """The largest entry, to which the closure is relative."""
        return max(self.entries, key=lambda e: abs(e.value), default=None)

    @property
    def pieces(self) -> tuple[str, ...]:
        """The pieces over which the field is continuous, each of which must close; none for a relation."""
        if self.relation is not None:
            return ()
        return tuple(sorted({e.piece for e in self.entries}))

    @property
    def closure_error(self) -> float:
        """The amount that entered, minus what left, minus what was stored, in the unit of the balance."""
        return self.error_of(None)

    def error_of(self, piece: str | None) -> float:
        """Return the closure error of one piece (None: of all)."""
        entries = (e for e in self.entries if piece is None or e.piece == piece)
        return total(-e.value if e.term == "storage" else e.value for e in entries)

    @property
    def relative_noise(self) -> float:
        """Round-off relative to the largest entry; 0 if no entry is larger, and for a relation."""
        if self.relation is not None:
            return 0.0
        largest = abs(self.largest.value) if self.largest else 0.0
        return self.noise / largest if largest > self.noise else 0.0

    @property
    def closure(self) -> float:
        """The closure error relative to the largest entry.

        It is 0 if no entry is larger than round-off, and the relative residual for a relation.
        """
        if self.relation is not None:
            return self.relation
        return self._relative(self.closure_error)

    def closure_of(self, piece: str) -> float:
        """Return the closure of one piece, in which the two sides of an interface do not cancel."""
        return self._relative(self.error_of(piece))

    def _relative(self, error: float) -> float:
        largest = abs(self.largest.value) if self.largest else 0.0
        if math.isnan(error):
            return error
        return abs(error) / largest if largest > self.noise else 0.0


@dataclass(frozen=True, slots=True)
class MonitorLedger:
    """The contributions of a step or a run to a monitored rate, by plugin and region."""

    name: str
    unit: str
    text: str
    entries: tuple[LedgerEntry, ...]

    @classmethod
    def from_plain(cls, data: dict[str, Any]) -> MonitorLedger:
        """Return the ledger from the result of `dataclasses.asdict`."""
        return instance(cls, {**data, "entries": tuple(instance(LedgerEntry, e) for e in data["entries"])})

    @property
    def value(self) -> float:
        """The sum over plugins and regions."""
        return total(e.value for e in self.entries)

    def plus(self, other: MonitorLedger) -> MonitorLedger:
        """Return the sum with a further step of the same rate."""
        return replace(self, entries=_plus(self.entries, other.entries))


@dataclass(frozen=True, slots=True)
class AuditStep:
    """The audit of one step: amounts over its `duration` [s], or rates if it is None (a steady state)."""

    step: int
    time: float
    duration: float | None
    balances: tuple[BalanceLedger, ...]
    monitors: tuple[MonitorLedger, ...] = ()
    violated: bool = False
    warnings: tuple[str, ...] = ()
    grave: bool = False
    """Whether the violation must end the run, unless the deck asks for warnings only."""


def _plus(one: tuple[LedgerEntry, ...], two: tuple[LedgerEntry, ...]) -> tuple[LedgerEntry, ...]:
    """Add entries of the same kind and region; if there are several, the n-th of one to the n-th of the other."""
    sums: dict[Any, LedgerEntry] = {}
    for entries in (one, two):
        seen: Counter[LedgerEntry] = Counter()
        for entry in entries:
            what = replace(entry, value=0.0)
            seen[what] += 1
            before = sums.get((what, seen[what]), what)
            sums[what, seen[what]] = replace(entry, value=before.value + entry.value)
    return tuple(sums.values())


def _worse(one: Worst | None, two: Worst | None) -> Worst | None:
    """Return the worse of two: NaN, then one above round-off, then the larger; the first of equals."""
    if one is None or two is None:
        return one or two
    if one.above(0.0) != two.above(0.0):
        return one if one.above(0.0) else two
    return one if two.value <= one.value or math.isnan(one.value) else two


def summarise_ledger(ledger: BalanceLedger) -> dict[str, Any]:
    """Return the entry of one balance in summary.json."""
    return {
        "unit": ledger.unit,
        "came_in": ledger.came_in,
        "went_out": ledger.went_out,
        "stored": ledger.stored,
        "stored_difference": ledger.changed,
        "conserved": ledger.relation is None,
        "closure": ledger.closure,
        "closure_error": ledger.closure_error,
        "worst_closure": _worst(ledger.worst),
        "worst_closure_of_a_piece": _worst(ledger.piece),
        "worst_interface_imbalance": _worst(ledger.pair),
        "entries": _entries(ledger.entries),
    }


def summarise_monitor(ledger: MonitorLedger) -> dict[str, Any]:
    """Return the entry of one monitored rate in summary.json."""
    return {"unit": ledger.unit, "text": ledger.text, "value": ledger.value, "entries": _entries(ledger.entries)}


def _worst(worst: Worst | None) -> dict[str, Any] | None:
    if worst is None:
        return None
    found: dict[str, Any] = {"value": worst.value, "step": worst.step, "time": worst.time}
    found |= {"round_off": worst.noise} if worst.noise else {}
    return found | ({"where": worst.where} if worst.where else {})


def _entries(entries: Sequence[LedgerEntry]) -> list[dict[str, Any]]:
    ordered = sorted(entries, key=lambda e: (e.term, e.plugin, e.region, e.side))
    return [{"term": e.term, "plugin": e.plugin, "region": e.region, "side": e.side, "value": e.value} for e in ordered]
