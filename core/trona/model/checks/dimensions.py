"""The unit of an expression, derived from the units of its symbols, operator by operator.

A unit is a tuple of exponents: those of the SI's base units and, last, that of an unknown unit. Usually the last is
zero; to find out which unit of a symbol would make an expression consistent, that symbol is given the unknown one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ufl.classes import ScalarValue
from ufl.corealg.map_dag import map_expr_dag
from ufl.corealg.multifunction import MultiFunction

from trona.model.symbols import InputSymbol, Symbol
from trona.units import MAX_EXPONENT, Unit
from trona.units.usual import BASE

if TYPE_CHECKING:
    from collections.abc import Sequence

Exponents = tuple[Fraction, ...]
PURE: Exponents = (Fraction(0),) * (len(BASE) + 1)
UNKNOWN: Exponents = (*PURE[:-1], Fraction(1))
_METRE: Exponents = (Fraction(1), *PURE[1:])


def exponents(unit: Unit) -> Exponents:
    return (*unit.dimension, Fraction(0))


def unit_of(found: Exponents) -> Unit:
    return Unit.coherent(found[:-1])


@dataclass(frozen=True, eq=False)
class Demand:
    """A requirement of an operator that its operands do not meet.

    words: what it does, with a place for each of `parts`, the operands concerned with their units. difference: the unit
    that should be a pure number; None if no unit could satisfy it.
    """

    words: str
    parts: tuple[tuple[Any, Exponents], ...]
    difference: Exponents | None


@dataclass(frozen=True, eq=False)
class Claim:
    """That `expression` has the unit `ratio` times that of `against`, a pure number if there is none."""

    expression: Any
    ratio: Exponents
    against: Any = None


class Derivation(MultiFunction):  # type: ignore[misc]
    """Derives the unit of expressions, or None for zero, which has every unit.

    `broken` collects, innermost first, what does not fit; the derivation goes on as if it did. Subexpressions are
    visited once, also those that several expressions share. `unknown` is a terminal that is given the unknown unit.
    """

    def __init__(self, unknown: Any = None) -> None:
        super().__init__()
        self.unknown = None if unknown is None else declaration(unknown)
        self.broken: list[Demand] = []
        self._seen: dict[Any, Exponents | None] = {}

    def unit(self, expression: Any) -> Exponents | None:
        found: Exponents | None = map_expr_dag(self, expression, compress=False, vcache=self._seen)
        return found

    def excess(self, claim: Claim) -> Exponents:
        """Return the unit by which a claim is wrong: a pure number if it holds."""
        found = self.unit(claim.expression)
        other = PURE if claim.against is None else self.unit(claim.against)
        return PURE if found is None or other is None else _over(_over(found, claim.ratio), other)

    # ------------------------------------------------------------------ demands

    def _same(self, words: str, *parts: tuple[Any, Exponents | None]) -> Exponents | None:
        """Ask for one unit of all parts; return it."""
        known = [(part, unit) for part, unit in parts if unit is not None]
        for part, unit in known[1:]:
            first = known[0][1]
            if unit != first:
                self.broken.append(Demand(words, (known[0], (part, unit)), _over(first, unit)))
        return known[0][1] if known else None

    def _pure(self, words: str, part: Any, unit: Exponents | None) -> None:
        if unit is not None and unit != PURE:
            self.broken.append(Demand(words, ((part, unit),), unit))

    # ------------------------------------------------------------------ terminals

    def expr(self, o: Any, *_: Any) -> Exponents:
        """Refuse an unknown operator: it must not pass unnoticed."""
        words = f"contains {type(o).__name__}, whose unit cannot be derived"
        self.broken.append(Demand(words, (), None))
        return PURE

    def coefficient(self, o: Any) -> Exponents:
        if not isinstance(o, Symbol):
            return self.expr(o)  # such as a function of Firedrake
        return UNKNOWN if self.unknown == declaration(o) else exponents(o.unit)

    def scalar_value(self, o: Any) -> Exponents:
        return UNKNOWN if self.unknown == declaration(o) else PURE

    def zero(self, _: Any) -> None:
        return None

    def identity(self, _: Any) -> Exponents:
        return PURE

    permutation_symbol = identity

    def multi_index(self, _: Any) -> None:
        return None

    label = multi_index

    # ------------------------------------------------------------------ algebra

    def sum(self, o: Any, a: Exponents | None, b: Exponents | None) -> Exponents | None:
        first, second = o.ufl_operands
        return self._same("adds {0} and {1}", (first, a), (second, b))

    def product(self, _: Any, a: Exponents | None, b: Exponents | None) -> Exponents | None:
        return None if a is None or b is None else tuple(x + y for x, y in zip(a, b, strict=True))

    inner = outer = dot = cross = product

    def division(self, _: Any, a: Exponents | None, b: Exponents | None) -> Exponents | None:
        return None if a is None or b is None else _over(a, b)

    def power(self, o: Any, a: Exponents | None, b: Exponents | None) -> Exponents | None:
        base, exponent = o.ufl_operands
        self._pure("raises to the power of {0}, which must be a pure number", exponent, b)
        fraction = _fraction(exponent)
        if a is not None and fraction is not None:
            return _power(a, fraction)
        words = "raises {0} to a power that is not a literal fraction"
        self._pure(words, base, a)
        return None if a is None else PURE

    def sqrt(self, _: Any, a: Exponents | None) -> Exponents | None:
        return None if a is None else _power(a, Fraction(1, 2))

    def _as_it_is(self, _: Any, a: Exponents | None, *__: Any) -> Exponents | None:
        return a

    abs = conj = real = imag = transposed = trace = deviatoric = skew = sym = perp = _as_it_is
    indexed = index_sum = component_tensor = variable = _as_it_is

    def list_tensor(self, o: Any, *units: Exponents | None) -> Exponents | None:
        return self._same("makes one vector or matrix of {0} and {1}", *zip(o.ufl_operands, units, strict=True))

    def determinant(self, o: Any, a: Exponents | None) -> Exponents | None:
        return None if a is None else _power(a, Fraction(_rows(o)))

    def inverse(self, _: Any, a: Exponents | None) -> Exponents | None:
        return None if a is None else _power(a, Fraction(-1))

    def cofactor(self, o: Any, a: Exponents | None) -> Exponents | None:
        return None if a is None else _power(a, Fraction(_rows(o) - 1))

    # ------------------------------------------------------------------ derivatives

    def grad(self, _: Any, a: Exponents | None) -> Exponents | None:
        return None if a is None else _over(a, _METRE)

    div = curl = nabla_grad = nabla_div = grad

    def variable_derivative(self, _: Any, a: Exponents | None, b: Exponents | None) -> Exponents | None:
        return None if a is None or b is None else _over(a, b)

    # ------------------------------------------------------------------ functions and conditions

    def math_function(self, o: Any, a: Exponents | None) -> Exponents:
        self._pure(f"takes {o._name} of {{0}}, which must be a pure number", o.ufl_operands[0], a)
        return PURE

    def atan2(self, o: Any, a: Exponents | None, b: Exponents | None) -> Exponents:
        first, second = o.ufl_operands
        self._same("takes atan2 of {0} and {1}", (first, a), (second, b))
        return PURE

    def condition(self, o: Any, *units: Exponents | None) -> None:
        # Conditions have no unit themselves: `and`, `or` and `not` of them compare nothing.
        self._same("compares {0} and {1}", *zip(o.ufl_operands, units, strict=True))

    def conditional(self, o: Any, _: None, a: Exponents | None, b: Exponents | None) -> Exponents | None:
        _, first, second = o.ufl_operands
        return self._same("chooses between {0} and {1}", (first, a), (second, b))

    def min_value(self, o: Any, a: Exponents | None, b: Exponents | None) -> Exponents | None:
        first, second = o.ufl_operands
        return self._same("takes the smaller of {0} and {1}", (first, a), (second, b))

    def max_value(self, o: Any, a: Exponents | None, b: Exponents | None) -> Exponents | None:
        first, second = o.ufl_operands
        return self._same("takes the larger of {0} and {1}", (first, a), (second, b))


def declaration(terminal: Any) -> Any:
    """Return what is the same for all symbols that have their unit from one declaration, traces among them."""
    if isinstance(terminal, InputSymbol):
        return InputSymbol, terminal.count()
    if isinstance(terminal, Symbol):
        return type(terminal), terminal.name, terminal.unit
    return terminal.value()


def mended(claims: Sequence[Claim], unknown: Any) -> Unit | None:
    """Return the unit of the terminal `unknown` with which all claims hold, None if there is none."""
    derivation = Derivation(unknown)
    differences: list[Exponents | None] = [derivation.excess(claim) for claim in claims]
    differences += [demand.difference for demand in derivation.broken]
    solution: Exponents | None = None
    for difference in differences:
        if difference is None:
            return None
        power = difference[-1]
        if not power:
            if difference != PURE:
                return None
            continue
        this = _power((*difference[:-1], Fraction(0)), -1 / power)
        if solution not in (None, this):
            return None
        solution = this
    return None if solution is None else unit_of(solution)


def _over(a: Exponents, b: Exponents) -> Exponents:
    return tuple(x - y for x, y in zip(a, b, strict=True))


def _power(a: Exponents, exponent: Fraction) -> Exponents:
    return tuple(x * exponent for x in a)


def _rows(o: Any) -> int:
    shape = o.ufl_operands[0].ufl_shape
    return int(shape[0]) if shape else 1


def _fraction(exponent: Any) -> Fraction | None:
    """Return a literal exponent as the simple fraction that it is meant to be."""
    if not isinstance(exponent, ScalarValue):
        return None
    value = float(exponent.value())
    fraction = Fraction(value).limit_denominator(MAX_EXPONENT)
    close = math.isclose(fraction, value, rel_tol=1e-12) and abs(value) <= MAX_EXPONENT
    return fraction if close else None
