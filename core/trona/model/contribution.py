"""What a plugin says: the verbs with which it adds to a model, bound to its name and its place in the deck."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ufl

from trona.deck import Expression as DeckExpression
from trona.deck import Table, parse_expression
from trona.errors import UserError, hint
from trona.model.account import Account
from trona.model.boundary_law import BoundaryLaw
from trona.model.declare import Balance, Field, Monitor, Sum
from trona.model.interface import InterfaceLaw
from trona.model.laws import Law, boundary_law, interface_law
from trona.model.materials.validity import Expectation
from trona.model.parts import Constraint, Derived, Feed, IntegralConstraint, Length, MonitorTerm
from trona.model.reduction import reduced
from trona.model.shapes import plain, shaped
from trona.model.symbols import GeometrySymbol, SumAt, Symbol
from trona.model.view import Expression, ModelView
from trona.units import Unit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trona.errors import Location
    from trona.model.draft import Draft
    from trona.model.names import OwnNames

LawVerbs = InterfaceLaw | BoundaryLaw


class Contribution(ModelView):
    """What one use of a plugin asks of the model, and adds to it.

    plugin: its name. place: where it stands in the deck. feeds, reads: the sums that its class names.
    """

    def __init__(
        self,
        draft: Draft,
        plugin: str,
        place: Location | None = None,
        own: OwnNames | None = None,
        feeds: tuple[Sum, ...] | None = None,
        reads: tuple[Sum, ...] | None = None,
    ) -> None:
        super().__init__(draft, plugin, own)
        self._draft, self._place = draft, place
        self._feeds, self._reads = feeds, reads

    # ------------------------------------------------------------------ balances and laws

    def balance(self, name: str) -> Account:
        """Return a balance by name. Raises UserError if no plugin provides it."""
        name = self._own.find(name)
        if name not in self._draft.balances:
            raise UserError(f"no balance '{name}'{hint(name, self._draft.balances)}")
        return Account(self, name)

    def balances_of(self, quantity: str) -> list[Account]:
        """Return all balances of a conserved quantity, by name."""
        return [Account(self, name) for name, b in sorted(self._draft.balances.items()) if b.quantity == quantity]

    def interface(self, text: str) -> InterfaceLaw:
        """Return the law of 'A | B' or of a named group; the first named block is its minus side."""
        return InterfaceLaw(self, interface_law(text, self.mesh))

    def boundary(self, name: str) -> BoundaryLaw:
        """Return the law of a boundary. Raises UserError if there is none of that name."""
        if name not in self.mesh.boundaries:
            raise UserError(f"no boundary '{name}'{hint(name, self.mesh.boundaries)}")
        return BoundaryLaw(self, boundary_law(name, self.mesh))

    # ------------------------------------------------------------------ sums

    def feed(self, declared: Sum, expression: Expression, blocks: tuple[str, ...]) -> None:
        """Add to a sum in these blocks. Raises UserError if the plugin's `feeds` does not name it."""
        self.feed_at(declared, expression, "blocks", blocks=blocks)

    def sum(self, declared: Sum) -> Expression:
        """Return a sum that several plugins feed in blocks; zero (of factors: one) where none does.

        Raises UserError if the plugin's `requires` and `uses` do not name it.
        """
        self.check_sum(declared, "blocks", self._reads, "read")
        return self._draft.sum_symbol(declared)

    def is_fed(self, declared: Sum, law: Law | None = None) -> bool:
        """Whether a plugin of the deck feeds a sum, with `law` one that acts there; whoever contributes first."""
        return self._draft.names.feeds(declared, law.key if law is not None else None)

    def feed_at(
        self, declared: Sum, expression: Any, on: str, *, blocks: tuple[str, ...] = (), law: Law | None = None
    ) -> None:
        """Add to a sum in blocks or at a law."""
        self.check_sum(declared, on, self._feeds, "feed")
        expression = shaped(expression, declared.shape_in(self.dimension), f"the feed of {declared.name}")
        key = self.key_of(declared, law)
        feed = Feed(self._plugin, blocks, expression, self._place, law)
        self._draft.feeds.setdefault(key, []).append(feed)

    def key_of(self, declared: Sum, law: Law | None) -> SumAt:
        """Return the key of a sum. All that share one at an interface must agree on which side is which."""
        if law is None:
            return SumAt(declared)
        key = SumAt(declared, law.key)
        first = self._draft.laws_of_sums.setdefault(key, law)
        if first.minus != law.minus:
            raise UserError(
                f"the interface is {first.name} for others that share '{declared.name}'; name it so here too"
            )
        return key

    def check_sum(self, declared: Sum, on: str, named: tuple[Sum, ...] | None, verb: str) -> None:
        """Refuse what is no declared sum, what lives elsewhere, and what the plugin's class does not name."""
        if not isinstance(declared, Sum):
            known = self.registry.sums
            spelt = f"'{declared}'" if isinstance(declared, str) else type(declared).__name__
            near = hint(declared, known) if isinstance(declared, str) else ""
            raise UserError(f"a sum is {verb} by the object that declares it, got {spelt}{near}")
        if declared.on != on:
            raise UserError(f"{declared} lives {_ON[declared.on]}, and cannot be {verb} {_ON[on]}")
        if named is not None and declared not in named:
            where = "`feeds`" if verb == "feed" else "`requires` and `uses`"
            near = hint(declared.name, [each.name for each in named])
            raise UserError(f"{self._plugin} cannot {verb} {declared}, which its {where} do not name{near}")

    @property
    def reads(self) -> tuple[Sum, ...] | None:
        return self._reads

    # ------------------------------------------------------------------ unknowns

    def add_field(self, declaration: Field, blocks: tuple[str, ...]) -> Expression:
        """Add an unknown in blocks, where only options or the dimension say what it is; see Physics.provides."""
        self._draft.add_field(declaration, self._plugin, self._place, blocks)
        return self.field(declaration.name)

    def add_global(self, name: str, unit: str, text: str, scale: str = "") -> Expression:
        """Add one number as an unknown; determine it by `constrain_integral`.

        Where the plugin stands several times, the name of each number gets the plugin's region; the plugin goes on
        to use the plain name.
        """
        name = self._own.make(name)
        self._draft.add_field(Field(name, unit, text, scale=scale, kind="global"), self._plugin, self._place)
        return self.field(name)

    def add_surface_field(
        self, law: LawVerbs, name: str, unit: str, text: str, scale: str = "", order_below: int = 0
    ) -> Expression:
        """Add an unknown that lives on an interface or boundary; give it an equation with `add_balance`.

        order_below: by how much its polynomial order is less than that of the other fields. As for `add_global`,
        the name gets that of the law where the plugin stands several times.
        """
        name = self._own.make(name, law.name)
        declaration = Field(name, unit, text, scale=scale, kind="surface", order_below=order_below)
        self._draft.add_field(declaration, self._plugin, self._place, (), law.law)
        return self.field(name)

    def add_balance(self, name: str, unit: str, field: str, text: str, quantity: str = "") -> Account:
        """Add the balance of a field that this plugin has added; unit is that of its source.

        Its name gets a region as that of the field does.
        """
        field = self._own.find(field)
        law = self._draft.fields[field].law if field in self._draft.fields else None
        name = self._own.make(name, law.name if law is not None else "")
        self._draft.add_balance(Balance(name, unit, field, text, quantity=quantity), self._plugin)
        return Account(self, name)

    def scale_of(self, name: str) -> float:
        """Return the typical variation of an unknown, in SI."""
        return self._draft.fields[self._own.find(name)].scale

    def set_scale(self, name: str, value: float) -> None:
        """Set the typical variation of an unknown, in SI, where the mesh or options tell it."""
        self._draft.change_field(self._own.find(name), scale=value)

    def constrain_integral(
        self, unknown: Expression, law: LawVerbs, integrand: Expression, target: Expression, mean: bool
    ) -> None:
        """Determine a global unknown: the mean (else the integral) of `integrand` over `law` is `target`.

        Several of these for one unknown are alternatives: each step of a protocol sets the controls in the target
        of one of them, and that one holds.
        """
        draft = self._draft
        if getattr(unknown, "name", "") not in draft.fields:
            raise UserError(f"what is determined is an unknown as `add_global` returns it, got '{unknown}'")
        target, integrand = shaped(target, (), "the target"), shaped(integrand, (), "the integrand")
        needs, weight = draft.controls.needed(target), draft.weight(target)
        draft.integral_constraints.append(
            IntegralConstraint(
                draft.fields[unknown.name], law.law, weight * integrand, weight * target, mean, self._plugin, needs
            )
        )

    def add_constraint(
        self, law: Law, residual: Any, unit: str, balance: Account, name: str, text: str, order_below: int, scale: str
    ) -> Any:
        """Add a constraint and its multiplier, whose symbol is returned; see the `constrain` of laws."""
        draft = self._draft
        name = self._own.make(name, law.name)
        equation = draft.balances[balance.name]
        declaration = Field(
            name,
            str(equation.flux_unit),
            text,
            kind="surface",
            order_below=order_below,
            scale=scale,
            rank=len(residual.ufl_shape),
        )
        field = draft.add_field(declaration, self._plugin, self._place, (), law)
        draft.constraints.append(Constraint(law, residual, Unit.parse(unit), field, equation))
        return self.field(name)

    def is_switched(self, value: Expression) -> bool:
        """Whether a quantity holds only in those steps of a protocol that set it."""
        return bool(self._draft.controls.needed(ufl.as_ufl(value)))

    def common_blocks(self, expression: Expression, candidates: Iterable[str]) -> tuple[str, ...]:
        """Return the candidate blocks where everything in the expression exists. Raises UserError if there is none."""
        return self._draft.common_blocks(expression, candidates)

    def option_value(self, value: object, name: str) -> Any:
        """Return an option's value as plugins see it: quantities become symbols, the rest stays."""
        return self._draft.input(value, name) if isinstance(value, DeckExpression | Table) else value

    def test(self, balance: Account) -> Symbol:
        """Return the test function of a balance, for its raw terms only."""
        shape = self._draft.balances[balance.name].field.shape
        found: Symbol = self._draft.symbols.once(
            ("test", balance.name), lambda: GeometrySymbol("v", Unit.dimensionless, self.dimension, shape)
        )
        return found

    # ------------------------------------------------------------------ what is reported

    def define(
        self, name: str, expression: Expression, unit: str, text: str, blocks: tuple[str, ...] | None = None
    ) -> None:
        """Name a derived quantity, so that decks can ask for it as an output or in the fields written."""
        expression = plain(expression, name)
        where = self._draft.common_blocks(expression, self.mesh.blocks if blocks is None else blocks)
        if name in self._draft.derived:
            raise UserError(f"'{name}' is already defined by {self._draft.derived[name].plugin}")
        self._draft.derived[name] = Derived(name, expression, Unit.parse(unit), where, text, self._plugin, self._place)

    def output(
        self,
        name: str,
        expression: Expression,
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
        law = boundary_law(boundary, self.mesh) if boundary else law
        if law is None:
            blocks = self._draft.common_blocks(expression, blocks or self.mesh.blocks)
        where: Any = {"blocks": blocks, "law": law, "plugin": self._plugin, "place": self._place}
        self._draft.outputs.append(reduced(self._draft, reduce, name, expression, Unit.parse(unit), text, **where))

    def monitor(
        self,
        monitor: Monitor,
        rate: Expression,
        blocks: tuple[str, ...] | None = None,
        *,
        law: Law | None = None,
        coupled: bool = False,
    ) -> None:
        """Contribute a rate per volume in these blocks (default: where it exists), or per area at `law`.

        coupled: it is a part of something to which other plugins contribute too, so that only their sum in a region
        has a sign.
        Raises UserError when another plugin declares a monitor of that name differently.
        """
        for other in self._draft.monitors:
            if other.monitor.name == monitor.name and other.monitor != monitor:
                raise UserError(f"monitor '{monitor.name}' is declared differently by {other.plugin}")
        rate, unit = shaped(rate, (), f"the contribution to {monitor.name}"), Unit.parse(monitor.unit)
        if law is None:
            blocks = self._draft.common_blocks(rate, self.mesh.blocks if blocks is None else blocks)
        else:
            blocks, unit = (), unit * Unit.parse("m")
        self._draft.monitors.append(MonitorTerm(monitor, rate, unit, self._plugin, blocks, law, self._place, coupled))

    def expect(
        self,
        name: str,
        expression: Expression,
        unit: str,
        text: str,
        *,
        minimum: str | None = None,
        maximum: str | None = None,
        blocks: tuple[str, ...] | None = None,
        law: LawVerbs | None = None,
    ) -> None:
        """State the range in which this plugin's law holds: outside it a run warns, once per block.

        name: what `expression` is. Limits are spelt as in a deck, '250 K'. text: where the range comes from.
        """
        expression, parsed = shaped(expression, (), name), Unit.parse(unit)
        low, high = (
            None if limit is None else parse_expression(limit, {}, parsed).constant for limit in (minimum, maximum)
        )
        draft = self._draft
        where = () if law else draft.common_blocks(expression, self.mesh.blocks if blocks is None else blocks)
        draft.expectations.append(
            Expectation(name, expression, parsed.si, low, high, self._plugin, text, where, law.law if law else None)
        )

    def expect_length(self, name: str, expression: Expression, blocks: tuple[str, ...]) -> None:
        """State a length that this plugin's law has of itself, such as how far something spreads in the whole run.

        Where the thinnest of the blocks is a hundred times as thick, the deck gets a warning with both: most likely a
        unit of length is another than meant.
        """
        self._draft.lengths.append(Length(name, plain(expression, name), blocks, self._place))

    # ------------------------------------------------------------------ what the laws and accounts write to

    @property
    def draft(self) -> Draft:
        return self._draft

    @property
    def plugin(self) -> str:
        """The name of the plugin."""
        return self._plugin

    @property
    def place(self) -> Location | None:
        """Where in the deck the plugin stands."""
        return self._place

    def name_of(self, name: str) -> str:
        """Return the name in the model of what the plugin knows by this name."""
        return self._own.find(name)


_ON = {"blocks": "in blocks", "interface": "at interfaces", "boundary": "on boundaries"}
