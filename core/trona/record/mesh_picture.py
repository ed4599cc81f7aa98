"""A picture of the mesh: the edges of its cells, each block in a colour of its own."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.collections import TriMesh
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import MaxNLocator
from matplotlib.tri import Triangulation
from PIL import Image

from trona.readings.snapshot import BlockData
from trona.record.geometry import outer_sides
from trona.record.look import Look
from trona.record.metadata import Zoom
from trona.record.paper import image
from trona.record.planes import SLENDER, box_of, panel_sizes, thinnest
from trona.record.quantity import axis_label
from trona.record.style import styled

_COLOURS = ("#9ecae1", "#fdd0a2", "#c7e9c0", "#dadaeb", "#fcbba1", "#d9d9d9", "#ffffb3", "#ccebc5")
_LINE = "#37474f"


_DPI = 110
"""Pixels per inch."""
_kept: dict[str, bytes] = {}
"""The last picture, by what it shows: a mesh may be drawn before it is asked for."""


def mesh_picture(blocks: Mapping[str, BlockData], look: Look) -> bytes:
    """Return the cells of a plane mesh, or the outer faces of a body, as PNG. Raises ValueError for a mesh of lines.

    The picture depends on where the cells are, not on how they are numbered, and what was drawn last is not drawn anew.
    """
    shown = {name: _bare(block) for name, block in blocks.items() if not block.cell_type.startswith("line")}
    if not shown:
        raise ValueError("a mesh of lines")
    look = replace(look, symbols={})  # a mesh has none, and at its start a run has not written them
    key = _key(shown, look)
    if key not in _kept:
        file = io.BytesIO()
        few = image(_figure(shown, look), _DPI).quantize(48, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        few.save(file, format="png")  # of few colours, so in few bytes
        _kept.clear()
        _kept[key] = file.getvalue()
    return _kept[key]


def _bare(block: BlockData) -> BlockData:
    """Return what is drawn of a block as straight triangles, in an order that only their places determine."""
    corners = outer_sides(block)[1][:, :3] if block.cell_type.startswith("tetra") else block.cells[:, :3]
    used, numbers = np.unique(corners, return_inverse=True)
    points, places = np.unique(block.points[used], axis=0, return_inverse=True)
    cells = np.sort(places.ravel()[numbers.ravel()].reshape(corners.shape), axis=1)
    return BlockData(points, cells[np.lexsort(cells.T[::-1])], "triangle")


def _key(blocks: Mapping[str, BlockData], look: Look) -> str:
    digest = hashlib.sha256(repr((list(blocks), look)).encode())
    for block in blocks.values():
        for array in (block.points, block.cells):
            digest.update(repr((array.shape, array.dtype)).encode() + np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


@styled
def _figure(blocks: Mapping[str, BlockData], look: Look) -> Figure:
    points = np.concatenate([block.points for block in blocks.values()])
    size, unit = look.scaled(float(np.abs(points).max()), "m")
    figure = _body(blocks, size, unit) if points.shape[1] == 3 else _plane(blocks, size, unit, look)
    keys = [Patch(facecolor=colour, edgecolor=_LINE, label=name) for name, colour in _coloured(blocks).items()]
    figure.legend(handles=keys, loc="upper center", ncols=min(len(keys), 4), frameon=False, fontsize="small")
    return figure


def _plane(blocks: Mapping[str, BlockData], size: float, unit: str, look: Look) -> Figure:
    """Draw the whole and, of a slender mesh, its thinnest block beside or below it."""
    whole = box_of(list(blocks.values()))
    width, height = whole[2] - whole[0], whole[3] - whole[1]
    part = thinnest(list(blocks.values()), whole) if max(width, height) > SLENDER * min(width, height) else None
    boxes: list[Zoom] = [whole] if part is None else [whole, part]
    tall = height >= width
    ratios = [(box[2] - box[0]) / (box[3] - box[1]) for box in boxes]
    panels = panel_sizes(ratios, side_by_side=tall)
    across = sum(w + 0.9 for w, _ in panels) if tall else panels[0][0] + 0.9
    up = panels[0][1] + 0.65 if tall else sum(h + 0.65 for _, h in panels)
    figure = Figure(figsize=(across + 0.2, up + 0.5))
    left, top = 0.9, up
    for number, (box, (w, h)) in enumerate(zip(boxes, panels, strict=True)):
        place = (left / (across + 0.2), (top - h) / (up + 0.5), w / (across + 0.2), h / (up + 0.5))
        ax = figure.add_axes(place)
        for name, block in blocks.items():
            cells = block.cells
            low, high = block.points[cells].min(axis=1), block.points[cells].max(axis=1)
            cells = cells[np.all((high >= box[:2]) & (low <= box[2:]), axis=1)]
            if not len(cells):
                continue
            x, y = (block.points * size).T
            fill = ListedColormap([_coloured(blocks)[name]])
            ax.add_collection(TriMesh(Triangulation(x, y, cells), array=np.zeros(len(x)), cmap=fill), autolim=False)
            # All edges as one line with gaps: a shape for each cell would take most of the time of the picture.
            edges = np.unique(np.sort(cells[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1), axis=0)
            ends = np.column_stack([edges, edges[:, 0]])
            gaps = np.where([False, False, True], np.nan, 1.0)
            area: float = w * h / len(cells)
            width_of = float(np.clip(4 * area**0.5, 0.05, 0.5))
            ax.plot((x[ends] * gaps).ravel(), (y[ends] * gaps).ravel(), color=_LINE, linewidth=width_of)
        ax.set(xlim=(box[0] * size, box[2] * size), ylim=(box[1] * size, box[3] * size), aspect="equal")
        ax.set(xlabel=axis_label("", unit, look.axes[0]), ylabel=axis_label("", unit, look.axes[1]))
        ax.xaxis.set_major_locator(MaxNLocator(max(1, int(w))))
        ax.yaxis.set_major_locator(MaxNLocator(max(1, int(1.5 * h))))
        if number:
            ax.spines[:].set(color="crimson", linewidth=1.2)
            corner, extent = (box[0] * size, box[1] * size), ((box[2] - box[0]) * size, (box[3] - box[1]) * size)
            figure.axes[0].add_patch(Rectangle(corner, *extent, fill=False, edgecolor="crimson", linewidth=1.2))
        left, top = (left + w + 0.9, top) if tall else (left, top - h - 0.65)
    return figure


def _body(blocks: Mapping[str, BlockData], size: float, unit: str) -> Figure:
    from mpl_toolkits.mplot3d.art3d import Poly3DCollection  # type: ignore[import-untyped]  # late: a long import

    from trona.record.bodies import frame

    figure = Figure(figsize=(5.6, 5.2))
    ax: Any = figure.add_axes((0.02, 0.02, 0.92, 0.86), projection="3d")
    every = []
    for name, block in blocks.items():
        corners = block.points[block.cells] * size
        every.append(corners)
        width = float(np.clip(20 / len(corners) ** 0.5, 0.05, 0.5))
        ax.add_collection3d(
            Poly3DCollection(corners, facecolors=_coloured(blocks)[name], edgecolors=_LINE, linewidths=width)
        )
    scaled = frame(ax, np.concatenate(every), unit)
    ax.set_title("not to scale" if scaled else "", fontsize="small")
    return figure


def _coloured(blocks: Mapping[str, BlockData]) -> dict[str, str]:
    return {name: _COLOURS[number % len(_COLOURS)] for number, name in enumerate(blocks)}
