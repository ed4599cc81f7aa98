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
from trona.model.boundary_law import everywhere
from trona.model.declare import FieldDeclaration
from trona.model.expand import Expander
from trona.model.field import symbols_in
from trona.model.sections import entries_of
from trona.model.symbols import FieldSymbol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from trona.errors import Location
    from trona.model.field import Field
    from trona.model.model import Model
    from trona.model.symbols import Side, TotalSymbol

ORDERS = {1: 4, 2: 3, 3: 2}
"""By dimension of the mesh, the highest order for which there are points that are as many as the values in a cell."""


def local_fields(model: Model, expression: Any) -> list[Field]:
    """Return the local fields in an expanded expression."""
    names = dict.fromkeys(s.name for s in symbols_in(expression) if isinstance(s, FieldSymbol))
    fields = (model.fields[name] for name in names if name in model.fields)
    return [field for field in fields if field.declaration.element == "local"]


def local_order(model: Model, expression: Any) -> int | None:
    """Return the highest polynomial order of the local fields in an expanded expression, None without any."""
    return max((field.order for field in local_fields(model, expression)), default=None)


def holds_at_points(model: Model, expression: Any) -> bool:
    """Whether an expanded expression sets local fields against gradients of others.

    Then it has a meaning at the points of the local fields only: between them it is a small difference of large values.
    """
    if not local_fields(model, expression):
        return False
    slopes = (part.ufl_operands[0] for part in unique_pre_traversal(expression) if isinstance(part, Grad))
    return any(not local_fields(model, slope) for slope in slopes)


class LocalTraces:
    """Unknowns for what laws at interfaces and boundaries read from sums that hold at the points of local fields only.

    They are local fields themselves, equal to the sum at these points, and have values on the facets of a cell.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self._names: dict[Any, str] = {}

    def instead(self, symbol: TotalSymbol, block: str, side: Side | None) -> Any:
        """Return what a law reads in the place of a sum in a block on a side; None where that is the sum itself."""
        name = self._names.get((symbol.total, symbol.ufl_shape))
        if name is None or block not in self.model.fields[name].blocks:
            return None
        return shaped(self.model.field_symbol(name, side, block), symbol.ufl_shape)

    def settle(self) -> None:
        """Add the unknowns that the laws of the model need.

        Raises DeckError, at the place of a plugin, where a law sets local fields against gradients without such a sum.
        """
        for plugin, place, expand in self._readings():
            try:
                found = expand(self._found)
            except UserError:
                continue  # the check of the model tells what is wrong with it, and where
            if holds_at_points(self.model, found):
                names = ", ".join(f"'{field.name}'" for field in local_fields(self.model, found))
                raise DeckError(
                    f"{plugin}: a law sets {names} against gradients, which has a meaning inside cells only; "
                    "feed it to a named sum there, and let the law read that sum",
                    place,
                )

    def _readings(self) -> Iterator[tuple[str, Location | None, Callable[..., Any]]]:
        """Yield plugin, place and what expands it for everything that is taken on facets."""
        model = self.model

        def at(expression: Any, sides: dict[Side | None, str]) -> Callable[..., Any]:
            return lambda instead: Expander(model, sides, None, instead)(expression)

        for _, term in list(model.terms()):
            for stretch in term.law.stretches if term.law else ():
                yield term.plugin, term.place, at(term.expression, dict(stretch.sides))
            for block in term.blocks if term.kind == "inflow" else ():
                yield term.plugin, term.place, at(term.expression, {None: block})
        for c, stretch in everywhere(model.constraints):
            yield c.multiplier.plugin, None, at(c.residual, dict(stretch.sides))
        for g, stretch in everywhere(model.integral_constraints):
            yield g.plugin, None, at(g.integrand, dict(stretch.sides))

    def _found(self, symbol: TotalSymbol, block: str, side: Side | None) -> Any:
        if self.instead(symbol, block, side) is None:
            model = self.model
            whole = model.total_symbol(symbol.total, symbol.unit, symbol.ufl_shape)
            expanded = model.expand(whole, block)
            if not holds_at_points(model, expanded):
                return None
            self._add(symbol, whole, local_fields(model, expanded))
        return self.instead(symbol, block, side)

    def _add(self, symbol: TotalSymbol, whole: Any, local: list[Field]) -> None:
        model = self.model
        names = ", ".join(field.name for field in local)
        name = f"{symbol.total} at the points of {names}"
        blocks = tuple(b for b in model.mesh.blocks if all(b in field.blocks for field in local))
        count = prod(symbol.ufl_shape) if symbol.ufl_shape else 0
        unit = str(symbol.unit.si)
        declaration = FieldDeclaration(
            name, unit, f"{symbol.total}, as laws read it", components=count, element="local"
        )
        before = model.contributor, model.place
        feed = model.feeds[symbol.total][0]
        model.contributor, model.place = feed.plugin, feed.place
        value = model.add_field(declaration, blocks)
        balance = model.add_balance(name, unit, name, f"{symbol.total} at the points")
        balance.source(flat(whole) - value, blocks)
        model.contributor, model.place = before
        self._names[symbol.total, symbol.ufl_shape] = name


def shaped(symbol: Any, shape: tuple[int, ...]) -> Any:
    """Return a tensor of a shape from a vector of all its components."""
    if not shape:
        return symbol
    parts = [symbol[i] for i in range(prod(shape))]
    for size in reversed(shape[1:]):
        parts = [ufl.as_tensor(parts[i : i + size]) for i in range(0, len(parts), size)]
    return ufl.as_tensor(parts)


def flat(tensor: Any) -> Any:
    """Return the vector of all components of a tensor; a scalar as it is."""
    indices = itertools.product(*(range(n) for n in tensor.ufl_shape))
    return ufl.as_vector([tensor[i] for i in indices]) if tensor.ufl_shape else tensor


def settle_orders(model: Model) -> None:
    """Give local fields the order that what depends on them needs.

    Raises DeckError, at the entry of the deck's `elements`, for an order that they cannot have.
    """
    entries = entries_of(model.deck.section("elements"))
    fields = [f for f in model.fields.values() if f.declaration.element == "local"]
    if not fields:
        return
    least: dict[str, tuple[int, str]] = {}
    for balance, term in model.terms():
        if term.kind == "flux" and term.law is None and balance.field.declaration.element != "local":
            for block in term.blocks:
                for found in local_fields(model, model.expand(term.expression, block)):
                    needed = (balance.field.degree, balance.field.name)
                    least[found.name] = max(least.get(found.name, (1, "")), needed)
    highest = ORDERS[model.dimension]
    for field in fields:
        degree, name = least.get(field.name, (1, ""))
        given = entries.get(field.name)
        if given is None:
            field.degree = max(field.degree, degree)
        elif field.degree < degree:
            raise given.error(f"'{field.name}' needs at least the order of '{name}', {degree}, got {given.kind}")
        if field.degree > highest:
            place = next(entries[key] for key in (field.name, name, "order") if key in entries)
            raise place.error(
                f"'{field.name}' has an order of at most {highest} in {model.dimension} dimensions, got {field.degree}"
            )
