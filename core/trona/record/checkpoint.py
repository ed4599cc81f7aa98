"""Checkpoints: nested plain data with numpy arrays, complete or absent, and checked when read.

A checkpoint is the file `<step>.npz`, and of a run on several ranks also `<step>.<rank>.npz` with the piece of each
other rank. These are on the disk before the first, which holds their checksums; without any one of them, or with one of
another moment, there is no checkpoint.

A file is a plain `.npz`: `header` is JSON, in which {"__array__": name} stands for the array of that name; `digest` is
SHA-256 over all other members. The size of the unpacked data is bounded by the size of the file, so that a small file
cannot fill the memory; the writer does not compress data that would exceed the bound.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trona.deck.layout import TEXT, MisfitError, fit
from trona.errors import UserError
from trona.record.directory import RunDirectory
from trona.record.disk import Disk
from trona.record.paths import CHECKPOINTS, cannot_read, is_piece

FORMAT = 2
_KEY = "__array__"
_PIECES = "pieces"
"""Entry of the first file: checksums of the others."""
_COMPRESSION = 1  # of 9: most of the compression, and faster than the disk
_RATIO, _ALLOWANCE = 20, 64 * 2**20
"""Bound on the unpacked size: a factor on the size of the file, and an allowance in bytes."""


Refuse = Callable[[dict[str, Any]], None]


class DamagedError(Exception):
    """A damaged or altered checkpoint."""


def encode(tree: dict[str, Any]) -> bytes:
    """Return the file of a tree of dicts with text keys, lists, text, numbers, booleans, None and arrays."""
    arrays: dict[str, NDArray[Any]] = {}
    header = json.dumps(_taken_out(tree, arrays)).encode()
    members = {"format": np.array(FORMAT), "header": np.frombuffer(header, dtype=np.uint8), **arrays}
    members["digest"] = _digest(members)
    size, data = _packed(members, zipfile.ZIP_DEFLATED)
    return data if size <= _most(data) else _packed(members, zipfile.ZIP_STORED)[1]


def decode(data: bytes) -> dict[str, Any]:
    """Return the tree of a file. Raises DamagedError, and UserError for an unknown format."""
    try:
        members = _unpacked(data)
        number = int(members["format"])
        if number != FORMAT:
            raise UserError(f"format {number}, but this version of trona reads format {FORMAT}")
        digest = members.pop("digest")
        if not np.array_equal(digest, _digest(members)):
            raise DamagedError("its checksum is wrong")
        tree: dict[str, Any] = _put_back(json.loads(members["header"].tobytes()), members)
    except (UserError, DamagedError):
        raise
    except Exception as error:  # the readers of zip, npy and JSON may raise anything for a damaged file
        raise DamagedError(f"it cannot be read: {error}") from error
    return tree


def _packed(members: dict[str, NDArray[Any]], compression: int) -> tuple[int, bytes]:
    """The total size of the members, and their archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression, compresslevel=_COMPRESSION) as archive:
        for name, array in members.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)
    return sum(member.file_size for member in archive.infolist()), buffer.getvalue()


def _most(data: bytes) -> int:
    """The largest unpacked size of an archive, bytes."""
    return _RATIO * len(data) + _ALLOWANCE


def _unpacked(data: bytes) -> dict[str, NDArray[Any]]:
    """The members of an archive, read up to their declared sizes. Raises DamagedError if these are too large."""
    members = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        size = sum(member.file_size for member in archive.infolist())
        if size > _most(data):
            raise DamagedError(f"it would unpack from {len(data)} to {size} bytes, more than any checkpoint")
        for member in archive.infolist():
            with archive.open(member) as file:
                content = file.read(member.file_size)  # without a limit, it would read beyond the declared size
            _refuse_larger(content)
            array = np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)
            members[member.filename.removesuffix(".npy")] = array
    return members


def _refuse_larger(content: bytes) -> None:
    """Raise DamagedError if an array declares a larger shape than its data."""
    file = io.BytesIO(content)
    if np.lib.format.read_magic(file) != (1, 0):
        raise DamagedError("an array has another format")
    shape, _, kind = np.lib.format.read_array_header_1_0(file)
    if math.prod(shape) * kind.itemsize != len(content) - file.tell():
        raise DamagedError(f"an array claims the shape {shape} but holds less data")


