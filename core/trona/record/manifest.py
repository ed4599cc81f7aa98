"""The manifest of a run directory: the names of the files that trona wrote there."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress

from trona.record.disk import Disk
from trona.record.paths import ABSENT, inside, temporary

MANIFEST = ".trona-manifest"
_HEADER = "# files written by trona; a new run in this directory replaces them"


class Manifest:
    """The names of the files of a run. A name is on the disk before its file is. All methods raise OSError."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self.names: set[str] = set()
        self._torn = False
        """Whether the last line may be incomplete."""

    def read(self) -> list[str]:
        """The names on the disk. Anyone can edit the file: names that lead out of the directory are left out.

        A last line without its end was cut short by a loss of power, before its file was created.
        """
        with suppress(*ABSENT):
            lines = self._disk.read(MANIFEST).decode(errors="replace").split("\n")[:-1]
            return [name for name in lines if name and not name.startswith("#") and inside(name)]
        return []

    def add(self, names: Iterable[str]) -> None:
        """Adds names, and returns when they are on the disk."""
        new = list(names)
        if self._torn:
            self._write({*self.names, *new})
        else:
            self._append(new)
        self.names.update(new)

    def write(self) -> None:
        """Write all names again."""
        self._write(self.names)

    def _append(self, names: list[str]) -> None:
        self._torn = True  # after a failure, what is appended to an incomplete line would not be read as a name
        handle = self._disk.append(MANIFEST)
        try:
            self._disk.write(handle, "".join(f"{name}\n" for name in names).encode())
            self._disk.sync(handle)
        finally:
            os.close(handle)
        self._torn = False

    def _write(self, names: set[str]) -> None:
        write_whole(self._disk, MANIFEST, "\n".join([_HEADER, *sorted(names), ""]).encode())
        self._disk.sync_folder("")
        self._torn = False


def write_whole(disk: Disk, name: str, data: bytes) -> None:
    """Writes a temporary file, syncs it, and renames it: the file is complete or absent. Raises OSError."""
    part = temporary(name)
    try:
        if disk.exists(part):  # left by a killed run
            disk.remove(part)
        handle = disk.create(part)
        try:
            disk.write(handle, data)
            disk.sync(handle)
        finally:
            os.close(handle)
        disk.rename(part, name)
    except OSError:
        with suppress(OSError):  # the folder may have become read-only; the first error is reported
            disk.remove(part)
        raise
