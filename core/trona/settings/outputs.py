"""The deck's `outputs` section: what to write, and outputs of the user's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trona.deck import Choice, Integer, ListOf, Node, OptionContext, Section, Text, parse_input
from trona.errors import DeckError, UserError, hint, raise_all
from trona.model.field import field_pieces
from trona.settings.points import placed
from trona.settings.protocol import protocol_outputs
from trona.units import Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from trona.model.model import Model

KINDS = {
    "reduce": ("reduce", "of", "on", "side"),
    "probe": ("probe", "at", "block"),
    "line": ("line", "from", "to", "points", "block"),
}
"""Keys of each kind of output under `extra`."""
MOST_POINTS = 100_000
_METRE = Unit.parse("m")


class OutputsSection(Section):
    """What a run writes besides its summary and audit."""

    name = "outputs"

    fields = Choice(("vtk", "none"), "field files for ParaView", default="vtk")
    every = Integer("write fields every so many steps", default="1", minimum=1)
    derived = ListOf(Text("name"), "derived quantities to write with the fields, such as current_density", default=None)
    csv = ListOf(Text("name"), "outputs in the table over time; default all", default=None)
    plots = ListOf(Text("name"), "fields, outputs and lines to draw", default=None)
    zoom = ListOf(Text("length"), "box x_min, y_min, x_max, y_max of a second panel in pictures", default=None)


@dataclass(frozen=True, eq=False)
class Points:
    """A field or derived quantity along points: one point is a probe, several a line.

    blocks: per point the one in which it is read. A point of a line stands twice where the line crosses a border at
    which the quantity has two values.
    """

    name: str
    of: str
    expression: Any
    unit: Unit
    points: tuple[tuple[float, ...], ...]
    blocks: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of a probe's numbers: its own, or one per component of a vector, with '.x' at its end."""
        if not self.expression.ufl_shape:
            return (self.name,)
        return tuple(f"{self.name}.{axis}" for axis in "xyz"[: len(self.points[0])])


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
    """Read `outputs`; reductions asked for under `extra` become outputs of the model. Raises UserError.

    They are read once: asked again, it returns the same.
    """
    if model.requests is None:
        before = list(model.outputs)
        try:
            model.requests = _read(model)
        except UserError:
            model.outputs[:] = before
            raise
    return model.requests


def _read(model: Model) -> Requests:
    node = model.deck.section("outputs")
    if node is not None and node.value is None:
        node = None
    extra = node.mapping().get("extra") if node is not None else None
    plain = node.without(("extra",)) if node is not None else None
    context = OptionContext(folder=model.deck.folder)
    values = OutputsSection.read_node(plain, context).found.values
    reader = _Extras(model)
    if extra is not None:
        reader.read(extra)
    parts = {p.name: p.names for p in reader.probes}
    probed = [n for name, names in parts.items() for n in dict.fromkeys((name, *names))]
    reduced = [o.name for o in model.outputs] + probed + protocol_outputs(model)
    derived = tuple(values["derived"] or ())
    drawable = [*model.fields, *model.derived, *reduced, *(line.name for line in reader.lines)]
    errors: list[UserError] = []
    for key, known in (("derived", list(model.derived)), ("csv", reduced), ("plots", drawable)):
        for entry in node.mapping()[key].sequence() if values[key] and node is not None else []:
            if entry.string() not in known:
                name = entry.string()
                errors.append(entry.error(f"nothing named '{name}'{hint(name, known)}"))
    raise_all(errors)
    plots = _numbers(values["plots"] or (), parts)
    derived += tuple(p for p in plots if p in model.derived and p not in derived)
    zoom = _zoom(node.mapping()["zoom"]) if values["zoom"] and node is not None else None
    csv = _numbers(values["csv"], parts) if values["csv"] is not None else None
    vtk = values["fields"] == "vtk"
    return Requests(vtk, values["every"], derived, csv, plots, zoom, tuple(reader.probes), tuple(reader.lines))


