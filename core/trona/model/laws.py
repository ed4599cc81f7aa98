"""Where laws hold: an interface or a boundary, and its patches, the facets that have the same blocks beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from trona.mesh.data import MeshData
    from trona.model.symbols import Side


@dataclass(frozen=True, eq=False)
class Patch:
    """Facet sets with the same blocks beside them: 'minus' and 'plus' at an interface, None at a boundary."""

    sides: Mapping[Side | None, str]
    sets: tuple[int, ...]

    @property
    def block(self) -> str:
        """The one block beside a boundary; '' at an interface, where an unknown belongs to both."""
        return self.sides.get(None, "")


@dataclass(frozen=True)
class Law:
    """An interface, in the order in which its law names the sides, or a boundary.

    key: of the interface or boundary in the mesh. name: as a user reads it. minus, plus: the blocks on the sides of an
    interface; '' at a boundary.
    """

    key: str
    name: str
    patches: tuple[Patch, ...]
    minus: str = ""
    plus: str = ""

    @property
    def is_interface(self) -> bool:
        return bool(self.plus)

    def block(self, side: Side) -> str:
        """Return the block on a side of an interface."""
        return self.minus if side == "minus" else self.plus


def interface_law(text: str, mesh: MeshData) -> Law:
    """Return 'A | B', or a named group; the block named first is its minus side. Raises ValueError."""
    found = mesh.interface(text)
    minus, plus = found.blocks
    name = f"{minus} | {plus}" if "|" in found.name else found.name
    sides: dict[Side | None, str] = {"minus": minus, "plus": plus}
    return Law(found.name, name, (Patch(sides, mesh.interfaces[found.name].sets),), minus, plus)


def boundary_law(name: str, mesh: MeshData) -> Law:
    """Return a boundary of the mesh, with a patch for each block beside it."""
    region = mesh.boundaries[name]
    patches = (Patch({None: b}, tuple(s for s in region.sets if b in mesh.facet_sets[s].blocks)) for b in region.blocks)
    return Law(name, name, tuple(patches))


class _AtLaw(Protocol):
    @property
    def law(self) -> Law: ...


_T = TypeVar("_T", bound=_AtLaw)


def everywhere(found: Iterable[_T]) -> list[tuple[_T, Patch]]:
    """Return each of what holds at a law with each patch of that law."""
    return [(each, patch) for each in found for patch in each.law.patches]


def facet_sets(law: Law) -> tuple[int, ...]:
    """Return the facet sets of a law."""
    return tuple(dict.fromkeys(s for patch in law.patches for s in patch.sets))


def extent_of(law: Law, mesh: MeshData) -> float:
    """Return the size of where a law holds, in the mesh as it was read: m^2, m in 2-D, a number in 1-D."""
    return sum(mesh.facet_sets[s].measure for s in facet_sets(law))
