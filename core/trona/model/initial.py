"""The deck's `initial` values."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from trona.deck import parse_input
from trona.deck.options import collect
from trona.errors import DeckError, hint
from trona.model.boundary import check_positive
from trona.model.sections import entries_of
from trona.units import Unit

if TYPE_CHECKING:
    from trona.deck import Node
    from trona.model.draft import Draft


def read_initial(draft: Draft) -> None:
    """Read the deck's `initial` values, which are also the first guess of a steady solve."""
    node = draft.deck.section("initial")

    def read(name: str, value: Node) -> None:
        if name not in draft.fields:
            assert node is not None
            raise DeckError(f"no field '{name}'{hint(name, draft.fields)}", node.key(name))
        field = draft.fields[name]
        if field.shape:
            raise value.error(f"'{name}' has several components and starts from zero; it takes no initial value")
        variables = {"t": Unit.parse("s")} if field.kind == "global" else draft.position_and_time
        expression = parse_input(value, field.unit, variables, draft.deck.folder)
        initial = draft.input(expression, f"initial {name}")
        check_positive(field, initial, value)
        reference = expression.constant if expression.is_constant else field.reference
        draft.change_field(name, initial=initial, initial_location=value.location, reference=reference)

    collect(partial(read, name, value) for name, value in entries_of(node).items())
