"""Watches the cells of a mesh that moves: how much of their quality is left, and whether one is inside out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import firedrake as fd
import numpy as np
import ufl

from trona.mesh.remesh import quality
from trona.problem.lower import Lowering
from trona.problem.site import Site

if TYPE_CHECKING:
    from trona.model import Model
    from trona.problem.inputs import Inputs
    from trona.problem.meshes import Meshes
    from trona.problem.unknowns import Unknowns


@dataclass(frozen=True)
class Cell:
    """A cell, by its block and its centre now, m.

    `quality` is 1 for a regular one and 0 for a flat one, `kept` the part of what it was in the mesh as it was read;
    both are negative when it is inside out.
    """

    block: str
    place: tuple[float, ...]
    quality: float
    kept: float

    @property
    def where(self) -> str:
        return f"in {self.block} at ({', '.join(f'{x:.4g}' for x in self.place)}) m"


class MeshQuality:
    """Looks at the cells of a mesh that moves, in the present state. Its methods are collective."""

    def __init__(self, model: Model, meshes: Meshes, unknowns: Unknowns, inputs: Inputs, comm: Any) -> None:
        self._model, self._comm = model, comm
        parent, blocks = meshes.parent, model.mesh.blocks
        own = parent.cell_set.size
        space = fd.VectorFunctionSpace(parent, "CG", 1)
        self._cells = space.cell_node_list[:own]
        site = Site("dx", parent, {None: blocks[0]})
        lowering = Lowering(site, unknowns.reading(), inputs, meshes)
        self._position = fd.interpolate(lowering.apply(model.symbols.x), space)
        points = fd.FunctionSpace(parent, "Quadrature", model.quadrature_degree)
        self._points = points.cell_node_list[:own]
        self._stretch = fd.interpolate(ufl.det(lowering.deformation(None)), points)
        self._block = np.zeros(own, dtype=int)
        for number, block in enumerate(blocks):
            cells = meshes.cells(parent, block)
            self._block[cells[cells < own]] = number
        first = fd.Function(space).interpolate(fd.SpatialCoordinate(parent)).dat.data_ro_with_halos
        self._sizes = self._volumes(first)
        # Firedrake gives a cell's vertices in an order of its own, so that only the change of sign has a meaning.
        self._first = quality(first.reshape(len(first), -1), self._cells)

    def poorest(self) -> Cell:
        """Return the cell that has kept the smallest part of its quality."""
        found, centres = self._now()
        return self._smallest(found / self._first, found, centres)

    def inverted(self) -> Cell | None:
        """Return the worst of the cells that are inside out anywhere, also between their vertices; None if none is."""
        found, centres = self._now()
        volumes = fd.assemble(self._stretch).dat.data_ro_with_halos[self._points]
        inside_out = (volumes <= 0).any(axis=1)
        kept = found / self._first
        kept[inside_out] = np.minimum(kept[inside_out], 0)
        worst = self._smallest(kept, found, centres)
        return worst if worst.kept <= 0 else None

    def go_on_from(self, earlier: MeshQuality) -> None:
        """Hold the volumes of blocks against those at the beginning of an earlier mesh."""
        self._sizes = earlier._sizes

    def swollen(self) -> dict[str, float]:
        """Return by what part of it each block's volume has changed whose matter moves along with the mesh.

        Only blocks where a balance stores something: there that much of it has come or gone.
        """
        model = self._model
        storing = {b for _, term in model.terms() if term.kind == "storage" for b in term.blocks}
        resting = model.motion.resting if model.motion is not None else set()
        now = self._volumes(fd.assemble(self._position).dat.data_ro_with_halos)
        return {
            block: float(now[number] / self._sizes[number]) - 1
            for number, block in enumerate(model.mesh.blocks)
            if block in storing and block not in resting
        }

    def _volumes(self, points: Any) -> Any:
        """Return the size of each block, up to a factor, on all ranks."""
        corners = points.reshape(len(points), -1)[self._cells]
        sizes = np.abs(np.linalg.det(corners[:, 1:] - corners[:, :1]))
        own = np.bincount(self._block, weights=sizes, minlength=len(self._model.mesh.blocks))
        return sum(self._comm.allgather(own))

    def _now(self) -> tuple[Any, Any]:
        """Return the signed quality of every cell of this rank, and its centre."""
        points = fd.assemble(self._position).dat.data_ro_with_halos
        points = points.reshape(len(points), -1)
        return quality(points, self._cells), points[self._cells].mean(axis=1)

    def _smallest(self, kept: Any, found: Any, centres: Any) -> Cell:
        best: tuple[float, float, int, tuple[float, ...]] = (np.inf, np.inf, 0, ())
        if len(kept):
            i = int(np.argmin(kept))
            value = abs(float(found[i])) * (-1.0 if kept[i] < 0 else 1.0)
            best = float(kept[i]), value, int(self._block[i]), tuple(float(x) for x in centres[i])
        share, value, block, place = min(self._comm.allgather(best), key=lambda b: b[0])
        return Cell(self._model.mesh.blocks[block], place, value, share)
