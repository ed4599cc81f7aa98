"""Backward differences of order 1 and 2 with variable steps, and their local error."""

from __future__ import annotations

from collections.abc import Sequence


def coefficients(order: int, steps: Sequence[float]) -> tuple[float, float, float]:
    """Return the weights of the time levels (newest first) in d/dt, 1/s.

    steps: the present step and earlier ones, newest first, s.
    """
    now = steps[0]
    if order == 1:
        return 1 / now, -1 / now, 0.0
    ratio = now / steps[1]
    return (1 + 2 * ratio) / (1 + ratio) / now, -(1 + ratio) / now, ratio**2 / (1 + ratio) / now


def extrapolation(count: int, steps: Sequence[float]) -> tuple[float, ...]:
    """Return the weights of `count` past levels (newest first) that extrapolate them to the present."""
    times = [-sum(steps[: k + 1]) for k in range(count)]
    weights = []
    for i, own in enumerate(times):
        weight = 1.0
        for j, other in enumerate(times):
            if i != j:
                weight *= -other / (own - other)
        weights.append(weight)
    return tuple(weights)


def error_factor(order: int, past: int, steps: Sequence[float]) -> float:
    """Return local error / (solution - extrapolation), from Taylor series of both.

    order: order of the step; past: number of extrapolated levels, 2 or 3. With only 2 levels after a step of order 2,
    the estimate is of order 1, which is larger.
    """
    now, before = steps[0], steps[1]
    if past == 2:
        return now / (2 * now + before)
    own = now**2 * (now + before) ** 2 / (2 * now + before)
    predicted = now * (now + before) * (now + before + steps[2])
    if order == 1:
        raise ValueError("a step of order 1 needs 2 past levels")
    return own / (own + predicted)
