"""The conservation audit step by step, as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from trona.readings.ledgers import AuditStep, BalanceLedger
from trona.record.directory import RunDirectory, Stream

HEAD = ("step", "time [s]", "duration [s]", "balance", "term", "plugin", "region", "side", "amount", "unit")
_Row = tuple[str, str, str, str, str, float, str]


class AuditWriter:
    """Writes `audit.csv`: a row per balance, term, plugin, region and step; a step is in the file at once.

    Every `every`-th step is written, and so are steps with violations and the last step.
    """

    def __init__(self, directory: RunDirectory, every: int = 1) -> None:
        self._directory, self._every = directory, every
        self._stream: Stream | None = None
        self._waiting: AuditStep | None = None

    def state(self) -> int:
        """The length of the file so far, bytes."""
        return self._stream.size if self._stream is not None else 0

    def resume(self, length: int) -> bool:
        """Continues an earlier file after its first `length` bytes and removes the rest.

        Returns whether the file was that long.
        """
        content = self._directory.read("audit.csv")[:length]
        content = content[: content.rfind(b"\n") + 1]
        if content:
            self._stream = self._directory.stream("audit.csv", content)
        return len(content) == length

    def append(self, step: AuditStep) -> None:
        """Adds a step. Raises UserError if the file cannot be written."""
        self._waiting = step
        if step.step % self._every == 0 or step.violated:
            self._write()

    def close(self) -> None:
        """Writes the last step if it is missing, and closes the file."""
        if self._waiting is not None:
            self._write()
        if self._stream is not None:
            self._stream.close()

    def _write(self) -> None:
        step, self._waiting = self._waiting, None
        assert step is not None
        text = io.StringIO()
        table = csv.writer(text, lineterminator="\n")
        if self._stream is None:
            self._stream = self._directory.stream("audit.csv", b"")
            table.writerow(HEAD)
        duration = "" if step.duration is None else format(step.duration, ".17g")
        head = (str(step.step), format(step.time, ".17g"), duration)
        table.writerows((*head, *row[:5], format(row[5], ".17g"), row[6]) for row in _rows(step))
        self._stream.write(text.getvalue())


def _rows(step: AuditStep) -> Iterator[_Row]:
    for ledger in step.balances:
        name, unit = ledger.balance, ledger.unit
        for e in ledger.entries:
            yield name, e.term, e.plugin, e.region, e.side, e.value, unit
        for e in ledger.changes:
            yield name, "stored", e.plugin, e.region, e.side, e.value, unit
        yield from _closure(ledger)
    for monitor in step.monitors:
        for e in monitor.entries:
            yield monitor.name, e.term, e.plugin, e.region, e.side, e.value, monitor.unit
        yield monitor.name, "total", "", "", "", monitor.value, monitor.unit


def _closure(ledger: BalanceLedger) -> Iterator[_Row]:
    name = ledger.balance
    if ledger.relation is not None:
        yield name, "relative residual", "", "", "", ledger.relation, "1"
        return
    yield name, "closure", "", "", "", ledger.closure_error, ledger.unit
    if len(ledger.pieces) > 1:
        for piece in ledger.pieces:
            yield name, "closure", "", piece, "", ledger.error_of(piece), ledger.unit
    yield name, "relative closure", "", "", "", ledger.closure, "1"
