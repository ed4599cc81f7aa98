"""The final tables of a run: outputs and the conservation ledger, as rows, plain text, or rich tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from trona.readings.ledgers import BalanceLedger, MonitorLedger, Worst
from trona.readings.snapshot import OutputValue
from trona.record.columns import Rows, columns
from trona.record.quantity import time_text

if TYPE_CHECKING:
    from rich.table import Table

    from trona.model.materials.parameter import Parameter

PARAMETER_HEAD = ("parameter", "value", "unit", "source")
OUTPUT_HEAD = ("output", "value", "unit", "meaning")
MONITOR_HEAD = ("monitor", "plugin", "region", "value", "unit")
LEDGER_HEAD = ("balance", "plugin", "in", "out", "stored", "unit", "closure")


def output_rows(outputs: Sequence[OutputValue]) -> Rows:
    """One row per output; without a value, the reason."""
    return [
        (
            o.name,
            "-" if o.note else f"{o.value:.6g}",
            "" if o.unit == "1" else o.unit,
            f"{o.text}: it {o.note}" if o.note else o.text,
        )
        for o in outputs
    ]


def parameter_rows(parameters: Sequence[Parameter]) -> Rows:
    """One row per parameter; varying ones as written in the deck."""
    return [
        (
            f"{p.owner}.{p.name}",
            f"{p.value:.6g}" if p.value is not None else p.written,
            "" if p.unit == "1" else p.unit,
            p.origin,
        )
        for p in parameters
    ]


def ledger_rows(ledgers: Sequence[BalanceLedger]) -> Rows:
    """Per balance one row per plugin, in alphabetical order, then the total with its relative closure."""
    rows: Rows = []
    for ledger in ledgers:
        for plugin in sorted({e.plugin for e in ledger.entries}):
            own = tuple(e for e in ledger.entries if e.plugin == plugin)
            part = BalanceLedger(ledger.balance, ledger.unit, own)
            rows.append((ledger.balance, plugin, *_amounts(part), ledger.unit, ""))
        closure = f"{ledger.closure:.1e}" if ledger.relation is None else "no conservation law"
        rows.append((ledger.balance, "total", *_amounts(ledger), ledger.unit, closure))
    return rows


def format_parameters(parameters: Sequence[Parameter]) -> str:
    """The table of parameters as plain text, assumptions marked; '' if there are none."""
    return columns(PARAMETER_HEAD, parameter_rows(parameters), right=())


def format_all(
    outputs: Sequence[OutputValue],
    ledgers: Sequence[BalanceLedger],
    monitors: Sequence[MonitorLedger],
    parameters: Sequence[Parameter],
) -> tuple[str, ...]:
    """The final tables as plain text, '' for a table without rows."""
    return (
        format_parameters(parameters),
        format_outputs(outputs),
        format_ledger(ledgers),
        format_audit(ledgers, monitors),
    )


def format_outputs(outputs: Sequence[OutputValue]) -> str:
    """The table of outputs as plain text; '' if there are none."""
    return columns(OUTPUT_HEAD, output_rows(outputs), right=(1,))


def format_ledger(ledgers: Sequence[BalanceLedger]) -> str:
    """The ledger as plain text: in, out and stored per plugin, closure per balance; '' if there are no ledgers."""
    return columns(LEDGER_HEAD, ledger_rows(ledgers), right=(2, 3, 4, 6))


def format_audit(ledgers: Sequence[BalanceLedger], monitors: Sequence[MonitorLedger] = ()) -> str:
    """A line per balance on its worst step, then the table of monitored rates; '' if there are none."""
    lines = [f"{ledger.balance}: {'; '.join(_worst(ledger))}" for ledger in ledgers if ledger.worst]
    rows: Rows = []
    for monitor in monitors:
        for e in sorted(monitor.entries, key=lambda e: (e.plugin, e.region)):
            rows.append((monitor.name, e.plugin, e.region, f"{e.value:.4g}", monitor.unit))
        rows.append((monitor.name, "total", "", f"{monitor.value:.4g}", monitor.unit))
    return "\n\n".join(part for part in ("\n".join(lines), columns(MONITOR_HEAD, rows, right=(3,))) if part)


_NOTABLE = 1e-10
"""Round-off, relative to the largest term of a balance, that is reported: all terms are small then."""


def _worst(ledger: BalanceLedger) -> list[str]:
    assert ledger.worst is not None
    if ledger.relation is not None:
        return [f"conserves nothing; worst relative residual {ledger.worst.value:.1e}{_when(ledger.worst)}"]
    found = [f"worst closure {ledger.worst.value:.1e}{_when(ledger.worst)}"]
    if ledger.worst.noise > _NOTABLE:
        found[0] += f", round-off up to {ledger.worst.noise:.0e}"
    if ledger.pair is not None:
        found.append(f"worst imbalance of an interface {ledger.pair.value:.1e}{_when(ledger.pair)}")
    if ledger.changes:
        found.append(f"stored {ledger.stored:.6g} {ledger.unit} by the time scheme, {ledger.changed:.6g} by the states")
    return found


def _when(worst: Worst) -> str:
    return f" in step {worst.step} ({time_text(worst.time)})" if worst.time else ""


def parameter_table(parameters: Sequence[Parameter]) -> Table:
    """The table of parameters for a rich console, assumptions in yellow."""
    table = _rich("Parameters", PARAMETER_HEAD, parameter_rows(parameters), right=())
    for row, parameter in zip(table.rows, parameters, strict=True):
        row.style = "yellow" if parameter.assumption else ""
    return table


def output_table(outputs: Sequence[OutputValue]) -> Table:
    """The table of outputs for a rich console."""
    return _rich("Outputs", OUTPUT_HEAD, output_rows(outputs), right=(1,))


def ledger_table(ledgers: Sequence[BalanceLedger]) -> Table:
    """The conservation ledger for a rich console, with a rule after each balance."""
    return _rich("Conservation", LEDGER_HEAD, ledger_rows(ledgers), right=(2, 3, 4, 6))


def _amounts(ledger: BalanceLedger) -> tuple[str, ...]:
    return tuple(f"{x:.4g}" if x else "-" for x in (ledger.came_in, ledger.went_out, ledger.stored))


def _rich(title: str, head: tuple[str, ...], rows: Rows, right: tuple[int, ...]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left")
    for i, name in enumerate(head):
        table.add_column(name, justify="right" if i in right else "left")
    for row in rows:
        total = head is LEDGER_HEAD and row[1] == "total"
        # Text objects, because rich would take brackets in names and units for markup.
        table.add_row(*(Text(cell) for cell in row), style="bold" if total else "", end_section=total)
    return table
