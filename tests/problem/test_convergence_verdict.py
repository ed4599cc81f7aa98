"""Only trona's own test calls a solve converged: not PETSc's, not a NaN, not the norms of an attempt that failed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from problems import problem_for
from strips import strip

from trona.errors import SolveError
from trona.model import compose
from trona.problem import Problem
from trona.problem.solver import Newton

LAYERS = [("metal", 2e-6, 2), ("salt", 4e-6, 3)]


@pytest.fixture(scope="module")
def problem(tmp_path_factory: pytest.TempPathFactory) -> Problem:
    """A reaction at a metal that takes several Newton steps."""
    deck = strip(
        tmp_path_factory.mktemp("cell"),
        LAYERS,
        materials={"salt": {"ionic_conductivity": "0.5 S/m"}},
        given={"temperature": "300 K"},
        physics={
            "ionic_charge": {"blocks": ["salt"]},
            "butler_volmer": {"interface": "metal | salt", "i0": "3 A/m^2", "electrode_potential": "0 V"},
        },
        boundaries={"top": {"current_density": "300 A/m^2"}},
    )
    return problem_for(compose(deck))


def imbalance(problem: Problem) -> float:
    """The residual of the present state, evaluated anew, relative to that of the initial one."""
    newton = problem.newton
    from firedrake import dmhooks

    found = []
    kept = problem.unknowns.states[0].copy(deepcopy=True)
    for state in (kept, problem.unknowns.states[1]):
        with (
            state.copy(deepcopy=True).dat.vec_ro as x,
            dmhooks.add_hooks(newton.snes.getDM(), newton.solver, appctx=newton.solver._ctx),
        ):
            f = x.duplicate()
            newton.snes.computeFunction(x, f)
            found.append(float(f.norm()))
    problem.unknowns.states[0].assign(kept)
    return found[0] / found[1]


class Injected:
    """Puts what is no number into an entry of the k-th residual or Jacobian; of all that follow if `forever`."""

    def __init__(self, k: int, forever: bool, value: float) -> None:
        self.calls, self.k, self.forever, self.value = 0, k, forever, value

    def due(self) -> bool:
        self.calls += 1
        return self.calls == self.k or (self.forever and self.calls > self.k)

    def residual(self, X: Any, F: Any) -> None:
        if self.due():
            F.setValue(F.getOwnershipRange()[0], self.value)
            F.assemble()

    def jacobian(self, X: Any, J: Any) -> None:
        if self.due():
            row = J.getOwnershipRange()[1] - 1
            J.setValue(row, row, self.value)
            J.assemble()


@pytest.mark.parametrize("forever", [False, True], ids=["once", "from then on"])
@pytest.mark.parametrize("what", ["residual", "jacobian"])
@pytest.mark.parametrize("value", [np.nan, np.inf], ids=["nan", "inf"])
def test_what_is_not_finite_never_ends_as_a_solution(
    problem: Problem, monkeypatch: pytest.MonkeyPatch, what: str, forever: bool, value: float
) -> None:
    """At each evaluation in turn: the solve fails, or ends at a state whose residual is that of a solution."""
    problem.start()
    undisturbed = problem.solve().iterations
    assert undisturbed > 3 and imbalance(problem) < 1e-10
    failed = 0
    for k in range(1, undisturbed + 3):
        problem.start()
        injected = Injected(k, forever, value)

        def spoilt(self: Newton, build: Any = Newton._build, injected: Injected = injected) -> None:
            """Also where the solver is made anew, after PETSc gave up."""
            build(self)
            name = f"_post_{'function' if what == 'residual' else 'jacobian'}_callback"
            setattr(self.solver._ctx, name, getattr(injected, what))

        monkeypatch.setattr(Newton, "_build", spoilt)
        problem.newton._build()
        try:
            problem.solve()
        except SolveError as error:
            failed += 1
            assert "no solution" in str(error) or problem.newton.history.reason != "converged"
        else:
            monkeypatch.undo()
            problem.newton._build()
            assert imbalance(problem) < 1e-10, k
        monkeypatch.undo()
        problem.newton._build()
    assert failed > 0 or not forever


@pytest.mark.parametrize("reason", [2, 3, 4, 5])
def test_a_reason_that_is_not_ours_is_no_solution(
    problem: Problem, monkeypatch: pytest.MonkeyPatch, reason: int
) -> None:
    """Whatever positive reason PETSc gives at a state that the test has not passed, the solve has failed."""
    problem.start()
    snes = problem.newton.snes
    monkeypatch.setattr(problem.newton.solver, "solve", lambda: snes.setConvergedReason(reason))
    with pytest.raises(SolveError, match="at a state that is no solution"):
        problem.newton.solve()


def test_a_state_that_is_changed_after_the_verdict_is_no_solution(
    problem: Problem, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem.start()
    solve: Callable[[], Any] = problem.newton.solver.solve

    def spoil() -> None:
        solve()
        problem.unknowns.states[0].assign(problem.unknowns.states[1])

    monkeypatch.setattr(problem.newton.solver, "solve", spoil)
    with pytest.raises(SolveError, match="at a state that is no solution"):
        problem.newton.solve()


def test_a_line_search_does_not_give_up_at_round_off(problem: Problem, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where only the step ends the solve, the last one makes no residual smaller."""
    convergence = problem.newton.convergence
    monkeypatch.setattr(convergence, "relative", 0.0)
    problem.start()
    history = problem.solve()
    assert len(problem.newton.failed) == 2  # full steps and those damped by the next one; the residual leads here
    assert history.steps[-1] <= convergence.step < history.steps[-2]


