"""The main job, as the tutorial's deck describes it."""

from __future__ import annotations

from math import cosh, log, pi, sinh, sqrt, tanh
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from strips import FARADAY, R_GAS, nodal

from trona.session import Result, run

HIGH_CURRENT = "boundaries.top.current_density=200 mA/cm^2"
LENGTH = 0.5e-6
"""Width of the cell, half a wavelength, m."""


def variant(deck: Path, folder: Path, **changes: Any) -> Path:
    """Write the deck with some keys of its sections replaced (None: removed)."""
    content = yaml.safe_load(deck.read_text())
    content["mesh"]["file"] = str((deck.parent / content["mesh"]["file"]).resolve())
    for section, values in changes.items():
        for key, value in values.items():
            if value is None:
                del content[section][key]
            else:
                content[section][key] = value
    path = folder / "variant.yaml"
    path.write_text(yaml.safe_dump(content))
    return path


def test_theta(main_job: Result) -> None:
    assert main_job["theta"] == pytest.approx(1.061, abs=1e-3)


def test_ledger_closes(main_job: Result) -> None:
    assert set(main_job.ledger) == {"charge", "energy"}
    for balance in main_job.ledger.values():
        assert balance.came_in > 0
        assert balance.closure < 1e-9
        assert balance.worst is not None and balance.worst.value < 1e-9


def test_all_current_crosses_the_interface(main_job: Result) -> None:
    crossing = {e.region: e.value for e in main_job.ledger["charge"].entries}  # per metre of depth
    assert crossing["top"] == pytest.approx(10 * LENGTH, rel=1e-9)
    assert crossing["metal | sei"] == pytest.approx(-10 * LENGTH, rel=1e-9)


def test_mean_current_lies_between_the_extremes(main_job: Result) -> None:
    names = ("min", "mean", "max")
    least, mean, most = (main_job[f"reaction_current_density_{n}"] for n in names)
    assert least < -10.1 < mean < -9.9 < most < 0
    assert main_job["theta"] == pytest.approx(least / most, rel=1e-9)


def test_newton_is_quick(main_job: Result) -> None:
    assert len(main_job.newton[0]) - 1 <= 6


def test_newton_is_quadratic(tutorial: Path) -> None:
    """At a current where the rate law is far from linear, so that there is an order to see."""
    norms = run(tutorial, record=False, overrides=[HIGH_CURRENT]).newton[0]
    a, b, c = [n for n in norms if n > 1e-9 * max(norms)][-3:]
    assert log(c / b) / log(b / a) > 1.8, norms


def test_resistance_of_zero_is_no_resistance(tutorial: Path, tmp_path: Path) -> None:
    law = {"interface": "metal | sei", "R": "0 K*m^2/W"}
    zero = run(variant(tutorial, tmp_path, physics={"thermal_resistance": law}), record=False)
    bare = run(variant(tutorial, tmp_path, physics={"thermal_resistance": None}), record=False)
    rises = [
        np.concatenate([nodal(r, "temperature", block, 298.15)[1] for block in ("metal", "sei", "electrolyte")])
        for r in (zero, bare)
    ]
    assert 1e-9 < rises[1].max() < 1e-8
    np.testing.assert_allclose(*rises, rtol=0, atol=1e-8 * rises[1].max())


def test_more_workspace_for_the_factorisation(main_job: Result) -> None:
    newton = main_job.problem.newton
    assert newton.enlarge_workspace() == 400
    newton.solve()
    assert newton.linear is not None
    (part,) = newton.linear.solves
    assert part.factor.factor.margin == 400
    assert newton.mumps_info() == 0


def test_theta_of_the_wavy_metal(main_job: Result) -> None:
    """Two resistors in parallel: kinetics and the SEI, thin at the peaks; to first order in the amplitude."""
    resistance = 2 * R_GAS * 298.15 / FARADAY / sqrt(10**2 + 4 * 20**2)
    k = 2 * pi / (2 * LENGTH)
    eps = 20e-9 / 5e-4 / (resistance + 50e-9 / 5e-4 + 1 / (k * 0.883))
    assert main_job["theta"] - 1 == pytest.approx((1 + eps) / (1 - eps) - 1, rel=0.01)


def test_theta_of_the_wavy_electrolyte_side(tutorial: Path, tmp_path: Path) -> None:
    """A small wave on the electrolyte's side of a resistive SEI, against its linear theory.

    phi = i0 y/k_s + A cosh(k y) + B sinh(k y) in the SEI, from the metal's R_ct di to the wavy border. For
    a thin SEI (k d -> 0) it is eps = a(1/k_s - 1/k_e)/[R_ct + d/k_s + tanh(k H)/(k k_e)].
    """
    from wavy_sei import build

    amplitude, thickness, height, k_s, k_e = 1e-9, 50e-9, 4.95e-6, 5e-6, 0.883
    build(tmp_path / "wavy.msh", amplitude=1e-3, wave_on="electrolyte")
    sei = {"use": "uniform_sei", "ionic_conductivity": f"{k_s} S/m"}
    deck = variant(tutorial, tmp_path, mesh={"file": "wavy.msh"}, materials={"sei": sei})
    excess = run(deck, record=False)["theta"] - 1

    k = 2 * pi / (2 * LENGTH)
    charge_transfer = 2 * R_GAS * 298.15 / FARADAY / sqrt(10**2 + 4 * 20**2)
    drive = amplitude * (1 / k_s - 1 / k_e)
    spread = 1 / (tanh(k * height) * k * k_e)  # the current at the top is fixed, so coth; both are 1 here
    slope = cosh(k * thickness) + charge_transfer * k * k_s * sinh(k * thickness)  # current at the border, per di
    exact = drive / (charge_transfer * cosh(k * thickness) + sinh(k * thickness) / (k * k_s) + slope * spread)
    thin = drive / (charge_transfer + thickness / k_s + tanh(k * height) / (k * k_e))
    assert excess == pytest.approx(2 * exact, rel=0.02)
    assert excess == pytest.approx(2 * thin, rel=0.05)
