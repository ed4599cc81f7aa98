"""Shapes of what plugins write: numbers, vectors and tensors where they are expected."""

from __future__ import annotations

from typing import Any

import ufl
from ufl.classes import Zero

from trona.errors import UserError


def shaped(expression: Any, shape: tuple[int, ...], what: str) -> Any:
    """Return an expression as UFL. Raises UserError, naming it as `what`, if it has another shape; zero has any."""
    expression = plain(expression, what)
    if isinstance(expression, Zero):
        return ufl.zero(*shape)
    if expression.ufl_shape != shape:
        raise UserError(f"{what} is {_words(expression.ufl_shape)}, expected {_words(shape)}")
    return expression


def plain(expression: Any, what: str) -> Any:
    """Return an expression of any shape as UFL. Raises UserError for what is none, and for open indices."""
    try:
        expression = ufl.as_ufl(expression)
    except (TypeError, ValueError):
        raise UserError(f"{what} is not an expression but of type {type(expression).__name__}") from None
    if expression.ufl_free_indices:
        raise UserError(f"{what} has free indices")
    return expression


def _words(shape: tuple[int, ...]) -> str:
    match shape:
        case ():
            return "a number"
        case (count,):
            return f"a vector of {count} component{'s' if count > 1 else ''}"
    return f"a tensor of {' x '.join(map(str, shape))} components"
