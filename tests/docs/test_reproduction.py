"""The page of a paper's claims is what its kept tables and decks say, and every judge can fail."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "docs"))
import claim  # noqa: E402
import reproduce  # noqa: E402
from claim import CLOSURE, FAILS, HOLDS, REGION, Claim, Panels, Paper, Tables, picture_of  # noqa: E402
from kept_table import Rows  # noqa: E402
from panels import draw_panels, read_block  # noqa: E402
from paper_page import OUT, claims, overview, page  # noqa: E402
from PIL import Image  # noqa: E402
from reproduce import PAPERS  # noqa: E402
from singla2026 import closed_forms  # noqa: E402
from systems import SOURCES, Source, System, grouped, source_of  # noqa: E402

from trona.deck import read_deck  # noqa: E402
from trona.readings.snapshot import BlockData, FieldData  # noqa: E402
from trona.record.fields import vtu  # noqa: E402
from trona.sweep import read_sweep  # noqa: E402

TABLE = """case,status,T [degC],metal,theta [1],message
1,finished,0,sodium,1.5,
2,finished,60,sodium,1.25,
3,failed,0,lithium,,no
4,stopped,60,lithium,1.1,
"""
JUDGED = [(paper, c) for paper in PAPERS for _, c in claims(paper) if not c.is_check and c.decks]
of_papers = pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.name)


def test_the_pages_are_made_of_what_is_kept() -> None:
    """All decks are on them, so a run of one deck keeps the others."""
    pages = {OUT / paper.name / "index.md": page(paper) for paper in PAPERS} | {OUT / "index.md": overview(PAPERS)}
    for path, text in pages.items():
        assert path.read_text(encoding="utf-8") == text, f"make {path} anew: python docs/reproduce.py --page"


def test_every_figure_and_system_has_claims_or_says_why_not() -> None:
    """Also those of papers without a page; each claim stands at one of them, so none is forgotten or told twice."""
    text = (OUT / "index.md").read_text(encoding="utf-8")
    assert all(f"| {system.name} | " in text for source in SOURCES for system in source.systems)
    assert all(system.without for source in SOURCES for system in source.systems)
    for paper in PAPERS:
        source, told = source_of(paper.name), list(claims(paper))
        groups = grouped(source, told)
        assert sorted(id(c) for _, _, each in groups for _, c in each) == sorted(id(c) for _, c in told)
        if source:
            assert [name for name, *_ in groups[: len(source.systems)]] == [s.name for s in source.systems]


def test_a_system_of_which_nothing_is_kept_is_not_modelled() -> None:
    real = next(paper for paper in PAPERS if paper.name == "oh2026")
    others = [paper for paper in PAPERS if paper is not real]
    assert "| depletion (Sand's time) | - | - | not modelled: the paper has no page yet | - |" in overview(others)
    less = [f for f in real.figures if f.title != "Sand's time"]
    assert "| depletion (Sand's time) | - | - | not modelled: no deck treats it yet | - |" in overview(
        [Paper(real.name, real.title, real.work, real.doi, real.head, less)]
    )


def test_a_claim_stands_where_its_words_are_found_first() -> None:
    """By title, panel, text or deck, whatever the case; without a system, under the title of its figure."""
    source = Source(
        "a", "A", "", (System("one", r"\| gas \|"), System("two", "Gas"), System("three", "nothing", "too hard"))
    )
    told = [Claim(panel, "", "", (), lambda _: claim.Finding("", "")) for panel in ("gas", "of gas", "other")]
    figures = [claim.Figure("Rest", "", told)] * 3
    groups = grouped(source, zip(figures, told, strict=True))
    assert [(name, [c.panel for _, c in each]) for name, _, each in groups] == [
        ("one", ["gas"]),
        ("two", ["of gas"]),
        ("three", []),
        ("Rest", ["other"]),
    ]
    assert grouped(None, [(figures[0], told[0])])[0][0] == "Rest"


@of_papers
def test_every_deck_of_a_paper_is_judged(paper: Paper) -> None:
    decks = list((ROOT / "inputs" / paper.name).glob("*.yaml"))
    included = {line.split()[1] for deck in decks for line in deck.read_text().splitlines() if line[:8] == "include:"}
    needed = {deck.stem for deck in decks if deck.name not in included or "\nsweep:" in deck.read_text()}
    assert needed <= set(paper.decks) <= {deck.stem for deck in decks}
    assert all((OUT / paper.name / f"{deck}.csv").exists() for deck in paper.decks)
    assert all(pivot.deck in figure.decks for figure in paper.figures for pivot in figure.pivots)


@of_papers
def test_every_picture_is_there_and_small(paper: Paper) -> None:
    text = (OUT / paper.name / "index.md").read_text(encoding="utf-8")
    names = {line.partition("](")[2].rstrip(")") for line in text.splitlines() if line[:2] == "!["}
    kept = {path.name: path.stat().st_size for path in (OUT / paper.name).glob("*.png")}
    assert names <= set(kept) and max(kept.values()) < 60_000
    assert {picture_of(p) for figure in paper.figures for p in figure.pictures} <= names


@of_papers
def test_a_case_that_failed_is_no_verdict(paper: Paper) -> None:
    for deck in paper.decks:
        with (OUT / paper.name / f"{deck}.csv").open(encoding="utf-8") as stream:
            assert all("failed" not in line[:2] for line in csv.reader(stream)), deck


@pytest.mark.parametrize(("paper", "judged"), JUDGED, ids=[f"{p.name} {c.panel}: {c.text}"[:60] for p, c in JUDGED])
def test_a_judge_sees_what_the_runs_say(paper: Paper, judged: Claim, tmp_path: Path) -> None:
    """With every result turned around, and by another factor in each row, the claim holds elsewhere."""
    for deck in judged.decks:
        rows = Rows(OUT / paper.name / f"{deck}.csv")
        names = list(rows.units)
        outputs = names[names.index(_first_output(paper, deck, rows)) : names.index(CLOSURE)]
        with (tmp_path / f"{deck}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow([f"{name} [{unit}]" if unit else name for name, unit in rows.units.items()])
            for row, case in enumerate(rows.cases, 1):
                writer.writerow([_turned(v, row) if n in outputs else v for n, v in case.items()])
    real, turned = judged.judge(Tables(OUT / paper.name)), judged.judge(Tables(tmp_path))
    assert real.held != turned.held


def _first_output(paper: Paper, deck: str, rows: Rows) -> str:
    """The first column after those of the sweep or, of a run, after the time."""
    read = read_deck(ROOT / "inputs" / paper.name / f"{deck}.yaml", ())
    asked = () if read.section("sweep") is None else read_sweep(read).parameters
    return list(rows.units)[2 + len(asked)] if asked else list(rows.units)[4]


def _turned(value: str, row: int) -> str:
    return repr(-float(value) * (1 + 0.1 * row)) if value else value


def test_a_verdict_is_what_the_cases_say() -> None:
    texts = [claim.found(cases, "1", "x < 2").text for cases in ({"a": True}, {"a": True, "b": False}, {"a": False})]
    assert texts == [f"**{HOLDS}**", f"**{REGION}**: x < 2", f"**{FAILS}** (contradicted)"]


@pytest.mark.parametrize("E_r", [0.0, 10e3, 15e3, 22e3])
@pytest.mark.parametrize("E_sei", [10e3, 15e3, 22.5e3])
def test_the_border_of_figure_2_is_that_of_the_two_resistors(E_r: float, E_sei: float) -> None:
    """What spreads in the electrolyte is left out of the border; its resistance is a ten-thousandth of the others."""
    for T in (280.0, 320.0):
        slope = closed_forms.theta(T + 0.1, E_sei, E_r) - closed_forms.theta(T - 0.1, E_sei, E_r)
        assert (slope > 0) == closed_forms.rising(T, E_sei, E_r)


def test_equal_creep_is_where_the_rates_are_equal() -> None:
    def rate(A: float, Q: float, sigma: float, n: float, p: float) -> float:
        return float(A * np.exp(-Q / (closed_forms.R * 300.0)) * (p / sigma) ** n)

    p = closed_forms.equal_creep(300.0)
    assert rate(5.1e4, 44e3, 0.235e6, 5.0, p) == pytest.approx(rate(6.0e2, 33e3, 0.73e6, 6.56, p), rel=1e-9)


def test_panels_share_one_scale(tmp_path: Path) -> None:
    """Two cases of uniform fields, 0 and 1: one panel is dark, the other bright."""
    points = np.array([[0, 0], [0.5e-6, 0], [0, 50e-9], [0.25e-6, 0], [0.25e-6, 25e-9], [0, 25e-9]])
    for case in (1, 2):
        value = FieldData(np.full(6, case - 1.0), "A/m^2")
        block = BlockData(points, np.arange(6)[None, :], "triangle6", {"current": value})
        folder = tmp_path / "cases" / f"{case:04d}" / "fields"
        folder.mkdir(parents=True)
        (folder / "sei-000000.vtu").write_bytes(vtu(block, 0.0))
        assert read_block(folder.parent, "sei").fields["current"].values == pytest.approx(case - 1.0)
    table = tmp_path / "kept.csv"
    table.write_text("case,status,T [degC],i [A/m^2],message\n1,finished,0,10,\n2,finished,60,10,\n")
    panels = Panels("x", "kept", "", "current", "current", ("i", (10,)), ("T", (0, 60)))
    draw_panels(panels, Rows(table), tmp_path, tmp_path / "x.png")
    image = np.asarray(Image.open(tmp_path / "x.png").convert("RGB"), dtype=int)
    near = [np.abs(image - colour).sum(axis=2) < 40 for colour in ((68, 1, 84), (253, 231, 37))]
    dark, bright = (np.nonzero(mask[:, : int(0.8 * image.shape[1])])[1].mean() for mask in near)
    assert dark < 0.45 * image.shape[1] < bright


def test_a_deck_that_is_not_known_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert reproduce.main("fig9") == 2
    assert capsys.readouterr().err.startswith("no paper or deck fig9; these are singla2026, ")


def test_cases_are_picked_by_number_and_by_word(tmp_path: Path) -> None:
    path = tmp_path / "kept.csv"
    path.write_text(TABLE, encoding="utf-8")
    rows = Rows(path)
    assert rows.units["T"] == "degC" and rows.different("metal") == ["sodium", "lithium"]
    assert rows.series("theta", "T", metal="sodium") == [1.5, 1.25]
    assert rows.one("theta", metal="lith", T=60) == 1.1
    assert rows.number(metal="lith", T=60) == 4
    with pytest.raises(ValueError, match=r"kept.csv: theta with .* 0 cases, not one"):
        rows.one("theta", metal="lithium", T=0)
    with pytest.raises(ValueError, match=r"kept.csv: theta along T with .* 1 cases, not 2"):
        rows.series("theta", "T", metal="lithium")
