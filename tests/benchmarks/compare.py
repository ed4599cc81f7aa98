"""Compare trona with hand-written scripts of the same problems in one run, as ratios: `make bench`.

The jobs are the main one at two sizes, the first time step of the cell with every physics, and charge, heat and a
stress on which nothing depends, at two sizes. For each both programs run side by side, in processes of their own of
which one works at a time, after one run of each that compiles its kernels into an empty cache. Limits: time per Newton
step 1.05 (0.60 and 0.32 of the last two), set-up 1.3 (with and without that compilation), peak memory 1.1. The
solutions must be the same, those on two ranks too. Exit code 1 when a limit is passed. What else the machine does comes
and goes: of steps the ratio is the median over solves one right after the other, of the rest that of the best.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PER_STEP = 1.05
LIMITS = {"set_up": 1.3, "compile": 1.3, "memory": 1.1}
SAME = 1e-6
"""Part of its norm by which an unknown may differ between programs, or between one rank and two."""


@dataclass(frozen=True)
class Job:
    """A deck and the script of it; refinement of their mesh, solves of each pair of processes, most time per step."""

    deck: str
    script: str
    refinement: float
    turns: int
    per_step: float = PER_STEP


JOBS = {
    "20k": Job("tutorial/sodium_sei.yaml", "handwritten.py", 0.62, 20),
    "170k": Job("tutorial/sodium_sei.yaml", "handwritten.py", 1.9, 4),
    "full": Job("benchmarks/full_cell.yaml", "full_handwritten.py", 0.4, 10),
    "mechanics": Job("benchmarks/one_way_mechanics.yaml", "mechanics_handwritten.py", 0.5, 10, 0.60),
    "mechanics-fine": Job("benchmarks/one_way_mechanics.yaml", "mechanics_handwritten.py", 1.56, 3, 0.32),
}


def make_mesh(folder: Path, name: str, refinement: float) -> tuple[Path, Path]:
    """Return the mesh with named groups for trona, and as the script wants it, with known numbers."""
    import gmsh

    own = folder / f"{name}.msh"
    command = [sys.executable, str(ROOT / "meshes" / "wavy_sei.py"), "--refinement", str(refinement)]
    subprocess.run([*command, "--label-interfaces", "--output", str(own)], check=True, stdout=subprocess.DEVNULL)
    gmsh.initialize()
    gmsh.option.setNumber("General.Terminal", 0)
    gmsh.open(str(own))
    numbers = {
        "metal": 1,
        "sei": 2,
        "electrolyte": 3,
        "base": 11,
        "top": 12,
        "metal | sei": 13,
        "metal_sei": 13,
        "sides": 14,
        "sei_electrolyte": 15,
    }
    groups = [
        (dim, gmsh.model.getPhysicalName(dim, tag), gmsh.model.getEntitiesForPhysicalGroup(dim, tag))
        for dim, tag in gmsh.model.getPhysicalGroups()
    ]
    gmsh.model.removePhysicalGroups()
    for dim, group, entities in groups:
        if group in numbers:
            gmsh.model.addPhysicalGroup(dim, entities, numbers[group], group)
    gmsh.option.setNumber("Mesh.MshFileVersion", 2.2)
    gmsh.option.setNumber("Mesh.ScalingFactor", 1e-6)
    plain = folder / f"{name}-numbered.msh"
    gmsh.write(str(plain))
    gmsh.finalize()
    return own, plain


class Program:
    """A process that has set up and waits to be asked for solves; its kernels are cached in a folder."""

    def __init__(self, cache: Path, *arguments: str, ranks: int = 1) -> None:
        caches = {"PYOP2_CACHE_DIR": str(cache / "pyop2"), "FIREDRAKE_TSFC_KERNEL_CACHE_DIR": str(cache / "tsfc")}
        # Open MPI refuses to run as root, as one does in a container, without these.
        root = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
        self._process = subprocess.Popen(
            [*(["mpiexec", "-n", str(ranks)] if ranks > 1 else []), sys.executable, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **root, **caches},
        )
        self.figures: dict[str, Any] = json.loads(self._line())

    def _line(self) -> str:
        assert self._process.stdout is not None
        while line := self._process.stdout.readline():
            if line[0] in "{0123456789":
                return line
        raise SystemExit(f"{self._process.args} ended with exit code {self._process.wait()}")

    def step(self) -> float:
        """Solve once more, and return the seconds per Newton step."""
        assert self._process.stdin is not None
        print(file=self._process.stdin, flush=True)
        return float(self._line())

    def end(self) -> dict[str, Any]:
        """End the process, and return the figures of its set-up."""
        self._process.communicate()
        return self.figures


def differing(figures: dict[str, Any], others: dict[str, Any]) -> float:
    """Return by what part of it a norm of an unknown differs, at most."""
    pairs = zip(sorted(figures["check"]), sorted(others["check"]), strict=True)
    return float(max(abs(a - b) / abs(b) for a, b in pairs))


def on_two_ranks(folder: Path, name: str) -> dict[str, Any]:
    """Return the figures of trona on two ranks, after `measure`."""
    deck, mesh = ROOT / "inputs" / JOBS[name].deck, folder / f"{name}.msh"
    return Program(folder / f"{name}-trona", str(HERE / "composed.py"), str(deck), str(mesh), ranks=2).end()


def measure(folder: Path, name: str, rounds: int) -> tuple[list[dict[str, dict[str, Any]]], list[list[float]]]:
    """Return the figures of both programs, round by round, and the times per Newton step, one pair per turn.

    Of the figures `compile` is the set-up of the first, cold run.
    """
    job = JOBS[name]
    own, plain = make_mesh(folder, name, job.refinement)
    programs = {
        "trona": (str(HERE / "composed.py"), str(ROOT / "inputs" / job.deck), str(own)),
        "by hand": (str(HERE / job.script), str(plain)),
    }

    def start(key: str) -> Program:
        return Program(folder / f"{name}-{key}", *programs[key])

    cold = {key: start(key).end()["set_up"] for key in programs}
    figures, steps = [], []
    for _ in range(rounds):
        running = {key: start(key) for key in programs}
        steps += [[program.step() for program in running.values()] for _ in range(job.turns)]
        figures.append({key: p.end() | {"compile": cold[key]} for key, p in running.items()})
    return figures, steps


def main(names: list[str], rounds: int = 4) -> int:
    """Compare the named jobs, all by default, and return the exit code."""
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        for name in names or JOBS:
            results, steps = measure(Path(folder), name, rounds)
            own, other = results[0]["trona"], results[0]["by hand"]
            print(f"{name}: {own['unknowns']:.0f} and {other['unknowns']:.0f} unknowns")
            for key, figures in results[0].items():
                print(f"  imports of {key}: {figures['import']:.2f} s, not part of its set-up")
            ratios = [ours / theirs for ours, theirs in steps]
            low, ratio, high = statistics.quantiles(ratios, n=4)
            limit = JOBS[name].per_step
            failed |= ratio > limit
            print(
                f"  per_step  {min(ours for ours, _ in steps):9.4g} {min(theirs for _, theirs in steps):9.4g}  "
                f"ratio {ratio:.3f} (limit {limit})  {'ok' if ratio <= limit else 'TOO MUCH'}; "
                f"half of {len(ratios)} between {low:.3f} and {high:.3f}"
            )
            for quantity, limit in LIMITS.items():
                ours, theirs = (min(r[key][quantity] for r in results) for key in ("trona", "by hand"))
                ratio = ours / theirs
                verdict = "ok" if ratio <= limit else "TOO MUCH"
                failed |= ratio > limit
                print(
                    f"  {quantity:9} {ours:9.4g} {theirs:9.4g}  ratio {ratio:.3f} (limit {limit})  {verdict}",
                    flush=True,
                )
            two = on_two_ranks(Path(folder), name)
            for who, figures in (("by hand", other), ("on two ranks", two)):
                difference = differing(figures, own)
                failed |= difference > SAME
                print(f"  norms of the unknowns {who} differ by {difference:.1e} of theirs (limit {SAME})")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
