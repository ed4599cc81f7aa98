"""Pictures of a sweep as PNG files: outputs over a parameter as lines, over two parameters as contours."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from matplotlib.tri import Triangulation
from numpy.typing import NDArray

from trona.record import RunDirectory
from trona.record.fields import safe_names
from trona.record.pictures import save
from trona.record.quantity import label, pretty
from trona.record.scale import COLOURS, Scale
from trona.sweep.cases import Plot
from trona.sweep.table import CaseResult, SweepTable

_LEVELS = 12
_DECADES = 100.0
"""Ratio of the largest to the smallest value beyond which the axis of positive values is logarithmic."""
Floats = NDArray[np.float64]


def draw(table: SweepTable, directory: RunDirectory) -> list[str]:
    """Draw all plots of the deck in `plots/`; return a warning for each that could not be drawn."""
    warnings = []
    texts = [_title(plot) for plot in table.sweep.plots]
    for plot, text, name in zip(table.sweep.plots, texts, safe_names(texts).values(), strict=False):
        try:
            figure = _lines(table, plot) if plot.map is None else _map(table, plot)
            file = io.BytesIO()
            save(figure, file)
            directory.write_bytes(f"plots/{name}.png", file.getvalue())
        except (ValueError, ArithmeticError, RuntimeError) as error:
            warnings.append(f"plots: {text} could not be drawn ({error})")
    return warnings


def _title(plot: Plot) -> str:
    by = f"-by-{plot.by}" if plot.by else ""
    return f"{plot.y}-over-{plot.x}{by}" if plot.map is None else f"{plot.map}-over-{plot.x}-and-{plot.y}{by}"


def _lines(table: SweepTable, plot: Plot) -> Figure:
    figure = Figure(figsize=(6.4, 4.0), layout="constrained")
    ax = figure.add_subplot()
    scale = Scale.of(table.values(plot.y), plot.y, table.unit(plot.y))
    for text, cases in _groups(table, plot.by):
        x, y = _coordinates(table, plot.x, cases), scale.apply(table.values(plot.y, cases))
        order = np.argsort(x, kind="stable")
        # Several cases at one abscissa differ in a parameter that the picture does not show: no line connects them.
        style = "-" if len(np.unique(x)) == len(x) else "none"
        ax.plot(x[order], y[order], linestyle=style, marker="o", markersize=4, label=text)
    _axis(ax, "x", table, plot.x)
    ax.set_ylabel(scale.label)
    if _spread(table.values(plot.y)) and not scale.base:
        ax.set_yscale("log")
    else:
        ax.ticklabel_format(axis="y", useOffset=False)
    ax.grid(alpha=0.3)
    if plot.by:
        ax.legend(frameon=False, title=plot.by)
    return figure


def _map(table: SweepTable, plot: Plot) -> Figure:
    assert plot.map is not None
    scale = Scale.of(table.values(plot.map), plot.map, table.unit(plot.map))
    groups = _groups(table, plot.by)
    figure = Figure(figsize=(1.6 + 4.2 * len(groups), 4.2), layout="constrained")
    panels = figure.subplots(1, len(groups), squeeze=False, sharex=True, sharey=True)[0]
    norm = scale.norm
    levels = MaxNLocator(_LEVELS).tick_values(float(norm.vmin or 0.0), float(norm.vmax or 0.0))
    contours: Any = None
    for ax, (text, cases) in zip(panels, groups, strict=True):
        x, y = _coordinates(table, plot.x, cases), _coordinates(table, plot.y, cases)
        z = scale.apply(table.values(plot.map, cases))
        known = np.isfinite(z)
        mesh = _triangles(x[known], y[known], _is_log(table, plot.x), _is_log(table, plot.y))
        contours = ax.tricontourf(mesh, z[known], levels=levels, norm=norm, cmap=COLOURS)
        ax.plot(x, y, "o", color="0.2", markersize=3, clip_on=False, zorder=3)
        lost = [result for result in table.failed if plot.by is None or table.text(plot.by, result) == text]
        if lost:
            at = _coordinates(table, plot.x, lost), _coordinates(table, plot.y, lost)
            ax.plot(*at, "x", color="crimson", clip_on=False, zorder=3, label="failed")
            ax.legend(loc="upper right", fontsize="small")
        _axis(ax, "x", table, plot.x)
        if ax is panels[0]:
            _axis(ax, "y", table, plot.y)
        if plot.by:
            ax.set_title(f"{plot.by} = {text}", fontsize="medium")
    figure.colorbar(contours, ax=list(panels), label=scale.label)
    return figure


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


def _groups(table: SweepTable, by: str | None) -> list[tuple[str, list[CaseResult]]]:
    """Group the cases that did not fail by the value of the parameter `by`; return its text with each group."""
    groups: dict[str, list[CaseResult]] = {}
    for result in table.succeeded:
        groups.setdefault(table.text(by, result) if by else "", []).append(result)
    if by and table.numeric(by):
        place = dict(zip((table.text(by, r) for r in table.succeeded), table.values(by), strict=True))
        return sorted(groups.items(), key=lambda group: place[group[0]])
    return list(groups.items())


def _coordinates(table: SweepTable, name: str, cases: list[CaseResult]) -> Floats:
    """Return the coordinates of a column on an axis: words get 0, 1, 2, ... in the order of the deck."""
    if table.numeric(name):
        return table.values(name, cases)
    words = _words(table, name)
    return np.array([float(words.index(table.text(name, case))) for case in cases])


def _words(table: SweepTable, name: str) -> list[str]:
    return list(dict.fromkeys(case.texts[name] for case in table.sweep.cases))


def _is_log(table: SweepTable, name: str) -> bool:
    parameter = table.sweep.parameters.get(name)
    return table.numeric(name) and ((parameter is not None and parameter.log) or _spread(table.values(name)))


def _spread(values: Floats) -> bool:
    finite = values[np.isfinite(values)]
    return bool(len(finite) and finite.min() > 0 and finite.max() >= _DECADES * finite.min())


def _axis(ax: Axes, which: str, table: SweepTable, name: str) -> None:
    axis = ax.xaxis if which == "x" else ax.yaxis
    axis.set_label_text(_label(table, name))
    if not table.numeric(name):
        words = _words(table, name)
        axis.set_ticks(range(len(words)), [pretty(word) for word in words])
    elif _is_log(table, name):
        ax.set(**{f"{which}scale": "log"})


def _label(table: SweepTable, name: str) -> str:
    """Return a label; parameters are spelt as in the deck: E_a, not E a."""
    unit = table.unit(name)
    if name not in table.sweep.parameters:
        return label(name, unit)
    return name if unit in ("", "1") else f"{name} [{pretty(unit)}]"
