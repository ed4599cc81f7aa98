"""`preset: auto`: parts in order, blocks that are kept, factors that are kept, and the same answer as one LU."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from problems import problem_for

from trona.deck import read_deck
from trona.model import compose
from trona.session.run import run
from trona.settings import read_settings
from trona.stepper import Stepper

if TYPE_CHECKING:
    from trona.problem import Problem

CONFORMANCE = Path(__file__).resolve().parents[2] / "plugins/trona_plugins/conformance"


@pytest.fixture(autouse=True)
def every_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small systems are solved like large ones: with parts, and with factors that are kept wherever they can be.

    What is done follows from the time that it takes. Here a factorisation takes 20 s and a solve with it 1 s.
    """
    from trona.problem import kept_factor, solver
    from trona.problem.factor import Factor

    monkeypatch.setattr(solver, "_SMALL", 0)
    monkeypatch.setattr(kept_factor, "_SMALL", 0)
    clock = [0.0]

    def takes(seconds: float, work: Any) -> Any:
        def timed(*arguments: Any) -> Any:
            clock[0] += seconds
            return work(*arguments)

        return timed

    monkeypatch.setattr(Factor, "make", takes(20.0, Factor.make))
    monkeypatch.setattr(Factor, "apply", takes(1.0, Factor.apply))
    monkeypatch.setattr(kept_factor, "perf_counter", lambda: clock[0])


def solved(name: str, preset: str, steps: int, comm: Any = None) -> tuple[Problem, list[int]]:
    """Solve some steps of a conformance deck; return the problem and the Newton iterations of each."""
    from trona.problem import Problem

    model = compose(read_deck(CONFORMANCE / f"{name}.yaml", [f"solver.preset={preset}"]))
    settings = read_settings(model)
    problem = Problem(model, settings.solver, comm=comm)
    made = Stepper(problem, settings.time).steps()
    return problem, [step.newton.iterations for step, _ in zip(made, range(steps), strict=False)]


def differences(first: Problem, second: Problem) -> list[float]:
    """Return of each component the largest difference, relative to its largest value."""
    pairs = zip(first.unknowns.states[0].subfunctions, second.unknowns.states[0].subfunctions, strict=True)
    return [
        float(np.max(np.abs(a.dat.data_ro - b.dat.data_ro)) / max(np.max(np.abs(a.dat.data_ro)), 1e-12))
        for a, b in pairs
    ]


@pytest.mark.parametrize(
    "name",
    ["creep", "deposition_stress", "elasticity-axisymmetric", "growth-height", "platen", "soret", "terminal", "vtf"],
)
def test_the_answer_and_the_iterates_are_those_of_one_lu(name: str) -> None:
    direct, iterations = solved(name, "direct", 3)
    auto, same = solved(name, "auto", 3)
    assert direct.newton.linear is None and auto.newton.linear is not None
    assert same == iterations
    assert max(differences(direct, auto)) < 1e-9


def test_parts_are_solved_in_their_order() -> None:
    problem, _ = solved("deposition_stress", "auto", 1)
    assert problem.newton.linear is not None
    solves = problem.newton.linear.solves
    assert len(solves) == 4
    done: set[int] = set()
    for part in solves:
        assert {column for _, column, _ in part.coupling} <= done
        done |= part.members
    assert sum(len(part.coupling) for part in solves) >= 3  # each after the first needs one before it


def test_a_solve_by_parts_inverts_the_jacobian() -> None:
    problem, _ = solved("deposition_stress", "auto", 1)
    newton = problem.newton
    assert newton.linear is not None
    with problem.unknowns.states[0].dat.vec as x:
        J = newton.jacobian(x)
    newton.linear.reset()
    newton.linear.setUp(newton.snes.ksp.pc)
    z, y, found = J.createVecRight(), J.createVecLeft(), J.createVecRight()
    z.setArray(np.random.default_rng(0).standard_normal(z.getLocalSize()))
    J.mult(z, y)
    newton.linear.apply(newton.snes.ksp.pc, y, found)
    found.axpy(-1.0, z)
    assert found.norm() < 1e-8 * z.norm()


def test_every_block_is_the_one_of_a_fresh_assembly() -> None:
    """Neither a block that is kept, nor one that parts share with the whole, falls behind."""
    from firedrake import assemble, derivative

    for name in ("deposition_stress", "thermal_expansion", "growth"):
        problem, _ = solved(name, "auto", 3)
        newton = problem.newton
        assert newton.linear is not None
        with problem.unknowns.states[0].dat.vec as x:
            newton.jacobian(x)
        fresh = assemble(derivative(problem.residual, problem.unknowns.states[0]), bcs=problem.bcs, mat_type="nest")
        for part in newton.linear.solves:
            members = sorted(part.members)
            own = part.factor.matrix
            for a, i in enumerate(members):
                for b, j in enumerate(members):
                    kept = own.getNestSubMatrix(a, b) if own.getType() == "nest" else own
                    new = fresh.M[i, j].handle
                    if new.getType() == "python":
                        continue
                    size = new.norm()
                    assert (kept - new).norm() <= 1e-12 * size, (name, i, j)


