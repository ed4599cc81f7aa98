"""The direction of a vector over its colours: arrows or streamlines in a panel of a plane."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from trona.readings.snapshot import BlockData
from trona.record.fields import grid_of
from trona.record.geometry import Floats
from trona.record.look import Over
from trona.record.metadata import Zoom

_ARROWS, _LINES = 16, 60
"""Points along the shorter side of a panel."""


def draw_directions(ax: Axes, blocks: Iterable[BlockData], field: str, box: Zoom, size: float, over: Over) -> None:
    """Draw arrows of one length, or streamlines, of a vector field in a box [m]; size: units of the axes per metre."""
    width, height = box[2] - box[0], box[3] - box[1]
    step = min(width, height) / (_ARROWS if over == "arrows" else _LINES)
    counts = [int(np.clip(round(side / step), 2, 6 * _LINES)) for side in (width, height)]
    margin = 0.5 if over == "arrows" else 1e-6
    x, y = (
        np.linspace(start + margin * side / n, start + side - margin * side / n, n)
        for start, side, n in zip(box[:2], (width, height), counts, strict=True)
    )
    places = np.stack([each.ravel() for each in np.meshgrid(x, y)], axis=1)
    vectors = np.full((len(places), 2), np.nan)
    for block in blocks:
        if field in block.fields:
            inside, values = _sampled(block, field, places)
            vectors[inside] = values[inside]
    u, v = vectors.T.reshape(2, len(y), len(x))
    length = np.hypot(u, v)
    if not np.nanmax(length, initial=0.0) > 0:
        return
    if over == "arrows":
        with np.errstate(invalid="ignore", divide="ignore"):
            u, v = u / length, v / length
        style: Any = {"color": "white", "edgecolor": "0.2", "linewidth": 0.4, "pivot": "mid", "angles": "xy"}
        ax.quiver(x * size, y * size, u, v, units="width", scale=1.4 * max(counts), width=0.0035, zorder=3, **style)
        return
    across, up = np.ma.masked_invalid(u), np.ma.masked_invalid(v)
    ax.streamplot(x * size, y * size, across, up, color="white", linewidth=0.7, density=1.1, arrowsize=0.8, zorder=3)


def _sampled(block: BlockData, field: str, places: Floats) -> tuple[Any, Floats]:
    """Return which places lie in a block, and the values of a vector there."""
    from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
    from vtkmodules.vtkCommonCore import vtkPoints
    from vtkmodules.vtkCommonDataModel import vtkPolyData
    from vtkmodules.vtkFiltersCore import vtkProbeFilter

    # In units of the box: what VTK takes for zero is no length of a cell.
    unit = float(np.ptp(block.points, axis=0).max()) or 1.0
    only = BlockData(block.points / unit, block.cells, block.cell_type, {field: block.fields[field]})
    points: Any = vtkPoints()
    points.SetData(numpy_to_vtk(np.column_stack([places / unit, np.zeros(len(places))]), deep=True))
    asked: Any = vtkPolyData()
    asked.SetPoints(points)
    probe: Any = vtkProbeFilter()
    probe.SetInputData(asked)
    probe.SetSourceData(grid_of(only))
    probe.Update()
    data = probe.GetOutput().GetPointData()
    inside = vtk_to_numpy(data.GetArray(probe.GetValidPointMaskArrayName())).astype(bool)
    return inside, vtk_to_numpy(data.GetArray(field))[:, :2]
