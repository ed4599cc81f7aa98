"""What a deck asks to be written, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trona.model.laws import Law
    from trona.model.records import Derived, Output
    from trona.units import Unit

AXES = "xyz"


@dataclass(frozen=True, eq=False)
class Points:
    """An expression at points: one point is a probe, several a line.

    blocks: per point the one in which it is read. A point of a line stands twice where the line crosses a border at
    which the expression has two values.
    """

    name: str
    of: str
    expression: Any
    unit: Unit
    points: tuple[tuple[float, ...], ...]
    blocks: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of a probe's numbers: its own, or one per component of a vector, with '.x' at its end."""
        return component_names(self.name, self.expression.ufl_shape)


@dataclass(frozen=True, eq=False)
class Profile:
    """An expression along a boundary or interface, against the length of the curve."""

    name: str
    of: str
    expression: Any
    unit: Unit
    law: Law


@dataclass(frozen=True, eq=False)
class Flow:
    """What enters some blocks through facets, per time: the flux of a balance through a boundary or an interface.

    sets: the facet sets, per block that it enters. unit: of the number.
    """

    name: str
    balance: str
    region: str
    sets: dict[str, tuple[int, ...]]
    unit: Unit
    shape: tuple[int, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its numbers: its own, or one per component."""
        return component_names(self.name, self.shape)


def component_names(name: str, shape: tuple[int, ...]) -> tuple[str, ...]:
    """Return the name of a number, or the names of a vector's components."""
    return tuple(f"{name}.{axis}" for axis in AXES[: shape[0]]) if shape else (name,)


def is_due(number: int, time: float, every: int, at: tuple[float, ...]) -> bool:
    """Return whether fields are written after a step, which ends exactly at a time in `at` if it is for that."""
    return time in at or (every > 0 and number % every == 0)


@dataclass(frozen=True, eq=False)
class Requests:
    """What the deck asks to be written; lengths in m.

    every: fields are written every so many steps, 0 for no such interval. at: times, s, at which a step ends and fields
    are written, in order. outputs: the numbers of all plugins and those of the deck's own. quantities: the derived
    quantities of both.
    """

    vtk: bool
    every: int
    at: tuple[float, ...]
    derived: tuple[Derived, ...]
    csv: tuple[str, ...] | None
    plots: tuple[str, ...]
    zoom: tuple[float, float, float, float] | None
    outputs: tuple[Output, ...]
    quantities: dict[str, Derived]
    probes: tuple[Points, ...]
    lines: tuple[Points, ...]
    profiles: tuple[Profile, ...]
    flows: tuple[Flow, ...]
