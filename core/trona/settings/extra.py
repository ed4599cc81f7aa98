"""Outputs of the deck's own: reductions, probes, lines, fields, profiles and flows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from trona.deck import Integer, ListOf, Node, Option, Text, parse_input
from trona.errors import DeckError, UserError, hint, raise_all
from trona.model.outputs import reduced
from trona.model.records import Derived, Output
from trona.settings.points import placed
from trona.settings.quantities import Asked, vocabulary
from trona.settings.regions import law_of, read_region
from trona.settings.requests import Flow, Points, Profile
from trona.units import Unit

if TYPE_CHECKING:
    from trona.model.model import Model

MOST_POINTS = 100_000
_METRE = Unit.parse("m")


class Entry:
    """One entry under `extra`: its name, its node, and the node of each of its keys."""

    def __init__(self, name: str, node: Node) -> None:
        self.name, self.node, self.given = name, node, node.mapping()

    def need(self, key: str) -> Node:
        if key not in self.given:
            raise self.node.error(f"output '{self.name}' needs '{key}'")
        return self.given[key]

    def get(self, key: str) -> Node | None:
        return self.given.get(key)


@dataclass
class Extras:
    """The outputs of the deck's own, as they are read."""

    model: Model
    outputs: list[Output] = field(default_factory=list)
    fields: dict[str, Derived] = field(default_factory=dict)
    probes: list[Points] = field(default_factory=list)
    lines: list[Points] = field(default_factory=list)
    profiles: list[Profile] = field(default_factory=list)
    flows: list[Flow] = field(default_factory=list)


def read_extras(model: Model, node: Node | None) -> Extras:
    """Read `outputs.extra`. Raises UserError with every mistake in it."""
    extras = Extras(model)
    entries = node.mapping() if node is not None else {}
    errors: list[UserError] = []
    # Fields first: other entries may use them.
    for name, each in sorted(entries.items(), key=lambda item: not _is_field(item[1])):
        try:
            assert node is not None
            _read(extras, Entry(name, each), node)
        except UserError as error:
            errors.append(error)
    raise_all(errors)
    return extras


def _is_field(node: Node) -> bool:
    return isinstance(node.value, dict) and "field" in node.value


def _read(extras: Extras, entry: Entry, extra: Node) -> None:
    kinds = [kind for kind in KINDS if kind in entry.given]
    if len(kinds) != 1:
        raise entry.node.error(f"output '{entry.name}' needs one of {', '.join(KINDS)}")
    kind = KINDS[kinds[0]]
    keys = (kinds[0], *kind.needed, *kind.optional)
    if kinds[0] == "reduce":
        known, chosen = extras.model.registry.reductions, entry.given["reduce"]
        if chosen.string() not in known:
            raise chosen.error(f"no reduction '{chosen.string()}'{hint(chosen.string(), known)}")
        keys += tuple(known[chosen.string()].declared_options())
    for key in entry.given:
        if key not in keys:
            raise DeckError(f"no such key '{key}'{hint(key, keys)}", entry.node.key(key))
    model = extras.model
    if entry.name in (*model.fields, *model.derived, *(o.name for o in model.outputs)):
        raise DeckError(f"the name '{entry.name}' is taken by a field or another output", extra.key(entry.name))
    kind.read(extras, entry)


# ---------------------------------------------------------------------- kinds


def _reduction(extras: Extras, entry: Entry) -> None:
    of, on, reduce = entry.need("of"), entry.need("on"), entry.need("reduce")
    region = read_region(extras.model, of, on, entry.get("side"), extras.fields)
    if region.asked.shape:
        kind = "vector" if len(region.asked.shape) == 1 else "tensor"
        raise of.error(f"'{of.string()}' is a {kind}; only scalars can be reduced")
    asked, options = region.asked, entry.node.without(("reduce", *KINDS["reduce"].needed, *KINDS["reduce"].optional))
    output = reduced(
        extras.model,
        reduce.string(),
        entry.name,
        region.expression,
        asked.unit,
        asked.text,
        plugin="outputs",
        blocks=region.blocks,
        law=region.law,
        place=on.location,
        given=options,
    )
    extras.outputs.append(output)


