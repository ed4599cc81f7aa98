"""Checkpoint files: exact, whole or not there, and checked when read."""

from __future__ import annotations

import errno
import io
import os
import random
import subprocess
import sys
import tracemalloc
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trona.errors import UserError
from trona.record import (
    Checkpoints,
    RunDirectory,
    open_directory,
    piece_names,
    read_newest,
    read_pieces,
    reopen_directory,
)
from trona.record.checkpoint import DamagedError, decode, encode
from trona.record.disk import Disk

TREE: dict[str, Any] = {
    "values": np.random.default_rng(0).standard_normal((3, 40)),
    "table": {"array": np.arange(3), "empty": np.empty((0, 2))},
    "numbers": [1, 0.1, -0.0, 1e-300, float("inf"), None, True, "Wärme [1/K]"],
    "nested": [{"a": np.float64([1.0]), "b": [np.array(2.5)]}],
}


def same(one: Any, two: Any) -> bool:
    if isinstance(one, np.ndarray):
        return isinstance(two, np.ndarray) and one.dtype == two.dtype and np.array_equal(one, two)
    if isinstance(one, dict):
        return list(one) == list(two) and all(same(one[k], two[k]) for k in one)
    if isinstance(one, list):
        return len(one) == len(two) and all(map(same, one, two))
    return repr(one) == repr(two)


def test_round_trip() -> None:
    assert same(TREE, decode(encode(TREE)))


