"""The scale of plotted values: a prefixed unit and, if the values hardly differ, a base value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from numpy.typing import NDArray

from trona.readings.snapshot import FieldData
from trona.record.quantity import axis_label
from trona.record.telling import ALIKE, Told
from trona.units import Unit

Floats = NDArray[np.float64]
COLOURS = "viridis"
DPI = 200
"""Pixels per inch of a picture."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Values are plotted as (value - base) * factor under `label`; `norm` is their range for a colour map."""

    base: float
    factor: float
    label: str
    norm: Normalize

    @classmethod
    def of(
        cls, values: Floats, name: str, unit: str, wanted: Unit | None = None, log: bool = False, symbol: str = ""
    ) -> Scale:
        """The scale for values in `unit`, in the `wanted` unit if there is one, with name and symbol in its label.

        Raises ValueError if none of them is finite, and for a logarithm of values of which none is above zero.
        """
        finite = values[np.isfinite(values)]
        if log:
            finite = finite[finite > (wanted.offset if wanted is not None else 0.0)]
        if not finite.size:
            raise ValueError("a logarithmic scale needs values above zero" if log else "no value is finite")
        told = Told.between(float(finite.min()), float(finite.max()), unit, wanted, whole=log)
        low, high = told.low, told.high
        if not told.varies:
            margin = 0.01 * abs(low) or 1.0
            low, high = (low / 2, 2 * high) if log else (low - margin, high + margin)
        elif log and high - low < ALIKE * high:
            raise ValueError("the values hardly differ: a logarithmic scale would not tell them apart")
        norm = LogNorm(low, high) if log else Normalize(low, high)
        return cls(told.base, told.factor, axis_label(name, told.unit, symbol, told.taken), norm)

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
