"""Charge transfer, films, metals and control of the current on flat layers, against closed forms.

The expected voltages come from the rate law, written out here and inverted by bisection, and Ohm's law.
"""

from __future__ import annotations

from collections.abc import Callable
from math import exp, log
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq
from strips import FARADAY, R_GAS, ends, nodal, solve

from trona.session.result import Result

I0, U = 3.0, 0.15
METAL, FILM, SALT = 2e-6, 1e-7, 4e-6
K_FILM, K_SALT, SIGMA = 2e-4, 0.5, 1e3
LAYERS = [("metal", METAL, 2), ("film", FILM, 2), ("salt", SALT, 3)]
BARE = [LAYERS[0], LAYERS[2]]
HEAT = {"density": "1000 kg/m^3", "specific_heat_capacity": "1000 J/kg/K"}
MATERIALS: dict[str, Any] = {
    "metal": {"electronic_conductivity": f"{SIGMA} S/m", "thermal_conductivity": "100 W/m/K", **HEAT},
    "film": {"ionic_conductivity": f"{K_FILM} S/m"},
    "salt": {"ionic_conductivity": f"{K_SALT} S/m", "thermal_conductivity": "0.2 W/m/K", **HEAT},
}
KINETICS = {"i0": f"{I0} A/m^2", "equilibrium_potential": f"{U} V"}
LAW = {**KINETICS, "electrode_potential": "0 V"}


def rate(eta: float, i0: float = I0, a: float = 0.5, c: float = 0.5, T: float = 298.15) -> float:
    """The Butler-Volmer law."""
    f = FARADAY / (R_GAS * T)
    return i0 * (exp(a * f * eta) - exp(-c * f * eta))


def overpotential(i: float, law: Callable[[float], float]) -> float:
    """The overpotential at which the law gives the current density i."""
    return float(brentq(lambda eta: law(eta) - i, -2, 2, xtol=1e-15, rtol=1e-14))


def voltage(
    folder: Path,
    layers: Any,
    current: float,
    blocks: list[str],
    T: str = "25 degC",
    dim: int = 1,
    materials: Any = MATERIALS,
    **options: Any,
) -> float:
    """Potential at the top when `current` enters there (it plates the metal), which is held at 0 V."""
    result = solve(
        folder,
        layers,
        dim=dim,
        width=1e-6,
        cells_across=1,
        materials=materials,
        given={"temperature": T},
        physics={
            "ionic_charge": {"blocks": blocks},
            "butler_volmer": {"interface": f"metal | {blocks[0]}", **LAW, **options},
        },
        boundaries={"top": {"current_density": f"{current} A/m^2"}},
    )
    assert result.ledger["charge"].closure < 1e-12
    assert result["reaction_current_density_mean"] == pytest.approx(-current, rel=1e-9)
    assert result["theta"] == pytest.approx(1, rel=1e-8)
    return ends(result, "electric_potential", "salt")[1]


def expected(eta: float, current: float, resistance: float) -> float:
    """phi_s - phi_e - U = eta at the metal; the current flows down through the layers."""
    return -U - eta + current * resistance


@pytest.mark.parametrize("current", [20.0, -20.0])
def test_unequal_transfer_coefficients(tmp_path: Path, current: float) -> None:
    got = voltage(tmp_path, BARE, current, ["salt"], alpha_a=0.3, alpha_c=0.6)
    eta = overpotential(-current, lambda e: rate(e, a=0.3, c=0.6))
    assert got == pytest.approx(expected(eta, current, SALT / K_SALT), rel=1e-9)


@pytest.mark.parametrize("i0", [1e6, 1e10])
def test_hardly_off_its_equilibrium(tmp_path: Path, i0: float) -> None:
    """The difference of the two branches is far below the last digit of either."""
    current, a, c = 1e-3, 0.3, 0.6
    result = solve(
        tmp_path,
        BARE,
        materials=MATERIALS,
        given={"temperature": "25 degC"},
        physics={
            "ionic_charge": {"blocks": ["salt"]},
            "butler_volmer": {"interface": "metal | salt", "i0": f"{i0} A/m^2", "alpha_a": a, "alpha_c": c},
        },
        boundaries={"top": {"current_density": f"{current} A/m^2"}},
    )
    eta = -current * R_GAS * 298.15 / (FARADAY * (a + c) * i0)
    assert result["overpotential_mean"] == pytest.approx(eta, rel=1e-6)
    assert result["reaction_current_density_mean"] == pytest.approx(-current, rel=1e-6)


