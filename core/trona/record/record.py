"""The record of a run: tables, audit, field files, pictures, log and summary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from trona.deck.layout import instance
from trona.deck.printable import printable
from trona.errors import UserError, nearest
from trona.readings.ledgers import BalanceLedger, MonitorLedger
from trona.readings.snapshot import FieldData, LineData, OutputValue, Snapshot
from trona.record.audit_table import AuditWriter
from trona.record.directory import RunDirectory
from trona.record.drawing import Plots
from trona.record.fields import FieldWriter, safe_names
from trona.record.look import look_of
from trona.record.metadata import RecordOptions, RunMetadata
from trona.record.painter import painter
from trona.record.paths import CHECKPOINTS, PAGE, folder_of
from trona.record.profile import Profile, unmeasured
from trona.record.protocol import ProtocolTables
from trona.record.summary import NewtonHistory, summarise
from trona.record.table import Table, TableWriter, write_line
from trona.record.terminal import Reporter, log_file

if TYPE_CHECKING:
    from trona.problem.linear_solve import PartWork
    from trona.record.accepted import Accepted
    from trona.stepper import StepEnd


_AMID = "failed", "not conserved"
"""How the status of a run begins that ended amid its steps: what it would have recorded is not there."""


class FailureReport(Protocol):
    """Why a solve failed, as text and as data for JSON."""

    def text(self) -> str: ...

    def plain(self) -> dict[str, Any]: ...


class Record:
    """Writes the files of a run; in a parallel run, only the first rank has one.

    The constructor writes deck.yaml, versions.json, equations.json and citations.bib and opens log.txt. Every method
    raises UserError with the name of the folder if it cannot be written. profile: written at the end.
    """

    def __init__(
        self,
        directory: RunDirectory,
        metadata: RunMetadata,
        reporter: Reporter,
        options: RecordOptions,
        profile: Profile | None = None,
    ) -> None:
        self._profile = profile
        self.directory = directory
        self._metadata = metadata
        self._reporter = reporter
        self._options = options
        self._painter = painter() if options.plots else None
        self._fields = FieldWriter(directory)
        self._table = Table()
        self._csv = None if options.csv == () else TableWriter(directory, options.csv)
        self._audit = AuditWriter(directory, options.audit) if options.audit else None
        self._protocol = ProtocolTables(directory, options.protocol) if options.protocol is not None else None
        self._newton = NewtonHistory()
        self._last: Snapshot | None = None
        self._written: int | None = None
        self._left_out: Mapping[str, str] = {}
        self._look = look_of(metadata.resolved, metadata.symbols)
        self._lines: dict[str, list[LineData]] = {}
        self._line_files: dict[str, str] = {}
        self._before: dict[str, Any] = {"elapsed": 0.0, "warnings": []}
        self._closing = ExitStack()
        directory.write_yaml("deck.yaml", metadata.resolved)
        directory.write_json("versions.json", metadata.versions)
        wholes = {name: list(parts) for name, parts in metadata.wholes.items()}
        equations = {"parts": list(metadata.equations), "symbols": dict(metadata.symbols), "wholes": wholes}
        directory.write_json("equations.json", equations)
        directory.claim(PAGE)  # for whoever makes it while this run goes on
        directory.write_text("citations.bib", "\n\n".join([*metadata.citations, ""]))
        self._closing.enter_context(log_file(directory))

    @property
    def versions(self) -> dict[str, str]:
        """Versions by name of the software, read once at the start."""
        return self._metadata.versions

    def state(self) -> dict[str, Any]:
        """The state for a restart after the last step, as plain data and arrays."""
        return {
            "table": self._table.state(),
            "newton": self._newton.state(),
            "protocol": self._protocol.state() if self._protocol is not None else None,
            "audit": self._audit.state() if self._audit is not None else 0,
            "fields": self._fields.state(),
            "written": self._written,
            "lines": {name: [_line_state(line) for line in lines] for name, lines in self._lines.items()},
            "line_files": dict(self._line_files),
            "elapsed": self._elapsed(),
            "warnings": self._warnings(),
            "files": [name for name in self.directory.files if folder_of(name) != CHECKPOINTS],
        }

    def restore(self, state: dict[str, Any], outputs: Sequence[OutputValue], last: Snapshot | None) -> None:
        """Continue from the result of `state`, and remove later rows and files.

        outputs: the outputs at that step, for the columns of the table. last: its fields, if it is the last step.
        Raises UserError if the state has other outputs.
        """
        self._table = Table.from_state(state["table"])
        for output in outputs:
            before = self._table.units.get(output.name, output.unit)
            if before != output.unit:
                text = f"the checkpoint has {output.name} in '{before}', the deck in '{output.unit}'"
                raise UserError(f"{self.directory.path}: {text}")
        self._newton.restore(state["newton"])
        self._fields.restore(state["fields"])
        self._written, self._last = state["written"], last
        self._lines = {name: [_line(line) for line in lines] for name, lines in state["lines"].items()}
        self._line_files = dict(state["line_files"])
        self._before = {"elapsed": state["elapsed"], "warnings": state["warnings"]}
        if self._csv is not None and outputs:
            self._csv.resume(self._table, outputs)
        if self._audit is not None and not self._audit.resume(state["audit"]):
            self._reporter.warning("audit.csv: rows before the checkpoint are missing")
        if self._protocol is not None and state["protocol"] is not None:
            self._protocol.resume(state["protocol"])
        self.directory.prune()

    def wants_snapshot(self, step: int, time: float) -> bool:
        """Whether the fields of this step are written; the fields of the last step may always be given."""
        from trona.settings.output_settings import is_due  # late: a record alone needs no model

        return self._options.vtk and is_due(step, time, self._options.every, self._options.at)

    def step(self, step: Accepted) -> None:
        """Records an accepted step; fields are written every `every` steps, and the last ones given at the end."""
        self._newton.append(step.newton)
        if step.outputs:
            self._table.append(step.number, step.time, step.outputs)
            if self._csv is not None:
                self._csv.append(step.number, step.time, step.outputs)
        if step.snapshot is not None and step.snapshot.pieces == 1:
            self._last = step.snapshot
            if self.wants_snapshot(step.number, step.time):
                self._write_fields(step.snapshot)
        for name, line in step.lines.items():
            self._write_line(name, line)
        if self._audit is not None:
            self._audit.append(step.audit)
        if step.ended is not None:
            self.ended(step.ended, step.outputs)

    def ended(self, step: StepEnd, outputs: Sequence[OutputValue]) -> None:
        """Records a completed step of the protocol, with the outputs at its end."""
        if self._protocol is not None:
            self._protocol.append(step, outputs)

    @property
    def written(self) -> int | None:
        """The last step whose fields have been written."""
        return self._written

    def write_pieces(self, first: Snapshot, pieces: Iterable[Mapping[str, bytes]], folder: str = "fields") -> None:
        """Writes fields in pieces, each when it comes: of an accepted step, or of another state to another folder."""
        if folder != "fields":
            FieldWriter(self.directory, folder).write_pieces(first, pieces)
            return
        self._fields.write_pieces(first, pieces)
        self._written = first.step

    def show(self, snapshot: Snapshot | None, left_out: Mapping[str, str]) -> None:
        """Takes the fields that pictures show of a run on several ranks, and why others, by name, are left out."""
        self._last, self._left_out = snapshot, left_out

    def failure(self, failing: Snapshot, good: Snapshot, report: FailureReport) -> None:
        """Writes the failing state (`failed.pvd`), the last good one (`last_good.pvd`) and the report.

        The report is `failure.txt` and, for scripts, `failure.json`. States in pieces are written before.
        """
        for name, state in (("failed", failing), ("last_good", good)):
            if state.pieces == 1:
                FieldWriter(self.directory, name).write(state)
        self.directory.write_text("failure.txt", report.text())
        self.directory.write_json("failure.json", report.plain())

    def finish(
        self,
        outputs: Sequence[OutputValue],
        ledgers: Sequence[BalanceLedger],
        status: str,
        monitors: Sequence[MonitorLedger] = (),
        linear: Sequence[PartWork] = (),
    ) -> None:
        """Writes the last fields, summary.json and the pictures, ends the log and prints the final tables.

        `status` is 'finished', 'stopped: ...', 'not conserved: ...' or 'failed: ...'. A picture that cannot be drawn
        gives a warning.
        """
        with self._closing:
            if self._csv is not None:
                self._csv.close()
            if self._audit is not None:
                self._audit.close()
            if self._options.vtk and self._last is not None and self._written != self._last.step:
                self._write_fields(self._last)
            self._reporter.end(status)
            with unmeasured("") if self._profile is None else self._profile.phase("pictures"):
                self._draw(status)
            if self._profile is not None:
                self._reporter.message(self._profile.write(self.directory))
            summary = summarise(
                metadata=self._metadata,
                status=status,
                time=self._newton.time,
                elapsed=self._elapsed(),
                outputs=outputs,
                ledgers=ledgers,
                newton=self._newton,
                warnings=self._warnings(),
                monitors=monitors,
                linear=linear,
            )
            self.directory.write_json("summary.json", summary)
            self.directory.sync()
            told = [self._look.told(each) for each in outputs]
            self._reporter.report(told, ledgers, str(self.directory.path), monitors, self._metadata.parameters)

    def _elapsed(self) -> float:
        now = datetime.now(self._metadata.started.tzinfo)
        return float(self._before["elapsed"]) + (now - self._metadata.started).total_seconds()

    def _warnings(self) -> list[str]:
        return [printable(text) for text in dict.fromkeys([*self._before["warnings"], *self._reporter.warnings])]

    def _write_line(self, name: str, data: LineData) -> None:
        """Write a line to `lines/<name>-<step>.csv`; the first and last are kept for a picture."""
        self._line_files |= safe_names([name], self._line_files)
        write_line(self.directory, f"lines/{self._line_files[name]}-{data.step:06d}.csv", data)
        self._lines[name] = [*self._lines.get(name, [])[:1], data]

    def _write_fields(self, snapshot: Snapshot) -> None:
        self._fields.write(snapshot)
        self._written = snapshot.step

    def _draw(self, status: str) -> None:
        if self._painter is None:
            return
        names = tuple(dict.fromkeys(self._options.plots))
        every = Plots(
            names, self._last, self._options.zoom, self._table, self._lines, self._look, self._metadata.wholes
        )
        known = every.fields() | self._table.columns.keys() | self._lines.keys() | self._left_out.keys()
        for name in names:
            if name not in known and status.startswith(_AMID):
                self._reporter.warning(f"plots: {name} could not be drawn (nothing of it was recorded before the end)")
            elif name not in known:
                self._reporter.warning(f"plots: nothing named '{name}' to draw{nearest(name, known)}")
        files = safe_names(names)
        for name, why in self._left_out.items():
            self._reporter.warning(f"plots: {name} could not be drawn ({why})")
        plots = every.named([name for name in names if name in known and name not in self._left_out])
        for name, drawn in self._painter.draw(plots):
            if isinstance(drawn, bytes):
                self.directory.write_bytes(f"plots/{files[name]}.png", drawn)
            else:
                self._reporter.warning(f"plots: {name} could not be drawn ({drawn})")


def _line_state(line: LineData) -> dict[str, Any]:
    fields = {name: {"values": f.values, "unit": f.unit, "text": f.text} for name, f in line.fields.items()}
    return {"time": line.time, "step": line.step, "distance": line.distance, "points": line.points, "fields": fields}


def _line(state: dict[str, Any]) -> LineData:
    return instance(
        LineData, {**state, "fields": {name: instance(FieldData, f) for name, f in state["fields"].items()}}
    )
