"""Interface laws: one object between two blocks, whose flux core adds to one side and takes from the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trona.errors import UserError
from trona.model.balance import Balance, Crossing, Term
from trona.model.boundary_law import Stretch
from trona.model.motion import Motion
from trona.model.parts import Feed
from trona.model.shapes import plain, shaped
from trona.units import Unit

if TYPE_CHECKING:
    from trona.model.declare import MonitorDeclaration
    from trona.model.model import Model
    from trona.model.symbols import GeometrySymbol, Side


@dataclass(frozen=True)
class Trace:
    """One side of an interface: fields, properties and fluxes as seen from its block."""

    model: Model
    interface: str
    block: str
    side: Side

    def field(self, name: str) -> Any:
        """Return the trace of a field (or global scalar, or given field) on this side."""
        return self.model.field_symbol(name, self.side, self.block)

    def rate(self, name: str) -> Any:
        """Return the trace of the rate of change of an unknown on this side."""
        return self.model.rate_symbol(name, self.side, self.block)

    def property(self, name: str, unit: str) -> Any:
        """Return the trace of a material property of this side's block."""
        return self.model.property_symbol(name, unit, self.side, (self.block,))

    def total_flux(self, balance: Balance) -> Any:
        """Return the trace of a balance's total flux on this side."""
        shape = tuple(balance.total_flux.ufl_shape)
        return self.model.total_symbol(f"flux of {balance.name}", balance.flux_unit, shape, self.side)

    def has(self, balance: str) -> bool:
        """Whether a balance of that name is solved in this side's block."""
        return balance in self.model.balances and self.block in self.model.balances[balance].blocks


@dataclass(frozen=True)
class InterfaceLaw:
    """The interface `minus | plus`, in the order the deck wrote it; `normal` points from minus to plus."""

    model: Model
    key: str
    minus: Trace
    plus: Trace

    @property
    def name(self) -> str:
        return f"{self.minus.block} | {self.plus.block}" if "|" in self.key else self.key

    @property
    def normal(self) -> GeometrySymbol:
        return self.model.symbols.n

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        sides: dict[Side | None, str] = {"minus": self.minus.block, "plus": self.plus.block}
        return (Stretch(sides, self.model.mesh.interfaces[self.key].sets),)

    def breaks(self, field: str) -> None:
        """Let a field jump here."""
        unknown = self.model.fields.get(field)
        if unknown and {self.minus.block, self.plus.block} <= set(unknown.blocks):
            unknown.broken_at.setdefault(self.key, self.model.contributor)

    def exchange(self, flux: Any, minus: Balance | None, plus: Balance | None) -> None:
        """Let `flux` (amount per area and time) leave `minus` and enter `plus`.

        A balance that is None (or is not solved on that side) is the world outside: what crosses is then
        an inflow or outflow in the audit. The unknown of a balance given on both sides may jump here.
        Raises UserError if neither side has its balance.
        """
        for balance in (minus, plus):
            if balance is not None and not isinstance(balance, Balance):
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
        if len(here) == 2 and minus is plus:
            self.breaks(here[0][0].field.name)
        crossing = Crossing(self.name, tuple(trace.block for _, trace, _ in here))
        for balance, trace, sign in here:
            flux = shaped(flux, balance.field.shape, f"the flux of {balance.name} across {self.name}")
            balance.terms.append(self._term(sign * flux, trace.side, crossing))

    def side(self, which: Trace | Side) -> Trace:
        """Return one of the two sides: `law.minus` or "minus", `law.plus` or "plus". Raises UserError for all else."""
        for trace in (self.minus, self.plus):
            # A trace of the same interface whose sides somebody names the other way round tells by its block.
            same = isinstance(which, Trace) and (which.interface, which.block) == (self.key, trace.block)
            if same or (isinstance(which, str) and which == trace.side):
                return trace
        raise UserError(f"a side of {self.name} is law.minus or law.plus, got {_spelt(which)}")

    def source(self, rate: Any, balance: Balance, side: Trace | Side) -> None:
        """Add what is produced per area at the interface, given to the block on `side`: `law.minus` or `law.plus`."""
        trace = self.side(side)
        if trace.block not in balance.blocks:
            raise UserError(f"{balance.name} is not solved in {trace.block}, so nothing can be produced there")
        rate = shaped(rate, balance.field.shape, f"the source of {balance.name} at {self.name}")
        balance.terms.append(self._term(rate, trace.side))

    def _term(self, flux: Any, side: Side, crossing: Crossing | None = None) -> Term:
        model = self.model
        return Term("exchange", flux, model.contributor, law=self, side=side, crossing=crossing, place=model.place)

    def constrain(self, residual: Any, unit: str, balance: Balance, multiplier: str, text: str) -> Any:
        """Hold `residual` = 0 here (a jump or partition condition) by a multiplier, and return it.

        The multiplier is the flux of `balance` from minus to plus, an unknown on the interface; `unit` is the
        residual's. The unknown of `balance` may jump here.
        """
        self.breaks(balance.field.name)
        residual = shaped(residual, balance.field.shape, f"the residual that {multiplier} holds at zero")
        symbol = self.model.add_constraint(self, residual, Unit.parse(unit), balance, multiplier, text)
        self.exchange(symbol, balance, balance)
        return symbol

    def move(self, velocity: Any, resting: Trace | Side | None = None) -> None:
        """Let the interface move from minus to plus with this velocity along its normal, m/s.

        resting: the side (`law.minus` or `law.plus`) whose matter stays where it is, so that it grows or shrinks at the
        interface and what is stored there with it; matter on the other side moves along. Raises UserError in a steady
        deck.
        """
        model = self.model
        velocity = shaped(velocity, (), f"the velocity of {self.name}")
        still = None if resting is None else self.side(resting).side
        if model.steady:
            raise UserError(f"{self.name} can only move in time; give 'time'")
        if model.motion is None:
            model.motion = Motion(model)
        model.motion.move(self, velocity, still)

    def feed(self, total: str, expression: Any) -> None:
        """Add to a named sum at this interface; `total` returns the sum of what all plugins fed."""
        model, key = self.model, self._sum(total)
        feed = Feed(model.contributor, (), plain(expression, f"the feed of {total}"), model.place, self)
        model.feeds.setdefault(key, []).append(feed)

    def total(self, name: str, unit: str, shape: tuple[int, ...] = ()) -> Any:
        """Return a named sum that several plugins feed at this interface; zero where none does."""
        return self.model.total_symbol(self._sum(name), Unit.parse(unit), shape)

    def _sum(self, name: str) -> str:
        """Return the sum's name in the model. Its parts and users must agree on which side is which."""
        key = f"{name} at {self.key}"
        first = self.model.sums.setdefault(key, self)
        if first.minus.block != self.minus.block:
            raise UserError(f"the interface is {first.name} for others that share '{name}'; name it so here too")
        return key

    def output(self, name: str, expression: Any, unit: str, text: str, reduce: str) -> None:
        """Declare an output over this interface; `reduce` as in Model.output."""
        self.model.output(name, expression, unit, text, reduce, law=self)

    def monitor(self, monitor: MonitorDeclaration, rate: Any) -> None:
        """Contribute a rate per area of this interface to a monitor; see Model.monitor."""
        self.model.monitor(monitor, rate, law=self)


def _spelt(what: Any) -> str:
    if isinstance(what, Trace):
        return f"the side {what.block} of {what.interface}"
    return f"'{what}'" if isinstance(what, str) else f"a value of type {type(what).__name__}"
