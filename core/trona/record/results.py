"""Finished runs and sweeps, read from their folders: nothing is composed or solved, and Firedrake is not needed."""

from __future__ import annotations

import html
import json
import math
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from trona.deck.printable import html_table, printable
from trona.errors import UserError
from trona.readings.snapshot import OutputValue
from trona.record.alongside import along
from trona.record.at_points import PointValues, at_points
from trona.record.directory import LOCK
from trona.record.field_reader import RecordedFields
from trona.record.paths import cannot_read
from trona.record.result_table import Outputs, ResultTable, read_columns

SWEEP = "sweep.json"


@dataclass(frozen=True, repr=False)
class RecordedRun:
    """A run as its folder has it: outputs at its end by name, folder, and how it ended.

    status: 'finished', or 'stopped', 'failed' or 'not conserved' with the reason; of a folder without a summary
    'running', or 'broken off'. The other attributes are read from the files when they are first asked for. All of them
    raise UserError if a file cannot be read, and for a run that was not recorded.
    """

    outputs: Outputs
    directory: Path | None
    status: str

    def __getitem__(self, output: str) -> float:
        """Return the value of an output in its SI unit. Raises UserError if there is none of that name."""
        return self.outputs[output].value

    @property
    def folder(self) -> Path:
        """The folder of the run. Raises UserError if the run was not recorded."""
        if self.directory is None:
            raise UserError("this run was not recorded: there are no files to read (record=False)")
        return self.directory

    @cached_property
    def deck(self) -> dict[str, Any]:
        """The deck as it was run, as plain data."""
        return read_deck_data(self.folder)

    @cached_property
    def summary(self) -> dict[str, Any]:
        """The content of summary.json: ledger, parameters with their sources, versions, warnings; {} without one."""
        return read_json(self.folder / "summary.json") or {}

    @cached_property
    def symbols(self) -> dict[str, str]:
        """The symbols of fields and outputs by name, as matplotlib typesets them; {} of a run without any."""
        found = (read_json(self.folder / "equations.json") or {}).get("symbols")
        return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}

    @cached_property
    def wholes(self) -> dict[str, tuple[str, ...]]:
        """The parts of the outputs that consist of parts, and last what these leave over, by name."""
        found = (read_json(self.folder / "equations.json") or {}).get("wholes")
        return {str(k): tuple(map(str, v)) for k, v in found.items()} if isinstance(found, dict) else {}

    @cached_property
    def history(self) -> ResultTable:
        """The outputs over time: a row per step, with the columns `step` and `time`."""
        return read_columns(self.folder / "outputs.csv")

    @cached_property
    def steps(self) -> ResultTable:
        """A row per completed step of the protocol."""
        return read_columns(self.folder / "steps.csv")

    @cached_property
    def cycles(self) -> ResultTable:
        """A row per completed cycle of the protocol."""
        return read_columns(self.folder / "cycles.csv")

    @cached_property
    def lines(self) -> dict[str, dict[int, ResultTable]]:
        """The lines and profiles, by the names of their files and by step: `distance`, coordinates, and values."""
        found: dict[str, dict[int, ResultTable]] = {}
        for path in sorted((self.folder / "lines").glob("*.csv")):
            name, _, step = path.stem.rpartition("-")
            if name and step.isdigit():
                found.setdefault(name, {})[int(step)] = read_columns(path)
        return found

    @cached_property
    def fields(self) -> RecordedFields:
        """The fields by name, at the times at which they were written."""
        return RecordedFields(self.folder)

    def at(self, points: Any, times: float | Iterable[float] | None = None, block: str = "") -> PointValues:
        """Return the values of all fields at points (n, d) in m, where the mesh is at each time.

        On a line, points may be numbers. times: written times [s], by default all of them. block: which one is read;
        where blocks meet and a field has a value in each, it must be named. Values between the nodes of the field files
        are those of their cells, of order 1 or 2. NaN where a field does not live, and outside the mesh. Raises
        UserError if no point lies in the mesh at any of the times, and for a time that was not written.
        """
        return at_points(self._written(), points, times, block)

    def along(self, interface: str, time: float | None = None) -> ResultTable:
        """Return the values of all fields along an interface 'A | B' at a written time [s], by default the last.

        A row for each node of the field files, from end to end: `distance` is the length of arc [m], `x` and `y` the
        position, and `temperature(A)` and `temperature(B)` the values on both sides, of fields that live there; what
        lives on the interface itself, as `height`, has one value. interface: also a boundary where unknowns live.
        Raises UserError if the blocks do not touch, and in 3-D, where an interface is no curve.
        """
        fields = self.fields
        field = next(iter([*fields.values(), *fields.surfaces.values()]), None)
        if field is None:
            return along(self._written().snapshot(-1), interface)
        return along(fields.snapshot(len(field) - 1 if time is None else field.index(time)), interface)

    def _written(self) -> RecordedFields:
        if not self.fields:
            raise UserError(f"{self.folder}: this run wrote no field files (outputs.fields of its deck)")
        return self.fields

    @property
    def name(self) -> str:
        """What the run is called: its deck, or its folder."""
        return str(self.summary.get("deck") or self.folder.resolve().name)

    def __repr__(self) -> str:
        from trona.record.report import format_outputs

        where = f"results in {self.directory}" if self.directory is not None else ""
        parts = (f"{self.name}: {self.status}", format_outputs(list(self.outputs.values())), where)
        return "\n\n".join(part for part in parts if part)

    def _repr_html_(self) -> str:
        from trona.record.report import OUTPUT_HEAD, output_rows

        where = f"<p>{html.escape(str(self.directory))}</p>" if self.directory is not None else ""
        rows = output_rows(list(self.outputs.values()))
        return (
            f"<p><b>{html.escape(self.name)}</b>: {html.escape(self.status)}</p>{html_table(OUTPUT_HEAD, rows)}{where}"
        )


