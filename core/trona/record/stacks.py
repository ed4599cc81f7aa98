"""Pictures of outputs that consist of parts: a stack over time, or bars for one time."""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from trona.record.curves import legend
from trona.record.look import Look
from trona.record.paper import save
from trona.record.scale import Floats, Scale
from trona.record.style import COLOURS, COLUMN, CURVE, PAGE, styled
from trona.record.wholes import LEFT, Whole

_FILLS = tuple(colour for colour in COLOURS if colour != "#000000")
"""Of layers; black is the whole."""
_ROW = 0.24
"""Inches: the height of a bar."""


@styled
def stack(whole: Whole, time: Floats, target: Path | BinaryIO, look: Look | None = None) -> None:
    """Draws a whole with its parts over time [s], or as bars at one time, and what they leave over as its own line.

    Raises ValueError if no value is finite.
    """
    look = look or Look()
    edges = [edge for _, layers in whole.stack() for pair in layers for edge in pair]
    every = np.concatenate([[0.0], whole.values, whole.left, *edges])
    if not np.isfinite(every[1:]).any():
        raise ValueError("no value is finite")
    scale = Scale.of(every, whole.name, whole.unit, look.unit(whole.unit, whole.name), symbol=look.symbol(whole.name))
    figure = Figure(figsize=(COLUMN, CURVE), layout="constrained")
    ax = figure.add_subplot()
    if len(time) == 1:
        _bars(figure, ax, whole, scale)
    else:
        seconds, unit = look.time(float(np.ptp(time)))
        _layers(ax, whole, scale, time / seconds)
        ax.set(xlabel=look.time_axis(unit), ylabel=scale.label)
        ax.margins(x=0)
        legend(ax)
        rows: Any = ax.get_legend()
        figure.set_size_inches(COLUMN, CURVE + _ROW / 2 * -(-len(rows.get_texts()) // max(1, rows._ncols)))
    save(figure, target)


def _fill(number: int) -> dict[str, Any]:
    """Return the colour of a part; of further ones a paler one."""
    return {"color": _FILLS[number % len(_FILLS)], "alpha": 0.85 if number < len(_FILLS) else 0.4, "linewidth": 0}


def _layers(ax: Axes, whole: Whole, scale: Scale, time: Floats) -> None:
    line: Any = {"color": "black", "marker": "o" if len(time) < 15 else "", "label": whole.name.replace("_", " ")}
    ax.plot(time, scale.apply(whole.values), linestyle="-", zorder=3, **line)
    for number, (name, layers) in enumerate(whole.stack()):
        for (low, high), label in zip(layers, (name, None), strict=True):
            ax.fill_between(time, scale.apply(low), scale.apply(high), label=label, **_fill(number))
    ax.plot(time, scale.apply(whole.left), color="black", linestyle=":", zorder=3, label=LEFT)


def _bars(figure: Figure, ax: Axes, whole: Whole, scale: Scale) -> None:
    rows = {whole.name.replace("_", " "): whole.values, **whole.parts, LEFT: whole.left}
    figure.set_size_inches(PAGE / 1.3, 0.6 + _ROW * len(rows))
    for number, (name, values) in enumerate(rows.items()):
        part = 0 < number < len(rows) - 1
        ax.barh(name, float(scale.apply(values)[0]), **(_fill(number - 1) if part else {"color": "black"}))
    ax.axvline(0, color="black", linewidth=0.7)
    ax.invert_yaxis()
    ax.set_xlabel(scale.label)
