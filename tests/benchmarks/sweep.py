"""What a case of a sweep costs beside its Newton steps, and what a second process gains: `make bench`.

A hundred cases of the tutorial deck, and a few of the tutorial's transient one. The first case makes the set-up; of
each later one the time of the processor is compared with that of its Newton steps. Then the steady cases run by
`trona sweep` on one process and on two, on the clock: that is a measurement only on a machine that does nothing else.
Exit code 1 when a limit is passed.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from trona.deck import Deck, read_deck
from trona.problem import Problem
from trona.problem.start import start_firedrake
from trona.sweep import read_sweep, run_sweep
from trona.sweep.terminal import SilentSweep
from trona.sweep.worker import Job, Solver

ROOT = Path(__file__).resolve().parent.parent.parent / "inputs" / "tutorial"
MOST, LEAST = 1.3, 1.8
"""Time of a case over that of its Newton steps, and time on one process over that on two."""


class Solves:
    """Counts the time of the processor in the solves of all problems, which are Newton steps and nothing else."""

    def __init__(self) -> None:
        self.spent = 0.0
        self._solve = Problem.solve

    def __enter__(self) -> Solves:
        def solve(problem: Problem) -> Any:
            begin = time.process_time()
            try:
                return self._solve(problem)
            finally:
                self.spent += time.process_time() - begin

        Problem.solve = solve  # type: ignore[method-assign]
        return self

    def __exit__(self, *_: object) -> None:
        Problem.solve = self._solve  # type: ignore[method-assign]


def of_one_process(deck: Deck, folder: Path) -> float:
    """Solve all cases of a deck in this process; return the median ratio of the cases after the first."""
    sweep, solver, ratios = read_sweep(deck), Solver(), []
    for case in sweep.cases:
        begin = time.process_time()
        with Solves() as solves:
            result = solver.solve(Job(case.number, sweep.case_deck(case), folder / case.name))
        whole = time.process_time() - begin
        assert result.status == "finished", result.message
        if case.number == 1:
            print(f"{deck.name}: {len(sweep.cases)} cases; the first takes {whole:.2f} s", end="")
        else:
            ratios.append(whole / solves.spent)
    print(f", the last {whole:.3f} s, {solves.spent:.3f} s of it {result.newton} Newton steps;", end=" ")
    print(f"{solver.kept.set_ups} set-ups", f"({solver.kept.why})" if solver.kept.why else "")
    return statistics.median(ratios)


def on_clock(deck: Deck, processes: int, folder: Path) -> float:
    """Return the time of a whole sweep on the clock, s."""
    begin = time.perf_counter()
    table = run_sweep(deck, directory=folder / f"on {processes}", processes=processes, reporter=SilentSweep())
    assert not table.failed
    return time.perf_counter() - begin


def swept(deck: str, values: str, *overrides: str) -> Deck:
    grid = f"sweep={{grid: {{{values}}}, keep: tables}}"
    return read_deck(ROOT / deck, ["outputs.plots=null", "outputs.fields=none", *overrides, grid])


def main(count: int = 100) -> int:
    """Print the ratios, and return the exit code."""
    start_firedrake()
    steady = swept("sodium_sei.yaml", f"physics.butler_volmer.i0: {{from: 10 A/m^2, to: 40 A/m^2, count: {count}}}")
    transient = swept("switching_on.yaml", "physics.thermal_resistance.R: [1e-5 K*m^2/W, 1.1e-5 K*m^2/W]")
    failed = False
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for deck in (steady, transient):
            ratio = of_one_process(deck, folder / deck.name)
            failed |= ratio > MOST
            print(f"  {ratio:.2f} times the time of its Newton steps; at most {MOST}")
        times = [on_clock(steady, processes, folder) for processes in (1, 2)]
    gain = times[0] / times[1]
    print(f"{times[0]:.1f} s on one process, {times[1]:.1f} s on two: {gain:.2f} times faster; at least {LEAST}")
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    return int(failed or gain < LEAST)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
