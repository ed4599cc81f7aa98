"""Faults in the contact of a body with a rigid obstacle."""

from __future__ import annotations

from functools import partial

from mutants import Mutant

_TEST = "tests/plugins/test_contact.py"

closes = partial(
    Mutant,
    file="plugins/trona_plugins/contact.py",
    decks=(),
    tests=(f"{_TEST}::test_it_closes_presses_and_opens_again[1]",),
)
loaded = partial(closes, tests=(f"{_TEST}::test_a_load_holds_while_it_changes",))
sides = partial(closes, tests=(f"{_TEST}::test_the_obstacle_may_lie_on_either_side[-y]",))

OBSTACLES = (
    closes("obstacle-pulls", kind="missing term", what="the body sticks to the obstacle", old="p - max_value(p - k * gap, 0)", new="k * gap"),
    closes("obstacle-soft", kind="argument", what="a penalty for the multiplier", old="p - max_value(p - k * gap, 0)", new="p - max_value(-k * gap, 0)"),
    closes("obstacle-gap-sign", kind="sign", what="the body inside counts as a gap", old="p - k * gap", new="p + k * gap"),
    closes("obstacle-rests", kind="missing term", what="the obstacle does not move", old=", along)) - moved", new=", along)) - 0 * moved"),
    closes("obstacle-body-rests", kind="missing term", what="gap of the body before it is deformed", old='model.position + model.field("displacement")', new='model.position + 0 * model.field("displacement")'),
    closes("obstacle-direction", kind="sign", what="it pushes away from the body", old="along=sign * along", new="along=-sign * along"),
    sides("obstacle-one-side", kind="sign", what="an obstacle below counts as one above", old='-1 if axis.startswith("-") else 1', new="1"),
    loaded("obstacle-load-mean", kind="argument", what="the mean pressure is the load", old='mean=way != "load"', new="mean=True"),
    loaded("obstacle-area", kind="argument", what="area that does not touch", old="gt(p, k * gap), 1, 0", new="gt(p, k * gap), 0, 1"),
)
