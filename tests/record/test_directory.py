from __future__ import annotations

import errno
import fcntl
import os
import threading
from datetime import datetime
from pathlib import Path

import pytest

from trona.errors import UserError
from trona.record import RunDirectory, open_directory
from trona.record.directory import LOCK
from trona.record.disk import Disk

NOON = datetime(2026, 3, 1, 12, 0, 5)


def test_name_of_a_new_directory(tmp_path: Path) -> None:
    assert open_directory(None, "cell", root=tmp_path / "runs", now=NOON).path == (
        tmp_path / "runs" / "cell-20260301-120005"
    )


def test_two_runs_in_one_second_do_not_share_a_directory(tmp_path: Path) -> None:
    names = [open_directory(None, "cell", root=tmp_path, now=NOON).path.name for _ in range(3)]
    assert names == ["cell-20260301-120005", "cell-20260301-120005-2", "cell-20260301-120005-3"]


def test_foreign_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(UserError) as error:
        open_directory(tmp_path, "cell")
    assert str(error.value) == (
        f"{tmp_path}: not empty and not an earlier trona run; choose another -o, or empty it first"
    )
    assert (tmp_path / "thesis.tex").read_text() == "mine"


def test_file_in_place_of_the_directory(tmp_path: Path) -> None:
    file = tmp_path / "out"
    file.write_text("mine")
    with pytest.raises(UserError) as error:
        open_directory(file, "cell")
    assert str(error.value) == f"{file}: is a file, not a folder; choose another -o"


def test_file_in_place_of_the_root(tmp_path: Path) -> None:
    file = tmp_path / "runs"
    file.write_text("mine")
    with pytest.raises(UserError) as error:
        open_directory(None, "cell", root=file, now=NOON)
    assert str(error.value) == f"{file}: is a file, not a folder; choose a folder with -o"


def test_earlier_run_is_replaced_and_foreign_files_in_it_stay(tmp_path: Path) -> None:
    path = tmp_path / "run"
    first = open_directory(path, "cell")
    first.write_text("fields/a.vtu", "old")
    first.write_text("outputs.csv", "old")
    (path / "notes.txt").write_text("mine")
    (path / ".outputs.csv.part").write_text("left by a killed write")
    first.close()
    second = open_directory(path, "cell")
    assert sorted(p.name for p in path.iterdir()) == [".trona-lock", ".trona-manifest", "notes.txt"]
    second.write_text("outputs.csv", "new")
    assert (path / "outputs.csv").read_text() == "new"


def test_manifest_never_leads_out_of_the_directory(tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("mine")
    directory = open_directory(tmp_path / "run", "cell")
    directory.close()
    run = directory.path
    with (run / ".trona-manifest").open("a") as manifest:
        manifest.write(f"../outside.txt\n{outside}\n")
    open_directory(run, "cell")
    assert outside.read_text() == "mine"


def test_foreign_file_in_an_earlier_run_is_not_overwritten(tmp_path: Path) -> None:
    directory = open_directory(tmp_path / "run", "cell")
    directory.close()
    run = directory.path
    (run / "summary.json").write_text("mine")
    with pytest.raises(UserError, match=r"summary.json: not written by trona and in the way"):
        open_directory(run, "cell").write_text("summary.json", "{}")
    assert (run / "summary.json").read_text() == "mine"


def test_killed_write_leaves_the_former_file(directory: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    directory.write_text("summary.json", "former")

    def killed(self: Disk, old: str, new: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Disk, "rename", killed)
    with pytest.raises(KeyboardInterrupt):
        directory.write_text("summary.json", "half")
    assert (directory.path / "summary.json").read_text() == "former"


def test_full_disk_names_the_folder_and_leaves_no_rest(
    directory: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory.write_text("summary.json", "former")

    def full(self: Disk, old: str, new: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Disk, "rename", full)
    with pytest.raises(UserError) as error:
        directory.write_text("summary.json", "half")
    assert str(error.value) == (
        f"{directory.path}: cannot write there (no space left on device); free space or rights, or choose another -o"
    )
    assert sorted(p.name for p in directory.path.iterdir()) == [".trona-lock", ".trona-manifest", "summary.json"]


def test_unwritable_folder_names_it(directory: RunDirectory) -> None:
    (directory.path / "fields").write_text("a file where a folder is needed")
    with pytest.raises(UserError, match="cannot write there"):
        directory.write_text("fields/a.vtu", "x")


def test_read_only_parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, **_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(UserError) as error:
        open_directory(tmp_path / "run", "cell")
    assert str(error.value).startswith(f"{tmp_path / 'run'}: cannot write there (permission denied)")


def test_a_run_that_starts_while_another_process_looks_at_its_folder(directory: RunDirectory) -> None:
    """`trona list` shares the lock for an instant; a process that writes holds it."""
    path = directory.path
    directory.close()
    handle = os.open(path / LOCK, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_SH)
    looking = threading.Timer(0.05, os.close, [handle])
    looking.start()
    again = open_directory(path, "cell")
    looking.join()
    with pytest.raises(UserError, match="another trona process is writing there"):
        open_directory(path, "cell")
    again.close()
