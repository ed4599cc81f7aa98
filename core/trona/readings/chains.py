"""The order of the pieces of curves."""

from __future__ import annotations

from typing import Any

Array = Any
Chain = list[tuple[int, bool]]


def chains(ends: Array) -> list[Chain]:
    """Return the pieces of each curve in their order, with whether a piece is gone through from its last end.

    ends: those of each piece (pieces, 2, d); pieces that touch have an end in common, exactly. A curve begins at its
    end with the smaller coordinates, x first, and a closed one at its point with the smallest; where more than two
    pieces meet, curves end. Curves are in the order of their first points.
    """
    keys = [tuple(map(tuple, piece)) for piece in ends.tolist()]
    at: dict[Any, list[int]] = {}
    for number, (first, last) in enumerate(keys):
        at.setdefault(first, []).append(number)
        if last != first:
            at.setdefault(last, []).append(number)
    left = set(range(len(keys)))
    found: list[Chain] = []
    points = sorted(at)
    for start in [*(p for p in points if len(at[p]) != 2), *points]:
        while number := next((n + 1 for n in at[start] if n in left), 0):
            chain, point, piece = [], start, number - 1
            while True:
                left.discard(piece)
                first, last = keys[piece]
                chain.append((piece, first != point))
                point = last if first == point else first
                following = [n for n in at[point] if n in left]
                if len(at[point]) != 2 or not following:
                    break
                piece = following[0]
            found.append(chain)
    return sorted(found, key=lambda c: keys[c[0][0]][1 if c[0][1] else 0])