class Checkpoints:
    """The checkpoints of a run: those in `checkpoints/` of the last `keep` steps that have one.

    An old one is removed only after a newer one is on the disk.
    """

    def __init__(self, directory: RunDirectory, keep: int) -> None:
        self._directory, self._keep = directory, keep
        self._good: list[int] = []

    def restored(self, step: int) -> None:
        """Keep the checkpoint of this step and those before it."""
        self._good = [n for n in _steps(self._directory.names(CHECKPOINTS)) if n <= step]

    def write(self, step: int, tree: dict[str, Any], pieces: Iterable[bytes] = ()) -> Path:
        """Write the checkpoint of a step, whose `pieces` are encoded trees of the other ranks; return its first file.

        Raises UserError with the name of the folder; older ones are then intact.
        """
        self._directory.sync()  # the checkpoint refers to rows of tables, which must be on the disk before it
        checksums = []
        for rank, data in enumerate(pieces, 1):
            self._directory.write_bytes(_name(step, rank), data)
            checksums.append(hashlib.sha256(data).hexdigest())
        whole = {**tree, _PIECES: checksums} if checksums else tree
        path = self._directory.write_bytes(_name(step), encode(whole))
        self._good = [*(n for n in self._good if n != step), step][-self._keep :]
        there = self._directory.names(CHECKPOINTS)
        for name in sorted(there, key=is_piece):  # without its first file, a checkpoint is none
            if _step(name) not in (None, *self._good):
                self._directory.remove(f"{CHECKPOINTS}/{name}")
        return path


def read_newest(
    folder: Path, refuse: Refuse = lambda tree: None, refuse_piece: Refuse = lambda tree: None
) -> tuple[Path, dict[str, Any], list[str]]:
    """Return path and tree of the newest good checkpoint of a run folder, and warnings of damaged newer ones.

    refuse, refuse_piece: raise MisfitError for a tree, or one of another rank, that is not of a run. Raises UserError
    if there is no good one, or for an unknown format.
    """
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder; --restart takes the folder of an earlier run")
    disk = Disk(folder)
    try:
        return _newest(disk, folder, refuse, refuse_piece)
    except OSError as error:
        raise cannot_read(folder / CHECKPOINTS, error) from error
    finally:
        disk.close()


def read_pieces(path: Path, tree: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the trees of the other ranks of a checkpoint that has been read, one at a time. Raises UserError."""
    disk = Disk(path.parents[1])
    try:
        yield from _pieces(disk, int(path.stem), tree)
    except (OSError, DamagedError) as error:
        raise UserError(f"this checkpoint is damaged ({error})") from error
    finally:
        disk.close()


def piece_names(path: Path, tree: dict[str, Any]) -> list[str]:
    """Return the names, in the run folder, of the files of a checkpoint that has been read."""
    step = int(path.stem)
    return [_name(step, rank) for rank in range(len(tree.get(_PIECES, ())) + 1)]


def _newest(disk: Disk, folder: Path, refuse: Refuse, refuse_piece: Refuse) -> tuple[Path, dict[str, Any], list[str]]:
    steps = _steps(disk.names(CHECKPOINTS))
    if not steps:
        raise UserError(
            f"{folder}: no checkpoint; the first is written after 'checkpoint.every', and a steady run writes none: "
            "start again without --restart"
        )
    warnings: list[str] = []
    for step in reversed(steps):
        path = folder / _name(step)
        try:
            tree = decode(disk.read(_name(step)))
            refuse(tree)
            for piece in _pieces(disk, step, tree):
                refuse_piece(piece)
        except OSError as error:
            warnings.append(str(cannot_read(path, error)))
        except (DamagedError, MisfitError) as error:
            warnings.append(f"{path}: this checkpoint is damaged ({error})")
        except UserError as error:
            raise UserError(f"{path}: {error}") from None
        else:
            return path, tree, warnings
    raise UserError("\n".join([*warnings, f"{folder}: no good checkpoint is left"]))


def _pieces(disk: Disk, step: int, tree: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the trees of the other ranks. Raises DamagedError where one is missing or of another moment."""
    checksums = tree.get(_PIECES, [])
    fit(checksums, [TEXT])
    for rank, checksum in enumerate(checksums, 1):
        name = _name(step, rank)
        try:
            data = disk.read(name)
        except FileNotFoundError:
            raise DamagedError(f"{name} is missing") from None
        if hashlib.sha256(data).hexdigest() != checksum:
            raise DamagedError(f"{name} does not belong to it")
        yield decode(data)


def _name(step: int, rank: int = 0) -> str:
    return f"{CHECKPOINTS}/{step:06d}{f'.{rank}' if rank else ''}.npz"


def _step(name: str) -> int | None:
    """The step of a file of a checkpoint, None for any other file."""
    match = re.fullmatch(r"([0-9]{6}|[1-9][0-9]{6,17})(\.[1-9][0-9]{0,6})?\.npz", name)
    return int(match[1]) if match else None


def _steps(names: Iterable[str]) -> list[int]:
    """The steps of the checkpoints in a list of file names, sorted."""
    found = (_step(name) for name in names if not is_piece(name))
    return sorted(step for step in found if step is not None)


def _digest(members: dict[str, NDArray[Any]]) -> NDArray[np.uint8]:
    sha = hashlib.sha256()
    for name in sorted(members):
        array = members[name]
        sha.update(repr((name, array.shape, array.dtype.str)).encode() + np.ascontiguousarray(array).tobytes())
    return np.frombuffer(sha.digest(), dtype=np.uint8)


def _taken_out(value: Any, arrays: dict[str, NDArray[Any]]) -> Any:
    """A copy with names instead of arrays, which are added to `arrays`."""
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
