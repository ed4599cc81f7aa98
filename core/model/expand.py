"""Putting properties and totals into an expression, block by block and side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ufl
from trona.errors import UserError
from trona.model.symbols import FieldSymbol, InputSymbol, PropertySymbol, Symbol, TotalSymbol
from ufl.corealg.map_dag import map_expr_dag
from ufl.corealg.multifunction import MultiFunction

if TYPE_CHECKING:
    from trona.model.model import Model
    from trona.model.symbols import Side


class Expander:
    """Replaces properties and totals by what they are in the block of their side.

    `blocks` maps each side (None for a plain block) to a block. With `into`, unsided fields found inside a
    property or total become traces on that side.
    """

    def __init__(self, model: Model, blocks: dict[Side | None, str], into: Side | None) -> None:
        self.model, self.blocks, self.into = model, blocks, into

    def __call__(self, expression: Any) -> Any:
        return map_expr_dag(_Walker(self), ufl.as_ufl(expression))

    def resolve(self, symbol: Any) -> Any:
        """Return what a symbol stands for here, in fields, inputs and geometry."""
        model = self.model
        side = symbol.side if symbol.side is not None else self.into
        if isinstance(symbol, FieldSymbol):
            return self._field(symbol, side)
        if isinstance(symbol, InputSymbol):
            return self(model.symbolic(symbol)) if model.varies(symbol.expression) else symbol
        if not isinstance(symbol, PropertySymbol | TotalSymbol):
            return symbol
        if side not in self.blocks:
            raise UserError(f"'{symbol.name}' at an interface needs a side: use law.minus or law.plus")
        block = self.blocks[side]
        inner = Expander(model, {side: block}, side)
        if isinstance(symbol, PropertySymbol):
            if block not in model.materials:
                raise UserError(
                    f"block {block} has no material, and {model.contributor} needs its '{symbol.name}'"
                )
            user = model.contributor
            return inner(model.materials[block].evaluate(symbol.name, symbol.unit, model, user))
        parts = []
        asking = model.contributor
        for feed in model.feeds.get(symbol.total, []):
            if block in feed.blocks:
                model.contributor = feed.plugin  # what is missing in it is missing to the feeder
                parts.append(inner(feed.expression))
        model.contributor = asking
        zero = ufl.zero(symbol.ufl_shape)
        return sum(parts[1:], parts[0]) if parts else zero

    def _field(self, symbol: Any, side: Any) -> Any:
        model = self.model
        if symbol.name in model.given:
            given = model.given[symbol.name].expression
            return self(model.symbolic(given)) if model.varies(given.expression) else given
        kind = model.fields[symbol.name].kind
        if kind != "volume":
            return symbol
        if side is None and None not in self.blocks:
            raise UserError(f"field '{symbol.name}' at an interface needs a side: use law.minus or law.plus")
        block = self.blocks[side]
        return model.field_symbol(symbol.name, side, block)


class _Walker(MultiFunction):  # type: ignore[misc]
    def __init__(self, expander: Expander) -> None:
        super().__init__()
        self.expander = expander

    expr = MultiFunction.reuse_if_untouched

    def coefficient(self, o: Any) -> Any:
        # What is no symbol has no unit either: the dimension check will refuse it.
        return self.expander.resolve(o) if isinstance(o, Symbol) else o
