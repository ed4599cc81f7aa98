"""`trona compare`: what differs between two runs."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import TYPE_CHECKING

from trona.cli.ranks import Ranks
from trona.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trona.record.comparison import Difference
    from trona.record.results import RecordedRun

_MOST_DRAWN = 4
_KINDS = {"end": "outputs at the end", "curve": "outputs over time", "field": "fields"}


def compare(arguments: argparse.Namespace, ranks: Ranks) -> int:
    """Print what differs; exit code 1 if a result differs by more than the tolerance, where one is given."""
    from trona.deck.printable import printable
    from trona.record.columns import columns
    from trona.record.comparison import compare_decks, compare_results

    tolerance = arguments.tolerance
    if tolerance is not None and not 0 <= tolerance < math.inf:
        raise UserError("trona compare: --tolerance is a part of the largest size: a number that is not negative")
    a, b = (_run(Path(place)) for place in arguments.runs)
    for letter, run in (("A", a), ("B", b)):
        ranks.out(f"{letter}  {run.directory}: {run.status}")
    rows = [tuple(printable(" ".join(cell.split())) for cell in row) for row in compare_decks(a, b)]
    ranks.out(f"\n{columns(('deck', 'A', 'B'), rows) or 'the decks do not differ'}")
    found = compare_results(a, b)
    for kind, text in _KINDS.items():
        own = [each for each in found if each.kind == kind]
        apart = sorted((each for each in own if each.relative), key=lambda each: -each.relative)
        if own:
            head = (text, "difference", "of", "where")
            ranks.out(f"\n{columns(head, [_row(each) for each in apart], right=(1,)) or f'{text}: no difference'}")
    if not found:
        raise UserError("trona compare: these runs have no outputs and no fields to compare")
    if arguments.output is not None:
        _draw(Path(arguments.output), a, b, found)
        ranks.out(f"\ndrawn in {arguments.output}")
    if tolerance is None:
        return 0
    beyond = [each for each in found if not each.relative <= tolerance]
    ranks.out(f"\n{len(beyond)} of {len(found)} differ by more than {tolerance:g}")
    return 1 if beyond else 0


def _run(path: Path) -> RecordedRun:
    from trona.record.results import RecordedSweep, load

    found = load(path)
    if isinstance(found, RecordedSweep):
        raise UserError(f"{path}: a sweep; compare two of its cases, {path / 'cases'}/...")
    return found


def _row(found: Difference) -> tuple[str, ...]:
    if found.reason:
        return found.name, "-", "", found.reason
    unit = "" if found.unit == "1" else f" {found.unit}"
    return found.name, f"{found.relative:.2e}", f"{found.scale:.4g}{unit}", found.where


def _draw(target: Path, a: RecordedRun, b: RecordedRun, found: Sequence[Difference]) -> None:
    import numpy as np

    from trona.record.curves import compared
    from trona.record.look import look_of_run

    shown = [e for e in found if e.kind == "curve" and not e.reason]
    shown = [e for e in shown if all(np.isfinite(run.history[e.name]).any() for run in (a, b))]
    curves = sorted(shown, key=lambda e: -e.relative)
    if not curves:
        raise UserError(f"{target}: not drawn; the runs have no outputs over the same times")
    labels = ("A", "B") if a.name == b.name else (f"A: {a.name}", f"B: {b.name}")
    tables, names = dict(zip(labels, (a.history, b.history), strict=True)), [e.name for e in curves[:_MOST_DRAWN]]
    try:
        compared(tables, names, target, look_of_run(a))
    except (OSError, ValueError) as error:
        raise UserError(f"{target}: cannot be drawn ({getattr(error, 'strerror', None) or error})") from error
