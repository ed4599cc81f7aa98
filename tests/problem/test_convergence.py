"""Manufactured solutions: the error of a broken interface and of a nonlinear coupled problem falls at full order.

Sources and boundary data are made from solutions written down here; the normal flux at the interface is not zero,
the conductivities of its sides are neither equal nor 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import log
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from strips import FARADAY, R_GAS, strip
from trona.model import Model, Physics, Registry, registry
from trona.plugin import Blocks, Quantity
from trona.problem import Problem

LOWER, UPPER, WIDTH = 1.0, 0.5, 1.0
"""Thickness of block a, thickness of block b above it, and their width, m."""
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

    def contribute(self, model: Model) -> None:
        for option, balance in (("heat", "energy"), ("charge", "charge")):
            if not self.options.values[option].is_constant:
                model.balance(balance).source(getattr(self, option), self.blocks)


@pytest.fixture(scope="module")
def plugins() -> Registry:
    known = registry()
    return replace(known, physics={**known.physics, "manufactured_source": ManufacturedSource})


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
    return [log(a / b, 2) for a, b in zip(errors, errors[1:], strict=False)]


def solved(folder: Path, cells: int, order: int, plugins: Registry, **sections: Any) -> Problem:
    layers = [("a", LOWER, cells), ("b", UPPER, max(cells // 2, 1))]
    deck = strip(folder, layers, dim=2, width=WIDTH, cells_across=cells, elements={"order": order}, **sections)
    problem = Problem(Model(deck, plugins))
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
            tmp_path, cells, order, plugins,
            materials={
                b: {"thermal_conductivity": f"{k[b]} W/m/K", "density": "1 kg/m^3", "specific_heat_capacity": "1 J/kg/K"}
                for b in "ab"
            },
            physics={
                "heat": {"blocks": ["a", "b"]},
                "thermal_resistance": {"interface": "a | b", "R": f"{R} K*m^2/W"},
                "manufactured_source": [{"blocks": [b], "heat": source(b)} for b in "ab"],
            },
            boundaries={"bottom": {"temperature": temperature("a")}, "top": {"temperature": temperature("b")}},
        )  # fmt: skip
        errors.append(error(problem, "temperature", {b: exact(b) for b in "ab"}))
    assert min(orders(errors)[-2:]) >= expected, (errors, orders(errors))
