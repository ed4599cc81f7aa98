from __future__ import annotations

import math
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from matplotlib.collections import TriMesh
from matplotlib.figure import Figure
from matplotlib.image import imread
from numpy.typing import NDArray

from trona.readings.snapshot import BlockData, FieldData, LineData, OutputValue, Snapshot
from trona.record import RunDirectory, planes
from trona.record.bodies import body_figure
from trona.record.curves import curve, line_plot
from trona.record.geometry import cuts_for, lines, outer_sides, triangles
from trona.record.pictures import Pictures, picture
from trona.record.scale import Scale, scalar
from trona.record.table import Table, TableWriter


def pixels(path: Path) -> NDArray[np.float64]:
    """The picture without its transparency; it must have a plausible size and more than a frame on it."""
    image = np.asarray(imread(path))[..., :3]
    assert 400 <= image.shape[0] <= 2500 and 400 <= image.shape[1] <= 2500
    assert not list(path.parent.glob(".*.part"))
    return image


def coloured(image: NDArray[np.float64]) -> float:
    """Share of the pixels that are not grey."""
    return float(np.mean(np.ptp(image, axis=-1) > 0.15))


def test_plane_field(snapshot: Snapshot, tmp_path: Path) -> None:
    picture(snapshot, "temperature", tmp_path / "a.png")
    image = pixels(tmp_path / "a.png")
    assert coloured(image) > 0.3
    # The colours of the map from end to end: dark violet and yellow.
    flat = image.reshape(-1, 3)
    assert np.any(np.all(np.abs(flat - [0.267, 0.005, 0.329]) < 0.03, axis=1))
    assert np.any(np.all(np.abs(flat - [0.993, 0.906, 0.144]) < 0.03, axis=1))


def test_vector_is_drawn_by_magnitude_only_where_it_lives(snapshot: Snapshot, tmp_path: Path) -> None:
    picture(snapshot, "displacement", tmp_path / "u.png")
    picture(snapshot, "temperature", tmp_path / "T.png")
    assert 0.2 < coloured(pixels(tmp_path / "u.png")) < coloured(pixels(tmp_path / "T.png"))


def slender(snapshot: Snapshot, turned: bool = False) -> Snapshot:
    """A column ten times as tall as wide, with a thin block inside."""
    blocks = {}
    for name, y0, y1 in (("metal", 0, 4e-6), ("film", 4e-6, 4.05e-6), ("liquid", 4.05e-6, 10e-6)):
        base = snapshot.blocks["film"]
        points = np.array([[0, y0], [1e-6, y0], [1e-6, y1], [0, y1]])
        field = FieldData(points[:, 1] * 1e6, "V")
        blocks[name] = BlockData(points[:, ::-1] if turned else points, base.cells, "triangle", {"phi": field})
    return Snapshot(0.0, 0, blocks)


@pytest.mark.parametrize("turned", [False, True])
def test_slender_domain_gets_a_zoom_of_its_thin_block(snapshot: Snapshot, tmp_path: Path, turned: bool) -> None:
    picture(slender(snapshot, turned), "phi", tmp_path / "a.png")
    image = pixels(tmp_path / "a.png")
    # The frame of the zoom and its place in the whole are the only crimson things.
    crimson = np.all(np.abs(image - [0.863, 0.078, 0.235]) < 0.05, axis=-1)
    assert crimson.sum() > 500
    assert coloured(image) > 0.2


def test_zoom_that_was_asked_for(snapshot: Snapshot, tmp_path: Path) -> None:
    picture(snapshot, "temperature", tmp_path / "plain.png")
    picture(snapshot, "temperature", tmp_path / "zoom.png", zoom=(0.0, 0.9e-6, 1e-6, 1.2e-6))
    for name, frame in (("plain", False), ("zoom", True)):
        image = pixels(tmp_path / f"{name}.png")
        assert bool(np.any(np.all(np.abs(image - [0.863, 0.078, 0.235]) < 0.05, axis=-1))) is frame


