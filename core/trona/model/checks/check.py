"""The last look at a composed model: refuses what could only fail later, warns of what plays no part."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from trona.errors import DeckError, Location, UserError, UserErrors, nearest, raise_all
from trona.model.checks.dimension_check import wrong_units
from trona.model.checks.levels import floating
from trona.model.checks.local import misused_local_fields
from trona.model.checks.ranges import check_ranges
from trona.model.checks.sense import check_sense, warn_of_places
from trona.model.field import half_broken

if TYPE_CHECKING:
    from collections.abc import Callable

    from trona.model.model import Model


def check(model: Model) -> None:
    """Refuse what could only fail later: missing properties, half-broken fields, fields without equation."""
    errors: list[UserError] = []
    _expand_all(model, errors)
    for field in model.fields.values():
        if (bad := half_broken(field, model.mesh)) is not None:
            key, reason = bad
            place = next((t.place for _, t in model.terms() if t.law and t.law.key == key), field.place)
            errors.append(DeckError(reason, place))
    determined = {b.field.name for b in model.balances.values()}
    determined |= {c.multiplier.name for c in model.constraints}
    determined |= {c.unknown.name for c in model.integral_constraints}
    for name, field in model.fields.items():
        if name not in determined:
            text = f"field '{name}' of {field.plugin} has no balance or constraint to determine it"
            errors.append(DeckError(text, field.place))
    if not errors:
        errors += misused_local_fields(model) or floating(model)
    errors = errors or wrong_units(model)
    errors = errors or check_sense(model)
    raise_all(errors or check_ranges(model))
    warn_of_places(model)
    for block in model.mesh.blocks:
        if not any(block in f.blocks for f in model.fields.values()):
            model.warnings.append(f"no field lives in block {block}; it plays no part")
    _warn_of_unused(model)


def _expand_all(model: Model, errors: list[UserError]) -> None:
    """Put properties and totals into every expression; what is missing is told where its user stands."""
    told: set[str] = set()

    def try_out(plugin: str, place: Location | None, action: Callable[[], Any]) -> None:
        model.contributor, model.place = plugin, place
        try:
            action()
        except UserError as error:
            known = isinstance(error, UserErrors) or error.location is not None
            error = error if known else DeckError(str(error), place)
            if str(error) not in told:
                told.add(str(error))
                errors.append(error)

    for _, term in model.terms():
        for stretch in term.law.stretches if term.law else ():
            try_out(term.plugin, term.place, partial(model.expand_at, term.expression, stretch))
        for block in term.blocks:
            try_out(term.plugin, term.place, partial(model.expand, term.expression, block))
    for output in model.outputs:
        for stretch in output.law.stretches if output.law else ():
            try_out(output.plugin, output.place, partial(model.expand_at, output.expression, stretch))
        for block in output.blocks:
            try_out(output.plugin, output.place, partial(model.expand, output.expression, block))
    for derived in model.derived.values():
        for block in derived.blocks:
            try_out(derived.plugin, derived.place, partial(model.expand, derived.expression, block))


def _warn_of_unused(model: Model) -> None:
    """Warn of what the deck gives and nothing asks for: it may be misspelt."""
    asked = model.fields_asked_for()
    node = model.deck.section("given")
    for name in model.given:
        if name not in asked and node is not None:
            text = f"nothing uses this field{nearest(name, asked)}"
            model.warnings.append(f"{node.key(name)}: {text}")
    for material in model.materials.values():
        used = {name for name, _ in material.used}
        for name in sorted(material.own - used):
            text = f"nothing uses this property{nearest(name, used)}"
            model.warnings.append(f"{material.properties[name].location}: {text}")
