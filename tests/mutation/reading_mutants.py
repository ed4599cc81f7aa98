"""Faults in what is read off a solution, in units of outputs, in settings of time, and at the points of local fields."""

from __future__ import annotations

from functools import partial

from mutants import Mutant

_HISTORY = "tests/problem/test_long_histories.py"
_POINTS = "tests/readings/test_points.py"
_UNITS = ("tests/model/checks/test_dimensions.py",)

outputs = partial(
    Mutant, file="plugins/trona_plugins/reductions.py", decks=(),
    tests=("tests/problem/test_main_job.py::test_mean_current_lies_between_the_extremes",),
)
points = partial(Mutant, file="core/trona/readings/points.py", decks=(), tests=(_POINTS,))
places = partial(Mutant, file="core/trona/settings/points.py", decks=(), tests=(_POINTS,))
inside = partial(
    Mutant, file="core/trona/mesh/barycentric.py", decks=(), tests=(_POINTS, "tests/mesh/test_barycentric.py")
)
units = partial(Mutant, file="core/trona/model/checks/dimensions.py", decks=(), tests=_UNITS)
amount = partial(
    Mutant, file="core/trona/model/coordinates.py", decks=(),
    tests=("tests/readings/test_units_of_amounts.py::test_the_unit_of_an_integral",),
)
shown = partial(
    Mutant, file="core/trona/record/quantity.py", decks=(), tests=("tests/record/test_quantity.py",)
)
bdf = partial(Mutant, file="core/trona/stepper/bdf.py", decks=(), tests=("tests/stepper/test_bdf.py",))
locate = partial(
    Mutant,
    file="core/trona/stepper/locate.py",
    decks=(),
    tests=("tests/stepper/test_protocol.py::test_locator",),
)
settings = partial(
    Mutant, file="core/trona/settings/time.py", decks=(),
    tests=("tests/stepper/test_stepping.py", "tests/stepper/test_protocol.py::test_limits_are_met"),
)
sentences = partial(
    Mutant, file="core/trona/settings/sentences.py", decks=(), tests=("tests/settings/test_sentences.py",),
)
merged = partial(Mutant, file="core/trona/deck/reader.py", decks=(), tests=("tests/deck/test_deck.py",))
layers = partial(
    Mutant, decks=(), tests=("tests/mesh/test_layers.py", "tests/mesh/test_mesh_data.py"),
)
history = partial(Mutant, decks=(), tests=(f"{_HISTORY}::test_no_drift[1-planar]",))
flux = partial(Mutant, decks=(), tests=("tests/plugins/test_creep_to_large_strain.py",))
law = partial(Mutant, decks=(), tests=(f"{_HISTORY}::test_a_law_reads_what_creep_has_left",))
orders = partial(
    Mutant, file="core/trona/model/local_points.py", decks=(), tests=(f"{_HISTORY}::test_orders",)
)
told = partial(
    Mutant,
    file="core/trona/model/local_points.py",
    decks=(),
    tests=(f"{_HISTORY}::test_a_law_that_cannot_is_told",),
)
waves = partial(
    Mutant,
    file="core/trona/model/local_points.py",
    decks=(),
    tests=("tests/plugins/test_deposit_waves.py::test_a_wave_on_a_metal_that_creeps",),
)

_PAST = "return now / (2 * now + before)"
_OWN = "own = now**2 * (now + before) ** 2 / (2 * now + before)"
_SECANT = "return high - (high - low) * above / (above - below)"
_MET = "self.above is not None and value > self.above"

