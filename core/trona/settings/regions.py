"""The regions where outputs are taken: blocks, boundaries and interfaces, with the side of an interface."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ufl
from ufl.classes import Grad
from ufl.corealg.map_dag import map_expr_dag
from ufl.corealg.multifunction import MultiFunction
from ufl.corealg.traversal import unique_pre_traversal

from trona.errors import hint
from trona.model.laws import Law, boundary_law, interface_law
from trona.model.symbols import FieldSymbol, PropertySymbol, RateSymbol, SumAt, SumSymbol, Symbol
from trona.model.unknown import symbols_in
from trona.settings.points import has_one_value
from trona.settings.quantities import Asked, vocabulary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trona.deck import Node
    from trona.model.model import Model
    from trona.model.records import Derived
    from trona.model.symbols import Side


@dataclass(frozen=True, eq=False)
class Region:
    """An expression with its region: in `blocks`, or at `law`."""

    asked: Asked
    expression: Any
    blocks: tuple[str, ...] = ()
    law: Law | None = None


def law_of(model: Model, on: Node) -> Law | None:
    """Return the law of the boundary or interface named by a node, None for a block. Raises DeckError."""
    place, mesh = on.string(), model.mesh
    if place in mesh.blocks:
        return None
    if place in mesh.boundaries:
        return boundary_law(place, mesh)
    try:
        return interface_law(place, mesh)
    except ValueError as error:
        if "|" in place:
            raise on.error(str(error)) from None
        known = [*mesh.blocks, *mesh.boundaries, *mesh.interfaces]
        raise on.error(f"no block, boundary or interface '{place}'{hint(place, known)}") from None


def read_region(model: Model, of: Node, on: Node, side: Node | None, own: Mapping[str, Derived]) -> Region:
    """Read an expression `of` something `on` a region, at an interface on the `side` that is named. Raises DeckError.

    own: derived quantities that the deck adds.
    """
    law = law_of(model, on)
    asked = vocabulary(model, law, own).read(of)
    if law is not None and law.is_interface:
        return Region(asked, _on_side(model, law, asked, of, on, side), law=law)
    if side is not None:
        raise side.error(f"'side' is for interfaces, but '{on.string()}' is not an interface")
    here = (on.string(),) if law is None else tuple(s.block for s in law.patches)
    blocks = tuple(b for b in here if b in asked.blocks)
    if not blocks:
        raise _absent(asked, of, on)
    if law is None:
        return Region(asked, asked.expression, blocks)
    patches = tuple(s for s in law.patches if s.block in blocks)
    part = law if len(patches) == len(law.patches) else Law(law.key, law.name, patches)
    return Region(asked, asked.expression, law=part)


def _absent(asked: Asked, of: Node, on: Node) -> Exception:
    return on.error(f"'{of.string()}' does not live at {on.string()}, only in {', '.join(asked.blocks)}")


def _on_side(model: Model, law: Law, asked: Asked, of: Node, on: Node, side: Node | None) -> Any:
    """Return an expression at an interface, with the fields in it as traces on one side."""
    pair = (law.minus, law.plus)
    if side is not None and side.string() not in pair:
        raise side.error(f"a side of {' | '.join(pair)} is {' or '.join(pair)}, got '{side.string()}'")
    here = [block for block in pair if block in asked.blocks]
    if not here:
        raise _absent(asked, of, on)
    which = here[-1] if side is None else side.string()
    if which not in here and side is not None:
        raise side.error(f"'{of.string()}' does not live in {which}; choose the other side with 'side'")
    if side is None and len(here) == 2 and not _single(model, asked.expression, pair):
        raise on.error(
            f"'{of.string()}' jumps between {pair[0]} and {pair[1]}; say which value with 'side: {pair[0]}' or "
            f"'side: {pair[1]}'"
        )
    return traced(model, asked.expression, "plus" if which == law.plus else "minus", which)


def _single(model: Model, expression: Any, pair: tuple[str, str]) -> bool:
    """Whether an expression has one value at an interface, whatever the solution."""
    if all(symbol.side is None for symbol in symbols_in(expression)) and not _shared_sums(model, expression):
        return has_one_value(model, expression, pair)
    slopes = [node for node in unique_pre_traversal(expression) if isinstance(node, Grad)]
    return all(has_one_value(model, s, pair) for s in _without_side(model, expression)) and not any(
        _without_side(model, slope) for slope in slopes
    )


def _shared_sums(model: Model, expression: Any) -> bool:
    """Whether a sum at an interface is in it, whose feeders name the sides themselves."""
    return any(_at_law(s) for s in symbols_in(expression))


def _without_side(model: Model, expression: Any) -> list[Symbol]:
    """Return the symbols that are taken on one side or the other."""
    found = (s for s in symbols_in(expression) if s.side is None)
    return [s for s in found if _has_sides(model, s)]


def _has_sides(model: Model, symbol: Symbol) -> bool:
    if isinstance(symbol, FieldSymbol):
        return symbol.name in model.fields and model.fields[symbol.name].kind == "volume"
    if isinstance(symbol, SumSymbol):
        return not _at_law(symbol)
    return isinstance(symbol, PropertySymbol)


def _at_law(symbol: Symbol) -> bool:
    return isinstance(symbol, SumSymbol) and isinstance(symbol.key, SumAt) and bool(symbol.key.at)


def traced(model: Model, expression: Any, side: Side, block: str) -> Any:
    """Return an expression with the fields, properties and sums in it as traces on one side of an interface."""
    return map_expr_dag(_Traces(model, side, block), ufl.as_ufl(expression))


class _Traces(MultiFunction):  # type: ignore[misc]
    def __init__(self, model: Model, side: Side, block: str) -> None:
        super().__init__()
        self.model, self.side, self.block = model, side, block

    expr = MultiFunction.reuse_if_untouched

    def coefficient(self, o: Any) -> Any:
        model, side = self.model, self.side
        if not isinstance(o, Symbol) or o.side is not None or not _has_sides(model, o):
            return o
        if isinstance(o, RateSymbol):
            return model.rate_symbol(o.name, side, self.block)
        if isinstance(o, FieldSymbol):
            return model.field_symbol(o.name, side, self.block)
        if isinstance(o, SumSymbol):
            return model.sum_of(o.key, side)
        return model.property_symbol(**o.of, side=side)
