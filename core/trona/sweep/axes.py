"""The axes of the pictures of a sweep: coordinates, scales and labels of parameters and outputs."""

from __future__ import annotations

import re

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from numpy.typing import NDArray

from trona.record.look import Look, look_of
from trona.record.quantity import axis_label, pretty
from trona.record.scale import Scale
from trona.record.telling import Told
from trona.sweep.cases import Plot
from trona.sweep.table import CaseResult, SweepTable

_DECADES = 100.0
"""Ratio of the largest to the smallest value beyond which the axis of positive values is logarithmic."""
Floats = NDArray[np.float64]


def scaled(table: SweepTable, name: str, values: Floats, asked: str | None) -> tuple[Scale, bool]:
    """Return the scale of an output, and whether it is logarithmic. Raises ValueError where that cannot be."""
    look, unit, finite = look_of_sweep(table), table.unit(name), values[np.isfinite(values)]
    log = asked == "log" or (asked is None and _spread(values))
    if log and finite.size and finite.min() <= 0:
        raise ValueError("a logarithmic scale needs values above zero")
    # Values that hardly differ have no logarithmic scale: they are told as they are, on an axis that has one.
    told = Told.between(*_ends(finite), unit, look.unit(unit, name), whole=log) if finite.size else None
    if told is None or not log:
        return Scale.of(values, name, unit, look.unit(unit, name), symbol=look.symbol(name)), False
    text = axis_label(name, told.unit, look.symbol(name))
    return Scale(told.base, told.factor, text, Normalize(told.low, told.high)), True


def look_of_sweep(table: SweepTable) -> Look:
    """Return how the pictures of a sweep look."""
    return look_of(table.sweep.deck.resolved(), table.symbols)


def _ends(values: Floats) -> tuple[float, float]:
    return float(values.min()), float(values.max())


def output_axis(ax: Axes, which: str, scale: Scale, log: bool) -> None:
    """Label the axis of an output, and set its scale."""
    ax.set(**{f"{which}label": scale.label})
    if log:
        ax.set(**{f"{which}scale": "log"})
    else:
        ax.ticklabel_format(axis="x" if which == "x" else "y", useOffset=False)


def set_axis(ax: Axes, which: str, table: SweepTable, plot: Plot) -> None:
    """Label the axis of a parameter or output, and set its scale and the places of its words."""
    name = plot.x if which == "x" else plot.y
    assert name is not None
    axis = ax.xaxis if which == "x" else ax.yaxis
    axis.set_label_text(parameter_label(table, name))
    if not table.numeric(name):
        words = words_of(table, name)
        axis.set_ticks(range(len(words)), [pretty(word) for word in words])
    elif is_log(table, plot, which):
        ax.set(**{f"{which}scale": "log"})


def is_log(table: SweepTable, plot: Plot, which: str) -> bool:
    """Whether the axis of a parameter or output is logarithmic. Raises ValueError where that cannot be."""
    name, asked = plot.x if which == "x" else plot.y, plot.scales.get(which)
    assert name is not None
    if not table.numeric(name) or asked == "linear":
        return False
    parameter, values = table.sweep.parameters.get(name), table.values(name)
    log = asked == "log" or (parameter is not None and parameter.log) or _spread(values)
    if log and not (values[np.isfinite(values)] > 0).all():
        raise ValueError("a logarithmic scale needs values above zero")
    return log


def by_value(table: SweepTable, by: str | None) -> list[tuple[str, list[CaseResult]]]:
    """Group the cases that did not fail by the value of the parameter `by`; return its text with each group."""
    groups: dict[str, list[CaseResult]] = {}
    for result in table.succeeded:
        groups.setdefault(table.text(by, result) if by else "", []).append(result)
    if by and table.numeric(by):
        place = dict(zip((table.text(by, r) for r in table.succeeded), table.values(by), strict=True))
        return sorted(groups.items(), key=lambda group: place[group[0]])
    return list(groups.items())


def coordinates(table: SweepTable, name: str, cases: list[CaseResult]) -> Floats:
    """Return the coordinates of a column on an axis: words get 0, 1, 2, ... in the order of the deck."""
    if table.numeric(name):
        return table.values(name, cases)
    words = words_of(table, name)
    return np.array([float(words.index(table.text(name, case))) for case in cases])


def words_of(table: SweepTable, name: str) -> list[str]:
    return list(dict.fromkeys(case.texts[name] for case in table.sweep.cases))


def parameter_label(table: SweepTable, name: str) -> str:
    """Return a label; parameters are spelt as in the deck, and typeset where they are a letter with an index: E_a."""
    unit = table.unit(name)
    if name not in table.sweep.parameters:
        return axis_label(name, unit, look_of_sweep(table).symbol(name))
    sign = re.fullmatch(r"([A-Za-z])_?([0-9]*|(?<=_)[A-Za-z0-9]+)", name)
    shown = name if sign is None else rf"${sign[1]}_\mathrm{{{sign[2]}}}$" if sign[2] else f"${name}$"
    return shown if unit in ("", "1") else f"{shown} [{pretty(unit)}]"


def _spread(values: Floats) -> bool:
    finite = values[np.isfinite(values)]
    return bool(len(finite) and finite.min() > 0 and finite.max() >= _DECADES * finite.min())
