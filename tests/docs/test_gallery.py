"""The decks of the gallery: each composes and draws the picture that the page shows. `make docs` runs them."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest

from trona.deck import read_deck
from trona.model import compose
from trona.settings import read_settings

sys.path.insert(0, str(Path(__file__).parents[2] / "docs"))
import gallery


@pytest.mark.parametrize("entry", gallery.ENTRIES, ids=lambda entry: entry.name)
def test_a_deck_of_the_gallery_draws_its_picture(entry: gallery.Entry) -> None:
    assert list(read_settings(compose(entry.read())).outputs.plots) == [entry.plot]


def test_the_page_shows_all_of_them() -> None:
    text = gallery.page()
    assert len(gallery.ENTRIES) >= 12
    assert len({entry.name for entry in gallery.ENTRIES}) == len(gallery.ENTRIES)
    for entry in gallery.ENTRIES:
        assert f"({entry.name})" in text and f"`{entry.deck}`" in text


def test_figures_are_drawn_by_their_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text, asked = gallery.page(), list[list[str]]()
    monkeypatch.setattr("trona.cli.main", lambda words: asked.append(words))
    gallery.draw(gallery.FIGURES, tmp_path)
    assert [words[0] for words in asked] == ["run", "plot", "plot", "run", "plot"]
    for figure in gallery.FIGURES:
        run, plot = figure.commands()
        assert f"({figure.name})" in text and f"{run}\n{plot}" in text
        assert [*figure.plot, "-o", str(tmp_path / figure.name)] in [words[2:] for words in asked]
        assert shlex.split(run)[5:] == list(figure.overrides)
        read_settings(compose(read_deck(gallery.ROOT / figure.deck, figure.overrides)))


def test_a_change_of_the_deck_is_noticed() -> None:
    entry = gallery.ENTRIES[0]
    other = gallery.Entry(entry.deck, entry.plot, entry.title, entry.text, (*entry.overrides, "elements.order=2"))
    assert gallery.key(entry.read()) == gallery.key(entry.read()) != gallery.key(other.read())
