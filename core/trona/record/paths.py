"""Names of files in a run directory, relative to it and with '/' between folders, and the errors of its disk."""

from __future__ import annotations

import errno
from pathlib import Path, PurePosixPath

from trona.errors import UserError

ABSENT = (FileNotFoundError, NotADirectoryError)
"""The errors of a file that does not exist."""
CHECKPOINTS = "checkpoints"
"""The folder of the checkpoints."""
PAGE = "report.html"
"""The page of a run, which any process may renew."""


def folder_of(name: str) -> str:
    """The folder of a file, '' for the directory itself."""
    parent = str(PurePosixPath(name).parent)
    return "" if parent == "." else parent


def temporary(name: str) -> str:
    """The name under which a file is written before it is renamed to its own."""
    path = PurePosixPath(name)
    return str(path.with_name(f".{path.name}.part"))


def inside(name: str) -> bool:
    """Whether a run may own a file of this name: the file lies in the directory and is not hidden."""
    parts = name.split("/")
    return name.isprintable() and all(part and not part.startswith(".") for part in parts)


def is_piece(name: str) -> bool:
    """Whether a file of a checkpoint with this name is a piece, which is nothing without the first file."""
    return PurePosixPath(name).name.count(".") > 1


def cannot_read(path: Path, error: OSError) -> UserError:
    """The error for a file of a run directory that cannot be read."""
    return UserError(f"{path}: cannot be read ({_reason(error)})")


def cannot_write(folder: Path, error: OSError) -> UserError:
    """The error for a run directory that cannot be written to."""
    cure = "free space or rights" if error.errno != errno.ELOOP else "replace the link by a folder or a file"
    return UserError(f"{folder}: cannot write there ({_reason(error)}); {cure}, or choose another -o")


def _reason(error: OSError) -> str:
    if error.errno == errno.ELOOP:
        return f"{error.filename} is a link, and links in a run directory are not followed"
    return (error.strerror or str(error)).lower()
