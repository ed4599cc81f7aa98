"""The linear solve of a large part: GMRES with a sweep of multigrid cycles, kept while that pays."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from firedrake.petsc import PETSc
from mpi4py import MPI

from trona.problem.factor import SINGULAR
from trona.problem.krylov import Krylov
from trona.problem.reasons import IN_PYTHON, origin_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from trona.problem.border import Border
    from trona.problem.sweep import Sweep

_MOST = 200
"""Iterations after which a solve is given up."""
_OVER = 2
"""Iterations over which it is measured how fast changes shrink: one by one they vary."""
_CLOSE = 1e-5
"""Part of its own step to which each component is solved: iterations are dear, and the next step corrects the rest."""
_RECOVERED = 0.1
"""Error, relative to its size, of a known solution found by few iterations, above which something else is wrong."""
_DETERMINED = 0.01
"""The same of one found as closely as possible, above which nothing determines it."""
_NUMERIC = (71, 72, 81, 82, 91)
"""PETSc's numbers of the errors by which arithmetic ends: a pivot of zero, overflow, no convergence."""
_FACTOR = {1: (4e-6, 1.0), 2: (1.9e-8, 1.5), 3: (1.5e-9, 2.0)}
"""By dimension: time of a factorisation of n unknowns on one core, a n^p: its a [s] and p."""
_CYCLES = 2.5e-5
"""Time to make and use multigrid cycles on one core, s per unknown."""
_SOLVES = 3
"""Solves that one factorisation serves, of a matrix that changes; of one that does not, `_SOLVES_OF_CONSTANT`."""
_SOLVES_OF_CONSTANT = 10


def cycles_cost_less(size: int, dimension: int, constant: bool) -> bool:
    """Whether multigrid promises to be faster than factors of a matrix of that size, on a mesh of that dimension.

    constant: whether the matrix is. All times were measured on one machine: only their ratio counts.
    """
    each, power = _FACTOR[dimension]
    solves = _SOLVES_OF_CONSTANT if constant else _SOLVES
    return bool(each * size**power > solves * _CYCLES * size)


