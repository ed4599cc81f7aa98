"""The run directory: where it is, what in it is ours, and files that are either whole or not there."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

import yaml
from trona.errors import UserError

_MANIFEST = ".trona-manifest"
_HEADER = "# files written by trona; a new run in this directory replaces them"


class RunDirectory:
    """A directory that one run writes to.

    Every file name is noted in a manifest before the file is written, so that a later run replaces exactly
    these files, also after a killed run. All failures of the file system raise UserError naming the folder.
    """

    def __init__(self, path: Path) -> None:
        """Takes an existing directory as it is; `open_directory` is the way in for a run."""
        self.path = path
        self._ours: set[str] = set()
        self._stale: set[str] = set()

    def claim(self, name: str) -> Path:
        """Path of the file `name` (relative, '/' between folders), noted as ours; its folder is made.

        Raises UserError when a file of that name is there that trona did not write.
        """
        path = self.path / name
        self._stale.discard(name)
        if name in self._ours:
            return path
        with self.guarded():
            if path.exists():
                raise UserError(f"{path}: not written by trona and in the way; move it, or choose another -o")
            path.parent.mkdir(parents=True, exist_ok=True)
            with (self.path / _MANIFEST).open("a", encoding="utf-8") as manifest:
                manifest.write(f"{name}\n")
        self._ours.add(name)
        return path

    @property
    def files(self) -> list[str]:
        """Names of all files noted as ours that are there."""
        return sorted(name for name in self._ours if (self.path / name).is_file())

    def write_bytes(self, name: str, data: bytes, durable: bool = False) -> Path:
        """Writes a whole file at once: a killed or failed write leaves the former file untouched.

        durable: return only when the file is on the disk, so that it outlives a loss of power too.
        """
        path = self.claim(name)
        part = _part(path)
        with self.guarded():
            try:
                with part.open("wb") as file:
                    file.write(data)
                    if durable:
                        file.flush()
                        os.fsync(file.fileno())
                part.replace(path)
                if durable:
                    _sync_folder(path.parent)
            except OSError:
                with suppress(
                    OSError
                ):  # the folder may have become read-only; the first error is the one to tell
                    part.unlink(missing_ok=True)
                raise
        return path

    def remove(self, name: str) -> None:
        """Removes a file of ours, if it is there."""
        with self.guarded():
            (self.path / name).unlink(missing_ok=True)

    def prune(self) -> None:
        """Removes what `reopen_directory` found to be left over and nothing has claimed since."""
        with self.guarded():
            # Indices first: a killed run must not leave one that lists files which are gone.
            for name in sorted(self._stale, key=lambda name: (PurePosixPath(name).suffix != ".pvd", name)):
                self._drop(name)
            self._ours -= self._stale
            self._stale = set()
            text = "\n".join([_HEADER, *sorted(self._ours), ""])
            manifest = self.path / _MANIFEST
            part = _part(manifest)
            part.write_text(text, encoding="utf-8")
            part.replace(manifest)

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
            yield
        except OSError as error:
            raise _cannot_write(self.path, error) from error

    def _clear(self) -> None:
        """Removes what an earlier run wrote here, and the folders which that leaves empty."""
        with self.guarded():
            folders: set[Path] = set()
            for name in self._listed():
                self._drop(name)
                folders.update(p for p in (self.path / name).parents if self.path in p.parents)
            for folder in sorted(folders, key=lambda p: len(p.parts), reverse=True):
                if folder.is_dir() and not any(folder.iterdir()):
                    folder.rmdir()
            (self.path / _MANIFEST).write_text(_HEADER + "\n", encoding="utf-8")

    def _drop(self, name: str) -> None:
        (self.path / name).unlink(missing_ok=True)
        _part(self.path / name).unlink(missing_ok=True)

    def _listed(self) -> list[str]:
        """The names in the manifest, which is a file anyone can edit: none leads out of the directory."""
        manifest = self.path / _MANIFEST
        if not manifest.exists():
            return []
        lines = manifest.read_text(encoding="utf-8").splitlines()
        return [name for name in lines if name and not name.startswith("#") and _inside(name)]


def open_directory(
    path: Path | None, deck: str, *, root: Path | None = None, now: datetime | None = None
) -> RunDirectory:
    """The directory of a run: `path`, or `<root>/<deck>-<YYYYmmdd-HHMMSS>` in `root` (default: 'runs').

    A generated name is never shared by two runs, also when both start in one second. A given directory
    must be new, empty, or an earlier run, whose files are removed. Raises UserError otherwise.
    """
    if path is None:
        path = _new_directory(root or Path("runs"), deck, now or datetime.now())
    else:
        try:
            path.mkdir(parents=True, exist_ok=True)
            foreign = not (path / _MANIFEST).is_file() and any(path.iterdir())
        except FileExistsError:
            raise UserError(f"{path}: is a file, not a folder; choose another -o") from None
        except OSError as error:
            raise _cannot_write(path, error) from error
        if foreign:
            raise UserError(
                f"{path}: not empty and not an earlier trona run; choose another -o, or empty it first"
            )
    directory = RunDirectory(path)
    directory._clear()
    return directory


def reopen_directory(path: Path, keep: Iterable[str]) -> RunDirectory:
    """The directory of an earlier run, to go on in. `keep` are the names of its files that stay.

    Nothing is removed yet: what else the earlier run wrote goes with `prune`, unless it is claimed before.
    Raises UserError when it is no run's, or cannot be read.
    """
    directory = RunDirectory(path)
    with directory.guarded():
        names = directory._listed()
        for name in names:
            _part(path / name).unlink(missing_ok=True)
    if not (path / _MANIFEST).is_file():
        raise UserError(f"{path}: not the folder of a trona run; choose another with -o")
    directory._ours = set(names)
    directory._stale = directory._ours - set(keep)
    return directory


def copy_files(source: Path, names: Iterable[str], to: RunDirectory) -> None:
    """Copies files of a run's folder, those that are there, into another run's. Raises UserError."""
    for name in names:
        if _inside(name) and (source / name).is_file():
            with to.guarded():
                data = (source / name).read_bytes()
            to.write_bytes(name, data)


def _new_directory(root: Path, deck: str, now: datetime) -> Path:
    stem = f"{deck}-{now:%Y%m%d-%H%M%S}"
    number = 1
    while True:
        path = root / (stem if number == 1 else f"{stem}-{number}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.mkdir()
        except FileExistsError:
            if not path.parent.is_dir():
                raise UserError(f"{path.parent}: is a file, not a folder; choose a folder with -o") from None
            number += 1
        except OSError as error:
            raise _cannot_write(root, error) from error
        else:
            return path


def _cannot_write(folder: Path, error: OSError) -> UserError:
    reason = (error.strerror or str(error)).lower()
    return UserError(f"{folder}: cannot write there ({reason}); free space or rights, or choose another -o")


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some network disks cannot, and need not
            raise
    finally:
        os.close(handle)


def _part(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")


def _inside(name: str) -> bool:
    pure = PurePosixPath(name)
    return not pure.is_absolute() and ".." not in pure.parts
