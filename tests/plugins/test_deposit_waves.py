"""Growth of a wave of a metal's surface under an elastic conductor, against linear theory by Monroe and Newman.

A deposit of the height h cos(k x) between metal and conductor makes the stresses S h cos(k x), from the exact solution
for two elastic layers. Each shifts the reaction by E h cos(k x),

    E = (Omega_ion S_e - Omega_M S_M + gamma Omega_M k^2)/F

and the wave grows at the rate

    omega = (Omega_M/F) (i/kappa - E) / [1/g + 1/(kappa k tanh(k L))]

with i the plating current density, g the slope of the reaction and L the height of the conductor. The height is only
recorded here, the mesh does not follow: i/kappa, the field that drives the crests, is absent. The errors are of second
order in the mesh: 0.3 to 1.1 % on this one, four times as much on one half as fine.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from elastic_waves import Layer, growth_rate, stress
from strips import FARADAY, R_GAS, solve
from waves import cosine_part

from trona.session.result import Result

WIDTH = 1e-6
"""Half of a wavelength, m."""
K = np.pi / WIDTH
KAPPA, I0, OMEGA, OMEGA_ION = 2e-3, 20.0, 2.375e-5, 6e-6
METAL, CONDUCTOR = Layer(0.6e-6, 1.7e9, 0.34), Layer(0.4e-6, 3.1e9, 0.27, free=True)
K_N, K_T = 4e16, 2e16
"""Of the size of the layers' own stiffness, so that all three count."""
FLUIDITY = 1e-10
"""Where the metal creeps, rate of its strain per deviatoric stress, 1/(Pa s)."""


def wave(
    folder: Path, form: str, shear_stiffness: float, *, end: float, current: float = 0.0, fine: int = 2, **physics: Any
) -> Result:
    young = {name: 2 * layer.shear * (1 + layer.poisson) for name, layer in (("metal", METAL), ("film", CONDUCTOR))}
    shape = f"1 nm * cos(pi * x / ({WIDTH} m))"
    return solve(
        folder,
        [("metal", METAL.thickness, 4 * fine), ("film", CONDUCTOR.thickness, 3 * fine)],
        dim=2,
        width=WIDTH,
        cells_across=8 * fine,
        materials={
            "metal": {
                "youngs_modulus": f"{young['metal']} Pa",
                "poisson_ratio": str(METAL.poisson),
                "molar_volume": f"{OMEGA} m^3/mol",
                "creep_prefactor": f"{FLUIDITY} 1/s",
                "creep_reference_stress": "1.5 Pa",
                "creep_exponent": "1",
                "creep_activation_energy": "0 J/mol",
            },
            "film": {
                "youngs_modulus": f"{young['film']} Pa",
                "poisson_ratio": str(CONDUCTOR.poisson),
                "partial_molar_volume": f"{OMEGA_ION} m^3/mol",
                "ionic_conductivity": f"{KAPPA} S/m",
            },
        },
        given={"temperature": "298.15 K"},
        physics={
            "ionic_charge": {"blocks": ["film"]},
            "butler_volmer": {"interface": "metal | film", "i0": f"{I0} A/m^2"},
            "growth": {"interface": "metal | film", "motion": "height"},
            "elasticity": {"blocks": ["metal", "film"]},
            "mechanical_overpotential": {"interface": "metal | film", "stress": form},
            "deposition_stress": {
                "interface": "metal | film",
                "normal_stiffness": f"{K_N} Pa/m",
                "shear_stiffness": f"{shear_stiffness} Pa/m",
            },
            **physics,
        },
        boundaries={
            "bottom": {"displacement": ["0 m", "0 m"]},
            "sides": {"displacement": ["0 m", None]},
            "top": {"current_density": f"{current} A/m^2"},
        },
        initial={"deposit_height": shape, "height": shape},
        time={"end": f"{end} s", "step": f"{end / 16} s", "method": "bdf2"},
    )


def found(result: Result, end: float) -> float:
    import firedrake as fd

    component = result.problem.unknowns.find("deposit_height")
    part = result.problem.unknowns.states[0].subfunctions[component.index]
    x = fd.Function(fd.VectorFunctionSpace(component.mesh, component.space.ufl_element()))
    x.interpolate(fd.SpatialCoordinate(component.mesh))
    order = np.argsort(x.dat.data_ro[:, 0])
    height = part.dat.data_ro * float(component.scale) + float(component.reference)
    return float(np.log(cosine_part(x.dat.data_ro[order, 0], height[order]) / 1e-9) / end)


