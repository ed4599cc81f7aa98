"""Options that depend on position, time and fields, against closed forms and against the same law in a plugin."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pytest_mpi import parallel_assert
from scipy.optimize import brentq
from strips import FARADAY, R_GAS, solve, strip

from trona.errors import BoundsError, DeckError
from trona.session.run import run

K1, K2 = 5.0, 0.4
"""Thermal conductivities, W/m/K."""
SIZE, FLUX, COLD, STEP = 2e-3, 2e3, 300.0, 5.0
"""Thickness and width, m; heat flux, W/m2; temperature of the lower side and its rise over the interface, K."""
LAYERS = [("a", SIZE, 2), ("b", SIZE, 2)]
HEAT = {"density": "1000 kg/m^3", "specific_heat_capacity": "2000 J/kg/K"}
MATERIALS: dict[str, Any] = {
    "a": {**HEAT, "thermal_conductivity": f"{K1} W/m/K"},
    "b": {**HEAT, "thermal_conductivity": f"{K2} W/m/K", "ionic_conductivity": "2 S/m"},
}
Y = f"(AXIS - {SIZE} m)"
"""Height above the interface."""


def deviations(**exact: tuple[str, str]) -> dict[str, Any]:
    """Outputs: per block the largest difference of a field from what it should be."""
    return {
        f"off_{block}": {"reduce": "maximum", "of": f"abs({field} - ({value}))", "on": block}
        for block, (field, value) in exact.items()
    }


def harmonic(dim: int, axisymmetric: bool = False) -> dict[str, Any]:
    """A deck whose temperature is a harmonic polynomial in each block, with R = step/flux at the interface.

    In a plane the flux is q (x + w)/w, about an axis q (1 + 3 r^2/w^2).
    """
    y = Y.replace("AXIS", "xyz"[dim - 1])
    width = f"{SIZE} m"
    if axisymmetric:
        flux = f"{FLUX} W/m^2 * (1 + 3 * x^2 / ({width})^2)"
        potential = f"{FLUX} W/m^2 * ({y} + (3 * x^2 * {y} - 2 * {y}^3) / ({width})^2)"
        side = f"6 * {FLUX} W/m^2 * x * {y} / ({width})^2"
    else:
        flux = f"{FLUX} W/m^2 * (x + {width}) / ({width})"
        potential = f"{flux} * {y}"
        side = f"{FLUX} W/m^2 * {y} / ({width}) * if(x > {SIZE - 1e-9} m, 1, if(x < 1 nm, -1, 0))"
    a, b = (f"{t} K + 1 m*K/W / {k} * {potential}" for t, k in ((COLD, K1), (COLD + STEP, K2)))
    return {
        "materials": MATERIALS,
        "physics": {
            "heat": {"blocks": ["a", "b"]},
            "thermal_resistance": {"interface": "a | b", "R": f"{STEP} K / ({flux})"},
        },
        "boundaries": {"bottom": {"temperature": a}, "top": {"temperature": b}, "sides": {"heat_flux": side}},
        "outputs": {"extra": deviations(a=("temperature", a), b=("temperature", b))},
    }


@pytest.mark.parametrize("dim", [2, 3])
def test_a_resistance_that_depends_on_the_position(tmp_path: Path, dim: int) -> None:
    result = solve(tmp_path, LAYERS, dim=dim, width=SIZE, cells_across=1, **harmonic(dim))
    assert result["temperature_jump_max"] == pytest.approx(STEP, rel=1e-9)
    assert max(result["off_a"], result["off_b"]) < 1e-9


def test_a_resistance_that_depends_on_the_radius(tmp_path: Path) -> None:
    deck = harmonic(2, axisymmetric=True)
    path = strip(tmp_path, LAYERS, dim=2, width=SIZE, cells_across=1, elements={"order": 3}, **deck)
    result = run(path.with_values(coordinates(path)), record=False)
    assert max(result["off_a"], result["off_b"]) < 1e-9


def coordinates(deck: Any) -> dict[str, Any]:
    """The override that makes a deck axisymmetric."""
    from trona.deck.source import parse_yaml

    return {"mesh.coordinates": parse_yaml("axisymmetric", "test")}


@pytest.mark.parallel(2)
def test_a_resistance_that_depends_on_the_position_on_two_ranks(tmp_path: Path) -> None:
    from mpi4py import MPI

    folder = Path(MPI.COMM_WORLD.bcast(str(tmp_path)))
    content = harmonic(2)
    mesh = {"layers": [{"a": f"{SIZE} m"}, {"b": f"{SIZE} m"}], "width": f"{SIZE} m", "cells": 2, "cells_across": 1}
    from trona.deck import Deck

    result = run(Deck.from_dict({"mesh": mesh, **content}, folder), record=False)
    parallel_assert(max(result["off_a"], result["off_b"]) < 1e-9)


def test_a_resistance_that_depends_on_the_temperature_of_one_side(tmp_path: Path) -> None:
    """q = dT / (h1/k1 + h2/k2 + R), R = R_0 (T_A/T_0)^2: one equation for q."""
    r0, hot = 2e-3, 330.0
    boundaries = {"bottom": {"temperature": f"{COLD} K"}, "top": {"temperature": f"{hot} K"}}
    for side in ("a", "b"):
        result = solve(
            tmp_path,
            LAYERS,
            materials=MATERIALS,
            physics={
                "heat": {"blocks": ["a", "b"]},
                "thermal_resistance": {"interface": "a | b", "R": f"{r0} K*m^2/W * (temperature({side}) / {COLD} K)^2"},
            },
            boundaries=boundaries,
        )

        def missed(q: float, side: str = side) -> float:
            at = COLD + q * SIZE / K1 if side == "a" else hot - q * SIZE / K2
            return q * (SIZE / K1 + SIZE / K2 + r0 * (at / COLD) ** 2) - (hot - COLD)

        q = brentq(missed, 0.0, 1e5, xtol=1e-9)
        assert result["temperature_jump_max"] == pytest.approx(hot - COLD - q * (SIZE / K1 + SIZE / K2), rel=1e-9)
        assert result.ledger["energy"].closure < 1e-12


def test_an_equilibrium_potential_that_depends_on_a_given_temperature(tmp_path: Path) -> None:
    """Current I (x + w)/w crosses where U(T(x)) drives it so: the potential is harmonic, linear in x and in y."""
    current, i0, kappa, spread = 10.0, 20.0, 2.0, 40.0
    y = Y.replace("AXIS", "y")
    here = f"((temperature - {COLD} K) / {spread} K + 1)"  # (x + w)/w, written in T
    exact = f"-{current / kappa} V/m * (x + {SIZE} m) / {SIZE} m * {y}"
    inflow = f"-{current} A/m^2 * {y} / {SIZE} m * if(x > {SIZE - 1e-9} m, 1, if(x < 1 nm, -1, 0))"
    result = solve(
        tmp_path,
        LAYERS,
        dim=2,
        width=SIZE,
        cells_across=1,
        materials=MATERIALS,
        given={"temperature": f"{COLD} K + {spread} K * x / {SIZE} m"},
        physics={
            "ionic_charge": {"blocks": ["b"]},
            "butler_volmer": {
                "interface": "a | b",
                "kinetics": "linear",
                "i0": f"{i0} A/m^2",
                "equilibrium_potential": f"-{current / i0 * R_GAS / FARADAY} V/K * temperature * {here}",
            },
        },
        boundaries={"top": {"electric_potential": exact}, "sides": {"current_density": inflow}},
        outputs={"extra": deviations(b=("electric_potential", exact))},
    )
    assert result["reaction_current_density_max"] == pytest.approx(2 * current, rel=1e-9)
    assert result["reaction_current_density_min"] == pytest.approx(current, rel=1e-9)
    assert result["off_b"] < 1e-12 * current / kappa


def test_an_exchange_current_density_written_out_is_that_of_the_plugin(tmp_path: Path) -> None:
    """The Arrhenius law of butler_volmer, and the same law as an expression of the temperature, which is solved for."""
    energy = 40e3
    law = f"20 A/m^2 * exp(-{energy / R_GAS} K * (1 / temperature - 1 / 298.15 K))"
    found = []
    for option in ({"i0": "20 A/m^2", "activation_energy": f"{energy} J/mol"}, {"i0": law}):
        result = solve(
            tmp_path,
            LAYERS,
            dim=2,
            width=SIZE,
            cells_across=2,
            materials=MATERIALS,
            physics={
                "heat": {"blocks": ["a", "b"]},
                "ionic_charge": {"blocks": ["b"]},
                "butler_volmer": {
                    "interface": "a | b",
                    "mean_current_density": "-30 A/m^2",
                    "reaction_heat": True,
                    **option,
                },
            },
            boundaries={
                "bottom": {"temperature": f"290 K + 40 K * x / {SIZE} m"},
                "top": {"temperature": "320 K", "electric_potential": "0 V"},
            },
            outputs={"extra": {"potential": {"reduce": "mean", "of": "electrode_potential", "on": "a | b"}}},
        )
        found.append(result)
    for name in ("theta", "potential", "overpotential_mean", "reaction_current_density_min"):
        assert found[1][name] == pytest.approx(found[0][name], rel=1e-12)
    assert found[0]["theta"] > 1.05, "the temperature must matter"


def test_a_position_is_the_present_one(tmp_path: Path) -> None:
    """U = s y at a surface that moves: the metal's potential follows it by s v t."""
    current, slope, molar, last = 1e4, 1e6, 1e-5, 0.2
    layers = [("metal", 1e-6, 1), ("liquid", 1e-6, 1)]
    result = solve(
        tmp_path,
        layers,
        dim=2,
        width=1e-6,
        cells_across=1,
        materials={"metal": {"molar_volume": f"{molar} m^3/mol"}, "liquid": {"ionic_conductivity": "1 S/m"}},
        given={"temperature": "300 K"},
        physics={
            "ionic_charge": {"blocks": ["liquid"]},
            "growth": {"interface": "metal | liquid"},
            "butler_volmer": {
                "interface": "metal | liquid",
                "kinetics": "linear",
                "i0": "20 A/m^2",
                "equilibrium_potential": f"{slope} V/m * y",
                "mean_current_density": f"-{current} A/m^2",
            },
        },
        motion={"direction": "y"},
        boundaries={"bottom": {"mesh_displacement": "0 m"}, "top": {"electric_potential": "0 V"}},
        initial={"electric_potential": "0 V"},
        time={"end": f"{last} s", "step": f"{last / 2} s"},
        outputs={"extra": {"potential": {"reduce": "mean", "of": "electrode_potential", "on": "metal | liquid"}}},
    )
    moved = current * molar / FARADAY * last
    assert result["surface_top"] - 1e-6 == pytest.approx(moved, rel=1e-9)
    resting = -current * R_GAS * 300.0 / (20.0 * FARADAY) - current * 1e-6  # what lies above is pushed along
    assert result["potential"] == pytest.approx(slope * (1e-6 + moved) + resting, rel=1e-9)
    assert slope * moved > 0.01 * abs(result["potential"])


