"""From MeshData to Firedrake meshes: the parent, a submesh per set of blocks, a facet submesh per interface."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import firedrake as fd
import numpy as np

from trona.errors import UserError

if TYPE_CHECKING:
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
        """Return the mesh of the facets of some facet sets. Raises UserError in 1-D, where they are points."""
        if self.data.gdim == 1:
            raise UserError("an unknown that lives on an interface or boundary needs a mesh of 2 or 3 dimensions")
        if sets not in self._surfaces:
            self._surfaces[sets] = self._submesh(self.data.gdim - 1, "Face Sets", self.facet_labels(sets))
        return self._surfaces[sets]

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
