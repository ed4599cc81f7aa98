"""Checks plain data from a file that anyone can edit against the layout that it must have.

A layout is one of the names below, {key: layout} for a dict with at least these keys, [layout] for a list of any
length, (layout, layout) for one of that length, or an object of the classes below.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import numpy as np

from trona.deck.printable import harmful

Layout = Any
T = TypeVar("T")


class MisfitError(ValueError):
    """Data that does not have its layout; the text begins with the path in the data."""


@dataclass(frozen=True)
class Number:
    """A number, which may be NaN or infinite unless `finite`; at_least: its lower bound; `whole`: an integer."""

    above: float = -math.inf
    at_least: float = -math.inf
    finite: bool = True
    whole: bool = False

    def __str__(self) -> str:
        kind = "a whole number" if self.whole else "a finite number" if self.finite else "a number"
        low = f" above {self.above:g}" if self.above > -math.inf else ""
        return kind + (f" of at least {self.at_least:g}" if self.at_least > -math.inf else low)


@dataclass(frozen=True)
class Named:
    """A dict whose keys are any names."""

    of: Layout


@dataclass(frozen=True)
class Maybe:
    """None, or data with the layout `of`."""

    of: Layout


@dataclass(frozen=True)
class IfThere:
    """An entry of a dict that may be missing."""

    of: Layout


@dataclass(frozen=True)
class Array:
    """A numpy array of finite floats, or `whole` numbers; `shape` with None for any length, None for any shape."""

    shape: tuple[int | None, ...] | None = None
    whole: bool = False
    finite: bool = True

    def __str__(self) -> str:
        kind = "whole numbers" if self.whole else "finite numbers" if self.finite else "numbers"
        axes = "" if self.shape is None else f" with {len(self.shape)} axes"
        return f"an array of {kind}{axes}"


@dataclass(frozen=True)
class Matching:
    """Text that matches a pattern completely; `what` describes it in words."""

    pattern: str
    what: str

    def __str__(self) -> str:
        return self.what


# Text without control characters for a terminal: it may become part of a message.
TEXT, FLAG = "text", "true or false"
NUMBER = Number(finite=False)
COUNT = Number(at_least=0, whole=True)


def fit(data: Any, layout: Layout, path: str = "") -> None:
    """Raise MisfitError, with the path, unless data has the layout; a dict may have more keys."""
    if isinstance(layout, Maybe):
        if data is not None:
            fit(data, layout.of, path)
    elif isinstance(layout, Named):
        _expect(isinstance(data, dict) and all(_is_leaf(key, TEXT) for key in data), "names", data, path)
        for key, part in data.items():
            fit(part, layout.of, _inner(path, key))
    elif isinstance(layout, dict):
        _expect(isinstance(data, dict), f"a mapping with {', '.join(layout)}", data, path)
        for key, inner in layout.items():
            if key in data:
                fit(data[key], inner.of if isinstance(inner, IfThere) else inner, _inner(path, key))
            elif not isinstance(inner, IfThere):
                raise MisfitError(f"{_inner(path, key)}: is missing")
    elif isinstance(layout, tuple):
        good = isinstance(data, list | tuple) and len(data) == len(layout)
        _expect(good, f"a list of {len(layout)}", data, path)
        for i, (part, inner) in enumerate(zip(data, layout, strict=True)):
            fit(part, inner, f"{path}[{i}]")
    elif isinstance(layout, list):
        _expect(isinstance(data, list | tuple), "a list", data, path)
        for i, part in enumerate(data):
            fit(part, layout[0], f"{path}[{i}]")
    else:
        _expect(_is_leaf(data, layout), str(layout), data, path)


def instance(cls: type[T], data: Mapping[str, Any]) -> T:
    """Return the dataclass made from those entries of data that are fields of it."""
    known = {field.name for field in fields(cls)}  # type: ignore[arg-type]
    return cls(**{key: value for key, value in data.items() if key in known})


def same_length(path: str, **parts: Any) -> None:
    """Raise MisfitError unless all arrays and lists have the same length."""
    for name, part in parts.items():
        if getattr(part, "ndim", 1) == 0:
            raise MisfitError(f"{path}: {name} is one number, not an array")
    if len({len(part) for part in parts.values()}) > 1:
        found = ", ".join(f"{len(part)} of {name}" for name, part in parts.items())
        raise MisfitError(f"{path}: lengths that differ, {found}")


def _is_leaf(data: Any, layout: Layout) -> bool:
    if layout == TEXT:
        return isinstance(data, str) and not harmful(data)
    if layout == FLAG:
        return isinstance(data, bool)
    if isinstance(layout, Matching):
        return isinstance(data, str) and re.fullmatch(layout.pattern, data) is not None
    if isinstance(layout, Array):
        return (
            isinstance(data, np.ndarray)
            and (data.dtype.kind in "iu" if layout.whole else data.dtype.kind == "f")
            and (layout.shape is None or _has_shape(data, layout.shape))
            and (not layout.finite or bool(np.isfinite(data).all()))
        )
    assert isinstance(layout, Number), layout
    if isinstance(data, bool) or not isinstance(data, int if layout.whole else int | float):
        return False
    if layout.whole and abs(data) >= 2**63:
        return False
    try:
        value = float(data)
    except OverflowError:
        return False
    if not math.isfinite(value):
        return not layout.finite
    return value > layout.above and value >= layout.at_least


def _has_shape(data: Any, shape: tuple[int | None, ...]) -> bool:
    return data.ndim == len(shape) and all(b in (None, a) for a, b in zip(data.shape, shape, strict=True))


def _expect(good: bool, what: str, data: Any, path: str) -> None:
    if not good:
        raise MisfitError(f"{path or 'it'}: expected {what}, got {_short(data)}")


def _short(data: Any) -> str:
    if isinstance(data, Mapping | list | tuple):
        return f"a {'mapping' if isinstance(data, Mapping) else 'list'} of {len(data)}"
    if isinstance(data, np.ndarray):
        return f"an array of {data.dtype} with shape {data.shape}"
    text = repr(data)
    return text if len(text) <= 40 else f"{text[:40]}..."


def _inner(path: str, key: str) -> str:
    name = key if key.isprintable() and len(key) <= 60 else f"{key[:60]!r}"
    return f"{path}.{name}" if path else name
