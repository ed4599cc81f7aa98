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
    assert mesh.boundaries["bottom"].blocks == ("metal",) and mesh.boundaries["top"].blocks == (
        "electrolyte",
    )
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
    with pytest.raises(MeshError, match=r"'a\.b' of a physical group holds '\.'"):
        layered_mesh([("a.b", 1.0)])
