"""How long shipped decks take with `preset: auto` and with other presets: `make bench`, or names of decks to choose.

Decks that are too small for parts are solved alike by both and left out. The time is that of the processor in the
solves of the first ten steps, the best of several processes, turn and turn about. Exit code 1 when `auto` takes more
than 1.05 times as long as `direct`, or 1.1 times the best.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

INPUTS = Path(__file__).resolve().parent.parent.parent / "inputs"
PRESETS = ("auto", "direct", "direct_nested")
BEYOND_DIRECT, BEYOND_BEST = 1.05, 1.1
STEPS, TURNS = 10, 3


def measure(deck: str, preset: str) -> None:
    """Print the unknowns, the iterations and the time of the solves as JSON."""
    import time

    from trona.problem.start import start_firedrake

    start_firedrake()
    from trona.deck import read_deck
    from trona.model import compose
    from trona.problem import Problem
    from trona.settings import read_settings
    from trona.stepper import Stepper

    model = compose(read_deck(deck, [f"solver.preset={preset}"]))
    settings = read_settings(model)
    problem = Problem(model, settings.solver)
    found = {"unknowns": problem.size, "by parts": problem.newton.linear is not None}
    if preset == "auto" and not found["by parts"]:
        print(json.dumps(found))
        return
    spent, iterations = [], []
    solve = problem.solve

    def timed() -> Any:
        begin = time.process_time()
        try:
            return solve()
        finally:
            spent.append(time.process_time() - begin)

    problem.solve = timed  # type: ignore[method-assign, assignment]
    problem.start()
    for number, step in enumerate(Stepper(problem, settings.time).steps(), 1):
        iterations.append(step.newton.iterations)
        if number == STEPS:
            break
    print(json.dumps(found | {"iterations": iterations, "time": sum(spent)}))


def measured(deck: Path, preset: str) -> dict[str, Any]:
    command = [sys.executable, __file__, "--measure", str(deck), preset]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main(names: list[str]) -> int:
    """Compare the presets on the decks whose names are given, all by default, and return the exit code."""
    failed = False
    for deck in sorted(INPUTS.glob("*/*.yaml")):
        if names and deck.stem not in names:
            continue
        first = measured(deck, "auto")
        if not first["by parts"]:
            print(f"{deck.stem}: {first['unknowns']} unknowns, too few for parts", flush=True)
            continue
        found: dict[str, list[dict[str, Any]]] = {preset: [] for preset in PRESETS}
        for _ in range(TURNS):
            for preset in PRESETS:
                found[preset].append(measured(deck, preset))
        best = {preset: min(turn["time"] for turn in turns) for preset, turns in found.items()}
        same = len({str(turn["iterations"]) for turns in found.values() for turn in turns}) == 1
        beyond_direct, beyond_best = best["auto"] / best["direct"], best["auto"] / min(best.values())
        fits = beyond_direct <= BEYOND_DIRECT and beyond_best <= BEYOND_BEST and same
        failed |= not fits
        print(
            f"{deck.stem}: {first['unknowns']} unknowns, "
            + ", ".join(f"{preset} {seconds:.2f} s" for preset, seconds in best.items())
            + f"; auto over direct {beyond_direct:.2f}, over the best {beyond_best:.2f}"
            + ("" if same else "; NOT THE SAME ITERATIONS")
            + ("" if fits else "  TOO MUCH"),
            flush=True,
        )
    return int(failed)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        measure(*sys.argv[2:])
    else:
        sys.exit(main(sys.argv[1:]))
