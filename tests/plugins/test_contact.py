"""Unilateral contact with a rigid obstacle, against closed forms."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bodies import body, box
from pytest_mpi import parallel_assert
from strips import strip
from test_elasticity import METAL, NU, E

from trona.deck import Deck
from trona.errors import DeckError, SolveError, UserError, UserErrors
from trona.model import compose
from trona.session import Result, run

E_STAR = E / (1 - NU**2)
OEDOMETRIC = E * (1 - NU) / ((1 + NU) * (1 - 2 * NU))
"""Stress over strain where the body cannot widen, Pa."""
RADIUS, WIDTH = 1e-3, 2e-5
"""Radius of the obstacle and half-width of the contact, m."""
SIZE = 40 * WIDTH
"""Size of the body, in which it is almost a half-space."""
CELLS = 56, 24
_FINE = 40
"""Cells along the border that are near the contact, of equal width."""


def graded(a: Any, b: Any) -> tuple[Any, Any]:
    """Cells of a thirtieth of the half-width along the contact and beyond its end, and larger ones away from it."""
    near, share = 4 / 3 * WIDTH, _FINE / CELLS[0]
    away = np.maximum(a - share, 0) / (1 - share)
    x = np.where(a <= share, near * a / share, near + (SIZE - near) * np.sinh(5.5 * away) / np.sinh(5.5))
    return x, -SIZE * np.sinh(5.2 * (1 - b)) / np.sinh(5.2)


def hertz(folder: Path, coordinates: str, **contact: str) -> Result:
    """A large body with a plane of symmetry, or an axis, on the left, and a cylinder or sphere above it."""
    physics = {
        "elasticity": {"blocks": ["body"]},
        "contact": {"boundary": "top", "surface": f"x^2 / (2 * {RADIUS} m)", **contact},
    }
    held = {"bottom": {"displacement": [None, "0 m"]}, "left": {"displacement": ["0 m", None]}}
    deck = body(folder, CELLS, graded, coordinates=coordinates, physics=physics, materials=METAL, boundaries=held)
    return run(deck, record=False)


def profile(result: Result) -> tuple[Any, Any]:
    """Position and pressure along the contact, in order."""
    import firedrake as fd

    component = result.problem.unknowns.find("obstacle_pressure")
    x = fd.Function(fd.VectorFunctionSpace(component.mesh, "CG", component.field.order))
    x.interpolate(fd.SpatialCoordinate(component.mesh))
    p = result.problem.unknowns.states[0].subfunctions[component.index].dat.data_ro * float(component.scale)
    order = np.argsort(x.dat.data_ro[:, 0])
    return x.dat.data_ro[order, 0], p[order]


def ellipse(result: Result) -> tuple[float, float]:
    """Half-width and peak of p = p_0 sqrt(1 - x^2/a^2), fitted to the pressure inside 0.9 of the half-width."""
    x, p = profile(result)
    inside = x < 0.9 * WIDTH
    slope, level = np.polyfit(x[inside] ** 2, p[inside] ** 2, 1)
    return math.sqrt(-level / slope), math.sqrt(level)


def values(result: Result) -> dict[str, float]:
    return {name: output.value for name, output in result.outputs.items()}


def test_cylinder_on_a_half_space(tmp_path: Path) -> None:
    """Hertz: a^2 = 4 P R/(pi E*), p_0 = 2 P/(pi a), by the load; nothing but p >= 0 keeps the surfaces apart."""
    load = math.pi * E_STAR * WIDTH**2 / (4 * RADIUS)
    result = hertz(tmp_path, "planar", load=f"{load / 2!r} N")
    a, peak = ellipse(result)
    got = values(result)
    assert got["obstacle_load"] == pytest.approx(load / 2, rel=1e-9)
    assert a == pytest.approx(WIDTH, rel=1e-2)
    assert peak == pytest.approx(2 * load / (math.pi * WIDTH), rel=1e-2)
    assert abs(profile(result)[1][profile(result)[0] > 1.2 * WIDTH]).max() < 1e-6 * peak
    assert got["obstacle_gap_min"] > -1e-3 * cell_at_contact()


def test_sphere_on_a_half_space(tmp_path: Path) -> None:
    """Hertz: P = 4/3 E* a^3/R and p_0 = 2 E* a/(pi R), by a displacement, about a^2/R in a body of this size."""
    result = hertz(tmp_path, "axisymmetric", displacement=f"{WIDTH**2 / RADIUS!r} m")
    x, p = profile(result)
    a, peak = ellipse(result)
    load = values(result)["obstacle_load"]
    assert a == pytest.approx((0.75 * load * RADIUS / E_STAR) ** (1 / 3), rel=1e-2)
    assert peak == pytest.approx(1.5 * load / (math.pi * a**2), rel=1e-2)
    assert peak == pytest.approx(2 * E_STAR * a / (math.pi * RADIUS), rel=1e-2)
    assert a == pytest.approx(WIDTH, rel=5e-2)
    assert values(result)["obstacle_gap_min"] > -1e-3 * cell_at_contact()
    assert len(x) == len(p)


def cell_at_contact() -> float:
    x, _ = graded(np.array([0.0, 1 / CELLS[0]]), np.ones(2))
    return float(x[1])


def bar(folder: Path, dim: int = 1, **sections: Any) -> Deck:
    """A bar between mirrors, of two layers that are alike, under an obstacle 10 nm above it."""
    contact = {"boundary": "top", "surface": "3.01 um", **sections.pop("contact")}
    alike = {"youngs_modulus": f"{E} Pa", "poisson_ratio": str(NU)}
    held: dict[str, Any] = {"bottom": {"displacement": [*[None] * (dim - 1), "0 m"]}}
    if dim == 2:
        held["sides"] = {"displacement": ["0 m", None]}
    return strip(
        folder,
        [("below", 2e-6, 2), ("above", 1e-6, 1)],
        dim=dim,
        width=1e-6,
        materials={"below": alike, "above": alike},
        physics={"elasticity": {"blocks": ["below", "above"]}, "contact": contact},
        boundaries=held,
        **sections,
    )


@pytest.mark.parametrize("dim", [1, 2])
def test_it_closes_presses_and_opens_again(tmp_path: Path, dim: int) -> None:
    """p = max(u_O - g_0, 0)/H (1 - nu) E/((1 + nu) (1 - 2 nu)) while the obstacle comes and goes."""
    for end, pressed in ((0.5, 0.0), (2, 10e-9), (3.5, 0.0)):
        moved = {"displacement": "20 nm * t / (2 s) * (2 - t / (2 s))"}
        got = values(run(bar(tmp_path, dim, contact=moved, time={"end": f"{end} s", "step": "0.25 s"}), record=False))
        assert got["obstacle_pressure_max"] == pytest.approx(OEDOMETRIC * pressed / 3e-6, rel=1e-9, abs=1e-3)
        assert got["obstacle_pressure_min"] == pytest.approx(OEDOMETRIC * pressed / 3e-6, rel=1e-9, abs=1e-3)
        assert got["obstacle_gap_min"] == pytest.approx(0.0 if pressed else 1.25e-9, abs=1e-16)


def test_a_load_holds_while_it_changes(tmp_path: Path) -> None:
    """u_O = g_0 + P H/(W M): its load goes to a half and back, and the obstacle follows."""
    load = 1e6 * 1e-6
    deck = bar(tmp_path, 2, contact={"load": f"{load} N * (1 - t / (2 s))"}, time={"end": "1 s", "step": "0.5 s"})
    got = values(run(deck, record=False))
    assert got["obstacle_load"] == pytest.approx(load / 2, rel=1e-10)
    assert got["obstacle_displacement"] == pytest.approx(10e-9 + 0.5e6 * 3e-6 / OEDOMETRIC, rel=1e-9)
    assert got["contact_area"] == pytest.approx(1e-6, rel=1e-12)


@pytest.mark.parametrize("direction", ["y", "-y"])
def test_the_obstacle_may_lie_on_either_side(tmp_path: Path, direction: str) -> None:
    """Upwards and downwards, and momentum that the ledger closes."""
    top = direction == "y"
    held = {"left": {"displacement": ["0 m", None]}, "right": {"displacement": ["0 m", None]}}
    held["bottom" if top else "top"] = {"displacement": [None, "0 m"]}
    contact = {
        "boundary": "top" if top else "bottom",
        "surface": "1 um" if top else "0 um",
        "direction": direction,
        "displacement": "1 nm",
    }
    result = run(
        body(
            tmp_path,
            (2, 2),
            box((0, 2e-6), (0, 1e-6)),
            physics={"elasticity": {"blocks": ["body"]}, "contact": contact},
            materials=METAL,
            boundaries=held,
        ),
        record=False,
    )
    got = values(result)
    assert got["obstacle_pressure_mean"] == pytest.approx(OEDOMETRIC * 1e-3, rel=1e-9)
    assert result.ledger["momentum[y]"].closure < 1e-12
    (entry,) = (e for e in result.ledger["momentum[y]"].entries if e.plugin == "contact")
    assert entry.value == pytest.approx((-1 if top else 1) * OEDOMETRIC * 1e-3 * 2e-6, rel=1e-9)


def test_a_body_between_two_obstacles(tmp_path: Path) -> None:
    """Plane strain between two: E/(1 - nu^2) times the strain; each has its own name, gap and load."""
    contacts = [
        {"boundary": "left", "surface": "-1 nm", "direction": "-x", "displacement": "3 nm"},
        {"boundary": "right", "surface": "2 um + 2 nm", "direction": "x", "displacement": "4 nm"},
    ]
    deck = body(
        tmp_path,
        (2, 2),
        box((0, 2e-6), (0, 1e-6)),
        physics={"elasticity": {"blocks": ["body"]}, "contact": contacts},
        materials=METAL,
        boundaries={"bottom": {"displacement": [None, "0 m"]}},
    )
    got = values(run(deck, record=False))
    pressure = E / (1 - NU**2) * 4e-9 / 2e-6
    for side in ("left", "right"):
        assert got[f"obstacle_pressure_min ({side})"] == pytest.approx(pressure, rel=1e-9)
        assert got[f"obstacle_load ({side})"] == pytest.approx(pressure * 1e-6, rel=1e-9)


def between_plates(folder: Path, dim: int, **above: str) -> Result:
    """A column whose two ends are one boundary, on an obstacle below without a gap, and under one above."""
    import gmsh

    below = {"boundary": "ends", "obstacle": "bottom", "surface": "0 m", "direction": "-" + "xyz"[dim - 1]}
    contacts = [{**below, "displacement": "0 m"}, {"boundary": "ends", "obstacle": "top", "surface": "3 um", **above}]
    deck = strip(
        folder,
        [("below", 2e-6, 2), ("above", 1e-6, 1)],
        dim=dim,
        width=1e-6,
        cells_across=1,
        materials=dict.fromkeys(("below", "above"), METAL["body"]),
        physics={"elasticity": {"blocks": ["below", "above"]}, "contact": contacts},
        boundaries={"sides": {"displacement": ["0 m"] * (dim - 1) + [None]}} if dim > 1 else {},
    )
    (mesh,) = folder.glob("*.msh")
    gmsh.initialize([], readConfigFiles=False, interruptible=False)
    try:
        gmsh.option.setNumber("General.Terminal", 0)
        gmsh.open(str(mesh))
        groups = gmsh.model.getPhysicalGroups(dim - 1)
        ends = [group for group in groups if gmsh.model.getPhysicalName(*group) in ("bottom", "top")]
        entities = [int(e) for group in ends for e in gmsh.model.getEntitiesForPhysicalGroup(*group)]
        gmsh.model.addPhysicalGroup(dim - 1, entities, name="ends")
        gmsh.write(str(mesh))
    finally:
        gmsh.finalize()
    return run(deck, record=False)


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_two_obstacles_at_one_boundary(tmp_path: Path, dim: int) -> None:
    """Both press with the load; the upper one is u = P H/M inside. Nothing else holds the body along them."""
    area = 1e-6 ** (dim - 1)
    result = between_plates(tmp_path, dim, load=f"{1e6 * area!r} N")
    got = values(result)
    for side in ("bottom", "top"):
        assert got[f"obstacle_load (ends, {side})"] == pytest.approx(1e6 * area, rel=1e-9)
        assert got[f"obstacle_pressure_max (ends, {side})"] == pytest.approx(1e6, rel=1e-9)
        assert got[f"obstacle_pressure_min (ends, {side})"] == pytest.approx(0, abs=1e-3)
        assert got[f"contact_area (ends, {side})"] == pytest.approx(area, rel=1e-9)
    assert got["obstacle_displacement (ends, top)"] == pytest.approx(1e6 * 3e-6 / OEDOMETRIC, rel=1e-9)
    ledger = result.ledger[f"momentum[{'xyz'[dim - 1]}]"]
    forces = [entry.value for entry in ledger.entries if entry.plugin == "contact"]
    assert sum(forces) == pytest.approx(0, abs=1e-9 * area * 1e6)
    assert ledger.closure < 1e-12


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ({}, {"direction": "-x"}, "listed twice at sides, first on line"),
        ({"obstacle": "a"}, {"direction": "-x"}, "give each its own 'obstacle'"),
        ({"obstacle": "a"}, {"obstacle": "a", "direction": "-x"}, "give each its own 'obstacle'"),
        ({"obstacle": "a"}, {"obstacle": "b"}, "nothing but 'obstacle' differs, so that both would be the same"),
    ],
)
def test_two_that_cannot_both_be_meant_are_refused(first: Any, second: Any, message: str) -> None:
    wall = {"boundary": "sides", "surface": "1 um", "direction": "x", "displacement": "0 m"}
    deck = {
        "mesh": {"layers": [{"body": "1 um"}], "width": "1 um", "cells": 1, "cells_across": 1},
        "materials": METAL,
        "physics": {"elasticity": {"blocks": ["body"]}, "contact": [{**wall, **first}, {**wall, **second}]},
    }
    with pytest.raises(DeckError) as caught:
        compose(Deck.from_dict(deck))
    assert message in str(caught.value) and "physics.contact[" in str(caught.value)


def test_a_wedge_touches_where_it_reaches() -> None:
    """A wall with a step between the layers of a body: only the upper one is touched."""
    soft, stiff = ({"youngs_modulus": f"{e} Pa", "poisson_ratio": "0"} for e in (E, 3 * E))
    deck = Deck.from_dict(
        {
            "mesh": {"layers": [{"soft": "2 um"}, {"stiff": "1 um"}], "width": "3 um", "cells": 2, "cells_across": 2},
            "materials": {"soft": soft, "stiff": stiff},
            "physics": {
                "elasticity": {"blocks": ["soft", "stiff"]},
                "contact": {
                    "boundary": "sides",
                    "surface": "3 um - if(y < 2 um, 3 nm, 0 nm)",
                    "direction": "x",
                    "displacement": "0 m",
                },
            },
            "boundaries": {"bottom": {"displacement": ["0 m", "0 m"]}, "top": {"displacement": ["0 m", "0 m"]}},
        }
    )
    result = run(deck, record=False)
    assert result["obstacle_pressure_max"] > 0
    assert result["contact_area"] <= 2e-6 * (1 + 1e-9)
    # Zero in the mean over the cells beyond the end of the contact, and not at each of their nodes.
    assert -0.2 * result["obstacle_pressure_max"] < result["obstacle_pressure_min"] < 0


def test_a_block_in_three_dimensions(tmp_path: Path) -> None:
    deck = strip(
        tmp_path,
        [("body", 1.0, 1)],
        dim=3,
        width=1.0,
        cells_across=1,
        materials={"body": METAL["body"]},
        physics={"elasticity": {"blocks": ["body"]}, "contact": {"boundary": "top", "surface": "1 m", "load": "1 MN"}},
        boundaries={"bottom": {"displacement": ["0 m", "0 m", "0 m"]}, "sides": {"displacement": ["0 m", "0 m", None]}},
    )
    got = values(run(deck, record=False))
    assert got["obstacle_pressure_max"] == pytest.approx(1e6, rel=1e-8)
    assert got["obstacle_displacement"] == pytest.approx(1e6 / OEDOMETRIC, rel=1e-8)


def test_a_metal_that_grows_meets_the_obstacle() -> None:
    """The mesh moves: the gap is that of current positions, and the strain that of the present thickness."""
    thick, current, end, volume, faraday = 1e-6, 10.0, 200.0, 2.375e-5, 96485.33212331001
    grown = current * volume / faraday * end
    alike = {"youngs_modulus": f"{E} Pa", "poisson_ratio": str(NU)}
    content = {
        "mesh": {"layers": [{"metal": "1 um"}, {"sei": "1 um"}], "width": "1 um", "cells": 2, "cells_across": 2},
        "materials": {
            "metal": {"molar_volume": f"{volume} m^3/mol", **alike},
            "sei": {"ionic_conductivity": "1e-3 S/m", **alike},
        },
        "given": {"temperature": "25 degC"},
        "physics": {
            "ionic_charge": {"blocks": ["sei"]},
            "butler_volmer": {"interface": "metal | sei", "i0": "20 A/m^2"},
            "growth": {"interface": "metal | sei"},
            "elasticity": {"blocks": ["metal", "sei"]},
            "contact": {"boundary": "top", "surface": f"2 um + {grown - 1e-9!r} m", "displacement": "0 m"},
        },
        "motion": {"direction": "y"},
        "boundaries": {
            "bottom": {"mesh_displacement": "0 m", "displacement": [None, "0 m"]},
            "sides": {"displacement": ["0 m", None]},
            "top": {"current_density": f"{current} A/m^2"},
        },
        "time": {"end": f"{end} s", "step": f"{end / 4} s"},
    }
    assert grown > 0.4 * thick
    result = run(Deck.from_dict(content), record=False)
    assert result["obstacle_pressure_min"] == pytest.approx(OEDOMETRIC * 1e-9 / (2 * thick + grown), rel=1e-6)
    assert abs(result["obstacle_gap_min"]) < 1e-15


@pytest.mark.parallel([1, 2])
def test_ranks_see_the_same_contact() -> None:
    """A curved obstacle that touches the middle of a layer: what it presses, as found here, is the same on two."""
    deck = {
        "mesh": {"layers": [{"body": "1 um"}], "width": "4 um", "cells": 4, "cells_across": 16},
        "materials": METAL,
        "physics": {
            "elasticity": {"blocks": ["body"]},
            "contact": {"boundary": "top", "surface": "1 um + (x - 1.9 um)^2 / (100 um)", "displacement": "5 nm"},
        },
        "boundaries": {"bottom": {"displacement": ["0 m", "0 m"]}},
    }
    result = run(Deck.from_dict(deck), record=False)
    parallel_assert(abs(result["contact_area"] / 1.1805555555555556e-06 - 1) < 1e-8)
    parallel_assert(abs(result["obstacle_load"] / 32.888672556806924 - 1) < 1e-8)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({}, "physics.contact: give one of displacement, load"),
        ({"displacement": "0 m", "load": "1 N"}, "give one of displacement, load, not both displacement and load"),
        ({"load": "-1 N"}, "physics.contact.load: must be at least 0 N, got '-1 N'"),
        ({"load": "1 N - 2 N/s * t"}, "physics.contact.load: must be at least 0 N, but is -1"),
        ({"displacement": "0 m", "direction": "z"}, "a direction along z needs a mesh of more dimensions than 2"),
        ({"displacement": "0 m", "stiffness": "0 Pa/m"}, "must be above 0 Pa/m, got '0 Pa/m'"),
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    with pytest.raises((DeckError, UserErrors)) as caught:
        compose(bar(tmp_path, 2, contact=change, time={"end": "1 s", "step": "1 s"}))
    assert message in str(caught.value)


def test_an_obstacle_that_nothing_holds_is_named(tmp_path: Path) -> None:
    """The deck begins with the obstacle above the body: its load finds nothing."""
    deck = bar(
        tmp_path, 2, contact={"load": "1 N"}, initial={"obstacle_displacement": "9 nm"}, outputs={"fields": "none"}
    )
    with pytest.raises(SolveError) as caught:
        run(deck, directory=tmp_path / "run")
    first, *rest = str(caught.value).splitlines()
    assert first == "no equation depends on obstacle_displacement where the solve starts, so nothing can take up -1"
    assert "from contact.load = 1 N" in rest[0]
    assert rest[1] == "  try: give obstacle_displacement an 'initial' value at which something depends on it"


def test_an_obstacle_inside_the_body_is_refused(tmp_path: Path) -> None:
    """It would pull the boundary, and call it pressure."""
    deck = bar(tmp_path, 2, contact={"displacement": "20 nm", "direction": "-y"}, outputs={"fields": "none"})
    with pytest.raises((UserError, SolveError), match="the obstacle lies outside the body"):
        run(deck, record=False)


def test_what_is_held_already_is_refused(tmp_path: Path) -> None:
    held = {"bottom": {"displacement": [None, "0 m"]}, "top": {"displacement": [None, "0 m"]}}
    physics = {
        "elasticity": {"blocks": ["body"]},
        "contact": {"boundary": "top", "surface": "1 um", "displacement": "0 m"},
    }
    deck = body(tmp_path, (1, 1), box((0, 1e-6), (0, 1e-6)), physics=physics, materials=METAL, boundaries=held)
    with pytest.raises((DeckError, UserErrors)) as caught:
        compose(deck)
    assert "contact holds 'displacement' on 'top', so it cannot be fixed there" in str(caught.value)
