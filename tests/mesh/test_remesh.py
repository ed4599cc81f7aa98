"""New meshes inside borders that have moved: names, volumes, borders and quality, of all kinds of blocks."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from trona.errors import MeshError
from trona.mesh import MeshData, layered_mesh
from trona.mesh.build import build_mesh
from trona.mesh.raw import Group, RawMesh
from trona.mesh.remesh import quality, remesh
from trona.mesh.topology import signed_measures

SIZE = 1e-6


def tiles(*rows: str, cells: int = 3) -> MeshData:
    """A square per letter, rows from the top; a dot is outside. One block per letter; outer edges below are `base`."""
    height, width = len(rows), len(rows[0])
    grid = np.array([list(row) for row in reversed(rows)])
    x, y = np.meshgrid(np.arange(width * cells + 1), np.arange(height * cells + 1))
    points = np.column_stack([x.ravel(), y.ravel(), 0 * x.ravel()]) / cells
    vertex = np.arange(len(points)).reshape(x.shape)
    triangles, letters, base = [], [], []
    for i, j in np.ndindex(height * cells, width * cells):
        letter = grid[i // cells, j // cells]
        if letter == ".":
            continue
        a, b, c, d = vertex[i, j], vertex[i, j + 1], vertex[i + 1, j + 1], vertex[i + 1, j]
        triangles += [[a, b, c], [a, c, d]] if (i + j) % 2 else [[a, b, d], [b, c, d]]
        letters += [letter, letter]
        if i == 0:
            base.append([a, b])
    names = sorted({str(letter) for letter in letters})
    groups = [Group(n, 2, np.flatnonzero(np.array(letters) == n)) for n in names]
    groups.append(Group("base", 1, np.arange(len(base))))
    used, cells_ = np.unique(triangles, return_inverse=True)
    number = np.full(len(points), -1)
    number[used] = np.arange(len(used))
    elements = {2: cells_.reshape(-1, 3), 1: number[np.array(base)]}
    return build_mesh(RawMesh(points[used], elements, tuple(groups)), SIZE)[0]


def sheared(mesh: MeshData, factor: float = 1.5) -> Any:
    """Vertices moved smoothly: sheared along x, and bent."""
    x, y = mesh.points.T / SIZE
    return SIZE * np.column_stack([x + factor * y, y + 0.1 * np.sin(np.pi * x)])


SHAPES = {
    "one block": ("aa", "aa"),
    "layers": ("aaa", "bbb", "ccc"),
    "an island": ("aaa", "aba", "aaa"),
    "a hole": ("aaa", "a.a", "aaa"),
    "an island in an island": ("aaaaa", "abbba", "abcba", "abbba", "aaaaa"),
    "an island of the same block in a hole": ("aaaaa", "abbba", "ababa", "abbba", "aaaaa"),
    "parts apart": ("aba", "aba"),
    "a block that touches itself in a corner": ("ab", "ba"),
    "a corner in which an island touches": ("baa", "aba", "aab"),
    "three blocks in a point": ("ab", "cc"),
    "two holes that touch": ("aaaa", "a.aa", "aa.a", "aaaa"),
}


@pytest.fixture(scope="module", params=SHAPES)
def pair(request: pytest.FixtureRequest) -> tuple[MeshData, Any, MeshData]:
    mesh = tiles(*SHAPES[request.param])
    points = sheared(mesh)
    return mesh, points, remesh(mesh, points)


def test_volumes_are_those_of_the_moved_blocks(pair: tuple[MeshData, Any, MeshData]) -> None:
    mesh, points, new = pair
    measures = signed_measures(points, mesh.cells)
    for number, block in enumerate(mesh.blocks):
        expected = float(measures[mesh.cell_block == number].sum())
        assert new.block_measure[block] == pytest.approx(expected, rel=1e-12)


def test_names_stay(pair: tuple[MeshData, Any, MeshData]) -> None:
    mesh, _, new = pair
    assert new.blocks == mesh.blocks
    assert list(new.boundaries) == list(mesh.boundaries)
    assert set(new.interfaces) == set(mesh.interfaces)
    assert new.neighbours == mesh.neighbours
    for name, boundary in mesh.boundaries.items():
        assert new.boundaries[name].blocks == boundary.blocks


def test_borders_keep_their_vertices_and_lengths(pair: tuple[MeshData, Any, MeshData]) -> None:
    mesh, points, new = pair
    corners = points[np.unique(mesh.facets)]
    distance = np.linalg.norm(new.points[None] - corners[:, None], axis=-1).min(axis=1)
    assert distance.max() < 1e-12 * SIZE
    for name, interface in mesh.interfaces.items():
        rows = mesh.facets[np.isin(mesh.facet_set, interface.sets)]
        length = np.linalg.norm(points[rows[:, 1]] - points[rows[:, 0]], axis=1).sum()
        assert new.interfaces[name].measure == pytest.approx(length, rel=1e-12)


def test_cells_become_better(pair: tuple[MeshData, Any, MeshData]) -> None:
    mesh, points, new = pair
    before, after = quality(points, mesh.cells), quality(new.points, new.cells)
    assert after.min() > 1.2 * before.min() > 0
    assert 0.3 * len(mesh.cells) < len(new.cells) < 4 * len(mesh.cells)


def test_a_regular_triangle_has_quality_1() -> None:
    points = np.array([[0, 0], [1, 0], [0.5, 3**0.5 / 2], [0.5, -1e-3]])
    found = quality(points, np.array([[0, 1, 2], [1, 0, 2], [0, 1, 3]]))
    assert found[:2] == pytest.approx([1, -1])
    assert -0.01 < found[2] < 0


def test_borders_that_cross_are_refused() -> None:
    mesh = layered_mesh([("a", SIZE), ("b", SIZE)], SIZE, cells=2, cells_across=4)
    points = mesh.points.copy()
    middle = np.isclose(points[:, 1], SIZE) & np.isclose(points[:, 0], SIZE / 2)
    points[middle, 1] = -0.5 * SIZE
    with pytest.raises(MeshError, match="the blocks cannot be remeshed"):
        remesh(mesh, points)


def test_a_line_is_refused() -> None:
    mesh = layered_mesh([("a", SIZE)])
    with pytest.raises(MeshError, match="only 2-D meshes can be remeshed, and this mesh is 1-D"):
        remesh(mesh, mesh.points)


def test_a_mesh_comes_back_from_plain_data() -> None:
    from trona.mesh.plain import from_plain
    from trona.record.checkpoint import decode, encode

    mesh = tiles("ab", "cc")
    again = from_plain(decode(encode({"mesh": mesh.plain()}))["mesh"])
    assert again.digest() == mesh.digest()
    for field in dataclasses.fields(MeshData):
        ours, theirs = getattr(again, field.name), getattr(mesh, field.name)
        if field.name in ("block_measure", "unnamed_boundary_measure"):  # summed up anew
            assert ours == pytest.approx(theirs, rel=1e-13), field.name
        else:
            assert np.array_equal(ours, theirs) if isinstance(theirs, np.ndarray) else ours == theirs, field.name


def test_borders_that_overlap_are_refused() -> None:
    mesh = tiles("a.b", "aab")
    points = mesh.points.copy()
    points[:, 0] -= np.where(np.isclose(points[:, 0], 3 * SIZE), 3.5 * SIZE, 0.0)
    with pytest.raises(MeshError, match="the blocks cannot be remeshed"):
        remesh(mesh, points)
