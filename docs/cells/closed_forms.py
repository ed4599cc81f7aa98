"""Closed forms of the cells of inputs/cells; SI units.

I: current density of an electrode, anodic positive. j, f, s: of the side reaction, all the time and on fresh surface, and
the share of metal that is cut off. i0: exchange current density.
"""

from __future__ import annotations

from math import asinh, cos, log, pi, sin, sinh

R, F, T = 8.31446261815324, 96485.33212331001, 298.15


def overpotential(i: float, i0: float) -> float:
    """Return the overpotential of a current density, V."""
    return 2 * R * T / F * asinh(i / (2 * i0))


def of_metal(current: float, j: float, f: float) -> float:
    """Return the current density of the metal itself, of an electrode with a side reaction."""
    total = current + j
    return total / (1 + f) if total < 0 else total


def left_at(i: float, i0: float, eta: float, covering: float) -> float:
    """Return the charge of metal, C/m2, that is left when a current density needs the overpotential eta."""
    share = i / (2 * i0 * sinh(F * eta / (2 * R * T)))
    return covering * share / (1 - share)


def efficiency(current: float, s: float, f: float, j: float, rest_over_plating: float) -> float:
    """Return the Coulombic efficiency of a cycle that leaves as much metal as it finds."""
    return ((1 - s) * (current - j) / (1 + f) - j * rest_over_plating) / (current + j)


def life(excess: float, cycled: float, current: float, s: float, f: float, j: float, left: float) -> tuple[int, float]:
    """Return the cycles that an excess of metal lasts, and the charge of the next discharge, C/m2, which is not full.

    Each cycle plates and strips the charge `cycled`. The metal is used up when `left` of it remains, C/m2.
    """
    plated, stripped = cycled * (1 - j / current) / (1 + f), cycled * (1 + j / current) / (1 - s)
    whole = int((excess - left) / (stripped - plated))
    return whole, cycled * (excess - whole * (stripped - plated) + plated - left) / stripped


def film(time: float, j: float, length: float, volume: float) -> float:
    """Return the thickness of the products of a side reaction, m."""
    return length * ((1 + 2 * j * volume * time / length) ** 0.5 - 1)


def until(share: float, rate: float, diffusivity: float, thickness: float, porosity: float) -> float:
    """Return the time, s, at which a share of an additive is left at the metal, by the slowest part of the series."""
    biot = rate * thickness / diffusivity
    low, high = 0.0, pi / 2
    for _ in range(100):
        a = (low + high) / 2
        low, high = (a, high) if a * sin(a) < biot * cos(a) else (low, a)
    at_metal = 4 * sin(a) / (2 * a + sin(2 * a)) * cos(a)
    return porosity * thickness**2 / (diffusivity * a**2) * log(at_metal / share)
