"""The folder of a sweep: sweep.json is its state, sweep.csv its table; it is locked against other sweeps."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from trona.deck.layout import TEXT, Named, fit
from trona.errors import MOST_LISTED, UserError
from trona.record import RunDirectory, Stream, open_directory, reopen_directory, versions
from trona.record.paths import PAGE
from trona.sweep.check import Checked
from trona.sweep.table import TABLE_LAYOUT, SweepTable

STATE, CSV = "sweep.json", "sweep.csv"
STATE_LAYOUT = {"identity": Named(TEXT), "started": TEXT, "cases": Named(Named(TEXT)), **TABLE_LAYOUT}


class SweepFolder:
    """The folder of a sweep. Raises UserError if it belongs to another sweep, is in use, or cannot be written."""

    def __init__(self, path: Path | None, table: SweepTable, checked: Checked) -> None:
        self._table, self._identity, self._versions = table, checked.identity, versions()
        self._started = datetime.now().astimezone().isoformat()
        earlier = path is not None and (path / STATE).is_file()
        self.directory = self._open(path, earlier)
        self.path = self.directory.path
        try:
            if earlier:
                self._resume()
            else:
                # The base deck, for reference; the cases have their own.
                self.directory.write_yaml("deck.yaml", table.sweep.deck.resolved())
            self.directory.claim(PAGE)  # for whoever makes it while this sweep goes on
            self.write()
        except BaseException:
            self.close()
            raise

    def case(self, name: str) -> Path:
        return self.directory.inner(f"cases/{name}")

    def log(self, number: int) -> Stream:
        """Return the log of a process."""
        return self.directory.stream(f"worker-{number}.log")

    def write(self) -> None:
        """Write the present state and table; each file is replaced atomically."""
        data = {
            "deck": str(self._table.sweep.deck.path),
            "started": self._started,
            "versions": self._versions,
            "identity": self._identity,
            **self._table.plain(),
        }
        # Not indented: this is written after every case.
        self.directory.write_text(STATE, json.dumps(data, allow_nan=False, ensure_ascii=False) + "\n")
        self.directory.write_text(CSV, self._table.csv())

    def close(self) -> None:
        self.directory.close()

    def _open(self, path: Path | None, earlier: bool) -> RunDirectory:
        if path is not None and earlier:
            return reopen_directory(path)
        if path is not None and (path / "deck.yaml").exists():
            raise UserError(f"{path}: the folder of a run, not of a sweep; choose another -o")
        return open_directory(path, f"{self._table.sweep.deck.name}-sweep")

    def _resume(self) -> None:
        from trona.settings.identity import differences

        path = self.path / STATE
        try:
            data = json.loads(self.directory.read(STATE))
            fit(data, STATE_LAYOUT)
            changed = differences(data["identity"], self._identity)
            if changed:
                raise UserError(f"{path}: the sweep of another deck:\n{changed}\nchoose another -o")
            other = _other_cases(data["cases"], self._table.plain()["cases"])
            if other:
                raise UserError(f"{path}: another sweep of this deck:\n{other}\nchoose another -o")
            self._started = data["started"]
            self._table.take(data)
        except (ValueError, RecursionError) as error:  # not JSON, or not the file of a sweep
            raise UserError(f"{path}: cannot be read ({error}); choose another -o") from error


def _other_cases(before: dict[str, dict[str, str]], now: dict[str, dict[str, str]]) -> str:
    """Return the differences between the cases of two sweeps, or ''."""
    if len(before) != len(now):
        return f"  it had {len(before)} cases, now there are {len(now)}"
    lines = [
        f"  case {name.lstrip('0')} was {_text(old)}, is {_text(now[name])}"
        for name, old in before.items()
        if old != now.get(name, {})
    ]
    more = len(lines) - MOST_LISTED
    return "\n".join([*lines[:MOST_LISTED], *([f"  ... {more} more"] if more > 0 else [])])


def _text(values: dict[str, str]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in values.items())
