"""Properties that differ too much between the blocks of a field for double precision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trona.diagnosis.options import Written, written_property
from trona.readings.roundoff import FAR

if TYPE_CHECKING:
    from trona.problem import Problem
    from trona.problem.unknowns import Component


@dataclass(frozen=True)
class Contrast:
    """A property, the factor between its lowest and highest value, and both as written in the deck."""

    name: str
    factor: float
    low: Written
    high: Written
    component: Component


def contrasts(problem: Problem) -> list[Contrast]:
    """Return the properties that differ most between the blocks over which a field is continuous, worst first."""
    found = []
    for component in problem.unknowns.components:
        for name, members in problem.inputs.properties().items():
            sizes = {}
            for block, symbol in members.items():
                if block in component.blocks and not problem.model.varies(symbol.expression):
                    size = abs(problem.inputs.number(symbol))
                    if size > 0:
                        sizes[block] = size
            if len(sizes) < 2:
                continue
            low, high = min(sizes, key=sizes.__getitem__), max(sizes, key=sizes.__getitem__)
            factor = sizes[high] / sizes[low] if sizes[low] else float("inf")
            ends = [written_property(problem.model, members[b]) for b in (low, high)]
            if factor > FAR and ends[0] is not None and ends[1] is not None:
                found.append(Contrast(name, factor, ends[0], ends[1], component))
    return sorted(found, key=lambda c: -c.factor)
