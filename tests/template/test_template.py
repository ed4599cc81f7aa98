"""`trona new-plugin`: names, folders and what is written. That the package works is tested in tests/plugins."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import pytest

from trona.cli import main
from trona.template import _TARGETS

RULE = "use at most 30 lower-case letters, digits and single '_', a letter first, and no Python keyword"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("SaltDecay", f"'SaltDecay' is not a valid plugin name: {RULE}; nearest: salt_decay"),
        ("salt decay", f"'salt decay' is not a valid plugin name: {RULE}; nearest: salt_decay"),
        ("class", f"'class' is not a valid plugin name: {RULE}"),
        ("heat", "the name 'heat' is taken by trona 0.1.0"),
        ("arrhenius", "the name 'arrhenius' is taken by trona 0.1.0"),
        ("temperature", "heat provides 'temperature' already; take another name"),
        ("plugins", "a package trona_plugins is installed already; take another name"),
    ],
)
def test_names_that_cannot_be_taken(
    name: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["new-plugin", name, "-o", str(tmp_path / "new")]) == 2
    assert capsys.readouterr().err == f"trona new-plugin: {message}\n"
    assert not (tmp_path / "new").exists()


def test_a_folder_in_use_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    assert main(["new-plugin", "salt_decay", "-o", str(tmp_path)]) == 2
    assert "already exists and is not an empty folder" in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


def test_every_template_is_written_and_filled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["new-plugin", "salt_decay"]) == 0
    root = tmp_path / "trona-salt-decay"
    said = capsys.readouterr().out
    assert said.splitlines()[-1].startswith(f"next: {sys.executable} -m pip install --no-deps")
    files = [p for p in root.rglob("*") if p.is_file()]
    assert len(files) == len(_TARGETS) + 1  # and py.typed
    for file in files:
        assert "{{" not in file.read_text() and str(file.relative_to(tmp_path)) in said
    project = tomllib.loads((root / "pyproject.toml").read_text())
    assert project["project"]["entry-points"]["trona"] == {"trona_salt_decay": "trona_salt_decay"}
    assert "class SaltDecay(Physics):" in (root / "src/trona_salt_decay/salt_decay.py").read_text()
    templates = Path(__file__).parents[2] / "core/trona/template/files"
    assert {p.name for p in templates.iterdir()} == set(_TARGETS)
