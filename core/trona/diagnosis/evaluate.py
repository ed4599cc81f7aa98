"""Evaluates expressions of a model as arrays, at many points at once and without compilation.

Complex numbers are allowed, so that a directional derivative is the imaginary part of one evaluation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from ufl.algorithms.apply_algebra_lowering import apply_algebra_lowering
from ufl.algorithms.apply_derivatives import apply_derivatives
from ufl.classes import (
    EQ,
    GE,
    GT,
    LE,
    LT,
    NE,
    Abs,
    AndCondition,
    Coefficient,
    ComponentTensor,
    Condition,
    Conditional,
    Conj,
    Division,
    FixedIndex,
    Grad,
    Identity,
    Indexed,
    IndexSum,
    ListTensor,
    MathFunction,
    MaxValue,
    MinValue,
    NotCondition,
    OrCondition,
    Power,
    Product,
    ScalarValue,
    Sqrt,
    Sum,
    Variable,
    Zero,
)

from trona.model.symbols import Symbol

if TYPE_CHECKING:
    from collections.abc import Callable

Array = Any
Component = tuple[int, ...]


class Values(Protocol):
    """Values and gradients of symbols at points."""

    def symbol(self, symbol: Symbol, component: Component) -> Array: ...

    def gradient(self, symbol: Symbol, component: Component, direction: int) -> Array: ...


class UnknownExpressionError(Exception):
    """An operator that this evaluator does not know."""


_FUNCTIONS: dict[str, Callable[[Array], Array]] = {
    "exp": np.exp,
    "ln": np.log,
    "sqrt": np.sqrt,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
}
_COMPARISONS: dict[type, Callable[[Array, Array], Array]] = {
    LT: np.less,
    LE: np.less_equal,
    GT: np.greater,
    GE: np.greater_equal,
    EQ: np.equal,
    NE: np.not_equal,
}
_REAL_ONLY = ("ln", "sqrt", "asin", "acos")


class Evaluator:
    """Evaluates expanded expressions (fields, inputs and geometry) with the given values."""

    def __init__(self, values: Values) -> None:
        self.values = values
        self._known: dict[Any, Array] = {}
        self._kept: list[Any] = []
        """Intermediate expressions, kept so that no other object gets the same id."""
        self._lowered: dict[int, Any] = {}

    def __call__(self, expression: Any, component: Component = ()) -> Array:
        """Return one component of an expression at all points. Raises UnknownExpressionError."""
        with np.errstate(all="ignore"):
            return self._value(expression, component, {})

    def _value(self, e: Any, component: Component, indices: dict[int, int]) -> Array:
        free = tuple((i, indices[i]) for i in e.ufl_free_indices)
        key = (id(e), component, free)
        if key not in self._known:
            self._kept.append(e)
            self._known[key] = self._compute(e, component, indices)
        return self._known[key]

    def _compute(self, e: Any, component: Component, indices: dict[int, int]) -> Array:
        operands = e.ufl_operands

        def value(operand: Any, at: Component = ()) -> Array:
            return self._value(operand, at, indices)

        match e:
            case Zero():
                return np.float64(0.0)
            case ScalarValue():
                return np.float64(e.value())
            case Identity():
                return np.float64(component[0] == component[1])
            case Symbol():
                return self.values.symbol(e, component)
            case Grad():
                if isinstance(operands[0], Symbol):
                    return self.values.gradient(operands[0], component[:-1], component[-1])
                return self._value(self._lower(e, apply_derivatives), component, indices)
            case Sum():
                return value(operands[0], component) + value(operands[1], component)
            case Product():
                return value(operands[0]) * value(operands[1])
            case Division():
                return np.true_divide(value(operands[0], component), value(operands[1]))
            case Power():
                return _power(value(operands[0]), value(operands[1]))
            case Abs():
                inner = value(operands[0], component)
                return inner * np.sign(np.real(inner)) if np.iscomplexobj(inner) else np.abs(inner)
            case Sqrt():
                return _real(np.sqrt, value(operands[0]))
            case MathFunction() if e._name in _FUNCTIONS:
                function = _FUNCTIONS[e._name]
                inner = value(operands[0])
                return _real(function, inner) if e._name in _REAL_ONLY else function(inner)
            case MaxValue() | MinValue():
                a, b = value(operands[0]), value(operands[1])
                # Of equal values the second one, as in compiled code: it decides which derivative they have.
                first = np.real(a) > np.real(b) if isinstance(e, MaxValue) else np.real(a) < np.real(b)
                return np.where(first, a, b)
            case Conditional():
                return np.where(value(operands[0]), value(operands[1], component), value(operands[2], component))
            case Condition():
                return self._condition(e, indices)
            case Variable() | Conj():  # all numbers are real except for the step of a derivative
                return value(operands[0], component)
            case Indexed():
                fixed = tuple(int(i) if isinstance(i, FixedIndex) else indices[i.count()] for i in operands[1])
                return value(operands[0], fixed)
            case ListTensor():
                return value(operands[component[0]], component[1:])
            case ComponentTensor():
                bound = {i.count(): c for i, c in zip(operands[1], component, strict=True)}
                return self._value(operands[0], (), {**indices, **bound})
            case IndexSum():
                (index,) = operands[1]
                size = e.dimension()
                parts = [self._value(operands[0], component, {**indices, index.count(): i}) for i in range(size)]
                return sum(parts[1:], parts[0])
        return self._value(self._lower(e, apply_algebra_lowering, apply_derivatives), component, indices)

    def _lower(self, e: Any, *ways: Callable[[Any], Any]) -> Any:
        """Rewrite compound operators (dot, trace, derivatives) in terms of simpler ones."""
        if id(e) not in self._lowered:
            if isinstance(e, Coefficient):
                raise UnknownExpressionError(str(e))
            simpler = e
            for way in ways:
                simpler = way(simpler)
            if type(simpler) is type(e) and simpler == e:
                raise UnknownExpressionError(type(e).__name__)
            self._kept.append(e)
            self._lowered[id(e)] = simpler
        return self._lowered[id(e)]

    def _condition(self, e: Any, indices: dict[int, int]) -> Array:
        parts = [self._value(o, (), indices) for o in e.ufl_operands]
        match e:
            case AndCondition():
                return np.logical_and(*parts)
            case OrCondition():
                return np.logical_or(*parts)
            case NotCondition():
                return np.logical_not(parts[0])
        if type(e) not in _COMPARISONS:
            raise UnknownExpressionError(type(e).__name__)
        return _COMPARISONS[type(e)](*(np.real(p) for p in parts))


def _real(function: Callable[[Array], Array], inner: Array) -> Array:
    """Apply a function that is real on part of the real line only; NaN elsewhere, as in compiled code."""
    if not np.iscomplexobj(inner):
        return function(inner)
    # A complex logarithm of a negative number would be finite.
    return np.where(np.isnan(function(np.real(inner))), np.nan, function(inner))


def _power(base: Array, exponent: Array) -> Array:
    if np.iscomplexobj(base) or np.iscomplexobj(exponent):
        whole = np.power(np.real(base), np.real(exponent))
        return np.where(np.isnan(whole), np.nan, np.power(base, exponent))
    return np.power(base, exponent)
