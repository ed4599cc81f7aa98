"""Ions that carry more than one charge: transport, kinetics, growth and shifts of the equilibrium, in closed forms."""

from __future__ import annotations

from math import asinh, log
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from strips import FARADAY, R_GAS, ends, nodal, solve
from test_salt import C0, FACTOR, HEIGHT, KAPPA, MATERIALS, START, T_PLUS, D, T

from trona.errors import SolveError
from trona.session.result import Result

I0, FRACTION = 20.0, 0.6
"""Exchange current density, A/m2, and the part of the limiting current that flows."""


class Salt(NamedTuple):
    """Charge number of the cations, and the ions of a formula unit."""

    z: int
    cations: int
    anions: int

    @property
    def limit(self) -> float:
        """Limiting current density to a reservoir of C0 at HEIGHT: z nu_plus F D c0/((1 - t_plus) H)."""
        return self.z * self.cations * FARADAY * D * C0 / ((1 - T_PLUS) * HEIGHT)


SALTS = {"MgX2": Salt(2, 1, 2), "Al2Y3": Salt(3, 2, 3)}


def plated(folder: Path, salt: Salt, current: float, **sections: Any) -> Result:
    """A metal that `current` plates, from a solution whose top has the concentration C0."""
    return solve(
        folder,
        [("metal", 1e-6, 1), ("salt", HEIGHT, 12)],
        materials={"metal": {"molar_volume": "14 cm^3/mol"}, "salt": MATERIALS["salt"]},
        given={"temperature": f"{T} K"},
        physics={
            "ionic_charge": {"blocks": ["salt"], "cation_valence": salt.z},
            "salt": {"blocks": ["salt"], "cations": salt.cations, "anions": salt.anions},
            "butler_volmer": {"interface": "metal | salt", "i0": f"{I0} A/m^2"},
        },
        boundaries={"top": {"current_density": f"{current!r} A/m^2", **START}},
        outputs={
            "extra": {
                "cations": {"probe": "cation_flux", "at": [f"{1e-6 + HEIGHT / 2} m"]},
                "anions": {"probe": "anion_flux", "at": [f"{1e-6 + HEIGHT / 2} m"]},
            }
        },
        audit={"monitors": ["entropy_production"]},
        **sections,
    )


@pytest.fixture(scope="module", params=SALTS)
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Salt, Result]:
    salt = SALTS[request.param]
    return salt, plated(tmp_path_factory.mktemp("plated"), salt, FRACTION * salt.limit)


def test_concentration_at_a_part_of_the_limiting_current(case: tuple[Salt, Result]) -> None:
    _, result = case
    y, c = nodal(result, "salt_concentration", "salt")
    np.testing.assert_allclose(c, C0 * (1 - FRACTION * (y[-1] - y) / HEIGHT), rtol=1e-9)


def test_anions_rest_and_cations_carry_the_current(case: tuple[Salt, Result]) -> None:
    """N_plus = -i/(z F) along y at a point, as near as cells allow: the current that enters at the top runs down."""
    salt, result = case
    current = FRACTION * salt.limit
    assert result["cations.x"] == pytest.approx(-current / (salt.z * FARADAY), rel=2e-3)
    assert abs(result["anions.x"]) < 2e-3 * current / FARADAY


@pytest.mark.parametrize("salt", SALTS.values(), ids=SALTS)
def test_ions_of_a_salt_that_diffuses(tmp_path: Path, salt: Salt) -> None:
    """Without a current D (c_top - c_bottom)/H of the salt runs down: nu_plus cations and nu_minus anions each.

    At a point as near as cells allow: there is no current on the whole.
    """
    middle = f"{HEIGHT / 2} m"
    result = solve(
        tmp_path,
        [("salt", HEIGHT, 24)],
        materials={"salt": MATERIALS["salt"]},
        given={"temperature": f"{T} K"},
        physics={
            "ionic_charge": {"blocks": ["salt"], "cation_valence": salt.z},
            "salt": {"blocks": ["salt"], "cations": salt.cations, "anions": salt.anions},
        },
        boundaries={
            "top": {"electric_potential": "0 V", **START},
            "bottom": {"salt_concentration": f"{C0 / 2} mol/m^3"},
        },
        outputs={"extra": {name: {"probe": f"{name}_flux", "at": [middle]} for name in ("cation", "anion")}},
    )
    flux = -D * C0 / 2 / HEIGHT
    assert result["cation.x"] == pytest.approx(salt.cations * flux, rel=1e-3)
    assert result["anion.x"] == pytest.approx(salt.anions * flux, rel=1e-3)


def test_potential_of_a_concentration_difference(case: tuple[Salt, Result]) -> None:
    """nu R T/(z nu_plus F) (1 - t_plus) (1 + dln f/dln c) ln(c_top/c_bottom) on top of the ohmic drop."""
    salt, result = case
    bottom, top = ends(result, "electric_potential", "salt")
    per_charge = (salt.cations + salt.anions) / (salt.z * salt.cations)
    diffusion = per_charge * R_GAS * T / FARADAY * (1 - T_PLUS) * FACTOR * log(1 / (1 - FRACTION))
    ohmic = FRACTION * salt.limit * HEIGHT / KAPPA
    assert diffusion > 0.1 * ohmic
    assert top - bottom == pytest.approx(ohmic + diffusion, rel=2e-4)