@dataclass(frozen=True, repr=False)
class RecordedSweep:
    """A sweep as its folder has it: `table` has a row per case with parameters and outputs, `cases` the recorded runs.

    status: 'running', 'finished' or 'broken off', with the number of cases that failed.
    """

    directory: Path
    status: str
    table: ResultTable

    def __getitem__(self, name: str) -> Any:
        """Return a column of the table: a parameter in its unit, or an output in SI."""
        return self.table[name]

    @cached_property
    def deck(self) -> dict[str, Any]:
        """The deck of the sweep, as plain data."""
        return read_deck_data(self.directory)

    @cached_property
    def quantiles(self) -> ResultTable:
        """The quantiles of the outputs over random cases, in the SI unit of column `unit`; empty without them."""
        return read_columns(self.directory / "quantiles.csv")

    @cached_property
    def indices(self) -> ResultTable:
        """The Sobol indices of the outputs, with the half-widths of their 95 % confidence; empty without them."""
        return read_columns(self.directory / "indices.csv")

    @cached_property
    def cases(self) -> dict[str, RecordedRun]:
        """The runs of the cases that have begun, by the names of their folders."""
        found = sorted(path for path in (self.directory / "cases").glob("*") if is_run(path))
        return {path.name: _run(path) for path in found}

    def __repr__(self) -> str:
        return f"{self.directory}: {self.status}\n\n{self.table!r}"

    def _repr_html_(self) -> str:
        return f"<p><b>{html.escape(str(self.directory))}</b>: {html.escape(self.status)}</p>{self.table._repr_html_()}"


def load(folder: str | Path) -> RecordedRun | RecordedSweep:
    """Read a run, or a sweep, from its folder; also one that is going on, failed or was killed.

    Raises UserError if it is not such a folder, or its files cannot be read.
    """
    path = Path(folder)
    if is_sweep(path):
        return _sweep(path)
    if is_run(path):
        return _run(path)
    if not path.is_dir():
        raise UserError(f"{path}: no such folder" if not path.exists() else f"{path}: a file, not the folder of a run")
    raise UserError(f"{path}: not the folder of a trona run or sweep; 'trona run -o FOLDER' makes one")


def is_run(path: Path) -> bool:
    """Whether a folder is that of a run: it has the deck and the versions that every run writes first."""
    return (path / "deck.yaml").is_file() and (path / "versions.json").is_file()


def is_sweep(path: Path) -> bool:
    """Whether a folder is that of a sweep."""
    return (path / SWEEP).is_file()


def is_running(path: Path) -> bool:
    """Whether a process writes to the folder of a run or sweep now."""
    import fcntl

    with suppress(OSError):
        handle = os.open(path / LOCK, os.O_RDONLY | os.O_NOFOLLOW)
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(handle)
    return False


def read_json(path: Path) -> dict[str, Any] | None:
    """Read a file of a run, None if there is none. Raises UserError if it is not JSON with names at its top."""
    try:
        data = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise cannot_read(path, error) from error
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path}: cannot be read ({error})") from error
    if not isinstance(data, dict):
        raise UserError(f"{path}: cannot be read (no names at its top)")
    return data


def read_deck_data(folder: Path) -> dict[str, Any]:
    """Read the deck of a run or sweep as plain data. Raises UserError."""
    path = folder / "deck.yaml"
    try:
        data = yaml.safe_load(path.read_bytes())
    except OSError as error:
        raise cannot_read(path, error) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UserError(f"{path}: cannot be read ({str(error).splitlines()[0]})") from error
    return data if isinstance(data, dict) else {}


def _run(path: Path) -> RecordedRun:
    summary = read_json(path / "summary.json")
    try:
        status = "running" if is_running(path) else "broken off" if summary is None else str(summary["status"])
        outputs = _outputs(summary["outputs"]) if summary is not None else _last(path)
    except (AttributeError, KeyError, TypeError, ValueError):
        raise UserError(f"{path / 'summary.json'}: not the summary of a run") from None
    return RecordedRun(outputs, path, printable(status))


def _outputs(written: dict[str, Any]) -> Outputs:
    found = {
        name: OutputValue(
            name,
            math.nan if entry["value"] is None else float(entry["value"]),
            str(entry["unit"]),
            printable(str(entry["text"])),
            entry.get("note"),
        )
        for name, entry in written.items()
    }
    return Outputs(found)


def _last(path: Path) -> Outputs:
    """Return the last row of the table of a run that has no summary."""
    table = read_columns(path / "outputs.csv")
    names = [name for name in table if table.units[name] and name != "time"] if table.rows else []
    return Outputs({name: OutputValue(name, float(table[name][-1]), table.units[name]) for name in names})


def _sweep(path: Path) -> RecordedSweep:
    state = read_json(path / SWEEP) or {}
    table = read_columns(path / "sweep.csv")
    planned = state.get("cases")
    if not isinstance(planned, dict) or "status" not in table:
        raise UserError(f"{path / SWEEP}: not the state of a sweep")
    failed = sum(word == "failed" for word in table["status"].tolist())
    left = len(planned) - table.rows
    word = "running" if is_running(path) else "broken off" if left > 0 else "finished"
    texts = [f"{left} of {len(planned)} cases to do"] if left > 0 else []
    texts += [f"{failed} of {len(planned)} failed"] if failed else []
    return RecordedSweep(path, ": ".join([word, *([", ".join(texts)] if texts else [])]), table)
