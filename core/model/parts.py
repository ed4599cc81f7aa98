"""What a model is made of besides fields, balances and laws: constraints, derived quantities and outputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trona.units import Unit

if TYPE_CHECKING:
    from trona.errors import Location
    from trona.model.balance import Balance
    from trona.model.declare import MonitorDeclaration
    from trona.model.field import Field
    from trona.model.interface import InterfaceLaw

REDUCTIONS = ("integral", "mean", "minimum", "maximum", "ratio")
"""How an output makes one number of an expression over a region; ratio is maximum over minimum."""


def extent(dimension: int, whole: bool) -> Unit:
    """Return the unit of the size of a block (`whole`), else of a boundary or interface."""
    return Unit.parse("m") ** (dimension if whole else dimension - 1)


@dataclass(frozen=True, eq=False)
class Output:
    """A number to report: an expression reduced over blocks, a boundary or an interface."""

    name: str
    expression: Any
    unit: Unit
    text: str
    reduce: str
    plugin: str
    blocks: tuple[str, ...] = ()
    boundary: str = ""
    law: InterfaceLaw | None = None
    place: Location | None = None


@dataclass(frozen=True, eq=False)
class Feed:
    """What one plugin adds to a named sum in some blocks."""

    plugin: str
    blocks: tuple[str, ...]
    expression: Any
    place: Location | None = None


@dataclass(frozen=True, eq=False)
class Constraint:
    """`residual` = 0 at an interface, held by the unknown `multiplier` living there."""

    law: InterfaceLaw
    residual: Any
    unit: Unit
    multiplier: Field
    balance: Balance


@dataclass(frozen=True, eq=False)
class IntegralConstraint:
    """The mean (or integral) of `integrand` over an interface equals `target`; it determines a global unknown."""

    unknown: Field
    law: InterfaceLaw
    integrand: Any
    target: Any
    mean: bool
    plugin: str


@dataclass(frozen=True, eq=False)
class Derived:
    """A named expression (a current density, a gradient) that decks may ask for as output."""

    name: str
    expression: Any
    unit: Unit
    blocks: tuple[str, ...]
    text: str
    plugin: str = ""
    place: Location | None = None


@dataclass(frozen=True, eq=False)
class MonitorTerm:
    """What one plugin contributes to a monitored rate: per volume in `blocks`, or per area at `law`."""

    monitor: MonitorDeclaration
    expression: Any
    unit: Unit
    plugin: str
    blocks: tuple[str, ...] = ()
    law: InterfaceLaw | None = None
    place: Location | None = None
