"""The conformance kit: proofs that every plugin must pass; `pytest --trona-plugin NAME` runs them.

A plugin is tested on its example decks: `conformance/NAME.yaml`, and more as `conformance/NAME-*.yaml`, in the data
folder of its package.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trona.conformance.proof import Failed, NotApplicable, Proof

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["Failed", "NotApplicable", "Proof", "proofs"]


def proofs(name: str, decks: Sequence[str | Path] = ()) -> list[Proof]:
    """Return the proofs that the physics or property form `name` must pass, fast ones first; nothing is solved yet.

    decks: used instead of the example decks of the package.
    Raises UserError if there is no such plugin or a deck cannot be read.
    """
    from trona.problem.start import prepare_environment

    prepare_environment()
    from trona.conformance.declared import declared_proofs
    from trona.conformance.example import Example, example_decks
    from trona.conformance.options import option_proofs
    from trona.conformance.parts import parts_proofs
    from trona.conformance.solved import solved_proofs
    from trona.conformance.subject import Subject
    from trona.conformance.together import together_proofs

    subject = Subject.find(name)
    examples = [Example(subject, path) for path in decks or example_decks(subject)]
    found = declared_proofs(subject, bool(examples))
    for example in examples:
        suffix = f" [{example.deck.name}]" if len(examples) > 1 else ""
        own = [*option_proofs(example), *together_proofs(example), *solved_proofs(example), *parts_proofs(example)]
        found += [Proof(proof.name + suffix, proof.check) for proof in own]
    return found