def _field(extras: Extras, entry: Entry) -> None:
    model, of = extras.model, entry.need("field")
    asked = _of_blocks(extras, entry, of, rank=1)
    blocks = asked.blocks
    if (chosen := entry.get("blocks")) is not None:
        blocks = tuple(_block(model, node, of, asked) for node in chosen.sequence())
    place = of.location
    extras.fields[entry.name] = Derived(entry.name, asked.expression, asked.unit, blocks, asked.text, "outputs", place)


def _probe(extras: Extras, entry: Entry) -> None:
    at = entry.need("at")
    extras.probes.append(_points(extras, entry, entry.need("probe"), at, (_point(extras.model, at),)))


def _line(extras: Extras, entry: Entry) -> None:
    start = entry.need("from")
    first, last = _point(extras.model, start), _point(extras.model, entry.need("to"))
    count, points = 101, entry.get("points")
    if points is not None:
        if points.whole is None:
            raise points.error(f"expected a number of points, got {points.kind}")
        count = points.whole
        if not 2 <= count <= MOST_POINTS:
            raise points.error(f"expected 2 to {MOST_POINTS} points, got {points.kind}")
    along = [i / (count - 1) for i in range(count)]
    way = tuple(tuple(a + s * (b - a) for a, b in zip(first, last, strict=True)) for s in along)
    extras.lines.append(_points(extras, entry, entry.need("line"), start, way))


def _profile(extras: Extras, entry: Entry) -> None:
    model, of, along = extras.model, entry.need("profile"), entry.need("along")
    region = read_region(model, of, along, entry.get("side"), extras.fields)
    if region.law is None:
        raise along.error(f"a profile follows a boundary or an interface, and '{along.string()}' is a block")
    if model.dimension > 2:
        raise along.error("a profile follows a curve, and a boundary or interface of this mesh is a surface")
    if len(region.asked.shape) > 1:
        raise of.error(f"'{of.string()}' is a tensor; take its components")
    extras.profiles.append(Profile(entry.name, of.string(), region.expression, region.asked.unit, region.law))


def _flow(extras: Extras, entry: Entry) -> None:
    model, flow, through, into = extras.model, entry.need("flow"), entry.need("through"), entry.get("into")
    name = flow.string()
    known = [n for n, b in model.balances.items() if b.field.law is None]
    if name not in known:
        raise flow.error(f"no balance '{name}'{hint(name, known)}")
    balance, law, mesh = model.balances[name], law_of(model, through), model.mesh
    if law is None:
        raise through.error(f"a flow goes through a boundary or an interface, and '{through.string()}' is a block")
    sets = tuple(dict.fromkeys(s for patch in law.patches for s in patch.sets))
    beside = tuple(dict.fromkeys(b for patch in law.patches for b in patch.sides.values()))
    here = [block for block in beside if block in balance.blocks]
    if not here:
        raise through.error(f"'{name}' does not live at {through.string()}, only in {', '.join(balance.blocks)}")
    if into is not None:
        if into.string() not in beside:
            text = f"'{law.name}' borders {', '.join(beside)}, not '{into.string()}'"
            raise into.error(f"{text}{hint(into.string(), beside)}")
        if into.string() not in here:
            raise into.error(f"'{name}' does not live in {into.string()}, only in {', '.join(here)}")
        here = [into.string()]
    elif None not in law.patches[0].sides:
        here = [here[-1]]  # of the two sides of an interface the one named last
    entering = {block: tuple(s for s in sets if block in mesh.facet_sets[s].blocks) for block in here}
    unit = model.coordinates.amount(balance.flux_unit, 2)
    extras.flows.append(Flow(entry.name, name, law.name, entering, unit, balance.field.shape))


