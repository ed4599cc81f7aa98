"""Compare trona with the hand-written script in one run, as ratios: `make bench`.

Each size runs both programs in turn, each in a process of its own, after one run of each that compiles its kernels into
an empty cache. Limits: time per Newton step 1.05, set-up 1.3 (with and without that compilation), peak memory 1.1.
Exit code 1 when one is passed. The best of all rounds is compared: what else the machine does only adds time.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
LIMITS = {"per_step": 1.05, "set_up": 1.3, "compile": 1.3, "memory": 1.1}
SIZES = {"20k": (0.62, "20"), "170k": (1.9, "4")}  # refinement of the mesh, solves per process


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


def run(cache: Path, *arguments: str) -> dict[str, float]:
    """Run a program with its kernels cached in a folder, and return the figures it prints."""
    caches = {
        "PYOP2_CACHE_DIR": str(cache / "pyop2"),
        "FIREDRAKE_TSFC_KERNEL_CACHE_DIR": str(cache / "tsfc"),
    }
    command = [sys.executable, *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, **caches})
    return json.loads(done.stdout.strip().splitlines()[-1])  # type: ignore[no-any-return]


def measure(folder: Path, name: str, rounds: int) -> list[dict[str, dict[str, float]]]:
    """Return the figures of both programs, round by round; `compile` is the set-up of the first, cold run."""
    refinement, repeats = SIZES[name]
    own, plain = make_mesh(folder, name, refinement)
    deck = ROOT / "inputs" / "tutorial" / "sodium_sei.yaml"
    programs = {
        "trona": (str(HERE / "composed.py"), str(deck), str(own), repeats),
        "by hand": (str(HERE / "handwritten.py"), str(plain), repeats),
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
    """Compare at the named sizes, all by default, and return the exit code."""
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        for name in names or SIZES:
            results = measure(Path(folder), name, rounds)
            own, other = results[0]["trona"], results[0]["by hand"]
            print(f"{name}: {own['unknowns']:.0f} and {other['unknowns']:.0f} unknowns")
            print(f"  current {own['check']:.9g} and {other['check']:.9g} A/m")
            for key, figures in results[0].items():
                print(f"  imports of {key}: {figures['import']:.2f} s, not part of its set-up")
            for quantity, limit in LIMITS.items():
                ours, theirs = (min(r[key][quantity] for r in results) for key in ("trona", "by hand"))
                ratio = ours / theirs
                verdict = "ok" if ratio <= limit else "TOO MUCH"
                failed |= ratio > limit
                print(
                    f"  {quantity:9} {ours:9.4g} {theirs:9.4g}  ratio {ratio:.3f} (limit {limit})  {verdict}"
                )
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
