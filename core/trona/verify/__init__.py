"""Proofs that the equations of a deck are solved as declared, for any deck.

They are the sum of the terms, the structure of the model, manufactured solutions, signs of fluxes and the Jacobian, all
derived from the declared balances.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trona.verify.report import Verification

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from trona.deck import Deck
    from trona.model import Model

__all__ = ["Verification", "verify"]

MOST_UNKNOWNS = 200_000


def verify(
    deck: Deck | str | Path | Model,
    *,
    overrides: Sequence[str] = (),
    max_unknowns: int = MOST_UNKNOWNS,
    progress: Callable[[str], None] = lambda text: None,
    allow_petsc: bool = False,
) -> Verification:
    """Verify the composed equations of a deck (a path, a Deck or a composed Model).

    max_unknowns: approximate limit of unknowns on a refined mesh, and 16 times as many while the errors still approach
    their order; the deck's mesh and one refinement are always used.
    progress: called with a line on each stage. allow_petsc: as for `read_deck`, if `deck` is a path.
    Raises UserError for mistakes in the deck and SolveError if a manufactured problem cannot be solved.
    """
    from trona.deck import Deck, read_deck, refuse_overrides
    from trona.model import Model, compose
    from trona.problem.start import start_firedrake
    from trona.settings import read_settings

    start_firedrake()
    from trona.verify.study import SpaceStudy, TimeStudy

    if not isinstance(deck, Deck | Model):
        deck = read_deck(deck, overrides, allow_petsc=allow_petsc)
    else:
        refuse_overrides(overrides)
    model = compose(deck) if isinstance(deck, Deck) else deck
    settings = read_settings(model)
    space = SpaceStudy(model, settings, max_unknowns, progress)
    convergence = space.run()
    if settings.time is not None:
        # Always order 2 as well, because it uses more time levels.
        convergence += TimeStudy(model, settings, progress).run(space.levels, sorted({settings.time.order, 2}))
    raw = sorted({f"{t.plugin}: {b.name}" for b, t in model.terms() if t.kind == "raw"})
    return Verification(
        model.deck.name,
        tuple(convergence),
        tuple(space.taylor),
        tuple(space.posed),
        tuple(raw),
        tuple(space.term_sums),
        tuple(space.readings),
        tuple(space.unjudged),
        tuple(space.unforeseen),
    )
