"""The plain data that a run hands to its record: no finite elements, only numpy arrays and names."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from trona.parameter import Parameter

if TYPE_CHECKING:
    from trona.model.protocol import Protocol

CellType = Literal["line", "triangle", "tetra", "line3", "triangle6", "tetra10"]
Zoom = tuple[float, float, float, float]  # xmin, ymin, xmax, ymax in metres

NODES_PER_CELL: dict[str, int] = {
    "line": 2, "triangle": 3, "tetra": 4, "line3": 3, "triangle6": 6, "tetra10": 10
}  # fmt: skip


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
    Nodes are not shared between blocks, so a field may jump from one block to the next.
    Raises ValueError when the shapes do not fit together.
    """

    points: NDArray[np.float64]
    cells: NDArray[np.int64]
    cell_type: CellType
    fields: dict[str, FieldData] = field(default_factory=dict)

    def __post_init__(self) -> None:
        nodes = NODES_PER_CELL.get(self.cell_type)
        if nodes is None:
            raise ValueError(f"unknown cell type '{self.cell_type}'")
        if self.points.ndim != 2 or self.cells.ndim != 2 or self.cells.shape[1] != nodes:
            raise ValueError(
                f"{self.cell_type} block with points {self.points.shape} and cells {self.cells.shape}"
            )
        for name, data in self.fields.items():
            if data.values.ndim not in (1, 2) or len(data.values) != len(self.points):
                raise ValueError(f"field '{name}': {data.values.shape} values at {len(self.points)} points")


@dataclass(frozen=True, eq=False, slots=True)
class Snapshot:
    """All blocks at one time [s]."""

    time: float
    step: int
    blocks: dict[str, BlockData]


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


@dataclass(frozen=True, slots=True)
class NewtonRecord:
    """One accepted step: its time [s], Newton iterations, residual norms and PETSc's reason for stopping."""

    step: int
    time: float
    iterations: int
    residuals: list[float]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RunMetadata:
    """What a run was: `deck` is its name, `resolved` the deck with every default written out.

    `citations` are complete BibTeX entries; `started` carries its time zone; `parameters` are the numbers taken
    as given, with their sources.
    """

    deck: str
    resolved: dict[str, Any]
    versions: dict[str, str]
    nprocs: int
    citations: list[str]
    started: datetime
    parameters: tuple[Parameter, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordOptions:
    """Which records are wanted.

    `vtk`: field files every `every` steps; `csv`: names of the outputs in the table (None: all);
    `plots`: names of fields, outputs or lines to draw; `zoom`: a box in metres for a second panel;
    `audit`: write audit.csv every so many steps (0: not at all); `protocol`: that of the deck, for its tables.
    """

    vtk: bool = True
    every: int = 1
    csv: tuple[str, ...] | None = None
    plots: tuple[str, ...] = ()
    zoom: Zoom | None = None
    audit: int = 1
    protocol: Protocol | None = None
