"""Pictures of a body: its outer surface and, of a slender one with a thin block, this block by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from mpl_toolkits.mplot3d.art3d import Poly3DCollection  # type: ignore[import-untyped]

from trona.readings.snapshot import BlockData
from trona.record.geometry import Floats, cuts_for, outer_sides, triangles
from trona.record.look import Look
from trona.record.paper import FILLED
from trona.record.quantity import axis_label
from trona.record.scale import COLOURS, Scale

_SLENDER = 4.0
"""Ratio of extents beyond which a body is not drawn to scale: its labels would lie on each other."""
_PANEL, _BAR, _HEIGHT = 2.85, 1.25, 3.1  # inches
_SHORT = 0.3
"""Part of the longest axis up to which one tells its ends alone."""
_CUT = ("upper", "lower", None)
"""Ends of x, y and z whose numbers are left out."""
_FACES = 6_000
"""About how many faces a block is drawn with where it has fewer."""


def body_figure(
    blocks: Mapping[str, BlockData], values: Mapping[str, Floats], scale: Scale, look: Look | None = None
) -> Figure:
    """Return the picture of values (n, 1) at the points of blocks, by their names."""
    points = np.concatenate([blocks[name].points for name in values])
    look = look or Look()
    size, unit = look.scaled(float(np.abs(points).max()), "m")
    faces = {name: _faces(blocks[name], field, size) for name, field in values.items()}
    panels = [("", list(faces.values()))]
    thin = _thinnest({name: blocks[name] for name in values}, np.ptp(points, axis=0))
    if thin is not None:
        panels.append((thin, [faces[thin]]))
    colours = ScalarMappable(scale.norm, COLOURS)
    across = _PANEL * len(panels)
    width = across + _BAR
    figure = Figure(figsize=(width, _HEIGHT))
    share = _PANEL / width
    for number, (name, shown) in enumerate(panels):
        # Everything has its place: matplotlib's own layout knows nothing of labels in three dimensions.
        ax: Any = figure.add_axes((number * share, 0.13, share, 0.76), projection="3d")
        corners = np.concatenate([c for c, _ in shown])
        rgba = colours.to_rgba(np.concatenate([field for _, field in shown]))
        # Edges in the colour of their face avoid hairlines between faces.
        faces_drawn = Poly3DCollection(corners, facecolors=rgba, edgecolors=rgba, linewidths=0.3)
        faces_drawn.set_gid(FILLED)
        ax.add_collection3d(faces_drawn)
        note = "not to scale" if frame(ax, corners, unit) else ""
        ax.set_title(", ".join(filter(None, (name, note))), fontsize="small")
    figure.colorbar(colours, cax=figure.add_axes(((across + 0.3) / width, 0.2, 0.12 / width, 0.6)), label=scale.label)
    return figure


def frame(ax: Any, corners: Floats, unit: str) -> bool:
    """Set the axes around faces (m, 3, 3), in `unit`; return whether they are not to scale."""
    low, high = corners.min(axis=(0, 1)), corners.max(axis=(0, 1))
    extent = high - low
    drawn = np.maximum(extent, extent.max() / _SLENDER)
    ax.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), zlim=(low[2], high[2]))
    ax.set(**{f"{axis}label": axis_label("", unit, axis) for axis in "xyz"})
    ax.set_box_aspect(drawn.copy(), zoom=0.8 if drawn[2] == drawn.max() else 0.92)  # which it changes
    # Where the axes of x and y meet, their numbers would lie on each other.
    ends = zip(low, high, strict=True)
    for axis, length, cut, both in zip((ax.xaxis, ax.yaxis, ax.zaxis), drawn / drawn.max(), _CUT, ends, strict=True):
        if length > _SHORT:
            axis.set_major_locator(MaxNLocator(4 if length > 0.5 else 2, steps=[1, 2, 5, 10], prune=cut))
        else:  # round numbers would be too many, or too few
            both = both[: 1 if cut == "upper" else 2][1 if cut == "lower" else 0 :]
            axis.set_ticks(both, [f"{end:.2g}".replace("-", "\N{MINUS SIGN}") for end in both])
    ax.tick_params(axis="z", pad=5)
    return bool((drawn > extent).any())


def _faces(block: BlockData, values: Floats, size: float) -> tuple[Floats, Floats]:
    """Return the corners of the outer faces of a block, (m, 3, 3), and a value of each; size: units per metre."""
    flat = block.cell_type.startswith("triangle")
    cell_type, cells = (str(block.cell_type), block.cells) if flat else outer_sides(block)
    cuts = cuts_for(len(cells), cell_type, _FACES)
    small, (points, field) = triangles(cells, cell_type, cuts, block.points * size, values)
    return points[small], field[small, 0].mean(axis=1)


def _thinnest(blocks: Mapping[str, BlockData], whole: Floats) -> str | None:
    """Return the thinnest block of a slender body; None if it is not slender, or no block is thin."""
    axis = int(np.argmax(whole))
    if whole[axis] <= _SLENDER * np.median(whole):
        return None
    lengths = {name: float(np.ptp(block.points[:, axis])) for name, block in blocks.items()}
    name = min(lengths, key=lambda n: lengths[n])
    return name if lengths[name] < whole[axis] / 2 else None
