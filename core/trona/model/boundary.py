"""Boundary conditions by name: fixed values, inflows and Robin conditions for any field and balance."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import ufl

from trona.deck import Node, parse_input
from trona.deck.options import collect
from trona.errors import DeckError, UserError, hint
from trona.model.account import Account
from trona.model.facets import fixed_weakly
from trona.model.laws import facet_sets
from trona.model.names import OwnNames
from trona.model.records import FixedValue
from trona.model.sections import entries_of
from trona.model.unknown import beyond, symbols_in
from trona.model.writer import Writer
from trona.units import Unit

if TYPE_CHECKING:
    from trona.errors import Location
    from trona.model.draft import Draft
    from trona.model.equation import Equation
    from trona.model.symbols import InputSymbol
    from trona.model.unknown import Unknown

_ROBIN = ("coefficient", "reference")
_NO_FLUX = "no flux can be set there"


def read_boundaries(node: Node | None, draft: Draft) -> None:
    """Read the deck's `boundaries` into fixed values and inflow terms of the draft. Raises UserError."""
    places: dict[str, str] = {}

    def read(place: str, conditions: Node) -> None:
        assert node is not None
        name = _boundary(place, node, draft)
        if name in places:
            raise DeckError(f"'{place}' is the same place as '{places[name]}' above", node.key(place))
        places[name] = place
        given = conditions.mapping()
        collect(partial(_condition, name, key, value, conditions, draft) for key, value in given.items())

    collect(partial(read, place, conditions) for place, conditions in entries_of(node).items())


def _boundary(place: str, node: Node, draft: Draft) -> str:
    if place in draft.mesh.boundaries:
        return place
    try:
        return str(
            draft.mesh.interface(place).name
            if "|" in place or place in draft.mesh.interfaces
            else draft.mesh.boundary(place).name
        )
    except ValueError as error:
        raise DeckError(str(error), node.key(place)) from None


def _condition(boundary: str, key: str, node: Node, parent: Node, draft: Draft) -> None:
    inflows = {b.declaration.inflow: b for b in draft.balances.values() if b.declaration.inflow}
    _one_meaning(key, parent, draft)
    if key in draft.fields:
        _fix(boundary, key, node, parent, draft)
    elif key in inflows:
        _inflow(boundary, inflows[key], key, node, parent, key, draft)
    elif key == "inflow":
        for name, value in node.mapping().items():
            if name not in draft.balances:
                raise DeckError(f"no balance '{name}'{hint(name, draft.balances)}", node.key(name))
            _inflow(boundary, draft.balances[name], name, value, node, name, draft)
    elif key == "robin":
        for name, value in node.mapping().items():
            _robin(boundary, name, value, node, draft)
    else:
        known = [*draft.fields, *inflows, "inflow", "robin"]
        raise DeckError(f"no boundary condition '{key}' here{hint(key, known)}", parent.key(key))


def _one_meaning(key: str, parent: Node, draft: Draft) -> None:
    """Refuse a key that means different things in two plugins."""
    inflows = [b for b in draft.balances.values() if b.declaration.inflow == key]
    meanings = [(f"the inflow of {b.name}", b.plugin) for b in inflows]
    if key in draft.fields:
        meanings.insert(0, (f"the field {key}", draft.fields[key].plugin))
    if len(meanings) > 1:
        told = " and ".join(f"{what} of {plugin} ({draft.registry.origin(plugin)})" for what, plugin in meanings)
        cures = " or ".join(f"inflow: {{{b.name}: ...}}" for b in inflows)
        raise DeckError(f"'{key}' is {told}; write {cures}", parent.key(key))


def _touches(boundary: str, blocks: tuple[str, ...], what: str, parent: Node, key: str, draft: Draft) -> None:
    region = draft.mesh.boundaries.get(boundary) or draft.mesh.interfaces[boundary]
    if not set(region.blocks) & set(blocks):
        raise DeckError(
            f"'{what}' lives in {', '.join(blocks) or 'no block'}, none of which touches '{boundary}' "
            f"(which borders {', '.join(region.blocks)})",
            parent.key(key),
        )


def _free(boundary: str, balance: Equation, parent: Node, key: str, draft: Draft) -> None:
    """Refuse a flux where a scalar field is fixed, so that the flux would be ignored, or held by an unknown flux."""
    weakly = (balance.field.name, boundary) in draft.fixed_weakly
    if weakly or any(f.field == balance.field.name and f.boundary == boundary for f in draft.fixed):
        if balance.field.shape and not weakly:
            return  # other components may be free
        raise DeckError(
            f"'{balance.field.name}' is fixed on '{boundary}', so no flux can be set there", parent.key(key)
        )
    if not balance.field.shape:  # of vectors one component may be held
        _not_held(boundary, balance.field, parent, key, draft, _NO_FLUX)


def _quantity(node: Node, unit: Unit, name: str, draft: Draft) -> InputSymbol:
    expression = parse_input(node, unit, draft.position_and_time, draft.deck.folder)
    return draft.input(expression, name)


def _value(node: Node, unit: Unit, name: str, shape: tuple[int, ...], draft: Draft) -> Any:
    """Read a scalar, or a vector as the list of its components."""
    if not shape:
        return _quantity(node, unit, name, draft)
    parts = _components(node, name, draft)
    return ufl.as_vector([_quantity(part, unit, f"{name}[{i}]", draft) for i, part in enumerate(parts)])


