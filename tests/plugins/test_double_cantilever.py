"""A crack that runs between two beams, against the theory of beams; and a crack on a mesh that moves."""

from __future__ import annotations

import csv
from math import sqrt
from pathlib import Path
from typing import Any

import gmsh
import numpy as np
import pytest
from gmsh_model import name_groups, session
from numpy.typing import NDArray

from trona.deck import Deck
from trona.session.run import run

H, LENGTH, NOTCH = 1e-6, 36e-6, 10e-6
"""Height of a beam, its length, and that of the notch, m."""
E, NU = 4.6e9, 0.34
PLANE = E / (1 - NU**2)
K = 0.01 * PLANE / H
"""So soft that the beams bend beyond the tip of the crack much more than they thin."""
S = 1e6
TOUGH = 3 * S**2 / (2 * K)
"""The traction falls from S at the opening S/K to nothing at three times that."""
END = 2.4e-6


def beams(path: Path, along: int, across: int) -> None:
    """Two beams one over the other, whose ends at x = 0 are boundaries of their own."""
    with session(path, 4.1, False):
        geo = gmsh.model.geo
        ends, rest, bodies = {}, [], {}
        floor = geo.extrude([(0, geo.addPoint(0, 0, 0))], LENGTH, 0, 0, numElements=[along])[1]
        outer = [floor[1]]
        for name in ("lower", "upper"):
            roof, body, *walls = geo.extrude([floor], 0, H, 0, numElements=[across])
            geo.synchronize()
            left, right = sorted((abs(tag) for _, tag in walls), key=lambda tag: gmsh.model.getBoundingBox(1, tag)[0])
            ends[f"end_{name}"], bodies[name] = [left], [body[1]]
            rest.append(right)
            floor = roof
        name_groups(2, bodies)
        name_groups(1, {**ends, "far": rest, "faces": [*outer, floor[1]]})


def load_and_opening(folder: Path, steps: int) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """The force, N/m, the distance by which the ends move apart, m, and the energy that the crack has taken, J/m."""
    folder.mkdir()
    beams(folder / "beams.msh", 72, 2)
    solid = {"youngs_modulus": f"{E} Pa", "poisson_ratio": NU}
    content = {
        "mesh": {"file": str(folder / "beams.msh")},
        "materials": {"lower": solid, "upper": solid},
        "physics": {
            "elasticity": {"blocks": ["lower", "upper"]},
            "cohesive": {
                "interface": "lower | upper",
                "strength": f"{S} Pa",
                "fracture_energy": f"{TOUGH!r} J/m^2",
                "stiffness": f"{K!r} Pa/m",
            },
        },
        "boundaries": {
            "end_upper": {"displacement": [None, f"{END / 2!r} m * t / (1 s)"]},
            "end_lower": {"displacement": [None, f"{-END / 2!r} m * t / (1 s)"]},
            "far": {"displacement": ["0 m", "0 m"]},
        },
        "initial": {"largest_opening": f"if(x < {NOTCH} m, 1 mm, 0 m)"},
        "time": {"end": "1 s", "step": f"{1 / steps} s", "method": "bdf1"},
        "outputs": {"fields": "none", "extra": {"force": {"flow": "momentum", "through": "end_upper"}}},
    }
    run(Deck.from_dict(content), directory=folder / "run")
    with (folder / "run" / "outputs.csv").open(encoding="utf-8") as stream:
        rows = [{k.partition(" [")[0]: float(v) for k, v in row.items() if v} for row in csv.DictReader(stream)]
    force, crack = (np.array([0.0, *(abs(row[name]) for row in rows)]) for name in ("force.y", "crack_energy"))
    return force, np.linspace(0, END, steps + 1), crack - crack[1]


def area(force: NDArray[Any], opening: NDArray[Any]) -> float:
    """The work of the force that is not got back by unloading, which is along a straight line to the origin."""
    return float(np.trapezoid(force, opening) - force[-1] * opening[-1] / 2)


@pytest.mark.slow
def test_a_double_cantilever(tmp_path: Path) -> None:
    """Beams on an elastic foundation (Kanninen 1973) until the crack runs; then P^2 w stays constant.

    The energy that is released is that of the law, but for the straight lines by which its kinks are summed.
    """
    force, opening, crack = load_and_opening(tmp_path / "a", 40)
    root = (6 * K / (PLANE * H**3)) ** 0.25 * NOTCH
    compliance = 8 * NOTCH**3 / (PLANE * H**3) * (1 + 3 / root + 3 / root**2 + 1.5 / root**3)
    assert opening[1] / force[1] == pytest.approx(compliance, rel=0.02)
    running = 8 * (TOUGH / 12) ** 1.5 * sqrt(PLANE * H**3)
    assert crack[20] > 0.1 * crack[-1]
    assert force[20:] ** 2 * opening[20:] == pytest.approx(running, rel=0.02)
    assert area(force, opening) == pytest.approx(crack[-1], rel=1e-3)
