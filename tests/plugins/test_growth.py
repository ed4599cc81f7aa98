"""The height of a surface that grows and creeps, on flat layers, against closed forms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from strips import FARADAY, R_GAS, solve

CURRENT, OMEGA, SLOPE, END = 10.0, 2.375e-5, 0.75, 2.0
METAL = {
    "molar_volume": f"{OMEGA} m^3/mol",
    "creep_prefactor": "5.1e4 1/s",
    "creep_reference_stress": "0.235 MPa",
    "creep_exponent": "5",
    "creep_activation_energy": "44 kJ/mol",
}
RATE = 5.1e4 * np.exp(-44e3 / (R_GAS * 298.15))
"""Of creep at the reference stress, 1/s."""


@pytest.mark.parametrize("slope", [0.0, SLOPE])
def test_height_of_two_electrons_and_creep(tmp_path: Path, slope: float) -> None:
    """dh/dt = [i V/(2 F) - A (p/sigma_0)^n L] sqrt(1 + h_x^2), where the surface is as steep everywhere."""
    initial: dict[str, Any] = {"initial": {"height": f"{slope} * x"}} if slope else {}
    result = solve(
        tmp_path,
        [("metal", 1e-6, 1), ("salt", 1e-6, 1)],
        dim=2,
        width=1e-6,
        cells_across=2,
        materials={"metal": METAL, "salt": {"ionic_conductivity": "1 S/m"}},
        given={"temperature": "25 degC"},
        physics={
            "ionic_charge": {"blocks": ["salt"], "cation_valence": 2},
            "butler_volmer": {"interface": "metal | salt", "i0": "20 A/m^2"},
            "growth": {"interface": "metal | salt", "motion": "height"},
            "surface_creep": {"interface": "metal | salt", "length": "100 nm", "pressure": "0.235 MPa"},
        },
        boundaries={"top": {"current_density": f"{CURRENT} A/m^2"}},
        time={"end": f"{END} s", "step": f"{END / 2} s"},
        **initial,
    )
    velocity = CURRENT * OMEGA / (2 * FARADAY) - RATE * 100e-9
    assert result["growth_velocity_mean"] == pytest.approx(velocity, rel=1e-9)
    grown = velocity * END * np.sqrt(1 + slope**2)
    assert result["height_mean"] == pytest.approx(slope * 0.5e-6 + grown, rel=1e-9)
    assert result["height_max"] - slope * 1e-6 == pytest.approx(grown, rel=1e-6)


def test_creep_under_the_pressure_in_the_metal(tmp_path: Path) -> None:
    """A layer held at its sides under a load P has the pressure P (1 + 2 nu/(1 - nu))/3."""
    load, nu = 0.5e6, 0.34
    result = solve(
        tmp_path,
        [("metal", 1e-6, 1), ("salt", 1e-6, 1)],
        dim=2,
        width=1e-6,
        cells_across=1,
        materials={
            "metal": {**METAL, "youngs_modulus": "4.6 GPa", "poisson_ratio": str(nu)},
            "salt": {"ionic_conductivity": "1 S/m"},
        },
        given={"temperature": "25 degC"},
        physics={
            "ionic_charge": {"blocks": ["salt"]},
            "elasticity": {"blocks": ["metal"]},
            "butler_volmer": {"interface": "metal | salt", "i0": "20 A/m^2"},
            "surface_creep": {"interface": "metal | salt", "length": "20 nm"},
        },
        boundaries={
            "bottom": {"displacement": ["0 m", "0 m"]},
            "sides": {"displacement": ["0 m", None]},
            "metal | salt": {"traction": ["0 Pa", f"{-load} Pa"]},
            "top": {"electric_potential": "0 V"},
        },
    )
    pressure = load * (1 + 2 * nu / (1 - nu)) / 3
    expected = RATE * (pressure / 0.235e6) ** 5 * 20e-9
    assert result["creep_velocity_max"] == pytest.approx(expected, rel=1e-8)