def test_a_value_that_leaves_its_bounds_ends_the_run(tmp_path: Path) -> None:
    """After a steady solve, and before the first step of one in time."""
    deck: dict[str, Any] = {
        "materials": MATERIALS,
        "physics": {
            "heat": {"blocks": ["a", "b"]},
            "thermal_resistance": {
                "interface": "a | b",
                "R": f"1e-3 K*m^2/W * (1 - (temperature(a) - {COLD} K) / 0.5 K)",
            },
        },
        "boundaries": {"bottom": {"temperature": f"{COLD} K"}, "top": {"heat_flux": f"{FLUX} W/m^2"}},
    }
    rise = FLUX * SIZE / K1
    with pytest.raises(BoundsError, match="R of thermal_resistance is ") as caught:
        solve(tmp_path, LAYERS, **deck)
    assert f"{1e-3 * (1 - rise / 0.5):.3g}" in str(caught.value) and "must be at least 0 K" in str(caught.value)
    timed = {"initial": {"temperature": f"{COLD + 1} K"}, "time": {"end": "1 s", "step": "1 s"}}
    with pytest.raises(
        DeckError, match=r"physics.thermal_resistance.R: before the first step, R of thermal_resistance"
    ):
        solve(tmp_path, LAYERS, **deck, **timed)


def test_a_choice_between_equal_values_is_that_value(tmp_path: Path) -> None:
    deck: dict[str, Any] = {
        "materials": MATERIALS,
        "physics": {
            "heat": {"blocks": ["a", "b"]},
            "thermal_resistance": {"interface": "a | b", "R": "if(x < 1 mm, 1e-3 K*m^2/W, 1e-3 K*m^2/W)"},
        },
        "boundaries": {"bottom": {"temperature": f"{COLD} K"}, "top": {"heat_flux": f"{FLUX} W/m^2"}},
    }
    assert solve(tmp_path, LAYERS, **deck)["temperature_jump_max"] == pytest.approx(1e-3 * FLUX, rel=1e-9)
