"""The five physics against closed forms."""

from __future__ import annotations

from math import exp, sinh, sqrt
from typing import Any

import pytest
from scipy.optimize import brentq

from trona.deck import Deck
from trona.session import Result, run

R, F = 8.31446261815324, 96485.33212


def solved(**sections: Any) -> Result:
    return run(Deck.from_dict(sections), record=False)


def layers(*thick: tuple[str, str], **more: Any) -> dict[str, Any]:
    return {"layers": [{name: size} for name, size in thick], "cells": 2, "cells_across": 2, **more}


@pytest.mark.parametrize("shape", [{}, {"width": "1 um"}])
def test_a_film_grows_as_the_root_of_time_and_resists_the_reaction(shape: dict[str, str]) -> None:
    """Film, reaction and a conductor of 1 um in series, at 50 mV, on a line and in the plane."""
    rate, kappa, i0, drop = 1e-17, 1e-6, 20.0, 50e-3
    result = solved(
        mesh=layers(("metal", "1 um"), ("sei", "1 um"), **shape),
        materials={"metal": {}, "sei": {"ionic_conductivity": "1e-4 S/m"}},
        given={"temperature": "298.15 K"},
        physics={
            "ionic_charge": {"blocks": ["sei"]},
            "butler_volmer": {"interface": "metal | sei", "i0": f"{i0} A/m^2"},
            "growing_film": {
                "interface": "metal | sei",
                "rate_constant": f"{rate} m^2/s",
                "conductivity": f"{kappa} S/m",
            },
        },
        boundaries={"top": {"electric_potential": f"{drop} V"}},
        initial={"film_thickness": "5 nm"},
        time={"end": "10 s", "step": "0.05 s"},
    )
    h = sqrt((5e-9) ** 2 + 2 * rate * 10)
    assert result["film_thickness_mean"] == pytest.approx(h, rel=1e-5)

    def missing(i: float) -> float:  # of the potential difference, at a current i
        eta = -drop - i * (h / kappa + 1e-6 / 1e-4)
        return i - 2 * i0 * sinh(0.5 * F * eta / (R * 298.15))

    assert result["reaction_current_density_mean"] == pytest.approx(brentq(missing, -50, 0), rel=1e-5)


@pytest.mark.parametrize(("position", "pressed"), [("0.999 mm", True), ("1.001 mm", False)])
def test_a_wall_presses_what_reaches_it_and_nothing_else(position: str, pressed: bool) -> None:
    E, nu = 1e9, 0.3
    result = solved(
        mesh=layers(("body", "1 mm"), width="1 mm"),
        materials={"body": {"youngs_modulus": f"{E} Pa", "poisson_ratio": nu}},
        physics={
            "elasticity": {"blocks": ["body"]},
            "wall": {"boundary": "top", "position": position, "stiffness": "1e13 Pa/m"},
        },
        boundaries={"bottom": {"displacement": [None, "0 m"]}, "sides": {"displacement": ["0 m", None]}},
    )
    confined = E * (1 - nu) / ((1 + nu) * (1 - 2 * nu))
    assert result["wall_pressure_max"] == pytest.approx(confined * 1e-3 if pressed else 0.0, rel=1e-9, abs=1e-3)
    assert result["wall_gap_min"] == pytest.approx(0.0 if pressed else 1e-6, abs=1e-15)


def test_a_metal_that_grows_meets_a_wall() -> None:
    """The mesh moves with the metal; pressure begins when the gap of 5 nm has closed."""
    current, volume, gap = 10.0, 2.37e-5, 5e-9
    speed = current * volume / F
    mechanics = {"youngs_modulus": "4 GPa", "poisson_ratio": 0.3, "molar_volume": f"{volume} m^3/mol"}

    def at(time: float) -> Result:
        return solved(
            mesh=layers(("metal", "1 um"), ("sei", "1 um"), width="1 um"),
            materials={
                "metal": mechanics,
                "sei": {"ionic_conductivity": "1e-3 S/m", "youngs_modulus": "4 GPa", "poisson_ratio": 0.3},
            },
            given={"temperature": "298.15 K"},
            physics={
                "ionic_charge": {"blocks": ["sei"]},
                "butler_volmer": {"interface": "metal | sei", "i0": "20 A/m^2"},
                "growth": {"interface": "metal | sei"},
                "elasticity": {"blocks": ["metal", "sei"]},
                "wall": {"boundary": "top", "position": f"2 um + {gap} m", "stiffness": "1e16 Pa/m"},
            },
            boundaries={
                "top": {"current_density": f"{current} A/m^2"},
                "bottom": {"displacement": [None, "0 m"], "mesh_displacement": "0 m"},
                "sides": {"displacement": ["0 m", None]},
            },
            motion={"direction": "y"},
            time={"end": f"{time} s", "step": f"{time / 4} s"},
        )

    before, after = at(0.5 * gap / speed), at(2 * gap / speed)
    assert before["wall_pressure_max"] == pytest.approx(0.0, abs=1.0)
    assert before["wall_gap_min"] == pytest.approx(0.5 * gap, rel=1e-6)
    assert after["wall_gap_min"] == pytest.approx(0.0, abs=1e-6 * gap)
    confined = 4e9 * 0.7 / (1.3 * 0.4)
    assert after["wall_pressure_max"] == pytest.approx(confined * gap / (2e-6 + 2 * gap), rel=1e-2)