def _numbers(names: Iterable[str], parts: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return the names of numbers: the plain name of a vector stands for its components."""
    return tuple(dict.fromkeys(number for name in names for number in parts.get(name, (name,))))


def known_outputs(model: Model, requests: Requests) -> dict[str, Unit]:
    """Return the SI unit of every number that a run reports, by name."""
    found = {o.name: o.unit.si for o in model.outputs}
    for probe in requests.probes:
        found.update(dict.fromkeys(probe.names, probe.unit.si))
    return found | {name: f.unit.si for name, f in model.fields.items() if f.kind == "global"}


def _zoom(box: Node) -> tuple[float, float, float, float]:
    sides = [_length(n) for n in box.sequence()]
    if len(sides) != 4:
        raise box.error(f"a zoom needs x_min, y_min, x_max, y_max, got {len(sides)} lengths")
    if sides[0] >= sides[2] or sides[1] >= sides[3]:
        raise box.error("a zoom needs x_min below x_max and y_min below y_max")
    return sides[0], sides[1], sides[2], sides[3]


class _Extras:
    """Reads the outputs of the user's own."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.probes: list[Points] = []
        self.lines: list[Points] = []

    def read(self, extra: Node) -> None:
        errors: list[UserError] = []
        for name, entry in extra.mapping().items():
            try:
                self._one(name, entry, extra)
            except UserError as error:
                errors.append(error)
        raise_all(errors)

    def _one(self, name: str, node: Node, extra: Node) -> None:
        entries = node.mapping()
        kinds = [k for k in KINDS if k in entries]
        if len(kinds) != 1:
            raise node.error(f"output '{name}' needs one of {', '.join(KINDS)}")
        kind = kinds[0]
        keys = KINDS[kind]
        if kind == "reduce":
            known, chosen = self.model.registry.reductions, entries[kind].string()
            if chosen not in known:
                raise entries[kind].error(f"no reduction '{chosen}'{hint(chosen, known)}")
            keys += tuple(known[chosen].declared_options())
        for key in entries:
            if key not in keys:
                raise DeckError(f"no such key '{key}'{hint(key, keys)}", node.key(key))
        taken = [*self.model.fields, *self.model.derived, *(o.name for o in self.model.outputs)]
        if name in taken:
            raise DeckError(f"the name '{name}' is taken by a field or another output", extra.key(name))

        def need(key: str) -> Node:
            if key not in entries:
                raise node.error(f"output '{name}' needs '{key}'")
            return entries[key]

        if kind == "reduce":
            self._reduce(name, need("reduce"), need("of"), need("on"), entries.get("side"), node.without(KINDS[kind]))
            return
        of = need(kind)
        expression, unit, _, blocks = self._known(of)
        if "block" in entries:
            blocks = (self._block(entries["block"], of, blocks),)
        where = need("at") if kind == "probe" else need("from")
        points = (self._point(where),) if kind == "probe" else self._along(need, entries.get("points"))
        try:
            points, homes = placed(self.model, of.string(), expression, blocks, points)
        except UserError as error:
            raise where.error(str(error)) from None
        found = self.probes if kind == "probe" else self.lines
        found.append(Points(name, of.string(), expression, unit, points, homes))

    def _along(self, need: Callable[[str], Node], points: Node | None) -> tuple[tuple[float, ...], ...]:
        first, last = self._point(need("from")), self._point(need("to"))
        count = 101
        if points is not None:
            if points.whole is None:
                raise points.error(f"expected a number of points, got {points.kind}")
            count = points.whole
            if not 2 <= count <= MOST_POINTS:
                raise points.error(f"expected 2 to {MOST_POINTS} points, got {points.kind}")
        along = [i / (count - 1) for i in range(count)]
        return tuple(tuple(a + s * (b - a) for a, b in zip(first, last, strict=True)) for s in along)

    def _block(self, node: Node, of: Node, blocks: tuple[str, ...]) -> str:
        block, mesh = node.string(), self.model.mesh
        if block not in mesh.blocks:
            raise node.error(f"no block '{block}'{hint(block, mesh.blocks)}")
        if block not in blocks:
            raise node.error(f"'{of.string()}' does not live in {block}, only in {', '.join(blocks)}")
        return block

    def _known(self, node: Node) -> tuple[Any, Unit, str, tuple[str, ...]]:
        """Return expression, unit, text and blocks of a field or derived quantity."""
        name, model = node.string(), self.model
        if name in model.derived:
            quantity = model.derived[name]
            return quantity.expression, quantity.unit, quantity.text, quantity.blocks
        known = [n for n, f in model.fields.items() if f.kind == "volume"]
        if name in known:
            field = model.fields[name]
            return model.field(name), field.unit, field.declaration.text, field.blocks
        raise node.error(f"no field or derived quantity '{name}'{hint(name, [*known, *model.derived])}")

    def _reduce(self, name: str, reduce: Node, of: Node, on: Node, side: Node | None, given: Node) -> None:
        model, mesh = self.model, self.model.mesh
        expression, unit, text, blocks = self._known(of)
        place = on.string()
        if expression.ufl_shape:
            raise of.error(f"'{of.string()}' is a vector; only scalars can be reduced")
        if place in mesh.blocks:
            here: tuple[str, ...] = (place,)
        elif place in mesh.boundaries:
            here = mesh.boundaries[place].blocks
        else:
            try:
                here = mesh.interface(place).blocks
            except ValueError as error:
                if "|" in place:
                    raise on.error(str(error)) from None
                known = [*mesh.blocks, *mesh.boundaries, *mesh.interfaces]
                text = f"no block, boundary or interface '{place}'{hint(place, known)}"
                raise on.error(text) from None
        if not set(here) & set(blocks):
            raise on.error(f"'{of.string()}' does not live at {place}, only in {', '.join(blocks)}")
        model.contributor, model.place = "outputs", on.location
        try:
            if place in mesh.blocks:
                model.output(name, expression, str(unit), text, reduce.string(), blocks=here, given=given)
            elif place in mesh.boundaries:
                model.output(name, expression, str(unit), text, reduce.string(), boundary=place, given=given)
            else:
                self._at_interface(name, reduce, of, on, side, unit, text, given)
        except DeckError:
            raise
        except UserError as error:
            raise reduce.error(str(error)) from None

    def _at_interface(
        self, name: str, reduce: Node, of: Node, on: Node, side: Node | None, unit: Unit, text: str, given: Node
    ) -> None:
        minus, plus = self.model.mesh.interface(on.string()).blocks
        which = side.string() if side is not None else plus
        if side is not None and which not in (minus, plus):
            raise side.error(f"a side of {minus} | {plus} is {minus} or {plus}, got '{which}'")
        name_of = of.string()
        if name_of not in self.model.fields:
            raise of.error(f"at an interface only fields can be reduced, and '{name_of}' is none")
        if side is None and self._jumps(name_of, minus, plus):
            raise on.error(
                f"'{name_of}' jumps between {minus} and {plus}; say which value with 'side: {minus}' or 'side: {plus}'"
            )
        if which not in self.model.fields[name_of].blocks:
            place = on if side is None else side
            raise place.error(f"'{name_of}' does not live in {which}; choose the other side with 'side'")
        law = self.model.interface(on.string())
        trace = law.plus if which == law.plus.block else law.minus
        self.model.output(name, trace.field(name_of), str(unit), text, reduce.string(), law=law, given=given)

    def _jumps(self, name: str, minus: str, plus: str) -> bool:
        field = self.model.fields[name]
        return {minus, plus} <= set(field.blocks) and not any(
            {minus, plus} <= set(piece) for piece in field_pieces(field, self.model.mesh)
        )

    def _point(self, node: Node) -> tuple[float, ...]:
        entries, model = node.sequence(), self.model
        if len(entries) != model.dimension:
            raise node.error(f"a point has {model.dimension} coordinates here, got {len(entries)}")
        point = tuple(_length(entry) for entry in entries)
        low, high = model.mesh.bounding_box
        slack = 1e-9 * float((high - low).max())
        for axis, (value, least, most) in enumerate(zip(point, low, high, strict=True)):
            if not least - slack <= value <= most + slack:
                raise entries[axis].error(
                    f"the point lies outside the mesh, which spans {least:.4g} m to {most:.4g} m along {'xyz'[axis]}"
                )
        return point


def _length(node: Node) -> float:
    return parse_input(node, _METRE, {}, "").constant
