"""The page of verification results is that of the decks, equations and meshes that are shipped."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

from trona.deck import read_deck
from trona.explain import explain
from trona.model import compose
from trona_plugins.sums import CATION_VALENCE

ROOT = Path(__file__).parents[2]
spec = importlib.util.spec_from_file_location("verify_page", ROOT / "docs/verify.py")
assert spec is not None and spec.loader is not None
made = importlib.util.module_from_spec(spec)
spec.loader.exec_module(made)
RESULTS = json.loads(made.RESULTS.read_text(encoding="utf-8"))


def test_every_shipped_deck_is_there_and_verified() -> None:
    assert list(RESULTS) == [str(path.relative_to(ROOT)) for path in made.decks()]
    assert {entry["verdict"] for entry in RESULTS.values()} == {"verified"}


@pytest.mark.parametrize("name", RESULTS)
def test_results_are_those_of_the_present_equations(name: str) -> None:
    model = compose(read_deck(ROOT / name))
    assert RESULTS[name]["fingerprint"] == made.fingerprint(model), "out of date: run make verification"
    assert (ROOT / "docs/images" / made.picture(name)).is_file()


def test_a_fingerprint_is_of_equations_and_not_of_descriptions() -> None:
    path = ROOT / "inputs/tutorial/sodium_sei.yaml"
    model = compose(read_deck(path))
    before, text = made.fingerprint(model), CATION_VALENCE.text
    assert text in explain(model, "text")
    object.__setattr__(CATION_VALENCE, "text", "another description")
    try:
        assert made.fingerprint(model) == before
    finally:
        object.__setattr__(CATION_VALENCE, "text", text)
    assert made.fingerprint(compose(read_deck(path, ["physics.joule_heating=null"]))) != before


def test_the_page_shows_the_results() -> None:
    assert made.PAGE.read_text(encoding="utf-8") == made.page(RESULTS)
