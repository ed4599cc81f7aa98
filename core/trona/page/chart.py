"""Curves as SVG that a script of the page makes readable point by point."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trona.page.html import data, text
from trona.record.quantity import less, pretty
from trona.record.telling import Told
from trona.units import Unit

Floats = NDArray[np.float64]
_WIDTH, _HEIGHT = 520, 250
_LEFT, _RIGHT, _TOP, _BOTTOM = 74, 12, 14, 40
_MOST = 1200
"""Points of a curve beyond which it is drawn by the smallest and largest value of each piece of it."""
_COLOURS = 7


class Series(NamedTuple):
    """A curve: its legend, and its points in the units of the chart."""

    name: str
    x: Floats
    y: Floats


class Area(NamedTuple):
    """A part of a stack: its legend, its values at the points of the first curve, and the edges of its layers."""

    name: str
    y: Floats
    layers: Sequence[tuple[Floats, Floats]]


class Band(NamedTuple):
    """A part of the x axis that is shaded, in its unit: what it is, the number of its colour, and its ends."""

    name: str
    colour: int
    begin: float
    end: float


def chart(
    key: str,
    title: str,
    x: str,
    unit: str,
    series: Sequence[Series],
    bands: Sequence[Band] = (),
    wanted: Unit | None = None,
    sign: str = "",
    areas: Sequence[Area] = (),
) -> str:
    """Return a chart of curves in `unit` over an axis with the label x; '' if no value is finite.

    wanted: the unit in which they are told. sign: the symbol of what they show, as HTML. areas: a stack below them.

    Its values are told in a prefixed unit, or as the difference from a base where they hardly differ.
    """
    if areas:
        kept = np.unique(np.linspace(0, len(series[0].x) - 1, min(_MOST, len(series[0].x))).round().astype(int))
        series = [Series(s.name, s.x[kept], s.y[kept]) for s in series]
        areas = [Area(a.name, a.y[kept], [(low[kept], high[kept]) for low, high in a.layers]) for a in areas]
    series = [Series(s.name, *_thinned(s.x, s.y)) for s in series]
    finite = np.concatenate([s.y[np.isfinite(s.y) & np.isfinite(s.x)] for s in series] or [np.zeros(0)])
    if not finite.size:
        return ""
    edges = [edge for area in areas for pair in area.layers for edge in pair]
    finite = np.concatenate([finite, *(edge[np.isfinite(edge)] for edge in edges)])
    told = Told.between(float(finite.min()), float(finite.max()), unit, wanted)
    shown = told.unit
    series = [Series(s.name, s.x, (s.y - told.base) * told.factor) for s in series]
    kinds = [f"c{i % _COLOURS}" for i in range(len(series))] if not areas else ["whole", "left"]
    along = np.concatenate([s.x[np.isfinite(s.x)] for s in series])
    ends = [(each.begin, each.end) for each in bands]
    xs = _Axis.over(min([*along, *(b for b, _ in ends)]), max([*along, *(e for _, e in ends)]), exact=True)
    ys = _Axis.over(told.low, told.high)
    ylabel = pretty(shown) if shown not in ("", "1") else ""
    if told.taken:
        ylabel = f"{less(told.taken)} [{ylabel}]" if ylabel else less(told.taken)
    place = _Place(xs, ys)
    about = f"{title}, over {x}: from {told.low:.6g} to {told.high:.6g} {ylabel}".strip()
    across, up = (_LEFT + _WIDTH - _RIGHT) / 2, (_TOP + _HEIGHT - _BOTTOM) / 2
    drawn = [
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" tabindex="0" aria-label="{text(about)}" data-chart="{key}">',
        *(_band(each, place) for each in bands),
        *_grid(place),
        *(_area(a, series[0].x, place, told, i) for i, a in enumerate(areas)),
        f'<text class="label" x="{across}" y="{_HEIGHT - 6}" text-anchor="middle">{text(x)}</text>',
        f'<text class="label" transform="translate(14 {up}) rotate(-90)" text-anchor="middle">{text(ylabel)}</text>',
        *(_curve(s, place, kind) for s, kind in zip(series, kinds, strict=True)),
        '<line class="cursor" y1="0" y2="0" x1="-9" x2="-9"/></svg>',
    ]
    named = [(kind, s.name) for kind, s in zip(kinds, series, strict=True)] if len(kinds) > 1 else []
    named[1:1] = [(_filled(i), area.name) for i, area in enumerate(areas)]
    legend = "".join(f'<li><span class="key {kind}"></span>{text(name)}</li>' for kind, name in named)
    steps = {band.name: band.colour for band in bands}
    legend += "".join(f'<li><span class="key b{c % 6}"></span>{text(name)}</li>' for name, c in steps.items())
    points = {
        "x": x,
        "unit": pretty(shown) if shown != "1" else "",
        "base": told.taken,
        "box": [_LEFT, _WIDTH - _RIGHT, _TOP, _HEIGHT - _BOTTOM],
        "ends": [xs.low, xs.high],
        "most": len(series) + len(areas) if areas else 6,
        "series": [[s.name, _plain(s.x), _plain(s.y)] for s in series]
        + [[a.name, _plain(series[0].x), _plain((a.y - told.base) * told.factor)] for a in areas],
    }
    name, colon, meaning = title.partition(": ")
    return (
        f'<figure class="chart"><figcaption>{text(name)}{sign and f" {sign}"}{text(colon + meaning)}</figcaption>'
        f"{''.join(drawn)}"
        f'<p class="reading" aria-live="polite"></p>{f"<ul class=legend>{legend}</ul>" if legend else ""}'
        f"{data(key, points)}</figure>"
    )


def nice_ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Return about `count` round numbers between two numbers."""
    step = (high - low) / max(count, 1)
    if not step > 0 or not math.isfinite(step):
        return [low]
    power = 10.0 ** math.floor(math.log10(step))
    step = next(n for n in (power, 2 * power, 5 * power, 10 * power) if n >= step * (1 - 1e-9))
    first = math.ceil(low / step - 1e-9)
    return [n * step for n in range(first, math.floor(high / step + 1e-9) + 1)][:20]


