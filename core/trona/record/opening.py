"""Opens run directories, new ones and those of earlier runs, and copies files between them."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from trona.errors import UserError
from trona.record.directory import LOCK, RunDirectory
from trona.record.disk import Disk
from trona.record.manifest import MANIFEST
from trona.record.paths import ABSENT, cannot_read, cannot_write, inside, temporary


def open_directory(
    path: Path | None, deck: str, *, root: Path | None = None, now: datetime | None = None
) -> RunDirectory:
    """The directory of a run: `path`, or `<root>/<deck>-<YYYYmmdd-HHMMSS>` in `root` (default: 'runs').

    Two runs never get the same generated name, even if both start in the same second. A given directory must be new,
    empty, or one of an earlier run, whose files are then removed. Raises UserError otherwise.
    """
    if path is None:
        path = _new_directory(root or Path("runs"), deck, now or datetime.now())
    else:
        try:
            _make_all(path)
            there = {p.name for p in path.iterdir()} - {LOCK, temporary(MANIFEST)}
            foreign = bool(there) and not _is_file(path / MANIFEST)
        except NotADirectoryError:
            raise UserError(f"{path}: is a file, not a folder; choose another -o") from None
        except OSError as error:
            raise cannot_write(path, error) from error
        if foreign:
            raise UserError(f"{path}: not empty and not an earlier trona run; choose another -o, or empty it first")
    directory = RunDirectory(path)
    try:
        directory.clear()
    except BaseException:
        directory.close()
        raise
    return directory


def reopen_directory(path: Path, keep: Iterable[str] | None = None) -> RunDirectory:
    """The directory of an earlier run, which is continued there. keep: names of the files to keep (None: all).

    Nothing is removed yet: `prune` removes the other files of the earlier run that have not been claimed by then.
    Raises UserError if the directory is not one of a run, is in use, or cannot be read.
    """
    if not _is_file(path / MANIFEST):
        raise UserError(f"{path}: not the folder of a trona run; choose another with -o")
    directory = RunDirectory(path)
    try:
        directory.take_over(keep)
    except BaseException:
        directory.close()
        raise
    return directory


def copy_files(source: Path, names: Iterable[str], to: RunDirectory) -> None:
    """Copies those files of one run directory that exist into another. Raises UserError."""
    disk = Disk(source)
    try:
        for name in names:
            if not inside(name):
                raise UserError(f"{source}: a file named {name!r} would not lie in this folder")
            try:
                data = disk.read(name)
            except ABSENT:
                continue
            except OSError as error:
                raise cannot_read(source / name, error) from error
            to.write_bytes(name, data)
    finally:
        disk.close()


def _new_directory(root: Path, deck: str, now: datetime) -> Path:
    stem = f"{deck}-{now:%Y%m%d-%H%M%S}"
    number = 1
    while True:
        path = root / (stem if number == 1 else f"{stem}-{number}")
        try:
            _make_all(path.parent)
            Disk.make(path)
        except NotADirectoryError:
            raise UserError(f"{path.parent}: is a file, not a folder; choose a folder with -o") from None
        except FileExistsError:
            number += 1
        except OSError as error:
            raise cannot_write(root, error) from error
        else:
            return path


def _make_all(path: Path) -> None:
    """Makes a folder and its missing parents. Raises NotADirectoryError where a file is in the way."""
    if not path.is_dir():
        if path.parent != path:
            _make_all(path.parent)
        try:
            Disk.make(path)
        except FileExistsError:
            if not path.is_dir():
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path) from None


def _is_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()
