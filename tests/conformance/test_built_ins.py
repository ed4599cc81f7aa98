"""All built-in plugins pass the conformance kit, as `pytest --trona-plugin` runs it."""

from __future__ import annotations

import pytest

from trona.conformance import NotApplicable, Proof, proofs
from trona.model import registry

HEAVY = ("runs", "audit", "sum of", "manufactured", "Taylor", "flux signs", "readings", "parts of", "serial")
"""Proofs that solve; the order in the deck only assembles."""

NAMES = [n for n in (*registry().physics, *registry().forms) if registry().origin(n).startswith("trona ")]
ALL = [(name, proof) for name in NAMES for proof in proofs(name)]


def _cases() -> list[object]:
    return [
        pytest.param(
            name,
            proof,
            id=f"{name}-{proof.name}",
            marks=[
                pytest.mark.xdist_group(name),  # what is solved for one proof serves the others
                *[pytest.mark.slow] * proof.name.startswith(HEAVY),
            ],
        )
        for name, proof in ALL
    ]


@pytest.mark.parametrize(("name", "proof"), _cases())
def test_conforms(name: str, proof: Proof) -> None:
    try:
        proof.check()
    except NotApplicable as reason:
        pytest.skip(f"{name}: {reason}")


@pytest.mark.slow
@pytest.mark.xdist_group("groups")
def test_what_is_solved_for_one_proof_serves_the_others(request: pytest.FixtureRequest) -> None:
    """Where the groups of workers are lost, every proof of a plugin still passes, and takes as long as all of them."""
    if getattr(request.config.option, "loadgroup", False):
        assert request.node.nodeid.endswith("@groups")


def test_every_built_in_is_tried_in_full() -> None:
    """A name that is no longer listed, or a proof that is no longer made, would pass unseen."""
    assert {"arrhenius", "butler_volmer", "heat", "joule_heating", "thermal_resistance"} <= set(NAMES)
    for name in NAMES:
        made = {proof.name.partition(" [")[0] for n, proof in ALL if n == name}  # without the deck's name
        assert len([proof for proof in made if not proof.startswith("composes with")]) == 19
        others = set(registry().physics) - {name}
        assert made >= {f"composes with {n}" for n in others & set(NAMES) if n not in _in_example(name)}


def _in_example(name: str) -> set[str]:
    from trona.conformance.example import Example, example_decks
    from trona.conformance.subject import Subject

    subject = Subject.find(name)
    return set(Example(subject, example_decks(subject)[0]).plain["physics"])
