"""The drop of what drives a flow between two ends, with its parts by cause, as `outputs.extra` may ask for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from trona.errors import hint
from trona.model.asked import Flow, OnRegion, Work
from trona.model.laws import Law, facet_sets
from trona.model.reduction import NoValueError
from trona.settings.regions import law_of
from trona.units import Unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trona.deck import Node
    from trona.model.declare import Drop
    from trona.model.equation import Equation
    from trona.model.model import Model
    from trona.model.records import DropPart

_LOST = 1e-6
"""The share of the flow that may go elsewhere: what is lost by round-off is far less."""
_SENSELESS = 1e6
"""How many typical variations of what drives the flow its parts may add up to: more is a flow of mere round-off."""


@dataclass(frozen=True, eq=False)
class End:
    """Where what flows comes from outside or leaves: its flows inwards, and what drives it there.

    The mean of that counts each place by the flow there, if what drives it is the field of one balance.
    """

    name: str
    flows: tuple[Flow, ...]
    value: OnRegion

    def value_of(self, region: Any, flows: Sequence[Any], carried: bool) -> float:
        """Return what drives the flow here; carried: whether it flows."""
        if carried and self.flows[0].with_field:
            return float(flows[0][1] / flows[0][0])
        return float(region.integral() / region.extent())

    @property
    def sets(self) -> set[int]:
        """The facet sets there."""
        return {s for flow in self.flows for own in flow.sets.values() for s in own}


@dataclass(frozen=True, eq=False)
class DropReadings:
    """What is read of a drop, in this order: the values at its ends, the flows there, and the parts of each cause.

    taken: parts that are taken off the whole. scale: a typical variation of what drives the flow.
    """

    ends: tuple[End, End]
    parts: dict[str, OnRegion | Work]
    taken: tuple[OnRegion | Work, ...]
    scale: float

    @property
    def of(self) -> list[OnRegion | Flow | Work]:
        """The readings."""
        first, second = self.ends
        return [first.value, second.value, *first.flows, *second.flows, *self.taken, *self.parts.values()]

    def compute(self, first: Any, second: Any, *read: Any) -> Sequence[float | NoValueError]:
        """Return the difference, first minus second, and the part of each cause."""
        to_here = len(self.ends[0].flows)
        to_there = to_here + len(self.ends[1].flows)
        at_ends, rates = (read[:to_here], read[to_here:to_there]), [over.integral() for over in read[to_there:]]
        here, there = (float(sum(flow[0] for flow in own)) for own in at_ends)
        flows = abs(here) > 0 and abs(here + there) <= _LOST * abs(here)
        a, b = self.ends
        whole = a.value_of(first, at_ends[0], flows) - b.value_of(second, at_ends[1], flows)
        if not flows or sum(map(abs, rates)) >= _SENSELESS * self.scale * abs(here):
            seen = f"{here:.3g} enters, {0.0 - there:.3g} leaves"
            why = NoValueError(f"needs a flow from {a.name} to {b.name}: {seen}")
            return [why if self.taken else whole, *([why] * len(self.parts))]
        off, own = rates[: len(self.taken)], rates[len(self.taken) :]
        return [whole - sum(off) / here, *(rate / here for rate in own)]


def drop_readings(model: Model, drop: Drop, ends: Node, without: Sequence[str] = ()) -> DropReadings:
    """Return what is read of a drop between the two ends that a node names; without: causes that are taken off.

    Raises DeckError.
    """
    nodes = ends.sequence()
    if len(nodes) != 2:
        raise ends.error(f"{drop.text} has two ends, got {len(nodes)}")
    balances = _balances(model, drop)
    if not balances:
        raise ends.error(f"nothing in this deck balances {drop.quantity}, of which this is the {drop.name}")
    first, second = (drop_end(model, drop, node) for node in nodes)
    if first.sets & second.sets:
        raise nodes[1].error(f"both ends are at {second.name}")
    own = [part for part in model.drop_parts if part.drop == drop]
    taken = tuple(_added([part for part in own if part.cause in without]).values())
    kept = _added([part for part in own if part.cause not in without])
    return DropReadings((first, second), kept, taken, max(b.field.scale for b in balances))


def _added(parts: Sequence[DropPart]) -> dict[str, OnRegion | Work]:
    """Return parts by cause and region; contributions to one of these are added."""
    found: dict[str, OnRegion | Work] = {}
    for part in parts:
        cause = part.cause.replace(" ", "_")
        if part.law is not None:
            name = f"{cause} ({part.law.name})"
            before = found.get(name)
            whole = before.expression + part.expression if isinstance(before, OnRegion) else part.expression
            found[name] = OnRegion(whole, part.unit, (), part.law, name)
        for block in part.blocks:
            name = f"{cause} ({block})"
            slopes = before.slopes if isinstance(before := found.get(name), Work) else {}
            slope = slopes[part.balance] + part.expression if part.balance in slopes else part.expression
            found[name] = Work(block, {**slopes, part.balance: slope})
    return found


def possible_ends(model: Model, drop: Drop) -> list[str]:
    """Return the names of all boundaries and interfaces where what flows may come from outside."""
    solved = {block for balance in _balances(model, drop) for block in balance.blocks}
    outside = [name for name, region in model.mesh.boundaries.items() if solved & set(region.blocks)]
    return [*dict.fromkeys(end.law.name for end in model.drop_ends if end.drop == drop), *outside]


def _balances(model: Model, drop: Drop) -> list[Equation]:
    return [b for b in model.balances.values() if b.quantity == drop.quantity and b.field.kind == "volume"]


def drop_end(model: Model, drop: Drop, node: Node) -> End:
    """Return the end of a drop that a node names. Raises DeckError."""
    law, mesh, balances = law_of(model, node), model.mesh, _balances(model, drop)
    if law is None:
        raise node.error(f"an end is a boundary or an interface, but '{node.string()}' is a block")
    sets = facet_sets(law)
    beside = dict.fromkeys(b for patch in law.patches for b in patch.sides.values())
    here = {balance: [b for b in beside if b in balance.blocks] for balance in balances}
    declared = [end for end in model.drop_ends if end.drop == drop and set(facet_sets(end.law)) == set(sets)]
    if law.is_interface and (not declared or any(len(blocks) > 1 for blocks in here.values())):
        text = f"no {drop.quantity} comes from outside at {law.name}, which is no end"
        raise node.error(f"{text}{hint(node.string(), possible_ends(model, drop))}")
    flows = tuple(
        Flow(
            drop.name,
            balance.name,
            law.name,
            {b: tuple(s for s in sets if b in mesh.facet_sets[s].blocks) for b in blocks},
            model.coordinates.amount(balance.flux_unit, 2),
            (),
        )
        for balance, blocks in here.items()
        if blocks
    )
    if not flows:
        raise node.error(f"no {drop.quantity} is balanced beside {law.name}")
    if declared:
        return End(law.name, flows, OnRegion(declared[0].value, Unit.parse(drop.unit), (), declared[0].law))
    (balance, *others) = (balance for balance, blocks in here.items() if blocks)
    if others:
        carriers = ", ".join(each.name for each in (balance, *others))
        raise node.error(f"{carriers} end at {law.name}, and no physics says which {drop.name} they have in common")
    patches = tuple(p for p in law.patches if p.block in balance.blocks)
    symbol = model.field_symbol(balance.field.name, None, patches[0].block)
    value = OnRegion(symbol, balance.field.unit, (), Law(law.key, law.name, patches))
    return End(law.name, (replace(flows[0], with_field=True),), value)
