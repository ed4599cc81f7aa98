"""Ranges in which a law or a property holds: declared by plugins and material files, watched during a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trona.deck import Node, parse_input
from trona.errors import DeckError, hint
from trona.model.records import Expectation

if TYPE_CHECKING:
    from collections.abc import Collection

    from trona.model.view import ModelView


def read_valid(
    node: Node, owner: str, source: str, block: str, model: ModelView, absent: Collection[str] = ()
) -> list[Expectation]:
    """Read `valid: {temperature: [250 K, 370 K]}` of a property; `~` leaves an end open. Raises UserError.

    A field that this deck has not is not watched; `absent` are names of such fields that no physics declares.
    """
    found = []
    variables = model.variables()
    for name, limits in node.mapping().items():
        declared = model.registry.declared_field(name)
        if name not in variables:
            if declared is None and name not in absent:
                raise DeckError(f"no field '{name}'{hint(name, variables)}", node.key(name))
            continue
        ends = limits.sequence()
        if len(ends) != 2:
            raise limits.error(f"a range is [LOWEST, HIGHEST], got {limits.kind}")
        unit = variables[name]
        low, high = (
            None if end.value is None else parse_input(end, unit, {}, model.deck.folder).constant for end in ends
        )
        if low is not None and high is not None and low >= high:
            raise limits.error(f"the lower end of a range must be below the upper, got {limits.kind}")
        symbol = model.variable_symbols([name])[name]
        found.append(Expectation(name, symbol, unit.si, low, high, owner, source, (block,)))
    return found
