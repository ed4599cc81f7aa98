"""Tables in plain text: a header, a rule and rows in columns."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

Rows = list[tuple[str, ...]]


def columns(head: tuple[str, ...], rows: Sequence[tuple[str, ...]], right: Sequence[int] = (), width: int = 0) -> str:
    """Return rows under their header; '' if there are none. `right` are the right-aligned columns.

    `width` (in characters) is where the last column is wrapped, unless it would be too narrow.
    """
    if not rows:
        return ""
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]
    indent = sum(widths[:-1]) + 2 * (len(head) - 1)
    room = width - indent
    if width and room >= 20:
        widths[-1] = min(widths[-1], room)
    lines = []
    for row in (head, tuple("-" * width for width in widths), *rows):
        last = textwrap.wrap(row[-1], widths[-1], break_long_words=False) or [""]
        cells = (*row[:-1], last[0])
        lines.append("  ".join(c.rjust(widths[i]) if i in right else c.ljust(widths[i]) for i, c in enumerate(cells)))
        lines += [" " * indent + more for more in last[1:]]
    return "\n".join(line.rstrip() for line in lines)
