"""The test of convergence, the only judge of whether a solve is done, and what it saw."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from dataclasses import field as _field
from typing import TYPE_CHECKING, Any

import numpy as np
from firedrake.petsc import PETSc

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from trona.problem.unknowns import Component

_PATIENCE = 8
"""Full Newton steps before their size is looked at."""
_DIGITS = 1e-6
"""Part of a component that round-off may hide: the solution is known to these digits."""
_ROUND_OFF = 1e-10
"""Residual, in scaled rows and relative to the size of the state, that may be nothing but round-off."""
_NOTHING = 1e-50
"""Residual that PETSc's linear solvers take for zero by themselves."""
FULL_STEPS = ("none", "basic")
"""The line searches that are none; PETSc has the second name for it from of old."""


@dataclass
class NewtonHistory:
    """What one solve did: per iteration the imbalance of each component (as a flux) and the largest step."""

    residuals: list[dict[str, float]] = _field(default_factory=list)
    norms: list[float] = _field(default_factory=list)
    steps: list[float] = _field(default_factory=list)
    reason: str = ""

    @property
    def iterations(self) -> int:
        return max(len(self.norms) - 1, 0)


def _always() -> bool:
    return True


def _never(*_: Any) -> bool:
    return False


class Convergence:
    """Judges every iterate of a solve. Converged is an iterate whose balances are all closed, by their own tolerance or
    by residual or step, and which one more correction, from the system as it was last factorised, leaves as it is.

    rows: of each component in the vectors. area: per component, the cross-section by which a summed residual becomes a
    flux. tolerances: per component index, an absolute imbalance (flux, SI) that replaces the relative criterion.
    """

    def __init__(
        self,
        components: list[Component],
        rows: Any,
        areas: list[float],
        tolerances: dict[int, float],
        relative: float,
        step: float,
        monitor: Callable[[int, float], None] | None,
    ) -> None:
        self.components, self.rows, self.areas, self.tolerances = components, rows, areas, tolerances
        self.relative, self.step, self.monitor = relative, step, monitor
        self.history = NewtonHistory()
        self.unresolved: tuple[Component, float] | None = None
        """What round-off hides: a component, and the part of its largest value by which a correction still moves it."""
        self.roughly: Callable[[], AbstractContextManager[None]] = nullcontext
        """Within it, only the sizes of what linear solves give matter."""
        self.determined: Callable[[], bool | None] = _always
        """Whether the last linear systems have one solution; None where what was found of it may be wrong."""
        self.sure: Callable[[Any, Any, list[float]], bool] = _never
        """Whether one solve shows that a correction is within some sizes and the last linear systems have one solution:
        that spares to look at each."""
        self._first: list[float] = []
        self._corrections: list[float] = []
        self._accepted: Any = None

    def begin(self) -> None:
        """Forget the solve before."""
        self.history, self.unresolved = NewtonHistory(), None
        self._first, self._corrections, self._accepted = [], [], None

    def accepted(self, state: Any) -> bool:
        """Whether a state, as a vector, is the iterate that was judged converged. Collective."""
        if self._accepted is None:
            return False
        difference = state.copy()
        difference.axpy(-1.0, self._accepted)
        return bool(np.isfinite(state.norm()) and difference.norm() == 0.0)

    def test(self, snes: Any, iteration: int, norms: tuple[float, float, float]) -> Any:
        """What PETSc calls after every iteration."""
        Reason = PETSc.SNES.ConvergedReason
        imbalances = self._imbalances(snes.getFunction()[0])
        # NORM_INFINITY may pass over what is not a number.
        sizes = [norms[2], *imbalances, snes.getSolution().norm()]
        if iteration:
            sizes.append(snes.getSolutionUpdate().norm())
        if not np.isfinite(sizes).all():
            return Reason.DIVERGED_FUNCTION_NANORINF
        self._record(snes, iteration, norms[2], imbalances)
        if self._closed(snes, iteration, imbalances):
            if iteration and self._sure(snes):
                return self._accept(snes)
            sure = iteration == 0 or self._confirmed(snes)
            if sure is None:
                return Reason.DIVERGED_LOCAL_MIN
            one = self.determined() if sure else None
            if one is not None:
                return self._accept(snes) if one else Reason.DIVERGED_LINEAR_SOLVE
        steps = self.history.steps
        full_steps = snes.getLineSearch().getType() in FULL_STEPS
        if full_steps and iteration >= _PATIENCE and steps[-1] > 0.5 * steps[-_PATIENCE // 2]:
            if self._at_round_off(snes, imbalances):
                if not self._resolved(snes):
                    return Reason.DIVERGED_LOCAL_MIN
                return Reason.DIVERGED_LINEAR_SOLVE if self.determined() is False else self._accept(snes)
            return Reason.DIVERGED_DTOL  # steps that do not shrink: damped ones get there sooner
        if not full_steps and iteration and self._at_round_off(snes, imbalances):
            # No step makes round-off smaller, and a line search would give up the last one that the solution needs.
            snes.getLineSearch().setType(FULL_STEPS[-1])
        if iteration >= snes.max_it:
            return Reason.DIVERGED_MAX_IT
        return Reason.CONVERGED_ITERATING

    # ------------------------------------------------------------------ one iterate

    def _record(self, snes: Any, iteration: int, norm: float, imbalances: list[float]) -> None:
        if not self._first:
            self._first = list(imbalances)
        history = self.history
        step = float("inf")
        if iteration:
            step = float(snes.getSolutionUpdate().norm(PETSc.NormType.NORM_INFINITY))
        history.norms.append(float(norm))
        history.steps.append(step)
        history.residuals.append({c.label: r for c, r in zip(self.components, imbalances, strict=True)})
        if self.monitor is not None:
            self.monitor(iteration, float(norm))

    def _imbalances(self, vector: Any) -> list[float]:
        found = []
        for component, rows, area in zip(self.components, self.rows, self.areas, strict=True):
            part = vector.getSubVector(rows)
            found.append(part.norm(PETSc.NormType.NORM_1) * float(component.row) / area)
            vector.restoreSubVector(rows, part)
        return found

    def _closed(self, snes: Any, iteration: int, imbalances: list[float]) -> bool:
        """Whether every balance is, by its own tolerance or by residual or step."""
        own = all(imbalances[i] <= limit for i, limit in self.tolerances.items())
        rest = [i for i in range(len(imbalances)) if i not in self.tolerances]
        if iteration == 0:
            return own and all(imbalances[i] == 0.0 for i in rest)
        if own and all(imbalances[i] <= self.relative * self._first[i] for i in rest):
            return True
        steps = self.history.steps
        if own and steps[-1] <= self.step:
            return True
        # What is left may be the round-off of unknowns far above their scale.
        stalled = iteration > 1 and steps[-1] > steps[-2] / 2
        return own and stalled and max(self._parts(snes, snes.getSolutionUpdate())) <= self.step

    def _parts(self, snes: Any, change: Any) -> list[float]:
        """Return the largest change of each component over its largest value, or over its scale where that is more."""
        pairs = zip(self._sizes(change), self._sizes(snes.getSolution()), strict=True)
        return [size / max(whole, 1.0) for size, whole in pairs]

    def _sizes(self, vector: Any) -> list[float]:
        """Return the largest value of each component."""
        found = []
        for rows in self.rows:
            part = vector.getSubVector(rows)
            found.append(float(part.norm(PETSc.NormType.NORM_INFINITY)))
            vector.restoreSubVector(rows, part)
        return found

    # ------------------------------------------------------------------ the last word

    def _sure(self, snes: Any) -> bool:
        """Whether one solve confirms the state and shows that all is determined."""
        if len(self.tolerances) == len(self.components):
            return False
        limit = max(self.step, self.relative)
        sizes = [limit * max(size, 1.0) for size in self._sizes(snes.getSolution())]
        return self.sure(snes.getJacobian()[0], snes.getFunction()[0], sizes)

    def _confirmed(self, snes: Any) -> bool | None:
        """Whether a further correction leaves the state as it is; None when it never will.

        A small residual or step says little about a system whose matrix is nearly singular, or not a number. Where a
        tolerance of its own says how closely a balance must be met, that is all there is to confirm.
        """
        if len(self.tolerances) == len(self.components):
            return True
        parts = self._correction(snes)
        if parts is None:
            return False
        parts = [0.0 if i in self.tolerances else part for i, part in enumerate(parts)]
        worst = max(parts)
        if worst <= max(self.step, self.relative):
            return True
        self._corrections.append(worst)
        if len(self._corrections) < 3 or worst <= self._corrections[-2] / 2:
            return False
        return True if self._known(parts) else None

    def _correction(self, snes: Any) -> list[float] | None:
        """Return how far the last system moves each component for the present residual; None if it is not solved."""
        residual = snes.getFunction()[0]
        if residual.norm() <= _NOTHING:
            return [0.0] * len(self.components)
        change, left = residual.duplicate(), residual.duplicate()
        with self.roughly():
            snes.ksp.solve(residual, change)
        if snes.ksp.getConvergedReason() < 0 or not np.isfinite(change.norm()):
            return None
        snes.getJacobian()[0].mult(change, left)
        left.axpy(-1.0, residual)
        if not left.norm() <= 0.5 * residual.norm():
            return None
        return self._parts(snes, change)

    def _at_round_off(self, snes: Any, imbalances: list[float]) -> bool:
        """Whether a residual is nothing but round-off, so that steps will not shrink any more."""
        residual, solution = snes.getFunction()[0].norm(), snes.getSolution().norm()
        own = all(imbalances[i] <= limit for i, limit in self.tolerances.items())
        return own and bool(residual <= _ROUND_OFF * max(solution, 1.0))

    def _resolved(self, snes: Any) -> bool:
        """Whether the step that remains leaves the digits of the solution alone; if not, `unresolved` is set."""
        return self._known(self._parts(snes, snes.getSolutionUpdate()))

    def _known(self, parts: list[float]) -> bool:
        worst = max(range(len(parts)), key=lambda i: parts[i])
        if parts[worst] <= _DIGITS:
            return True
        self.unresolved = self.components[worst], parts[worst]
        return False

    def _accept(self, snes: Any) -> Any:
        self._accepted = snes.getSolution().copy()
        Reason = PETSc.SNES.ConvergedReason
        return Reason.CONVERGED_FNORM_RELATIVE
