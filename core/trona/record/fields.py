"""Field files: one VTK file per block and step (and rank), and one index that ParaView opens as a single case."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import numpy as np
from numpy.typing import NDArray

from trona.readings.snapshot import BlockData, CellType, Snapshot
from trona.record.directory import RunDirectory

VTK_CELL: dict[CellType, int] = {"line": 3, "triangle": 5, "tetra": 10, "line3": 21, "triangle6": 22, "tetra10": 24}
_HEAD = (
    '<?xml version="1.0"?>\n'
    '<VTKFile type="Collection" version="1.0" byte_order="LittleEndian" header_type="UInt64">\n<Collection>\n'
)
SURFACE = " (surface)"
"""Told after the name of a boundary that a block has too."""
_FOOT = "</Collection>\n</VTKFile>\n"


class FieldWriter:
    """Writes snapshots to `<folder>/<block>-<step>.vtu` and keeps the index `<folder>.pvd` up to date.

    The index is replaced after the files of a step are on the disk, so that the output of a killed run is readable.
    """

    def __init__(self, directory: RunDirectory, folder: str = "fields") -> None:
        self._directory = directory
        self._folder = folder
        self._names: dict[str, str] = {}
        self._entries: list[tuple[float, int, str, str]] = []
        """Time, index of the part, block and file."""

    def write(self, snapshot: Snapshot) -> None:
        """Writes all blocks of a snapshot. Raises UserError if the folder cannot be written."""
        parts = parts_of(snapshot)
        self._names |= safe_names(parts, self._names)
        entries, files = [], {}
        for part, (name, block) in enumerate(parts.items()):
            file = f"{self._folder}/{self._names[name]}-{snapshot.step:06d}.vtu"
            files[file] = vtu(block, snapshot.time)
            entries.append((snapshot.time, part, name, file))
        self._directory.write_all(files)
        self._entries += entries
        self._write_index()

    def write_pieces(self, first: Snapshot, pieces: Iterable[Mapping[str, bytes]]) -> None:
        """Writes the encoded blocks of each piece when it comes, and an index of the pieces of each block.

        first: one of the pieces. Raises UserError if the folder cannot be written.
        """
        parts = parts_of(first)
        self._names |= safe_names(parts, self._names)
        stems = {name: f"{self._names[name]}-{first.step:06d}" for name in parts}
        sources: dict[str, list[str]] = {name: [] for name in parts}
        for number, piece in enumerate(pieces):
            files = {name: f"{stems[name]}-rank{number}.vtu" for name in piece}
            self._directory.write_all({f"{self._folder}/{files[name]}": data for name, data in piece.items()})
            for name, file in files.items():
                sources[name].append(file)
        indices = {f"{self._folder}/{stems[n]}.pvtu": _pvtu(b, sources[n]) for n, b in parts.items()}
        self._directory.write_all(indices)
        self._entries += [
            (first.time, part, name, file) for part, (name, file) in enumerate(zip(parts, indices, strict=True))
        ]
        self._write_index()

    def state(self) -> dict[str, Any]:
        """The state for a restart, as plain data."""
        return {"names": dict(self._names), "entries": list(self._entries)}

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from the result of `state`; missing files are removed from the index."""
        self._names = dict(state["names"])
        entries = [(time, part, name, file) for time, part, name, file in state["entries"]]
        self._entries = [entry for entry in entries if self._directory.has(entry[3])]
        if self._entries:
            self._write_index()

    def _write_index(self) -> None:
        lines = [
            f'<DataSet timestep="{time:.17g}" group="" part="{part}" name={quoteattr(name)} file={quoteattr(file)}/>\n'
            for time, part, name, file in self._entries
        ]
        self._directory.write_text(f"{self._folder}.pvd", _HEAD + "".join(lines) + _FOOT)


def safe_names(names: Iterable[str], taken: dict[str, str] | None = None) -> dict[str, str]:
    """Unique file names for those `names` that `taken` does not contain.

    Plain names are unchanged. Names that differ only in case count as equal, as on some file systems.
    """
    taken = taken or {}
    used = {safe.casefold() for safe in taken.values()}
    result = {}
    for name in names:
        if name in taken:
            continue
        stem = re.sub(r"[^A-Za-z0-9._-]+", "_", name).lstrip("-.")[:100] or "_"
        safe, number = stem, 2
        while safe.casefold() in used:
            safe, number = f"{stem}_{number}", number + 1
        used.add(safe.casefold())
        result[name] = safe
    return result


