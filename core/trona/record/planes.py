"""Pictures of a plane domain: whole, with a second panel of its thinnest block or of a box that was asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, TriMesh
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke
from matplotlib.tri import Triangulation

from trona.readings.snapshot import BlockData
from trona.record.directions import draw_directions
from trona.record.geometry import Floats, Ints, cuts_for, lines, outer_sides, triangles
from trona.record.look import Look
from trona.record.metadata import Zoom
from trona.record.paper import FILLED
from trona.record.quantity import axis_label
from trona.record.scale import COLOURS, DPI, Scale
from trona.record.style import PAGE

SLENDER = 4.0
_HEIGHT, _WIDTH = 3.2, 3.4  # inches, of a panel at most: beside others, and alone or above another
_BESIDE, _BELOW, _ABOVE = 0.65, 0.5, 0.3  # inches, for numbers and labels of axes, and for the title
_SHORT = 1.0  # inches
_BAR, _LABEL = 0.35, 0.95  # inches, the colour bar with what keeps it apart, and its numbers and label
_PIECES = 10_000
"""About how many triangles with straight sides a block is drawn with where it has fewer."""
_SMALL = 6.0
"""Pixels: a cell that is smaller is drawn as one triangle."""


class _Panel(NamedTuple):
    """A part of the domain that a panel shows: its box, in metres, and the width and height of the panel, in inches."""

    box: Zoom
    width: float
    height: float


class _Tiles(NamedTuple):
    """What a panel shows of a block: its triangles, and the cells from which they are cut, with the cuts of these."""

    mesh: Triangulation
    cells: Sequence[tuple[Ints, int]]


class Plane:
    """Draws fields over all blocks of a plane domain. The geometry, which all pictures share, is found once."""

    def __init__(
        self,
        blocks: Mapping[str, BlockData],
        zoom: Zoom | None = None,
        look: Look | None = None,
        whole: Zoom | None = None,
    ) -> None:
        """Zoom: the box of the second panel; by default, a slender domain gets one at its thinnest block.

        whole: the box of the first panel, by default around all blocks.
        """
        self._blocks, look = blocks, look or Look()
        self._look = look
        whole = whole or box_of(list(blocks.values()))
        width, height = whole[2] - whole[0], whole[3] - whole[1]
        slender = max(width, height) > SLENDER * min(width, height)
        if zoom is None and slender:
            zoom = thinnest(list(blocks.values()), whole)
        self._size, unit = look.scaled(max(width, height), "m")
        self._unit = unit
        self._tall = height >= width
        boxes = [whole] if zoom is None else [whole, zoom]
        # A slender domain without a thin block would be a stripe: its axes get different scales.
        self._stretched = slender and zoom is None
        ratios = [(box[2] - box[0]) / (box[3] - box[1]) for box in boxes]
        sizes = panel_sizes([0.6 if self._tall else 1.6] if self._stretched else ratios, side_by_side=self._tall)
        self._panels = [_Panel(box, *size) for box, size in zip(boxes, sizes, strict=True)]
        self._outlines = [_outline(block) * self._size for block in blocks.values()]
        self._tiles = [{n: self._tiles_of(block, panel) for n, block in blocks.items()} for panel in self._panels]

    def figure(self, values: Mapping[str, Floats], scale: Scale, vector: str = "") -> Figure:
        """Return the picture of values (n, 1) at the points of blocks, by their names.

        vector: a field whose direction is shown over it.
        """
        figure, axes, bar = self._axes()
        mesh: Any = None
        for ax, panel, tiles in zip(axes, self._panels, self._tiles, strict=True):
            for name, field in values.items():
                mesh = self._fill(ax, tiles[name], self._blocks[name], field, scale) or mesh
            for segments in self._outlines:
                ax.add_collection(LineCollection(list(segments), colors="0.45", linewidths=0.6), autolim=False)
            box = panel.box
            ax.set(xlim=(box[0] * self._size, box[2] * self._size), ylim=(box[1] * self._size, box[3] * self._size))
            ax.set(aspect="auto" if self._stretched else "equal", title="not to scale" if self._stretched else "")
            ax.title.set_fontsize("small")
            across, up = self._look.axes[:2]
            ax.set(xlabel=axis_label("", self._unit, across), ylabel=axis_label("", self._unit, up))
            ax.set_facecolor("0.95")
            ax.locator_params(nbins=5)
            ax.tick_params(direction="out", top=False, right=False)  # over colours nobody sees them
            if vector and self._look.over and panel is self._panels[-1]:  # the other one is a stripe
                draw_directions(ax, self._blocks.values(), vector, box, self._size, self._look.over)
            if self._look.mirrored:  # a distance from the axis has no sign
                ax.xaxis.set_major_formatter(lambda value, _: f"{abs(value):g}")
        if len(axes) > 1:
            self._mark_zoom(axes[0], axes[1])
        if len(self._blocks) > 1:
            for name, tiles_of in self._tiles[-1].items():
                if tiles_of is not None:
                    self._name(axes[-1], name, tiles_of, self._panels[-1].box)
        drawn = figure.colorbar(mesh, cax=bar, label=scale.label)
        drawn.ax.yaxis.get_offset_text().set_horizontalalignment("left")  # not over the panel
        return figure

    def _axes(self) -> tuple[Figure, list[Axes], Axes]:
        """The panels, of equal height (or of equal width, stacked), and the colour bar.

        Everything has its place in inches: matplotlib's own layout would take most of the time of a picture.
        """
        sizes = [(panel.width, panel.height) for panel in self._panels]
        steps = [(width + _BESIDE, 0.0) if self._tall else (0.0, height + _BELOW) for width, height in sizes]
        across, up = np.sum(steps, axis=0)
        right = across if self._tall else _BESIDE + sizes[0][0]
        top = _BELOW + sizes[0][1] if self._tall else up
        whole = np.array([right + _BAR + _LABEL, top + _ABOVE])
        figure = Figure(figsize=(float(whole[0]), float(whole[1])))

        def axes_at(left: float, bottom: float, width: float, height: float) -> Axes:
            return figure.add_axes((left / whole[0], bottom / whole[1], width / whole[0], height / whole[1]))

        panels, corner = [], np.array([_BESIDE, top])
        for (width, height), step in zip(sizes, steps, strict=True):
            panels.append(axes_at(corner[0], corner[1] - height, width, height))
            corner += (step[0], -step[1])
        tall = top - _BELOW
        return figure, panels, axes_at(right + 0.6 * _BAR, _BELOW + 0.05 * tall, 0.4 * _BAR, 0.9 * tall)

    def _tiles_of(self, block: BlockData, panel: _Panel) -> _Tiles | None:
        """Cut the cells of a block that overlap the box of a panel; None if there are none."""
        if not block.cell_type.startswith("triangle"):
            return None
        corners = block.points[block.cells]
        low, high = corners.min(axis=1), corners.max(axis=1)
        box = np.array(panel.box)
        seen = np.all((high >= box[:2]) & (low <= box[2:]), axis=1)
        if not seen.any():
            return None
        pixel = (box[2:] - box[:2]) / (DPI * np.array([panel.width, panel.height]))
        large = np.any(high - low > _SMALL * pixel, axis=1)
        cuts = cuts_for(int(np.count_nonzero(seen & large)), block.cell_type, _PIECES)
        groups = [(block.cells[seen & ~large], 1), (block.cells[seen & large], cuts)]
        cells = [(group, cuts) for group, cuts in groups if len(group)]
        count, small, points = 0, [], []
        for group, cuts in cells:
            pieces, (nodes,) = triangles(group, block.cell_type, cuts, block.points * self._size)
            small.append(pieces + count)
            points.append(nodes)
            count += len(nodes)
        x, y = np.concatenate(points).T
        return _Tiles(Triangulation(x, y, np.concatenate(small)), cells)

    @staticmethod
    def _fill(ax: Axes, tiles: _Tiles | None, block: BlockData, values: Floats, scale: Scale) -> TriMesh | None:
        """Fill the triangles of a block with the colours of its values; return what it has drawn."""
        if tiles is None:
            return None
        fields = [triangles(cells, block.cell_type, cuts, values)[1][0] for cells, cuts in tiles.cells]
        colours = np.concatenate(fields)[:, 0]
        mesh = TriMesh(tiles.mesh, array=colours, cmap=COLOURS, norm=scale.norm)
        mesh.set_gid(FILLED)
        mesh.set_in_layout(False)  # the axes clip it, and to measure it matplotlib makes a path of every triangle
        ax.add_collection(mesh, autolim=False)
        return mesh

    def _mark_zoom(self, whole: Axes, part: Axes) -> None:
        """Frame the second panel, and its place in the first."""
        x, y, right, top = (c * self._size for c in self._panels[1].box)
        whole.add_patch(Rectangle((x, y), right - x, top - y, fill=False, edgecolor="crimson", linewidth=1.2))
        part.spines[:].set(color="crimson", linewidth=1.2)
        # A short axis has room for two ticks only.
        box, width, height = self._panels[0]
        if min(width, height) > _SHORT:
            return
        if self._tall:
            whole.set_xticks([box[0] * self._size, box[2] * self._size])
        else:
            whole.set_yticks([box[1] * self._size, box[3] * self._size])

    def _name(self, ax: Axes, name: str, tiles: _Tiles, box: Zoom) -> None:
        """Write the name of a block near the left border, in the middle of its visible part there."""
        points = np.column_stack([tiles.mesh.x, tiles.mesh.y])
        low, high = np.array(box[:2]) * self._size, np.array(box[2:]) * self._size
        points = points[np.all((points >= low) & (points <= high), axis=1)]
        if not len(points):
            return
        left = points[points[:, 0] <= points[:, 0].min() + 0.1 * (high[0] - low[0])]
        margin = 0.04 * (high[1] - low[1])
        y = np.clip(0.5 * (left[:, 1].min() + left[:, 1].max()), low[1] + margin, high[1] - margin)
        x = points[:, 0].min() + 0.02 * (high[0] - low[0])
        text = ax.text(x, y, name, color="black", fontsize="small", va="center", clip_on=True)
        text.set_path_effects([withStroke(linewidth=2, foreground="white", alpha=0.8)])


def panel_sizes(ratios: Sequence[float], side_by_side: bool) -> list[tuple[float, float]]:
    """Width and height of each panel, in inches, for these ratios of them."""
    if not side_by_side:
        return [(_WIDTH, float(np.clip(_WIDTH / ratio, 0.4, _WIDTH))) for ratio in ratios]
    room = PAGE - len(ratios) * _BESIDE - _BAR - _LABEL
    shares = np.clip(ratios, 0.13, 1.6)
    height = float(min(_HEIGHT, room / shares.sum()))
    return [(float(share * height), height) for share in shares]


def _outline(block: BlockData) -> Floats:
    if block.cell_type.startswith("line"):
        cell_type, cells = str(block.cell_type), block.cells
    else:
        cell_type, cells = outer_sides(block)
    return lines(cells, cell_type, block.points)[0]


def box_of(blocks: Sequence[BlockData]) -> Zoom:
    """Return the box around blocks."""
    low = np.min([block.points.min(axis=0) for block in blocks], axis=0)
    high = np.max([block.points.max(axis=0) for block in blocks], axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def thinnest(blocks: Sequence[BlockData], whole: Zoom) -> Zoom | None:
    """A box around the thinnest block of a slender domain; None if no block is thin."""
    low, high = np.array(whole[:2]), np.array(whole[2:])
    size = high - low
    axis = int(np.argmax(size))
    filled = [block for block in blocks if not block.cell_type.startswith("line")]
    thin = min(filled, key=lambda block: float(np.ptp(block.points[:, axis])))
    begin, end = float(thin.points[:, axis].min()), float(thin.points[:, axis].max())
    if end - begin > 0.5 * size[axis]:
        return None
    across = float(size[1 - axis])
    half = 0.5 * float(np.clip(4 * (end - begin), 0.6 * across, 1.2 * across))
    low[axis] = max(low[axis], 0.5 * (begin + end) - half)
    high[axis] = min(high[axis], 0.5 * (begin + end) + half)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])
