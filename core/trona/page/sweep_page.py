"""The page of a sweep: its table, its pictures, and the way to the pages of its cases."""

from __future__ import annotations

import math

from trona.page.html import Section, document, folded, picture, pre, scrolled, text
from trona.page.run_page import facts, status_mark
from trona.record.quantity import pretty
from trona.record.results import RecordedSweep, read_json

_MOST, _BYTES = 2000, 3_000_000
"""Rows of the table, and bytes of pictures, that a page shows."""


def sweep_page(sweep: RecordedSweep, name: str) -> bytes:
    """Return the page of a sweep; `name` is that of its page and of those of its cases."""
    sections = [
        Section("pictures", "Pictures", _pictures(sweep)),
        Section("cases", "Cases", _cases(sweep, name)),
        Section("deck", "Deck", folded("deck.yaml", pre(_deck(sweep)), shown=True)),
    ]
    title = str(sweep.deck.get("title") or sweep.directory.resolve().name)
    state = read_json(sweep.directory / "sweep.json") or {}
    pairs = {
        "cases": str(len(state.get("cases") or {})),
        "started": str(state.get("started", "")).replace("T", " ")[:19],
        "trona": str((state.get("versions") or {}).get("trona", "")),
    }
    return document(title, f"<h1>{text(title)}</h1><p>{status_mark(sweep.status)}</p>{facts(pairs)}", sections)


def _pictures(sweep: RecordedSweep) -> str:
    drawn, taken = [], 0
    for path in sorted((sweep.directory / "plots").glob("*.png")):
        png = path.read_bytes()
        taken += len(png)
        if taken < _BYTES:
            drawn.append(picture(png, path.stem.replace("_", " ").replace("-", " ")))
    return f'<div class="pictures">{"".join(drawn)}</div>' if drawn else ""


def _cases(sweep: RecordedSweep, name: str) -> str:
    """Return the table; a case leads to its page where it has one."""
    found = sweep.table
    units = [f" [{pretty(found.units[name])}]" if found.units[name] not in ("", "1") else "" for name in found]
    heads = "".join(f'<th scope="col">{text(n + unit)}</th>' for n, unit in zip(found, units, strict=True))
    folders = {int(path.name): path for path in (sweep.directory / "cases").glob("*") if path.name.isdigit()}
    rows = []
    for i in range(min(found.rows, _MOST)):
        cells = []
        for column in found:
            value = found[column][i]
            shown = str(value) if found[column].dtype.kind != "f" else "-" if math.isnan(value) else f"{value:.6g}"
            case = folders.get(int(value)) if column == "case" else None
            linked = case is not None and (case / name).is_file()
            body = f'<a href="cases/{text(case.name)}/{name}">{text(shown)}</a>' if linked and case else text(shown)
            cells.append(f"<td{' class=number' if found[column].dtype.kind in 'fi' else ''}>{body}</td>")
        failed = str(found["status"][i]) == "failed" if "status" in found else False
        rows.append(f"<tr{' class=marked' if failed else ''}>{''.join(cells)}</tr>")
    left = found.rows - _MOST
    more = f"<p>{left} more are in <code>sweep.csv</code>.</p>" if left > 0 else ""
    way = f"<p><code>trona report CASE</code> makes the page of a case, <code>{text(name)}</code> in its folder.</p>"
    table = scrolled(f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>")
    return table + more + way if rows else ""


def _deck(sweep: RecordedSweep) -> str:
    return (sweep.directory / "deck.yaml").read_text(encoding="utf-8", errors="replace")
