"""Newton's method on the whole system: PETSc's options, line searches in turn, and what went wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import firedrake as fd
import numpy as np
from firedrake import dmhooks
from firedrake.petsc import PETSc

from trona.errors import SolveError
from trona.model.structure import structure_of
from trona.problem.ahead import Ahead
from trona.problem.blocks import Blocks
from trona.problem.convergence import FULL_STEPS, Convergence, NewtonHistory
from trona.problem.factor import SINGULAR
from trona.problem.linear_solve import LinearSolve
from trona.problem.reasons import name_of, origin_of, reason_of
from trona.settings.solver import BY_PARTS, PRESETS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from trona.problem.linear_solve import PartWork
    from trona.problem.unknowns import Component, Unknowns

_OF_NUMBERS = (PETSc.Error, ArithmeticError, np.linalg.LinAlgError, SolveError)
"""Errors amid a solve that may be those of its numbers; any other is a mistake in the code that PETSc called."""
_MORE_SIGNS = (1, 2, 3)
"""Further random signs by which the rows of numbers are measured."""


_LINEAR = ("ksp_", "pc_", "mat_type", "fieldsplit_", "sub_", "assembled_", "mg_")
"""How options of PETSc begin that say how linear systems are solved."""
_SMALL = 4000
"""Unknowns below which one factorisation of the whole costs less than to look at its parts."""


def parameters(
    preset: str, overrides: Mapping[str, Any], max_iterations: int, real: list[int], count: int, size: int
) -> dict[str, Any]:
    """Return PETSc options of a preset for `size` unknowns in `count` components, those in `real` numbers.

    `auto` leaves small systems to one factorisation. It and `multigrid` leave the linear solve to the options that are
    given for it. Other presets eliminate numbers by an exact Schur complement.
    """
    small = preset == "auto" and size < _SMALL and not real
    if preset in BY_PARTS and (any(o.startswith(_LINEAR) for o in overrides) or small):
        preset = "direct"
    chosen = {**PRESETS[preset], "snes_max_it": max_iterations}
    if preset in BY_PARTS and count == 1:
        chosen["mat_type"] = "aij"
    if real and preset not in BY_PARTS:
        rest = [i for i in range(count) if i not in real]
        inner = {k: v for k, v in chosen.items() if k.startswith(("pc_", "mat_mumps", "sub_"))}
        if inner.get("pc_factor_mat_solver_type") == "mumps":
            # Without the row of a number that holds a level, the rest is singular: a pivot of zero is passed over, and
            # the outer iterations give the level.
            inner |= {"mat_mumps_icntl_24": 1, "mat_mumps_cntl_5": 1.0}
        chosen = {k: v for k, v in chosen.items() if k.startswith("snes_")} | {
            "mat_type": "matfree",
            "ksp_type": "fgmres",
            "ksp_rtol": 1e-12,
            "ksp_max_it": 20,
            "pc_type": "fieldsplit",
            "pc_fieldsplit_type": "schur",
            "pc_fieldsplit_schur_fact_type": "full",
            "pc_fieldsplit_0_fields": ",".join(map(str, rest)),
            "pc_fieldsplit_1_fields": ",".join(map(str, real)),
            "fieldsplit_0": {
                "ksp_type": "preonly",
                "pc_type": "python",
                "pc_python_type": "firedrake.AssembledPC",
                "assembled": inner,
            },
            "fieldsplit_1": {"ksp_type": "gmres", "ksp_rtol": 1e-12, "ksp_max_it": len(real) + 3, "pc_type": "none"},
        }
    chosen.update(overrides)
    return chosen


class Newton:
    """Solves residual = 0 for the unknowns, component by component scaled and judged by `convergence`.

    ahead: compiles kernels before they are needed. weights: returns those of the rates, with which matrices change that
    are constant otherwise. multigrid: whether every part of the system that multigrid can solve is left to it.
    """

    def __init__(
        self,
        residual: Any,
        unknowns: Unknowns,
        bcs: list[Any],
        options: dict[str, Any],
        convergence: Convergence,
        ahead: Ahead,
        weights: Callable[[], tuple[float, ...]],
        multigrid: bool = False,
    ) -> None:
        self.unknowns, self.convergence, self.fields = unknowns, convergence, convergence.rows
        self._options, self._bcs, self._ahead, self._weights = options, bcs, ahead, weights
        self._multigrid = multigrid
        self._problem = fd.NonlinearVariationalProblem(residual, unknowns.states[0], bcs)
        self.linear: LinearSolve | None = None
        """What solves the linear systems, where PETSc's options leave that to it."""
        self._build()
        self.start: Any = None
        """After a failed solve: the state that it started from."""
        self.failed: list[Any] = []
        """After a failed solve: the last iterate of each attempt, that of full Newton steps first."""
        self.scaled = False
        """Whether the components' `row` have been measured."""

    def _build(self) -> None:
        """Make PETSc's solver. Where it gave up amid a solve it is of no more use: what it counted stays counted."""
        with self._ahead.analysing(beside=self._problem.F):
            self.solver = fd.NonlinearVariationalSolver(self._problem, solver_parameters=dict(self._options))
            context = self.solver._ctx
            self._ahead.compile([context._assembler_jac, context._assembler_pjac, context._assemble_residual.__self__])
        self.snes = self.solver.snes
        self.snes.setConvergenceTest(self.convergence.test)
        if self._options["pc_type"] == "python":
            self.linear = self._by_parts()

    def _by_parts(self) -> LinearSolve:
        context = self.solver._ctx
        structure = structure_of(self.unknowns.model)
        rows = [component.row for component in self.unknowns.components]
        # Without `self`: what PETSc holds, here through the blocks, must not hold what holds PETSc's solver.
        weights = self._weights
        blocks = Blocks(context._assembler_jac, structure, lambda: (*weights(), *map(float, rows)))
        context._assemble_jac = blocks.assemble
        last, prefix, cycles = self.convergence.step, self.snes.getOptionsPrefix(), self._multigrid
        parts, state = self.unknowns.components, self.unknowns.states[0]
        linear = LinearSolve(structure, parts, self.fields, blocks, last, prefix, state, cycles)
        self.snes.ksp.pc.setPythonContext(linear)
        judge = self.convergence
        judge.roughly, judge.determined, judge.sure = linear.roughly, linear.determined, linear.sure
        return linear

    def linear_work(self) -> list[PartWork]:
        """Return what was done for each part of the system; empty where PETSc's options solve the whole."""
        return self.linear.work() if self.linear is not None else []

    def renew(self) -> None:
        """Forget what was found for other inputs, but for factors, which may still serve."""
        self.start, self.failed, self.scaled = None, [], False
        self.convergence.begin()
        if self.linear is not None:
            self.linear.renew()

    @property
    def sparse(self) -> bool:
        """Whether the Jacobian is a sparse matrix as a whole; the rows and columns of numbers are none."""
        return all(component.field.kind != "global" for component in self.unknowns.components)

    @property
    def history(self) -> NewtonHistory:
        """Of the last attempt."""
        return self.convergence.history

    @history.setter
    def history(self, history: NewtonHistory) -> None:
        self.convergence.history = history

    def scale(self) -> None:
        """Divide each component's rows by the size of its rows of the Jacobian at the present state."""
        for component in self.unknowns.components:
            component.row.assign(1.0)
        # In the one row of a number the signs may cancel, all but round-off: on few cells, often.
        numbers = [c.label for c in self.unknowns.components if c.field.kind == "global"]
        first, *others = map(self.row_sizes, self._products((0, *_MORE_SIGNS) if numbers else (0,)))
        sizes = first | {label: max(found[label] for found in (first, *others)) for label in numbers}
        for component in self.unknowns.components:
            size = sizes[component.label]
            component.row.assign(size if np.isfinite(size) and size > 0 else 1.0)
        self.scaled = True

    def jacobian(self, state: Any) -> Any:
        """Return the Jacobian assembled at a state, given as a vector."""
        J, P, _ = self.snes.getJacobian()
        # Outside a solve Firedrake's context of the form must be put in place by hand.
        with dmhooks.add_hooks(self.snes.getDM(), self.solver, appctx=self.solver._ctx):
            self.snes.computeJacobian(state, J, P)
        return J

    def rows(self, *, solved: bool = False) -> Any:
        """Return the Jacobian here, or that of the last step if `solved`, times unknowns of size 1 and random sign."""
        return next(self._products((0,), in_place=solved and self._in_place))

    def _products(self, seeds: tuple[int, ...], *, in_place: bool = False) -> Iterator[Any]:
        """Yield one Jacobian, that which is in place or the one here, times unknowns of random sign for each seed."""
        with self.unknowns.states[0].dat.vec as x:
            J = self.snes.getJacobian()[0] if in_place else self.jacobian(x)
        probe = fd.Function(self.unknowns.space)
        for seed in seeds:
            signs = np.random.default_rng(seed)
            for part in probe.subfunctions:
                part.dat.data[...] = signs.choice((-1.0, 1.0), size=part.dat.data_ro.shape)
            for bc in self._bcs:
                bc.zero(probe)
            with probe.dat.vec_ro as z:
                y = J.createVecLeft()
                J.mult(z, y)
            yield y

    @property
    def _in_place(self) -> bool:
        """Whether the Jacobian of the step that led here is known to be in place, with the rows and rates as now."""
        stepped = self.history.reason == "converged" and self.history.iterations > 0
        if self.linear is None or not stepped or "snes_lag_jacobian" in self._options:
            return False
        return self.linear.blocks.current

    def compile(self) -> None:
        """Assemble the residual and the Jacobian at the present state, and solve nothing. Collective."""
        self.scale()
        with (
            self.unknowns.states[0].dat.vec_ro as state,
            dmhooks.add_hooks(self.snes.getDM(), self.solver, appctx=self.solver._ctx),
        ):
            residual = state.duplicate()
            self.snes.computeFunction(state, residual)
            if self.snes.getJacobian()[0].getType() == "python":  # assembled only where it is solved with
                self.snes.ksp.solve(residual, state.duplicate())

    def row_sizes(self, vector: Any) -> dict[str, float]:
        """Return by component the size of its rows in such a vector, in the unit of its balance."""
        found = {}
        for component, rows in zip(self.unknowns.components, self.fields, strict=True):
            part = vector.getSubVector(rows)
            size = part.norm(PETSc.NormType.NORM_2) / max(part.getSize(), 1) ** 0.5
            vector.restoreSubVector(rows, part)
            found[component.label] = size * float(component.row)
        return found

    def solve(self) -> NewtonHistory:
        """Solve from the present state. Raises SolveError with the state of the failed iterate in place."""
        if not self.scaled:
            self.scale()
        # Full steps first. Then damped by the size of the next correction, which unlike the size of the residual
        # does not depend on how rows are scaled against each other. Then by the residual, which survives overflow.
        own = self.snes.getLineSearch().getType()
        kinds = (own, "nleqerr", "bt") if own in FULL_STEPS else (own,)
        guess = self.unknowns.states[0].copy(deepcopy=True)
        self.start, self.failed = guess, []
        for kind in kinds:
            self.snes.getLineSearch().setType(kind)
            try:
                return self._attempt()
            except SolveError:
                self.failed.append(self.unknowns.states[0].copy(deepcopy=True))
                if kind == kinds[-1] or self._hopeless():
                    raise
                self.unknowns.states[0].assign(guess)
            finally:
                self.snes.getLineSearch().setType(kinds[0])
        raise AssertionError("the last line search either returns or raises")

    def _hopeless(self) -> bool:
        """Whether damped steps would fail as full ones did.

        They may never reach an iterate far from here, at which the matrix is singular.
        """
        info = self.mumps_info()
        far = info == SINGULAR and self.history.iterations > 0 and not self._undetermined()
        return (info < 0 and not far) or self.convergence.unresolved is not None

    def _attempt(self) -> NewtonHistory:
        self.convergence.begin()
        try:
            self.solver.solve()
        except fd.ConvergenceError as error:
            self.history.reason = (
                self._unresolved() or self._undetermined() or reason_of(self.snes, str(error), self.mumps_info())
            )
            raise SolveError(self._explain()) from None
        except PETSc.Error as error:
            # Errors inside a factorisation or a callback: what was solved before them says where.
            self.history.reason = f"PETSc gave up ({str(error).splitlines()[-1].strip()})"
            self._build()
            origin = origin_of(error)
            if not isinstance(origin, _OF_NUMBERS):
                raise origin from None
            raise SolveError(self._explain()) from error
        with self.unknowns.states[0].dat.vec_ro as state:
            accepted = self.convergence.accepted(state)
        if not accepted:
            # PETSc has reasons of its own to call a solve converged, such as the norms of an attempt that failed.
            self.history.reason = f"PETSc stopped ({name_of(self.snes)}) at a state that is no solution"
            raise SolveError(self._explain())
        self.history.reason = "converged"
        return self.history

    def _unresolved(self) -> str:
        if self.convergence.unresolved is None:
            return ""
        component, part = self.convergence.unresolved
        return (
            f"the linear system cannot be solved in double precision: round-off moves {component.label} by {part:.1g} "
            "of its largest value"
        )

    def _undetermined(self) -> str:
        unknowns = self.linear.undetermined if self.linear is not None else []
        if not unknowns:
            return ""
        names = [
            f"{c.label} of {c.field.plugin}" + (f" ({c.field.location})" * bool(c.field.location)) for c in unknowns
        ]
        return f"the Jacobian is singular: nothing determines {' and '.join(names)}"

    def _explain(self) -> str:
        lines = [f"Newton failed after {self.history.iterations} iterations: {self.history.reason}"]
        if self.history.residuals:
            worst = sorted(self.history.residuals[-1].items(), key=lambda item: -item[1])[:3]
            lines += [f"  imbalance of {name}: {value:.3g} (flux, SI)" for name, value in worst]
        return "\n".join(lines)

    def mumps_info(self) -> int:
        """Return MUMPS' INFOG(1) of the last factorisation, 0 when there is none."""
        return self.linear.mumps_info() if self.linear is not None else _mumps_info(self.snes)

    def enlarge_workspace(self) -> int:
        """Double MUMPS' workspace margin and return the new one, in percent."""
        margin = 2 * max(int(self._options.get("mat_mumps_icntl_14", 100)), 100)
        # Firedrake sets the options anew at every solve, so it must hear of it; a reset makes MUMPS read them.
        self.solver.parameters["mat_mumps_icntl_14"] = self._options["mat_mumps_icntl_14"] = margin
        if self.linear is not None:
            self.linear.reset()
        else:
            self.snes.ksp.pc.reset()
        return margin


def _mumps_info(snes: Any) -> int:
    if not snes.ksp.getConvergedReason():
        return 0  # nothing was solved yet, and to ask a factor that was never made is a crash
    try:
        return int(snes.ksp.pc.getFactorMatrix().getMumpsInfog(1))
    except PETSc.Error:
        return 0


def component_areas(
    components: list[Component], volume: Callable[[tuple[str, ...]], float], extent: float
) -> list[float]:
    """Return a cross-section per component: the volume of its blocks over the longest extent of the mesh."""
    return [volume(c.blocks) / extent if c.field.kind == "volume" else 1.0 for c in components]
