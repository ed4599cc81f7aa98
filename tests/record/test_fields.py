from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import meshio
import numpy as np
import pytest
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkDataArray
from vtkmodules.vtkIOXML import vtkXMLUnstructuredGridReader

from trona.readings.snapshot import BlockData, FieldData, Snapshot
from trona.record import RunDirectory
from trona.record.alongside import along
from trona.record.disk import Disk
from trona.record.field_reader import RecordedFields
from trona.record.fields import FieldWriter, safe_names, vtu


def test_files_read_back_exactly(directory: RunDirectory, snapshot: Snapshot) -> None:
    FieldWriter(directory).write(snapshot)
    for name, block in snapshot.blocks.items():
        mesh = meshio.read(directory.path / f"fields/{name}-000003.vtu")
        np.testing.assert_array_equal(mesh.points[:, :2], block.points)
        np.testing.assert_array_equal(mesh.points[:, 2], 0)
        np.testing.assert_array_equal(mesh.cells_dict[block.cell_type], block.cells)
        np.testing.assert_array_equal(mesh.point_data["temperature"], block.fields["temperature"].values)


def test_plane_vectors_get_a_third_component(directory: RunDirectory, snapshot: Snapshot) -> None:
    FieldWriter(directory).write(snapshot)
    values = meshio.read(directory.path / "fields/metal-000003.vtu").point_data["displacement"]
    np.testing.assert_array_equal(values[:, :2], snapshot.blocks["metal"].fields["displacement"].values)
    np.testing.assert_array_equal(values[:, 2], 0)


def test_plane_tensor_becomes_three_by_three(snapshot: Snapshot, tmp_path: Path) -> None:
    film = snapshot.blocks["film"]
    stress = FieldData(np.tile([1.0, 2.0, 3.0, 4.0], (4, 1)), "Pa")
    (tmp_path / "a.vtu").write_bytes(vtu(BlockData(film.points, film.cells, "triangle", {"s": stress}), 0.0))
    values = meshio.read(tmp_path / "a.vtu").point_data["s"]
    np.testing.assert_array_equal(values[0].ravel(), [1, 2, 0, 3, 4, 0, 0, 0, 0])


@pytest.mark.parametrize(
    ("cell_type", "vtk_type", "nodes"),
    [("line", 3, 2), ("triangle", 5, 3), ("tetra", 10, 4), ("line3", 21, 3), ("triangle6", 22, 6), ("tetra10", 24, 10)],
)
def test_cell_types(tmp_path: Path, cell_type: str, vtk_type: int, nodes: int) -> None:
    points = np.random.default_rng(1).random((nodes, 3))
    field = {"T": FieldData(np.arange(nodes) / 7, "K")}
    block = BlockData(points, np.arange(nodes)[None], cell_type, field)  # type: ignore[arg-type]
    (tmp_path / "a.vtu").write_bytes(vtu(block, 1.5))
    reader = vtkXMLUnstructuredGridReader()
    reader.SetFileName(str(tmp_path / "a.vtu"))
    reader.Update()
    grid = reader.GetOutput()
    assert (grid.GetNumberOfCells(), grid.GetCellType(0)) == (1, vtk_type)
    assert [grid.GetCell(0).GetPointId(i) for i in range(nodes)] == list(range(nodes))
    array = grid.GetPointData().GetArray("T")
    np.testing.assert_array_equal(vtk_to_numpy(array), np.arange(nodes) / 7)
    time = grid.GetFieldData().GetArray("TimeValue")
    assert time.GetValue(0) == 1.5
    for found, unit in ((array, "K"), (time, "s"), (grid.GetPoints().GetData(), "m")):
        assert found.GetInformation().Get(vtkDataArray.UNITS_LABEL()).strip() == unit


def index(directory: RunDirectory, name: str = "fields.pvd") -> list[dict[str, str]]:
    tree = ElementTree.fromstring((directory.path / name).read_text())
    assert tree.attrib["type"] == "Collection"
    return [dict(entry.attrib) for entry in tree.iter("DataSet")]


