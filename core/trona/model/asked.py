"""The readings of outputs from a solved problem, as data: expressions over regions, at points, along curves, and flows.

An output consists of its readings (`of`) and a function of them (`compute`). The function gets an `Over` for each
`OnRegion` (or `Output`), an array of values for `Points`, a `CurveData` for a `Profile`, for a `Flow` an array with a
number per component, and for a `Work` something that has its `integral`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from ufl.core.expr import Expr

from trona.model.records import Output

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from trona.model.laws import Law
    from trona.model.reduction import NoValueError
    from trona.units import Unit

AXES = "xyz"
Array: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class OnRegion:
    """A scalar expression over blocks, or over the boundary or interface of `law`, in the unit `expressed_in`."""

    expression: Expr
    expressed_in: Unit
    blocks: tuple[str, ...] = ()
    law: Law | None = None
    text: str = ""

    def times(self, factor: Expr, unit: Unit) -> OnRegion:
        """Return the product with a factor in this unit."""
        return replace(self, expression=self.expression * factor, expressed_in=self.expressed_in * unit)


@dataclass(frozen=True, eq=False)
class Points:
    """A scalar or vector expression at points, m.

    blocks: for each point, the block in which it is read. A point appears twice where a line crosses a border at
    which the expression has two values.
    """

    name: str
    of: str
    expression: Any
    unit: Unit
    points: tuple[tuple[float, ...], ...]
    blocks: tuple[str, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the value at a point."""
        return tuple(self.expression.ufl_shape)


@dataclass(frozen=True, eq=False)
class Profile:
    """A scalar or vector expression along a boundary or interface, against the arc length."""

    name: str
    of: str
    expression: Any
    unit: Unit
    law: Law

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the value at a point."""
        return tuple(self.expression.ufl_shape)


@dataclass(frozen=True, eq=False)
class Flow:
    """What enters some blocks through facets, per time: the flux of a balance through a boundary or an interface.

    sets: the facet sets, per block that it enters. unit: of the number. shape: of the balance. with_field: whether the
    same of the flux times the field of the balance, a scalar, follows as a second number.
    """

    name: str
    balance: str
    region: str
    sets: dict[str, tuple[int, ...]]
    unit: Unit
    shape: tuple[int, ...]
    with_field: bool = False


@dataclass(frozen=True, eq=False)
class Work:
    """What is taken of the total flux of balances in a block, per time: parts per length of what drives it times it.

    slopes: the parts, vectors, by balance.
    """

    block: str
    slopes: dict[str, Expr]


@dataclass(frozen=True, eq=False)
class GlobalValue:
    """An unknown that is one number."""

    field: str
    unit: Unit
    text: str


Part: TypeAlias = OnRegion | Output | Points | Profile | Flow | Work | GlobalValue
"""What can be read."""


@dataclass(frozen=True, eq=False)
class CurveData:
    """Values (n,) or (n, c) at points (n, d), m, and the arc length of each point (n,), m."""

    distance: Array
    points: Array
    values: Array


@dataclass(frozen=True, eq=False)
class Numbers:
    """An output that is one number, or several under names that begin with its own, all in one unit.

    kind: of the entry of the deck. compute: returns the numbers, in SI. may_lack: whether it may raise NoValueError, or
    have one in the place of a number. whole: whether the first number is a whole, the last what its parts, between
    them, leave over.
    """

    kind: str
    name: str
    names: tuple[str, ...]
    unit: Unit
    text: str
    of: tuple[Part, ...]
    compute: Callable[..., Sequence[float | NoValueError] | Array]
    may_lack: bool = False
    whole: bool = False

    @property
    def texts(self) -> tuple[str, ...]:
        """What each number is."""
        if not self.whole:
            return (self.text,) * len(self.names)
        causes = [name.removeprefix(f"{self.name}.").replace("_", " ") for name in self.names[1:-1]]
        return (self.text, *(f"part of {self.name}: {cause}" for cause in causes), f"{self.name} without its parts")


@dataclass(frozen=True, eq=False)
class Curve:
    """An output that is a curve, with a scalar or a vector along it. quantity: its expression in the deck."""

    kind: str
    name: str
    quantity: str
    unit: Unit
    shape: tuple[int, ...]
    of: tuple[Part, ...]
    compute: Callable[..., CurveData]

    @property
    def extremes(self) -> tuple[Numbers, ...]:
        """The least and the greatest value along it, named with '.min' and '.max'; none of a vector."""
        if self.shape:
            return ()
        ends = (("min", "smallest", np.nanmin), ("max", "largest", np.nanmax))
        return tuple(
            Numbers(
                self.kind,
                self.name,
                (f"{self.name}.{end}",),
                self.unit,
                f"{word} value of {self.name}",
                self.of,
                lambda *parts, least=least: [least(self.compute(*parts).values)],
            )
            for end, word, least in ends
        )


def component_labels(shape: tuple[int, ...]) -> tuple[str, ...]:
    """Return the labels of the components of a vector: its axes; nothing for a scalar."""
    return tuple(AXES[: shape[0]]) if shape else ()
