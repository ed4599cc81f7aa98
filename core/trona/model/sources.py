"""The deck's `sources`: what balances gain in blocks, besides what the physics says."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import ufl

from trona.deck import OptionContext, parse_input, read_options
from trona.deck.options import collect
from trona.errors import DeckError, hint
from trona.model.account import Account
from trona.model.names import OwnNames
from trona.model.sections import SOURCE, entries_of
from trona.model.writer import Writer

if TYPE_CHECKING:
    from trona.deck import Node
    from trona.model.draft import Draft


def read_sources(draft: Draft) -> None:
    """Add the terms of the section. Raises UserError."""
    entries = entries_of(draft.deck.section("sources"))
    collect(partial(_read, draft, name, node) for name, node in entries.items())


def _read(draft: Draft, name: str, node: Node) -> None:
    found = read_options(f"the source '{name}'", SOURCE, node, OptionContext(blocks=tuple(draft.mesh.blocks)))
    wanted = found.values["balance"]
    if wanted not in draft.balances:
        raise DeckError(f"no balance '{wanted}'{hint(wanted, draft.balances)}", found.location_of("balance"))
    balance = draft.balances[wanted]
    if balance.field.law is not None:
        text = f"{wanted} holds at {balance.field.law.name}, and a source of the deck acts in blocks"
        raise DeckError(text, found.location_of("balance"))
    blocks = found.values["blocks"] or balance.blocks
    if missing := [block for block in blocks if block not in balance.blocks]:
        text = f"{wanted} is not solved in {', '.join(missing)}, only in {', '.join(balance.blocks)}"
        raise DeckError(text, found.location_of("blocks"))

    def quantity(value: Node) -> Any:
        expression = parse_input(value, balance.unit, draft.variables_at(), draft.deck.folder)
        return draft.input(expression, expression.text)

    value = found.values["value"]
    if balance.field.shape:
        parts = value.sequence()
        if len(parts) != balance.field.shape[0]:
            raise value.error(f"a source of {wanted} has {balance.field.shape[0]} components, got {len(parts)}")
        rate = ufl.as_vector([quantity(part) for part in parts])
    else:
        rate = quantity(value)
    Account(Writer(draft, f"sources.{name}", node.location, OwnNames()), wanted).source(rate, blocks)
