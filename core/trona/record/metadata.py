"""Plain data about a run for its record: metadata, options and Newton iterations."""

from __future__ import annotations

from dataclasses import dataclass, field
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
    """Metadata of a run: `deck` is its name, `resolved` the deck with all defaults.

    `citations` are complete BibTeX entries; `started` has a time zone; `parameters` are the given numbers with their
    sources; `equations` the composed equations as plain data, for the page of the run.
    """

    deck: str
    resolved: dict[str, Any]
    versions: dict[str, str]
    nprocs: int
    citations: list[str]
    started: datetime
    parameters: tuple[Parameter, ...] = ()
    equations: tuple[dict[str, Any], ...] = ()
    symbols: dict[str, str] = field(default_factory=dict)
    """Of fields and outputs, by name, as matplotlib typesets them."""
    on_surfaces: dict[str, str] = field(default_factory=dict)
    """Unknowns that live only on an interface or boundary, which has this name: field files have nothing of them."""
    wholes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The parts of outputs that consist of parts, and last what these leave over, by name."""


@dataclass(frozen=True, slots=True)
class RecordOptions:
    """The files that a run writes.

    `vtk`: field files every `every` steps (0: at no interval) and at the times `at` [s];
    `csv`: names of the outputs in the table (None: all);
    `plots`: names of fields, outputs or lines to draw; `zoom`: a box in metres for a second panel;
    `audit`: interval of steps in audit.csv (0: no file); `protocol`: the protocol of the deck, for its tables.
    """

    vtk: bool = True
    every: int = 1
    csv: tuple[str, ...] | None = None
    plots: tuple[str, ...] = ()
    zoom: Zoom | None = None
    audit: int = 1
    protocol: Protocol | None = None
    at: tuple[float, ...] = ()
