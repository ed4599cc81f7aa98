"""Meshes with names: `read_mesh` turns a file into `MeshData`."""

from trona.mesh.data import Boundary, FacetSet, Interface, MeshData
from trona.mesh.reader import read_mesh
from trona.mesh.refine import refine, with_all_facets

__all__ = ["Boundary", "FacetSet", "Interface", "MeshData", "read_mesh", "refine", "with_all_facets"]
