"""Text from files without control characters that a terminal would execute."""

from __future__ import annotations

import re

# Control characters except line feed and tab, and the marks that change the direction of text.
_HARMFUL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """Return the text with control characters escaped as in Python: '\\x1b'."""
    return _HARMFUL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def harmful(text: str) -> str:
    """Return the first character that `printable` escapes, '' if there is none."""
    found = _HARMFUL.search(text)
    return found[0] if found else ""
