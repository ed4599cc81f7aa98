"""`trona stop`: end a run or sweep of another process in order."""

from __future__ import annotations

import argparse
import os
import platform
import re
import signal
from contextlib import suppress
from pathlib import Path
from typing import Any

from trona.cli.ranks import Ranks
from trona.errors import UserError
from trona.record.directory import LOCK
from trona.record.results import RecordedSweep, is_running, load

_WRITER = re.compile(r"process (\d+) on (\S+)")


def stop(arguments: argparse.Namespace, ranks: Ranks) -> int:
    """Send the process that writes to a folder the signal of Ctrl-C, and say what that does."""
    folder = Path(arguments.folder)
    found = load(folder)
    if not is_running(folder):
        raise UserError(f"{folder}: no process writes to it ({found.status})")
    process, node = _writer(folder)
    if node != platform.node():
        raise UserError(f"{folder}: process {process} on {node} writes to it; run 'trona stop' there")
    if not _holds(process, folder / LOCK):
        raise UserError(f"{folder}: process {process}, of which its lock tells, does not hold it or is not yours")
    number = signal.SIGTERM if _ignores(process, signal.SIGINT) else signal.SIGINT
    try:
        os.kill(process, number)
    except OSError as error:
        raise UserError(f"{folder}: cannot signal process {process} ({error.strerror})") from error
    ranks.out(f"sent {number.name} to process {process}: {_what(found, folder)}")
    return 0


def _writer(folder: Path) -> tuple[int, str]:
    """Return the process that the lock tells of, and its node."""
    try:
        told = _WRITER.match((folder / LOCK).read_text(encoding="utf-8", errors="replace"))
    except OSError as error:
        raise UserError(f"{folder / LOCK}: cannot be read ({error.strerror})") from error
    if told is None:
        raise UserError(f"{folder / LOCK}: does not tell which process writes to the folder")
    return int(told[1]), told[2]


def _holds(process: int, lock: Path) -> bool:
    """Whether a process has this lock open: what is left in a file may be the number of something else by now."""
    with suppress(OSError):
        for each in Path(f"/proc/{process}/fd").iterdir():
            with suppress(OSError):
                if each.samefile(lock):
                    return True
    return False


def _ignores(process: int, number: signal.Signals) -> bool:
    """Whether a process ignores a signal, as those that a script starts in the background do with SIGINT."""
    with suppress(OSError):
        ignored = re.search(r"^SigIgn:\s*([0-9a-f]+)", Path(f"/proc/{process}/status").read_text(), re.MULTILINE)
        return ignored is not None and bool(int(ignored[1], 16) >> (number - 1) & 1)
    return False


def _what(found: Any, folder: Path) -> str:
    if isinstance(found, RecordedSweep):
        return "the sweep ends now and keeps its completed cases; the same command continues it"
    keep = (found.deck.get("checkpoint") or {}).get("keep")
    if {"time", "protocol"} & found.deck.keys() and keep != 0:
        way = f"'trona run DECK --restart {folder}' continues it"
        return f"the run ends after its present step, with a checkpoint; {way}. Once more ends it at once"
    return "the run writes no checkpoints, so it ends now"
