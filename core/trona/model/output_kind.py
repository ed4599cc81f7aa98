"""Kinds of outputs that a deck may add under `outputs.extra`. Packages add them like physics."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, ClassVar, Protocol

from trona.deck.options import Option, Options, OptionValues

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from ufl.core.expr import Expr

    from trona.errors import UserError
    from trona.model.asked import Array, Curve, CurveData, Flow, Numbers, OnRegion, Part, Points, Profile
    from trona.model.declare import Drop
    from trona.model.records import Derived, Output
    from trona.model.reduction import NoValueError, Reduction
    from trona.units import Unit


class Entry(Protocol):
    """An entry under `outputs.extra`, as its kind sees it. Arguments are names of options of the kind.

    Whatever is wrong in an option raises DeckError with its location in the deck. Lengths are in m.
    """

    @property
    def name(self) -> str:
        """The name of the entry."""

    @property
    def dimension(self) -> int:
        """The dimension of the mesh."""

    @property
    def position(self) -> Expr:
        """The position, m, a vector."""

    def error(self, option: str, text: str) -> UserError:
        """Return an error at an option, to be raised."""

    def over(self, of: str, on: str, side: str = "side") -> OnRegion:
        """Return a scalar expression over a block, boundary or interface; at an interface on the side that is named."""

    def amount(self, unit: Unit, over: OnRegion) -> Unit:
        """Return the unit of an integral over the region of something in this unit."""

    def point(self, at: str) -> tuple[float, ...]:
        """Return a point of the mesh."""

    def points(self, of: str, at: str, points: Sequence[tuple[float, ...]], block: str = "block") -> Points:
        """Return a scalar or vector expression at points, in the block that is named or in which each of them lies.

        at: the option to which an error about the points belongs.
        """

    def profile(self, of: str, along: str, side: str = "side") -> Profile:
        """Return a scalar or vector expression along a boundary or interface of a line or a plane mesh."""

    def flow(self, balance: str, through: str, into: str = "into") -> Flow:
        """Return the flow of a balance through a boundary or an interface."""

    def field(self, of: str, blocks: str = "blocks") -> Derived:
        """Return a scalar or vector expression as a derived quantity under the name of the entry."""

    def reduced(self, of: str, on: str, side: str, reduce: str) -> Output:
        """Return a scalar expression over a region, reduced by the reduction that is named."""

    def combined(self, of: str) -> Numbers:
        """Return an expression of the numbers that the deck and its physics report."""

    def numbers(
        self,
        unit: Unit,
        text: str,
        of: Sequence[Part],
        compute: Callable[..., Sequence[float | NoValueError] | Array],
        labels: Sequence[str] = (),
        may_lack: bool = False,
    ) -> Numbers:
        """Return numbers computed from readings; with labels, several numbers, each named after the entry and its
        label.

        compute: receives the values read for each of `of`, in this order, and returns the numbers in SI. may_lack:
        whether it may raise NoValueError.
        """

    def whole(
        self,
        unit: Unit,
        text: str,
        of: Sequence[Part],
        compute: Callable[..., Sequence[float | NoValueError]],
        causes: Sequence[str],
    ) -> Numbers:
        """Return a number with the parts of which it consists, one for each cause, and what they leave over.

        compute: returns the whole and then its parts, in SI; in place of one that does not exist, why. The whole has
        the name of the entry, each part that of its cause after it, and what is left over is the remainder.
        """

    def drop(self, drop: Drop, ends: str, without: Sequence[str] = ()) -> Numbers:
        """Return the difference of what drives a flow between two ends, with its parts by cause and region.

        ends: the option that names the boundaries or interfaces where what flows comes from outside, or leaves.
        without: causes whose parts are taken off the difference.
        """

    def curve(self, quantity: str, unit: Unit, of: Sequence[Part], compute: Callable[..., CurveData]) -> Curve:
        """Return a curve computed from readings; quantity: the option with the expression along the curve."""


class OutputKind:
    """A kind of output. The first line of the docstring describes it in a few words.

    name: the key that makes an entry under `outputs.extra` one of this kind; the option of that name is its value.
    Options are class attributes; on an instance they are the values that were read. stage: the order in which entries
    are read: first those of stage 0, whose names others may use in expressions, and last those of stage 2, which use
    the numbers of others.
    """

    name: ClassVar[str] = ""
    stage: ClassVar[int] = 1

    def __init__(self, values: OptionValues) -> None:
        for option, value in values.values.items():
            setattr(self, option, value)

    @classmethod
    def declared_options(cls) -> dict[str, Option[Any]]:
        """Return the options by name."""
        return Options.declared(cls)

    @classmethod
    def variants(cls, reductions: Mapping[str, type[Reduction]]) -> Mapping[str, tuple[str, dict[str, Option[Any]]]]:
        """Return, by what the key of the kind holds, a text and further options; nothing where it holds anything."""
        return {}

    @classmethod
    def text(cls) -> str:
        """Return the first line of the docstring."""
        return inspect.cleandoc(cls.__doc__ or "").partition("\n")[0]

    def ask(self, entry: Entry) -> Numbers | Curve | Output | Derived:
        """Return what an entry of this kind asks for. Raises UserError."""
        raise NotImplementedError