def parts_of(snapshot: Snapshot) -> dict[str, BlockData]:
    """All that field files have a part of: the blocks, then interfaces and boundaries where unknowns live."""
    surfaces = {name if name not in snapshot.blocks else f"{name}{SURFACE}": s for name, s in snapshot.surfaces.items()}
    return snapshot.blocks | surfaces


def vtu(block: BlockData, time: float) -> bytes:
    """A block as a VTK XML file, compressed, with its time, the units of all arrays and all nodes of its cells."""
    from vtkmodules.vtkIOXML import vtkXMLUnstructuredGridWriter

    grid = grid_of(block)
    grid.GetFieldData().AddArray(_array("TimeValue", np.array([time]), "s"))
    writer = vtkXMLUnstructuredGridWriter()
    writer.SetInputData(grid)
    writer.SetDataModeToAppended()
    writer.SetEncodeAppendedData(False)
    writer.SetHeaderTypeToUInt64()
    writer.SetWriteToOutputString(True)
    writer.Write()
    text = writer.GetOutputString()
    # VTK returns str or bytes, depending on whether the binary data happens to be valid UTF-8.
    return text if isinstance(text, bytes) else text.encode()


def grid_of(block: BlockData) -> Any:
    """Return a block as a grid of VTK, with the units of all arrays."""
    # VTK is slow to import and not needed without field files.
    from vtkmodules.util.numpy_support import numpy_to_vtkIdTypeArray
    from vtkmodules.vtkCommonCore import vtkPoints
    from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkUnstructuredGrid

    grid = vtkUnstructuredGrid()
    points = vtkPoints()
    points.SetData(_array("Points", _padded(block.points, 3), "m"))
    grid.SetPoints(points)
    cells = vtkCellArray()
    connectivity = np.ascontiguousarray(block.cells.ravel(), dtype=np.int64)
    cells.SetData(block.cells.shape[1], numpy_to_vtkIdTypeArray(connectivity, deep=True))
    grid.SetCells(VTK_CELL[block.cell_type], cells)
    for name, data in block.fields.items():
        grid.GetPointData().AddArray(_array(name, _components(data.values), data.unit))
    return grid


def _array(name: str, values: NDArray[np.float64], unit: str) -> Any:
    from vtkmodules.util.numpy_support import numpy_to_vtk
    from vtkmodules.vtkCommonCore import vtkDataArray

    result = numpy_to_vtk(np.ascontiguousarray(values, dtype=np.float64), deep=True)
    result.SetName(name)
    result.GetInformation().Set(vtkDataArray.UNITS_LABEL(), unit)
    return result


def _pvtu(block: BlockData, sources: Iterable[str]) -> bytes:
    """The index of the pieces of a block, as a VTK XML file."""
    unit = '<InformationKey name="UNITS_LABEL" location="vtkDataArray">{}</InformationKey>'
    kind = '<PDataArray type="Float64" Name={} NumberOfComponents="{}">{}</PDataArray>'
    fields = {name: (data.unit, _components(data.values)) for name, data in block.fields.items()}
    lines = [
        '<?xml version="1.0"?>',
        '<VTKFile type="PUnstructuredGrid" version="1.0" byte_order="LittleEndian" header_type="UInt64">',
        '<PUnstructuredGrid GhostLevel="0">',
        "<PPointData>",
        *(
            kind.format(quoteattr(name), values.shape[1] if values.ndim > 1 else 1, unit.format(escape(text)))
            for name, (text, values) in fields.items()
        ),
        "</PPointData>",
        "<PPoints>",
        kind.format('"Points"', 3, unit.format("m")),
        "</PPoints>",
        *(f"<Piece Source={quoteattr(source)}/>" for source in sources),
        "</PUnstructuredGrid>",
        "</VTKFile>",
    ]
    return "\n".join([*lines, ""]).encode()


def _components(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return scalars unchanged, plane vectors with a zero third component, and plane tensors as 3 x 3."""
    if values.ndim == 1:
        return values
    count = values.shape[1]
    if count == 2:
        return _padded(values, 3)
    if count == 4:
        tensor = np.zeros((len(values), 3, 3))
        tensor[:, :2, :2] = values.reshape(-1, 2, 2)
        return tensor.reshape(-1, 9)
    return values


def _padded(values: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    result = np.zeros((len(values), count))
    result[:, : values.shape[1]] = values
    return result
