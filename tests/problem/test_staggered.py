"""Factors of groups of unknowns that need each other only in a circle: the answer of one LU, or one LU instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from problems import problem_for
from terms import known_too, layered

from trona.model import compose
from trona.model.structure import structure_of
from trona.plugin import Balance, Blocks, Contribution, Field, Number, Physics, Quantity, grad

if TYPE_CHECKING:
    from trona.deck import Deck
    from trona.model import Model
    from trona.problem import Problem

NAMES = ("first", "second", "third")


class Ring(Physics):
    """Three quantities that diffuse, each made by the one before it, and the first by the last: a circle."""

    name = "ring"
    provides = (
        *(Field(name, "1", name) for name in NAMES),
        *(Balance(f"balance_of_{name}", "1/m^2", name, name) for name in NAMES),
    )
    blocks = Blocks("blocks of it")
    rate = Quantity("1/m^2", "how strongly each is made by the one before it", default="1 1/m^2")
    given = Quantity("1/m^2", "what is made of each anyway", default="1 1/m^2")
    back = Number("share of it by which the third is made by the first: makes them one group", default="0")

    def contribute(self, model: Contribution) -> None:
        values = {name: model.field(name) for name in NAMES}
        for name, before in zip(NAMES, (NAMES[-1], *NAMES), strict=False):
            made = values[before] + 0.01 * values[before] ** 2
            if name == "third" and self.back:
                made += self.back * values["first"]
            balance = model.balance(f"balance_of_{name}")
            balance.flux(-(1 + 0.1 * values[name]) * grad(values[name]))
            balance.source(self.given + self.rate * made)


@pytest.fixture(autouse=True)
def every_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small systems are solved like large ones. A factorisation takes 20 s of a clock and a solve with it 1 s."""
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


def ring(preset: str = "auto", held: tuple[str, ...] = NAMES, **options: Any) -> Deck:
    return layered(
        {"ring": {"blocks": ["a"], **options}},
        layers=[{"a": "1 m"}],
        mesh={"width": "1 m", "cells": 6},
        materials={"a": {}},
        boundaries={"bottom": dict.fromkeys(held, "0.5 * sin(x / 1 m)")},
        solver={"preset": preset},
    )


def model_of(deck: Deck) -> Model:
    return compose(deck, known_too(Ring))


def solved(*arguments: Any, comm: Any = None, **options: Any) -> tuple[Problem, int]:
    problem = problem_for(model_of(ring(*arguments, **options)), comm=comm)
    problem.start()
    return problem, problem.solve().iterations


def values(problem: Problem) -> list[Any]:
    return [part.dat.data_ro.copy() for part in problem.unknowns.states[0].subfunctions]


def groups(deck: Deck) -> list[set[str]]:
    (part,) = structure_of(model_of(deck)).parts
    return [{piece.field for piece in group} for group in part.groups]


def test_groups_are_of_unknowns_in_each_others_equations() -> None:
    """In an order in which each group needs as few later ones as it can."""
    assert groups(ring()) == [{"first"}, {"second"}, {"third"}]
    assert groups(ring(back=0.5)) == [{"first", "third"}, {"second"}]


def test_the_answer_and_the_iterates_are_those_of_one_lu() -> None:
    direct, iterations = solved("direct")
    auto, same = solved("auto")
    assert same == iterations
    for one, other in zip(values(direct), values(auto), strict=True):
        np.testing.assert_allclose(other, one, rtol=0, atol=1e-9 * abs(one).max())
    (work,) = auto.newton.linear_work()
    assert work.method == "LU of groups" and work.krylov_iterations > 0


def test_groups_that_are_hardly_smaller_than_the_whole_are_left_together(monkeypatch: pytest.MonkeyPatch) -> None:
    from trona.problem import linear_solve

    monkeypatch.setattr(linear_solve, "_GAIN", 3.1)
    (work,) = solved()[0].newton.linear_work()
    assert work.method == "LU"


def test_groups_that_need_each_other_strongly_are_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    """Iterations take longer than the factors had saved."""
    from trona.problem import kept_factor

    monkeypatch.setattr(kept_factor, "_WELL", 2)
    rates = {"rate": "-60 1/m^2"}
    direct, _ = solved("direct", **rates)
    auto, _ = solved("auto", **rates)
    for one, other in zip(values(direct), values(auto), strict=True):
        np.testing.assert_allclose(other, one, rtol=0, atol=1e-8 * abs(one).max())
    (work,) = auto.newton.linear_work()
    assert work.method == "LU, since iterations with factors of its groups took longer"


def test_a_group_that_is_singular_by_itself_is_joined_with_the_others() -> None:
    """Nothing holds the level of the third but what it makes of the first."""
    held = ("first", "second")
    direct, _ = solved("direct", held)
    auto, _ = solved("auto", held)
    for one, other in zip(values(direct), values(auto), strict=True):
        np.testing.assert_allclose(other, one, rtol=0, atol=1e-8 * abs(one).max())
    (work,) = auto.newton.linear_work()
    assert work.method.startswith("LU, since ")


def test_a_singular_whole_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each quantity is made by the one before it alone, and nothing holds the level of any."""
    from trona.errors import SolveError

    with pytest.raises(SolveError, match=r"singular|determine"):
        solved("auto", (), rate="0 1/m^2")


@pytest.mark.parallel(2)
def test_two_ranks_find_the_answer_of_one() -> None:
    from firedrake import COMM_SELF, COMM_WORLD, norm
    from pytest_mpi import parallel_assert

    alone, single = solved("direct", comm=COMM_SELF)
    both, iterations = solved("auto", comm=COMM_WORLD)
    sizes = [[float(norm(part)) for part in problem.unknowns.states[0].subfunctions] for problem in (alone, both)]
    (work,) = both.newton.linear_work()
    parallel_assert(iterations == single and work.method == "LU of groups")
    parallel_assert(np.allclose(*sizes, rtol=1e-9, atol=0))
