"""GMRES for one part of a system, done when no component of the solution changes any more."""

from __future__ import annotations

from math import ceil, inf, log, tau
from typing import TYPE_CHECKING, Any
from weakref import WeakMethod

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
_REDUCED = 0.5
"""Part of the first residual below which a rough step counts as a solution: one that solves nothing is small too."""
_ROUND_OFF = 1e-15
"""Change relative to the largest of any component, or residual to the first one, that is round-off."""
_STUCK = 1e-9
"""Change relative to the largest of any component below which one that no longer shrinks is round-off."""
_GIVEN_UP = 0.1
"""Changes, relative to the error that would do, below which a known solution is given up."""
_MOST = 40
"""Iterations after which a solve is given up, if nothing else is said."""
_RESTART = 100
"""Iterations whose vectors are kept."""
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
    apply: the preconditioner, a method that solves for one vector into another. most: iterations after which a solve is
    given up. over: iterations over which it is measured how fast changes shrink. closely: part of its own size
    to which each component is solved; None: as closely as the next step asks for.
    """

    def __init__(
        self,
        matrix: Any,
        rows: Sequence[Any],
        last: float,
        apply: Callable[[Any, Any], None],
        most: int = _MOST,
        over: int = 1,
        closely: float | None = None,
    ) -> None:
        self.rows, self._last, self._comm = rows, last, matrix.comm.tompi4py()
        self._at_most, self._over, self._closely, self._matrix = most, over, closely, matrix
        self.components = len(rows)
        self.iterations = 0
        """In all solves."""
        self._before: Any = None
        self._known: Any = None
        """The solution, where only the preconditioner is asked for its worth."""
        self._asked: Any = None
        """Which components of it."""
        self._changes: list[Any] = []
        self._excess: list[float] = []
        """After each iteration of a solve, how far the change of the worst component is from its limit, as a factor."""
        self._ksp = PETSc.KSP().create(comm=matrix.comm)
        self._ksp.setOperators(matrix, matrix)
        self._ksp.setType("fgmres")
        self._ksp.setGMRESRestart(min(most, _RESTART))
        # PETSc hides from Python what it holds: by a circle through it, nothing would ever be freed.
        self._ksp.setConvergenceTest(_weak(self._judge))
        self._ksp.getPC().setType("python")
        self._ksp.getPC().setPythonContext(_Preconditioner(_weak(apply)))

    def solve(
        self,
        b: Any,
        x: Any,
        *,
        exact: bool = False,
        rough: bool = False,
        most: int | None = None,
        foresee: bool = False,
        state: Any = 0.0,
    ) -> bool:
        """Solve for x; return whether that took no more than `most` iterations. Collective.

        exact: whether nothing corrects this solution. rough: whether only its size matters, if it is not small enough
        for a last step. foresee: whether to give up as soon as it promises to take more. state: largest value of each
        component of what x is to be added to.
        """
        self._rough, self._state = rough, state
        return self._solve(b, x, _EXACT if exact else _ROUGH if rough else None, most, foresee)

    def errors(
        self,
        enough: float,
        seed: int = 0,
        *,
        exact: bool = False,
        most: int | None = None,
        solve: Callable[[Any, Any], None] | None = None,
    ) -> Any:
        """Return how wrong a solution is that is known, relative to the largest value of each component. Collective.

        Along what the matrix makes zero, iterations change nothing, and the solution stays wrong by its own size. What
        is only lost in the round-off of much larger terms is found once it is all that is sought.

        enough: error of all components at which it is close. exact: whether to give up only at round-off. solve: what
        solves for a solution without iterations, if anything does.
        """

        def by_iterations(b: Any, x: Any) -> None:
            self._solve(b, x, _EXACT if exact else _GIVEN_UP * enough, most, False)

        self._enough, self._rough, self._state = enough, False, 0.0
        known = self.sample(self._matrix.createVecRight(), seed)
        everything = np.ones(self.components, dtype=bool)
        wrong = self._missed(known, everything, solve or by_iterations)
        suspects = wrong > enough
        if suspects.any() and np.isfinite(wrong).all():
            again = self._missed(known, suspects, solve or by_iterations)
            wrong = np.where(suspects, again, wrong)
        return wrong

    def recovers(
        self, known: Any, b: Any, x: Any, enough: float, most: int | None, solve: Callable[[Any, Any], None] | None
    ) -> bool:
        """Solve for x; return whether it is as near to what is known of it as `enough`, as for `errors`. Collective."""
        self._enough, self._rough, self._state = enough, False, 0.0
        self._known, self._asked = known, np.ones(self.components, dtype=bool)
        if solve is not None:
            solve(b, x)
        else:
            self._solve(b, x, _GIVEN_UP * enough, most, False)
        self._known = None
        return bool(self._distance(x, known, self._asked).max() <= enough)

    def _missed(self, known: Any, asked: Any, solve: Callable[[Any, Any], None]) -> Any:
        """Solve for a known solution, leave in it what was not found, and return its part of each component asked for.

        Of other components 0 is returned.
        """
        b, x = known.duplicate(), known.duplicate()
        self._matrix.mult(known, b)
        self._known, self._asked = known, asked
        solve(b, x)
        self._known = None
        wrong = self._distance(x, known, asked)
        known.axpy(-1.0, x)
        return wrong

    def sample(self, like: Any, seed: int = 0) -> Any:
        """Return a vector of which every component has a mean, a slow and a random variation."""
        found = like.duplicate()
        values = np.zeros(found.getLocalSize())
        level, noise = np.random.default_rng(seed), np.random.default_rng((seed, self._comm.rank))
        for rows in self.rows:
            mean, phase = level.uniform(0.5, 1.5), level.uniform(0, tau)
            slow = np.sin(phase + tau * np.arange(len(rows)) / max(len(rows), 1))
            values[rows] = mean * (1 + 0.5 * slow + 0.2 * noise.uniform(-1, 1, len(rows)))
        found.setArray(values)
        return found

    def _distance(self, x: Any, known: Any, asked: Any) -> Any:
        """Return the largest difference in each component asked for, relative to the largest known value."""
        values = known.getArray(readonly=True)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            found = self._largest(x.getArray(readonly=True) - values) / self._largest(values)
        return np.where(asked, np.where(np.isfinite(found), found, inf), 0.0)

    def largest(self, vector: Any) -> Any:
        """Return the largest value of each component of a vector, on every rank."""
        return self._largest(vector.getArray(readonly=True))

    def _solve(self, b: Any, x: Any, limit: float | None, most: int | None, foresee: bool) -> bool:
        self._limit, self._foresee = limit, foresee
        self._most = self._at_most if most is None else min(most, self._at_most)
        self._ksp.solve(b, x)
        self.iterations += self._ksp.getIterationNumber()
        return bool(self._ksp.getConvergedReason() > 0)

    def _judge(self, ksp: Any, iteration: int, norm: float) -> Any:  # as PETSc calls it
        Reason = PETSc.KSP.ConvergedReason
        if iteration == 0:
            self._before = None
            self._changes, self._excess, self._first = [], [], norm
            return Reason.CONVERGED_ATOL if norm == 0 else Reason.ITERATING
        if not np.isfinite(norm):
            return Reason.DIVERGED_NANORINF
        found = ksp.buildSolution()
        if self._known is not None and self._distance(found, self._known, self._asked).max() <= self._enough:
            return Reason.CONVERGED_RTOL
        # Nothing but round-off is left where the preconditioner is exact: a further iteration would find no direction.
        close = self._close(found.getArray(readonly=True)) and (not self._rough or norm <= _REDUCED * self._first)
        if close or norm <= _ROUND_OFF * self._first:
            return Reason.CONVERGED_RTOL
        needed = self._still_needed() if self._foresee and iteration >= _TRIAL else 1
        return Reason.DIVERGED_MAX_IT if iteration + needed > self._most else Reason.ITERATING

    def _close(self, found: Any) -> bool:
        """Whether each component is as close to its limit as the last changes tell."""
        sizes = self._largest(found)
        changes = sizes if self._before is None else self._largest(found - self._before)
        expected = self._left(changes)
        step = sizes.max()
        asked = self._limit or self._closely
        if self._limit is not None or step <= self._last:
            least = _ROUND_OFF
            limit = asked or _LAST
        else:
            least = max((asked or _PER_STEP) * min(step, 1.0), _LAST)
            limit = asked or least
        allowed = np.maximum(limit * sizes, _ROUGH * self._last if self._rough else least * step)
        allowed = np.maximum(allowed, _ROUND_OFF * self._state)
        done = expected <= allowed
        # Where convergence is slow, changes that shrink slowly are not yet round-off.
        earlier = self._changes[-(self._over**2) :]
        if len(earlier) == self._over**2:
            done |= (changes <= _STUCK * step) & (changes > earlier[0] / 2)
        self._before = found.copy()
        self._changes.append(changes)
        self._excess.append(float((changes[~done] / allowed[~done]).max()) if not done.all() else 0.0)
        return bool(done.all())

    def _left(self, changes: Any) -> Any:
        """Return what is left of each component if all further changes shrink as the last ones: a geometric series."""
        lately = [*self._changes[-self._over :], changes]
        over = len(lately) - 1
        if not over:
            return changes
        ratio = np.minimum(changes / np.maximum(lately[0], _TINY), 1.0) ** (1 / over)
        # One of several changes may happen to be small.
        now = np.max([change * ratio ** (over - i) for i, change in enumerate(lately[1:], 1)], axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(now > 0, now * np.maximum(ratio / (1 - ratio), _CREDIT), 0.0)

    def _still_needed(self) -> float:
        """Return how many iterations are still needed if they go on as all did, or as the last two if that is less."""
        now = log(self._excess[-1])
        fallen = max((log(self._excess[-1 - n]) - now) / n for n in (len(self._excess) - 1, 2))
        return max(ceil(now / fallen), 1) if fallen > 0 else inf

    def _largest(self, values: Any) -> Any:
        """Return the largest value of each component, on every rank."""
        sizes = np.array([abs(values[rows]).max() if len(rows) else 0.0 for rows in self.rows])
        if self._comm.size > 1:
            self._comm.Allreduce(MPI.IN_PLACE, sizes, op=MPI.MAX)
        return sizes


def _weak(method: Callable[..., Any]) -> Callable[..., Any]:
    """Return what calls a method and does not keep its object alive."""
    reference = WeakMethod(method)

    def call(*arguments: Any) -> Any:
        bound = reference()
        if bound is None:
            raise ReferenceError("what PETSc calls is no more")
        return bound(*arguments)

    return call


class _Preconditioner:
    """What PETSc calls to apply the preconditioner."""

    def __init__(self, solve: Callable[[Any, Any], None]) -> None:
        self._solve = solve

    def apply(self, pc: Any, b: Any, x: Any) -> None:  # as PETSc calls it
        self._solve(b, x)