def test_one_dimension(tmp_path: Path) -> None:
    points = np.linspace(0, 1e-6, 5)[:, None]
    block = BlockData(points, np.array([[0, 2, 1], [2, 4, 3]]), "line3", {"phi": FieldData(points[:, 0], "V")})
    picture(Snapshot(0.0, 0, {"a": block}), "phi", tmp_path / "a.png")
    assert 0.001 < coloured(pixels(tmp_path / "a.png")) < 0.1


@pytest.mark.parametrize("cell_type", ["tetra", "tetra10"])
def test_three_dimensions(tmp_path: Path, cell_type: str) -> None:
    corners = np.vstack([np.zeros(3), np.eye(3)])
    pairs = [(0, 1), (1, 2), (0, 2), (0, 3), (1, 3), (2, 3)]
    points = np.vstack([corners, [(corners[i] + corners[j]) / 2 for i, j in pairs]])[
        : 4 if cell_type == "tetra" else 10
    ]
    block = BlockData(
        points,
        np.arange(len(points))[None],
        cell_type,
        {"T": FieldData(points.sum(axis=1), "K")},  # type: ignore[arg-type]
    )
    picture(Snapshot(0.0, 0, {"a": block}), "T", tmp_path / "a.png")
    assert coloured(pixels(tmp_path / "a.png")) > 0.03


def pillar(*heights: float) -> Snapshot:
    """Boxes of these heights on each other, 1 um wide, of six tetrahedra each."""
    corners = np.array([[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)], dtype=float)
    cells = np.array([[0, 1, 3, 7], [0, 1, 5, 7], [0, 2, 3, 7], [0, 2, 6, 7], [0, 4, 5, 7], [0, 4, 6, 7]])
    blocks, base = {}, 0.0
    for number, height in enumerate(heights):
        points = (corners * [1, 1, height] + [0, 0, base]) * 1e-6
        blocks[f"b{number}"] = BlockData(points, cells, "tetra", {"T": FieldData(points[:, 2] * 1e6, "K")})
        base += height
    return Snapshot(0.0, 0, blocks)


@pytest.mark.parametrize(
    ("heights", "titles"),
    [
        ((1.0, 0.5), [""]),
        ((4.0, 0.5, 4.0), ["not to scale", "b1"]),
        ((4.0, 0.05, 4.0), ["not to scale", "b1, not to scale"]),
        ((8.0,), ["not to scale"]),
        ((0.1, 0.1), ["not to scale"]),
    ],
)
def test_bodies_that_are_slender(heights: tuple[float, ...], titles: list[str], tmp_path: Path) -> None:
    """A column is drawn shorter than it is, with its thin block by itself; never so flat that nothing is seen."""
    snapshot = pillar(*heights)
    values = {name: scalar(block.fields["T"])[:, None] for name, block in snapshot.blocks.items()}
    scale = Scale.of(np.concatenate(list(values.values())), "T", "K")
    figure = body_figure(snapshot.blocks, values, scale)
    *bodies, _ = figure.axes
    assert [ax.get_title() for ax in bodies] == titles
    low, high = (bodies[0].get_zlim()[i] for i in (0, 1))  # type: ignore[attr-defined]
    assert (low, high) == (0.0, pytest.approx(sum(heights)))
    if len(bodies) > 1:
        below = heights[0]
        assert bodies[1].get_zlim() == pytest.approx((below, below + heights[1]))  # type: ignore[attr-defined]
    picture(snapshot, "T", tmp_path / "a.png")
    image = pixels(tmp_path / "a.png")
    assert coloured(image) > 0.07
    for part in np.array_split(image[:, : int(0.84 * image.shape[1])], len(bodies), axis=1):
        coloured_rows = np.flatnonzero((np.ptp(part, axis=-1) > 0.15).any(axis=1))
        assert np.ptp(coloured_rows) > 0.25 * len(part)


