"""The equations of a model: every balance with the terms of its plugins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from trona.units import Unit

if TYPE_CHECKING:
    from trona.errors import Location
    from trona.model.declare import Balance
    from trona.model.laws import Law
    from trona.model.symbols import Side
    from trona.model.unknown import Unknown

TermKind = Literal["storage", "flux", "source", "inflow", "exchange", "raw", "facet", "jump"]


@dataclass(frozen=True, eq=False)
class Crossing:
    """One flux across an interface, whose terms on its sides (one of them, when the other is the world outside)
    the audit holds against each other."""

    interface: str
    blocks: tuple[str, ...]
    """On the sides that have the flux in a balance."""


@dataclass(frozen=True, eq=False)
class Term:
    """One contribution to a balance.

    kind 'storage', 'flux', 'source', 'raw': in `blocks` (or at `law` for a surface balance).
    kind 'inflow': through `boundary` in `blocks`, positive into the domain.
    kind 'exchange': at `law`; positive into `side`. With `crossing` it is what a flux across the interface brings
    or takes, without it what is produced there.
    kind 'facet': between the cells of `blocks`; it leaves the one on the minus side and enters the other.
    kind 'jump': the flux that the jump of the field there carries, concentrated on the facets, in the cell on `side`;
    also at `law`, and at `boundary`.
    """

    kind: TermKind
    expression: Any
    plugin: str
    blocks: tuple[str, ...] = ()
    boundary: str = ""
    law: Law | None = None
    side: Side | None = None
    crossing: Crossing | None = None
    location: Location | None = None
    """Where in the deck the contributor stands."""

    @property
    def region(self) -> str:
        return (self.law.name if self.law else "") or self.boundary or ", ".join(self.blocks)


@dataclass(frozen=True, eq=False)
class Equation:
    """A balance with its terms: d(storage)/dt + div(flux) = source, the equation of the unknown `field`."""

    declaration: Balance
    unit: Unit
    field: Unknown
    plugin: str
    on_reference: bool = False
    """Whether it is written on the mesh as it was read, also where that moves."""
    terms: tuple[Term, ...] = ()

    @property
    def name(self) -> str:
        return self.declaration.name

    @property
    def quantity(self) -> str:
        return self.declaration.quantity or self.name

    @property
    def blocks(self) -> tuple[str, ...]:
        return self.field.blocks

    @property
    def flux_unit(self) -> Unit:
        return self.unit * Unit.parse("m")
