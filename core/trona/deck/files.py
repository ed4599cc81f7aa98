"""Reads the files that a deck names.

A deck may come from an untrusted source but is read with the rights of the user. Therefore only regular files with the
expected extension and of limited size are read, and a link only if its target has the same extension. Absolute paths
and '..' are allowed.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection
from pathlib import Path

from trona.errors import UserError, nearest

MEGA = 1_000_000
YAML = (".yaml", ".yml")
TABLE = (".csv", ".tsv", ".txt", ".dat")
LARGEST = {"deck": 10 * MEGA, "table": 100 * MEGA, "mesh": 4000 * MEGA}
"""Largest size of a file in bytes, by its kind."""

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
)


class FileRefusedError(UserError):
    """A file that must not be read; the text gives its name and the reason."""


def read_file(path: str | Path, kind: str, endings: Collection[str] = (), by_deck: bool = True) -> bytes:
    """Return the content of a regular file. kind: a key of LARGEST.

    endings: the allowed extensions; empty allows any. by_deck: whether the deck names the file, not the user.
    Raises FileRefusedError.
    """
    path = Path(path)
    try:
        if by_deck:
            _check_name(path, kind, endings)
        # Without O_NONBLOCK, opening a pipe would wait for a writer.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        siblings = [file.name for ending in endings or {path.suffix} for file in path.parent.glob(f"*{ending}")]
        raise FileRefusedError(f"no such file: '{path}'{nearest(path.name, siblings)}") from None
    except (OSError, ValueError) as error:  # ValueError: a character that file names cannot contain
        raise FileRefusedError(_why(path, error)) from None
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            what = next((name for test, name in _KINDS if test(found.st_mode)), "something else")
            raise FileRefusedError(f"'{path}' is {what}, not a file")
        content = None
        if found.st_size <= LARGEST[kind]:
            with os.fdopen(handle, "rb", closefd=False) as file:
                content = file.read(LARGEST[kind] + 1)
    except OSError as error:
        raise FileRefusedError(_why(path, error)) from None
    finally:
        os.close(handle)
    if content is None or len(content) > LARGEST[kind]:
        raise FileRefusedError(f"'{path}' is larger than {LARGEST[kind] // MEGA} MB, the limit for a {kind}")
    return content


def read_text(path: str | Path, kind: str, endings: Collection[str] = (), by_deck: bool = True) -> str:
    """Return the content of a UTF-8 text file; see `read_file`."""
    try:
        return read_file(path, kind, endings, by_deck).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FileRefusedError(f"'{path}' is not UTF-8 text") from None


def _check_name(path: Path, kind: str, endings: Collection[str]) -> None:
    if endings and path.suffix.lower() not in endings:
        raise FileRefusedError(f"a {kind} is a file ending in {', '.join(endings)}, got '{path}'")
    real = Path(os.path.realpath(path))
    if real.suffix.lower() != path.suffix.lower() and real.exists():
        raise FileRefusedError(f"'{path}' is a link to a file with another extension, '{real.suffix or real.name}'")


def _why(path: Path, error: Exception) -> str:
    return f"cannot read '{path}': {getattr(error, 'strerror', None) or error}"
