"""Sites of integration: the cells of a mesh, facets on its outside, or facets inside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trona.problem.meshes import Meshes
    from trona.problem.unknowns import Component


@dataclass(frozen=True, eq=False)
class Site:
    """Where an integral is taken: `kind` dx, ds or dS over `mesh`.

    sides maps None (a block, or the block at a boundary) or 'minus'/'plus' (an interface) to blocks.
    normal_side: the side of the interface that `mesh` is on. blockwise: whether `mesh` has several blocks.
    degree: of the quadrature, where it differs from the degree of the model: at the points of local fields.
    between: whether it is on the facets between the cells of one block: 'minus' is then the '+' of `mesh`.
    rule: a quadrature of FInAT's at the nodes of an unknown. It picks values there, so that no weight counts.
    """

    kind: str
    mesh: Any
    sides: Mapping[Any, str]
    normal_side: Any = None
    blockwise: bool = False
    degree: int | None = None
    between: bool = False
    rule: Any = None

    @property
    def is_volume(self) -> bool:
        """Whether its integrals are over cells of blocks, not over facets."""
        return self.kind == "dx" and int(self.mesh.topological_dimension) == int(self.mesh.geometric_dimension)

    @property
    def is_rim(self) -> bool:
        """Whether its integrals are over the ends, or the borders between cells, of a mesh of facets."""
        return self.kind == "ds" and self.mesh.topological_dimension < self.mesh.geometric_dimension

    @property
    def main_block(self) -> str:
        """The block out of which normals point."""
        return self.sides["minus"] if "minus" in self.sides else self.sides[None]

    def normal_mesh(self, meshes: Meshes) -> tuple[Any, Any]:
        """Return a mesh whose facet normal is that of this site, and the side that it is on ('inside' if both)."""
        if self.kind == "dS":
            return self.mesh, "inside"
        if self.kind == "ds":
            return self.mesh, self.normal_side
        # On a mesh of facets: that of a block which ends there.
        return meshes.on((self.main_block,)), None

    def spans(self, component: Component) -> bool:
        """Whether the component's mesh holds both sides of this interface, so that its facets lie inside."""
        blocks = set(self.sides.values())
        return None not in self.sides and bool(component.blocks) and blocks <= set(component.blocks)
