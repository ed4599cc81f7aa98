"""The built-in kinds of outputs that decks add under `outputs.extra`."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from trona.plugin import (
    Curve,
    CurveData,
    Derived,
    Entry,
    Integer,
    ListOf,
    Numbers,
    Option,
    Output,
    OutputKind,
    Reduction,
    Text,
    component_labels,
)
from trona_plugins.drops import EQUILIBRIUM, VOLTAGE

SIDE = Text("the block on whose side values at an interface are taken", default=None, names="block")
BLOCK = Text("the block in which points on a border are read", default=None, names="block")


def point(text: str) -> ListOf[str]:
    return ListOf(Text("length"), text)


class ReducedOutput(OutputKind):
    """A number: the reduction of an expression over a region."""

    name = "reduce"

    reduce = Text("reduction")
    of = Text("expression")
    on = Text("block, boundary or interface", names="region")
    side = SIDE

    @classmethod
    def variants(cls, reductions: Mapping[str, type[Reduction]]) -> Mapping[str, tuple[str, dict[str, Option[Any]]]]:
        return {name: (each.text(), each.declared_options()) for name, each in reductions.items()}

    def ask(self, entry: Entry) -> Output:
        return entry.reduced("of", "on", "side", "reduce")


class NumberOutput(OutputKind):
    """A number: an expression of other outputs that are numbers."""

    name = "number"
    stage = 2

    number = Text("expression of outputs")

    def ask(self, entry: Entry) -> Numbers:
        return entry.combined("number")


class ProbeOutput(OutputKind):
    """The value of an expression at a point."""

    name = "probe"

    probe = Text("expression")
    at = point("coordinates of the point")
    block = BLOCK

    def ask(self, entry: Entry) -> Numbers:
        asked = entry.points("probe", "at", [entry.point("at")])
        labels = component_labels(asked.shape)
        return entry.numbers(asked.unit, f"{asked.of} at a point", [asked], lambda values: values[0].ravel(), labels)


class FlowOutput(OutputKind):
    """The flow of a balanced quantity through a boundary or interface, per time."""

    name = "flow"

    flow = Text("balance")
    through = Text("boundary or interface", names="border")
    into = Text("the block that it enters", default=None, names="block")

    def ask(self, entry: Entry) -> Numbers:
        asked = entry.flow("flow", "through")
        text = f"{asked.balance} that enters {', '.join(asked.sets)} through {asked.region}"
        return entry.numbers(asked.unit, text, [asked], lambda values: values, component_labels(asked.shape))


class VoltageOutput(OutputKind):
    """The voltage between two ends, and what charge transfer, films, concentration and resistance take of it."""

    name = "voltage"

    voltage = ListOf(Text("boundary or interface", names="border"), "its two ends: first minus second")

    def ask(self, entry: Entry) -> Numbers:
        return entry.drop(VOLTAGE, "voltage")


class OverpotentialOutput(OutputKind):
    """The voltage between two ends without the equilibrium of its reactions, and what each cause takes of it."""

    name = "overpotential"

    overpotential = ListOf(Text("boundary or interface", names="border"), "its two ends: first minus second")

    def ask(self, entry: Entry) -> Numbers:
        return entry.drop(VOLTAGE, "overpotential", (EQUILIBRIUM,))


class FieldOutput(OutputKind):
    """An expression in the field files, and as a picture."""

    name = "field"
    stage = 0

    field = Text("expression")
    blocks = ListOf(Text("block", names="block"), "where; default wherever it exists", default=None)

    def ask(self, entry: Entry) -> Derived:
        return entry.field("field")


class LineOutput(OutputKind):
    """An expression along a straight line."""

    name = "line"

    line = Text("expression")
    from_ = point("coordinates of its first point")
    to = point("coordinates of its last point")
    points = Integer("number of points", default="101", minimum=2, maximum=100_000)
    block = BLOCK

    def ask(self, entry: Entry) -> Curve:
        first, last = np.array(entry.point("from")), np.array(entry.point("to"))
        way = [tuple(first + s * (last - first)) for s in np.linspace(0, 1, self.points)]
        asked = entry.points("line", "from", way)
        at = np.array(asked.points)
        distance = np.linalg.norm(at - at[0], axis=1)
        return entry.curve("line", asked.unit, [asked], lambda values: CurveData(distance, at, values))


class ProfileOutput(OutputKind):
    """An expression along a boundary or interface."""

    name = "profile"

    profile = Text("expression")
    along = Text("boundary or interface", names="border")
    side = SIDE

    def ask(self, entry: Entry) -> Curve:
        asked = entry.profile("profile", "along")
        return entry.curve("profile", asked.unit, [asked], lambda found: found)
