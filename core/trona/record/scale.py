"""The scale of plotted values: a prefixed unit and, if the values hardly differ, a base value."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from numpy.typing import NDArray

from trona.readings.snapshot import FieldData
from trona.record.quantity import label, prefixed, pretty
from trona.units import Unit

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
    def of(cls, values: Floats, name: str, unit: str, wanted: Unit | None = None, log: bool = False) -> Scale:
        """The scale for values in `unit`; in the `wanted` unit, or a logarithmic one, they are told as they are.

        Raises ValueError if none of them is finite, and for a logarithm of values of which none is above zero.
        """
        if log or wanted is not None:
            return cls._plain(values, name, unit, wanted, log)
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

    @classmethod
    def _plain(cls, values: Floats, name: str, unit: str, wanted: Unit | None, log: bool) -> Scale:
        base, factor, shown = 0.0, 1.0, unit
        if wanted is not None:
            base, factor, shown = wanted.offset, 1 / wanted.factor, wanted.text
        told = (values - base) * factor
        told = told[np.isfinite(told) & ((told > 0) | (not log))]
        if not told.size:
            raise ValueError("a logarithmic scale needs values above zero" if log else "no value is finite")
        low, high = float(told.min()), float(told.max())
        spread, size = high - low, max(abs(low), abs(high))
        if not spread > 1e-12 * size:
            margin = 0.01 * abs(low) or 1.0
            low, high = (low / 2, 2 * high) if log else (low - margin, high + margin)
        elif log and spread < 1e-3 * size:
            raise ValueError("the values hardly differ: a logarithmic scale would not tell them apart")
        elif spread < 1e-3 * size:
            start = round(0.5 * (low + high), -math.floor(math.log10(spread)) - 1)
            name = f"{name} \N{MINUS SIGN} {start:.10g} {pretty(shown) if shown != '1' else ''}".rstrip()
            base, low, high = base + start / factor, low - start, high - start
        return cls(base, factor, label(name, shown), LogNorm(low, high) if log else Normalize(low, high))

    @property
    def is_log(self) -> bool:
        """Whether it is logarithmic."""
        return isinstance(self.norm, LogNorm)

    def set(self, ax: Axes) -> None:
        """Set the y axis of curves so."""
        if self.is_log:
            ax.set_yscale("log")
        else:
            ax.ticklabel_format(axis="y", useOffset=False)

    def apply(self, values: Floats) -> Floats:
        """The values as plotted."""
        return (values - self.base) * self.factor


def scalar(data: FieldData) -> Floats:
    """A field as one number per point: a scalar itself, or the magnitude of a vector or tensor."""
    values = np.asarray(data.values, dtype=np.float64)
    if values.ndim == 1:
        return values
    return values[:, 0] if values.shape[1] == 1 else np.asarray(np.linalg.norm(values, axis=1))