def test_every_damage_is_noticed() -> None:
    """A bit turned over, or an end cut off, anywhere: an error, or by luck the very same content."""
    whole = encode(TREE)
    rng = random.Random(1)
    noticed = 0
    for _ in range(300):
        data = bytearray(whole)
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        try:
            assert same(TREE, decode(bytes(data)))
        except DamagedError:
            noticed += 1
    assert noticed > 200
    for length in (0, 1, len(whole) // 2, len(whole) - 1):
        with pytest.raises(DamagedError):
            decode(whole[:length])


def test_array_of_another_checkpoint_is_noticed(tmp_path: Path) -> None:
    """A file put together again is whole for zip, but not for the checksum."""
    with np.load(_file(tmp_path / "a.npz", encode(TREE))) as archive:
        members = {name: archive[name] for name in archive.files}
    members["a0"] = members["a0"] + 1e-12
    np.savez(tmp_path / "b.npz", **members)
    with pytest.raises(DamagedError, match="its checksum is wrong"):
        decode((tmp_path / "b.npz").read_bytes())


def _file(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("way", ["zeros", "many members", "a lie about the size", "an array that claims more"])
def test_a_small_file_cannot_fill_the_memory(way: str, tmp_path: Path) -> None:
    """None of these 256 MB is ever unpacked: the traced memory stays below what a file of this size may take."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        if way == "an array that claims more":
            head = io.BytesIO()
            shape = {"descr": "<f8", "fortran_order": False, "shape": (2**28,)}
            np.lib.format.write_array_header_1_0(head, shape)
            archive.writestr("format.npy", head.getvalue() + bytes(800))
        for number in range(1 if way != "many members" else 32):
            with archive.open(f"a{number}.npy", "w", force_zip64=True) as member:
                for _ in range(256 if way != "many members" else 8):
                    member.write(bytes(2**20))
    data = bytearray(buffer.getvalue())
    if way == "a lie about the size":  # in the directory at the end, which readers go by
        at = data.rindex(b"PK\x01\x02")
        data[at + 24 : at + 28] = (100).to_bytes(4, "little")
    assert len(data) < 2 * 2**20
    tracemalloc.start()
    with pytest.raises(DamagedError):
        decode(bytes(data))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20 * len(data) + 64 * 2**20


def test_what_packs_well_is_still_a_checkpoint(tmp_path: Path) -> None:
    """A state at rest: a writer never makes what its reader refuses."""
    tree = {"values": np.zeros((2, 2**23))}
    assert same(decode(encode(tree)), tree)


# ---------------------------------------------------------------------- in a folder


def names(directory: RunDirectory) -> list[str]:
    return sorted(p.name for p in (directory.path / "checkpoints").iterdir())


def test_the_last_ones_stay(directory: RunDirectory) -> None:
    checkpoints = Checkpoints(directory, 2)
    for step in (7, 14, 1_000_000, 2_000_000):
        checkpoints.write(step, {"step": step})
    assert names(directory) == ["1000000.npz", "2000000.npz"]
    path, tree, warnings = read_newest(directory.path)
    assert (path.name, tree, warnings) == ("2000000.npz", {"step": 2_000_000}, [])


def test_a_damaged_one_falls_back_to_the_one_before(directory: RunDirectory) -> None:
    checkpoints = Checkpoints(directory, 2)
    for step in (1, 2):
        checkpoints.write(step, {"step": step})
    newest = directory.path / "checkpoints/000002.npz"
    newest.write_bytes(newest.read_bytes()[:100])
    path, tree, warnings = read_newest(directory.path)
    assert (path.name, tree) == ("000001.npz", {"step": 1})
    assert warnings == [f"{newest}: this checkpoint is damaged (it cannot be read: File is not a zip file)"]
    # The damaged one does not count: the good one stays until there are two good ones after it.
    again = Checkpoints(directory, 2)
    again.restored(1)
    again.write(3, {"step": 3})
    assert names(directory) == ["000001.npz", "000003.npz"]
    for name in names(directory):
        (directory.path / "checkpoints" / name).write_bytes(b"")
    with pytest.raises(UserError, match=r"damaged[^\n]*\n[^\n]*damaged[^\n]*\n.*no good checkpoint is left$"):
        read_newest(directory.path)


# ---------------------------------------------------------------------- of several ranks


def piece(step: int, rank: int) -> bytes:
    return encode({"piece": np.full(3, 10.0 * step + rank)})


def write(checkpoints: Checkpoints, step: int, ranks: int = 3) -> None:
    checkpoints.write(step, {"step": step}, (piece(step, rank) for rank in range(1, ranks)))


def newest(folder: Path) -> tuple[int, list[float]]:
    """The step of the newest good checkpoint, and what its pieces hold."""
    path, tree, _ = read_newest(folder)
    return tree["step"], [float(each["piece"][0]) for each in read_pieces(path, tree)]


def test_pieces_of_the_last_ones_stay(directory: RunDirectory) -> None:
    checkpoints = Checkpoints(directory, 2)
    for step in (7, 14, 1_000_000):
        write(checkpoints, step)
    found = [f"{step}{rank}.npz" for step in ("000014", "1000000") for rank in (".1", ".2", "")]
    assert names(directory) == found
    assert newest(directory.path) == (1_000_000, [10_000_001.0, 10_000_002.0])
    path, tree, _ = read_newest(directory.path)
    assert sorted(piece_names(path, tree)) == [f"checkpoints/{name}" for name in found[3:]]
    # A run that goes on with another number of ranks leaves nothing of the first behind.
    again = Checkpoints(directory, 1)
    again.restored(1_000_000)
    write(again, 1_000_001, ranks=2)
    assert names(directory) == ["1000001.1.npz", "1000001.npz"]


@pytest.mark.parametrize("way", ["missing", "cut", "of another moment", "of another rank"])
def test_without_one_piece_there_is_no_checkpoint(way: str, directory: RunDirectory) -> None:
    checkpoints = Checkpoints(directory, 2)
    for step in (1, 2):
        write(checkpoints, step)
    file = directory.path / "checkpoints/000002.2.npz"
    other = {"cut": file.read_bytes()[:-1], "of another moment": piece(1, 2), "of another rank": piece(2, 1)}
    why = "000002.2.npz is missing" if way == "missing" else "000002.2.npz does not belong to it"
    file.unlink()
    if way != "missing":
        file.write_bytes(other[way])
    assert newest(directory.path) == (1, [11.0, 12.0])
    warning = f"{directory.path}/checkpoints/000002.npz: this checkpoint is damaged (checkpoints/{why})"
    assert read_newest(directory.path)[2] == [warning]


class KilledError(BaseException):
    """The end of the process."""


def test_a_kill_at_any_call_leaves_a_whole_checkpoint(directory: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether the files of the newer one or none of them count is decided by one renaming."""
    checkpoints = Checkpoints(directory, 1)
    write(checkpoints, 1)
    left, done = 0, False
    for call in ("create", "write", "sync", "rename", "sync_folder", "remove"):
        real = getattr(Disk, call)

        def killed(self: Disk, *arguments: Any, real: Any = real) -> Any:
            nonlocal left
            left -= 1
            if left < 0:
                raise KilledError
            return real(self, *arguments)

        monkeypatch.setattr(Disk, call, killed)
    found, count = [], 0
    while not done:
        left = count
        with suppress(KilledError):
            write(checkpoints, 2)
            done = True
        left = 1000
        assert newest(directory.path) in ((1, [11.0, 12.0]), (2, [21.0, 22.0]))
        assert read_newest(directory.path)[2] == []
        found.append(newest(directory.path)[0])
        checkpoints = Checkpoints(directory, 1)
        checkpoints.restored(1)
        write(checkpoints, 1)
        count += 1
    assert found == sorted(found) and count > 15
    assert set(found) == {1, 2}
    left = 1000
    write(checkpoints, 3)
    assert names(directory) == ["000003.1.npz", "000003.2.npz", "000003.npz"]


def test_nothing_to_start_from(tmp_path: Path) -> None:
    with pytest.raises(UserError) as none:
        read_newest(tmp_path / "gone")
    assert str(none.value) == (f"{tmp_path}/gone: no such folder; --restart takes the folder of an earlier run")
    with pytest.raises(UserError) as empty:
        read_newest(tmp_path)
    assert str(empty.value) == (
        f"{tmp_path}: no checkpoint; the first is written after 'checkpoint.every', and a steady run writes "
        "none: start again without --restart"
    )


def test_a_later_format_is_told(directory: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("trona.record.checkpoint.FORMAT", 3)
        path = Checkpoints(directory, 2).write(1, TREE)
    with pytest.raises(UserError) as error:
        read_newest(directory.path)
    assert str(error.value) == f"{path}: format 3, but this version of trona reads format 2"


def test_written_before_renamed_before_the_older_is_removed(
    directory: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order in which a loss of power cannot hurt: file on disk, name on disk, then the older one."""
    checkpoints = Checkpoints(directory, 1)
    checkpoints.write(1, {})
    done: list[str] = []
    handles: dict[int, str] = {}

    def noted(call: str) -> Any:
        real = getattr(Disk, call)

        def method(self: Disk, *names: Any) -> Any:
            done.append(" ".join([call, *(str(handles.get(n, n)) for n in names if not isinstance(n, bytes))]))
            result = real(self, *names)
            if call in ("create", "append"):
                handles[result] = names[0]
            return result

        return method

    for call in ("create", "append", "write", "sync", "sync_folder", "rename", "remove"):
        monkeypatch.setattr(Disk, call, noted(call))
    checkpoints.write(2, {})
    manifest, part, file = ".trona-manifest", "checkpoints/.000002.npz.part", "checkpoints/000002.npz"
    assert done == [
        f"append {manifest}",
        f"write {manifest}",
        f"sync {manifest}",
        f"create {part}",
        f"write {part}",
        f"sync {part}",
        f"rename {part} {file}",
        "sync_folder checkpoints",
        "remove checkpoints/000001.npz",
    ]


# ---------------------------------------------------------------------- disks that fail


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", folder], capture_output=True)
    if mounted.returncode:
        pytest.skip("needs the right to mount a small disk")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "300k"):
        directory = open_directory(tmp_path / "disk/run", "cell")
        checkpoints = Checkpoints(directory, 2)
        checkpoints.write(1, TREE)
        big = {"values": np.random.default_rng(0).standard_normal(100_000)}
        with pytest.raises(UserError) as error:
            checkpoints.write(2, big)
        assert str(error.value) == (
            f"{directory.path}: cannot write there (no space left on device); "
            "free space or rights, or choose another -o"
        )
        assert names(directory) == ["000001.npz"]
        assert same(read_newest(directory.path)[1], TREE)


def test_a_disk_that_becomes_read_only(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "1m"):
        directory = open_directory(tmp_path / "disk/run", "cell")
        Checkpoints(directory, 2).write(1, TREE)
        directory.close()
        subprocess.run(["mount", "-o", "remount,ro", tmp_path / "disk"], check=True)
        with pytest.raises(UserError, match=r"run: cannot write there \(read-only file system\)"):
            reopen_directory(tmp_path / "disk/run")
        assert same(read_newest(directory.path)[1], TREE)


@pytest.mark.parametrize("call", ["sync", "rename", "sync_folder"])
def test_a_disk_that_fails_late(call: str, directory: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some file systems tell only at the end that there is no room."""

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    checkpoints = Checkpoints(directory, 1)
    checkpoints.write(1, TREE)
    directory.claim("checkpoints/000002.npz")
    monkeypatch.setattr(Disk, call, full)
    with pytest.raises(UserError, match="no space left on device"):
        checkpoints.write(2, TREE)
    assert names(directory)[0] == "000001.npz"
    assert same(read_newest(directory.path)[1], TREE)


_LIMITED = """
import resource, signal, sys
from pathlib import Path
from trona.record import Checkpoints, RunDirectory
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))
import numpy
try:
    Checkpoints(RunDirectory(Path(sys.argv[1])), 1).write(2, {"v": numpy.random.rand(10_000)})
except Exception as error:
    print(type(error).__name__, error)
"""


def test_a_limit_on_the_size_of_files(directory: RunDirectory) -> None:
    Checkpoints(directory, 1).write(1, {})
    directory.close()
    done = subprocess.run(
        [sys.executable, "-c", _LIMITED, directory.path],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
    )
    assert done.stdout.startswith(f"UserError {directory.path}: cannot write there (file too large)"), done
    assert names(directory) == ["000001.npz"]
