"""Coordinate systems: the gradient of a vector in space, and what a mesh of fewer dimensions represents."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ufl

from trona.errors import UserError
from trona.units import Unit

if TYPE_CHECKING:
    from trona.mesh.data import MeshData
    from trona.model.symbols import Symbols

_METRE = Unit.parse("m")


@dataclass(frozen=True)
class System:
    """A coordinate system: x is a length along a line, or the distance from an axis or a centre.

    dimensions: those allowed for the mesh. turns: the number of directions across the mesh that turn with position:
    1 around an axis, 2 around a centre. full: the full angle, in rad or sr. An integral over the mesh has the weight
    `full * x**turns` in space.
    """

    name: str
    text: str
    dimensions: tuple[int, ...]
    turns: int = 0
    full: float = 1.0


SYSTEMS = {
    system.name: system
    for system in (
        System("planar", "Cartesian, a section through a body that is uniform across it", (1, 2, 3)),
        System("axisymmetric", "x is the distance from an axis that runs along y", (1, 2), 1, 2 * math.pi),
        System("spherical", "x is the distance from a centre", (1,), 2, 4 * math.pi),
    )
}


def check_coordinates(system: System, mesh: MeshData) -> None:
    """Raise UserError if a mesh cannot be one in these coordinates."""
    if mesh.gdim not in system.dimensions:
        allowed = " or ".join(str(d) for d in system.dimensions)
        plural = "" if system.dimensions == (1,) else "s"
        raise UserError(
            f"{system.name} coordinates need a mesh of {allowed} dimension{plural}, but this one has {mesh.gdim}"
        )
    least = float(mesh.points[:, 0].min())
    if system.turns and least < -1e-12 * float(abs(mesh.points[:, 0]).max()):
        raise UserError(f"{system.text}, but a point of the mesh has x = {least:.4g} m")


class Coordinates:
    """How the coordinates of a mesh lie in space, in one of `SYSTEMS`.

    A mesh of fewer than three dimensions is a section through a body that is uniform across it, or through a body
    of revolution; integrals are then over the whole body.
    """

    def __init__(self, system: System, symbols: Symbols, dimension: int) -> None:
        self.system, self.dimension, self._symbols = system, dimension, symbols

    @property
    def turns(self) -> int:
        """The number of directions across the mesh that turn with position: 0, 1 around an axis, 2 around a centre."""
        return self.system.turns

    def amount(self, density: Unit, on: int = 3) -> Unit:
        """Return the unit of the integral of a density, in space of `on` dimensions: 3 in a block, 2 on a surface.

        Around an axis or a centre an integral is over the whole circumference. An integral over a section of a uniform
        body is per metre across it, and its unit says so: 'J/m' and not 'N'.
        """
        across = 3 - self.dimension - self.turns
        whole, found = density * _METRE**on, density * _METRE ** (on - across)
        if not across or "m" in re.findall(r"[A-Za-z]+", whole.text):
            return found
        per = "m" if across == 1 else f"m^{across}"
        return Unit(f"{whole}/{per}", found.dimension)

    def stands_for(self, radius: Any) -> Any:
        """Return the measure in space of a unit of the mesh at a distance from the axis or centre; 1 if planar."""
        return self.system.full * radius**self.turns if self.turns else 1.0

    @property
    def axes(self) -> str:
        """The names of the coordinates, a letter each."""
        return "xyz"[: self.dimension]

    def direction(self, axis: str | None = None) -> Any:
        """Return the unit vector along a coordinate, by default the last. Raises UserError if the mesh lacks it."""
        axis = axis or self.axes[-1]
        if axis not in self.axes:
            raise UserError(f"a direction along {axis} needs a mesh of more dimensions than {self.dimension}")
        return ufl.as_vector([float(each == axis) for each in self.axes])

    @property
    def position(self) -> Any:
        """The symbol of position, m."""
        return self._symbols.x

    @property
    def radius(self) -> Any:
        """The distance from the axis or centre, m; not in planar coordinates."""
        return self._symbols.x[0]

    def gradient(self, vector: Any) -> Any:
        """Return the gradient of a vector field in space, (3, 3), whatever the dimension of the mesh."""
        rows = [[0.0] * 3 for _ in range(3)]
        slope = ufl.grad(vector)
        for i in range(self.dimension):
            for j in range(self.dimension):
                rows[i][j] = slope[i, j]
        for k in self._turning:
            # On the axis itself, which outputs look at, the quotient is the slope.
            rows[k][k] = ufl.conditional(ufl.gt(self.radius, 0), vector[0] / self.radius, slope[0, 0])
        return ufl.as_tensor(rows)

    @property
    def _turning(self) -> range:
        """The directions in space that turn with position: the last ones, (r, z, hoop) around an axis."""
        return range(3 - self.turns, 3)

    def in_plane(self, tensor: Any) -> Any:
        """Return the part of a (3, 3) tensor that lies in the coordinates of the mesh."""
        axes = range(self.dimension)
        return ufl.as_tensor([[tensor[i, j] for j in axes] for i in axes])

    def turning(self, tensor: Any) -> Any:
        """Return the part of div of a (3, 3) tensor beyond the divergence of its part in the mesh; None if it is zero.

        Around an axis the radial direction turns, so the hoop component acts inwards.
        """
        if not self.turns:
            return None
        inwards = -sum(tensor[k, k] for k in self._turning) / self.radius
        return ufl.as_vector([inwards, *[0.0] * (self.dimension - 1)])
