"""Heat in layers against closed forms: sources, jumps, Robin conditions and boundary data in time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from strips import ends, nodal, solve

LA, LB, KA, KB = 2e-3, 3e-3, 5.0, 0.4
LAYERS = [("a", LA, 3), ("b", LB, 4)]
HEAT = {"thermal_conductivity": "5 W/m/K", "density": "1000 kg/m^3", "specific_heat_capacity": "2000 J/kg/K"}
MATERIALS: dict[str, Any] = {"a": HEAT, "b": {**HEAT, "thermal_conductivity": "0.4 W/m/K"}}


def test_joule_heat_and_a_thermal_resistance(tmp_path: Path) -> None:
    """A known current heats both layers; what enters at the top and is produced leaves at the bottom."""
    current, flux, resistance, sigma = 40.0, 30.0, 1e-3, (2.0, 0.5)
    materials = {b: {**MATERIALS[b], "ionic_conductivity": f"{s} S/m"} for b, s in zip("ab", sigma, strict=True)}
    result = solve(
        tmp_path,
        LAYERS,
        materials=materials,
        physics={
            "ionic_charge": {"blocks": ["a", "b"]},
            "heat": {"blocks": ["a", "b"]},
            "joule_heating": {},
            "thermal_resistance": {"interface": "a | b", "R": f"{resistance} K*m^2/W"},
        },
        boundaries={
            "bottom": {"electric_potential": "0 V", "temperature": "300 K"},
            "top": {"current_density": f"{current} A/m^2", "heat_flux": f"{flux} W/m^2"},
        },
    )
    source = [current**2 / s for s in sigma]
    crossing = flux + source[1] * LB  # downwards, at the interface
    y, rise = nodal(result, "temperature", "a", 300)
    np.testing.assert_allclose(rise, (crossing + source[0] * LA) / KA * y - source[0] / (2 * KA) * y**2, atol=1e-9)
    below, above = rise[-1], ends(result, "temperature", "b", 300)[0]
    assert above - below == pytest.approx(crossing * resistance, rel=1e-9)
    y, rise = nodal(result, "temperature", "b", 300)
    y = y - LA
    expected = above + crossing / KB * y - source[1] / (2 * KB) * y**2
    np.testing.assert_allclose(rise, expected, atol=1e-9)
    assert rise.max() > 0.3
    assert result["temperature_jump_max"] == pytest.approx(crossing * resistance, rel=1e-9)
    ledger = result.ledger["energy"]
    assert ledger.closure < 1e-12
    produced = {e.region: e.value for e in ledger.entries if e.plugin == "joule_heating"}
    assert produced == pytest.approx({"a": source[0] * LA, "b": source[1] * LB}, rel=1e-12)


@pytest.mark.parametrize(("share", "sign"), [(0.98, 1), (1.0, 0), (1.02, -1)])
def test_the_gradient_of_a_heated_film_reverses(tmp_path: Path, share: float, sign: int) -> None:
    """A film heated by current between a metal and a liquid, both kept at one temperature far away: its mean gradient
    points to where more heat leaves, and vanishes where both ways out resist alike, R_int + L_m/k_m = H_e/k_e."""
    height, conductivity, metal = 4.95e-6, 0.2, 0.5e-6 / 142.0
    resistance = share * (height / conductivity) - metal
    liquid = {**HEAT, "thermal_conductivity": f"{conductivity} W/m/K", "ionic_conductivity": "1e6 S/m"}
    film = {**HEAT, "thermal_conductivity": "0.5 W/m/K", "ionic_conductivity": "5e-9 S/m"}
    result = solve(
        tmp_path,
        [("metal", 0.5e-6, 2), ("film", 50e-9, 3), ("liquid", height, 3)],
        materials={"metal": {**HEAT, "thermal_conductivity": "142 W/m/K"}, "film": film, "liquid": liquid},
        physics={
            "ionic_charge": {"blocks": ["film", "liquid"]},
            "heat": {"blocks": ["metal", "film", "liquid"]},
            "joule_heating": {},
            "butler_volmer": {"interface": "metal | film", "i0": "1e3 A/m^2"},
            "thermal_resistance": {"interface": "metal | film", "R": f"{resistance!r} K*m^2/W"},
        },
        boundaries={
            "bottom": {"temperature": "298.15 K"},
            "top": {"current_density": "10 A/m^2", "temperature": "298.15 K"},
        },
        outputs={
            "extra": {
                "heat": {"reduce": "mean", "of": "joule_heat", "on": "film"},
                "slope": {"reduce": "mean", "of": "temperature_gradient_x", "on": "film"},
                "below": {"reduce": "minimum", "of": "temperature_gradient_x", "on": "liquid"},
            }
        },
    )
    assert result["heat"] == pytest.approx(10.0**2 / 5e-9, rel=1e-9)
    lower, upper = ends(result, "temperature", "film", 298.15)
    assert upper > 1e-3
    assert result["slope"] * 50e-9 == pytest.approx(upper - lower, rel=1e-6, abs=1e-9 * upper)
    assert result["below"] == pytest.approx(-upper / height, rel=1e-5)
    assert (upper - lower) / upper == pytest.approx(0.0, abs=1e-7) if sign == 0 else (upper - lower) * sign > 0


def test_joule_heat_of_both_currents(tmp_path: Path) -> None:
    """Electrons below, ions above, both led away where they meet; what is reported runs the way it flows."""
    down, up, sigma, kappa = 40.0, 25.0, 2.0, 0.5
    result = solve(
        tmp_path,
        LAYERS,
        materials={
            "a": {**HEAT, "electronic_conductivity": f"{sigma} S/m"},
            "b": {**MATERIALS["b"], "ionic_conductivity": f"{kappa} S/m"},
        },
        physics={
            "electronic_charge": {"blocks": ["a"]},
            "ionic_charge": {"blocks": ["b"]},
            "heat": {"blocks": ["a", "b"]},
            "joule_heating": {},
        },
        boundaries={
            "bottom": {"electronic_current_density": f"{up} A/m^2", "temperature": "300 K"},
            "a | b": {"electrode_potential": "0 V", "electric_potential": "0 V"},
            "top": {"current_density": f"{down} A/m^2"},
        },
        outputs={
            "extra": {
                "electrons": {"probe": "electronic_current_density", "at": ["1 mm"]},
                "ions": {"probe": "current_density", "at": ["3 mm"]},
                "slope": {"probe": "temperature_gradient", "at": ["0.1 mm"]},
                "heat": {"probe": "heat_flux", "at": ["0.1 mm"]},
            }
        },
    )
    source = {"a": up**2 / sigma, "b": down**2 / kappa}
    produced = {e.region: e.value for e in result.ledger["energy"].entries if e.plugin == "joule_heating"}
    assert produced == pytest.approx({"a": source["a"] * LA, "b": source["b"] * LB}, rel=1e-9)
    leaves = source["a"] * (LA - 1e-4) + source["b"] * LB
    assert (result["electrons.x"], result["ions.x"]) == pytest.approx((up, -down), rel=1e-9)
    assert (result["slope.x"], result["heat.x"]) == pytest.approx((leaves / KA, -leaves), rel=1e-7)
    rise = source["b"] * LB * LA / KA + source["a"] * LA**2 / (2 * KA) + source["b"] * LB**2 / (2 * KB)
    assert result["temperature_max"] - 300 == pytest.approx(rise, rel=1e-8)
    assert result["temperature_min"] == pytest.approx(300, abs=1e-9)
    assert result["temperature_gradient_max"] == pytest.approx(source["b"] * LB / KB, rel=1e-7)


def test_robin_condition(tmp_path: Path) -> None:
    """A wall that loses heat to surroundings at 20 degC: three resistances in series."""
    result = solve(
        tmp_path,
        LAYERS,
        materials=MATERIALS,
        physics={"heat": {"blocks": ["a", "b"]}},
        boundaries={
            "bottom": {"temperature": "80 degC"},
            "top": {"robin": {"temperature": {"coefficient": "25 W/m^2/K", "reference": "20 degC"}}},
        },
    )
    flux = 60 / (LA / KA + LB / KB + 1 / 25)
    assert ends(result, "temperature", "b", 293.15)[1] == pytest.approx(flux / 25, rel=1e-9)
    assert ends(result, "temperature", "a", 353.15)[1] == pytest.approx(-flux * LA / KA, rel=1e-9)
    robin = {(e.plugin, e.region): e.value for e in result.ledger["energy"].entries}
    assert robin["boundaries", "top"] == pytest.approx(-flux, rel=1e-9)
    assert result.ledger["energy"].closure < 1e-12


@pytest.mark.parametrize("method", ["bdf1", "bdf2"])
def test_boundary_data_in_time(tmp_path: Path, method: str) -> None:
    """T = T0 + r [t + y^2/(2 D)] solves the heat equation, and both formulas are exact for it.

    The bottom value is an expression of time, the top value a table, the sides' data is no flux.
    """
    rate, diffusivity = 0.5, KA / (1000 * 2000)
    top = 300 + rate * LA**2 / (2 * diffusivity)
    table = [["0 s", f"{top} K"], ["20 s", f"{top + 20 * rate} K"]]
    result = solve(
        tmp_path,
        LAYERS[:1],
        materials={"a": HEAT},
        physics={"heat": {"blocks": ["a"]}},
        boundaries={
            "bottom": {"temperature": f"300 K + {rate} K/s * t"},
            "top": {"temperature": {"table": table, "of": "t"}},
        },
        initial={"temperature": f"300 K + {rate / (2 * diffusivity)} K/m^2 * x^2"},
        time={"end": "10 s", "step": "2.5 s", "method": method},
    )
    y, rise = nodal(result, "temperature", "a", 300)
    np.testing.assert_allclose(rise, rate * (10 + y**2 / (2 * diffusivity)), rtol=1e-9)
    ledger = result.ledger["energy"]
    assert ledger.closure < 1e-9
    assert ledger.stored == pytest.approx(1000 * 2000 * LA * rate * 10, rel=1e-9)


def test_flux_data_in_time(tmp_path: Path) -> None:
    """What a heat flux given by a table lets in is stored: the change of the content of both layers."""
    result = solve(
        tmp_path,
        LAYERS,
        materials=MATERIALS,
        physics={"heat": {"blocks": ["a", "b"]}},
        boundaries={"top": {"heat_flux": {"table": [["0 s", "0 W/m^2"], ["4 s", "200 W/m^2"]], "of": "t"}}},
        initial={"temperature": "300 K"},
        time={"end": "4 s", "step": "0.5 s", "method": "bdf1"},
    )
    # An implicit step takes the flux at its end: the sum of 25, 50, ... 200 W/m2 over 0.5 s each.
    ledger = result.ledger["energy"]
    entered = 0.5 * 25 * (1 + 2 + 3 + 4 + 5 + 6 + 7 + 8)
    assert ledger.came_in == pytest.approx(entered, rel=1e-12)
    assert ledger.stored == pytest.approx(entered, rel=1e-9)
    content = 1000 * 2000 * sum(_integral(*nodal(result, "temperature", b, 300)) for b in "ab")
    assert content == pytest.approx(entered, rel=1e-9)


def _integral(y: Any, values: Any) -> float:
    """Simpson's rule on the three nodes of each cell: exact for order 2."""
    return float(sum((y[i + 2] - y[i]) / 6 * (values[i : i + 3] @ [1, 4, 1]) for i in range(0, len(y) - 1, 2)))


