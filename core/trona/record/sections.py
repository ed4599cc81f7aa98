"""What is drawn instead of the whole: a section through a body, and both halves of a section through an axis."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from trona.readings.snapshot import BlockData, FieldData, Snapshot
from trona.record.fields import grid_of
from trona.record.geometry import Floats


def cut(snapshot: Snapshot, axis: int, at: float, flat: bool = True) -> Snapshot:
    """Return the section of a body at right angles to a coordinate, at a place [m].

    flat: as a plane, where a vector has its components in the plane first; else where it lies in the body. Raises
    ValueError if there is nothing at this place.
    """
    kept = [each for each in range(3) if each != axis or not flat]
    cuts = {name: _cut(block, axis, at, kept) for name, block in snapshot.blocks.items()}
    blocks = {name: found for name, found in cuts.items() if found is not None}
    if not blocks:
        points = np.concatenate([block.points for block in snapshot.blocks.values()])
        low, high = points[:, axis].min(), points[:, axis].max()
        raise ValueError(f"nothing lies at {at:g} m: the body reaches from {low:g} m to {high:g} m")
    return replace(snapshot, blocks=blocks)


def both_halves(snapshot: Snapshot) -> Snapshot:
    """Return a section through an axis, at x = 0, with its other half."""
    return replace(snapshot, blocks={name: _both(block) for name, block in snapshot.blocks.items()})


def _both(block: BlockData) -> BlockData:
    fields = {name: replace(data, values=_mirrored(data.values)) for name, data in block.fields.items()}
    points = np.concatenate([block.points, block.points * [-1.0, 1.0]])
    return BlockData(points, np.concatenate([block.cells, block.cells + len(block.points)]), block.cell_type, fields)


def _mirrored(values: Floats) -> Floats:
    vector = values.ndim == 2 and values.shape[1] in (2, 3)
    return np.concatenate([values, values * ([-1.0] + [1.0] * (values.shape[1] - 1)) if vector else values])


def _cut(block: BlockData, axis: int, at: float, kept: list[int]) -> BlockData | None:
    """Return the triangles in which a plane cuts a block; None if it does not."""
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkCommonDataModel import vtkPlane
    from vtkmodules.vtkFiltersCore import vtkCutter

    low, high = block.points[:, axis].min(), block.points[:, axis].max()
    if not low <= at <= high:
        return None
    # A plane in the surface of a block cuts nothing, or twice.
    at = float(np.clip(at, low + 1e-6 * (high - low), high - 1e-6 * (high - low)))
    plane: Any = vtkPlane()
    plane.SetOrigin(*(at if each == axis else 0.0 for each in range(3)))
    plane.SetNormal(*(float(each == axis) for each in range(3)))
    cutter: Any = vtkCutter()
    cutter.SetInputData(grid_of(block))
    cutter.SetCutFunction(plane)
    cutter.GenerateTrianglesOn()
    cutter.Update()
    found = cutter.GetOutput()
    if not found.GetNumberOfPolys():
        return None
    cells = vtk_to_numpy(found.GetPolys().GetConnectivityArray()).reshape(-1, 3).astype(np.int64)
    points = vtk_to_numpy(found.GetPoints().GetData()).astype(np.float64)[:, kept]
    fields, order = {}, [*kept, *(each for each in range(3) if each not in kept)]
    for name, data in block.fields.items():
        values = np.array(vtk_to_numpy(found.GetPointData().GetArray(name)), dtype=np.float64)
        vector = values.ndim == 2 and values.shape[1] == 3
        fields[name] = FieldData(values[:, order] if vector else values, data.unit, data.text)
    return BlockData(points, cells, "triangle", fields)
