"""Finds the size of a time step that ends where a limit is met."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trona.settings.protocol import Limit

FINEST = 1e-10
"""Width of the bracket, relative to its end, at which a jump across a limit is accepted."""


class Locator:
    """Brackets every limit that a trial step passes, and finds it by the Illinois method with bisection.

    before: the values at the start of the step, if known. tolerance: relative to the limit or, for a limit of zero, to
    the largest value seen.
    """

    def __init__(self, limits: Sequence[Limit], before: Mapping[str, float], tolerance: float) -> None:
        self._limits, self._tolerance = limits, tolerance
        self._start: dict[Limit, tuple[float, float]] = {
            limit: (0.0, limit.excess(before[limit.name])) for limit in limits if limit.name in before
        }
        self._low = dict(self._start)
        self._high: dict[Limit, tuple[float, float]] = {}
        self._last_side: dict[Limit, str] = {}
        self._largest = {limit: abs(before.get(limit.name, 0.0)) for limit in limits}
        self._trials = 0

    def other_size(
        self, size: float, values: Mapping[str, float], smallest: float
    ) -> tuple[float | None, Limit | None]:
        """Return the size to try next (None: accept this one), and the limit that is met if it is accepted.

        values: the values at the end of a trial step of this `size`. A limit that is already passed at the start is met
        by a step of the `smallest` size.
        """
        self._trials += 1
        met, past = None, []
        for limit in self._limits:
            value = values[limit.name]
            excess = limit.excess(value)
            if math.isnan(excess):
                continue
            self._largest[limit] = max(self._largest[limit], abs(value))
            allowed = self._tolerance * (abs(limit.value) or self._largest[limit])
            if excess > allowed:
                past.append(limit)
                if limit in self._low and self._low[limit][0] >= size:  # the value has crossed it and returned before
                    self._low.pop(limit)
                    self._low.update({limit: self._start[limit]} if limit in self._start else {})
                self._close(limit, self._high, (size, excess), self._low, "high")
            elif excess >= -allowed:
                met = met or limit
            else:
                self._close(limit, self._low, (size, excess), self._high, "low")
        if not past and (met is not None or not self._high):
            return None, met
        sought = past or [limit for limit in self._limits if limit in self._high]
        first = min(sought, key=self._between)
        other = self._between(first)
        low = self._low[first][0] if first in self._low else 0.0
        high = self._high[first][0]
        if past and size == high and (high - low <= FINEST * high or high <= smallest):
            return None, first
        return max(other, min(smallest, high)), None

    def _close(
        self,
        limit: Limit,
        own: dict[Limit, tuple[float, float]],
        point: tuple[float, float],
        opposite: dict[Limit, tuple[float, float]],
        side: str,
    ) -> None:
        """Move one end of a bracket; if the other end stays twice, its value is halved (Illinois method)."""
        if self._last_side.get(limit) == side and limit in opposite:
            size, excess = opposite[limit]
            opposite[limit] = size, excess / 2
        own[limit], self._last_side[limit] = point, side

    def _between(self, limit: Limit) -> float:
        high, above = self._high[limit]
        if limit not in self._low:
            return high / 4
        low, below = self._low[limit]
        if self._trials % 4 == 0 or not below < 0:
            return (low + high) / 2
        return high - (high - low) * above / (above - below)
