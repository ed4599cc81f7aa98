"""Pictures of fields over their blocks, as PNG files."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from PIL import Image

from trona.readings.snapshot import BlockData, Snapshot
from trona.record.geometry import Floats, lines
from trona.record.metadata import Zoom
from trona.record.planes import Plane
from trona.record.quantity import prefixed, time_text
from trona.record.scale import DPI, Scale, scalar

_RUNS = 3
"""Of zlib's strategies the one that looks for runs alone: areas of one colour and, in the rest, steps that repeat. The
files are as small as with the fourth of nine levels, in two thirds of its time."""


class Pictures:
    """Draws the fields of one time; what their pictures share is found once.

    zoom: a box in metres for a second panel in two dimensions; by default, a slender domain gets one at its thinnest
    block.
    """

    def __init__(self, snapshot: Snapshot, zoom: Zoom | None = None) -> None:
        self._snapshot, self._zoom = snapshot, zoom

    @cached_property
    def _plane(self) -> Plane:
        return Plane(self._snapshot.blocks, self._zoom)

    def prepare(self) -> None:
        """Find now what all pictures share."""
        blocks = self._snapshot.blocks.values()
        if any(block.cell_type.startswith("triangle") and block.points.shape[1] == 2 for block in blocks):
            _ = self._plane

    def draw(self, field: str, target: Path | BinaryIO) -> None:
        """Draws a field, or the magnitude of a vector or tensor, over all its blocks.

        The picture is a curve in one dimension, a filled plot in two and the outer surface in three. Raises ValueError
        if no block has the field, or no value is finite.
        """
        carriers = {name: block for name, block in self._snapshot.blocks.items() if field in block.fields}
        if not carriers:
            raise ValueError(f"no block carries the field '{field}'")
        data = next(iter(carriers.values())).fields[field]
        values = {name: scalar(block.fields[field]) for name, block in carriers.items()}
        vector = data.values.ndim == 2 and data.values.shape[1] > 1
        scale = Scale.of(np.concatenate(list(values.values())), f"|{field}|" if vector else field, data.unit)
        shown = {name: scale.apply(each)[:, None] for name, each in values.items()}
        title = f"{field.replace('_', ' ')} at t = {time_text(self._snapshot.time).replace('us', 'µs')}"
        if all(block.cell_type.startswith("line") for block in carriers.values()):
            figure = _profile([(block, shown[name]) for name, block in carriers.items()], scale)
        elif next(iter(carriers.values())).points.shape[1] == 3:
            from trona.record.bodies import body_figure  # late: matplotlib's third dimension is a long import

            figure = body_figure(carriers, shown, scale)
        else:
            figure = self._plane.figure(shown, scale)
        figure.suptitle(title, fontsize="medium")
        save(figure, target)


def picture(snapshot: Snapshot, field: str, target: Path | BinaryIO, *, zoom: Zoom | None = None) -> None:
    """Draws one field, as `Pictures` does."""
    Pictures(snapshot, zoom).draw(field, target)


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
    figure.set_dpi(DPI)
    canvas: Any = FigureCanvasAgg(figure)
    canvas.draw()
    image = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")  # nothing shines through
    image.save(file, format="png", dpi=(DPI, DPI), compress_level=1, compress_type=_RUNS)
