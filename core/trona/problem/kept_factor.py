"""The linear solve of one part: a factorisation, kept while iterations with it cost less than a new one."""

from __future__ import annotations

from math import ceil
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from mpi4py import MPI

from trona.problem.factor import SINGULAR, Factor
from trona.problem.krylov import Krylov
from trona.problem.staggered import Staggered

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from trona.problem.border import Border

_NUMERIC = 0.5
"""Part of the first factorisation that later ones take too: the analysis of the matrix is done once."""
_SMALL = 4000
"""Unknowns below which a factorisation costs too little to be spared."""
_WELL = 20
"""Iterations that suffice with factors of the present matrix, where pivots of zero were passed over."""
_RECOVERED = 0.1
"""Error, relative to its size, of a known solution found by few iterations, above which something else is wrong."""
_DETERMINED = 0.01
"""The same of one found as closely as possible, above which nothing determines it."""
_SAMPLES = 3
"""Known solutions that are tried with factors of the matrix itself."""
_OVERFLOWN = 1e-6
"""Part of the largest of all components above which one counts as overflown with it."""


class LinearSolveError(Exception):
    """A system could not be factorised or solved."""


class KeptFactor:
    """Solves one part of a system by an LU of its matrix, or by GMRES with an LU of an earlier one or of its groups.

    matrix: of the part. sparse: the same without its numbers, which `border` holds if there are some. rows: of each of
    its components in this rank's part of a vector. last: size of the Newton steps that may be the last ones. linear:
    whether the part is one of a linear system. prefix: of PETSc's options for the factors. staggered: makes factors of
    the part's groups, where these promise to be better than those of the whole.
    """

    def __init__(
        self,
        matrix: Any,
        sparse: Any,
        border: Border | None,
        rows: Sequence[Any],
        last: float,
        linear: bool,
        prefix: str,
        staggered: Callable[[], Staggered] | None = None,
    ) -> None:
        self.matrix, self.border, self.size = matrix, border, matrix.getSize()[0]
        self._sparse, self._linear, self._prefix, self._staggered = sparse, linear, prefix, staggered
        self.comm = matrix.comm.tompi4py()
        self._small = self.size < _SMALL
        self.factorisations = 0
        self._made = self._fresh = self._checked = False
        self.undetermined: Sequence[int] = ()
        """Components, in the order of `rows`, that the matrix does not determine, as far as it was seen."""
        self._factor_time = self._solve_time = 0.0
        self._dear = 0
        """Solves, one after another, in which iterations with factors of groups took longer than those had saved."""
        self.method = "LU" if staggered is None else "LU of groups"
        self._spent: list[float] = []
        """Times of the solves with kept factors since the last factorisation, s."""
        self._wait, self._patience = 0, 1
        """Solves that are still to pass before old factors are tried again, and how many they were at first."""
        self.factor = self._new_factor()
        self._krylov = Krylov(matrix, rows, last, self._apply)

    @property
    def iterations(self) -> int:
        """Of GMRES, so far."""
        return self._krylov.iterations

    def matrix_changed(self) -> None:
        """Take note that the factors are those of an earlier matrix."""
        self._fresh = self._checked = False
        self.undetermined = ()

    def determined(self) -> bool | None:
        """Whether the matrix determines all unknowns; None if it does, but the last solution may be wrong. Collective.

        Only factors of this matrix show when it is singular: with others, iterations may converge, to any of its
        solutions. What such a solve cannot find either is a solution that is known.
        """
        if self._checked:
            return not self.undetermined
        again = not (self._fresh and self.factor.exact)
        suspects = self._suspects()
        if suspects and again:
            self._join("iterations could not tell whether the matrix is singular")
            try:
                self._factorise()
            except LinearSolveError:
                self._give_up(suspects)
                return False
            if not self._suspects():
                self._checked = True
                return None
        if suspects:
            self._give_up(suspects)
            return False
        self._checked = True
        return True

    @property
    def tells(self) -> bool:
        """Whether one known solution shows whether the matrix determines all unknowns."""
        return self._made and (self._direct or not self._fresh)

    def sample(self, known: Any, sizes: Any) -> None:
        """Put a solution into a vector that `recovers` finds unless it is off by more than the size of a component."""
        found = self._krylov.sample(known)
        values = found.array
        for rows, size, largest in zip(self._krylov.rows, sizes, self._krylov.largest(found), strict=True):
            values[rows] *= size / (self._limit * largest)
        known.setArray(values)

    def recovers(self, b: Any, x: Any, known: Any) -> bool:
        """Solve for x; return whether it is the `sample`, so that all is determined. Collective."""
        begin = perf_counter()
        most, solve = (None, self.factor.apply) if self._direct else (self._most, None)
        done = self._krylov.recovers(known, b, x, self._limit, most, solve)
        if not self._fresh:
            self._spent.append(self._longest(perf_counter() - begin))
        self._checked |= done
        return done

    @property
    def _limit(self) -> float:
        return _DETERMINED if self._fresh and self.factor.exact else _RECOVERED

    def _suspects(self) -> list[int]:
        return list(map(int, np.flatnonzero(self._errors(self._limit) > self._limit)))

    def _give_up(self, undetermined: Sequence[int]) -> None:
        """Keep no factors of a singular matrix: what is found with them later is anything."""
        self.factor.release()
        self.reset()
        self._checked, self.undetermined = True, undetermined

    def _errors(self, limit: float) -> Any:
        """Return how wrong a solution is that is known, by component; iterations end at an error of `limit`."""
        if not self._fresh:
            return self._krylov.errors(limit, most=self._most)
        if self._direct:
            return self._krylov.errors(limit, solve=self.factor.apply)
        # Factors of a singular matrix are round-off along what it makes zero, and may happen to be right.
        return np.max([self._krylov.errors(limit, n, most=_WELL) for n in range(_SAMPLES)], axis=0)

    @property
    def _direct(self) -> bool:
        """Whether the factors solve a system without any iteration."""
        return self._fresh and self.border is None and self.factor.exact

    def renew(self) -> None:
        """Begin anew, for other inputs, with factors that may still serve."""
        self.matrix_changed()
        self._wait, self._patience = 0, 1

    def solve(self, b: Any, x: Any, *, rough: bool = False, state: Any = 0.0) -> None:
        """Solve for x, a change of a state; rough, state: as for `Krylov`. Raises LinearSolveError. Collective."""
        if not self._fresh and self._worth_keeping():
            if self._with_old_factors(b, x, rough, state):
                return
            self._wait, self._patience = self._patience, 2 * self._patience
        if not self._fresh:
            self._factorise()
        if not self._with_present_factors(b, x, rough, state):
            raise LinearSolveError
        if not np.isfinite(x.norm()):
            self._overflowed(b, x)
            raise LinearSolveError

    def _overflowed(self, b: Any, x: Any) -> None:
        """See whether it is the matrix, which is finite and nearly singular, that lets a solution overflow."""
        product = b.duplicate()
        self.matrix.mult(self._krylov.sample(x), product)
        if np.isfinite(b.norm()) and np.isfinite(product.norm()):
            sizes = self._krylov.largest(x)
            self._give_up(np.flatnonzero(~(sizes < _OVERFLOWN * sizes.max())).tolist())

    def _with_old_factors(self, b: Any, x: Any, rough: bool, state: Any) -> bool:
        """Solve with factors of an earlier matrix; return whether that took less than a factorisation."""
        begin = perf_counter()
        done = self._krylov.solve(b, x, rough=rough, most=self._most, foresee=True, state=state)
        self._spent.append(self._longest(perf_counter() - begin))
        if done:
            self._patience = 1
        return done

    def _with_present_factors(self, b: Any, x: Any, rough: bool, state: Any) -> bool:
        """Solve with factors of the present matrix; return whether they are precise enough for that."""
        if isinstance(self.factor, Staggered):
            if self._with_groups(self.factor, b, x, rough, state):
                return True
            self._factorise()
        begin = perf_counter()
        self.factor.apply(b, x)
        self._solve_time = self._longest(perf_counter() - begin)
        # Where there are numbers, pivots of zero were passed over: what that has changed, iterations make up for.
        return self.border is None or self._krylov.solve(b, x, exact=True, state=state)

    def _with_groups(self, groups: Staggered, b: Any, x: Any, rough: bool, state: Any) -> bool:
        """Solve with factors of the groups of the present matrix; join the groups where that is no good."""
        begin, before = perf_counter(), self._krylov.iterations
        done = self._krylov.solve(b, x, rough=rough, most=_WELL, state=state)
        took = self._longest(perf_counter() - begin)
        self._solve_time = took / max(self._krylov.iterations - before, 1)
        self._dear = self._dear + 1 if took > (groups.gain - 1) * self._factor_time else 0
        self._factor_time += took
        if not done or self._dear > 1:
            self._join("iterations with factors of its groups took longer")
        return done

    def _join(self, reason: str) -> None:
        """Use factors of the whole from now on, if those in use are of its groups."""
        if not self.factor.exact:
            self.factor.release()
            self._staggered, self.method = None, f"LU, since {reason}"
            self.reset()

    @property
    def _most(self) -> int:
        """Iterations that take as long as a factorisation."""
        return ceil(self._factor_time / self._solve_time)

    def _worth_keeping(self) -> bool:
        """Whether iterations with the old factors promise to cost less than a factorisation, on the average of many.

        Solves with the same factors grow dearer one by one. As long as one costs less than the average since the
        factorisation, with that counted in, it lowers this average.
        """
        if self._small or self._linear or not self._made or not self._solve_time:
            return False
        if self._wait > 0:
            self._wait -= 1
            return False
        if not self._spent:
            return self._factor_time > 2 * self._solve_time
        return self._spent[-1] < (self._factor_time + sum(self._spent)) / len(self._spent)

    def _factorise(self) -> None:
        begin = perf_counter()
        self._made = self.factor.make()
        self.factorisations += 1
        if not (self._made or self.factor.exact):
            self._join("a group of it is singular")
            self._made = self.factor.make()
            self.factorisations += 1
        if not self._made:
            raise LinearSolveError
        took = self._longest(perf_counter() - begin)
        self._factor_time = took * (_NUMERIC if self.factorisations == 1 else 1.0)
        self._fresh, self._spent = True, []

    def _apply(self, b: Any, x: Any) -> None:
        self.factor.apply(b, x)

    def mumps_info(self) -> int:
        """Return MUMPS' INFOG(1) of the last factorisation, 0 when there is none.

        A matrix that was found singular in another way has the code of one that MUMPS found.
        """
        return SINGULAR if self.undetermined else self.factor.mumps_info()

    def reset(self) -> None:
        """Forget the factors, so that PETSc's options are read anew."""
        self.factor = self._new_factor()
        self._made = self._fresh = self._checked = False
        self.undetermined = ()

    def _new_factor(self) -> Factor | Staggered:
        return self._staggered() if self._staggered else Factor(self._sparse, self.border, self._prefix)

    def _longest(self, seconds: float) -> float:
        """Return the time of the slowest rank: all decide by the same."""
        return float(self.comm.allreduce(seconds, op=MPI.MAX)) if self.comm.size > 1 else seconds
