"""Where laws hold: an interface or a boundary, and its patches, the facets that have the same blocks beside them.

A block is a patch too, for what holds in blocks or at a law.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from trona.errors import UserError, hint

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from trona.mesh.data import MeshData
    from trona.model.symbols import Side


@dataclass(frozen=True, eq=False)
class Patch:
    """Facet sets with the same blocks beside them: 'minus' and 'plus' at an interface, None at a boundary.

    Without facets it is the block None itself, or what lies between the cells of the block 'minus'.
    """

    sides: Mapping[Side | None, str]
    sets: tuple[int, ...]

    @property
    def block(self) -> str:
        """The one block beside a boundary; '' at an interface, where an unknown belongs to both."""
        return self.sides.get(None, "")

    @property
    def is_block(self) -> bool:
        """Whether it is all cells of a block."""
        return not self.sets and None in self.sides


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

    @property
    def kind(self) -> str:
        """What it is, as a user reads it."""
        return "interface" if self.is_interface else "boundary"

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


def blocks_of(place: object, mesh: MeshData) -> tuple[str, ...]:
    """Return blocks as a plugin names them. Raises UserError where they are none, unknown or named twice."""
    if not isinstance(place, tuple) or not place:
        raise UserError(f"a place is a law or a tuple of blocks, got {place!r}")
    for block in place:
        if block not in mesh.blocks:
            raise UserError(f"no block '{block}'{hint(str(block), mesh.blocks)}")
        if place.count(block) > 1:
            raise UserError(f"the block '{block}' is named twice")
    return place


def block_patches(blocks: Iterable[str]) -> tuple[Patch, ...]:
    """Return each block as a patch."""
    return tuple(Patch({None: block}, ()) for block in blocks)


class _OnPatches(Protocol):
    @property
    def patches(self) -> tuple[Patch, ...]: ...


_T = TypeVar("_T", bound=_OnPatches)


def everywhere(found: Iterable[_T]) -> list[tuple[_T, Patch]]:
    """Return each of what holds at laws or in blocks with each of its patches."""
    return [(each, patch) for each in found for patch in each.patches]


def facet_sets(law: Law) -> tuple[int, ...]:
    """Return the facet sets of a law."""
    return tuple(dict.fromkeys(s for patch in law.patches for s in patch.sets))


def extent_of(patches: Iterable[Patch], mesh: MeshData) -> float:
    """Return the size of patches in the mesh as it was read: of facets m^2, m in 2-D, a number in 1-D.

    Of blocks it is m^3, m^2 in 2-D, m in 1-D.
    """
    patches = tuple(patches)
    sets = dict.fromkeys(s for patch in patches for s in patch.sets)
    volume = sum(mesh.block_measure[patch.block] for patch in patches if patch.is_block)
    return volume + sum(mesh.facet_sets[s].measure for s in sets)
