"""Typesets formulas as MathML, which browsers show without a script.

A formula is plain text, as in docstrings: `i = i0 [exp(alpha_a z F eta/RT) - 1]`. It is set token by token, so that its
meaning stays: names become italic letters with indices, Greek names letters, powers raised. Also a hook of MkDocs: code
blocks of the language `formula` become formulas.
"""

from __future__ import annotations

import re
from html import escape
from typing import Any

NAMES = (
    "alpha beta gamma delta epsilon eps zeta eta theta kappa lambda mu nu xi pi rho sigma tau phi chi psi omega".split()  # noqa: SIM905
)
GREEK = dict(zip(NAMES, "αβγδεεζηθκλμνξπρστφχψω", strict=True))
GREEK |= {name.capitalize(): letter.upper() for name, letter in GREEK.items()}
FUNCTIONS = set(
    "exp ln log sqrt sin cos tan sinh cosh tanh asinh abs min max div dev sym tr int sum if".split()  # noqa: SIM905
)
TEXT = set(
    "an and as at be fed for in is its of on or over per the to where with".split()  # noqa: SIM905
)
WORDS = {"div": "∇·", "grad": "∇", "lap": "Δ", "sum": "∑", "int": "∫"}
_SIGNS = {"*": "·", "-": "−", "<=": "≤", ">=": "≥", "!=": "≠", "<": "⟨", ">": "⟩"}
_LOW = str.maketrans("₀₁₂₃₄₅₆₇₈₉₊₋", "0123456789+−")
_HIGH = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+−")
_TOKEN = re.compile(
    r"(?P<space>\s+)|(?P<number>\d+(?:\.\d+)?(?:e[-+]?\d+)?)|(?P<low>[₀-₉₊₋]+)|(?P<high>[⁰¹²³⁴-⁹⁺⁻]+)"
    r"|(?P<power>\^)|(?P<index>_)|(?P<name>[^\W\d_]+(?:'+|\*(?= ?=))?)|(?P<sign><=|>=|!=|.)",
    re.DOTALL,
)


def typeset(text: str, block: bool = False) -> str:
    """Return a formula as MathML; block: on a line of its own."""
    parts: list[tuple[str, str]] = [(str(m.lastgroup), m[0]) for m in _TOKEN.finditer(" ".join(text.split()))]
    items, rest = _row(parts, 0)
    assert rest == len(parts)
    display = ' display="block"' if block else ""
    return f"<math{display}><mrow>{''.join(items)}</mrow></math>"


def _row(parts: list[tuple[str, str]], start: int) -> tuple[list[str], int]:
    """Return the elements of the tokens from `start` on, and where they end."""
    items: list[str] = []
    i = start
    while i < len(parts):
        kind, text = parts[i]
        if kind == "space":
            if items and i + 1 < len(parts) and _needs_space(parts, i):
                items.append('<mspace width="0.22em"/>')
            i += 1
        elif kind in ("low", "high"):
            scripts, tag = text.translate(_LOW if kind == "low" else _HIGH), "msub" if kind == "low" else "msup"
            items[-1:] = [f"<{tag}>{items[-1] if items else '<mrow/>'}<mtext>{escape(scripts)}</mtext></{tag}>"]
            i += 1
        elif kind in ("power", "index") and items:
            inner, i = _script(parts, i + 1)
            tag = "msup" if kind == "power" else "msub"
            items[-1:] = [f"<{tag}>{items[-1]}{inner}</{tag}>"]
        elif kind == "sign":
            fixed = ' stretchy="false"' if text in "()[]<>|" else ""  # else fonts without mathematics make them huge
            items.append(f"<mo{fixed}>{escape(_sign(parts, i))}</mo>")
            i += 1
        elif kind == "number":
            power = _is_power(parts, i)
            glued = items and i and parts[i - 1][0] == "name" and parts[i - 1][1] not in FUNCTIONS
            number = f"<mn>{text}</mn>"
            tag = "msup" if power else "msub"
            items[-1:] = [f"<{tag}>{items[-1]}{number}</{tag}>"] if glued else [*items[-1:], number]
            i += 1
        else:
            items += _name(text)
            i += 1
    return items, i


