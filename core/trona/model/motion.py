"""How a mesh moves: its displacement, which is an unknown, and whose matter stays where it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ufl

if TYPE_CHECKING:
    from trona.model.laws import Law
    from trona.model.symbols import Side
    from trona.model.unknown import Unknown

NAME, BALANCE = "mesh_displacement", "mesh_motion"
TEXT = "displacement of the mesh from where it was read"


@dataclass(frozen=True, eq=False)
class Motion:
    """How the mesh of a model moves; its displacement lives in all blocks.

    axis: the direction along which alone it moves, its unknown then being one number; None: anywhere.
    smallest_quality: part of its quality at first that every cell must keep. remeshed: whether a new mesh takes the
    place of a poor one: edges then stay straight, as those of a mesh are.
    symbols, rates: the displacement's unknown, and its rate, on each side of an interface and on none.
    resting: blocks whose matter stays where it is while the mesh moves through it. In all others it moves along.
    laws: the interfaces that move, each with the side whose matter goes through the mesh, and the boundaries that move.
    """

    field: Unknown
    dimension: int
    axis: tuple[float, ...] | None
    smallest_quality: float
    remeshed: bool
    symbols: Mapping[Side | None, Any]
    rates: Mapping[Side | None, Any]
    resting: frozenset[str] = frozenset()
    laws: tuple[tuple[Law, Side], ...] = ()

    @property
    def direction(self) -> Any:
        """The unit vector along which alone it moves, None for anywhere."""
        return None if self.axis is None else ufl.as_vector(self.axis)

    def symbol(self, side: Side | None) -> Any:
        """Return the symbol of the displacement's unknown."""
        return self.symbols[side]

    def vector(self, value: Any) -> Any:
        """Return the displacement vector for a value of the unknown."""
        return value if self.axis is None else value * self.direction

    def gradient(self, slope: Any) -> Any:
        """Return the gradient of that vector, of the unknown's gradient."""
        return slope if self.axis is None else ufl.outer(self.direction, slope)

    def velocity(self, side: Side | None = None) -> Any:
        """Return the velocity of the mesh, m/s."""
        return self.vector(self.rates[side])
