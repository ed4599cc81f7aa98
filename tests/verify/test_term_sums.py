"""Residual and Jacobian of a composed deck are the sum of its terms, each assembled alone, and each once."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from compositions import Difference, decks, difference, material, problem_of
from hypothesis import HealthCheck, Phase, given, settings
from terms import layered

from trona.deck import Deck
from trona.problem import kernels

EXACT = 1e-12


class CountingOnce(Counter[Any]):
    """As the defect was: two equal terms at one place count once."""

    def update(self, found: Any = None) -> None:  # type: ignore[override]
        for each in found or ():
            self[each] = 1


def equal_terms(**sections: Any) -> Deck:
    physics = {
        "heat": {"blocks": ["a", "b"]},
        "bulk": [{"blocks": ["a", "b"], "kind": "source"}, {"blocks": "a", "kind": "source"}],
        "bulk_too": {"blocks": "b", "kind": "loss"},
        "facet": {"interface": "a | b", "kind": "both"},
        "edge": {"boundary": "top", "kind": "leak"},
        "edge_too": {"boundary": "top", "kind": "leak"},
    }
    materials = {"a": material(2.0), "b": material(3.0)}
    return layered(physics, cells=1, materials=materials, elements={"order": 1}, **sections)


def test_equal_terms_count_as_often_as_they_are() -> None:
    found = difference(problem_of(equal_terms()), compiled=True)
    assert found.worst <= EXACT
    assert found.terms == 2 + 3 + 1 + 2 + 2


def test_the_old_defect_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "Counter", CountingOnce)
    found = difference(problem_of(equal_terms()), compiled=True)
    assert found.residual > 0.01
    assert found.jacobian > 0.01


def test_terms_assembled_alone_say_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """As `trona verify` and the conformance kit do it, which any deck allows."""
    from trona.verify.term_sums import term_sums

    rows = term_sums(problem_of(equal_terms()))
    assert [(r.of, r.terms) for r in rows] == [("residual", 10), ("Jacobian", 10)]
    assert all(r.holds for r in rows)
    monkeypatch.setattr(kernels, "Counter", CountingOnce)
    assert not any(r.holds for r in term_sums(problem_of(equal_terms())))


SEEN: dict[str, Difference] = {}
"""What was found of each composition drawn, by the text of its deck."""


@pytest.mark.slow
@settings(
    max_examples=700,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(decks())
def test_compositions_drawn_at_random(deck: Deck) -> None:
    """The composed forms are evaluated as they stand; what is drawn twice is looked at once."""
    text = str(deck.resolved())
    if text not in SEEN:
        SEEN[text] = difference(problem_of(deck), compiled=False)
    assert SEEN[text].worst <= EXACT, text


@pytest.mark.slow
def test_hundreds_were_drawn() -> None:
    """By the test before."""
    assert len(SEEN) >= 500
    assert max(found.terms for found in SEEN.values()) > 15


@pytest.mark.slow
@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(decks())
def test_some_as_newton_solves_them(deck: Deck) -> None:
    """Compiled, which takes seconds for each."""
    assert difference(problem_of(deck), compiled=True).worst <= EXACT, str(deck.resolved())


@pytest.mark.slow
def test_the_old_defect_is_caught_at_random(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the first dozen compositions several have equal terms."""
    monkeypatch.setattr(kernels, "Counter", CountingOnce)
    found: list[float] = []

    @settings(
        max_examples=12,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(decks())
    def draw(deck: Deck) -> None:
        found.append(difference(problem_of(deck), compiled=False).worst)

    draw()
    assert sum(worst > 1e-6 for worst in found) >= 3