def test_a_constant_part_is_assembled_and_factorised_once() -> None:
    problem, iterations = solved("joule_heating", "auto", 1)
    assert problem.newton.linear is not None and sum(iterations) >= 3
    factors = [part.factor.factorisations for part in problem.newton.linear.solves]
    assert factors == [1, 1]
    assembled = problem.newton.linear.blocks.assembled
    assert min(assembled.values()) == 2  # as rows are measured, and as they are scaled
    assert max(assembled.values()) > 2


def test_rows_of_numbers_are_measured_with_one_jacobian() -> None:
    problem, _ = solved("butler_volmer", "auto", 1)
    assert problem.newton.linear is not None and not problem.newton.sparse
    assembled = problem.newton.linear.blocks.assembled
    before = assembled.copy()
    problem.newton.scale()
    assert set((assembled - before).values()) == {1}


@pytest.mark.parametrize("name", ["creep", "joule_heating", "soret"])
def test_one_linear_solve_confirms_each_state_and_shows_that_all_is_determined(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from trona.problem.convergence import Convergence
    from trona.problem.linear_solve import LinearSolve

    calls: list[str] = []
    for owner, called in ((LinearSolve, "sure"), (Convergence, "_confirmed"), (LinearSolve, "determined")):
        original = getattr(owner, called)
        monkeypatch.setattr(owner, called, lambda *a, _o=original, _n=called: (calls.append(_n), _o(*a))[1])
    _, iterations = solved(name, "auto", 4)
    assert calls == ["sure"] * len(iterations)


def test_round_off_is_measured_with_the_jacobian_of_the_last_step() -> None:
    from trona.readings.roundoff import RoundOff

    problem, _ = solved("joule_heating", "auto", 1)
    assert problem.newton.linear is not None
    blocks = problem.newton.linear.blocks
    before = blocks.assembled.copy()
    kept = RoundOff(problem).rates()
    assert blocks.assembled == before
    blocks.renew()  # as where other inputs have been set since: then it is of no use
    anew = RoundOff(problem).rates()
    assert blocks.assembled != before
    assert kept == pytest.approx(anew, rel=1e-4) and all(kept.values())


def test_factors_are_kept_over_steps() -> None:
    problem, iterations = solved("creep", "auto", 4)
    assert problem.newton.linear is not None
    (part,) = problem.newton.linear.solves
    assert part.factor.factorisations < sum(iterations)
    assert part.factor.iterations > 0


def test_the_summary_has_the_work_of_each_part(tmp_path: Path) -> None:
    deck = read_deck(CONFORMANCE / "joule_heating.yaml")
    found = json.loads((run(deck, directory=tmp_path / "run").directory / "summary.json").read_text())["linear"]
    assert [part["unknowns"] for part in found] == [
        ["electric_potential (sei+electrolyte)"],
        ["temperature (sei+electrolyte)"],
    ]
    assert all(part["factorisations"] == 1 and part["krylov_iterations"] == 0 for part in found)


def matrix_of(dense: Any) -> Any:
    from firedrake.petsc import PETSc

    matrix = PETSc.Mat().createAIJ(dense.shape, nnz=len(dense), comm=PETSc.COMM_SELF)
    fill(matrix, dense)
    return matrix


def fill(matrix: Any, dense: Any) -> None:
    rows = list(range(len(dense)))
    matrix.setValues(rows, rows, dense)
    matrix.assemble()


def factor_of(matrix: Any, components: Any = None) -> Any:
    from trona.problem.kept_factor import KeptFactor

    rows = [np.arange(matrix.getSize()[0])] if components is None else components
    return KeptFactor(matrix, matrix, None, rows, 1e-8, False, "")


def solve(factor: Any, right: Any) -> Any:
    b, x = factor.matrix.createVecs()
    b.setArray(right)
    factor.solve(b, x)
    return x.array.copy()


def test_old_factors_that_are_of_no_use_are_replaced() -> None:
    """The matrix changes beyond what iterations with the old factors can make up for."""
    size = 60
    random = np.random.default_rng(1)
    matrix = matrix_of(random.standard_normal((size, size)) + size * np.eye(size))
    factor = factor_of(matrix)
    right = 1e-9 * random.standard_normal(size)  # so small a step is solved to 1e-10
    solve(factor, right)
    for trial in range(3):
        other = random.standard_normal((size, size))
        fill(matrix, other)
        factor.matrix_changed()
        found = solve(factor, right)
        np.testing.assert_allclose(other @ found, right, rtol=0, atol=1e-17, err_msg=f"trial {trial}")
    assert factor.factorisations == 4


@pytest.mark.parametrize("step", [1.0, 1e-3, 1e-9])
def test_a_step_is_solved_as_closely_as_the_next_one_asks_for(step: float) -> None:
    """With factors of an earlier matrix: the last step to 1e-10 in each component, even one far below the others."""
    size = 60
    random = np.random.default_rng(2)
    half = size // 2
    sizes = np.where(np.arange(size) < half, step, step * 1e-6)
    expected = sizes * random.uniform(0.5, 1.0, size)

    def dense() -> Any:
        return np.eye(size) + 0.01 * random.standard_normal((size, size)) * np.outer(sizes, 1 / sizes)

    matrix = matrix_of(dense())
    factor = factor_of(matrix, [np.arange(half), np.arange(half, size)])
    solve(factor, expected)
    changed = dense()
    fill(matrix, changed)
    factor.matrix_changed()
    factor._factor_time = 1e3  # so that iterations are worth it, however many
    found = solve(factor, changed @ expected)
    assert factor.factorisations == 1
    errors = abs(found - expected)
    if step > 1e-8:
        assert errors.max() < 1e-4 * step**2
    else:
        assert (errors < 1e-10 * sizes).all()


def test_old_factors_hide_no_singular_matrix_of_other_inputs() -> None:
    """A case without a reference, after one with a weak one: to the old factors it is as good as the same."""
    size = 60
    matrix = 2 * np.eye(size) - np.eye(size, k=1) - np.eye(size, k=-1)
    matrix[0, 0] = matrix[-1, -1] = 1.0
    held = matrix + 1e-3 * np.eye(size)
    handed = matrix_of(held)
    factor = factor_of(handed)
    right = np.random.default_rng(5).standard_normal(size)
    right -= right.mean()
    solve(factor, right)
    fill(handed, matrix)
    factor.renew()
    solve(factor, right)
    assert factor.determined() is False and factor.mumps_info() == -10


def test_a_singular_matrix_is_told_from_others() -> None:
    from trona.problem.kept_factor import LinearSolveError

    matrix = matrix_of(np.array([[1.0, 2.0, 0.0], [2.0, 4.0, 0.0], [0.0, 0.0, 1.0]]))
    factor = factor_of(matrix)
    with pytest.raises(LinearSolveError):
        solve(factor, np.ones(3))
    assert factor.mumps_info() == -10


def test_a_part_that_cannot_be_solved_fails_the_solve(monkeypatch: pytest.MonkeyPatch) -> None:
    from trona.errors import SolveError
    from trona.problem.kept_factor import KeptFactor, LinearSolveError

    def fail(*_: Any, **__: Any) -> None:
        raise LinearSolveError

    monkeypatch.setattr(KeptFactor, "solve", fail)
    monkeypatch.setattr(KeptFactor, "mumps_info", lambda _: -10)
    with pytest.raises(SolveError, match="the Jacobian is singular"):
        solved("electronic_charge", "auto", 1)


def test_options_for_the_linear_solve_are_kept_to(tmp_path: Path) -> None:
    model = compose(read_deck(CONFORMANCE / "heat.yaml", ["solver.petsc={ksp_type: gmres, ksp_rtol: 1e-12}"]))
    problem = problem_for(model)
    assert problem.newton.linear is None
    assert problem.newton.snes.ksp.getType() == "gmres"


def test_small_systems_are_left_to_one_factorisation(monkeypatch: pytest.MonkeyPatch) -> None:
    from trona.problem import solver

    monkeypatch.setattr(solver, "_SMALL", 4000)
    assert problem_for(compose(read_deck(CONFORMANCE / "creep.yaml"))).newton.linear is None
    assert problem_for(compose(read_deck(CONFORMANCE / "terminal.yaml"))).newton.linear is not None  # has a number


@pytest.mark.parallel(2)
@pytest.mark.parametrize("name", ["creep", "deposition_stress", "terminal"])
def test_two_ranks_find_the_answer_of_one(name: str) -> None:
    from firedrake import COMM_SELF, COMM_WORLD, norm
    from pytest_mpi import parallel_assert

    alone, single = solved(name, "direct", 2, COMM_SELF)
    both, iterations = solved(name, "auto", 2, COMM_WORLD)
    sizes = [[float(norm(part)) for part in problem.unknowns.states[0].subfunctions] for problem in (alone, both)]
    parallel_assert(iterations == single)
    parallel_assert(np.allclose(*sizes, rtol=1e-9, atol=0))


@pytest.mark.parallel(2)
def test_a_nest_is_factorised_anew_when_a_block_of_it_has_changed() -> None:
    """PETSc sees only changes of the nest itself, and a part shares its blocks with the whole."""
    from firedrake.petsc import PETSc
    from pytest_mpi import parallel_assert

    from trona.problem.factor import Factor

    def block(value: float) -> Any:
        matrix = PETSc.Mat().createAIJ((6, 6), nnz=1, comm=PETSc.COMM_WORLD)
        for row in range(*matrix.getOwnershipRange()):
            matrix.setValue(row, row, value)
        matrix.assemble()
        return matrix

    first, second = block(2.0), block(4.0)
    nest = PETSc.Mat().createNest([[first, None], [None, second]], comm=PETSc.COMM_WORLD)
    factor = Factor(nest, None, "")
    b, x = nest.createVecs()
    b.set(8.0)
    found = []
    for scale in (1.0, 2.0):
        first.scale(scale)
        factor.make()
        factor.apply(b, x)
        found.append(float(x.max()[1]))
    parallel_assert(np.allclose(found, [4.0, 2.0], rtol=1e-12, atol=0))
