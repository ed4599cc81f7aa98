"""Scalar outputs in time: in memory for curves, and written as CSV row by row."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from trona.errors import UserError, nearest
from trona.readings.snapshot import LineData, OutputValue
from trona.record.directory import RunDirectory, Stream

_NOTES = "notes"


@dataclass(slots=True)
class Table:
    """Outputs against time [s]: `columns[name][i]` in `units[name]` at `time[i]`; NaN without a value.

    notes: per row, the reasons for missing values by name of the output.
    """

    step: list[int] = field(default_factory=list)
    time: list[float] = field(default_factory=list)
    columns: dict[str, list[float]] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    notes: list[dict[str, str]] = field(default_factory=list)

    def append(self, step: int, time: float, outputs: Sequence[OutputValue]) -> None:
        """Adds a row. Raises ValueError if the unit of an output changes within a run."""
        for output in outputs:
            if self.units.setdefault(output.name, output.unit) != output.unit:
                raise ValueError(f"output '{output.name}': unit changed to '{output.unit}'")
            self.columns.setdefault(output.name, [float("nan")] * len(self.time))
        values = {output.name: float(output.value) for output in outputs}
        for name, column in self.columns.items():
            column.append(values.get(name, float("nan")))
        self.step.append(step)
        self.time.append(time)
        self.notes.append({output.name: output.note for output in outputs if output.note})

    def state(self) -> dict[str, Any]:
        """The table as plain data and arrays."""
        columns = {name: np.array(column) for name, column in self.columns.items()}
        steps, times = np.array(self.step, dtype=np.int64), np.array(self.time)
        notes = [dict(note) for note in self.notes]
        return {"step": steps, "time": times, "columns": columns, "units": dict(self.units), "notes": notes}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Table:
        """The table from the result of `state`."""
        columns = {name: column.tolist() for name, column in state["columns"].items()}
        steps, times = state["step"].tolist(), state["time"].tolist()
        return cls(steps, times, columns, dict(state["units"]), [dict(note) for note in state["notes"]])


class TableWriter:
    """Writes `outputs.csv`: step, time [s] and a column `name [unit]` per output; a row is in the file at once.

    Only the outputs in `names` are written, in that order (None: all, in the order of the first row). If an output may
    have no value, a last column `notes` says why a cell is `nan`.
    """

    def __init__(self, directory: RunDirectory, names: Sequence[str] | None = None) -> None:
        self._directory = directory
        self._names = names
        self._columns: tuple[str, ...] = ()
        self._noted = False
        self._stream: Stream | None = None

    def resume(self, table: Table, outputs: Sequence[OutputValue]) -> None:
        """Replaces an earlier file by the rows of `table`, to be continued.

        `outputs` are the outputs of the next rows. Raises UserError as `append` does.
        """
        given = {output.name: output for output in outputs}
        units = table.units | {name: output.unit for name, output in given.items()}
        self._columns = self._names_of([*table.columns, *(n for n in given if n not in table.columns)])
        self._noted = self._may_lack(outputs)
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(self._head(units))
        none = [math.nan] * len(table.time)
        columns = [table.columns.get(name, none) for name in self._columns]
        for step, time, notes, *row in zip(table.step, table.time, table.notes, *columns, strict=True):
            cells = [
                "" if math.isnan(v) and name not in notes else f"{v:.17g}"
                for name, v in zip(self._columns, row, strict=True)
            ]
            writer.writerow([step, f"{time:.17g}", *cells, *self._notes(notes)])
        self._stream = self._directory.stream("outputs.csv", text.getvalue().encode())

    def append(self, step: int, time: float, outputs: Sequence[OutputValue]) -> None:
        """Writes a row; the cell of a missing output is empty.

        Raises UserError for an unknown name in `names` or if the file cannot be written, and ValueError for an output
        that the first row did not have.
        """
        given = {output.name: output for output in outputs}
        if self._stream is None:
            self._begin(given)
        assert self._stream is not None
        unknown = given.keys() - set(self._columns) if self._names is None else ()
        if unknown:
            raise ValueError(f"outputs that the first row did not have: {', '.join(sorted(unknown))}")
        cells = [format(given[name].value, ".17g") if name in given else "" for name in self._columns]
        notes = self._notes({name: output.note for name, output in given.items() if output.note})
        self._write([str(step), format(time, ".17g"), *cells, *notes])

    def close(self) -> None:
        """Closes the file; further rows are an error."""
        if self._stream is not None:
            self._stream.close()

    def _begin(self, given: dict[str, OutputValue]) -> None:
        self._columns = self._names_of(given)
        self._noted = self._may_lack(given.values())
        self._stream = self._directory.stream("outputs.csv", b"")
        self._write(self._head({name: output.unit for name, output in given.items()}))

    def _head(self, units: dict[str, str]) -> list[str]:
        notes = [_NOTES] if self._noted else []
        return ["step", "time [s]", *(f"{name} [{units[name]}]" for name in self._columns), *notes]

    def _may_lack(self, outputs: Iterable[OutputValue]) -> bool:
        return any(output.note is not None and output.name in self._columns for output in outputs)

    def _notes(self, notes: Mapping[str, str]) -> list[str]:
        """The cell of the column `notes`, if there is such a column."""
        text = "; ".join(f"{name} {note}" for name, note in notes.items() if name in self._columns)
        return [text] if self._noted else []

    def _names_of(self, known: Iterable[str]) -> tuple[str, ...]:
        """The columns: the requested outputs, or all."""
        known = list(known)
        for name in self._names or ():
            if name not in known:
                raise UserError(f"outputs.csv: no output '{name}' in this run{nearest(name, known)}")
        return tuple(dict.fromkeys(known if self._names is None else self._names))

    def _write(self, row: Sequence[str]) -> None:
        assert self._stream is not None
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerow(row)
        self._stream.write(text.getvalue())


def read_table(path: Path) -> Table:
    """Reads an `outputs.csv`. An incomplete last row of a killed run is left out.

    Raises UserError if the file is not such a table.
    """
    foreign = UserError(f"{path}: not a table of trona; expected the columns 'step', 'time [s]', 'name [unit]'")
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: cannot read this table ({error})") from error
    header, *rows = list(csv.reader(text.splitlines())) or [[]]
    if header[-1:] == [_NOTES]:
        header, rows = header[:-1], [row[:-1] for row in rows]
    heads = [re.fullmatch(r"(.*) \[(.*)\]", head) for head in header[2:]]
    if header[:2] != ["step", "time [s]"] or not all(heads):
        raise foreign
    pairs = [match.groups() for match in heads if match]
    table = Table()
    for row in rows if text.endswith("\n") else rows[:-1]:
        try:
            outputs = [
                OutputValue(name, float(cell or "nan"), unit) for (name, unit), cell in zip(pairs, row[2:], strict=True)
            ]
            table.append(int(row[0]), float(row[1]), outputs)
        except (ValueError, IndexError):
            raise foreign from None
    return table


def write_line(directory: RunDirectory, name: str, data: LineData) -> Path:
    """Writes a line output as CSV: distance and coordinates [m], then every component of every field."""
    heads = ["distance [m]", *(f"{axis} [m]" for axis in "xyz"[: data.points.shape[1]])]
    columns = [data.distance, *data.points.T]
    for field_name, values in data.fields.items():
        parts = values.values.reshape(len(values.values), -1).T
        names = [field_name] if len(parts) == 1 else [f"{field_name}_{i}" for i in range(len(parts))]
        heads += [f"{part} [{values.unit}]" for part in names]
        columns += list(parts)
    rows = [",".join(format(float(cell), ".17g") for cell in row) for row in zip(*columns, strict=True)]
    return directory.write_text(name, "\n".join([",".join(heads), *rows]) + "\n")
