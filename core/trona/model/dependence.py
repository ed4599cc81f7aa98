"""The symbols on which the derivatives of an expression depend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ufl.classes import (
    ComponentTensor,
    Cross,
    Curl,
    Deviatoric,
    Div,
    Division,
    Dot,
    Grad,
    Indexed,
    IndexSum,
    Inner,
    ListTensor,
    MultiIndex,
    NegativeRestricted,
    Outer,
    PositiveRestricted,
    Product,
    Skew,
    Sum,
    Sym,
    Terminal,
    Trace,
    Transposed,
    Variable,
)
from ufl.corealg.traversal import unique_post_traversal

from trona.model.symbols import Symbol

if TYPE_CHECKING:
    from collections.abc import Mapping

_LINEAR = (
    ComponentTensor, Curl, Deviatoric, Div, Grad, Indexed, IndexSum, ListTensor, NegativeRestricted, PositiveRestricted,
    Skew, Sum, Sym, Trace, Transposed, Variable,
)  # fmt: skip
_BILINEAR = (Cross, Dot, Inner, Outer, Product)

Changes = dict[Symbol, frozenset[Symbol]]


def derivatives(expression: Any) -> Mapping[Symbol, frozenset[Symbol]]:
    """Return for each symbol of an expression the symbols on which the derivative by it depends.

    Sums, products and linear operators are looked through. Of any other operator the derivatives are taken to depend on
    all that it is made of, which may be more than is true.
    """
    found: dict[Any, Changes] = {}
    for node in unique_post_traversal(expression):
        operands = [o for o in node.ufl_operands if not isinstance(o, MultiIndex)]
        parts = [found[operand] for operand in operands]
        if isinstance(node, Terminal):
            found[node] = {node: frozenset()} if isinstance(node, Symbol) else {}
        elif isinstance(node, _LINEAR):
            found[node] = _joined(parts)
        elif isinstance(node, _BILINEAR):
            first, second = parts
            found[node] = _joined([_times(first, second), _times(second, first)])
        elif isinstance(node, Division):
            above, below = parts
            everything = frozenset(above) | frozenset(below)
            found[node] = _joined([_times(above, below), dict.fromkeys(below, everything)])
        else:
            everything = frozenset[Symbol]().union(*parts)
            found[node] = dict.fromkeys(everything, everything)
    return found[expression]


def _joined(parts: list[Changes]) -> Changes:
    symbols = dict.fromkeys(symbol for part in parts for symbol in part)
    return {s: frozenset[Symbol]().union(*(part[s] for part in parts if s in part)) for s in symbols}


def _times(part: Changes, factor: Changes) -> Changes:
    """Return the derivatives of a product by the symbols of one of its factors."""
    return {symbol: changes | factor.keys() for symbol, changes in part.items()}
