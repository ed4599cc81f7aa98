"""Pictures of outputs in time and of fields along lines, as pictures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from trona.readings.snapshot import FieldData, LineData
from trona.record.look import Look
from trona.record.paper import save
from trona.record.quantity import axis_label, letters
from trona.record.result_table import ResultTable
from trona.record.scale import Floats, Scale
from trona.record.style import COLUMN, CURVE, styled
from trona.record.table import Table, read_table

_FEW = 15
"""Points up to which a curve shows each of them."""
_ACROSS = 52
"""Letters, of the legends of curves, beside each other."""


class Series(NamedTuple):
    """A curve: its quantity with the names under which that has a unit and a symbol, its points, and its legend."""

    names: tuple[str, ...]
    unit: str
    x: Floats
    y: Floats
    text: str


def curve(table: Table | Path, names: Sequence[str], target: Path | BinaryIO, look: Look | None = None) -> None:
    """Draws outputs of a table (or of its CSV file) against time, one panel for each unit.

    Raises ValueError for an unknown name, and UserError if the file is not a table.
    """
    table = read_table(table) if isinstance(table, Path) else table
    missing = [name for name in names if name not in table.columns]
    if missing:
        raise ValueError(f"no output '{missing[0]}' in the table")
    time, look = np.array(table.time), look or Look()
    seconds, unit = look.time(float(np.ptp(time)) if len(time) else 0.0)
    series = [Series((n,), table.units[n], time / seconds, np.array(table.columns[n]), n) for n in names]
    save(_curves(series, look.time_axis(unit), look), target)


def against(
    table: ResultTable, x: str, names: Sequence[str], target: Path | BinaryIO, look: Look | None = None
) -> None:
    """Draws columns of a table against another one, one panel for each unit. Raises ValueError if nothing is finite."""
    if not table.rows:
        raise ValueError("the table has no rows")
    along, scale, unit, look = table[x], 1.0, table.units[x], look or Look()
    text = axis_label("step" if x == "number" else x, unit)
    if unit == "s":
        scale, unit = look.time(float(np.ptp(along)))
        text = look.time_axis(unit)
    series = [Series((n,), table.units[n] or "1", along / scale, table[n].astype(float), n) for n in names]
    save(_curves(series, text, look, whole=x != "time"), target)


@styled
def compared(
    tables: Mapping[str, ResultTable], names: Sequence[str], target: Path | BinaryIO, look: Look | None = None
) -> None:
    """Draws outputs of several runs, with their labels, against time: one panel and one scale for each output.

    Raises ValueError if a table has no such output, or no value of it is finite.
    """
    look = look or Look()
    span = max((float(np.ptp(table["time"])) for table in tables.values() if table.rows), default=0.0)
    seconds, unit = look.time(span)
    figure = Figure(figsize=(COLUMN, 0.4 + CURVE * len(names)), layout="constrained")
    axes = [figure.add_subplot(len(names), 1, i + 1) for i in range(len(names))]
    for ax, name in zip(axes, names, strict=True):
        if any(name not in table for table in tables.values()):
            raise ValueError(f"no output '{name}' in every table")
        told = next(iter(tables.values())).units[name]
        every = np.concatenate([table[name] for table in tables.values()])
        scale = Scale.of(every, name, told, look.unit(told, name), symbol=look.symbol(name))
        for (text, table), style in zip(tables.items(), ("-", "--", ":", "-."), strict=False):
            marker = "o" if table.rows < _FEW else ""
            ax.plot(table["time"] / seconds, scale.apply(table[name]), style, label=text, marker=marker)
        ax.set(ylabel=scale.label)
        ax.ticklabel_format(axis="y", useOffset=False)
        ax.grid()
    legend(axes[0])
    axes[-1].set_xlabel(look.time_axis(unit))
    save(figure, target)


def line_plot(name: str, data: Sequence[LineData], target: Path | BinaryIO, look: Look | None = None) -> None:
    """Draws the fields of a line output along the line at the given times, one panel for each unit.

    Of a vector, each component is a curve.
    """
    look = look or Look()
    size, unit = look.scaled(max(float(np.max(line.distance)) for line in data), "m")
    series = []
    for line in data:
        when = look.moment(line.time)
        for field, values in line.fields.items():
            for part, numbers in _components(field, values, look):
                told = part if part != field or len(line.fields) > 1 else ""
                text = ", ".join(filter(None, (told, when)))
                series.append(Series((field, name), values.unit, line.distance * size, numbers, text))
    figure = _curves(series, axis_label("distance", unit, "s"), look)
    save(figure, target)


def _components(field: str, data: FieldData, look: Look) -> Iterator[tuple[str, Floats]]:
    """Yield a scalar, or each component of a vector or tensor, with its name."""
    values = np.asarray(data.values, dtype=np.float64)
    parts = values.reshape(len(values), -1).T
    axes = look.axes if len(parts) <= len(look.axes) else tuple(map(str, range(len(parts))))
    symbol = look.symbol(field)
    for axis, part in zip(axes, parts, strict=False):
        named = rf"${{{symbol}}}_{axis}$" if symbol else f"{field}, {axis}"
        yield (named if len(parts) > 1 else field), part


def _in_common(names: Iterable[str]) -> str:
    """Return the words with which all names begin."""
    words = zip(*(name.split("_") for name in names), strict=False)
    return "_".join(first for first, *others in takewhile(lambda each: len(set(each)) == 1, words))


@styled
def _curves(series: Sequence[Series], xlabel: str, look: Look, whole: bool = False) -> Figure:
    """Draws one panel for each unit. whole: x is counted."""
    units = list(dict.fromkeys(each.unit for each in series))
    figure = Figure(figsize=(COLUMN, 0.3 + CURVE * len(units)), layout="constrained")
    axes = figure.subplots(len(units), 1, squeeze=False, sharex=True)[:, 0]
    for ax, unit in zip(axes, units, strict=True):
        own = [each for each in series if each.unit == unit]
        quantities = {each.names[0]: each.names for each in own}
        name = _in_common(quantities)
        names = next(iter(quantities.values())) if len(quantities) == 1 else (name,)
        every = np.concatenate([each.y for each in own])
        wanted = look.unit(unit, *(each for known in quantities.values() for each in known), name)
        scale = Scale.of(every, name, unit, wanted, "y" in look.log, look.symbol(*names))
        for each in own:
            marker = "o" if len(each.x) < _FEW else ""
            ax.plot(each.x, scale.apply(each.y), label=_words(each.text, look), marker=marker)
        ax.set(ylabel=scale.label)
        scale.set(ax)
        if "x" in look.log:
            ax.set_xscale("log")
        elif whole:
            ax.xaxis.get_major_locator().set_params(integer=True)
        ax.grid()
        if len(own) > 1:
            legend(ax)
    axes[-1].set_xlabel(xlabel)
    figure.align_ylabels()
    return figure


def _words(text: str, look: Look) -> str:
    """Return the legend of a curve: the symbol of an output that has one, with its place, else its name in words."""
    symbol = look.symbol(text)
    if not symbol:
        return text if "$" in text else text.replace("_", " ")
    place = f" ({text.partition(' (')[2]}" if text.endswith(")") else ""
    return f"${symbol}${place}"


def legend(ax: Axes, title: str = "") -> None:
    """Name the curves above the panel, where the names cover none."""
    words = [letters(str(text)) for text in ax.get_legend_handles_labels()[1]]
    columns: Any = max(1, min(len(words), _ACROSS // (max(words) + 6)))
    ax.legend(
        loc="lower left",
        bbox_to_anchor=(0.0, 1.0),
        ncols=columns,
        borderaxespad=0.2,
        columnspacing=1.2,
        title=title or None,
        alignment="left",
    )
