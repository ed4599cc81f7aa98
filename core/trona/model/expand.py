"""Putting properties and totals into an expression, block by block and side by side."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import ufl
from ufl.corealg.map_dag import map_expr_dag
from ufl.corealg.multifunction import MultiFunction

from trona.errors import DeckError, UserError
from trona.model.symbols import FieldSymbol, InputSymbol, PropertySymbol, RateSymbol, Symbol, TotalSymbol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from trona.model.materials.materials import Material
    from trona.model.model import Model
    from trona.model.parts import Feed
    from trona.model.symbols import Side


class Expander:
    """Replaces properties and totals by what they are in the block of their side.

    `blocks` maps each side (None for a plain block) to a block. With `into`, unsided fields found inside a
    property or total become traces on that side. instead: returns what takes the place of a total in a block and on a
    side, or None for what was fed to it.
    """

    def __init__(
        self,
        model: Model,
        blocks: dict[Side | None, str],
        into: Side | None,
        instead: Callable[[TotalSymbol, str, Side | None], Any] | None = None,
    ) -> None:
        self.model, self.blocks, self.into, self.instead = model, blocks, into, instead

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
        if isinstance(symbol, TotalSymbol) and symbol.total in model.sums:
            with self._once(symbol.total, "the sum '{}'", None, ""):
                return self._sum(symbol, lambda feed: self(feed.expression))
        if side not in self.blocks:
            raise UserError(f"'{symbol.name}' at an interface needs a side: use law.minus or law.plus")
        block = self.blocks[side]
        if isinstance(symbol, TotalSymbol) and self.instead is not None:
            found = self.instead(symbol, block, side)
            if found is not None:
                return found
        inner = Expander(model, {side: block}, side, self.instead)
        if isinstance(symbol, PropertySymbol):
            if block not in model.materials:
                raise UserError(f"block {block} has no material, and {model.contributor} needs its '{symbol.name}'")
            material, user = model.materials[block], model.contributor
            with self._once(symbol.name, f"the property '{{}}' of {block}", material, block):
                return inner(material.evaluate(symbol.name, symbol.unit, model, user))
        with self._once(symbol.total, "the sum '{}'", None, block):
            return self._sum(symbol, lambda feed: inner(feed.expression) if block in feed.blocks else None)

    @contextmanager
    def _once(self, name: str, what: str, material: Material | None, block: str) -> Iterator[None]:
        """While it lasts, `name` is being put in. Raises UserError where that needs itself."""
        under_way = self.model.under_way
        key = (name, block, material is not None)
        if key in under_way:
            names = [n for n, *_ in under_way[under_way.index(key) :]]
            way = " -> ".join([*names, name]) if len(names) > 1 else "directly"
            text = f"{what.format(name)} depends on itself, {way}"
            if material is not None and name in material.properties:
                raise DeckError(text, material.properties[name].location)
            raise UserError(text)
        under_way.append(key)
        try:
            yield
        finally:
            under_way.pop()

    def _sum(self, symbol: TotalSymbol, expand: Callable[[Feed], Any]) -> Any:
        """Return the sum of what was fed to a total, of what `expand` makes something."""
        model, parts = self.model, []
        asking = model.contributor
        for feed in model.feeds.get(symbol.total, []):
            if feed.expression.ufl_shape != symbol.ufl_shape:
                shapes = f"{feed.expression.ufl_shape} to '{symbol.total}', which is of shape {symbol.ufl_shape}"
                raise UserError(f"{feed.plugin} feeds a value of shape {shapes}")
            model.contributor = feed.plugin  # what is missing in it is missing to the feeder
            part = expand(feed)
            if part is not None:
                parts.append(part)
        model.contributor = asking
        return sum(parts[1:], parts[0]) if parts else ufl.zero(symbol.ufl_shape)

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
        take = model.rate_symbol if isinstance(symbol, RateSymbol) else model.field_symbol
        return take(symbol.name, side, block)


class _Walker(MultiFunction):  # type: ignore[misc]
    def __init__(self, expander: Expander) -> None:
        super().__init__()
        self.expander = expander

    expr = MultiFunction.reuse_if_untouched

    def coefficient(self, o: Any) -> Any:
        # What is no symbol has no unit either: the dimension check will refuse it.
        return self.expander.resolve(o) if isinstance(o, Symbol) else o
