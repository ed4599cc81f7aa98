"""Faults in what reads a deck: units, expressions, tables, options, overrides, sections."""

from __future__ import annotations

from functools import partial

from mutants import Mutant

_DECK = "tests/deck/test_"

units = partial(
    Mutant, file="core/trona/units/unit.py", decks=(), tests=("tests/units/test_units.py", f"{_DECK}expression.py")
)
parser = partial(
    Mutant,
    file="core/trona/deck/parser.py",
    decks=(),
    tests=(f"{_DECK}expression.py", f"{_DECK}definitions.py"),
)
typed_steps = partial(Mutant, file="core/trona/deck/typed_steps.py", decks=(), tests=(f"{_DECK}expression.py",))
tokens = partial(Mutant, file="core/trona/deck/tokens.py", decks=(), tests=(f"{_DECK}expression.py",))
steps = partial(
    Mutant,
    file="core/trona/deck/expression.py",
    decks=(),
    tests=(f"{_DECK}expression.py", f"{_DECK}table.py"),
)
table = partial(
    Mutant, file="core/trona/deck/table.py", decks=(), tests=(f"{_DECK}table.py", f"{_DECK}options.py")
)
kinds = partial(Mutant, file="core/trona/deck/kinds.py", decks=(), tests=(f"{_DECK}options.py",))
bounds = partial(Mutant, file="core/trona/deck/bounds.py", decks=(), tests=(f"{_DECK}options.py",))
override = partial(Mutant, file="core/trona/deck/override.py", decks=(), tests=(f"{_DECK}deck.py",))
reader = partial(Mutant, file="core/trona/deck/reader.py", decks=(), tests=(f"{_DECK}deck.py",))

_INTERP = "np.interp(x, self.abscissae, self.ordinates)"
_LINE = "y0 + (x - x0) * ((y1 - y0) / (x1 - x0))"
_MINE = 'mine - 1 if mine == POWER["^"] else mine'
_SIDES = "sides[0] == sides[1]"

