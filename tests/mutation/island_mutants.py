"""Faults in islands of a deposit."""

from __future__ import annotations

from functools import partial

from mutants import Mutant

_TEST = "tests/plugins/test_islands.py"

free = partial(
    Mutant,
    file="plugins/trona_plugins/islands.py",
    decks=(),
    tests=(f"{_TEST}::test_free_islands_keep_their_shape_and_the_volume_is_the_charge[1-D]",),
)
slide = partial(free, tests=(f"{_TEST}::test_a_pressure_flattens_islands_that_slide[1-D]",))
stick = partial(free, tests=(f"{_TEST}::test_islands_that_stick_are_held_as_a_squeeze_film_holds",))

ISLANDS = (
    free("islands-sign", kind="sign", what="plating dissolves", old="arriving = -self.current_density", new="arriving = self.current_density"),
    free("islands-valence", kind="missing term", what="one electron per atom", old="carried = self.electrons * model", new="carried = model"),
    free("islands-no-growth", kind="missing term", what="no metal arrives", old="deposited.source(arriving)", new="deposited.source(0 * arriving)"),
    free("islands-upwards", kind="swapped", what="shares upwards and sideways exchanged", old="(1 - self.upwards) * arriving", new="self.upwards * arriving"),
    free("islands-room", kind="missing term", what="islands spread over each other", old="(1 - c) * c * (1 - self.upwards)", new="c * (1 - self.upwards)"),
    free("islands-height", kind="factor", what="the height is that of the layer", old="height, radius = v / c,", new="height, radius = v,"),
    slide("islands-rate-room", kind="missing term", what="flattened islands spread over each other", old="spreading.source((1 - c) * c * rate)", new="spreading.source(c * rate)"),
    slide("islands-rate-sign", kind="sign", what="pressure gathers islands", old="spreading.source((1 - c) * c * rate)", new="spreading.source(-(1 - c) * c * rate)"),
    slide("islands-tops", kind="missing term", what="the collector carries the pressure", old="(c * held * sigma_0)", new="(held * sigma_0)"),
    slide("islands-slip", kind="swapped", what="islands that slide are held", old='self.slip == "free"', new='self.slip == "none"'),
    stick("islands-film", kind="factor", what="the squeeze film twice", old="film = 2 * n / (3 * n + 1)", new="film = 4 * n / (3 * n + 1)"),
    stick("islands-pillar", kind="missing term", what="no resistance of a pillar", old="return 1 + film", new="return film"),
    stick("islands-flatness", kind="factor", what="the power of a Newtonian film", old="flatness ** (1 + 1 / n)", new="flatness ** 2"),
    stick("islands-radius", kind="factor", what="square islands", old="sqrt(c / (pi * self.number))", new="sqrt(c / self.number)"),
)
