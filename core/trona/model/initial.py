"""The deck's `initial` values."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from trona.deck import parse_input
from trona.deck.options import collect
from trona.deck.table import KEYS
from trona.errors import DeckError, hint
from trona.model.boundary import check_value
from trona.model.sections import entries_of
from trona.model.unknown import Initial
from trona.units import Unit

if TYPE_CHECKING:
    from trona.deck import Node
    from trona.model.draft import Draft
    from trona.model.unknown import Unknown


def read_initial(draft: Draft) -> None:
    """Read the deck's `initial` values, which are also the first guess of a steady solve."""
    node = draft.deck.section("initial")

    def read(name: str, value: Node) -> None:
        assert node is not None
        if name in draft.fields:
            _set(draft, draft.fields[name], value)
        elif _by_key(value) and any(field.startswith(f"{name} (") for field in draft.fields):
            collect(partial(_at, draft, name, key, value) for key in value.mapping())
        else:
            raise DeckError(f"no field '{name}'{hint(name, draft.fields)}", node.key(name))

    collect(partial(read, name, value) for name, value in entries_of(node).items())


def _by_key(value: Node) -> bool:
    """Whether a value is a mapping of blocks or places, and no table."""
    return isinstance(value.value, dict) and KEYS[0] not in value.value


def _at(draft: Draft, name: str, place: str, node: Node) -> None:
    """Set a field whose name has its place in parentheses because there are several of them."""
    found = draft.fields.get(f"{name} ({place})")
    if found is None:
        places = [f.removeprefix(f"{name} (")[:-1] for f in draft.fields if f.startswith(f"{name} (")]
        raise DeckError(f"'{name}' does not live at '{place}'{hint(place, places)}", node.key(place))
    _set(draft, found, node.mapping()[place])


def _set(draft: Draft, field: Unknown, value: Node) -> None:
    if not _by_key(value):
        found = _values(draft, field, value, ())
    elif field.kind == "volume":
        entries = value.mapping()
        for block in entries:
            if block not in field.blocks:
                raise DeckError(
                    f"'{field.name}' does not live in '{block}'{hint(block, field.blocks)}", value.key(block)
                )
        if missing := [block for block in field.blocks if block not in entries]:
            raise value.error(f"'{field.name}' needs an initial value in {', '.join(missing)} too")
        found = [each for block, entry in entries.items() for each in _values(draft, field, entry, (block,))]
    else:
        place = field.law.name if field.law is not None else ""
        for key in value.mapping():
            if key != place:
                lives = f"lives at {place}, not at '{key}'" if place else "is one number, which no block has"
                raise DeckError(f"'{field.name}' {lives}", value.key(key))
        found = [each for entry in value.mapping().values() for each in _values(draft, field, entry, ())]
    known = [each.value.expression for each in found]
    constant = known and not field.shape and all(expression.is_constant for expression in known)
    reference = float(np.mean([expression.constant for expression in known])) if constant else field.reference
    draft.change_field(field.name, initial=tuple(found), reference=reference)


def _values(draft: Draft, field: Unknown, node: Node, blocks: tuple[str, ...]) -> list[Initial]:
    """Read a quantity, or the components of a vector, of which those that are left out are zero."""
    variables = {"t": Unit.parse("s")} if field.kind == "global" else draft.position_and_time

    def read(part: Node, component: int | None) -> Initial:
        expression = parse_input(part, field.unit, variables, draft.deck.folder)
        value = draft.input(expression, f"initial {field.name}")
        check_value(field, value, part)
        return Initial(value, part.location, blocks, component)

    if not field.shape:
        return [read(node, None)]
    parts = node.sequence()
    if len(parts) != field.shape[0]:
        raise node.error(f"'{field.name}' has {field.shape[0]} components, got {len(parts)}")
    return [read(part, i) for i, part in enumerate(parts) if part.value is not None]
