"""Reductions: how one number is made of an expression over a region. Packages add them like physics."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from trona.deck import Expression, Quantity
from trona.deck.options import Option, Options, OptionValues

if TYPE_CHECKING:
    from collections.abc import Callable

    from trona.units import Unit


class NoValueError(Exception):
    """That a reduction has no value in the present state; the text says why, as in 'the ratio reaches zero'."""


class Over(Protocol):
    """An expression over a region, as a reduction sees it; all numbers are in SI and the same on all ranks."""

    @property
    def unit(self) -> Unit:
        """The unit of the expression."""

    def integral(self, function: Callable[..., Any] | None = None, *numbers: float) -> float:
        """Return the integral of function(u, *numbers), where u is the expression; without a function, of u.

        The function uses the operators of `trona.plugin`. Pass what changes from step to step as a number, so that
        another value needs no compilation.
        """

    def extent(self) -> float:
        """Return the volume, area, length or number of points of the region: the integral of 1."""

    def extremes(self) -> tuple[float, float]:
        """Return the least and the greatest value."""

    def noise(self, size: float) -> float:
        """Return by how much values of this size change with the round-off of the unknowns."""


class Reduction:
    """A way to make one number from an expression. The first line of the docstring describes it in a few words.

    name: the name that decks use. may_lack: whether it may raise NoValueError. Options are class attributes; on an
    instance they are plain numbers in SI. A quantity that is declared without a unit has the unit of the expression.
    """

    name: ClassVar[str] = ""
    may_lack: ClassVar[bool] = False

    def __init__(self, values: OptionValues | None = None) -> None:
        for option, value in values.values.items() if values is not None else ():
            setattr(self, option, value.constant if isinstance(value, Expression) else value)

    @classmethod
    def declared_options(cls, unit: Unit | None = None) -> dict[str, Option[Any]]:
        """Return the options; unit: the unit of the expression, for quantities that declare none."""
        found = Options.declared(cls)
        for name, option in found.items():
            if isinstance(option, Quantity) and not option.unit_text and unit is not None:
                found[name] = Quantity(str(unit.si), option.text, default=option.default, variables=())
        return found

    @classmethod
    def text(cls) -> str:
        """Return the first line of the docstring."""
        return inspect.cleandoc(cls.__doc__ or "").partition("\n")[0]

    def unit(self, of: Unit, amount: Callable[[Unit], Unit]) -> Unit:
        """Return the unit of the number; amount: returns the unit of an integral over the region for the unit of its
        integrand."""
        return of

    def value(self, over: Over) -> float:
        """Return the number in SI. Raises NoValueError."""
        raise NotImplementedError

    def of_uniform(self, value: float) -> float | None:
        """Return the number for an expression that is `value` everywhere; None if that depends on the region."""
        return None
