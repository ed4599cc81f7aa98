"""Which expressions are linear in the fields, with coefficients that stay as they are."""

from __future__ import annotations

from typing import Any

from ufl.classes import Division, Product, Sum
from ufl.corealg.traversal import unique_post_traversal

from trona.model.symbols import FieldSymbol, InputSymbol, RateSymbol, Symbol


def is_linear(expression: Any) -> bool:
    """Whether an expression is a sum of fields, each times (or over) inputs that are constant in time."""
    constant: dict[Any, bool] = {}
    linear: dict[Any, bool] = {}
    for node in unique_post_traversal(expression):
        operands = node.ufl_operands
        constant[node] = all(constant[o] for o in operands)
        linear[node] = False
        match node:
            case InputSymbol():
                constant[node] = node.expression.is_constant
            case Symbol():
                constant[node] = False
                linear[node] = isinstance(node, FieldSymbol) and not isinstance(node, RateSymbol)
            case Sum():
                linear[node] = all(linear[o] for o in operands)
            case Product():
                a, b = operands
                linear[node] = (linear[a] and constant[b]) or (constant[a] and linear[b])
            case Division():
                a, b = operands
                linear[node] = linear[a] and constant[b]
    return linear[expression]
