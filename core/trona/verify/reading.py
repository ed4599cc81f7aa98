"""The errors of a reading, on one mesh and on a sequence of refined meshes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import inf, log2

ALLOWED = 2.0
"""Factor on the error of the discretisation that a reading may have."""
ROUND_OFF = 1e-9
"""Relative error that counts as round-off."""


@dataclass(frozen=True)
class Measure:
    """One reading on one mesh: its error, the allowed error, and the size to which both are relative."""

    kind: str
    name: str
    error: float
    allowed: float
    size: float


@dataclass(frozen=True)
class Reading:
    """A reading on refined meshes; errors and allowed errors are relative to the range of the quantity."""

    kind: str
    name: str
    errors: tuple[float, ...]
    allowed: tuple[float, ...]

    @property
    def order(self) -> float:
        """The last observed order; inf if the error is round-off."""
        pairs = [(a, b) for a, b in pairwise(self.errors) if a > ROUND_OFF]
        return log2(pairs[-1][0] / pairs[-1][1]) if pairs and pairs[-1][1] > ROUND_OFF else inf

    @property
    def passed(self) -> bool:
        return all(e <= a for e, a in zip(self.errors, self.allowed, strict=True))


def collected(found: list[list[Measure]]) -> list[Reading]:
    """Return the readings of several meshes, coarse to fine, each with all its errors."""
    names = [(m.kind, m.name) for m in found[0]]
    return [
        Reading(
            kind, name, tuple(m[i].error / m[i].size for m in found), tuple(m[i].allowed / m[i].size for m in found)
        )
        for i, (kind, name) in enumerate(names)
    ]


def variation(low: float, high: float) -> float:
    """Return the range of values, or their size if they hardly vary."""
    top = max(abs(low), abs(high))
    return high - low if high - low > 1e-9 * top else top or 1.0
