"""Vacancies of a regular solution: growth of waves, equilibrium of two phases, energy, against closed forms."""

from __future__ import annotations

import csv
import json
from math import exp, log, pi
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq
from strips import R_GAS, ends, solve, strip

from trona.cli import main
from trona.deck import read_deck
from trona.errors import UserError
from trona.model import compose
from trona.session import Result, run

T, T_C, KAPPA, D, X = 300.0, 500.0, 2e-13, 1e-14, 0.4
HALF = 2e-8
"""Half a wave, m."""
LATTICE: dict[str, Any] = {
    "molar_volume": "2.375e-5 m^3/mol",
    "critical_temperature": f"{T_C} K",
    "mixing_energy": {"regular_solution": {}},
    "gradient_energy": f"{KAPPA} J*m^2/mol",
    "vacancy_diffusivity": f"{D} m^2/s",
}


def rate(k: float, fraction: float, critical: float = T_C, mobile: float | None = None) -> float:
    """Growth rate of a small wave, 1/s."""
    mobile = fraction if mobile is None else mobile
    curvature = R_GAS * T / (fraction * (1 - fraction)) - 4 * R_GAS * critical
    return -D * mobile * (1 - mobile) / (R_GAS * T) * k**2 * (curvature + KAPPA * k**2)


def binodal(critical: float, kelvin: float = T) -> float:
    """Fraction of vacancies in the phase that is poor in them: f' = 0 below one half."""
    return float(
        brentq(lambda x: 2 * critical / kelvin * (1 - 2 * x) + log(x / (1 - x)), 1e-12, 0.5 - 1e-6, xtol=1e-15)
    )


def lattice(folder: Path, wave: str, end: float, step: float, **more: Any) -> dict[str, Any]:
    options = {"blocks": ["metal"], **more.pop("options", {})}
    return {
        "materials": {"metal": {**LATTICE, **more.pop("material", {})}},
        "physics": {"cahn_hilliard": options},
        "given": {"temperature": f"{T} K"},
        "initial": {"vacancy_fraction": wave},
        "time": {"end": f"{end} s", "step": f"{step} s", **more.pop("time", {})},
        **more,
    }


@pytest.mark.parametrize(
    ("fraction", "critical", "options"),
    [(X, T_C, {}), (0.3, 700.0, {}), (X, T_C, {"mobility": "constant", "mobility_fraction": 0.2}), (X, 250.0, {})],
    ids=["below", "far below", "constant mobility", "above the critical temperature"],
)
def test_a_small_wave_grows_as_theory_says(
    fraction: float, critical: float, options: dict[str, Any], tmp_path: Path
) -> None:
    k = pi / HALF
    s = rate(k, fraction, critical, options.get("mobility_fraction"))
    assert (s > 0) == (critical > T)
    start, end = 1e-4, 1.5 / abs(s)
    wave = f"{fraction} + {start} * cos({k!r} / m * x)"
    sections = lattice(
        tmp_path, wave, end, end / 150, options=options, material={"critical_temperature": f"{critical} K"}
    )
    result = solve(tmp_path, [("metal", HALF, 16)], **sections)
    low, high = ends(result, "vacancy_fraction", "metal", above=fraction)
    assert log((low - high) / (2 * start)) / end == pytest.approx(s, rel=1e-3)


def test_a_wave_in_two_directions_grows_by_both(tmp_path: Path) -> None:
    """Close to the fastest of all waves, or those that the mesh brings in would outgrow it."""
    height, width = 1.5 * HALF, 2 * HALF
    k, across = pi / height, pi / width
    s = rate((k**2 + across**2) ** 0.5, X)
    start, end = 1e-4, 1.0 / abs(s)
    wave = f"{X} + {start} * cos({across!r} / m * x) * cos({k!r} / m * y)"
    sections = lattice(
        tmp_path,
        wave,
        end,
        end / 100,
        mesh={"layers": [{"metal": f"{height} m"}], "width": f"{width} m", "cells": 10, "cells_across": 13},
        outputs={"extra": {"corner": {"probe": "vacancy_fraction", "at": ["0 m", "0 m"]}}},
    )
    result = solve(tmp_path, [("metal", HALF, 8)], **sections)
    assert log((result["corner"] - X) / start) / end == pytest.approx(s, rel=1e-3)


