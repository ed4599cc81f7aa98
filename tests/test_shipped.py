"""What is shipped beside the code: decks that compose, and the schema that editors use for them."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import jsonschema
import pytest
from setuptools import find_packages

from trona.cli import main
from trona.deck.source import parse_yaml

ROOT = Path(__file__).resolve().parents[1]
DECKS = sorted(path for path in (ROOT / "inputs").rglob("*.yaml") if path.parent.name != "materials")


@pytest.mark.parametrize("deck", DECKS, ids=lambda path: path.stem)
def test_shipped_deck_composes(deck: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(deck)]) == 0
    assert capsys.readouterr().out.strip().endswith("ok")


@pytest.mark.parametrize(
    "deck", [*DECKS, *sorted((ROOT / "plugins/trona_plugins/conformance").glob("*.yaml"))], ids=lambda path: path.stem
)
def test_shipped_deck_fits_the_shipped_schema(deck: Path) -> None:
    schema = json.loads((ROOT / "inputs/trona.schema.json").read_text())
    found = jsonschema.Draft202012Validator(schema).iter_errors(parse_yaml(deck.read_text(), deck.name).plain())
    assert [f"{list(error.absolute_path)}: {error.message}" for error in found] == []


def test_shipped_schema_is_that_of_the_built_in_physics(tmp_path: Path) -> None:
    assert main(["schema", "-o", str(tmp_path / "schema.json")]) == 0
    made = json.loads((tmp_path / "schema.json").read_text())
    shipped = json.loads((ROOT / "inputs" / "trona.schema.json").read_text())
    assert shipped == made, "run: trona schema -o inputs/trona.schema.json"


def test_every_folder_of_code_is_in_the_package() -> None:
    """setuptools leaves a folder without `__init__.py` out, and all above it must have one."""
    where = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]["find"]["where"]
    for top in where:
        found = {name.replace(".", "/") for name in find_packages(str(ROOT / top))}
        code = {p.parent.relative_to(ROOT / top).as_posix() for p in (ROOT / top).rglob("*.py")}
        assert code == found
