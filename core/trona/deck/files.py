"""The files that a deck names: what of them is read.

A deck comes from anywhere, and is read with the rights of whoever runs it. So only regular files are read, of the kind
that their name says, up to a size; a link is followed to a file of the same ending alone, so that no harmless name
stands for something else. What lies where is not looked at: absolute paths and '..' are fine.
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
"""Most bytes of a file, by what it is read as."""

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
)


class FileRefusedError(UserError):
    """A file that is not read; the text says why, with its name."""


def read_file(path: str | Path, kind: str, endings: Collection[str] = (), asked: bool = True) -> bytes:
    """Return what a regular file holds, which is to be read as `kind`, a key of LARGEST.

    endings: what its name must end in; any, where there is none. asked: whether a deck names it, and not the user.
    Raises FileRefusedError.
    """
    path = Path(path)
    try:
        if asked:
            _check_name(path, kind, endings)
        # A pipe would wait for a writer for ever without O_NONBLOCK.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        beside = [file.name for ending in endings or {path.suffix} for file in path.parent.glob(f"*{ending}")]
        raise FileRefusedError(f"no such file: '{path}'{nearest(path.name, beside)}") from None
    except (OSError, ValueError) as error:  # ValueError: a character that no file name has
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


def read_text(path: str | Path, kind: str, endings: Collection[str] = (), asked: bool = True) -> str:
    """As `read_file`, of a file of UTF-8 text."""
    try:
        return read_file(path, kind, endings, asked).decode("utf-8-sig")
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
