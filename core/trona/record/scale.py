"""The scale of plotted values: a prefixed unit and, if the values hardly differ, a base value."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from matplotlib.colors import Normalize
from numpy.typing import NDArray

from trona.readings.snapshot import FieldData
from trona.record.quantity import label, prefixed, pretty

Floats = NDArray[np.float64]
COLOURS = "viridis"
DPI = 160
"""Pixels per inch of a picture."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Values are plotted as (value - base) * factor under `label`; `norm` is their range for a colour map."""

    base: float
    factor: float
    label: str
    norm: Normalize

    @classmethod
    def of(cls, values: Floats, name: str, unit: str) -> Scale:
        """The scale for values in `unit`. Raises ValueError if none of them is finite."""
        finite = values[np.isfinite(values)]
        if not finite.size:
            raise ValueError("no value is finite")
        low, high = float(finite.min()), float(finite.max())
        size, spread = max(abs(low), abs(high)), high - low
        # A relative range below 1e-12 is round-off: a constant field must not be drawn as noise.
        varies = spread > 1e-12 * size
        base = 0.0
        if varies and spread < 1e-3 * size:
            # The base has one digit fewer than the range requires, so that it is a round number.
            base = round(0.5 * (low + high), -math.floor(math.log10(spread)) - 1)
        factor, shown = prefixed(max(abs(low - base), abs(high - base)), unit)
        if base:
            # The minus sign of typesetting, as in the tick labels.
            name = f"{name} \N{MINUS SIGN} {base:.10g} {pretty(unit) if unit != '1' else ''}".rstrip()
        low, high = (low - base) * factor, (high - base) * factor
        if not varies:
            margin = 0.01 * abs(low) or 1.0
            low, high = low - margin, high + margin
        return cls(base, factor, label(name, shown), Normalize(low, high))

    def apply(self, values: Floats) -> Floats:
        """The values as plotted."""
        return (values - self.base) * self.factor


def scalar(data: FieldData) -> Floats:
    """A field as one number per point: a scalar itself, or the magnitude of a vector or tensor."""
    values = np.asarray(data.values, dtype=np.float64)
    if values.ndim == 1:
        return values
    return values[:, 0] if values.shape[1] == 1 else np.asarray(np.linalg.norm(values, axis=1))
