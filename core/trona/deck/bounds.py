"""The bounds of a number, with their words in messages and their keywords in a JSON schema."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Bound:
    """passes(value, bound): whether a value is allowed; words: as in 'must be WORDS 5 K'; keyword: in JSON schema."""

    passes: Callable[[float, float], bool]
    words: str
    keyword: str


BOUNDS: Mapping[str, Bound] = {
    "minimum": Bound(operator.ge, "at least", "minimum"),
    "maximum": Bound(operator.le, "at most", "maximum"),
    "above": Bound(operator.gt, "above", "exclusiveMinimum"),
    "below": Bound(operator.lt, "below", "exclusiveMaximum"),
}
