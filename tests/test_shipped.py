"""What is shipped beside the code: decks that compose, and the schema that editors use for them."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from setuptools import find_packages

from trona.cli import main
from trona.deck import read_deck
from trona.deck.source import parse_yaml
from trona.settings.schema import schema

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


SPOILT = ("salt_depletion", "cycling", "sodium_sei", "sei_crack", "creep", "additive_runs_out")


def test_schema_of_a_deck_knows_its_names() -> None:
    """Every shipped deck fits the schema of its own mesh; with one name misspelt, it does not."""
    jsonschema.Draft202012Validator.check_schema(schema(read_deck(ROOT / "inputs/tutorial/sodium_sei.yaml")))
    made: dict[str, Any] = {}
    kinds = set()
    for path in DECKS:
        deck = read_deck(path)
        key = f"{path.parent} {deck.root.mapping()['mesh'].plain()}"
        own = made[key] = made.get(key) or schema(deck)
        validator = jsonschema.Draft202012Validator(own)
        plain = parse_yaml(path.read_text(), path.name).plain()
        assert [f"{path} {list(e.absolute_path)}: {e.message}" for e in validator.iter_errors(plain)] == []
        for kind, place, wrong in misspelt(deck.resolved(), own["$defs"]) if path.stem in SPOILT else ():
            assert not validator.is_valid(wrong), f"{path}: {place}"
            kinds.add(kind)
    assert kinds == {"block", "boundary", "interface", "material", "materials", "boundaries"}


def misspelt(plain: dict[str, Any], names: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield the kind and place of names in a deck, with the deck in which this one is misspelt."""
    kinds = ("block", "boundary", "interface", "material")
    known = {kind: names[kind].get("enum") or names[kind]["anyOf"][0]["enum"] for kind in kinds}
    for place, part, key in leaves(plain):
        value = part[key]
        for kind in kinds:
            if value in known[kind] and (key in (kind, f"{kind}s", "use") or place in ("blocks", "materials")):
                part[key] = f"{value}x"
                yield kind, f"{place}.{key}", plain
                part[key] = value
    for section in ("materials", "boundaries"):
        for name in plain.get(section) or {}:
            yield section, name, {**plain, section: {f"{k}x" if k == name else k: v for k, v in plain[section].items()}}


def leaves(part: Any, place: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Yield all texts in a deck: the key of what they are in, that, and their key or number in it."""
    for key, value in list(part.items() if isinstance(part, dict) else enumerate(part)):
        if isinstance(value, dict | list):
            yield from leaves(value, str(key))
        elif isinstance(value, str):
            yield place, part, key


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
