"""Runs a sweep: reads and checks it, solves its cases, writes the table and draws the plots."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from signal import SIGINT

from trona.deck import Deck, read_deck, refuse_overrides
from trona.deck.source import from_plain
from trona.errors import StoppedError, UserError
from trona.session.signals import Terminated, raising
from trona.settings.sweep import ENGINES
from trona.sweep.cases import Case, Sweep, read_sweep
from trona.sweep.check import check_sweep
from trona.sweep.cluster import check_engine, slots
from trona.sweep.folder import SweepFolder
from trona.sweep.order import neighbours
from trona.sweep.pool import solve_all
from trona.sweep.reporters import make_sweep_reporter
from trona.sweep.table import SweepTable
from trona.sweep.terminal import SilentSweep
from trona.sweep.worker import Job

LOCAL = ENGINES[0]


def run_sweep(
    deck: Deck | str | Path,
    *,
    directory: str | Path | None = None,
    overrides: Sequence[str] = (),
    processes: int | None = None,
    ranks: int | None = None,
    engine: str | None = None,
    retry_failed: bool = False,
    reporter: SilentSweep | None = None,
    allow_petsc: bool = False,
    page: bool = False,
) -> SweepTable:
    """Run all cases of a deck's `sweep` section and return their table.

    directory: the folder of the files, by default a new one in `runs/`. A sweep of the same deck in an existing folder
    is continued: completed cases are not run again; failed ones are with `retry_failed`. processes: number of cases at
    a time; by default from the deck, else as many as the cores allow. ranks: number of processes that solve one case
    together; by default from the deck, else one. engine: 'local', 'slurm' or 'flux'; by default from the
    deck. allow_petsc: as for `read_deck`, if `deck` is a path. page: whether to write `report.html` too, if the
    deck does not forbid it.
    A failed case is a row of the table. Raises UserError for mistakes before anything is solved, and StoppedError if
    SIGINT, SIGTERM or SIGHUP ends the sweep.
    """
    with raising():
        if isinstance(deck, str | Path):
            deck = read_deck(deck, overrides, allow_petsc=allow_petsc)
        else:
            refuse_overrides(overrides)
        return _run_sweep(deck, directory, overrides, processes, ranks, engine, retry_failed, reporter, page)


def _run_sweep(
    deck: Deck,
    directory: str | Path | None,
    overrides: Sequence[str],
    processes: int | None,
    ranks: int | None,
    engine: str | None,
    retry_failed: bool,
    reporter: SilentSweep | None,
    page: bool,
) -> SweepTable:
    asked = read_sweep(deck)
    for number, what in ((processes, "a sweep"), (ranks, "a case")):
        if number is not None and number < 1:
            raise UserError(f"{what} needs at least one process, got {number}")
    asked = replace(asked, ranks=ranks or asked.ranks, engine=engine or asked.engine)
    if asked.engine != LOCAL:
        check_engine(asked.engine)
    checked = check_sweep(asked)
    reporter = reporter or make_sweep_reporter()
    table = SweepTable(asked, checked.outputs, checked.symbols)
    folder = SweepFolder(Path(directory) if directory is not None else None, table, checked)
    with ExitStack() as after, closing(folder):
        if page and checked.page:
            after.callback(_leave_page, folder.path, reporter)
        if retry_failed:
            for result in table.failed:
                del table.results[result.number]
        left = [case for case in asked.cases if case.number not in table.results]
        jobs = [_job(asked, case, folder) for case in neighbours(left, checked.apart)]
        count = min(processes or asked.processes or _room(asked), max(len(jobs), 1))
        reporter.begin(_title(asked), len(asked.cases), len(table.results), count, asked.ranks)
        for text in checked.warnings:
            reporter.warning(text)
        began = time.perf_counter()
        _solve(jobs, count, table, folder, reporter, _way_back(deck, overrides, folder.path, ranks, engine))
        elapsed = time.perf_counter() - began
        folder.write()
        if asked.design is not None and table.succeeded:
            _tell(table, folder, reporter)
        _draw(table, folder, reporter)
    reporter.end(table, str(folder.path), elapsed, len(jobs))
    return table


def _solve(
    jobs: list[Job], processes: int, table: SweepTable, folder: SweepFolder, reporter: SilentSweep, way_back: str
) -> None:
    if not jobs:
        return
    try:
        ranks, engine = table.sweep.ranks, table.sweep.engine
        with closing(solve_all(jobs, processes, folder.log, ranks, engine)) as results:
            for result in results:
                table.results[result.number] = result
                folder.write()
                reporter.case(table.sweep.cases[result.number - 1], result)
    except KeyboardInterrupt as stop:
        done = f"{len(table.results)} of {len(table.sweep.cases)} cases have run"
        number, how = (stop.number, str(stop)) if isinstance(stop, Terminated) else (SIGINT, "interrupted")
        raise StoppedError(f"{how}: {done}; continue with\n  {way_back}", 128 + number) from None
    finally:
        reporter.stop()


def _job(asked: Sweep, case: Case, folder: SweepFolder) -> Job:
    deck = asked.case_deck(case)
    if asked.keep == "tables":
        given = deck.section("outputs")
        less: dict[str, str | None] = {"outputs.fields": "none"}
        if given is not None and isinstance(given.value, dict) and "plots" in given.value:
            less["outputs.plots"] = None
        deck = deck.with_values({path: from_plain(value, str(deck.path)) for path, value in less.items()})
    return Job(case.number, replace(deck, name=f"{deck.name} {case.name}"), folder.case(case.name))


def _tell(table: SweepTable, folder: SweepFolder, reporter: SilentSweep) -> None:
    """Write what the random cases tell of the outputs."""
    from trona.sweep.statistics import indices, indices_csv, lost_samples, quantiles, quantiles_csv

    folder.directory.write_text("quantiles.csv", quantiles_csv(quantiles(table)))
    found = indices(table)
    if found:
        folder.directory.write_text("indices.csv", indices_csv(found))
    if table.failed:
        number = f"{len(table.failed)} of {len(table.sweep.cases)} cases"
        bias = "quantiles are biased if the failed cases are alike"
        reporter.warning(f"quantiles.csv: {number} failed and are left out; {bias}")
    lost, asked = lost_samples(table), table.sweep.design
    if lost and asked is not None:
        whole = len(table.sweep.cases) // asked.cases_per_sample
        reporter.warning(f"indices.csv: {lost} of {whole} samples are left out, because a case of theirs failed")


def _draw(table: SweepTable, folder: SweepFolder, reporter: SilentSweep) -> None:
    if not table.sweep.plots or not table.succeeded:
        return
    from trona.sweep.plots import draw  # imported late: matplotlib takes most of a second

    for warning in draw(table, folder.directory):
        reporter.warning(warning)


def _leave_page(path: Path, reporter: SilentSweep) -> None:
    """Write the page of a sweep, however it has ended. A fault of it gives a warning: the sweep is worth more."""
    from trona.page import write_page

    try:
        write_page(path)
    except (UserError, OSError, ValueError) as error:
        reporter.warning(f"report.html could not be made ({error})")


def _title(asked: Sweep) -> str:
    node = asked.deck.section("title")
    return node.text if node is not None and node.text else asked.deck.name


def _way_back(deck: Deck, overrides: Sequence[str], path: Path, ranks: int | None, engine: str | None) -> str:
    import shlex

    flag = ["--allow-petsc"] if deck.allow_petsc else []
    flag += ["--ranks", str(ranks)] if ranks is not None else []
    flag += ["--engine", engine] if engine is not None else []
    return shlex.join(["trona", "sweep", str(deck.path), *overrides, *flag, "-o", str(path)])


def _room(asked: Sweep) -> int:
    """Return how many cases may run at a time. Raises UserError if nobody says."""
    return max(_cores() // asked.ranks, 1) if asked.engine == LOCAL else slots(asked.engine, asked.ranks)


def _cores() -> int:
    """Return the number of cores available to this process."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
