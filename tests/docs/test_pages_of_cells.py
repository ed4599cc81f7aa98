"""The closed forms of the page on cells, against sums over cycles and steps in time."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "docs"))
from cells import closed_forms as exact
from cells.ends import left_at, voltage


@pytest.mark.parametrize(("s", "f", "j"), [(0.1, 0.0, 0.0), (0.0, 0.1, 0.0), (0.0, 0.0, 0.2), (0.05, 0.03, 0.1)])
def test_an_excess_of_metal_lasts(s: float, f: float, j: float) -> None:
    """Cycle by cycle, until a discharge is not full."""
    excess, cycled, current, left = 9500.0, 9000.0, 5.0, 3.0
    metal, cycles = excess, 0
    while True:
        metal += cycled / current * (current - j) / (1 + f)
        given = (metal - left) * (1 - s) * current / (current + j)
        if given < cycled:
            break
        metal -= cycled / current * (current + j) / (1 - s)
        cycles += 1
    whole, last = exact.life(excess, cycled, current, s, f, j, left)
    assert whole == cycles > 3
    assert last == pytest.approx(given, rel=1e-9)


def test_metal_that_is_left_needs_the_overpotential() -> None:
    q = exact.left_at(5.0, 72.0, 0.1, 10.0)
    assert exact.overpotential(5.0, 72.0 * q / (q + 10.0)) == pytest.approx(0.1, rel=1e-9)


def test_current_of_the_metal_and_of_its_side_reaction() -> None:
    for total in (-5.0, 0.0, 5.0):
        i = exact.of_metal(total, 0.5, 0.2)
        assert i - 0.5 - 0.2 * max(-i, 0.0) == pytest.approx(total, abs=1e-12)


def test_a_film_grows_by_its_rate() -> None:
    j, length, volume, t, dt = 0.02, 5e-8, 2e-10, 1e5, 1.0
    slope = (exact.film(t + dt, j, length, volume) - exact.film(t - dt, j, length, volume)) / (2 * dt)
    assert slope == pytest.approx(volume * j / (1 + exact.film(t, j, length, volume) / length), rel=1e-6)


@pytest.mark.parametrize("area", [True, False])
def test_a_cell_that_dries_out_reaches_a_voltage(area: bool) -> None:
    assert voltage(left_at(-0.2, area), area) == pytest.approx(-0.2, rel=1e-6)


def test_an_additive_that_reacts_slowly_is_exhausted_everywhere_at_once() -> None:
    """e L/k ln(1/share); diffusion does not matter."""
    found = exact.until(0.01, 1e-9, 1e-10, 25e-6, 0.4)
    assert found == pytest.approx(0.4 * 25e-6 / 1e-9 * 4.605170, rel=1e-3)
