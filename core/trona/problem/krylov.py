"""GMRES for one part of a system, done when no component of the solution changes any more."""

from __future__ import annotations

from math import ceil, inf, log
from typing import TYPE_CHECKING, Any

import numpy as np
from firedrake.petsc import PETSc
from mpi4py import MPI

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_PER_STEP = 1e-4
"""Part of a Newton step to which it is solved, for one of the size of the scales of the unknowns; for others in
proportion to their size, and never more. What is left is then small beside the next step, which is of the order of the
square of this one."""
_LAST = 1e-10
"""Part of its own step to which each component is solved where the step may be the last one, and the least for any."""
_EXACT = 1e-11
"""The same for a solution that nothing corrects, as in a linear part."""
_ROUGH = 0.1
"""The same where only the size of a step is asked for."""
_ROUND_OFF = 1e-15
"""Change relative to the largest of any component, or residual to the first one, that is round-off."""
_STUCK = 1e-9
"""Change relative to the largest of any component below which one that no longer shrinks is round-off."""
_LEAVES = 1e-6
"""Residual, relative to the right-hand side, of a solve that is only to show that there is a solution."""
_MOST = 40
"""Iterations after which a solve is given up."""
_TRIAL = 3
"""Iterations after which the number still needed is predicted from how fast the changes shrink."""
_CREDIT = 0.1
"""Part of the last change that is taken to be left, if not more."""
_TINY = 1e-300
"""Change that may be divided by."""


class Krylov:
    """Solves one part, preconditioned from the right by a solve that is close to it.

    The preconditioner may be rounded to few digits or vary: the residual is that of the matrix itself (flexible GMRES).
    Every component is judged by its own changes, since one residual of all shows nothing of those that are small.

    rows: of each component in this rank's part of a vector. last: size of the Newton steps that may be the last ones.
    apply: the preconditioner, from a vector into another.
    """

    def __init__(self, matrix: Any, rows: Sequence[Any], last: float, apply: Callable[[Any, Any], None]) -> None:
        self._rows, self._last, self._comm = rows, last, matrix.comm.tompi4py()
        self.iterations = 0
        """In all solves."""
        self._leaves: float | None = None
        self._before: Any = None
        self._changes: Any = None
        self._excess: list[float] = []
        """After each iteration of a solve, how far the change of the worst component is from its limit, as a factor."""
        self._ksp = PETSc.KSP().create(comm=matrix.comm)
        self._ksp.setOperators(matrix, matrix)
        self._ksp.setType("fgmres")
        self._ksp.setGMRESRestart(_MOST)
        self._ksp.setConvergenceTest(self._judge)
        self._ksp.getPC().setType("python")
        self._ksp.getPC().setPythonContext(_Preconditioner(apply))

    def solve(
        self, b: Any, x: Any, *, exact: bool = False, rough: bool = False, most: int = _MOST, foresee: bool = False
    ) -> bool:
        """Solve for x; return whether that took no more than `most` iterations. Collective.

        exact: whether nothing corrects this solution. rough: whether only its size matters.
        foresee: whether to give up as soon as it promises to take more.
        """
        self._limit = _EXACT if exact else _ROUGH if rough else None
        self._most, self._foresee = min(most, _MOST), foresee
        self._ksp.solve(b, x)
        self.iterations += self._ksp.getIterationNumber()
        return bool(self._ksp.getConvergedReason() > 0)

    def solves(self, b: Any, x: Any, most: int) -> bool:
        """Whether some iterations find an x that leaves next to nothing of b. Collective."""
        self._limit, self._most, self._foresee, self._leaves = None, most, False, _LEAVES
        self._ksp.solve(b, x)
        self._leaves = None
        self.iterations += self._ksp.getIterationNumber()
        left = b.duplicate()
        self._ksp.getOperators()[0].mult(x, left)
        left.axpy(-1.0, b)
        return bool(left.norm() <= 10 * _LEAVES * b.norm())

    def _judge(self, ksp: Any, iteration: int, norm: float) -> Any:  # as PETSc calls it
        Reason = PETSc.KSP.ConvergedReason
        if iteration == 0:
            self._before = self._changes = None
            self._excess, self._first = [], norm
            return Reason.CONVERGED_ATOL if norm == 0 else Reason.ITERATING
        if not np.isfinite(norm):
            return Reason.DIVERGED_NANORINF
        if self._leaves is not None:
            done = norm <= self._leaves * self._first
            return Reason.CONVERGED_RTOL if done else self._go_on(iteration, 1)
        # Nothing but round-off is left where the preconditioner is exact: a further iteration would find no direction.
        if self._close(ksp.buildSolution().getArray(readonly=True)) or norm <= _ROUND_OFF * self._first:
            return Reason.CONVERGED_RTOL
        return self._go_on(iteration, self._still_needed() if self._foresee and iteration >= _TRIAL else 1)

    def _go_on(self, iteration: int, needed: float) -> Any:
        Reason = PETSc.KSP.ConvergedReason
        return Reason.DIVERGED_MAX_IT if iteration + needed > self._most else Reason.ITERATING

    def _close(self, found: Any) -> bool:
        """Whether each component is as close to its limit as the last changes tell."""
        sizes = self._largest(found)
        if self._before is None:
            changes = sizes
            expected = sizes
        else:
            changes = self._largest(found - self._before)
            # What is left if all further changes shrink as this one did: a geometric series.
            ratio = np.minimum(changes / np.maximum(self._changes, _TINY), 1.0)
            with np.errstate(divide="ignore", invalid="ignore"):
                expected = np.where(changes > 0, changes * np.maximum(ratio / (1 - ratio), _CREDIT), 0.0)
        step = sizes.max()
        last = self._limit is not None or step <= self._last
        limit = self._limit or (_LAST if last else max(_PER_STEP * min(step, 1.0), _LAST))
        allowed = np.maximum(limit * sizes, (_ROUND_OFF if last else limit) * step)
        done = expected <= allowed
        if self._before is not None:
            done |= (changes <= _STUCK * step) & (changes > self._changes / 2)
        self._before, self._changes = found.copy(), changes
        self._excess.append(float((changes[~done] / allowed[~done]).max()) if not done.all() else 0.0)
        return bool(done.all())

    def _still_needed(self) -> float:
        """Return how many iterations are still needed if they go on as all did, or as the last two if that is less."""
        now = log(self._excess[-1])
        fallen = max((log(self._excess[-1 - n]) - now) / n for n in (len(self._excess) - 1, 2))
        return max(ceil(now / fallen), 1) if fallen > 0 else inf

    def _largest(self, values: Any) -> Any:
        """Return the largest value of each component, on every rank."""
        sizes = np.array([abs(values[rows]).max() if len(rows) else 0.0 for rows in self._rows])
        if self._comm.size > 1:
            self._comm.Allreduce(MPI.IN_PLACE, sizes, op=MPI.MAX)
        return sizes


class _Preconditioner:
    """What PETSc calls to apply the preconditioner."""

    def __init__(self, solve: Callable[[Any, Any], None]) -> None:
        self._solve = solve

    def apply(self, pc: Any, b: Any, x: Any) -> None:  # as PETSc calls it
        self._solve(b, x)