def _sign(parts: list[tuple[str, str]], i: int) -> str:
    """Return a sign as it is set: `<x>` has brackets, `x < y` compares."""
    text = parts[i][1]
    if text == "." and i and parts[i - 1][0] == "space" and i + 1 < len(parts) and parts[i + 1][0] == "space":
        return "·"
    beside = (
        parts[i + 1] if text == "<" and i + 1 < len(parts) else parts[i - 1] if text == ">" and i else ("space", "")
    )
    return text if text in "<>" and beside[0] == "space" else _SIGNS.get(text, text)


def _is_power(parts: list[tuple[str, str]], i: int) -> bool:
    """Whether a number behind a name is a power, as in d2h/dx2 and m2, and no index, as in i0."""
    name = parts[i - 1][1] if i else ""
    return name in ("d", "m", "s") or (len(name) == 2 and name[0] == "d")


def _needs_space(parts: list[tuple[str, str]], i: int) -> bool:
    """Whether a blank stands between two factors, where no sign separates them."""
    before, after = parts[i - 1], parts[i + 1]
    closes = before[0] in ("name", "number", "low", "high") or before[1] in ")]"
    return closes and (after[0] in ("name", "number") or after[1] in "([∇∂∫∮∑")


def _script(parts: list[tuple[str, str]], i: int) -> tuple[str, int]:
    """Return an index or exponent: a name or number, with a sign, or what is in brackets."""
    kind, text = parts[i] if i < len(parts) else ("", "")
    if text == "(":
        depth, end = 0, i
        while end < len(parts):
            depth += {"(": 1, ")": -1}.get(parts[end][1], 0)
            end += 1
            if depth == 0:
                break
        inner, _ = _row(parts[i + 1 : end - 1], 0)
        return f"<mrow>{''.join(inner)}</mrow>", end
    made = ""
    if text in "+-" and text:
        made, i = f"<mo>{_SIGNS.get(text, text)}</mo>", i + 1
        kind, text = parts[i] if i < len(parts) else ("", "")
    if kind == "name":
        return f"<mrow>{made}{_index(text)}</mrow>", i + 1
    last = (
        f"<{'mn' if kind == 'number' else 'mo'}>{escape(text)}</{'mn' if kind == 'number' else 'mo'}>" if kind else ""
    )
    return f"<mrow>{made}{last}</mrow>", i + bool(kind)


def _index(text: str) -> str:
    """Return a name as an index: upright unless it is one letter."""
    text = GREEK.get(text, text)
    return f"<mi>{escape(text)}</mi>" if len(text) == 1 else f'<mi mathvariant="normal">{escape(text)}</mi>'


def _name(text: str) -> list[str]:
    """Return the elements of a name: letters side by side are factors, such as RT."""
    mark = "".join(re.findall(r"['*]", text))
    name = text.rstrip("'*")
    if name in WORDS:
        made = [f"<mo>{WORDS[name]}</mo>"]
    elif name in GREEK:
        made = [f"<mi>{GREEK[name]}</mi>"]
    elif name in TEXT:
        made = [f"<mtext>{name}</mtext>"]
    elif name in FUNCTIONS or re.fullmatch("[A-Za-z]?[a-z]{3,}|[A-Z]{3}", name):
        made = [f'<mi mathvariant="normal">{escape(name)}</mi>']
    else:
        made = [f"<mi>{escape(letter)}</mi>" for letter in name]
    if mark:
        made[-1] = f"<msup>{made[-1]}<mo>{mark.replace(chr(39), '′')}</mo></msup>"
    return made


_FENCE = re.compile(r"^```formula\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Set the code blocks of the language `formula`: one formula a line, two blanks before what is said about it."""
    return _FENCE.sub(lambda found: _block(found[1]), markdown)


def _block(text: str) -> str:
    rows = []
    for line in text.splitlines():
        if not line.strip():
            continue
        formulas = [part for part in re.split(r"\s{2,}", line.strip()) if part]
        cells = "".join(f"<td>{typeset(part) if _is_formula(part) else escape(part)}</td>" for part in formulas)
        rows.append(f"<tr>{cells}</tr>")
    return f'<table class="formulas">{"".join(rows)}</table>\n'


def _is_formula(text: str) -> bool:
    """Whether a part of a line is a formula and no words about it."""
    if text.startswith(("in the", "at a", "the ")):
        return False
    words = [word for word in re.findall(r"[A-Za-z]{2,}", text) if word not in GREEK and word not in FUNCTIONS]
    return "=" in text or not any(len(word) > 2 or word in ("in", "at", "of", "on") for word in words)
