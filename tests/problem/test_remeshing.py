"""Meshes that become poor while they move: told, and made anew with the state carried over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from strips import FARADAY, strip
from trona.errors import DeckError, PoorMeshError
from trona.model import Model
from trona.run import run

if TYPE_CHECKING:
    from pathlib import Path

    from trona.run import Result

WIDTH, BASE, HEIGHT, BUMP = 1e-6, 0.5e-6, 2e-6, 1.5e-7
CURRENT, VOLUME, CAPACITY = 10.0, 2.375e-5, 968.0 * 1228.0
END, STEP = 240.0, 20.0
DECK: dict[str, Any] = {
    "materials": {
        "metal": {"use": "sodium", "molar_volume": f"{VOLUME} m^3/mol"},
        "liquid": {
            "ionic_conductivity": "2e-4 S/m", "density": "1200 kg/m^3", "specific_heat_capacity": "1800 J/kg/K",
            "thermal_conductivity": "1e-9 W/m/K",
        },
    },
    "physics": {
        "ionic_charge": {"blocks": ["liquid"]},
        "butler_volmer": {"interface": "metal | liquid", "i0": "20 A/m^2", "kinetics": "linear"},
        "growth": {"interface": "metal | liquid"},
        "heat": {"blocks": ["metal", "liquid"]},
    },
    "initial": {"temperature": "310 K + 5 K * x / 1 um"},
    "boundaries": {"top": {"current_density": f"{CURRENT} A/m^2"}, "bottom": {"mesh_displacement": "0 m"}},
    "elements": {"order": 2, "mesh_displacement": 1, "interface_traction": 1},
    "solver": {"relative_tolerance": 1e-12},
    "outputs": {"extra": {"deep": {"probe": "temperature", "at": ["0.5 um", "0.2 um"]}}},
}  # fmt: skip


def bumpy(folder: Path, motion: dict[str, Any], end: float = END, **more: Any) -> Model:
    """Half a wave of metal under a liquid; it grows fastest on its crest."""
    sections = {**DECK, "time": {"end": f"{end} s", "step": f"{STEP} s"}, **more}
    deck = strip(
        folder, [("metal", BASE, 2), ("liquid", HEIGHT, 6)], dim=2, width=WIDTH, cells_across=4,
        motion={"direction": "y", **motion}, **sections,
    )  # fmt: skip
    mesh = Model(deck).mesh
    x, y = mesh.points.T
    near = np.where(y < BASE, y / BASE, (BASE + HEIGHT - y) / HEIGHT)
    points = np.column_stack([x, y + near * BUMP * np.cos(np.pi * x / WIDTH)])
    return Model(deck, mesh=replace(mesh, points=points))


def surface(result: Result) -> np.ndarray:
    """Vertices of the interface now, from left to right."""
    from trona.problem.transfer import moved_vertices

    mesh = result.problem.model.mesh
    own = np.unique(mesh.facets[np.isin(mesh.facet_set, mesh.interfaces["metal | liquid"].sets)])
    points = moved_vertices(result.problem)[own]
    return points[np.argsort(points[:, 0])]


class Told:
    """A reporter that keeps what it is told."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.warnings: list[str] = []

    def message(self, text: str) -> None:
        self.messages.append(text)

    def warning(self, text: str) -> None:
        self.warnings.append(text)

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *args, **rest: None


REMESH = {"on_poor_mesh": "remesh", "smallest_quality": 0.75}


@pytest.fixture(scope="module")
def remeshed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, Told, Path]:
    folder, told = tmp_path_factory.mktemp("remeshed"), Told()
    model = bumpy(folder, REMESH, checkpoint={"every_steps": 1, "keep": 20})
    return run(model, directory=folder / "run", reporter=told), told, folder


def test_a_new_mesh_is_told(remeshed: tuple[Result, Told, Path]) -> None:
    print(remeshed[1].messages, remeshed[1].warnings)
    r = remeshed[0]
    print(
        {
            k: (
                v.closure,
                v.worst,
                v.unit,
                v.largest,
                [(e.region, e.value, e.term) for e in v.entries if e.plugin == "remeshing"],
            )
            for k, v in r.ledger.items()
        }
    )
    print(r.outputs)
