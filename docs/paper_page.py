"""The page of a paper, and the page that lists the claims of all: made from the tables that are kept, and the decks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from claim import CLOSURE, Claim, Figure, Paper, Pivot, Tables, picture_of
from kept_table import Rows
from systems import SOURCES, Source, grouped, source_of

from trona.deck import Deck, read_deck
from trona.model import compose
from trona.model.materials.parameters import parameters
from trona.sweep import read_sweep

DOCS = Path(__file__).resolve().parent
OUT = DOCS / "reproduction"
INPUTS = DOCS.parent / "inputs"
_MARKED = re.compile(r"\s*([^\s#].*?)\s+# (our assumption.*)")
_MADE = "<!-- made by docs/reproduce.py -->"
_OVERVIEW = f"""{_MADE}
# Papers

Five papers describe the systems that trona was made for; cells that belong to none of them have a page too. `make
reproduce` runs the decks of all, or of those named, as in `make reproduce PAPERS=singla2026`. A page per paper judges
each of its claims by the quantity that the paper names, under the conditions that it states; what it does not state is
swept. A claim **holds everywhere** in the swept region, **holds in this region**, whose border is given, or **fails
everywhere**; only the last contradicts it. What is a *check of the code* is no claim, but arithmetic with our own
inputs or a comparison with a closed form. What is *not modelled* says why."""


def overview(papers: Sequence[Paper]) -> str:
    """Return the page with a table of every system and figure of all papers."""
    parts = [_OVERVIEW]
    shown = {paper.name: paper for paper in papers}
    for source in SOURCES:
        if not any(name.startswith(source.name) for name in shown):
            parts.append(_table(f"## {source.title}\n\n*{source.work}*.", _without_page(source)))
    for at, paper in enumerate(papers, 1):
        doi = f" ({paper.doi})" if paper.doi else ""
        head = f"## [{paper.title}]({paper.name}/index.md)\n\n*{paper.work}*{doi}."
        parts.insert(at, _table(head, _systems(paper)))
    return "\n\n".join(parts) + "\n"


def _table(head: str, lines: Iterator[str]) -> str:
    columns = "| figure or system | claim or number | decks | verdict | numbers |\n|---|---|---|---|---|"
    return "\n".join([f"{head}\n", columns, *lines])


def _systems(paper: Paper) -> Iterator[str]:
    """Yield a row for each claim, by figure or system, and one for each of these that has none."""
    tables = Tables(OUT / paper.name)
    for name, reason, each in grouped(source_of(paper.name), claims(paper)):
        if not each:
            yield _not_modelled(name, reason)
        for _, claim in each:
            finding = claim.judge(tables)
            decks = ", ".join(f"`{deck}`" for deck in claim.decks) or "-"
            yield f"| {name} | {claim.panel}: {claim.text} | {decks} | {finding.text} | {finding.numbers} |"


def _without_page(source: Source) -> Iterator[str]:
    for system in source.systems:
        yield _not_modelled(system.name, "the paper has no page yet")


def _not_modelled(name: str, reason: str) -> str:
    return f"| {name} | - | - | not modelled: {reason} | - |"


def page(paper: Paper) -> str:
    """Return the page of a paper."""
    tables = Tables(OUT / paper.name)
    head = f"{_MADE}\n# {paper.title}\n\n{paper.head}"
    parts = [part for figure in kept_figures(paper) for part in _section(paper, figure, tables)]
    return "\n\n".join([head, _summary(paper, tables), *parts]) + "\n"


def kept_figures(paper: Paper) -> list[Figure]:
    """Return the figures of which every deck has a kept table."""
    return [f for f in paper.figures if all((OUT / paper.name / f"{deck}.csv").exists() for deck in f.decks)]


def claims(paper: Paper) -> Iterator[tuple[Figure, Claim]]:
    """Yield the claims of the figures that are kept."""
    for figure in kept_figures(paper):
        for claim in figure.claims:
            yield figure, claim


def _summary(paper: Paper, tables: Tables) -> str:
    lines = ["| panel | claim | verdict |", "|---|---|---|"]
    lines += [f"| {c.panel} | {c.text} | {c.judge(tables).text} |" for _, c in claims(paper) if not c.is_check]
    decks = dict.fromkeys(deck for figure in kept_figures(paper) for deck in figure.decks)
    seconds = sum(sum(tables[deck].once("wall time")) for deck in decks)
    return "\n".join(lines) + (
        f"\n\nThe runs took {seconds / 60:.0f} minutes of wall time in total, with one thread each, while the machine "
        "did other work."
    )


def _section(paper: Paper, figure: Figure, tables: Tables) -> Iterator[str]:
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
        yield _table_of(pivot, tables[pivot.deck])
    if figure.decks:
        head = ["| deck | table | cases | total time [s] | worst closure |", "|---|---|---|---|---|"]
        yield "\n".join([*head, *_runs(paper, figure, tables)])
    found = dict.fromkeys(line for deck in figure.decks for line in assumptions(INPUTS / paper.name / f"{deck}.yaml"))
    if found:
        yield "Assumed:"
        yield "\n".join(["| where | what | value | note |", "|---|---|---|---|", *found])


def _runs(paper: Paper, figure: Figure, tables: Tables) -> Iterator[str]:
    for deck in figure.decks:
        rows = tables[deck]
        seconds, closures = sum(rows.once("wall time")), rows.once(CLOSURE)
        worst = f"{max(closures):.1e}" if closures else "-"
        yield (
            f"| `inputs/{paper.name}/{deck}.yaml` | [{deck}.csv]({deck}.csv) | {len(rows.different('case'))} | "
            f"{seconds:.0f} | {worst} |"
        )


def _table_of(pivot: Pivot, rows: Rows) -> str:
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


def assumptions(path: Path) -> list[str]:
    """Return rows on what a deck takes as assumed: properties marked so, and lines marked so by a comment."""
    found: dict[str, None] = {}
    for deck in _telling(read_deck(path, ())):
        for p in parameters(compose(deck)):
            if p.assumption:
                found[f"| {p.owner} | {p.name} | {p.written} | {_cell(p.source)} |"] = None
    for file in files(path):
        for line in file.read_text(encoding="utf-8").splitlines():
            if match := _MARKED.fullmatch(line):
                name, _, value = match[1].partition(": ")
                found[f"| {file.name} | {name} | `{_cell(value)}` | {_cell(match[2])} |"] = None
    return list(found)


def _telling(deck: Deck) -> list[Deck]:
    """Return the cases of a sweep that show all that differs, or a deck that has none."""
    if deck.section("sweep") is None:
        return [deck]
    sweep = read_sweep(deck)
    return [sweep.case_deck(case) for case in sweep.telling]


def files(path: Path) -> list[Path]:
    """Return a deck and what it includes."""
    text = path.read_text(encoding="utf-8")
    included = re.findall(r"^include: (\S+)", text, re.M)
    return [path, *(f for name in included for f in files(path.parent / name))]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
