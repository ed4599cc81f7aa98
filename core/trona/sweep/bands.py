"""Pictures of random cases: bands in which most of them lie, and the indices of Sobol."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from trona.record.curves import legend
from trona.record.quantity import axis_label, pretty
from trona.record.result_table import read_columns
from trona.record.scale import Scale
from trona.record.style import COLUMN, CURVE
from trona.sweep.axes import Floats, coordinates, look_of_sweep, output_axis, parameter_label, scaled, words_of
from trona.sweep.cases import Plot
from trona.sweep.statistics import Group, Index, groups, indices, sampled
from trona.sweep.table import SweepTable

TIME = "time"
_BAND = (0.05, 0.25, 0.5, 0.75, 0.95)
_SHADES = ((0, 4, 0.18, "90 % of the cases"), (1, 3, 0.32, "50 % of the cases"))
"""For each band its lowest and highest quantile of _BAND, its opacity and its name."""
_TIMES = 400
"""Number of times at which bands are drawn."""


def bands(table: SweepTable, plot: Plot, folder: Callable[[str], Path]) -> Figure:
    """Draw the bands of an output, over a parameter or the time, or its distribution.

    folder: of a case, by its name. Raises ValueError if there is nothing to draw.
    """
    assert plot.bands is not None
    figure = Figure(figsize=(COLUMN, CURVE + 0.3), layout="constrained")
    ax = figure.add_subplot()
    found = groups(table)
    curves = {id(group): _over_time(group, table, plot.bands, folder) for group in found} if plot.x == TIME else {}
    values = [curves[id(g)][1] if curves else sampled(table, g, plot.bands) for g in found]
    which = "y" if plot.x else "x"
    scale, log = scaled(table, plot.bands, np.concatenate([v.ravel() for v in values]), plot.scales.get(which))
    for number, (text, some) in enumerate(_by(found, plot.by)):
        colour = f"C{number}"
        if plot.x is None:
            _distribution(ax, [sampled(table, group, plot.bands) for group in some], scale, colour, text)
        elif plot.x == TIME:
            (group,) = some
            times, at = curves[id(group)]
            factor, _ = look_of_sweep(table).time(max(float(t[-1]) for t, _ in curves.values()))
            _band(ax, times / factor, np.nanquantile(at, _BAND, axis=0), scale, colour, text)
        else:
            rows = [(_place(table, plot.x, g), sampled(table, g, plot.bands)) for g in some]
            rows = sorted((row for row in rows if np.isfinite(row[1]).any()), key=lambda row: row[0])
            if rows:
                at = np.array([np.nanquantile(v, _BAND) for _, v in rows]).T
                _band(ax, np.array([x for x, _ in rows]), at, scale, colour, text, marker="o")
    output_axis(ax, which, scale, log)
    _other_axis(ax, table, plot, curves)
    ax.grid()
    if ax.get_legend_handles_labels()[0]:
        legend(ax, f"{plot.by}: median, 50 %, 90 %" if plot.by else "")
    return figure


def index_bars(table: SweepTable, plot: Plot) -> Figure:
    """Draw the indices of an output as bars with their confidence; a panel for each value of `by`."""
    rows = [row for row in indices(table) if row.output == plot.indices]
    by: dict[str, list[Index]] = {}
    for row in rows:
        by.setdefault(row.fixed[plot.by] if plot.by else "", []).append(row)
    if not any(np.isfinite(row.first) for row in rows):
        raise ValueError("the output does not vary, or too few cases have succeeded")
    most = max(map(len, by.values()))
    figure = Figure(figsize=(0.9 + max(2.6, 0.7 * most) * len(by), 2.8), layout="constrained")
    panels = figure.subplots(1, len(by), squeeze=False, sharey=True)[0]
    for ax, (text, of_group) in zip(panels, by.items(), strict=True):
        places, width = np.arange(len(of_group)), 0.38
        for shift, name, heights, spans in (
            (-width / 2, "alone", [r.first for r in of_group], [r.first_width for r in of_group]),
            (width / 2, "with interactions", [r.total for r in of_group], [r.total_width for r in of_group]),
        ):
            ax.bar(places + shift, heights, width, yerr=spans, capsize=3, label=name, error_kw={"elinewidth": 1})
        ax.set_xticks(places, [row.parameter for row in of_group], rotation=30 if most > 3 else 0)
        ax.axhline(0, color="0.3", linewidth=0.8)
        ax.grid(axis="y")
        if plot.by:
            ax.set_title(f"{plot.by} = {pretty(text)}", fontsize="medium")
    assert plot.indices is not None
    panels[0].set_ylabel(axis_label(f"part of the variance of {plot.indices}", ""))
    legend(panels[-1])
    return figure


def _band(ax: Axes, x: Floats, at: Floats, scale: Scale, colour: str, text: str, marker: str = "") -> None:
    """Fill the bands between quantiles over x, and draw the median."""
    y = scale.apply(at)
    for low, high, opacity, name in _SHADES:
        ax.fill_between(x, y[low], y[high], color=colour, alpha=opacity, linewidth=0, label="" if text else name)
    ax.plot(x, y[2], color=colour, marker=marker, label=pretty(text) or "median")


def _distribution(ax: Axes, values: list[Floats], scale: Scale, colour: str, text: str) -> None:
    """Draw the part of the cases that lies below each value, with the bands of the middle 50 % and 90 %."""
    known = np.sort(np.concatenate([v[np.isfinite(v)] for v in values]))
    if not len(known):
        return
    at = scale.apply(np.quantile(known, _BAND))
    for low, high, opacity, name in _SHADES:
        ax.axvspan(at[low], at[high], color=colour, alpha=0.6 * opacity, linewidth=0, label="" if text else name)
    ax.axvline(at[2], color=colour, linewidth=1, linestyle=":", label="" if text else "median")
    ax.step(
        scale.apply(known), np.arange(1, len(known) + 1) / len(known), where="post", color=colour, label=pretty(text)
    )


def _other_axis(ax: Axes, table: SweepTable, plot: Plot, curves: dict[int, tuple[Floats, Floats]]) -> None:
    if plot.x is None:
        ax.set(ylabel="Part of the cases below", ylim=(0, 1))
        return
    if plot.x == TIME:
        _, unit = look_of_sweep(table).time(max(float(times[-1]) for times, _ in curves.values()))
        ax.set_xlabel(look_of_sweep(table).time_axis(unit))
        return
    ax.set_xlabel(parameter_label(table, plot.x))
    if not table.numeric(plot.x):
        words = words_of(table, plot.x)
        ax.set_xticks(range(len(words)), [pretty(word) for word in words])
    elif plot.scales.get("x") == "log" or (plot.scales.get("x") is None and table.sweep.parameters[plot.x].log):
        ax.set_xscale("log")


def _by(found: list[Group], by: str | None) -> list[tuple[str, list[Group]]]:
    sorted_in: dict[str, list[Group]] = {}
    for group in found:
        sorted_in.setdefault(group.fixed[by] if by else "", []).append(group)
    return list(sorted_in.items())


def _place(table: SweepTable, name: str, group: Group) -> float:
    """Return the coordinate of a group on the axis of a parameter."""
    results = [table.results[case.number] for case in group.cases if case.number in table.results]
    return float(coordinates(table, name, results[:1])[0])


def _over_time(group: Group, table: SweepTable, output: str, folder: Callable[[str], Path]) -> tuple[Floats, Floats]:
    """Return times that all cases of a group have reached, and the output of each case at them.

    Raises ValueError if no case has it over time.
    """
    known = []
    for case in group.cases:
        result = table.results.get(case.number)
        if result is None or result.failed:
            continue
        columns = read_columns(folder(case.name) / "outputs.csv")
        if TIME in columns and output in columns and columns.rows > 1:
            known.append((np.asarray(columns[TIME]), np.asarray(columns[output])))
    if not known:
        raise ValueError(f"no case has {output} over time")
    first, last = max(t[0] for t, _ in known), min(t[-1] for t, _ in known)
    if last <= first:
        raise ValueError("the cases have no time in common")
    times = np.linspace(first, last, _TIMES)
    return times, np.array([np.interp(times, t, values) for t, values in known])
