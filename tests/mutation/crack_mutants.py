"""Faults in the law of an interface that cracks."""

from __future__ import annotations

from functools import partial

from mutants import Mutant

_TEST = "tests/plugins/test_cohesive.py"
_PATH = f"{_TEST}::test_a_path_of_loading_unloading_pressing_and_failing[1-D]"
_SLIDES = f"{_TEST}::test_sliding_counts_by_its_weight[0.5-metal | sei]"

path = partial(Mutant, file="plugins/trona_plugins/cohesive.py", decks=(), tests=(_PATH,))
slides = partial(path, tests=(_SLIDES,))
lags = partial(path, tests=(f"{_TEST}::test_damage_lags_by_the_relaxation_time",))

_HISTORY = "min_value(model.time * rate, behind)"
_DAMAGE = "damage = last * (reached - first) / (reached * (last - first))"

through = partial(
    Mutant,
    file="plugins/trona_plugins/cracked_film.py",
    decks=(),
    tests=("tests/plugins/test_cracked_film.py::test_a_crack_passes_more_current[1.2e-08-4.0]",),
)

CRACKS = (
    path("cohesive-heals", kind="missing term", what="damage follows the present opening", old=_HISTORY, new="behind"),
    path("cohesive-never", kind="missing term", what="nothing ever opens", old=_HISTORY, new="model.time * rate"),
    path("cohesive-late", kind="factor", what="opening counts by half", old="* rate - effective", new="* rate - effective / 2"),
    path("cohesive-pulls", kind="sign", what="traction with the other sign", old="law.exchange(-traction", new="law.exchange(traction"),
    path("cohesive-energy", kind="factor", what="half the fracture energy", old="2 * G / s", new="G / s"),
    path("cohesive-strength", kind="factor", what="twice the strength", old="first, last = s / K", new="first, last = 2 * s / K"),
    path("cohesive-linear", kind="argument", what="damage by a straight line", old=_DAMAGE, new="damage = (reached - first) / (last - first)"),
    path("cohesive-whole", kind="missing term", what="no damage", old="held = (1 - damage) * K", new="held = (1 - 0 * damage) * K"),
    path("cohesive-interpenetrates", kind="missing term", what="no resistance to compression", old="+ K * (opening - opened) * law.normal", new="+ 0 * K * (opening - opened) * law.normal"),
    path("cohesive-pressed", kind="argument", what="compression opens", old="max_value(opening, 0)", new="max_value(opening, -opening)"),
    path("cohesive-spent", kind="factor", what="twice the energy of the crack", old="spent = G *", new="spent = 2 * G *"),
    slides("cohesive-slides", kind="missing term", what="sliding leaves the opening as it is", old="+ self.sliding**2 * dot(slid, slid) +", new="+"),
    slides("cohesive-weight", kind="argument", what="weight not squared in the traction", old="+ self.sliding**2 * slid)", new="+ self.sliding * slid)"),
    slides("cohesive-shear-none", kind="missing term", what="sliding free of traction", old="+ self.sliding**2 * slid)", new="+ 0 * slid)"),
    lags("cohesive-relaxes", kind="missing term", what="damage without delay", old="self.relaxation * rate", new="0 * self.relaxation * rate"),
    lags("cohesive-ahead", kind="sign", what="damage ahead of the opening", old="+ self.relaxation * rate", new="- self.relaxation * rate"),
    path("cohesive-unit", kind="unit", what="fracture energy declared per volume", old='Quantity("J/m^2", "energy', new='Quantity("J/m^3", "energy'),
    path("cohesive-filled", kind="missing term", what="a crack where metal is deposited is accepted", old="if law.is_fed(GROWTH_VELOCITY):", new="if law.is_fed(GROWTH_VELOCITY) and model.steady:", tests=(f"{_TEST}::test_a_crack_where_metal_is_deposited_is_refused",)),
    path("cohesive-second-order", kind="missing term", what="differences of second order are accepted", old="first_order = True", new="first_order = False", tests=(f"{_TEST}::test_differences_of_second_order_are_refused",)),
    through("cracked-resists", kind="sign", what="a crack adds resistance", old="(1 - damage) * self.resistance", new="(1 + damage) * self.resistance"),
    through("cracked-film", kind="missing term", what="the resistance of the intact film", old="(1 - damage) * self.resistance", new="(1 - 0 * damage) * self.resistance"),
    through("cracked-fresh", kind="missing term", what="no fresh surface", old="1 + (self.exchange_ratio - 1) * damage", new="1 + 0 * damage"),
    through("cracked-whole", kind="factor", what="fresh surface everywhere", old="1 + (self.exchange_ratio - 1) * damage", new="self.exchange_ratio + 0 * damage"),
)
