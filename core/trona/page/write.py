"""Making the page of a folder, and putting it there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trona.errors import UserError
from trona.page.html import MARK, REFRESH
from trona.record.disk import Disk
from trona.record.manifest import MANIFEST, write_whole
from trona.record.opening import reopen_directory
from trona.record.paths import PAGE, cannot_write
from trona.record.results import RecordedRun, RecordedSweep, is_running, load

if TYPE_CHECKING:
    from trona.mesh.data import MeshData

NEEDS = (
    "trona.page.run_page",
    "trona.record.mesh_picture",
    "latex2mathml.converter",
    "vtkmodules.vtkIOXML",
    "vtkmodules.util.numpy_support",
)
"""Modules that a page takes and that are long to import."""


_HEAD = 1000
"""So many bytes of a page have its marks."""


def page(folder: str | Path) -> bytes:
    """Return the page of a run or sweep, as its folder is now. The same folder gives the same page.

    Raises UserError if it is not such a folder, or cannot be read.
    """
    found = load(folder)
    if isinstance(found, RecordedSweep):
        from trona.page.sweep_page import sweep_page

        return sweep_page(found, PAGE)
    from trona.page.run_page import run_page

    return run_page(found)


def write_page(folder: str | Path, target: str | Path | None = None) -> Path:
    """Make the page of a run or sweep and return where it is: `report.html` in its folder, or `target`.

    Raises UserError if the folder cannot be read, or the page cannot be written.
    """
    made = page(folder)
    if target is None:
        return put(Path(folder), made)
    try:
        Path(target).write_bytes(made)
    except OSError as error:
        raise UserError(f"{target}: cannot write the page there ({error.strerror or error})") from error
    return Path(target)


def put(folder: Path, made: bytes) -> Path:
    """Put a page into the folder of a run or sweep and return where it is. Raises UserError."""
    at, owned = folder / PAGE, (folder / MANIFEST).is_file()
    if owned and not is_running(folder):
        directory = reopen_directory(folder)
        try:
            return directory.write_bytes(PAGE, made)
        finally:
            directory.close()
    # A run that goes on has listed the page among its files. A copy without the list is nobody's.
    try:
        if at.exists() and MARK.encode() not in at.read_bytes()[:_HEAD]:
            raise UserError(f"{at}: not written by trona and in the way; move it, or choose another place with -o")
        disk = Disk(folder)
        try:
            write_whole(disk, PAGE, made)
        finally:
            disk.close()
    except OSError as error:
        raise cannot_write(folder, error) from error
    return at


def is_outdated(folder: Path) -> bool:
    """Whether a folder has no page, or one that is older than another of its files, or of a run that went on then."""
    at = folder / PAGE
    if not at.is_file():
        return True
    with at.open("rb") as file:
        if REFRESH.encode() in file.read(_HEAD):
            return not is_running(folder)  # while the run goes on, it keeps the page up to date
    return _is_older(folder)


def _is_older(folder: Path) -> bool:
    """Whether the page of a folder, if there is one, is older than another of its files."""
    at = folder / PAGE
    if not at.is_file():
        return True
    made = at.stat().st_mtime_ns
    others = (path for path in folder.rglob("*") if not path.name.startswith(".") and path != at)
    return any(path.stat().st_mtime_ns > made for path in others if path.is_file())


def prepare(mesh: MeshData, deck: Mapping[str, Any]) -> None:
    """Do now what the page of a run that begins will take, in the process that will make it."""
    from trona.page.fields import mesh_ahead

    mesh_ahead(mesh, deck)


@dataclass(frozen=True)
class LivePage:
    """The page of a run that goes on, made anew where its files have changed."""

    folder: Path

    def __call__(self) -> None:
        """Put it there. Raises UserError."""
        from trona.page.run_page import run_page

        found = load(self.folder)
        if isinstance(found, RecordedRun) and is_running(self.folder) and _is_older(self.folder):
            made = run_page(found, live=True)
            if is_running(self.folder):  # still: the page of a run that has ended is another one
                put(self.folder, made)


@dataclass(frozen=True)
class Pages:
    """The page of a folder, for the process that draws: it has what that takes by then."""

    folder: Path
    names: tuple[str, ...] = (PAGE,)

    def named(self, names: Sequence[str]) -> Pages:
        """Return the same with these names, and nothing else."""
        return replace(self, names=tuple(names))

    def pen(self) -> Callable[[str], bytes]:
        """Return what makes the page."""
        return lambda name: page(self.folder)
