"""Unknowns of interfaces and boundaries on a line, where these are points: closed forms, and the same strip in 2-D."""

from __future__ import annotations

import importlib
from math import sinh, sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq
from strips import FARADAY, R_GAS
from terms import HEAT, asking, known_too, layered

from trona.deck import Deck
from trona.errors import UserError
from trona.mesh import MeshData
from trona.mesh.build import build_mesh
from trona.mesh.raw import Group, RawMesh
from trona.model import Model, Registry, compose
from trona.plugin import Contribution, Quantity
from trona.problem import Problem
from trona.session import Result, run
from trona.settings import read_settings
from trona.verify import verify
from trona.verify.exact import ExactState
from trona.verify.study import largest_time_scale, smallest_time_scale

CELL: dict[str, Any] = {
    "materials": {"metal": {}, "sei": {"ionic_conductivity": "1e-4 S/m"}},
    "given": {"temperature": "298.15 K"},
    "boundaries": {"top": {"electric_potential": "50 mV"}},
}
FILM = {"film_thickness": "5 nm", "film_conductivity": "1e-6 S/m"}


def solved(width: str | None, layers: Any, **sections: Any) -> Result:
    mesh = {"layers": layers, "cells": 2, **({"width": width, "cells_across": 1} if width else {})}
    return run(Deck.from_dict({"mesh": mesh, **sections}), record=False)


def series(drop: float, resistance: float, i0: float) -> float:
    """The current through a reaction and a resistance in series, A/m2."""

    def missing(i: float) -> float:
        return i - 2 * i0 * sinh(0.5 * FARADAY * (-drop - i * resistance) / (R_GAS * 298.15))

    return float(brentq(missing, -50, 0, xtol=1e-15, rtol=1e-14))


def test_a_film_of_the_reaction() -> None:
    physics = {
        "ionic_charge": {"blocks": ["sei"]},
        "butler_volmer": {"interface": "metal | sei", "i0": "20 A/m^2", **FILM},
    }
    layers = [{"metal": "1 um"}, {"sei": "1 um"}]
    line, strip = (solved(width, layers, physics=physics, **CELL) for width in (None, "1 um"))
    i = series(50e-3, 5e-9 / 1e-6 + 1e-6 / 1e-4, 20.0)
    assert line["reaction_current_density_mean"] == pytest.approx(i, rel=1e-10)
    assert line["overpotential_mean"] == pytest.approx(strip["overpotential_mean"], rel=1e-10)
    assert line.ledger["charge"].closure < 1e-12
    assert line.ledger["film_current"].closure < 1e-12
    assert [c.space.dim() for c in line.problem.unknowns.of("reaction_overpotential")] == [1]


