"""The run directory: where it is, what in it is ours, and files that are either whole or not there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
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

    def claim(self, name: str) -> Path:
        """Path of the file `name` (relative, '/' between folders), noted as ours; its folder is made.

        Raises UserError when a file of that name is there that trona did not write.
        """
        path = self.path / name
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

    def write_bytes(self, name: str, data: bytes) -> Path:
        """Writes a whole file at once: a killed or failed write leaves the former file untouched."""
        path = self.claim(name)
        part = _part(path)
        with self.guarded():
            try:
                part.write_bytes(data)
                part.replace(path)
            except OSError:
                part.unlink(missing_ok=True)
                raise
        return path

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
            manifest = self.path / _MANIFEST
            folders: set[Path] = set()
            if manifest.exists():
                for name in manifest.read_text(encoding="utf-8").splitlines():
                    # The manifest is a file anyone can edit: never follow it out of the directory.
                    if not name or name.startswith("#") or not _inside(name):
                        continue
                    path = self.path / name
                    path.unlink(missing_ok=True)
                    _part(path).unlink(missing_ok=True)
                    folders.update(p for p in path.parents if self.path in p.parents)
            for folder in sorted(folders, key=lambda p: len(p.parts), reverse=True):
                if folder.is_dir() and not any(folder.iterdir()):
                    folder.rmdir()
            manifest.write_text(_HEADER + "\n", encoding="utf-8")


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


def _part(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")


def _inside(name: str) -> bool:
    pure = PurePosixPath(name)
    return not pure.is_absolute() and ".." not in pure.parts
