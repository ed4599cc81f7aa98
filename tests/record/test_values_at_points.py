"""Values at points and along interfaces, read from field files, against fields that these files hold exactly."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trona.errors import UserError
from trona.mesh.layers import layered_mesh
from trona.readings.snapshot import BlockData, FieldData, Snapshot
from trona.record import RunDirectory
from trona.record.fields import FieldWriter, vtu
from trona.record.places import EDGES
from trona.record.result_table import Outputs
from trona.record.results import RecordedRun

Array = Any
KINDS = {(1, 1): "line", (2, 1): "triangle", (3, 1): "tetra", (1, 2): "line3", (2, 2): "triangle6", (3, 2): "tetra10"}


def field(x: Array, order: int) -> Array:
    """A polynomial of the full order in all coordinates of points (n, d), which are micrometres."""
    scaled = x / 1e-6
    linear = 3.0 + scaled @ np.array([1.0, -2.0, 0.5])[: x.shape[1]]
    return linear if order == 1 else linear**2


def cells_of(points: Array, corners: Array, order: int, bend: float = 0.0) -> BlockData:
    """A block of straight cells, or of ones that a parabola bends: the point x goes to x + bend x_0^2 e_last."""
    pairs = EDGES[: corners.shape[1] * (corners.shape[1] - 1) // 2] if order == 2 else ()
    nodes = np.concatenate(
        [points[corners], *(points[corners[:, pair]].mean(axis=1, keepdims=True) for pair in pairs)], axis=1
    )
    flat = nodes.reshape(-1, points.shape[1])
    _, first, cells = np.unique(np.round(flat / 1e-12), axis=0, return_index=True, return_inverse=True)
    places = flat[first]
    values = {"c": FieldData(field(places, order), "mol/m^3"), "v": FieldData(np.stack([places[:, 0]] * 3, 1), "m")}
    moved = places.copy()
    moved[:, -1] += bend * places[:, 0] ** 2 / 1e-6
    kind: Any = KINDS[points.shape[1], order]
    return BlockData(moved, cells.reshape(nodes.shape[:2]).astype(np.int64), kind, values)


def two_blocks(dimension: int, order: int, bend: float = 0.0) -> dict[str, BlockData]:
    """Metal below 1 um and film above it, up to 1.5 um."""
    if dimension == 3:
        grid = np.array([[x, y, z] for z in (0, 1, 1.5) for y in (0, 1) for x in (0, 1)]) * 1e-6
        six = np.array([[0, 1, 3, 7], [0, 1, 5, 7], [0, 2, 3, 7], [0, 2, 6, 7], [0, 4, 5, 7], [0, 4, 6, 7]])
        return {"metal": cells_of(grid, six, order, bend), "film": cells_of(grid, six + 4, order, bend)}
    width = None if dimension == 1 else 2e-6
    mesh = layered_mesh([("metal", 1e-6), ("film", 0.5e-6)], width, cells=3, cells_across=4 if width else None)
    parts = [mesh.cells[mesh.cell_block == number] for number in (0, 1)]
    return {n: cells_of(mesh.points, part, order, bend) for n, part in zip(mesh.blocks, parts, strict=True)}


def written(directory: RunDirectory, *times: dict[str, BlockData]) -> RecordedRun:
    writer = FieldWriter(directory)
    for step, blocks in enumerate(times):
        writer.write(Snapshot(10.0 * step, step, blocks))
    return RecordedRun(Outputs(), directory.path, "finished")


def somewhere(dimension: int, count: int = 40) -> Array:
    return np.random.default_rng(1).random((count, dimension)) * np.array([1.0, 1.0, 1.5])[3 - dimension :] * 1e-6


@pytest.mark.parametrize(("dimension", "order"), KINDS)
def test_polynomials_of_their_order_are_exact(directory: RunDirectory, dimension: int, order: int) -> None:
    run, points = written(directory, two_blocks(dimension, order)), somewhere(dimension)
    found = run.at(points)
    with pytest.raises(UserError, match="no field 'C'; nearest: c"):
        found["C"]
    assert found["c"].shape == (1, 40) and found["v"].shape == (1, 40, 3) and found.units["c"] == "mol/m^3"
    np.testing.assert_allclose(found["c"][0], field(points, order), rtol=1e-12)
    np.testing.assert_allclose(found["v"][0, :, 1], points[:, 0], rtol=1e-11, atol=1e-20)
    one = run.at(points[0] if dimension > 1 else float(points[0, 0]))
    np.testing.assert_array_equal(one["c"], found["c"][:, :1])


@pytest.mark.parametrize("dimension", [2, 3])
def test_cells_that_the_motion_of_the_mesh_has_bent(directory: RunDirectory, dimension: int) -> None:
    """Between its nodes a field is what it was before the mesh moved; points are looked for where the mesh is now."""
    bent = two_blocks(dimension, 2, bend=0.2)
    run, before = written(directory, two_blocks(dimension, 2), bent), somewhere(dimension, 200)
    points = before.copy()
    points[:, -1] += 0.2 * before[:, 0] ** 2 / 1e-6
    found = run.at(points, times=10)["c"]
    np.testing.assert_allclose(found[0], field(before, 2), rtol=1e-9)
    inside = points[points[:, -1] < 1.5e-6]
    np.testing.assert_allclose(run.at(inside)["c"][0], field(inside, 2), rtol=1e-12)
    if dimension == 2:  # the lower side runs through (0.5, 0.05), (0.75, 0.1125), (1, 0.2) um, below its chord
        beside = run.at([[0.75e-6, 0.118e-6], [0.75e-6, 0.11e-6]], times=10)["c"][0]
        assert np.isnan(beside).tolist() == [False, True]


def test_outside_and_where_a_field_does_not_live_there_is_no_value(directory: RunDirectory) -> None:
    blocks = two_blocks(2, 1)
    del blocks["metal"].fields["v"]
    run = written(directory, blocks)
    found = run.at([[1e-6, 0.5e-6], [1e-6, 1.2e-6], [3e-6, 0.5e-6]])
    assert np.isnan(found["c"]).tolist() == [[False, False, True]]
    assert np.isnan(found["v"]).all(axis=2).tolist() == [[True, False, True]]
    assert np.isnan(run.at([[1e-6, 0.5e-6], [1e-6, 1.2e-6]], block="film")["c"]).tolist() == [[True, False]]
    with pytest.raises(UserError, match=r"none of the 2 points lies in the mesh, which reaches from \(0, 0\) to"):
        run.at([[1, 0.5], [1, 1.2]])
    with pytest.raises(UserError, match=r"the point does not lie in block film, .* points are given in m"):
        run.at([1e-6, 0.5e-6], block="film")


def test_a_point_that_the_mesh_reaches_only_at_some_times(directory: RunDirectory) -> None:
    run = written(directory, two_blocks(2, 1), two_blocks(2, 2, bend=0.2))
    found = run.at([2e-6, 0.1e-6])["c"]
    assert np.isnan(found[:, 0]).tolist() == [False, True]
    with pytest.raises(UserError, match="the point does not lie in the mesh"):
        run.at([2e-6, 0.1e-6], times=10)


@pytest.mark.parametrize(
    ("times", "message"), [("now", "expected times as numbers, in s"), ([], "expected at least one time, got none")]
)
def test_times_that_are_none_are_refused(directory: RunDirectory, times: Any, message: str) -> None:
    with pytest.raises(UserError, match=message):
        written(directory, two_blocks(1, 1)).at(0.0, times)


def test_a_jump_is_read_in_the_block_that_is_named(directory: RunDirectory) -> None:
    blocks = two_blocks(2, 1)
    values = blocks["film"].fields["c"]
    at = [0.7e-6, 1e-6]
    smooth = written(directory, blocks).at(at)
    np.testing.assert_allclose(smooth["c"], field(np.array([at]), 1)[None], rtol=1e-12)
    blocks["film"].fields["c"] = FieldData(values.values + 1e-6, values.unit)
    run = written(directory, blocks)
    match = r"the point \(7e-07, 1e-06\) m lies on the border of metal and film, where c has a value in each; say which"
    found = run.at(at)
    with pytest.raises(UserError, match=match):
        found["c"]
    with pytest.raises(UserError, match="say which with block"):
        found.to_xarray()
    assert set(found) == {"c", "v"} and found["v"].shape == (1, 1, 3) and "c [mol/m^3]" in repr(found)
    low, high = (float(run.at(at, block=name)["c"][0, 0]) for name in ("metal", "film"))
    assert high - low == pytest.approx(1e-6, rel=1e-6)


@pytest.mark.parametrize(
    ("points", "options", "why"),
    [
        ([1e-6], {}, r"expected points of 2 finite coordinates in m, as an array \(n, 2\); got one of shape \(1,\)"),
        ([[1e-6, float("nan")]], {}, "finite"),
        ("1 um", {}, "expected points as numbers"),
        ([1e-6, 5e-7], {"block": "flm"}, "no block 'flm'; nearest: film"),
        ([1e-6, 5e-7], {"times": 3}, "c was not written at 3 s; nearest: 0 s"),
    ],
)
def test_what_cannot_be_read_is_refused(directory: RunDirectory, points: Any, options: Any, why: str) -> None:
    with pytest.raises(UserError, match=why):
        written(directory, two_blocks(2, 1)).at(points, **options)


def test_a_run_without_field_files_says_so(directory: RunDirectory) -> None:
    run = RecordedRun(Outputs(), directory.path, "finished")
    for read in (lambda: run.at([0.0]), lambda: run.along("metal | film")):
        with pytest.raises(UserError, match="this run wrote no field files"):
            read()


# ---------------------------------------------------------------- along an interface


@pytest.mark.parametrize("order", [1, 2])
def test_both_sides_of_an_interface_from_end_to_end(directory: RunDirectory, order: int) -> None:
    blocks = two_blocks(2, order)
    del blocks["metal"].fields["v"]
    other = blocks["film"].fields["c"]
    blocks["film"].fields["c"] = FieldData(2 * other.values, other.unit)
    run = written(directory, blocks)
    found = run.along("metal | film")
    count = 4 * order + 1
    assert list(found) == ["distance", "x", "y", "c(metal)", "c(film)", "v_0(film)", "v_1(film)", "v_2(film)"]
    assert found.units["c(film)"] == "mol/m^3" and found.units["distance"] == found.units["x"] == "m"
    np.testing.assert_allclose(found["distance"], np.linspace(0, 2e-6, count), rtol=1e-12, atol=1e-20)
    np.testing.assert_allclose(found["x"], found["distance"], rtol=1e-12, atol=1e-20)
    points = np.column_stack([found["x"], found["y"]])
    np.testing.assert_allclose(found["y"], 1e-6, rtol=1e-12)
    np.testing.assert_allclose(found["c(metal)"], field(points, order), rtol=1e-12)
    np.testing.assert_allclose(found["c(film)"], 2 * field(points, order), rtol=1e-12)
    assert list(run.along(" film|metal ", time=0))[3:5] == ["c(film)", "c(metal)"]


def test_along_a_moved_interface_the_arc_is_that_of_now(directory: RunDirectory) -> None:
    run = written(directory, two_blocks(2, 2), two_blocks(2, 2, bend=0.2))
    found = run.along("metal | film")
    points = np.column_stack([found["x"], found["y"]])
    np.testing.assert_allclose(points[:, 1], 1e-6 + 0.2 * points[:, 0] ** 2 / 1e-6, rtol=1e-12)
    chords = np.linalg.norm(np.diff(points, axis=0), axis=1)
    np.testing.assert_allclose(np.diff(found["distance"]), chords, rtol=1e-12)
    assert found["distance"][-1] > run.along("metal | film", time=0)["distance"][-1]


def test_on_a_line_an_interface_is_a_point(directory: RunDirectory) -> None:
    found = written(directory, two_blocks(1, 2)).along("metal | film")
    assert (found["distance"].tolist(), found.rows) == ([0.0], 1)
    np.testing.assert_allclose(found["x"], 1e-6, rtol=1e-12)


def test_of_a_run_in_pieces(directory: RunDirectory) -> None:
    """The second rank has the right half of both blocks; points on the border of the halves are in both pieces."""
    whole = two_blocks(2, 2)

    def piece(block: BlockData, right: bool) -> BlockData:
        mine = block.cells[(block.points[block.cells].mean(axis=1)[:, 0] > 1e-6) == right]
        used, cells = np.unique(mine, return_inverse=True)
        fields = {n: FieldData(f.values[used], f.unit) for n, f in block.fields.items()}
        return BlockData(block.points[used], cells.reshape(mine.shape).astype(np.int64), block.cell_type, fields)

    pieces = [{n: piece(b, right) for n, b in whole.items()} for right in (False, True)]
    encoded = [{n: vtu(b, 0.0) for n, b in each.items()} for each in pieces]
    FieldWriter(directory).write_pieces(Snapshot(0.0, 0, pieces[0], pieces=2), encoded)
    run, points = RecordedRun(Outputs(), directory.path, ""), somewhere(2)
    np.testing.assert_allclose(run.at(points)["c"][0], field(points, 2), rtol=1e-12)
    found = run.along("metal | film")
    np.testing.assert_allclose(found["distance"], np.linspace(0, 2e-6, 9), rtol=1e-12, atol=1e-20)


@pytest.mark.parametrize(
    ("dimension", "interface", "why"),
    [
        (2, "metal", r"written 'A \| B' with two blocks, got 'metal'; interfaces: metal \| film"),
        (2, "metal | metal", r"got 'metal \| metal'"),
        (2, "metal | flm", "no block 'flm'; nearest: film"),
        (2, "metal | apart", r"blocks 'metal' and 'apart' do not touch; interfaces: metal \| film"),
        (3, "metal | film", "is a surface; take the values `at` points"),
    ],
)
def test_what_is_no_curve_is_refused(directory: RunDirectory, dimension: int, interface: str, why: str) -> None:
    blocks = two_blocks(dimension, 1)
    far = blocks["film"]
    blocks["apart"] = BlockData(far.points + 1e-5, far.cells, far.cell_type, dict(far.fields))
    with pytest.raises(UserError, match=why):
        written(directory, blocks).along(interface)


# ---------------------------------------------------------------- xarray and pandas


def test_fields_as_xarray(directory: RunDirectory) -> None:
    blocks = two_blocks(2, 1)
    del blocks["metal"].fields["v"]
    found = written(directory, blocks, blocks).fields.to_xarray()
    assert dict(found.sizes) == {"time": 2, "point": 40, "component": 3, "cell": 48, "corner": 3}
    assert found.time.values.tolist() == [0, 10] and found.x.dims == ("point",)
    assert (found.c.attrs["units"], found.x.attrs["units"], found.time.attrs["units"]) == ("mol/m^3", "m", "s")
    points = np.column_stack([found.x, found.y])
    np.testing.assert_allclose(found.c.values, np.tile(field(points, 1), (2, 1)), rtol=1e-12)
    assert np.isnan(found.v.sel(component="x").values[:, found.block.values == "metal"]).all()
    film = found.v.sel(time=10)[found.block.values == "film"]
    np.testing.assert_allclose(film.sel(component="y"), film.x, rtol=1e-12, atol=1e-20)
    corners = points[found.cells.values]
    low, high = corners.min(axis=(0, 1)), corners.max(axis=(0, 1))
    np.testing.assert_allclose([low, high], [[0, 0], [2e-6, 1.5e-6]], rtol=1e-12, atol=1e-20)


def test_one_field_as_xarray_has_the_points_where_it_lives(directory: RunDirectory) -> None:
    blocks, bent = two_blocks(2, 1), two_blocks(2, 1, bend=0.1)
    del blocks["metal"].fields["v"], bent["metal"].fields["v"]
    found = written(directory, blocks, bent).fields["v"].to_xarray()
    assert found.name == "v" and set(found.block.values) == {"film"} and found.attrs == {"units": "m"}
    assert found.y.dims == ("time", "point") and not np.allclose(found.y[0], found.y[1])


def test_a_run_on_two_meshes_is_no_single_array(directory: RunDirectory) -> None:
    coarse = cells_of(np.array([[0.0, 0.0], [2e-6, 0.0], [0.0, 1.5e-6]]), np.array([[0, 1, 2]]), 1)
    run = written(directory, two_blocks(2, 1), two_blocks(2, 1) | {"film": coarse})
    with pytest.raises(UserError, match="this run went over to another mesh by 10 s"):
        run.fields.to_xarray()


def test_values_at_points_as_xarray(directory: RunDirectory) -> None:
    points = somewhere(2, 5)
    found = written(directory, two_blocks(2, 1), two_blocks(2, 1)).at(points).to_xarray()
    assert dict(found.sizes) == {"time": 2, "point": 5, "component": 3}
    np.testing.assert_allclose(found.c.sel(time=10), field(points, 1), rtol=1e-12)
    np.testing.assert_array_equal(found.y.values, points[:, 1])
    assert found.c.attrs == {"units": "mol/m^3"}


def test_it_goes_to_a_file_and_back(directory: RunDirectory, tmp_path: Path) -> None:
    frame = written(directory, two_blocks(2, 1)).along("metal | film").to_pandas()
    frame.to_csv(tmp_path / "profile.csv", index=False)
    assert frame.attrs["units"]["c(metal)"] == "mol/m^3" and len(frame) == 5
    assert (tmp_path / "profile.csv").read_text().startswith("distance,x,y,c(metal),c(film)")
