"""A deck through trona, without writing files; of a transient one the first step. Prints one JSON line, as by hand."""

import json
import resource
import sys
import time

begin = time.perf_counter()

from trona.run import prepare_environment  # noqa: E402

prepare_environment()

import firedrake as fd  # noqa: E402
from trona.deck import read_deck  # noqa: E402
from trona.model import Model  # noqa: E402
from trona.problem import Problem  # noqa: E402
from trona.stepper import Stepper, read_time  # noqa: E402


def main(deck: str, mesh_file: str, repeats: int) -> dict:
    imported = time.perf_counter()
    problem = Problem(Model(read_deck(deck, [f"mesh.file={mesh_file}"])))

    settings = read_time(problem.model)

    def solve() -> float:
        problem.start()
        steps = Stepper(problem, settings).steps()
        start = time.perf_counter()
        newton = next(steps).newton
        return (time.perf_counter() - start) / newton.iterations

    solve()
    ready = time.perf_counter()
    times = [solve() for _ in range(repeats)]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "unknowns": problem.size, "import": imported - begin, "set_up": ready - imported,
        "per_step": min(times), "memory": memory,
        "check": [
            float(fd.norm(part) * component.scale)
            for part, component in zip(
                problem.unknowns.states[0].subfunctions, problem.unknowns.components, strict=True
            )
        ],
    }  # fmt: skip


if __name__ == "__main__":
    figures = main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    if fd.COMM_WORLD.rank == 0:
        print(json.dumps(figures))
