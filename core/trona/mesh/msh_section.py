"""A cursor over the numbers of one section of an ASCII or binary MSH file."""

from __future__ import annotations

import warnings
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from trona.mesh.raw import Floats, Ints

Kind = Literal["i", "u", "d"]  # int, size_t, double


class Section:
    """The content of a section. Every method raises ValueError if the section ends too early."""

    def __init__(self, name: str, content: bytes, order: str, size: int) -> None:
        """`order` is '<' or '>' for binary, '' for ASCII; `size` the bytes of a size_t."""
        self.name, self._order, self._at = name, order, 0
        self._dtypes = {"i": np.dtype(f"{order}i4"), "u": np.dtype(f"{order}u{size}"), "d": np.dtype(f"{order}f8")}
        self._content = content
        if not order:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                self._numbers: Floats = np.fromstring(content.decode("ascii"), dtype=np.float64, sep=" ")

    @property
    def left(self) -> int:
        """The number of values left; in a binary section, of integers that would fit."""
        if self._order:
            return (len(self._content) - self._at) // self._dtypes["i"].itemsize
        return len(self._numbers) - self._at

    def take(self, kind: Kind, count: int) -> NDArray[Any]:
        """Return the next `count` numbers, int64 or float64, and move on."""
        if self._order:
            values = self._records(self._dtypes[kind], count)
        else:
            values = self.peek(count)
            self._at += count
        return values.astype(np.float64) if kind == "d" else integers(values)

    def one(self, kind: Kind) -> int:
        """Return the next integer and move on."""
        return int(self.take(kind, 1)[0])

    def peek(self, count: int) -> NDArray[Any]:
        """Return the next `count` numbers without moving on; integers in a binary section."""
        if self._order:
            return self._records(self._dtypes["i"], count, step=False)
        if not 0 <= count <= self.left:
            raise ValueError(f"section ${self.name} is shorter than it announces")
        return self._numbers[self._at : self._at + count]

    def announced(self) -> int:
        """Return the count at the start of a section of version 2, which is text in binary files too."""
        if not self._order:
            return self.one("i")
        end = self._content.index(b"\n", self._at)
        count = int(self._content[self._at : end])
        self._at = end + 1
        return count

    def nodes(self, count: int) -> tuple[Ints, Floats]:
        """The next `count` nodes of version 2: numbers (count,) and points (count, 3)."""
        if self._order:
            record = np.dtype([("tag", self._dtypes["i"]), ("x", self._dtypes["d"], 3)])
            nodes = self._records(record, count)
            return nodes["tag"].astype(np.int64), nodes["x"].astype(np.float64)
        table = self.take("d", 4 * count).reshape(count, 4)
        return integers(table[:, 0]), table[:, 1:]

    def _records(self, dtype: np.dtype[Any], count: int, *, step: bool = True) -> NDArray[Any]:
        if not 0 <= count <= (len(self._content) - self._at) // dtype.itemsize:
            raise ValueError(f"section ${self.name} is shorter than it announces")
        records = np.frombuffer(self._content, dtype, count, self._at)
        self._at += count * dtype.itemsize if step else 0
        return records


def integers(values: NDArray[Any]) -> Ints:
    """`values` as int64; ValueError if one of them is a fraction, not finite or too large."""
    if not (np.abs(values) < 2.0**53).all() or not (values == np.rint(values)).all():
        raise ValueError("expected an integer")
    return values.astype(np.int64)
