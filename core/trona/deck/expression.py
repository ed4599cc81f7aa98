"""Quantities and expressions as steps in postfix order, and their evaluation.

All values are in SI. Evaluation is the same for floats, numpy arrays and symbolic objects.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from trona.errors import Location
from trona.units import Unit

Function = Callable[..., Any]


def _where(condition: Any, yes: Any, no: Any) -> Any:
    chosen: np.ndarray = np.where(condition, yes, no)
    return chosen[()]  # a scalar for scalars


NUMERIC: Mapping[str, Function] = {
    "exp": np.exp,
    "ln": np.log,
    "log10": np.log10,
    "sqrt": np.sqrt,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "abs": np.abs,
    "min": np.minimum,
    "max": np.maximum,
    "if": _where,
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
    "and": np.logical_and,
    "or": np.logical_or,
    "not": np.logical_not,
    "pow": np.float_power,
}
"""The functions of evaluation besides + - * /; for symbolic objects, a mapping with the same keys is given. `min`,
`max`, `and` and `or` take two arguments; `if` takes a condition and two values."""

ARITHMETIC: Mapping[str, Function] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "neg": operator.neg,
}


@dataclass(frozen=True, slots=True)
class Constant:
    value: float | bool


@dataclass(frozen=True, slots=True)
class Variable:
    name: str


@dataclass(frozen=True, slots=True)
class Call:
    function: str
    arguments: int


@dataclass(frozen=True, eq=False, slots=True)
class Shared:
    """Steps that an expression may contain many times; they are one object and are evaluated once."""

    steps: tuple[Step, ...]
    variables: frozenset[str]

    @classmethod
    def of(cls, steps: Iterable[Step]) -> Shared:
        """Return the object for these steps."""
        steps = tuple(steps)
        inner = [step.variables for step in steps if isinstance(step, Shared)]
        own = frozenset(step.name for step in steps if isinstance(step, Variable))
        return cls(steps, own.union(*inner))

    def fits(self, most: int) -> bool:
        """Whether there are at most `most` steps, with shared ones counted once."""
        seen, pending, count = {id(self)}, [self], 0
        while pending and count <= most:
            steps = pending.pop().steps
            count += len(steps)
            inner = {id(step): step for step in steps if isinstance(step, Shared) and id(step) not in seen}
            seen |= inner.keys()
            pending += inner.values()
        return count <= most


Step = Constant | Variable | Call | Shared


def run(
    steps: tuple[Step, ...],
    values: Mapping[str, Any],
    functions: Mapping[str, Function],
    known: dict[int, Any] | None = None,
) -> Any:
    """Evaluate steps in postfix order; `known` holds the values of shared steps by id."""
    known = {} if known is None else known
    stack: list[Any] = []
    for step in steps:
        match step:
            case Constant(value):
                stack.append(value)
            case Variable(name):
                stack.append(values[name])
            case Shared():
                if id(step) not in known:
                    known[id(step)] = run(step.steps, values, functions, known)
                stack.append(known[id(step)])
            case Call(name, count):
                function = ARITHMETIC.get(name) or functions[name]
                arguments = stack[-count:]
                del stack[-count:]
                stack.append(function(*arguments))
    return stack[0]


@dataclass(frozen=True)
class Expression:
    """A quantity, or a formula of variables, whose unit has been checked.

    `text` is its spelling in the deck, `unit` the coherent SI unit of the value, `variables` the names it uses,
    `location` where it stands in the deck, if that is known.
    """

    text: str
    unit: Unit
    variables: frozenset[str]
    steps: tuple[Step, ...]
    location: Location | None = field(default=None, compare=False)

    @property
    def is_constant(self) -> bool:
        return not self.variables

    @property
    def constant(self) -> float:
        """The value in SI. Raises ValueError if the expression depends on variables."""
        if not self.is_constant:
            raise ValueError(f"'{self.text}' is not constant")
        return float(self.evaluate({}))

    @property
    def known_values(self) -> tuple[float, ...]:
        """The values in SI that do not depend on variables: the constant, or none."""
        return (self.constant,) if self.is_constant else ()

    def evaluate(self, values: Mapping[str, Any], functions: Mapping[str, Function] = NUMERIC) -> Any:
        """The value in SI.

        `values` holds each variable in SI, as a float, an array or a symbolic object; `functions` holds the functions
        of `NUMERIC` for the same kind of object. Raises KeyError if a variable is missing.
        """
        return run(self.steps, values, functions)

    def __str__(self) -> str:
        return self.text
