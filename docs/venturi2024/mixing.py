"""A regular solution at 300 K: its phases in equilibrium, and the energy of the interface between them."""

from __future__ import annotations

from math import log, sqrt

GAS, ROOM = 8.314462618, 300.0
"""Gas constant, J/mol/K; temperature, K."""


def binodal(critical: float, kelvin: float = ROOM) -> float:
    """Return the fraction of vacancies in the phase that is poor in them, where f' = 0: by bisection."""
    low, high = 1e-15, 0.5 * (1 - 1e-6)
    for _ in range(200):
        middle = (low * high) ** 0.5
        slope = 2 * critical / kelvin * (1 - 2 * middle) + log(middle / (1 - middle))
        low, high = (middle, high) if slope < 0 else (low, middle)
    return low


def energy(x: float, critical: float, kelvin: float = ROOM) -> float:
    """Return the free energy of mixing, J/mol."""
    return GAS * (2 * critical * x * (1 - x) + kelvin * (x * log(x) + (1 - x) * log(1 - x)))


def tension(critical: float, gradient: float, volume: float, kelvin: float = ROOM, parts: int = 2000) -> float:
    """Return the energy of the interface between both phases, J/m2: the integral of sqrt(2 kappa (f - f_0))/V_m over x.

    gradient: kappa, J m2/mol; volume: of a mole of sites, m3/mol.
    """
    low = binodal(critical, kelvin)
    least, step = energy(low, critical, kelvin), (1 - 2 * low) / parts
    middles = (low + (i + 0.5) * step for i in range(parts))
    return step * sum(sqrt(2 * gradient * max(energy(x, critical, kelvin) - least, 0.0)) for x in middles) / volume
