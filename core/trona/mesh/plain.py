"""Reads a mesh from a checkpoint. Anyone can edit the file, so it is checked like a mesh file."""

from __future__ import annotations

from typing import Any

import numpy as np

from trona.deck.layout import TEXT, Array, MisfitError
from trona.mesh.build import build_mesh
from trona.mesh.data import MeshData
from trona.mesh.raw import Group, RawMesh, RefusedError, check_names

MESH_LAYOUT = {
    "points": Array((None, None)),
    "cells": Array((None, None), whole=True),
    "blocks": [TEXT],
    "cell_block": Array((None,), whole=True),
    "facets": Array((None, None), whole=True),
    "facet_set": Array((None,), whole=True),
    "facet_sets": [{"names": [TEXT], "blocks": [TEXT]}],
}
"""The layout of the entries of `MeshData.plain` that are read back; the others are computed."""


def from_plain(data: dict[str, Any]) -> MeshData:
    """Return the mesh from the result of `MeshData.plain`, which has the layout. Raises MisfitError."""
    try:
        mesh, _ = build_mesh(_raw(data), 1.0)
    except RefusedError as error:
        raise MisfitError(f"mesh: {error}") from None
    names = [(sorted(s.names), s.blocks) for s in mesh.facet_sets]
    expected = [(sorted(s["names"]), tuple(s["blocks"])) for s in data["facet_sets"]]
    arrays = ("points", "cells", "cell_block", "facets", "facet_set")
    same = all(np.array_equal(getattr(mesh, name), data[name]) for name in arrays)
    if not same or names != expected or mesh.blocks != tuple(data["blocks"]):
        raise MisfitError("mesh: its arrays do not match")
    return mesh


def _raw(data: dict[str, Any]) -> RawMesh:
    """Return the mesh as read from a file. Raises MisfitError, and RefusedError for invalid names."""
    points, cells, facets = data["points"], data["cells"], data["facets"]
    dim = points.shape[1]
    if not 1 <= dim <= 3 or cells.shape[1] != dim + 1 or facets.shape[1] != dim:
        raise MisfitError("mesh: its arrays have different dimensions")
    for name, count, length in (
        ("cells", len(points), len(cells)),
        ("facets", len(points), len(facets)),
        ("cell_block", len(data["blocks"]), len(cells)),
        ("facet_set", len(data["facet_sets"]), len(facets)),
    ):
        if len(data[name]) != length or (data[name] < 0).any() or (data[name] >= count).any():
            raise MisfitError(f"mesh.{name}: does not match the other arrays of the mesh")
    groups = [Group(name, dim, np.flatnonzero(data["cell_block"] == i)) for i, name in enumerate(data["blocks"])]
    members: dict[str, list[int]] = {}
    for number, found in enumerate(data["facet_sets"]):
        for name in found["names"]:
            members.setdefault(name, []).append(number)
    for name, numbers in sorted(members.items()):
        groups.append(Group(name, dim - 1, np.flatnonzero(np.isin(data["facet_set"], numbers))))
    check_names([(group.dim, group.name) for group in groups])
    return RawMesh(np.pad(points, ((0, 0), (0, 3 - dim))), {dim: cells, dim - 1: facets}, tuple(groups))
