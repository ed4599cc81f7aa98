"""What a plugin says: the verbs with which it adds to a model, bound to its name and its location in the deck."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ufl

from trona.deck import Input, parse_expression
from trona.errors import UserError, hint
from trona.model.account import Account
from trona.model.boundary_law import BoundaryLaw
from trona.model.declare import Balance, Field, Monitor, Sum
from trona.model.interface import InterfaceLaw
from trona.model.laws import blocks_of, boundary_law, interface_law
from trona.model.records import Derived, Expectation, IntegralConstraint, Length
from trona.model.shapes import plain, shaped
from trona.model.symbols import GeometrySymbol
from trona.model.view import Expression, ModelView
from trona.model.writer import Writer
from trona.units import Unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from trona.errors import Location
    from trona.model.draft import Draft
    from trona.model.names import OwnNames

LawVerbs = InterfaceLaw | BoundaryLaw


class Contribution(ModelView):
    """What one use of a plugin asks of the model, and adds to it.

    plugin: its name. location: where it stands in the deck. feeds, reads: the sums that its class names.
    """

    def __init__(
        self,
        draft: Draft,
        plugin: str,
        location: Location | None = None,
        own: OwnNames | None = None,
        feeds: tuple[Sum, ...] | None = None,
        reads: tuple[Sum, ...] | None = None,
    ) -> None:
        super().__init__(draft, plugin, own)
        self._draft = draft
        self._writer = Writer(draft, plugin, location, self._own, feeds, reads)

    # ------------------------------------------------------------------ balances and laws

    def balance(self, name: str) -> Account:
        """Return a balance by name. Raises UserError if no plugin provides it."""
        name = self._own.find(name)
        if name not in self._draft.balances:
            raise UserError(f"no balance '{name}'{hint(name, self._draft.balances)}")
        return Account(self._writer, name)

    def balances_of(self, quantity: str) -> list[Account]:
        """Return all balances of a conserved quantity, by name."""
        return [
            Account(self._writer, name) for name, b in sorted(self._draft.balances.items()) if b.quantity == quantity
        ]

    def interface(self, text: str) -> InterfaceLaw:
        """Return the law of 'A | B' or of a named group; the first named block is its minus side."""
        return InterfaceLaw(self._writer, interface_law(text, self.mesh))

    def boundary(self, name: str) -> BoundaryLaw:
        """Return the law of a boundary. Raises UserError if there is none of that name."""
        if name not in self.mesh.boundaries:
            raise UserError(f"no boundary '{name}'{hint(name, self.mesh.boundaries)}")
        return BoundaryLaw(self._writer, boundary_law(name, self.mesh))

    # ------------------------------------------------------------------ sums

    def feed(self, declared: Sum, expression: Expression, blocks: tuple[str, ...]) -> None:
        """Add to a sum in these blocks. Raises UserError if the plugin's `feeds` does not name it."""
        self._writer.feed_at(declared, expression, "blocks", blocks=blocks)

    def sum(self, declared: Sum) -> Expression:
        """Return a sum that several plugins feed in blocks; zero (of factors: one) where none does.

        Raises UserError if the plugin's `requires` and `uses` do not name it.
        """
        self._writer.check_sum(declared, "blocks", "read")
        return self._draft.sum_symbol(declared)

    # ------------------------------------------------------------------ unknowns

    def add_field(self, declaration: Field, blocks: tuple[str, ...]) -> Expression:
        """Add an unknown in blocks, where only options say what it is; what others may require stands in `provides`."""
        self._draft.add_field(declaration, self._plugin, self._writer.location, blocks)
        return self.field(declaration.name)

    def add_global(self, name: str, unit: str, text: str, scale: str = "") -> Expression:
        """Add one number as an unknown; determine it by `constrain_integral`. One for others stands in `provides`.

        Where the plugin stands several times, the name of each number gets the plugin's region; the plugin goes on
        to use the plain name.
        """
        name = self._own.make(name)
        self._draft.add_field(Field(name, unit, text, scale=scale, kind="global"), self._plugin, self._writer.location)
        return self.field(name)

    def add_surface_field(
        self, law: LawVerbs, name: str, unit: str, text: str, scale: str = "", order_below: int = 0
    ) -> Expression:
        """Add an unknown that lives on an interface or boundary; give it an equation with `add_balance`.

        One that others may require stands in `provides`.

        order_below: how many orders its polynomials are below those of the other fields. As for `add_global`,
        the name gets the name of the law added where the plugin stands several times.
        """
        return self._writer.surface_field(law.law, name, unit, text, scale, order_below)

    def add_balance(self, name: str, unit: str, field: str, text: str, quantity: str = "") -> Account:
        """Add the balance of a field that this plugin has added; unit is that of its source.

        Its name gets a region where the name of the field does.
        """
        field = self._own.find(field)
        law = self._draft.fields[field].law if field in self._draft.fields else None
        name = self._own.make(name, law.name if law is not None else "")
        self._draft.add_balance(Balance(name, unit, field, text, quantity=quantity), self._plugin)
        return Account(self._writer, name)

    def scale_of(self, name: str) -> float:
        """Return the typical variation of an unknown, in SI."""
        return self._draft.fields[self._own.find(name)].scale

    def set_scale(self, name: str, value: float) -> None:
        """Set the typical variation of an unknown, in SI, where the mesh or options tell it."""
        self._draft.change_field(self._own.find(name), scale=value)

    def constrain_integral(
        self,
        unknown: Expression,
        place: LawVerbs | tuple[str, ...],
        integrand: Expression,
        target: Expression,
        mean: bool,
    ) -> None:
        """Determine a global unknown: the mean (else the integral) of `integrand` over `place` is `target`.

        place: the law of an interface or boundary, or blocks, which are taken as they are now where the mesh moves. An
        integral in a plane is one per metre of depth, on a line one per square metre. Several of these for one unknown
        are alternatives: each step of a protocol sets the controls in the target of one of them, and that one holds.
        Raises UserError if the integrand does not exist in all of the blocks.
        """
        draft = self._draft
        if getattr(unknown, "name", "") not in draft.fields:
            raise UserError(f"what is determined is an unknown as `add_global` returns it, got '{unknown}'")
        target, integrand = shaped(target, (), "the target"), shaped(integrand, (), "the integrand")
        law = place.law if isinstance(place, LawVerbs) else None
        blocks = () if isinstance(place, LawVerbs) else blocks_of(place, self.mesh)
        needs, weight = draft.controls.needed(target), draft.weight(target)
        draft.integral_constraints.append(
            IntegralConstraint(
                draft.fields[unknown.name],
                weight * integrand,
                weight * target,
                mean,
                self._plugin,
                needs,
                blocks,
                law,
                self._writer.location,
            )
        )

    def is_switched(self, value: Expression) -> bool:
        """Whether a quantity holds only in those steps of a protocol that set it."""
        return bool(self._draft.controls.needed(ufl.as_ufl(value)))

    def alternatives(self, options: Mapping[str, Expression | None], *, required: bool = True) -> dict[str, Expression]:
        """Return those of several options that are given, each a way to say one thing: one, or what a protocol chooses.

        Several hold only if the value of each depends on a control, so that each step of the protocol sets one.
        Raises UserError if several are given otherwise, or if none is and one is required.
        """
        given = {name: value for name, value in options.items() if value is not None}
        if required and not given:
            raise UserError(f"give one of {', '.join(options)}")
        if len(given) > 1 and not all(map(self.is_switched, given.values())):
            first, second, *_ = given
            raise UserError(f"give one of {', '.join(options)}, not both {first} and {second}")
        return given

    def common_blocks(self, expression: Expression, candidates: Iterable[str]) -> tuple[str, ...]:
        """Return the candidate blocks where everything in the expression exists. Raises UserError if there is none."""
        return self._draft.common_blocks(expression, candidates)

    def option_value(self, value: object, name: str) -> Expression:
        """Return a quantity out of a list or a mapping of options as a symbol; what is no quantity stays as it is."""
        return self._draft.input(value, name, self._own.region) if isinstance(value, Input) else value

    def test(self, balance: Account) -> Expression:
        """Return the test function of a balance, for its raw terms only."""
        shape = self._draft.balances[balance.name].field.shape
        return self._draft.symbols.once(
            ("test", balance.name), lambda: GeometrySymbol("v", Unit.dimensionless, self.dimension, shape)
        )

    # ------------------------------------------------------------------ what is reported

    def define(
        self, name: str, expression: Expression, unit: str, text: str, blocks: tuple[str, ...] | None = None
    ) -> None:
        """Name a derived quantity, so that decks can ask for it as an output or in the fields written."""
        expression = plain(expression, name)
        where = self._draft.common_blocks(expression, self.mesh.blocks if blocks is None else blocks)
        if name in self._draft.derived:
            raise UserError(f"'{name}' is already defined by {self._draft.derived[name].plugin}")
        self._draft.derived[name] = Derived(
            name, expression, Unit.parse(unit), where, text, self._plugin, self._writer.location
        )

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
    ) -> None:
        """Declare a number to report: `expression` reduced by an installed reduction, such as 'integral' or 'maximum'.

        unit: of the expression. The unit of the number follows from it, from the reduction and the coordinates.
        Where the plugin stands several times, or others declare the name too, each of them gets its region appended.
        """
        self._writer.output(name, expression, unit, text, reduce, blocks=blocks, boundary=boundary)

    def monitor(
        self, monitor: Monitor, rate: Expression, blocks: tuple[str, ...] | None = None, *, coupled: bool = False
    ) -> None:
        """Contribute a rate per volume in these blocks (default: where it exists).

        coupled: it is a part of something to which other plugins contribute too, so that only their sum in a region
        has a sign.
        Raises UserError when another plugin declares a monitor of that name differently.
        """
        self._writer.monitor(monitor, rate, blocks, coupled=coupled)

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
        self._draft.lengths.append(Length(name, plain(expression, name), blocks, self._writer.location))
