"""The deck's `elements`: polynomial orders of the fields, and the degree of the quadrature."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trona.deck.options import OptionContext, read_options
from trona.errors import DeckError, UserError, hint, raise_all
from trona.model.sections import MAX_ORDER, ElementsSection, entries_of

if TYPE_CHECKING:
    from trona.model.draft import Draft


def read_elements(draft: Draft) -> None:
    """Read the deck's `elements`: polynomial orders and the quadrature degree."""
    node = draft.deck.section("elements")
    fields = entries_of(node)
    own = {k: v for k, v in fields.items() if k in draft.fields}
    errors: list[UserError] = []
    for name, value in own.items():
        order, lowest = value.whole, min(draft.fields[name].declaration.least_order, 1)
        if order is None or not lowest <= order <= MAX_ORDER:
            errors.append(value.error(f"expected an order from {lowest} to {MAX_ORDER}, got {value.kind}"))
        elif order < (least := draft.fields[name].declaration.least_order):
            errors.append(value.error(f"'{name}' needs an order of at least {least}, got {value.kind}"))
        else:
            draft.change_field(name, degree=order)
    declared = ElementsSection.options()
    known = [*declared, *draft.fields]
    for key in fields:
        if key not in known and node is not None:
            errors.append(DeckError(f"no field or option '{key}'{hint(key, known)}", node.key(key)))
    raise_all(errors)
    rest = node.without(tuple(own)) if node is not None and fields else None
    values = read_options("elements", declared, rest, OptionContext(folder=draft.deck.folder)).values
    for name, field in list(draft.fields.items()):
        if name not in own:
            least = field.declaration.least_order
            draft.change_field(name, degree=max(values["order"] - field.declaration.order_below, least))
    for held in draft.constraints:  # a multiplier of a higher order than what it holds would be undetermined
        multiplier, field = (draft.fields[name] for name in (held.multiplier.name, held.balance.field.name))
        if multiplier.name not in own:
            draft.change_field(multiplier.name, degree=min(multiplier.degree, field.degree))
    highest = max((f.degree for f in draft.fields.values()), default=1)
    draft.quadrature_degree = values["quadrature_degree"] or max(2 * highest, 3)
