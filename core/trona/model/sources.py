"""The deck's section `sources`: sources of balances in blocks, in addition to those of the physics."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import ufl

from trona.deck import OptionContext, parse_input, read_options
from trona.deck.options import collect
from trona.errors import DeckError, hint
from trona.model.account import Account
from trona.model.declare import Field
from trona.model.laws import block_patches, extent_of
from trona.model.names import OwnNames
from trona.model.records import IntegralConstraint
from trona.model.sections import SOURCE, entries_of
from trona.model.writer import Writer
from trona.units import Unit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trona.deck import Node
    from trona.errors import Location
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
        text = f"{wanted} is solved at {balance.field.law.name}, but a source of the deck acts in blocks"
        raise DeckError(text, found.location_of("balance"))
    blocks = found.values["blocks"] or balance.blocks
    if missing := [block for block in blocks if block not in balance.blocks]:
        text = f"{wanted} is not solved in {', '.join(missing)}, only in {', '.join(balance.blocks)}"
        raise DeckError(text, found.location_of("blocks"))

    def quantity(value: Node, unit: Unit = balance.unit, variables: Mapping[str, Unit] | None = None) -> Any:
        known = draft.variables_at() if variables is None else variables
        expression = parse_input(value, unit, known, draft.deck.folder)
        return draft.input(expression, expression.text)

    value, total = found.values["value"], found.values["total"]
    if (value is None) == (total is None):
        raise node.error(f"the source '{name}' needs either 'value' or 'total'")
    if total is not None:
        if balance.field.shape:
            raise total.error(f"a source of {wanted} has components; give it by 'value'")
        whole = quantity(total, balance.unit * Unit.parse("m^3"), {"t": Unit.parse("s")})
        rate = whole / _volume(draft, blocks, node.location)
    elif balance.field.shape:
        parts = value.sequence()
        if len(parts) != balance.field.shape[0]:
            raise value.error(f"a source of {wanted} has {balance.field.shape[0]} components, got {len(parts)}")
        rate = ufl.as_vector([quantity(part) for part in parts])
    else:
        rate = quantity(value)
    Account(Writer(draft, f"sources.{name}", node.location, OwnNames()), wanted).source(rate, blocks)


def _volume(draft: Draft, blocks: tuple[str, ...], location: Location | None) -> Any:
    """Return the volume of blocks as they are now: a number of the system, one for all sources in the same blocks."""
    blocks = tuple(block for block in draft.mesh.blocks if block in blocks)
    name = f"volume of {'+'.join(blocks)}"
    if name not in draft.fields:
        size = f"{extent_of(block_patches(blocks), draft.mesh)!r} m^3"
        declared = Field(name, "m^3", "volume", scale=size, reference=size, kind="global", positive=True)
        unknown = draft.add_field(declared, "sources", location)
        held = IntegralConstraint(
            unknown, ufl.as_ufl(1.0), draft.field(name), False, "sources", blocks=blocks, location=location
        )
        draft.integral_constraints.append(held)
    return draft.field(name)