class _Axis(NamedTuple):
    low: float
    high: float
    ticks: list[float]

    @classmethod
    def over(cls, low: float, high: float, exact: bool = False) -> _Axis:
        margin = 0.05 * (high - low)
        if not high - low > 1e-12 * max(abs(low), abs(high)):
            margin = 0.01 * abs(low) or 1.0
        elif exact:
            margin = 0.0
        return cls(float(low - margin), float(high + margin), nice_ticks(low - margin, high + margin))


class _Place(NamedTuple):
    xs: _Axis
    ys: _Axis

    def x(self, value: Any) -> Any:
        return _LEFT + (value - self.xs.low) / (self.xs.high - self.xs.low) * (_WIDTH - _LEFT - _RIGHT)

    def y(self, value: Any) -> Any:
        return _HEIGHT - _BOTTOM - (value - self.ys.low) / (self.ys.high - self.ys.low) * (_HEIGHT - _TOP - _BOTTOM)


def _thinned(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    if len(x) <= _MOST:
        return x, y
    kept = {0, len(x) - 1}
    for piece in np.array_split(np.arange(len(x)), _MOST // 2):
        values = y[piece]
        if np.isfinite(values).any():
            kept |= {int(piece[np.nanargmin(values)]), int(piece[np.nanargmax(values)])}
    order = np.array(sorted(kept))
    return x[order], y[order]


def _plain(values: Floats) -> list[float | None]:
    return [float(f"{v:.7g}") if math.isfinite(v) else None for v in values]


def _band(band: Band, place: _Place) -> str:
    x, end = place.x(band.begin), place.x(band.end)
    return (
        f'<rect class="b{band.colour % 6}" x="{x:.1f}" y="{_TOP}" width="{max(end - x, 0.3):.1f}" '
        f'height="{_HEIGHT - _TOP - _BOTTOM}"><title>{text(band.name)}</title></rect>'
    )


def _grid(place: _Place) -> list[str]:
    bottom, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    drawn = []
    for axis, ticks in (("x", place.xs.ticks), ("y", place.ys.ticks)):
        for tick in ticks:
            shown = _number(tick) if abs(tick) > 1e-12 * max(map(abs, ticks)) else "0"
            if axis == "x":
                at = f"{place.x(tick):.1f}"
                drawn.append(f'<path class="grid" d="M{at} {_TOP}V{bottom}"/>')
                drawn.append(f'<text x="{at}" y="{bottom + 15}" text-anchor="middle">{shown}</text>')
            else:
                at = f"{place.y(tick):.1f}"
                drawn.append(f'<path class="grid" d="M{_LEFT} {at}H{right}"/>')
                drawn.append(f'<text x="{_LEFT - 6}" y="{float(at) + 4:.1f}" text-anchor="end">{shown}</text>')
    drawn.append(f'<path class="frame" d="M{_LEFT} {_TOP}V{bottom}H{right}V{_TOP}Z"/>')
    return drawn


def _number(value: float) -> str:
    digits, _, power = f"{value:.6g}".partition("e")
    return (digits + (f"·10{pretty(f'^{int(power)}')}" if power else "")).replace("-", "−")


def _filled(number: int) -> str:
    return f"a{number % _COLOURS}{' pale' if number >= _COLOURS else ''}"


def _area(area: Area, x: Floats, place: _Place, told: Told, number: int) -> str:
    drawn, across = [], place.x(x)
    for low, high in area.layers:
        down, up = (place.y((edge - told.base) * told.factor) for edge in (low, high))
        there = np.isfinite(down) & np.isfinite(up) & np.isfinite(across)
        for run in np.split(np.arange(len(x)), np.flatnonzero(~there)):
            own = run[there[run]]
            if len(own) > 1 and np.any(down[own] != up[own]):
                way = [*((i, up) for i in own), *((i, down) for i in own[::-1])]
                drawn.append(f"M{'L'.join(f'{across[i]:.1f} {edge[i]:.1f}' for i, edge in way)}Z")
    return f'<path class="area {_filled(number)}" d="{"".join(drawn)}"/>' if drawn else ""


def _curve(series: Series, place: _Place, kind: str) -> str:
    path, pen = [], "M"
    points = list(zip(place.x(series.x), place.y(series.y), strict=True))
    for x, y in points:
        if math.isfinite(x) and math.isfinite(y):
            path.append(f"{pen}{x:.1f} {y:.1f}")
            pen = "L"
        else:
            pen = "M"
    dots = ""
    if len(points) < 15:
        dots = "".join(
            f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="2.5"/>' for x, y in points if math.isfinite(x + y)
        )
    return f'<path class="curve {kind}" d="{"".join(path)}"/>{dots}'