@dataclass(frozen=True)
class Kind:
    """A kind of output: what its own key holds, its other keys, and what reads it."""

    text: str
    options: Mapping[str, Option[Any]]
    read: Callable[[Extras, Entry], None]

    @property
    def needed(self) -> tuple[str, ...]:
        """The keys that it needs besides its own."""
        return tuple(name for name, option in self.options.items() if option.required)

    @property
    def optional(self) -> tuple[str, ...]:
        """The keys that it may have."""
        return tuple(name for name, option in self.options.items() if not option.required)


_POINT = ListOf(Text("length"), "coordinates of a point")
_SIDE = Text("the block from whose side an interface is looked at", default=None)
_BLOCK = Text("the block in which points on a border are read", default=None)
KINDS = {
    "reduce": Kind(
        "a number: an expression reduced over a region",
        {"of": Text("expression"), "on": Text("block, boundary or interface"), "side": _SIDE},
        _reduction,
    ),
    "probe": Kind("the value of an expression at a point", {"at": _POINT, "block": _BLOCK}, _probe),
    "line": Kind(
        "an expression along a straight line",
        {
            "from": _POINT,
            "to": _POINT,
            "points": Integer("number of points", default="101", minimum=2, maximum=MOST_POINTS),
            "block": _BLOCK,
        },
        _line,
    ),
    "field": Kind(
        "an expression in the files of fields, and as a picture",
        {"blocks": ListOf(Text("block"), "where; default wherever it exists", default=None)},
        _field,
    ),
    "profile": Kind(
        "an expression along a boundary or interface", {"along": Text("boundary or interface"), "side": _SIDE}, _profile
    ),
    "flow": Kind(
        "what a balance lets through a boundary or interface",
        {"through": Text("boundary or interface"), "into": Text("the block that it enters", default=None)},
        _flow,
    ),
}


# ---------------------------------------------------------------------- blocks and points


def _of_blocks(extras: Extras, entry: Entry, of: Node, rank: int) -> Asked:
    """Return an expression in blocks: a scalar or, with rank 1, a vector."""
    asked = vocabulary(extras.model, None, extras.fields).read(of)
    if len(asked.shape) > rank:
        raise of.error(f"'{of.string()}' is a tensor; take its components")
    return asked


def _points(extras: Extras, entry: Entry, of: Node, where: Node, points: tuple[tuple[float, ...], ...]) -> Points:
    asked = _of_blocks(extras, entry, of, rank=1)
    blocks = asked.blocks
    if (block := entry.get("block")) is not None:
        blocks = (_block(extras.model, block, of, asked),)
    try:
        points, homes = placed(extras.model, of.string(), asked.expression, blocks, points)
    except DeckError:
        raise
    except UserError as error:
        raise where.error(str(error)) from None
    return Points(entry.name, of.string(), asked.expression, asked.unit, points, homes)


def _block(model: Model, node: Node, of: Node, asked: Asked) -> str:
    block = node.string()
    if block not in model.mesh.blocks:
        raise node.error(f"no block '{block}'{hint(block, model.mesh.blocks)}")
    if block not in asked.blocks:
        raise node.error(f"'{of.string()}' does not live in {block}, only in {', '.join(asked.blocks)}")
    return block


def _point(model: Model, node: Node) -> tuple[float, ...]:
    entries = node.sequence()
    if len(entries) != model.dimension:
        raise node.error(f"a point has {model.dimension} coordinates here, got {len(entries)}")
    point = tuple(length(entry) for entry in entries)
    low, high = model.mesh.bounding_box
    slack = 1e-9 * float((high - low).max())
    for axis, (value, least, most) in enumerate(zip(point, low, high, strict=True)):
        if not least - slack <= value <= most + slack:
            raise entries[axis].error(
                f"the point lies outside the mesh, which spans {least:.4g} m to {most:.4g} m along {'xyz'[axis]}"
            )
    return point


def length(node: Node) -> float:
    """Return a length in m. Raises DeckError."""
    return parse_input(node, _METRE, {}, "").constant
