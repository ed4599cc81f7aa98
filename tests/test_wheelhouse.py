"""wheelhouse.py: packing an environment, the one that fits, and what is rewritten at another path."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
import wheelhouse

SITE = Path(sysconfig.get_path("purelib", vars={"base": ""}).lstrip("/"))


@pytest.fixture
def native(tmp_path: Path) -> Path:
    """A small environment: a script, a text that names it, a library that looks for another there, kernels, stamps."""
    home = tmp_path / "built here/native-1"
    for folder in ("bin", "stamps", ".cache", SITE):
        (home / folder).mkdir(parents=True)
    (home / "bin/python").symlink_to("/usr/bin/python3")
    (home / "pyvenv.cfg").write_text("home = /opt/interpreter/bin\n", encoding="utf-8")
    (home / "bin/tool").write_text(f"#!{home}/bin/python\n", encoding="utf-8")
    (home / SITE / "petsc.cfg").write_text(f"PETSC_DIR = {home}/petsc\n", encoding="utf-8")
    (home / "stamps/tested-1").touch()
    (home / ".cache/kernel").touch()
    source = home / "a.c"
    source.write_text("int a(void) { return 1; }\n", encoding="utf-8")
    words = [
        "cc",
        "-shared",
        "-fPIC",
        f"-Wl,--enable-new-dtags,-rpath,/opt/interpreter/lib:/usr/lib:/home/me/lib:{home}/petsc/lib",
    ]
    subprocess.run([*words, "-o", str(home / SITE / "a.so"), str(source)], check=True)
    return home


def test_it_works_at_another_path(native: Path, tmp_path: Path) -> None:
    house = tmp_path / "house"
    wheelhouse.pack(house, native, "abc")
    other = tmp_path / "a longer name of a folder/native-2"
    other.parent.mkdir()
    native.rename(tmp_path / "gone")
    wheelhouse.unpack(str(house), other, "abc")
    assert (other / "bin/tool").read_text(encoding="utf-8") == f"#!{other}/bin/python\n"
    assert (other / SITE / "petsc.cfg").read_text(encoding="utf-8") == f"PETSC_DIR = {other}/petsc\n"
    rpath = subprocess.run(["patchelf", "--print-rpath", other / SITE / "a.so"], capture_output=True, text=True)
    assert rpath.stdout == f"/usr/lib:{other}/petsc/lib\n"
    said = subprocess.run([other / "bin/python", "-c", "import sys; print(sys.prefix)"], capture_output=True, text=True)
    assert said.stdout == f"{other}\n"
    assert not (other / "stamps").exists() and not (other / ".cache").exists()
    assert list(tmp_path.glob("a longer*/*")) == [other]


def test_a_second_one_stands_beside_the_first_and_the_same_replaces_it(native: Path, tmp_path: Path) -> None:
    names = [wheelhouse.pack(tmp_path / "house", native, recipe) for recipe in ("abc", "def", "abc")]
    entries = json.loads((tmp_path / "house/manifest.json").read_text(encoding="utf-8"))
    assert [entry["archive"] for entry in entries] == names[1:]
    assert wheelhouse.fitting(str(tmp_path / "house"), "def")["archive"] == names[1]


@pytest.mark.parametrize(
    ("system", "said"),
    [
        ('ID=debian\nVERSION_ID="13"\n', "distribution is debian 13 here, debian 12 there"),
        ('NAME="Ubuntu"\nID=ubuntu\nVERSION_ID="24.04"\n', "distribution is ubuntu 24.04 here, debian 12 there"),
        ("ID=debian\nNAME=testing\n", "distribution is debian here, debian 12 there"),
    ],
)
def test_another_distribution_is_told(
    system: str, said: str, native: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "os-release"
    monkeypatch.setattr(wheelhouse, "OS_RELEASE", file)
    file.write_text("ID=debian\nVERSION_ID='12'\n", encoding="utf-8")
    wheelhouse.pack(tmp_path / "house", native, "abc")
    assert wheelhouse.fitting((tmp_path / "house").as_uri(), "abc")["recipe"] == "abc"
    file.write_text(system, encoding="utf-8")
    with pytest.raises(LookupError, match=said):
        wheelhouse.fitting(str(tmp_path / "house"), "abc")


def told(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert wheelhouse.main([*words]) == 1
    return capsys.readouterr().out.rstrip()


def test_what_cannot_be_used_is_told(native: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    house = tmp_path / "house"
    (tmp_path / "file").touch()
    assert told(capsys, "pack", str(tmp_path / "file"), str(native), "abc") == f"{tmp_path / 'file'}: File exists"
    assert "has no manifest that can be read" in told(capsys, "fits", str(house), "abc")
    name = wheelhouse.pack(house, native, "abc")
    assert told(capsys, "fits", str(house), "xyz").endswith("fits this machine: recipe is xyz here, abc there")
    with (house / name).open("ab") as file:
        file.write(b"more")
    other = tmp_path / "native-2"
    assert "is damaged" in told(capsys, "unpack", str(house), str(other), "abc")
    assert not other.exists()
    (house / "manifest.json").write_text("[{}]", encoding="utf-8")
    assert "has no manifest that can be read" in told(capsys, "fits", str(house), "abc")
    (house / "manifest.json").write_text("[]", encoding="utf-8")
    assert told(capsys, "fits", str(house), "abc").endswith("is empty")
