"""The tables of a run folder as numpy columns with units."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trona.deck.printable import html_table
from trona.errors import UserError, hint
from trona.readings.snapshot import FieldData, LineData, OutputValue
from trona.record.columns import columns
from trona.record.libraries import library
from trona.record.paths import cannot_read

_SHOWN, _ACROSS = 8, 8
"""Rows and columns of a table that its text shows."""
_ALONG = ("time", "distance", "number", "cycle", "case")


class ResultTable(dict[str, NDArray[Any]]):
    """Columns by name, all of one length; `units` has the unit of each, '' for words and counts.

    Numbers with a unit are floats, NaN where there is no value; counts are integers, words strings.
    """

    def __init__(self, found: dict[str, NDArray[Any]], units: dict[str, str]) -> None:
        super().__init__(found)
        self.units = units

    def __missing__(self, name: str) -> NDArray[Any]:
        raise UserError(f"no column '{name}'{hint(name, self)}")

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(next(iter(self.values()))) if self else 0

    def as_line(self, step: int, time: float) -> LineData:
        """Return the table of a line, which has `distance`, the coordinates, and then the values. Raises UserError."""
        axes = [axis for axis in "xyz" if self.units.get(axis) == "m"]
        points = np.column_stack([self[axis] for axis in axes]) if axes else np.zeros((self.rows, 0))
        columns = [name for name in self if name not in ("distance", *axes)]
        vectors: dict[str, list[str]] = {}
        for name in columns:  # its components follow each other
            stem, _, number = name.rpartition("_")
            if number == str(len(vectors.get(stem, ()))):
                vectors.setdefault(stem, []).append(name)
        vectors = {stem: names for stem, names in vectors.items() if len(names) > 1}
        part_of = {name: stem for stem, names in vectors.items() for name in names}
        values = {}
        for name in columns:
            stem = part_of.get(name, name)
            parts = [self[each] for each in vectors.get(stem, ())]
            values[stem] = FieldData(np.stack(parts, axis=1) if parts else self[name], self.units[name])
        return LineData(time, step, self["distance"], points, values)

    def to_pandas(self) -> Any:
        """Return a pandas DataFrame; its `attrs["units"]` has the units. Raises UserError without pandas."""
        frame = library("pandas").DataFrame(dict(self))
        frame.attrs["units"] = dict(self.units)
        return frame

    def to_xarray(self) -> Any:
        """Return an xarray Dataset; each variable has its `units`. Raises UserError without xarray.

        Its dimension is the column that says where a row belongs: `time`, `distance`, the `number` of a step, `cycle`
        or `case`, and `row` without one.
        """
        along = next((name for name in _ALONG if name in self), "row")
        data = {name: (along, column, {"units": self.units[name]}) for name, column in self.items()}
        return library("xarray").Dataset(data)

    def __repr__(self) -> str:
        text = columns(tuple(self._heads()), [tuple(row) for row in self._shown()])
        if not text:
            return f"no rows of {', '.join(self)}" if self else "no table"
        return "\n".join([text, *self._left_out()])

    def _repr_html_(self) -> str:
        return html_table(self._heads(), self._shown(), self._left_out())

    def _heads(self) -> list[str]:
        names = list(self)[:_ACROSS]
        return [f"{name} [{self.units[name]}]" if self.units[name] else name for name in names]

    def _shown(self) -> list[list[str]]:
        shown = list(self.values())[:_ACROSS]
        cells = [[f"{x:.6g}" if column.dtype.kind == "f" else str(x) for x in column[:_SHOWN]] for column in shown]
        return [list(row) for row in zip(*cells, strict=True)]

    def _left_out(self) -> list[str]:
        rows, names = self.rows - _SHOWN, len(self) - _ACROSS
        counted = ((rows, "row"), (names, "column"))
        return [f"... {n} more {what}{'s' if n > 1 else ''}" for n, what in counted if n > 0]


class Outputs(dict[str, OutputValue]):
    """Outputs by name, each with its value, unit, and what it is."""

    def __missing__(self, name: str) -> OutputValue:
        raise UserError(f"no output '{name}'{hint(name, self)}")

    def to_pandas(self) -> Any:
        """Return a pandas DataFrame with a row per output: `value`, `unit`, `text`. Raises UserError without pandas."""
        rows = {name: (each.value, each.unit, each.text) for name, each in self.items()}
        return library("pandas").DataFrame.from_dict(rows, orient="index", columns=["value", "unit", "text"])


def read_columns(path: Path) -> ResultTable:
    """Read a table of a run: no columns where there is no such file.

    An incomplete last row of a killed run is left out. Raises UserError if the file is not a table.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ResultTable({}, {})
    except OSError as error:
        raise cannot_read(path, error) from error
    except ValueError as error:
        raise UserError(f"{path}: not a table of trona ({error})") from error
    try:
        head, *rows = list(csv.reader(io.StringIO(text), strict=True)) or [[]]
    except csv.Error as error:
        if text.endswith("\n"):
            raise UserError(f"{path}: not a table of trona ({error})") from error
        text = text[: text.rfind("\n") + 1]
        head, *rows = list(csv.reader(io.StringIO(text))) or [[]]
    rows = rows if text.endswith("\n") else rows[:-1]
    found: dict[str, NDArray[Any]] = {}
    units: dict[str, str] = {}
    for i, title in enumerate(head):
        match = re.fullmatch(r"(.*) \[(.*)\]", title)
        name, unit = match.groups() if match else (title, "")
        try:
            found[name] = _column([row[i] for row in rows], bool(match))
        except (ValueError, IndexError):
            raise UserError(f"{path}: not a table of trona; column '{title}' has a row without a number") from None
        units[name] = unit
    return ResultTable(found, units)


def _column(cells: list[str], measured: bool) -> NDArray[Any]:
    if measured:
        return np.array([float(cell or "nan") for cell in cells], dtype=np.float64)
    if all(re.fullmatch(r"-?\d{1,18}", cell) for cell in cells):
        return np.array([int(cell) for cell in cells], dtype=np.int64)
    return np.array(cells, dtype=str)