def _components(node: Node, name: str, draft: Draft) -> list[Node]:
    entries = node.sequence()
    if len(entries) != draft.dimension:
        raise node.error(f"'{name}' has {draft.dimension} components, got {len(entries)}")
    return entries


def _inflow(boundary: str, balance: Equation, name: str, node: Node, parent: Node, key: str, draft: Draft) -> None:
    _touches(boundary, balance.blocks, name, parent, key, draft)
    _free(boundary, balance, parent, key, draft)
    value = _value(node, balance.flux_unit, name, balance.field.shape, draft)
    _account(draft, balance, parent.key(key)).inflow(boundary, value)


def _account(draft: Draft, balance: Equation, place: Location) -> Account:
    return Account(Writer(draft, "boundaries", place, OwnNames()), balance.name)


def _fix(boundary: str, name: str, node: Node, parent: Node, draft: Draft) -> None:
    field = draft.fields[name]
    _touches(boundary, field.blocks, name, parent, name, draft)
    if field.declaration.element == "local":
        text = f"'{name}' is a local field with separate values in each cell, which no boundary can fix"
        raise DeckError(text, parent.key(name))
    _not_held(boundary, field, parent, name, draft, "it cannot be fixed there")
    for balance, term in draft.terms():
        if balance.field.name == field.name and term.boundary == boundary:
            _refuse_second(field, boundary, parent, name)
    if field.declaration.element == "discontinuous":
        _fix_weakly(boundary, field, node, parent, draft)
        return
    if not field.shape:
        value = _quantity(node, field.unit, name, draft)
        check_value(field, value, node)
        draft.fixed.append(FixedValue(name, boundary, value, None, node.location))
        return
    for i, entry in enumerate(_components(node, name, draft)):
        if entry.value is not None:
            value = _quantity(entry, field.unit, name, draft)
            draft.fixed.append(FixedValue(name, boundary, value, i, entry.location))


def _fix_weakly(boundary: str, field: Unknown, node: Node, parent: Node, draft: Draft) -> None:
    """Give the fluxes between the cells of a discontinuous field a value beyond a boundary."""
    (balance,) = (b for b in draft.balances.values() if b.field.name == field.name)
    value = _value(node, field.unit, f"{field.name} at {boundary}", field.shape, draft)
    if not field.shape:
        check_value(field, value, node)
        draft.references.setdefault(field.name, []).extend(value.expression.known_values)
    try:
        fixed_weakly(draft, balance, boundary, value, node.location)
    except UserError as error:
        raise DeckError(str(error), parent.key(field.name)) from None
    draft.fixed_weakly.add((field.name, boundary))


def _not_held(boundary: str, field: Unknown, parent: Node, key: str, draft: Draft, so: str) -> None:
    """Refuse a condition where a constraint already holds the field: one of the two equations would be ignored.

    A constraint that contains its multiplier may release the field, and allows a flux.
    """
    region = draft.mesh.boundaries.get(boundary) or draft.mesh.interfaces[boundary]
    for c in draft.constraints:
        # At an interface the field jumps, and a constraint of the jump leaves its level free.
        at_boundary = c.law.key in draft.mesh.boundaries
        if so == _NO_FLUX and any(getattr(s, "name", "") == c.multiplier.name for s in symbols_in(c.residual)):
            continue
        if at_boundary and c.balance.field.name == field.name and set(region.sets) & set(facet_sets(c.law)):
            raise DeckError(f"{c.multiplier.plugin} holds '{field.name}' on '{c.law.name}', so {so}", parent.key(key))


def _refuse_second(field: Unknown, boundary: str, parent: Node, key: str) -> None:
    if not field.shape:
        raise DeckError(f"'{field.name}' cannot be fixed on '{boundary}', where a flux is set as well", parent.key(key))


def check_value(field: Unknown, value: InputSymbol, node: Node) -> None:
    """Refuse a known value that a field cannot have, such as 0 K."""
    known = value.expression.known_values
    if known and (must := beyond(field.declaration, min(known), max(known))):
        raise node.error(f"'{field.name}' must be {must}, got {node.kind}")


def _robin(boundary: str, name: str, node: Node, parent: Node, draft: Draft) -> None:
    balances = {b.field.name: b for b in draft.balances.values()}
    if name not in balances:
        raise DeckError(f"no field '{name}' with a balance{hint(name, balances)}", parent.key(name))
    balance = balances[name]
    _touches(boundary, balance.blocks, name, parent, name, draft)
    _free(boundary, balance, parent, name, draft)
    given = node.mapping()
    for key in given:
        if key not in _ROBIN:
            raise DeckError(f"no such key '{key}'{hint(key, _ROBIN)}", node.key(key))
    for key in _ROBIN:
        if key not in given:
            raise node.error(f"a Robin condition needs '{key}'")
    unit = balance.flux_unit / balance.field.unit
    coefficient = _quantity(given["coefficient"], unit, f"{name}.coefficient", draft)
    shape = balance.field.shape
    reference = _value(given["reference"], balance.field.unit, f"{name}.reference", shape, draft)
    if not shape:
        check_value(balance.field, reference, given["reference"])
        draft.references.setdefault(name, []).extend(reference.expression.known_values)
    _account(draft, balance, parent.key(name)).inflow(boundary, coefficient * (reference - draft.field(name)))
