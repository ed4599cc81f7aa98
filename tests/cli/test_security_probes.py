"""What a folder, an archive, a deck, a mesh or the environment of somebody else may try: nothing outside is touched."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_run import DECK

from trona.cli import main
from trona.errors import UserError
from trona.record import open_directory, reopen_directory
from trona.record.checkpoint import DamagedError, decode, encode

SECRET = "SECRET"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a deck and, in `run`, its finished run."""
    folder = tmp_path_factory.mktemp("probes")
    (folder / "deck.yaml").write_text(DECK.replace("end: 6 us", "end: 2 us"), encoding="utf-8")
    assert main(["run", str(folder / "deck.yaml"), "-q", "-o", str(folder / "run")]) == 0
    return folder


@pytest.fixture
def here(whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, and beside it what belongs to somebody else."""
    shutil.copytree(whole, tmp_path / "here")
    (tmp_path / "victim/sub").mkdir(parents=True)
    for name in ("outputs.csv", "film-000001.vtu", "000001.npz", "sub/temperature.png", ".bashrc"):
        (tmp_path / "victim" / name).write_text(SECRET)
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


def outside(here: Path) -> dict[str, bytes]:
    """All that lies outside the run's folder."""
    run = here / "run"
    every = [p for p in here.parent.rglob("*") if run not in p.parents and p.is_file() and not p.is_symlink()]
    return {str(p): p.read_bytes() for p in every if "other" not in p.parts}


def holds(here: Path, act: Callable[[], Any]) -> None:
    """Do what a user might do with the folder; nothing outside changes, and a mistake is told in words."""
    before = outside(here)
    with suppress(UserError):
        act()
    assert outside(here) == before


# ---------------------------------------------------------------- the manifest of a run

NAMES = (
    "../victim/outputs.csv",
    "fields/../../victim/outputs.csv",
    "./../victim/outputs.csv",
    "VICTIM/outputs.csv",
    "//VICTIM/outputs.csv",
    "fields/./../../victim/.bashrc",
    "..",
    ".",
    "/",
    "fields/..",
    "../victim/sub",
    "~/outputs.csv",
    "\x1b[2J",
    "a\0b",
    "x" * 5000,
    "\u202efdp",
    ".git/config",
)


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_a_name_in_the_manifest(name: str, here: Path) -> None:
    (here / "run/.git").mkdir()
    (here / "run/.git/config").write_text("mine")
    with (here / "run/.trona-manifest").open("a", encoding="utf-8") as file:
        file.write(name.replace("VICTIM", str(here.parent / "victim")) + "\n")
    holds(here, lambda: open_directory(here / "run", "x").close())
    assert (here / "run/.git/config").read_text() == "mine"


# ---------------------------------------------------------------- links in a run

FOLDERS = ("fields", "checkpoints")
FILES = (
    "outputs.csv",
    "audit.csv",
    "log.txt",
    "summary.json",
    "deck.yaml",
    "fields.pvd",
    ".trona-manifest",
    ".trona-lock",
    ".outputs.csv.part",
    "checkpoints/000002.npz",
)
USES: dict[str, list[str]] = {
    "run": ["-o", "run"],
    "restart": ["--restart", "run"],
    "elsewhere": ["--restart", "run", "-o", "../other"],
}


def forget(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)


@pytest.mark.parametrize("use", ["run", "restart"])
@pytest.mark.parametrize("name", FOLDERS)
def test_a_folder_that_is_a_link(name: str, use: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(here / "run" / name)
    (here / "run" / name).symlink_to(here.parent / "victim")
    codes: list[int] = []
    holds(here, lambda: codes.append(main(["run", "deck.yaml", "-q", *USES[use]])))
    assert codes == [2]
    assert f"{name} is a link" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["link", "hard link"])
@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_a_link(name: str, kind: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A link is refused or replaced, a second name of a file is given up: what it led to stays as it is."""
    path, victim = here / "run" / name, here.parent / "victim/outputs.csv"
    forget(path)
    if kind == "link":
        path.symlink_to(victim)
    else:
        path.hardlink_to(victim)
    for use in ("restart", "run"):
        holds(here, lambda words=USES[use]: main(["run", "deck.yaml", "-q", *words]))
        assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("name", ["outputs.csv", "fields/film-000001.vtu", "checkpoints/000002.npz"])
def test_a_link_is_not_copied_to_a_new_folder(name: str, here: Path) -> None:
    path = here / "run" / name
    forget(path)
    path.symlink_to(here.parent / "victim/outputs.csv")
    holds(here, lambda: main(["run", "deck.yaml", "-q", *USES["elsewhere"]]))
    copied = [p for p in (here.parent / "other").rglob("*") if p.is_file()]
    assert all(SECRET.encode() not in p.read_bytes() for p in copied)


@pytest.mark.parametrize("name", ["log.txt", "outputs.csv", ".trona-lock", "checkpoints/000002.npz", ".trona-manifest"])
@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_what_is_no_file_blocks_nothing(name: str, kind: str, here: Path) -> None:
    path = here / "run" / name
    forget(path)
    os.mkfifo(path) if kind == "pipe" else path.symlink_to("/dev/zero")
    for use in ("restart", "run"):
        holds(here, lambda words=USES[use]: main(["run", "deck.yaml", "-q", *words]))


def test_a_case_of_a_sweep_that_is_a_link(here: Path) -> None:
    (here / "run/cases").symlink_to(here.parent / "victim")
    directory = reopen_directory(here / "run")
    with pytest.raises(UserError, match="cases is a link, and links in a run directory are not followed"):
        directory.inner("cases/0001")
    directory.close()


# ---------------------------------------------------------------- archives


class Evil:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, ("ran",)


def _archive(act: Callable[[zipfile.ZipFile], None]) -> bytes:
    buffer = io.BytesIO(encode({"step": 1}))
    with zipfile.ZipFile(buffer, "a") as archive:
        act(archive)
    return buffer.getvalue()


def _pickled(archive: zipfile.ZipFile) -> None:
    file = io.BytesIO()
    np.save(file, np.array([Evil()], dtype=object), allow_pickle=True)
    archive.writestr("x.npy", file.getvalue())


def _linked(archive: zipfile.ZipFile) -> None:
    info = zipfile.ZipInfo("x.npy")
    info.external_attr = 0o120777 << 16
    archive.writestr(info, "/etc/passwd")


HEADER = b"\x93NUMPY\x01\x00\x20\x00__import__('os').mkdir('ran')  \n"
ARCHIVES: dict[str, Callable[[zipfile.ZipFile], None]] = {
    "a path that leads out": lambda a: a.writestr("../../x.npy", "x"),
    "an absolute path": lambda a: a.writestr("/tmp/trona-probe.npy", "x"),
    "an object that runs code": _pickled,
    "a link": _linked,
    "a name twice": lambda a: a.writestr("header.npy", encode({})),
    "a header that is code": lambda a: a.writestr("x.npy", HEADER),
    "a version of tomorrow": lambda a: a.writestr("x.npy", b"\x93NUMPY\x09\x00" + bytes(64)),
}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("what", ARCHIVES)
def test_an_archive(what: str, here: Path) -> None:
    data = _archive(ARCHIVES[what])
    before = outside(here)
    with pytest.raises(DamagedError):
        decode(data)
    assert outside(here) == before and not Path("ran").exists() and not Path("/tmp/trona-probe.npy").exists()


# ---------------------------------------------------------------- decks, meshes

DECKS = {
    "code": "title: !!python/object/apply:os.mkdir [ran]\n",
    "a name of code": "title: !!python/name:os.system\n",
    "an include by tag": "title: !include /etc/passwd\n",
    "laughs": "a0: &a0 [x, x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 40)),
    "a loop": "title: &a [*a]\n",
    "a merge of itself": "a: &a {<<: *a}\n",
    "depth": "title: " + "[" * 5000 + "]" * 5000 + "\n",
    "an expression": "initial: {temperature: \"__import__('os').mkdir('ran')\"}\n",
    "an attribute": 'initial: {temperature: "().__class__.__mro__"}\n',
    "petsc runs code": "solver: {petsc: {pc_type: python, pc_python_type: ./evil.X}}\n",
    "petsc writes": "solver: {petsc: {snes_monitor: 'ascii:ran'}}\n",
    "petsc reads options": "solver: {petsc: {options_file: opts}}\n",
}


@pytest.mark.parametrize("what", DECKS)
def test_a_deck(what: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = DECK if DECKS[what].split(":")[0] not in DECK else DECK.replace("initial: {temperature: 30 degC}\n", "")
    (here / "evil.yaml").write_text(text + DECKS[what], encoding="utf-8")
    before = outside(here)
    assert main(["check", "evil.yaml"]) == 2
    err = capsys.readouterr().err
    assert err.startswith("evil.yaml") and "Traceback" not in err and "root:" not in err
    assert outside(here) == before and not (here / "ran").exists()


MESHES = {
    "laughs.vtu": '<?xml version="1.0"?><!DOCTYPE v [<!ENTITY a "xxxxxxxxxx">'
    + "".join(f'<!ENTITY a{i} "{f"&a{i - 1 if i else str()};" * 10}">' for i in range(12))
    + "]><VTKFile>&a11;</VTKFile>",
    "outside.vtu": '<?xml version="1.0"?><!DOCTYPE v [<!ENTITY a SYSTEM "file:///etc/passwd">]><VTKFile>&a;</VTKFile>',
    "outside.xdmf": '<?xml version="1.0"?><Xdmf Version="3.0"><Domain><Grid><Geometry GeometryType="XY"><DataItem '
    'DataType="Float" Dimensions="1 2" Format="HDF">/etc/passwd:/x</DataItem></Geometry></Grid></Domain></Xdmf>',
    "link.h5": "",
}


@pytest.mark.parametrize("name", MESHES)
def test_a_mesh(name: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if name.endswith(".h5"):
        import h5py

        with h5py.File(here / name, "w") as file:
            file["mesh"] = h5py.ExternalLink(str(here.parent / "victim/outputs.csv"), "/")
    else:
        (here / name).write_text(MESHES[name], encoding="utf-8")
    (here / "evil.yaml").write_text(f"mesh: {{file: {name}}}\n" + DECK.split("\n", 1)[1], encoding="utf-8")
    before = outside(here)
    assert main(["check", "evil.yaml"]) == 2
    err = capsys.readouterr().err
    assert err.startswith("evil.yaml:1:") and "root:" not in err and SECRET not in err and len(err) < 2000
    assert outside(here) == before


# ---------------------------------------------------------------- the environment


def test_modules_in_the_folder_of_the_call_are_not_imported(here: Path) -> None:
    for name in ("numpy", "yaml", "json", "trona", "trona_plugins", "sitecustomize", "firedrake", "matplotlib"):
        (here / f"{name}.py").write_text("import os\nos.mkdir('ran')\n", encoding="utf-8")
    command = [str(Path(sys.executable).with_name("trona")), "run", "deck.yaml", "-q", "-o", "again"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert not (here / "ran").exists()
