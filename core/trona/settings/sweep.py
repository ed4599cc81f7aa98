"""The deck's `sweep` section: its options."""

from __future__ import annotations

from typing import Any

from trona.deck import (
    Choice,
    Either,
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
from trona.deck.options import collect
from trona.settings.distributions import ENDS, Span, Spread

MOST_VALUES = 10_000
METHODS = ("latin_hypercube", "sobol", "saltelli", "independent")
ENGINES = ("local", "slurm", "flux")
SCALES = ("linear", "log")
_ANY: dict[str, Any] = {}
_RANGE: dict[str, Option[Any]] = {
    **ENDS,
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
        METHODS,
        "latin_hypercube: each parameter has one value in each of `count` equally probable parts; sobol: a scrambled "
        "Sobol sequence; saltelli: `count` times (number of parameters + 2) cases, from which Sobol indices follow; "
        "independent: plain random numbers",
        default="latin_hypercube",
    )
    of = MappingOf(Spread("a range or a distribution"), "the parameters, by name or path")


class ScaleOptions:
    """Linear or logarithmic axes of a picture; without, they are logarithmic over more than two decades."""

    x = Choice(SCALES, "horizontal axis", default=None)
    y = Choice(SCALES, "vertical axis", default=None)
    map = Choice(SCALES, "colours", default=None)


class PlotOptions:
    """A picture of the finished sweep."""

    x = Text("parameter or output along the horizontal axis")
    y = Text("output (with `map` a parameter) along the vertical axis")
    by = Text("a line, or with `map` a panel, for each value of this parameter", default=None)
    map = Text("output drawn as contours over x and y", default=None)
    scales = Group(ScaleOptions, "scales", "linear or log for x, y and map; default by the values", default=None)


class BandOptions:
    """Where an output lies in most of the random cases."""

    bands = Text("output, of which the median and the middle 50 % and 90 % of the random cases are drawn")
    x = Text(
        "parameter of `grid` or `list` along the horizontal axis, or `time`; default the output, with the part of all "
        "cases that lies below",
        default=None,
    )
    by = Text("bands for each value of this parameter of `grid` or `list`", default=None)
    scales = Group(ScaleOptions, "scales", "linear or log for x and y; default by the values", default=None)


class IndexOptions:
    """The parts that the parameters have in the variance of an output."""

    indices = Text("output, of which the Sobol indices are drawn; needs `method: saltelli`")
    by = Text("a panel for each value of this parameter of `grid` or `list`", default=None)


_PLOT = Either(
    (
        Group(PlotOptions, "a plot", "x, y, by, map"),
        Group(BandOptions, "a plot of bands", "bands, x, by"),
        Group(IndexOptions, "a plot of indices", "indices, by"),
    ),
    "a plot",
)


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
    plots = ListOf(_PLOT, "plots of the table", default=None)
    processes = Integer("cases that run at the same time; default one per core", default=None, minimum=1)
    ranks = Integer("processes that solve each case together", default="1", minimum=1)
    engine = Choice(
        ENGINES,
        "where cases are solved: on this machine, or by srun or flux in an allocation with several nodes",
        default=ENGINES[0],
    )
    keep = Choice(
        ("all", "tables"), "contents of the folder of a case; `tables`: no field files and no pictures", default="all"
    )


def _range(node: Node, context: OptionContext) -> tuple[Node, ...]:
    found = read_options("a range", _RANGE, node, context)
    span = Span(found.given["from"], found.given["to"], found.values["spacing"] == "log")
    count = found.values["count"]
    if span.low.si == span.high.si:
        raise span.last.error("a range needs two different ends")
    return tuple(span.at(i / (count - 1)) for i in range(count))
