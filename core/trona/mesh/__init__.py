"""Meshes with names: `read_mesh` turns a file into `MeshData`, `layered_mesh` a list of layers."""

from trona.mesh.data import Boundary, FacetSet, Interface, MeshData
from trona.mesh.layers import layered_mesh
from trona.mesh.reader import read_mesh
from trona.mesh.refine import refine, with_all_facets

__all__ = ["Boundary", "FacetSet", "Interface", "MeshData", "layered_mesh", "read_mesh", "refine", "with_all_facets"]