@pytest.fixture(scope="module")
def separated(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """Two phases that have come to rest, from a step between compositions inside the binodal."""
    folder = tmp_path_factory.mktemp("separated")
    length = 8e-8
    wave = f"0.5 + 0.3 * tanh((x - {length / 2} m) / (4 nm))"
    sections = lattice(folder, wave, 4.0, 1e-4, time={"method": "bdf1", "tolerance": {"vacancy_fraction": "1e-3"}})
    return run(strip(folder, [("metal", length, 60)], **sections), directory=folder / "run")


def test_two_phases_in_equilibrium_are_those_of_the_binodal(separated: Result) -> None:
    poor, rich = ends(separated, "vacancy_fraction", "metal")
    assert poor == pytest.approx(binodal(T_C), rel=1e-3)
    assert rich == pytest.approx(1 - binodal(T_C), rel=1e-3)


def test_the_energy_never_rises_and_no_vacancy_is_lost(separated: Result) -> None:
    assert separated.directory is not None
    with (separated.directory / "outputs.csv").open(encoding="utf-8") as stream:
        energy = [float(row["free_energy [J/m^2]"]) for row in csv.DictReader(stream)]
    assert len(energy) > 20 and max(np.diff(energy)) <= 1e-12 * (max(energy) - min(energy))
    ledger = json.loads((separated.directory / "summary.json").read_text(encoding="utf-8"))["ledger"]["vacancies"]
    assert ledger["worst_closure"]["value"] < 1e-9


def test_another_energy_of_mixing_is_an_expression_of_the_material(tmp_path: Path) -> None:
    """Two wells of equal depth, W x^2 (1 - x)^2: f'' = 2 W (1 - 6 x + 6 x^2)."""
    k, well = pi / HALF, 8000.0
    s = -D * X * (1 - X) / (R_GAS * T) * k**2 * (2 * well * (1 - 6 * X + 6 * X**2) + KAPPA * k**2)
    start, end = 1e-4, 1.5 / abs(s)
    wells = {"expression": f"{well} J/mol * vacancy_fraction^2 * (1 - vacancy_fraction)^2"}
    wave = f"{X} + {start} * cos({k!r} / m * x)"
    sections = lattice(tmp_path, wave, end, end / 150, material={"mixing_energy": wells})
    low, high = ends(solve(tmp_path, [("metal", HALF, 16)], **sections), "vacancy_fraction", "metal", above=X)
    assert s > 0 and log((low - high) / (2 * start)) / end == pytest.approx(s, rel=1e-3)


def test_few_vacancies_diffuse_as_in_a_dilute_solution(tmp_path: Path) -> None:
    """Where they do not interact and an interface costs next to nothing: exp(-D k^2 t)."""
    k = pi / HALF
    fraction, end = 1e-3, 0.5 / (D * k**2)
    sections = lattice(
        tmp_path,
        f"{fraction} * (1 + 0.01 * cos({k!r} / m * x))",
        end,
        end / 100,
        material={"critical_temperature": "0 K", "gradient_energy": "1e-18 J*m^2/mol"},
    )
    result = solve(tmp_path, [("metal", HALF, 16)], **sections)
    low, high = ends(result, "vacancy_fraction", "metal", above=fraction)
    assert (low - high) / (0.02 * fraction) == pytest.approx(exp(-0.5), rel=1e-3)


def test_options_that_do_not_go_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for options in ({"mobility": "constant"}, {"mobility_fraction": 0.2}):
        with pytest.raises(UserError, match="give mobility_fraction with 'mobility: constant', and only then"):
            solve(tmp_path, [("metal", HALF, 4)], **lattice(tmp_path, "0.4", 1.0, 1.0, options=options))
    deck = strip(tmp_path, [("metal", HALF, 4)], **lattice(tmp_path, "-0.1", 1.0, 1.0))
    assert main(["check", str(deck.path)]) == 2
    assert "vacancy_fraction" in capsys.readouterr().err


def test_a_material_without_an_energy_of_mixing_is_refused() -> None:
    deck = Path(__file__).parents[2] / "plugins/trona_plugins/conformance/cahn_hilliard.yaml"
    values = ["materials.metal.mixing_energy=null", "materials.grain.mixing_energy=null"]
    with pytest.raises(UserError, match=r"has no 'mixing_energy' \[J/mol\], which cahn_hilliard needs"):
        compose(read_deck(deck, values))