def test_an_overflowing_imbalance_is_no_solution(problem: Problem, monkeypatch: pytest.MonkeyPatch) -> None:
    """An infinite residual is not below a part of an infinite first one."""
    convergence = problem.newton.convergence
    problem.start()
    monkeypatch.setattr(convergence, "_imbalances", lambda vector: [float("inf")] * len(convergence.components))
    with pytest.raises(SolveError, match="not a number"):
        problem.solve()


def test_a_poor_linear_solver_is_no_solution(tmp_path: Path) -> None:
    """A Krylov method that stops at once makes steps as small as one likes: none of them is a solution."""
    deck = strip(
        tmp_path,
        LAYERS,
        materials={"salt": {"ionic_conductivity": "0.5 S/m"}},
        given={"temperature": "300 K"},
        physics={
            "ionic_charge": {"blocks": ["salt"]},
            "butler_volmer": {"interface": "metal | salt", "i0": "3 A/m^2", "electrode_potential": "0 V"},
        },
        boundaries={"top": {"current_density": "300 A/m^2"}},
        solver={
            "petsc": {
                "ksp_type": "richardson",
                "ksp_richardson_scale": "1e-12",
                "ksp_max_it": "1",
                "ksp_rtol": "0.9999999999999",
                "pc_type": "lu",
            }
        },
    )
    poor = problem_for(compose(deck))
    with pytest.raises(SolveError):
        poor.solve()


@pytest.mark.parametrize("option", ["ksp_atol", "ksp_rtol"])
def test_a_linear_solver_that_takes_anything_for_solved_is_no_solution(tmp_path: Path, option: str) -> None:
    """Its corrections are zero, as small as any tolerance asks."""
    deck = strip(
        tmp_path,
        LAYERS,
        materials={"salt": {"ionic_conductivity": "0.5 S/m"}},
        given={"temperature": "300 K"},
        physics={
            "ionic_charge": {"blocks": ["salt"]},
            "butler_volmer": {"interface": "metal | salt", "i0": "3 A/m^2", "electrode_potential": "0 V"},
        },
        boundaries={"top": {"current_density": "300 A/m^2"}},
        solver={"petsc": {"ksp_type": "gmres", option: "1e30" if option == "ksp_atol" else "0.999", "pc_type": "none"}},
    )
    poor = problem_for(compose(deck))
    try:
        poor.solve()
    except SolveError:
        return
    assert imbalance(poor) < 1e-10
