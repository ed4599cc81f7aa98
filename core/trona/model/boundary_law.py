"""The terms and unknowns that a plugin adds at a boundary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trona.errors import UserError
from trona.model.declare import Sum
from trona.model.moving import move
from trona.model.shapes import plain, shaped
from trona.model.writer import is_function

if TYPE_CHECKING:
    from trona.model.account import Account
    from trona.model.declare import Drop, Monitor
    from trona.model.laws import Law
    from trona.model.symbols import GeometrySymbol
    from trona.model.view import Expression
    from trona.model.writer import Residual, Writer


@dataclass(frozen=True)
class BoundaryLaw:
    """A boundary, beside one block or several; `normal` points outwards.

    Unknowns that live here (`Contribution.add_surface_field`) may jump from block to block. Fields and properties need
    no side: they are taken in the block beside the boundary.
    """

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
        """The outward normal."""
        return self.writer.draft.symbols.n

    def constrain(
        self,
        residual: Residual,
        unit: str,
        balance: Account,
        multiplier: str,
        text: str,
        *,
        along: Expression | None = None,
        scale: str = "",
        at_nodes: bool = False,
    ) -> Expression:
        """Enforce `residual` = 0 here by a multiplier, an unknown on the boundary, and return the multiplier.

        The multiplier is the flux of `balance` that leaves through the boundary, or with `along` its component in that
        direction. It has as many components as the residual, whose unit is `unit`. scale: its typical variation.
        residual: an expression, or a function of the multiplier that returns one, as for a contact that may open:
        lambda p: p - max_value(p - k * gap, 0).
        at_nodes: whether it holds at each node of the multiplier, one order below that of the field, in place of in the
        mean over cells. An inequality is then kept at the nodes, and between them where all that it reads is linear.
        Raises UserError if the balance is not solved in every block beside the boundary.
        """
        for patch in self.law.patches:
            if patch.block not in balance.blocks:
                raise UserError(f"{balance.name} is not solved in {patch.block}, which '{self.name}' borders")
        shape = () if along is not None else balance.equation.field.shape
        if not is_function(residual):
            residual = plain(residual, f"what {multiplier} holds at zero")
            shape = residual.ufl_shape
        symbol = self.writer.constraint(
            self.law, residual, unit, balance.name, multiplier, text, shape, 1, scale, at_nodes
        )
        balance.inflow(self.key, -symbol if along is None else -symbol * along)
        return symbol

    def move(self, velocity: Expression) -> None:
        """Let the boundary move outwards with this velocity along its normal, m/s, and the mesh with it.

        What is stored in the blocks beside it moves along. Raises UserError in a steady deck.
        """
        velocity = shaped(velocity, (), f"the velocity of {self.name}")
        if self.writer.draft.steady:
            raise UserError(f"{self.name} can only move in time; give 'time'")
        move(self.writer, self.law, velocity, None)

    def feed(self, declared: Sum, expression: Expression) -> None:
        """Add to a sum on this boundary."""
        self.writer.feed_at(declared, expression, "boundary", law=self.law)

    def sum(self, declared: Sum) -> Expression:
        """Return a sum that several plugins feed on this boundary; zero (of factors: one) where none does."""
        by = self.writer
        by.check_sum(declared, "boundary", "read")
        return by.draft.sum_symbol(declared, by.key_of(declared, self.law).at)

    def define(self, name: str, expression: Expression, unit: str, text: str, *, symbol: str = "") -> None:
        """Name a derived quantity at this boundary, so that decks can use it in outputs, by this name at this place.

        If a deck lists the plugin several times, or others declare the same name, the region is appended to each.
        symbol: its sign in pictures, as that of a field.
        """
        self.writer.define(name, expression, unit, text, self.law, symbol)

    def output(self, name: str, expression: Expression, unit: str, text: str, reduce: str, *, symbol: str = "") -> None:
        """Declare an output over this boundary; `reduce` as in Contribution.output."""
        self.writer.output(name, expression, unit, text, reduce, law=self.law, symbol=symbol)

    def output_range(
        self, name: str, expression: Expression, unit: str, text: str, *, mean: bool = False, symbol: str = ""
    ) -> None:
        """Declare NAME_max and NAME_min over this boundary: 'largest TEXT' and 'smallest TEXT'.

        mean: declare NAME_mean too, 'mean TEXT'. symbol: of the expression, as that of a field.
        """
        self.writer.output_range(name, expression, unit, text, mean=mean, law=self.law, symbol=symbol)

    def monitor(self, monitor: Monitor, rate: Expression) -> None:
        """Contribute a rate per area of this boundary to a monitor; see Contribution.monitor."""
        self.writer.monitor(monitor, rate, law=self.law)

    def drop(self, drop: Drop, cause: str, rate: Expression) -> None:
        """Say which part of a drop has this cause at this boundary: what drives a flux through it, times this flux."""
        self.writer.drop_at(self.law, drop, cause, rate)

    def end(self, drop: Drop, value: Expression) -> None:
        """Say what drives the flow where it comes from outside through this boundary, so that it can be an end."""
        self.writer.end(drop, value, self.law)
