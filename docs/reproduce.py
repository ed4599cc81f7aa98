"""Runs the decks of the papers and judges their claims: `make reproduce`. Writes docs/reproduction/.

reproduce.py [--page] [PAPER | PAPER/DECK]...: all papers, or the papers and decks named; --page runs none. A sweep goes
on where it stopped. Tables and pictures of what has run replace those that are kept there. The pages are then made anew
from what is kept, of all decks, so that every verdict follows from a CSV file beside it.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from cells import PAPER as CELLS
from claim import CLOSURE, Curves, Drawn, Lines, Panels, Paper, Tables, picture_of
from jiao import PAPER as JIAO
from kept_table import Rows
from lee2019 import PAPER as LEE
from oh2026 import PAPER as OH
from paper_page import DOCS, INPUTS, OUT, claims, overview, page
from singla2026 import PAPER as SINGLA
from venturi2024 import PAPER as VENTURI

from trona.deck import read_deck
from trona.problem.start import prepare_environment
from trona.session import run
from trona.sweep import run_sweep

PAPERS = (SINGLA, OH, VENTURI, LEE, JIAO, CELLS)
RUNS = DOCS.parent / "runs"
_WALL = "wall time"


def main(*arguments: str) -> int:
    """Run decks and write the pages; exit code 1 if a case has failed, 2 if a paper or a deck is not known."""
    names = [a for a in arguments if a != "--page"]
    known = {paper.name: [(paper, deck) for deck in paper.decks] for paper in PAPERS}
    known |= {f"{paper.name}/{deck}": [(paper, deck)] for paper in PAPERS for deck in paper.decks}
    if unknown := [name for name in names if name not in known]:
        print(f"no paper or deck {', '.join(unknown)}; these are {', '.join(known)}", file=sys.stderr)
        return 2
    wanted = {(p.name, deck): p for name in names or [p.name for p in PAPERS] for p, deck in known[name]}
    prepare_environment()
    failed = 0
    for (_, deck), paper in () if "--page" in arguments else wanted.items():
        failed += reproduce(paper, deck)
    for paper in PAPERS:
        write(paper)
    (OUT / "index.md").write_text(overview(PAPERS), encoding="utf-8")
    for paper in PAPERS:
        tables = Tables(OUT / paper.name)
        for _, claim in claims(paper):
            if any((paper.name, deck) in wanted for deck in claim.decks):
                finding = claim.judge(tables)
                print(f"{claim.panel}: {claim.text}: {finding.text.replace('**', '')}; {finding.numbers}")
    return int(bool(failed))


def write(paper: Paper) -> None:
    """Make the page of a paper anew from what is kept."""
    (OUT / paper.name).mkdir(parents=True, exist_ok=True)
    (OUT / paper.name / "index.md").write_text(page(paper), encoding="utf-8")


def reproduce(paper: Paper, deck: str) -> int:
    """Run a deck, or the cases of its sweep, keep what comes of it and return the number of cases that failed."""
    path, folder = INPUTS / paper.name / f"{deck}.yaml", RUNS / paper.name / deck
    if read_deck(path, ()).section("sweep") is None:
        shutil.rmtree(folder, ignore_errors=True)
        run(path, directory=folder)
        keep(paper, deck, _of_run(folder))
        return 0
    table = run_sweep(path, directory=folder)
    keep(paper, deck, _of_sweep(folder, table.csv()))
    return len(table.failed)


def keep(paper: Paper, deck: str, table: list[list[str]]) -> None:
    """Put a table and the pictures of its runs into the place of those kept."""
    from panels import draw_curves, draw_lines, draw_panels, shrink

    folder, out = RUNS / paper.name / deck, OUT / paper.name
    out.mkdir(parents=True, exist_ok=True)
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(table)
    (out / f"{deck}.csv").write_text(stream.getvalue(), encoding="utf-8")
    for old in out.glob(f"{deck}-*.png"):
        old.unlink()
    for picture in sorted((folder / "plots").glob("*.png")):
        kept = out / f"{deck}-{picture.name}"
        shutil.copy(picture, kept)
        shrink(kept)
    rows = Rows(out / f"{deck}.csv")
    for drawn in (p for figure in paper.figures for p in figure.pictures if p.deck == deck):
        path = out / picture_of(drawn)
        match drawn:
            case Panels():
                draw_panels(drawn, rows, folder, path)
            case Lines():
                draw_lines(drawn, rows, path)
            case Curves():
                draw_curves(drawn, rows, folder, path)
            case Drawn():
                drawn.draw(rows, folder, path)
                shrink(path)


def _of_sweep(folder: Path, text: str) -> list[list[str]]:
    """Return the table of a sweep, with the closure of every case."""
    header, *lines = list(csv.reader(io.StringIO(text)))
    place = header.index("newton iterations")
    for line in lines:
        line.insert(place, closure(folder / "cases" / f"{int(line[0]):04d}" / "summary.json"))
    return [[*header[:place], f"{CLOSURE} [1]", *header[place:]], *lines]


def _of_run(folder: Path) -> list[list[str]]:
    """Return the outputs of a run over time as the table of one case."""
    header, *lines = list(csv.reader(io.StringIO((folder / "outputs.csv").read_text(encoding="utf-8"))))
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    told = [closure(folder / "summary.json"), f"{summary['elapsed_seconds']:.1f}"]
    return [
        ["case", "status", *header, f"{CLOSURE} [1]", f"{_WALL} [s]"],
        *(["1", "finished", *line, *told] for line in lines),
    ]


def closure(summary: Path) -> str:
    """Return the worst closure that a run's summary tells, '' where a case has none.

    What is above the tolerance of the audit and yet round-off, because all terms are, does not count.
    """
    worst = list(_counting(summary)) if summary.exists() else []
    return f"{max(worst):.3g}" if worst else ""


def _counting(summary: Path) -> Iterator[float]:
    for ledger in json.loads(summary.read_text(encoding="utf-8"))["ledger"].values():
        worst = ledger["worst_closure"]
        if not 1e-8 < worst["value"] <= worst.get("round_off", 0):
            yield worst["value"]


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