def test_stripe_without_a_thin_block_is_stretched(snapshot: Snapshot, tmp_path: Path) -> None:
    film = Snapshot(0.0, 0, {"film": snapshot.blocks["film"]})
    picture(film, "temperature", tmp_path / "a.png")
    image = pixels(tmp_path / "a.png")
    assert image.shape[0] > 0.4 * image.shape[1]
    assert coloured(image) > 0.4


def test_constant_field_and_field_with_a_nan(snapshot: Snapshot, tmp_path: Path) -> None:
    film = snapshot.blocks["film"]
    for name, values in (("flat", [3.0] * 4), ("zero", [0.0] * 4), ("holes", [1.0, 2.0, 3.0, math.nan])):
        block = BlockData(film.points, film.cells, "triangle", {"x": FieldData(np.array(values), "A/m^2")})
        picture(Snapshot(0.0, 0, {"film": block}), "x", tmp_path / f"{name}.png")
        assert coloured(pixels(tmp_path / f"{name}.png")) > 0.05


def test_nothing_to_draw(snapshot: Snapshot, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no block carries the field 'salt'"):
        picture(snapshot, "salt", tmp_path / "a.png")
    film = snapshot.blocks["film"]
    block = BlockData(film.points, film.cells, "triangle", {"x": FieldData(np.full(4, math.nan), "V")})
    with pytest.raises(ValueError, match="no value is finite"):
        picture(Snapshot(0.0, 0, {"film": block}), "x", tmp_path / "a.png")
    assert not list(tmp_path.iterdir())


def test_curves_of_two_units(directory: RunDirectory, tmp_path: Path) -> None:
    table, writer = Table(), TableWriter(directory)
    for i in range(20):
        outputs = [OutputValue("theta", 1 + 1 / (i + 1)), OutputValue("voltage", 0.01 * i, "V")]
        table.append(i, 10.0 * i, outputs)
        writer.append(i, 10.0 * i, outputs)
    curve(table, ["theta"], tmp_path / "one.png")
    curve(table, ["theta", "voltage"], tmp_path / "two.png")
    one, two = pixels(tmp_path / "one.png"), pixels(tmp_path / "two.png")
    assert two.shape[0] > 1.5 * one.shape[0]
    assert coloured(one) > 0.001
    curve(directory.path / "outputs.csv", ["theta", "voltage"], tmp_path / "file.png")
    np.testing.assert_array_equal(pixels(tmp_path / "file.png"), two)
    with pytest.raises(ValueError, match="no output 'salt'"):
        curve(table, ["salt"], tmp_path / "a.png")


def test_lines_at_two_times(tmp_path: Path) -> None:
    s = np.linspace(0, 1e-6, 20)
    data = [
        LineData(t, i, s, s[:, None], {"i": FieldData(np.cos(6e6 * s) * (1 + t), "A/m^2")})
        for i, t in enumerate((0.0, 420.0))
    ]
    line_plot("front", data, tmp_path / "a.png")
    image = pixels(tmp_path / "a.png")
    for colour in ([0.0, 0.447, 0.698], [0.835, 0.369, 0.0]):
        assert np.any(np.all(np.abs(image - colour) < 0.03, axis=-1))


def test_values_that_hardly_differ_are_shown_from_a_base() -> None:
    scale = Scale.of(np.array([298.15, 298.1504]), "temperature", "K")
    assert scale.label == "Temperature − 298.15 K [µK]"
    np.testing.assert_allclose(scale.apply(np.array([298.15, 298.1504])), [0, 400], atol=1e-6)


def test_values_that_differ_keep_their_zero() -> None:
    scale = Scale.of(np.array([-0.05, 0.02]), "electric_potential", "V")
    assert (scale.base, scale.label) == (0.0, "Electric potential [mV]")
    assert (scale.norm.vmin, scale.norm.vmax) == pytest.approx((-50, 20))


def test_roundoff_is_no_structure() -> None:
    scale = Scale.of(np.array([1.0, 1.0 + 1e-15]), "x", "1")
    assert (scale.norm.vmin, scale.norm.vmax) == pytest.approx((0.99, 1.01))


def test_scalar_of_column_and_vector() -> None:
    np.testing.assert_array_equal(scalar(FieldData(np.array([[1.0], [-2.0]]))), [1, -2])
    np.testing.assert_array_equal(scalar(FieldData(np.array([[3.0, 4.0]]))), [5])


def test_quadratic_field_is_cut_exactly(snapshot: Snapshot) -> None:
    block = snapshot.blocks["metal"]
    values = block.fields["temperature"].values[:, None]
    small, (points, field) = triangles(block.cells, "triangle6", 5, block.points, values)
    assert small.shape == (2 * 25, 3)
    np.testing.assert_allclose(field[:, 0], 298.15 + 1e12 * points[:, 1] ** 2, rtol=1e-13)
    a, b, c = (points[small[:, i]] for i in range(3))
    area = 0.5 * ((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0])
    assert (area > 0).all()
    assert area.sum() == pytest.approx(1e-12)


def test_curved_line_is_cut_exactly() -> None:
    x = np.array([[0.0], [1.0], [0.5]])
    (points,) = lines(np.array([[0, 1, 2]]), "line3", np.hstack([x, x**2]), cuts=4)
    np.testing.assert_allclose(points[0, :, 1], points[0, :, 0] ** 2, atol=1e-15)


def test_outline_ignores_that_nodes_are_repeated(snapshot: Snapshot) -> None:
    film = snapshot.blocks["film"]
    assert len(outer_sides(film)[1]) == 4
    repeated = BlockData(film.points[film.cells.ravel()], np.arange(6).reshape(2, 3), "triangle")
    assert len(outer_sides(repeated)[1]) == 4
    assert outer_sides(snapshot.blocks["metal"])[0] == "line3"


def test_number_of_cuts() -> None:
    assert (cuts_for(10, "triangle", 1000), cuts_for(10**6, "triangle", 1000)) == (10, 1)
    assert cuts_for(10**6, "triangle6", 1000) == 2


def test_a_picture_is_drawn_once_and_no_triangle_is_made_a_path(
    snapshot: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draws = []
    draw = Figure.draw
    monkeypatch.setattr(Figure, "draw", lambda figure, renderer: (draws.append(figure), draw(figure, renderer)))
    monkeypatch.setattr(TriMesh, "get_paths", lambda mesh: pytest.fail("every triangle is made a path"))
    picture(slender(snapshot), "phi", tmp_path / "a.png")
    assert len(draws) == 1


def test_pictures_of_one_time_share_their_geometry(snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[BlockData] = []
    monkeypatch.setattr(planes, "outer_sides", lambda block: (found.append(block), outer_sides(block))[1])
    pictures = Pictures(snapshot)
    for name in ("temperature", "displacement", "temperature"):
        pictures.draw(name, BytesIO())
    assert found == list(snapshot.blocks.values())


def test_cells_of_a_few_pixels_are_drawn_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two cells, one is a thousandth of the other and covers a pixel or so."""
    corners = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.5, 0.0], [0.5, 0.5], [0.0, 0.5]])
    points = np.concatenate([size * corners for size in (1.0, 1e-3)])
    fields = {"phi": FieldData(points[:, 0] ** 2, "V")}
    block = BlockData(points, np.arange(12).reshape(2, 6), "triangle6", fields)
    drawn: list[TriMesh] = []
    draw = TriMesh.draw
    monkeypatch.setattr(TriMesh, "draw", lambda mesh, renderer: (drawn.append(mesh), draw(mesh, renderer))[1])
    Pictures(Snapshot(0.0, 0, {"a": block})).draw("phi", BytesIO())
    (mesh,) = drawn
    triangulation = mesh._triangulation  # type: ignore[attr-defined]
    assert len(triangulation.triangles) == 1 + 16**2
    np.testing.assert_allclose(mesh.get_array(), triangulation.x**2, atol=1e-15)
