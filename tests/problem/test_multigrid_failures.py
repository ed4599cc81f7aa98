"""Multigrid that fails: LU takes over on all ranks, errors of trona are not hidden, memory is given back."""

from __future__ import annotations

import gc
import weakref
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

SIZE = 64


def sheet(hold: float) -> Any:
    """Return the matrix of a chain of conductances, held at one end."""
    matrix = 2 * np.eye(SIZE) - np.eye(SIZE, k=1) - np.eye(SIZE, k=-1)
    matrix[0, 0], matrix[-1, -1] = 1 + hold, 1.0
    return matrix


def fill(matrix: Any, dense: Any) -> None:
    begin, end = matrix.getOwnershipRange()
    rows = list(range(begin, end))
    matrix.setValues(rows, list(range(SIZE)), dense[begin:end])
    matrix.assemble()


class Cycles:
    """In the place of a sweep: the inverse of what the matrix was at first, spoiled, or an error of PETSc."""

    def __init__(self, matrix: Any, code: int = 0, at: str = "apply", rank: int = 0) -> None:
        from firedrake.petsc import PETSc

        self.matrix, self.code, self.at = matrix, code, at
        self.here = matrix.comm.rank == rank
        self.resets = 0
        self.pc = PETSc.PC().create(comm=matrix.comm)
        self.pc.setOperators(matrix.copy())
        self.pc.setType("lu")
        self.pc.setFactorSolverType("mumps")

    def fail(self, where: str) -> None:
        from firedrake.petsc import PETSc

        if self.code and self.at == where and self.here:
            raise PETSc.Error(self.code)

    def set_up(self) -> bool:
        self.pc.setUp()
        self.fail("set_up")  # in what a rank does for itself, after what all do together
        return True

    def apply(self, b: Any, x: Any) -> None:
        self.fail("apply")
        self.pc.apply(b, x)

    def reset(self) -> None:
        self.resets += 1


def multigrid_of(comm: Any, code: int = 0, at: str = "apply", rank: int = 0, rows: Any = None) -> Any:
    from firedrake.petsc import PETSc

    from trona.problem.multigrid import Multigrid

    matrix = PETSc.Mat().createAIJ((SIZE, SIZE), nnz=SIZE, comm=comm)
    fill(matrix, sheet(0.5))
    local = rows or [np.arange(matrix.getLocalSize()[0])]
    return Multigrid(matrix, Cycles(matrix, code, at, rank), None, local, 1e-8, False)  # type: ignore[arg-type]


def solved(multigrid: Any, right: Any) -> tuple[bool, Any]:
    b, x = multigrid.matrix.createVecs()
    begin, end = b.getOwnershipRange()
    b.setArray(right[begin:end])
    return multigrid.solve(b, x), x.array.copy()


@pytest.mark.parametrize("at", ["set_up", "apply"])
def test_errors_of_arithmetic_leave_it_to_lu_and_others_are_raised(at: str) -> None:
    from firedrake.petsc import PETSc

    for code in (71, 72):  # a pivot of zero, overflow
        assert solved(multigrid_of(PETSc.COMM_SELF, code, at), np.ones(SIZE))[0] is False
    with pytest.raises(PETSc.Error) as caught:  # sizes that do not fit: a defect
        solved(multigrid_of(PETSc.COMM_SELF, 60, at), np.ones(SIZE))
    assert caught.value.ierr == 60


@pytest.mark.parallel(2)
def test_ranks_decide_together() -> None:
    """One of them alone meets a pivot of zero in what it sets up for itself."""
    from firedrake.petsc import PETSc
    from pytest_mpi import parallel_assert

    done, _ = solved(multigrid_of(PETSc.COMM_WORLD, 71, "set_up", rank=1), np.ones(SIZE))
    parallel_assert(done is False)
    found = 0
    try:
        solved(multigrid_of(PETSc.COMM_WORLD, 60, "set_up", rank=1), np.ones(SIZE))
    except PETSc.Error as error:
        found = error.ierr
    parallel_assert(found == 60)


def test_a_matrix_that_becomes_singular_under_kept_cycles() -> None:
    from firedrake.petsc import PETSc

    multigrid = multigrid_of(PETSc.COMM_SELF)
    right = np.linspace(-1, 1, SIZE)
    assert solved(multigrid, right)[0]
    assert multigrid.determined() is True
    multigrid._set_up_time = 1e3  # so that the cycles are kept
    fill(multigrid.matrix, sheet(0.0))
    multigrid.matrix_changed()
    assert solved(multigrid, right - right.mean())[0]
    assert multigrid.determined() is False
    assert multigrid.undetermined == [0] and multigrid.mumps_info() == -10


