"""The law of a plugin at an interface: one flux between two blocks, added to one and subtracted from the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trona.errors import UserError
from trona.model.account import Account
from trona.model.declare import Sum
from trona.model.equation import Crossing
from trona.model.moving import move
from trona.model.shapes import plain, shaped

if TYPE_CHECKING:
    from trona.model.declare import Drop, Monitor
    from trona.model.laws import Law
    from trona.model.symbols import GeometrySymbol, Side
    from trona.model.view import Expression
    from trona.model.writer import Residual, Writer


@dataclass(frozen=True)
class Trace:
    """One side of an interface: fields, properties and fluxes in its block."""

    writer: Writer
    interface: str
    block: str
    side: Side

    def field(self, name: str) -> Expression:
        """Return the trace of a field (or global scalar, or given field) on this side."""
        return self.writer.draft.field_symbol(self.writer.own.find(name), self.side, self.block)

    def rate(self, name: str) -> Expression:
        """Return the trace of the rate of change of an unknown on this side."""
        return self.writer.draft.rate_symbol(self.writer.own.find(name), self.side, self.block)

    def property(self, name: str, unit: str, default: float | None = None) -> Expression:
        """Return the trace of a material property of the block on this side; default: where its material lacks it."""
        return self.writer.draft.property_symbol(name, unit, self.side, default)

    def total_flux(self, balance: Account) -> Expression:
        """Return the trace of the total flux of a balance on this side."""
        return self.writer.draft.flux_symbol(balance.name, self.side)

    def sum(self, declared: Sum) -> Expression:
        """Return the trace of a sum in blocks on this side."""
        by = self.writer
        by.check_sum(declared, "blocks", "read")
        return by.draft.sum_symbol(declared, side=self.side)

    def has(self, balance: str) -> bool:
        """Whether a balance of that name is solved in the block on this side."""
        balances = self.writer.draft.balances
        return balance in balances and self.block in balances[balance].blocks


@dataclass(frozen=True)
class InterfaceLaw:
    """The interface `minus | plus`, in the order of the deck; `normal` points from minus to plus."""

    writer: Writer
    law: Law

    @property
    def key(self) -> str:
        """Its name in the mesh."""
        return self.law.key

    @property
    def name(self) -> str:
        """Its name, as a user reads it."""
        return self.law.name

    @property
    def normal(self) -> GeometrySymbol:
        """The normal, from minus to plus."""
        return self.writer.draft.symbols.n

    @property
    def minus(self) -> Trace:
        """The side that is named first."""
        return Trace(self.writer, self.key, self.law.minus, "minus")

    @property
    def plus(self) -> Trace:
        """The side that is named second."""
        return Trace(self.writer, self.key, self.law.plus, "plus")

    def breaks(self, field: str) -> None:
        """Let a field jump here."""
        draft = self.writer.draft
        unknown = draft.fields.get(field)
        if unknown and {self.law.minus, self.law.plus} <= set(unknown.blocks):
            broken = {self.key: self.writer.plugin, **unknown.broken_at}
            draft.change_field(field, broken_at=broken)

    def exchange(self, flux: Expression, minus: Account | None, plus: Account | None) -> None:
        """Let `flux` (amount per area and time) leave `minus` and enter `plus`.

        A balance that is None (or is not solved on that side) means the outside: the flux is then an inflow or
        outflow in the audit. The unknown of a balance given on both sides may jump here.
        Raises UserError if neither side has its balance.
        """
        for balance in (minus, plus):
            if balance is not None and not isinstance(balance, Account):
                raise UserError(f"{self.name} exchanges between balances, got {_spelt(balance)}")
        flux = plain(flux, f"the flux across {self.name}")
        here = [
            (balance, trace, sign)
            for balance, trace, sign in ((minus, self.minus, -1), (plus, self.plus, 1))
            if balance is not None and trace.block in balance.blocks
        ]
        if not here:
            names = " or ".join(b.name for b in (minus, plus) if b is not None)
            raise UserError(f"nothing to exchange at {self.name}: no {names} balance on either side")
        if len(here) == 2 and minus is not None and plus is not None and minus.name == plus.name:
            self.breaks(minus.equation.field.name)
        crossing = Crossing(self.name, tuple(trace.block for _, trace, _ in here))
        for balance, trace, sign in here:
            shape = balance.equation.field.shape
            flux = shaped(flux, shape, f"the flux of {balance.name} across {self.name}")
            self.writer.term(balance.name, "exchange", sign * flux, law=self.law, side=trace.side, crossing=crossing)

    def side(self, which: Trace | Side) -> Trace:
        """Return one of the two sides: `law.minus` or "minus", `law.plus` or "plus". Raises UserError otherwise."""
        for trace in (self.minus, self.plus):
            # A trace of the same interface whose sides somebody names the other way round tells by its block.
            same = isinstance(which, Trace) and (which.interface, which.block) == (self.key, trace.block)
            if same or (isinstance(which, str) and which == trace.side):
                return trace
        raise UserError(f"a side of {self.name} is law.minus or law.plus, got {_spelt(which)}")

    def source(self, rate: Expression, balance: Account, side: Trace | Side) -> None:
        """Add a production per area at the interface, which the block on `side` receives: `law.minus` or `law.plus`."""
        trace = self.side(side)
        if trace.block not in balance.blocks:
            raise UserError(f"{balance.name} is not solved in {trace.block}, so nothing can be produced there")
        rate = shaped(rate, balance.equation.field.shape, f"the source of {balance.name} at {self.name}")
        self.writer.term(balance.name, "exchange", rate, law=self.law, side=trace.side)

    def constrain(
        self, residual: Residual, unit: str, balance: Account, multiplier: str, text: str, *, scale: str = ""
    ) -> Expression:
        """Enforce `residual` = 0 here (a jump or partition condition) by a multiplier, and return the multiplier.

        The multiplier is the flux of `balance` from minus to plus, an unknown on the interface; `unit` is the unit of
        the residual, scale the typical variation of the multiplier. residual: an expression, or a function of the
        multiplier that returns one. The unknown of `balance` may jump here.
        """
        field = balance.equation.field
        self.breaks(field.name)
        shape = field.shape
        symbol = self.writer.constraint(self.law, residual, unit, balance.name, multiplier, text, shape, 0, scale)
        self.exchange(symbol, balance, balance)
        return symbol

    def move(self, velocity: Expression, resting: Trace | Side | None = None) -> None:
        """Let the interface move from minus to plus with this velocity along its normal, m/s.

        resting: the side (`law.minus` or `law.plus`) whose matter stays where it is. This side grows or shrinks at the
        interface, and the amounts stored in it with it; matter on the other side moves along. Raises UserError in a
        steady deck.
        """
        velocity = shaped(velocity, (), f"the velocity of {self.name}")
        still = None if resting is None else self.side(resting).side
        if self.writer.draft.steady:
            raise UserError(f"{self.name} can only move in time; give 'time'")
        move(self.writer, self.law, velocity, still)

    def feed(self, declared: Sum, expression: Expression) -> None:
        """Add to a sum at this interface."""
        self.writer.feed_at(declared, expression, "interface", law=self.law)

    def sum(self, declared: Sum) -> Expression:
        """Return a sum that several plugins feed at this interface; zero (of factors: one) where none does."""
        by = self.writer
        by.check_sum(declared, "interface", "read")
        return by.draft.sum_symbol(declared, by.key_of(declared, self.law).at)

    def named(self, declared: Sum, expression: Expression) -> Expression:
        """Return an expression under the name of a sum of this plugin, so that printed equations are readable."""
        self.feed(declared, expression)
        return self.sum(declared)

    def is_fed(self, declared: Sum) -> bool:
        """Whether a plugin of the deck feeds a sum at this interface, whoever contributes first."""
        return self.writer.draft.names.feeds(declared, self.key)

    def define(self, name: str, expression: Expression, unit: str, text: str, *, symbol: str = "") -> None:
        """Name a derived quantity at this interface, so that decks can use it in outputs, by this name at this place.

        If a deck lists the plugin several times, or others declare the same name, the region is appended to each.
        symbol: its sign in pictures, as that of a field.
        """
        self.writer.define(name, expression, unit, text, self.law, symbol)

    def output(self, name: str, expression: Expression, unit: str, text: str, reduce: str, *, symbol: str = "") -> None:
        """Declare an output over this interface; `reduce` as in Contribution.output."""
        self.writer.output(name, expression, unit, text, reduce, law=self.law, symbol=symbol)

    def output_range(
        self, name: str, expression: Expression, unit: str, text: str, *, mean: bool = False, symbol: str = ""
    ) -> None:
        """Declare NAME_max and NAME_min over this interface: 'largest TEXT' and 'smallest TEXT'.

        mean: declare NAME_mean too, 'mean TEXT'. symbol: of the expression, as that of a field.
        """
        self.writer.output_range(name, expression, unit, text, mean=mean, law=self.law, symbol=symbol)

    def monitor(self, monitor: Monitor, rate: Expression) -> None:
        """Contribute a rate per area of this interface to a monitor; see Contribution.monitor."""
        self.writer.monitor(monitor, rate, law=self.law)

    def drop(self, drop: Drop, cause: str, rate: Expression) -> None:
        """Say which part of a drop has this cause at this interface: what drives a flux through it, times this flux."""
        self.writer.drop_at(self.law, drop, cause, rate)

    def end(self, drop: Drop, value: Expression) -> None:
        """Say what drives the flow where it comes from outside through this interface, so that it can be an end."""
        self.writer.end(drop, value, self.law)


def _spelt(what: Any) -> str:
    if isinstance(what, Trace):
        return f"the side {what.block} of {what.interface}"
    return f"'{what}'" if isinstance(what, str) else f"a value of type {type(what).__name__}"
