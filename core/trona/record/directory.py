"""The run directory: a folder that one run owns, with files that are complete or absent."""

from __future__ import annotations

import errno
import json
import os
import platform
import time as clock
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from trona.errors import UserError
from trona.record.disk import Disk
from trona.record.manifest import Manifest, write_whole
from trona.record.paths import ABSENT, CHECKPOINTS, cannot_write, folder_of, inside, is_piece, temporary

LOCK = ".trona-lock"
_LOOKING = 0.25
"""Time in s that a process may hold the lock which only looks whether a run is going on."""


class RunDirectory:
    """A directory that one run writes to; it is locked against other processes until `close`.

    Every file name is listed in a manifest before the file is written. A later run therefore replaces exactly these
    files, even after a killed run or a loss of power. Links in the directory are not followed. All failures of the
    file system raise UserError with the name of the folder, and so does a folder that was moved or removed.
    """

    def __init__(self, path: Path) -> None:
        """Locks an existing directory and leaves its files alone; runs call `open_directory`."""
        self.path = path
        self._stale: set[str] = set()
        self._folders: set[str] = set()
        """The folders of the run: one that disappears during the run is not created again."""
        self._streams: list[Stream] = []
        self._lock = -1
        try:
            self._disk = Disk(path)
        except OSError as error:
            raise cannot_write(path, error) from error
        self._manifest = Manifest(self._disk)
        try:
            with self.guarded():
                self._lock = self._disk.append(LOCK)
                self._take_lock()
        except UserError:
            self.close()
            raise

    def close(self) -> None:
        """Closes all streams and releases the lock; nothing can be written afterwards."""
        for stream in self._streams:
            stream.close()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1
        self._disk.close()

    def claim(self, *names: str) -> None:
        """Lists files (relative, '/' between folders) in the manifest before they are written; makes their folders.

        Raises UserError for a name outside the directory, or for an existing file that trona did not write.
        """
        with self.guarded():
            for name in names:
                if not inside(name):
                    raise UserError(f"{self.path}: a file named {name!r} would not lie in this folder")
                if name not in self._manifest.names and self._disk.exists(name):
                    raise UserError(
                        f"{self.path / name}: not written by trona and in the way; move it, or choose another -o"
                    )
            self._stale -= set(names)
            new = [name for name in names if name not in self._manifest.names]
            if new:
                self._manifest.add(new)
            for name in names:  # somebody may have removed the folder of an earlier file
                for folder in reversed(PurePosixPath(name).parents[:-1]):
                    self._make_folder(str(folder))

    def clear(self) -> None:
        """Removes the files of an earlier run, and the folders that become empty."""
        with self.guarded():
            names = self._manifest.read()
            self._drop(names)
            folders = {str(p) for name in names for p in PurePosixPath(name).parents[:-1]}
            for folder in sorted(folders, key=lambda f: f.count("/"), reverse=True):
                if self._disk.exists(folder) and not self._disk.names(folder):
                    self._disk.remove_folder(folder)
            self._manifest.write()

    def take_over(self, keep: Iterable[str] | None) -> None:
        """Takes over the files of an earlier run. `prune` removes those that `keep` does not name (None: keep all)."""
        with self.guarded():
            names = self._manifest.names = set(self._manifest.read())
            self._folders = {f for f in map(folder_of, names) if f and self._disk.exists(f)}
            self._manifest.write()  # an incomplete last line must not run into the next
        self._stale = set() if keep is None else names - set(keep)

    @property
    def files(self) -> list[str]:
        """Names of all existing files that the manifest lists."""
        return sorted(name for name in self._manifest.names if self.has(name))

    def has(self, name: str) -> bool:
        """Whether a file of this name exists."""
        with self.guarded():
            return self._disk.is_file(name)

    def names(self, folder: str) -> list[str]:
        """The names in one of its folders."""
        with self.guarded():
            return self._disk.names(folder)

    def inner(self, folder: str) -> Path:
        """The path of one of its folders, which need not exist. Raises UserError where a link stands in its place."""
        self.names(folder)
        return self.path / folder

    def read(self, name: str) -> bytes:
        """The content of a file, b"" if it does not exist."""
        with self.guarded(), suppress(*ABSENT):
            return self._disk.read(name)
        return b""

    def write_bytes(self, name: str, data: bytes) -> Path:
        """Replaces a file and returns when the new one is on the disk.

        If the write fails, is killed or loses power, the previous file is untouched.
        """
        self.write_all({name: data})
        return self.path / name

    def write_all(self, files: Mapping[str, bytes]) -> None:
        """Replaces several files, each as `write_bytes` does."""
        self.claim(*files)
        with self.guarded():
            for name, data in files.items():
                write_whole(self._disk, name, data)
            for folder in {folder_of(name) for name in files}:
                self._disk.sync_folder(folder)

    def stream(self, name: str, content: bytes | None = None) -> Stream:
        """A file to append to. `content` replaces the existing file; None keeps it."""
        self.claim(name)
        with self.guarded():
            handle = self._disk.append(name) if content is None else -1
            if handle >= 0 and not self._disk.is_single(handle):
                os.close(handle)
                handle, content = -1, self._disk.read(name)  # a hard link: the other file is left alone
        if content is not None:
            self.write_bytes(name, content)
            with self.guarded():
                handle = self._disk.append(name)
        self._streams.append(Stream(self, name, handle))
        return self._streams[-1]

    def sync(self) -> None:
        """Syncs all streams; other files are synced when they are written."""
        for stream in self._streams:
            stream.sync()

    def remove(self, name: str) -> None:
        """Removes a file of the run if it exists."""
        with self.guarded(), suppress(*ABSENT):
            self._disk.remove(name)

    def prune(self) -> None:
        """Removes the files of the earlier run that are not to be kept and have not been claimed since."""
        with self.guarded():
            self._drop(self._stale)
            self._manifest.names -= self._stale
            self._stale = set()
            self._manifest.write()

    def write_text(self, name: str, text: str) -> Path:
        """Writes UTF-8 text as `write_bytes` does."""
        return self.write_bytes(name, text.encode())

    def write_json(self, name: str, data: Any) -> Path:
        """Writes JSON with sorted keys. Raises ValueError for NaN and infinity."""
        return self.write_text(
            name, json.dumps(data, indent=2, sort_keys=True, allow_nan=False, ensure_ascii=False) + "\n"
        )

    def write_yaml(self, name: str, data: Any) -> Path:
        """Writes YAML with keys in the given order."""
        return self.write_text(name, yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=110))

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Turns failures of the file system into a UserError with the name of this folder."""
        try:
            if not self._disk.in_place:
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
            yield
        except OSError as error:
            if not self._disk.in_place:
                raise UserError(
                    f"{self.path}: moved or removed while trona was writing there; nothing more is written"
                ) from error
            raise cannot_write(self.path, error) from error

    def _take_lock(self) -> None:
        """Takes the lock. Raises UserError if another process holds it for longer than one that only looks."""
        until = clock.monotonic() + _LOOKING
        while not (held := self._disk.lock(self._lock)) and clock.monotonic() < until:
            clock.sleep(_LOOKING / 50)
        if not held:
            who = os.pread(self._lock, 200, 0).decode(errors="replace").strip()
            shown = f" ({who})" if who and who.isprintable() else ""
            raise UserError(
                f"{self.path}: another trona process is writing there{shown}; wait for its end, or choose another -o"
            )
        if not self._disk.is_single(self._lock):  # a hard link: the other file is left alone
            os.close(self._lock)
            self._disk.remove(LOCK)
            self._lock = self._disk.append(LOCK)
            self._disk.lock(self._lock)
        self._disk.empty(self._lock)
        self._disk.write(self._lock, f"process {os.getpid()} on {platform.node()}\n".encode())

    def _drop(self, names: Iterable[str]) -> None:
        """Removes files in an order that never leaves an index or a checkpoint without the files it refers to.

        The removal is synced: a checkpoint that reappeared after a loss of power would pass for one of a later run.
        """
        left = set(names)
        for first in (lambda n: n.endswith(".pvd"), _begins_checkpoint, lambda n: True):
            now = sorted(filter(first, left))
            for name in now:
                for path in (name, temporary(name)):
                    with suppress(*ABSENT):
                        self._disk.remove(path)
            for folder in {folder_of(name) for name in now}:
                with suppress(*ABSENT):
                    self._disk.sync_folder(folder)
            left -= set(now)

    def _make_folder(self, name: str) -> None:
        if name not in self._folders:
            with suppress(FileExistsError):
                self._disk.make_folder(name)
                self._disk.sync_folder(folder_of(name))
            self._folders.add(name)


def _begins_checkpoint(name: str) -> bool:
    return folder_of(name) == CHECKPOINTS and not is_piece(name)


class Stream:
    """A file to append to: text is in the file at once, and on the disk after `sync`."""

    def __init__(self, directory: RunDirectory, name: str, handle: int) -> None:
        self._directory, self._disk, self.name = directory, directory._disk, name
        self.handle = handle

    @property
    def path(self) -> Path:
        """The path of the file."""
        return self._directory.path / self.name

    @property
    def size(self) -> int:
        """The length of the file, bytes."""
        return os.fstat(self.handle).st_size

    def write(self, text: str) -> None:
        """Appends text. Raises UserError if it cannot be written, or if the file was removed or replaced."""
        with self._directory.guarded():
            if not self._disk.is_named(self.handle, self.name):
                raise FileNotFoundError(errno.ENOENT, f"{self.name} was removed or replaced")
            self._disk.write(self.handle, text.encode())

    def sync(self) -> None:
        """Returns when all text is on the disk."""
        if self.handle >= 0:
            with self._directory.guarded():
                self._disk.sync(self.handle)

    def close(self) -> None:
        """Closes the file; nothing can be appended afterwards."""
        if self.handle >= 0:
            os.close(self.handle)
            self.handle = -1

    def close_or_remove(self) -> None:
        """Closes the file, and removes it if it is empty."""
        if self.handle >= 0 and not self.size:
            self._directory.remove(self.name)
        self.close()
