"""How pictures look: their units, scales, names of axes, and what is drawn over a field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from trona.record.quantity import prefixed, time_scale
from trona.units import Unit

_AXES = {"axisymmetric": ("r", "z"), "spherical": ("r",)}
Over = Literal["", "arrows", "streamlines"]


@dataclass(frozen=True)
class Look:
    """axes: the names of the coordinates. units: those wanted, each for all that it can measure.

    log: the axes with a logarithmic scale, of 'x' and 'y'; of a field, 'y' means its colours. steady: whether there is
    no time to tell. over: what shows the direction of a vector in two dimensions. mirrored: whether a section through
    an axis shows both of its halves. where: of a section through a body, where that is.
    """

    axes: tuple[str, ...] = ("x", "y", "z")
    units: tuple[Unit, ...] = ()
    log: str = ""
    steady: bool = False
    over: Over = ""
    mirrored: bool = False
    where: str = ""

    def unit(self, unit: str) -> Unit | None:
        """Return the wanted unit for what is measured in `unit`; None if there is none."""
        if not self.units:
            return None
        dimension = Unit.parse(unit or "1")
        return next((each for each in self.units if each.same_dimension(dimension)), None)

    def scaled(self, size: float, unit: str) -> tuple[float, str]:
        """Return the factor and the unit for lengths and other amounts up to `size` (in `unit`) on an axis."""
        wanted = self.unit(unit)
        return prefixed(size, unit) if wanted is None else (1 / wanted.factor, wanted.text)

    def time(self, span: float) -> tuple[float, str]:
        """Return the length in seconds and the name of the unit for times up to `span` [s]."""
        wanted = self.unit("s")
        return time_scale(span) if wanted is None else (wanted.factor, wanted.text)


def look_of(resolved: Mapping[str, Any]) -> Look:
    """Return how the pictures of a run look, whose deck is given as plain data."""
    mesh = resolved.get("mesh")
    system = mesh.get("coordinates") if isinstance(mesh, Mapping) else None
    return Look(_AXES.get(str(system), ("x", "y", "z")), steady=not {"time", "protocol"} & resolved.keys())