def test_extrema_over_the_points_of_a_line(tmp_path: Path) -> None:
    """Layers a, b, a meet at two points with the same law: the extremes are over them, not their sum."""
    layers = [("a", LA, 2), ("b", LB, 2), ("a", LA, 2)]
    result = solve(
        tmp_path,
        layers,
        materials=MATERIALS,
        physics={"heat": {"blocks": ["a", "b"]}, "thermal_resistance": {"interface": "a | b", "R": "1e-3 K*m^2/W"}},
        boundaries={"bottom": {"temperature": "300 K"}, "top": {"temperature": "310 K"}},
        outputs={
            "extra": {
                "warmest": {"reduce": "maximum", "of": "temperature", "on": "a | b", "side": "a"},
                "coldest": {"reduce": "minimum", "of": "temperature", "on": "a | b", "side": "a"},
                "wall": {"reduce": "maximum", "of": "temperature", "on": "top"},
            }
        },
    )
    flux = 10 / (2 * LA / KA + LB / KB + 2e-3)
    assert result["temperature_jump_max"] == pytest.approx(flux * 1e-3, rel=1e-9)
    assert result["warmest"] - 310 == pytest.approx(-flux * LA / KA, rel=1e-9)
    assert result["coldest"] - 300 == pytest.approx(flux * LA / KA, rel=1e-9)
    assert result["wall"] == pytest.approx(310, rel=1e-12)
