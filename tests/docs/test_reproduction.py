"""The page of a paper's claims is what its kept tables and decks say, whichever deck was run last."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "docs"))
import reproduce  # noqa: E402
from kept_table import Rows  # noqa: E402
from singla2026 import CLAIMS, PIVOTS  # noqa: E402

TABLE = """case,status,T [degC],metal,theta [1],message
1,finished,0,sodium,1.5,
2,finished,60,sodium,1.25,
3,failed,0,lithium,,no
4,stopped,60,lithium,1.1,
"""


def test_the_page_is_made_of_what_is_kept() -> None:
    """All decks are on it, so a run of one deck keeps the others."""
    page = (ROOT / "docs/reproduction/index.md").read_text(encoding="utf-8")
    assert page == reproduce.page(), "make it anew: python docs/reproduce.py --page"


def test_every_deck_of_the_paper_is_judged() -> None:
    swept = {p.stem for p in (ROOT / "inputs/singla2026").glob("*.yaml") if "\nsweep:" in p.read_text()}
    assert swept == set(reproduce.DECKS) and all((reproduce.OUT / f"{deck}.csv").exists() for deck in swept)
    assert {pivot.deck for pivot in PIVOTS} <= swept and {claim.deck for claim in CLAIMS} == swept


def test_a_deck_that_is_not_known_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert reproduce.main("fig9") == 2
    assert capsys.readouterr().err.startswith("no deck fig9; these are fig2_activation_ratio, ")


def test_cases_are_picked_by_number_and_by_word(tmp_path: Path) -> None:
    path = tmp_path / "kept.csv"
    path.write_text(TABLE, encoding="utf-8")
    rows = Rows(path)
    assert rows.units["T"] == "degC" and rows.different("metal") == ["sodium", "lithium"]
    assert rows.series("theta", "T", metal="sodium") == [1.5, 1.25]
    assert rows.one("theta", metal="lith", T=60) == 1.1
    with pytest.raises(ValueError, match=r"kept.csv: theta with .* 0 cases, not one"):
        rows.one("theta", metal="lithium", T=0)
    with pytest.raises(ValueError, match=r"kept.csv: theta along T with .* 1 cases, not 2"):
        rows.series("theta", "T", metal="lithium")
