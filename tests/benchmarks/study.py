"""What a solve of a study costs beside its Newton steps: `make bench`.

A hundred solves of the tutorial deck for other exchange currents, with the set-up of the first: the time of the
processor over that of the solves alone. Exit code 1 when the limit is passed, or another set-up or kernel was made.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from sweep import Solves

import trona
from trona.problem.start import start_firedrake

ROOT = Path(__file__).resolve().parent.parent.parent / "inputs" / "tutorial"
MOST = 1.2
"""Time of a solve with all that it evaluates and checks, over that of its Newton steps."""


def main(count: int = 100) -> int:
    """Print the ratio, and return the exit code."""
    start_firedrake()
    from pyop2.global_kernel import GlobalKernel

    called: set[Any] = set()
    call = GlobalKernel.__call__
    GlobalKernel.__call__ = lambda kernel, *given: (called.add(kernel.cache_key), call(kernel, *given))[1]
    study = trona.Study(ROOT / "sodium_sei.yaml")
    study.solve()
    before = len(called)
    begin = time.process_time()
    with Solves() as solves:
        for i in range(count):
            study.solve({"physics.butler_volmer.i0": f"{10 + 30 * (i + 1) / count} A/m^2"})
    ratio = (time.process_time() - begin) / solves.spent
    new = len(called) - before
    print(f"{count} solves: {ratio:.2f} times the time of their Newton steps, at most {MOST};", end=" ")
    print(f"{solves.spent / count:.3f} s each; {study.set_ups} set-up, {new} new kernels")
    return int(ratio > MOST or study.set_ups > 1 or new > 0)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
