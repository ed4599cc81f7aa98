"""The critical temperatures of Venturi et al. 2024 as they are printed, and what follows from them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "docs"))
from venturi2024 import PRINTED, binodal, critical_temperatures, gathers

BARE = {
    ("Li", "100"): (1980, 1340),
    ("Li", "110"): (1600, 70),
    ("Li", "111"): (100, 0),
    ("Na", "100"): (1170, 700),
    ("Na", "110"): (500, 200),
    ("Na", "111"): (0, 0),
}


def test_the_tables_are_those_of_the_paper() -> None:
    rows = critical_temperatures()
    bare = {
        (r["metal"], r["facet"]): (float(r["same_plane"]), float(r["across_planes"])) for r in rows if not r["coating"]
    }
    assert bare == BARE
    assert [sum(r["table"] == number for r in rows) for number in "1234"] == [6, 9, 6, 10]
    known = {(r["metal"], r["facet"], r["coating"]): (r["same_plane"], r["across_planes"]) for r in rows}
    assert len(known) == len(rows)
    assert known["Na", "110", "NaF(111)"] == ("0", "1600") and known["Na", "111", "NaF(110)"] == ("", "")
    assert known["Li", "111", "LiF(110)"] == ("1700", "1200") and known["Na", "110", "hBN"] == (">1e4", "1e4")
    assert known["Li", "100", "C6"] == ("", "1250") and known["Na", "110", "C6"] == ("6700", "4320")


@pytest.mark.parametrize(
    ("printed", "verdict"), [("500", True), ("200", False), ("300", False), (">1e4", True), ("0", False), ("", None)]
)
def test_vacancies_gather_below_the_critical_temperature(printed: str, verdict: bool | None) -> None:
    assert gathers(printed) is verdict


@pytest.mark.parametrize("critical", PRINTED)
def test_the_poor_phase_is_the_printed_one(critical: float) -> None:
    """To the digits that are printed: two or three."""
    assert binodal(critical) == pytest.approx(PRINTED[critical], rel=1e-2)
