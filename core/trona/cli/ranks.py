"""The processes of a parallel run: only the first prints, and an error on one does not block the others."""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from typing import Any

_SIZES = ("OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMIX_SIZE", "MV2_COMM_WORLD_SIZE")
_RANKS = ("OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK", "MV2_COMM_WORLD_RANK")
_PATIENCE = 10.0  # s, time for the other processes to raise the same error


class Ranks:
    """The rank and number of processes. MPI is initialised only under a launcher with several processes."""

    def __init__(self) -> None:
        self.rank, self.size = _number(_RANKS, 0), _number(_SIZES, 1)
        self._comm: Any = None
        if self.size > 1:
            from mpi4py import MPI

            self._comm = MPI.COMM_WORLD.Dup()
            self.rank, self.size = self._comm.rank, self._comm.size

    @property
    def first(self) -> bool:
        return self.rank == 0

    def write(self, text: str) -> None:
        """Print to stderr, on the first rank."""
        if self.first:
            _print(text)

    def out(self, text: str) -> None:
        """Print to stdout, on the first rank."""
        if self.first:
            print(_printable(text))

    def leave(self, text: str, code: int) -> int:
        """Print an error that all ranks should raise, and return the exit code.

        All ranks are aborted if one does not raise it, because it would wait for this one forever.
        """
        self.write(text)
        if self._comm is None:
            return code
        sys.stderr.flush()
        met = self._comm.Ibarrier()
        end = time.monotonic() + _PATIENCE
        while not met.Test():
            if time.monotonic() > end:
                if not self.first:
                    _print(text)
                self._comm.Abort(code)
            time.sleep(0.01)
        return code

    def abort(self, text: str, code: int) -> int:
        """Print an error that only this rank may have raised, and abort the others."""
        _print(text)
        if self._comm is not None:
            sys.stderr.flush()
            self._comm.Abort(code)
        return code


def _print(text: str) -> None:
    with suppress(BrokenPipeError):
        print(_printable(text), file=sys.stderr, flush=True)


def _printable(text: str) -> str:
    from trona.deck.printable import printable  # late: with the deck comes numpy, which --help can do without

    return printable(text)


def _number(names: tuple[str, ...], otherwise: int) -> int:
    return next((int(os.environ[n]) for n in names if os.environ.get(n, "").isdigit()), otherwise)
