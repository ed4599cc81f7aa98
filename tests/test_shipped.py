"""What is shipped beside the code: decks that compose, and the schema that editors use for them."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import jsonschema
import pytest
from trona.cli import main
from trona.deck.source import parse_yaml

ROOT = Path(__file__).resolve().parents[1]
DECKS = sorted((ROOT / "inputs").rglob("*.yaml"))


@pytest.mark.parametrize("deck", DECKS, ids=lambda path: path.stem)
def test_shipped_deck_composes(deck: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(deck)]) == 0
    assert capsys.readouterr().out.strip().endswith("ok")


@pytest.mark.parametrize(
    "deck", [*DECKS, *sorted((ROOT / "plugins/conformance").glob("*.yaml"))], ids=lambda path: path.stem
)
def test_shipped_deck_fits_the_shipped_schema(deck: Path) -> None:
    schema = json.loads((ROOT / "inputs/trona.schema.json").read_text())
    found = jsonschema.Draft202012Validator(schema).iter_errors(
        parse_yaml(deck.read_text(), deck.name).plain()
    )
    assert [f"{list(error.absolute_path)}: {error.message}" for error in found] == []


def test_shipped_schema_is_that_of_the_built_in_physics(tmp_path: Path) -> None:
    assert main(["schema", "-o", str(tmp_path / "schema.json")]) == 0
    made = json.loads((tmp_path / "schema.json").read_text())
    shipped = json.loads((ROOT / "inputs" / "trona.schema.json").read_text())
    assert shipped == made, "run: trona schema -o inputs/trona.schema.json"


def test_every_folder_of_code_is_in_the_package() -> None:
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    places = {name.replace(".", "/"): name for name in tools["packages"]}
    for name, folder in tools["package-dir"].items():
        places = {re.sub(f"^{name}(?=/|$)", folder, place): listed for place, listed in places.items()}
    folders = {
        str(p.parent.relative_to(ROOT))
        for top in ("core", "plugins")
        for p in (ROOT / top).rglob("__init__.py")
    }
    assert {f for f in folders if "template/files" not in f} == set(places)
