"""Pictures of fields over their blocks."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from trona.readings.snapshot import BlockData, Snapshot
from trona.record.geometry import Floats, lines
from trona.record.look import Look
from trona.record.metadata import Zoom
from trona.record.paper import save
from trona.record.planes import Plane
from trona.record.quantity import axis_label
from trona.record.scale import Scale, scalar
from trona.record.sections import both_halves
from trona.record.style import COLUMN, CURVE, styled


class Pictures:
    """Draws the fields of one time; what their pictures share is found once.

    zoom: a box in metres for a second panel in two dimensions; by default, a slender domain gets one at its thinnest
    block. whole: the box of the first panel, as of several times.
    """

    def __init__(
        self, snapshot: Snapshot, zoom: Zoom | None = None, look: Look | None = None, whole: Zoom | None = None
    ) -> None:
        self._zoom, self._look, self._whole = zoom, look or Look(), whole
        self._snapshot = both_halves(snapshot) if self._look.mirrored else snapshot

    @cached_property
    def _plane(self) -> Plane:
        return Plane(self._snapshot.blocks, self._zoom, self._look, self._whole)

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
        save(self.figure(field), target)

    @styled
    def figure(self, field: str, reach: Floats | None = None) -> Figure:
        """Return the picture of a field; its colours reach over its values, or over those of `reach`."""
        look, time = self._look, self._snapshot.time
        carriers = {name: block for name, block in self._snapshot.blocks.items() if field in block.fields}
        if not carriers:
            raise ValueError(f"no block carries the field '{field}'")
        data = next(iter(carriers.values())).fields[field]
        values = {name: scalar(block.fields[field]) for name, block in carriers.items()}
        vector = data.values.ndim == 2 and data.values.shape[1] > 1
        every = np.concatenate(list(values.values())) if reach is None else reach
        scale = self._scale(every, field, data.unit, vector)
        shown = {name: scale.apply(each)[:, None] for name, each in values.items()}
        if all(block.cell_type.startswith("line") for block in carriers.values()):
            figure = _profile([(block, shown[name]) for name, block in carriers.items()], scale, look)
        elif next(iter(carriers.values())).points.shape[1] == 3:
            from trona.record.bodies import body_figure  # late: matplotlib's third dimension is a long import

            figure = body_figure(carriers, shown, scale, look)
        else:
            figure = self._plane.figure(shown, scale, field if vector else "")
        figure.suptitle(", ".join(filter(None, (look.where, look.moment(time)))))
        return figure

    def _scale(self, values: Floats, field: str, unit: str, vector: bool) -> Scale:
        look, name, symbol = self._look, field, self._look.symbol(field)
        if vector:
            name, symbol = (field, rf"|\mathbf{{{symbol}}}|") if symbol else (f"|{field}|", "")
        return Scale.of(values, name, unit, look.unit(unit, field), "y" in look.log, symbol)


def picture(
    snapshot: Snapshot, field: str, target: Path | BinaryIO, *, zoom: Zoom | None = None, look: Look | None = None
) -> None:
    """Draws one field, as `Pictures` does."""
    Pictures(snapshot, zoom, look).draw(field, target)


def _profile(parts: Sequence[tuple[BlockData, Floats]], scale: Scale, look: Look) -> Figure:
    """Draws line cells as curves over the coordinate of their largest extent."""
    every = np.concatenate([block.points for block, _ in parts])
    axis = int(np.argmax(np.ptp(every, axis=0)))
    size, unit = look.scaled(float(np.abs(every[:, axis]).max()), "m")
    figure = Figure(figsize=(COLUMN, CURVE), layout="constrained")
    ax = figure.add_subplot()
    for block, values in parts:
        points, field = lines(block.cells, block.cell_type, block.points[:, [axis]] * size, values)
        ax.add_collection(
            LineCollection(list(np.concatenate([points, field], axis=2)), colors="C0", linewidths=1.3, capstyle="round")
        )
        for x in {float(block.points[:, axis].min()), float(block.points[:, axis].max())}:
            ax.axvline(x * size, color="0.85", linewidth=0.8, zorder=0)
    ax.autoscale_view()
    ax.set(xlabel=axis_label("", unit, look.axes[axis]), ylabel=scale.label)
    scale.set(ax)
    return figure
