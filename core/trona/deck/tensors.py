"""Expressions of fields with vectors and tensors: gradients, components, products, and fluxes and rates by name.

The grammar is the same as for all expressions, with more functions: `grad`, `div`, `norm`, `dot`, `trace`, the
components
`x(v)`, `y(v)` and `z(v)`, and `flux(BALANCE)` and `rate(FIELD)`, which stand for quantities of those names. Units and
shapes are checked as it is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from trona.deck.expression import Call, Function, Shared, Step, Variable, run
from trona.deck.parser import Parser
from trona.deck.scope import Definitions
from trona.deck.source import shorten
from trona.deck.tokens import FUNCTIONS, MAX_LENGTH, ExpressionError, Token
from trona.deck.typed_steps import Term
from trona.errors import DeckError, nearest
from trona.units import Unit

if TYPE_CHECKING:
    from trona.deck.source import Node

Shape = tuple[int, ...]
AXES = ("x", "y", "z")
NAMED = ("flux", "rate")
"""Functions of a name: the quantity is known as 'flux(NAME)'."""
TENSORS = ("grad", "div", "norm", "dot", "trace", *AXES, *NAMED)
_METRE = Unit.parse("m")
_KINDS = ("scalar", "vector", "tensor")


@dataclass(frozen=True)
class Quantities:
    """The quantities that an expression may contain: their units and, unless they are scalars, their shapes.

    dimension: that of space, thus the length of a gradient. elsewhere: names that are known at other places, with a
    word on where.
    """

    units: Mapping[str, Unit]
    shapes: Mapping[str, Shape] = field(default_factory=dict)
    dimension: int = 3
    elsewhere: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Formula:
    """An expression of fields as the deck gives it; `variables` are the names of the quantities in it."""

    text: str
    unit: Unit
    shape: Shape
    variables: frozenset[str]
    steps: tuple[Step, ...]

    def evaluate(self, values: Mapping[str, Any], functions: Mapping[str, Function]) -> Any:
        """Return the value for these values of the variables; functions: all of the grammar, by name."""
        return run(self.steps, values, functions)


def read_formula(node: Node, quantities: Quantities) -> Formula:
    """Read an expression of fields in the scope of its deck. Raises DeckError, with the location of the culprit."""
    text = node.string()
    units = node.scope.variables(quantities.units)
    try:
        parser = _TensorParser(text, _Shaped(units, quantities), node.scope.definitions)
        term = parser.of_any_shape(parser.whole())
        whole = Shared.of(parser.steps)
        if not whole.fits(MAX_LENGTH):
            raise ExpressionError(f"with its definitions this has more than {MAX_LENGTH} parts", term.begin)
    except ExpressionError as error:
        raise DeckError(error.message, node.at(error.column)) from None
    assert term.unit is not None
    return Formula(text.strip(), term.unit.si, term.shape, whole.variables, whole.steps)


class _Shaped(dict[str, Unit]):
    """Units by name, with what else a parser has to know of the quantities."""

    def __init__(self, units: Mapping[str, Unit], quantities: Quantities) -> None:
        super().__init__(units)
        self.quantities = quantities


class _TensorParser(Parser):
    functions = (*FUNCTIONS, *TENSORS)
    variables: _Shaped

    def __init__(self, text: str, variables: _Shaped, definitions: Definitions, *rest: Any) -> None:
        super().__init__(text, variables, definitions, *rest)
        self.known = variables.quantities

    def is_unit(self, ahead: int) -> bool:
        called = self.peek(ahead).text in TENSORS and self.peek(ahead + 1).text == "("
        return not called and super().is_unit(ahead)

    def name(self, token: Token) -> Term:
        if self.peek().text == "(" and token.text in TENSORS:
            return self.named(token) if token.text in NAMED else self.tensor(token)
        if token.text in self.known.elsewhere and token.text not in (*self.variables, *self.definitions):
            text = f"'{token.text}' cannot be used here, only {self.known.elsewhere[token.text]}"
            raise ExpressionError(text, token.begin, token.text)
        return replace(term := super().name(token), shape=self.known.shapes.get(token.text, term.shape))

    def named(self, token: Token) -> Term:
        """A quantity that is called by a function and a name, such as `flux(charge)`."""
        self.advance()
        inner = self.advance()
        if inner.kind != "name":
            self.next -= 1
            raise self.unexpected(f"'{token.text}' needs a name")
        key, end = f"{token.text}({inner.text})", self.expect(")").end
        if key not in self.variables:
            start = f"{token.text}("
            known = [name[len(start) : -1] for name in self.variables if name.startswith(start)]
            what = "balance" if token.text == "flux" else "field that changes in time"
            text = f"no {what} '{shorten(inner.text)}'{nearest(inner.text, known)}"
            raise ExpressionError(text, inner.begin, inner.text)
        self.steps.append(Variable(key))
        at = len(self.steps) - 1
        return Term(at, self.variables[key].si, token.begin, end, shape=self.known.shapes.get(key, ()))

    def tensor(self, token: Token) -> Term:
        """A function of vectors and tensors."""
        self.advance()
        terms = [self.of_any_shape(self.expression(0))]
        while self.peek().text == ",":
            self.advance()
            terms.append(self.of_any_shape(self.expression(0)))
        end, name, count = self.expect(")").end, token.text, 2 if token.text == "dot" else 1
        if len(terms) != count:
            wanted = f"{count} argument{'s' if count > 1 else ''}"
            raise ExpressionError(f"'{name}' takes {wanted}, got {len(terms)}", token.begin)
        unit, shape = self.result(name, terms)
        self.in_range(unit, terms[0])
        return self.made(name, terms, unit, shape, token.begin, end)

    def made(self, name: str, terms: list[Term], unit: Unit, shape: Shape, begin: int, end: int) -> Term:
        self.steps.append(Call(name, len(terms)))
        return Term(terms[0].start, unit, begin, end, shape=shape)

    def result(self, name: str, terms: list[Term]) -> tuple[Unit, Shape]:
        """Return the unit and the shape of a function of vectors and tensors."""
        first = terms[0]
        unit, rank = first.unit, len(first.shape)
        assert unit is not None
        if name == "grad":
            if rank > 1:
                raise self.misshapen(name, "a scalar or vector", first)
            return unit / _METRE, (*first.shape, self.known.dimension)
        if name == "dot":
            second = terms[1]
            for term in terms:
                if not term.shape:
                    raise self.misshapen(name, "vectors or tensors", term)
            if first.shape[-1] != second.shape[0]:
                raise ExpressionError(f"'dot' of {first.shape[-1]} and {second.shape[0]} components", second.begin)
            assert second.unit is not None
            return unit * second.unit, (*first.shape[:-1], *second.shape[1:])
        if name in AXES:
            if rank != 1:
                raise self.misshapen(name, "a vector", first)
            if AXES.index(name) >= first.shape[0]:
                raise ExpressionError(f"{self.source(first)} has {first.shape[0]} components, no {name}", first.begin)
            return unit, ()
        if name == "trace" and (rank != 2 or first.shape[0] != first.shape[1]):
            raise self.misshapen(name, "a square tensor", first)
        if name == "div" and (rank != 1 or first.shape[0] != self.known.dimension):
            raise self.misshapen(name, f"a vector of {self.known.dimension} components", first)
        if name == "norm" and not rank:
            raise self.misshapen(name, "a vector or tensor", first)
        return unit / _METRE if name == "div" else unit, ()

    def misshapen(self, name: str, wanted: str, term: Term) -> ExpressionError:
        return ExpressionError(f"'{name}' needs {wanted}, got the {_kind(term)} {self.source(term)}", term.begin)

    def binary(self, sign: str, left: Term, right: Term) -> Term:
        if not left.shape and not right.shape:
            return super().binary(sign, left, right)
        for term in (left, right):
            self.of_any_shape(term)
        pair = f"the {_kind(left)} {self.source(left)} and the {_kind(right)} {self.source(right)}"
        assert left.unit is not None and right.unit is not None
        if sign in "+-" and left.shape == right.shape:
            self.same(replace(left, shape=()), replace(right, shape=()), *_VERBS[sign])
            return self.made(sign, [left, right], left.unit, left.shape, left.begin, right.end)
        if sign in "*·" and not (left.shape and right.shape):
            unit = left.unit * right.unit
        elif sign == "/" and not right.shape:
            unit = left.unit / right.unit
        else:
            help_ = "; write dot(a, b)" if sign in "*·" else ""
            raise ExpressionError(f"'{sign}' does not take {pair}{help_}", right.begin)
        self.in_range(unit, left)
        shape = left.shape or right.shape
        return self.made("/" if sign == "/" else "*", [left, right], unit, shape, left.begin, right.end)


_VERBS = {"+": ("add", "to"), "-": ("subtract", "from")}


def _kind(term: Term) -> str:
    return _KINDS[min(len(term.shape), 2)]
