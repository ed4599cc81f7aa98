"""What a plugin adds to a balance: storage, fluxes, sources, and inflows through boundaries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trona.errors import UserError
from trona.model.facets import flux_of_jump, numerical_flux
from trona.model.noise import is_noise
from trona.model.shapes import plain, shaped
from trona.model.symbols import RateSymbol
from trona.model.unknown import symbols_in

if TYPE_CHECKING:
    from trona.model.declare import Drop
    from trona.model.equation import Equation, TermKind
    from trona.model.facets import OnFacet
    from trona.model.view import Expression
    from trona.model.writer import Writer


@dataclass(frozen=True)
class Account:
    """A balance as one plugin adds to it: d(storage)/dt + div(flux) = source.

    Blocks default to those where every field of the expression lives. Expressions are scalar for a scalar unknown
    (flux: a vector), one rank higher for a vector unknown.
    """

    writer: Writer
    name: str

    @property
    def equation(self) -> Equation:
        """The balance with the terms that have been added so far."""
        return self.writer.draft.balances[self.name]

    @property
    def blocks(self) -> tuple[str, ...]:
        """The blocks in which it is solved."""
        return self.equation.blocks

    @property
    def field(self) -> Expression:
        """Its unknown."""
        return self.writer.draft.field(self.equation.field.name)

    @property
    def total_flux(self) -> Expression:
        """The sum of the fluxes of all plugins; it may be used before they are added."""
        return self.writer.draft.flux_symbol(self.name)

    def storage(self, density: Expression, blocks: tuple[str, ...] | None = None) -> None:
        """Add an amount stored per volume."""
        density = plain(density, f"what {self.name} stores")
        if any(isinstance(s, RateSymbol) or is_noise(s) for s in symbols_in(density)):
            raise UserError(f"the storage of {self.name} cannot depend on a rate of change or on noise")
        self._add("storage", density, blocks)

    def flux(self, flux: Expression, blocks: tuple[str, ...] | None = None) -> None:
        """Add a flux density (amount per area and time), positive along its direction.

        The flux of a vector may be given in space, (3, 3); this is necessary around an axis or a centre. A flux along
        an interface or boundary (per length and time) must be tangential; nothing leaves at the ends.
        """
        coordinates, flux = self.writer.draft.coordinates, plain(flux, f"the flux of {self.name}")
        turning = None
        if self.equation.field.shape and coordinates.dimension < 3:
            if flux.ufl_shape == (3, 3):
                flux, turning = coordinates.in_plane(flux), coordinates.turning(flux)
            elif coordinates.turns:
                kind = coordinates.system.name
                raise UserError(f"the flux of {self.name} needs all nine components in {kind} coordinates")
        self._add("flux", flux, blocks)
        if turning is not None and self.equation.field.law is None:
            self._add("source", -turning, blocks)

    def facet_flux(self, flux: OnFacet, blocks: tuple[str, ...] | None = None) -> None:
        """Add the flux from a cell of a discontinuous field to its neighbour, as a function of both.

        flux(here, there, n, h): amount per area and time that leaves the cell `here` and enters the cell `there`; n is
        the unit normal from here to there, h the size of the cells, m (`cell_size`). The flux is a scalar for a scalar
        unknown. Where the field does not jump it must be n times what `flux` adds. It acts between the cells of a
        block, and where blocks meet unless a law lets the field jump there. Where a deck fixes the field on a boundary,
        the cell beyond it has this value. Raises UserError if the field is not discontinuous, or if the flux does not
        change its sign when the cells are exchanged.
        """
        self._between("facet", numerical_flux(self.writer, self.equation, flux), blocks)

    def jump_flux(self, flux: OnFacet, blocks: tuple[str, ...] | None = None) -> None:
        """Add the flux of a jump between cells in the cell `here`: a vector times m, concentrated on the facet.

        flux(here, there, n, h): as for `facet_flux`. It carries nothing from cell to cell. For diffusion, a flux of
        -D grad c, it is D (c_here - c_there) n / 2, which turns the incomplete interior penalty method into the
        symmetric one.
        """
        for side, expression in flux_of_jump(self.writer, self.equation, flux):
            self._between("jump", expression, blocks, side=side)

    def _between(self, kind: TermKind, expression: Any, blocks: tuple[str, ...] | None, **where: Any) -> None:
        where["blocks"] = self.writer.draft.common_blocks(expression, self.blocks if blocks is None else blocks)
        self.writer.term(self.name, kind, expression, **where)

    def source(self, rate: Expression, blocks: tuple[str, ...] | None = None) -> None:
        """Add a production rate per volume."""
        self._add("source", rate, blocks)

    def drop(self, drop: Drop, cause: str, slope: Expression, blocks: tuple[str, ...] | None = None) -> None:
        """Say which part of a drop has this cause in blocks: its part per length of what drives the total flux here.

        The parts of all causes are what drives the flux: as -grad(phi) for a current, with its sign. What the cause
        takes is the integral of its part times the flux. Raises UserError if the balance is not one of what flows.
        """
        self.writer.drop_in(self.equation, drop, cause, slope, self.blocks if blocks is None else blocks)

    def inflow(self, boundary: str, flux: Expression) -> None:
        """Add a flux density that enters through a boundary.

        Raises UserError if the boundary borders no block in which the balance is solved, since nothing would enter.
        """
        mesh = self.writer.draft.mesh
        region = mesh.boundaries.get(boundary) or mesh.interfaces[boundary]
        blocks = tuple(b for b in region.blocks if b in self.blocks)
        if not blocks:
            raise UserError(
                f"{self.name} is solved in {', '.join(self.blocks) or 'no block'}, none of which touches "
                f"'{boundary}' (which borders {', '.join(region.blocks)})"
            )
        flux = shaped(flux, self.equation.field.shape, f"the inflow of {self.name}")
        self.writer.term(self.name, "inflow", flux, blocks=blocks, boundary=boundary)

    def raw(self, integrand: Expression, blocks: tuple[str, ...] | None = None) -> None:
        """Escape hatch: add `integrand`, linear in `model.test(balance)`, to the weak form as it is.

        The audit counts it as a source; manufactured solutions cannot see inside it. Its unit is the unit of a source.
        """
        self._add("raw", integrand, blocks)

    def _add(self, kind: TermKind, expression: Any, blocks: tuple[str, ...] | None) -> None:
        field = self.equation.field
        shape = {"raw": (), "flux": (*field.shape, self.writer.draft.dimension)}.get(kind, field.shape)
        expression = shaped(expression, shape, f"the {'raw term' if kind == 'raw' else kind} of {self.name}")
        if field.law is None:
            draft = self.writer.draft
            blocks = draft.common_blocks(expression, self.blocks if blocks is None else blocks)
        self.writer.term(self.name, kind, expression, blocks=blocks or (), law=field.law)
