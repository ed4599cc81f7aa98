"""Manufactured solutions: errors at a broken interface and of a coupled cell fall at full order.

Sources and boundary data are made from solutions written down here; the normal flux at the interface is not
zero, the conductivities of its sides are neither equal nor 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from math import log
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from problems import problem_for
from strips import FARADAY, R_GAS, strip

from trona.model import Physics, Registry, compose, registry
from trona.model.symbols import symbolic_functions
from trona.plugin import Blocks, Contribution, Quantity, div, dot, exp, grad
from trona.problem import Problem

LOWER, UPPER, WIDTH = 1.0, 0.5, 1.0
"""Thickness of block a, thickness of block b above it, and their width, m."""
SIGMA, KAPPA, CONDUCTIVITY, E_KAPPA, I0 = 3.0, 2.0, 0.8, 2e4, 0.6
"""Of the coupled cell: conductivities (S/m, W/m/K), activation energy (J/mol) and exchange current (A/m2)."""
HEAT = {"density": "1 kg/m^3", "specific_heat_capacity": "1 J/kg/K"}
S = "(y / (1 m) - 1)"
"""Height above the interface."""


def cubic(a: float, b: float, c: float) -> str:
    return f"{a} + {b} * {S} + {c} * {S}^3"


class ManufacturedSource(Physics):
    """A source of heat or of charge given by an expression of position, for tests."""

    name = "manufactured_source"
    blocks = Blocks("where")
    heat = Quantity("W/m^3", "source of heat", default="0 W/m^3", variables=("t", "x", "y"))
    charge = Quantity("A/m^3", "source of charge", default="0 A/m^3", variables=("t", "x", "y"))

    def contribute(self, model: Contribution) -> None:
        for option, balance in (("heat", "energy"), ("charge", "charge")):
            if not self.options.values[option].is_constant:
                model.balance(balance).source(getattr(self, option), self.blocks)


class ManufacturedCell(Physics):
    """What charge and heat must be produced so that given potentials and temperature are the solution."""

    name = "manufactured_cell"
    metal = Quantity("V", "potential of the metal", variables=("t", "x", "y"))
    ions = Quantity("V", "potential of the ions", variables=("t", "x", "y"))
    temperature = Quantity("K", "temperature", variables=("t", "x", "y"))
    sigma = Quantity("S/m", "conductivity of the metal", default=f"{SIGMA} S/m")
    kappa = Quantity("S/m", "conductivity of the ions", default=f"{KAPPA} S/m")
    heat = Quantity("W/m/K", "thermal conductivity of both", default=f"{CONDUCTIVITY} W/m/K")
    activation_energy = Quantity("J/mol", "that of kappa", default=f"{E_KAPPA} J/mol")
    reference_temperature = Quantity("K", "that of kappa", default="298.15 K")

    def contribute(self, model: Contribution) -> None:
        T, R = self.temperature, model.constant("molar_gas_constant")
        arrhenius = exp(-self.activation_energy / R * (1 / T - 1 / self.reference_temperature))
        for block, balance, phi, conductivity in (
            ("a", "electronic_charge", self.metal, self.sigma),
            ("b", "charge", self.ions, self.kappa * arrhenius),
        ):
            model.balance(balance).source(-div(conductivity * grad(phi)), (block,))
            joule = conductivity * dot(grad(phi), grad(phi))
            model.balance("energy").source(-div(self.heat * grad(T)) - joule, (block,))


@pytest.fixture(scope="module")
def plugins() -> Registry:
    known = registry()
    own = {cls.name: cls for cls in (ManufacturedSource, ManufacturedCell)}
    return replace(known, physics={**known.physics, **own})


def error(problem: Problem, field: str, exact: dict[str, Callable[..., Any]]) -> float:
    """L2 norm of the error over all blocks; `exact` takes x, y as UFL."""
    import firedrake as fd

    total = 0.0
    for block, function in exact.items():
        component = problem.unknowns.find(field, block)
        mesh = component.mesh
        value = problem.unknowns.reading().value(component)
        x, y = fd.SpatialCoordinate(mesh)
        label = problem.meshes.block_label(block)
        difference = value - function(x, y)
        total += fd.assemble(difference**2 * fd.dx(label, domain=mesh, metadata={"quadrature_degree": 8}))
    return float(np.sqrt(total))


def orders(errors: list[float]) -> list[float]:
    return [log(a / b, 2) for a, b in pairwise(errors)]


def solved(folder: Path, cells: int, order: int, plugins: Registry, **sections: Any) -> Problem:
    layers = [("a", LOWER, cells), ("b", UPPER, max(cells // 2, 1))]
    deck = strip(folder, layers, dim=2, width=WIDTH, cells_across=cells, elements={"order": order}, **sections)
    problem = problem_for(compose(deck, plugins))
    problem.solve()
    return problem


@pytest.mark.parametrize(("order", "expected"), [(1, 1.95), (2, 2.9)])
def test_thermal_resistance(tmp_path: Path, plugins: Registry, order: int, expected: float) -> None:
    """T_a = 300 + cos(pi x) g_a(y), T_b = 300 + cos(pi x) g_b(y) with s = y - 1, the interface at s = 0.

    k_a g_a' = k_b g_b' = Q there, and the jump g_b - g_a = Q R: g_a = A + Q s/k_a, g_b = A + Q R + Q s/k_b,
    each plus a cubic that leaves value and slope at the interface alone. The sides (x = 0, 1) are mirrors.
    """
    import ufl

    k, R, Q, A, C = {"a": 3.0, "b": 0.7}, 0.9, 2.0, 1.5, 2.5
    g = {"a": (A, Q / k["a"], C), "b": (A + Q * R, Q / k["b"], C)}

    def temperature(block: str) -> str:
        return f"300 K + 1 K * cos(pi * x / (1 m)) * ({cubic(*g[block])})"

    def source(block: str) -> str:
        return f"{k[block]} W/m^3 * cos(pi * x / (1 m)) * (pi^2 * ({cubic(*g[block])}) - {6 * C} * {S})"

    def exact(block: str) -> Callable[..., Any]:
        p, q, r = g[block]
        return lambda x, y: 300 + ufl.cos(ufl.pi * x) * (p + q * (y - 1) + r * (y - 1) ** 3)

    errors = []
    for cells in (4, 8, 16, 32)[: 4 if order == 1 else 3]:
        problem = solved(
            tmp_path,
            cells,
            order,
            plugins,
            materials={b: {"thermal_conductivity": f"{k[b]} W/m/K", **HEAT} for b in "ab"},
            physics={
                "heat": {"blocks": ["a", "b"]},
                "thermal_resistance": {"interface": "a | b", "R": f"{R} K*m^2/W"},
                "manufactured_source": [{"blocks": [b], "heat": source(b)} for b in "ab"],
            },
            boundaries={p: {"temperature": temperature(b)} for p, b in (("bottom", "a"), ("top", "b"))},
        )
        errors.append(error(problem, "temperature", {b: exact(b) for b in "ab"}))
    assert min(orders(errors)[-2:]) >= expected, (errors, orders(errors))


@pytest.mark.slow
def test_coupled_cell(tmp_path: Path, plugins: Registry) -> None:
    """Metal | ions with Butler-Volmer kinetics, Joule heat, Arrhenius conductivity, continuous temperature.

    At the interface phi_s and phi_e are given waves, which fix the current i(x) by the rate law at the
    temperature there; phi_s = .. - i s/sigma and phi_e = .. - i s/kappa carry it away on both sides.
    """
    wave = "cos(pi * x / (1 m))"
    T = f"(300 K + 8 K * {wave} * (1 + {S}^2))"
    T_here = f"(300 K + 8 K * {wave})"
    metal, ions = f"(0.03 V + 0.02 V * {wave})", f"(0.01 V * {wave})"
    f = f"({FARADAY} C/mol / ({R_GAS} J/mol/K * {T_here}))"
    current = f"{I0} A/m^2 * (exp(0.4 * {f} * ({metal} - {ions})) - exp(-0.7 * {f} * ({metal} - {ions})))"
    kappa = f"({KAPPA} S/m * exp({-E_KAPPA / R_GAS} K * (1 / {T_here} - 1 / (298.15 K))))"
    exact = {
        "electrode_potential": f"{metal} - {current} * {S} * 1 m / ({SIGMA} S/m)",
        "electric_potential": f"{ions} - {current} * {S} * 1 m / {kappa}",
        "temperature": T,
    }
    heat = {"thermal_conductivity": f"{CONDUCTIVITY} W/m/K", **HEAT}
    arrhenius = {"value": f"{KAPPA} S/m", "activation_energy": f"{E_KAPPA} J/mol"}
    errors: dict[str, list[float]] = {name: [] for name in exact}
    for cells in (4, 8, 16):
        problem = solved(
            tmp_path,
            cells,
            2,
            plugins,
            materials={
                "a": {"electronic_conductivity": f"{SIGMA} S/m", **heat},
                "b": {"ionic_conductivity": {"arrhenius": arrhenius}, **heat},
            },
            physics={
                "electronic_charge": {"blocks": ["a"]},
                "ionic_charge": {"blocks": ["b"]},
                "heat": {"blocks": ["a", "b"]},
                "joule_heating": {},
                "butler_volmer": {"interface": "a | b", "i0": f"{I0} A/m^2", "alpha_a": 0.4, "alpha_c": 0.7},
                "manufactured_cell": {
                    "metal": exact["electrode_potential"],
                    "ions": exact["electric_potential"],
                    "temperature": T,
                },
            },
            boundaries={
                "bottom": {n: exact[n] for n in ("electrode_potential", "temperature")},
                "top": {n: exact[n] for n in ("electric_potential", "temperature")},
            },
        )
        for name, found in errors.items():
            solution = _evaluated(problem, exact[name])
            found.append(error(problem, name, dict.fromkeys(problem.model.fields[name].blocks, solution)))
    for name, found in errors.items():
        assert orders(found)[-1] >= 2.9, (name, found, orders(found))


def _evaluated(problem: Problem, text: str) -> Callable[..., Any]:
    expression = problem.model.parse(text)
    return lambda x, y: expression.evaluate({"x": x, "y": y}, symbolic_functions())
