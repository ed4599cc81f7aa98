"""Power-law creep against closed forms, and from rest far above its reference stress."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bodies import body, box, everywhere, ring
from FIAT import create_quadrature
from scipy.optimize import brentq
from strips import solve as on_layers

from trona.errors import DeckError
from trona.model import compose
from trona.session import Result, run

R_GAS = 8.31446261815324
METALS = {"Na": ("4.6 GPa", "0.34", 5.1e4, 44e3, 0.235e6, 5.0), "Li": ("7.82 GPa", "0.36", 6.0e2, 33e3, 0.73e6, 6.56)}
SYMMETRY = {"bottom": {"displacement": [None, "0 m"]}, "top": {"displacement": ["0 m", None]}}


def material(metal: str, **other: str) -> dict[str, Any]:
    E, nu, A, Q, sigma, n = METALS[metal]
    return {
        "body": {
            "youngs_modulus": E,
            "poisson_ratio": nu,
            "creep_prefactor": f"{A} 1/s",
            "creep_exponent": str(n),
            "creep_activation_energy": f"{Q} J/mol",
            "creep_reference_stress": f"{sigma} Pa",
            **other,
        }
    }


def solve(folder: Path, cells: Any, shape: Any, materials: Any, temperature: str = "25 degC", **rest: Any) -> Result:
    physics = {"elasticity": {"blocks": ["body"]}, "creep": {"blocks": ["body"]}, **rest.pop("physics", {})}
    given = {"temperature": temperature}
    return run(body(folder, cells, shape, materials=materials, physics=physics, given=given, **rest), record=False)


def pulled(folder: Path, metal: str, stress: float, temperature: str = "25 degC") -> float:
    """Creep rate along a bar, from the growth of its strain in the last of two steps."""
    *_, sigma, n = METALS[metal]
    A, Q = METALS[metal][2:4]
    kelvin = 273.15 + float(temperature.split()[0])
    time = float(1e-3 / (A * np.exp(-Q / (R_GAS * kelvin)) * (stress / sigma) ** n))
    result = solve(
        folder,
        (1, 1),
        box((0, 1), (0, 1)),
        material(metal),
        temperature,
        coordinates="axisymmetric",
        boundaries={"bottom": {"displacement": [None, "0 m"]}, "top": {"traction": ["0 Pa", f"{stress!r} Pa"]}},
        time={"end": f"{time!r} s", "step": f"{time / 2!r} s"},
    )
    strain = everywhere(result, "creep_strain")[1][0]
    assert strain[0] == pytest.approx(-strain[1] / 2, rel=1e-9)
    return float(strain[1]) / time


@pytest.mark.parametrize("metal", METALS)
def test_uniaxial_rate_and_slope(tmp_path: Path, metal: str) -> None:
    *_, A, Q, sigma, n = METALS[metal]
    low, high = pulled(tmp_path, metal, sigma), pulled(tmp_path, metal, 4 * sigma)
    assert low == pytest.approx(A * np.exp(-Q / (R_GAS * 298.15)), rel=1e-6)
    assert np.log(high / low) / np.log(4) == pytest.approx(n, rel=1e-6)


@pytest.mark.parametrize(("metal", "factor"), [("Na", 32.8), ("Li", 13.7)])
def test_rate_grows_with_temperature(tmp_path: Path, metal: str, factor: float) -> None:
    sigma = METALS[metal][4]
    cold, warm = pulled(tmp_path, metal, sigma, "0 degC"), pulled(tmp_path, metal, sigma, "60 degC")
    assert warm / cold == pytest.approx(factor, abs=0.05)


@pytest.mark.slow
def test_relaxation_in_three_dimensions(tmp_path: Path) -> None:
    """A cube sheared along xz and yz relaxes in one step: 2 mu (e - dt 3/2 A (sigma_vm/sigma_0)^n s/sigma_vm) = s."""
    E, nu, A, Q, sigma, n = METALS["Li"]
    shear, step = np.array([3e-4, -4e-4]), 2.0
    mu = float(E.split()[0]) * 1e9 / (2 * (1 + float(nu)))
    speed = A * np.exp(-Q / (R_GAS * 298.15))
    moved = {"displacement": [f"{2 * shear[0]} * z", f"{2 * shear[1]} * z", "0 m"]}
    result = on_layers(
        tmp_path,
        [("body", 1.0, 1)],
        dim=3,
        cells_across=1,
        materials=material("Li"),
        given={"temperature": "25 degC"},
        physics={"elasticity": {"blocks": ["body"]}, "creep": {"blocks": ["body"]}},
        boundaries=dict.fromkeys(("bottom", "top", "sides"), moved),
        time={"end": f"{step} s", "step": f"{step} s"},
    )
    size = np.linalg.norm(shear)

    def crept(s: float) -> float:
        return float(step * 1.5 * speed * (np.sqrt(3) * s / sigma) ** n / np.sqrt(3))

    s = brentq(lambda s: s - 2 * mu * (size - crept(s)), 0, 2 * mu * size, xtol=1e-9)
    component = result.problem.unknowns.find("creep_strain")
    strain = result.problem.unknowns.states[0].subfunctions[component.index].dat.data_ro * float(component.scale)
    expected = np.array([0, 0, 0, *(crept(s) * shear / size)])  # xx, yy, xy, xz, yz
    assert crept(s) > 0.1 * size
    assert np.abs(strain - expected).max() < 1e-6 * crept(s)


def cylinder(folder: Path, load: str, n: str, **time: str) -> Result:
    """A quarter of a thick cylinder under pressure from inside; rates and stresses in units of A_0 and sigma_0."""
    metal = material(
        "Li",
        creep_prefactor="1 1/s",
        creep_activation_energy="0 J/mol",
        creep_exponent=n,
        creep_reference_stress="1 MPa",
    )
    return solve(
        folder,
        (6, 12),
        ring(1, 2),
        metal,
        boundaries=SYMMETRY,
        time={"method": "bdf1", **time},
        physics={"pressure": {"boundary": "left", "pressure": load}},
    )


def steady(result: Result, pressure: float, n: float) -> float:
    """Relative error of the radial stress of a body that creeps steadily."""
    points, xx = everywhere(result, "stress_xx")
    (_, yy), (_, xy) = everywhere(result, "stress_yy"), everywhere(result, "stress_xy")
    r = np.hypot(*points.T)
    c, s = points.T / r
    k = 2 / n
    expected = pressure * ((2 / r) ** k - 1) / (1 - 2**k)
    got = c * c * xx + s * s * yy + 2 * c * s * xy
    return float(np.sqrt(np.mean((got - expected) ** 2) / np.mean(expected**2)))


@pytest.mark.parametrize(("n", "load", "step"), [(5.0, 2.0, 1e-2), (6.56, 10.0, 1e-7), (6.56, 100.0, 1e-13)])
def test_thick_cylinder_from_rest(tmp_path: Path, n: float, load: float, step: float) -> None:
    """The whole load in one step: no cut, and the steady stress of the closed form, Norton and Bailey, in the next."""
    result = cylinder(tmp_path, f"{load} MPa", str(n), end=f"{3 * step!r} s", step=f"{step!r} s")
    assert len(result.newton) == 3
    assert steady(result, load * 1e6, n) < 1e-2
    assert result.ledger["momentum[x]"].closure < 1e-10


def test_a_held_strain_relaxes(tmp_path: Path) -> None:
    """A bar held at a strain: each implicit step is that of d sigma/dt = -E A (sigma/sigma_0)^n."""
    E, A, sigma, n, step, strain = 4.6e9, 1e-3, 0.235e6, 5.0, 0.01, 5e-4
    metal = material("Na", creep_prefactor=f"{A} 1/s", creep_activation_energy="0 J/mol")
    result = solve(
        tmp_path,
        (1, 1),
        box((0, 1), (0, 1)),
        metal,
        coordinates="axisymmetric",
        boundaries={"bottom": {"displacement": [None, "0 m"]}, "top": {"displacement": [None, f"{strain} m"]}},
        time={"end": f"{4 * step} s", "step": f"{step} s", "method": "bdf1"},
    )
    assert len(result.newton) == 4
    stress = E * strain
    for _ in range(4):
        before = stress
        stress = float(brentq(lambda s, b=before: s - b + step * E * A * (s / sigma) ** n, 0, before, xtol=1e-9))
    assert result["von_mises_stress_max (body)"] == pytest.approx(stress, rel=1e-8)
    assert result["creep_strain_max"] == pytest.approx(strain - stress / E, rel=1e-8)


def at_points(result: Result, values: Any) -> Any:
    """Values at the points of a cell at which creep holds, of three nodes at its corners; (cells, 3, components)."""
    component = result.problem.unknowns.find("creep_strain")
    points = create_quadrature(component.space.finat_element.cell, 2).get_points()
    element = component.space.finat_element.fiat_equivalent
    hats = element.tabulate(0, points)[0, 0]
    return np.einsum("np,knc->kpc", hats, values[component.space.cell_node_list])


def test_the_largest_rate_is_that_of_the_strain(tmp_path: Path) -> None:
    """One step from rest: the creep strain over its length. A power of the stress at a corner is far above it."""
    top = ["0 Pa", "4 MPa * cos(9 * x / 1 m)"]
    step = 1e-3
    metal = material("Li", creep_prefactor="1 1/s", creep_activation_energy="0 J/mol", creep_reference_stress="1 MPa")
    result = solve(
        tmp_path,
        (4, 4),
        box((0, 1), (0, 1)),
        metal,
        time={"end": f"{step} s", "step": f"{step} s"},
        boundaries={"bottom": {"displacement": ["0 m", "0 m"]}, "top": {"traction": top}},
    )
    component = result.problem.unknowns.find("creep_strain")
    strain = result.problem.unknowns.states[0].subfunctions[component.index].dat.data_ro * float(component.scale)
    xx, yy, xy = np.moveaxis(at_points(result, strain), -1, 0)
    speed = np.sqrt(2 / 3 * (xx**2 + yy**2 + (xx + yy) ** 2 + 2 * xy**2)) / step
    assert result["creep_rate_max"] == pytest.approx(speed.max(), rel=1e-6)


def test_creep_needs_time(tmp_path: Path) -> None:
    physics = {"elasticity": {"blocks": ["body"]}, "creep": {"blocks": ["body"]}}
    deck = body(
        tmp_path,
        (1, 1),
        box((0, 1), (0, 1)),
        physics=physics,
        given={"temperature": "25 degC"},
        materials=material("Na"),
        boundaries=SYMMETRY,
    )
    with pytest.raises(DeckError, match="creep needs a transient deck; give 'time'"):
        compose(deck)