READINGS = (
    outputs("out-mean", kind="missing term", what="a mean not divided by its extent", old="return over.integral() / over.extent()", new="return over.integral()"),
    outputs("out-extremes", kind="swapped", what="smallest told for largest", old="return over.extremes()[1]", new="return over.extremes()[0]"),
    points("points-first-block", kind="side", what="all points of a line read in one block", old="here = homes == block", new="here = homes == homes[0]"),
    points("points-sum", kind="factor", what="a point between cells gets their sum", old="return total / self.held.reshape(-1, *(1,) * (total.ndim - 1))", new="return total"),
    places("places-either", kind="side", what="on a border the first block is read in silence", old="if len(here) == 1 or single[here]:", new="if True:"),
    places("places-gradient", kind="missing term", what="gradients taken as the same on both sides of a border", old="    if any(isinstance(node, Grad) for node in unique_pre_traversal(expanded[0])):\n        return False\n", new=""),
    places("places-one-way", kind="side", what="a line across a border has the value that it comes from alone", old="for other in (number - 1, number + 1):", new="for other in (number - 1,):"),
    inside("inside-corner", kind="swapped", what="weights of the corners exchanged", old="np.column_stack([1 - rest.sum(axis=1), rest])", new="np.column_stack([rest, 1 - rest.sum(axis=1)])"),
    inside("inside-outside", kind="missing term", what="points outside a cell count as inside", old="inside = (local >= -EDGE).all(axis=1)", new="inside = (local >= -1.0).all(axis=1)"),
    units("dim-quotient", kind="unit", what="a quotient has the unit of the product", old="return tuple(x - y for x, y in zip(a, b, strict=True))", new="return tuple(x + y for x, y in zip(a, b, strict=True))"),
    units("dim-sqrt", kind="unit", what="a root keeps the unit", old="_power(a, Fraction(1, 2))", new="a"),
    units("dim-power", kind="unit", what="a power keeps the unit", old="return _power(a, fraction)", new="return a"),
    units("dim-gradient", kind="unit", what="a gradient keeps the unit", old="return None if a is None else _over(a, _METRE)", new="return a"),
    units("dim-sum", kind="missing term", what="unlike terms added without a word", old="            if unit != first:\n", new="            if False:\n"),
    units("dim-pure", kind="missing term", what="exp of a quantity accepted", old="if unit is not None and unit != PURE:", new="if False:"),
    units("dim-determinant", kind="unit", what="a determinant has the unit of an entry", old="_power(a, Fraction(_rows(o)))", new="a"),
    units("dim-inverse", kind="unit", what="an inverse keeps the unit", old="_power(a, Fraction(-1))", new="a"),
    amount("amount-axis", kind="unit", what="integrals around an axis in the unit of a planar cut", old="across = 3 - self.dimension - self.turns", new="across = 3 - self.dimension"),
    amount("amount-line", kind="unit", what="integrals over a line in the unit of those over a plane", old="across = 3 - self.dimension - self.turns", new="across = 0 if self.turns else 1 if self.dimension < 3 else 0"),
    amount("amount-power", kind="unit", what="integrals in the unit of the density per metre", old="density * _METRE**on, density * _METRE ** (on - across)", new="density * _METRE**on, density * _METRE ** (on - across - 1)"),
    shown("shown-prefix", kind="factor", what="milli shown for micro", old='-6: "µ", -3: "m"', new='-6: "m", -3: "µ"'),
    shown("shown-factor", kind="sign", what="numbers divided where they are multiplied", old="return 10.0**-power,", new="return 10.0**power,"),
    shown("shown-hours", kind="factor", what="an hour of 60 s", old='(3600.0, "h")', new='(60.0, "h")'),
    shown("shown-time", kind="swapped", what="times multiplied by their unit", old="{seconds / scale:.4g}", new="{seconds * scale:.4g}"),
    bdf("bdf-extrapolation", kind="sign", what="extrapolation into the past", old="weight *= -other / (own - other)", new="weight *= other / (own - other)"),
    bdf("bdf-times", kind="time level", what="past levels one step too near", old="-sum(steps[: k + 1])", new="-sum(steps[:k])"),
    bdf("bdf-error-first", kind="factor", what="error of order 1 half of what it is", old=_PAST, new="return now / (2 * now + before) / 2"),
    bdf("bdf-error-second", kind="factor", what="error of order 2 with the wrong steps", old=_OWN, new="own = now**2 * (now + before) ** 2 / (now + before)"),
    bdf("bdf-error-steps", kind="missing term", what="the oldest step left out of the error", old="(now + before + steps[2])", new="(now + before)"),
    locate("locate-secant", kind="sign", what="a limit sought on the wrong side", old=_SECANT, new="return high + (high - low) * above / (above - below)"),
    locate("locate-tolerance", kind="factor", what="limits met a thousand times too coarsely", old="allowed = self._tolerance *", new="allowed = 1e3 * self._tolerance *"),
    locate("locate-illinois", kind="missing term", what="the end that stays is not halved", old="opposite[limit] = size, excess / 2", new="opposite[limit] = size, excess"),
    locate("locate-first", kind="swapped", what="the last limit sought before the first", old="first = min(sought, key=self._between)", new="first = max(sought, key=self._between)", survives="the search goes on while any limit is passed: it takes more trials and ends at the same"),
    settings("time-order", kind="swapped", what="bdf1 and bdf2 exchanged", old="int(section.method[-1])", new="3 - int(section.method[-1])"),
    settings("time-above", kind="swapped", what="a run ends below what it should pass", old=_MET, new="self.above is not None and value < self.above"),
    settings("time-tolerance", tests=("tests/cli/test_wrong_decks.py",), kind="missing term", what="a tolerance of nothing accepted", old="    if value <= 0:\n        raise node", new="    if False:\n        raise node"),
    sentences("sentence-bracket", kind="factor", what="a sum in a sentence loses its brackets", old='f"({value})"', new="value"),
    sentences("sentence-minutes", kind="unit", what="minutes taken as seconds", old='"m": "min"', new='"m": "s"'),
    sentences("sentence-fixed", kind="missing term", what="limits of the verb itself forgotten", old="opened, until = _parted(entries_of(verb.get(\"until\")))", new="opened, until = _parted(entries_of(verb.get(\"until\")))[0], {}"),
    settings("time-step", kind="swapped", what="the first step is the smallest", old="end,\n        step,\n        int(", new="end,\n        smallest,\n        int("),
    settings("time-largest", kind="swapped", what="constant steps grow to a tenth of the run", old="(max(end / 10, step) if tolerances else step)", new="max(end / 10, step)"),
    settings("time-stop-unit", kind="unit", what="a stop condition whose unit is not asked", old="key: parse_input(node, unit, {}, \"\").constant", new='key: parse_input(node, Unit.parse("K"), {}, "").constant'),
    merged("deck-include-order", kind="swapped", what="an included file wins over the deck", old="return own if below is None else _merged(below, own)", new="return own if below is None else _merged(own, below)"),
    merged("deck-include-later", kind="swapped", what="the first of two includes wins", old="part if below is None else _merged(below, part)", new="part if below is None else _merged(part, below)"),
    merged("deck-null", kind="missing term", what="null keeps what was included", old="            del value[key], keys[key]\n", new="            pass\n"),
    merged("deck-replaced", kind="swapped", what="a section replaces the included one whole", old="value[key] = _merged(value[key], node)", new="value[key] = node"),
    layers("mesh-unit", file="core/trona/mesh/build.py", kind="unit", what="unit of length not applied to points", old="points = points * length_unit", new="points = points * 1.0"),
    layers("mesh-unit-volume", file="core/trona/mesh/build.py", kind="unit", what="volumes in the unit of the file", old="* length_unit**dim", new="* length_unit"),
    layers("mesh-layers-order", file="core/trona/mesh/layers.py", kind="swapped", what="layers stacked from the top", old="block_of = np.array([names.index(name) for name, _ in layers])[layer_of]", new="block_of = np.array([names.index(name) for name, _ in layers[::-1]])[layer_of]"),
    history("local-points", file="core/trona/problem/forms.py", kind="swapped", what="local laws held by moments, not at points", old="return None if order is None else degree_of_points(self.model.dimension, order)", new="return None"),
    flux("local-fluxes", file="core/trona/problem/forms.py", kind="missing term", what="fluxes that depend on local fields not at their points", old="            order = local_order(self.model, expression)\n", new="            pass\n"),
    history("local-readings", file="core/trona/model/local_points.py", kind="missing term", what="stress read between the points as it stands", old="    return any(set_against(slope) for slope in slopes)", new="    return False"),
    history("local-stale", file="core/trona/problem/local_sums.py", kind="time level", what="stress read as it was at first", old="                solver.solve()\n", new="                pass\n"),
    law("local-laws", file="core/trona/model/local_points.py", kind="missing term", what="laws read stress between the points as it stands", old="            _add(draft, symbol, whole, local_fields(draft, expanded))\n", new="            return None\n"),
    law("local-laws-components", file="core/trona/model/local_traces.py", kind="swapped", what="components of what laws read in the wrong order", old="parts = [symbol[i] for i in range(prod(shape))]", new="parts = [symbol[(i + 1) % prod(shape)] for i in range(prod(shape))]"),
    orders("local-order", kind="missing term", what="too few points for a displacement of order 3", old="settled = max(settled, degree)", new="pass"),
    orders("local-highest", kind="missing term", what="orders without points accepted", old="if settled > highest:", new="if False:"),
    waves("local-elsewhere", kind="side", what="the slope of a surface taken for one in the cells", old="return not local_fields(model, slope) and (not lives or not lives.isdisjoint(places))", new="return not local_fields(model, slope)"),
    told("local-told", kind="missing term", what="a law that reads gradients against local fields accepted", old="        if holds_at_points(draft, expanded):\n", new="        if False:\n"),
)
