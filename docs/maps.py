"""Runs the sweeps of inputs/singla2026/maps and draws the borders of where a claim holds: `make maps`.

maps.py [--page] [--rounds N] [--processes N] [MAP...]: all maps, or those named; --page runs none. First the grid of
the deck is run, then, in every round, the middle between every two neighbours between which a claim changes, so that
the border lies between two runs ever closer. It may be stopped at any time and goes on where it was. More rounds, or a
finer grid in the deck, make it longer. After every map its table, its picture and the page are made anew.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from kept_table import Rows
from map_page import draw, page, pictures
from singla2026.maps import MAPS, Bracket, Map, Point, brackets, points

from trona.deck import read_deck
from trona.problem.start import prepare_environment
from trona.sweep import run_sweep

DOCS = Path(__file__).resolve().parent
INPUTS = DOCS.parent / "inputs" / "singla2026" / "maps"
OUT = DOCS / "reproduction" / "singla2026" / "maps"
PAGE = DOCS / "reproduction" / "singla2026" / "maps.md"
RUNS = DOCS.parent / "runs" / "singla2026" / "maps"
GRID, FINER, SHORTER, COARSE, FLAT = "grid", "finer", "shorter", "coarse", "flat"
_METAL = re.compile(r"\{use: (\w+), .*\}")
"""A material with a value of the sweep: its name says enough in a table."""
_FLATTER = "mesh.wave.metal | sei=0.2 nm"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run maps and write the page; exit code 2 for a map that is not known. A case that fails leaves no verdict."""
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    options.add_argument("maps", nargs="*", metavar="MAP", help=f"of {', '.join(m.name for m in MAPS)}")
    options.add_argument("--rounds", type=int, help="how often a border is halved (default: what a map says)")
    options.add_argument("--processes", type=int, help="cases at the same time (default: what the deck says)")
    options.add_argument("--page", action="store_true", help="only make pictures and page of what is kept")
    given = options.parse_args(arguments)
    known = {m.name: m for m in MAPS}
    if wrong := [name for name in given.maps if name not in known]:
        print(f"no map {', '.join(wrong)}; these are {', '.join(known)}", file=sys.stderr)
        return 2
    prepare_environment()
    OUT.mkdir(parents=True, exist_ok=True)
    if given.page:
        pictures(OUT)
        PAGE.write_text(page(OUT), encoding="utf-8")
        return 0
    for name in given.maps or known:
        rounds = known[name].rounds if given.rounds is None else given.rounds
        try:
            run_map(known[name], rounds, given.processes)
        finally:
            draw(known[name], points(known[name], Rows(OUT / f"{name}.csv")), OUT / f"{name}.png")
            PAGE.write_text(page(OUT), encoding="utf-8")
    return 0


def run_map(wanted: Map, rounds: int, processes: int | None = None) -> None:
    """Run the grid, one point on the mesh of the deck, on a finer one and in shorter steps, and the rounds.

    The table is kept after each.
    """
    folder = RUNS / f"{wanted.name}-{identity(wanted)}"
    deck = INPUTS / f"{wanted.name}.yaml"
    parts: list[str] = []

    def run(part: str, *overrides: str) -> None:
        parts.append(part)
        try:
            run_sweep(deck, directory=folder / place(part), overrides=overrides, processes=processes)
        finally:  # what has run counts also when it is stopped
            keep(wanted, folder, parts)

    run(GRID)
    run(COARSE, *at_points(wanted, [wanted.finer_at]))
    run(FINER, *at_points(wanted, [wanted.finer_at]), *wanted.finer)
    if wanted.shorter:
        run(SHORTER, *at_points(wanted, [wanted.finer_at]), *wanted.shorter)
    if wanted.flat_at:
        run(FLAT, *at_points(wanted, wanted.flat_at), _FLATTER)
    for number in range(1, rounds + 1):
        middles = list(dict.fromkeys(b.middle for b in open_brackets(wanted)))
        if not middles:
            break
        run(f"round {number}", *at_points(wanted, middles))


def identity(wanted: Map) -> str:
    """Return what changes with the deck: another grid or another value is another folder."""
    deck = read_deck(INPUTS / f"{wanted.name}.yaml", ())
    return hashlib.sha256(json.dumps(deck.resolved(), sort_keys=True).encode()).hexdigest()[:8]


def open_brackets(wanted: Map) -> Iterator[Bracket]:
    rows = Rows(OUT / f"{wanted.name}.csv")
    for claim in wanted.claims:
        yield from brackets(wanted, claim, points(wanted, rows))


def at_points(wanted: Map, at: Sequence[Point]) -> list[str]:
    """Return the overrides with which the deck runs at single points of the map, with all cases that a point needs."""
    names = (wanted.x.name, wanted.y.name, wanted.panel)
    units = {n: u if u != "1" else "" for n, u in Rows(OUT / f"{wanted.name}.csv").units.items()}
    rows = ", ".join(
        "{" + ", ".join(f"{n}: {v:.9g} {units[n]}".strip() for n, v in zip(names, point, strict=True)) + "}"
        for point in at
    )
    return [*(f"sweep.grid.{name}=null" for name in names), f"sweep.list=[{rows}]"]


def place(part: str) -> str:
    return part.replace(" ", "-")


def keep(wanted: Map, folder: Path, parts: Sequence[str]) -> None:
    """Write one table of what all parts have so far, with date and commit in its head."""
    lines: list[list[str]] = []
    header: list[str] = []
    for part in parts:
        path = folder / place(part) / "sweep.csv"
        if not path.exists():
            continue
        head, *found = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
        header = header or ["part", *head]
        order = [head.index(name) for name in header[1:]]
        lines += [[part, *(_METAL.sub(r"\1", line[i]) for i in order)] for line in found]
    stream = io.StringIO()
    today = f"{datetime.now().astimezone():%Y-%m-%d}"
    stream.write(f"# {today}, commit {commit()}, inputs/singla2026/maps/{wanted.name}.yaml\n")
    csv.writer(stream, lineterminator="\n").writerows([header, *lines])
    (OUT / f"{wanted.name}.csv").write_text(stream.getvalue(), encoding="utf-8")


def commit() -> str:
    """Return the commit of the working tree, with a + where it has changes in what results depend on."""

    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=DOCS, capture_output=True, text=True, check=False).stdout.strip()

    changed = git("status", "--porcelain", "--", "../core", "../plugins", "../inputs")
    return (git("rev-parse", "--short=10", "HEAD") or "unknown") + ("+" if changed else "")


if __name__ == "__main__":
    sys.exit(main())
