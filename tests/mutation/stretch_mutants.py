"""Faults in the film that growth stretches."""

from __future__ import annotations

from functools import partial

from mutants import Mutant

_TEST = "tests/plugins/test_stretched_film.py"

opens = partial(
    Mutant,
    file="plugins/trona_plugins/stretched_film.py",
    decks=(),
    tests=(f"{_TEST}::test_a_surface_that_grows_opens_its_film[1-D]",),
)
covered = partial(opens, tests=(f"{_TEST}::test_new_film_covers_what_growth_lays_bare",))

STRETCH = (
    opens("stretch-sign", kind="sign", what="convex metal shrinks its surface", old="law.sum(GROWTH_VELOCITY) * self.curvature", new="-law.sum(GROWTH_VELOCITY) * self.curvature"),
    opens("stretch-borne", kind="missing term", what="the film bears nothing", old="stretch - borne - renewed", new="stretch - 0 * borne - renewed"),
    opens("stretch-release", kind="missing term", what="all cracks release as much", old="(self.release * self.modulus", new="(1 * self.modulus"),
    opens("stretch-root", kind="argument", what="energy instead of its root", old="borne = sqrt(self.fracture_energy / (self.release * self.modulus * self.thickness))", new="borne = self.fracture_energy / (self.release * self.modulus * self.thickness)"),
    opens("stretch-linear", kind="argument", what="share of the first area", old="bare = 1 - exp(-opened)", new="bare = opened"),
    opens("stretch-heals", kind="missing term", what="nothing is laid bare", old="law.feed(DAMAGE, bare)", new="law.feed(DAMAGE, 0 * bare)"),
    opens("stretch-unit", kind="unit", what="curvature declared as a length", old='curvature = Quantity("1/m"', new='curvature = Quantity("m"'),
    opens("stretch-compressed", kind="missing term", what="a film under compression covers more than all", old="max_value(stretch - borne - renewed, 0)", new="stretch - borne - renewed", tests=(f"{_TEST}::test_less_than_it_bears_opens_nothing",)),
    covered("stretch-renewed", kind="missing term", what="new film covers nothing", old="stretch - borne - renewed", new="stretch - borne"),
    covered("stretch-renews", kind="argument", what="new film by the bare share of all", old="(exp(opened) - 1) / self.renewal", new="bare / self.renewal"),
)
