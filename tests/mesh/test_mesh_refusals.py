"""Every way in which a mesh is refused, with its message."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import gmsh
import gmsh_model
import layers
import meshio
import numpy as np
import pytest
from mesh_text import BASE, LEFT, LINE, NAMES, POINT, POINTS, QUAD, RIGHT, TRIANGLE, msh, squares

from trona.errors import Location, MeshError
from trona.mesh import read_mesh

Refusal = Callable[[str | bytes], str]
CONFORMAL = "make the geometry conformal: BooleanFragments or shared curves"
RECOMBINE = "but only simplices are read; mesh without Recombine"

FAULTS: dict[str, tuple[str, str]] = {
    "no groups": (
        squares(cells=[(TRIANGLE, 0, n) for _, _, n in [*LEFT, *RIGHT]], facets=[], names={}),
        "the mesh has no physical groups, so nothing in it has a name; name its parts in gmsh, for instance "
        'Physical Surface("upper") = {...}',
    ),
    "no names": (
        squares(names={}),
        "the physical groups of the mesh have no names; name them in gmsh, for instance Physical "
        'Surface("upper") = {...}',
    ),
    "a block without a name": (
        squares(names={(2, 1): "left", (1, 3): "base"}),
        'physical group 2 of dimension 2 has no name; name it in gmsh: Physical Surface("upper") = {...}',
    ),
    "a boundary with an empty name": (
        squares(names=NAMES | {(1, 3): " "}),
        'physical group 3 of dimension 1 has no name; name it in gmsh: Physical Curve("top") = {...}',
    ),
    "cells in no group": (
        squares(cells=[*LEFT, (TRIANGLE, 0, (2, 3, 6)), (TRIANGLE, 0, (2, 6, 5))]),
        "2 triangles in no physical group, the first at (1.66667, 0.333333); put every cell in a "
        "Physical Surface and save with Mesh.SaveAll = 0",
    ),
    "a cell in two groups": (
        squares(cells=[*LEFT, *RIGHT, (TRIANGLE, 2, (5, 1, 2))]),
        "1 triangle in two groups, 'left' and 'right', the first at (0.666667, 0.333333); a cell belongs to one block",
    ),
    "one name in two dimensions": (
        squares(names=NAMES | {(1, 3): "left"}),
        "the name 'left' is used twice, for a Physical Curve and a Physical Surface; give one of them another name",
    ),
    "boundary mixed with interface": (
        squares(facets=[*BASE, (LINE, 3, (2, 5))]),
        "the group 'base' mixes 2 edges on the outer boundary and 1 edge between blocks; split it into one "
        "group for each",
    ),
    "facets inside a block": (
        squares(facets=[(LINE, 3, (1, 5))]),
        "the group 'base' lies inside block 'left'; remove it, or split the block",
    ),
    "facets that no cell has": (
        squares(facets=[*BASE, (LINE, 3, (1, 6))]),
        "the group 'base' contains 1 edge not belonging to any cell, the first at (1, 0.5); blocks must all have the "
        "same dimension, and "
        "groups of facets lie on them",
    ),
    "facets at points that no cell has": (
        squares(points=[*POINTS, (5, 5), (6, 5)], facets=[(LINE, 3, (7, 8))]),
        "the group 'base' contains 1 edge not belonging to any cell, the first at (5.5, 5); blocks must all have the "
        "same dimension, and "
        "groups of facets lie on them",
    ),
    "inverted cells": (
        squares(points=[*POINTS[:4], (0.5, -0.4), (2, 1)]),
        "cells overlap their neighbours at 2 edges, the first in block 'left' at (0.25, -0.2): some are "
        "inverted; "
        "mesh the geometry again",
    ),
    "duplicate cells": (
        squares(cells=[*LEFT, *RIGHT, (TRIANGLE, 1, (5, 1, 2))]),
        "1 triangle stored twice, the first at (0.666667, 0.333333); run 'Coherence Mesh' in gmsh",
    ),
    "flat cells": (
        squares(points=[*POINTS[:5], (3, 0)]),
        "1 triangle of measure zero, the first at (2, 0); remove short edges or duplicate points from the geometry",
    ),
    "higher order": (
        squares(cells=[*LEFT, (9, 2, (2, 3, 6, 1, 4, 5))]),
        "the mesh has elements of higher order; set Mesh.ElementOrder = 1 in gmsh",
    ),
    "quadrangles": (squares(cells=[*LEFT, (QUAD, 2, (2, 3, 6, 5))]), f"the mesh has quadrangles, {RECOMBINE}"),
    "prisms": (squares(cells=[*LEFT, (6, 2, (1, 2, 3, 4, 5, 6))]), f"the mesh has prisms, {RECOMBINE}"),
    "out of the plane": (
        squares(points=[*POINTS[:5], (2, 1, 0.5)]),
        "the cells are triangles but do not lie in the plane of x and y: z runs from 0 to 0.5; rotate or "
        "flatten the "
        "geometry, or name the cells of the volume",
    ),
    "line off the axis": (
        msh([(0, 0), (1, 1)], [(LINE, 1, (1, 2))], {(1, 1): "wire"}),
        "the cells are edges but do not lie along x: y runs from 0 to 1; rotate or flatten the geometry, or "
        "name the "
        "cells of the volume",
    ),
    "not finite": (
        squares(points=[*POINTS[:5], (2, float("nan"))]),
        "1 point with coordinates that are not finite; mesh the geometry again",
    ),
    "no cells": (
        msh(POINTS, [(POINT, 1, (1,))], {(0, 1): "corner"}),
        "the mesh has no cells; mesh the geometry in gmsh before you save it",
    ),
    "three cells at an edge": (
        squares(points=[*POINTS, (1.5, 0.5)], cells=[*LEFT, *RIGHT, (TRIANGLE, 2, (2, 7, 5))]),
        "1 edge with more than two cells, the first at (1, 0.5); cells overlap or the mesh branches there",
    ),
    "blocks that share no vertices": (
        squares(
            points=[*POINTS, (1, 0), (1, 1)],
            cells=[*LEFT, (TRIANGLE, 2, (7, 3, 6)), (TRIANGLE, 2, (7, 6, 8))],
            facets=[(LINE, 3, (1, 2))],
        ),
        f"left and right touch in 2 points but share no vertices there, the first at (1, 0); {CONFORMAL}",
    ),
    "hanging vertex": (
        squares(
            points=[*POINTS, (1, 0.5)],
            cells=[*LEFT, (TRIANGLE, 2, (2, 3, 7)), (TRIANGLE, 2, (7, 3, 6)), (TRIANGLE, 2, (7, 6, 5))],
        ),
        "vertices hang in the middle of edges, 2 in all, the first in blocks 'left' and 'right' at (1, 0); "
        f"{CONFORMAL}",
    ),
    "a name with a bar": (
        squares(names=NAMES | {(1, 3): "a|b"}),
        "the name 'a|b' of a physical group contains '|', which has a special meaning in a deck; use letters, digits, "
        "'_' and '-'",
    ),
    "a name with a dot": (
        squares(names=NAMES | {(2, 1): "metal.1"}),
        "the name 'metal.1' of a physical group contains '.', which has a special meaning in a deck; use letters, "
        "digits, '_' and "
        "'-'",
    ),
    "a name with an equals sign": (
        squares(names=NAMES | {(2, 1): "x=1"}),
        "the name 'x=1' of a physical group contains '=', which has a special meaning in a deck; use letters, digits, "
        "'_' and '-'",
    ),
    "not a mesh": ("hello", "this is not a gmsh mesh: the file does not begin with $MeshFormat"),
    "empty": ("", "this is not a gmsh mesh: the file does not begin with $MeshFormat"),
    "format 1": (
        "$NOD\n0\n$ENDNOD\n",
        "the file is in MSH format 1, which is not read; save it from gmsh as version 4.1",
    ),
    "format 4.0": (
        "$MeshFormat\n4.0 0 8\n$EndMeshFormat\n",
        "the file is in MSH format 4.0, which is not read; save it from gmsh as version 4.1",
    ),
    "partitioned": (
        "$MeshFormat\n4.1 0 8\n$EndMeshFormat\n$PartitionedEntities\n$EndPartitionedEntities\n",
        "the mesh is partitioned; save it from gmsh before it is partitioned",
    ),
    "cut short": (
        squares()[:-20],
        "the file cannot be read as a gmsh mesh: section $Elements has no end: the file is cut short",
    ),
    "parametric nodes": (
        "$MeshFormat\n2.2 0 8\n$EndMeshFormat\n$ParametricNodes\n0\n$EndParametricNodes\n",
        "the file has parametric nodes; save it from gmsh with Mesh.SaveParametric = 0",
    ),
    "no nodes": (
        "$MeshFormat\n4.1 0 8\n$EndMeshFormat\n",
        "the file cannot be read as a gmsh mesh: there is no section $Nodes",
    ),
    "a node that is not there": (
        squares(cells=[*LEFT, *RIGHT, (TRIANGLE, 2, (2, 3, 99))]),
        "the file cannot be read as a gmsh mesh: an element uses a node that is not in the file",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_message(fault: str, refusal: Refusal) -> None:
    content, message = FAULTS[fault]
    assert refusal(content) == message


def test_several_interfaces_in_one_group(refusal: Refusal) -> None:
    points = [(x, y) for y in (0, 1) for x in (0, 1, 2, 3)]
    cells = [(TRIANGLE, i, n) for i in (1, 2, 3) for n in ((i, i + 1, i + 5), (i, i + 5, i + 4))]
    facets = [(LINE, 4, (2, 6)), (LINE, 4, (3, 7))]
    assert refusal(msh(points, [*facets, *cells], {(2, 1): "a", (2, 2): "b", (2, 3): "c", (1, 4): "joint"})) == (
        "the group 'joint' spans several interfaces, a | b, b | c; make one group for each"
    )


def _two_boxes(path: Path, groups: dict[tuple[int, str], list[int]], save_all: bool = False) -> None:
    """Two unit squares that share a curve, made by gmsh; `groups` by dimension and name."""
    with gmsh_model.session(path):
        left, right = (gmsh.model.occ.addRectangle(x, 0, 0, 1, 1) for x in (0, 1))
        gmsh.model.occ.fragment([(2, left)], [(2, right)])
        gmsh.model.occ.synchronize()
        gmsh.option.setNumber("Mesh.MeshSizeMin", 0.5)
        gmsh.option.setNumber("Mesh.SaveAll", int(save_all))
        for (dim, name), tags in groups.items():
            gmsh.model.addPhysicalGroup(dim, tags, name=name)


def test_entity_of_version_4_in_two_groups(tmp_path: Path) -> None:
    path = tmp_path / "a.msh"
    _two_boxes(path, {(2, "left"): [1], (2, "right"): [2], (2, "all"): [1, 2]})
    with pytest.raises(MeshError, match=r"a\.msh: \d+ triangles in two groups, 'all' and 'left', the first at"):
        read_mesh(path, 1e-3)


def test_second_group_of_an_entity_without_a_name(tmp_path: Path) -> None:
    path = tmp_path / "a.msh"
    _two_boxes(path, {(2, "left"): [1], (2, "right"): [2], (2, ""): [1]})
    with pytest.raises(MeshError, match=r"physical group 3 of dimension 2 has no name; name it in gmsh: "):
        read_mesh(path, 1e-3)


def test_elements_outside_groups_are_no_fault_where_they_are_no_cells(tmp_path: Path) -> None:
    _two_boxes(tmp_path / "a.msh", {(2, "left"): [1], (2, "right"): [2], (1, "base"): [1]}, save_all=True)
    mesh, warnings = read_mesh(tmp_path / "a.msh", 1e-3)
    assert warnings == []
    assert list(mesh.boundaries) == ["base"]
    assert mesh.interface("left | right").measure == pytest.approx(1e-3)


def test_missing_file_names_a_near_one(tmp_path: Path) -> None:
    (tmp_path / "wavy_sei.msh").write_text(squares())
    path = tmp_path / "wavy_se.msh"
    with pytest.raises(MeshError) as caught:
        read_mesh(path)
    assert str(caught.value) == f"no such file: '{path}'; nearest: wavy_sei.msh"


def test_folder_instead_of_a_file(tmp_path: Path) -> None:
    with pytest.raises(MeshError) as caught:
        read_mesh(tmp_path)
    assert str(caught.value) == f"'{tmp_path}' is a folder, not a file"


def test_place_in_the_deck_comes_first(tmp_path: Path) -> None:
    path = tmp_path / "a.msh"
    with pytest.raises(MeshError) as caught:
        read_mesh(path, location=Location("cell.yaml", 3, 9, "mesh.file"))
    assert str(caught.value) == f"cell.yaml:3:9 mesh.file: no such file: '{path}'"


@pytest.mark.parametrize(
    ("unit", "warning"),
    [
        (1.0, "the mesh measures 2 m x 1 m with length_unit m; did you mean another unit, for instance um?"),
        (1e-9, "the mesh measures 2e-09 m x 1e-09 m with length_unit nm; did you mean another unit, for instance um?"),
    ],
)
def test_unlikely_size_is_a_warning(unit: float, warning: str, tmp_path: Path) -> None:
    (tmp_path / "a.msh").write_text(squares())
    assert read_mesh(tmp_path / "a.msh", unit)[1] == [warning]


def test_groups_without_a_use_are_a_warning(tmp_path: Path) -> None:
    (tmp_path / "a.msh").write_text(
        squares(facets=[(POINT, 5, (1,))], names=NAMES | {(0, 5): "corner", (1, 3): "gone"})
    )
    assert read_mesh(tmp_path / "a.msh", 1e-3)[1] == [
        "the group 'gone' is empty and is not used",
        "the group 'corner' of points is not used; only cells and facets carry names",
    ]


def test_crack_within_a_block_is_a_warning(tmp_path: Path) -> None:
    points = [(0, 0), (1, 0), (2, 0), (0, 1), (1, 1), (2, 1), (0, -1), (1, -1), (2, -1), (1, 0)]
    upper = [(1, 2, 5), (1, 5, 4), (2, 3, 6), (2, 6, 5)]
    lower = [(7, 8, 10), (7, 10, 1), (8, 9, 3), (8, 3, 10)]
    (tmp_path / "a.msh").write_text(msh(points, [(TRIANGLE, 1, n) for n in upper + lower], {(2, 1): "metal"}))
    mesh, warnings = read_mesh(tmp_path / "a.msh", 1e-3)
    assert len(mesh.points) == 10
    assert warnings == [
        "block 'metal' has a crack: pairs of coincident points, 1 in all, the first at (1, 0); if "
        "none is meant, run "
        "'Coherence Mesh' in gmsh"
    ]


def _meshio_mesh(**sets: list[list[int]]) -> meshio.Mesh:
    cells = [("triangle", np.array([n for _, _, n in [*LEFT, *RIGHT]]) - 1), ("line", np.array([[0, 1], [1, 2]]))]
    return meshio.Mesh(np.array(POINTS), cells, cell_sets={name: list(map(np.array, s)) for name, s in sets.items()})


def test_named_cell_sets_of_other_formats_are_read(tmp_path: Path) -> None:
    inp = tmp_path / "a.inp"
    lines = ["*NODE", *(f"{i}, {x}, {y}, 0" for i, (x, y) in enumerate(POINTS, 1))]
    for kind, elset, rows in (("CPS3", "left", LEFT), ("CPS3", "right", RIGHT), ("T3D2", "base", BASE)):
        lines.append(f"*ELEMENT, TYPE={kind}, ELSET={elset}")
        first = {"left": 1, "right": 3, "base": 5}[elset]
        lines += [", ".join(map(str, [first + i, *nodes])) for i, (_, _, nodes) in enumerate(rows)]
    inp.write_text("\n".join([*lines, ""]))
    mesh, warnings = read_mesh(inp, 1e-3)
    assert warnings == []
    assert mesh.blocks == ("left", "right")
    assert mesh.boundaries["base"].measure == pytest.approx(2e-3)


def test_other_formats_without_names_are_refused_with_the_cure(tmp_path: Path) -> None:
    path = tmp_path / "a.vtu"
    _meshio_mesh().write(path)
    with pytest.raises(MeshError) as caught:
        read_mesh(path, 1e-3)
    assert str(caught.value) == (
        f"{path}: the file has no named sets of cells; convert it and name its parts in gmsh: "
        "meshio convert --output-format gmsh22 a.vtu a.msh"
    )


@pytest.mark.parametrize("name", ["a.vtu", "a.stl", "a.xdmf", "a.exo", "a.med", "a.inp", "a.h5m", "a.xyz", "a"])
def test_no_mesh_under_any_suffix_ends_in_a_mesh_error(name: str, tmp_path: Path) -> None:
    """Neither an exit, nor a word on the terminal."""
    path = tmp_path / name
    path.write_bytes(b"no mesh \xff at all\n")
    script = (
        "import sys\nfrom trona.errors import MeshError\nfrom trona.mesh import read_mesh\n"
        "try:\n    read_mesh(sys.argv[1])\nexcept MeshError:\n    sys.exit(42)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, path], capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (42, b"", b"")


def _mutants(content: bytes, count: int, random_: random.Random) -> list[bytes]:
    made = [content[: random_.randrange(len(content))] for _ in range(count)]
    for _ in range(count):
        mutant = bytearray(content)
        for _ in range(random_.choice((1, 1, 2, 5))):
            mutant[random_.randrange(len(mutant))] = random_.randrange(256)
        made.append(bytes(mutant))
    for _ in range(count):
        start = random_.randrange(len(content))
        made.append(content[:start] + content[start + random_.randrange(1, 40) :])
    return made


@pytest.mark.parametrize("version", [2.2, 4.1])
@pytest.mark.parametrize("binary", [False, True])
def test_broken_files_give_mesh_errors_only(
    version: float, binary: bool, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.msh"
    layers.build(path, [layers.Layer("a", 1, 2), layers.Layer("b", 1, 1)], msh_version=version, binary=binary)
    refused = 0
    for content in _mutants(path.read_bytes(), 150, random.Random(7)):
        path.write_bytes(content)
        try:
            read_mesh(path, 1e-6)
        except MeshError as error:
            refused += 1
            assert str(error).startswith(f"{path}: ")
    assert refused > 200
    assert capfd.readouterr() == ("", "")
