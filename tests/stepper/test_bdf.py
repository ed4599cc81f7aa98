"""The formulas of backward differences against polynomials, at uneven steps."""

from __future__ import annotations

import pytest

from trona.stepper.bdf import coefficients, error_factor, extrapolation

STEPS = (0.7, 0.4, 1.1)
TIMES = (0.0, -0.7, -1.1, -2.2)
"""The present, at 0, and the levels before it."""


@pytest.mark.parametrize(("order", "power"), [(1, 0), (1, 1), (2, 0), (2, 1), (2, 2)])
def test_rate_is_exact_up_to_the_order(order: int, power: int) -> None:
    """The rate of (t + 3)^power at t = 0, where it is power 3^(power - 1)."""
    weights = coefficients(order, STEPS)
    rate = sum(w * (t + 3) ** power for w, t in zip(weights, TIMES, strict=False))
    assert rate == pytest.approx(power * 3.0 ** (power - 1), abs=1e-13)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_extrapolation_is_exact_below_its_count(count: int) -> None:
    weights = extrapolation(count, STEPS)
    for power in range(count):
        found = sum(w * (t + 3) ** power for w, t in zip(weights, TIMES[1:], strict=False))
        assert found == pytest.approx(3.0**power)


@pytest.mark.parametrize(("order", "past"), [(1, 2), (2, 3)])
def test_error_from_the_distance_to_the_extrapolation(order: int, past: int) -> None:
    """One step of y' = f(t) from exact values, for the lowest power that the formula does not get."""
    power = order + 1
    exact = [(t + 3) ** power for t in TIMES]
    a, *rest = coefficients(order, STEPS)
    step = (power * 3**order - sum(w * u for w, u in zip(rest, exact[1:], strict=False))) / a
    guess = sum(w * u for w, u in zip(extrapolation(past, STEPS), exact[1:], strict=False))
    assert abs(step - exact[0]) == pytest.approx(error_factor(order, past, STEPS) * abs(step - guess))
