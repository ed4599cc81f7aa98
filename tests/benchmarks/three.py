"""A deck in three dimensions on a mesh of any size: `three.py DECK REFINEMENT [PRESET]`, also under mpiexec.

Prints the unknowns, the Newton steps, what each part of the system needed, the wall time and the time of the processor
per Newton step, unknowns per core-second of both, and the largest memory of a rank. The step counted is the second of
two solves from the same start, so that nothing in it is compiled.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from trona.problem.start import prepare_environment

prepare_environment()

from firedrake import COMM_WORLD  # noqa: E402
from mpi4py import MPI  # noqa: E402

from trona.deck import read_deck  # noqa: E402
from trona.model import compose  # noqa: E402
from trona.problem import Problem  # noqa: E402
from trona.settings import read_settings  # noqa: E402
from trona.stepper import Stepper  # noqa: E402

MESHES = Path(__file__).resolve().parents[2] / "meshes"


def main(deck: str, refinement: str, preset: str = "auto") -> None:
    with tempfile.TemporaryDirectory() as own:
        mesh = Path(COMM_WORLD.bcast(own)) / "cell.msh"
        if COMM_WORLD.rank == 0:
            options = ["--refinement", refinement, "--binary", "-o", str(mesh)]
            subprocess.run([sys.executable, str(MESHES / "cell_3d.py"), *options], check=True)
        COMM_WORLD.barrier()
        model = compose(read_deck(deck, [f"mesh.file={mesh}", f"solver.preset={preset}"]))
        settings = read_settings(model)
        problem = Problem(model, settings.solver)
        for _ in range(2):
            problem.start()
            begin, busy = time.perf_counter(), time.process_time()
            newton = next(iter(Stepper(problem, settings.time).steps())).newton
            busy, wall = time.process_time() - busy, time.perf_counter() - begin
        COMM_WORLD.barrier()
    memory = COMM_WORLD.allreduce(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, op=MPI.MAX)
    busy = COMM_WORLD.allreduce(busy, op=MPI.MAX)
    if COMM_WORLD.rank == 0:
        each = problem.size * newton.iterations / COMM_WORLD.size
        print(f"{problem.size} unknowns, {COMM_WORLD.size} ranks, {newton.iterations} Newton steps")
        print(f"per step {wall / newton.iterations:.2f} s, of the processor {busy / newton.iterations:.2f} s")
        print(f"unknowns per core-second {each / wall:.0f}, of the processor {each / busy:.0f}")
        print(f"{memory:.2f} GiB per rank")
        for part in problem.newton.linear_work():
            print(f"  {part.method}: {', '.join(part.unknowns)}: {part.size}, {part.factorisations} set-ups, ", end="")
            print(f"{part.krylov_iterations} iterations in both solves")


if __name__ == "__main__":
    main(*sys.argv[1:])