def test_index_names_parts_and_times(directory: RunDirectory, snapshot: Snapshot) -> None:
    writer = FieldWriter(directory)
    writer.write(snapshot)
    writer.write(Snapshot(1 / 3 + 420, 4, snapshot.blocks))
    entries = index(directory)
    assert [(e["part"], e["name"], float(e["timestep"])) for e in entries] == [
        ("0", "metal", 420.0),
        ("1", "film", 420.0),
        ("0", "metal", 1 / 3 + 420),
        ("1", "film", 1 / 3 + 420),
    ]
    assert all((directory.path / e["file"]).is_file() for e in entries)


def test_killed_step_leaves_the_index_of_the_last_whole_one(
    directory: RunDirectory, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = FieldWriter(directory)
    writer.write(snapshot)
    create = Disk.create

    def killed(self: Disk, name: str) -> int:
        if "film-000004" in name:
            raise KeyboardInterrupt
        return create(self, name)

    monkeypatch.setattr(Disk, "create", killed)
    with pytest.raises(KeyboardInterrupt):
        writer.write(Snapshot(421.0, 4, snapshot.blocks))
    assert {e["timestep"] for e in index(directory)} == {"420"}


def test_strange_block_names(directory: RunDirectory, snapshot: Snapshot) -> None:
    names = ["a/b", "a b", "a_b", 'x"<&', "Metal", "metal"]
    block = snapshot.blocks["film"]
    FieldWriter(directory).write(Snapshot(0.0, 0, dict.fromkeys(names, block)))
    entries = index(directory)
    assert [e["name"] for e in entries] == names
    files = [e["file"] for e in entries]
    assert files == [f"fields/{stem}-000000.vtu" for stem in ("a_b", "a_b_2", "a_b_3", "x_", "Metal", "metal_2")]
    assert all((directory.path / file).is_file() for file in files)


def test_safe_names_keep_clear_of_those_taken() -> None:
    assert safe_names(["a b", "c", "../x", ""], {"c": "a_b"}) == {"a b": "a_b_2", "../x": "_x", "": "_"}


def test_block_that_does_not_fit_is_refused() -> None:
    points = np.zeros((3, 2))
    with pytest.raises(ValueError, match="triangle6 block"):
        BlockData(points, np.array([[0, 1, 2]]), "triangle6")
    with pytest.raises(ValueError, match="field 'T'"):
        BlockData(points, np.array([[0, 1, 2]]), "triangle", {"T": FieldData(np.zeros(4))})
    with pytest.raises(ValueError, match="unknown cell type 'quad'"):
        BlockData(points, np.array([[0, 1, 2, 0]]), "quad")  # type: ignore[arg-type]


def test_facets_are_parts_of_their_own(directory: RunDirectory, snapshot: Snapshot) -> None:
    points = np.array([[0, 1e-6], [0.5e-6, 1e-6], [0.5e-6, 1e-6], [1e-6, 1e-6]])
    edge = BlockData(points, np.array([[0, 1], [2, 3]]), "line", {"height": FieldData(np.arange(4.0), "m")})
    FieldWriter(directory).write(replace(snapshot, surfaces={"metal | film": edge, "film": edge}))
    entries = ElementTree.fromstring((directory.path / "fields.pvd").read_bytes()).iter("DataSet")
    names = {entry.attrib["name"]: entry.attrib["file"] for entry in entries}
    assert list(names) == ["metal", "film", "metal | film", "film (surface)"] and len(set(names.values())) == 4
    found = RecordedFields(directory.path)
    assert list(found) == ["displacement", "temperature"] and list(found.surfaces) == ["height"]
    parts = found.surfaces["height"][-1]
    assert list(parts) == ["metal | film", "film"] and found.surfaces["height"].unit == "m"
    np.testing.assert_array_equal(parts["film"].points, points)
    np.testing.assert_array_equal(parts["film"].values, np.arange(4.0))
    table = along(found.snapshot(-1), "metal | film")
    assert table["distance"] == pytest.approx([0, 0.5e-6, 1e-6]) and np.isfinite(table["height"]).all()
    assert list(along(found.snapshot(-1), "film")) == ["distance", "x", "y", "height"]
