"""Local fields: separate values in each cell, for rate laws at a point. Refuses terms that need continuous fields."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from ufl.classes import Derivative
from ufl.corealg.traversal import unique_pre_traversal

from trona.errors import DeckError, Location, UserError
from trona.model.symbols import FieldSymbol, GeometrySymbol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from trona.model.equation import Equation, Term
    from trona.model.model import Model

_AT_A_POINT = ("storage", "source", "raw")


def misused_local_fields(model: Model) -> list[UserError]:
    """Find fluxes of local fields, and gradients of them: both would miss the jumps between cells."""
    local = {n for n, f in model.fields.items() if f.declaration.element == "local"}
    if not local:
        return []
    errors: dict[str, UserError] = {}
    for balance, term in model.terms():
        flux = term.kind == "raw" and _tests_a_gradient(term.expression)
        if balance.field.name in local and (flux or term.kind not in _AT_A_POINT):
            text = (
                f"{term.plugin}: '{balance.field.name}' is a local field with separate values in each cell, so "
                f"{balance.name} can have no {'flux' if flux else term.kind}; nothing would flow from cell to cell"
            )
            errors.setdefault(text, DeckError(text, term.location))
    for plugin, location, what, expressions in _expressions(model):
        for name in {n for e in expressions() for n in _differentiated(e, local)}:
            text = f"{plugin}: {what} has the gradient of '{name}', a local field, which jumps from cell to cell"
            errors.setdefault(name, DeckError(text, location))  # once for each field: the rest may follow from it
    return list(errors.values())


def _tests_a_gradient(integrand: Any) -> bool:
    return any(
        isinstance(node, Derivative)
        and isinstance(node.ufl_operands[0], GeometrySymbol)
        and node.ufl_operands[0].name == "v"
        for node in unique_pre_traversal(integrand)
    )


def _differentiated(expression: Any, local: set[str]) -> Iterator[str]:
    for node in unique_pre_traversal(expression):
        if isinstance(node, Derivative):
            for inner in unique_pre_traversal(node):
                if isinstance(inner, FieldSymbol) and inner.name in local:
                    yield inner.name


def _placed(model: Model, balance: Equation, term: Term) -> list[Any]:
    return [placed.expression for placed in model.places_of(balance, term)]


def _expressions(model: Model) -> Iterator[tuple[str, Location | None, str, Callable[[], list[Any]]]]:
    """Yield plugin, location, name and expanded expressions of all that a model evaluates."""
    for balance, term in model.terms():
        if term.plugin != "motion":  # what the mesh carries along is looked up in the same cell
            get = partial(_placed, model, balance, term)
            yield term.plugin, term.location, f"the {term.kind} of {balance.name}", get
    for c in model.constraints:
        name, location = c.multiplier.name, c.multiplier.location
        get = partial(model.everywhere, c.residual, (), c.law)
        yield c.multiplier.plugin, location, f"the residual that '{name}' holds at zero", get
    for g in model.integral_constraints:
        get = partial(model.everywhere, g.integrand, g.blocks, g.law)
        yield g.plugin, g.unknown.location, f"what determines '{g.unknown.name}'", get
    for o in model.outputs:
        yield o.plugin, o.location, f"the output {o.name}", partial(model.everywhere, o.expression, o.blocks, o.law)
    for d in model.derived.values():
        get = partial(model.everywhere, d.expression, d.blocks, d.law)
        yield d.plugin, d.location, f"the derived quantity {d.name}", get
