"""Faults in bubbles that cover an electrode."""

from __future__ import annotations

from functools import partial

from mutants import Mutant

_TEST = "tests/plugins/test_gas_bubbles.py"

grows = partial(
    Mutant,
    file="plugins/trona_plugins/gas_bubbles.py",
    decks=(),
    tests=(f"{_TEST}::test_bubbles_hold_the_gas_and_cover_the_electrode[1-D]",),
)

BUBBLES = (
    grows("bubbles-gas", kind="sign", what="a reduction uses up gas", old="made = -law.sum(SIDE_CURRENT)", new="made = law.sum(SIDE_CURRENT)"),
    grows("bubbles-electrons", kind="missing term", what="one electron per molecule", old="/ (self.electrons * F)", new="/ F"),
    grows("bubbles-shape", kind="factor", what="whole spheres", old="amount = 2 / 3 * pi", new="amount = 4 / 3 * pi"),
    grows("bubbles-tension", kind="factor", what="the pressure of a cylinder", old="+ 2 * self.surface_tension * a**2", new="+ self.surface_tension * a**2"),
    grows("bubbles-area", kind="factor", what="bubbles cover a quarter of it", old="covered = pi * self.density * a**2", new="covered = pi * self.density * a**2 / 4"),
    grows("bubbles-free", kind="swapped", what="the reaction runs where the bubbles are", old="law.feed(EXCHANGE_CURRENT_FACTOR, 1 - covered)", new="law.feed(EXCHANGE_CURRENT_FACTOR, covered)"),
    grows("bubbles-open", kind="missing term", what="bubbles cover nothing", old="law.feed(EXCHANGE_CURRENT_FACTOR, 1 - covered)", new="law.feed(EXCHANGE_CURRENT_FACTOR, 1 - 0 * covered)"),
    grows("bubbles-unit", kind="unit", what="surface tension declared as a pressure", old='surface_tension = Quantity("N/m", "surface tension gamma of the liquid", default="0 N/m", minimum="0 N/m")', new='surface_tension = Quantity("Pa", "surface tension gamma of the liquid", default="0 Pa", minimum="0 Pa")'),
)