def test_each_component_is_solved_to_its_own_size() -> None:
    """Also one far below the others, whose residual hardly counts."""
    from firedrake.petsc import PETSc

    half = SIZE // 2
    multigrid = multigrid_of(PETSc.COMM_SELF, rows=[np.arange(half), np.arange(half, SIZE)])
    dense = sheet(0.5)
    dense[half - 1, half] = dense[half, half - 1] = 0.0  # two chains
    dense[half, half] = 1.5
    fill(multigrid.matrix, dense)
    expected = 1e-9 * np.where(np.arange(SIZE) < half, 1.0, 1e-6) * np.linspace(1, 2, SIZE)
    multigrid._made, multigrid._set_up_time = True, 1e3  # cycles of the one chain that there was
    multigrid._sweep.set_up()
    done, found = solved(multigrid, dense @ expected)
    assert done and multigrid.iterations > 1
    np.testing.assert_allclose(found, expected, rtol=3e-5)


def test_nothing_keeps_solvers_alive() -> None:
    """PETSc hides from Python what it holds: a circle through it is never freed."""
    from firedrake.petsc import PETSc

    from trona.problem.kept_factor import KeptFactor

    multigrid = multigrid_of(PETSc.COMM_SELF)
    factor = KeptFactor(multigrid.matrix, multigrid.matrix, None, [np.arange(SIZE)], 1e-8, False, "")
    b, x = factor.matrix.createVecs()
    b.set(1.0)
    factor.solve(b, x)
    solved(multigrid, np.ones(SIZE))
    held = [weakref.ref(multigrid), weakref.ref(multigrid._sweep), weakref.ref(factor), weakref.ref(factor.factor)]
    del multigrid, factor
    gc.collect()
    assert [reference() for reference in held] == [None] * 4


def test_a_sweep_cannot_be_set_up_where_an_equation_has_nothing_to_hold_its_unknown_by() -> None:
    """It may still be determined, by others that do not diffuse: LU finds out."""
    from firedrake.petsc import PETSc

    from trona.problem.sweep import Member, Sweep

    one = PETSc.Mat().createConstantDiagonal(3, 1.0, comm=PETSc.COMM_SELF).convert("aij")
    fields = [SimpleNamespace(index=i, field=SimpleNamespace(kind="volume", unit="V", shape=())) for i in range(2)]
    members = [Member(field, False) for field in fields]  # type: ignore[arg-type]
    blocks = {(0, 1): one, (1, 0): one}
    nest = PETSc.Mat().createNest([[None, one], [one, None]], comm=PETSc.COMM_SELF)
    assert Sweep(nest, members, blocks, "test_").set_up() is False


def test_parts_share_no_options() -> None:
    from firedrake.petsc import PETSc
    from petsctools import get_options

    from trona.problem.sweep import Member, Sweep

    one = PETSc.Mat().createConstantDiagonal(3, 1.0, comm=PETSc.COMM_SELF).convert("aij")
    found = []
    for index in (0, 1):  # each the only member of its part
        component = SimpleNamespace(index=index, field=SimpleNamespace(kind="volume", unit="V", shape=()))
        sweep = Sweep(one, [Member(component, True)], {(0, 0): one}, "test_")  # type: ignore[arg-type]
        found += [get_options(stage.pc).options_prefix for stage in sweep._stages]
    assert len(set(found)) == 2


def test_the_options_of_the_user_are_not_overwritten() -> None:
    """Of a part with a number: the pivots of zero that are passed over by default."""
    from firedrake.petsc import PETSc

    from trona.problem.factor import Factor

    matrix = PETSc.Mat().createConstantDiagonal(3, 1.0, comm=PETSc.COMM_SELF).convert("aij")
    border = SimpleNamespace(eliminate=lambda _: True)
    database = PETSc.Options("own_")
    database["mat_mumps_icntl_24"] = 0
    try:
        own, default = (Factor(matrix, border, prefix) for prefix in ("own_", ""))  # type: ignore[arg-type]
        for factor in (own, default):
            factor.make()
        assert [f._pc.getFactorMatrix().getMumpsIcntl(24) for f in (own, default)] == [0, 1]
        assert [f._pc.getFactorMatrix().getMumpsCntl(5) for f in (own, default)] == [1.0, 1.0]
        assert "mat_mumps_icntl_24" in database
    finally:
        del database["mat_mumps_icntl_24"]
