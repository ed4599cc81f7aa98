"""Closed forms of films, patches and depletion, at the values of inputs/oh2026; SI units."""

from __future__ import annotations

from math import asinh, pi, sqrt

import numpy as np
from numpy.typing import NDArray

R, F, T = 8.31446261815324, 96485.33212, 298.15
I0 = 20.0
TIME, START, KAPPA_SEI, PLATED, ELECTRONS = 36000.0, 2e-9, 5e-6, 10.0, 2
"""Of sei_growth.yaml: duration, s; first thickness, m; conductivity of the SEI, S/m; current, A/m2."""
ELECTROLYTE = 10e-6 / 1.0
"""Of the same: resistance of the electrolyte, ohm m2."""


def transfer(current: float, i0: float = I0) -> float:
    """Return the overpotential of the reaction, V, at a current density with both coefficients 1/2."""
    return 2 * R * T / F * asinh(current / (2 * i0))


def thickness(law: str, molar_mass: float, density: float) -> float:
    """Return the thickness, m, of the SEI in the end, by the law of its growth."""
    volume = molar_mass / density
    if law == "constant":
        return START + volume * 5e-9 * TIME
    if law == "dissolving":
        return START + volume * (5e-9 - 2e-9) * TIME
    if law == "diffusion":
        return sqrt(START**2 + 2 * volume * 1e-19 * 1000 * TIME)
    return START + volume * 1e-3 / (ELECTRONS * F) * TIME


def voltage(delta: float, parasitic: float = 0.0) -> float:
    """Return what plating takes, V, with an SEI of this thickness."""
    return transfer(PLATED) + PLATED * delta / KAPPA_SEI + (PLATED + parasitic) * ELECTROLYTE


HEIGHT, KAPPA_POLYMER, VOLTAGE = 10e-6, 1e-3, 10e-3
"""Of constriction.yaml: height of the electrolyte, m; its conductivity, S/m; voltage, V."""


def _resistances(i0: float) -> NDArray[np.float64]:
    """Return the resistance of film and charge transfer, ohm m2, at points that are evenly spread from side to side."""
    x = (np.arange(100_000) + 0.5) / 100_000
    thicker = (1 + np.tanh(30 * (x - 0.5))) / 2
    return R * T / F / (i0 + (I0 - i0) * thicker) + (20e-9 + 40e-9 * thicker) / 5e-6


def independent(i0: float) -> float:
    """Return the mean current density, A/m2, of columns that conduct for themselves."""
    return float((VOLTAGE / (_resistances(i0) + HEIGHT / KAPPA_POLYMER)).mean())


def levelled(i0: float) -> float:
    """Return the mean current density, A/m2, where the potential over the films is uniform."""
    return float(VOLTAGE / (HEIGHT / KAPPA_POLYMER + 1 / (1 / _resistances(i0)).mean()))


def sands_time(current: float) -> float:
    """Return the time, s, after which a current density, A/m2, has used up the salt at its electrode."""
    return pi * 2.49e-11 / 4 * (F * 1000.0 / (current * (1 - 0.45))) ** 2
