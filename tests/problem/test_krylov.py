"""How closely GMRES solves: as far as it matters to what the solution is added to."""

from __future__ import annotations

from typing import Any

import numpy as np

HALF = 30


def solved(limit: str, size: float = 1e-9, state: Any = 0.0, noise: float = 0.3) -> tuple[Any, int]:
    """Return how wrong a solution of two components is, the second 1e-3 of the first, and the iterations for it.

    The preconditioner is an inverse of a matrix that is off by `noise`.
    """
    from firedrake.petsc import PETSc

    from trona.problem.krylov import Krylov

    random = np.random.default_rng(3)
    dense = np.eye(2 * HALF) + 0.02 * random.standard_normal((2 * HALF, 2 * HALF))
    close = np.linalg.inv(dense + noise * np.diag(random.uniform(0, 1, 2 * HALF)))
    matrix = PETSc.Mat().createDense(dense.shape, array=dense, comm=PETSc.COMM_SELF)
    matrix.assemble()
    expected = size * np.where(np.arange(2 * HALF) < HALF, 1.0, 1e-3) * random.uniform(0.5, 1.0, 2 * HALF)

    class Close:
        def apply(self, b: Any, x: Any) -> None:
            x.setArray(close @ b.array_r)

    preconditioner = Close()
    krylov = Krylov(matrix, [np.arange(HALF), np.arange(HALF, 2 * HALF)], 1e-8, preconditioner.apply)
    b, x = matrix.createVecs()
    b.setArray(dense @ expected)
    assert krylov.solve(b, x, rough=limit == "rough", exact=limit == "exact", state=state)
    return abs(x.array_r - expected).reshape(2, HALF).max(axis=1), krylov.iterations


def test_a_last_step_is_solved_to_the_round_off_of_what_it_is_added_to() -> None:
    wrong, most = solved("step")
    assert (wrong < 1e-9 * np.array([1e-9, 1e-12])).all()
    wrong, fewer = solved("step", state=np.array([1.0, 1e-3]))
    assert (wrong < 5e-15 * np.array([1.0, 1e-3])).all() and fewer < most
    # A component that is far below its scale keeps its own digits.
    wrong, _ = solved("step", state=np.array([1.0, 1e-7]))
    assert wrong[0] < 5e-15 and wrong[1] < 5e-22
    assert solved("exact", state=np.array([1.0, 1e-3]))[1] < solved("exact")[1]


def test_of_a_rough_step_only_the_size_is_found_and_none_of_one_that_may_be_the_last() -> None:
    wrong, known = solved("rough", size=1e-4)
    assert (wrong < 0.1 * np.array([1e-4, 1e-7])).all()
    assert solved("rough", size=1e-12)[1] < known


def test_a_rough_step_is_one_of_its_system() -> None:
    """However small it is: what solves nothing gives small steps too."""
    wrong, iterations = solved("rough", size=1e-12, noise=100.0)
    assert iterations > 1 and wrong[0] < 1e-12
