"""The process that draws the pictures of a run, where there is a core for it."""

from __future__ import annotations

import atexit
import gc
import io
import os
import pickle
import signal
import socket
import struct
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from multiprocessing import Pipe
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol, Self

from trona.errors import UserError
from trona.problem.processes import number_of_processes

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

PATIENCE = 120.0
"""How long one picture may take, s."""
_PAUSE, _SHARE = 2.0, 4.0
"""The least pause in s between two turns of what is done meanwhile, and how many times longer than a turn it is."""
_ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_BUSY = 0.02  # s, between two looks at what another process has drawn
_EXPECTED = (UserError, ValueError, ArithmeticError)
_ENDED = "the process that draws it has ended"
_SILENT = "the process that draws it has not answered for {:g} s"

Drawn = tuple[str, bytes | str]
"""The name of a picture, and the picture as PNG, or why there is none."""


class Pictured(Protocol):
    """What there is to draw: the names of pictures, and all that they show, as data that another process can take."""

    @property
    def names(self) -> tuple[str, ...]: ...

    def named(self, names: Sequence[str]) -> Self:
        """Return what has these names, and nothing else."""

    def pen(self) -> Callable[[str], bytes]:
        """Return what draws a picture, by its name. What all pictures share is found here, once."""


def draw(pictured: Pictured) -> Iterator[Drawn]:
    """Yield each picture, or why it cannot be drawn. No fault of one keeps others, or the run, from their end."""
    pen = pictured.pen() if pictured.names else None
    for name in pictured.names:
        assert pen is not None
        yield _drawn(pen, name)


class Painter:
    """A copy of this process, which imports what draws while a run goes on: that takes as long as many a solve.

    It waits for work until this process ends, and draws two pictures at a time. Without a second core, or where what
    draws is imported anyway, this process draws itself; and so it does what is left when the copy fails.
    """

    def __init__(self, sharing: int = 1, needs: Sequence[str] = (), first: Callable[[], None] | None = None) -> None:
        """Sharing: the number of processes like this one that share the cores.

        needs: modules to import meanwhile. first: what the copy then does before there is work. This process never
        does that.
        """
        self._needs, self._first = needs, first
        self._owner, self._child = os.getpid(), 0
        self._pipe: Connection | None = None
        if "matplotlib.figure" not in sys.modules and number_of_processes() // sharing > 1:
            with suppress(OSError):  # no more processes
                self._start()

    @property
    def process(self) -> int:
        """The number of the process that draws."""
        return self._child if self._pipe is not None else os.getpid()

    def draw(self, pictured: Pictured) -> list[Drawn]:
        """Return each picture, or why it cannot be drawn, in their order.

        A picture at which the copy ends or does not go on is not tried again: it might end this process too.
        """
        found: dict[str, bytes | str] = {}
        if self._pipe is not None:
            begun, why = "", ""
            try:
                self._pipe.send(pictured)
                while (said := self._pipe.recv()) is not None:
                    name, picture = said
                    if picture is None:
                        begun = name
                    else:
                        found[name] = picture
            except BlockingIOError:  # no word, or none taken, for too long
                why = _SILENT.format(PATIENCE)
            except (EOFError, OSError, pickle.UnpicklingError):
                why = _ENDED
            if why:
                self.close()
                if begun and begun not in found:
                    found[begun] = why
        left = [name for name in pictured.names if name not in found]
        found |= dict(draw(pictured.named(left)))
        return [(name, found[name]) for name in pictured.names]

    def meanwhile(self, work: Callable[[], None] | None) -> bool:
        """Have the copy do this again and again while there is nothing to draw; None ends that. Return if there is one.

        What it takes decides how often: a part of the time at most, and not more often than every few seconds.
        """
        if self._pipe is None:
            return False
        with suppress(OSError):  # the next picture finds out why
            self._pipe.send(_Meanwhile(work))
        return True

    def close(self) -> None:
        """End the copy, if there is one, whatever it does."""
        if self._pipe is None:
            return
        self._pipe.close()
        self._pipe = None
        if os.getpid() != self._owner:  # this process is a copy too: the other one is not its own
            return
        for kill in (os.killpg, os.kill):
            with suppress(ProcessLookupError):
                kill(self._child, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(self._child, 0)

    def _start(self) -> None:
        here, there = Pipe()
        with there:
            before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDS)  # until the copy ignores them
            try:
                self._child = os.fork()
                if not self._child:
                    _serve(there, self._needs, self._first)
            except OSError:
                here.close()
                raise
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, before)
        with suppress(OSError):  # the copy does so too: whoever comes first
            os.setpgid(self._child, self._child)
        with socket.socket(fileno=os.dup(here.fileno())) as own:
            for wait in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
                own.setsockopt(socket.SOL_SOCKET, wait, struct.pack("ll", int(PATIENCE), int(PATIENCE % 1 * 1e6)))
        self._pipe = here


