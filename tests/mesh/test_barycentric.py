"""Which simplices points lie in, against Delaunay triangulations, which know it themselves."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy.spatial import Delaunay

from trona.mesh.barycentric import barycentric, containing


def simplices(dim: int) -> tuple[np.ndarray, np.ndarray]:
    """Corners of simplices that fill a box, and points in the box, none on a border."""
    rng = np.random.default_rng(3)
    if dim == 1:
        places = np.sort(rng.uniform(0, 1, 12))
        return np.array([[[a], [b]] for a, b in pairwise(places)]), rng.uniform(places[0], places[-1], (40, 1))
    corners = np.array(np.meshgrid(*[[0.0, 1.0]] * dim)).reshape(dim, -1).T
    vertices = np.concatenate([corners, rng.uniform(0, 1, (20, dim))])
    return vertices[Delaunay(vertices).simplices], rng.uniform(0, 1, (300 if dim == 2 else 20, dim))


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_a_point_is_in_one_cell_and_no_other(dim: int) -> None:
    corners, points = simplices(dim)
    which, cells, local = containing(corners, points)
    assert which.tolist() == list(range(len(points)))
    assert (local > 0).all()
    assert np.einsum("nm,nmd->nd", local, corners[cells]) == pytest.approx(points, abs=1e-12)


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_a_vertex_is_in_every_cell_that_has_it(dim: int) -> None:
    corners, _ = simplices(dim)
    vertices = np.unique(corners.reshape(-1, dim), axis=0)
    which, cells, local = containing(corners, vertices)
    expected = [
        (number, cell)
        for number, vertex in enumerate(vertices)
        for cell in np.flatnonzero((corners == vertex).all(axis=2).any(axis=1)).tolist()
    ]
    assert list(zip(which.tolist(), cells.tolist(), strict=True)) == expected
    assert local.max(axis=1) == pytest.approx(1.0, abs=1e-9)


def test_outside_of_all() -> None:
    corners, _ = simplices(2)
    which, _, _ = containing(corners, np.array([[1.1, 0.5], [-0.1, 0.2]]))
    assert not len(which)
    (outside,) = barycentric(corners[:1], np.array([[3.0, 3.0]]))
    assert outside.min() < 0 and outside.sum() == pytest.approx(1.0)