@pytest.fixture
def growing(monkeypatch: pytest.MonkeyPatch) -> Registry:
    """The film of a stranger's package, which grows as the root of time and resists the reaction."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "data/trona_strangers/src"))
    return known_too(importlib.import_module("trona_strangers.film").GrowingFilm)


RATE = 1e-17
GROWTH = {"interface": "metal | sei", "rate_constant": f"{RATE} m^2/s", "conductivity": "1e-6 S/m"}
GROWING: dict[str, Any] = {
    "physics": {
        "ionic_charge": {"blocks": ["sei"]},
        "butler_volmer": {"interface": "metal | sei", "i0": "20 A/m^2"},
        "growing_film": GROWTH,
    },
    # Of the position at the interface, not in the cell beside it.
    "initial": {"film_thickness": "5 nm * {x} / (1 um)"},
    "time": {"end": "10 s", "step": "0.5 s"},
}


def grown(width: str | None, known: Registry, **sections: Any) -> Result:
    axis = "y" if width else "x"
    initial = {name: text.format(x=axis) for name, text in GROWING["initial"].items()}
    mesh = {"layers": [{"metal": "1 um"}, {"sei": "1 um"}], "cells": 2}
    mesh |= {"width": width, "cells_across": 1} if width else {}
    content = {"mesh": mesh, **CELL, **GROWING, "initial": initial, **sections}
    return run(compose(Deck.from_dict(content), known), record=False)


def test_a_film_that_grows(growing: Registry) -> None:
    line, strip = grown(None, growing), grown("1 um", growing)
    h = sqrt((5e-9) ** 2 + 2 * RATE * 10)
    assert line["film_thickness_mean"] == pytest.approx(h, rel=1e-5)
    i = series(50e-3, line["film_thickness_mean"] / 1e-6 + 1e-6 / 1e-4, 20.0)
    assert line["reaction_current_density_mean"] == pytest.approx(i, rel=1e-10)
    for name in ("film_thickness_mean", "reaction_current_density_mean", "overpotential_mean"):
        assert line[name] == pytest.approx(strip[name], rel=1e-10)
    for ledger in line.ledger.values():
        assert ledger.closure < 1e-12


def test_outputs_of_what_lives_at_a_point(growing: Registry, tmp_path: Path) -> None:
    """Reduced, and as a profile of one point; from a checkpoint the run goes on as if it had not ended."""
    content = {
        "mesh": {"layers": [{"metal": "1 um"}, {"sei": "1 um"}], "cells": 2},
        **CELL,
        **GROWING,
        "initial": {"film_thickness": "5 nm"},
        "outputs": {
            "extra": {
                "square": {"reduce": "integral", "of": "film_thickness^2", "on": "metal | sei"},
                "along": {"profile": "film_thickness", "along": "metal | sei"},
            }
        },
    }

    def to(end: str, **how: Any) -> Result:
        deck = Deck.from_dict({**content, "time": {"end": end, "step": "1 s"}})
        return run(compose(deck, growing), **how)

    to("2 s", directory=tmp_path / "out")
    result, whole = to("4 s", restart=tmp_path / "out"), to("4 s", record=False)
    assert result["square"] == pytest.approx((5e-9) ** 2 + 2 * RATE * 4, rel=1e-10)
    for name, output in whole.outputs.items():
        assert result[name] == pytest.approx(output.value, rel=1e-14)
    head, row = (tmp_path / "out/lines/along-000004.csv").read_text().splitlines()
    assert head == "distance [m],x [m],film_thickness [m]"
    assert [float(v) for v in row.split(",")] == pytest.approx([0, 1e-6, result["film_thickness_mean"]], rel=1e-14)
    wrong = {**content, "outputs": {"extra": {"here": {"probe": "film_thickness", "at": ["1 um"]}}}}
    with pytest.raises(UserError, match=r"'film_thickness' cannot be used here, only at metal \| sei"):
        run(compose(Deck.from_dict(wrong), growing), record=False)


def partition(self: Any, model: Contribution) -> None:
    """T in b is twice that in a."""
    law = model.interface("a | b")
    jump = law.plus.field("temperature") - 2 * law.minus.field("temperature")
    q = law.constrain(jump, "K", model.balance("energy"), "partition", "flux where the temperature jumps")
    for reduce in ("maximum", "minimum"):
        law.output(f"flux_{reduce}", q, "W/m^2", "flux from a to b", reduce)


def test_a_partition_at_two_points_of_one_interface() -> None:
    """Layers a, b, a of 1 m: what leaves a at the first point enters it at the second."""
    cls = asking(partition)
    sections = {
        "physics": {"heat": {"blocks": ["a", "b"]}, "asking": {}},
        "layers": [{"a": "1 m"}, {"b": "1 m"}, {"a": "1 m"}],
        "boundaries": {"bottom": {"temperature": "300 K"}, "top": {"temperature": "360 K"}},
    }

    def found(**mesh: Any) -> Result:
        return run(compose(layered(**sections, mesh=mesh), known_too(cls)), record=False)

    line, strip = found(), found(width="1 m", cells_across=1)
    q = -60 / (1 / 2 + 1 / (2 * 3) + 1 / 2)  # 2 (300 - q/2) - q/3 = 2 (360 + q/2)
    assert line["flux_maximum"] == pytest.approx(-q, rel=1e-10)
    assert line["flux_minimum"] == pytest.approx(q, rel=1e-10)
    assert line["flux_minimum"] == pytest.approx(strip["flux_minimum"], rel=1e-10)
    assert line.ledger["energy"].closure < 1e-12
    (multiplier,) = line.problem.unknowns.of("partition")
    assert multiplier.space.dim() == 2


def walls(cells: int) -> MeshData:
    """A line from 0 to 3 m of one block, both of whose ends are one boundary."""
    x = np.linspace(0.0, 3.0, cells + 1)
    points = np.column_stack([x, 0 * x, 0 * x])
    elements = {1: np.column_stack([np.arange(cells), np.arange(1, cells + 1)]), 0: np.array([[0], [cells]])}
    groups = (Group("a", 1, np.arange(cells)), Group("walls", 0, np.array([0, 1])))
    return build_mesh(RawMesh(points, elements, groups), 1.0)[0]


def held(self: Any, model: Contribution) -> None:
    """T on the walls is 300 K + 20 K/m x."""
    law, T = model.boundary("walls"), model.field("temperature")
    model.balance("energy").source(12 * self.rate)
    residual = T - self.level - self.slope * model.position[0]
    q = law.constrain(residual, "K", model.balance("energy"), "through", "flux that leaves")
    law.output("leaving", q, "W/m^2", "flux that leaves through both walls", "integral")
    law.output("most", q, "W/m^2", "largest flux that leaves", "maximum")


class Held(asking(held)):  # type: ignore[misc]
    """Holds the walls."""

    level = Quantity("K", "temperature at x = 0", default="300 K")
    slope = Quantity("K/m", "by which it rises", default="20 K/m")


def at_walls(cells: int) -> Any:
    physics = {"heat": {"blocks": ["a"]}, "asking": {}}
    deck = Deck.from_dict({"mesh": {"layers": [{"a": "3 m"}]}, "materials": {"a": HEAT["a"]}, "physics": physics})
    return compose(deck, known_too(Held), walls(cells))


def test_a_constraint_on_a_boundary_of_two_points() -> None:
    """Conducted down the slope: -2 * 20 W/m2; produced: 36 W/m2, half of it leaves through each wall."""
    result = run(at_walls(2), record=False)
    assert result["leaving"] == pytest.approx(36.0, rel=1e-10)
    assert result["most"] == pytest.approx(18 + 40, rel=1e-10)


def test_one_cell_between_two_points_is_refused() -> None:
    with pytest.raises(UserError, match="an unknown at both ends of one cell in a; use two cells or more"):
        run(at_walls(1), record=False)


GROWTH_OF_METAL = {"interface": "metal | sei", "motion": "mesh"}
METALLIC = {"metal": {"molar_volume": "2e-5 m^3/mol", "surface_energy": "0.3 J/m^2"}}
MOVING: dict[str, Any] = {
    "materials": {**CELL["materials"], **METALLIC},
    "boundaries": {"top": {"electric_potential": "-50 mV"}},
}


def test_a_film_on_an_interface_that_moves(growing: Registry) -> None:
    """A film grows at its own rate; the metal that dissolves at a steady current takes the mesh along."""
    physics = {
        "ionic_charge": {"blocks": ["sei"]},
        "butler_volmer": {"interface": "metal | sei", "i0": "20 A/m^2"},
        "growing_film": {**GROWTH, "rate_constant": "0 m^2/s"},
        "growth": GROWTH_OF_METAL,
    }
    current = {"boundaries": {"top": {"current_density": "-3 A/m^2"}}}
    result = grown(None, growing, **{**MOVING, **current}, physics=physics, initial={"film_thickness": "5 nm"})
    assert result["film_thickness_mean"] == pytest.approx(5e-9, rel=1e-10)
    assert result["reaction_current_density_mean"] == pytest.approx(3.0, rel=1e-10)
    assert result["surface_top"] == pytest.approx(1e-6 - 3 * 2e-5 / FARADAY * 10, rel=1e-10)
    for ledger in result.ledger.values():
        assert ledger.closure < 1e-12


@pytest.mark.parametrize(("coordinates", "turns"), [("planar", 0), ("axisymmetric", 1), ("spherical", 2)])
@pytest.mark.parametrize("motion", ["mesh", "height"])
def test_curvature_of_a_surface_that_moves(coordinates: str, turns: int, motion: str) -> None:
    """A cylinder of metal has the curvature 1/r, a sphere 2/r, at the radius that it has by now."""
    content = {
        "mesh": {
            "layers": [{"metal": "1 um"}, {"sei": "1 um"}],
            "cells": 2,
            "coordinates": coordinates,
            "start": "1 um",
        },
        **CELL,
        **MOVING,
        "physics": {
            "ionic_charge": {"blocks": ["sei"]},
            "butler_volmer": {"interface": "metal | sei", "i0": "20 A/m^2"},
            "growth": {**GROWTH_OF_METAL, "motion": motion},
            "capillary_overpotential": {"interface": "metal | sei"},
        },
        "time": {"end": "10 s", "step": "5 s"},
    }
    result = run(Deck.from_dict(content), record=False)
    radius = result["surface_top"]
    assert radius < 1.995e-6
    assert result["curvature_max"] == pytest.approx(turns / radius, rel=1e-10)
    eta = 0.3 * 2e-5 * turns / radius / FARADAY
    assert result["capillary_overpotential_max"] == pytest.approx(eta, rel=1e-10)
    for ledger in result.ledger.values():
        assert ledger.closure < 1e-12


def test_verify_of_a_constraint_at_two_points() -> None:
    assert verify(at_walls(3), max_unknowns=40).failures == []


@pytest.mark.slow
def test_verify_of_a_film_that_grows(growing: Registry) -> None:
    mesh = {"layers": [{"metal": "1 um"}, {"sei": "1 um"}], "cells": 2}
    content = {"mesh": mesh, **CELL, **GROWING, "initial": {"film_thickness": "5 nm"}}
    assert verify(compose(Deck.from_dict(content), growing), max_unknowns=20).failures == []


def growing_on_a_line_that_moves(known: Registry) -> Model:
    mesh = {"layers": [{"metal": "1 um"}, {"sei": "1 um"}], "cells": 2}
    physics = {**GROWING["physics"], "growth": GROWTH_OF_METAL}
    content = {"mesh": mesh, **CELL, **GROWING, **MOVING, "physics": physics, "initial": {"film_thickness": "5 nm"}}
    return compose(Deck.from_dict(content), known)


def test_time_scales_of_what_grows_by_itself(growing: Registry) -> None:
    """A film grows whatever the other fields are: in the time h dh/a, not in one that follows from round-off."""
    model = growing_on_a_line_that_moves(growing)
    problem = Problem(model, read_settings(model).solver)
    thick = 5e-9
    levels = [thick if c.field.name == "film_thickness" else 0.0 for c in problem.unknowns.components]
    state = ExactState(problem, levels, "wave")
    (film,) = problem.unknowns.of("film_thickness")
    state.assign(problem.unknowns.states[0], 0.0)
    (value,) = problem.unknowns.states[0].subfunctions[film.index].dat.data_ro
    h = value * film.field.scale + float(film.reference)
    assert smallest_time_scale(problem, state) == pytest.approx(h * (h - thick) / RATE, rel=1e-6)
    assert largest_time_scale(problem, state) < 10  # of the mesh: its displacement over the velocity of the surface


@pytest.mark.slow
def test_verify_of_a_film_on_a_line_that_moves(growing: Registry) -> None:
    assert verify(growing_on_a_line_that_moves(growing), max_unknowns=20).failures == []