def theory(form: str, shear_stiffness: float, current: float = 0.0, tension: float = 0.0, metal: Layer = METAL) -> Any:
    at = stress(metal, CONDUCTOR, K, K_N, shear_stiffness)
    of_metal = at.normal if form == "normal" else at.metal
    shift = (OMEGA_ION * at.conductor - OMEGA * of_metal + tension * OMEGA * K**2) / FARADAY
    slope = FARADAY / (R_GAS * 298.15) / 2 * np.hypot(2 * I0, current)
    return growth_rate(
        shift=shift, slope=slope, volume=OMEGA, conductivity=KAPPA, k=K, height=CONDUCTOR.thickness, current=0.0
    )


@pytest.mark.parametrize("shear_stiffness", [0.0, K_T], ids=["slides", "sticks"])
@pytest.mark.parametrize("form", ["hydrostatic", "normal"])
def test_stress_smooths_a_wave(tmp_path: Path, form: str, shear_stiffness: float) -> None:
    rate = theory(form, shear_stiffness)
    assert rate < 0
    end = -1 / rate
    assert found(wave(tmp_path, form, shear_stiffness, end=end), end) == pytest.approx(rate, rel=1.2e-2)


@pytest.mark.slow
@pytest.mark.parametrize("form", ["hydrostatic", "normal"])
def test_the_rate_converges(tmp_path: Path, form: str) -> None:
    """What is left of the error on a mesh of half the size is about a quarter, and so it is on the next."""
    rate = theory(form, K_T)
    end = -0.1 / rate
    off = [abs(found(wave(tmp_path, form, K_T, end=end, fine=n), end) / rate - 1) for n in (1, 2, 4)]
    assert off[0] > 3 * off[1] and off[1] > 3 * off[2]
    assert off[2] < 3e-3


def test_stress_and_tension_under_a_current(tmp_path: Path) -> None:
    """Plating at twice i0, with a tension that counts as much as the stress."""
    tension, current = 150.0, 2 * I0
    rate = theory("normal", K_T, current, tension)
    end = -0.5 / rate
    capillary = {"interface": "metal | film", "surface_energy": f"{tension} J/m^2"}
    result = wave(tmp_path, "normal", K_T, end=end, current=current, capillary_overpotential=capillary)
    assert rate < 1.3 * theory("normal", K_T, current)
    assert found(result, end) == pytest.approx(rate, rel=1.2e-2)


def crept(form: str, shear_stiffness: float, time: float) -> float:
    """Return the logarithm of the growth of a wave on a metal that creeps, by a Laplace transform taken back.

    The rate of a wave is omega(G) on elastic layers. Creep that is linear in the stress makes the shear modulus G a
    function of s, and the transform of the height is h_0/(s - omega(G(s))).
    Source: Abate and Valko, Int. J. Numer. Meth. Eng. 60 (2004) 979, for the way back.
    """
    number = 24
    theta = np.arange(1, number) * np.pi / number
    turn = 1 / np.tan(theta)
    r = 2 * number / (5 * time)
    s = [complex(r), *(r * theta * (turn + 1j))]
    weights = [0.5, *(1 + 1j * (theta + (theta * turn - 1) * turn))]
    parts = (
        w * np.exp(at * time) / (at - theory(form, shear_stiffness, metal=METAL.relaxed(FLUIDITY, at)))
        for at, w in zip(s, weights, strict=True)
    )
    return float(np.log(r / number * sum(part.real for part in parts)))


@pytest.mark.parametrize(
    ("form", "i0"),
    [
        pytest.param("hydrostatic", f"{I0} A/m^2", marks=pytest.mark.slow),
        pytest.param("normal", f"{I0} A/m^2", marks=pytest.mark.slow),
        ("normal", f"{I0} A/m^2 * (1 + height / (1 m))"),
    ],
)
def test_a_wave_on_a_metal_that_creeps(tmp_path: Path, form: str, i0: str) -> None:
    """Creep takes the shear stress away that smooths the wave. The kinetics may depend on the height, too."""
    end = -1 / theory(form, K_T)
    right = crept(form, K_T, end)
    assert abs(right + 1) > 0.1
    kinetics = {"interface": "metal | film", "i0": i0}
    rate = found(wave(tmp_path, form, K_T, end=end, creep={"blocks": ["metal"]}, butler_volmer=kinetics), end)
    assert rate * end == pytest.approx(right, rel=1.2e-2)
