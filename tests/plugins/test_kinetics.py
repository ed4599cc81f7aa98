"""The rate laws of charge transfer as functions of their exponents, without a mesh."""

from __future__ import annotations

import math

import pytest
from ufl.core.expr import Expr

from trona_plugins.kinetics import butler_volmer, linear, tafel

I0 = 3.0
"""Exchange current density, A/m2."""


def value(expression: Expr | float) -> float:
    return float(expression(())) if isinstance(expression, Expr) else float(expression)


@pytest.mark.parametrize(("anodic", "cathodic"), [(0.7, 0.2), (-1.3, -0.4), (5.0, 0.0), (0.3, -0.3)])
def test_butler_volmer_is_the_difference_of_two_exponentials(anodic: float, cathodic: float) -> None:
    """Also where the exponents differ in sign, as a stress that acts on one branch makes them."""
    expected = I0 * (math.exp(anodic) - math.exp(-cathodic))
    assert value(butler_volmer(I0, anodic, cathodic)) == pytest.approx(expected, rel=1e-14, abs=1e-15)


@pytest.mark.parametrize("size", [1e-3, 1e-9, 1e-15])
def test_linear_is_the_limit_near_equilibrium(size: float) -> None:
    """The next term of the series is (a - c)/2 of the first, for exponents a and c."""
    a, c = 0.7 * size, 0.4 * size
    small = value(linear(I0, a, c))
    assert small == pytest.approx(I0 * (a + c), rel=1e-15)
    assert value(butler_volmer(I0, a, c)) == pytest.approx(small * (1 + (a - c) / 2), rel=size**2 + 1e-14)


@pytest.mark.parametrize("sign", [1, -1])
def test_tafel_is_the_limit_far_from_equilibrium(sign: int) -> None:
    """What it leaves out is exp(-(a + c)) of it."""
    anodic, cathodic = sign * 6.0, sign * 9.0
    both, one = (value(law) for law in (butler_volmer(I0, anodic, cathodic), tafel(I0, anodic, cathodic, sign)))
    assert one == pytest.approx(sign * I0 * math.exp(6.0 if sign > 0 else 9.0), rel=1e-14)
    assert both == pytest.approx(one, rel=2 * math.exp(-15))
    assert both != pytest.approx(one, rel=0.5 * math.exp(-15))
