"""The tokens of an expression, and the extent of the unit after a number."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from trona.deck.source import shorten
from trona.units import NAME, SUPERSCRIPT, Unit, lowered

MAX_LENGTH = 10_000
MAX_DEPTH = 100
POSITION_AND_TIME = (
    "t",
    "x",
    "y",
    "z",
)  # never units, so that the meaning of a formula does not depend on the allowed variables
CONSTANTS = {"pi": math.pi}
KEYWORDS = ("and", "or", "not")
FUNCTIONS = ("exp", "ln", "log10", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh", "abs", "min", "max", "if")

_PLAIN = r"[0-9]{1,9}(?:\.[0-9]{1,9})?"
_EXPONENT = re.compile(rf"[-+]?{_PLAIN}|\([-+]?{_PLAIN}(?:/{_PLAIN})?\)")
_NUMBER = r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
_NOT_NAMES = rf"(?P<raised>{SUPERSCRIPT})|(?P<sign>\*\*|<=|>=|[-+*/^()<>,·])"
_TOKEN = re.compile(rf"(?P<number>{_NUMBER})|(?P<name>{NAME})|{_NOT_NAMES}")
_DOTTED = re.compile(rf"(?P<number>{_NUMBER})|(?P<name>(?:{NAME})(?:\.(?:{NAME}))*)|{_NOT_NAMES}")


class ExpressionError(ValueError):
    """A text that is not an expression of the right unit; `column` is the offset of the mistake in the text.

    `unknown` is the unknown name, if that is the mistake.
    """

    def __init__(self, message: str, column: int = 0, unknown: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.column = column
        self.unknown = unknown


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    text: str
    begin: int
    end: int


def parse_unit(text: str, column: int) -> Unit:
    """The unit spelt `text` at `column`."""
    try:
        return Unit.parse(text)
    except ValueError as error:
        raise ExpressionError(str(error), column) from None


_OTHER = (
    (re.compile(r"0[oOxXbB][0-9a-fA-F_]+"), "is a number in base {base}"),
    (re.compile(r"0[0-9]+(?![0-9.eE])"), "begins with a zero, which may mean base 8"),
    (re.compile(r"[0-9]+(?::[0-9]+)+(?:\.[0-9]*)?"), "is a number in base 60, or a time of day"),
    (re.compile(r"[0-9]+(?:_[0-9]+)+"), "has '_' between its digits"),
)
_BASES = {"o": 8, "x": 16, "b": 2}


def other_number(text: str) -> str:
    """The reason to refuse a text that begins with an ambiguous number, such as 017 or 1:30; else ''."""
    for pattern, why in _OTHER:
        if found := pattern.match(text):
            reason = why.format(base=_BASES.get(found[0][1:2].lower(), 10))
            return f"'{shorten(found[0])}' {reason}; write it as a decimal"
    return ""


def _tokens(kind: str, text: str, begin: int, end: int) -> list[Token]:
    if kind != "raised":
        return [Token(kind, text, begin, end)]
    kinds = ("number" if part.isdigit() else "sign" for part in lowered(text))
    return [Token(k, part, begin, end) for k, part in zip(kinds, lowered(text), strict=True)]


class Tokens:
    """The tokens of a text and the position in them; `variables` are names that are not units."""

    definitions: Mapping[str, str] = {}

    def __init__(self, text: str, variables: Mapping[str, Unit]) -> None:
        if len(text) > MAX_LENGTH:
            raise ExpressionError(f"an expression has at most {MAX_LENGTH} characters, got {len(text)}")
        self.text, self.variables = text, variables
        self.next = 0
        self.tokens: list[Token] = []
        at = 0
        pattern = _DOTTED if any("." in name for name in variables) else _TOKEN
        while at < len(text):
            match = pattern.match(text, at)
            if match:
                self.tokens += _tokens(str(match.lastgroup), match[0], at, match.end())
                if match["number"] and (other := other_number(text[at:])):
                    raise ExpressionError(other, at)
            elif not text[at].isspace():
                raise ExpressionError(f"unexpected '{text[at]}'", at)
            at = match.end() if match else at + 1
        self.tokens.append(Token("end", "", len(text), len(text)))

    # Tokens

    def peek(self, ahead: int = 0) -> Token:
        return self.tokens[min(max(self.next + ahead, 0), len(self.tokens) - 1)]

    def advance(self) -> Token:
        token = self.peek()
        self.next += 1
        return token

    def expect(self, sign: str) -> Token:
        if self.peek().text != sign:
            raise self.unexpected(f"expected '{sign}'")
        return self.advance()

    def unexpected(self, wanted: str) -> ExpressionError:
        token = self.peek()
        found = f"'{token.text}'" if token.kind != "end" else "the end"
        return ExpressionError(f"{wanted}, got {found}", token.begin)

    def is_unit(self, ahead: int) -> bool:
        """Whether that token is a unit, and not a variable, a constant, a keyword or a call."""
        token = self.peek(ahead)
        if token.kind != "name" or token.text in (*self.variables, *POSITION_AND_TIME, *CONSTANTS, *KEYWORDS):
            return False
        if token.text in FUNCTIONS and self.peek(ahead + 1).text == "(":
            return False
        return Unit.known(token.text)

    def unit_end(self) -> int:
        """The index of the token after the unit that follows a number, or of the next token if there is no unit."""
        token = self.peek()
        if token.kind == "name" and token.text not in KEYWORDS and not self.is_unit(0):
            name = shorten(token.text)
            if token.text in (*self.variables, *self.definitions, *POSITION_AND_TIME, *CONSTANTS, *FUNCTIONS):
                number = self.tokens[self.next - 1].text
                names = (*self.variables, *self.definitions, *POSITION_AND_TIME)
                what = "a variable" if token.text in names else "not a unit"
                raise ExpressionError(f"'{name}' is {what} here; write '{number} * {name}'", token.begin)
            return self.next + 1  # Unit.parse says which unit is the nearest
        if token.kind == "name":
            at = self.unit_factor(0)
        elif token.text == "/" and self.peek(-2).text not in ("/", "^", "**"):
            at = self.unit_factor(1)
        elif token.text == "1" and self.peek(1).text == "/":
            at = self.unit_factor(2)
        else:
            return self.next
        return self.next + self.unit_rest(at) if at else self.next

    def unit_rest(self, at: int) -> int:
        """Extend a unit that ends before the token `at` ahead over the factors that follow it."""
        while end := self.unit_next(at, 0):
            at = end
        return at

    def unit_next(self, at: int, depth: int) -> int:
        """How far ahead the next factor of a unit ends, after a sign or a blank; 0 if there is none."""
        if self.peek(at).text in ("*", "/", "·"):
            return self.unit_factor(at + 1, depth)
        return self.unit_factor(at, depth) if self.peek(at).kind == "name" else 0

    def unit_factor(self, at: int, depth: int = 0) -> int:
        """How far ahead a name or a group of units, with its exponent, ends; 0 if there is none."""
        if self.is_unit(at):
            at += 1
        elif self.peek(at).text == "(" and depth < MAX_DEPTH:
            end = self.unit_factor(at + 1, depth + 1)
            while end and (after := self.unit_next(end, depth + 1)):
                end = after
            if not end or self.peek(end).text != ")":
                return 0
            at = end + 1
        else:
            return 0
        return self.unit_exponent(at)

    def unit_exponent(self, at: int) -> int:
        """Skip an exponent that is a plain number: ^2, ^-2, ^0.5, ^(-1), ^(1/2)."""
        if self.peek(at).text not in ("^", "**"):
            return at
        spelling = ""
        for end in range(at + 1, at + 7):
            spelling += self.peek(end).text
            if _EXPONENT.fullmatch(spelling):
                return end + 1
        return at
