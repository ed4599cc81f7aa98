"""What failed at one iterate does not fail at the next one because of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from problems import problem_for
from strips import strip

from trona.errors import SolveError
from trona.model import compose
from trona.problem import Problem
from trona.problem.kept_factor import KeptFactor, LinearSolveError


def driven(folder: Path, current: str) -> Problem:
    """A metal that takes a mean current, by a potential that is a number, from a state without any."""
    deck = strip(
        folder,
        [("metal", 2e-6, 2), ("salt", 4e-6, 3)],
        materials={"salt": {"ionic_conductivity": "0.5 S/m"}},
        given={"temperature": "300 K"},
        physics={
            "ionic_charge": {"blocks": ["salt"]},
            "butler_volmer": {"interface": "metal | salt", "i0": "3 A/m^2", "mean_current_density": current},
        },
        boundaries={"top": {"electric_potential": "0 V"}},
        solver={"preset": "auto"},
    )
    return problem_for(compose(deck))


@pytest.mark.parametrize("current", ["100 A/m^2", "300 A/m^2", "450 A/m^2", "600 A/m^2"])
def test_damped_steps_are_tried_where_full_ones_end_at_a_singular_matrix(current: str, tmp_path: Path) -> None:
    """Exponents far from the solution: the first full step ends at a residual of 1e57."""
    problem = driven(tmp_path, current)
    problem.start()
    problem.solve()
    assert problem.newton.failed


def test_a_linear_solve_that_failed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PETSc keeps the reason of a failed preconditioner, and asks it no more."""
    problem = driven(tmp_path, "1 A/m^2")
    problem.start()
    with monkeypatch.context() as once:
        once.setattr(KeptFactor, "solve", _fails)
        with pytest.raises(SolveError, match="diverged linear solve"):
            problem.solve()
    problem.start()
    problem.solve()


def test_a_mistake_in_what_petsc_calls_is_not_a_solve_that_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A smaller step would not help, and hides it."""
    problem = driven(tmp_path, "1 A/m^2")
    problem.start()
    with monkeypatch.context() as once:
        once.setattr(KeptFactor, "solve", lambda *arguments, **options: 1 + "1")  # type: ignore[operator]
        with pytest.raises(TypeError, match="unsupported operand"):
            problem.solve()
    problem.start()
    problem.solve()


def _fails(*arguments: object, **options: object) -> None:
    raise LinearSolveError
