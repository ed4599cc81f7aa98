"""Fields with values in each cell: at which points their equations hold, and of which order they must be.

A local field holds its rate law at as many points of a cell as it has values there, and what depends on it is
integrated by these points. What drives it is then zero where it has come to rest, whatever the strain or the
concentration beside it looks like between the points; nothing is left that the field cannot follow.
"""

from __future__ import annotations

import itertools
from math import prod
from typing import TYPE_CHECKING, Any

import ufl
from ufl.classes import Grad
from ufl.corealg.traversal import unique_pre_traversal

from trona.errors import DeckError, UserError
from trona.model.declare import Balance, Field
from trona.model.equation import Term
from trona.model.expand import Expander
from trona.model.laws import everywhere
from trona.model.local_traces import LocalTraces
from trona.model.sections import entries_of
from trona.model.symbols import FieldSymbol
from trona.model.unknown import symbols_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trona.errors import Location
    from trona.model.composition import Composition
    from trona.model.draft import Draft
    from trona.model.laws import Patch
    from trona.model.symbols import Side, SumSymbol
    from trona.model.unknown import Unknown

ORDERS = {1: 4, 2: 3, 3: 2}
"""By dimension of the mesh, the highest order for which there are points that are as many as the values in a cell."""


def local_fields(model: Composition, expression: Any) -> list[Unknown]:
    """Return the local fields in an expanded expression."""
    names = dict.fromkeys(s.name for s in symbols_in(expression) if isinstance(s, FieldSymbol))
    fields = (model.fields[name] for name in names if name in model.fields)
    return [field for field in fields if field.declaration.element == "local"]


def local_order(model: Composition, expression: Any) -> int | None:
    """Return the highest polynomial order of the local fields in an expanded expression, None without any."""
    return max((field.order for field in local_fields(model, expression)), default=None)


def holds_at_points(model: Composition, expression: Any) -> bool:
    """Whether an expanded expression sets local fields against gradients of others.

    Then it has a meaning at the points of the local fields only: between them it is a small difference of large values.
    The gradient of a field that lives elsewhere, such as the slope of a surface beside a stress of the cells under it,
    is not among what local fields are the difference from.
    """
    if not (local := local_fields(model, expression)):
        return False
    places = {field.interface for field in local}

    def set_against(slope: Any) -> bool:
        names = {s.name for s in symbols_in(slope) if isinstance(s, FieldSymbol)} & model.fields.keys()
        lives = {model.fields[name].interface for name in names}
        return not local_fields(model, slope) and (not lives or not lives.isdisjoint(places))

    slopes = (part.ufl_operands[0] for part in unique_pre_traversal(expression) if isinstance(part, Grad))
    return any(set_against(slope) for slope in slopes)


def settle_traces(draft: Draft) -> None:
    """Add the unknowns that the laws of a draft need.

    Raises DeckError, at the location of a plugin, where a law sets local fields against gradients without such a sum.
    """

    def found(symbol: SumSymbol, block: str, side: Side | None) -> Any:
        if draft.traces.instead(symbol, block, side) is None:
            whole = draft.sum_of(symbol.key)
            expanded = draft.expand(whole, block)
            if not holds_at_points(draft, expanded):
                return None
            _add(draft, symbol, whole, local_fields(draft, expanded))
        return draft.traces.instead(symbol, block, side)

    for plugin, location, expression, patch in _on_facets(draft):
        try:
            expanded = Expander(draft, patch.sides, None, plugin, found, sets=patch.sets)(expression)
        except UserError:
            continue  # the check of the model tells what is wrong with it, and where
        if holds_at_points(draft, expanded):
            names = ", ".join(f"'{field.name}'" for field in local_fields(draft, expanded))
            raise DeckError(
                f"{plugin}: a law combines {names} with gradients, which is possible only inside cells; "
                "feed it to a declared sum there, and let the law read that sum",
                location,
            )


def _on_facets(draft: Draft) -> Iterator[tuple[str, Location | None, Any, Patch]]:
    """Yield plugin, location and expression of everything that is taken on facets, with where it is."""
    for _, term in draft.terms():
        for patch in draft.patches_of(term):
            yield term.plugin, term.location, term.expression, patch
    for c, patch in everywhere(draft.constraints):
        yield c.multiplier.plugin, None, c.residual, patch
    for g, patch in everywhere(draft.integral_constraints):
        if not patch.is_block:
            yield g.plugin, g.location, g.integrand, patch


def _add(draft: Draft, symbol: SumSymbol, whole: Any, local: list[Unknown]) -> None:
    """Add the unknown that represents a sum at the points of local fields."""
    what, names = symbol.key.name, ", ".join(field.name for field in local)
    name = f"{what} at the points of {names}"
    blocks = tuple(b for b in draft.mesh.blocks if all(b in field.blocks for field in local))
    count = prod(symbol.ufl_shape) if symbol.ufl_shape else 0
    unit = str(symbol.unit.si)
    by, location = draft.feeder_of(symbol.key)
    declaration = Field(name, unit, f"{what}, as laws read it", components=count, element="local")
    draft.add_field(declaration, by, location, blocks)
    draft.add_balance(Balance(name, unit, name, f"{what} at the points"), by)
    draft.add_terms(name, Term("source", flat(whole) - draft.field(name), by, blocks, location=location))
    sides: tuple[Side | None, ...] = (None, "minus", "plus")
    symbols = {side: draft.field_symbol(name, side, blocks[0]) for side in sides}
    draft.traces = LocalTraces({**draft.traces.unknowns, symbol.key: (symbols, blocks)})


def flat(tensor: Any) -> Any:
    """Return the vector of all components of a tensor; a scalar as it is."""
    indices = itertools.product(*(range(n) for n in tensor.ufl_shape))
    return ufl.as_vector([tensor[i] for i in indices]) if tensor.ufl_shape else tensor


def settle_orders(draft: Draft) -> None:
    """Give local fields the order that what depends on them needs.

    Raises DeckError, at the entry of the deck's `elements`, for an order that they cannot have.
    """
    entries = entries_of(draft.deck.section("elements"))
    fields = [f for f in draft.fields.values() if f.declaration.element == "local"]
    if not fields:
        return
    least: dict[str, tuple[int, str]] = {}
    for balance, term in draft.terms():
        if term.kind == "flux" and term.law is None and balance.field.declaration.element != "local":
            for block in term.blocks:
                for found in local_fields(draft, draft.expand(term.expression, block)):
                    needed = (draft.fields[balance.field.name].degree, balance.field.name)
                    least[found.name] = max(least.get(found.name, (1, "")), needed)
    highest = ORDERS[draft.dimension]
    for field in fields:
        degree, name = least.get(field.name, (1, ""))
        given = entries.get(field.name)
        settled = field.degree
        if given is None:
            settled = max(settled, degree)
            draft.change_field(field.name, degree=settled)
        elif settled < degree:
            raise given.error(f"'{field.name}' needs at least the order of '{name}', {degree}, got {given.kind}")
        if settled > highest:
            entry = next(entries[key] for key in (field.name, name, "order") if key in entries)
            raise entry.error(
                f"'{field.name}' has an order of at most {highest} in {draft.dimension} dimensions, got {settled}"
            )
