"""Compare trona with hand-written scripts of the same problems in one run, as ratios: `make bench`.

The jobs are the main one at two sizes, and the first time step of the cell with every physics. Each runs both programs
in turn, each in a process of its own, after one run of each that compiles its kernels into an empty cache. Limits: time
per Newton step 1.05, set-up 1.3 (with and without that compilation), peak memory 1.1. The solutions must be the same,
those on two ranks too. Exit code 1 when a limit is passed. The best of all rounds is compared: what else the machine
does only adds time.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
LIMITS = {"per_step": 1.05, "set_up": 1.3, "compile": 1.3, "memory": 1.1}
SAME = 1e-6
"""Part of its norm by which an unknown may differ between programs, or between one rank and two."""


@dataclass(frozen=True)
class Job:
    """A deck and the script of it; refinement of their mesh, and solves per process."""

    deck: str
    script: str
    refinement: float
    repeats: str


JOBS = {
    "20k": Job("tutorial/sodium_sei.yaml", "handwritten.py", 0.62, "20"),
    "170k": Job("tutorial/sodium_sei.yaml", "handwritten.py", 1.9, "4"),
    "full": Job("benchmarks/full_cell.yaml", "full_handwritten.py", 0.4, "5"),
}


def make_mesh(folder: Path, name: str, refinement: float) -> tuple[Path, Path]:
    """Return the mesh with named groups for trona, and as the script wants it, with known numbers."""
    import gmsh

    own = folder / f"{name}.msh"
    command = [sys.executable, str(ROOT / "meshes" / "wavy_sei.py"), "--refinement", str(refinement)]
    subprocess.run(
        [*command, "--label-interfaces", "--output", str(own)], check=True, stdout=subprocess.DEVNULL
    )
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


def run(cache: Path, *arguments: str, ranks: int = 1) -> dict[str, Any]:
    """Run a program with its kernels cached in a folder, and return the figures it prints."""
    caches = {
        "PYOP2_CACHE_DIR": str(cache / "pyop2"),
        "FIREDRAKE_TSFC_KERNEL_CACHE_DIR": str(cache / "tsfc"),
    }
    # Open MPI refuses to run as root, as one does in a container, without these.
    root = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    command = [*(["mpiexec", "-n", str(ranks)] if ranks > 1 else []), sys.executable, *arguments]
    done = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, env={**os.environ, **root, **caches}
    )
    return json.loads(done.stdout.strip().splitlines()[-1])  # type: ignore[no-any-return]


def differing(figures: dict[str, Any], others: dict[str, Any]) -> float:
    """Return by what part of it a norm of an unknown differs, at most."""
    pairs = zip(sorted(figures["check"]), sorted(others["check"]), strict=True)
    return float(max(abs(a - b) / abs(b) for a, b in pairs))


def on_two_ranks(folder: Path, name: str) -> dict[str, Any]:
    """Return the figures of trona on two ranks, after `measure`."""
    deck, mesh = ROOT / "inputs" / JOBS[name].deck, folder / f"{name}.msh"
    return run(
        folder / f"{name}-trona", str(HERE / "composed.py"), str(deck), str(mesh), JOBS[name].repeats, ranks=2
    )


def measure(folder: Path, name: str, rounds: int) -> list[dict[str, dict[str, Any]]]:
    """Return the figures of both programs, round by round; `compile` is the set-up of the first, cold run."""
    job = JOBS[name]
    own, plain = make_mesh(folder, name, job.refinement)
    programs = {
        "trona": (str(HERE / "composed.py"), str(ROOT / "inputs" / job.deck), str(own), job.repeats),
        "by hand": (str(HERE / job.script), str(plain), job.repeats),
    }
    cold = {key: run(folder / f"{name}-{key}", *program)["set_up"] for key, program in programs.items()}
    return [
        {
            key: run(folder / f"{name}-{key}", *program) | {"compile": cold[key]}
            for key, program in programs.items()
        }
        for _ in range(rounds)
    ]


def main(names: list[str], rounds: int = 4) -> int:
    """Compare the named jobs, all by default, and return the exit code."""
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        for name in names or JOBS:
            results = measure(Path(folder), name, rounds)
            own, other = results[0]["trona"], results[0]["by hand"]
            print(f"{name}: {own['unknowns']:.0f} and {other['unknowns']:.0f} unknowns")
            for key, figures in results[0].items():
                print(f"  imports of {key}: {figures['import']:.2f} s, not part of its set-up")
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
