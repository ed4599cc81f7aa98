"""Pictures of fields over their blocks, as PNG files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke
from matplotlib.tri import Triangulation
from PIL import Image

from trona.readings.snapshot import BlockData, Snapshot
from trona.record.geometry import Floats, Ints, cuts_for, lines, outer_sides, triangles
from trona.record.metadata import Zoom
from trona.record.quantity import prefixed, time_text
from trona.record.scale import Scale, scalar

COLOURS = "viridis"
_SLENDER = 4.0
_HEIGHT = 4.6  # inches, longer side of the largest panel
_BESIDE, _BELOW, _ABOVE = 0.9, 0.65, 0.6  # inches, for numbers and labels of axes, and for the title
_BAR = 0.5  # inches, the colour bar with what keeps it apart
_DPI = 160
_PIECES = 10_000
"""About how many triangles with straight sides a block is drawn with where it has fewer."""
_COMPRESSION = 4  # of 9: the size of the highest to a few per cent, in a third of its time


def picture(snapshot: Snapshot, field: str, target: Path | BinaryIO, *, zoom: Zoom | None = None) -> None:
    """Draws a field, or the magnitude of a vector or tensor, over all its blocks.

    The picture is a curve in one dimension, a filled plot in two and the outer surface in three. `zoom` is a box in
    metres for a second panel in two dimensions; by default a slender domain gets one at its thinnest block.
    Raises ValueError if no block has the field, or no value is finite.
    """
    carriers = {name: block for name, block in snapshot.blocks.items() if field in block.fields}
    if not carriers:
        raise ValueError(f"no block carries the field '{field}'")
    data = next(iter(carriers.values())).fields[field]
    values = {name: scalar(block.fields[field]) for name, block in carriers.items()}
    vector = data.values.ndim == 2 and data.values.shape[1] > 1
    scale = Scale.of(np.concatenate(list(values.values())), f"|{field}|" if vector else field, data.unit)
    parts = [(block, scale.apply(values[name])[:, None]) for name, block in carriers.items()]
    title = f"{field.replace('_', ' ')} at t = {time_text(snapshot.time).replace('us', 'µs')}"
    if all(block.cell_type.startswith("line") for block in carriers.values()):
        figure = _profile(parts, scale)
    elif next(iter(carriers.values())).points.shape[1] == 3:
        figure = _surface(parts, scale)
    else:
        figure = _plane(snapshot.blocks, parts, scale, zoom)
    figure.suptitle(title, fontsize="medium")
    save(figure, target)


def _plane(
    blocks: Mapping[str, BlockData], parts: Sequence[tuple[BlockData, Floats]], scale: Scale, zoom: Zoom | None
) -> Figure:
    whole = _box(list(blocks.values()))
    width, height = whole[2] - whole[0], whole[3] - whole[1]
    slender = max(width, height) > _SLENDER * min(width, height)
    if zoom is None and slender:
        zoom = _thinnest(list(blocks.values()), whole)
    size, unit = prefixed(max(width, height), "m")
    outlines = [_outline(block) for block in blocks.values()]
    tall = height >= width
    boxes = [whole] if zoom is None else [whole, zoom]
    # A slender domain without a thin block would be a stripe: its axes get different scales.
    stretched = slender and zoom is None
    ratios = [(box[2] - box[0]) / (box[3] - box[1]) for box in boxes]
    figure, axes, bar = _panels([0.6 if tall else 1.6] if stretched else ratios, side_by_side=tall)
    mesh: Any = None
    for ax, box in zip(axes, boxes, strict=True):
        for block, values in parts:
            mesh = _fill(ax, block, values, box, size, scale.norm) or mesh
        for segments in outlines:
            ax.add_collection(LineCollection(list(segments * size), colors="0.55", linewidths=0.7), autolim=False)
        ax.set(xlim=(box[0] * size, box[2] * size), ylim=(box[1] * size, box[3] * size))
        ax.set(aspect="auto" if stretched else "equal", title="not to scale" if stretched else "")
        ax.title.set_fontsize("small")
        ax.set(xlabel=f"x [{unit}]", ylabel=f"y [{unit}]")
        ax.set_facecolor("0.95")
        ax.locator_params(nbins=5)
    if zoom is not None:
        x, y, right, top = (c * size for c in zoom)
        axes[0].add_patch(Rectangle((x, y), right - x, top - y, fill=False, edgecolor="crimson", linewidth=1.2))
        axes[1].spines[:].set(color="crimson", linewidth=1.2)
        # The short axis has room for two ticks only.
        if tall:
            axes[0].set_xticks([whole[0] * size, whole[2] * size])
        else:
            axes[0].set_yticks([whole[1] * size, whole[3] * size])
    if len(blocks) > 1:
        for name, block in blocks.items():
            _name(axes[-1], name, block, boxes[-1], size)
    figure.colorbar(mesh, cax=bar, label=scale.label)
    return figure


def _panels(ratios: Sequence[float], side_by_side: bool) -> tuple[Figure, list[Axes], Axes]:
    """Panels of equal height (or of equal width, stacked), for these ratios of width to height, and the colour bar.

    Everything has its place in inches: matplotlib's own layout would take most of the time of a picture.
    """
    if side_by_side:
        sizes = [(float(np.clip(_HEIGHT * ratio, 0.6, 1.6 * _HEIGHT)), _HEIGHT) for ratio in ratios]
    else:
        sizes = [(1.4 * _HEIGHT, float(np.clip(1.4 * _HEIGHT / ratio, 0.6, 0.8 * _HEIGHT))) for ratio in ratios]
    steps = [(width + _BESIDE, 0.0) if side_by_side else (0.0, height + _BELOW) for width, height in sizes]
    across, up = np.sum(steps, axis=0)
    right = across if side_by_side else _BESIDE + sizes[0][0]
    top = _BELOW + _HEIGHT if side_by_side else up
    whole = np.array([right + _BAR + _BESIDE, top + _ABOVE])
    figure = Figure(figsize=(float(whole[0]), float(whole[1])))

    def axes_at(left: float, bottom: float, width: float, height: float) -> Axes:
        return figure.add_axes((left / whole[0], bottom / whole[1], width / whole[0], height / whole[1]))

    panels, corner = [], np.array([_BESIDE, top])
    for (width, height), step in zip(sizes, steps, strict=True):
        panels.append(axes_at(corner[0], corner[1] - height, width, height))
        corner += (step[0], -step[1])
    tall = top - _BELOW
    return figure, panels, axes_at(right + 0.6 * _BAR, _BELOW + 0.05 * tall, 0.4 * _BAR, 0.9 * tall)


def _fill(ax: Axes, block: BlockData, values: Floats, box: Zoom, size: float, norm: Normalize) -> Any:
    """Fills the cells of a block that overlap the box; None if there are none."""
    if not block.cell_type.startswith("triangle"):
        return None
    cells = _seen(block, box)
    if not len(cells):
        return None
    cuts = cuts_for(len(cells), block.cell_type, _PIECES)
    small, (points, field) = triangles(cells, block.cell_type, cuts, block.points, values)
    mesh = Triangulation(points[:, 0] * size, points[:, 1] * size, small)
    shown = ax.tripcolor(mesh, field[:, 0], shading="gouraud", cmap=COLOURS, norm=norm)
    shown.set_in_layout(False)  # the axes clip it, and to measure it matplotlib makes a path of every triangle
    return shown


def _seen(block: BlockData, box: Zoom) -> Ints:
    """The cells of a block whose bounds overlap the box."""
    corners = block.points[block.cells]
    low, high = corners.min(axis=1), corners.max(axis=1)
    return block.cells[np.all((high >= box[:2]) & (low <= box[2:]), axis=1)]


def _name(ax: Axes, name: str, block: BlockData, box: Zoom, size: float) -> None:
    """Writes the name of a block near the left border, in the middle of its visible part there."""
    if not block.cell_type.startswith("triangle"):
        return
    cells = _seen(block, box)
    cuts = cuts_for(len(cells), block.cell_type, _PIECES)
    _, (points,) = triangles(cells, block.cell_type, cuts, block.points)
    points = points[np.all((points >= box[:2]) & (points <= box[2:]), axis=1)]
    if not len(points):
        return
    left = points[points[:, 0] <= points[:, 0].min() + 0.1 * (box[2] - box[0])]
    y = 0.5 * (left[:, 1].min() + left[:, 1].max())
    x = points[:, 0].min() + 0.02 * (box[2] - box[0])
    text = ax.text(x * size, y * size, name, color="white", fontsize="small", va="center", clip_on=True)
    text.set_path_effects([withStroke(linewidth=2, foreground="0.25")])


def _outline(block: BlockData) -> Floats:
    if block.cell_type.startswith("line"):
        cell_type, cells = str(block.cell_type), block.cells
    else:
        cell_type, cells = outer_sides(block)
    return lines(cells, cell_type, block.points)[0]


def _box(blocks: Sequence[BlockData]) -> Zoom:
    low = np.min([block.points.min(axis=0) for block in blocks], axis=0)
    high = np.max([block.points.max(axis=0) for block in blocks], axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _thinnest(blocks: Sequence[BlockData], whole: Zoom) -> Zoom | None:
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


def _profile(parts: Sequence[tuple[BlockData, Floats]], scale: Scale) -> Figure:
    """Draws line cells as curves over the coordinate of their largest extent."""
    every = np.concatenate([block.points for block, _ in parts])
    axis = int(np.argmax(np.ptp(every, axis=0)))
    size, unit = prefixed(float(np.abs(every[:, axis]).max()), "m")
    figure = Figure(figsize=(6.4, 4.0), layout="constrained")
    ax = figure.add_subplot()
    for block, values in parts:
        points, field = lines(block.cells, block.cell_type, block.points[:, [axis]] * size, values)
        ax.add_collection(LineCollection(list(np.concatenate([points, field], axis=2)), colors="C0", capstyle="round"))
        for x in {float(block.points[:, axis].min()), float(block.points[:, axis].max())}:
            ax.axvline(x * size, color="0.85", linewidth=0.8, zorder=0)
    ax.autoscale_view()
    ax.set(xlabel=f"{'xyz'[axis]} [{unit}]", ylabel=scale.label)
    ax.ticklabel_format(axis="y", useOffset=False)
    return figure


def _surface(parts: Sequence[tuple[BlockData, Floats]], scale: Scale) -> Figure:
    from mpl_toolkits.mplot3d.art3d import Poly3DCollection  # type: ignore[import-untyped]

    every = np.concatenate([block.points for block, _ in parts])
    size, unit = prefixed(float(np.abs(every).max()), "m")
    figure = Figure(figsize=(6.4, 5.2), layout="constrained")
    ax: Any = figure.add_subplot(projection="3d")
    corners, shades = [], []
    for block, values in parts:
        flat = block.cell_type.startswith("triangle")
        cell_type, cells = (str(block.cell_type), block.cells) if flat else outer_sides(block)
        cuts = cuts_for(len(cells), cell_type, 6_000)
        small, (points, field) = triangles(cells, cell_type, cuts, block.points * size, values)
        corners.append(points[small])
        shades.append(field[small, 0].mean(axis=1))
    colours = ScalarMappable(scale.norm, COLOURS)
    rgba = colours.to_rgba(np.concatenate(shades))
    # Edges in the colour of their face avoid hairlines between faces.
    ax.add_collection3d(Poly3DCollection(np.concatenate(corners), facecolors=rgba, edgecolors=rgba, linewidths=0.3))
    low, high = every.min(axis=0) * size, every.max(axis=0) * size
    ax.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), zlim=(low[2], high[2]))
    ax.set(xlabel=f"x [{unit}]", ylabel=f"y [{unit}]", zlabel=f"z [{unit}]")
    ax.set_box_aspect(np.maximum(high - low, (high - low).max() / 10))
    ax.locator_params(nbins=4)
    figure.colorbar(colours, ax=ax, label=scale.label, shrink=0.7, pad=0.12)
    return figure


def save(figure: Figure, target: Path | BinaryIO) -> None:
    """Writes a figure as PNG to an open file or, atomically, to a path."""
    if not isinstance(target, Path):
        _write(figure, target)
        return
    part = target.with_name(f".{target.name}.part")
    try:
        with part.open("wb") as file:
            _write(figure, file)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _write(figure: Figure, file: BinaryIO) -> None:
    """Writes a figure as PNG. Figure.savefig would draw it a second time, for its layout."""
    figure.set_dpi(_DPI)
    canvas: Any = FigureCanvasAgg(figure)
    canvas.draw()
    image = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")  # nothing shines through
    image.save(file, format="png", dpi=(_DPI, _DPI), compress_level=_COMPRESSION)
