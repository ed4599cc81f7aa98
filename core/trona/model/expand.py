"""Substitutes properties and sums in an expression, block by block and side by side."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Protocol

import ufl
from ufl.algorithms import strip_variables
from ufl.algorithms.apply_algebra_lowering import apply_algebra_lowering
from ufl.algorithms.apply_derivatives import apply_derivatives
from ufl.corealg.map_dag import map_expr_dag
from ufl.corealg.multifunction import MultiFunction

from trona.errors import DeckError, UserError
from trona.model.laws import facet_sets
from trona.model.symbols import (
    FieldSymbol,
    InputSymbol,
    PropertySymbol,
    RateSymbol,
    SumSymbol,
    Symbol,
    TotalFlux,
    TraceSymbol,
)
from trona.model.unknown import field_pieces, symbols_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from trona.deck import Node
    from trona.mesh.data import MeshData
    from trona.model.equation import Equation
    from trona.model.materials.material import Material
    from trona.model.records import Feed
    from trona.model.symbols import Side, SumAt
    from trona.model.unknown import Given, Unknown
    from trona.units import Unit

    Instead = Callable[[SumSymbol, str, Side | None], Any]


class Meanings(Protocol):
    """The source of the meanings of symbols: a draft, or a model."""

    @property
    def fields(self) -> Mapping[str, Unknown]: ...
    @property
    def given(self) -> Mapping[str, Given]: ...
    @property
    def balances(self) -> Mapping[str, Equation]: ...
    @property
    def feeds(self) -> Mapping[SumAt, Sequence[Feed]]: ...
    @property
    def mesh(self) -> MeshData: ...
    @property
    def materials(self) -> Mapping[str, Material]: ...
    def varies(self, expression: Any) -> bool: ...
    def symbolic(self, symbol: InputSymbol) -> Any: ...
    def field_symbol(self, name: str, side: Side | None, block: str) -> Any: ...
    def rate_symbol(self, name: str, side: Side | None, block: str) -> Any: ...
    def property_of(self, block: str, name: str, unit: Unit, user: str) -> Any: ...


UnderWay = tuple[tuple[str, str, bool], ...]
"""Name, block and whether it is a property of what is being put in."""


class Expander:
    """Replaces properties and sums by what they are in the block of their side.

    `blocks` maps each side (None for a plain block) to a block. With `into`, unsided fields found inside a property or
    sum become traces on that side. user: whose expression it is, for messages. instead: returns what takes the place of
    a sum in a block and on a side, or None for what was fed to it. sets: the facets, none in a block.
    """

    def __init__(
        self,
        meanings: Meanings,
        blocks: Mapping[Side | None, str],
        into: Side | None,
        user: str = "",
        instead: Instead | None = None,
        under_way: UnderWay = (),
        sets: tuple[int, ...] = (),
    ) -> None:
        self.meanings, self.blocks, self.into, self.user = meanings, blocks, into, user
        self.instead, self.under_way, self.sets = instead, under_way, sets

    def __call__(self, expression: Any) -> Any:
        return map_expr_dag(_Walker(self), ufl.as_ufl(expression))

    def resolve(self, symbol: Any) -> Any:
        """Return the meaning of a symbol here, in fields, inputs and geometry."""
        meanings = self.meanings
        side = symbol.side if symbol.side is not None else self.into
        if isinstance(symbol, FieldSymbol):
            return self._field(symbol, side)
        if isinstance(symbol, InputSymbol):
            return self._written(symbol) if meanings.varies(symbol.expression) else symbol
        if not isinstance(symbol, PropertySymbol | SumSymbol):
            return symbol
        if isinstance(symbol, SumSymbol) and not isinstance(symbol.key, TotalFlux) and symbol.key.at:
            return self._fed(symbol.key, symbol.ufl_shape, self._within(symbol, ""), None)
        if side not in self.blocks:
            raise UserError(f"'{symbol.name}' at an interface needs a side: use law.minus or law.plus")
        block = self.blocks[side]
        if isinstance(symbol, SumSymbol) and self.instead is not None:
            found = self.instead(symbol, block, side)
            if found is not None:
                return found
        inner = self._within(symbol, block, {side: block}, side)
        if isinstance(symbol, PropertySymbol):
            material = meanings.materials.get(block)
            if symbol.default is not None and (material is None or symbol.name not in material.properties):
                return ufl.as_ufl(symbol.default)
            if material is None:
                who = self.user or "an expression"
                raise UserError(f"block {block} has no material, but {who} needs its '{symbol.name}'")
            if symbol.by is not None and symbol.name in material.properties:
                self._refuse_tables(material, symbol, {symbol.name: symbol})
            found = inner(meanings.property_of(block, symbol.name, symbol.written, self.user))
            return found if symbol.by is None else derivative(found, self._field(symbol.by, side))
        if isinstance(symbol.key, TotalFlux):
            return self._total_flux(symbol.key, symbol.ufl_shape, inner, block)
        return self._fed(symbol.key, symbol.ufl_shape, inner, block)

    def _within(
        self, symbol: Any, block: str, blocks: Mapping[Side | None, str] | None = None, into: Side | None = None
    ) -> Expander:
        """Return what expands the inside of a symbol. Raises UserError where that needs itself."""
        is_property = isinstance(symbol, PropertySymbol)
        key = (symbol.name, block, is_property)
        if key in self.under_way:
            names = [n for n, *_ in self.under_way[self.under_way.index(key) :]]
            way = " -> ".join([*names, symbol.name]) if len(names) > 1 else "directly"
            what = f"the property '{symbol.name}' of {block}" if is_property else str(symbol.key)
            text = f"{what} depends on itself, {way}"
            material: Material | None = self.meanings.materials.get(block) if is_property else None
            if material is not None and symbol.name in material.properties:
                raise DeckError(text, material.properties[symbol.name].location)
            raise UserError(text)
        if blocks is None:
            blocks, into = self.blocks, self.into
        return Expander(self.meanings, blocks, into, self.user, self.instead, (*self.under_way, key), self.sets)

    def _refuse_tables(self, material: Material, symbol: PropertySymbol, seen: dict[str, PropertySymbol]) -> None:
        """Refuse the derivative of a table, also of one in another property that the last one seen contains.

        A table is straight between its points, where a law of an energy needs more.
        """
        assert symbol.by is not None
        name, last = list(seen.items())[-1]
        for table in _tables(material.properties[name], symbol.by.name):
            which = "a table" if name == symbol.name else f"'{name}' in it, a table,"
            text = f"'{symbol.name}' is differentiated by '{symbol.by.name}' here, which {which} with its kinks cannot"
            raise table.error(f"{text} be; give an expression")
        for part in symbols_in(self.meanings.property_of(material.block, name, last.written, self.user)):
            if isinstance(part, PropertySymbol) and part.name in material.properties and part.name not in seen:
                seen[part.name] = part
                self._refuse_tables(material, symbol, seen)

    def _total_flux(self, key: TotalFlux, shape: tuple[int, ...], inner: Expander, block: str) -> Any:
        """Return the sum of all fluxes of a balance in a block."""
        fluxes = [
            inner.of(term.plugin)(term.expression)
            for term in self.meanings.balances[key.balance].terms
            if term.kind == "flux" and term.law is None and block in term.blocks
        ]
        return sum(fluxes[1:], fluxes[0]) if fluxes else ufl.zero(shape)

    def _fed(self, key: SumAt, shape: tuple[int, ...], inner: Expander, block: str | None) -> Any:
        """Return the sum, or the product, of what was fed to a declared sum in a block, or at a law."""
        found = [
            inner.of(feed.plugin)(feed.expression)
            for feed in self.meanings.feeds.get(key, ())
            if block is None or block in feed.blocks
        ]
        if key.sum.product:
            return math.prod(found[1:], start=found[0]) if found else ufl.as_ufl(1.0)
        return sum(found[1:], found[0]) if found else ufl.zero(shape)

    def of(self, user: str) -> Expander:
        """Return the same, of another's expression: what is missing in it is missing to the one who wrote it."""
        return Expander(self.meanings, self.blocks, self.into, user, self.instead, self.under_way, self.sets)

    def _written(self, symbol: InputSymbol) -> Any:
        """Return what the user wrote for a quantity, with the fields in it as they are here.

        At an interface that is the side on which a field lives. Raises DeckError where it jumps.
        """
        written = self.meanings.symbolic(symbol)
        try:
            found = {s: self._read_here(s) for s in symbols_in(written) if isinstance(s, FieldSymbol)}
        except UserError as error:
            raise DeckError(str(error), symbol.expression.location) from None
        return self(ufl.replace(written, found))

    def _read_here(self, symbol: FieldSymbol) -> Any:
        meanings, name = self.meanings, symbol.name
        if name in meanings.given:
            return symbol
        field = meanings.fields[name]
        if field.law is not None and not set(self.sets) & set(facet_sets(field.law)):
            raise UserError(f"'{name}' lives at {field.law.name} and cannot be used here")
        if field.kind != "volume":
            return symbol
        named = symbol.block if isinstance(symbol, TraceSymbol) else ""
        here = {side: block for side, block in self.blocks.items() if self.into is None or side == self.into}
        lives = {side: block for side, block in here.items() if block in field.blocks}
        at = {side: block for side, block in lives.items() if named in ("", block)}
        if not at:
            where = " and ".join(here.values())
            raise UserError(
                f"'{name}' is wanted in {named} by what is used in {where}"
                if named
                else f"'{name}' does not live in {where}, only in {', '.join(field.blocks)}"
            )
        if len(at) > 1 and not any(set(at.values()) <= set(piece) for piece in field_pieces(field, meanings.mesh)):
            spelt = " or ".join(f"'{name}({block})'" for block in at.values())
            raise UserError(f"'{name}' jumps between {' and '.join(at.values())}; write {spelt}")
        side, block = next(iter(at.items()))
        return meanings.field_symbol(name, side, block)

    def _field(self, symbol: Any, side: Any) -> Any:
        meanings = self.meanings
        if symbol.name in meanings.given:
            given = meanings.given[symbol.name].expression
            return self(meanings.symbolic(given)) if meanings.varies(given.expression) else given
        kind = meanings.fields[symbol.name].kind
        if kind != "volume":
            return symbol
        if side is None and None not in self.blocks:
            raise UserError(f"field '{symbol.name}' at an interface needs a side: use law.minus or law.plus")
        if side not in self.blocks:
            where = " and ".join(self.blocks.values())
            raise UserError(f"field '{symbol.name}' on a side of an interface has no value in {where}")
        block = self.blocks[side]
        take = meanings.rate_symbol if isinstance(symbol, RateSymbol) else meanings.field_symbol
        return take(symbol.name, side, block)


def _tables(node: Node, of: str) -> Iterator[Node]:
    """Yield the tables of a field in what a deck or a file says of a property."""
    if isinstance(node.value, dict):
        if "table" in node.value and "of" in node.value and node.value["of"].text == of:
            yield node
        for part in node.value.values():
            yield from _tables(part, of)


def derivative(expression: Any, field: Any) -> Any:
    """Return the partial derivative of an expanded expression with respect to a field in it, at each point."""
    variable = ufl.variable(field)
    found = ufl.diff(ufl.replace(ufl.as_ufl(expression), {field: variable}), variable)
    return strip_variables(apply_derivatives(apply_algebra_lowering(found)))


class _Walker(MultiFunction):  # type: ignore[misc]
    def __init__(self, expander: Expander) -> None:
        super().__init__()
        self.expander = expander

    expr = MultiFunction.reuse_if_untouched

    def coefficient(self, o: Any) -> Any:
        # What is no symbol has no unit either: the dimension check will refuse it.
        return self.expander.resolve(o) if isinstance(o, Symbol) else o
