"""A film that a deposit lifts, bends and shears, against closed forms."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from strips import FARADAY, solve, strip

from trona.errors import DeckError
from trona.model import compose
from trona.session import Result, run

METAL, FILM, WIDTH = 1e-6, 0.5e-6, 1e-6
E = {"metal": 4.6e9, "film": 8e9}
NU = {"metal": 0.34, "film": 0.25}
K_N, K_T = 2e16, 1e16
"""Of the size of the layers' own stiffness, so that all three count."""
CURRENT, OMEGA, END = 10.0, 2.375e-5, 4.0
GROWN = CURRENT * OMEGA * END / FARADAY
LAYERS = [("metal", METAL, 2), ("film", FILM, 2)]
DECK: dict[str, Any] = {
    "materials": {
        "metal": {
            "youngs_modulus": f"{E['metal']} Pa",
            "poisson_ratio": str(NU["metal"]),
            "molar_volume": f"{OMEGA} m^3/mol",
        },
        "film": {"youngs_modulus": f"{E['film']} Pa", "poisson_ratio": str(NU["film"]), "ionic_conductivity": "1 S/m"},
    },
    "given": {"temperature": "25 degC"},
    "time": {"end": f"{END} s", "step": f"{END / 2} s"},
}
LAW = {"interface": "metal | film", "normal_stiffness": f"{K_N} Pa/m", "shear_stiffness": f"{K_T} Pa/m"}
PLATING = {
    "ionic_charge": {"blocks": ["film"]},
    "butler_volmer": {"interface": "metal | film", "i0": "20 A/m^2"},
    "growth": {"interface": "metal | film", "motion": "height"},
}
MECHANICS = {"elasticity": {"blocks": ["metal", "film"]}, "deposition_stress": LAW}


def plated(folder: Path, top: dict[str, Any], preset: str = "auto") -> Result:
    return solve(
        folder,
        LAYERS,
        dim=2,
        width=WIDTH,
        cells_across=2,
        **DECK,
        physics={**PLATING, **MECHANICS},
        solver={"preset": preset},
        boundaries={
            "bottom": {"displacement": ["0 m", "0 m"]},
            "sides": {"displacement": ["0 m", None]},
            "top": {"current_density": f"{CURRENT} A/m^2", **top},
        },
    )


def confined(block: str) -> float:
    """Modulus of a layer held at its sides."""
    nu = NU[block]
    return E[block] * (1 - nu) / ((1 + nu) * (1 - 2 * nu))


def shear(block: str) -> float:
    return E[block] / (2 * (1 + NU[block]))


def closes(result: Result, *balances: str) -> bool:
    worst = [ledger.worst for name, ledger in result.ledger.items() if not balances or name in balances]
    return all(w is not None and not w.above(1e-9) for w in worst)


def test_a_free_film_is_lifted_and_keeps_no_stress(tmp_path: Path) -> None:
    result = plated(tmp_path, {})
    assert result["deposit_height_mean"] == pytest.approx(GROWN, rel=1e-9)
    assert result["displacement_max"] == pytest.approx(GROWN, rel=1e-9)
    assert abs(result["contact_pressure_max"]) < 1e-7 * K_N * GROWN
    assert closes(result, "deposit", "momentum[x]", "momentum[y]")


def test_a_clamped_film_is_pressed_by_three_springs_in_series(tmp_path: Path) -> None:
    result = plated(tmp_path, {"displacement": ["0 m", "0 m"]})
    pressure = GROWN / (METAL / confined("metal") + 1 / K_N + FILM / confined("film"))
    assert result["contact_pressure_max"] == pytest.approx(pressure, rel=1e-8)
    assert result["contact_pressure_min"] == pytest.approx(pressure, rel=1e-8)
    pressed = pressure * METAL / confined("metal")
    for end in ("top", "bottom"):
        assert result[f"surface_{end}"] - METAL == pytest.approx(GROWN - pressed, rel=1e-6)
    for block, nu in NU.items():
        expected = -pressure * (1 + nu) / (3 * (1 - nu))
        assert result[f"hydrostatic_stress_max ({block})"] == pytest.approx(expected, rel=1e-8)
    assert closes(result)


