"""Pictures of a sweep as PNG files: outputs over a parameter as lines, over two parameters as contours."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator
from matplotlib.tri import Triangulation
from numpy.typing import NDArray

from trona.record import RunDirectory
from trona.record.curves import legend
from trona.record.fields import safe_names
from trona.record.paper import save
from trona.record.quantity import pretty
from trona.record.scale import COLOURS
from trona.record.style import COLUMN, CURVE, styled
from trona.sweep.axes import by_value, coordinates, is_log, output_axis, scaled, set_axis
from trona.sweep.bands import bands, index_bars
from trona.sweep.cases import Plot
from trona.sweep.table import SweepTable

_LEVELS = 12
Floats = NDArray[np.float64]


def draw(table: SweepTable, directory: RunDirectory) -> list[str]:
    """Draw all plots of the deck in `plots/`; return a warning for each that could not be drawn."""
    warnings = []
    texts = [_title(plot) for plot in table.sweep.plots]
    names = safe_names(dict.fromkeys(texts))
    for plot, text in zip(table.sweep.plots, texts, strict=True):
        try:
            figure = _drawn(table, plot, directory)
            file = io.BytesIO()
            save(figure, file)
            directory.write_bytes(f"plots/{names[text]}.png", file.getvalue())
        except (ValueError, ArithmeticError, RuntimeError) as error:
            warnings.append(f"plots: {text} could not be drawn ({error})")
    return warnings


@styled
def _drawn(table: SweepTable, plot: Plot, directory: RunDirectory) -> Figure:
    if plot.indices is not None:
        return index_bars(table, plot)
    if plot.bands is not None:
        return bands(table, plot, lambda name: directory.inner(f"cases/{name}"))
    return _lines(table, plot) if plot.map is None else _map(table, plot)


def _title(plot: Plot) -> str:
    by = f"-by-{plot.by}" if plot.by else ""
    by += "".join(f"-{key}-{scale}" for key, scale in plot.scales.items() if scale)
    if plot.indices is not None:
        return f"{plot.indices}-indices{by}"
    if plot.bands is not None:
        return f"{plot.bands}-bands{f'-over-{plot.x}' if plot.x else ''}{by}"
    return f"{plot.y}-over-{plot.x}{by}" if plot.map is None else f"{plot.map}-over-{plot.x}-and-{plot.y}{by}"


def _lines(table: SweepTable, plot: Plot) -> Figure:
    figure = Figure(figsize=(COLUMN, CURVE + 0.3), layout="constrained")
    ax = figure.add_subplot()
    assert plot.x is not None and plot.y is not None
    scale, log = scaled(table, plot.y, table.values(plot.y), plot.scales.get("y"))
    for text, cases in by_value(table, plot.by):
        x, y = coordinates(table, plot.x, cases), scale.apply(table.values(plot.y, cases))
        order = np.argsort(x, kind="stable")
        # Several cases at one abscissa differ in a parameter that the picture does not show: no line connects them.
        style: Any = {} if len(np.unique(x)) == len(x) else {"linestyle": "none"}
        ax.plot(x[order], y[order], **style, marker="o", label=pretty(text))
    set_axis(ax, "x", table, plot)
    output_axis(ax, "y", scale, log)
    ax.grid()
    if plot.by:
        legend(ax, plot.by)
    return figure


def _map(table: SweepTable, plot: Plot) -> Figure:
    assert plot.map is not None and plot.x is not None and plot.y is not None
    scale, log = scaled(table, plot.map, table.values(plot.map), plot.scales.get("map"))
    groups = by_value(table, plot.by)
    figure = Figure(figsize=(1.0 + 2.7 * len(groups), 2.8), layout="constrained")
    panels = figure.subplots(1, len(groups), squeeze=False, sharex=True, sharey=True)[0]
    norm, levels = _colours(scale.norm, log)
    contours: Any = None
    for ax, (text, cases) in zip(panels, groups, strict=True):
        x, y = coordinates(table, plot.x, cases), coordinates(table, plot.y, cases)
        z = scale.apply(table.values(plot.map, cases))
        known = np.isfinite(z)
        mesh = _triangles(x[known], y[known], is_log(table, plot, "x"), is_log(table, plot, "y"))
        contours = ax.tricontourf(mesh, z[known], levels=levels, norm=norm, cmap=COLOURS)
        ax.tick_params(direction="out", top=False, right=False)
        ax.plot(x, y, "o", color="0.2", markersize=2.5, clip_on=False, zorder=3)
        lost = [result for result in table.failed if plot.by is None or table.text(plot.by, result) == text]
        if lost:
            at = coordinates(table, plot.x, lost), coordinates(table, plot.y, lost)
            ax.plot(*at, "x", color="crimson", clip_on=False, zorder=3, label="failed")
            ax.legend(loc="upper right", fontsize="small")
        set_axis(ax, "x", table, plot)
        if ax is panels[0]:
            set_axis(ax, "y", table, plot)
        if plot.by:
            ax.set_title(f"{plot.by} = {pretty(text)}", fontsize="medium")
    figure.colorbar(contours, ax=list(panels), label=scale.label)
    return figure


def _colours(norm: Normalize, log: bool) -> tuple[Normalize, Floats]:
    """Return the range of the colours and the values of the contours."""
    low, high = float(norm.vmin or 0.0), float(norm.vmax or 0.0)
    if not log:
        return norm, np.asarray(MaxNLocator(_LEVELS).tick_values(low, high))
    levels = np.asarray(LogLocator(subs=(1.0, 2.0, 5.0), numticks=2 * _LEVELS).tick_values(low, high))
    levels = levels[np.searchsorted(levels, low, "right") - 1 : np.searchsorted(levels, high) + 1]
    return LogNorm(float(levels[0]), float(levels[-1])), levels


def _triangles(x: Floats, y: Floats, log_x: bool, log_y: bool) -> Triangulation:
    """Triangulate the cases, with both axes scaled to the same length. Raises ValueError for too few cases."""
    u, v = (_unit_length(np.log(c) if log else c) for c, log in ((x, log_x), (y, log_y)))
    points = np.column_stack([u, v])
    if len(np.unique(points.round(9), axis=0)) < len(points):
        raise ValueError("several cases lie on one point; name the parameter in which they differ with 'by'")
    if np.linalg.matrix_rank(points - points.mean(axis=0), tol=1e-9) < 2:
        raise ValueError("contours need at least three cases that are not on one line")
    return Triangulation(x, y, Triangulation(u, v).triangles)


def _unit_length(values: Floats) -> Floats:
    length = float(np.ptp(values)) if len(values) else 0.0
    return (values - values.min()) / length if length else np.zeros_like(values)
