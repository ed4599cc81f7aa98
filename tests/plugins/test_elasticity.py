"""Elasticity, its inelastic strains and loads, against closed forms."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bodies import body, box, everywhere, ring
from strips import solve, strip

from trona.deck import Deck
from trona.errors import DeckError
from trona.model import compose
from trona.session import Result, run

E, NU, P = 4.6e9, 0.34, 1e6
METAL = {"body": {"youngs_modulus": f"{E} Pa", "poisson_ratio": str(NU)}}
SYMMETRY = {"bottom": {"displacement": [None, "0 m"]}, "top": {"displacement": ["0 m", None]}}


def ask(folder: Path, cells: Any, shape: Any, physics: Any = None, **rest: Any) -> Result:
    sections: dict[str, Any] = {"materials": METAL, **rest}
    solid = {"elasticity": {"blocks": ["body"]}, **(physics or {})}
    return run(body(folder, cells, shape, physics=solid, **sections), record=False)


def polar(result: Result) -> tuple[Any, Any, Any]:
    """Radius, radial and hoop stress at the nodes of a plane body."""
    points, xx = everywhere(result, "stress_xx")
    (_, yy), (_, xy) = everywhere(result, "stress_yy"), everywhere(result, "stress_xy")
    r = np.hypot(*points.T)
    c, s = points.T / r
    return r, c * c * xx + s * s * yy + 2 * c * s * xy, s * s * xx + c * c * yy - 2 * c * s * xy


def error(got: Any, expected: Any) -> float:
    """Root mean square error relative to the root mean square."""
    return float(np.sqrt(np.mean((got - expected) ** 2) / np.mean(expected**2)))


@pytest.mark.parametrize("assumption", ["plane_strain", "plane_stress"])
def test_patch(tmp_path: Path, assumption: str) -> None:
    """Linear displacements on a distorted mesh: strain and stress are uniform, to round-off."""

    def distorted(a: Any, b: Any) -> Any:
        bump = 0.1 * np.sin(np.pi * a) * np.sin(np.pi * b)
        return a + bump, b - 0.7 * bump

    sides = {
        s: {"displacement": ["1e-3 * x + 4e-4 * y", "2e-4 * x - 5e-4 * y"]} for s in ("left", "right", "bottom", "top")
    }
    result = ask(
        tmp_path, (3, 3), distorted, {"elasticity": {"blocks": ["body"], "assumption": assumption}}, boundaries=sides
    )
    xx, yy, xy, mu = 1e-3, -5e-4, 3e-4, E / (2 * (1 + NU))
    zz = 0.0 if assumption == "plane_strain" else -NU / (1 - NU) * (xx + yy)
    lam = E * NU / ((1 + NU) * (1 - 2 * NU))
    for name, strain in (("xx", xx), ("yy", yy), ("zz", zz)):
        expected = lam * (xx + yy + zz) + 2 * mu * strain
        got = everywhere(result, f"stress_{name}")[1]
        assert got == pytest.approx(expected, rel=1e-9, abs=1e-9 * E * xx), name
    assert everywhere(result, "stress_xy")[1] == pytest.approx(2 * mu * xy, rel=1e-9)


def lame(r: Any, a: float = 1.0, b: float = 2.0) -> tuple[Any, Any]:
    k = P * a * a / (b * b - a * a)
    return k * (1 - b * b / r**2), k * (1 + b * b / r**2)


def test_lame_cylinder_in_plane_strain(tmp_path: Path) -> None:
    """16 x 32 straight triangles; what is left is mostly the polygon that stands for the circle."""
    load = {"pressure": {"boundary": "left", "pressure": f"{P} Pa"}}
    result = ask(tmp_path, (16, 32), ring(1, 2), load, boundaries=SYMMETRY)
    r, radial, hoop = polar(result)
    assert error(np.concatenate([radial, hoop]), np.concatenate(lame(r))) < 1e-3
    zz = everywhere(result, "stress_zz")[1]
    assert zz.mean() == pytest.approx(NU * 2 * P / 3, rel=1e-3)
    for axis in "xy":
        assert result.ledger[f"momentum[{axis}]"].closure < 1e-12


@pytest.mark.parametrize("nu", [NU, 0.4999])
def test_lame_cylinder_axisymmetric(tmp_path: Path, nu: float) -> None:
    """Held between two plates; also when nearly incompressible."""
    held = {"displacement": [None, "0 m"]}
    result = ask(
        tmp_path,
        (12, 2),
        box((1, 2), (0, 0.2)),
        {"pressure": {"boundary": "left", "pressure": f"{P} Pa"}},
        coordinates="axisymmetric",
        boundaries={"bottom": held, "top": held},
        materials={"body": {"youngs_modulus": f"{E} Pa", "poisson_ratio": str(nu)}},
    )
    points, radial = everywhere(result, "stress_xx")
    hoop = everywhere(result, "stress_zz")[1]
    expected = lame(points[:, 0])
    assert error(np.concatenate([radial, hoop]), np.concatenate(expected)) < 1e-3
    for axis in "xy":
        assert result.ledger[f"momentum[{axis}]"].closure < 1e-11


def test_spherical_shell_axisymmetric(tmp_path: Path) -> None:
    """A shell under pressure from inside, in cylinder coordinates: all hoop terms have a part in it."""
    a, b = 1.0, 2.0
    result = ask(
        tmp_path,
        (14, 32),
        ring(a, b),
        {"pressure": {"boundary": "left", "pressure": f"{P} Pa"}},
        coordinates="axisymmetric",
        boundaries=SYMMETRY,
    )
    points, hoop = everywhere(result, "stress_zz")
    r = np.hypot(*points.T)
    k = P * a**3 / (b**3 - a**3)
    off_axis = points[:, 0] > 0.05  # there the hoop strain is u/x, and x goes to zero
    assert error(hoop[off_axis], k * (1 + b**3 / (2 * r**3))[off_axis]) < 1e-3
    assert error(everywhere(result, "hydrostatic_stress")[1], k + 0 * r) < 5e-3


def test_kirsch_hole(tmp_path: Path) -> None:
    """A plate with a hole under tension: 3 times the stress beside it; 48 x 64 mapped squares, halved."""
    far = 2.0

    def plate(s: Any, t: Any) -> Any:
        angle = t * np.pi / 2
        r = far**s
        return r * np.cos(angle), r * np.sin(angle)

    # Exact tractions on the outer circle, in Cartesian components.
    r2 = "(x^2 + y^2)/1 m^2"
    c2, s2 = "((x^2 - y^2)/(x^2 + y^2))", "(2*x*y/(x^2 + y^2))"
    q, f = f"(1/({r2}))", f"(1/({r2}))^2"
    rr = f"({P} Pa/2*(1 - {q} + (1 + 3*{f} - 4*{q})*{c2}))"
    rt = f"(-{P} Pa/2*(1 - 3*{f} + 2*{q})*{s2})"
    n, m = "x/sqrt(x^2 + y^2)", "y/sqrt(x^2 + y^2)"
    outer = {"traction": [f"{rr}*{n} - {rt}*{m}", f"{rr}*{m} + {rt}*{n}"]}
    result = ask(
        tmp_path,
        (48, 64),
        plate,
        {"elasticity": {"blocks": ["body"], "assumption": "plane_stress"}},
        boundaries={**SYMMETRY, "right": outer},
    )
    r, _, hoop = polar(result)
    points, _ = everywhere(result, "stress_xx")
    angle = np.arctan2(points[:, 1], points[:, 0])
    expected = P / 2 * (1 + 1 / r**2 - (1 + 3 / r**4) * np.cos(2 * angle))
    assert error(hoop, expected) < 1e-3
    top = np.argmax(hoop)
    assert r[top] == pytest.approx(1)
    assert hoop[top] / P == pytest.approx(3, rel=1e-3)
    assert np.abs(hoop - expected).max() / P < 3e-3


LAYERS = [("body", 0.5, 2), ("fluid", 0.25, 1)]
WALLS = {"bottom": {"displacement": ["0 m", "0 m"]}, "sides": {"displacement": ["0 m", None]}}


def test_pressure_of_a_fluid(tmp_path: Path) -> None:
    """A layer between walls under a fluid: u = -p H/M, with M the modulus of uniaxial strain."""
    physics = {
        "elasticity": {"blocks": ["body"]},
        "pressure": {"interface": "body | fluid", "pressure": f"{P} Pa"},
        "heat": {"blocks": ["fluid"]},
    }
    fluid = {"thermal_conductivity": "1 W/m/K"}
    result = solve(
        tmp_path,
        LAYERS,
        dim=2,
        physics=physics,
        materials={**METAL, "fluid": fluid},
        boundaries={**WALLS, "top": {"temperature": "300 K"}},
    )
    modulus = E * (1 - NU) / ((1 + NU) * (1 - 2 * NU))
    assert result["displacement_max"] == pytest.approx(P * 0.5 / modulus, rel=1e-9)
    assert result["hydrostatic_stress_max (body)"] == pytest.approx(-P * (1 + NU) / (3 * (1 - NU)), rel=1e-9)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "give either the boundary or the interface that the pressure acts on"),
        (
            {"boundary": "top", "interface": "body | fluid"},
            "give either the boundary or the interface that the pressure acts on",
        ),
        (
            {"interface": "fluid | body"},
            "at fluid | body the first block must deform and the second must not; momentum is solved in body",
        ),
        ({"boundary": "top"}, "momentum is solved in body, none of which touches 'top' (which borders fluid)"),
    ],
)
def test_where_a_pressure_acts(tmp_path: Path, options: dict[str, str], message: str) -> None:
    physics = {
        "elasticity": {"blocks": ["body"]},
        "pressure": {"pressure": f"{P} Pa", **options},
        "heat": {"blocks": ["fluid"]},
    }
    deck = strip(tmp_path, LAYERS, dim=2, physics=physics, materials=METAL, boundaries=WALLS)
    with pytest.raises(DeckError, match=re.escape(message)):
        compose(deck)


def heated(folder: Path, **boundaries: Any) -> Result:
    return ask(
        folder,
        (2, 2),
        box((0, 1), (0, 1)),
        {"thermal_expansion": {"reference_temperature": "20 degC"}},
        coordinates="axisymmetric",
        given={"temperature": "30 degC"},
        boundaries=boundaries,
        materials={"body": {**METAL["body"], "thermal_expansion_coefficient": "7.1e-5 1/K"}},
    )


def test_free_body_expands(tmp_path: Path) -> None:
    result = heated(tmp_path, left={"displacement": ["0 m", None]}, bottom={"displacement": [None, "0 m"]})
    points, u = everywhere(result, "displacement")
    assert u == pytest.approx(7.1e-4 * points, abs=1e-12)
    assert np.abs(everywhere(result, "von_mises_stress")[1]).max() < 1e-6 * E * 7.1e-4


def test_clamped_body_is_under_pressure(tmp_path: Path) -> None:
    fixed = {"displacement": ["0 m", "0 m"]}
    result = heated(tmp_path, right=fixed, bottom=fixed, top=fixed)
    assert everywhere(result, "hydrostatic_stress")[1] == pytest.approx(-3 * E / (3 * (1 - 2 * NU)) * 7.1e-4, rel=1e-9)


def test_eigenstrain_with_components(tmp_path: Path) -> None:
    """Free in the plane, none across it: sigma_zz = -E eps_zz in plane strain; shear costs nothing."""
    components = {"xx": "1e-3", "zz": "2e-3", "xy": "5e-4"}
    result = ask(
        tmp_path,
        (1, 1),
        box((0, 1), (0, 1)),
        {"eigenstrain": {"blocks": ["body"], "components": components}},
        boundaries={"bottom": {"displacement": [None, "0 m"]}, "left": {"displacement": ["0 m", None]}},
        materials={"body": {"youngs_modulus": "1 GPa", "poisson_ratio": "0.25"}},
    )
    zz = everywhere(result, "stress_zz")[1]
    assert zz.mean() == pytest.approx(-1e9 * 2e-3, rel=0.2)  # shear is held by the two planes


def test_clamped_body_with_an_eigenstrain(tmp_path: Path) -> None:
    """No strain at all, so that the stress is that of minus the eigenstrain."""
    components = {"xx": 1e-3, "yy": 0.0, "zz": 2e-3, "xy": 5e-4}
    given = {name: str(value) for name, value in components.items()}
    fixed = {side: {"displacement": ["0 m", "0 m"]} for side in ("left", "right", "bottom", "top")}
    result = ask(
        tmp_path,
        (2, 2),
        box((0, 1), (0, 1)),
        {"eigenstrain": {"blocks": ["body"], "components": given}},
        boundaries=fixed,
    )
    mu, lam = E / (2 * (1 + NU)), E * NU / ((1 + NU) * (1 - 2 * NU))
    for name, strain in components.items():
        expected = -2 * mu * strain - (lam * 3e-3 if name != "xy" else 0)
        assert everywhere(result, f"stress_{name}")[1] == pytest.approx(expected, rel=1e-9), name


def test_graded_modulus(tmp_path: Path) -> None:
    """A column of E(y) under its load: the strain is sigma/E, laterally free and in plane stress."""
    boundaries = {
        "bottom": {"displacement": [None, "0 m"]},
        "left": {"displacement": ["0 m", None]},
        "top": {"traction": ["0 Pa", f"{-P} Pa"]},
    }
    result = ask(
        tmp_path,
        (2, 16),
        box((0, 0.02), (0, 1)),
        {"elasticity": {"blocks": ["body"], "assumption": "plane_stress"}},
        materials={"body": {"youngs_modulus": "1 GPa * (1 + y / 1 m)", "poisson_ratio": "0"}},
        boundaries=boundaries,
    )
    points, u = everywhere(result, "displacement")
    assert u[:, 1] == pytest.approx(-P / 1e9 * np.log(1 + points[:, 1]), rel=1e-3, abs=1e-9)


def test_block_in_three_dimensions(tmp_path: Path) -> None:
    result = solve(
        tmp_path,
        [("body", 1.0, 1)],
        dim=3,
        width=1.0,
        cells_across=1,
        materials=METAL,
        physics={"elasticity": {"blocks": ["body"]}},
        boundaries={
            "bottom": {"displacement": ["0 m", "0 m", "0 m"]},
            "sides": {"displacement": ["0 m", "0 m", None]},
            "top": {"traction": ["0 Pa", "0 Pa", f"{-P} Pa"]},
        },
    )
    stiffness = E * (1 - NU) / ((1 + NU) * (1 - 2 * NU))
    assert result["displacement_max"] == pytest.approx(P / stiffness, rel=1e-9)
    expected = -P * (1 + 2 * NU / (1 - NU)) / 3
    assert result["hydrostatic_stress_max (body)"] == pytest.approx(expected, rel=1e-9)


def refused(folder: Path, **rest: Any) -> str:
    with pytest.raises(DeckError) as caught:
        deck: Deck = body(folder, (1, 1), box((0, 1), (0, 1)), **{"materials": METAL, "boundaries": SYMMETRY, **rest})
        compose(deck)
    return caught.value.message


def test_refusals(tmp_path: Path) -> None:
    solid = {"elasticity": {"blocks": ["body"]}}
    sheet = {"elasticity": {"blocks": ["body"], "assumption": "plane_stress"}}
    assert refused(tmp_path, physics=sheet, coordinates="axisymmetric") == "plane stress needs a planar 2-D mesh"
    swell: dict[str, Any] = {"blocks": ["body"]}
    assert refused(tmp_path, physics={**solid, "eigenstrain": swell}) == "give either strain or components"
    swell = {**swell, "components": {"xw": "1e-3"}}
    assert refused(tmp_path, physics={**solid, "eigenstrain": swell}).startswith("'xw' is not a component of a strain")
    low = {"displacement": 1}
    assert refused(tmp_path, physics=solid, elements=low) == "'displacement' needs an order of at least 2, got '1'"
