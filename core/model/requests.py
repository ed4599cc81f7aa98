"""The deck's `outputs` section: what to write, and outputs of the user's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trona.deck import Node, parse_expression
from trona.deck import Choice, Integer, ListOf, Option, OptionContext, Options, Text, read_options
from trona.errors import DeckError, UserError, nearest
from trona.units import Unit

if TYPE_CHECKING:
    from trona.model.model import Model

_METRE = Unit.parse("m")


class OutputsSection:
    """What a run writes besides its summary and ledger."""

    fields = Choice(("vtk", "none"), "field files for ParaView", default="vtk")
    every = Integer("write fields every so many steps", default="1", minimum=1)
    derived = ListOf(Text("name"), "derived quantities to write with the fields, such as current_density", default=None)
    csv = ListOf(Text("name"), "outputs in the table over time; default all", default=None)
    plots = ListOf(Text("name"), "fields, outputs and lines to draw", default=None)
    zoom = ListOf(Text("length"), "box x_min, y_min, x_max, y_max of a second panel in pictures", default=None)

    @classmethod
    def options(cls) -> dict[str, Option[Any]]:
        return Options.declared(cls)


@dataclass(frozen=True)
class Points:
    """A field or derived quantity along points: one point is a probe, several a line."""

    name: str
    of: str
    points: tuple[tuple[float, ...], ...]
    block: str


@dataclass(frozen=True)
class Requests:
    """What the deck asks to be written; lengths in m."""

    vtk: bool
    every: int
    derived: tuple[str, ...]
    csv: tuple[str, ...] | None
    plots: tuple[str, ...]
    zoom: tuple[float, float, float, float] | None
    probes: tuple[Points, ...]
    lines: tuple[Points, ...]


def read_requests(model: Model) -> Requests:
    """Read `outputs`; reductions asked for under `extra` become outputs of the model. Raises DeckError."""
    node = model.deck.section("outputs")
    extra = node.mapping().get("extra") if node is not None else None
    plain = node.without(("extra",)) if node is not None else None
    values = read_options("outputs", OutputsSection.options(), plain, OptionContext(folder=model.deck.folder)).values
    probes: list[Points] = []
    lines: list[Points] = []
    for name, entry in extra.mapping().items() if extra is not None else ():
        _read_extra(name, entry, model, probes, lines)
    reduced = [o.name for o in model.outputs] + [p.name for p in probes]
    derived = tuple(values["derived"] or ())
    drawable = [*model.fields, *model.derived, *reduced, *(line.name for line in lines)]
    for key, known in (("derived", list(model.derived)), ("csv", reduced), ("plots", drawable)):
        for entry in node.mapping()[key].value if values[key] and node is not None else ():
            if entry.string() not in known:
                raise DeckError(f"nothing named '{entry.string()}'{nearest(entry.string(), known)}", entry.location)
    plots = tuple(values["plots"] or ())
    derived += tuple(p for p in plots if p in model.derived and p not in derived)
    zoom = None
    if values["zoom"]:
        box = node.mapping()["zoom"]  # type: ignore[union-attr]
        if len(values["zoom"]) != 4:
            raise DeckError("a zoom needs x_min, y_min, x_max, y_max", box.location)
        zoom = tuple(_length(n) for n in box.sequence())
    csv = tuple(values["csv"]) if values["csv"] is not None else None
    return Requests(
        values["fields"] == "vtk", values["every"], derived, csv, plots, zoom, tuple(probes), tuple(lines)  # type: ignore[arg-type]
    )


def _read_extra(name: str, node: Node, model: Model, probes: list[Points], lines: list[Points]) -> None:
    entries = node.mapping()
    kinds = {"reduce": ("reduce", "of", "on", "side"), "probe": ("probe", "at", "block"), "line": ("line", "from", "to", "points", "block")}
    kind = next((k for k in kinds if k in entries), None)
    if kind is None:
        raise DeckError(f"output '{name}' needs one of {', '.join(kinds)}", node.location)
    for key in entries:
        if key not in kinds[kind]:
            raise DeckError(f"no such key '{key}'{nearest(key, kinds[kind])}", node.keys[key])

    def need(key: str) -> Node:
        if key not in entries:
            raise DeckError(f"output '{name}' needs '{key}'", node.location)
        return entries[key]

    block = ""
    if "block" in entries:
        block = entries["block"].string()
        if block not in model.mesh.blocks:
            raise DeckError(f"no block '{block}'{nearest(block, model.mesh.blocks)}", entries["block"].location)
    if kind == "reduce":
        _reduce(name, need("reduce"), need("of"), need("on"), entries.get("side"), model)
    elif kind == "probe":
        _known(need("probe"), model)
        probes.append(Points(name, need("probe").string(), (_point(need("at"), model),), block))
    else:
        _known(need("line"), model)
        first, last = _point(need("from"), model), _point(need("to"), model)
        count = entries["points"].value if "points" in entries else 101
        if not isinstance(count, int) or count < 2:
            raise DeckError(f"expected a number of points, at least 2, got '{count}'", entries["points"].location)
        along = [i / (count - 1) for i in range(count)]
        points = tuple(tuple(a + s * (b - a) for a, b in zip(first, last, strict=True)) for s in along)
        lines.append(Points(name, need("line").string(), points, block))


def _known(node: Node, model: Model) -> tuple[Any, Unit, str]:
    """Return expression, unit and text of a field or derived quantity."""
    name = node.string()
    if name in model.derived:
        quantity = model.derived[name]
        return quantity.expression, quantity.unit, quantity.text
    if name in model.fields:
        return model.field(name), model.fields[name].unit, model.fields[name].declaration.text
    known = [*model.fields, *model.derived]
    raise DeckError(f"no field or derived quantity '{name}'{nearest(name, known)}", node.location)


def _reduce(name: str, reduce: Node, of: Node, on: Node, side: Node | None, model: Model) -> None:
    expression, unit, text = _known(of, model)
    place = on.string()
    model.contributor = "outputs"
    try:
        if place in model.mesh.blocks:
            model.output(name, expression, str(unit), text, reduce.string(), blocks=(place,))
        elif place in model.mesh.boundaries:
            model.output(name, expression, str(unit), text, reduce.string(), boundary=place)
        else:
            law = model.interface(place)
            which = side.string() if side is not None else law.plus.block
            if which not in (law.minus.block, law.plus.block):
                raise UserError(f"a side of {law.name} is {law.minus.block} or {law.plus.block}, got '{which}'")
            trace = law.plus if which == law.plus.block else law.minus
            if of.string() not in model.fields:
                raise UserError("at an interface only fields can be reduced")
            law.output(name, trace.field(of.string()), str(unit), text, reduce.string())
    except (UserError, ValueError) as error:
        raise DeckError(str(error), on.location) from None


def _length(node: Node) -> float:
    try:
        return parse_expression(node.string(), {}, _METRE).constant
    except ValueError as error:
        raise DeckError(str(error), node.location) from None


def _point(node: Node, model: Model) -> tuple[float, ...]:
    entries = node.sequence()
    if len(entries) != model.dimension:
        raise DeckError(f"a point has {model.dimension} coordinates here, got {len(entries)}", node.location)
    return tuple(_length(entry) for entry in entries)
