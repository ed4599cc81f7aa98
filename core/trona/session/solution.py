"""A problem on one mesh, with everything that evaluates numbers and fields from its state."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from trona.problem.start import uncollected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from trona.mesh.data import MeshData
    from trona.model import Model
    from trona.problem.ahead import Ahead
    from trona.problem.mesh_quality import Cell
    from trona.problem.meshes import Meshes
    from trona.readings.snapshot import LineData, OutputValue, Snapshot
    from trona.settings import Settings

_SWOLLEN = 0.01
"""Part of its volume by which a block may swell without a word, when what is stored in it should only move along."""


class Solution:
    """A problem of a model, with its outputs, audit, watches, fields and lines; a new mesh gets a new one.

    settings: those of this very model. monitor: called at every Newton iteration. ahead: makes the kernels.
    """

    @uncollected()
    def __init__(
        self,
        model: Model,
        settings: Settings,
        monitor: Callable[[int, float], None],
        meshes: Meshes | None = None,
        ahead: Ahead | None = None,
    ) -> None:
        from trona.diagnosis import Watch
        from trona.problem import Problem
        from trona.readings.audit import Audit
        from trona.readings.fields import FieldReader
        from trona.readings.outputs import OutputEvaluator
        from trona.readings.readers import CurveReader, Readers
        from trona.readings.reported import Reported
        from trona.stepper import Programme

        self.model, self.settings = model, settings
        wanted, protocol = settings.outputs, settings.protocol
        self.problem = Problem(model, settings.solver, settings.controls, monitor=monitor, meshes=meshes, ahead=ahead)
        self._evaluator = evaluator = OutputEvaluator(self.problem)
        readers = Readers(self.problem, evaluator)
        self._reported = Reported(self.problem, evaluator, readers, wanted)
        self.programme: Programme | None = None
        if protocol is not None:
            self.programme = Programme(protocol, model.controls, self._reported.value)
        self.audit = Audit(self.problem, settings.audit, evaluator)
        self.watch = Watch(self.problem)
        self._fields = FieldReader(self.problem, evaluator)
        self._curves = [CurveReader(readers, curve) for curve in wanted.curves]

    def renew(self, settings: Settings, monitor: Callable[[int, float], None]) -> None:
        """Begin anew with the numbers that the model has by now.

        settings: those of the deck that these numbers come from; what they say of outputs must be the same.
        """
        from trona.stepper import Programme

        self.settings = replace(settings, outputs=self.settings.outputs)
        self.problem.renew(settings.controls, monitor)
        if settings.protocol is not None:
            self.programme = Programme(settings.protocol, self.model.controls, self._reported.value)
        self._evaluator.renew()
        self.audit.renew()
        self.watch.renew()

    @classmethod
    def on(cls, mesh: MeshData, model: Model, settings: Settings, monitor: Callable[[int, float], None]) -> Solution:
        """Return the same deck at its start, on another mesh with the same names. Raises UserError."""
        from trona.model import compose

        other = compose(model.deck, model.registry, mesh)
        return cls(other, settings.on_mesh_of(other), monitor)

    def poor_cell(self) -> Cell | None:
        """Return the poorest cell if it has lost more of its quality than the deck allows. Collective."""
        quality, motion = self.problem.quality, self.model.motion
        if quality is None or motion is None or not motion.smallest_quality:
            return None
        poorest = quality.poorest()
        return poorest if poorest.kept < motion.smallest_quality else None

    def warnings(self) -> list[str]:
        """Return warnings about the state as a whole. Collective."""
        quality = self.problem.quality
        swollen = quality.swollen() if quality is not None else {}
        found = [
            f"the mesh of {block} has {'grown' if part > 0 else 'shrunk'} by {abs(part):.2g} of its volume, and what "
            f"is stored there with it (the ledger's entry 'motion'); motion.rigid: [{block}] keeps it"
            for block, part in swollen.items()
            if abs(part) > _SWOLLEN
        ]
        return self.audit.warnings() + found

    def outputs(self, names: frozenset[str] | None = None) -> list[OutputValue]:
        """Return the numbers of the present state, in SI: those of these names, or all; those of a protocol always."""
        return self._reported.values(names) + (self.programme.outputs() if self.programme is not None else [])

    def snapshot(self, time: float, number: int) -> Snapshot:
        """Return all fields, and the derived quantities asked for, in the cells of this rank. Collective."""
        return self._fields.piece(time, number, self.settings.outputs.derived)

    def bare_snapshot(self, time: float, number: int) -> Snapshot:
        """As `snapshot`, but only the fields: in a failed state nothing else has a meaning."""
        return self._fields.piece(time, number)

    def lines(self, time: float, number: int) -> Iterator[tuple[str, LineData]]:
        """Yield name and values of every line, profile and other curve asked for."""
        for reader in self._curves:
            yield reader.asked.name, reader.read(time, number)