def test_reaction_of_several_electrons(case: tuple[Salt, Result]) -> None:
    """eta = -(2 R T/(z F)) asinh(i/(2 i0))."""
    salt, result = case
    expected = -2 * R_GAS * T / (salt.z * FARADAY) * asinh(FRACTION * salt.limit / (2 * I0))
    assert result["overpotential_mean"] == pytest.approx(expected, rel=1e-9)


def test_entropy_of_transport(case: tuple[Salt, Result]) -> None:
    """i^2 H/(kappa T) + nu R (1 + dln f/dln c) D times the integral of |grad c|^2/c, slope times ln(c_top/c_bottom)."""
    salt, result = case
    slope = FRACTION * C0 / HEIGHT
    mixing = (salt.cations + salt.anions) * R_GAS * FACTOR * D * slope * log(1 / (1 - FRACTION))
    ohmic = (FRACTION * salt.limit) ** 2 * HEIGHT / (KAPPA * T)
    produced = sum(e.value for e in result.monitors["entropy_production"].entries if e.region == "salt")
    assert produced == pytest.approx(ohmic + mixing, rel=1e-3)
    assert mixing > 0.05 * ohmic


def test_beyond_the_limiting_current_there_is_no_solution(tmp_path: Path) -> None:
    salt = SALTS["MgX2"]
    with pytest.raises(SolveError):
        plated(tmp_path, salt, 1.01 * salt.limit)


def test_growth_and_stress_of_a_divalent_metal(tmp_path: Path) -> None:
    """v = i V/(2 F), and a metal under the pressure p dissolves as at an overpotential V p_h/(2 F)."""
    current, volume, pressure, nu = 10.0, 14e-6, 5e6, 0.3
    solid = {"youngs_modulus": "40 GPa", "poisson_ratio": str(nu)}
    result = solve(
        tmp_path,
        [("metal", 1e-6, 1), ("film", 1e-6, 1)],
        dim=2,
        width=1e-6,
        materials={
            "metal": {"molar_volume": f"{volume} m^3/mol", **solid},
            "film": {"ionic_conductivity": "1e-3 S/m", "partial_molar_volume": "2e-6 m^3/mol", **solid},
        },
        given={"temperature": f"{T} K"},
        physics={
            "ionic_charge": {"blocks": ["film"], "cation_valence": 2},
            "butler_volmer": {"interface": "metal | film", "i0": f"{I0} A/m^2"},
            "elasticity": {"blocks": ["metal", "film"]},
            "pressure": {"boundary": "top", "pressure": f"{pressure} Pa"},
            "mechanical_overpotential": {"interface": "metal | film"},
            "growth": {"interface": "metal | film", "motion": "height"},
        },
        boundaries={
            "bottom": {"displacement": [None, "0 m"]},
            "sides": {"displacement": ["0 m", None]},
            "top": {"current_density": f"{current} A/m^2"},
        },
        time={"end": "1 s", "step": "0.5 s"},
    )
    assert result["growth_velocity_mean"] == pytest.approx(current * volume / (2 * FARADAY), rel=1e-9)
    hydrostatic = -pressure * (1 + nu) / (3 * (1 - nu))  # between mirrors, in plane strain
    shift = (2e-6 - volume) * hydrostatic / (2 * FARADAY)
    assert result["mechanical_overpotential_max"] == pytest.approx(shift, rel=1e-6)
    eta = -2 * R_GAS * T / (2 * FARADAY) * asinh(current / (2 * I0))
    assert result["overpotential_mean"] == pytest.approx(eta - shift, rel=1e-6)


def test_seebeck_coefficient_of_divalent_ions(tmp_path: Path) -> None:
    """At rest phi takes up S_T R T/(2 F) dT: R S_T (T_top^2 - T_bottom^2)/(4 F)."""
    result = solve(
        tmp_path,
        [("metal", 1e-6, 1), ("salt", HEIGHT, 4)],
        materials={"salt": MATERIALS["salt"]},
        given={"temperature": "300 K + 1e5 K/m * (x - 1 um)"},
        physics={
            "ionic_charge": {"blocks": ["salt"], "cation_valence": 2},
            "thermoelectric": {},
            "butler_volmer": {"interface": "metal | salt", "i0": f"{I0} A/m^2"},
        },
        boundaries={"top": {"current_density": "0 A/m^2"}},
    )
    bottom, top = ends(result, "electric_potential", "salt")
    hot = 300 + 1e5 * HEIGHT
    assert top - bottom == pytest.approx(-R_GAS * 1e-2 * (hot**2 - 300**2) / (4 * FARADAY), rel=1e-6)
