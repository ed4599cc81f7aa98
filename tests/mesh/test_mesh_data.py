"""What a well-formed mesh gives: measures, names, lookups."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from itertools import product
from pathlib import Path

import layers
import numpy as np
import pytest
import wavy_sei
from mesh_text import BASE, LEFT, LINE, NAMES, POINTS, RIGHT, TETRA, TRIANGLE, msh, squares
from work import counted

from trona.mesh import FacetSet, MeshData, read_mesh

Read = Callable[[str], MeshData]
MESHES = Path(__file__).parents[2] / "meshes"
THREE = [layers.Layer("metal", 1, 4), layers.Layer("film", 0.2, 3), layers.Layer("electrolyte", 5, 6)]


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_layers_have_the_measures_of_their_boxes(dim: int, tmp_path: Path) -> None:
    layers.build(tmp_path / "a.msh", THREE, dim=dim, width=2, cells_across=3)
    mesh, warnings = read_mesh(tmp_path / "a.msh", 1e-6)
    face, um = 2e-6 ** (dim - 1), 1e-6
    assert warnings == []
    assert mesh.gdim == dim
    assert mesh.cell_name == ("interval", "triangle", "tetrahedron")[dim - 1]
    assert mesh.blocks == ("metal", "film", "electrolyte")
    assert mesh.block_measure == pytest.approx(
        {"metal": face * um, "film": 0.2 * face * um, "electrolyte": 5 * face * um}
    )
    assert mesh.boundaries["bottom"].measure == pytest.approx(face)
    assert mesh.boundaries["top"].blocks == ("electrolyte",)
    if dim > 1:
        perimeter = 2 if dim == 2 else 4 * 2e-6
        assert mesh.boundaries["sides"].measure == pytest.approx(6.2e-6 * perimeter)
        assert mesh.boundaries["sides"].blocks == mesh.blocks
    assert list(mesh.interfaces) == ["metal | film", "film | electrolyte"]
    assert all(one.measure == pytest.approx(face) and one.whole for one in mesh.interfaces.values())
    assert mesh.neighbours == (("metal", "film"), ("film", "electrolyte"))
    assert mesh.unnamed_boundary_measure == 0
    assert mesh.bounding_box.tolist() == [pytest.approx([0.0] * dim), pytest.approx([*[2e-6] * (dim - 1), 6.2e-6])]


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_all_versions_of_the_format_give_the_same_mesh(dim: int, tmp_path: Path) -> None:
    meshes = []
    for version, binary in product((2.2, 4.1), (False, True)):
        layers.build(tmp_path / "a.msh", THREE, dim=dim, msh_version=version, binary=binary)
        meshes.append(read_mesh(tmp_path / "a.msh", 1e-6)[0])
    first, *others = meshes
    for other in others:
        for field in ("cells", "cell_block", "facets", "facet_set"):
            np.testing.assert_array_equal(getattr(other, field), getattr(first, field), field)
        np.testing.assert_allclose(other.points, first.points, rtol=0, atol=1e-20)
        assert other.blocks == first.blocks
        assert [(s.names, s.blocks) for s in other.facet_sets] == [(s.names, s.blocks) for s in first.facet_sets]
        assert list(other.boundaries) == list(first.boundaries)
        assert other.block_measure == pytest.approx(first.block_measure, rel=1e-13)


@pytest.mark.parametrize("wave_on", wavy_sei.SIDES)
def test_wavy_mesh_has_the_areas_of_the_geometry(wave_on: str, tmp_path: Path) -> None:
    wavy_sei.build(tmp_path / "a.msh", wave_on=wave_on, refinement=0.5, label_interfaces=True)
    mesh, _ = read_mesh(tmp_path / "a.msh", 1e-6)
    # The cosine has no mean over half a wave, so that the areas are those of the flat layers.
    assert mesh.block_measure == pytest.approx(
        {"metal": 0.25e-12, "sei": 0.025e-12, "electrolyte": 2.475e-12}, rel=1e-5
    )
    x = np.linspace(0, 0.5e-6, 20001)
    slope = 0.02e-6 * 2 * np.pi / 1e-6 * np.sin(2 * np.pi * x / 1e-6)
    wave = np.trapezoid(np.sqrt(1 + slope**2), x)
    assert mesh.interfaces["metal_sei"].measure == pytest.approx(0.5e-6 if wave_on == "electrolyte" else wave, rel=1e-4)
    assert mesh.interfaces["sei_electrolyte"].measure == pytest.approx(0.5e-6 if wave_on == "metal" else wave, rel=1e-4)
    assert mesh.interfaces["metal_sei"].sets == mesh.interfaces["metal | sei"].sets


@pytest.mark.parametrize(
    ("name", "blocks"),
    [
        ("wavy_sei", ("metal", "sei", "electrolyte")),
        ("two_layers", ("metal", "electrolyte")),
        ("three_layers", ("metal", "film", "electrolyte")),
        ("cell_3d", ("metal", "sei", "electrolyte")),
    ],
)
def test_committed_meshes_are_read_without_a_warning(name: str, blocks: tuple[str, ...]) -> None:
    mesh, warnings = read_mesh(MESHES / f"{name}.msh", 1e-6)
    assert warnings == []
    assert mesh.blocks == blocks
    assert mesh.unnamed_boundary_measure == 0


def test_facets_are_those_between_blocks_and_the_named_ones(read: Read) -> None:
    mesh = read(squares())
    assert mesh.facet_sets == (
        FacetSet(frozenset({"base"}), ("left",), 1e-3),
        FacetSet(frozenset(), ("left", "right"), 1e-3),
        FacetSet(frozenset({"base"}), ("right",), 1e-3),
    )
    assert mesh.facets.tolist() == [[0, 1], [1, 2], [1, 4]]
    assert mesh.facet_set.tolist() == [0, 2, 1]
    assert mesh.boundaries["base"].sets == (0, 2)
    assert mesh.unnamed_boundary_measure == pytest.approx(4e-3)


def test_two_names_on_the_same_facets_and_overlap(read: Read) -> None:
    names = NAMES | {(1, 4): "warm"}
    mesh = read(squares(facets=[*BASE, (LINE, 4, (1, 2)), (LINE, 4, (1, 4))], names=names))
    assert {s.names for s in mesh.facet_sets if len(s.blocks) == 1} == {
        frozenset({"base", "warm"}),
        frozenset({"base"}),
        frozenset({"warm"}),
    }
    assert mesh.boundaries["base"].measure == pytest.approx(2e-3)
    assert mesh.boundaries["warm"].measure == pytest.approx(2e-3)
    assert mesh.boundaries["warm"].blocks == ("left",)


def test_patches_are_parts_of_one_interface(read: Read) -> None:
    # The common edge 2 -- 5 of the squares is cut in two by vertex 7.
    points = [*POINTS, (1, 0.25)]
    cells = [
        (TRIANGLE, 1, (1, 2, 7)),
        (TRIANGLE, 1, (1, 7, 5)),
        (TRIANGLE, 1, (1, 5, 4)),
        (TRIANGLE, 2, (2, 3, 7)),
        (TRIANGLE, 2, (7, 3, 6)),
        (TRIANGLE, 2, (7, 6, 5)),
    ]
    facets = [(LINE, 3, (2, 7)), (LINE, 4, (7, 5))]
    mesh = read(squares(points=points, cells=cells, facets=facets, names=NAMES | {(1, 3): "clean", (1, 4): "fouled"}))
    assert list(mesh.interfaces) == ["left | right", "clean", "fouled"]
    assert [one.measure for one in mesh.interfaces.values()] == pytest.approx([1e-3, 0.25e-3, 0.75e-3])
    assert [one.whole for one in mesh.interfaces.values()] == [True, False, False]
    assert set(mesh.interfaces["left | right"].sets) == {
        *mesh.interfaces["clean"].sets,
        *mesh.interfaces["fouled"].sets,
    }
    assert mesh.neighbours == (("left", "right"),)


def test_orientation_of_the_file_does_not_matter(read: Read) -> None:
    reversed_cells = [(kind, tag, (a, c, b)) for kind, tag, (a, b, c) in LEFT]
    for cells in ([*reversed_cells, *RIGHT], [LEFT[0], reversed_cells[1], *RIGHT]):
        mesh = read(squares(cells=cells))
        corners = mesh.points[mesh.cells]
        edges = corners[:, 1:] - corners[:, :1]
        assert np.linalg.det(edges) == pytest.approx(np.full(4, 1e-6))
        assert mesh.block_measure == pytest.approx({"left": 1e-6, "right": 1e-6})


def test_unused_points_are_dropped_and_a_constant_plane_is_fine(read: Read) -> None:
    points = [(x, y, 7.0) for x, y in [*POINTS, (50, 50)]]
    mesh = read(squares(points=points))
    assert mesh.points.shape == (6, 2)
    assert mesh.bounding_box[1] == pytest.approx([2e-3, 1e-3])


def test_names_are_trimmed_and_equal_names_are_one_block(read: Read) -> None:
    mesh = read(squares(names={(2, 1): " metal ", (2, 2): "metal", (1, 3): "base"}))
    assert mesh.blocks == ("metal",)
    assert mesh.block_measure["metal"] == pytest.approx(2e-6)
    assert mesh.interfaces == {}


def test_interface_is_found_in_any_spelling(read: Read) -> None:
    mesh = read(squares(facets=[(LINE, 3, (2, 5))], names=NAMES | {(1, 3): "joint"}))
    assert mesh.interface("left | right").blocks == ("left", "right")
    assert mesh.interface("right|left").blocks == ("right", "left")
    assert mesh.interface("right|left").sets == mesh.interface("joint").sets
    assert mesh.interface(" joint ").blocks == ("left", "right")
    assert mesh.block(" left ") == "left"


@pytest.mark.parametrize(
    ("lookup", "text", "message"),
    [
        ("interface", "metal | fim", "no block 'fim'; nearest: film"),
        (
            "interface",
            "metal | electrolyte",
            "blocks 'metal' and 'electrolyte' do not touch; interfaces: metal | film, film | electrolyte",
        ),
        ("interface", "film | film", "an interface lies between two blocks, got 'film' twice"),
        ("interface", "metal |", "an interface is written 'A | B' with two blocks, got 'metal |'"),
        ("interface", "a | b | c", "an interface is written 'A | B' with two blocks, got 'a | b | c'"),
        ("interface", "weld", "no interface 'weld'; interfaces: metal | film, film | electrolyte"),
        ("interface", "top", "'top' is a boundary, not an interface; interfaces: metal | film, film | electrolyte"),
        ("boundary", "tops", "no boundary 'tops'; nearest: top"),
        ("boundary", "wall", "no boundary 'wall'; known: bottom, top, sides"),
        ("boundary", "film", "'film' is a block, not a boundary; known: bottom, top, sides"),
        ("boundary", "metal | film", "'metal | film' is an interface, not a boundary; known: bottom, top, sides"),
        ("block", "Metal", "no block 'Metal'; nearest: metal"),
    ],
)
def test_unknown_names_are_answered_with_the_known_ones(lookup: str, text: str, message: str) -> None:
    mesh, _ = read_mesh(MESHES / "three_layers.msh", 1e-6)
    with pytest.raises(ValueError) as caught:
        getattr(mesh, lookup)(text)
    assert str(caught.value) == message


def test_tetrahedra_with_a_named_interface(read: Read) -> None:
    points = [(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (0, 0, -2)]
    elements = [(TRIANGLE, 3, (1, 3, 2)), (TETRA, 1, (1, 2, 3, 4)), (TETRA, 2, (1, 2, 3, 5))]
    mesh = read(msh(points, elements, {(3, 1): "upper", (3, 2): "lower", (2, 3): "joint"}))
    assert mesh.block_measure == pytest.approx({"upper": 1e-9 / 6, "lower": 2e-9 / 6})
    assert mesh.interface("joint").measure == pytest.approx(0.5e-6)
    assert mesh.unnamed_boundary_measure == pytest.approx((1 + np.sqrt(3) / 2 + 2 + 1.5) * 1e-6)


def test_a_large_mesh_is_read_without_a_loop(tmp_path: Path) -> None:
    """A hundred times the cells take no more calls: arrays are handled as a whole."""
    found = []
    for count in (20, 200):
        path = tmp_path / f"{count}.msh"
        layers.build(path, [layers.Layer("a", 1, count)], cells_across=count, binary=True)
        found.append(counted(lambda path=path: read_mesh(path, 1e-6)[0]))
    (small, few), (large, many) = found
    assert len(large.cells) == 100 * len(small.cells) == 80_000
    assert many < 1.5 * few


def test_reading_msh_files_needs_no_meshio() -> None:
    """meshio takes longer to import than a mesh of 20,000 cells to read."""
    script = (
        "import sys\nfrom trona.mesh import read_mesh\nread_mesh(sys.argv[1], 1e-6)\nassert 'meshio' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script, MESHES / "wavy_sei.msh"], check=True)
