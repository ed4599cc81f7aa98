"""Runs the decks of inputs/singla2026 and judges the paper's claims: `make reproduce`. Writes docs/reproduction/.

reproduce.py [--page] [DECK...]: all decks, or those named; --page runs none. A sweep goes on where it stopped. Tables
and pictures of what has run replace those that are kept there. The page is then made anew from what is kept, of all
decks, so that every verdict follows from a CSV file beside it.
"""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from claim import Curves, Figure, Lines, Panels, Pivot, Tables
from kept_table import Rows
from singla2026 import DECKS, FIGURES

from trona.deck import read_deck
from trona.model import compose
from trona.model.materials.parameters import parameters
from trona.problem.start import prepare_environment
from trona.sweep import SweepTable, read_sweep, run_sweep

DOCS = Path(__file__).resolve().parent
INPUTS = DOCS.parent / "inputs" / "singla2026"
OUT = DOCS / "reproduction"
RUNS = DOCS.parent / "runs" / "singla2026"
CLOSURE = "worst closure"
"""Column: the largest relative closure error of any balance in any step of a case."""
_MARKED = re.compile(r"\s*([^\s#].*?)\s+# (our assumption.*)")

_HEAD = """<!-- made by docs/reproduce.py -->
# Singla et al. 2026

This page checks the claims of *Role of thermal gradient in interface stability of sodium metal electrodes*
(10.1039/d5ta09284a) with decks that anyone can run: `make reproduce`. Each claim is judged by the quantity that the
paper names, under the conditions that it states. What the paper does not state is swept. A claim then **holds
everywhere** in the swept region, **holds in this region**, whose border is given, in closed form where there is one,
or **fails everywhere**; only the last contradicts it. A *check of the code* is not a claim but arithmetic with our
own inputs or a comparison with a closed form.

The supporting information of the paper was not available to us. Geometry, exchange current density, current, and most
thermal and elastic properties are our assumptions: each figure lists its assumptions, and every report marks them.
The geometry is calibrated once, to the only theta that the paper prints, and varied from there. The pictures are
ours, drawn from the same runs; pictures side by side share one colour scale. Their vertical axis is stretched.
[Maps](maps.md) show where claims hold over two more parameters each, in a smaller wave of 20 nm."""


def main(*arguments: str) -> int:
    """Run decks and write the page; exit code 1 if a case has failed, 2 if a deck is not known."""
    names = [a for a in arguments if a != "--page"]
    if unknown := [name for name in names if name not in DECKS]:
        print(f"no deck {', '.join(unknown)}; these are {', '.join(DECKS)}", file=sys.stderr)
        return 2
    prepare_environment()
    OUT.mkdir(exist_ok=True)
    failed = 0
    for deck in [] if "--page" in arguments else names or DECKS:
        table = run_sweep(INPUTS / f"{deck}.yaml", directory=RUNS / deck)
        failed += len(table.failed)
        keep(deck, table)
    (OUT / "index.md").write_text(page(), encoding="utf-8")
    tables = Tables(OUT)
    for figure in kept_figures():
        for claim in figure.claims:
            if not names or set(claim.decks) & set(names):
                finding = claim.judge(tables)
                print(f"{claim.panel}: {claim.text}: {finding.text.replace('**', '')}; {finding.numbers}")
    return int(bool(failed))


def keep(deck: str, table: SweepTable) -> None:
    """Put the table of a sweep, with its closures, and its pictures into the place of those kept."""
    from panels import draw_curves, draw_lines, draw_panels, shrink

    header, *lines = list(csv.reader(io.StringIO(table.csv())))
    place = header.index("newton iterations")
    header.insert(place, f"{CLOSURE} [1]")
    for line in lines:
        line.insert(place, closure(RUNS / deck / "cases" / f"{int(line[0]):04d}" / "summary.json"))
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows([header, *lines])
    (OUT / f"{deck}.csv").write_text(stream.getvalue(), encoding="utf-8")
    for old in OUT.glob(f"{deck}-*.png"):
        old.unlink()
    for picture in sorted((RUNS / deck / "plots").glob("*.png")):
        kept = OUT / f"{deck}-{picture.name}"
        shutil.copy(picture, kept)
        shrink(kept)
    rows = Rows(OUT / f"{deck}.csv")
    for drawn in (p for figure in FIGURES for p in figure.pictures if p.deck == deck):
        path = OUT / picture_of(drawn)
        if isinstance(drawn, Panels):
            draw_panels(drawn, rows, RUNS / deck, path)
        elif isinstance(drawn, Lines):
            draw_lines(drawn, rows, path)
        else:
            draw_curves(drawn, rows, RUNS / deck, path)


def picture_of(drawn: Panels | Curves | Lines) -> str:
    """Return the file name of a picture that is drawn from field files."""
    return f"{drawn.deck}-{drawn.name}.png"


def closure(summary: Path) -> str:
    """Return the worst closure that a run's summary tells, '' where a case has none.

    What is above the tolerance of the audit and yet round-off, because all terms are, does not count.
    """
    if not summary.exists():
        return ""
    ledgers = json.loads(summary.read_text(encoding="utf-8"))["ledger"].values()
    worst = [ledger["worst_closure"] for ledger in ledgers]
    return f"{max(w['value'] for w in worst if not 1e-8 < w['value'] <= w.get('round_off', 0)):.3g}"