def _serve(pipe: Connection, needs: Sequence[str] = (), first: Callable[[], None] | None = None) -> None:
    """Do what a copy does, and end it: without this process, whose end of the pipe is its last, there is no work."""
    try:
        with suppress(OSError):
            os.setpgid(0, 0)  # a group of its own, which ends with it
        gc.freeze()  # or the collector would touch, and so copy, all that was there before
        for number in _ENDS:
            signal.signal(number, signal.SIG_IGN)  # with one that ends the run, pictures are still wanted
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDS)
        _let_go(pipe.fileno())
        from trona.record import curves, pictures  # noqa: F401

        for name in needs:
            import_module(name)
        if first is not None:
            with suppress(Exception):  # what could not be prepared is told when it is asked for
                first()
        idle = _Meanwhile(None)
        while True:
            while idle.work is not None and not pipe.poll(idle.pause):
                idle.once()
            if isinstance(asked := pipe.recv(), _Meanwhile):
                idle = asked
                continue
            _draw_by_twos(asked, pipe)
            pipe.send(None)
    finally:
        os._exit(0)  # neither PETSc nor MPI may end here, and nobody else's files be flushed


@dataclass
class _Meanwhile:
    """What a copy does while there is nothing to draw, and how long it waits before, in s."""

    work: Callable[[], None] | None
    pause: float = 0.0

    def once(self) -> None:
        assert self.work is not None
        begun = time.monotonic()
        with suppress(Exception):  # it is tried again
            self.work()
        self.pause = max(_PAUSE, _SHARE * (time.monotonic() - begun))


def _draw_by_twos(pictured: Pictured, pipe: Connection) -> None:
    """Send which picture is begun, and each when it is done; a further copy of the process draws every second one."""
    names = pictured.names
    if not names:
        return
    pen = pictured.pen()
    other = _Second(pen, names[1::2], pipe) if len(names) > 1 else None
    for name in names[::2]:
        pipe.send((name, None))
        pipe.send(_drawn(pen, name))
    for drawn in other.follow(lambda name: pipe.send((name, None))) if other is not None else ():
        pipe.send(drawn)


class _Second:
    """A copy of this process, which draws some pictures into a file and ends."""

    def __init__(self, pen: Callable[[str], bytes], names: Sequence[str], pipe: Connection) -> None:
        self._pen, self._names = pen, names
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as this
        try:
            self._child = os.fork()
        except OSError:  # no more processes
            self._child = -1
        if not self._child:
            try:
                pipe.close()  # its end is seen when the other copy ends
                for name in names:
                    pickle.dump(_drawn(pen, name), self._file)
                    self._file.flush()
            finally:
                os._exit(0)

    def follow(self, begins: Callable[[str], None]) -> Iterator[Drawn]:
        """Yield its pictures when all are drawn; `begins` is told of each that is being drawn meanwhile."""
        size, ended = -1, self._child < 0
        while not ended:
            ended = os.waitpid(self._child, os.WNOHANG)[0] != 0
            now = os.fstat(self._file.fileno()).st_size
            if now != size and not ended:
                size = now
                begins(self._names[min(len(self._read()), len(self._names) - 1)])
            if not ended:
                time.sleep(_BUSY)
        found = self._read()
        yield from found
        left = self._names[len(found) :]
        if left and self._child > 0:
            yield left[0], _ENDED
            left = left[1:]
        for name in left:
            begins(name)
            yield _drawn(self._pen, name)

    def _read(self) -> list[Drawn]:
        """Return what is drawn so far. The place in the file belongs to the copy, so it is not moved."""
        found: list[Drawn] = []
        number = self._file.fileno()
        written = io.BytesIO(os.pread(number, os.fstat(number).st_size, 0))
        with suppress(EOFError, pickle.UnpicklingError):
            while True:
                found.append(pickle.load(written))
        return found


def _drawn(pen: Callable[[str], bytes], name: str) -> Drawn:
    try:
        return name, pen(name)
    except _EXPECTED as error:
        return name, str(error)
    except Exception as error:  # a bug: the run is worth more than a picture
        return name, f"{type(error).__name__}: {error}"


def _let_go(kept: int) -> None:
    """Close the files of the process that was copied, among them the lock on its folder."""
    for number in [int(each.name) for each in Path("/dev/fd").iterdir()]:
        if number > 2 and number != kept:
            with suppress(OSError):
                os.close(number)


_painters: dict[int, Painter] = {}
_sharing = 1


def share_cores(processes: int) -> None:
    """Take note that some processes like this one run at a time, before the first picture is asked for."""
    global _sharing
    _sharing = processes


def painter(*needs: str, first: Callable[[], None] | None = None) -> Painter:
    """Return the painter of this process. A process that is a copy of one that has a painter gets its own.

    needs: modules for what will be asked of it, which a new one imports at once. first: what it does then.
    """
    if os.getpid() not in _painters:
        _painters.clear()
        _painters[os.getpid()] = made = Painter(_sharing, needs, first)
        atexit.register(made.close)
    return _painters[os.getpid()]
