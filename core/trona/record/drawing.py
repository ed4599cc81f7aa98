"""The pictures of a run, drawn by a process of its own where there is a core for it."""

from __future__ import annotations

import atexit
import gc
import io
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing import Pipe
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from trona.errors import UserError
from trona.problem.processes import number_of_processes
from trona.readings.snapshot import LineData, Snapshot
from trona.record.metadata import Zoom
from trona.record.table import Table

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

T = TypeVar("T")


@dataclass(frozen=True)
class Plots:
    """Names of what is drawn, and what has these names: fields of a time, outputs of a table, lines."""

    names: tuple[str, ...]
    snapshot: Snapshot | None
    zoom: Zoom | None
    table: Table
    lines: dict[str, list[LineData]]

    def fields(self) -> set[str]:
        """Return the names of all fields."""
        blocks = self.snapshot.blocks.values() if self.snapshot is not None else ()
        return {name for block in blocks for name in block.fields}

    def named(self, names: Sequence[str]) -> Plots:
        """Return what has these names, and nothing else."""
        shown = None
        if self.snapshot is not None:
            blocks = {
                name: replace(block, fields={n: data for n, data in block.fields.items() if n in names})
                for name, block in self.snapshot.blocks.items()
            }
            shown = replace(self.snapshot, blocks=blocks)
        lines = {name: self.lines[name] for name in names if name in self.lines}
        return replace(self, names=tuple(names), snapshot=shown, lines=lines)


def draw(plots: Plots) -> list[tuple[str, bytes | str]]:
    """Return for each name the picture as PNG, or why it cannot be drawn."""
    from trona.record.curves import curve, line_plot
    from trona.record.pictures import Pictures

    pictures = Pictures(plots.snapshot, plots.zoom) if plots.snapshot is not None else None
    fields = plots.fields()
    found: list[tuple[str, bytes | str]] = []
    for name in plots.names:
        file = io.BytesIO()
        try:
            if pictures is not None and name in fields:
                pictures.draw(name, file)
            elif name in plots.table.columns:
                curve(plots.table, [name], file)
            else:
                line_plot(name, plots.lines[name], file)
            found.append((name, file.getvalue()))
        except (UserError, ValueError, ArithmeticError) as error:
            found.append((name, str(error)))
    return found


class Painter:
    """A copy of this process, which imports what draws while a run goes on: that takes as long as many a solve.

    It waits for work until this process ends. Without a second core, where what draws is imported anyway, or when the
    copy fails, this process draws itself.
    """

    def __init__(self) -> None:
        self._owner, self._child = os.getpid(), 0
        self._pipe: Connection | None = None
        if "matplotlib.figure" not in sys.modules and number_of_processes() > 1:
            with suppress(OSError):  # no more processes
                self._start()

    def do(self, work: Callable[..., T], *arguments: Any) -> T:
        """Return what a function of a module returns, called in the copy if there is one."""
        if self._pipe is not None:
            try:
                self._pipe.send((work, arguments))
                found: T = self._pipe.recv()
            except (EOFError, OSError):  # the copy has died: if of a mistake, it is made again here, and told
                self.close()
            else:
                return found
        return work(*arguments)

    def close(self) -> None:
        """End the copy, if there is one, whatever it does."""
        if self._pipe is None:
            return
        self._pipe.close()
        self._pipe = None
        if os.getpid() != self._owner:  # this process is a copy too: the other one is not its own
            return
        with suppress(ProcessLookupError):
            os.kill(self._child, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(self._child, 0)

    def _start(self) -> None:
        here, there = Pipe()
        with there:
            try:
                self._child = os.fork()
            except OSError:
                here.close()
                raise
            if not self._child:
                _serve(there)
        self._pipe = here


def _serve(pipe: Connection) -> None:
    """Do what a copy does, and end it: without this process, whose end of the pipe is its last, there is no work."""
    try:
        gc.freeze()  # or the collector would touch, and so copy, all that was there before
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # with one that ends the run, pictures are still wanted
        _let_go(pipe.fileno())
        from trona.record import curves, pictures  # noqa: F401

        while True:
            work, arguments = pipe.recv()
            pipe.send(work(*arguments))
    finally:
        os._exit(0)  # neither PETSc nor MPI may end here, and nobody else's files be flushed


def _let_go(kept: int) -> None:
    """Close the files of the process that was copied, among them the lock on its folder."""
    for number in [int(each.name) for each in Path("/dev/fd").iterdir()]:
        if number > 2 and number != kept:
            with suppress(OSError):
                os.close(number)


_painters: dict[int, Painter] = {}


def painter() -> Painter:
    """Return the painter of this process. A process that is a copy of one that has a painter gets its own."""
    if os.getpid() not in _painters:
        _painters.clear()
        _painters[os.getpid()] = made = Painter()
        atexit.register(made.close)
    return _painters[os.getpid()]
