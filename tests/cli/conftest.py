"""A folder with the mesh of the test deck, and the deck's text."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DECK = ROOT / "tests" / "data" / "decks" / "three_layers.yaml"
MESH = ROOT / "meshes" / "three_layers.msh"


@pytest.fixture
def base() -> str:
    """The text of the test deck, for a deck beside its mesh."""
    return DECK.read_text(encoding="utf-8").replace("../../../meshes/", "")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An own working directory with the mesh in it."""
    shutil.copy(MESH, tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path
