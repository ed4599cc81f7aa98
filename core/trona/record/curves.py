"""Pictures of outputs in time and of fields along lines, as pictures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from typing import BinaryIO

import numpy as np
from matplotlib.figure import Figure

from trona.readings.snapshot import LineData
from trona.record.look import Look
from trona.record.paper import save
from trona.record.quantity import label, pretty, time_scale, time_text
from trona.record.result_table import ResultTable
from trona.record.scale import Floats, Scale, scalar
from trona.record.table import Table, read_table


def curve(table: Table | Path, names: Sequence[str], target: Path | BinaryIO) -> None:
    """Draws outputs of a table (or of its CSV file) against time, one panel for each unit.

    Raises ValueError for an unknown name, and UserError if the file is not a table.
    """
    table = read_table(table) if isinstance(table, Path) else table
    missing = [name for name in names if name not in table.columns]
    if missing:
        raise ValueError(f"no output '{missing[0]}' in the table")
    time = np.array(table.time)
    seconds, unit = time_scale(float(np.ptp(time)) if len(time) else 0.0)
    series = [(name, table.units[name], time / seconds, np.array(table.columns[name])) for name in names]
    save(_curves([(name, unit_of, x, y, name) for name, unit_of, x, y in series], f"time [{unit}]"), target)


def against(
    table: ResultTable, x: str, names: Sequence[str], target: Path | BinaryIO, look: Look | None = None
) -> None:
    """Draws columns of a table against another one, one panel for each unit. Raises ValueError if nothing is finite."""
    if not table.rows:
        raise ValueError("the table has no rows")
    along, scale, unit = table[x], 1.0, table.units[x]
    look = look or Look()
    if unit == "s":
        scale, unit = look.time(float(np.ptp(along)))
    series = [(name, table.units[name] or "1", along / scale, table[name].astype(float), name) for name in names]
    save(_curves(series, label(x, unit), look), target)


def compared(tables: Mapping[str, ResultTable], names: Sequence[str], target: Path | BinaryIO) -> None:
    """Draws outputs of several runs, with their labels, against time: one panel and one scale for each output.

    Raises ValueError if a table has no such output, or no value of it is finite.
    """
    span = max((float(np.ptp(table["time"])) for table in tables.values() if table.rows), default=0.0)
    seconds, unit = time_scale(span)
    figure = Figure(figsize=(6.4, 1.0 + 2.4 * len(names)), layout="constrained")
    axes = [figure.add_subplot(len(names), 1, i + 1) for i in range(len(names))]
    for ax, name in zip(axes, names, strict=True):
        if any(name not in table for table in tables.values()):
            raise ValueError(f"no output '{name}' in every table")
        scale = Scale.of(
            np.concatenate([table[name] for table in tables.values()]), name, next(iter(tables.values())).units[name]
        )
        for (text, table), style in zip(tables.items(), ("-", "--", ":", "-."), strict=False):
            marker = "o" if table.rows < 15 else ""
            ax.plot(table["time"] / seconds, scale.apply(table[name]), style, label=text, marker=marker, markersize=3)
        ax.set(ylabel=scale.label)
        ax.ticklabel_format(axis="y", useOffset=False)
        ax.grid(alpha=0.3)
    axes[0].legend(frameon=False)
    axes[-1].set_xlabel(f"time [{unit}]")
    save(figure, target)


def line_plot(name: str, data: Sequence[LineData], target: Path | BinaryIO, look: Look | None = None) -> None:
    """Draws the fields of a line output along the line at the given times, one panel for each unit."""
    look = look or Look()
    size, unit = look.scaled(max(float(np.max(line.distance)) for line in data), "m")
    series = []
    for line in data:
        when = "" if look.steady and not line.time else f"t = {time_text(line.time).replace('us', 'µs')}"
        for field, values in line.fields.items():
            text = ", ".join(filter(None, (field.replace("_", " ") if len(line.fields) > 1 else "", when)))
            series.append((field, values.unit, line.distance * size, scalar(values), text))
    figure = _curves(series, f"distance along {name.replace('_', ' ')} [{pretty(unit)}]", look)
    save(figure, target)


def _in_common(names: Iterable[str]) -> str:
    """Return the words with which all names begin."""
    words = zip(*(name.split("_") for name in names), strict=False)
    return "_".join(first for first, *others in takewhile(lambda each: len(set(each)) == 1, words))


def _curves(series: Sequence[tuple[str, str, Floats, Floats, str]], xlabel: str, look: Look | None = None) -> Figure:
    """Draws one panel for each unit; a series is its quantity, unit, x, y and legend."""
    look = look or Look()
    units = list(dict.fromkeys(unit for _, unit, *_ in series))
    figure = Figure(figsize=(6.4, 1.0 + 2.8 * len(units)), layout="constrained")
    axes = [figure.add_subplot(len(units), 1, i + 1) for i in range(len(units))]
    for ax, unit in zip(axes, units, strict=True):
        own = [entry for entry in series if entry[1] == unit]
        quantities = {quantity for quantity, *_ in own}
        name = _in_common(quantities)
        every = np.concatenate([y for *_, y, _ in own])
        scale = Scale.of(every, name, unit, look.unit(unit), "y" in look.log)
        for _, _, x, y, text in own:
            ax.plot(x, scale.apply(y), label=text.replace("_", " "), marker="o" if len(x) < 15 else "", markersize=3)
        ax.set(ylabel=scale.label)
        scale.set(ax)
        if "x" in look.log:
            ax.set_xscale("log")
        ax.grid(alpha=0.3)
        if len(own) > 1:
            ax.legend(frameon=False, fontsize="small" if len(own) > 4 else "medium")
    axes[-1].set_xlabel(xlabel)
    return figure
