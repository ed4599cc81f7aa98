"""A deck through trona, without writing files; of a transient one the first step. As by hand."""

import json
import resource
import sys
import time
from collections.abc import Callable

begin = time.perf_counter()

from trona.problem.start import prepare_environment  # noqa: E402

prepare_environment()

import firedrake as fd  # noqa: E402
from turns import serve  # noqa: E402

from trona.deck import read_deck  # noqa: E402
from trona.model import compose  # noqa: E402
from trona.problem import Problem  # noqa: E402
from trona.settings import read_settings  # noqa: E402
from trona.stepper import Stepper  # noqa: E402


def main(deck: str, mesh_file: str) -> tuple[dict, Callable[[], float]]:
    imported = time.perf_counter()
    model = compose(read_deck(deck, [f"mesh.file={mesh_file}"]))
    settings = read_settings(model)
    problem = Problem(model, settings.solver)

    def solve() -> float:
        problem.start()
        steps = Stepper(problem, settings.time).steps()
        start = time.perf_counter()
        newton = next(steps).newton
        return (time.perf_counter() - start) / newton.iterations

    solve()
    ready = time.perf_counter()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    figures = {
        "unknowns": problem.size,
        "import": imported - begin,
        "set_up": ready - imported,
        "memory": memory,
        "check": [
            float(fd.norm(part) * component.scale)
            for part, component in zip(
                problem.unknowns.states[0].subfunctions, problem.unknowns.components, strict=True
            )
        ],
    }
    return figures, solve


if __name__ == "__main__":
    figures, solve = main(sys.argv[1], sys.argv[2])
    if fd.COMM_WORLD.size == 1:
        serve(figures, solve)
    elif fd.COMM_WORLD.rank == 0:
        print(json.dumps(figures))
