"""An output and its parts at one time as bars, in SVG."""

from __future__ import annotations

import numpy as np

from trona.page.html import text
from trona.record.quantity import pretty
from trona.record.telling import Told
from trona.record.wholes import LEFT, Whole
from trona.units import Unit

_WIDTH, _ROW, _NAMES, _VALUES = 520, 22, 230, 84
_COLOURS = 7


def bars(title: str, whole: Whole, wanted: Unit | None = None) -> str:
    """Return a bar for a whole, each of its parts and what they leave over; '' if no value is finite."""
    rows = [(whole.name.replace("_", " "), "whole", float(whole.values[0]))]
    rows += [(name, f"a{i % _COLOURS}", float(part[0])) for i, (name, part) in enumerate(whole.parts.items())]
    rows += [(LEFT, "left", float(whole.left[0]))]
    values = [value for _, _, value in rows if np.isfinite(value)]
    if not values:
        return ""
    told = Told.between(min(0.0, *values), max(0.0, *values), whole.unit, wanted)
    span = (told.high - told.low) or 1.0
    unit = pretty(told.unit) if told.unit not in ("", "1") else ""

    def place(value: float) -> float:
        return _NAMES + (value - told.low) / span * (_WIDTH - _NAMES - _VALUES)

    drawn = []
    for number, (name, kind, value) in enumerate(rows):
        shown, y = (value - told.base) * told.factor, number * _ROW + 4
        drawn.append(f'<text x="{_NAMES - 8}" y="{y + 13}" text-anchor="end">{text(name)}</text>')
        said = f"{shown:.4g} {unit}".strip().replace("-", "\N{MINUS SIGN}") if np.isfinite(shown) else "-"
        drawn.append(f'<text x="{_WIDTH - 4}" y="{y + 13}" text-anchor="end">{text(said)}</text>')
        if np.isfinite(shown):
            left, right = sorted((place(0.0), place(shown)))
            size = f'width="{max(right - left, 0.5):.1f}" height="{_ROW - 6}"'
            drawn.append(f'<rect class="bar {kind}" x="{left:.1f}" y="{y}" {size}/>')
    height = len(rows) * _ROW + 4
    axis = f'<path class="frame" d="M{place(0.0):.1f} 0V{height}"/>'
    about = text(f"{title}: {len(whole.parts)} parts")
    name, colon, meaning = title.partition(": ")
    return (
        f'<figure class="chart"><figcaption>{text(name)}{text(colon + meaning)}</figcaption>'
        f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{about}">{"".join(drawn)}{axis}</svg></figure>'
    )
