"""Text from files without control characters that a terminal would execute, and tables for a notebook."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# Control characters except line feed and tab, and the marks that change the direction of text.
_HARMFUL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """Return the text with control characters escaped as in Python: '\\x1b'."""
    return _HARMFUL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def harmful(text: str) -> str:
    """Return the first character that `printable` escapes, '' if there is none."""
    found = _HARMFUL.search(text)
    return found[0] if found else ""


def html_table(heads: Iterable[str], rows: Iterable[Iterable[str]], below: Iterable[str] = ()) -> str:
    """Return a table for a notebook, with paragraphs below it."""
    lines = [f"<tr>{''.join(f'<th>{_safe(head)}</th>' for head in heads)}</tr>"]
    lines += [f"<tr>{''.join(f'<td>{_safe(cell)}</td>' for cell in row)}</tr>" for row in rows]
    return f"<table>{''.join(lines)}</table>{''.join(f'<p>{_safe(text)}</p>' for text in below)}"


def paragraph(text: str) -> str:
    """Return a paragraph for a notebook."""
    return f"<p>{_safe(text)}</p>"


def _safe(text: str) -> str:
    return html.escape(printable(text))
