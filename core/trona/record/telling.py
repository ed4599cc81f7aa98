"""How values are told: in which unit, and as the difference from a round number where they hardly differ."""

from __future__ import annotations

import math
from dataclasses import dataclass

from trona.record.quantity import prefixed, pretty
from trona.units import Unit

ALIKE, _ROUND_OFF = 1e-3, 1e-12
"""Values that differ by less than these parts of their size are told as differences, or count as one value."""
_FAR = 20.0
"""How many of their ranges the number that is taken off may lie from the values: the rounder it is, the better."""


@dataclass(frozen=True, slots=True)
class Told:
    """Values in an SI unit are told as (value - base) * factor in `unit`.

    taken: in words what is taken off, such as '298.15 K'; '' for nothing. low, high: the ends, as they are told.
    varies: whether the values differ by more than round-off.
    """

    base: float
    factor: float
    unit: str
    taken: str
    low: float
    high: float
    varies: bool

    @classmethod
    def between(cls, low: float, high: float, unit: str, wanted: Unit | None = None, whole: bool = False) -> Told:
        """Return how values from low to high (in `unit`) are told: in the wanted unit, or with a prefix of the SI.

        whole: nothing is taken off.
        """
        offset, factor = (wanted.offset, 1 / wanted.factor) if wanted is not None else (0.0, 1.0)
        first, last = (low - offset) * factor, (high - offset) * factor
        size, spread = max(abs(first), abs(last)), last - first
        # A constant field must not be drawn as noise.
        varies = high - low > _ROUND_OFF * max(abs(low), abs(high))
        start = _round((first + last) / 2, spread) if varies and spread < ALIKE * size and not whole else 0.0
        shown = wanted.text if wanted is not None else unit
        if start or wanted is None:
            taken = f"{start:.15g} {pretty(shown) if shown != '1' else ''}".rstrip() if start else ""
            offset += start / factor
            # What is left is a difference, which has no zero of its own: it is told in the unit of the SI.
            factor, shown = prefixed(max(abs(low - offset), abs(high - offset)), unit)
        else:
            taken = ""
        return cls(offset, factor, shown, taken, (low - offset) * factor, (high - offset) * factor, varies)


def _round(middle: float, spread: float) -> float:
    """Return the number with the fewest digits that is not far from the middle of values, for their range."""
    least = -math.floor(math.log10(abs(middle)))
    for digits in range(least, least + 16):
        found = round(middle, digits)
        if abs(found - middle) <= _FAR * spread:
            return found
    return middle
