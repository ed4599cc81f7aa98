"""The kit finds each physics that keeps its part of a voltage to itself."""

from __future__ import annotations

from typing import Any

import pytest

from trona.conformance.example import Example, example_decks
from trona.conformance.parts import parts_proofs
from trona.conformance.proof import Failed, NotApplicable
from trona.conformance.subject import Subject
from trona.model.writer import Writer

TELLING = (
    ("contact_resistance", "contact_resistance"),
    ("ionic_charge", "butler_volmer"),
    ("salt", "salt"),
    *(
        pytest.param(name, example, marks=pytest.mark.slow)
        for name, example in {
            "butler_volmer": "butler_volmer",
            "capillary_overpotential": "capillary_overpotential",
            "electronic_charge": "contact_resistance",
            "mechanical_overpotential": "mechanical_overpotential",
            "sei_species": "sei_species",
            "side_reaction": "side_reaction",
            "species_reduction": "species_reduction",
            "thermoelectric": "thermoelectric",
        }.items()
    ),
)
"""Physics, with the one whose example has it and another that says its part."""


def verdict(name: str, of: str) -> str:
    """What the proof says of a plugin in the first example of another."""
    subject = Subject.find(of)
    (proof,) = parts_proofs(Example(Subject.find(name), example_decks(subject)[0]))
    try:
        proof.check()
    except (Failed, NotApplicable) as told:
        return str(told)
    return "passed"


@pytest.mark.parametrize(("name", "of"), TELLING)
def test_a_part_that_nobody_says(name: str, of: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert verdict(name, of) == "passed"
    for how in ("drop_at", "drop_in"):
        plain = getattr(Writer, how)

        def silent(self: Writer, *said: Any, plain: Any = plain) -> None:
            if self.plugin != name:
                plain(self, *said)

        monkeypatch.setattr(Writer, how, silent)
    told = verdict(name, of)
    assert "are left over; its parts are" in told and "A physics that takes a part says so by `drop`" in told


def test_where_there_is_nothing_to_prove() -> None:
    assert verdict("heat", "heat") == "no physics here says what it takes of a drop"
