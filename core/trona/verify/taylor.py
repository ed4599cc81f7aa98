"""Taylor test of the Jacobian: the remainder of the residual must be of second order."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import log
from typing import TYPE_CHECKING, Any

import firedrake as fd
import numpy as np
from firedrake import dmhooks

if TYPE_CHECKING:
    from trona.problem import Problem

_LENGTHS = tuple(4.0**-k for k in range(7))
_TINY = tuple(4.0**-k for k in range(12, 16))  # lengths at which a remainder is round-off
_CLEAR = 20.0  # times round-off: beyond this a remainder is significant
_EPSILON = 1e-14
_SUMMED = 1e-15
"""Round-off of a row relative to the largest part of which it is summed."""
_ORDER = 1.9


@dataclass(frozen=True)
class TaylorRow:
    """The remainders |R(w + h d) - R(w) - h J d| in the rows of one component, with d in one component.

    residual, direction: labels of both components. remainders: for h = 1, 1/4, ..., relative to the larger of |h J d|
    at h = 1 and the largest remainder. order: the last one above round-off; at least 2 if the Jacobian is right, inf
    if the residual is linear in the direction.
    """

    residual: str
    direction: str
    remainders: tuple[float, ...]
    round_off: float
    order: float

    @property
    def holds(self) -> bool:
        return self.order >= _ORDER


def taylor_test(problem: Problem, sizes: list[float] | None = None, seed: int = 0) -> list[TaylorRow]:
    """Compare the assembled Jacobian with differences of the residual at the present state.

    sizes: per component, the length of the directions at h = 1 in units of its scale (default 1/2). The state is
    restored. Rows that depend on the direction neither in the residual nor in the Jacobian are left out.
    """
    return _Taylor(problem, sizes, seed).rows()


class Linearised:
    """The residual and the Jacobian of a problem, as used by Newton's method, at its present state, by component."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.state = problem.unknowns.states[0]
        self.set_jacobian()

    def set_jacobian(self) -> None:
        """Assemble the Jacobian at the present state."""
        newton = self.problem.newton
        with self.state.dat.vec as x:
            J, P, _ = newton.snes.getJacobian()
            with dmhooks.add_hooks(newton.snes.getDM(), newton.solver, appctx=newton.solver._ctx):
                newton.snes.computeJacobian(x, J, P)

    def direction(self, random: np.random.Generator, only: int | None = None, size: float = 0.5) -> Any:
        """Return a random direction of all components, or of one, in units of their scales; zero for fixed values."""
        direction = fd.Function(self.problem.unknowns.space)
        for number, part in enumerate(direction.subfunctions):
            if only in (None, number):
                values = part.dat.data
                values[...] = size * random.uniform(-1, 1, size=values.shape)
        for bc in self.problem.bcs:
            bc.zero(direction)
        return direction

    def times_jacobian(self, direction: Any) -> list[Any]:
        """Return the Jacobian times a direction, zero where a value is fixed."""
        J = self.problem.newton.snes.getJacobian()[0]
        result = fd.Cofunction(self.problem.unknowns.space.dual())
        with direction.dat.vec_ro as d, result.dat.vec_wo as y:
            J.mult(d, y)
        return self.rows(result)

    def residual(self, free: bool = True) -> list[Any]:
        return self.rows(fd.assemble(self.problem.residual), free)

    def rows(self, vector: Any, free: bool = True) -> list[Any]:
        """Return the rows of each component on this rank; `free`: zero where a value is held instead."""
        rows = [np.array(part.dat.data_ro, ndmin=1) for part in vector.subfunctions]
        for component, bc in self.problem.held if free else ():
            part, axis = rows[component.index], bc.function_space().component
            where = [n for n in bc.nodes if n < len(part)]
            part[where if axis is None else (where, axis)] = 0.0
        return rows


class _Taylor:
    def __init__(self, problem: Problem, sizes: list[float] | None, seed: int) -> None:
        self.problem = problem
        self.components = problem.unknowns.components
        self.sizes = sizes or [0.5] * len(self.components)
        self.random = np.random.default_rng(seed + problem.comm.rank)
        self.state = problem.unknowns.states[0]

    def rows(self) -> list[TaylorRow]:
        start = self.state.copy(deepcopy=True)
        try:
            self.solved = Linearised(self.problem)
            at_start = self.solved.residual()
            directions = [self.solved.direction(self.random, c.index, self.sizes[c.index]) for c in self.components]
            slopes = [self.solved.times_jacobian(direction) for direction in directions]
            # A row is summed from parts as large as these, of which a small one cannot be told from their round-off.
            gross = [max(map(self._norm, parts)) for parts in zip(*slopes, strict=True)]
            found = []
            for component, direction, slope in zip(self.components, directions, slopes, strict=True):
                found += self._column(component.label, direction, slope, gross, start, at_start)
            return found
        finally:
            self.state.assign(start)

    def _column(
        self, label: str, direction: Any, slope: list[Any], gross: list[float], start: Any, at_start: list[Any]
    ) -> list[TaylorRow]:
        remainders = []
        for length in (*_LENGTHS, *_TINY):
            self.state.assign(start + length * direction)
            now = self.solved.residual()
            remainders.append([self._norm(a - b - length * s) for a, b, s in zip(now, at_start, slope, strict=True)])
        found = []
        for row, component in enumerate(self.components):
            sizes = [r[row] for r in remainders[: len(_LENGTHS)]]
            round_off = max(r[row] for r in remainders[len(_LENGTHS) :])
            whole = max(self._norm(slope[row]), sizes[0])
            if whole > _CLEAR * round_off:
                relative = tuple(s / whole for s in sizes)
                order = _order(sizes, _CLEAR * round_off + _EPSILON * whole + _SUMMED * gross[row])
                found.append(TaylorRow(component.label, label, relative, round_off / whole, order))
        return found

    def _norm(self, values: Any) -> float:
        return float(self.problem.comm.allreduce(float(np.sum(values**2))) ** 0.5)


def _order(remainders: list[float], least: float) -> float:
    """Return the order between the last two lengths whose remainders are above round-off."""
    clear = [r for r in remainders if r > least]
    if len(clear) < 2:
        return float("inf")
    return [log(a / b, 4) for a, b in pairwise(clear)][-1]
