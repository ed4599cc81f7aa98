"""The steps of an expression while it is read: each is checked for its unit, and constants are folded."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from trona.deck.expression import NUMERIC, Call, Constant, Step, run
from trona.deck.source import shorten
from trona.deck.tokens import ExpressionError, Token, Tokens, parse_unit
from trona.units import MAX_EXPONENT, Unit


@dataclass(frozen=True, slots=True)
class Term:
    """A term of the expression: the index of its first step, its unit (None for a condition), columns and shape."""

    start: int
    unit: Unit | None
    begin: int
    end: int
    literal: bool = False
    shape: tuple[int, ...] = ()


class TypedSteps(Tokens):
    """The tokens of an expression, and the steps it has been read into so far.

    All methods raise ExpressionError, with the column, where units do not fit or a value is not finite.
    """

    def __init__(self, text: str, variables: Mapping[str, Unit]) -> None:
        super().__init__(text, variables)
        self.steps: list[Step] = []

    def source(self, term: Term) -> str:
        return f"'{shorten(self.text[term.begin : term.end])}'"

    def with_unit(self, term: Term) -> str:
        """A term with its unit, for messages."""
        return f"{self.source(term)} ({term.unit})"

    # Literals

    def number(self, token: Token) -> Term:
        end = self.unit_end()
        unit, last = Unit.dimensionless, token
        if end > self.next:
            first, last = self.peek(), self.tokens[end - 1]
            spelling = self.text[first.begin : last.end]
            if first.text == "/":
                spelling = f"1{spelling}"
            unit = parse_unit(spelling, first.begin)
            self.next = end
            if unit.offset:
                wrong = shorten(self.text[token.begin : last.end])
                raise ExpressionError(
                    f"'{wrong}' is an absolute temperature, which must stand alone; write it in K", token.begin
                )
            if self.peek().text in ("^", "**"):
                wrong = shorten(self.text[token.begin : last.end])
                raise ExpressionError(f"write '({wrong})' to raise it to a power", self.peek().begin)
        term = Term(len(self.steps), unit.si, token.begin, last.end, literal=True)
        self.steps.append(Constant(unit.to_si(float(token.text))))
        return self.finite(term)

    def absolute_temperature(self) -> Term | None:
        """Read a literal such as '25 degC', which must stand alone because it is not a product."""
        sign = self.peek().text if self.peek().text in ("+", "-") else ""
        number, name, end = (self.peek(len(sign) + ahead) for ahead in range(3))
        if (number.kind, name.kind, end.kind) != ("number", "name", "end") or not self.is_unit(len(sign) + 1):
            return None
        unit = parse_unit(name.text, name.begin)
        if not unit.offset:
            return None
        self.next += len(sign) + 2
        self.steps.append(Constant(unit.to_si(float(sign + number.text))))
        return self.finite(Term(0, unit.si, number.begin, name.end, literal=True))

    # Units

    def power(self, base: Term, exponent: Term) -> Unit:
        assert base.unit is not None
        self.pure(exponent, "an exponent must be a pure number")
        if base.unit.is_dimensionless:
            return Unit.dimensionless
        value = self.value(exponent)
        if value is None:
            raise ExpressionError(
                f"only a pure number can have a variable exponent, got {self.with_unit(base)}", base.begin
            )
        if abs(value) > MAX_EXPONENT:
            raise ExpressionError(f"the exponent {self.source(exponent)} is out of range", exponent.begin)
        fraction = Fraction(value).limit_denominator(MAX_EXPONENT)
        if not math.isclose(fraction, value, rel_tol=1e-12):
            raise ExpressionError(f"the exponent {self.source(exponent)} is not a simple fraction", exponent.begin)
        return self.raised(base, fraction)

    def raised(self, base: Term, exponent: Fraction) -> Unit:
        assert base.unit is not None
        unit = base.unit**exponent
        self.in_range(unit, base)
        return unit

    def in_range(self, unit: Unit, term: Term) -> None:
        if any(abs(part) > MAX_EXPONENT or part.denominator > MAX_EXPONENT for part in unit.dimension):
            raise ExpressionError(f"the unit at {self.source(term)} is out of range", term.begin)

    def quantity(self, term: Term) -> Term:
        """Return a term that is a scalar."""
        if term.shape:
            kind = "vector" if len(term.shape) == 1 else "tensor"
            raise ExpressionError(f"expected a scalar, got the {kind} {self.source(term)}", term.begin)
        return self.of_any_shape(term)

    def of_any_shape(self, term: Term) -> Term:
        if term.unit is None:
            raise ExpressionError(f"expected a quantity, got the condition {self.source(term)}", term.begin)
        return term

    def condition(self, term: Term) -> Term:
        if term.unit is not None:
            raise ExpressionError(f"expected a condition, got the quantity {self.source(term)}", term.begin)
        return term

    def pure(self, term: Term, rule: str) -> None:
        if term.unit is None or not term.unit.is_dimensionless:
            raise ExpressionError(f"{rule}, got {self.with_unit(term)}", term.begin)

    def same(self, left: Term, right: Term, verb: str, preposition: str) -> None:
        a, b = self.quantity(left).unit, self.quantity(right).unit
        if a is None or b is None or not a.same_dimension(b):
            message = f"cannot {verb} {self.with_unit(right)} {preposition} {self.with_unit(left)}"
            raise ExpressionError(message, right.begin)

    # Steps

    def value(self, term: Term) -> float | None:
        """Return the value of the last term if it is constant, else None."""
        step = self.steps[-1]
        return float(step.value) if term.start == len(self.steps) - 1 and isinstance(step, Constant) else None

    def call(
        self, name: str, terms: list[Term], unit: Unit | None, begin: int, end: int, literal: bool = False
    ) -> Term:
        """Add a call; if all its arguments are constant, replace it by its value."""
        start = terms[0].start
        result = Term(start, unit, begin, end, literal)
        self.steps.append(Call(name, len(terms)))
        if len(self.steps) - start != len(terms) + 1 or not all(
            isinstance(step, Constant) for step in self.steps[start:-1]
        ):
            return result
        try:
            with np.errstate(all="raise", under="ignore"):
                value = run(tuple(self.steps[start:]), {}, NUMERIC)
        except (ArithmeticError, ValueError):
            raise ExpressionError(f"{self.source(result)} has no finite value", begin) from None
        self.steps[start:] = [Constant(bool(value) if unit is None else float(value))]
        return self.finite(result)

    def finite(self, term: Term) -> Term:
        step = self.steps[-1]
        if isinstance(step, Constant) and not math.isfinite(step.value):
            raise ExpressionError(f"{self.source(term)} has no finite value", term.begin)
        return term