class Multigrid:
    """Solves one part of a system by GMRES, with multigrid cycles made for this matrix or for an earlier one.

    matrix: of the part. border: its numbers, if there are some; `sweep` is of the rest. rows: of each of its components
    in this rank's part of a vector. last: size of the Newton steps that may be the last ones. linear: whether the first
    step of Newton's method solves it.
    """

    method = "multigrid"

    def __init__(
        self, matrix: Any, sweep: Sweep, border: Border | None, rows: Sequence[Any], last: float, linear: bool
    ) -> None:
        self.matrix, self._sweep, self.border = matrix, sweep, border
        self._linear, self.size = linear, matrix.getSize()[0]
        self.comm = matrix.comm.tompi4py()
        self.factorisations = 0
        self._made = self._fresh = self._checked = False
        self.undetermined: Sequence[int] = ()
        """Components, in the order of `rows`, that the matrix does not determine, as far as it was seen."""
        self._set_up_time = 0.0
        self._spent: list[float] = []
        """Times of the solves since the last set-up, s."""
        self._krylov = Krylov(matrix, rows, last, self._apply, _MOST, _OVER, _CLOSE)

    @property
    def iterations(self) -> int:
        """Of GMRES, so far."""
        return self._krylov.iterations

    def matrix_changed(self) -> None:
        """Take note that the cycles are those of an earlier matrix."""
        self._fresh = self._checked = False
        self.undetermined = ()

    def solve(self, b: Any, x: Any, *, rough: bool = False, state: Any = 0.0) -> bool:
        """Solve for x, a change of a state; rough, state: as for `Krylov`; return whether it is solved. Collective."""
        kept = self._worth_keeping()
        if kept and self._iterate(b, x, rough, state):
            return True
        if not self._fresh and self._set_up() and self._iterate(b, x, rough, state):
            return True
        if self.factorisations < 2:
            return False
        # Interpolations made for the first matrix may not suit this one.
        self._sweep.reset()
        return self._set_up() and self._iterate(b, x, rough, state)

    def determined(self) -> bool | None:
        """Whether the matrix determines all unknowns; None where cycles cannot tell. Collective.

        With any cycles, iterations may converge to one of the solutions of a singular system. What they cannot find
        either is a solution that is known.
        """
        if self._checked or not self._made:
            return not self.undetermined
        if self._suspects(_RECOVERED):
            if not (self._fresh or self._set_up()):
                return None
            self.undetermined = self._suspects(_DETERMINED, exact=True)
            # Cycles of a singular matrix are not kept: what is found with them later is anything.
            self._made = self._fresh = not self.undetermined
        self._checked = True
        return not self.undetermined

    def _suspects(self, limit: float, *, exact: bool = False) -> list[int]:
        """Return the components in which a solution that is known is not found."""
        wrong: list[Any] = []

        def probe() -> bool:
            # Cycles of a singular matrix are round-off along what it makes zero, and may happen to be right.
            wrong.extend(self._krylov.errors(limit, seed, exact=exact) for seed in range(1 + self._fresh))
            return True

        if not self._agreed(probe):
            return list(range(self._krylov.components))
        return [int(i) for i in np.flatnonzero(np.max(wrong, axis=0) > limit)]

    def _apply(self, b: Any, x: Any) -> None:
        if self.border is None:
            self._sweep.apply(b, x)
        else:
            self.border.apply(self._sweep.apply, b, x)

    def _set_up(self) -> bool:
        """Make cycles for the present matrix; return whether that was possible."""
        begin = perf_counter()
        self._made = self._fresh = self._agreed(self._sweep.set_up) and self._agreed(self._eliminate)
        self._set_up_time = self._longest(perf_counter() - begin)
        self.factorisations += 1
        self._spent = []
        return self._made

    def _eliminate(self) -> bool:
        return self.border is None or self.border.eliminate(self._sweep.apply)

    def _iterate(self, b: Any, x: Any, rough: bool, state: Any) -> bool:
        begin = perf_counter()
        exact = self._linear and not rough
        done = self._agreed(lambda: self._krylov.solve(b, x, rough=rough, exact=exact, state=state))
        self._spent.append(self._longest(perf_counter() - begin))
        return done and bool(np.isfinite(x.norm()))

    def _agreed(self, work: Callable[[], bool]) -> bool:
        """Whether work succeeds on all ranks; raises on all the error of any that is not one of arithmetic."""
        caught: BaseException | None = None
        code, done = 0, False
        try:
            done = work()
        except PETSc.Error as error:
            caught = origin_of(error)
            code = caught.ierr if isinstance(caught, PETSc.Error) else IN_PYTHON
        if self.comm.size > 1:
            done = self.comm.allreduce(done, op=MPI.LAND)
            code = max(self.comm.allgather(code), key=lambda each: (each not in (0, *_NUMERIC), each))
        if code not in (0, *_NUMERIC):
            raise caught or PETSc.Error(code)
        return done and not code

    def _worth_keeping(self) -> bool:
        """Whether the cycles that there are promise to cost less than new ones, on the average of many solves.

        Solves with the same cycles grow dearer one by one. As long as one costs less than the average since the set-up,
        with that counted in, it lowers this average.
        """
        if self._fresh or not self._made:
            return self._made
        return not self._spent or self._spent[-1] < (self._set_up_time + sum(self._spent)) / len(self._spent)

    def mumps_info(self) -> int:
        """Return what MUMPS would say of the matrix: nothing, or that it is singular."""
        return SINGULAR if self.undetermined else 0

    def reset(self) -> None:
        """Forget the cycles, and give their memory back. Collective."""
        self._sweep.reset()
        self._made = self._fresh = self._checked = False
        self.undetermined = ()

    def _longest(self, seconds: float) -> float:
        """Return the time of the slowest rank: all decide by the same."""
        return float(self.comm.allreduce(seconds, op=MPI.MAX)) if self.comm.size > 1 else seconds
