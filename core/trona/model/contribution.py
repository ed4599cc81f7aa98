"""The interface of a plugin to a model: methods that add to it, bound to the plugin's name and location in the deck."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import ufl

from trona.deck import Input, parse_expression
from trona.errors import UserError, hint
from trona.model.account import Account
from trona.model.boundary_law import BoundaryLaw
from trona.model.declare import Balance, Field, Monitor, Sum
from trona.model.interface import InterfaceLaw
from trona.model.laws import blocks_of, boundary_law, interface_law
from trona.model.noise import WhiteNoise
from trona.model.records import Derived, Expectation, IntegralConstraint, Length
from trona.model.shapes import plain, shaped
from trona.model.symbols import GeometrySymbol, InputSymbol
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
    """What one use of a plugin asks of the model and adds to it.

    plugin: its name. location: its location in the deck. feeds, reads: the sums that its class names.
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
        """Return the law of a boundary. Raises UserError if there is no boundary of that name."""
        if name not in self.mesh.boundaries:
            raise UserError(f"no boundary '{name}'{hint(name, self.mesh.boundaries)}")
        return BoundaryLaw(self._writer, boundary_law(name, self.mesh))

    # ------------------------------------------------------------------ derivatives of properties

    def property_derivative(self, name: str, unit: str, by: str) -> Expression:
        """Return the partial derivative of a material property, which has this unit, with respect to a scalar unknown.

        So a law that follows from an energy needs the energy alone, however a material gives it.
        """
        return self._draft.property_symbol(name, unit, by=self._own.find(by))

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
        """Add an unknown in blocks, if it depends on options; those that others may require belong in `provides`."""
        self._draft.add_field(declaration, self._plugin, self._writer.location, blocks)
        return self.field(declaration.name)

    def add_global(self, name: str, unit: str, text: str, scale: str = "") -> Expression:
        """Add one number as an unknown, to be determined by `constrain_integral`. Declare one that others may require
        in `provides`.

        If a deck lists the plugin several times, the region is added to the name of each number; the plugin still
        uses the plain name.
        """
        name = self._own.make(name)
        self._draft.add_field(Field(name, unit, text, scale=scale, kind="global"), self._plugin, self._writer.location)
        return self.field(name)

    def add_surface_field(
        self, law: LawVerbs, name: str, unit: str, text: str, scale: str = "", order_below: int = 0
    ) -> Expression:
        """Add an unknown on an interface or boundary; give it an equation with `add_balance`.

        Declare one that others may require in `provides`. order_below: how many orders its polynomials are below those
        of the other fields. Its name gets that of the law as with `add_global`.
        """
        return self._writer.surface_field(law.law, name, unit, text, scale, order_below)

    def add_balance(self, name: str, unit: str, field: str, text: str, quantity: str = "") -> Account:
        """Add the balance of a field that this plugin has added; `unit` is the unit of its source.

        A region is added to its name if one is added to the name of the field.
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
        """Set the typical variation of an unknown, in SI, if it follows from the mesh or from options."""
        self._draft.change_field(self._own.find(name), scale=value)

    def set_start(self, name: str, value: float) -> None:
        """Set where the solve for an unknown begins, in SI, unless the deck's `initial` says it.

        It serves an unknown without storage, which it does not change: a law may have no slope at the reference of its
        field. Raises UserError if the unknown is stored.
        """
        name = self._own.find(name)
        if any(b.field.name == name and t.kind == "storage" for b, t in self._draft.terms()):
            raise UserError(f"'{name}' is stored, so that its start decides what comes of it; leave it to 'initial'")
        self._draft.change_field(name, reference=value)

    def constrain_integral(
        self,
        unknown: Expression,
        place: LawVerbs | tuple[str, ...],
        integrand: Expression,
        target: Expression,
        mean: bool,
    ) -> None:
        """Determine a global unknown: the mean (else the integral) of `integrand` over `place` is `target`.

        place: the law of an interface or boundary, or blocks, on the current mesh. An integral in a plane is per metre
        of depth, on a line per square metre. Several of these for one unknown are alternatives: the one that holds is
        the one whose target contains the controls set by the current step of a protocol.
        Raises UserError if the integrand does not exist in all of the blocks.
        """
        draft = self._draft
        if getattr(unknown, "name", "") not in draft.fields:
            raise UserError(f"expected an unknown as `add_global` returns it, got '{unknown}'")
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
        """Whether a quantity holds only in the steps of a protocol that set it."""
        return bool(self._draft.controls.needed(ufl.as_ufl(value)))

    def alternatives(self, options: Mapping[str, Expression | None], *, required: bool = True) -> dict[str, Expression]:
        """Return the given ones among options that are alternatives: one, or those between which a protocol chooses.

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
        """Return a quantity from a list or a mapping of options as a symbol; other values are returned unchanged."""
        return self._draft.input(value, name, self._own.region) if isinstance(value, Input) else value

    def quantity(self, value: float, unit: str, name: str) -> Expression:
        """Return a number that is no option, such as a length of the mesh, as a symbol with a unit."""
        expression = parse_expression(f"{float(value)!r} {unit}", {}, Unit.parse(unit))
        return self._draft.input(expression, f"{self._plugin}.{name}", self._own.region)

    def white_noise(self, name: str, seed: int) -> Expression:
        """Return white noise, s^(-1/2), for use in sources and fluxes: one number in each time step.

        In steps dt of the implicit Euler method the numbers are independent and normal, of mean 0 and variance 1/dt.
        They follow from the seed, the name, the plugin, its region and the times, and from nothing else: not from the
        number of ranks, nor from restarts. A deck with adaptive steps is refused.
        """
        whose = "/".join(filter(None, (self._plugin, self._own.region, name)))
        make = partial(InputSymbol, WhiteNoise(seed, whose), f"{self._plugin}.{name}", self.dimension)
        return self._draft.symbols.once(("noise", seed, whose), make)

    def test(self, balance: Account) -> Expression:
        """Return the test function of a balance, for its raw terms only."""
        shape = self._draft.balances[balance.name].field.shape
        return self._draft.symbols.once(
            ("test", balance.name), lambda: GeometrySymbol("v", Unit.dimensionless, self.dimension, shape)
        )

    # ------------------------------------------------------------------ what is reported

    def define(
        self,
        name: str,
        expression: Expression,
        unit: str,
        text: str,
        blocks: tuple[str, ...] | None = None,
        *,
        symbol: str = "",
    ) -> None:
        """Name a derived quantity, so that decks can use it in outputs or write it with the fields.

        symbol: its sign in pictures, as that of a field.
        """
        expression = plain(expression, name)
        where = self._draft.common_blocks(expression, self.mesh.blocks if blocks is None else blocks)
        if name in self._draft.derived:
            raise UserError(f"'{name}' is already defined by {self._draft.derived[name].plugin}")
        self._draft.derived[name] = Derived(
            name, expression, Unit.parse(unit), where, text, self._plugin, self._writer.location, symbol=symbol
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
        symbol: str = "",
    ) -> None:
        """Declare a number to report: `expression` reduced by an installed reduction, such as 'integral' or 'maximum'.

        unit: of the expression. The unit of the number follows from it, the reduction and the coordinates. If a deck
        lists the plugin several times, or others declare the same name, the region is appended to each name. symbol:
        its sign in pictures, as that of a field.
        """
        self._writer.output(name, expression, unit, text, reduce, blocks=blocks, boundary=boundary, symbol=symbol)

    def monitor(
        self, monitor: Monitor, rate: Expression, blocks: tuple[str, ...] | None = None, *, coupled: bool = False
    ) -> None:
        """Contribute a rate per volume in these blocks (default: where it exists).

        coupled: other plugins contribute to the same quantity, and only the sum of all contributions in a region has a
        definite sign.
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
        hard: bool = False,
    ) -> None:
        """State the range in which the law of this plugin holds; a run that leaves it warns once per block.

        name: the name of `expression`. Limits are written as in a deck, '250 K'. text: the origin of the range.
        hard: a run that leaves the range ends, because the law has no meaning beyond it.
        """
        expression, parsed = shaped(expression, (), name), Unit.parse(unit)
        low, high = (
            None if limit is None else parse_expression(limit, {}, parsed).constant for limit in (minimum, maximum)
        )
        draft = self._draft
        where = () if law else draft.common_blocks(expression, self.mesh.blocks if blocks is None else blocks)
        draft.expectations.append(
            Expectation(
                name,
                expression,
                parsed.si,
                low,
                high,
                owner=name if hard else self._plugin,
                text=text,
                blocks=where,
                law=law.law if law else None,
                hard=hard,
                location=self._writer.location if hard else None,
            )
        )

    def expect_length(self, name: str, expression: Expression, blocks: tuple[str, ...]) -> None:
        """State a characteristic length of the law of this plugin, such as how far something spreads in the whole run.

        If the thinnest block is a hundred times as thick, a warning gives both: a unit of length is probably wrong.
        """
        self._draft.lengths.append(Length(name, plain(expression, name), blocks, self._writer.location))
