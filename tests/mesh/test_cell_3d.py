"""The cell in three dimensions: volumes and areas of its closed forms, names, sizes, and cells fit for mechanics."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cell_3d
import numpy as np
import pytest
from scipy.integrate import dblquad

from trona.mesh import MeshData, read_mesh

WIDTH, METAL, FILM, ELECTROLYTE = 0.5, 0.1, 0.05, 0.3
COARSE = {"metal": METAL, "electrolyte": ELECTROLYTE, "size": 0.05, "size_base": 0.08, "size_top": 0.15}
AREA = WIDTH**2


def egg_box(amplitude: float) -> tuple[float, float]:
    """Volume below the surface and its area, in um."""
    k = np.pi / WIDTH

    def stretch(y: float, x: float) -> float:
        slopes = np.sin(k * x) * np.cos(k * y), np.cos(k * x) * np.sin(k * y)
        return float(np.sqrt(1 + (amplitude * k) ** 2 * (slopes[0] ** 2 + slopes[1] ** 2)))

    return 0.0, dblquad(stretch, 0, WIDTH, 0, WIDTH)[0]


def tip(height: float, radius: float) -> tuple[float, float]:
    """Volume of the quarter of a tip and the area of the whole surface, in um."""
    volume = np.pi / 4 * height * radius**2 * (1 / 2 - 2 / np.pi**2)
    slope = height * np.pi / (2 * radius)
    foot = (
        np.pi / 2 * dblquad(lambda _, r: r * np.sqrt(1 + (slope * np.sin(np.pi * r / radius)) ** 2), 0, radius, 0, 1)[0]
    )
    return volume, AREA - np.pi / 4 * radius**2 + foot


@pytest.mark.parametrize("wave_on", ["metal", "electrolyte", "both"])
@pytest.mark.parametrize("shape", ["egg_box", "tip"])
def test_volumes_and_areas_of_the_closed_forms(shape: str, wave_on: str, tmp_path: Path) -> None:
    amplitude = 0.03
    cell_3d.build(
        tmp_path / "a.msh", shape=shape, amplitude=amplitude, wave_on=wave_on, label_interfaces=True, **COARSE
    )
    mesh, warnings = read_mesh(tmp_path / "a.msh", 1e-6)
    below, surface = egg_box(amplitude) if shape == "egg_box" else tip(amplitude, 0.25)
    lower, upper = wave_on != "electrolyte", wave_on != "metal"
    volumes = {
        "metal": METAL * AREA + lower * below,
        "sei": FILM * AREA + (upper - lower) * below,
        "electrolyte": ELECTROLYTE * AREA - upper * below,
    }
    areas = {"metal_sei": surface if lower else AREA, "sei_electrolyte": surface if upper else AREA}
    near = {name: pytest.approx(value * 1e-18, abs=0.01 * amplitude * AREA * 1e-18) for name, value in volumes.items()}
    assert mesh.block_measure == near and warnings == []
    for name, area in areas.items():
        assert mesh.interfaces[name].measure == pytest.approx(area * 1e-12, abs=0.05 * (surface - AREA) * 1e-12)
    assert mesh.interfaces["metal_sei"].sets == mesh.interfaces["metal | sei"].sets


def test_names_of_the_outside(tmp_path: Path) -> None:
    cell_3d.build(tmp_path / "a.msh", **COARSE)
    mesh, _ = read_mesh(tmp_path / "a.msh", 1e-6)
    height = METAL + FILM + ELECTROLYTE
    measures = {name: boundary.measure * 1e12 for name, boundary in mesh.boundaries.items()}
    wall = 2 * WIDTH * height
    assert measures == pytest.approx({"base": AREA, "top": AREA, "sides": 2 * wall, "x_sides": wall, "y_sides": wall})
    assert mesh.unnamed_boundary_measure == 0
    for axis, name in enumerate(["x_sides", "y_sides"]):
        corners = mesh.points[mesh.facets[np.isin(mesh.facet_set, mesh.boundaries[name].sets)]]
        assert np.ptp(corners[:, :, axis], axis=1).max() < 1e-18


def vertices(mesh: MeshData, sets: Sequence[int]) -> int:
    return len(np.unique(mesh.facets[np.isin(mesh.facet_set, sets)]))


def test_cells_are_small_at_the_film(tmp_path: Path) -> None:
    cell_3d.build(tmp_path / "a.msh", **COARSE)
    coarse, _ = read_mesh(tmp_path / "a.msh", 1e-6)
    cell_3d.build(tmp_path / "b.msh", refinement=2, **COARSE)
    fine, _ = read_mesh(tmp_path / "b.msh", 1e-6)
    at = {name: vertices(coarse, coarse.interfaces[name].sets) for name in coarse.interfaces}
    base, top = (vertices(coarse, coarse.boundaries[name].sets) for name in ("base", "top"))
    assert 1.2 * base < at["metal | sei"] == at["sei | electrolyte"] and 1.5 * top < base
    for name, number in at.items():
        assert 3 * number < vertices(fine, fine.interfaces[name].sets) < 5 * number


def test_each_cell_has_a_vertex_inside_its_block(tmp_path: Path) -> None:
    """Displacement and pressure need it; the cells of a film as thick as an edge have none before they are split."""
    cell_3d.build(tmp_path / "a.msh", **COARSE)
    mesh, _ = read_mesh(tmp_path / "a.msh", 1e-6)
    for number in range(3):
        cells = np.sort(mesh.cells[mesh.cell_block == number], axis=1)
        faces = np.concatenate([np.delete(cells, i, axis=1) for i in range(4)])
        found, count = np.unique(faces, axis=0, return_counts=True)
        assert not np.isin(cells, found[count == 1]).all(axis=1).any()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"shape": "cone"}, "shape is one of egg_box, tip, got 'cone'"),
        ({"wave_on": "side"}, "wave_on is one of metal, electrolyte, both, got 'side'"),
        ({"amplitude": 0.06}, "the amplitude is larger than the layer that the surface enters"),
        ({"shape": "tip", "radius": 0.6}, "the radius of the tip is larger than the width of the mesh, 0.5"),
        ({"size": 0.3}, "the edge length in the film is larger than one of those far from it"),
    ],
)
def test_what_cannot_be(wrong: dict[str, object], message: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        cell_3d.build(tmp_path / "a.msh", **wrong)  # type: ignore[arg-type]
