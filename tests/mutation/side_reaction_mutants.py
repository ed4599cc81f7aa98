"""Faults in the side reaction of a metal."""

from __future__ import annotations

from functools import partial

from mutants import Mutant

_PLUGINS, _TEST = "plugins/trona_plugins", "tests/plugins/test_side_reaction.py"
_BOTH = (f"{_TEST}::test_current_of_the_electrode_is_that_of_both_reactions",)
_TAFEL = (f"{_TEST}::test_tafel_slope_of_the_side_reaction",)
_FILM = (f"{_TEST}::test_growth_of_a_film_of_products",)

side = partial(Mutant, file=f"{_PLUGINS}/side_reaction.py", decks=(), tests=_BOTH)

SIDE_REACTIONS = (
    side("side-sign", kind="sign", what="the side reaction gives electrons to the metal", old="current = -rate", new="current = rate"),
    side("side-fresh", kind="sign", what="fresh surface where metal dissolves", old="max_value(-i, 0)", new="max_value(i, 0)"),
    side("side-charge", kind="missing term", what="charge of the side reaction is not taken from the ions", old='        law.exchange(current, minus=electrons, plus=model.balance("charge"))\n', new=""),
    side("side-tafel", kind="sign", what="a lower potential slows the reduction", old="exp(-self.alpha", new="exp(self.alpha", tests=_TAFEL),
    side("side-potential", kind="missing term", what="the potential at which j holds is ignored", old="law.sum(METAL_DROP) - self.potential", new="law.sum(METAL_DROP)", tests=_TAFEL),
    side("side-film", kind="missing term", what="the film does not slow its growth", old="/ self.film_length)", new="/ self.film_length * 0)", tests=_FILM),
    side("side-volume", kind="factor", what="half of the products join the film", old="-self.product_volume * current", new="-self.product_volume * current / 2", tests=_FILM),
    Mutant("side-not-in-control", f"{_PLUGINS}/butler_volmer.py", "missing term", "the given current is that of the main reaction alone", "current + law.sum(SIDE_CURRENT) if law.is_fed(SIDE_CURRENT) else current", "current", (), _BOTH),
)
