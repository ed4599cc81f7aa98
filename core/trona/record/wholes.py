"""Outputs that consist of parts, such as a voltage by its causes: what is shown of them, and how it is stacked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
LEFT = "not accounted for"
"""What a reader sees of what the parts leave over."""
_NOTHING = 1e-12
"""Parts that are nowhere larger than this part of the largest are not shown."""


@dataclass(frozen=True, eq=False)
class Whole:
    """An output in `unit`, its parts by what they are in words, and what these leave over; a value for each time."""

    name: str
    unit: str
    values: Floats
    parts: Mapping[str, Floats]
    left: Floats

    @classmethod
    def of(cls, name: str, members: Sequence[str], columns: Mapping[str, Any], units: Mapping[str, str]) -> Whole:
        """Return an output of a table. members: the names of its parts, and last that of what they leave over.

        Parts that are zero everywhere are left out. Raises ValueError if a column is missing.
        """
        missing = [each for each in (name, *members) if each not in columns]
        if missing:
            raise ValueError(f"no output '{missing[0]}' in the table")
        found = {each: np.asarray(columns[each], dtype=np.float64) for each in (name, *members)}
        *parts, left = members
        sizes = {part: float(np.nanmax(np.abs(found[part]), initial=0.0)) for part in parts}
        least = _NOTHING * max(sizes.values(), default=0.0)
        shown = {words(name, part): found[part] for part in parts if sizes[part] > least}
        return cls(name, units[name], found[name], shown, found[left])

    def stack(self) -> Iterator[tuple[str, list[tuple[Floats, Floats]]]]:
        """Yield each part with the lower and upper edges of its layers: one above zero, and one below."""
        high = low = np.zeros(len(self.values))
        for name, part in self.parts.items():
            above, below = np.maximum(part, 0.0), np.minimum(part, 0.0)
            yield name, [(high, high + above), (low + below, low)]
            high, low = high + above, low + below


def words(whole: str, part: str) -> str:
    """Return a part in words: 'cell.charge_transfer (a | b)' gives 'charge transfer (a | b)'."""
    stem, bracket, place = part.removeprefix(f"{whole}.").partition(" (")
    return f"{stem.replace('_', ' ')}{bracket}{place}"
