"""The composed equations of a run, as its folder has them, typeset as MathML."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from trona.page.html import text
from trona.record.quantity import pretty

_LETTERS = {"nabla": "∇", "partial": "∂", "dot": ""}
FORMULA = "\x1f"
"""Stands before and behind a formula within a text, as `trona.explain` writes it."""


def equations(parts: Iterable[Any]) -> str:
    """Return the equations as HTML; what is not one of them is left out."""
    return "".join(map(_part, parts))


def sign(symbol: str) -> str:
    """Return a symbol of a field or output as HTML; '' for none."""
    return _math(symbol, words=False) if symbol else ""


def plain_sign(symbol: str) -> str:
    """Return a symbol as letters in a line, for where nothing can be typeset: r'\\sigma_\\mathrm{h}' gives 'σ_h'."""
    found = re.sub(r"\\(?:mathrm|mathbf)\{([^{}]*)\}", r"\1", symbol)
    for name, letter in _LETTERS.items():
        found = found.replace(f"\\{name}", letter)
    found = re.sub(r"\\([A-Za-z]+)", lambda m: _greek(m[1]), found)
    return re.sub(r"[{}]", "", found)


def _greek(name: str) -> str:
    case = "CAPITAL" if name[:1].isupper() else "SMALL"
    try:
        return unicodedata.lookup(f"GREEK {case} LETTER {name.upper().removeprefix('VAR')}")
    except KeyError:
        return name


def _part(part: Any) -> str:
    match part:
        case {"heading": str(heading)}:
            return f"<h3>{text(_units(heading))}</h3>"
        case {"block": str(block), "formula": str(formula)}:
            return f'<div class="equation wide" tabindex="0"><b>{text(block)}</b> {_math(formula, True)}</div>'
        case {"items": [*rows]}:
            cells = [f"<tr>{''.join(f'<td>{_mixed(str(c))}</td>' for c in row)}</tr>" for row in rows]
            return f'<div class="wide" tabindex="0"><table class="terms">{"".join(cells)}</table></div>'
    return ""


def _mixed(content: str) -> str:
    pieces = content.split(FORMULA)
    return "".join(_math(piece) if i % 2 else text(_units(piece)) for i, piece in enumerate(pieces))


def _math(latex: str, alone: bool = False, words: bool = True) -> str:
    """Return a formula as MathML, or as it stands if it cannot be read."""
    from latex2mathml.converter import convert

    try:
        found = str(convert(_words(latex) if words else latex, display="block" if alone else "inline"))
    except Exception:  # of a third party; a formula that it cannot read is no reason to lose the page
        return f"<code>{text(latex)}</code>"
    return found.replace(' xmlns="http://www.w3.org/1998/Math/MathML"', "")


def _words(latex: str) -> str:
    """Names of several letters as words, with a dot between factors: a space would not tell one name from the next."""
    named = re.sub(r"\\mathrm\{((?:[^{}\\]|\\.)*)\}", lambda m: rf"\text{{{m[1].replace(chr(92) + '_', '_')}}}", latex)
    return named.replace(r" \, ", r" \cdot ")


def _units(content: str) -> str:
    """Units in brackets as they are printed."""
    return re.sub(r"\[([^\[\]]{1,40})\]", lambda m: f"[{pretty(m[1])}]", content)
