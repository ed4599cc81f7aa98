"""The structure of a model holds for its Jacobian, and a structure that claims too little is caught."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from problems import problem_for

from trona.deck import read_deck
from trona.model import compose
from trona.model import structure as structures
from trona.model.dependence import derivatives

if TYPE_CHECKING:
    from trona.model.symbols import Symbol
    from trona.problem import Problem

CONFORMANCE = Path(__file__).resolve().parents[2] / "plugins/trona_plugins/conformance"


def problem_of(name: str) -> Problem:
    return problem_for(compose(read_deck(CONFORMANCE / f"{name}.yaml")))


@pytest.mark.parametrize("name", ["creep", "growth", "terminal", "salt", "thermal_expansion"])
def test_the_jacobian_has_nothing_that_the_structure_lacks(name: str) -> None:
    from trona.verify.dependences import unforeseen

    assert unforeseen(problem_of(name)) == []


def test_the_problem_is_left_as_it_was() -> None:
    from trona.verify.dependences import unforeseen

    problem = problem_of("creep")
    before = [state.dat.norm for state in problem.unknowns.states]
    times = list(problem.inputs.times)
    unforeseen(problem)
    assert [state.dat.norm for state in problem.unknowns.states] == before
    assert problem.inputs.times == times


Derivatives = Callable[[Any], Mapping["Symbol", frozenset["Symbol"]]]


def constant(expression: Any) -> Mapping[Symbol, frozenset[Symbol]]:
    """Takes every derivative for constant."""
    return dict.fromkeys(derivatives(expression), frozenset())


def forgetful(expression: Any) -> Mapping[Symbol, frozenset[Symbol]]:
    """Sees only the first symbol."""
    return dict(list(derivatives(expression).items())[:1])


@pytest.mark.parametrize("wrong", [constant, forgetful])
def test_a_structure_that_claims_too_little_is_caught(wrong: Derivatives, monkeypatch: pytest.MonkeyPatch) -> None:
    from trona.verify.dependences import unforeseen

    monkeypatch.setattr(structures, "derivatives", wrong)
    assert unforeseen(problem_of("creep"))


def test_what_the_mesh_carries_is_not_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    from trona.verify.dependences import unforeseen

    read = structures._Reading._read

    def resting(self: Any, row: Any, expression: Any, sides: Any, moves: bool = True, storage: bool = False) -> None:
        read(self, row, expression, sides, False, storage)

    monkeypatch.setattr(structures._Reading, "_read", resting)
    found = unforeseen(problem_of("growth"))
    assert {u.column for u in found} >= {"mesh_displacement (metal+sei)"} or {u.cause for u in found}


def test_a_forgotten_time_step_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    from trona.verify.dependences import unforeseen

    read = structures._Reading._read

    def steady(self: Any, row: Any, expression: Any, sides: Any, moves: bool = True, storage: bool = False) -> None:
        read(self, row, expression, sides, moves, False)

    monkeypatch.setattr(structures._Reading, "_read", steady)
    assert {u.cause for u in unforeseen(problem_of("salt"))} == {"time step"}
