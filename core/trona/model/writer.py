"""What is written to the draft of a model in the name of one plugin."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from ufl.core.expr import Expr

from trona.errors import UserError, hint, nearest
from trona.model.declare import Drop, Field, Monitor, Sum
from trona.model.equation import Term
from trona.model.laws import boundary_law
from trona.model.outputs import reduced
from trona.model.records import Constraint, Derived, DropEnd, DropPart, Feed, MonitorTerm
from trona.model.shapes import plain, shaped
from trona.model.symbols import SumAt
from trona.units import Unit

if TYPE_CHECKING:
    from collections.abc import Callable

    from trona.errors import Location
    from trona.model.draft import Draft
    from trona.model.equation import Equation, TermKind
    from trona.model.laws import Law
    from trona.model.names import OwnNames
    from trona.model.view import Expression

_METRE = Unit.parse("m")
Residual: TypeAlias = "Expression | Callable[[Expression], Expression]"
"""What a constraint holds at zero, or a function that makes it of the multiplier."""


def is_function(residual: Residual) -> bool:
    """Whether a residual is a function of its multiplier: expressions of UFL can be called too."""
    return callable(residual) and not isinstance(residual, Expr)


@dataclass(frozen=True)
class Writer:
    """A plugin as it writes: its name, its location in the deck, its own names, and the sums that its class names."""

    draft: Draft
    plugin: str
    location: Location | None
    own: OwnNames
    feeds: tuple[Sum, ...] | None = None
    reads: tuple[Sum, ...] | None = None

    def term(self, balance: str, kind: TermKind, expression: Any, **where: Any) -> None:
        """Add a term to a balance, as it is."""
        self.draft.add_terms(balance, Term(kind, expression, self.plugin, location=self.location, **where))

    def surface_field(
        self, law: Law, name: str, unit: str, text: str, scale: str = "", order_below: int = 0
    ) -> Expression:
        """Add an unknown at a law, and return its symbol."""
        name = self.own.make(name, law.name)
        declaration = Field(name, unit, text, scale=scale, kind="surface", order_below=order_below)
        self.draft.add_field(declaration, self.plugin, self.location, (), law)
        return self.draft.field(name)

    def constraint(
        self,
        law: Law,
        residual: Residual,
        unit: str,
        balance: str,
        name: str,
        text: str,
        shape: tuple[int, ...],
        order_below: int,
        scale: str,
        at_nodes: bool = False,
    ) -> Expression:
        """Add a constraint and its multiplier of a shape, whose symbol is returned; see the `constrain` of laws."""
        draft, own = self.draft, self.own.make(name, law.name)
        equation = draft.balances[balance]
        declaration = Field(
            own,
            str(equation.flux_unit),
            text,
            rank=len(shape),
            components=sum(shape),
            scale=scale,
            order_below=order_below,
            kind="surface",
        )
        field = draft.add_field(declaration, self.plugin, self.location, (), law)
        symbol = draft.field(own)
        held = shaped(residual(symbol) if is_function(residual) else residual, shape, f"what {name} holds at zero")
        draft.constraints.append(Constraint(law, held, Unit.parse(unit), field, equation, at_nodes))
        return symbol

    def feed_at(
        self, declared: Sum, expression: Any, on: str, *, blocks: tuple[str, ...] = (), law: Law | None = None
    ) -> None:
        """Add to a sum in blocks or at a law."""
        self.check_sum(declared, on, "feed")
        expression = shaped(expression, declared.shape_in(self.draft.dimension), f"the feed of {declared.name}")
        key = self.key_of(declared, law)
        feed = Feed(self.plugin, blocks, expression, self.location, law)
        self.draft.feeds.setdefault(key, []).append(feed)

    def key_of(self, declared: Sum, law: Law | None) -> SumAt:
        """Return the key of a sum. All that share one at an interface must agree on which side is which."""
        if law is None:
            return SumAt(declared)
        key = SumAt(declared, law.key)
        first = self.draft.laws_of_sums.setdefault(key, law)
        if first.minus != law.minus:
            raise UserError(
                f"other plugins that share '{declared.name}' call the interface {first.name}; name it so here too"
            )
        return key

    def check_sum(self, declared: Sum, on: str, verb: str) -> None:
        """Refuse what is no declared sum, what lives elsewhere, and what the plugin's class does not name."""
        done = {"feed": "fed", "read": "read"}[verb]
        if not isinstance(declared, Sum):
            known = self.draft.registry.sums
            spelt = f"'{declared}'" if isinstance(declared, str) else type(declared).__name__
            near = hint(declared, known) if isinstance(declared, str) else ""
            raise UserError(f"a sum is {done} through the object that declares it, got {spelt}{near}")
        if declared.on != on:
            raise UserError(f"{declared} lives {_ON[declared.on]}, and cannot be {done} {_ON[on]}")
        named = self.feeds if verb == "feed" else self.reads
        if named is not None and declared not in named:
            where = "`feeds` does" if verb == "feed" else "`requires` and `uses` do"
            near = nearest(declared.name, [each.name for each in named])
            raise UserError(f"{self.plugin} cannot {verb} {declared}, which its {where} not name{near}")

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
        symbol: str = "",
    ) -> None:
        """Declare a number to report: `expression` reduced by an installed reduction, such as 'integral' or 'maximum'.

        unit: of the expression. The unit of the number follows from it, the reduction and the coordinates. If a deck
        lists the plugin several times, or others declare the same name, the region is appended to each name.
        symbol: its sign in pictures, as that of a field.
        """
        expression = shaped(expression, (), f"the output {name}")
        law = boundary_law(boundary, self.draft.mesh) if boundary else law
        if law is None:
            blocks = self.draft.common_blocks(expression, blocks or self.draft.mesh.blocks)
        where: Any = {"blocks": blocks, "law": law, "plugin": self.plugin, "location": self.location, "symbol": symbol}
        made = reduced(self.draft, reduce, name, expression, Unit.parse(unit), text, **where)
        self.draft.outputs.append(replace(made, label=self.own.label))

    def output_range(
        self,
        name: str,
        expression: Expression,
        unit: str,
        text: str,
        *,
        mean: bool = False,
        law: Law | None = None,
        symbol: str = "",
    ) -> None:
        """Declare NAME_max and NAME_min, the largest and smallest value of `expression`, and before them NAME_mean."""
        told = (("mean", "mean", "mean"), ("max", "largest", "maximum"), ("min", "smallest", "minimum"))
        for end, word, reduce in told if mean else told[1:]:
            sign = _indexed(symbol, end) if symbol else ""
            self.output(f"{name}_{end}", expression, unit, f"{word} {text}", reduce, law=law, symbol=sign)

    def define(self, name: str, expression: Expression, unit: str, text: str, law: Law, symbol: str = "") -> None:
        """Name a derived quantity at a law; see the `define` of laws."""
        expression = plain(expression, name)
        unit_ = Unit.parse(unit)
        derived = Derived(name, expression, unit_, (), text, self.plugin, self.location, law, symbol, self.own.label)
        self.draft.defined.append(derived)

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

        coupled: other plugins contribute to the same quantity, and only the sum of all contributions in a region has a
        definite sign.
        Raises UserError when another plugin declares a monitor of that name differently.
        """
        for other in self.draft.monitors:
            if other.monitor.name == monitor.name and other.monitor != monitor:
                raise UserError(f"monitor '{monitor.name}' is declared differently by {other.plugin}")
        rate, unit = shaped(rate, (), f"the contribution to {monitor.name}"), Unit.parse(monitor.unit)
        if law is None:
            blocks = self.draft.common_blocks(rate, self.draft.mesh.blocks if blocks is None else blocks)
        else:
            blocks, unit = (), unit * Unit.parse("m")
        self.draft.monitors.append(MonitorTerm(monitor, rate, unit, self.plugin, blocks, law, self.location, coupled))

    def drop_at(self, law: Law, drop: Drop, cause: str, rate: Expression) -> None:
        """Say which part of a drop has this cause, per area at a law."""
        unit = self._rate_of(drop) * _METRE
        rate = shaped(rate, (), f"the part '{cause}' of {drop.name}")
        self.draft.drop_parts.append(DropPart(drop, cause, rate, unit, self.plugin, law=law, location=self.location))

    def drop_in(self, balance: Equation, drop: Drop, cause: str, slope: Expression, blocks: tuple[str, ...]) -> None:
        """Say which part of what drives the flux of a balance has this cause, per length in blocks."""
        self._rate_of(drop)
        if balance.quantity != drop.quantity or balance.field.shape or balance.field.law is not None:
            raise UserError(
                f"a {drop.name} drives scalar balances of {drop.quantity} in blocks; {balance.name} is not one of them"
            )
        slope = shaped(slope, (self.draft.dimension,), f"the part '{cause}' of {drop.name}")
        blocks, unit = self.draft.common_blocks(slope, blocks), Unit.parse(drop.unit) / _METRE
        self.draft.drop_parts.append(
            DropPart(drop, cause, slope, unit, self.plugin, blocks, balance.name, location=self.location)
        )

    def end(self, drop: Drop, value: Expression, law: Law) -> None:
        """Say what drives a flow on the outside of `law`."""
        self._rate_of(drop)
        value = shaped(value, (), f"{drop.name} outside {law.name}")
        self.draft.drop_ends.append(DropEnd(drop, value, self.plugin, law, self.location))

    def _rate_of(self, drop: Drop) -> Unit:
        """Return the unit of a part per volume. Raises UserError where no balance has what flows."""
        known: list[DropPart | DropEnd] = [*self.draft.drop_parts, *self.draft.drop_ends]
        for other in known:
            if other.drop.name == drop.name and other.drop != drop:
                raise UserError(f"the drop '{drop.name}' is declared differently by {other.plugin}")
        units = [balance.unit for balance in self.draft.balances.values() if balance.quantity == drop.quantity]
        if not units:
            raise UserError(f"no balance of '{drop.quantity}', of which '{drop.name}' is the drop")
        return Unit.parse(drop.unit) * units[0]


def _indexed(symbol: str, end: str) -> str:
    r"""Return a symbol with an index more: 'j_\mathrm{r}' gives 'j_\mathrm{r,max}'."""
    before, index, inner = symbol.removesuffix("}").rpartition(r"_\mathrm{")
    return rf"{before}_\mathrm{{{inner},{end}}}" if index and "}" not in inner else rf"{{{symbol}}}_\mathrm{{{end}}}"


_ON = {"blocks": "in blocks", "interface": "at interfaces", "boundary": "on boundaries"}
