"""The main job through trona, without writing files. Prints the same JSON line as handwritten.py."""

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


def main(deck: str, mesh_file: str, repeats: int) -> dict:
    imported = time.perf_counter()
    problem = Problem(Model(read_deck(deck, [f"mesh.file={mesh_file}", "outputs=null"])))

    def solve() -> float:
        problem.start()
        start = time.perf_counter()
        history = problem.solve()
        return (time.perf_counter() - start) / history.iterations

    solve()
    ready = time.perf_counter()
    times = [solve() for _ in range(repeats)]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    integrals = [
        integral
        for balance, term in problem.model.terms()
        if balance.name == "charge" and term.kind == "exchange"
        for integral in problem.reading.integrals(balance, term, False)
    ]
    return {
        "unknowns": problem.size, "import": imported - begin, "set_up": ready - imported,
        "per_step": min(times), "memory": memory,
        "check": sum(
            float(fd.assemble(problem.reading.integrate(i.density, i.site, i.labels))) for i in integrals
        ),
    }  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