def test_film_as_a_block(tmp_path: Path) -> None:
    got = voltage(tmp_path, LAYERS, 20, ["film", "salt"])
    eta = overpotential(-20, rate)
    assert got == pytest.approx(expected(eta, 20, FILM / K_FILM + SALT / K_SALT), rel=1e-9)


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_film_as_a_resistance_of_the_law(tmp_path: Path, dim: int) -> None:
    """The overpotential behind the film is an unknown of the interface."""
    film = {"film_thickness": f"{FILM} m", "film_conductivity": f"{K_FILM} S/m"}
    got = voltage(tmp_path, BARE, 20, ["salt"], dim=dim, **film)
    eta = overpotential(-20, rate)
    assert got == pytest.approx(expected(eta, 20, FILM / K_FILM + SALT / K_SALT), rel=1e-9)


@pytest.mark.parametrize("current", [1e6, -1e6])
def test_tafel_limit(tmp_path: Path, current: float) -> None:
    """Far from equilibrium one branch is left: both kinetics give RT/(alpha F) ln(i/i0)."""
    eta = -R_GAS * 298.15 / FARADAY * log(1e6 / I0) / (0.6 if current > 0 else -0.3)
    for kinetics in ("butler_volmer", "tafel"):
        got = voltage(tmp_path, BARE, current, ["salt"], alpha_a=0.3, alpha_c=0.6, kinetics=kinetics)
        assert got == pytest.approx(expected(eta, current, SALT / K_SALT), rel=1e-8)


def test_linear_limit(tmp_path: Path) -> None:
    """Near equilibrium both kinetics give i RT/(F i0 (alpha_a + alpha_c))."""
    current = 1e-3
    eta = -current * R_GAS * 298.15 / (FARADAY * I0 * 0.9)
    for kinetics in ("butler_volmer", "linear"):
        got = voltage(
            tmp_path,
            BARE,
            current,
            ["salt"],
            alpha_a=0.45,
            alpha_c=0.45,
            kinetics=kinetics,
            equilibrium_potential="0 V",
        )
        assert got == pytest.approx(-eta + current * SALT / K_SALT, rel=1e-6)


def test_arrhenius_rate_and_conductivity(tmp_path: Path) -> None:
    """At 60 degC, given: exchange current and the film's conductivity follow their activation energies."""
    T = 333.15
    warm = {E: exp(-E / R_GAS * (1 / T - 1 / 298.15)) for E in (2e4, 3e4)}
    film = {"arrhenius": {"value": f"{K_FILM} S/m", "activation_energy": "30 kJ/mol"}}
    got = voltage(
        tmp_path,
        LAYERS,
        20,
        ["film", "salt"],
        T="60 degC",
        activation_energy="20 kJ/mol",
        materials={**MATERIALS, "film": {"ionic_conductivity": film}},
    )
    eta = overpotential(-20, lambda e: rate(e, i0=I0 * warm[2e4], T=T))
    assert warm[2e4] > 2
    assert got == pytest.approx(expected(eta, 20, FILM / (K_FILM * warm[3e4]) + SALT / K_SALT), rel=1e-9)


def test_metal_that_conducts(tmp_path: Path) -> None:
    """Electrons reach the interface through the metal: its drop adds to the voltage."""
    result = solve(
        tmp_path,
        BARE,
        materials=MATERIALS,
        given={"temperature": "25 degC"},
        physics={
            "ionic_charge": {"blocks": ["salt"]},
            "electronic_charge": {"blocks": ["metal"]},
            "butler_volmer": {"interface": "metal | salt", **KINETICS},
        },
        boundaries={"bottom": {"electrode_potential": "0 V"}, "top": {"current_density": "2e6 A/m^2"}},
    )
    drop = 2e6 * METAL / SIGMA
    assert ends(result, "electrode_potential", "metal") == pytest.approx((0, drop), rel=1e-9, abs=1e-15)
    eta = overpotential(-2e6, rate)
    assert ends(result, "electric_potential", "salt")[1] == pytest.approx(
        drop + expected(eta, 2e6, SALT / K_SALT), rel=1e-9
    )
    # What the ions lose, the electrons gain, to round-off.
    ions, electrons = (
        next(e.value for e in result.ledger[b].entries if e.plugin == "butler_volmer")
        for b in ("charge", "electronic_charge")
    )
    assert ions == pytest.approx(-2e6, rel=1e-12) and electrons == pytest.approx(-ions, rel=1e-12)


