"""The outputs that a deck asks for, as data."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trona.model.asked import Curve, Numbers
    from trona.model.records import Derived, Output


def is_due(number: int, time: float, every: int, at: tuple[float, ...]) -> bool:
    """Return whether fields are written after a step; a step made for a time in `at` ends exactly there."""
    return time in at or (every > 0 and number % every == 0)


@dataclass(frozen=True, eq=False)
class OutputSettings:
    """What the deck asks to be written; lengths in m.

    every: fields are written every so many steps, 0 for no such interval. at: times, s, at which a step ends and fields
    are written, in order. outputs: the reductions of all plugins and those of the deck's own. quantities: the derived
    quantities of both. numbers: the other numbers of the deck's own. extremes: further numbers, which are read where
    somebody names them. report: whether the command line writes the page of the run.
    """

    vtk: bool
    every: int
    at: tuple[float, ...]
    derived: tuple[Derived, ...]
    csv: tuple[str, ...] | None
    plots: tuple[str, ...]
    zoom: tuple[float, float, float, float] | None
    outputs: tuple[Output, ...]
    quantities: dict[str, Derived]
    numbers: tuple[Numbers, ...]
    curves: tuple[Curve, ...]
    extremes: tuple[Numbers, ...]
    report: bool = True

    def naming(self, names: Collection[str]) -> OutputSettings:
        """Return the same with those of the extremes that are named among the numbers."""
        there = {name for each in self.numbers for name in each.names}
        named = (e for e in self.extremes for name in e.names if name in names and name not in there)
        return replace(self, numbers=(*self.numbers, *named))
