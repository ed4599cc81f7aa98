"""Checks of the assembled Jacobian: the Taylor test and the sizes of its diagonal."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import firedrake as fd
import numpy as np
from firedrake import dmhooks
from firedrake.petsc import PETSc

if TYPE_CHECKING:
    from trona.problem import Problem


@dataclass(frozen=True)
class Taylor:
    """Whether |R(w + h d) - R(w) - h J d| is of order h^2; `order` is the observed order."""

    order: float
    exact: bool
    """The remainder is round-off: the equations are linear along this direction."""

    @property
    def holds(self) -> bool:
        return self.exact or self.order > 1.7

    @property
    def text(self) -> str:
        if self.exact:
            return "holds (linear to round-off)"
        return f"{'holds' if self.holds else 'does not hold'} (order {self.order:.2f})"


def taylor(problem: Problem, state: Any) -> Taylor | None:
    """Test the Jacobian at a state along a random direction; None if the test is inconclusive. Collective."""
    newton, snes = problem.newton, problem.newton.snes
    direction = fd.Function(problem.unknowns.space)
    signs = np.random.default_rng(0)
    for part in direction.subfunctions:
        values = part.dat.data
        values[...] = signs.uniform(0.5, 1.0, size=values.shape) * signs.choice((-1.0, 1.0), size=values.shape)
    for bc in problem.bcs:
        bc.zero(direction)
    saved = problem.unknowns.states[0].copy(deepcopy=True)
    state = state.copy(deepcopy=True)  # every evaluation overwrites the state of the problem
    remainders, sizes, base, largest = [], [], 0.0, 0.0
    try:
        with (
            state.dat.vec_ro as w,
            direction.dat.vec_ro as d,
            dmhooks.add_hooks(snes.getDM(), newton.solver, appctx=newton.solver._ctx),
        ):
            x, first, moved = w.copy(), w.duplicate(), w.duplicate()
            J, P, _ = snes.getJacobian()
            snes.computeFunction(x, first)
            snes.computeJacobian(x, J, P)
            slope = J.createVecLeft()
            J.mult(d, slope)
            base, largest = first.norm(), x.norm()
            for h in (1e-2, 1e-3, 1e-4):
                w.copy(x)
                x.axpy(h, d)
                snes.computeFunction(x, moved)
                moved.axpy(-1.0, first)
                sizes.append(moved.norm())
                moved.axpy(-h, slope)
                remainders.append(moved.norm())
    except PETSc.Error:
        return None  # after an error within a solve, PETSc may have left vectors locked
    finally:
        problem.unknowns.states[0].assign(saved)
    if not np.isfinite([base, *remainders]).all():
        return None
    if remainders[-1] > 100 * sizes[-1] > 0:
        return None  # the derivative is nearly infinite here, as beside a singularity: no step is small enough
    # Rows are scaled to order 1, so round-off grows with the size of the state.
    floor = 1e-10 * (sizes[-1] + 1e-3 * base) + 1e-13 * largest
    if remainders[-1] <= floor:
        return Taylor(float("inf"), True)
    orders = [np.log10(a / b) for a, b in pairwise(remainders) if b > 0]
    return Taylor(float(orders[-1]), False)


def diagonal_ranges(problem: Problem) -> list[tuple[float, float] | None]:
    """Return the smallest and largest magnitude on the diagonal in the rows of each component, as last assembled."""
    J, _, _ = problem.newton.snes.getJacobian()
    if not problem.newton.sparse or not J.isAssembled():
        return [None] * len(problem.unknowns.components)
    entries = J.getDiagonal()
    found: list[tuple[float, float] | None] = []
    for rows in problem.newton.fields:
        part = entries.getSubVector(rows)
        part.abs()
        _, low = part.min()
        _, high = part.max()
        found.append((low, high) if part.getSize() else None)
        entries.restoreSubVector(rows, part)
    return found
