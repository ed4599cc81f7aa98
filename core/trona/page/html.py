"""Pieces of HTML. Whatever comes from a deck or a file is escaped here."""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

MARK = '<meta name="generator" content="trona">'
"""By this a page is known as one."""
REFRESH = '<meta http-equiv="refresh" content="5">'
"""By this a browser loads a page again after some seconds, and a page that is still to be followed is known."""


class Section(NamedTuple):
    """A part of a page with its heading; one without a body is left out."""

    key: str
    title: str
    body: str


def text(value: object) -> str:
    """Return plain text as HTML."""
    return html.escape(" ".join(str(value).split()) if not isinstance(value, str) else value)


def table(head: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[int] = (), marked: str = "") -> str:
    """Return a table of plain texts; '' without rows. right: columns of numbers.

    marked: what a cell of a row that stands out begins with.
    """
    drawn = []
    for row in rows:
        kind = ' class="marked"' if marked and any(cell.startswith(marked) for cell in row) else ""
        cells = "".join(f"<td{' class=number' if i in right else ''}>{text(cell)}</td>" for i, cell in enumerate(row))
        drawn.append(f"<tr{kind}>{cells}</tr>")
    if not drawn:
        return ""
    kinds = [" class=number" if i in right else "" for i in range(len(head))]
    heads = "".join(f'<th scope="col"{kind}>{text(name)}</th>' for name, kind in zip(head, kinds, strict=True))
    return scrolled(f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(drawn)}</tbody></table>")


def scrolled(body: str) -> str:
    """Return what may be wider than the page, for readers with keys too."""
    return f'<div class="wide" tabindex="0">{body}</div>'


def pre(content: str) -> str:
    """Return text as it stands, with its lines."""
    return f'<pre tabindex="0">{text(content)}</pre>' if content.strip() else ""


def folded(title: str, body: str, shown: bool = False) -> str:
    """Return what a reader opens; '' without a body."""
    return f"<details{' open' if shown else ''}><summary>{text(title)}</summary>{body}</details>" if body else ""


def picture(png: bytes, about: str, caption: str = "") -> str:
    """Return a picture with what it shows in words."""
    data = base64.b64encode(png).decode()
    return (
        f'<figure><img alt="{text(about)}" src="data:image/png;base64,{data}">'
        f"<figcaption>{text(caption or about)}</figcaption></figure>"
    )


def data(key: str, content: Any) -> str:
    """Return data for a script of the page; no text in it can end its element."""
    plain = json.dumps(content, allow_nan=False, separators=(",", ":"), ensure_ascii=True)
    return f'<script type="application/json" id="{text(key)}">{plain.replace("<", chr(92) + "u003c")}</script>'


def document(title: str, head: str, sections: Sequence[Section], live: bool = False) -> bytes:
    """Return a whole page: its head, a list of its sections, and these. live: whether the browser loads it again.

    Only the script of trona runs in it, and nothing is loaded from anywhere: the page itself tells the browser so.
    """
    shown = [section for section in sections if section.body]
    script = asset("page.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    links = "".join(f'<li><a href="#{s.key}">{text(s.title)}</a></li>' for s in shown)
    body = "".join(f'<section id="{s.key}"><h2>{text(s.title)}</h2>{s.body}</section>' for s in shown)
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{text(title)}</title>'
        f'{MARK}{REFRESH if live else ""}<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
        f"<style>{asset('page.css')}</style></head>\n<body><header>{head}</header>"
        f'<nav aria-label="Sections"><ul>{links}</ul></nav>\n<main>{body}</main>'
        f"<script>{script}</script></body></html>\n"
    ).encode()


@cache
def asset(name: str) -> str:
    """Return the text of a file that belongs to this room."""
    return files(__package__).joinpath("assets", name).read_text(encoding="utf-8")
