"""Residual and Jacobian of a composed deck are the sum of its terms, each assembled alone, and each once."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from compositions import Difference, decks, difference, problem_of
from hypothesis import HealthCheck, Phase, given, settings
from terms import layered
from trona.deck import Deck
from trona.problem import forms

EXACT = 1e-12


class CountingOnce(Counter[Any]):
    """As the defect was: two equal terms at one place count once."""

    def update(self, found: Any) -> None:  # type: ignore[override]
        self |= Counter(dict.fromkeys(found, 1))


def equal_terms(**sections: Any) -> Deck:
    physics = {
        "heat": {"blocks": ["a", "b"]},
        "bulk": [{"blocks": ["a", "b"], "kind": "source"}, {"blocks": "a", "kind": "source"}],
        "bulk_too": {"blocks": "b", "kind": "loss"},
        "facet": {"interface": "a | b", "kind": "both"},
        "edge": {"boundary": "top", "kind": "leak"},
        "edge_too": {"boundary": "top", "kind": "leak"},
    }
    from compositions import _material

    materials = {"a": _material(2.0), "b": _material(3.0)}
    return layered(physics, cells=1, materials=materials, elements={"order": 1}, **sections)


def test_equal_terms_count_as_often_as_they_are() -> None:
    found = difference(problem_of(equal_terms()))
    assert found.worst <= EXACT
    assert found.terms == 2 + 3 + 1 + 2 + 2


def test_the_old_defect_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms, "Counter", CountingOnce)
    found = difference(problem_of(equal_terms()))
    assert found.residual > 0.01
    assert found.jacobian > 0.01


def test_terms_assembled_alone_say_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """As `trona verify` and the conformance kit do it, which any deck allows."""
    from trona.verify.parts import sum_of_parts

    rows = sum_of_parts(problem_of(equal_terms()))
    assert [(r.of, r.terms) for r in rows] == [("residual", 10), ("Jacobian", 10)]
    assert all(r.holds for r in rows)
    monkeypatch.setattr(forms, "Counter", CountingOnce)
    assert not any(r.holds for r in sum_of_parts(problem_of(equal_terms())))


SEEN: list[Difference] = []


@pytest.mark.slow
@settings(
    max_examples=500, deadline=None, derandomize=True, database=None, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
@given(decks())
def test_compositions_drawn_at_random(deck: Deck) -> None:
    found = difference(problem_of(deck))
    SEEN.append(found)
    assert found.worst <= EXACT, deck.resolved()


@pytest.mark.slow
def test_hundreds_were_drawn(record_property: pytest.FixtureRequest) -> None:
    """After the one before: how many there were, how many terms they had, and the largest difference of all."""
    assert len(SEEN) >= 500
    assert max(d.terms for d in SEEN) > 15
    record_property("worst", max(d.worst for d in SEEN))  # type: ignore[operator]
