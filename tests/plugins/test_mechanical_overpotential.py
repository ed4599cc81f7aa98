"""Stress in the charge transfer, its reversible heat, and the reduced creep of a surface, on flat layers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from strips import FARADAY, R_GAS, solve

from trona.session.result import Result

LAYERS = [("metal", 1e-6, 1), ("salt", 1e-6, 1)]
OMEGA, V_ION, P, NU, NU_SALT = 2.375e-5, 2.7e-6, 40e6, 0.34, 0.2
PRESSURE, PRESSURE_SALT = (P * (1 + nu / (1 - nu) * 2) / 3 for nu in (NU, NU_SALT))
"""Of layers held at their sides under a load P: minus their hydrostatic stress."""
SIGMA = (OMEGA * PRESSURE - V_ION * PRESSURE_SALT) / FARADAY
MATERIALS = {
    "metal": {"youngs_modulus": "4.6 GPa", "poisson_ratio": str(NU), "molar_volume": f"{OMEGA} m^3/mol"},
    "salt": {
        "youngs_modulus": "5 GPa",
        "poisson_ratio": str(NU_SALT),
        "partial_molar_volume": f"{V_ION} m^3/mol",
        "ionic_conductivity": "1 S/m",
    },
}
HEAT = {"thermal_conductivity": "1 W/m/K", "density": "1000 kg/m^3", "specific_heat_capacity": "1000 J/kg/K"}


def pressed(folder: Path, potential: float, blocks: Any = ("metal", "salt"), **options: Any) -> Result:
    """A cell under load, its metal at 0 V."""
    return solve(
        folder,
        LAYERS,
        dim=2,
        width=1e-6,
        cells_across=1,
        materials=MATERIALS,
        given={"temperature": "25 degC"},
        physics={
            "ionic_charge": {"blocks": ["salt"]},
            "elasticity": {"blocks": list(blocks)},
            "butler_volmer": {"interface": "metal | salt", "i0": "20 A/m^2", **options},
            "mechanical_overpotential": {"interface": "metal | salt"},
        },
        boundaries={
            "bottom": {"displacement": ["0 m", "0 m"]},
            "sides": {"displacement": ["0 m", None]},
            "top": {"inflow": {"momentum": ["0 Pa", f"{-P} Pa"]}, "electric_potential": f"{potential!r} V"},
        },
    )


@pytest.mark.parametrize("kinetics", ["butler_volmer", "linear"])
@pytest.mark.parametrize("alpha_m", [0.0, 0.3, 1.0])
def test_no_current_where_stress_and_voltage_balance(tmp_path: Path, alpha_m: float, kinetics: str) -> None:
    result = pressed(tmp_path, SIGMA, alpha_m=alpha_m, kinetics=kinetics)
    assert result["mechanical_overpotential_max"] == pytest.approx(SIGMA, rel=1e-11)
    assert abs(result["reaction_current_density_max"]) < 1e-12 * 20 * FARADAY / (R_GAS * 298.15)


@pytest.mark.parametrize(("kinetics", "alpha_m"), [("butler_volmer", 0.3), ("tafel", 0.3), ("linear", 0.3)])
def test_current_without_voltage(tmp_path: Path, kinetics: str, alpha_m: float) -> None:
    """With the conductor's side alone at 0 V, pressure dissolves the metal."""
    result = pressed(tmp_path, 0.0, alpha_m=alpha_m, kinetics=kinetics)
    i, f = result["reaction_current_density_mean"], FARADAY / (R_GAS * 298.15)
    eta = -i * 1e-6  # the drop in the salt
    laws = {
        "butler_volmer": np.exp(f * (eta / 2 + 0.7 * SIGMA)) - np.exp(-f * (eta / 2 + 0.3 * SIGMA)),
        "tafel": np.exp(f * (eta / 2 + 0.7 * SIGMA)),
        "linear": f * (eta + SIGMA),
    }
    assert i == pytest.approx(20 * float(laws[kinetics]), rel=1e-9)