# ---------------------------------------------------------------------- the page


def page() -> str:
    """Return the page, made from the tables that are kept and from the decks."""
    tables = Tables(OUT)
    parts = [part for figure in kept_figures() for part in section(figure, tables)]
    return "\n\n".join([_HEAD, summary(tables), *parts]) + "\n"


def kept_figures() -> list[Figure]:
    """Return the figures of which every deck has a kept table."""
    return [figure for figure in FIGURES if all((OUT / f"{deck}.csv").exists() for deck in figure.decks)]


def summary(tables: Tables) -> str:
    """Return one line per claim."""
    lines = ["| panel | claim | verdict |", "|---|---|---|"]
    for figure in kept_figures():
        for claim in figure.claims:
            if not claim.is_check:
                lines.append(f"| {claim.panel} | {claim.text} | {claim.judge(tables).text} |")
    decks = dict.fromkeys(deck for figure in kept_figures() for deck in figure.decks)
    seconds = sum(sum(tables[deck].numbers("wall time")) for deck in decks)
    return "\n".join(lines) + (
        f"\n\nThe runs took {seconds / 60:.0f} minutes of wall time in total, with one thread each, while the machine "
        "did other work."
    )


def section(figure: Figure, tables: Tables) -> Iterator[str]:
    """Yield what the page says of one figure: claims, pictures, tables, decks, assumptions."""
    yield f"## {figure.title}"
    yield figure.text
    lines = ["| panel | claim | judged on | verdict | numbers |", "|---|---|---|---|---|"]
    for claim in figure.claims:
        finding = claim.judge(tables)
        lines.append(f"| {claim.panel} | {claim.text} | {claim.quantity} | {finding.text} | {finding.numbers} |")
    yield "\n".join(lines)
    for drawn in figure.pictures:
        yield f"![{drawn.caption}]({picture_of(drawn)})"
        yield f"*{drawn.caption}.*"
    for name, caption in figure.maps.items():
        yield f"![{caption}]({name}.png)"
        yield f"*{caption}.*"
    for pivot in figure.pivots:
        yield table_of(pivot, tables[pivot.deck])
    head = ["| deck | table | cases | total time [s] | worst closure |", "|---|---|---|---|---|"]
    yield "\n".join([*head, *runs(figure, tables)])
    yield "Assumed:"
    found = dict.fromkeys(line for deck in figure.decks for line in assumptions(deck))
    yield "\n".join(["| where | what | value | note |", "|---|---|---|---|", *found])


def runs(figure: Figure, tables: Tables) -> Iterator[str]:
    """Yield a row on each deck of a figure."""
    for deck in figure.decks:
        rows = tables[deck]
        seconds, worst = sum(rows.numbers("wall time")), max(rows.numbers(CLOSURE))
        yield (
            f"| `inputs/singla2026/{deck}.yaml` | [{deck}.csv]({deck}.csv) | {len(rows.cases)} | {seconds:.0f} | "
            f"{worst:.1e} |"
        )


def table_of(pivot: Pivot, rows: Rows) -> str:
    """Return an output of a sweep by two of its parameters."""
    down, across = (rows.different(name, **pivot.fixed) for name in (pivot.down, pivot.across))
    unit = rows.units[pivot.across]
    lines = [
        f"{pivot.title}:\n",
        f"| {pivot.down}, {pivot.across} | " + " | ".join(_with(value, unit) for value in across) + " |",
        "|---" * (len(across) + 1) + "|",
    ]
    for value in down:
        fixed = {**pivot.fixed, pivot.down: _number(value)}
        numbers = " | ".join(f"{v:.5g}" for v in rows.series(pivot.output, pivot.across, **fixed))
        lines.append(f"| {_with(value, rows.units[pivot.down])} | {numbers} |")
    return "\n".join(lines)


def _with(value: str, unit: str) -> str:
    return value if unit in ("", "1") else f"{value} {unit}"


def _number(value: str) -> float | str:
    try:
        return float(value)
    except ValueError:
        return value


def assumptions(deck: str) -> list[str]:
    """Return rows on what a deck takes as assumed: properties marked so, and lines marked so by a comment."""
    sweep = read_sweep(read_deck(INPUTS / f"{deck}.yaml", ()))
    found: dict[str, None] = {}
    for case in sweep.telling:
        for p in parameters(compose(sweep.case_deck(case))):
            if p.assumption:
                found[f"| {p.owner} | {p.name} | {p.written} | {_cell(p.source)} |"] = None
    for path in files(INPUTS / f"{deck}.yaml"):
        for line in path.read_text(encoding="utf-8").splitlines():
            if match := _MARKED.fullmatch(line):
                name, _, value = match[1].partition(": ")
                found[f"| {path.name} | {name} | `{_cell(value)}` | {_cell(match[2])} |"] = None
    return list(found)


def files(path: Path) -> list[Path]:
    """Return a deck and what it includes."""
    text = path.read_text(encoding="utf-8")
    included = re.findall(r"^include: (\S+)", text, re.M)
    return [path, *(f for name in included for f in files(path.parent / name))]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
