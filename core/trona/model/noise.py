"""Random inputs: white noise, whose process follows from a seed alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from trona.deck.expression import NUMERIC
from trona.units import Unit

if TYPE_CHECKING:
    from trona.errors import Location

_FIRST = -100
"""Power of two of the time, s, before which the process is zero."""
_HALVINGS = 48
"""How often an interval between powers of two is halved to find a time in it."""


class WhiteNoise:
    """White noise dW/dt, s^(-1/2), as an input. In a step it is the rate of W by the time scheme.

    W(t), s^(1/2), is a Wiener process: W(0) = 0, and W(b) - W(a) is normal, of mean 0 and of variance b - a.
    Increments in times that do not overlap are independent, and so are the processes of other seeds or names. W(t) is
    found by halving intervals, with a Brownian bridge in each (Levy's construction). It does not depend on which times
    are asked for, so that ranks, restarts and repeated steps all see one process.
    """

    variables = frozenset({"t"})
    known_values: tuple[float, ...] = ()
    is_constant = False

    def __init__(self, seed: int, name: str) -> None:
        self.unit = Unit.parse("s^-0.5")
        self.location: Location | None = None
        self.text = f"white noise '{name}' of seed {seed}"
        self._key = f"{seed}/{name}"
        self.process = lru_cache(maxsize=16)(self._found)
        """Returns W at a time in s."""
        self._doubled = cache(self._at_power)

    @property
    def constant(self) -> float:
        raise ValueError(f"{self.text} is not constant")

    def evaluate(self, values: Mapping[str, Any], functions: Mapping[str, Callable[..., Any]] = NUMERIC) -> Any:
        """Return what stands for it where functions must be smooth: one."""
        return 1.0 + 0.0 * values["t"]

    def rate(self, weights: list[float], times: list[float]) -> float:
        """Return the rate of W by these weights of the time levels, 1/s, at these times, s."""
        return math.fsum(weight * self.process(time) for weight, time in zip(weights, times, strict=False) if weight)

    def __str__(self) -> str:
        return self.text

    def _found(self, time: float) -> float:
        if time <= 2.0**_FIRST:
            return 0.0
        octave = math.frexp(time)[1]  # 2^(octave - 1) <= time < 2^octave
        low = 2.0 ** (octave - 1)
        at_low = self._doubled(octave - 1)
        at_high, size, index = at_low + math.sqrt(low) * self._normal(octave, 0, 0), low, 0
        for level in range(1, _HALVINGS + 1):
            if time == low:
                return at_low
            middle = (at_low + at_high) / 2 + math.sqrt(size) / 2 * self._normal(octave, level, index)
            size, index = size / 2, 2 * index
            if time < low + size:
                at_high = middle
            else:
                low, at_low, index = low + size, middle, index + 1
        return at_low + (at_high - at_low) * (time - low) / size

    def _at_power(self, power: int) -> float:
        """Return the value at a power of two."""
        steps = (math.sqrt(2.0 ** (k - 1)) * self._normal(k, 0, 0) for k in range(_FIRST + 1, power + 1))
        return math.fsum(steps)

    def _normal(self, *place: int) -> float:
        """Return a number from the standard normal distribution, that of this place: by Box and Muller."""
        drawn = blake2b(f"{self._key}/{place}".encode(), digest_size=16).digest()
        first, second = ((int.from_bytes(part, "big") >> 11) + 0.5 for part in (drawn[:8], drawn[8:]))
        return math.sqrt(-2 * math.log(first / 2**53)) * math.cos(2 * math.pi * second / 2**53)


def is_noise(symbol: Any) -> bool:
    """Whether a symbol is an input that is random."""
    return isinstance(getattr(symbol, "expression", None), WhiteNoise)
