"""The contents of a protocol: steps that set controls until a limit is met, loops of steps, integrals over time."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trona.model.sections import entries_of
from trona.units import Unit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trona.deck import Expression, Table
    from trona.model.model import Model

COUNTERS = {"cycle": "number of the cycle", "protocol_step": "number of the step, as in steps.csv"}
"""Outputs that tell where in its protocol a run is."""


@dataclass(frozen=True)
class Limit:
    """A condition that ends a step: an integral of either sign, or an output above or below a value; in SI."""

    name: str
    side: str
    value: float

    def excess(self, value: float) -> float:
        """Return by how much a value exceeds the limit; negative before the limit."""
        if self.side == "below":
            return self.value - value
        return (abs(value) if self.side == "amount" else value) - self.value

    def __str__(self) -> str:
        return self.name if self.side == "amount" else f"{self.name} {self.side} {self.value:g}"


@dataclass(frozen=True, eq=False)
class ProtocolStep:
    """A step: what it sets, its longest duration and first time step (s, None where not given), its limits."""

    name: str
    settings: Mapping[str, Expression | Table]
    duration: float | None
    first: float | None
    limits: tuple[Limit, ...]
    text: str
    """All of it as plain text, to tell whether it is the same step as before."""


@dataclass(frozen=True)
class Integral:
    """An integral over the time of a step; `unit` is the unit of the integral."""

    name: str
    expression: Expression
    unit: Unit


@dataclass(frozen=True)
class Protocol:
    """Everything that a protocol asks for; `program` holds every step to be made with the number of its cycle.

    A cycle is one pass through an innermost loop; steps between loops make cycles of their own.
    """

    program: tuple[tuple[int, ProtocolStep], ...]
    integrals: tuple[Integral, ...]
    per_cycle: Mapping[str, Expression]
    tolerance: float
    sentences: Mapping[str, str] = field(default_factory=dict)
    """What steps that are written as sentences stand for, as a deck would have it."""

    @property
    def cycles(self) -> int:
        return self.program[-1][0]

    @property
    def units(self) -> dict[str, Unit]:
        """The units of the numbers that it adds to those that a run reports, by name."""
        return {**dict.fromkeys(COUNTERS, Unit.dimensionless), **{i.name: i.unit for i in self.integrals}}

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the steps, each once, in the order of their first use."""
        return tuple(dict.fromkeys(step.name for _, step in self.program))

    @property
    def watched(self) -> frozenset[str]:
        """The names of the numbers in limits and integrals."""
        limits = {limit.name for _, step in self.program for limit in step.limits if limit.side != "amount"}
        return frozenset(limits.union(*(i.expression.variables for i in self.integrals)))

    def digest(self, count: int) -> str:
        """Return a digest of the first `count` steps, to compare them with those of another protocol."""
        sha = hashlib.sha256()
        for cycle, step in self.program[:count]:
            sha.update(f"{cycle} {step.text}\n".encode())
        return sha.hexdigest()


def amount_in(integral: str, step: str) -> str:
    """Return the name that the sum of an integral over steps of a name has in expressions per cycle."""
    return f"{integral}_{step}"


def protocol_outputs(model: Model) -> list[str]:
    """Names of the outputs that a protocol adds to those of the model."""
    node = model.deck.section("protocol")
    return [*COUNTERS, *entries_of(entries_of(node).get("integrals"))] if node is not None else []
