"""Thick cylinders and spheres that creep to a strain of 1 %: their stress stays that of the closed form."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bodies import body, everywhere

from trona.session import Result, run

PRESSURE, N, SIGMA_0, RATE = 150e3, 5.0, 0.235e6, 1e-3
"""Inside, Pa, and creep of sodium: its exponent, reference stress, Pa, and the rate at that stress, 1/s."""
SODIUM = {
    "youngs_modulus": "4.6 GPa",
    "poisson_ratio": "0.34",
    "creep_prefactor": f"{RATE} 1/s",
    "creep_exponent": str(N),
    "creep_activation_energy": "0 J/mol",
    "creep_reference_stress": f"{SIGMA_0} Pa",
}
STRAIN = 1e-2
POWER = {"cylinder": 2 / N, "sphere": 3 / N}
"""k, of the steady stress sigma_r = p (1 - (2/r)^k)/(2^k - 1) under a pressure p inside, from r = 1 to 2."""
HOOP = {"cylinder": 1.0, "sphere": 0.5}
"""Of the balance of forces: sigma_hoop = sigma_r + HOOP r d(sigma_r)/dr."""
MISES = {"cylinder": np.sqrt(3) / 2, "sphere": 1.0}
"""Von Mises stress over the difference of hoop and radial stress."""
WEDGE = np.pi / 24
"""Part of the sphere that is solved, from its equator."""


def crept(folder: Path, kind: str, cells: int, steps: int = 4) -> Result:
    """A body with a radius from 1 to 2 m until it has crept by 1 % at its inner radius."""
    k = POWER[kind]
    steepest = MISES[kind] * HOOP[kind] * PRESSURE * k * 2**k / (2**k - 1)
    end = STRAIN / (RATE * (steepest / SIGMA_0) ** N)
    physics: dict[str, Any] = {"pressure": {"boundary": "left", "pressure": f"{PRESSURE} Pa"}}
    held = {"bottom": {"displacement": [None, "0 m"]}}
    if kind == "cylinder":
        across, held["top"] = 1, held["bottom"]
    else:
        across = max(2, cells // 3)
        physics["platen"] = {"boundary": "top", "displacement": "0 m"}

    def shape(a: Any, b: Any) -> tuple[Any, Any]:
        r = 2.0**a
        return (r, b / cells) if kind == "cylinder" else (r * np.cos(WEDGE * b), r * np.sin(WEDGE * b))

    deck = body(
        folder,
        (cells, across),
        shape,
        coordinates="axisymmetric",
        materials={"body": SODIUM},
        given={"temperature": "25 degC"},
        boundaries=held,
        physics={"elasticity": {"blocks": ["body"]}, "creep": {"blocks": ["body"]}, **physics},
        time={"end": f"{end} s", "step": f"{end / steps} s", "method": "bdf1"},
    )
    return run(deck, record=False)


def error(result: Result, kind: str) -> tuple[float, float]:
    """Largest and root mean square error of radial and hoop stress, relative to the largest stress."""
    points, xx = everywhere(result, "stress_xx")
    yy, xy, hoop = (everywhere(result, f"stress_{name}")[1] for name in ("yy", "xy", "zz"))
    r = points[:, 0] if kind == "cylinder" else np.hypot(*points.T)
    c, s = (1, 0) if kind == "cylinder" else points.T / r
    radial = c * c * xx + s * s * yy + 2 * c * s * xy
    k = POWER[kind]
    expected = PRESSURE * (1 - (2 / r) ** k) / (2**k - 1)
    slope = PRESSURE * k * (2 / r) ** k / (2**k - 1)
    across = expected + HOOP[kind] * slope
    wrong = np.array([radial - expected, hoop - across]) / abs(across).max()
    assert result["creep_strain_max"] > 0.9 * STRAIN
    assert result.ledger["momentum[x]"].closure < 1e-9
    return float(abs(wrong).max()), float(np.sqrt((wrong**2).mean()))


@pytest.mark.parametrize("kind", ["cylinder", "sphere"])
def test_stress_at_a_strain_of_one_percent(tmp_path: Path, kind: str) -> None:
    """On 6 and 12 cells through the wall: of order 2, and within 1 % on the finer."""
    (_, first), (largest, second) = (error(crept(tmp_path, kind, cells), kind) for cells in (6, 12))
    assert largest < 1e-2
    assert np.log2(first / second) > 1.8


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["cylinder", "sphere"])
def test_stress_on_finer_meshes(tmp_path: Path, kind: str) -> None:
    """On 6, 12 and 24 cells, and within 0.5 % on the finest."""
    found = [error(crept(tmp_path, kind, cells), kind) for cells in (6, 12, 24)]
    assert found[-1][0] < 5e-3
    assert all(np.log2(a / b) > 1.8 for (_, a), (_, b) in itertools.pairwise(found))
