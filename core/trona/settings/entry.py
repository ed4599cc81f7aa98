"""An entry under `outputs.extra`, as its kind sees it: what its options name in the deck, the model and the mesh."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from trona.deck import OptionContext, parse_input, read_expression
from trona.deck.options import read_options
from trona.errors import DeckError, UserError, hint
from trona.model.asked import Curve, Flow, Numbers, OnRegion, Points, Profile
from trona.model.outputs import reduced
from trona.model.records import Derived, Output
from trona.model.reduction import NoValueError
from trona.settings.drops import drop_readings
from trona.settings.points import placed
from trona.settings.quantities import vocabulary
from trona.settings.regions import law_of, read_region
from trona.units import Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from trona.deck import Node
    from trona.deck.options import OptionValues
    from trona.model.asked import Part
    from trona.model.declare import Drop
    from trona.model.model import Model
    from trona.model.output_kind import OutputKind
    from trona.settings.quantities import Asked

_METRE = Unit.parse("m")


class Earlier(Protocol):
    """What has been read so far: quantities that the deck adds, and numbers by name."""

    @property
    def model(self) -> Model: ...
    @property
    def fields(self) -> Mapping[str, Derived]: ...
    def known(self) -> Mapping[str, Numbers]: ...


class DeckEntry:
    """An entry of the deck, with what it may use of earlier ones; see `trona.model.output_kind.Entry`."""

    def __init__(self, extras: Earlier, kind: type[OutputKind], name: str, node: Node) -> None:
        self.extras, self.model, self.kind = extras, extras.model, kind
        self.name, self.node, self.given = name, node, node.mapping()

    def values(self) -> OptionValues:
        """Return the values of the options of its kind."""
        declared = self.kind.declared_options()
        others = [key for key in self.given if key not in declared]
        context = OptionContext(folder=self.model.deck.folder)
        return read_options(f"output '{self.name}'", declared, self.node.without(others), context)

    @property
    def dimension(self) -> int:
        return self.model.dimension

    @property
    def position(self) -> Any:
        return self.model.symbols.x

    def error(self, option: str, text: str) -> UserError:
        return self.given.get(option, self.node).error(text)

    # ------------------------------------------------------------------ what is read

    def over(self, of: str, on: str, side: str = "side") -> OnRegion:
        node = self.given[of]
        region = read_region(self.model, node, self.given[on], self.given.get(side), self.extras.fields)
        if region.asked.shape:
            shape = "vector" if len(region.asked.shape) == 1 else "tensor"
            raise node.error(f"'{node.string()}' is a {shape}; only scalars can be reduced")
        return OnRegion(region.expression, region.asked.unit, region.blocks, region.law, region.asked.text)

    def amount(self, unit: Unit, over: OnRegion) -> Unit:
        return self.model.coordinates.amount(unit, 2 if over.law else 3)

    def reduced(self, of: str, on: str, side: str, reduce: str) -> Output:
        over = self.over(of, on, side)
        return reduced(
            self.model,
            self.given[reduce].string(),
            self.name,
            over.expression,
            over.expressed_in,
            over.text,
            plugin="outputs",
            blocks=over.blocks,
            law=over.law,
            location=self.given[on].location,
            given=self.node.without(tuple(self.kind.declared_options())),
        )

    def field(self, of: str, blocks: str = "blocks") -> Derived:
        node = self.given[of]
        asked = self._in_blocks(node)
        where = asked.blocks
        if (chosen := self.given.get(blocks)) is not None:
            where = tuple(self._block(each, node, asked) for each in chosen.sequence())
        return Derived(self.name, asked.expression, asked.unit, where, asked.text, "outputs", node.location)

    def points(self, of: str, at: str, points: Sequence[tuple[float, ...]], block: str = "block") -> Points:
        node = self.given[of]
        asked = self._in_blocks(node)
        blocks = asked.blocks
        if (chosen := self.given.get(block)) is not None:
            blocks = (self._block(chosen, node, asked),)
        try:
            where, homes = placed(self.model, node.string(), asked.expression, blocks, points)
        except DeckError:
            raise
        except UserError as error:
            raise self.error(at, str(error)) from None
        return Points(self.name, node.string(), asked.expression, asked.unit, where, homes)

    def profile(self, of: str, along: str, side: str = "side") -> Profile:
        node, where = self.given[of], self.given[along]
        region = read_region(self.model, node, where, self.given.get(side), self.extras.fields)
        if region.law is None:
            raise where.error(f"a profile follows a boundary or an interface, but '{where.string()}' is a block")
        if self.model.dimension > 2:
            raise where.error("a profile follows a curve, but a boundary or interface of this mesh is a surface")
        if len(region.asked.shape) > 1:
            raise node.error(f"'{node.string()}' is a tensor; take its components")
        return Profile(self.name, node.string(), region.expression, region.asked.unit, region.law)

    def flow(self, balance: str, through: str, into: str = "into") -> Flow:
        model, node, where = self.model, self.given[balance], self.given[through]
        name, mesh, entered = node.string(), model.mesh, self.given.get(into)
        known = [n for n, b in model.balances.items() if b.field.law is None]
        if name not in known:
            raise node.error(f"no balance '{name}'{hint(name, known)}")
        found, law = model.balances[name], law_of(model, where)
        if law is None:
            raise where.error(f"a flow goes through a boundary or an interface, but '{where.string()}' is a block")
        sets = tuple(dict.fromkeys(s for patch in law.patches for s in patch.sets))
        beside = tuple(dict.fromkeys(b for patch in law.patches for b in patch.sides.values()))
        here = [block for block in beside if block in found.blocks]
        if not here:
            raise where.error(f"'{name}' does not live at {where.string()}, only in {', '.join(found.blocks)}")
        if entered is not None:
            if entered.string() not in beside:
                text = f"'{law.name}' borders {', '.join(beside)}, not '{entered.string()}'"
                raise entered.error(f"{text}{hint(entered.string(), beside)}")
            if entered.string() not in here:
                raise entered.error(f"'{name}' does not live in {entered.string()}, only in {', '.join(here)}")
            here = [entered.string()]
        elif None not in law.patches[0].sides:
            here = [here[-1]]  # of the two sides of an interface the one named last
        entering = {block: tuple(s for s in sets if block in mesh.facet_sets[s].blocks) for block in here}
        unit = model.coordinates.amount(found.flux_unit, 2)
        return Flow(self.name, name, law.name, entering, unit, found.field.shape)

    def combined(self, of: str) -> Numbers:
        node, known = self.given[of], self.extras.known()
        formula = read_expression(node, {name: each.unit for name, each in known.items()})
        used = [known[name] for name in sorted(formula.variables)]

        def compute(*parts: Any) -> list[float]:
            values, at = {}, 0
            for each in used:
                found: Any = each.compute(*parts[at : at + len(each.of)])[0]
                values[each.name] = float(found)
                at += len(each.of)
            return [float(formula.evaluate(values))]

        parts, may_lack = [part for each in used for part in each.of], any(each.may_lack for each in used)
        return self.numbers(formula.unit, formula.text, parts, compute, may_lack=may_lack)

    # ------------------------------------------------------------------ what is made of it

    def numbers(
        self,
        unit: Unit,
        text: str,
        of: Sequence[Part],
        compute: Callable[..., Any],
        labels: Sequence[str] = (),
        may_lack: bool = False,
    ) -> Numbers:
        names = tuple(f"{self.name}.{label}" for label in labels) or (self.name,)
        return Numbers(self.kind.name, self.name, names, unit, text, tuple(of), compute, may_lack)

    def whole(
        self, unit: Unit, text: str, of: Sequence[Part], compute: Callable[..., Any], causes: Sequence[str]
    ) -> Numbers:
        def with_remainder(*read: Any) -> list[Any]:
            whole, *parts = compute(*read)
            lacking = next((part for part in (whole, *parts) if isinstance(part, NoValueError)), None)
            return [whole, *parts, lacking or whole - sum(parts)]

        names = (self.name, *(f"{self.name}.{label}" for label in (*causes, "remainder")))
        return Numbers(self.kind.name, self.name, names, unit, text, tuple(of), with_remainder, True, True)

    def drop(self, drop: Drop, ends: str, without: Sequence[str] = ()) -> Numbers:
        found = drop_readings(self.model, drop, self.given[ends], without)
        first, second = (end.name for end in found.ends)
        text = " without ".join((f"{drop.text} from {first} to {second}", *filter(None, [" and ".join(without)])))
        return self.whole(Unit.parse(drop.unit), text, found.of, found.compute, tuple(found.parts))

    def curve(self, quantity: str, unit: Unit, of: Sequence[Part], compute: Callable[..., Any]) -> Curve:
        shape = next((part.shape for part in of if isinstance(part, Points | Profile)), ())
        return Curve(self.kind.name, self.name, self.given[quantity].string(), unit, shape, tuple(of), compute)

    # ------------------------------------------------------------------ blocks and points

    def _in_blocks(self, of: Node) -> Asked:
        """Return an expression in blocks, a scalar or a vector."""
        asked = vocabulary(self.model, None, self.extras.fields).read(of)
        if len(asked.shape) > 1:
            raise of.error(f"'{of.string()}' is a tensor; take its components")
        return asked

    def _block(self, node: Node, of: Node, asked: Asked) -> str:
        block, blocks = node.string(), self.model.mesh.blocks
        if block not in blocks:
            raise node.error(f"no block '{block}'{hint(block, blocks)}")
        if block not in asked.blocks:
            raise node.error(f"'{of.string()}' does not live in {block}, only in {', '.join(asked.blocks)}")
        return block

    def point(self, at: str) -> tuple[float, ...]:
        node, model = self.given[at], self.model
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
