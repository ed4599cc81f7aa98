"""The run directory: where it is, what in it is ours, and files that are either whole or not there."""

from __future__ import annotations

import errno
import json
import os
import platform
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from trona.errors import UserError
from trona.record.disk import Disk

MANIFEST, LOCK = ".trona-manifest", ".trona-lock"
_HEADER = "# files written by trona; a new run in this directory replaces them"
ABSENT = (FileNotFoundError, NotADirectoryError)


class RunDirectory:
    """A directory that one run writes to; another process cannot enter it before `close`.

    Every file name is noted in a manifest before the file is written, so that a later run replaces exactly
    these files, also after a killed run or a loss of power. No link in the directory is followed. All failures of the
    file system raise UserError naming the folder; so does a folder that is no longer in its place.
    """

    def __init__(self, path: Path) -> None:
        """Takes an existing directory as it is; `open_directory` is the way in for a run."""
        self.path = path
        self._ours: set[str] = set()
        self._stale: set[str] = set()
        self._folders: set[str] = set()
        """Those that must be there: one that goes in mid-run is not made anew."""
        self._torn = False
        """Whether the manifest may end in a part of a line."""
        self._streams: list[Stream] = []
        self._lock = -1
        try:
            self._disk = Disk(path)
        except OSError as error:
            raise cannot_write(path, error) from error
        try:
            with self.guarded():
                self._lock = self._disk.append(LOCK)
                self._keep_out()
        except UserError:
            self.close()
            raise

    def close(self) -> None:
        """Lets others in; nothing can be written afterwards."""
        for stream in self._streams:
            stream.close()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1
        self._disk.close()

    def claim(self, *names: str) -> None:
        """Notes files (relative, '/' between folders) as ours, before any of them is there; makes their folders.

        Raises UserError when a file of such a name is there that trona did not write, or would lie elsewhere.
        """
        with self.guarded():
            for name in names:
                if not inside(name):
                    raise UserError(f"{self.path}: a file named {name!r} would not be one of this folder")
                if name not in self._ours and self._disk.exists(name):
                    raise UserError(
                        f"{self.path / name}: not written by trona and in the way; move it, or choose another -o"
                    )
            self._stale -= set(names)
            new = [name for name in names if name not in self._ours]
            if new:
                self._note(new)
                self._ours.update(new)
            for name in new:
                for folder in reversed(PurePosixPath(name).parents[:-1]):
                    self._make_folder(str(folder))

    @property
    def files(self) -> list[str]:
        """Names of all files noted as ours that are there."""
        return sorted(name for name in self._ours if self.has(name))

    def has(self, name: str) -> bool:
        """Whether there is a file of that name."""
        with self.guarded():
            return self._disk.is_file(name)

    def names(self, folder: str) -> list[str]:
        """What is in a folder of it."""
        with self.guarded():
            return self._disk.names(folder)

    def inner(self, folder: str) -> Path:
        """Where a folder in it is, or will be. Raises UserError for one that a link leads out to."""
        self.names(folder)
        return self.path / folder

    def read(self, name: str) -> bytes:
        """The content of a file, b"" when there is none."""
        with self.guarded(), suppress(*ABSENT):
            return self._disk.read(name)
        return b""

    def write_bytes(self, name: str, data: bytes) -> Path:
        """Writes a whole file at once: a write that fails, is killed, or ends with a loss of power leaves the former
        file untouched. It is on the disk when this returns.
        """
        self.write_all({name: data})
        return self.path / name

    def write_all(self, files: Mapping[str, bytes]) -> None:
        """Writes several whole files, each as `write_bytes` does."""
        self.claim(*files)
        with self.guarded():
            for name, data in files.items():
                self._write(name, data)
            for folder in {folder_of(name) for name in files}:
                self._disk.sync_folder(folder)

    def stream(self, name: str, kept: bytes | None = None) -> Stream:
        """A file that grows: it begins with `kept`, which replaces an earlier file, or (None) goes on after it."""
        self.claim(name)
        with self.guarded():
            handle = self._disk.append(name) if kept is None else -1
            if handle >= 0 and not self._disk.is_single(handle):
                os.close(handle)
                handle, kept = -1, self._disk.read(name)  # what has another name elsewhere is left alone
        if kept is not None:
            self.write_bytes(name, kept)
            with self.guarded():
                handle = self._disk.append(name)
        self._streams.append(Stream(self, name, handle))
        return self._streams[-1]

    def sync(self) -> None:
        """Brings to the disk what the streams hold; all other files are there already."""
        for stream in self._streams:
            stream.sync()

    def remove(self, name: str) -> None:
        """Removes a file of ours, if it is there."""
        with self.guarded(), suppress(*ABSENT):
            self._disk.remove(name)

    def prune(self) -> None:
        """Removes what `reopen_directory` found to be left over and nothing has claimed since."""
        with self.guarded():
            self._drop(self._stale)
            self._ours -= self._stale
            self._stale = set()
            self._write_manifest()

    def write_text(self, name: str, text: str) -> Path:
        """Writes a whole UTF-8 file at once; see `write_bytes`."""
        return self.write_bytes(name, text.encode())

    def write_json(self, name: str, data: Any) -> Path:
        """Writes JSON with sorted keys; NaN and infinity are refused with ValueError."""
        return self.write_text(
            name, json.dumps(data, indent=2, sort_keys=True, allow_nan=False, ensure_ascii=False) + "\n"
        )

    def write_yaml(self, name: str, data: Any) -> Path:
        """Writes YAML in the order given."""
        return self.write_text(name, yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=110))

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Turns any failure of the file system inside into a UserError that names this folder."""
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

    # ------------------------------------------------------------------ inside

    def _keep_out(self) -> None:
        """Takes the lock. Raises UserError when another process has it."""
        if not self._disk.lock(self._lock):
            who = os.pread(self._lock, 200, 0).decode(errors="replace").strip()
            shown = f" ({who})" if who and who.isprintable() else ""
            raise UserError(
                f"{self.path}: another trona process is writing there{shown}; wait for its end, or choose another -o"
            )
        if not self._disk.is_single(self._lock):  # what has another name elsewhere is left alone
            os.close(self._lock)
            self._disk.remove(LOCK)
            self._lock = self._disk.append(LOCK)
            self._disk.lock(self._lock)
        self._disk.empty(self._lock)
        self._disk.write(self._lock, f"process {os.getpid()} on {platform.node()}\n".encode())

    def _take(self, names: Iterable[str]) -> None:
        """Takes over the files of an earlier run."""
        self._ours = set(names)
        self._folders = {f for f in map(folder_of, self._ours) if f and self._disk.exists(f)}

    def _clear(self) -> None:
        """Removes what an earlier run wrote here, and the folders which that leaves empty."""
        with self.guarded():
            names = self._listed()
            self._drop(names)
            folders = {str(p) for name in names for p in PurePosixPath(name).parents[:-1]}
            for folder in sorted(folders, key=lambda f: f.count("/"), reverse=True):
                if self._disk.exists(folder) and not self._disk.names(folder):
                    self._disk.remove_folder(folder)
            self._write_manifest()

    def _drop(self, names: Iterable[str]) -> None:
        """Removes files: at no time does an index list one that is gone, or is a checkpoint there without its files.

        What is removed stays so: a checkpoint that came back after a loss of power would pass for one of a later run.
        """
        left = set(names)
        for first in (lambda n: n.endswith(".pvd"), lambda n: n.startswith("checkpoints/"), lambda n: True):
            now = sorted(filter(first, left))
            for name in now:
                for path in (name, part_of(name)):
                    with suppress(*ABSENT):
                        self._disk.remove(path)
            for folder in {folder_of(name) for name in now}:
                with suppress(*ABSENT):
                    self._disk.sync_folder(folder)
            left -= set(now)

    def _write(self, name: str, data: bytes) -> None:
        """Writes a file beside, brings it to the disk, and gives it its name."""
        part = part_of(name)
        try:
            if self._disk.exists(part):  # of a killed run
                self._disk.remove(part)
            handle = self._disk.create(part)
            try:
                self._disk.write(handle, data)
                self._disk.sync(handle)
            finally:
                os.close(handle)
            self._disk.rename(part, name)
        except OSError:
            with suppress(OSError):  # the folder may have become read-only; the first error is the one to tell
                self._disk.remove(part)
            raise

    def _make_folder(self, name: str) -> None:
        if name not in self._folders:
            with suppress(FileExistsError):
                self._disk.make_folder(name)
                self._disk.sync_folder(folder_of(name))
            self._folders.add(name)

    def _note(self, names: Iterable[str]) -> None:
        """Adds names to the manifest, on the disk before any of the files is."""
        if self._torn:
            self._write_manifest(names)
            return
        self._torn = True  # until it is whole again: what is added to a line cut short would be no name of ours
        handle = self._disk.append(MANIFEST)
        try:
            self._disk.write(handle, "".join(f"{name}\n" for name in names).encode())
            self._disk.sync(handle)
        finally:
            os.close(handle)
        self._torn = False

    def _write_manifest(self, new: Iterable[str] = ()) -> None:
        self._write(MANIFEST, "\n".join([_HEADER, *sorted({*self._ours, *new}), ""]).encode())
        self._disk.sync_folder("")
        self._torn = False

    def _listed(self) -> list[str]:
        """The names in the manifest, which is a file anyone can edit: none leads out of the directory.

        A last line without its end was cut short by a loss of power: its file is not there.
        """
        with suppress(*ABSENT):
            lines = self._disk.read(MANIFEST).decode(errors="replace").split("\n")[:-1]
            return [name for name in lines if name and not name.startswith("#") and inside(name)]
        return []


class Stream:
    """A file that grows: what was written is in it at once, and on the disk after `sync`."""

    def __init__(self, directory: RunDirectory, name: str, handle: int) -> None:
        self._directory, self._disk, self.name = directory, directory._disk, name
        self.handle = handle

    @property
    def path(self) -> Path:
        """Where it is."""
        return self._directory.path / self.name

    @property
    def size(self) -> int:
        """Its length, bytes."""
        return os.fstat(self.handle).st_size

    def write(self, text: str) -> None:
        """Adds text. Raises UserError when it cannot be written, or when somebody has put another file in its place."""
        with self._directory.guarded():
            if not self._disk.is_named(self.handle, self.name):
                raise FileNotFoundError(errno.ENOENT, f"{self.name} was removed or replaced")
            self._disk.write(self.handle, text.encode())

    def sync(self) -> None:
        """Returns when it is on the disk."""
        if self.handle >= 0:
            with self._directory.guarded():
                self._disk.sync(self.handle)

    def close(self) -> None:
        """Nothing can be added any more."""
        if self.handle >= 0:
            os.close(self.handle)
            self.handle = -1

    def close_or_remove(self) -> None:
        """Close it, and remove the file if nothing is in it."""
        if self.handle >= 0 and not self.size:
            self._directory.remove(self.name)
        self.close()


def cannot_read(path: Path, error: OSError) -> UserError:
    """The error of a file in a run's folder that cannot be read."""
    return UserError(f"{path}: cannot be read ({_reason(error)})")


def cannot_write(folder: Path, error: OSError) -> UserError:
    cure = "free space or rights" if error.errno != errno.ELOOP else "put a folder or file in the place of the link"
    return UserError(f"{folder}: cannot write there ({_reason(error)}); {cure}, or choose another -o")


def _reason(error: OSError) -> str:
    if error.errno == errno.ELOOP:
        return f"{error.filename} is a link, and in a run's folder none is followed"
    return (error.strerror or str(error)).lower()


def folder_of(name: str) -> str:
    """The folder that a file is in, '' for the directory itself."""
    parent = str(PurePosixPath(name).parent)
    return "" if parent == "." else parent


def part_of(name: str) -> str:
    """Under which name a file is written before it gets its own."""
    path = PurePosixPath(name)
    return str(path.with_name(f".{path.name}.part"))


def inside(name: str) -> bool:
    """Whether a file of that name may be ours: it lies in the directory, and is not hidden there."""
    parts = name.split("/")
    return name.isprintable() and all(part and not part.startswith(".") for part in parts)
