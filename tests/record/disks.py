"""Disks that fail: a Disk whose calls are counted, one of which fails, and what a loss of power leaves of a folder."""

from __future__ import annotations

import errno
import os
import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from trona.record.disk import Disk


class PowerLossError(BaseException):
    """The machine is off: nothing more is done."""


@dataclass
class File:
    """What the system shows of a file, and what of it is on the disk."""

    shown: bytes = b""
    kept: bytes = b""


@dataclass
class Folder:
    """The names in a folder: those that the system shows, and those that are on the disk."""

    shown: dict[str, File | Folder] = field(default_factory=dict)
    kept: dict[str, File | Folder] = field(default_factory=dict)


class Machine:
    """Counts the calls that change the disk; at number `at` (None: never) it fails as `how` says.

    error: this call alone fails. full: this and all later ones that need room fail. lost, named, mixed: the power goes;
    `restore` then makes of the folder what may be left of it: only what was synced; all names, but only data that was
    synced; any mixture of old and new names and data. Of data that is written when it happens, half arrives.
    """

    def __init__(self, root: Path, how: str = "", at: int | None = None) -> None:
        self.root, self.how, self.at, self.count = root, how, at, 0
        self.calls: list[str] = []
        self.off = False
        self.top = _taken(root)
        self.handles: dict[int, File] = {}

    @contextmanager
    def running(self) -> Iterator[None]:
        """While inside, every Disk is one of this machine."""
        with pytest.MonkeyPatch.context() as patch:
            for name in _CALLS:
                patch.setattr(Disk, name, _counted(self, name))
            yield

    def fails(self, call: str, name: str) -> bool:
        """Count a call; return whether it fails. Without power none is made, whoever keeps the exception."""
        if self.off:
            raise PowerLossError
        self.count += 1
        self.calls.append(f"{call} {name}")
        return self.at is not None and (
            self.count == self.at or (self.how == "full" and self.count > self.at and call in _NEED_ROOM)
        )

    def fail(self) -> None:
        if self.how in ("error", "full"):
            number = errno.EIO if self.how == "error" else errno.ENOSPC
            raise OSError(number, os.strerror(number))
        self.off = True
        raise PowerLossError

    def folder(self, name: str) -> Folder:
        found = self.top
        for part in PurePosixPath(name).parts:
            inner = found.shown.get(part)
            if not isinstance(inner, Folder):
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)
            found = inner
        return found

    def restore(self, seed: int) -> None:
        """Make of the real folder what the loss of power has left."""
        rng = random.Random(seed)
        shutil.rmtree(self.root)
        self.root.mkdir()
        self._write(self.top, self.root, rng)

    def _write(self, folder: Folder, path: Path, rng: random.Random) -> None:
        for name in sorted(folder.shown.keys() | folder.kept.keys()):
            new, old = folder.shown.get(name), folder.kept.get(name)
            found = old if self.how == "lost" else new if self.how == "named" else rng.choice((old, new))
            if isinstance(found, Folder):
                (path / name).mkdir()
                self._write(found, path / name, rng)
            elif found is not None:
                more = found.shown if found.shown.startswith(found.kept) else found.kept
                end = rng.randint(len(found.kept), len(more)) if self.how == "mixed" else len(found.kept)
                (path / name).write_bytes(more[:end])


_CALLS = (
    "make",
    "make_folder",
    "create",
    "append",
    "write",
    "empty",
    "sync",
    "sync_folder",
    "rename",
    "remove",
    "remove_folder",
)
_NEED_ROOM = ("make", "make_folder", "create", "append", "write")


def _taken(path: Path) -> Folder:
    """A folder as it is, all of it on the disk."""
    found = Folder()
    for inner in path.iterdir():
        entry = _taken(inner) if inner.is_dir() else File(inner.read_bytes(), inner.read_bytes())
        found.shown[inner.name] = found.kept[inner.name] = entry
    return found


def _counted(machine: Machine, call: str) -> Any:
    real = getattr(Disk, call)

    def place(disk: Disk, name: str) -> tuple[Folder, str]:
        path = PurePosixPath(disk._path.relative_to(machine.root).as_posix()) / name
        return machine.folder(str(path.parent)), path.name

    def make(path: Path) -> None:
        if machine.fails("make", path.name):
            machine.fail()
        path.mkdir()
        parent = machine.folder(path.absolute().parent.relative_to(machine.root).as_posix())
        parent.shown[path.name] = parent.kept[path.name] = Folder()

    def method(disk: Disk, *given: Any) -> Any:
        name = given[0] if isinstance(given[0], str) else ""
        failing = machine.fails(call, name)
        if call == "write":
            handle, data = given
            data = data[: len(data) // 2] if failing else data
            real(disk, handle, data)
            machine.handles[handle].shown += data
            if failing:
                machine.fail()
            return None
        if failing:
            machine.fail()
        # What is on the disk is known here: the real one need not be waited for.
        result = real(disk, *given) if not call.startswith("sync") else None
        if call in ("empty", "sync"):
            file = machine.handles[given[0]]
            if call == "empty":
                file.shown = b""
            else:
                file.kept = file.shown
        elif call == "sync_folder":
            found = machine.folder((PurePosixPath(disk._path.relative_to(machine.root)) / name).as_posix())
            found.kept = dict(found.shown)
        else:
            folder, last = place(disk, name)
            if call == "make_folder":
                folder.shown[last] = Folder()
            elif call in ("create", "append"):
                entry = folder.shown.setdefault(last, File())
                assert isinstance(entry, File)
                machine.handles[result] = entry
            elif call == "rename":
                folder.shown[PurePosixPath(given[1]).name] = folder.shown.pop(last)
            else:
                folder.shown.pop(last)
        return result

    return make if call == "make" else method
