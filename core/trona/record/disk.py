"""All calls that change a run directory on the disk, one method each.

Changes survive a loss of power only after they have been synced: the data of a file by `sync`, its creation, renaming
or removal by `sync_folder` of its folder.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_NO_SYNC = (errno.EINVAL, errno.ENOTSUP)
"""Errors of network disks that cannot sync a folder and do not need to."""


class Disk:
    """An existing folder, held open. Names are relative to it, with '/' between folders; '' is the folder itself.

    Links below it are not followed: they raise OSError with ELOOP. All methods raise OSError.
    """

    def __init__(self, path: Path) -> None:
        self._home = -1
        self._path = Path.cwd() / path
        self._home = os.open(path, _FOLDER)

    def close(self) -> None:
        """Close the folder; it cannot be used afterwards."""
        if self._home >= 0:
            os.close(self._home)
            self._home = -1

    def __del__(self) -> None:
        self.close()

    # ------------------------------------------------------------------ changes

    @classmethod
    def make(cls, path: Path) -> None:
        """Make a new folder in an existing one, and sync the latter."""
        path.mkdir()
        parent = os.open(path.parent, _FOLDER)
        try:
            _sync_folder(parent)
        finally:
            os.close(parent)

    def make_folder(self, name: str) -> None:
        """Make a folder in an existing one."""
        with self._parent(name) as (parent, last):
            os.mkdir(last, dir_fd=parent)

    def create(self, name: str) -> int:
        """Make a new, empty file and return its handle for writing."""
        return self._open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL)

    def append(self, name: str) -> int:
        """Open a regular file for appending, create it if necessary, and return its handle."""
        handle = self._open(name, os.O_RDWR | os.O_APPEND | os.O_CREAT)
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise OSError(errno.EINVAL, "not a regular file", name)
        return handle

    def write(self, handle: int, data: bytes) -> None:
        """Write all of the data to a file."""
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(handle, rest) :]

    def empty(self, handle: int) -> None:
        """Remove the content of a file."""
        os.ftruncate(handle, 0)

    def sync(self, handle: int) -> None:
        """Return when the data of a file is on the disk."""
        os.fsync(handle)

    def sync_folder(self, name: str) -> None:
        """Return when the names in a folder are on the disk."""
        with self._folder(name) as handle:
            _sync_folder(handle)

    def rename(self, old: str, new: str) -> None:
        """Rename a file within its folder, atomically replacing a file of that name."""
        with self._parent(old) as (parent, last):
            os.replace(last, PurePosixPath(new).name, src_dir_fd=parent, dst_dir_fd=parent)

    def remove(self, name: str) -> None:
        """Remove a file, or a link but not its target."""
        with self._parent(name) as (parent, last):
            os.unlink(last, dir_fd=parent)

    def remove_folder(self, name: str) -> None:
        """Remove an empty folder."""
        with self._parent(name) as (parent, last):
            os.rmdir(last, dir_fd=parent)

    # ------------------------------------------------------------------ looking

    @property
    def in_place(self) -> bool:
        """Whether the folder is still where it was opened."""
        try:
            there, own = self._path.stat(), os.fstat(self._home)
        except OSError:
            return False
        return (there.st_dev, there.st_ino) == (own.st_dev, own.st_ino)

    def is_named(self, handle: int, name: str) -> bool:
        """Whether an open file still has this name."""
        there, own = self._stat(name), os.fstat(handle)
        return there is not None and (there.st_dev, there.st_ino) == (own.st_dev, own.st_ino)

    def exists(self, name: str) -> bool:
        """Whether a file, folder or link of this name exists, even a broken link."""
        return self._stat(name) is not None

    def is_file(self, name: str) -> bool:
        """Whether a regular file of this name exists."""
        found = self._stat(name)
        return found is not None and stat.S_ISREG(found.st_mode)

    def is_single(self, handle: int) -> bool:
        """Whether an open file has no further hard link elsewhere."""
        return os.fstat(handle).st_nlink == 1

    def names(self, folder: str) -> list[str]:
        """Return the names in a folder, [] if it does not exist."""
        with suppress(FileNotFoundError), self._folder(folder) as handle:
            return sorted(os.listdir(handle))  # noqa: PTH208 - of an open folder
        return []

    def read(self, name: str) -> bytes:
        """Return the content of a regular file."""
        handle = self._open(name, os.O_RDONLY | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise OSError(errno.EINVAL, "not a regular file", name)
            return file.read()

    def lock(self, handle: int) -> bool:
        """Lock a file until it is closed; return whether no other process holds the lock."""
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:  # some network disks have no locks
            pass
        return True

    # ------------------------------------------------------------------ inside

    def _stat(self, name: str) -> os.stat_result | None:
        try:
            with self._parent(name) as (parent, last):
                return os.stat(last, dir_fd=parent, follow_symlinks=False)
        except (FileNotFoundError, NotADirectoryError):
            return None

    def _open(self, name: str, flags: int) -> int:
        with self._parent(name) as (parent, last):
            return os.open(last, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666, dir_fd=parent)

    @contextmanager
    def _parent(self, name: str) -> Iterator[tuple[int, str]]:
        path = PurePosixPath(name)
        with self._folder("" if str(path.parent) == "." else str(path.parent)) as handle:
            yield handle, path.name

    @contextmanager
    def _folder(self, name: str) -> Iterator[int]:
        handle = os.dup(self._home)
        try:
            for part in PurePosixPath(name).parts:
                inner = _enter(part, handle)
                os.close(handle)
                handle = inner
            yield handle
        finally:
            os.close(handle)


def _enter(name: str, parent: int) -> int:
    try:
        return os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=parent)
    except NotADirectoryError:
        if stat.S_ISLNK(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode):
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), name) from None
        raise


def _sync_folder(handle: int) -> None:
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise
