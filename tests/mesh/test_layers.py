"""Meshes of flat layers: sizes, names and boundaries, on a line and in a rectangle."""

from __future__ import annotations

import numpy as np
import pytest

from trona.errors import MeshError
from trona.mesh import layered_mesh
from trona.mesh.topology import signed_measures

LAYERS = [("metal", 2.0), ("sei", 0.5), ("electrolyte", 3.0)]


@pytest.mark.parametrize(("width", "size"), [(None, 1.0), (4.0, 4.0)])
def test_names_and_sizes(width: float | None, size: float) -> None:
    mesh = layered_mesh(LAYERS, width, cells=3, cells_across=5)
    assert mesh.blocks == ("metal", "sei", "electrolyte")
    volumes = np.bincount(mesh.cell_block, signed_measures(mesh.points, mesh.cells))
    np.testing.assert_allclose(volumes, [2 * size, 0.5 * size, 3 * size])
    assert set(mesh.interfaces) == {"metal | sei", "sei | electrolyte"}
    assert mesh.boundaries["bottom"].blocks == ("metal",) and mesh.boundaries["top"].blocks == ("electrolyte",)
    assert mesh.boundaries["top"].measure == pytest.approx(size)
    assert len(mesh.cells) == (9 if width is None else 9 * 5 * 2)
    if width is None:
        assert "sides" not in mesh.boundaries
    else:
        assert mesh.boundaries["sides"].measure == pytest.approx(11.0)


def test_layers_of_one_name_are_one_block() -> None:
    mesh = layered_mesh([("a", 1.0), ("b", 1.0), ("a", 1.0)], 1.0)
    assert mesh.blocks == ("a", "b")
    assert mesh.interfaces["a | b"].measure == pytest.approx(2.0)


def test_no_direction_is_preferred() -> None:
    """A mirror image of the mesh has the same triangles."""
    mesh = layered_mesh([("a", 1.0)], 1.0, cells=4, cells_across=4)
    middles = mesh.points[mesh.cells].mean(axis=1)
    mirrored = middles * [-1, 1] + [1, 0]
    for one in (middles, mirrored):
        assert len(np.unique(np.round(one, 9), axis=0)) == 32
    rows = {tuple(r) for r in np.round(middles, 9)}
    assert rows == {tuple(r) for r in np.round(mirrored, 9)}


def test_a_name_that_no_deck_can_spell() -> None:
    with pytest.raises(MeshError, match=r"the name 'a\.b' of a physical group contains '\.'"):
        layered_mesh([("a.b", 1.0)])


def test_half_a_wave_on_one_interface() -> None:
    """A cosine with its crest at x = 0; what lies further off moves in proportion, other borders not at all."""
    layers = [("metal", 1.5), ("metal", 0.5), ("sei", 0.5), ("electrolyte", 3.0)]
    mesh = layered_mesh(layers, 4.0, cells=2, cells_across=8, wave={"metal | sei": 0.2})
    rows = mesh.points.reshape(9, 9, 2)
    x = rows[0, :, 0]
    wave = 0.2 * np.cos(np.pi * x / 4.0)
    known = {0: (0, 0), 2: (1.5, 0.75), 4: (2, 1), 5: (2.25, 0.5), 6: (2.5, 0), 8: (5.5, 0)}
    for row, (height, share) in known.items():
        np.testing.assert_allclose(rows[row, :, 1], height + share * wave, rtol=1e-12, atol=1e-12)
    assert signed_measures(mesh.points, mesh.cells).min() > 0
    assert mesh.interfaces["metal | sei"].measure > 4.0


@pytest.mark.parametrize(
    ("wave", "width", "message"),
    [
        ({"metal | sei": 0.1}, None, "a wave runs along the layers; give 'width'"),
        ({"sei | metal": 0.1}, 1.0, r"^no interface 'sei \| metal' for a wave; (nearest|known): metal \| sei"),
        ({"sei | electrolyte": -0.5}, 1.0, "the wave cuts through the layer 'sei', whose smallest thickness is"),
        ({"metal | sei": 0.3, "sei | electrolyte": -0.3}, 1.0, "cuts through the layer 'sei'"),
    ],
)
def test_a_wave_that_cannot_be(wave: dict[str, float], width: float | None, message: str) -> None:
    with pytest.raises(MeshError, match=message):
        layered_mesh(LAYERS, width, wave=wave)
