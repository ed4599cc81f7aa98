"""Newton's method on the whole system: presets, a convergence test in readable units, and what went wrong."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as _field
from typing import TYPE_CHECKING, Any

import firedrake as fd
import numpy as np
from firedrake import dmhooks
from firedrake.petsc import PETSc
from trona.errors import SolveError
from trona.problem.settings import PRESETS

if TYPE_CHECKING:
    from collections.abc import Callable

    from trona.problem.unknowns import Component, Unknowns


_PATIENCE = 8  # full Newton steps before their size is looked at


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


def parameters(
    preset: str, overrides: dict[str, Any], max_iterations: int, real: list[int], count: int
) -> dict[str, Any]:
    """Return PETSc options of a preset; global unknowns (`real`) are eliminated by an exact Schur complement."""
    chosen = {**PRESETS[preset], "snes_max_it": max_iterations}
    if real:
        rest = [i for i in range(count) if i not in real]
        inner = {k: v for k, v in chosen.items() if k.startswith(("pc_", "mat_mumps", "sub_"))}
        chosen = {k: v for k, v in chosen.items() if k.startswith("snes_")} | {
            "mat_type": "matfree", "ksp_type": "fgmres", "ksp_rtol": 1e-12, "ksp_max_it": 20,
            "pc_type": "fieldsplit", "pc_fieldsplit_type": "schur", "pc_fieldsplit_schur_fact_type": "full",
            "pc_fieldsplit_0_fields": ",".join(map(str, rest)), "pc_fieldsplit_1_fields": ",".join(map(str, real)),
            "fieldsplit_0": {
                "ksp_type": "preonly", "pc_type": "python", "pc_python_type": "firedrake.AssembledPC",
                "assembled": inner,
            },
            "fieldsplit_1": {"ksp_type": "gmres", "ksp_rtol": 1e-12, "ksp_max_it": len(real) + 3, "pc_type": "none"},
        }  # fmt: skip
    chosen.update(overrides)
    return chosen


class Newton:
    """Solves residual = 0 for the unknowns, component by component scaled and judged.

    area: per component, the cross-section by which a summed residual becomes a flux.
    tolerances: per component index, an absolute imbalance (flux, SI) that replaces the relative criterion.
    """

    def __init__(
        self, residual: Any, unknowns: Unknowns, bcs: list[Any], options: dict[str, Any], areas: list[float],
        tolerances: dict[int, float], relative: float, step: float,
        monitor: Callable[[int, float], None] | None = None,
    ) -> None:  # fmt: skip
        self.unknowns, self.areas, self.tolerances = unknowns, areas, tolerances
        self.relative, self.step, self.monitor = relative, step, monitor
        self.history = NewtonHistory()
        problem = fd.NonlinearVariationalProblem(residual, unknowns.states[0], bcs)
        self.solver = fd.NonlinearVariationalSolver(problem, solver_parameters=options)
        self.snes = self.solver.snes
        self.snes.setConvergenceTest(self._test)
        self.fields = unknowns.space.dof_dset.field_ises
        self.start: Any = None
        """After a failed solve: the state that it started from."""
        self.failed: list[Any] = []
        """After a failed solve: the last iterate of each attempt, that of full Newton steps first."""
        self._first: list[float] = []
        self.scaled = False
        """Whether the components' `row` have been measured."""
        self._bcs = bcs

    def scale(self) -> None:
        """Divide each component's rows by the size of its rows of the Jacobian at the present state."""
        state = self.unknowns.states[0]
        for component in self.unknowns.components:
            component.row.assign(1.0)
        probe = fd.Function(self.unknowns.space)
        signs = np.random.default_rng(0)
        for part in probe.subfunctions:
            values = part.dat.data
            values[...] = signs.choice((-1.0, 1.0), size=values.shape)
        for bc in self._bcs:
            bc.zero(probe)
        with state.dat.vec as x, probe.dat.vec_ro as z:
            J, P, _ = self.snes.getJacobian()
            # Outside a solve Firedrake's context of the form must be put in place by hand.
            with dmhooks.add_hooks(self.snes.getDM(), self.solver, appctx=self.solver._ctx):
                self.snes.computeJacobian(x, J, P)
            y = J.createVecLeft()
            J.mult(z, y)
            for component, rows in zip(self.unknowns.components, self.fields, strict=True):
                part = y.getSubVector(rows)
                size = part.norm(PETSc.NormType.NORM_2) / max(part.getSize(), 1) ** 0.5
                y.restoreSubVector(rows, part)
                component.row.assign(size if np.isfinite(size) and size > 0 else 1.0)
        self.scaled = True

    def solve(self) -> NewtonHistory:
        """Solve from the present state. Raises SolveError with the state of the failed iterate in place."""
        if not self.scaled:
            self.scale()
        search = self.snes.getLineSearch()
        # Full steps first. Then damped by the size of the next correction, which unlike the size of the residual
        # does not depend on how rows are scaled against each other. Then by the residual, which survives overflow.
        kinds = ("basic", "nleqerr", "bt") if search.getType() == "basic" else (search.getType(),)
        guess = self.unknowns.states[0].copy(deepcopy=True)
        self.start, self.failed = guess, []
        for kind in kinds:
            search.setType(kind)
            try:
                return self._attempt()
            except SolveError:
                self.failed.append(self.unknowns.states[0].copy(deepcopy=True))
                if kind == kinds[-1] or self.mumps_info() < 0:
                    raise
                self.unknowns.states[0].assign(guess)
            finally:
                search.setType(kinds[0])
        raise AssertionError("the last line search either returns or raises")

    def _attempt(self) -> NewtonHistory:
        self.history = NewtonHistory()
        self._first = []
        try:
            self.solver.solve()
        except fd.ConvergenceError as error:
            self.history.reason = _reason(self.snes, str(error))
            raise SolveError(self._explain()) from None
        except PETSc.Error as error:
            # Errors inside a factorisation or a callback: what was solved before them says where.
            self.history.reason = f"PETSc gave up ({str(error).splitlines()[-1].strip()})"
            raise SolveError(self._explain()) from error
        self.history.reason = "converged"
        return self.history

    def _imbalances(self, vector: Any) -> list[float]:
        found = []
        for component, rows, area in zip(self.unknowns.components, self.fields, self.areas, strict=True):
            part = vector.getSubVector(rows)
            found.append(part.norm(PETSc.NormType.NORM_1) * float(component.row) / area)
            vector.restoreSubVector(rows, part)
        return found

    def _largest_step(self, snes: Any, iteration: int) -> float:
        if iteration == 0:
            return float("inf")
        update = snes.getSolutionUpdate()
        return float(update.norm(PETSc.NormType.NORM_INFINITY))

    def _relative_step(self, snes: Any) -> float:
        """Return the largest step of a component over its largest value, or over its scale where that is more."""
        update, solution = snes.getSolutionUpdate(), snes.getSolution()
        found = 0.0
        for rows in self.fields:
            sizes = []
            for vector in (update, solution):
                part = vector.getSubVector(rows)
                sizes.append(float(part.norm(PETSc.NormType.NORM_INFINITY)))
                vector.restoreSubVector(rows, part)
            found = max(found, sizes[0] / max(sizes[1], 1.0))
        return found

    def _test(self, snes: Any, iteration: int, norms: tuple[float, float, float]) -> Any:
        """Converged when every balance is, by its own tolerance or by residual or step."""
        Reason = PETSc.SNES.ConvergedReason
        fnorm = norms[2]
        history = self.history
        if not np.isfinite(fnorm):
            return Reason.DIVERGED_FNORM_NAN
        imbalances = self._imbalances(snes.getFunction()[0])
        if not self._first:
            self._first = list(imbalances)
        step = self._largest_step(snes, iteration)
        history.norms.append(float(fnorm))
        history.steps.append(step)
        history.residuals.append(
            {c.label: r for c, r in zip(self.unknowns.components, imbalances, strict=True)}
        )
        if self.monitor is not None:
            self.monitor(iteration, float(fnorm))
        done = []
        for i, (now, first) in enumerate(zip(imbalances, self._first, strict=True)):
            if i in self.tolerances:
                done.append(now <= self.tolerances[i])
            else:
                done.append(now <= self.relative * first or now == 0.0)
        if all(done):
            return Reason.CONVERGED_FNORM_RELATIVE
        if step <= self.step and all(d for i, d in enumerate(done) if i in self.tolerances):
            return Reason.CONVERGED_SNORM_RELATIVE
        stalled = iteration > 1 and step > history.steps[-2] / 2
        if stalled and self._relative_step(snes) <= self.step and all(
            d for i, d in enumerate(done) if i in self.tolerances
        ):  # fmt: skip
            return (
                Reason.CONVERGED_SNORM_RELATIVE
            )  # what is left is the round-off of unknowns far above their scale
        full_steps = snes.getLineSearch().getType() == "basic"
        if full_steps and iteration >= _PATIENCE and step > 0.5 * history.steps[-_PATIENCE // 2]:
            return Reason.DIVERGED_DTOL  # steps that do not shrink: damped ones get there sooner
        if iteration >= snes.max_it:
            return Reason.DIVERGED_MAX_IT
        return Reason.CONVERGED_ITERATING

    def _explain(self) -> str:
        lines = [f"Newton failed after {self.history.iterations} iterations: {self.history.reason}"]
        if self.history.residuals:
            worst = sorted(self.history.residuals[-1].items(), key=lambda item: -item[1])[:3]
            lines += [f"  imbalance of {name}: {value:.3g} (flux, SI)" for name, value in worst]
        return "\n".join(lines)

    def mumps_info(self) -> int:
        """Return MUMPS' INFOG(1) of the last factorisation, 0 when there is none."""
        return _mumps_info(self.snes)

    def enlarge_workspace(self) -> int:
        """Double MUMPS' workspace margin and return the new one, in percent."""
        factor = self.snes.ksp.pc.getFactorMatrix()
        margin = 2 * max(int(factor.getMumpsIcntl(14)), 100)
        # Firedrake sets the options anew at every solve, so it must hear of it; a reset makes MUMPS read them.
        self.solver.parameters["mat_mumps_icntl_14"] = margin
        self.snes.ksp.pc.reset()
        return margin


def _mumps_info(snes: Any) -> int:
    if not snes.ksp.getConvergedReason():
        return 0  # nothing was solved yet, and to ask a factor that was never made is a crash
    try:
        return int(snes.ksp.pc.getFactorMatrix().getMumpsInfog(1))
    except PETSc.Error:
        return 0


def _reason(snes: Any, text: str) -> str:
    names = {v: k for k, v in vars(PETSc.SNES.ConvergedReason).items() if isinstance(v, int)}
    reason = names.get(snes.getConvergedReason(), text)
    if "LINEAR_SOLVE" in reason:
        info = _mumps_info(snes)
        if info == -10:
            return (
                "the Jacobian is singular; is there a field without a reference, such as a potential that no "
                "boundary or law fixes?"
            )
        if info in (-8, -9):
            return "the factorisation ran out of workspace"
    known = {
        "DIVERGED_FNORM_NAN": "the residual is not a number",
        "DIVERGED_FUNCTION_NANORINF": "the residual is not a number",
        "DIVERGED_DTOL": "the steps did not shrink",
        "DIVERGED_MAX_IT": "no convergence within the allowed iterations",
        "DIVERGED_LINE_SEARCH": "the line search found no descent",
        "DIVERGED_FUNCTION_DOMAIN": "a function was evaluated outside its domain",
    }
    return known.get(reason, str(reason).lower().replace("_", " "))


def component_areas(
    components: list[Component], volume: Callable[[tuple[str, ...]], float], extent: float
) -> list[float]:
    """Return a cross-section per component: the volume of its blocks over the longest extent of the mesh."""
    return [volume(c.blocks) / extent if c.field.kind == "volume" else 1.0 for c in components]
