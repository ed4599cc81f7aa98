"""What a run tells its record besides its readings: what it is, which records are wanted, how Newton went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trona.model.materials.parameter import Parameter
    from trona.settings.protocol import Protocol

Zoom = tuple[float, float, float, float]  # xmin, ymin, xmax, ymax in metres


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
