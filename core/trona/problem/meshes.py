"""From MeshData to Firedrake meshes: the parent, a submesh per set of blocks, one for the facets of an interface."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import firedrake as fd
import numpy as np

from trona.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trona.mesh import MeshData


class Meshes:
    """All Firedrake meshes of a problem, each made once.

    Labels on every mesh: cells of block number b carry b + 1, facets of facet set s carry s + 1.
    """

    def __init__(self, data: MeshData, comm: Any) -> None:
        self.data = data
        self.parent = self._build(data, comm)
        self._submeshes: dict[tuple[str, ...], Any] = {tuple(data.blocks): self.parent}
        self._surfaces: dict[tuple[int, ...], Any] = {}
        self._ending: dict[tuple[int, ...], Any] = {}
        self._normals: dict[tuple[Any, str], Any] = {}
        self._cells: dict[tuple[Any, str], Any] = {}

    def on(self, blocks: tuple[str, ...]) -> Any:
        """Return the mesh of a union of blocks."""
        key = tuple(b for b in self.data.blocks if b in blocks)
        if key not in self._submeshes:
            labels = tuple(self.block_label(b) for b in key)
            self._submeshes[key] = self._submesh(self.data.gdim, "Cell Sets", labels, "+".join(key))
        return self._submeshes[key]

    def surface(self, sets: tuple[int, ...]) -> Any:
        """Return the mesh of the facets of some facet sets; on a line, where they are points, see `ending_at`."""
        if sets not in self._surfaces:
            self._surfaces[sets] = self._submesh(self.data.gdim - 1, "Face Sets", self.facet_labels(sets))
        return self._surfaces[sets]

    def ending_at(self, sets: tuple[int, ...], blocks: Iterable[str]) -> tuple[Any, str]:
        """Return the mesh of the cells of one of these blocks that end at the points of some facet sets, and the block.

        Firedrake makes no mesh of points. A function that has one value in each of these cells has one at each point.
        Raises UserError where a cell of each block ends at two of them.
        """
        points = list(self.data.points_of(sets))
        block = next((b for b in self.data.blocks if b in blocks and self._most_ends(b, points) < 2), None)
        if block is None:
            names = " and in ".join(b for b in self.data.blocks if b in blocks)
            raise UserError(
                f"an interface or boundary has an unknown at both ends of one cell in {names}; use two cells or more"
            )
        if sets not in self._ending:
            plex, label = self.parent.topology_dm, f"Cells at {sets}"
            plex.createLabel(label)
            for each in self.facet_labels(sets):
                ends = plex.getStratumIS("Face Sets", each)
                for end in ends.getIndices() if ends else ():
                    for cell in plex.getSupport(int(end)):
                        if plex.getLabelValue("Cell Sets", int(cell)) == self.block_label(block):
                            plex.setLabelValue(label, int(cell), 1)
            self._ending[sets] = fd.Submesh(self.parent, 1, 1, label_name=label, name=label)
        return self._ending[sets], block

    def _most_ends(self, block: str, points: list[int]) -> int:
        """Return at how many of some points a cell of a block ends at most."""
        cells = self.data.cells[self.data.cell_block == self.data.blocks.index(block)]
        return int(np.isin(cells, points).sum(axis=1).max())

    def facet_normal(self, surface: Any, block: str) -> Any:
        """Return the normal out of a block on a mesh of facets as a function there; facets are flat."""
        key = (surface, block)
        if key not in self._normals:
            home = self.on((block,))
            test = fd.TestFunction(fd.VectorFunctionSpace(surface, "DG", 0))
            size = fd.assemble(fd.TestFunction(fd.FunctionSpace(surface, "DG", 0)) * fd.dx)
            beside = fd.Measure("dx", surface, intersect_measures=(fd.Measure("ds", home),))
            found = fd.Function(test.function_space())
            total = fd.assemble(fd.dot(fd.FacetNormal(home), test) * beside)
            found.dat.data[...] = total.dat.data_ro / size.dat.data_ro[:, None]
            self._normals[key] = found
        return self._normals[key]

    def _submesh(self, dimension: int, label: str, values: tuple[int, ...], name: str | None = None) -> Any:
        """Return the submesh of the cells or facets that carry one of some values of a label.

        Their union gets a label of its own: Firedrake's own union fails on a rank that has none of one value.
        """
        plex = self.parent.topology_dm
        union, value = label, values[0]
        if len(values) > 1:
            union, value = f"{label} {values}", 1
            plex.createLabel(union)
            for each in values:
                points = plex.getStratumIS(label, each)
                for point in points.getIndices() if points else ():
                    plex.setLabelValue(union, int(point), value)
        return fd.Submesh(self.parent, dimension, value, label_name=union, name=name)

    def block_label(self, block: str) -> int:
        return self.data.blocks.index(block) + 1

    def facet_labels(self, sets: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(s + 1 for s in sets)

    def cells(self, mesh: Any, block: str) -> Any:
        """Return the local indices, halo included, of a block's cells in one of these meshes."""
        key = (mesh, block)
        if key not in self._cells:
            space = fd.FunctionSpace(mesh, "DG", 0)
            cells = mesh.cell_subset(self.block_label(block), all_integer_subdomain_ids=None)
            self._cells[key] = np.unique(space.cell_node_list[cells.indices].ravel())
        return self._cells[key]

    @staticmethod
    def _build(data: MeshData, comm: Any) -> Any:
        dimension = data.gdim
        plex = fd.mesh.plex_from_cell_list(dimension, data.cells, data.points, comm)
        for label in ("Cell Sets", "Face Sets"):
            plex.createLabel(label)
        if comm.rank == 0:
            first, _ = plex.getHeightStratum(0)
            blocks = plex.getLabel("Cell Sets")
            for cell, block in enumerate(data.cell_block):
                blocks.setValue(first + cell, int(block) + 1)
            vertex, _ = plex.getDepthStratum(0)
            faces = plex.getLabel("Face Sets")
            corners = (data.facets + vertex).astype(np.int32)
            for vertices, group in zip(corners, data.facet_set, strict=True):
                for facet in plex.getFullJoin(vertices):
                    faces.setValue(int(facet), int(group) + 1)
        return fd.Mesh(plex, dim=dimension, reorder=False if dimension == 1 else None, comm=comm, name="cell")
