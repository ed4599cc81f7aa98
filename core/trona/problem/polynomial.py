"""Whether a lowered expression is a polynomial in each cell, and of which degree."""

from __future__ import annotations

from typing import Any

from ufl.algorithms import expand_indices
from ufl.algorithms.apply_algebra_lowering import apply_algebra_lowering
from ufl.algorithms.apply_derivatives import apply_derivatives
from ufl.classes import (
    Coefficient,
    ComponentTensor,
    ConstantValue,
    Division,
    FacetNormal,
    Grad,
    Indexed,
    IndexSum,
    ListTensor,
    MultiIndex,
    Power,
    Product,
    Restricted,
    ScalarValue,
    SpatialCoordinate,
    Sum,
    Variable,
)
from ufl.corealg.traversal import unique_post_traversal

from trona.problem.constant import Constant


def evaluated(expression: Any) -> Any:
    """Return the same with its tensor algebra carried out.

    What then turns out to be zero leaves with its functions, which Firedrake's interpolation does not miss otherwise.
    """
    lowered = apply_derivatives(apply_algebra_lowering(expression))
    return lowered if lowered.ufl_shape else expand_indices(lowered)


def polynomial_degree(expression: Any) -> int | None:
    """Return the degree of an expression in the cells of straight simplices; None if it is no polynomial there."""
    expression = evaluated(expression)
    found: dict[Any, int | None] = {}
    for node in unique_post_traversal(expression):
        found[node] = _degree(node, [found[o] for o in node.ufl_operands])
    return found[expression]


def _degree(node: Any, operands: list[int | None]) -> int | None:
    match node:
        case Coefficient():
            return 0 if isinstance(node, Constant) else int(node.ufl_element().embedded_superdegree)
        case ConstantValue() | FacetNormal() | MultiIndex() | Constant():
            return 0
        case SpatialCoordinate():
            return 1
    if not operands or None in operands:
        return None
    degrees = [o for o in operands if o is not None]
    match node:
        case Grad():
            return max(degrees[0] - 1, 0)
        case Sum() | ListTensor() | ComponentTensor() | Indexed() | IndexSum() | Restricted() | Variable():
            return max(degrees)
        case Product():
            return sum(degrees)
        case Division() if not degrees[1]:
            return degrees[0]
        case Power():
            exponent = node.ufl_operands[1]
            whole = isinstance(exponent, ScalarValue) and float(exponent.value()).is_integer()
            if whole and float(exponent.value()) >= 0:
                return degrees[0] * int(exponent.value())
    # Any function of what is constant in a cell is constant there.
    return None if any(degrees) else 0
