"""How long commands take once all kernels are compiled, in units of `import firedrake`: `make bench`.

The commands and the import take turns, each a whole process. Of each the median over the rounds counts: the time on
the clock, for which the limits hold, and that of the processor, which other programs on the machine disturb less. The
run draws its pictures, in processes of their own where there is a second core; its first residual is timed on the clock
alone, by its log. Exit code 1 when a limit is passed.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
DECK = str(ROOT / "inputs" / "tutorial" / "sodium_sei.yaml")
TRONA = [sys.executable, "-m", "trona.cli"]
UNIT = "import firedrake"
LIMITS = {"trona --help": 0.12, "trona check": 0.3, "trona run": 2.0, "first residual": 1.4}


def timed(command: list[str]) -> tuple[float, float]:
    """Return the time of a command on the clock and of the processor, s."""
    # Of a warm start byte code is a part, as it is of an installed package.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True, env=kept | {"OMP_NUM_THREADS": "1"}, stdout=subprocess.DEVNULL)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def first_residual(log: Path, start: datetime) -> float:
    """Return the time from the start of a run to its first residual, s, by its log."""
    line = next(line for line in log.read_text(encoding="utf-8").splitlines() if "newton 0:" in line)
    return (datetime.strptime(line[:23], "%Y-%m-%d %H:%M:%S,%f") - start).total_seconds()


def measure(folder: Path, number: int) -> dict[str, tuple[float, ...]]:
    """Return the times of one round: of the clock, and of the processor where it is known."""
    times: dict[str, tuple[float, ...]] = {UNIT: timed([sys.executable, "-c", UNIT])}
    times["trona --help"] = timed([*TRONA, "--help"])
    times["trona check"] = timed([*TRONA, "check", DECK])
    run, start = folder / str(number), datetime.now()
    times["trona run"] = timed([*TRONA, "run", DECK, "-q", "-o", str(run)])
    times["first residual"] = (first_residual(run / "log.txt", start),)
    return times


def main(rounds: int = 5) -> int:
    """Print the ratios, and return the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), 0)  # compiles what is not compiled yet
        found = [measure(Path(folder), number) for number in range(1, rounds + 1)]
    rounds_of = {name: zip(*(each[name] for each in found), strict=True) for name in found[0]}
    median = {name: [statistics.median(times) for times in columns] for name, columns in rounds_of.items()}
    print(f"{'':16} {'clock':>7} {'ratio':>6} {'cpu':>7} {'ratio':>6}  limit")
    failed = False
    for name, times in median.items():
        ratios = [time / unit for time, unit in zip(times, median[UNIT], strict=False)]
        limit = LIMITS.get(name)
        passed = limit is not None and ratios[0] > limit
        failed |= passed
        columns = " ".join(f"{time:7.2f} {ratio:6.3f}" for time, ratio in zip(times, ratios, strict=True))
        print(f"{name:16} {columns:29}  {limit or ''}{'  TOO MUCH' if passed else ''}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
