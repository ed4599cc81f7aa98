"""An example deck of a plugin, with the composed model, run and verification that its proofs share."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trona.conformance.proof import NotApplicable, Once
from trona.deck import read_deck
from trona.errors import UserError, faults
from trona.model import Model, compose
from trona.model.packages import example_decks as decks_of

if TYPE_CHECKING:
    from trona.conformance.subject import Subject
    from trona.deck import Deck
    from trona.session.result import Result
    from trona.verify import Verification

UNKNOWNS = 1500
"""Approximate limit of unknowns in the study of convergence; one refinement is always used."""


def example_decks(subject: Subject) -> list[Path]:
    """Return the example decks of the packages for this plugin."""
    return decks_of(subject.registry, subject.name)


class Example:
    """A deck that uses a plugin. Expensive results are computed once, on first use."""

    def __init__(self, subject: Subject, path: str | Path) -> None:
        self.subject, self.path = subject, Path(path)
        self.deck: Deck = read_deck(path)
        self.plain: dict[str, Any] = self.deck.resolved()
        self.composed = Once(lambda: self.compose(self.deck))
        self.verified: Once[Verification] = Once(self._verify)
        self.run: Once[Result] = Once(partial(self._run, ()))
        self.run_steady: Once[Result] = Once(partial(self._run, ("time=null",)))

    def compose(self, deck: Deck) -> Model:
        """Compose a deck. Errors of the plugin are raised unchanged, because the plugin is under test."""
        try:
            return compose(deck, self.subject.registry)
        except UserError as error:
            for fault in faults(error):
                raise fault.__cause__ or fault from None
            raise

    @property
    def transient(self) -> bool:
        return self.deck.section("time") is not None

    @property
    def model(self) -> Model:
        """The composed deck. Raises NotApplicable if it does not compose, which another proof reports."""
        try:
            return self.composed()
        except UserError as error:
            text = str(error).splitlines()[0]
            raise NotApplicable(f"the example deck does not compose: {text}") from None

    def stores(self) -> bool:
        """Whether the plugin has storage terms, also in a steady deck."""
        terms = [term for balance in self.model.balances.values() for term in balance.terms]
        return any(t.kind == "storage" and t.plugin == self.subject.name for t in terms)

    def observed(self) -> list[str]:
        """Return overrides that request the mean of every scalar field in every block, and no field files."""
        model, found = self.model, ["outputs.fields=none"]
        for name, field in sorted(model.fields.items()):
            if field.kind == "volume" and not field.shape:
                found += [
                    f"outputs.extra.mean of {name} in {block}={{reduce: mean, of: {name}, on: {block}}}"
                    for block in field.blocks
                ]
        return found

    def _run(self, overrides: tuple[str, ...]) -> Result:
        from trona.record import make_reporter
        from trona.session.run import run

        deck = read_deck(self.path, [*self.observed(), *overrides])
        return run(self.compose(deck), record=False, reporter=make_reporter(quiet=True))

    def _verify(self) -> Verification:
        from trona.verify import verify

        return verify(self.model, max_unknowns=UNKNOWNS)
