"""The decks of the cell in three dimensions, on a small mesh of the same geometry, against closed forms."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import cell_3d
import pytest
from layers import Layer, build

import trona
from trona.mesh import read_mesh
from trona.verify import verify

DECKS = Path(__file__).resolve().parents[2] / "inputs/benchmarks"
R, F, T = 8.314462618, 96485.33212, 298.15
CURRENT, I0, RESISTANCE = 10.0, 20.0, 1e-5
METAL, FILM, ELECTROLYTE, WAVELENGTH, AMPLITUDE = 0.5e-6, 50e-9, 4.95e-6, 1e-6, 20e-9
TINY = {"size": 0.125, "size_base": 0.5, "size_top": 1.0, "growth": 1.0}


def theta(film: float, electrolyte: float) -> float:
    """Largest over smallest current through a film whose thickness is wavy along x and y, to first order in the wave.

    film, electrolyte: conductivities, S/m.
    """
    k = math.sqrt(2) * 2 * math.pi / WAVELENGTH
    reaction = 2 * R * T / F / math.sqrt(CURRENT**2 + 4 * I0**2)
    spreading = math.tanh(k * ELECTROLYTE) / (k * electrolyte)
    part = AMPLITUDE * (1 / film - 1 / electrolyte) / (reaction + FILM / film + spreading)
    return (1 + part) / (1 - part)


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cell") / "tiny.msh"
    cell_3d.build(path, **TINY)
    return path


def test_charge_and_heat(mesh: Path) -> None:
    result = trona.run(str(DECKS / "charge_heat_3d.yaml"), overrides=[f"mesh.file={mesh}"], record=False)
    assert result["theta"] - 1 == pytest.approx(theta(5e-4, 0.883) - 1, rel=0.03)
    # The current of the top goes through the metal's surface, which is larger.
    data, _ = read_mesh(mesh, 1e-6)
    surface = data.interfaces["metal | sei"].measure / data.boundaries["top"].measure
    assert result["reaction_current_density_mean"] == pytest.approx(-CURRENT / surface, rel=1e-6)


def test_charge_salt_heat_and_stress(mesh: Path) -> None:
    result = trona.run(
        str(DECKS / "charge_heat_elasticity_salt_3d.yaml"), overrides=[f"mesh.file={mesh}"], record=False
    )
    assert result["theta"] - 1 == pytest.approx(theta(5e-4, 1.0) - 1, rel=0.03)
    # One K over resistances in series, of which the interface has its part; the film is thinner at the crest.
    series = RESISTANCE + METAL / 142 + FILM / 0.5 + ELECTROLYTE / 0.15
    assert result["temperature_jump_max"] == pytest.approx(RESISTANCE / series, rel=2e-3)
    # Flat layers between mirrors under a pressure: strain across the layers alone.
    for block, poisson, rel in [("metal", 0.34, 0.015), ("sei", 0.3, 0.02)]:
        for end in ("max", "min"):
            expected = -0.1e6 * (1 + poisson) / (3 * (1 - poisson))
            assert result[f"hydrostatic_stress_{end} ({block})"] == pytest.approx(expected, rel=rel)
    assert result["salt_concentration_max"] > 1000.5 > 999.5 > result["salt_concentration_min"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("deck", "cells", "most", "changes"),
    [
        ("charge_heat_3d", 1, 15_000, {"boundaries.bottom": {"temperature": "25 degC"}}),
        (
            "charge_heat_elasticity_salt_3d",
            2,
            80_000,
            {
                "boundaries.bottom": {"temperature": "25 degC", "displacement": ["0 m", "0 m", "0 m"]},
                "boundaries.x_sides": None,
                "boundaries.y_sides": None,
            },
        ),
    ],
)
def test_the_equations_are_verified(deck: str, cells: int, most: int, changes: dict[str, Any], tmp_path: Path) -> None:
    """On flat layers, refined twice; on the wavy ones it takes ten times as many unknowns.

    cells: across each layer. Of four fields the salt needs most: on its way to 3 its order is 2.4 and then 2.9.
    """
    layers = [Layer(name, 0.25, cells) for name in ("metal", "sei", "electrolyte")]
    build(tmp_path / "a.msh", layers, dim=3, width=0.5)
    changes = {"mesh.file": str(tmp_path / "a.msh"), "boundaries.base": None, **changes}
    found = verify(
        DECKS / f"{deck}.yaml", overrides=[f"{k}={json.dumps(v)}" for k, v in changes.items()], max_unknowns=most
    )
    assert found.passed, found.table()
