"""The curves of a run: outputs over time, cycles, and lines and profiles."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from trona.page.bars import bars
from trona.page.chart import Area, Band, Series, chart
from trona.page.formulas import sign
from trona.page.html import table, text
from trona.record.look import Look, look_of_run
from trona.record.quantity import label, pretty
from trona.record.result_table import ResultTable
from trona.record.results import RecordedRun
from trona.record.wholes import LEFT, Whole
from trona.units import Unit

COUNTERS = "cycle", "protocol_step"
_MOST, _TIMES = 60, 5
"""Charts of a section, and times of a line, that are shown."""


def history(run: RecordedRun) -> str:
    """Return the outputs over time, those of one quantity in one chart, with the steps of a protocol shaded."""
    found = run.history
    if found.rows < 2 or "time" not in found:
        return ""
    look = look_of_run(run)
    seconds, unit = look.time(float(np.ptp(found["time"])))
    bands = _bands(run, seconds)
    drawn = []
    shown = [name for whole, members in run.wholes.items() for name in (whole, *members)]
    without = ("step", "time", *(COUNTERS if bands else ()), *shown)  # the shades show them, and `wholes`
    for number, (title, names) in enumerate(_groups(found, without).items()):
        series = [Series(_shown(name), found["time"] / seconds, found[name].astype(float)) for name in names]
        texts = {run.outputs[name].text for name in names if name in run.outputs and len(names) == 1}
        told = found.units[names[0]]
        about = f"{title}: {texts.pop()}" if texts and all(texts) else title
        drawn.append(
            chart(f"history-{number}", about, label("time", unit), told, series, bands, **_shown_as(look, told, *names))
        )
    return _together(drawn, "outputs.csv")


def wholes(run: RecordedRun) -> str:
    """Return the outputs that consist of parts: over time as a stack of these, at one time as bars."""
    found, drawn, look = run.history, [], look_of_run(run)
    if not found.rows or "time" not in found:
        return ""
    seconds, unit = look.time(float(np.ptp(found["time"])))
    for number, (name, members) in enumerate(run.wholes.items()):
        if not {name, *members} <= found.keys():  # the deck leaves them out of the table
            continue
        whole = Whole.of(name, members, found, found.units)
        text_of = run.outputs[name].text if name in run.outputs else ""
        about, wanted = ": ".join(filter(None, (_shown(name), text_of))), look.unit(whole.unit, name)
        if found.rows == 1:
            drawn.append(bars(about, whole, wanted))
            continue
        time = found["time"] / seconds
        series = [Series(_shown(name), time, whole.values), Series(LEFT, time, whole.left)]
        areas = [Area(part, whole.parts[part], layers) for part, layers in whole.stack()]
        axis, bands = label("time", unit), _bands(run, seconds)
        drawn.append(chart(f"whole-{number}", about, axis, whole.unit, series, bands, wanted, areas=areas))
    return _together(drawn, "outputs.csv")


def cycles(run: RecordedRun) -> str:
    """Return the columns of the cycles over their numbers, and the steps of the protocol as a table."""
    drawn: list[str] = []
    found, look = run.cycles, look_of_run(run)
    if found.rows > 1 and "cycle" in found:
        for number, (title, names) in enumerate(_groups(found, ("cycle", "start", "end")).items()):
            series = [Series(_shown(name), found["cycle"].astype(float), found[name].astype(float)) for name in names]
            told = found.units[names[0]]
            drawn.append(chart(f"cycles-{number}", title, "cycle", told, series, **_shown_as(look, told, *names)))
    return _together(drawn, "cycles.csv") + _steps(run.steps, look)


def lines(run: RecordedRun) -> str:
    """Return lines and profiles over their length, at some of their times."""
    times = dict(zip(run.history.get("step", []), run.history.get("time", []), strict=True))
    drawn: list[str] = []
    look = look_of_run(run)
    for number, (name, at) in enumerate(run.lines.items()):
        steps = sorted(at)
        kept = sorted({steps[round(i)] for i in np.linspace(0, len(steps) - 1, min(_TIMES, len(steps)))})
        first = at[kept[0]]
        size, unit = _length(first, look)
        for column in [n for n in first if n not in ("distance", *"xyz")]:
            series = []
            for step in kept:
                if column in at[step]:
                    at_time = look.moment(float(times[step])) if times.get(step) else f"step {step}"
                    series.append(Series(at_time, at[step]["distance"] * size, at[step][column]))
            what = f"{column.replace('_', ' ')} along {name.replace('_', ' ')}"
            told, key = first.units[column], f"line-{number}-{len(drawn)}"
            along = f"distance [{unit}]"
            drawn.append(
                chart(
                    key, what, along, told, series, wanted=look.unit(told, column, name), sign=sign(look.symbol(column))
                )
            )
    return _together(drawn, "lines/")


def _length(line: ResultTable, look: Look) -> tuple[float, str]:
    factor, unit = look.scaled(float(line["distance"].max()) if line.rows else 0.0, "m")
    return factor, pretty(unit)


def _groups(found: ResultTable, without: tuple[str, ...]) -> dict[str, list[str]]:
    """Return the names of numeric columns by what they have in common: unit, place, and all words but the last."""
    names = [n for n, column in found.items() if column.dtype.kind == "f" and n not in without]
    by: dict[tuple[str, str, str], list[str]] = {}
    for name in names:
        stem, place = re.fullmatch(r"(.*?)( \(.*\))?", name).groups("")  # type: ignore[union-attr]
        root = stem.rpartition("_")[0] or stem
        by.setdefault((root, place, found.units[name]), []).append(name)
    groups: dict[str, list[str]] = {}
    for (root, place, _), members in by.items():
        if len(members) == 1:
            groups[_shown(members[0])] = members
        else:
            title = f"{root.replace('_', ' ')}{place}"
            groups[title if title not in groups else f"{title} [{found.units[members[0]]}]"] = members
    return groups


def _shown_as(look: Look, unit: str, *names: str) -> dict[str, Any]:
    """Return the unit and the symbol with which a chart of these is told."""
    return {"wanted": look.unit(unit, *names), "sign": sign(look.symbol(names[0])) if len(names) == 1 else ""}


def _shown(name: str) -> str:
    return label(name, "")


def _bands(run: RecordedRun, seconds: float) -> list[Band]:
    steps = run.steps
    if not steps.rows or not {"step", "start", "end"} <= steps.keys():
        return []
    numbers = {name: i for i, name in enumerate(dict.fromkeys(steps["step"].tolist()))}
    rows = zip(steps["step"].tolist(), steps["start"] / seconds, steps["end"] / seconds, strict=True)
    return [Band(str(name), numbers[name], float(begin), float(end)) for name, begin, end in rows]


def _steps(steps: ResultTable, look: Look) -> str:
    if not steps.rows:
        return ""
    names = list(steps)
    until = names.index("ended by") + 1 if "ended by" in names else len(names)
    shown = names[: until + 4]
    wanted = {name: look.unit(steps.units[name], name) if steps.units[name] else None for name in shown}
    rows = [[_cell(steps[name][i], wanted[name]) for name in shown] for i in range(steps.rows)]
    head = [label(name, unit.text if (unit := wanted[name]) is not None else steps.units[name]) for name in shown]
    right = [i for i, name in enumerate(shown) if steps[name].dtype.kind in "fi"]
    more = f"<p>All columns are in <code>steps.csv</code>: {len(names)} of them.</p>" if len(names) > len(shown) else ""
    most = 200
    if len(rows) > most:
        rows, more = rows[:most], f"<p>The first {most} of {len(rows)} steps; all are in <code>steps.csv</code>.</p>"
    return f"<h3>Steps of the protocol</h3>{table(head, rows, right)}{more}"


def _cell(value: object, unit: Unit | None) -> str:
    if isinstance(value, float):
        value = value if unit is None else unit.from_si(value)
        return "-" if np.isnan(value) else f"{value:.6g}"
    return str(value)


def _together(charts: list[str], file: str) -> str:
    charts = [each for each in charts if each]
    left = len(charts) - _MOST
    more = f"<p>{left} more are in <code>{text(file)}</code>.</p>" if left > 0 else ""
    return f'<div class="charts">{"".join(charts[:_MOST])}</div>{more}' if charts else ""
