"""Boundary conditions by name: fixed values, inflows and Robin conditions for any field and balance."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import ufl

from trona.deck import Node, parse_input
from trona.deck.options import collect
from trona.errors import DeckError, hint
from trona.model.boundary_law import facet_sets
from trona.model.sections import entries_of
from trona.units import Unit

if TYPE_CHECKING:
    from trona.errors import Location
    from trona.model.balance import Balance
    from trona.model.field import Field
    from trona.model.model import Model
    from trona.model.symbols import InputSymbol

_ROBIN = ("coefficient", "reference")


@dataclass(frozen=True, eq=False)
class FixedValue:
    """A field (or one component of it) held at a value on a boundary."""

    field: str
    boundary: str
    value: InputSymbol
    component: int | None = None
    place: Location | None = None


def read_boundaries(node: Node | None, model: Model) -> None:
    """Read the deck's `boundaries` into fixed values and inflow terms of the model. Raises UserError."""
    places: dict[str, str] = {}

    def read(place: str, conditions: Node) -> None:
        assert node is not None
        name = _boundary(place, node, model)
        if name in places:
            raise DeckError(f"'{place}' is the same place as '{places[name]}' above", node.key(place))
        places[name] = place
        given = conditions.mapping()
        collect(partial(_condition, name, key, value, conditions, model) for key, value in given.items())

    collect(partial(read, place, conditions) for place, conditions in entries_of(node).items())


def _boundary(place: str, node: Node, model: Model) -> str:
    if place in model.mesh.boundaries:
        return place
    try:
        return str(
            model.mesh.interface(place).name
            if "|" in place or place in model.mesh.interfaces
            else model.mesh.boundary(place).name
        )
    except ValueError as error:
        raise DeckError(str(error), node.key(place)) from None


def _condition(boundary: str, key: str, node: Node, parent: Node, model: Model) -> None:
    inflows = {b.declaration.inflow: b for b in model.balances.values() if b.declaration.inflow}
    model.place = parent.key(key)
    _one_meaning(key, parent, model)
    if key in model.fields:
        _fix(boundary, key, node, parent, model)
    elif key in inflows:
        _inflow(boundary, inflows[key], key, node, parent, key, model)
    elif key == "inflow":
        for name, value in node.mapping().items():
            if name not in model.balances:
                raise DeckError(f"no balance '{name}'{hint(name, model.balances)}", node.key(name))
            _inflow(boundary, model.balances[name], name, value, node, name, model)
    elif key == "robin":
        for name, value in node.mapping().items():
            _robin(boundary, name, value, node, model)
    else:
        known = [*model.fields, *inflows, "inflow", "robin"]
        raise DeckError(f"no boundary condition '{key}' here{hint(key, known)}", parent.key(key))


def _one_meaning(key: str, parent: Node, model: Model) -> None:
    """Refuse a key that two plugins gave a meaning."""
    inflows = [b for b in model.balances.values() if b.declaration.inflow == key]
    meanings = [(f"the inflow of {b.name}", b.plugin) for b in inflows]
    if key in model.fields:
        meanings.insert(0, (f"the field {key}", model.fields[key].plugin))
    if len(meanings) > 1:
        told = " and ".join(f"{what} of {plugin} ({model.registry.origin(plugin)})" for what, plugin in meanings)
        cures = " or ".join(f"inflow: {{{b.name}: ...}}" for b in inflows)
        raise DeckError(f"'{key}' is {told}; write {cures}", parent.key(key))


def _touches(boundary: str, blocks: tuple[str, ...], what: str, parent: Node, key: str, model: Model) -> None:
    region = model.mesh.boundaries.get(boundary) or model.mesh.interfaces[boundary]
    if not set(region.blocks) & set(blocks):
        raise DeckError(
            f"'{what}' lives in {', '.join(blocks) or 'no block'}, none of which touches '{boundary}' "
            f"(which borders {', '.join(region.blocks)})",
            parent.key(key),
        )


def _free(boundary: str, balance: Balance, parent: Node, key: str, model: Model) -> None:
    """Refuse a flux where the field is fixed: the fixed value would win without a word."""
    if any(f.field == balance.field.name and f.boundary == boundary for f in model.fixed):
        if balance.field.shape:
            return  # other components may be free
        raise DeckError(
            f"'{balance.field.name}' is fixed on '{boundary}', so no flux can be set there", parent.key(key)
        )


