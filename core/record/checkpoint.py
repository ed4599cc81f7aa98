"""Checkpoints: nested plain data with numpy arrays in one file each, whole or not there, and checked when read.

A file is a plain `.npz`: `header` is JSON, in which {"__array__": name} stands for the array of that name; `digest` is
SHA-256 over all other members.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from trona.errors import UserError
from trona.record.directory import RunDirectory

FORMAT = 1
FOLDER = "checkpoints"
_KEY = "__array__"
_COMPRESSION = 1  # of 9: most of the gain, and the disk stays the slower part


class DamagedError(Exception):
    """A checkpoint that is not as it was written."""


def encode(tree: dict[str, Any]) -> bytes:
    """Return the file of a tree of dicts with text keys, lists, text, numbers, booleans, None and arrays."""
    arrays: dict[str, NDArray[Any]] = {}
    header = json.dumps(_taken_out(tree, arrays)).encode()
    members = {"format": np.array(FORMAT), "header": np.frombuffer(header, dtype=np.uint8), **arrays}
    members["digest"] = _digest(members)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=_COMPRESSION) as archive:
        for name, array in members.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)
    return buffer.getvalue()


def decode(data: bytes) -> dict[str, Any]:
    """Return the tree of a file. Raises DamagedError, and UserError for a format that is not known here."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            number = int(archive["format"])
            if number != FORMAT:
                raise UserError(f"format {number}, but this version of trona reads format {FORMAT}")
            members = {name: archive[name] for name in archive.files}
        digest = members.pop("digest")
        if not np.array_equal(digest, _digest(members)):
            raise DamagedError("its checksum is wrong")
        tree: dict[str, Any] = _put_back(json.loads(members["header"].tobytes()), members)
    except (UserError, DamagedError):
        raise
    except Exception as error:  # the readers of zip, npy and JSON meet anything in a broken file
        raise DamagedError(f"it cannot be read: {error}") from error
    return tree


class Checkpoints:
    """The checkpoints that a run writes: `checkpoints/<step>.npz` for the last `keep` of them.

    An older one is removed only after a newer one is safe on the disk.
    """

    def __init__(self, directory: RunDirectory, keep: int) -> None:
        self._directory, self._keep = directory, keep
        self._good: list[int] = []

    def restored(self, step: int) -> None:
        """Count the checkpoint of this step, and those before it, among the good ones."""
        self._good = sorted(n for n in _steps(self._directory.path) if n <= step)

    def write(self, step: int, tree: dict[str, Any]) -> Path:
        """Write the checkpoint of a step. Raises UserError naming the folder; the older ones are then intact."""
        path = self._directory.write_bytes(_name(step), encode(tree), durable=True)
        self._good = [*(n for n in self._good if n != step), step][-self._keep :]
        for number in _steps(self._directory.path):
            if number not in self._good:
                self._directory.remove(_name(number))
        return path


def read_newest(folder: Path) -> tuple[Path, dict[str, Any], list[str]]:
    """Return path and tree of the newest good checkpoint of a run folder, and warnings of damaged newer ones.

    Raises UserError when there is none, or when one was written in a format that is not known here.
    """
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder; --restart takes the folder of an earlier run")
    steps = _steps(folder)
    if not steps:
        raise UserError(
            f"{folder}: no checkpoint there; the first is written after 'checkpoint.every', and none by a steady run: "
            "start again without --restart"
        )
    warnings: list[str] = []
    for step in reversed(steps):
        path = folder / _name(step)
        try:
            return path, decode(path.read_bytes()), warnings
        except OSError as error:
            warnings.append(f"{path}: this checkpoint cannot be read ({error.strerror or error})")
        except DamagedError as error:
            warnings.append(f"{path}: this checkpoint is damaged ({error})")
        except UserError as error:
            raise UserError(f"{path}: {error}") from None
    raise UserError("\n".join([*warnings, f"{folder}: no good checkpoint is left"]))


def _name(step: int) -> str:
    return f"{FOLDER}/{step:06d}.npz"


def _steps(folder: Path) -> list[int]:
    """The steps of the checkpoints in a run folder, in order."""
    return sorted(int(p.stem) for p in (folder / FOLDER).glob("*.npz") if p.stem.isdigit())


def _digest(members: dict[str, NDArray[Any]]) -> NDArray[np.uint8]:
    sha = hashlib.sha256()
    for name in sorted(members):
        array = members[name]
        sha.update(
            repr((name, array.shape, array.dtype.str)).encode() + np.ascontiguousarray(array).tobytes()
        )
    return np.frombuffer(sha.digest(), dtype=np.uint8)


def _taken_out(value: Any, arrays: dict[str, NDArray[Any]]) -> Any:
    """A copy with names instead of arrays, which go to `arrays`."""
    if isinstance(value, np.ndarray):
        name = f"a{len(arrays)}"
        arrays[name] = value
        return {_KEY: name}
    if isinstance(value, dict):
        return {key: _taken_out(part, arrays) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_taken_out(part, arrays) for part in value]
    return value


def _put_back(value: Any, arrays: dict[str, NDArray[Any]]) -> Any:
    if isinstance(value, dict):
        if set(value) == {_KEY}:
            return arrays[value[_KEY]]
        return {key: _put_back(part, arrays) for key, part in value.items()}
    return [_put_back(part, arrays) for part in value] if isinstance(value, list) else value
