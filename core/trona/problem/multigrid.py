"""The linear solve of a large part: GMRES with a sweep of multigrid cycles, kept while that pays."""

from __future__ import annotations

from math import inf
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from firedrake.petsc import PETSc
from mpi4py import MPI

if TYPE_CHECKING:
    from trona.problem.border import Border
    from trona.problem.sweep import Sweep

_CLOSE, _CLOSEST = 1e-6, 1e-11
"""Preconditioned residual relative to its first one at which iterations stop.

The second holds for what one step of Newton's method solves.
"""
_ROUGH = 1e-3
"""The same where only the size of a solution matters."""
_MOST_ITERATIONS = 200
_RESTART = 100
_LOOSE = 1e-5
"""Error of each component, relative to its own values, at which iterations stop at the earliest."""
_MOST_AT_ONCE = 1e3
"""Factor by which the limit for all components together is lowered at most, when the error of one is too large."""
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

    matrix: of the part. border: its numbers, if there are some; `sweep` is of the rest. linear: whether the first step
    of Newton's method solves it.
    """

    method = "multigrid"

    def __init__(self, matrix: Any, sweep: Sweep, border: Border | None, linear: bool) -> None:
        self.matrix, self._sweep, self.border = matrix, sweep, border
        self._linear, self.size = linear, matrix.getSize()[0]
        self.comm = matrix.comm.tompi4py()
        self.factorisations = self.iterations = 0
        self._made = self._fresh = self._determined = False
        self._set_up_time = 0.0
        self._spent: list[float] = []
        """Times of the solves since the last set-up, s."""
        self._krylov = PETSc.KSP().create(comm=matrix.comm)
        self._krylov.setOperators(matrix, matrix)
        self._krylov.setType("gmres")
        self._krylov.setGMRESRestart(_RESTART)
        self._krylov.setConvergenceTest(self._judge)
        self._krylov.getPC().setType("python")
        self._krylov.getPC().setPythonContext(self)

    def matrix_changed(self) -> None:
        self._fresh = False

    def solve(self, b: Any, x: Any, *, rough: bool = False) -> bool:
        """Solve for x, `rough` where only its size matters; return whether it is solved. Collective."""
        self._wanted = _ROUGH if rough else _CLOSEST if self._linear else _CLOSE
        try:
            return self._solve(b, x)
        except PETSc.Error:
            return False  # such as a pivot of zero on the coarsest level

    def _solve(self, b: Any, x: Any) -> bool:
        if not self._worth_keeping():
            self._set_up()
        if not self._determined:
            return False  # LU says what is wrong
        if self._iterate(b, x):
            return True
        if not self._fresh:
            self._set_up()
            if self._iterate(b, x):
                return True
        if self.factorisations > 1:
            # Interpolations made for the first matrix may not suit this one.
            self._sweep.reset()
            self._set_up()
            return self._iterate(b, x)
        return False

    def apply(self, pc: Any, b: Any, x: Any) -> None:  # as PETSc calls it
        if self.border is None:
            self._sweep.apply(b, x)
        else:
            self.border.apply(self._sweep.apply, b, x)

    def _set_up(self) -> None:
        begin = perf_counter()
        self._sweep.set_up()
        self._determined = self.border is None or self.border.eliminate(self._sweep.apply)
        self._set_up_time = self._longest(perf_counter() - begin)
        self.factorisations += 1
        self._made = self._fresh = True
        self._spent = []

    def _iterate(self, b: Any, x: Any) -> bool:
        begin = perf_counter()
        self._krylov.solve(b, x)
        self.iterations += self._krylov.getIterationNumber()
        self._spent.append(self._longest(perf_counter() - begin))
        return self._krylov.getConvergedReason() > 0 and bool(np.isfinite(x.norm()))

    def _judge(self, ksp: Any, iteration: int, norm: float) -> Any:  # as PETSc calls it
        """Return whether iterations are done."""
        Reason = PETSc.KSP.ConvergedReason
        if not np.isfinite(norm):
            return Reason.DIVERGED_NANORINF
        if iteration == 0:
            self._first = norm
            self._close = self._wanted
        if norm <= self._close * self._first:
            excess = self._excess(ksp) if norm > 0 and self._wanted < _ROUGH else 0.0
            if excess <= 1 or self._close < np.finfo(float).eps:
                return Reason.CONVERGED_RTOL
            self._close /= min(2 * excess, _MOST_AT_ONCE)
        return Reason.DIVERGED_MAX_IT if iteration >= _MOST_ITERATIONS else Reason.ITERATING

    def _excess(self, ksp: Any) -> float:
        """Return how many times too large the error of the worst component is: one may be small beside the others."""
        x, left = ksp.buildSolution(), ksp.buildResidual()
        error = left.duplicate()
        self.apply(None, left, error)
        worst, nothing = 0.0, np.finfo(float).eps * x.norm()
        for rows in self.matrix.getNestISs()[0] if self.matrix.getType() == "nest" else ():
            size, wrong = (_norm(vector, rows) for vector in (x, error))
            if wrong > nothing:
                worst = max(worst, wrong / (_LOOSE * size) if size > 0 else inf)
        return worst

    def _worth_keeping(self) -> bool:
        """Whether the cycles that there are promise to cost less than new ones, on the average of many solves.

        Solves with the same cycles grow dearer one by one. As long as one costs less than the average since the set-up,
        with that counted in, it lowers this average.
        """
        if self._fresh or not self._made:
            return self._made
        return not self._spent or self._spent[-1] < (self._set_up_time + sum(self._spent)) / len(self._spent)

    def mumps_info(self) -> int:
        """Return what MUMPS would say: nothing is wrong."""
        return 0

    def reset(self) -> None:
        """Forget the cycles."""
        if self._made:
            self._sweep.reset()
        self._made = self._fresh = False

    def _longest(self, seconds: float) -> float:
        """Return the time of the slowest rank: all decide by the same."""
        return float(self.comm.allreduce(seconds, op=MPI.MAX)) if self.comm.size > 1 else seconds


def _norm(vector: Any, rows: Any) -> float:
    part = vector.getSubVector(rows)
    found = float(part.norm())
    vector.restoreSubVector(rows, part)
    return found
