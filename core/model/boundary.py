"""Boundary conditions by name: fixed values, inflows and Robin conditions for any field and balance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trona.deck import Node, parse_input
from trona.errors import DeckError, UserError, nearest
from trona.units import Unit

if TYPE_CHECKING:
    from trona.model.model import Model
    from trona.model.symbols import InputSymbol


@dataclass(frozen=True, eq=False)
class FixedValue:
    """A field (or one component of it) held at a value on a boundary."""

    field: str
    boundary: str
    value: InputSymbol
    component: int | None = None


def read_boundaries(node: Node | None, model: Model) -> None:
    """Read the deck's `boundaries` into fixed values and inflow terms of the model."""
    if node is None:
        return
    for place, conditions in node.mapping().items():
        name = _boundary(place, node, model)
        for key, value in conditions.mapping().items():
            _condition(name, key, value, conditions, model)


def _boundary(place: str, node: Node, model: Model) -> str:
    if place in model.mesh.boundaries:
        return place
    try:
        return model.mesh_interface(place).name if "|" in place else model.mesh.boundary(place).name
    except ValueError as error:
        raise DeckError(str(error), node.keys[place]) from None


def _condition(boundary: str, key: str, node: Node, parent: Node, model: Model) -> None:
    inflows = {b.declaration.inflow: b for b in model.balances.values() if b.declaration.inflow}
    if key in model.fields:
        _fix(boundary, key, node, model)
    elif key in inflows:
        balance = inflows[key]
        _touches(boundary, balance.blocks, key, node, model)
        balance.inflow(boundary, _quantity(node, balance.flux_unit, key, model))
    elif key == "inflow":
        for name, value in node.mapping().items():
            if name not in model.balances:
                raise DeckError(f"no balance '{name}'{nearest(name, model.balances)}", node.keys[name])
            balance = model.balances[name]
            _touches(boundary, balance.blocks, name, value, model)
            balance.inflow(boundary, _quantity(value, balance.flux_unit, name, model))
    elif key == "robin":
        for name, value in node.mapping().items():
            _robin(boundary, name, value, node, model)
    else:
        known = [*model.fields, *inflows, "inflow", "robin"]
        raise DeckError(f"no boundary condition '{key}' here{nearest(key, known)}", parent.keys[key])


def _touches(boundary: str, blocks: tuple[str, ...], what: str, node: Node, model: Model) -> None:
    region = model.mesh.boundaries.get(boundary) or model.mesh.interfaces[boundary]
    if not set(region.blocks) & set(blocks):
        raise DeckError(
            f"'{what}' lives in {', '.join(blocks)}, none of which touches '{boundary}' "
            f"(which borders {', '.join(region.blocks)})",
            node.location,
        )


def _quantity(node: Node, unit: Unit, name: str, model: Model) -> InputSymbol:
    expression = parse_input(node, unit, model.position_and_time, model.deck.folder)
    return model.input(expression, name)


def _fix(boundary: str, name: str, node: Node, model: Model) -> None:
    field = model.fields[name]
    _touches(boundary, field.blocks, name, node, model)
    if field.declaration.rank == 0:
        model.fixed.append(FixedValue(name, boundary, _quantity(node, field.unit, name, model)))
        return
    entries = node.sequence()
    if len(entries) != model.dimension:
        raise DeckError(f"'{name}' has {model.dimension} components, got {len(entries)}", node.location)
    for i, entry in enumerate(entries):
        if entry.value is not None:
            model.fixed.append(FixedValue(name, boundary, _quantity(entry, field.unit, name, model), i))


def _robin(boundary: str, name: str, node: Node, parent: Node, model: Model) -> None:
    balances = {b.field.name: b for b in model.balances.values()}
    if name not in balances:
        raise DeckError(f"no field '{name}' with a balance{nearest(name, balances)}", parent.keys[name])
    balance = balances[name]
    _touches(boundary, balance.blocks, name, node, model)
    given = node.mapping()
    for key in given:
        if key not in ("coefficient", "reference"):
            raise DeckError(f"no such key '{key}'{nearest(key, ('coefficient', 'reference'))}", node.keys[key])
    for key in ("coefficient", "reference"):
        if key not in given:
            raise DeckError(f"a Robin condition needs '{key}'", node.location)
    coefficient = _quantity(given["coefficient"], balance.flux_unit / balance.field.unit, f"{name}.coefficient", model)
    reference = _quantity(given["reference"], balance.field.unit, f"{name}.reference", model)
    balance.inflow(boundary, coefficient * (reference - model.field(name)))
