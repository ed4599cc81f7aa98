"""Closed forms that borders of the claims follow from, at the values of inputs/singla2026/cell.yaml; SI units."""

from __future__ import annotations

from math import cosh, exp, pi, sinh, sqrt

R, F = 8.31446261815324, 96485.33212
T_BASE = 298.15
AMPLITUDE, THICKNESS, WAVELENGTH = 28e-9, 50e-9, 1e-6
HEIGHT, CONDUCTIVITY = 4.95e-6, 0.2
"""Of the electrolyte: height, m, and thermal conductivity, W/m/K."""
KAPPA_SEI, KAPPA_ELECTROLYTE, I0, CURRENT = 5e-4, 0.883, 20.0, 10.0
E_BASE = 15e3


def arrhenius(activation: float, T: float) -> float:
    """Return a coefficient over its value at the base temperature."""
    return exp(-activation / R * (1 / T - 1 / T_BASE))


def theta(T: float, E_sei: float, E_r: float, E_r_base: float | None = None, amplitude: float = AMPLITUDE) -> float:
    """Return theta of the two-resistor model, of first order in the amplitude.

    Charge transfer, the film of mean thickness, and the spreading of the current in the electrolyte are in series.
    """
    base = E_r if E_r_base is None else E_r_base
    kappa = KAPPA_SEI * exp((E_BASE - E_sei) / (R * T_BASE)) * arrhenius(E_sei, T)
    i0 = I0 * exp((base - E_r) / (R * T_BASE)) * arrhenius(E_r, T)
    kappa_e, k = KAPPA_ELECTROLYTE * arrhenius(E_BASE, T), 2 * pi / WAVELENGTH
    transfer = 2 * R * T / F / sqrt(CURRENT**2 + 4 * i0**2)
    spreading = sinh(k * HEIGHT) / cosh(k * HEIGHT) / (k * kappa_e)
    eps = amplitude * (1 / kappa - 1 / kappa_e) / (transfer + THICKNESS / kappa + spreading)
    return (1 + eps) / (1 - eps)


def rising(T: float, E_sei: float, E_r: float) -> bool:
    """Return whether theta rises with T: E_SEI < E_r/(1 + (i/2 i0)^2) - R T, which is E_r - R T at small currents."""
    i0 = I0 * arrhenius(E_r, T)
    return E_sei < E_r / (1 + (CURRENT / (2 * i0)) ** 2) - R * T


def equal_creep(T: float) -> float:
    """Return the stress, Pa, at which sodium and lithium creep equally fast; sodium is faster below it."""
    ratio = 5.1e4 / 6.0e2 * exp(-(44e3 - 33e3) / (R * T)) * 0.73e6**6.56 / 0.235e6**5.0
    return float(ratio ** (1 / (6.56 - 5.0)))


def reversal() -> float:
    """Return the R_int, K m2/W, at which the mean gradient of an SEI that alone is heated vanishes: H_e/k_e."""
    return HEIGHT / CONDUCTIVITY


def steepens(R_int: float, k_sei: float) -> bool:
    """Return whether R_int makes the largest |dT/dy| larger than without it, for heat of a thin SEI alone.

    Without it all heat q leaves through the metal, q/k_SEI. With it a share f = R/(R + H_e/k_e) leaves through the
    electrolyte, which takes f q/k_e: more than q/k_SEI where f > k_e/k_SEI.
    """
    return R_int / (R_int + reversal()) > CONDUCTIVITY / k_sei