@pytest.mark.parametrize("kinetics", ["butler_volmer", "tafel", "linear"])
def test_stress_shifts_the_equilibrium(tmp_path: Path, kinetics: str) -> None:
    """Without a share, stress adds to the overpotential of both branches, whatever their coefficients."""
    result = pressed(tmp_path, 0.0, alpha_a=0.3, alpha_c=0.4, kinetics=kinetics)
    i, f = result["reaction_current_density_mean"], FARADAY / (R_GAS * 298.15)
    eta = SIGMA - i * 1e-6
    laws = {
        "butler_volmer": np.exp(f * 0.3 * eta) - np.exp(-f * 0.4 * eta),
        "tafel": np.exp(f * 0.3 * eta),
        "linear": f * 0.7 * eta,
    }
    assert i == pytest.approx(20 * float(laws[kinetics]), rel=1e-9)


def test_a_side_without_elasticity_counts_nothing(tmp_path: Path) -> None:
    materials = MATERIALS["metal"]
    assert materials
    result = solve(
        tmp_path,
        LAYERS,
        dim=2,
        width=1e-6,
        cells_across=1,
        materials=MATERIALS,
        given={"temperature": "25 degC"},
        physics={
            "ionic_charge": {"blocks": ["salt"]},
            "elasticity": {"blocks": ["metal"]},
            "butler_volmer": {"interface": "metal | salt", "i0": "20 A/m^2"},
            "mechanical_overpotential": {"interface": "metal | salt"},
        },
        boundaries={
            "bottom": {"displacement": ["0 m", "0 m"]},
            "sides": {"displacement": ["0 m", None]},
            "metal | salt": {"traction": ["0 Pa", f"{-P} Pa"]},
            "top": {"electric_potential": "0 V"},
        },
    )
    assert result["mechanical_overpotential_max"] == pytest.approx(OMEGA * PRESSURE / FARADAY, rel=1e-9)


def test_peltier_heat(tmp_path: Path) -> None:
    materials = {"metal": HEAT, "salt": {**HEAT, "ionic_conductivity": "1 S/m"}}
    result = solve(
        tmp_path,
        LAYERS,
        dim=1,
        materials=materials,
        physics={
            "ionic_charge": {"blocks": ["salt"]},
            "heat": {"blocks": ["metal", "salt"]},
            "butler_volmer": {"interface": "metal | salt", "i0": "20 A/m^2"},
            "peltier": {"interface": "metal | salt", "coefficient": "30 mV", "side": "metal"},
        },
        boundaries={"bottom": {"temperature": "25 degC"}, "top": {"current_density": "10 A/m^2"}},
    )
    entry = next(e for e in result.ledger["energy"].entries if e.plugin == "peltier")
    assert entry.value == pytest.approx(-10 * 0.03, rel=1e-9)  # a plating current takes heat up
    assert entry.side == "metal"


def test_reduced_creep_lowers_peaks_and_fills_valleys(tmp_path: Path) -> None:
    metal = {
        "molar_volume": f"{OMEGA} m^3/mol",
        "creep_prefactor": "5.1e4 1/s",
        "creep_reference_stress": "0.235 MPa",
        "creep_exponent": "5",
        "creep_activation_energy": "44 kJ/mol",
    }
    result = solve(
        tmp_path,
        LAYERS,
        dim=2,
        width=1e-6,
        cells_across=4,
        given={"temperature": "25 degC"},
        materials={"metal": metal, "salt": {"ionic_conductivity": "1 S/m"}},
        physics={
            "ionic_charge": {"blocks": ["salt"]},
            "butler_volmer": {"interface": "metal | salt", "i0": "20 A/m^2"},
            "surface_creep": {
                "interface": "metal | salt",
                "length": "20 nm * (1 - 1.5 * x / 1 um)",
                "pressure": "0.47 MPa",
            },
        },
        boundaries={"top": {"current_density": "10 A/m^2"}},
    )
    velocity = 5.1e4 * np.exp(-44e3 / (R_GAS * 298.15)) * 2**5 * 20e-9
    assert result["creep_velocity_max"] == pytest.approx(velocity, rel=1e-9)
    assert result["creep_velocity_min"] == pytest.approx(-velocity / 2, rel=1e-9)
