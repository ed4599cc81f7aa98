"""The draft of a model: it collects what plugins declare and is then turned into the immutable model."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from trona.deck import Pending, parse_expression
from trona.errors import UserError, hint
from trona.model.controls import ProtocolControls, flag
from trona.model.coordinates import Coordinates, System
from trona.model.declare import Balance, Field
from trona.model.equation import Equation, Term
from trona.model.local_traces import LocalTraces
from trona.model.materials.evaluate import evaluate
from trona.model.model import Model
from trona.model.names import Names
from trona.model.records import (
    Constraint,
    Derived,
    DropEnd,
    DropPart,
    Expectation,
    Feed,
    FixedValue,
    IntegralConstraint,
    Length,
    MonitorTerm,
    Output,
)
from trona.model.symbols import Input, InputSymbol, SumAt, Symbols, TotalFlux
from trona.model.unknown import Given, Unknown
from trona.model.view import Viewed
from trona.units import Unit

if TYPE_CHECKING:
    from trona.deck import Deck
    from trona.errors import Location
    from trona.mesh.data import MeshData
    from trona.model.configured import Declared
    from trona.model.laws import Law
    from trona.model.materials.material import Material
    from trona.model.motion import Motion
    from trona.model.registry import Registry


class Draft(Viewed):
    """The state of composing a deck. Every entry is an immutable record; a change replaces it."""

    def __init__(self, deck: Deck, plugins: Registry, mesh: MeshData, coordinates: System, warnings: list[str]) -> None:
        self.deck, self.registry, self.mesh, self.warnings = deck, plugins, mesh, warnings
        self.steady = deck.section("time") is None
        self.dimension = int(mesh.points.shape[1])
        self.symbols = Symbols(self.dimension)
        self.coordinates = Coordinates(coordinates, self.symbols, self.dimension)
        self.length_unit = Unit.parse("m")
        self.controls = ProtocolControls(deck.root.scope.controls)
        self.names = Names()
        self.physics: list[Declared] = []
        self.materials: dict[str, Material] = {}
        self.properties: dict[tuple[str, str, str], Any] = {}
        self.fields: dict[str, Unknown] = {}
        self.given: dict[str, Given] = {}
        self.balances: dict[str, Equation] = {}
        self.feeds: dict[SumAt, list[Feed]] = {}
        self.laws_of_sums: dict[SumAt, Law] = {}
        """The law of the first plugin that fed or read a sum at an interface: it names the sides."""
        self.fixed: list[FixedValue] = []
        self.fixed_weakly: set[tuple[str, str]] = set()
        """The fields and boundaries at which a value acts through the fluxes between cells."""
        self.references: dict[str, list[float]] = {}
        self.constraints: list[Constraint] = []
        self.integral_constraints: list[IntegralConstraint] = []
        self.outputs: list[Output] = []
        self.derived: dict[str, Derived] = {}
        self.defined: list[Derived] = []
        """The derived quantities at laws, which join the others when all plugins have contributed."""
        self.monitors: list[MonitorTerm] = []
        self.drop_parts: list[DropPart] = []
        self.drop_ends: list[DropEnd] = []
        self.expectations: list[Expectation] = []
        self.lengths: list[Length] = []
        self.motion: Motion | None = None
        self.pending: list[InputSymbol] = []
        """Inputs whose expressions are read when all physics has contributed."""
        self.quadrature_degree = 0
        self.traces = LocalTraces({})

    # ------------------------------------------------------------------ what is asked

    def input(self, expression: Input, name: str, region: str = "") -> InputSymbol:
        symbol = self.note(super().input(expression, name, region))
        if isinstance(expression, Pending):
            self.pending.append(symbol)
        return symbol

    def note(self, symbol: InputSymbol) -> InputSymbol:
        """Remember an input, so that a protocol knows on which controls the model depends."""
        self.controls = self.controls.noting(symbol)
        return symbol

    def weight(self, target: Any) -> Any:
        """Return the factor of an equation that holds when all controls in `target` are set: 1 or 0."""
        product: Any = 1
        for name in sorted(self.controls.needed(target)):
            product = self.control_symbol(flag(name)) * product
        self.controls = self.controls.switching(target)
        return product

    def property_of(self, block: str, name: str, unit: Unit, user: str) -> Any:
        key = (block, name, str(unit))
        if key not in self.properties:
            self.properties[key] = evaluate(self.materials[block], name, unit, self, user)
        return self.properties[key]

    def feeder_of(self, key: SumAt | TotalFlux) -> tuple[str, Location | None]:
        """Return the first plugin that contributes to a sum, and its location in the deck."""
        if isinstance(key, TotalFlux):
            term = next(t for t in self.balances[key.balance].terms if t.kind == "flux")
            return term.plugin, term.location
        feed = self.feeds[key][0]
        return feed.plugin, feed.location

    # ------------------------------------------------------------------ what is added

    def add_field(
        self,
        declaration: Field,
        plugin: str,
        location: Location | None,
        blocks: tuple[str, ...] = (),
        law: Law | None = None,
    ) -> Unknown:
        """Add an unknown. Raises UserError when its name is taken."""
        name, unit = declaration.name, Unit.parse(declaration.unit)
        if name in self.fields:
            other = self.fields[name].plugin
            if other == plugin and blocks:
                raise UserError(f"{plugin} is listed twice; name all its blocks in one list")
            if other == plugin and law is not None:
                raise UserError(f"{plugin} is listed twice at {law.name}")
            if other == plugin and self.names.several(plugin):
                raise UserError(f"{plugin} is listed twice, and both would add '{name}'")
            raise UserError(f"field '{name}' is already provided by {other}")
        if name in self.given:
            raise UserError(f"field '{name}' is provided by {plugin}; remove it from 'given'")

        def number(text: str, otherwise: float) -> float:
            return parse_expression(text, {}, unit).constant if text else otherwise

        components = declaration.components_in(self.dimension)
        self.fields[name] = Unknown(
            declaration,
            unit,
            blocks,
            plugin,
            shape=(components,) if components else (self.dimension,) * declaration.rank,
            scale=number(declaration.scale, unit.factor),
            reference=number(declaration.reference, 0.0),
            law=law,
            location=location,
        )
        return self.fields[name]

    def change_field(self, name: str, **changes: Any) -> None:
        """Replace entries of an unknown."""
        self.fields[name] = replace(self.fields[name], **changes)

    def add_balance(self, declaration: Balance, plugin: str, on_reference: bool = False) -> None:
        """Add the equation of an unknown, without terms. Raises UserError when its name is taken."""
        if declaration.name in self.balances:
            other = self.balances[declaration.name].plugin
            raise UserError(f"balance '{declaration.name}' is already provided by {other}")
        if declaration.field not in self.fields:
            raise UserError(
                f"the balance '{declaration.name}' belongs to a field '{declaration.field}', which does not exist"
                f"{hint(declaration.field, self.fields)}"
            )
        self.balances[declaration.name] = Equation(
            declaration, Unit.parse(declaration.unit), self.fields[declaration.field], plugin, on_reference
        )

    def add_terms(self, balance: str, *terms: Term) -> None:
        """Add terms to a balance."""
        equation = self.balances[balance]
        self.balances[balance] = replace(equation, terms=(*equation.terms, *terms))

    # ------------------------------------------------------------------ the model

    def model(self) -> Model:
        """Return the model of everything that has been collected; it does not change any more."""
        fields = dict(self.fields)
        balances = {name: replace(e, field=fields[e.field.name]) for name, e in self.balances.items()}
        return Model(
            deck=self.deck,
            registry=self.registry,
            mesh=self.mesh,
            steady=self.steady,
            symbols=self.symbols,
            coordinates=self.coordinates,
            length_unit=self.length_unit,
            controls=self.controls,
            physics=tuple(self.physics),
            materials=self.materials,
            properties=self.properties,
            fields=fields,
            given=self.given,
            balances=balances,
            feeds={key: tuple(feeds) for key, feeds in self.feeds.items()},
            fixed=tuple(self.fixed),
            references={name: tuple(values) for name, values in self.references.items()},
            constraints=tuple(
                replace(c, multiplier=fields[c.multiplier.name], balance=balances[c.balance.name])
                for c in self.constraints
            ),
            integral_constraints=tuple(replace(g, unknown=fields[g.unknown.name]) for g in self.integral_constraints),
            outputs=tuple(self.outputs),
            derived=self.derived,
            monitors=tuple(self.monitors),
            drop_parts=tuple(self.drop_parts),
            drop_ends=tuple(self.drop_ends),
            expectations=tuple(self.expectations),
            lengths=tuple(self.lengths),
            motion=None if self.motion is None else replace(self.motion, field=fields[self.motion.field.name]),
            quadrature_degree=self.quadrature_degree,
            traces=self.traces,
            warnings=tuple(self.warnings),
        )
