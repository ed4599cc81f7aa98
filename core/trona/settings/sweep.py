"""The deck's `sweep` section: its options, and ranges of values."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from trona.deck import (
    Choice,
    Group,
    Integer,
    ListOf,
    MappingOf,
    Node,
    Option,
    OptionContext,
    Section,
    Text,
    object_schema,
    read_options,
)
from trona.deck.measure import Measure, measure
from trona.deck.options import collect

MOST_VALUES = 10_000
_ANY: dict[str, Any] = {}
_ENDS: dict[str, Option[Any]] = {
    "from": Text("first value"),
    "to": Text("last value"),
    "spacing": Choice(("linear", "log"), "equal steps, or equal ratios", default="linear"),
}
_RANGE: dict[str, Option[Any]] = {
    **_ENDS,
    "count": Integer("number of values, the ends included", minimum=2, maximum=MOST_VALUES),
}


class Paths(Option[tuple[Node, ...]]):
    """One path in the deck, or several that all get the same value."""

    kind = "path or list of paths"

    def read(self, node: Node, context: OptionContext) -> tuple[Node, ...]:
        parts = node.value if isinstance(node.value, list) else [node]
        if not parts:
            raise node.error("expected at least one path, got an empty list")
        for part in parts:
            part.string()
        return tuple(parts)

    def json_type(self) -> dict[str, Any]:
        one = {"type": "string"}
        return {"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}


class Values(Option[tuple[Node, ...]]):
    """The values of a parameter: a list, or {from, to, count, spacing}."""

    kind = "list or range"

    def read(self, node: Node, context: OptionContext) -> tuple[Node, ...]:
        if isinstance(node.value, dict):
            return _range(node, context)
        values = node.sequence()
        if not values:
            raise node.error("expected at least one value, got an empty list")
        return tuple(values)

    def json_type(self) -> dict[str, Any]:
        return {"anyOf": [{"type": "array", "minItems": 1}, object_schema("range", _RANGE, "a range")]}


class Spread(Option["Span"]):
    """Where the random values of a parameter lie: {from, to, spacing}."""

    kind = "range"

    def read(self, node: Node, context: OptionContext) -> Span:
        found = read_options("a random parameter", _ENDS, node, context)
        return Span(found.given["from"], found.given["to"], found.values["spacing"] == "log")

    def json_type(self) -> dict[str, Any]:
        return object_schema("span", _ENDS, "where random values lie")


class Rows(Option[tuple[dict[str, Node], ...]]):
    """Values that belong together: a list of mappings with the same keys."""

    kind = "list of mappings"

    def read(self, node: Node, context: OptionContext) -> tuple[dict[str, Node], ...]:
        rows = node.sequence()
        if not rows:
            raise node.error("expected at least one case, got an empty list")
        found = tuple(collect(row.mapping for row in rows))
        for row, values in zip(rows, found, strict=True):
            if not values:
                raise row.error("expected at least one value")
            if values.keys() != found[0].keys():
                raise row.error(f"every case of the list gives the same parameters: {', '.join(found[0])}")
        return found

    def json_type(self) -> dict[str, Any]:
        return {"type": "array", "minItems": 1, "items": {"type": "object", "minProperties": 1}}


class RandomOptions:
    """Cases drawn at random."""

    count = Integer("number of cases", minimum=1, maximum=MOST_VALUES)
    seed = Integer("start of the random numbers: the same seed, the same cases", default="0", minimum=0)
    method = Choice(
        ("latin_hypercube", "independent"),
        "latin_hypercube: each parameter has one value in each of `count` equal parts of its range",
        default="latin_hypercube",
    )
    of = MappingOf(Spread("from, to and spacing"), "the parameters, by name or path")


class PlotOptions:
    """A picture of the finished sweep."""

    x = Text("parameter or output along the horizontal axis")
    y = Text("output (with `map` a parameter) along the vertical axis")
    by = Text("a line, or with `map` a panel, for each value of this parameter", default=None)
    map = Text("output drawn as contours over x and y", default=None)


class SweepSection(Section):
    """Many cases of this deck, run by `trona sweep`: all combinations of `grid`, `list` and `random`."""

    name = "sweep"

    parameters = MappingOf(
        Paths("path"),
        "short names: {NAME: PATH}, or {NAME: [PATH, ...]} where several paths get one value",
        default=None,
    )
    grid = MappingOf(
        Values("values"), "values of each parameter, by name or path; every combination is run", default=None
    )
    list = Rows("cases, each {PARAMETER: VALUE, ...}", default=None)
    random = Group(RandomOptions, "random", "cases drawn at random: count, seed, method, of", default=None)
    collect = ListOf(Text("name"), "outputs in the table; default all", default=None)
    plots = ListOf(Group(PlotOptions, "a plot", "x, y, by, map"), "plots of the table", default=None)
    processes = Integer("cases that run at the same time; default one per core", default=None, minimum=1)
    keep = Choice(
        ("all", "tables"), "contents of the folder of a case; `tables`: no field files and no pictures", default="all"
    )


class Span:
    """The numbers between two quantities of one unit. Raises DeckError if they are none."""

    def __init__(self, first: Node, last: Node, log: bool) -> None:
        self.first, self.last, self.log = first, last, log
        self.low, self.high = _number(first), _number(last)
        if not self.high.unit.same_dimension(self.low.unit):
            raise last.error(f"expected a quantity in {self.low.unit}, got {last.kind}")
        self.unit = self.low.unit
        if log and self.unit.offset:
            raise first.error(f"log spacing needs a unit that starts at zero, not {self.unit}")
        if log:
            for node, end in ((first, self.low), (last, self.high)):
                if end.value <= 0:
                    raise node.error(f"log spacing needs values above zero, got {node.kind}")

    def at(self, share: float) -> Node:
        """The value at a share of the way, 0 at the first and 1 at the last, in the unit of the first."""
        if share in (0.0, 1.0):
            return self.last if share else self.first
        low, high = self.low.value, self.unit.from_si(self.high.si)
        value = low * (high / low) ** share if self.log else low + (high - low) * share
        # 12 digits are more than anyone gives, and leave out the round-off of the line above.
        text = f"{value:.12g}" if self.unit.text == "1" else f"{value:.12g} {self.unit}"
        node = Node(self.first.location, text, text, scope=self.first.scope)
        return node if node.number is None else replace(node, value=node.number)


def _number(node: Node) -> Measure:
    found = measure(node)
    if found is None:
        raise node.error(f"expected a quantity, got {node.kind}")
    return found


def _range(node: Node, context: OptionContext) -> tuple[Node, ...]:
    found = read_options("a range", _RANGE, node, context)
    span = Span(found.given["from"], found.given["to"], found.values["spacing"] == "log")
    count = found.values["count"]
    if span.low.si == span.high.si:
        raise span.last.error("a range needs two different ends")
    return tuple(span.at(i / (count - 1)) for i in range(count))