INPUT = (
    units("unit-offset-dropped", kind="missing term", what="degrees Celsius taken for kelvin", old="return value * self.factor + self.offset", new="return value * self.factor"),
    units("unit-offset-sign", kind="sign", what="offset subtracted on the way in", old="return value * self.factor + self.offset", new="return value * self.factor - self.offset"),
    units("unit-back", kind="sign", what="offset added on the way out", old="return (value - self.offset) / self.factor", new="return (value + self.offset) / self.factor"),
    units("unit-quotient-factor", kind="swapped", what="the factor after a slash multiplies", old="result.factor / other.factor if sign", new="result.factor * other.factor if sign"),
    units("unit-quotient", kind="sign", what="the dimension of a quotient is that of the product", old="tuple(a - b for a, b in", new="tuple(a + b for a, b in"),
    units("unit-power-factor", kind="missing term", what="a prefix is not raised with its unit", old="float(base.factor**exponent)", new="float(base.factor)"),
    units("unit-power-dimension", kind="missing term", what="a power has the dimension of its base", old="_coherent(tuple(a * exponent for a in self.dimension))", new="_coherent(self.dimension)"),
    units("unit-percent", kind="factor", what="per cent taken for per mille", old="Unit(name, _ZERO, 0.01)", new="Unit(name, _ZERO, 0.001)"),
    units("unit-exponent-sign", kind="sign", what="exponents of units without their sign", old='sign = -1 if self.take("-", "+") == "-" else 1', new='sign = 1 if self.take("-", "+") == "-" else 1'),
    units("unit-fraction", kind="swapped", what="exponent 1/2 read as 2", old="value /= below", new="value *= below"),
    units("unit-si-factor", kind="factor", what="mA counted as the coherent unit", old="return self if self.factor == 1 and self.offset == 0", new="return self if self.offset == 0"),
    units("unit-raised", kind="sign", what="raised minus signs lost", old='["^", *(plain[:1] if plain[0] in "+-" else ""), plain.lstrip("+-")]', new='["^", plain.lstrip("+-")]'),
    units("unit-absolute-product", kind="missing term", what="degC accepted in a product", old="            if result.offset or other.offset:\n", new="            if False:\n"),
    units("unit-ambiguous", kind="missing term", what="J/mol K accepted", old='if sign == " " and divided:', new="if False:"),
    parser("expr-misfit", kind="missing term", what="a quantity of another unit accepted", old="if expected is not None and not term.unit.same_dimension(expected):", new="if False:"),
    parser("expr-power-left", kind="swapped", what="powers taken from the left", old=_MINE, new="mine"),
    parser("expr-minus-right", kind="swapped", what="differences taken from the right", old=_MINE, new="mine - 1"),
    parser("expr-precedence", kind="swapped", what="sums before products", old='"+": 5, "-": 5, "*": 6, "·": 6, "/": 6}', new='"+": 6, "-": 6, "*": 5, "·": 5, "/": 5}'),
    parser("expr-sign-power", kind="swapped", what="-2^2 read as (-2)^2", old="NOT, SIGN = 3, 7", new="NOT, SIGN = 3, 9"),
    parser("expr-less", kind="swapped", what="< read as <=", old='"<": "lt"', new='"<": "le"'),
    parser("expr-greater", kind="swapped", what="> read as <", old='">": "gt"', new='">": "lt"'),
    parser("expr-unary", kind="sign", what="a minus sign before a quantity ignored", old='negative = self.call("neg", [operand], operand.unit, token.begin, operand.end, operand.literal)', new="negative = operand"),
    parser("expr-sum-units", kind="missing term", what="unlike quantities added", old='self.same(left, right, *(("add", "to") if sign == "+" else ("subtract", "from")))', new="pass"),
    parser("expr-compare-units", kind="missing term", what="unlike quantities compared", old='        if sign in COMPARISONS:\n            self.same(left, right, "compare", "with")\n', new="        if sign in COMPARISONS:\n"),
    parser("expr-pure", kind="missing term", what="exp of a quantity accepted", old="        elif name in PURE_FUNCTIONS:\n            self.pure(value, f\"'{name}' needs a pure number\")\n", new="        elif name in PURE_FUNCTIONS:\n"),
    parser("expr-sqrt-unit", kind="unit", what="a square root keeps the unit", old="unit = self.raised(value, Fraction(1, 2))", new="unit = value.unit"),
    parser("expr-quotient-unit", kind="unit", what="a quotient has the unit of the product", old='unit = a / b if sign == "/" else a * b', new="unit = a * b"),
    typed_steps("expr-absolute", kind="missing term", what="25 degC without its offset", old="Constant(unit.to_si(float(sign + number.text)))", new="Constant(float(sign + number.text) * unit.factor)"),
    typed_steps("expr-literal-factor", kind="factor", what="prefixes of literals ignored", old="self.steps.append(Constant(unit.to_si(float(token.text))))", new="self.steps.append(Constant(float(token.text)))"),
    parser("expr-circle", kind="missing term", what="definitions in a circle not seen", old="        if name in self.within:\n", new="        if False:\n"),
    tokens("expr-unit-runs-on", kind="swapped", what="a variable taken into the unit before it", old="if token.kind != \"name\" or token.text in (*self.variables, *POSITION_AND_TIME,", new="if token.kind != \"name\" or token.text in (*POSITION_AND_TIME,"),
    tokens("expr-octal", kind="missing term", what="0123 read as decimal", old='    (re.compile(r"0[0-9]+(?![0-9.eE])"), "begins with a zero, which may mean base 8"),\n', new=""),
    steps("expr-log", kind="swapped", what="ln and log10 exchanged", old='"ln": np.log', new='"ln": np.log10'),
    table("table-order", kind="swapped", what="columns of a table exchanged", old=_INTERP, new="np.interp(x, self.ordinates, self.abscissae)"),
    table("table-step", kind="missing term", what="a table jumps instead of rising", old=_LINE, new="y0"),
    table("table-slope", kind="swapped", what="slope of a table inverted", old=_LINE, new="y0 + (x - x0) * ((x1 - x0) / (y1 - y0))"),
    table("table-end", kind="swapped", what="a table is its first value beyond its last", old="self.ordinates[0 if first == 0 else -1]", new="self.ordinates[0]"),
    table("table-falling", kind="missing term", what="rows in any order accepted", old="if after <= before:", new="if False:"),
    table("table-equal", kind="missing term", what="two rows at one place accepted", old="if after <= before:", new="if after < before:"),
    table("table-file-units", kind="unit", what="units of a table's file ignored", old="x, y = (unit.to_si(value) for unit, value", new="x, y = (value for unit, value"),
    table("table-head", kind="missing term", what="another unit in the head of a table accepted", old="if found != unit and (marked or found.same_dimension(unit)):", new="if False:"),
    table("table-units-kind", kind="missing term", what="units of another kind accepted for a table's file", old="        if not unit.same_dimension(expected):\n            raise name", new="        if False:\n            raise name"),
    bounds("option-minimum", kind="swapped", what="a minimum itself refused", old="Bound(operator.ge, ", new="Bound(operator.gt, "),
    bounds("option-above", kind="swapped", what="a value at its excluded bound accepted", old="Bound(operator.gt, ", new="Bound(operator.ge, "),
    bounds("option-maximum", kind="swapped", what="a maximum taken for a minimum", old="Bound(operator.le, ", new="Bound(operator.ge, "),
    kinds("option-some", kind="swapped", what="bounds hold for some of a table's values", old="if not all(BOUNDS[name].passes(known,", new="if not any(BOUNDS[name].passes(known,"),
    kinds("option-finite", kind="missing term", what="an infinite number accepted", old="if not math.isfinite(value):", new="if False:"),
    kinds("option-twice", kind="missing term", what="a block named twice accepted", old="if names.count(name) > 1:", new="if False:"),
    kinds("option-one-side", kind="missing term", what="an interface of a block with itself accepted", old=_SIDES, new="False"),
    override("override-item", kind="swapped", what="items of lists counted from 1", old="items[index] = _set(items[index], rest, node, location)", new="items[index - 1] = _set(items[index - 1], rest, node, location)"),
    override("override-item-value", kind="swapped", what="an override of an item replaces the one before", old="        items[index] = node\n", new="        items[index - 1] = node\n"),
    override("override-remove", kind="missing term", what="null keeps the key", old="        value.pop(key, None)\n", new=""),
    override("override-sibling", kind="missing term", what="what stands beside an overridden key is lost", old="    value, keys = dict(parent.mapping()), dict(parent.keys)", new="    value, keys = {}, {}"),
)
