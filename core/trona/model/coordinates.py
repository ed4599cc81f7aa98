"""Coordinate systems: what the gradient of a vector is in space, and what a planar cut stands for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import ufl

from trona.errors import UserError
from trona.units import Unit

if TYPE_CHECKING:
    from trona.mesh.data import MeshData
    from trona.model.symbols import Symbols

_METRE = Unit.parse("m")
KINDS = ("planar", "axisymmetric")


def check_coordinates(kind: str, mesh: MeshData) -> None:
    """Raise UserError if a mesh cannot be one in these coordinates."""
    if kind != "axisymmetric":
        return
    if mesh.gdim != 2:
        raise UserError(f"axisymmetric coordinates need a mesh of 2 dimensions, this one has {mesh.gdim}")
    least = float(mesh.points[:, 0].min())
    if least < -1e-12 * float(abs(mesh.points[:, 0]).max()):
        raise UserError(f"x is the distance from the axis, and a point of the mesh has x = {least:.4g} m")


class Coordinates:
    """How the coordinates of a mesh lie in space.

    planar: Cartesian; a mesh of fewer than three dimensions is a cut through something unchanging across it.
    axisymmetric: x is the distance from the axis, y runs along it; a cut through a body of revolution, whose
    integrals are those of the whole body.
    """

    def __init__(self, kind: str, symbols: Symbols, dimension: int) -> None:
        self.kind, self.dimension, self._symbols = kind, dimension, symbols

    @property
    def axisymmetric(self) -> bool:
        return self.kind == "axisymmetric"

    def amount(self, density: Unit, on: int = 3) -> Unit:
        """Return the unit of the integral of a density, in space of `on` dimensions: 3 in a block, 2 on a surface.

        In axisymmetric coordinates an integral goes all the way round. That over a planar cut is one per metre of
        what it is unchanged across, and says so: 'J/m', which is no newton to a reader.
        """
        across = 0 if self.axisymmetric else 3 - self.dimension
        whole, found = density * _METRE**on, density * _METRE ** (on - across)
        if not across or "m" in re.findall(r"[A-Za-z]+", whole.text):
            return found
        per = "m" if across == 1 else f"m^{across}"
        return Unit(f"{whole}/{per}", found.dimension)

    @property
    def position(self) -> Any:
        """The symbol of position, m."""
        return self._symbols.x

    @property
    def radius(self) -> Any:
        """The distance from the axis, m; of axisymmetric coordinates only."""
        return self._symbols.x[0]

    def gradient(self, vector: Any) -> Any:
        """Return the gradient of a vector field in space, (3, 3), whatever the dimension of the mesh."""
        rows = [[0.0] * 3 for _ in range(3)]
        slope = ufl.grad(vector)
        for i in range(self.dimension):
            for j in range(self.dimension):
                rows[i][j] = slope[i, j]
        if self.axisymmetric:
            # On the axis itself, which outputs look at, the quotient is the slope.
            rows[2][2] = ufl.conditional(ufl.gt(self.radius, 0), vector[0] / self.radius, slope[0, 0])
        return ufl.as_tensor(rows)

    def in_plane(self, tensor: Any) -> Any:
        """Return the part of a (3, 3) tensor that lies in the coordinates of the mesh."""
        axes = range(self.dimension)
        return ufl.as_tensor([[tensor[i, j] for j in axes] for i in axes])

    def turning(self, tensor: Any) -> Any:
        """Return what div of a (3, 3) tensor has besides the divergence of its part in the mesh; None if nothing.

        Around an axis the direction of the radius turns, so that the hoop component pulls inwards.
        """
        if not self.axisymmetric:
            return None
        return ufl.as_vector([-tensor[2, 2] / self.radius, 0.0])
