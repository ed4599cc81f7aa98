"""Closed forms of a wave between two thick elastic solids, at the values of inputs/lee2019; SI units.

In plane strain a wave of pressure p cos(k x) on a half space without shear lifts its surface by (1 - nu) p/(G k), and
its stress along the surface equals the one along the normal there, so that sigma_h = -2 (1 + nu) p/3. A deposit of height
h between two such spaces, which slides, makes p = k h/[(1 - nu_M)/G_M + (1 - nu_e)/G_e].

Where two bonded solids are deformed to a wave instead, chi/(Omega_M v) of Monroe and Newman tends for large v to
(sigma_M - sigma_e)/2 - p_e, with sigma the stresses along the normal. It is zero where G_e/G_M = 3 (3 - 4 nu_e)/(1 + 4 nu_e),
for every Poisson ratio of the metal.
"""

from __future__ import annotations

from math import hypot, pi, tanh

R, F, T = 8.31446261815324, 96485.33212, 298.15
K = pi / 1e-6
"""Wavenumber, 1/m."""
VOLUME, TENSION, I0 = 2.375e-5, 0.253, 20.0
"""Of sodium: molar volume, m3/mol; surface energy, J/m2. Exchange current density, A/m2."""
YOUNG, POISSON = 4.6e9, 0.34
SHEAR = YOUNG / (2 * (1 + POISSON))
"""Of sodium, Pa."""
HEIGHT = 4e-6
"""Of the electrolyte, m."""


def border(nu: float) -> float:
    """Return the ratio of shear moduli at which chi changes its sign, between thick solids and for large v."""
    return 3 * (3 - 4 * nu) / (1 + 4 * nu)


def shift(form: str, shear: float, nu: float, volume: float) -> float:
    """Return the overpotential by stress at the crest, V per metre of height; positive where the crest dissolves."""
    pressure = K / ((1 - POISSON) / SHEAR + (1 - nu) / shear)
    of_metal = pressure * (1.0 if form == "normal" else 2 * (1 + POISSON) / 3)
    return (VOLUME * of_metal - volume * 2 * (1 + nu) / 3 * pressure) / F


def equal_volumes(form: str, nu: float) -> float:
    """Return the Omega_ion/Omega_M above which a wave under an electrolyte that slides grows."""
    return (1.0 if form == "normal" else 2 * (1 + POISSON) / 3) * 1.5 / (1 + nu)


OF_TENSION = TENSION * VOLUME * K**2 / F
"""Overpotential by surface tension at the crest, V per metre of height."""


def focused(current: float, conductivity: float) -> float:
    """Return what a plating current puts onto the crests of a wave by its shape, A/m2 per metre of height.

    The potential falls by I h/kappa over the height of a crest, which counts as an overpotential.
    """
    slope = F / (R * T) * hypot(current, 2 * I0) / 2
    return current / conductivity / (1 / slope + 1 / (conductivity * K * tanh(K * HEIGHT)))


def rate(overpotential: float, conductivity: float) -> float:
    """Return the growth rate of the wave at rest, 1/s, by its overpotential per height, V/m."""
    resistance = R * T / (F * I0) + 1 / (conductivity * K * tanh(K * HEIGHT))
    return -VOLUME / F * overpotential / resistance
