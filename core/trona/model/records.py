"""Further parts of a model, apart from fields, balances and laws: constraints, derived quantities and outputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trona.model.laws import block_patches

if TYPE_CHECKING:
    from trona.errors import Location
    from trona.model.declare import Drop, Monitor
    from trona.model.equation import Equation
    from trona.model.laws import Law, Patch
    from trona.model.reduction import Reduction
    from trona.model.symbols import InputSymbol
    from trona.model.unknown import Unknown
    from trona.units import Unit


@dataclass(frozen=True, eq=False)
class Output:
    """A number to report: an expression reduced over blocks, or the boundary or interface of `law`.

    expressed_in: the unit of the expression; `unit`, the unit of the reported number, follows from it.
    """

    name: str
    expression: Any
    expressed_in: Unit
    unit: Unit
    text: str
    reduction: Reduction
    plugin: str
    blocks: tuple[str, ...] = ()
    law: Law | None = None
    location: Location | None = None
    symbol: str = ""
    label: str = ""
    """What tells several of its plugin in one region apart."""

    @property
    def reduce(self) -> str:
        """The name of its reduction."""
        return self.reduction.name

    @property
    def region(self) -> str:
        return self.law.name if self.law else "+".join(self.blocks)


@dataclass(frozen=True, eq=False)
class Feed:
    """What one plugin adds to a named sum in some blocks, or at an interface."""

    plugin: str
    blocks: tuple[str, ...]
    expression: Any
    location: Location | None = None
    law: Law | None = None


@dataclass(frozen=True, eq=False)
class Constraint:
    """`residual` = 0 at an interface or boundary, held by the unknown `multiplier` living there.

    It holds in the mean over cells, or at_nodes: at each node of the multiplier.
    """

    law: Law
    residual: Any
    unit: Unit
    multiplier: Unknown
    balance: Equation
    at_nodes: bool = False

    @property
    def patches(self) -> tuple[Patch, ...]:
        """The patches of its law."""
        return self.law.patches


@dataclass(frozen=True, eq=False)
class IntegralConstraint:
    """The mean (or integral) of `integrand` over blocks, or over where a law holds, equals `target`.

    It determines a global unknown. needs: controls of a protocol; the equation holds in steps that set all of them, and
    is 0 = 0 in others.
    """

    unknown: Unknown
    integrand: Any
    target: Any
    mean: bool
    plugin: str
    needs: frozenset[str] = frozenset()
    blocks: tuple[str, ...] = ()
    law: Law | None = None
    location: Location | None = None

    @property
    def patches(self) -> tuple[Patch, ...]:
        """Its blocks, or the patches of its law."""
        return self.law.patches if self.law is not None else block_patches(self.blocks)

    @property
    def region(self) -> str:
        return self.law.name if self.law is not None else "+".join(self.blocks)


@dataclass(frozen=True, eq=False)
class Derived:
    """A named expression (a current density, a gradient) in blocks, or at the boundary or interface of `law`.

    Decks may use it in outputs.
    """

    name: str
    expression: Any
    unit: Unit
    blocks: tuple[str, ...]
    text: str
    plugin: str = ""
    location: Location | None = None
    law: Law | None = None
    symbol: str = ""
    label: str = ""
    """What tells several of its plugin at one law apart."""


@dataclass(frozen=True, eq=False)
class Length:
    """A length that a physics has of itself in some blocks; its mesh should be of that order."""

    name: str
    expression: Any
    blocks: tuple[str, ...]
    location: Location | None = None


@dataclass(frozen=True, eq=False)
class MonitorTerm:
    """What one plugin contributes to a monitored rate: per volume in `blocks`, or per area at `law`.

    coupled: only the sum of all contributions in its region has a sign.
    """

    monitor: Monitor
    expression: Any
    unit: Unit
    plugin: str
    blocks: tuple[str, ...] = ()
    law: Law | None = None
    location: Location | None = None
    coupled: bool = False


@dataclass(frozen=True, eq=False)
class DropPart:
    """The part of a drop that has this cause.

    expression: in `blocks` the part per length, a vector, of what drives the flux of `balance`; at `law` that of what
    drives a flux through it, times this flux.
    """

    drop: Drop
    cause: str
    expression: Any
    unit: Unit
    plugin: str
    blocks: tuple[str, ...] = ()
    balance: str = ""
    law: Law | None = None
    location: Location | None = None


@dataclass(frozen=True, eq=False)
class DropEnd:
    """The value, beyond the outside of `law`, of what drives a flow that comes or goes there."""

    drop: Drop
    value: Any
    plugin: str
    law: Law
    location: Location | None = None


@dataclass(frozen=True, eq=False)
class Expectation:
    """`expression` is to stay between `low` and `high` (SI; None: open) in `blocks` or at `law`.

    name: what is watched; owner: the property or plugin whose range it is; text: why, or the source.
    """

    name: str
    expression: Any
    unit: Unit
    low: float | None
    high: float | None
    owner: str
    text: str
    blocks: tuple[str, ...] = ()
    law: Law | None = None
    hard: bool = False
    """Whether a run ends where the range is left."""
    location: Location | None = None
    excluded: tuple[float, ...] = ()
    """Ends that do not belong to the range."""


@dataclass(frozen=True, eq=False)
class FixedValue:
    """A field (or one component of it) held at a value on a boundary."""

    field: str
    boundary: str
    value: InputSymbol
    component: int | None = None
    location: Location | None = None
