"""The physics of a deck so far: what can be asked of a draft as well as of the finished model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ufl

from trona.deck import parse_expression
from trona.errors import UserError, hint
from trona.model.controls import variable
from trona.model.expand import Expander
from trona.model.laws import Patch
from trona.model.symbols import (
    FieldSymbol,
    InputSymbol,
    PropertySymbol,
    RateSymbol,
    SumAt,
    SumSymbol,
    TotalFlux,
    TraceSymbol,
    symbolic_functions,
)
from trona.model.unknown import symbols_in
from trona.units import Unit

if TYPE_CHECKING:
    from trona.deck import Deck, Expression
    from trona.mesh.data import MeshData
    from trona.model.controls import ProtocolControls
    from trona.model.coordinates import Coordinates
    from trona.model.declare import Sum
    from trona.model.equation import Equation, Term
    from trona.model.laws import Law
    from trona.model.local_traces import LocalTraces
    from trona.model.materials.material import Material
    from trona.model.motion import Motion
    from trona.model.records import Constraint, Derived, Feed, FixedValue, IntegralConstraint, Output
    from trona.model.registry import Registry
    from trona.model.symbols import Input, Side, Symbols
    from trona.model.unknown import Given, Unknown


@dataclass(frozen=True, eq=False)
class Placed:
    """A term in one of its regions: in a block, on a boundary of a block, or on a patch of its law.

    expression: of the term, with properties and sums substituted. patch: the facets; None in a block, without sets
    between the cells of a block. block: the block of the term; '' at an interface where its unknown belongs to both
    sides.
    """

    equation: Equation
    term: Term
    expression: Any
    block: str
    patch: Patch | None = None

    @property
    def sides(self) -> Mapping[Side | None, str]:
        """The block of each side that symbols of the expression are on."""
        return {None: self.block} if self.patch is None else self.patch.sides

    @property
    def region(self) -> str:
        """The block, or the name of the interface or boundary."""
        term = self.term
        return term.law.name if term.law is not None else term.boundary or self.block

    @property
    def between_cells(self) -> bool:
        """Whether it is taken on the facets between the cells of a block."""
        return self.patch is not None and not self.patch.sets


class Composition:
    """The deck, its mesh and everything that plugins declared, by name. A field is an unknown or a given field."""

    deck: Deck
    registry: Registry
    mesh: MeshData
    dimension: int
    steady: bool
    symbols: Symbols
    coordinates: Coordinates
    controls: ProtocolControls
    materials: Mapping[str, Material]
    fields: Mapping[str, Unknown]
    given: Mapping[str, Given]
    balances: Mapping[str, Equation]
    feeds: Mapping[SumAt, Sequence[Feed]]
    fixed: Sequence[FixedValue]
    constraints: Sequence[Constraint]
    integral_constraints: Sequence[IntegralConstraint]
    outputs: Sequence[Output]
    derived: Mapping[str, Derived]
    motion: Motion | None
    traces: LocalTraces

    # ------------------------------------------------------------------ symbols

    def field(self, name: str) -> Any:
        """Return the symbol of a field, an unknown or a given one. Raises UserError if there is none."""
        return self.field_symbol(name, None, "")

    def field_symbol(self, name: str, side: Side | None, block: str) -> Any:
        """Return the symbol of a field as seen from a block on a side of an interface."""
        if name in self.fields:
            field = self.fields[name]
            if side is not None and field.kind == "volume" and block not in field.blocks:
                order = "first" if side == "minus" else "second"
                raise UserError(f"field '{name}' does not live in {block}, named {order} in the interface")
            if field.kind != "volume":
                side = None  # one value, whichever side asks
            unit, shape = field.unit, field.shape
        elif name in self.given:
            unit, shape, side = self.given[name].unit, (), None
        else:
            known = [*self.fields, *self.given]
            raise UserError(f"no field '{name}'{hint(name, known)}; give it under 'given' or add a physics")
        return self.symbols.once(("field", name, side), lambda: FieldSymbol(name, unit, self.dimension, shape, side))

    def trace_symbol(self, name: str, block: str) -> Any:
        """Return the symbol of a field in the block that an expression of the deck names."""
        unit = self.fields[name].unit
        return self.symbols.once(("trace", name, block), lambda: TraceSymbol(name, unit, self.dimension, block))

    def rate_symbol(self, name: str, side: Side | None, block: str) -> Any:
        """Return the rate of change of an unknown in time; zero in a steady deck."""
        if name not in self.fields:
            raise UserError(f"no unknown '{name}' that changes in time{hint(name, self.fields)}")
        symbol = self.field_symbol(name, side, block)
        if self.steady:
            return ufl.zero(symbol.ufl_shape)
        unit = symbol.unit / Unit.parse("s")
        return self.symbols.once(
            ("rate", name, symbol.side), lambda: RateSymbol(name, unit, self.dimension, symbol.ufl_shape, symbol.side)
        )

    def property_symbol(
        self, name: str, unit: str, side: Side | None = None, default: float | None = None, by: str = ""
    ) -> PropertySymbol:
        """Return the symbol of a material property, or of its derivative with respect to the field `by`.

        default: its value, a pure number, where a material lacks it.
        """
        parsed = Unit.parse(unit)
        if default is not None and not parsed.is_dimensionless:
            raise UserError(f"the property '{name}' is in {parsed}; only a pure number can have a default")
        if by and (by not in self.fields or self.fields[by].shape or self.fields[by].kind != "volume"):
            known = [n for n, f in self.fields.items() if f.kind == "volume" and not f.shape]
            raise UserError(f"no scalar unknown '{by}' to differentiate '{name}' by{hint(by, known)}")
        field = self.field(by) if by else None
        key = ("property", name, parsed, side, default, by)
        made: PropertySymbol = self.symbols.once(
            key, lambda: PropertySymbol(name, parsed, self.dimension, side, default, field)
        )
        return made

    def flux_symbol(self, balance: str, side: Side | None = None) -> Any:
        """Return the sum of the fluxes of all plugins in a balance; it may be used before they are added."""
        equation = self.balances[balance]
        shape = (*equation.field.shape, self.dimension)
        return self._sum_symbol(TotalFlux(balance), equation.flux_unit, shape, side)

    def sum_symbol(self, declared: Sum, at: str = "", side: Side | None = None) -> Any:
        """Return a declared sum in blocks, or at the interface or boundary of this key."""
        return self._sum_symbol(SumAt(declared, at), Unit.parse(declared.unit), declared.shape_in(self.dimension), side)

    def sum_of(self, key: TotalFlux | SumAt, side: Side | None = None) -> Any:
        """Return the sum of a key."""
        return (
            self.flux_symbol(key.balance, side)
            if isinstance(key, TotalFlux)
            else self.sum_symbol(key.sum, key.at, side)
        )

    def _sum_symbol(self, key: TotalFlux | SumAt, unit: Unit, shape: tuple[int, ...], side: Side | None) -> Any:
        return self.symbols.once(("sum", key, side), lambda: SumSymbol(key, unit, self.dimension, shape, side))

    def control_symbol(self, name: str) -> Any:
        """Return the symbol of a control, or of the number that says whether it is set."""
        known = self.controls.declared
        unit = known[name].unit.si if name in known else Unit.dimensionless
        return self.symbols.once(("control", name), lambda: self.input(variable(name, unit), name))

    def input(self, expression: Input, name: str, region: str = "") -> InputSymbol:
        """Return the symbol of a quantity that the user wrote; region: where the plugin acts whose option it is."""
        return InputSymbol(expression, name, self.dimension, region=region)

    def note(self, symbol: InputSymbol) -> InputSymbol:
        """Record an input: a draft remembers those on which the model depends."""
        return symbol

    # ------------------------------------------------------------------ expressions

    @property
    def position_and_time(self) -> dict[str, Unit]:
        """The names of coordinates and time in expressions, and their units."""
        return {"t": Unit.parse("s"), **{c: Unit.parse("m") for c in self.coordinates.axes}}

    def variables(self) -> dict[str, Unit]:
        """Names that an expression in a material file may use: position, time and every scalar field."""
        fields = {n: f.unit for n, f in self.fields.items() if not f.shape and f.kind != "surface"}
        return {**self.position_and_time, **fields, **{n: g.unit for n, g in self.given.items()}}

    def variables_at(self, region: str = "") -> dict[str, Unit]:
        """Names that an option of a plugin that acts in a region may use: those on surfaces and on one side too.

        What carries the name of that region, as 'height (lower | upper)', is known by its plain name as well.
        """
        found = {name: field.unit for name, field in self.fields.items() if not field.shape}
        end = f" ({region})"
        own = {name.removesuffix(end): unit for name, unit in found.items() if name.endswith(end)}
        sides = {f"{name}({block})": unit for name, unit in found.items() for block in self.fields[name].blocks}
        return {**own, **self.variables(), **found, **sides}

    def variable_symbols(self, names: Iterable[str], region: str = "") -> dict[str, Any]:
        """Return the symbol of each variable of an expression; region: as in `variables_at`."""
        position = {c: self.symbols.x[i] for i, c in enumerate(self.coordinates.axes)}

        def symbol(name: str) -> Any:
            if name == "t":
                return self.symbols.t
            if name in position:
                return position[name]
            if name in self.controls.times:
                return self.control_symbol(name)
            plain, _, block = name.removesuffix(")").partition("(")
            if name not in self.fields and plain in self.fields and block in self.fields[plain].blocks:
                return self.trace_symbol(plain, block)
            there = f"{name} ({region})"
            return self.field(there if name not in self.fields and there in self.fields else name)

        return {name: symbol(name) for name in names}

    def varies(self, expression: Input) -> bool:
        """Whether an input depends on more than time and what a protocol sets, that is on position or fields."""
        return bool(expression.variables - self.controls.times)

    def symbolic(self, symbol: InputSymbol) -> Any:
        """Return an input that varies in space as UFL, in terms of position, time and fields."""
        expression = symbol.expression
        found = expression.evaluate(self.variable_symbols(expression.variables, symbol.region), symbolic_functions())
        return ufl.as_ufl(found)  # a number where both cases of an `if` are the same

    def parse(self, text: str, expected: Unit | None = None) -> Expression:
        """Return an expression of position, time and fields, written as in a deck."""
        return parse_expression(text, self.variables(), expected)

    def common_blocks(self, expression: Any, candidates: Iterable[str]) -> tuple[str, ...]:
        """Return the candidate blocks where everything in the expression exists.

        Raises UserError when there is none: a term that would silently be zero is a mistake.
        """
        candidates = tuple(dict.fromkeys(candidates))
        blocks = candidates
        for symbol in symbols_in(expression):
            where: tuple[str, ...] | None = None
            if isinstance(symbol, FieldSymbol) and symbol.name in self.fields:
                where = self.fields[symbol.name].blocks or None
            elif isinstance(symbol, SumSymbol) and isinstance(symbol.key, TotalFlux):
                where = self.balances[symbol.key.balance].blocks
            if where is not None:
                blocks = tuple(b for b in blocks if b in where)
        if not blocks:
            names = ", ".join(str(s) for s in symbols_in(expression) if isinstance(s, FieldSymbol | SumSymbol))
            among = f"no block of {', '.join(candidates)}" if candidates else "no block"
            raise UserError(f"nothing to contribute to: {among} has all of {names}")
        return blocks

    def property_of(self, block: str, name: str, unit: Unit, user: str) -> Any:
        """Return a property of a block's material as an expression of inputs and fields; `user` needs it."""
        raise NotImplementedError

    def expand(self, expression: Any, block: str, side: Side | None = None, user: str = "") -> Any:
        """Return `expression` in one block with properties and sums substituted: fields, inputs, geometry remain.

        With `side`, fields are traces on that side of an interface. user: whose expression it is, for messages.
        """
        return Expander(self, {side: block}, side, user)(expression)

    def expand_at(self, expression: Any, patch: Patch, user: str = "") -> Any:
        """Return an expression on a patch, with properties and sums of each side substituted."""
        if patch.is_block:
            return self.expand(expression, patch.block, user=user)
        return Expander(self, patch.sides, None, user, self.traces.instead, sets=patch.sets)(expression)

    # ------------------------------------------------------------------ terms

    def terms(self) -> list[tuple[Equation, Term]]:
        """Return every term with its equation, by the names of balances; a steady deck has no storage."""
        return [
            (equation, term)
            for _, equation in sorted(self.balances.items())
            for term in equation.terms
            if not (self.steady and term.kind == "storage")
        ]

    def placed(self) -> list[Placed]:
        """Return every term in each of its regions, in the order of `terms`; all that is solved follows from them.

        The residual of a problem is the sum of them, and of the constraints.
        """
        return [placed for equation, term in self.terms() for placed in self.places_of(equation, term)]

    def places_of(self, equation: Equation, term: Term) -> list[Placed]:
        """Return one term in each of its regions."""
        found = []
        for patch in self.patches_of(term):
            block = patch.sides.get(term.side, "") if term.law is not None else next(iter(patch.sides.values()))
            found.append(Placed(equation, term, self.expand_at(term.expression, patch, term.plugin), block, patch))
        return found or [
            Placed(equation, term, self.expand(term.expression, block, user=term.plugin), block)
            for block in term.blocks
        ]

    def patches_of(self, term: Term) -> list[Patch]:
        """Return the facets on which a term is taken, none for a term in cells."""
        if term.law is not None:
            return list(term.law.patches)
        if term.boundary:
            return self.boundary_patches(term.boundary, term.blocks)
        if term.kind in ("facet", "jump"):
            return [Patch({"minus": block, "plus": block}, ()) for block in term.blocks]
        return []

    def boundary_patches(self, boundary: str, blocks: Iterable[str]) -> list[Patch]:
        """Return the facets of a boundary, or of an interface seen from one side, beside each of these blocks."""
        mesh = self.mesh
        region = mesh.boundaries.get(boundary) or mesh.interfaces[boundary]
        return [
            Patch({None: block}, tuple(s for s in region.sets if block in mesh.facet_sets[s].blocks))
            for block in blocks
        ]

    def everywhere(self, expression: Any, blocks: Iterable[str], law: Law | None, user: str = "") -> list[Any]:
        """Return an expression in each of its regions, on the patches of a law or in blocks."""
        if law is not None:
            return [self.expand_at(expression, patch, user) for patch in law.patches]
        return [self.expand(expression, block, user=user) for block in blocks]
