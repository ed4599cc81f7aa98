"""The Model: regions, fields, properties and balances, composed from a deck by its plugins; plain UFL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ufl

from trona.deck import Deck, Expression, Table, parse_expression
from trona.errors import Location, UserError, hint
from trona.model import compose
from trona.model.balance import Balance, Term
from trona.model.boundary import FixedValue, read_boundaries
from trona.model.boundary_law import BoundaryLaw, Law, Stretch
from trona.model.checks.check import check
from trona.model.controls import Controls, check_controls, check_names, variable
from trona.model.declare import BalanceDeclaration, FieldDeclaration, MonitorDeclaration
from trona.model.expand import Expander
from trona.model.field import Field, Given, symbols_in
from trona.model.interface import InterfaceLaw, Trace
from trona.model.local_points import LocalTraces, settle_orders
from trona.model.materials.materials import Material
from trona.model.materials.validity import Expectation
from trona.model.names import Names
from trona.model.packages import read_constant
from trona.model.parts import Constraint, Derived, Feed, IntegralConstraint, Length, MonitorTerm, Output
from trona.model.reduction import reduced
from trona.model.registry import Registry, registry
from trona.model.shapes import shaped
from trona.model.symbols import (
    FieldSymbol,
    GeometrySymbol,
    Input,
    InputSymbol,
    PropertySymbol,
    RateSymbol,
    Side,
    Symbol,
    Symbols,
    TotalSymbol,
    symbolic_functions,
)
from trona.units import Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from trona.mesh.data import MeshData
    from trona.model.motion import Motion
    from trona.model.physics import Physics


class Model:
    """A deck's physics, composed. Building it solves nothing and does not import Firedrake.

    Attributes of use: mesh, physics (instances in composition order), fields, balances, fixed, materials,
    constraints, outputs, derived.
    mesh: taken instead of the one that the deck names, for instance a refined one with the same names.
    Raises DeckError, UserErrors or MeshError for the user's mistakes.
    """

    def __init__(self, deck: Deck, plugins: Registry | None = None, mesh: MeshData | None = None) -> None:
        self.deck = deck
        self.registry = plugins or registry()
        self.warnings: list[str] = list(self.registry.broken)
        self.steady = deck.section("time") is None
        self.mesh: MeshData = mesh or compose.read_mesh_section(self)
        self.dimension: int = self.mesh.points.shape[1]
        self.symbols = Symbols.of(self.dimension)
        self.coordinates = compose.read_coordinates(self)
        self.controls = Controls(self)
        self.fields: dict[str, Field] = {}
        self.given: dict[str, Given] = {}
        self.balances: dict[str, Balance] = {}
        self.fixed: list[FixedValue] = []
        self.references: dict[str, list[float]] = {}
        """Values in SI that fields are drawn towards at boundaries, by field."""
        self.constraints: list[Constraint] = []
        self.integral_constraints: list[IntegralConstraint] = []
        self.outputs: list[Output] = []
        self.expectations: list[Expectation] = []
        self.lengths: list[Length] = []
        self.judged_later: list[str] = []
        """What has bounds and depends on something that only a run knows."""
        self.derived: dict[str, Derived] = {}
        self.feeds: dict[str, list[Feed]] = {}
        self.sums: dict[str, InterfaceLaw] = {}
        """Named sums at interfaces, as the first one that knew them names the sides."""
        self.monitors: list[MonitorTerm] = []
        self.motion: Motion | None = None
        """How the mesh moves, once an interface law moves it."""
        self.contributor = "boundaries"
        self.place: Location | None = None
        """Where in the deck `contributor` stands."""
        self.quadrature_degree = 0
        self.traces = LocalTraces(self)
        self._cache: dict[Any, Symbol] = {}
        self.position_and_time = {"t": Unit.parse("s"), **{c: Unit.parse("m") for c in "xyz"[: self.dimension]}}
        self.names = Names()
        self.under_way: list[tuple[str, str, bool]] = []
        """Properties and sums that are being put into an expression; see Expander."""
        self.physics: list[Physics] = []
        self.materials: dict[str, Material] = {}
        compose.compose(self)
        self.contributor, self.place = "boundaries", None
        read_boundaries(deck.section("boundaries"), self)
        self.traces.settle()
        compose.read_elements(self)
        compose.read_initial(self)
        compose.finish_motion(self)
        check_names(self, [*self.fields, *self.given])
        check_controls(self)
        check(self)
        settle_orders(self)

    # ------------------------------------------------------------------ what plugins ask for

    def field(self, name: str) -> Any:
        """Return the symbol of a field: an unknown, or one that the deck gives.

        Raises UserError if there is none.
        """
        return self.field_symbol(name, None, "")

    def rate(self, name: str) -> Any:
        """Return the rate of change of an unknown in time, by the scheme of the time steps; zero in a steady deck."""
        return self.rate_symbol(name, None, "")

    def has_field(self, name: str) -> bool:
        return self.names.find(name) in self.fields or name in self.given

    def balance(self, name: str) -> Balance:
        """Return a balance by name. Raises UserError if no plugin provides it."""
        name = self.names.find(name)
        if name not in self.balances:
            raise UserError(f"no balance '{name}'{hint(name, self.balances)}")
        return self.balances[name]

    def balances_of(self, quantity: str) -> list[Balance]:
        """Return all balances of a conserved quantity, by name."""
        return [b for _, b in sorted(self.balances.items()) if b.quantity == quantity]

    def property(self, name: str, unit: str) -> Any:
        """Return the symbol of a material property; each block's material says what it is there."""
        return self.property_symbol(name, unit, None, ())

    def interface(self, text: str) -> InterfaceLaw:
        """Return the law object of 'A | B' or of a named group; the first named block is its minus side."""
        found = self.mesh.interface(text)
        minus, plus = found.blocks
        return InterfaceLaw(
            self, found.name, Trace(self, found.name, minus, "minus"), Trace(self, found.name, plus, "plus")
        )

    def boundary(self, name: str) -> BoundaryLaw:
        """Return the law object of a boundary. Raises UserError if there is none of that name."""
        if name not in self.mesh.boundaries:
            raise UserError(f"no boundary '{name}'{hint(name, self.mesh.boundaries)}")
        return BoundaryLaw(self, name)

    def constant(self, name: str) -> Any:
        """Return a physical constant from the `constants.yaml` of a plugin package.

        A name that several packages define is that of the asking plugin's own, or is qualified: 'package:name'.
        Raises UserError if no package defines it, or several others do.
        """
        asking = self.contributor
        key = ("constant", name, self.registry.distributions.get(asking, ""))
        return self._once(key, lambda: self.input(read_constant(self.registry, name, asking), name))

    def feed(self, total: str, expression: Any, blocks: tuple[str, ...]) -> None:
        """Add to a named sum in these blocks; `total` returns the sum of what all plugins fed."""
        feed = Feed(self.contributor, blocks, ufl.as_ufl(expression), self.place)
        self.feeds.setdefault(total, []).append(feed)

    def total(self, name: str, unit: str, shape: tuple[int, ...] = ()) -> Any:
        """Return a named sum that several plugins feed; zero where none does."""
        return self.total_symbol(name, Unit.parse(unit), shape)

    def add_field(self, declaration: FieldDeclaration, blocks: tuple[str, ...]) -> Any:
        """Add an unknown in blocks, where only options or the dimension say what it is; see Physics.provides."""
        compose.add_field(self, declaration, self.contributor, blocks)
        return self.field(declaration.name)

    def add_global(self, name: str, unit: str, text: str, scale: str = "") -> Any:
        """Add one number as an unknown; determine it by `constrain_integral`.

        Where the plugin stands several times, the name of each number gets the plugin's region; the plugin goes on
        to use the plain name.
        """
        name = self.names.make(name)
        declaration = FieldDeclaration(name, unit, text, scale=scale, kind="global")
        compose.add_field(self, declaration, self.contributor, ())
        return self.field(name)

    def set_scale(self, name: str, value: float) -> None:
        """Set the typical variation of an unknown, in SI, where the mesh or options tell it."""
        self.fields[self.names.find(name)].scale = value

    def add_surface_field(
        self, law: Law, name: str, unit: str, text: str, scale: str = "", order_below: int = 0
    ) -> Any:
        """Add an unknown that lives on an interface or boundary; give it an equation with `add_balance`.

        order_below: by how much its polynomial order is less than that of the other fields. As for `add_global`,
        the name gets that of the law where the plugin stands several times.
        """
        name = self.names.make(name, law.name)
        declaration = FieldDeclaration(name, unit, text, scale=scale, kind="surface", order_below=order_below)
        compose.add_field(self, declaration, self.contributor, (), law)
        return self.field(name)

    def add_balance(self, name: str, unit: str, field: str, text: str, quantity: str = "") -> Balance:
        """Add the balance of a field that this plugin has added; unit is that of its source.

        Its name gets a region as that of the field does.
        """
        field = self.names.find(field)
        name = self.names.make(name, law.name if (law := self.fields[field].law) else "")
        if name in self.balances:
            raise UserError(f"balance '{name}' is already provided by {self.balances[name].plugin}")
        declaration = BalanceDeclaration(name, unit, field, text, quantity=quantity)
        self.balances[name] = Balance(declaration, Unit.parse(unit), self.fields[field], self.contributor, self)
        return self.balances[name]

    def constrain_integral(self, unknown: str, law: Law, integrand: Any, target: Any, mean: bool) -> None:
        """Determine a global unknown: the mean (else the integral) of `integrand` over `law` is `target`.

        Several of these for one unknown are alternatives: each step of a protocol sets the controls in the target
        of one of them, and that one holds.
        """
        target, integrand = shaped(target, (), "the target"), shaped(integrand, (), "the integrand")
        needs, weight = self.controls.needed(target), self.controls.weight(target)
        self.integral_constraints.append(
            IntegralConstraint(
                self.fields[self.names.find(unknown)],
                law,
                weight * integrand,
                weight * target,
                mean,
                self.contributor,
                needs,
            )
        )

    def is_switched(self, value: Any) -> bool:
        """Whether a quantity holds only in those steps of a protocol that set it."""
        return bool(self.controls.needed(ufl.as_ufl(value)))

    def define(self, name: str, expression: Any, unit: str, text: str, blocks: tuple[str, ...] | None = None) -> None:
        """Name a derived quantity, so that decks can ask for it as an output or in the fields written."""
        expression = ufl.as_ufl(expression)
        where = self.common_blocks(expression, self.mesh.blocks if blocks is None else blocks)
        if name in self.derived:
            raise UserError(f"'{name}' is already defined by {self.derived[name].plugin}")
        self.derived[name] = Derived(name, expression, Unit.parse(unit), where, text, self.contributor, self.place)

    def output(
        self,
        name: str,
        expression: Any,
        unit: str,
        text: str,
        reduce: str,
        *,
        blocks: tuple[str, ...] = (),
        boundary: str = "",
        law: Law | None = None,
    ) -> None:
        """Declare a number to report: `expression` reduced by an installed reduction, such as 'integral' or 'maximum'.

        unit: of the expression. The unit of the number follows from it, from the reduction and the coordinates.
        Where the plugin stands several times, or others declare the name too, each of them gets its region appended.
        """
        expression = shaped(expression, (), f"the output {name}")
        law = self.boundary(boundary) if boundary else law
        if law is None:
            blocks = self.common_blocks(expression, blocks or self.mesh.blocks)
        own, plugin, place = Unit.parse(unit), self.contributor, self.place
        self.outputs.append(
            reduced(self, reduce, name, expression, own, text, plugin=plugin, blocks=blocks, law=law, place=place)
        )

    def monitor(
        self,
        monitor: MonitorDeclaration,
        rate: Any,
        blocks: tuple[str, ...] | None = None,
        *,
        law: InterfaceLaw | None = None,
        coupled: bool = False,
    ) -> None:
        """Contribute a rate per volume in these blocks (default: where it exists), or per area at `law`.

        coupled: it is a part of something to which other plugins contribute too, so that only their sum in a region
        has a sign.
        Raises UserError when another plugin declares a monitor of that name differently.
        """
        for other in self.monitors:
            if other.monitor.name == monitor.name and other.monitor != monitor:
                raise UserError(f"monitor '{monitor.name}' is declared differently by {other.plugin}")
        rate, unit = shaped(rate, (), f"the contribution to {monitor.name}"), Unit.parse(monitor.unit)
        if law is None:
            blocks = self.common_blocks(rate, self.mesh.blocks if blocks is None else blocks)
        else:
            blocks, unit = (), unit * Unit.parse("m")
        self.monitors.append(MonitorTerm(monitor, rate, unit, self.contributor, blocks, law, self.place, coupled))

    def expect(
        self,
        name: str,
        expression: Any,
        unit: str,
        text: str,
        *,
        minimum: str | None = None,
        maximum: str | None = None,
        blocks: tuple[str, ...] | None = None,
        law: InterfaceLaw | None = None,
    ) -> None:
        """State the range in which this plugin's law holds: outside it a run warns, once per block.

        name: what `expression` is. Limits are spelt as in a deck, '250 K'. text: where the range comes from.
        """
        expression, parsed = shaped(expression, (), name), Unit.parse(unit)
        low, high = (
            None if limit is None else parse_expression(limit, {}, parsed).constant for limit in (minimum, maximum)
        )
        where = () if law else self.common_blocks(expression, self.mesh.blocks if blocks is None else blocks)
        self.expectations.append(
            Expectation(name, expression, parsed.si, low, high, self.contributor, text, where, law)
        )

    def expect_length(self, name: str, expression: Any, blocks: tuple[str, ...]) -> None:
        """State a length that this plugin's law has of itself, such as how far something spreads in the whole run.

        Where the thinnest of the blocks is a hundred times as thick, the deck gets a warning with both: most likely a
        unit of length is another than meant.
        """
        self.lengths.append(Length(name, ufl.as_ufl(expression), blocks, self.place))

    def test(self, balance: Balance) -> Any:
        """Return the test function of a balance, for its raw terms only."""
        return self._once(
            ("test", balance.name), lambda: GeometrySymbol("v", Unit.dimensionless, self.dimension, balance.field.shape)
        )

    # ------------------------------------------------------------------ what the rest of trona asks for

    def expand(self, expression: Any, block: str, side: Side | None = None) -> Any:
        """Return `expression` in one block with properties and totals put in: fields, inputs, geometry remain.

        With `side`, fields are traces on that side of an interface.
        """
        return Expander(self, {side: block}, side)(expression)

    def expand_on_boundary(self, expression: Any, block: str) -> Any:
        """Return an expression on a boundary of a block with properties and totals put in."""
        return Expander(self, {None: block}, None, self.traces.instead)(expression)

    def expand_at(self, expression: Any, stretch: Stretch) -> Any:
        """Return an expression at a stretch of a law with the properties and totals of each side put in."""
        return Expander(self, dict(stretch.sides), None, self.traces.instead)(expression)

    def fields_asked_for(self) -> set[str]:
        """Names of the fields that some expression contains."""
        return {key[1] for key in self._cache if key[0] == "field"}

    def totals_asked_for(self) -> dict[str, Unit]:
        """The unit of every named sum that some expression contains."""
        return {key[1]: symbol.unit for key, symbol in self._cache.items() if key[0] == "total"}

    # ------------------------------------------------------------------ symbols, each made once

    def field_symbol(self, name: str, side: Side | None, block: str) -> Any:
        name = self.names.find(name)
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
        return self._once(("field", name, side), lambda: FieldSymbol(name, unit, self.dimension, shape, side))

    def rate_symbol(self, name: str, side: Side | None, block: str) -> Any:
        name = self.names.find(name)
        if name not in self.fields:
            raise UserError(f"no unknown '{name}' that changes in time{hint(name, self.fields)}")
        symbol = self.field_symbol(name, side, block)
        if self.steady:
            return ufl.zero(symbol.ufl_shape)
        unit = symbol.unit / Unit.parse("s")
        return self._once(
            ("rate", name, symbol.side), lambda: RateSymbol(name, unit, self.dimension, symbol.ufl_shape, symbol.side)
        )

    def property_symbol(self, name: str, unit: str, side: Side | None, blocks: tuple[str, ...]) -> Any:
        parsed = Unit.parse(unit)
        return self._once(
            ("property", name, parsed, side), lambda: PropertySymbol(name, parsed, self.dimension, (), side)
        )

    def total_symbol(self, total: str, unit: Unit, shape: tuple[int, ...], side: Side | None = None) -> Any:
        name = total.replace("flux of ", "flux_") if total.startswith("flux of ") else total
        symbol = self._once(
            ("total", total, shape, side), lambda: TotalSymbol(total, name, unit, self.dimension, shape, side)
        )
        if not symbol.unit.same_dimension(unit):
            raise UserError(f"the sum '{total}' is asked for in {unit}, and elsewhere in {symbol.unit}")
        return symbol

    def input(self, expression: Expression | Table, name: str) -> InputSymbol:
        return self.controls.note(InputSymbol(expression, name, self.dimension))

    def varies(self, expression: Input) -> bool:
        """Whether an input depends on more than time and what a protocol sets, that is on position or fields."""
        return bool(expression.variables - self.controls.times)

    def control_symbol(self, name: str) -> Any:
        """Return the symbol of a control, or of the number that says whether it is set."""
        known = self.controls.declared
        unit = known[name].unit.si if name in known else Unit.dimensionless
        return self._once(("control", name), lambda: self.input(variable(name, unit), name))

    def option_value(self, value: Any, name: str) -> Any:
        """Return an option's value as plugins see it: quantities become symbols, the rest stays."""
        return self.input(value, name) if isinstance(value, Expression | Table) else value

    def add_constraint(
        self,
        law: Law,
        residual: Any,
        unit: Unit,
        balance: Balance,
        name: str,
        text: str,
        order_below: int = 0,
        scale: str = "",
    ) -> Any:
        """Add a constraint and its multiplier, whose symbol is returned; see the `constrain` of laws."""
        name = self.names.make(name, law.name)
        declaration = FieldDeclaration(
            name,
            str(balance.flux_unit),
            text,
            kind="surface",
            order_below=order_below,
            scale=scale,
            rank=len(residual.ufl_shape),
        )
        field = compose.add_field(self, declaration, self.contributor, (), law)
        self.constraints.append(Constraint(law, residual, unit, field, balance))
        return self.field(name)

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
            elif isinstance(symbol, TotalSymbol) and symbol.total.startswith("flux of "):
                where = self.balances[symbol.total.removeprefix("flux of ")].blocks
            if where is not None:
                blocks = tuple(b for b in blocks if b in where)
        if not blocks:
            names = ", ".join(str(s) for s in symbols_in(expression) if isinstance(s, FieldSymbol | TotalSymbol))
            among = f"no block of {', '.join(candidates)}" if candidates else "no block"
            raise UserError(f"nowhere to contribute: {among} has all of {names}")
        return blocks

    def variables(self) -> dict[str, Unit]:
        """Names that an expression in a material file may use: position, time and every scalar field."""
        fields = {n: f.unit for n, f in self.fields.items() if not f.shape and f.kind != "surface"}
        return {**self.position_and_time, **fields, **{n: g.unit for n, g in self.given.items()}}

    def variable_symbols(self, names: Iterable[str]) -> dict[str, Any]:
        """Return the symbol that stands for each variable of an expression."""
        position = {c: self.symbols.x[i] for i, c in enumerate("xyz"[: self.dimension])}

        def symbol(name: str) -> Any:
            if name == "t":
                return self.symbols.t
            if name in position:
                return position[name]
            return self.control_symbol(name) if name in self.controls.times else self.field(name)

        return {name: symbol(name) for name in names}

    def symbolic(self, symbol: InputSymbol) -> Any:
        """Return an input that varies in space as UFL, in terms of position, time and fields."""
        return symbol.expression.evaluate(self.variable_symbols(symbol.expression.variables), symbolic_functions())

    def parse(self, text: str, expected: Unit | None = None) -> Expression:
        return parse_expression(text, self.variables(), expected)

    def terms(self) -> Iterable[tuple[Balance, Term]]:
        """Return every term with its balance, balances by name; a steady deck has no storage."""
        return [
            (b, t)
            for _, b in sorted(self.balances.items())
            for t in b.terms
            if not (self.steady and t.kind == "storage")
        ]

    def _once(self, key: Any, make: Callable[[], Symbol]) -> Any:
        if key not in self._cache:
            self._cache[key] = make()
        return self._cache[key]