@pytest.mark.parametrize("dim", [1, 2])
@pytest.mark.parametrize("control", ["mean_current_density", "total_current"])
def test_control_of_the_current(tmp_path: Path, dim: int, control: str) -> None:
    """The metal's potential is the number that makes the current the given one."""
    width = 3e-6
    current = 12.0
    target = f"{current} A/m^2" if control == "mean_current_density" else f"{current * width ** (dim - 1)} A"

    def drive(**way: str) -> Result:
        return solve(
            tmp_path,
            BARE,
            dim=dim,
            width=width,
            cells_across=1,
            materials=MATERIALS,
            given={"temperature": "25 degC"},
            physics={
                "ionic_charge": {"blocks": ["salt"]},
                "butler_volmer": {"interface": "metal | salt", **KINETICS, **way},
            },
            boundaries={"top": {"electric_potential": "0 V"}},
        )

    result = drive(**{control: target})
    potential = U + overpotential(current, rate) + current * SALT / K_SALT
    assert result["electrode_potential"] == pytest.approx(potential, rel=1e-9)
    assert result["reaction_current_density_mean"] == pytest.approx(current, rel=1e-9)
    assert result.ledger["charge"].closure < 1e-9
    held = drive(electrode_potential=f"{result['electrode_potential']!r} V")
    assert held["reaction_current_density_mean"] == pytest.approx(current, rel=1e-9)
    np.testing.assert_allclose(*(nodal(r, "electric_potential", "salt")[1] for r in (result, held)), rtol=0, atol=1e-9)


@pytest.mark.parametrize(("resistance", "film"), [("0 K*m^2/W", 0.0), ("1e-2 K*m^2/W", 0.0), ("1e-2 K*m^2/W", 5e-4)])
def test_reaction_heat(tmp_path: Path, resistance: str, film: float) -> None:
    """i (phi_s - phi_e - U) is produced at the interface and leaves through the metal, whose base is held at 300 K.

    The rate law sees the temperature on the side of the ions, beyond the thermal resistance. A film, of so many
    ohm m2, adds the heat of its own drop.
    """
    current = 300.0
    options = {"film_thickness": f"{film * K_FILM} m", "film_conductivity": f"{K_FILM} S/m"} if film else {}
    result = solve(
        tmp_path,
        BARE,
        dim=2 if film else 1,
        width=1e-6,
        cells_across=1,
        materials=MATERIALS,
        physics={
            "ionic_charge": {"blocks": ["salt"]},
            "heat": {"blocks": ["metal", "salt"]},
            "butler_volmer": {"interface": "metal | salt", **LAW, "reaction_heat": True, **options},
            "thermal_resistance": {"interface": "metal | salt", "R": resistance},
        },
        boundaries={"bottom": {"temperature": "300 K"}, "top": {"current_density": f"{current} A/m^2"}},
    )
    path = METAL / 100 + float(resistance.split()[0])
    rise = 0.0
    for _ in range(50):
        drop = overpotential(-current, lambda e, T=300 + rise: rate(e, T=T)) - current * film
        rise = -current * drop * path
    assert ends(result, "temperature", "salt", 300) == pytest.approx((rise, rise), rel=1e-8)
    produced = next(e.value for e in result.ledger["energy"].entries if e.plugin == "butler_volmer")
    assert produced == pytest.approx(-current * drop * (1e-6 if film else 1), rel=1e-9)
    assert result.ledger["energy"].closure < 1e-9
    assert ends(result, "electric_potential", "salt")[1] == pytest.approx(
        expected(drop, current, SALT / K_SALT), rel=1e-9
    )


def test_two_electrodes_with_films(tmp_path: Path) -> None:
    """A whole cell: two metals, two films, one current; the voltage is the sum of all drops."""
    current, first, second = -10.0, 0.01, 0.005  # A/m2 at the first metal, ohm m2
    film = {"film_conductivity": "1e-6 S/m"}
    result = solve(
        tmp_path,
        [("metal", METAL, 1), ("film", FILM, 2), ("counter", METAL, 1)],
        dim=2,
        width=1e-6,
        materials=MATERIALS,
        given={"temperature": "298.15 K"},
        physics={
            "ionic_charge": {"blocks": "film"},
            "butler_volmer": [
                {
                    "interface": "metal | film",
                    "i0": "20 A/m^2",
                    "film_thickness": "10 nm",
                    **film,
                    "mean_current_density": f"{current} A/m^2",
                },
                {"interface": "counter | film", "i0": "5 A/m^2", "film_thickness": "5 nm", **film},
            ],
        },
    )
    eta = brentq(lambda e: rate(e, 20.0) - current, -1, 1, xtol=1e-15)
    counter = brentq(lambda e: rate(e, 5.0) + current, -1, 1, xtol=1e-15)
    voltage = eta - counter + current * (first + FILM / K_FILM + second)
    named = {o for o in result.outputs if o.startswith("reaction_current_density_mean")}
    assert named == {f"reaction_current_density_mean ({i} | film)" for i in ("metal", "counter")}
    assert result["electrode_potential (metal | film)"] == pytest.approx(voltage, rel=1e-9)
