"""Balances: what plugins declare, and all that the rest of trona derives from it."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as _field
from typing import TYPE_CHECKING, Any, Literal

from trona.errors import UserError
from trona.model.field import symbols_in
from trona.model.shapes import plain, shaped
from trona.model.symbols import RateSymbol
from trona.units import Unit

if TYPE_CHECKING:
    from trona.errors import Location
    from trona.model.boundary_law import Law
    from trona.model.declare import BalanceDeclaration
    from trona.model.field import Field
    from trona.model.model import Model
    from trona.model.symbols import Side

TermKind = Literal["storage", "flux", "source", "inflow", "exchange", "raw"]


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
    """

    kind: TermKind
    expression: Any
    plugin: str
    blocks: tuple[str, ...] = ()
    boundary: str = ""
    law: Law | None = None
    side: Side | None = None
    crossing: Crossing | None = None
    place: Location | None = None
    """Where in the deck the contributor stands."""

    @property
    def region(self) -> str:
        return (self.law.name if self.law else "") or self.boundary or ", ".join(self.blocks)


@dataclass(eq=False)
class Balance:
    """A conserved quantity and its terms: d(storage)/dt + div(flux) = source.

    Plugins add terms; blocks default to those where every field of the expression lives. Expressions are
    scalar for a scalar unknown (flux: a vector), one rank higher for a vector unknown.
    """

    declaration: BalanceDeclaration
    unit: Unit
    field: Field
    plugin: str
    model: Model
    on_reference: bool = False
    """Whether it is written on the mesh as it was read, also where that moves."""
    terms: list[Term] = _field(default_factory=list)

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

    @property
    def total_flux(self) -> Any:
        """The sum of all fluxes, of every plugin, as a symbol: it may be used before they are declared."""
        shape = (*self.field.shape, self.model.dimension)
        return self.model.total_symbol(f"flux of {self.name}", self.flux_unit, shape)

    def storage(self, density: Any, blocks: tuple[str, ...] | None = None) -> None:
        """Add an amount stored per volume."""
        density = plain(density, f"what {self.name} stores")
        if any(isinstance(s, RateSymbol) for s in symbols_in(density)):
            raise UserError(f"what {self.name} stores cannot depend on a rate of change")
        self._add("storage", density, blocks)

    def flux(self, flux: Any, blocks: tuple[str, ...] | None = None) -> None:
        """Add a flux density (amount per area and time), positive along its direction.

        That of a vector may be given in space, (3, 3), as it must be in axisymmetric coordinates. That along an
        interface or boundary (per length and time) must be tangential; none of it leaves at the ends.
        """
        coordinates, flux = self.model.coordinates, plain(flux, f"the flux of {self.name}")
        turning = None
        if self.field.shape and coordinates.dimension < 3:
            if flux.ufl_shape == (3, 3):
                flux, turning = coordinates.in_plane(flux), coordinates.turning(flux)
            elif coordinates.axisymmetric:
                raise UserError(f"the flux of {self.name} needs all nine components in axisymmetric coordinates")
        self._add("flux", flux, blocks)
        if self.field.law is not None:
            return
        self.model.feed(f"flux of {self.name}", self.terms[-1].expression, self.terms[-1].blocks)
        if turning is not None:
            self._add("source", -turning, blocks)

    def source(self, rate: Any, blocks: tuple[str, ...] | None = None) -> None:
        """Add a production rate per volume."""
        self._add("source", rate, blocks)

    def inflow(self, boundary: str, flux: Any) -> None:
        """Add a flux density that enters through a boundary.

        Raises UserError if the boundary borders no block in which the balance holds: nothing would enter.
        """
        region = self.model.mesh.boundaries.get(boundary) or self.model.mesh.interfaces[boundary]
        blocks = tuple(b for b in region.blocks if b in self.blocks)
        if not blocks:
            raise UserError(
                f"{self.name} holds in {', '.join(self.blocks) or 'no block'}, none of which touches "
                f"'{boundary}' (which borders {', '.join(region.blocks)})"
            )
        flux = shaped(flux, self.field.shape, f"the inflow of {self.name}")
        self.terms.append(
            Term("inflow", flux, self.model.contributor, blocks=blocks, boundary=boundary, place=self.model.place)
        )

    def raw(self, integrand: Any, blocks: tuple[str, ...] | None = None) -> None:
        """Escape hatch: add `integrand`, linear in `model.test(balance)`, to the weak form as it is.

        The audit counts it as a source; manufactured solutions cannot see inside it. Its unit is that of the source.
        """
        self._add("raw", integrand, blocks)

    def _add(self, kind: TermKind, expression: Any, blocks: tuple[str, ...] | None) -> None:
        shape = {"raw": (), "flux": (*self.field.shape, self.model.dimension)}.get(kind, self.field.shape)
        expression = shaped(expression, shape, f"the {'raw term' if kind == 'raw' else kind} of {self.name}")
        law = self.field.law
        if law is None:
            blocks = self.model.common_blocks(expression, self.blocks if blocks is None else blocks)
        self.terms.append(
            Term(kind, expression, self.model.contributor, blocks=blocks or (), law=law, place=self.model.place)
        )
