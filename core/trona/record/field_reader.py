"""Fields of a run as numpy arrays, read from its field files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from trona.errors import UserError, hint
from trona.readings.snapshot import BlockData, CellType, FieldData, Snapshot
from trona.record.fields import SURFACE, VTK_CELL
from trona.record.libraries import fields_dataset, library
from trona.record.paths import cannot_read, inside

_KINDS: dict[int, CellType] = {number: kind for kind, number in VTK_CELL.items()}
_DIMENSIONS = {"line": 1, "triangle": 2, "tetra": 3}


@dataclass(frozen=True, eq=False)
class RecordedField:
    """A field at the times [s] at which it was written, in `unit`.

    `field.at(time)` and `field[i]` give, by block, its points (m), cells (in the order of VTK), type of cell and values
    at the points: (n,), or (n, c) with three components of a vector and nine of a tensor. Blocks share no points, and
    neither do the pieces of a run on several ranks. What is asked for is read from the files then.
    """

    name: str
    unit: str
    times: NDArray[np.float64]
    _files: RecordedFields
    _on_surfaces: bool = False

    def __len__(self) -> int:
        return len(self.times)

    def __getitem__(self, index: int) -> dict[str, BlockValues]:
        """Return the field at a time by its index; -1 is the last.

        Raises IndexError if there is no such time, and UserError if a file cannot be read.
        """
        count = len(self.times)
        if not -count <= index < count:
            raise IndexError(
                f"{self.name}: no time [{index}]; it was written at {count} times, [0] at {self.times[0]:.10g} s to "
                f"[{count - 1}] at {self.times[-1]:.10g} s"
            )
        found = self._files.snapshot(index % count, (self.name,))
        blocks = found.surfaces if self._on_surfaces else found.blocks
        return {
            name: BlockValues(block.points, block.cells, block.cell_type, block.fields[self.name].values)
            for name, block in blocks.items()
            if self.name in block.fields
        }

    def at(self, time: float) -> dict[str, BlockValues]:
        """Return the field at a written time [s]. Raises UserError if it was not written then."""
        return self[self.index(time)]

    def index(self, time: float) -> int:
        """Return the place of a written time [s] in `times`. Raises UserError if the field was not written then."""
        nearest = int(np.argmin(abs(self.times - time)))
        if not np.isclose(self.times[nearest], time, rtol=1e-9, atol=0):
            found = f"nearest: {self.times[nearest]:.10g} s"
            raise UserError(f"{self.name} was not written at {time:.10g} s; {found}; `times` has all {len(self)}")
        return nearest

    def to_xarray(self) -> Any:
        """Return the field as an xarray DataArray over `time` and the `point`s of its blocks, as `fields.to_xarray`."""
        return self._files.dataset((self.name,))[self.name]

    def __repr__(self) -> str:
        return f"{self.name} [{self.unit}] at {len(self)} times, {self.times[0]:g} s to {self.times[-1]:g} s"


@dataclass(frozen=True, eq=False, slots=True)
class BlockValues:
    """A field on a block: points (m), cells by the numbers of their points, type of cell, and values at the points."""

    points: NDArray[np.float64]
    cells: NDArray[np.int64]
    cell_type: CellType
    values: NDArray[np.float64]


class RecordedFields(dict[str, RecordedField]):
    """The fields of a run by name; none where no field files were written. Raises UserError if the index is damaged.

    `surfaces` has those that live on interfaces and boundaries only, by name: at a time they are found by the name of
    the interface or boundary.
    """

    def __init__(self, folder: Path, index: str = "fields.pvd") -> None:
        super().__init__()
        self._folder = folder
        written: dict[float, dict[str, str]] = {}
        for time, block, file in _entries(folder / index):
            written.setdefault(time, {})[block] = file
        self.times = np.array(list(written), dtype=np.float64)
        self._files = list(written.values())
        last = self.snapshot(-1) if self._files else None
        for name, unit in _units(last.blocks if last is not None else {}).items():
            self[name] = RecordedField(name, unit, self.times, self)
        self.surfaces = {
            name: RecordedField(name, unit, self.times, self, True)
            for name, unit in _units(last.surfaces if last is not None else {}).items()
        }

    def __missing__(self, name: str) -> RecordedField:
        none = "" if self._files else "; this run wrote no field files (outputs.fields of its deck)"
        raise UserError(f"{self._folder}: no field '{name}'{none or hint(name, self)}")

    def to_xarray(self) -> Any:
        """Return all fields as an xarray Dataset over `time` and `point`, NaN in blocks where a field does not live.

        Coordinates: `block` and the position `x`, `y`, `z` of each point, at each time if the mesh moves. `cells` has
        the points of each cell, in the order of VTK. Every variable has its `units`. Raises UserError without xarray,
        and for a run that went over to another mesh.
        """
        return self.dataset(tuple(self))

    def dataset(self, names: tuple[str, ...]) -> Any:
        """As `to_xarray`, of the fields of these names in the blocks where they live."""
        library("xarray")  # before anything is read
        return fields_dataset(
            [self.snapshot(i, names) for i in range(len(self.times))], {name: self[name].unit for name in names}
        )

    def snapshot(self, index: int, names: tuple[str, ...] | None = None) -> Snapshot:
        """Return all blocks at a written time by its index, with the fields of these names, or all."""
        read = {part: self._block(file, names) for part, file in self._files[index].items()}
        most = max(_dimension(part) for part in read.values())
        found = {name: replace(part, points=part.points[:, :most]) for name, part in read.items()}
        blocks = {name: part for name, part in found.items() if _dimension(part) == most}
        surfaces = {name.removesuffix(SURFACE): part for name, part in found.items() if name not in blocks}
        return Snapshot(float(self.times[index]), index, blocks, surfaces=surfaces)

    def _block(self, file: str, names: tuple[str, ...] | None) -> BlockData:
        path = self._folder / file
        pieces = [path]
        if path.suffix == ".pvtu":
            pieces = [path.parent / source for source in _attributes(path, "Piece", "Source")]
        read = [_vtu(piece, names) for piece in pieces]
        return read[0] if len(read) == 1 else _joined(read, path)


def _units(parts: Mapping[str, BlockData]) -> dict[str, str]:
    """Return the units of all fields by their names, in order."""
    return dict(sorted((name, data.unit) for part in parts.values() for name, data in part.fields.items()))


def _dimension(part: BlockData) -> int:
    return _DIMENSIONS[part.cell_type.rstrip("0123456789")]


def _entries(index: Path) -> Iterator[tuple[float, str, str]]:
    """Yield time, block and file of every entry of an index; nothing if it does not exist."""
    if not index.exists():
        return
    try:
        for entry in ElementTree.fromstring(index.read_bytes()).iter("DataSet"):
            file = entry.attrib["file"]
            if not inside(file):
                raise UserError(f"{index}: a file named {file!r} would not lie in this folder")
            yield float(entry.attrib["timestep"]), entry.attrib["name"], file
    except OSError as error:
        raise cannot_read(index, error) from error
    except (ElementTree.ParseError, KeyError, ValueError) as error:
        raise UserError(f"{index}: not an index of field files ({error})") from error


def _attributes(path: Path, tag: str, attribute: str) -> list[str]:
    try:
        found = [entry.attrib[attribute] for entry in ElementTree.fromstring(path.read_bytes()).iter(tag)]
    except OSError as error:
        raise cannot_read(path, error) from error
    except (ElementTree.ParseError, KeyError) as error:
        raise UserError(f"{path}: not an index of the pieces of a block ({error})") from error
    for name in found:
        if not inside(name) or len(PurePosixPath(name).parts) > 1:
            raise UserError(f"{path}: a file named {name!r} would not lie in this folder")
    return found


def _vtu(path: Path, names: tuple[str, ...] | None) -> BlockData:
    """Read a field file; its points have three coordinates."""
    # VTK is slow to import and not needed for the tables.
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkCommonCore import vtkDataArray, vtkObject
    from vtkmodules.vtkIOXML import vtkXMLUnstructuredGridReader

    try:
        with path.open("rb") as file:
            file.read(1)
    except OSError as error:
        raise cannot_read(path, error) from error
    reader: Any = vtkXMLUnstructuredGridReader()
    reader.SetFileName(str(path))
    loud = vtkObject.GetGlobalWarningDisplay()
    vtkObject.GlobalWarningDisplayOff()  # the error below is enough
    try:
        reader.Update()
    finally:
        vtkObject.SetGlobalWarningDisplay(loud)
    grid = reader.GetOutput()
    kind = _KINDS.get(grid.GetCellType(0)) if grid.GetNumberOfCells() else None
    if kind is None or reader.GetErrorCode():
        raise UserError(f"{path}: not a field file of trona, or not complete")
    points = vtk_to_numpy(grid.GetPoints().GetData())
    cells = vtk_to_numpy(grid.GetCells().GetConnectivityArray()).reshape(grid.GetNumberOfCells(), -1)
    data, fields = grid.GetPointData(), {}
    for i in range(data.GetNumberOfArrays()):
        array = data.GetArray(i)
        if names is None or array.GetName() in names:
            unit = array.GetInformation().Get(vtkDataArray.UNITS_LABEL()) or "1"
            fields[array.GetName()] = FieldData(np.array(vtk_to_numpy(array), dtype=np.float64), unit)
    return BlockData(np.array(points, dtype=np.float64), np.array(cells, dtype=np.int64), kind, fields)


def _joined(pieces: list[BlockData], path: Path) -> BlockData:
    """Return the pieces of a block as one; points on their borders stay in each."""
    if not pieces:
        raise UserError(f"{path}: an index of no pieces")
    first = pieces[0]
    starts = np.cumsum([0, *(len(piece.points) for piece in pieces[:-1])])
    fields = {
        name: replace(data, values=np.concatenate([piece.fields[name].values for piece in pieces]))
        for name, data in first.fields.items()
        if all(name in piece.fields for piece in pieces)
    }
    cells = np.concatenate([piece.cells + start for piece, start in zip(pieces, starts, strict=True)])
    return BlockData(np.concatenate([piece.points for piece in pieces]), cells, first.cell_type, fields)
