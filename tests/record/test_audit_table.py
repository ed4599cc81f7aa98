"""audit.csv, what the summary says of an audit, and its lines in the terminal."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path

import pytest
from steps import accepted

from trona.readings.ledgers import AuditStep, BalanceLedger, LedgerEntry, MonitorLedger, Worst, summarise_ledger
from trona.record import Record, RecordOptions, RunDirectory, RunMetadata
from trona.record.audit_table import AuditWriter
from trona.record.report import format_audit
from trona.record.terminal import SilentReporter


def ledger(scale: float = 1.0, worst: Worst | None = None) -> BalanceLedger:
    entries = (
        LedgerEntry("reaction", "boundaries", "base", 4.0 * scale, piece="metal"),
        LedgerEntry("interface", "contact", "metal | film", -3.0 * scale, "metal", "metal"),
        LedgerEntry("interface", "contact", "metal | film", 3.0 * scale, "film", "film"),
        LedgerEntry("storage", "heat", "metal", 1.0 * scale, piece="metal"),
        LedgerEntry("storage", "heat", "film", 3.5 * scale, piece="film"),
    )
    changes = (LedgerEntry("storage", "heat", "film", 3.25 * scale, piece="film"),)
    return BalanceLedger("energy", "J/m", entries, changes, worst=worst)


def step(number: int, violated: bool = False) -> AuditStep:
    monitor = MonitorLedger("power", "J/m", "power", (LedgerEntry("monitor", "ohm", "film", 2.0),))
    return AuditStep(number, 0.5 * number, 0.5, (ledger(),), (monitor,), violated)


def steps_in(directory: RunDirectory) -> list[str]:
    with (directory.path / "audit.csv").open(encoding="utf-8", newline="") as stream:
        return list(dict.fromkeys(row["step"] for row in csv.DictReader(stream)))


def test_rows_of_a_step_are_there_before_the_run_ends(directory: RunDirectory) -> None:
    writer = AuditWriter(directory)
    writer.append(step(1))
    assert (directory.path / "audit.csv").read_text() == (
        "step,time [s],duration [s],balance,term,plugin,region,side,amount,unit\n"
        "1,0.5,0.5,energy,reaction,boundaries,base,,4,J/m\n"
        "1,0.5,0.5,energy,interface,contact,metal | film,metal,-3,J/m\n"
        "1,0.5,0.5,energy,interface,contact,metal | film,film,3,J/m\n"
        "1,0.5,0.5,energy,storage,heat,metal,,1,J/m\n"
        "1,0.5,0.5,energy,storage,heat,film,,3.5,J/m\n"
        "1,0.5,0.5,energy,stored,heat,film,,3.25,J/m\n"
        "1,0.5,0.5,energy,closure,,,,-0.5,J/m\n"
        "1,0.5,0.5,energy,closure,,film,,-0.5,J/m\n"
        "1,0.5,0.5,energy,closure,,metal,,0,J/m\n"
        "1,0.5,0.5,energy,relative closure,,,,0.125,1\n"
        "1,0.5,0.5,power,monitor,ohm,film,,2,J/m\n"
        "1,0.5,0.5,power,total,,,,2,J/m\n"
    )
    writer.close()


def test_every_third_step_the_last_and_those_that_violate(directory: RunDirectory) -> None:
    writer = AuditWriter(directory, every=3)
    for number in range(1, 9):
        writer.append(step(number, violated=number == 4))
    writer.close()
    assert steps_in(directory) == ["3", "4", "6", "8"]


def test_steps_add_up_and_the_worst_is_kept() -> None:
    one, two, lost = Worst(1e-9, 1, 0.5), Worst(1e-7, 2, 1.0), Worst(math.nan, 3, 1.5)
    both = ledger(1.0, one).plus(ledger(2.0, two))
    assert (both.came_in, both.stored, both.changed, both.worst) == (21.0, 13.5, 9.75, two)
    assert both.plus(ledger(1.0, lost)).plus(ledger(1.0, two)).worst is lost
    assert (both.closure, both.closure_of("film"), both.closure_of("metal")) == (0.125, 0.125, 0.0)


def test_amounts_below_round_off_close() -> None:
    entries = (LedgerEntry("source", "p", "r", 1e-16),)
    assert BalanceLedger("b", "1", entries).closure == 1.0
    assert BalanceLedger("b", "1", entries, noise=1e-15).closure == 0.0
    lost = (LedgerEntry("source", "p", "r", math.nan),)
    assert math.isnan(BalanceLedger("b", "1", lost, noise=1e-15).closure)


def test_summary_and_lines(directory: RunDirectory, metadata: RunMetadata) -> None:
    found = ledger(1.0, Worst(1e-9, 2, 60.0, noise=1e-8))
    record = Record(directory, metadata, SilentReporter(), RecordOptions(vtk=False))
    record.step(accepted(1, 60.0, audit=step(1)))
    record.finish([], [found], "finished", step(1).monitors)
    summary = json.loads((directory.path / "summary.json").read_text())
    energy = summary["ledger"]["energy"]
    assert energy["worst_closure"] == {"value": 1e-9, "step": 2, "time": 60.0, "round_off": 1e-8}
    assert (energy["stored"], energy["stored_difference"]) == (4.5, 3.25)
    assert energy["entries"][0] == {
        "term": "interface",
        "plugin": "contact",
        "region": "metal | film",
        "side": "film",
        "value": 3.0,
    }
    assert summary["monitors"]["power"]["value"] == 2.0
    assert format_audit([found], step(1).monitors) == (
        "energy: worst closure 1.0e-09 in step 2 (60 s), round-off up to 1e-08; "
        "stored 4.5 J/m by the time scheme, 3.25 by the states\n\n"
        "monitor  plugin  region  value  unit\n"
        "-------  ------  ------  -----  ----\n"
        "power    ohm     film        2  J/m\n"
        "power    total               2  J/m"
    )


def test_a_line_says_how_much_is_round_off() -> None:
    found = ledger(1.0, Worst(6e-7, 2, 60.0, noise=2e-6))
    assert format_audit([found]).startswith("energy: worst closure 6.0e-07 in step 2 (60 s), round-off up to 2e-06; ")
    assert summarise_ledger(found)["worst_closure"]["round_off"] == 2e-6


@pytest.mark.parametrize("every", [0, 1])
def test_no_table_when_not_asked_for(
    directory: RunDirectory, metadata: RunMetadata, every: int, tmp_path: Path
) -> None:
    record = Record(directory, metadata, SilentReporter(), RecordOptions(vtk=False, audit=every))
    record.step(accepted(1, 60.0, audit=step(1)))
    record.finish([], [], "finished")
    assert (directory.path / "audit.csv").exists() == bool(every)


def test_what_is_below_round_off_is_no_violation() -> None:
    """And one that is above it is the worst, though a larger one below it was found before."""
    below, beyond = Worst(3e-8, 1, 0.0, noise=1e-7), Worst(2e-8, 2, 0.0, noise=1e-9)
    assert not below.above(1e-8) and beyond.above(1e-8) and not beyond.above(1e-7)
    assert Worst(float("nan"), 1, 0.0, noise=1.0).above(1.0)
    both = ledger(1.0, below).plus(ledger(1.0, beyond))
    assert both.worst is beyond
