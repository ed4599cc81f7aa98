"""All settings of a deck: each section is a typed object, read once, and all mistakes are reported together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from trona.errors import UserError, raise_all
from trona.model.checks.controls import check_meanings
from trona.settings.audit import AuditSettings, read_audit
from trona.settings.checkpoint import CheckpointSettings, read_checkpoint
from trona.settings.output_settings import OutputSettings
from trona.settings.outputs import Judgeable, check_times, known_outputs, read_outputs
from trona.settings.protocol import Protocol
from trona.settings.read_protocol import read_protocol
from trona.settings.shown_units import check_units
from trona.settings.solver import SolverSettings, read_solver
from trona.settings.time import TimeSettings, read_time
from trona.units import Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from trona.model import Model

T = TypeVar("T")


@dataclass(frozen=True)
class Settings:
    """The settings of a deck other than its physics, section by section.

    time: None for a steady deck. protocol: None for a deck without one. controls: the values at the start, in SI, of
    what a protocol sets, and of the flags that say what it sets. units: the SI unit of every number that a run
    reports, by name, besides those that the protocol adds.
    """

    outputs: OutputSettings
    time: TimeSettings | None
    solver: SolverSettings
    protocol: Protocol | None
    checkpoint: CheckpointSettings
    audit: AuditSettings
    units: Mapping[str, Unit]
    controls: Mapping[str, float]

    @property
    def reported(self) -> dict[str, Unit]:
        """The SI unit of every number that a run reports, by name."""
        return {**self.units, **(self.protocol.units if self.protocol is not None else {})}

    def on_mesh_of(self, model: Model) -> Settings:
        """Return the settings for the same deck composed on another mesh, where points lie in other cells."""
        return replace(self, outputs=read_outputs(model).naming(self.units))


def read_settings(model: Model, fresh: bool = True) -> Settings:
    """Read every section of a deck that is not part of its model. Needs no Firedrake.

    fresh: whether the run begins with the initial values, at which no condition to stop may hold. Raises UserError;
    if there are several mistakes, in whatever sections, UserErrors with all of them.
    """
    errors: list[UserError] = []

    def attempt(read: Callable[[], T]) -> T | None:
        try:
            return read()
        except UserError as error:
            errors.append(error)
            return None

    asked = attempt(lambda: read_outputs(model))
    time = attempt(lambda: read_time(model, asked, fresh))
    solver = attempt(lambda: read_solver(model))
    units, protocol, outputs = {}, None, asked
    if asked is not None:  # without the outputs no limit can be judged
        judgeable = Judgeable(model, asked)
        if time is not None or model.steady:
            attempt(lambda: check_times(model, asked, time.end if time is not None else None))
        protocol = attempt(lambda: read_protocol(model, judgeable, asked.outputs))
        stops = [stop.output for stop in time.stops] if time is not None else []
        outputs = asked.naming((*stops, *(protocol.watched if protocol is not None else ())))
        units = known_outputs(model, outputs)
        attempt(lambda: check_meanings(model, units))
        attempt(lambda: check_units(model, outputs, protocol))
    checkpoint = attempt(lambda: read_checkpoint(model))
    audit = attempt(lambda: read_audit(model))
    raise_all(errors)
    assert outputs is not None and solver is not None and checkpoint is not None and audit is not None
    first = protocol.program[0][1].settings if protocol is not None else {}
    controls = MappingProxyType(model.controls.values(first))
    return Settings(outputs, time, solver, protocol, checkpoint, audit, MappingProxyType(units), controls)
