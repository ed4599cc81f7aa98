"""The layout of a deck: the order of its sections, indentation, spaces, and the columns of comments.

Only white space between the tokens of YAML and the order of the sections change. Comments, quotes, anchors and the
order of keys within a section stay as they are written.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from trona.deck.reader import SECTIONS
from trona.deck.rows import Row, layout
from trona.deck.source import Node, parse_yaml
from trona.errors import DeckError, Location, UserError, nearest, raise_all

GAP = 4
"""Least number of spaces between a value and the comment behind it."""
WIDEST = 120
"""Comments are aligned only where no line becomes longer than this,"""
WIDEST_GAP = 24
"""and where the lengths of the lines differ by no more than this."""


def formatted(text: str, file: str) -> str:
    """Return the text of a deck in the common layout; the layout of that is the same text.

    The result means the same and has the same comments. file: the name of the file in messages. Raises UserError for
    text that is not plain YAML or has sections that no deck has.
    """
    before = parse_yaml(text, file)
    _check(before)
    text = re.sub(r"\r\n?", "\n", text.removeprefix("\ufeff"))
    if strange := re.search("[\x85\u2028\u2029]", text):
        above, _, left = text[: strange.start()].rpartition("\n")
        location = Location(file, above.count("\n") + bool(above) + 1, len(left) + 1)
        raise DeckError(f"the character U+{ord(strange[0]):04X}, which breaks lines unseen", location)
    rows = layout(text)
    for ordered in (_ordered(rows), rows):
        made = _text(ordered)
        if _same_signs(made, text) and _means(made, file, before):
            return made
    raise DeckError("its layout cannot be changed without changing what it means", before.location)


def _check(root: Node) -> None:
    found = root.mapping() if root.value is not None else {}
    errors: list[UserError] = [
        DeckError(f"no such section{nearest(name, SECTIONS)}", root.key(name)) for name in found if name not in SECTIONS
    ]
    raise_all(errors)


def _same_signs(made: str, text: str) -> bool:
    """Whether two texts have the same lines but for their order and white space: nothing is lost."""
    first, second = (Counter("".join(line.split()) for line in each.split("\n")) for each in (made, text))
    return {line: n for line, n in first.items() if line} == {line: n for line, n in second.items() if line}


def _means(text: str, file: str, before: Node) -> bool:
    """Whether a text still means the same. The order of the sections is free."""
    try:
        after = parse_yaml(text, file)
    except UserError:  # an alias now stands before its anchor
        return False
    return bool(_content(after, free=True) == _content(before, free=True))


def _content(node: Node, free: bool = False) -> Any:
    """Return all that the text of a deck means: values as they are spelt, and the order of keys unless it is free."""
    if isinstance(node.value, dict):
        pairs = [(key, _content(part)) for key, part in node.value.items()]
        return dict(pairs) if free else pairs
    if isinstance(node.value, list):
        return [_content(part) for part in node.value]
    return type(node.value), node.text


def _ordered(rows: list[Row]) -> list[Row]:
    """Return the rows with the sections in the order of SECTIONS, each with the comments above it."""
    starts = [i for i, row in enumerate(rows) if row.section is not None]
    if not starts or any(rows[i].section not in SECTIONS for i in starts):
        return rows
    tops = [_top(rows, i, 0 if n == 0 else starts[n - 1] + 1) for n, i in enumerate(starts)]
    head, foot = rows[: tops[0]], _foot(rows, starts[-1])
    chunks = [
        (SECTIONS.index(str(rows[start].section)), top, rows[top:end])
        for start, top, end in zip(starts, tops, [*tops[1:], foot], strict=True)
    ]
    in_order = sorted(chunks, key=lambda chunk: chunk[:2])
    result, last = [*head], -1
    for place, top, chunk in in_order:
        follows = chunks.index((place, top, chunk)) == last + 1
        last = chunks.index((place, top, chunk))
        # Blank lines say which sections belong together. They stay between neighbours that stay neighbours.
        below_head = not result or (result == head and not chunk[0].comment_only)
        if not follows and not below_head and not result[-1].blank:
            result.append(Row(""))
        result += chunk
    return [*result, *([] if follows and last == len(chunks) - 1 else [Row("")]), *rows[foot:]]


def _top(rows: list[Row], start: int, least: int) -> int:
    """Return where the comments begin that stand directly above the first row of a section.

    least: the first row that may be one of them. At the top of a deck, comments belong to the deck, unless a blank line
    stands above them.
    """
    top = start
    while top > least and rows[top - 1].comment_only and not rows[top - 1].text.startswith(" "):
        top -= 1
    return start if top == 0 else top


def _foot(rows: list[Row], least: int) -> int:
    """Return where the comments at the end of a deck begin: those of no section."""
    foot = len(rows)
    while foot > least + 1 and (rows[foot - 1].blank or rows[foot - 1].comment_only) and not rows[foot - 1].held:
        foot -= 1
    while foot < len(rows) and not rows[foot].blank:
        foot += 1
    return foot


def _text(rows: list[Row]) -> str:
    """Return the rows as one text, comments aligned, no two blank lines in a row and none at the ends."""
    kept = [row for i, row in enumerate(rows) if not (row.blank and (i == 0 or rows[i - 1].blank))]
    while kept and kept[0].blank:
        kept.pop(0)
    while kept and kept[-1].blank:
        kept.pop()
    columns = _columns(kept)
    lines = [f"{row.text.ljust(columns[i])}{row.comment}" if row.comment else row.text for i, row in enumerate(kept)]
    return "".join(f"{line}\n" for line in lines)


def _columns(rows: list[Row]) -> dict[int, int]:
    """Return the column of the comment behind each row that has one: a common one in each mapping or list."""
    columns: dict[int, int] = {}
    groups: dict[int, list[int]] = {}  # by indentation, what may still go on
    for i, row in enumerate(rows):
        lead = len(row.text) - len(row.text.lstrip(" "))
        for ended in [depth for depth in groups if (depth > lead or row.blank) and not row.held]:
            del groups[ended]
        if not row.comment:
            continue
        group = groups.setdefault(lead, [])
        group.append(i)
        lengths = [len(rows[each].text) for each in group]
        column = max(lengths) + GAP
        close = max(lengths) - min(lengths) <= WIDEST_GAP
        if close and all(column + len(rows[each].comment) <= WIDEST for each in group):
            columns |= dict.fromkeys(group, column)
        else:
            columns[i], groups[lead] = len(row.text) + GAP, [i]
    return columns