def test_solves_that_are_refined_give_the_same(tmp_path: Path) -> None:
    """Heights of nm, stresses of MPa and currents in one matrix that is not nested."""
    clamped = {"displacement": ["0 m", "0 m"]}
    one, other = (plated(tmp_path, clamped, preset) for preset in ("direct", "refined"))
    for name in ("contact_pressure_max", "deposit_height_mean", "surface_top", "overpotential_mean"):
        assert other[name] == pytest.approx(one[name], rel=1e-9)


@pytest.mark.parametrize("stiffness", [0.0, K_T])
def test_shear_passes_as_far_as_the_film_sticks(tmp_path: Path, stiffness: float) -> None:
    """Without anything that grows: the law works alone."""
    moved = 1e-9
    result = solve(
        tmp_path,
        LAYERS,
        dim=2,
        width=WIDTH,
        cells_across=2,
        **DECK,
        physics={**MECHANICS, "deposition_stress": {**LAW, "shear_stiffness": f"{stiffness} Pa/m"}},
        boundaries={
            "bottom": {"displacement": ["0 m", "0 m"]},
            "sides": {"displacement": [None, "0 m"]},
            "top": {"displacement": [f"{moved} m", "0 m"]},
        },
    )
    spring = 1 / stiffness if stiffness else np.inf
    stress = moved / (METAL / shear("metal") + spring + FILM / shear("film"))
    for block in NU:
        found = result[f"von_mises_stress_max ({block})"]
        assert found == pytest.approx(np.sqrt(3) * stress, rel=1e-7, abs=1e-3)
    assert abs(result["contact_pressure_max"]) < 1e-3


def test_an_even_lift_of_a_wavy_film_makes_no_stress(tmp_path: Path) -> None:
    lifted = 10e-9
    deck = strip(
        tmp_path,
        LAYERS,
        dim=2,
        width=WIDTH,
        cells_across=4,
        **DECK,
        physics=MECHANICS,
        boundaries={"bottom": {"displacement": ["0 m", "0 m"]}, "sides": {"displacement": ["0 m", None]}},
        initial={"deposit_height": f"{lifted} m"},
    )
    mesh = compose(deck).mesh
    x, y = mesh.points.T
    near = np.where(y < METAL, y / METAL, (METAL + FILM - y) / FILM)
    points = np.column_stack([x, y + near * 0.1e-6 * np.cos(np.pi * x / WIDTH)])
    result = run(compose(deck, mesh=replace(mesh, points=points)), record=False)
    assert result["displacement_max"] == pytest.approx(lifted, rel=1e-9)
    assert abs(result["contact_pressure_max"]) < 1e-7 * K_N * lifted
    assert result["von_mises_stress_max (film)"] < 1e-7 * E["film"]


def test_a_deposit_on_a_slope_is_higher_than_thick(tmp_path: Path) -> None:
    """On a slope a the velocity along the normal gives a height 1/cos(a) times as large."""
    slope = 0.5
    deck = strip(
        tmp_path,
        LAYERS,
        dim=2,
        width=WIDTH,
        cells_across=2,
        **DECK,
        physics={**PLATING, **MECHANICS},
        boundaries={"bottom": {"displacement": ["0 m", "0 m"]}, "top": {"current_density": f"{CURRENT} A/m^2"}},
    )
    mesh = compose(deck).mesh
    sheared = mesh.points @ np.array([[1.0, slope], [0.0, 1.0]])
    result = run(compose(deck, mesh=replace(mesh, points=sheared)), record=False)
    velocity = result["growth_velocity_mean"]
    assert velocity > 0
    assert result["deposit_height_mean"] == pytest.approx(velocity * END * np.sqrt(1 + slope**2), rel=1e-9, abs=0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"time": None}, "a deposit grows over time; give 'time'"),
        (
            {"physics": {"elasticity": {"blocks": ["metal"]}, "deposition_stress": LAW}},
            "film must deform too; add it to the blocks of 'elasticity'",
        ),
        (
            {"physics": {**MECHANICS, "deposition_stress": {**LAW, "direction": "z"}}},
            "a direction along z needs a mesh of more dimensions than 2",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    sections = {k: v for k, v in {**DECK, "physics": MECHANICS, **change}.items() if v is not None}
    deck = strip(tmp_path, LAYERS, dim=2, width=WIDTH, **sections)
    with pytest.raises(DeckError) as caught:
        compose(deck)
    assert str(caught.value).endswith(message)
