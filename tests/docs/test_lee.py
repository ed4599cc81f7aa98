"""The closed forms of the page on Lee et al. 2019, against the exact solution for two elastic layers."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import pytest
from elastic_waves import Layer, bonded, stress

sys.path.insert(0, str(Path(__file__).parents[2] / "docs"))
from lee2019 import closed_forms as exact
from lee2019.electrolytes import held, outside
from lee2019.waves import SOLIDS, elastic

THICK = 20 / exact.K
METAL = Layer(THICK, exact.SHEAR, exact.POISSON)


@pytest.mark.parametrize("poisson", [0.1, 0.34, 0.45])
@pytest.mark.parametrize("nu", [0.24, 0.33, 0.375, 0.45])
def test_the_border_of_monroe_and_newman(nu: float, poisson: float) -> None:
    """(sigma_M - sigma_e)/2 - p_e changes its sign there, from plus to minus, for any Poisson ratio of the metal."""
    found = []
    for ratio in (0.999 * exact.border(nu), 1.001 * exact.border(nu)):
        metal, conductor = bonded(Layer(THICK, 1e9, poisson), Layer(THICK, ratio * 1e9, nu), exact.K)
        found.append((metal.normal - conductor.normal) / 2 + conductor.conductor)
    assert found[0] > 0 > found[1]


def test_the_border_of_the_numbers_that_are_quoted() -> None:
    assert exact.border(0.375) == pytest.approx(1.8) and exact.border(0.33) == pytest.approx(2.172, abs=1e-3)


@pytest.mark.parametrize("form", ["hydrostatic", "normal"])
@pytest.mark.parametrize(("shear", "nu"), [(1e7, 0.45), (7e9, 0.3), (1.2e11, 0.2)])
def test_overpotential_of_a_wave_that_slides(form: str, shear: float, nu: float) -> None:
    volume = 1.64e-5
    at = stress(METAL, Layer(THICK, shear, nu), exact.K, 1e6 * exact.K * (shear + exact.SHEAR), 0.0)
    of_metal = at.normal if form == "normal" else at.metal
    expected = (volume * at.conductor - exact.VOLUME * of_metal) / exact.F
    assert exact.shift(form, shear, nu, volume) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("form", ["hydrostatic", "normal"])
def test_ratio_of_volumes_at_the_border(form: str) -> None:
    for shear in (1e6, 1e12):
        at = [exact.shift(form, shear, 0.3, f * exact.VOLUME * exact.equal_volumes(form, 0.3)) for f in (0.999, 1.001)]
        assert at[0] > 0 > at[1]


@pytest.mark.parametrize("conductivity", [1e-5, 1e-2, 10.0])
def test_what_a_current_adds_to_a_wave(conductivity: float) -> None:
    """The reaction and the ions carry the same: di = g (I/kappa - phi), di = kappa k tanh(k L) phi."""
    current, slope = 30.0, exact.F / (exact.R * exact.T) * (30.0**2 / 4 + exact.I0**2) ** 0.5
    more = exact.focused(current, conductivity)
    potential = current / conductivity - more / slope
    assert more == pytest.approx(conductivity * exact.K * math.tanh(exact.K * exact.HEIGHT) * potential, rel=1e-9)


def test_materials_have_a_shear_modulus() -> None:
    assert elastic("alumina_pvdf_hfp") == (6e9, 0.33) and elastic("nasicon") == (30e9, 0.25)
    assert all(1e6 < elastic(name)[0] < 2e11 for name in SOLIDS)


def test_the_page_says_where_materials_and_print_disagree() -> None:
    assert outside().keys() == {"beta-alumina, hot, ionic_conductivity", "NASICON, ionic_conductivity"}
    values = {(row["electrolyte"], row["unit"]): value for row, value, _ in held()}
    assert len(values) == 26
    assert values["Na3PSe4", "S/cm"] == pytest.approx(1.16e-3) and values["antiperovskites", "GPa"] == pytest.approx(
        24.08
    )
