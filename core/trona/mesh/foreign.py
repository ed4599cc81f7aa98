"""Reads mesh files of other programs with meshio; their named cell sets become groups."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import Any

import numpy as np

from trona.mesh.raw import Ints, RawMesh, RefusedError, check_names, merged_groups

_SIMPLEX_DIM = {"vertex": 0, "line": 1, "triangle": 2, "tetra": 3}
_QUADRATIC = ("line", "triangle", "tetra")


def read_foreign(path: Path) -> RawMesh:
    """Read a mesh with named cell sets.

    Raises `RefusedError` if there are none, or for elements other than simplices of order 1; another exception means
    that the file cannot be parsed.
    """
    mesh = _silently_read(path)
    cell_sets: dict[str, list[Any]] = {name: rows for name, rows in mesh.cell_sets.items() if ":" not in name}
    if not cell_sets:
        raise RefusedError(
            "the file has no named sets of cells; convert it and name its parts in gmsh: "
            f"meshio convert --output-format gmsh22 {path.name} {path.stem}.msh"
        )
    points = np.zeros((len(mesh.points), 3))
    points[:, : mesh.points.shape[1]] = mesh.points
    rows: dict[int, list[Ints]] = {}
    parts: list[tuple[str, int, Ints]] = []
    for index, block in enumerate(mesh.cells):
        dim = _SIMPLEX_DIM.get(block.type)
        if dim is None:
            higher = block.type.startswith(_QUADRATIC)
            cure = "save the mesh with elements of order 1" if higher else "only simplices are read"
            raise RefusedError(f"the mesh has elements of type {block.type}; {cure}")
        first = sum(len(part) for part in rows.get(dim, []))
        rows.setdefault(dim, []).append(np.asarray(block.data, dtype=np.int64))
        for name, chosen in cell_sets.items():
            if chosen[index] is not None and len(chosen[index]):
                parts.append((name.strip(), dim, first + np.asarray(chosen[index], dtype=np.int64)))
    check_names([(dim, name) for name, dim, _ in parts])
    elements = {dim: np.concatenate(found) for dim, found in rows.items()}
    if any(len(ids) and not 0 <= ids.min() <= ids.max() < len(points) for ids in elements.values()):
        raise ValueError("an element uses a point that is not in the file")
    return RawMesh(points, elements, merged_groups(parts))


def _silently_read(path: Path) -> Any:
    """Read a file with meshio, which otherwise prints text and calls sys.exit for a bad file."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        import meshio  # imported late because it takes 0.15 s and MSH files do not need it

        try:
            return meshio.read(path)
        except SystemExit as exit_:
            raise ValueError("meshio does not know the format") from exit_
