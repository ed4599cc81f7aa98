"""From the command to the first accepted step with empty caches, against scripts by hand.

`cold.py [tutorial|full] [rounds]`; by default both, three times.

Both programs are started in turn, each with a cache of its own that is empty, and trona once more after `trona warm`.
Wall time is what the user waits for; the processor's time, that of all processes of a program, says what of it is
due to what else the machine does. Exit code 1 when a limit on the ratio of wall times is passed.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from compare import HERE, ROOT, make_mesh

WARM = 0.25


@dataclass(frozen=True)
class Job:
    """A deck, the script of the same problem and its further arguments, the refinement of their mesh, and the limit."""

    deck: str
    script: tuple[str, ...]
    refinement: float
    limit: float


JOBS = {
    "tutorial": Job("tutorial/switching_on.yaml", ("handwritten.py", "1e-6"), 1.0, 0.55),
    "full": Job("benchmarks/full_cell.yaml", ("full_handwritten.py",), 0.4, 0.50),
}


def measured(folder: Path, *words: str) -> tuple[float, float]:
    """Run a program until its first solve with caches in a folder; return its wall time and its processor time, s."""
    caches = {"PYOP2_CACHE_DIR": f"{folder}/pyop2", "FIREDRAKE_TSFC_KERNEL_CACHE_DIR": f"{folder}/tsfc"}
    environment = {**os.environ, **caches, "XDG_CACHE_HOME": str(folder)}
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    process = subprocess.Popen([sys.executable, *words], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    while line := process.stdout.readline():
        if line.startswith(b"{"):
            break
    wall = time.perf_counter() - begin
    process.communicate()
    if process.returncode:
        raise SystemExit(f"{words} ended with exit code {process.returncode}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def compare(folder: Path, name: str, rounds: int) -> bool:
    """Print the times of a job; return whether its limits are kept."""
    job = JOBS[name]
    own, plain = make_mesh(folder, name, job.refinement)
    deck = ROOT / "inputs" / job.deck
    found: dict[str, list[tuple[float, float]]] = {"by hand": [], "trona": [], "warm": []}
    for number in range(rounds):
        by_hand, cold, warm = (folder / f"{name}-{number}-{kind}" for kind in ("hand", "cold", "warm"))
        script, *rest = job.script
        found["by hand"].append(measured(by_hand, str(HERE / script), str(plain), *rest))
        found["trona"].append(measured(cold, str(HERE / "composed.py"), str(deck), str(own)))
        prepared = {**os.environ, "XDG_CACHE_HOME": str(warm)}
        prepared |= {"PYOP2_CACHE_DIR": f"{warm}/pyop2", "FIREDRAKE_TSFC_KERNEL_CACHE_DIR": f"{warm}/tsfc"}
        subprocess.run([sys.executable, "-m", "trona.cli", "warm", "-q", str(deck)], env=prepared, check=True)
        found["warm"].append(measured(warm, str(HERE / "composed.py"), str(deck), str(own)))
        print(json.dumps({"job": name, "round": number} | {k: v[-1] for k, v in found.items()}), flush=True)
    kept = True
    for key, limit in (("trona", job.limit), ("warm", WARM)):
        ratios = [
            statistics.median(ours[i] / theirs[i] for ours, theirs in zip(found[key], found["by hand"], strict=True))
            for i in range(2)
        ]
        kept &= ratios[0] <= limit
        verdict = "ok" if ratios[0] <= limit else "TOO MUCH"
        wall, processor = ratios
        print(f"{name}, {key}: ratio {wall:.3f} (limit {limit}) of wall times, {verdict}; {processor:.3f} of CPU times")
    return kept


def main(name: str | None = None, rounds: str = "3") -> int:
    """Compare one job, or all, and return the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        kept = [compare(Path(folder), each, int(rounds)) for each in ([name] if name else JOBS)]
        return int(not all(kept))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
