"""Carrying a state to a new mesh: every kind of field, what it reproduces and what it conserves."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import firedrake as fd
import numpy as np
import pytest
from problems import problem_for
from scipy.spatial import cKDTree
from strips import strip

from trona.mesh.remesh import remesh
from trona.model import compose
from trona.model.loading import registry
from trona.plugin import Balance, Blocks, Field, InterfaceOption, Physics
from trona.problem import Problem
from trona.session.transfer import _moved, moved_vertices, transfer

if TYPE_CHECKING:
    from collections.abc import Callable

WIDTH = 1e-6


class Wear(Physics):
    """History at points, of one and of three numbers, and a film that lies on the interface."""

    name = "wear"
    provides = (
        Field("wear", "1", "wear", element="local", scale="1"),
        Field("strain", "1", "strain", element="local", components=3, scale="1"),
        Balance("wearing", "1/s", "wear", "wear"),
        Balance("straining", "1/s", "strain", "strain"),
    )
    blocks = Blocks("where")
    interface = InterfaceOption("where the film lies")

    def contribute(self, model: Any) -> None:
        model.balance("wearing").storage(model.field("wear"))
        model.balance("straining").storage(model.field("strain"))
        film = model.add_surface_field(model.interface(self.interface), "film", "m", "film", scale="1 m")
        growth = model.add_balance("filming", "m/s", "film", "growth")
        growth.storage(film)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Problem, Problem]:
    """Two layers whose border bulges, and the same on a new mesh."""
    known = registry()
    mine = replace(known, physics={**known.physics, "wear": Wear})
    deck = strip(
        tmp_path_factory.mktemp("transfer"),
        [("metal", 0.5e-6, 2), ("liquid", 1e-6, 3)],
        dim=2,
        width=WIDTH,
        cells_across=4,
        materials={
            "metal": {"use": "sodium", "molar_volume": "2.4e-5 m^3/mol"},
            "liquid": {"ionic_conductivity": "1 S/m"},
        },
        physics={
            "ionic_charge": {"blocks": ["liquid"]},
            "butler_volmer": {"interface": "metal | liquid", "i0": "20 A/m^2", "kinetics": "linear"},
            "growth": {"interface": "metal | liquid"},
            "wear": {"blocks": ["metal"], "interface": "metal | liquid"},
        },
        given={"temperature": "300 K"},
        time={"end": "1 s", "step": "1 s"},
        boundaries={"top": {"electric_potential": "0 V"}, "bottom": {"mesh_displacement": ["0 m", "0 m"]}},
        motion={"on_poor_mesh": "remesh", "smoothing": "elastic"},
    )
    old = problem_for(compose(deck, mine))
    x, y = nodes(old, "mesh_displacement").T
    rise = np.where(y < 0.5e-6, y / 0.5e-6, (1.5e-6 - y) / 1e-6)
    fill(old, "mesh_displacement", (rise * [0.1 * WIDTH * np.sin(2 * np.pi * x / WIDTH), 0.6 * x]).T)
    new = problem_for(compose(deck, mine, remesh(old.model.mesh, moved_vertices(old))))
    for name, value in FIELDS.items():
        fill(old, name, value(nodes(old, name).T / WIDTH).T)
    transfer(old, new)
    return old, new


FIELDS: dict[str, Callable[[Any], Any]] = {
    "electric_potential": lambda s: 2 + 3 * s[0] - s[1] + s[0] * s[1],
    "wear": lambda s: 1 + s[0] + 2 * s[1],
    "strain": lambda s: np.array([s[0], s[1], 1 - s[0]]),
    "film": lambda s: 1 + s[0] ** 2 - s[0] * s[1],
}
"""Each in the space of its field, where the mesh is now."""


def nodes(problem: Problem, name: str) -> Any:
    """Where the nodes of a field are now; on the interface at vertices and at the middles of straight edges."""
    component = problem.unknowns.find(name)
    element = component.space.ufl_element()
    scalar = element.sub_elements[0] if component.field.shape else element
    if component.field.kind == "volume":
        moved = _moved(problem, component)
        x = fd.Function(fd.VectorFunctionSpace(moved, scalar)).interpolate(fd.SpatialCoordinate(moved))
        return np.array(x.dat.data_ro)
    x = fd.Function(fd.VectorFunctionSpace(component.mesh, scalar, dim=2))
    x.interpolate(fd.SpatialCoordinate(component.mesh))
    mesh = problem.model.mesh
    pairs = np.concatenate([mesh.facets[:, [i, j]] for i in range(2) for j in range(2)])  # a vertex is between itself
    _, which = cKDTree(mesh.points[pairs].mean(axis=1)).query(x.dat.data_ro)
    return moved_vertices(problem)[pairs].mean(axis=1)[which]


def fill(problem: Problem, name: str, values: Any) -> None:
    component = problem.unknowns.find(name)
    offset = 0.0 if component.field.shape else float(component.reference)
    part = problem.unknowns.states[0].subfunctions[component.index]
    part.dat.data[...] = (values - offset) / float(component.scale)


def read(problem: Problem, name: str, level: int = 0) -> Any:
    component = problem.unknowns.find(name)
    offset = 0.0 if component.field.shape else float(component.reference)
    values = problem.unknowns.states[level].subfunctions[component.index].dat.data_ro
    return values * float(component.scale) + offset


@pytest.mark.parametrize("name", FIELDS)
def test_what_its_space_holds_is_reproduced(pair: tuple[Problem, Problem], name: str) -> None:
    _, new = pair
    due = FIELDS[name](nodes(new, name).T / WIDTH).T
    for level in range(len(new.unknowns.states)):
        assert np.abs(read(new, name, level) - due).max() < 1e-9


def test_the_displacement_starts_anew(pair: tuple[Problem, Problem]) -> None:
    old, new = pair
    for state in new.unknowns.states:
        assert not state.subfunctions[new.unknowns.find("mesh_displacement").index].dat.data_ro.any()
    assert np.ptp(moved_vertices(old), axis=0) == pytest.approx(np.ptp(new.model.mesh.points, axis=0))


@pytest.mark.parametrize("name", ["electric_potential", "wear", "strain"])
def test_the_integral_of_any_field_is_conserved(pair: tuple[Problem, Problem], name: str) -> None:
    old, new = pair
    kept = [state.copy(deepcopy=True) for p in pair for state in p.unknowns.states[:1]]
    component = old.unknowns.find(name)
    part = old.unknowns.states[0].subfunctions[component.index]
    part.dat.data[...] = np.random.default_rng(3).uniform(1, 2, part.dat.data_ro.shape)
    transfer(old, new)
    found = []
    for problem in pair:
        own = problem.unknowns.find(name)
        moved, values = _moved(problem, own), problem.unknowns.states[0].subfunctions[own.index]
        on_moved = fd.Function(fd.FunctionSpace(moved, own.space.ufl_element()), val=values.dat)
        parts = on_moved if own.field.shape else [on_moved]
        found.append([fd.assemble(p * fd.dx(domain=moved)) for p in parts])
    assert found[0] == pytest.approx(found[1], rel=1e-11)
    for problem, state in zip(pair, kept, strict=True):
        problem.unknowns.states[0].assign(state)
