"""The linear solve of one part: a factorisation, kept while iterations with it cost less than a new one."""

from __future__ import annotations

from math import ceil, inf, log, sqrt
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from firedrake.petsc import PETSc
from mpi4py import MPI

if TYPE_CHECKING:
    from collections.abc import Callable

    from trona.problem.border import Border

_CLOSE, _CLOSER, _CLOSEST = 1e-6, 1e-8, 1e-11
"""Residual relative to its first one, both after the old factors have been applied, at which iterations stop.

The first holds for a Newton step of the size of the scales of the unknowns. For smaller steps the limit shrinks in
proportion, down to the second. A linear part is solved by its first step, so its limit is the third. All unknowns of a
part are measured together: one that is far below its scale has fewer digits than with an LU of the present matrix.
"""
_MOST_ITERATIONS = 40
_NUMERIC = 0.5
"""Part of the first factorisation that later ones take too: the analysis of the matrix is done once."""
_SINGULAR = -10
"""What MUMPS says of a singular matrix."""
_TRIAL = 3
"""Iterations after which the number still needed is predicted from how fast the residual falls."""
_SMALL = 4000
"""Unknowns below which a factorisation costs too little to be spared."""


class LinearSolveError(Exception):
    """A system could not be factorised or solved."""


class KeptFactor:
    """Solves one part of a system by LU, or by GMRES with an earlier LU.

    matrix: of the part. sparse: the same without its numbers, which `border` holds if there are some.
    linear: whether it is one of a linear system. prefix: of PETSc's options for the factorisation.
    """

    def __init__(self, matrix: Any, sparse: Any, border: Border | None, linear: bool, prefix: str) -> None:
        self.matrix, self._sparse, self.border = matrix, sparse, border
        self._linear, self.size = linear, matrix.getSize()[0]
        self.comm = matrix.comm.tompi4py()
        self._small = self.size < _SMALL
        self.factorisations = self.iterations = 0
        self._made = self._fresh = self._tried = self._undetermined = False
        self._most = _MOST_ITERATIONS
        self._close_at: float | None = None
        self._factor_time = self._solve_time = 0.0
        self._spent: list[float] = []
        """Times of the solves with kept factors since the last factorisation, s."""
        self._wait, self._patience = 0, 1
        """Solves that are still to pass before old factors are tried again, and how many they were at first."""
        self._lu = PETSc.KSP().create(comm=matrix.comm)
        self._lu.setOptionsPrefix(prefix)
        self._lu.setOperators(sparse, sparse)
        self._lu.setType("preonly")
        self._lu.getPC().setType("lu")
        self._lu.getPC().setFactorSolverType("mumps")
        self._krylov = PETSc.KSP().create(comm=matrix.comm)
        self._krylov.setOperators(matrix, matrix)
        self._krylov.setType("gmres")
        self._krylov.setConvergenceTest(self._judge)
        self._krylov.setGMRESRestart(_MOST_ITERATIONS)
        self._krylov.getPC().setType("python")
        self._krylov.getPC().setPythonContext(_Preconditioner(self._apply))

    def matrix_changed(self) -> None:
        self._fresh = False

    def solve(self, b: Any, x: Any) -> None:
        """Solve for x. Raises LinearSolveError. Collective."""
        if not self._fresh and self._worth_keeping():
            if self._iterate(b, x):
                return
            self._wait, self._patience = self._patience, 2 * self._patience
        if not self._fresh:
            self._factorise()
        begin = perf_counter()
        self._apply(b, x)
        self._solve_time = self._longest(perf_counter() - begin)
        if self.border is not None:
            # Pivots of zero were passed over: what that has changed, iterations make up for.
            self._most, self._close_at = _MOST_ITERATIONS, _CLOSEST
            self._krylov.solve(b, x)
            if self._krylov.getConvergedReason() < 0:
                raise LinearSolveError
        if not np.isfinite(x.norm()):
            raise LinearSolveError

    def _iterate(self, b: Any, x: Any) -> bool:
        """Solve with the old factors; return whether that took less than a factorisation."""
        begin = perf_counter()
        self._most = min(ceil(self._factor_time / self._solve_time), _MOST_ITERATIONS)
        self._close_at = _CLOSEST if self._linear else None
        self._krylov.solve(b, x)
        self.iterations += self._krylov.getIterationNumber()
        self._spent.append(self._longest(perf_counter() - begin))
        if self._krylov.getConvergedReason() > 0:
            self._patience = 1
            return True
        return False

    def _judge(self, ksp: Any, iteration: int, norm: float) -> Any:  # as PETSc calls it
        """Return whether iterations are done; they are given up once they promise to take too many."""
        Reason = PETSc.KSP.ConvergedReason
        if iteration == 0:
            self._first = norm
            step = norm / sqrt(self.size)
            self._close = self._close_at or max(_CLOSE * min(step, 1.0), _CLOSER)
        if norm <= self._close * self._first:
            return Reason.CONVERGED_RTOL
        reduced = log(norm / self._first) if np.isfinite(norm) else 0.0
        promised = iteration * log(self._close) / reduced if reduced < 0 else inf
        if iteration >= self._most or (iteration >= _TRIAL and promised > self._most):
            return Reason.DIVERGED_MAX_IT
        return Reason.ITERATING

    def _worth_keeping(self) -> bool:
        """Whether iterations with the old factors promise to cost less than a factorisation, on the average of many.

        Solves with the same factors grow dearer one by one. As long as one costs less than the average since the
        factorisation, with that counted in, it lowers this average.
        """
        if self._small or not self._made:
            return False
        if self._wait > 0:
            self._wait -= 1
            return False
        if not self._spent:
            return self._factor_time > 2 * self._solve_time
        return self._spent[-1] < (self._factor_time + sum(self._spent)) / len(self._spent)

    def _factorise(self) -> None:
        begin = perf_counter()
        pc = self._lu.getPC()
        pc.setReusePreconditioner(False)
        self._lu.setOperators(self._sparse, self._sparse)
        if self.border is not None:
            # Without the row of a number that holds a level, the rest is singular: a pivot of zero is passed over.
            pc.setFactorSetUpSolverType()
            pc.getFactorMatrix().setMumpsIcntl(24, 1)
            pc.getFactorMatrix().setMumpsCntl(5, 1.0)
        self._lu.setUp()
        pc.setReusePreconditioner(True)
        self.factorisations += 1
        self._tried, self._undetermined = True, False
        self._made = pc.getFailedReason() == PETSc.PC.FailedReason.NOERROR
        if not self._made:
            raise LinearSolveError
        if self.border is not None and not self.border.eliminate(self._lu.solve):
            self._made, self._undetermined = False, True
            raise LinearSolveError
        took = self._longest(perf_counter() - begin)
        self._factor_time = took * (_NUMERIC if self.factorisations == 1 else 1.0)
        self._fresh, self._spent = True, []

    def _apply(self, b: Any, x: Any) -> None:
        """Solve with the factors that there are."""
        if self.border is None:
            self._lu.solve(b, x)
        else:
            self.border.apply(self._lu.solve, b, x)

    def mumps_info(self) -> int:
        """Return MUMPS' INFOG(1) of the last factorisation, 0 when there is none; numbers count as its last pivots."""
        if self._undetermined:
            return _SINGULAR
        return int(self._lu.getPC().getFactorMatrix().getMumpsInfog(1)) if self._tried else 0

    @property
    def margin(self) -> int:
        """MUMPS' workspace beyond its own estimate, in percent, in the last factorisation."""
        return int(self._lu.getPC().getFactorMatrix().getMumpsIcntl(14))

    def reset(self) -> None:
        """Forget the factors, so that PETSc's options are read anew."""
        self._lu.getPC().reset()
        self._made = self._fresh = self._tried = self._undetermined = False

    def _longest(self, seconds: float) -> float:
        """Return the time of the slowest rank: all decide by the same."""
        return float(self.comm.allreduce(seconds, op=MPI.MAX)) if self.comm.size > 1 else seconds


class _Preconditioner:
    """What PETSc calls to apply the factors."""

    def __init__(self, solve: Callable[[Any, Any], None]) -> None:
        self._solve = solve

    def apply(self, pc: Any, b: Any, x: Any) -> None:  # as PETSc calls it
        self._solve(b, x)
