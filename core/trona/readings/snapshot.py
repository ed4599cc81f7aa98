"""The readings of a solved problem as plain data: no finite elements, only numpy arrays and names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

CellType = Literal["line", "triangle", "tetra", "line3", "triangle6", "tetra10"]

NODES_PER_CELL: dict[str, int] = {"line": 2, "triangle": 3, "tetra": 4, "line3": 3, "triangle6": 6, "tetra10": 10}


@dataclass(frozen=True, eq=False, slots=True)
class FieldData:
    """Values of a field at the points of a block.

    `values` is (n,) or (n, c), in `unit`; `text` says what the field is.
    """

    values: NDArray[np.float64]
    unit: str = "1"
    text: str = ""


@dataclass(frozen=True, eq=False, slots=True)
class BlockData:
    """The mesh of one block and the fields that live on it.

    `points` is (n, gdim) in metres; `cells` is (m, k) in VTK node ordering; `cell_type` is the meshio name.
    Nodes are not shared between blocks, so a field may jump from one block to the next. `numbers` (n,) are those of the
    points among the points of all pieces, in one of several pieces.
    Raises ValueError when the shapes do not fit together.
    """

    points: NDArray[np.float64]
    cells: NDArray[np.int64]
    cell_type: CellType
    fields: dict[str, FieldData] = field(default_factory=dict)
    numbers: NDArray[np.int64] | None = None

    def __post_init__(self) -> None:
        nodes = NODES_PER_CELL.get(self.cell_type)
        if nodes is None:
            raise ValueError(f"unknown cell type '{self.cell_type}'")
        if self.points.ndim != 2 or self.cells.ndim != 2 or self.cells.shape[1] != nodes:
            raise ValueError(f"{self.cell_type} block with points {self.points.shape} and cells {self.cells.shape}")
        for name, data in self.fields.items():
            if data.values.ndim not in (1, 2) or len(data.values) != len(self.points):
                raise ValueError(f"field '{name}': {data.values.shape} values at {len(self.points)} points")


@dataclass(frozen=True, eq=False, slots=True)
class Snapshot:
    """All blocks at one time [s], or the piece that a rank has of them; `pieces` is the number of pieces.

    surfaces: the facets of interfaces and boundaries where unknowns live, by their names. They share no points.
    """

    time: float
    step: int
    blocks: dict[str, BlockData]
    pieces: int = 1
    surfaces: dict[str, BlockData] = field(default_factory=dict)


@dataclass(frozen=True, eq=False, slots=True)
class LineData:
    """Fields sampled along a line: `distance` (n,) and `points` (n, gdim) in metres, at one time [s]."""

    time: float
    step: int
    distance: NDArray[np.float64]
    points: NDArray[np.float64]
    fields: dict[str, FieldData]


@dataclass(frozen=True, slots=True)
class OutputValue:
    """One scalar output in `unit`; `text` says what it is.

    note: why there is no value, which is NaN then; None for an output that always has one.
    """

    name: str
    value: float
    unit: str = "1"
    text: str = ""
    note: str | None = None
