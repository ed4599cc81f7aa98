"""summary.json: the results of a run, for scripts and tests."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from trona.deck.layout import instance
from trona.readings.ledgers import BalanceLedger, MonitorLedger, summarise_ledger, summarise_monitor
from trona.readings.snapshot import OutputValue
from trona.record.metadata import NewtonRecord, RunMetadata

if TYPE_CHECKING:
    from trona.problem.linear_solve import PartWork


def summarise(
    *,
    metadata: RunMetadata,
    status: str,
    time: float,
    elapsed: float,
    outputs: Sequence[OutputValue],
    ledgers: Sequence[BalanceLedger],
    newton: NewtonHistory,
    warnings: Sequence[str],
    monitors: Sequence[MonitorLedger] = (),
    linear: Sequence[PartWork] = (),
) -> dict[str, Any]:
    """The summary as plain data. `status` is 'finished', or 'stopped', 'not conserved' or 'failed' with a reason;
    times are in s.

    linear: the parts of the system that were solved one after another, as this process has solved them since the
    mesh was made.
    A value that is not finite becomes None, with a warning; the `note` of an output says why it has no value.
    """
    summary = {
        "deck": metadata.deck,
        "status": status,
        "time": time,
        "elapsed_seconds": elapsed,
        "started": metadata.started.isoformat(),
        "nprocs": metadata.nprocs,
        "on_surfaces": dict(metadata.on_surfaces),
        "versions": dict(metadata.versions),
        "parameters": [asdict(p) for p in metadata.parameters],
        "outputs": {o.name: _output(o) for o in outputs},
        "wholes": {n: {"parts": parts, "remainder": left} for n, (*parts, left) in metadata.wholes.items()},
        "ledger": {ledger.balance: summarise_ledger(ledger) for ledger in ledgers},
        "monitors": {monitor.name: summarise_monitor(monitor) for monitor in monitors},
        "newton": newton.summary(),
        "linear": [asdict(part) for part in linear],
    }
    lost: list[str] = []
    result: dict[str, Any] = _finite(summary, "", lost)
    result["warnings"] = [*warnings, *(f"{place} is not finite; written as null" for place in lost)]
    return result


class NewtonHistory:
    """Iterations of every step and the residuals of the first and the last."""

    def __init__(self) -> None:
        self._iterations: list[int] = []
        self._first: NewtonRecord | None = None
        self._last: NewtonRecord | None = None

    def append(self, record: NewtonRecord) -> None:
        """Adds an accepted step."""
        self._iterations.append(record.iterations)
        # The initial state has no residuals.
        if self._first is None and record.residuals:
            self._first = record
        self._last = record

    @property
    def time(self) -> float:
        """Time [s] of the last step, 0 before the first step."""
        return self._last.time if self._last else 0.0

    def state(self) -> dict[str, Any]:
        """The history as plain data."""
        first, last = (asdict(r) if r else None for r in (self._first, self._last))
        return {"iterations": list(self._iterations), "first": first, "last": last}

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from the result of `state`."""
        self._iterations = list(state["iterations"])
        self._first, self._last = (instance(NewtonRecord, state[k]) if state[k] else None for k in ("first", "last"))

    def summary(self) -> dict[str, Any]:
        """Plain data for the summary."""
        return {
            "steps": len(self._iterations),
            "iterations": list(self._iterations),
            "total_iterations": sum(self._iterations),
            "first": _step(self._first),
            "last": _step(self._last),
        }


def _output(output: OutputValue) -> dict[str, Any]:
    plain: dict[str, Any] = {"value": output.value, "unit": output.unit, "text": output.text}
    return plain | {"value": None, "note": output.note} if output.note else plain


def _step(record: NewtonRecord | None) -> dict[str, Any] | None:
    if record is None:
        return None
    return {"step": record.step, "time": record.time, "residuals": list(record.residuals), "reason": record.reason}


def _finite(value: Any, place: str, lost: list[str]) -> Any:
    """A copy with None for values that are not finite; their paths are added to `lost`."""
    if isinstance(value, Mapping):
        return {str(key): _finite(item, f"{place}.{key}" if place else str(key), lost) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item, f"{place}[{i}]", lost) for i, item in enumerate(value)]
    if isinstance(value, bool | int | str) or value is None:
        return value
    number = float(value)
    if math.isfinite(number):
        return number
    lost.append(place)
    return None
