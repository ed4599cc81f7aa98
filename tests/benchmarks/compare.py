"""Compare trona with the hand-written script in one run, as ratios: `make bench`.

Each size runs both programs in turn, each in a process of its own, after one run of each that fills the kernel
caches. Limits: time per Newton step 1.05, set-up 1.3, peak memory 1.1. Exit code 1 when one is passed.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
LIMITS = {"per_step": 1.05, "set_up": 1.3, "memory": 1.1}
SIZES = {"20k": 0.62, "170k": 1.9}


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


def run(*arguments: str) -> dict[str, float]:
    command = [sys.executable, *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.strip().splitlines()[-1])  # type: ignore[no-any-return]


def main(rounds: int = 3) -> int:
    deck = ROOT / "inputs" / "tutorial" / "sodium_sei.yaml"
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        for name, refinement in SIZES.items():
            own, plain = make_mesh(Path(folder), name, refinement)
            programs = {
                "trona": (str(HERE / "composed.py"), str(deck), str(own), "5"),
                "by hand": (str(HERE / "handwritten.py"), str(plain), "5"),
            }
            for program in programs.values():
                run(*program)
            results = [{key: run(*program) for key, program in programs.items()} for _ in range(rounds)]
            sample = results[0]
            print(
                f"{name}: {sample['trona']['unknowns']:.0f} and {sample['by hand']['unknowns']:.0f} unknowns"
            )
            checks = [sample[key]["check"] for key in programs]
            print(f"  current {checks[0]:.9g} and {checks[1]:.9g} A/m")
            for quantity, limit in LIMITS.items():
                pairs = [(r["trona"][quantity], r["by hand"][quantity]) for r in results]
                ratio = statistics.median(a / b for a, b in pairs)
                medians = [statistics.median(x) for x in zip(*pairs, strict=True)]
                verdict = "ok" if ratio <= limit else "TOO SLOW" if quantity != "memory" else "TOO MUCH"
                failed |= ratio > limit
                print(
                    f"  {quantity:9} {medians[0]:9.4g} {medians[1]:9.4g}  ratio {ratio:.3f} (limit {limit})  {verdict}"
                )
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
