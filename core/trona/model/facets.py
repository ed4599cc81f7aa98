"""The flux from a cell to its neighbour that a plugin adds on the facets between cells of a discontinuous field."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import isfinite
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np
import ufl
from ufl.algorithms.apply_algebra_lowering import apply_algebra_lowering
from ufl.corealg.map_dag import map_expr_dag
from ufl.corealg.multifunction import MultiFunction

from trona.errors import DeckError, UserError
from trona.model.equation import Crossing, Term
from trona.model.laws import Patch, interface_law
from trona.model.shapes import shaped
from trona.model.symbols import FieldSymbol, PropertySymbol, RateSymbol, SumSymbol, Symbol
from trona.model.unknown import symbols_in
from trona.model.view import Expression

if TYPE_CHECKING:
    from trona.model.declare import Sum
    from trona.model.draft import Draft
    from trona.model.equation import Equation
    from trona.model.symbols import Side
    from trona.model.unknown import Unknown
    from trona.model.writer import Writer

_ROUND_OFF = 1e-9
_TRIES = 3


class Named(Protocol):
    """A balance, as `model.balance` gives it."""

    @property
    def name(self) -> str: ...


@dataclass(frozen=True)
class CellTrace:
    """One of the two cells beside a facet: fields, properties, fluxes and sums in it."""

    writer: Writer
    side: Side

    def field(self, name: str) -> Expression:
        """Return the trace of a field (or global scalar, or given field)."""
        name = self.writer.own.find(name)
        return self.writer.draft.field_symbol(name, self.side, self._home(name))

    def rate(self, name: str) -> Expression:
        """Return the trace of the rate of change of an unknown."""
        name = self.writer.own.find(name)
        return self.writer.draft.rate_symbol(name, self.side, self._home(name))

    def property(self, name: str, unit: str, default: float | None = None) -> Expression:
        """Return the trace of a material property; default: where the material lacks it."""
        return self.writer.draft.property_symbol(name, unit, self.side, default)

    def total_flux(self, balance: Named) -> Expression:
        """Return the trace of the total flux of a balance."""
        return self.writer.draft.flux_symbol(balance.name, self.side)

    def sum(self, declared: Sum) -> Expression:
        """Return the trace of a sum in blocks."""
        self.writer.check_sum(declared, "blocks", "read")
        return self.writer.draft.sum_symbol(declared, side=self.side)

    def _home(self, name: str) -> str:
        """Return a block of a field: where its terms are is looked up once they are known."""
        field = self.writer.draft.fields.get(name)
        return field.blocks[0] if field is not None and field.blocks else ""


OnFacet: TypeAlias = Callable[[CellTrace, CellTrace, Expression, Expression], Expression]
"""A function of the cell here, the one there, the normal from here to there, and the size of the cells, m."""


def numerical_flux(writer: Writer, equation: Equation, flux: OnFacet) -> Expression:
    """Return the flux from the cell on the minus side to that on the plus side.

    Raises UserError unless the flux from there to here is the same, reversed: else the one cell would not get what the
    other loses.
    """
    _refuse_continuous(equation, "flux")
    what = f"the flux of {equation.name} between cells"
    forth, back = (shaped(_at(writer, flux, side), equation.field.shape, what) for side in ("minus", "plus"))
    parts = np.ndindex(*equation.field.shape)
    if not all(_cancel(forth[part], back[part]) if part else _cancel(forth, back) for part in parts):
        raise UserError(
            f"{what} must change its sign when the two cells are exchanged; "
            "with here and there exchanged, and -n for n, it is another flux"
        )
    return forth


def flux_of_jump(writer: Writer, equation: Equation, flux: OnFacet) -> tuple[tuple[Side, Expression], ...]:
    """Return the flux of the jump between two cells in each of them."""
    _refuse_continuous(equation, "flux of a jump")
    shape = (*equation.field.shape, writer.draft.dimension)
    what = f"the flux of {equation.name} of a jump between cells"
    sides: tuple[Side, ...] = ("minus", "plus")
    return tuple((side, shaped(_at(writer, flux, side), shape, what)) for side in sides)


def _at(writer: Writer, flux: OnFacet, side: str) -> Expression:
    minus, plus, symbols = CellTrace(writer, "minus"), CellTrace(writer, "plus"), writer.draft.symbols
    if side == "minus":
        return flux(minus, plus, symbols.n, symbols.h)
    return flux(plus, minus, -symbols.n, symbols.h)


def _refuse_continuous(equation: Equation, what: str) -> None:
    field = equation.field
    if field.law is not None:
        raise UserError(f"{equation.name} has no {what} between cells: '{field.name}' is known on facets only")
    if field.declaration.element != "discontinuous":
        raise UserError(
            f"{equation.name} has no {what} between cells: '{field.name}' is {field.declaration.element}, not "
            "discontinuous; "
            "declare it with element='discontinuous'"
        )


def _cancel(forth: Any, back: Any) -> bool:
    """Whether the sum of two expressions is zero at random values of all that they depend on."""
    random = np.random.default_rng(0)
    sides = [apply_algebra_lowering(ufl.as_ufl(e)) for e in (forth, back)]
    symbols = dict.fromkeys([*symbols_in(forth), *symbols_in(back)])
    for _ in range(_TRIES):
        values = {symbol: _Random(random, symbol) for symbol in symbols}
        location = tuple(random.uniform(0.5, 1.5, size=3))
        first, second = (complex(e(location, values)) for e in sides)
        if isfinite(abs(first + second)) and abs(first + second) > _ROUND_OFF * (abs(first) + abs(second)):
            return False
    return True


class _Random:
    """Random values of a symbol and its derivatives, the same whenever they are asked for."""

    def __init__(self, random: Any, symbol: Symbol) -> None:
        self._random, self._symbol = random, symbol
        self._made: dict[tuple[int, ...], Any] = {}

    def __call__(self, _: object, derivatives: tuple[int, ...] = ()) -> Any:
        key, shape = tuple(derivatives), self._symbol.ufl_shape
        if key not in self._made:
            low = -1.5 if shape or key else 0.5  # a scalar may stand under a root
            self._made[key] = self._random.uniform(low, 1.5, size=shape) if shape else self._random.uniform(low, 1.5)
        return self._made[key]


# ---------------------------------------------------------------- where blocks meet, and where a value is fixed


def across_borders(draft: Draft, field: Unknown, term: Term) -> list[Term]:
    """Return what goes between cells of different blocks of a term, where these meet and no law lets the field jump."""
    mesh, found = draft.mesh, list[Term]()
    broken = {s for key in field.broken_at for s in mesh.interfaces[key].sets}
    for first, second in mesh.neighbours:
        law = interface_law(f"{first} | {second}", mesh)
        (patch,) = law.patches
        rest = tuple(s for s in patch.sets if s not in broken)
        if not rest or not {first, second} <= set(term.blocks):
            continue
        law = replace(law, patches=(Patch(patch.sides, rest),))
        at = replace(term, blocks=(), law=law)
        if term.kind == "jump":
            found.append(at)
            continue
        crossing = Crossing(law.name, (law.minus, law.plus))
        for side, flux in (("minus", -term.expression), ("plus", term.expression)):
            found.append(replace(at, kind="exchange", expression=flux, side=side, crossing=crossing))  # type: ignore[arg-type]
    return found


def settle_borders(draft: Draft) -> None:
    """Add to all balances what goes between cells of different blocks.

    Raises DeckError for cells that see no others.
    """
    for name, equation in list(draft.balances.items()):
        kinds = {term.kind for term in equation.terms}
        if equation.field.declaration.element == "discontinuous" and "flux" in kinds and "facet" not in kinds:
            text = f"'{equation.field.name}' is discontinuous, and no plugin adds a facet_flux to {name}"
            raise DeckError(f"{text}: nothing would flow from cell to cell", equation.field.location)
        for term in equation.terms:
            if term.kind in ("facet", "jump"):
                draft.add_terms(name, *across_borders(draft, draft.fields[equation.field.name], term))


def fixed_weakly(draft: Draft, equation: Equation, boundary: str, value: Expression, location: Any) -> None:
    """Let a value on a boundary act through the fluxes between cells, as if a cell with that value lay beyond it.

    This cell has the gradients and properties of the cell inside, which gets all of the flux of the jump.
    Raises UserError without such fluxes.
    """
    terms = [term for term in equation.terms if term.kind in ("facet", "jump")]
    if not any(term.kind == "facet" for term in terms):
        raise UserError(
            f"no plugin adds a facet_flux to {equation.name}, through which a fixed value of '{equation.field.name}' "
            "could act"
        )
    mesh = draft.mesh
    region = mesh.boundaries.get(boundary) or mesh.interfaces[boundary]
    outside = _Outside(draft, equation.field.name, value)
    for term in terms:
        blocks = tuple(block for block in region.blocks if block in term.blocks)
        if not blocks or (term.kind == "jump" and term.side == "plus"):
            continue
        found = map_expr_dag(outside, ufl.as_ufl(term.expression))
        kind, sign = ("inflow", -1) if term.kind == "facet" else ("jump", 2)
        added = Term(kind, sign * found, term.plugin, blocks, boundary, location=location)  # type: ignore[arg-type]
        draft.add_terms(equation.name, added)


class _Outside(MultiFunction):  # type: ignore[misc]
    """Makes of an expression between two cells one at a boundary: beyond it, a field has a given value."""

    def __init__(self, draft: Draft, field: str, value: Expression) -> None:
        super().__init__()
        self.draft, self.field, self.given = draft, field, value

    expr = MultiFunction.reuse_if_untouched

    def grad(self, o: Any) -> Any:
        (operand,) = o.ufl_operands
        return ufl.grad(map_expr_dag(_Outside(self.draft, "", self.given), operand))

    def coefficient(self, o: Any) -> Any:
        beyond = isinstance(o, FieldSymbol) and not isinstance(o, RateSymbol)
        if beyond and o.side == "plus" and o.name == self.field:
            return self.given
        return self._inside(o)

    def _inside(self, o: Any) -> Any:
        """Return a symbol as it is in the cell at the boundary."""
        if not isinstance(o, Symbol) or o.side is None:
            return o
        if isinstance(o, RateSymbol):
            return self.draft.rate_symbol(o.name, None, "")
        if isinstance(o, FieldSymbol):
            return self.draft.field_symbol(o.name, None, "")
        if isinstance(o, PropertySymbol):
            return self.draft.property_symbol(**o.of)
        return self.draft.sum_of(o.key) if isinstance(o, SumSymbol) else o
