"""Runs the decks of inputs/singla2026 and judges the paper's claims: `make reproduce`. Writes docs/reproduction/.

reproduce.py [--page] [DECK...]: all decks, or those named; --page runs none. Tables and plots of what has run replace
those that are kept there. The page is then made anew from what is kept, of all decks, so that every verdict follows
from a CSV file beside it.
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

from kept_table import Rows
from singla2026 import CLAIMS, PIVOTS, Pivot
from trona.deck import read_deck
from trona.model import Model
from trona.model.parameters import parameters
from trona.run import prepare_environment
from trona.sweep import SweepTable, read_sweep, run_sweep

DOCS = Path(__file__).resolve().parent
INPUTS = DOCS.parent / "inputs" / "singla2026"
OUT = DOCS / "reproduction"
RUNS = DOCS.parent / "runs" / "singla2026"
DECKS = tuple(dict.fromkeys(claim.deck for claim in CLAIMS))
CLOSURE = "worst closure"
"""Column: the largest relative closure error of any balance in any step of a case."""
_MARKED = re.compile(r"\s*([^\s#].*?)\s+# (our assumption.*)")

_HEAD = """<!-- made by docs/reproduce.py -->
# Singla et al. 2026

What *Role of thermal gradient in interface stability of sodium metal electrodes* (10.1039/d5ta09284a) states, from
decks that anyone can run: `make reproduce`. The paper's supporting information was not at hand: geometry, exchange
current density, current, and most of what is thermal or elastic are our assumptions. They are listed per deck, and
marked in every report. A verdict is on the claim, that is on signs and trends, not on the size of a number in a
figure. Every number comes from the table beside it; its last columns tell how well balances close in the worst step,
what Newton's method needed, and the time."""


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
    for claim in CLAIMS:
        if (not names or claim.deck in names) and (OUT / f"{claim.deck}.csv").exists():
            print(f"{claim.panel}: {': '.join(claim.judge(Rows(OUT / f'{claim.deck}.csv')))}")
    return int(bool(failed))


def keep(deck: str, table: SweepTable) -> None:
    """Put the table of a sweep, with its closures, and its plots into the place of those kept."""
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
        shutil.copy(picture, OUT / f"{deck}-{picture.name}")


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
    kept = (deck for deck in DECKS if (OUT / f"{deck}.csv").exists())
    return "\n\n".join([_HEAD, *(part for deck in kept for part in section(deck))]) + "\n"


def section(deck: str) -> Iterator[str]:
    """Yield what the page says of one deck: claims, tables, plots, assumptions."""
    rows = Rows(OUT / f"{deck}.csv")
    title = read_deck(INPUTS / f"{deck}.yaml", ()).section("title")
    yield f"## {title.text if title is not None else deck}"
    worst = max(rows.numbers(CLOSURE))
    yield (
        f"`inputs/singla2026/{deck}.yaml`, [{deck}.csv]({deck}.csv): {len(rows.cases)} cases, "
        f"{sum(rows.numbers('wall time')):.0f} s in all; every balance closes to {worst:.1e} or better in every step"
    )
    claims = [(c.panel, c.text, *c.judge(rows)) for c in CLAIMS if c.deck == deck]
    lines = [f"| {panel} | {text} | **{verdict}** | {numbers} |" for panel, text, verdict, numbers in claims]
    yield "\n".join(["| panel | claim | verdict | numbers |", "|---|---|---|---|", *lines])
    for pivot in PIVOTS:
        if pivot.deck == deck:
            yield table_of(pivot, rows)
    for picture in sorted(OUT.glob(f"{deck}-*.png")):
        yield f"![{picture.stem.removeprefix(deck + '-')}]({picture.name})"
    yield "Assumed:"
    yield "\n".join(["| where | what | value | note |", "|---|---|---|---|", *assumptions(deck)])


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
        numbers = " | ".join(f"{v:.7g}" for v in rows.series(pivot.output, pivot.across, **fixed))
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
        for p in parameters(Model(sweep.case_deck(case))):
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
