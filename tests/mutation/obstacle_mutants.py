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
two = partial(closes, tests=(f"{_TEST}::test_two_obstacles_at_one_boundary[2]",))
alone = partial(
    two,
    file="core/trona/model/checks/sense.py",
    tests=(f"{_TEST}::test_two_that_cannot_both_be_meant_are_refused",),
)
limits = partial(
    two,
    file="core/trona/diagnosis/watch.py",
    tests=("tests/diagnosis/test_watch.py::test_round_off_ends_no_run_and_a_violation_does",),
)
_MIRROR = ("tests/plugins/test_creeping_flow.py::test_an_obstacle_below_is_the_mirror_of_one_above[planar]",)

OBSTACLES = (
    closes("obstacle-pulls", kind="missing term", what="the body sticks to the obstacle", old="p - _pressed(p - k * gap)", new="k * gap"),
    closes("obstacle-soft", kind="argument", what="a penalty for the multiplier", old="p - _pressed(p - k * gap)", new="p - _pressed(-k * gap)"),
    closes("obstacle-gap-sign", kind="sign", what="the body inside counts as a gap", old="_pressed(p - k * gap)", new="_pressed(p + k * gap)"),
    closes("obstacle-rests", kind="missing term", what="the obstacle does not move", old=", along)) - moved", new=", along)) - 0 * moved"),
    closes("obstacle-body-rests", kind="missing term", what="gap of the body before it is deformed", old='model.position + model.field("displacement")', new='model.position + 0 * model.field("displacement")'),
    closes("obstacle-direction", kind="sign", what="it pushes away from the body", old="along=sign * along", new="along=-sign * along"),
    sides("obstacle-one-side", kind="sign", what="an obstacle below counts as one above", old='-1 if axis.startswith("-") else 1', new="1"),
    loaded("obstacle-load-mean", kind="argument", what="the mean pressure is the load", old='mean=way != "load"', new="mean=True"),
    loaded("obstacle-area", kind="argument", what="area that does not touch", old="conditional(touches, 1, 0)", new="conditional(touches, 0, 1)"),
    two("obstacle-tie", kind="argument", what="what begins without a gap does not touch", old="conditional(ge(p, 0), p, 0)", new="max_value(p, 0)", tests=(f"{_TEST}::test_two_obstacles_at_one_boundary[1]",)),
    two("obstacle-labels", kind="missing term", what="two of one boundary have one name", file="core/trona/model/names.py", old='f"{region}, {label}" if label else region', new="region"),
    two("obstacle-beyond", kind="missing term", what="the last node of a contact presses beyond it", old="conditional(touches, max_value(p, 0), 0)", new="max_value(p, 0)", tests=("tests/plugins/test_creeping_flow.py::test_an_island_lies_on_its_collector",)),
    two("obstacle-closed", kind="missing term", what="a contact that may open keeps a level in", file="core/trona/model/checks/levels.py", old="c.balance is balance and determines_multiplier(model, c) is not None", new="c.balance is balance", tests=_MIRROR),
    alone("obstacle-same", kind="missing term", what="two obstacles that are the same accepted", old="differing == {apart}", new="False"),
    alone("obstacle-unnamed", kind="missing term", what="two obstacles of one name accepted", old="or apart not in differing", new="or False"),
    limits("limit-largest", kind="missing term", what="limits not measured against the largest value", old="watched.scale, *(size for _, _, size, _ in everyones)", new="watched.scale"),
    limits("limit-scale", kind="missing term", what="limits not measured against the scale of unknowns", old="max(*ends, watched.scale, *(size", new="max(*ends, *(size"),
    limits("limit-gone", kind="factor", what="a thousandth beyond a limit is round-off", old="_ROUND_OFF = 1e-9", new="_ROUND_OFF = 1e-3"),
)
