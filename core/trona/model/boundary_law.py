"""Where laws hold: stretches of interfaces and boundaries, and the law object of a boundary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import ufl

from trona.errors import UserError
from trona.units import Unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from trona.mesh.data import MeshData
    from trona.model.balance import Balance
    from trona.model.model import Model
    from trona.model.symbols import GeometrySymbol, Side


@dataclass(frozen=True, eq=False)
class Stretch:
    """Facet sets with the same blocks beside them: 'minus' and 'plus' at an interface, None at a boundary."""

    sides: Mapping[Side | None, str]
    sets: tuple[int, ...]

    @property
    def block(self) -> str:
        """The one block beside a boundary; '' at an interface, where an unknown belongs to both."""
        return self.sides.get(None, "")


class Law(Protocol):
    """An interface or a boundary: what lives there, and what holds there, is written with its fields and normal."""

    @property
    def model(self) -> Model: ...

    @property
    def key(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def stretches(self) -> tuple[Stretch, ...]: ...


class _Lawful(Protocol):
    @property
    def law(self) -> Law: ...


_T = TypeVar("_T", bound=_Lawful)


def everywhere(found: Iterable[_T]) -> list[tuple[_T, Stretch]]:
    """Return each of what holds at a law with each stretch of that law."""
    return [(each, stretch) for each in found for stretch in each.law.stretches]


def facet_sets(law: Law) -> tuple[int, ...]:
    """Return the facet sets of a law."""
    return tuple(dict.fromkeys(s for stretch in law.stretches for s in stretch.sets))


def extent_of(law: Law, mesh: MeshData) -> float:
    """Return the size of where a law holds, in the mesh as it was read: m^2, m in 2-D, a number in 1-D."""
    return sum(mesh.facet_sets[s].measure for s in facet_sets(law))


@dataclass(frozen=True)
class BoundaryLaw:
    """A boundary, beside one block or several; `normal` points outwards.

    Unknowns that live here (`Model.add_surface_field`) may jump from block to block. Fields and properties need no
    side: they are those of the block beside the boundary.
    """

    model: Model
    key: str

    @property
    def name(self) -> str:
        return self.key

    @property
    def normal(self) -> GeometrySymbol:
        return self.model.symbols.n

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        mesh = self.model.mesh
        region = mesh.boundaries[self.key]
        return tuple(
            Stretch({None: b}, tuple(s for s in region.sets if b in mesh.facet_sets[s].blocks)) for b in region.blocks
        )

    def constrain(
        self,
        residual: Any,
        unit: str,
        balance: Balance,
        multiplier: str,
        text: str,
        *,
        along: Any = None,
        scale: str = "",
    ) -> Any:
        """Hold `residual` = 0 here by a multiplier, an unknown on the boundary, and return it.

        The multiplier is the flux of `balance` that leaves through the boundary, or with `along` the part of it in
        that direction. It has as many components as the residual, whose unit is `unit`. scale: its typical variation.
        Raises UserError if the balance is not solved in every block beside the boundary.
        """
        for stretch in self.stretches:
            if stretch.block not in balance.blocks:
                raise UserError(f"{balance.name} is not solved in {stretch.block}, which '{self.name}' borders")
        residual = ufl.as_ufl(residual)
        symbol = self.model.add_constraint(
            self, residual, Unit.parse(unit), balance, multiplier, text, order_below=1, scale=scale
        )
        balance.inflow(self.key, -symbol if along is None else -symbol * along)
        return symbol

    def output(self, name: str, expression: Any, unit: str, text: str, reduce: str) -> None:
        """Declare an output over this boundary; `reduce` as in Model.output."""
        self.model.output(name, expression, unit, text, reduce, boundary=self.key)
