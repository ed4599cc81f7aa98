"""A solve ends before a step that would change nothing, with the balances as closed as after it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from trona.deck import read_deck
from trona.model import compose
from trona.problem import Problem
from trona.problem.convergence import Convergence
from trona.settings import read_settings
from trona.stepper import Stepper

if TYPE_CHECKING:
    from trona.problem.convergence import NewtonHistory

CONFORMANCE = Path(__file__).resolve().parents[2] / "plugins/trona_plugins/conformance"


def solved(name: str, preset: str) -> tuple[np.ndarray, list[NewtonHistory]]:
    """Solve three steps; return the last state and what each solve did."""
    model = compose(read_deck(CONFORMANCE / f"{name}.yaml", [f"solver.preset={preset}"]))
    settings = read_settings(model)
    problem = Problem(model, settings.solver)
    steps = [step.newton for step, _ in zip(Stepper(problem, settings.time).steps(), range(3), strict=False)]
    with problem.unknowns.states[0].dat.vec_ro as state:
        return state.array.copy(), steps


@pytest.mark.parametrize("preset", ["auto", "direct"])
@pytest.mark.parametrize("name", ["creep", "soret", "growth"])
def test_the_last_step_is_spared_where_it_would_close_nothing(
    name: str, preset: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    early, steps = solved(name, preset)
    monkeypatch.setattr(Convergence, "_foretold", lambda *_: False)
    late, more = solved(name, preset)
    assert sum(h.iterations for h in steps) < sum(h.iterations for h in more)
    assert np.abs(early - late).max() <= 1e-9 * np.abs(late).max()
    for mine, other in zip(steps, more, strict=True):
        assert mine.iterations <= other.iterations
        for label, size in mine.residuals[-1].items():
            most = max(r[label] for r in other.residuals)
            assert size <= 10 * other.residuals[-1][label] + 1e-13 * most, label


def test_a_step_that_closes_a_balance_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """However small a correction, balances are closed to round-off before a solve ends."""
    _, usual = solved("creep", "auto")
    monkeypatch.setattr(Convergence, "_noise", lambda self, _: [0.0] * len(self.components))
    _, more = solved("creep", "auto")
    assert sum(h.iterations for h in usual) < sum(h.iterations for h in more)


@pytest.mark.parametrize("preset", ["auto", "direct"])
def test_a_correction_that_is_something_is_made(preset: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is foretold, and whatever round-off seems to be: the next correction itself is looked at."""
    usual, _ = solved("creep", preset)
    monkeypatch.setattr(Convergence, "_foretold", lambda *_: True)
    monkeypatch.setattr(Convergence, "_noise", lambda self, _: [np.inf] * len(self.components))
    state, steps = solved("creep", preset)
    assert np.abs(state - usual).max() <= 1e-9 * np.abs(usual).max()
    assert min(h.iterations for h in steps) >= 2
