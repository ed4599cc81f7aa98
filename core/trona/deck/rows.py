"""The lines of a YAML text with common indentation and spaces, made from its tokens."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import yaml

STEP = 2
"""Spaces of one level of indentation."""
_OPENING = (yaml.FlowSequenceStartToken, yaml.FlowMappingStartToken)
_CLOSING = (yaml.FlowSequenceEndToken, yaml.FlowMappingEndToken)
_BLOCKS = (yaml.BlockSequenceStartToken, yaml.BlockMappingStartToken)
_DOCUMENT = (yaml.DocumentStartToken, yaml.DocumentEndToken, yaml.DirectiveToken)


@dataclass
class Row:
    """One line; `comment` stands behind its text.

    section: the key of the outermost mapping that begins here. held: it continues a text that spans several lines.
    """

    text: str
    comment: str = ""
    section: str | None = None
    held: bool = False

    @property
    def blank(self) -> bool:
        """Whether the line is empty, and may be removed."""
        return not self.text and not self.held

    @property
    def comment_only(self) -> bool:
        """Whether the line is a comment."""
        return self.text.lstrip().startswith("#") and not self.held


def layout(text: str) -> list[Row]:
    """Return the lines of a valid YAML text, whose lines end with a line feed, with common indentation and spaces."""
    walk = _Walk(text.split("\n"))
    for token in yaml.scan(text, Loader=yaml.SafeLoader):
        walk.take(token)
    walk.rest(len(walk.source), None)
    return walk.rows


@dataclass
class _Level:
    """An open block: its column as it is written and as it becomes."""

    column: int
    target: int
    dashes: bool = False
    implicit: bool = False  # its dashes stand in the column of its key, and no token begins it


class _Walk:
    """Goes through the tokens of a text and makes its rows."""

    def __init__(self, source: list[str]) -> None:
        self.source = source
        self.rows: list[Row] = []
        self.levels: list[_Level] = []
        self.earlier: list[_Level] = []  # the levels of the token before
        self.brackets: list[int] = []  # how far each open bracket has moved to the right
        self.line, self.column = -1, 0  # where the token before ends
        self.before: Any = None
        self.names = False  # whether the next token is a key of the outermost mapping

    def take(self, token: Any) -> None:
        """Add a token."""
        self.nest(token)
        if token.start_mark.index == token.end_mark.index:
            return
        start = token.start_mark
        if start.line == self.line:
            self.rows[-1].text += _gap(self.before, token)
        else:
            self.rest(start.line, token)
            self.rows.append(Row(" " * self.indent(token)))
        if self.names and isinstance(token, yaml.ScalarToken):
            self.rows[-1].section = str(token.value).strip()
        self.names = False
        shift = len(self.rows[-1].text) - start.column
        self.spell(token, shift)
        if isinstance(token, _OPENING):
            self.brackets.append(shift)
        elif isinstance(token, _CLOSING):
            self.brackets.pop()
        self.before, self.earlier = token, [*self.levels]
        self.line = _last_line(token)
        self.column = len(self.source[self.line]) if _in_block_style(token) else token.end_mark.column

    def nest(self, token: Any) -> None:
        """Open and close the levels that begin and end before a token."""
        top = self.levels[-1] if self.levels else None
        if isinstance(token, _BLOCKS):
            dashes = isinstance(token, yaml.BlockSequenceStartToken)
            self.levels.append(_Level(token.start_mark.column, top.target + STEP if top else 0, dashes))
        elif isinstance(token, yaml.BlockEntryToken) and top and not top.dashes:
            self.levels.append(_Level(top.column, top.target + STEP, dashes=True, implicit=True))
        elif isinstance(token, yaml.KeyToken | yaml.BlockEndToken) and not self.brackets:
            if top and top.implicit:
                self.levels.pop()
            if isinstance(token, yaml.BlockEndToken):
                self.levels.pop()
            self.names = isinstance(token, yaml.KeyToken) and len(self.levels) == 1

    def rest(self, end: int, token: Any) -> None:
        """Add what stands between the token before and the line `end`, on which a token begins: comments."""
        if self.line >= 0:
            self.rows[-1].comment = self.source[self.line][self.column :].strip()
        for line in self.source[self.line + 1 : end]:
            text = line.strip()
            self.rows.append(Row(" " * self.beside(_lead(line), token) + text if text else ""))

    def beside(self, column: int, token: Any) -> int:
        """Return the indentation of a comment above the line of a token."""
        if self.brackets:
            return max(0, column + self.brackets[-1])
        if token is not None and column == token.start_mark.column:
            return self.indent(token)
        if self.earlier and (token is None or column > token.start_mark.column):
            deepest = self.earlier[-1]
            if column > deepest.column and isinstance(self.before, yaml.ValueToken | yaml.BlockEntryToken):
                return deepest.target + STEP
            return max((level.target for level in self.earlier if level.column <= column), default=0)
        known = [level.target for level in self.earlier if level.column == column]
        return known[-1] if known else self.indent(token) if token is not None else 0

    def indent(self, token: Any) -> int:
        """Return the indentation of a line that begins with a token."""
        column: int = token.start_mark.column
        if self.brackets:
            return max(0, column + self.brackets[-1])
        if not self.levels or isinstance(token, _DOCUMENT):
            return 0
        top = self.levels[-1]
        return top.target if column == top.column else top.target + STEP

    def spell(self, token: Any, shift: int) -> None:
        """Add a token as it is written, its further lines moved with the first."""
        first, last = token.start_mark, _last_line(token)
        outer = self.levels[-1] if self.levels else _Level(-STEP, -STEP)
        if not _in_block_style(token):
            end = token.end_mark.column if last == first.line else None
            self.rows[-1].text += self.source[first.line][first.column : end].rstrip(" ")
            least = 0 if self.brackets else outer.target + STEP
            for line in range(first.line + 1, last + 1):
                text = self.source[line][: token.end_mark.column if line == last else None]
                lead = max(least, _lead(text) + shift)
                self.rows.append(Row(" " * lead + text.strip(" ") if text.strip(" ") else "", held=True))
            return
        head, *lines = [self.source[first.line][first.column :].rstrip(), *self.source[first.line + 1 : last + 1]]
        self.rows[-1].text += head
        least = min((_lead(line) for line in lines if line.strip(" ")), default=0)
        fixed = re.match(r"[|>][-+]?[1-9]", head) is not None
        shift = outer.target - outer.column if fixed else outer.target + STEP - least
        for text in lines:
            moved = " " * (_lead(text) + shift) + text.lstrip(" ")
            self.rows.append(Row(moved if len(text) > least or text.strip(" ") else "", held=True))


def _gap(before: Any, token: Any) -> str:
    """Return the space between two tokens of one line."""
    if isinstance(before, _OPENING) or isinstance(token, (*_CLOSING, yaml.FlowEntryToken)):
        return ""
    return "" if isinstance(token, yaml.ValueToken) and not isinstance(before, yaml.AliasToken) else " "


def _in_block_style(token: Any) -> bool:
    return isinstance(token, yaml.ScalarToken) and token.style in ("|", ">")


def _last_line(token: Any) -> int:
    """Return the last line on which a token has text, or blank lines that belong to it."""
    end = token.end_mark
    line: int = end.line
    return line - 1 if _in_block_style(token) and end.column == 0 and line > token.start_mark.line else line


def _lead(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
