"""The final checks of a composed model: they refuse what could only fail later, and warn of what has no effect."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from trona.errors import DeckError, UserError, UserErrors, nearest, raise_all
from trona.model.checks.dimension_check import wrong_units
from trona.model.checks.findings import Findings
from trona.model.checks.levels import floating
from trona.model.checks.local import misused_local_fields
from trona.model.checks.ranges import check_ranges
from trona.model.checks.sense import check_sense, warn_of_places
from trona.model.symbols import FieldSymbol, GeometrySymbol, InputSymbol
from trona.model.unknown import symbols_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from trona.errors import Location
    from trona.model.composition import Composition
    from trona.model.equation import Equation, Term
    from trona.model.model import Model
    from trona.model.records import IntegralConstraint
    from trona.model.symbols import Symbol
    from trona.model.unknown import Unknown


def missing(composition: Composition) -> list[UserError]:
    """Substitute properties and sums in every expression; return what is missing, located where it is used."""
    errors: dict[str, UserError] = {}
    everywhere = composition.everywhere

    def put(equation: Equation, term: Term) -> None:
        for placed in composition.places_of(equation, term):
            if placed.patch is None:
                _in_cells(composition, placed.expression, placed.block)

    def hold(constraint: IntegralConstraint) -> None:
        for patch in constraint.patches:
            expanded = composition.expand_at(constraint.integrand, patch, constraint.plugin)
            if patch.is_block:
                _in_cells(composition, expanded, patch.block)

    entries: list[tuple[Location | None, Callable[[], object]]] = []
    entries += [(term.location, partial(put, equation, term)) for equation, term in composition.terms()]
    entries += [(o.location, partial(everywhere, o.expression, o.blocks, o.law, o.plugin)) for o in composition.outputs]
    entries += [
        (d.location, partial(everywhere, d.expression, d.blocks, d.law, d.plugin)) for d in composition.derived.values()
    ]
    entries += [(c.multiplier.location, partial(everywhere, c.residual, (), c.law)) for c in composition.constraints]
    entries += [(g.location, partial(hold, g)) for g in composition.integral_constraints]
    for location, expand in entries:
        try:
            expand()
        except UserError as error:
            known = isinstance(error, UserErrors) or error.location is not None
            located = error if known else DeckError(str(error), location)
            errors.setdefault(str(located), located)
    return list(errors.values())


def _in_cells(composition: Composition, expression: Any, block: str) -> None:
    """Raise UserError where an expanded expression has no value in the cells of a block."""
    for symbol in symbols_in(expression):
        if isinstance(symbol, GeometrySymbol) and symbol.name == "n":
            raise UserError(f"there is no normal in {block}, only at interfaces and boundaries")
        if isinstance(symbol, FieldSymbol) and symbol.name in composition.fields:
            field = composition.fields[symbol.name]
            if field.law is not None:
                raise UserError(f"'{symbol.name}' lives at {field.law.name} and has no value in {block}")
            if field.kind == "volume" and block not in field.blocks:
                raise UserError(f"'{symbol.name}' does not live in {block}, only in {', '.join(field.blocks)}")


def check(model: Model, errors: list[UserError], *, numbers_only: bool = False) -> Findings:
    """Refuse what could only fail later: fields without equation, wrong units and more.

    errors: what has been found so far. numbers_only: whether all else has passed the check already. Raises UserError.
    """
    errors = errors + _undetermined(model) + _no_number(model)
    if not errors:
        errors = misused_local_fields(model) or floating(model)
    if not (errors or numbers_only):
        errors = wrong_units(model)
    errors = errors or check_sense(model)
    found = Findings()
    raise_all(errors or check_ranges(model, found))
    warn_of_places(model, found)
    for block in model.mesh.blocks:
        if not any(block in _places(f) for f in model.fields.values()):
            found.warnings.append(f"no field lives in block {block}, so it has no effect")
    _warn_of_unused(model, found)
    return found


def _undetermined(model: Model) -> list[UserError]:
    errors: list[UserError] = []
    determined = {b.field.name for b in model.balances.values()}
    determined |= {c.multiplier.name for c in model.constraints}
    determined |= {c.unknown.name for c in model.integral_constraints}
    for name, field in model.fields.items():
        if name not in determined:
            text = f"field '{name}' of {field.plugin} has no balance or constraint to determine it"
            errors.append(DeckError(text, field.location))
    return errors


def _no_number(model: Model) -> list[UserError]:
    """Find targets of global numbers that are not one number at each time."""
    errors: list[UserError] = []
    for c in model.integral_constraints:
        what = f"'{c.unknown.name}' is determined by one number at each time"
        for symbol in symbols_in(c.target):
            if isinstance(symbol, InputSymbol):
                if model.varies(symbol.expression):
                    errors.append(DeckError(f"{what}, which cannot vary in space", symbol.expression.location))
            elif not _is_number(model, symbol):
                errors.append(DeckError(f"{what}, which cannot depend on '{symbol.name}'", c.location))
    return errors


def _is_number(model: Model, symbol: Symbol) -> bool:
    """Whether a symbol is one number at each time, wherever it is used."""
    if isinstance(symbol, FieldSymbol):
        return symbol.name in model.fields and model.fields[symbol.name].kind == "global"
    return symbol is model.symbols.t


def _warn_of_unused(model: Model, found: Findings) -> None:
    """Warn of entries of the deck that nothing uses: they may be misspelt."""
    asked = model.symbols.fields()
    node = model.deck.section("given")
    for name in model.given:
        if name not in asked and node is not None:
            text = f"nothing uses this field{nearest(name, asked)}"
            found.warnings.append(f"{node.key(name)}: {text}")
    for block, material in model.materials.items():
        used = {name for name, _ in model.properties_of(block)}
        for name in sorted(material.own - used):
            text = f"nothing uses this property{nearest(name, used)}"
            found.warnings.append(f"{material.properties[name].location}: {text}")


def _places(field: Unknown) -> set[str]:
    """Return the blocks in which a field lives, or beside which."""
    beside = (patch.sides.values() for patch in field.law.patches) if field.law is not None else ()
    return {*field.blocks, *(block for blocks in beside for block in blocks)}
