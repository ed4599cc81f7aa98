"""Presets of the solver find the same answer; a tolerance is kept, and means what it says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from strips import solve

from trona.session.result import Result

LAYERS = [("metal", 2e-6, 2), ("salt", 4e-6, 3)]
CURRENT = 50.0


def cell(folder: Path, **solver: Any) -> Result:
    return solve(
        folder,
        LAYERS,
        dim=2,
        width=1e-6,
        materials={"salt": {"ionic_conductivity": "0.5 S/m"}},
        given={"temperature": "300 K"},
        physics={"ionic_charge": {"blocks": ["salt"]}, "butler_volmer": {"interface": "metal | salt", "i0": "3 A/m^2"}},
        boundaries={"top": {"current_density": f"{CURRENT} A/m^2"}},
        solver=solver,
    )


@pytest.mark.parametrize("preset", ["direct_nested", "refined", "iterative"])
def test_presets_agree(tmp_path: Path, preset: str) -> None:
    expected = cell(tmp_path)["overpotential_mean"]
    assert cell(tmp_path, preset=preset)["overpotential_mean"] == pytest.approx(expected, rel=1e-9)


def test_a_tolerance_is_an_imbalance_of_the_flux(tmp_path: Path) -> None:
    errors, iterations = [], []
    for tolerance in ("1 A/m^2", "1e-9 A/m^2"):
        result = cell(tmp_path, tolerance={"charge": tolerance})
        errors.append(abs(result["reaction_current_density_mean"] + CURRENT))
        iterations.append(len(result.newton[0]) - 1)
    assert iterations[0] < iterations[1]
    assert 1e-9 < errors[0] <= 1.0
    assert errors[1] <= 1e-9


def test_any_option_of_petsc_can_be_given(tmp_path: Path) -> None:
    result = cell(tmp_path, petsc={"snes_linesearch_type": "nleqerr"})
    assert result.problem.newton.snes.getLineSearch().getType() == "nleqerr"
    assert result["reaction_current_density_mean"] == pytest.approx(-CURRENT, rel=1e-9)
