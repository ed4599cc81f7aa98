"""`trona list`: the runs and sweeps under a folder."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trona.cli.ranks import Ranks
from trona.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD = ("run", "state", "time", "steps", "trona", "title")


def list_runs(arguments: argparse.Namespace, ranks: Ranks) -> int:
    """List all runs and sweeps under a folder; the cases of a sweep belong to it."""
    from trona.deck.printable import printable
    from trona.record.columns import Rows, columns
    from trona.record.quantity import time_text

    folder = Path(arguments.folder)
    if not folder.is_dir():
        raise UserError(f"{folder}: {'not a folder' if folder.exists() else 'no such folder'}")
    found = [describe(path, folder) for path in _places(folder)]
    if arguments.json:
        ranks.out(json.dumps(found, indent=2, ensure_ascii=False))
        return 0
    rows: Rows = [
        (
            each["name"],
            each["state"],
            "" if each["time"] is None else time_text(each["time"]),
            "" if each["steps"] is None else str(each["steps"]),
            each["version"],
            each["title"],
        )
        for each in found
    ]
    rows = [tuple(printable(" ".join(cell.split())) for cell in row) for row in rows]
    ranks.out(columns(_HEAD, rows, right=(2, 3)) or f"no runs under {folder}")
    return 0


def describe(path: Path, folder: Path) -> dict[str, Any]:
    """Return what the list says of a run or sweep, as plain data: its state with the reason, time in s, steps."""
    from trona.record.results import RecordedSweep, load, read_json

    name = os.path.relpath(path, folder) if path != folder else str(path)
    said: dict[str, Any] = {"name": name, "kind": "run", "state": "", "time": None, "steps": None}
    said |= {"started": "", "version": "", "title": ""}
    try:
        found = load(path)
        state = (read_json(path / "sweep.json") or {}) if isinstance(found, RecordedSweep) else found.summary
        said |= {"state": found.status, "started": str(state.get("started", ""))}
        versions = state.get("versions") or read_json(path / "versions.json") or {}
        said |= {"version": str(versions.get("trona", "")), "title": str(found.deck.get("title") or "")}
        if isinstance(found, RecordedSweep):
            return said | {"kind": "sweep", "steps": found.table.rows}
        if state:
            return said | {"time": state["time"], "steps": state["newton"]["steps"]}
        if found.history.rows:
            return said | {"time": float(found.history["time"][-1]), "steps": int(found.history["step"][-1])}
        return said
    except UserError as error:
        return said | {"state": f"cannot be read: {str(error).splitlines()[0]}"}
    except (AttributeError, KeyError, TypeError):
        return said | {"state": f"cannot be read: {path / 'summary.json'}: not the summary of a run"}


def _places(folder: Path) -> Iterator[Path]:
    """Yield the folders of runs and sweeps, in the order of their names; links are not followed."""
    from trona.record.results import is_run, is_sweep

    for place, inner, _ in os.walk(folder):
        path = Path(place)
        if is_sweep(path) or is_run(path):
            inner.clear()
            yield path
        else:
            inner[:] = sorted(name for name in inner if not name.startswith("."))
