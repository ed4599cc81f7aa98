"""Reads a mesh file into `MeshData`; every mistake in it becomes a `MeshError`."""

from __future__ import annotations

from math import log10
from pathlib import Path

import numpy as np

from trona.deck.files import FileRefusedError, read_file
from trona.errors import Location, MeshError
from trona.mesh.build import build_mesh
from trona.mesh.data import MeshData
from trona.mesh.foreign import read_foreign
from trona.mesh.msh import is_msh, read_msh
from trona.mesh.raw import Floats, RawMesh, RefusedError

_UNITS = {"m": 1.0, "cm": 1e-2, "mm": 1e-3, "um": 1e-6, "nm": 1e-9}
_LIKELY = (1e-8, 1.0)  # m, the largest extent of a mesh
_TYPICAL = 1e-5  # m


def read_mesh(
    path: str | Path, length_unit: float = 1.0, *, location: Location | None = None
) -> tuple[MeshData, list[str]]:
    """Read and check a mesh whose coordinates are in units of `length_unit` metres.

    MSH files of versions 2 and 4.1 are read directly, others by meshio if they hold named sets of cells.
    `location` is the location in the deck that names the file. Returns the mesh and warnings.

    Raises `MeshError` with the name of the file, what was found and what to do.
    """
    path = Path(path)
    try:
        raw = _read(path)
        mesh, warnings = build_mesh(raw, length_unit)
    except RefusedError as refusal:
        text = str(refusal) if location is None else f"mesh {path}: {refusal}"
        raise MeshError(text, str(path), location) from None
    except FileRefusedError as error:
        raise MeshError(str(error), location=location) from None
    return mesh, warnings + _unlikely_size(mesh.bounding_box, length_unit)


def _read(path: Path) -> RawMesh:
    content = read_file(path, "mesh")
    msh = is_msh(content)
    if not msh and path.suffix == ".msh":
        raise RefusedError("this is not a gmsh mesh: the file does not begin with $MeshFormat")
    try:
        return read_msh(content) if msh else read_foreign(path)
    except RefusedError:
        raise
    except Exception as error:  # a parser may raise anything for a damaged file
        kind = "a gmsh mesh" if msh else "a mesh"
        reason = str(error).strip().split("\n")[0] or type(error).__name__
        raise RefusedError(f"the file cannot be read as {kind}: {reason}") from error


def _unlikely_size(box: Floats, length_unit: float) -> list[str]:
    extents = box[1] - box[0]
    largest = float(extents.max())
    if _LIKELY[0] <= largest <= _LIKELY[1]:
        return []
    unit = next((name for name, value in _UNITS.items() if np.isclose(value, length_unit)), f"{length_unit:g} m")
    others = {name: value for name, value in _UNITS.items() if name != unit}
    better = min(others, key=lambda name: abs(log10(largest / length_unit * others[name] / _TYPICAL)))
    size = " x ".join(f"{extent:.3g} m" for extent in extents)
    return [f"the mesh measures {size} with length_unit {unit}; did you mean another unit, for instance {better}?"]