def test_a_lumped_temperature_relaxes_through_a_plate() -> None:
    """Through h and a plate of k / L in series, which stores next to nothing."""
    h, k, capacity = 500.0, 2.0, 2e3
    light = {"thermal_conductivity": f"{k} W/m/K", "density": "1e-3 kg/m^3", "specific_heat_capacity": "1 J/kg/K"}
    result = solved(
        mesh=layers(("plate", "1 mm")),
        materials={"plate": light},
        physics={
            "heat": {"blocks": ["plate"]},
            "lumped_temperature": {
                "boundary": "top",
                "heat_capacity": f"{capacity} J/m^2/K",
                "transfer": f"{h} W/m^2/K",
            },
        },
        boundaries={"bottom": {"temperature": "300 K"}},
        initial={"temperature": "300 K", "lumped_temperature": "350 K"},
        time={"end": "4 s", "step": "0.01 s"},
    )
    through = 1 / (1 / h + 1e-3 / k)
    assert result["lumped_temperature"] - 300 == pytest.approx(50 * exp(-through / capacity * 4), rel=2e-4)


def test_a_thermostat_makes_up_for_what_leaves() -> None:
    """q h through the cold side; the mean of the heated upper layer is T_c + q h h / k_1 + q h^2 / (3 k_2)."""
    h, k1, k2 = 1e-3, 2.0, 5.0
    result = solved(
        mesh=layers(("lower", f"{h} m"), ("upper", f"{h} m")),
        materials={"lower": {"thermal_conductivity": f"{k1} W/m/K"}, "upper": {"thermal_conductivity": f"{k2} W/m/K"}},
        physics={
            "heat": {"blocks": ["lower", "upper"]},
            "thermostat": {"blocks": ["upper"], "mean_temperature": "320 K"},
        },
        boundaries={"bottom": {"temperature": "300 K"}},
    )
    heating = 20 / (h * h / k1 + h * h / (3 * k2))
    assert result["heating"] == pytest.approx(heating, rel=1e-9)
    assert result["heating_power"] == pytest.approx(heating * h, rel=1e-9)


def test_a_flow_carries_salt() -> None:
    """Plug flow against diffusion: c rises as exp(v y / D) between two held concentrations."""
    speed, D, length = 2e-6, 1e-9, 1e-3
    result = solved(
        mesh={**layers(("liquid", "1 mm"), width="0.5 mm"), "cells": 24},
        materials={"liquid": {"salt_diffusivity": f"{D} m^2/s"}},
        physics={"salt": {"blocks": ["liquid"]}, "flow": {"blocks": ["liquid"], "viscosity": "1 mPa*s"}},
        boundaries={
            "bottom": {"velocity": ["0 m/s", f"{speed} m/s"], "salt_concentration": "1000 mol/m^3"},
            "sides": {"velocity": ["0 m/s", None]},
            "top": {"salt_concentration": "500 mol/m^3"},
        },
        outputs={"extra": {"middle": {"probe": "salt_concentration", "at": ["0.2 mm", "0.5 mm"]}}},
    )
    rise = (exp(speed * length / 2 / D) - 1) / (exp(speed * length / D) - 1)
    assert result["middle"] == pytest.approx(1000 - 500 * rise, rel=1e-6)
    assert result["salt_concentration_max"] == pytest.approx(1000.0, rel=1e-6)