def _quantity(node: Node, unit: Unit, name: str, model: Model) -> InputSymbol:
    expression = parse_input(node, unit, model.position_and_time, model.deck.folder)
    return model.input(expression, name)


def _value(node: Node, unit: Unit, name: str, shape: tuple[int, ...], model: Model) -> Any:
    """Read a scalar, or a vector as the list of its components."""
    if not shape:
        return _quantity(node, unit, name, model)
    parts = _components(node, name, model)
    return ufl.as_vector([_quantity(part, unit, f"{name}[{i}]", model) for i, part in enumerate(parts)])


def _components(node: Node, name: str, model: Model) -> list[Node]:
    entries = node.sequence()
    if len(entries) != model.dimension:
        raise node.error(f"'{name}' has {model.dimension} components, got {len(entries)}")
    return entries


def _inflow(boundary: str, balance: Balance, name: str, node: Node, parent: Node, key: str, model: Model) -> None:
    _touches(boundary, balance.blocks, name, parent, key, model)
    _free(boundary, balance, parent, key, model)
    balance.inflow(boundary, _value(node, balance.flux_unit, name, balance.field.shape, model))


def _fix(boundary: str, name: str, node: Node, parent: Node, model: Model) -> None:
    field = model.fields[name]
    _touches(boundary, field.blocks, name, parent, name, model)
    if field.declaration.element == "local":
        text = f"'{name}' is a local field, each cell with values of its own, which no boundary can hold"
        raise DeckError(text, parent.key(name))
    _not_held(boundary, field, parent, name, model)
    for balance, term in model.terms():
        if balance.field is field and term.boundary == boundary:
            _refuse_second(field, boundary, parent, name)
    if not field.shape:
        value = _quantity(node, field.unit, name, model)
        check_positive(field, value, node)
        model.fixed.append(FixedValue(name, boundary, value, None, node.location))
        return
    for i, entry in enumerate(_components(node, name, model)):
        if entry.value is not None:
            value = _quantity(entry, field.unit, name, model)
            model.fixed.append(FixedValue(name, boundary, value, i, entry.location))


def _not_held(boundary: str, field: Field, parent: Node, key: str, model: Model) -> None:
    """Refuse to fix what a constraint holds there already: two equations, and one of them in vain."""
    region = model.mesh.boundaries.get(boundary) or model.mesh.interfaces[boundary]
    for c in model.constraints:
        # At an interface the field jumps, and a constraint of the jump leaves its level free.
        at_boundary = c.law.key in model.mesh.boundaries
        if at_boundary and c.balance.field is field and set(region.sets) & set(facet_sets(c.law)):
            raise DeckError(
                f"{c.multiplier.plugin} holds '{field.name}' on '{c.law.name}', so it cannot be fixed there",
                parent.key(key),
            )


def _refuse_second(field: Field, boundary: str, parent: Node, key: str) -> None:
    if not field.shape:
        raise DeckError(f"'{field.name}' cannot be fixed on '{boundary}', where a flux is set as well", parent.key(key))


def check_positive(field: Field, value: InputSymbol, node: Node) -> None:
    """Refuse a known value at or below zero of a field to which that has no meaning, such as 0 K."""
    if field.declaration.positive and any(known <= 0 for known in value.expression.known_values):
        raise node.error(f"'{field.name}' must be above 0 {field.unit}, got {node.kind}")


def _robin(boundary: str, name: str, node: Node, parent: Node, model: Model) -> None:
    balances = {b.field.name: b for b in model.balances.values()}
    if name not in balances:
        raise DeckError(f"no field '{name}' with a balance{hint(name, balances)}", parent.key(name))
    balance = balances[name]
    _touches(boundary, balance.blocks, name, parent, name, model)
    _free(boundary, balance, parent, name, model)
    given = node.mapping()
    for key in given:
        if key not in _ROBIN:
            raise DeckError(f"no such key '{key}'{hint(key, _ROBIN)}", node.key(key))
    for key in _ROBIN:
        if key not in given:
            raise node.error(f"a Robin condition needs '{key}'")
    unit = balance.flux_unit / balance.field.unit
    coefficient = _quantity(given["coefficient"], unit, f"{name}.coefficient", model)
    shape = balance.field.shape
    reference = _value(given["reference"], balance.field.unit, f"{name}.reference", shape, model)
    if not shape:
        check_positive(balance.field, reference, given["reference"])
        model.references.setdefault(name, []).extend(reference.expression.known_values)
    balance.inflow(boundary, coefficient * (reference - model.field(name)))
