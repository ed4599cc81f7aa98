"""The grammar of quantities and expressions: a Pratt parser that checks dimensions as it goes.

Nothing is evaluated by Python. A number followed by the name of a unit is a quantity, whose unit extends over `*`, `/`
and `^` as long as units follow: in `10 A/m^2 * t / 60 s` the unit ends before `* t`, because t is a variable.
Variables hide units of the same name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from trona.deck.expression import Constant, Expression, Shared, Variable
from trona.deck.scope import Definitions
from trona.deck.source import shorten
from trona.deck.tokens import (
    CONSTANTS,
    FUNCTIONS,
    KEYWORDS,
    MAX_DEPTH,
    MAX_LENGTH,
    POSITION_AND_TIME,
    ExpressionError,
    Token,
)
from trona.deck.typed_steps import Term, TypedSteps
from trona.errors import MOST_LISTED, nearest
from trona.units import Unit

PURE_FUNCTIONS = ("exp", "ln", "log10", "sin", "cos", "tan", "sinh", "cosh", "tanh")
COMPARISONS = {"<": "lt", "<=": "le", ">": "gt", ">=": "ge"}
POWER = {"or": 1, "and": 2, "<": 4, "<=": 4, ">": 4, ">=": 4, "+": 5, "-": 5, "*": 6, "·": 6, "/": 6}
POWER |= {"^": 8, "**": 8}
NOT, SIGN = 3, 7
_INSIDE = ("in the definition", "a definition contains itself")


def parse_expression(
    text: str,
    variables: Mapping[str, Unit] | None = None,
    expected: Unit | None = None,
    definitions: Mapping[str, str] | None = None,
) -> Expression:
    """Read a quantity ('0.5 mA/cm^2') or an expression ('10 A/m^2 * t / 60 s').

    `variables` are the names that may occur, with their units; `expected` is a unit of the required dimension;
    `definitions` are names that stand for other texts. Raises ExpressionError, with the column of the mistake.
    """
    known = definitions if isinstance(definitions, Definitions) else Definitions(definitions or {})
    parser = Parser(text, variables or {}, known)
    term = parser.whole()
    if term.unit is None:
        raise ExpressionError(f"expected a quantity, got the condition '{shorten(text)}'", term.begin)
    if expected is not None and not term.unit.same_dimension(expected):
        raise ExpressionError(_misfit(text, term, term.unit, expected))
    whole = Shared.of(parser.steps)
    if not whole.fits(MAX_LENGTH):
        raise ExpressionError(f"with its definitions, the expression has more than {MAX_LENGTH} operations", term.begin)
    return Expression(text.strip(), (expected or term.unit).si, whole.variables, whole.steps)


@dataclass(frozen=True, slots=True)
class _Defined:
    """A definition that has been read: its steps, unit and depth of nesting."""

    part: Shared
    unit: Unit | None
    depth: int
    shape: tuple[int, ...]


def check_definition(name: str, variables: Mapping[str, Unit], definitions: Definitions) -> None:
    """Read a definition on its own. Raises ExpressionError, with the column in its text."""
    _define(Parser, name, variables, definitions, (), 0)


def was_read(name: str, definitions: Definitions) -> bool:
    """Whether a definition was read successfully somewhere in the deck."""
    return any(isinstance(known.get(name), _Defined) for known in definitions.read.values())


def inside_another(error: ExpressionError) -> bool:
    """Whether a mistake in a definition is in another one that it uses."""
    return error.message.startswith(_INSIDE[0])


def _define(
    grammar: type[Parser],
    name: str,
    variables: Mapping[str, Unit],
    definitions: Definitions,
    within: tuple[str, ...],
    depth: int,
) -> _Defined:
    """Read a definition once for each set of variables. Raises ExpressionError, with the column in its text."""
    place = frozenset((variable, str(unit)) for variable, unit in variables.items())
    known = definitions.read.setdefault((grammar, place), {})
    if name not in known:
        try:
            parser = grammar(definitions[name], variables, definitions, (*within, name), depth)
            term = parser.whole()
            known[name] = _Defined(Shared.of(parser.steps), term.unit, parser.deepest - depth, term.shape)
        except ExpressionError as error:
            known[name] = error
    found: _Defined | ExpressionError = known[name]
    if isinstance(found, ExpressionError):
        raise ExpressionError(found.message, found.column, found.unknown) from None
    return found


def _misfit(text: str, term: Term, unit: Unit, expected: Unit) -> str:
    wanted = "a pure number" if expected.is_dimensionless else f"a quantity in {expected}"
    if unit.is_dimensionless:
        found = f"the bare number '{shorten(text)}'" if term.literal else f"'{shorten(text)}', a pure number"
    else:
        found = f"'{shorten(text)}'" if term.literal else f"'{shorten(text)}' in {unit}"
    return f"expected {wanted}, got {found}"


class Parser(TypedSteps):
    """Reads one text. `functions` are those of the grammar."""

    definitions: Definitions
    functions: tuple[str, ...] = FUNCTIONS

    def __init__(
        self,
        text: str,
        variables: Mapping[str, Unit],
        definitions: Definitions,
        within: tuple[str, ...] = (),
        depth: int = 0,
    ) -> None:
        super().__init__(text, variables)
        self.definitions, self.within = definitions, within
        self.depth = self.deepest = depth

    # The grammar

    def whole(self) -> Term:
        if self.peek().kind == "end":
            raise ExpressionError("expected a quantity, got an empty text")
        term = self.absolute_temperature() or self.expression(0)
        if self.peek().kind != "end":
            raise self.unexpected("expected an operator")
        return term

    def expression(self, power: int) -> Term:
        self.deeper(1, self.peek())
        self.depth += 1
        left = self.prefix()
        while (mine := POWER.get(self.peek().text, 0)) > power:
            sign = self.advance().text
            right = self.expression(mine - 1 if mine == POWER["^"] else mine)
            left = self.binary(sign, left, right)
            if mine == POWER["<"] and POWER.get(self.peek().text) == mine:
                raise self.unexpected("comparisons cannot be chained; write 'and'")
        self.depth -= 1
        return left

    def deeper(self, levels: int, token: Token) -> None:
        self.deepest = max(self.deepest, self.depth + levels)
        if self.deepest > MAX_DEPTH:
            raise ExpressionError("the expression is nested too deeply", token.begin)

    def prefix(self) -> Term:
        token = self.advance()
        if token.kind == "number":
            return self.number(token)
        if token.kind == "name" and token.text not in KEYWORDS:
            return self.name(token)
        if token.text == "(":
            inner = self.expression(0)
            end = self.expect(")").end
            return replace(inner, begin=token.begin, end=end, literal=False)
        if token.text == "-":
            operand = self.of_any_shape(self.expression(SIGN))
            negative = self.call("neg", [operand], operand.unit, token.begin, operand.end, operand.literal)
            return replace(negative, shape=operand.shape)
        if token.text == "+":
            return replace(self.of_any_shape(self.expression(SIGN)), begin=token.begin)
        if token.text == "not":
            operand = self.condition(self.expression(NOT))
            return self.call("not", [operand], None, token.begin, operand.end)
        self.next -= 1
        raise self.unexpected("expected a quantity")

    def name(self, token: Token) -> Term:
        name, start = token.text, len(self.steps)
        if self.peek().text == "(" and name in FUNCTIONS and name not in self.variables:
            return self.function(token)
        if name in self.variables:
            key, end = (name, token.end) if self.peek().text != "(" else self.on_side(token)
            self.steps.append(Variable(key))
            return Term(start, self.variables[key].si, token.begin, end)
        if name in self.definitions:
            return self.defined(token)
        if name in CONSTANTS:
            self.steps.append(Constant(CONSTANTS[name]))
            return Term(start, Unit.dimensionless, token.begin, token.end)
        if name in POSITION_AND_TIME:
            raise ExpressionError(f"'{name}' cannot be used here", token.begin, name)
        if name in self.functions:
            raise ExpressionError(f"the function '{name}' needs arguments in parentheses", token.begin)
        if Unit.known(name):
            raise ExpressionError(f"the unit '{name}' needs a number before it", token.begin, name)
        variables = (known for known in self.variables if "(" not in known)
        known = (*variables, *self.definitions, *self.functions, *CONSTANTS)
        raise ExpressionError(f"unknown name '{shorten(name)}'{nearest(name, known)}", token.begin, name)

    def on_side(self, token: Token) -> tuple[str, int]:
        """Read the block after a name, as in `f(lower)`, and return the whole name and where it ends."""
        begin = self.advance().end
        while self.peek().text not in (")", "("):
            if self.peek().kind == "end":
                raise self.unexpected("expected ')'")
            self.advance()
        block, end = self.text[begin : self.peek().begin].strip(), self.expect(")").end
        start = f"{token.text}("
        blocks = [name[len(start) : -1] for name in self.variables if name.startswith(start)]
        if not blocks:
            raise ExpressionError(f"'{token.text}' is not a function and has no sides", token.begin, token.text)
        if block not in blocks:
            text = f"'{token.text}' does not live in '{shorten(block)}', only in {', '.join(blocks)}"
            raise ExpressionError(text, begin, block)
        return f"{start}{block})", end

    def defined(self, token: Token) -> Term:
        """Read the text of a definition."""
        name, start = token.text, len(self.steps)
        if name in self.within:
            circle = " -> ".join((*self.within[self.within.index(name) :], name))
            raise ExpressionError(f"a definition contains itself: {circle}", token.begin)
        try:
            found = _define(type(self), name, self.variables, self.definitions, self.within, self.depth)
        except ExpressionError as error:
            raise ExpressionError(self.inside(name, error), token.begin, error.unknown) from None
        self.deeper(found.depth, token)
        # A single step may be folded with its neighbours; anything longer is shared.
        self.steps += found.part.steps if len(found.part.steps) == 1 else [found.part]
        return Term(start, found.unit, token.begin, token.end, shape=found.shape)

    def inside(self, name: str, error: ExpressionError) -> str:
        """Return the message for a mistake in a definition; of nested definitions, the innermost is named."""
        if error.message.startswith(_INSIDE):
            return error.message
        message = error.message
        if error.unknown and not Unit.known(error.unknown) and not nearest(error.unknown, self.variables):
            message = f"'{shorten(error.unknown)}' cannot be used here, {self.usable()}"
        return f"in the definition '{name}'{self.definitions.where(name, error.column)}: {message}"

    def usable(self) -> str:
        """Return the names that an expression may contain, as part of a sentence."""
        names = [name for name in self.variables if "(" not in name]
        if not names:
            return "only numbers"
        names = names if len(names) <= MOST_LISTED else [*names[:MOST_LISTED], "others"]
        return f"only {', '.join(names[:-1])} and {names[-1]}" if names[1:] else f"only {names[0]}"

    def function(self, token: Token) -> Term:
        self.advance()
        start = len(self.steps)
        terms = [self.expression(0)]
        name = token.text
        if name == "if":
            self.condition(terms[0])
        while self.peek().text == ",":
            self.advance()
            terms.append(self.expression(0))
            if name in ("min", "max"):  # n arguments become n - 1 calls of two
                self.same(terms[0], terms[1], "compare", "with")
                terms = [self.call(name, terms, terms[0].unit, token.begin, terms[1].end)]
        end = self.expect(")").end
        count = 3 if name == "if" else 1
        if len(terms) != count:
            wanted = f"{count} argument{'s' if count > 1 else ''}"
            raise ExpressionError(f"'{name}' takes {wanted}, got {len(terms)}", token.begin)
        if name in ("min", "max"):
            return Term(start, self.quantity(terms[0]).unit, token.begin, end)
        value = self.quantity(terms[-1])
        unit = value.unit
        if name == "if":
            self.same(terms[1], terms[2], "combine", "with")
        elif name in PURE_FUNCTIONS:
            self.pure(value, f"'{name}' needs a pure number")
            unit = Unit.dimensionless
        elif name == "sqrt":
            unit = self.raised(value, Fraction(1, 2))
        return self.call(name, terms, unit, token.begin, end)

    def binary(self, sign: str, left: Term, right: Term) -> Term:
        if sign in ("and", "or"):
            self.condition(left), self.condition(right)
            return self.call(sign, [left, right], None, left.begin, right.end)
        a, b = self.quantity(left).unit, self.quantity(right).unit
        assert a is not None and b is not None
        if sign in COMPARISONS:
            self.same(left, right, "compare", "with")
            return self.call(COMPARISONS[sign], [left, right], None, left.begin, right.end)
        if sign in "+-":
            self.same(left, right, *(("add", "to") if sign == "+" else ("subtract", "from")))
            return self.call(sign, [left, right], a, left.begin, right.end)
        if sign in ("^", "**"):
            return self.call("pow", [left, right], self.power(left, right), left.begin, right.end)
        sign = "/" if sign == "/" else "*"
        unit = a / b if sign == "/" else a * b
        self.in_range(unit, left)
        return self.call(sign, [left, right], unit, left.begin, right.end)
