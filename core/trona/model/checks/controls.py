"""Controls of a protocol against the model: what they switch, and names that have two meanings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from trona.deck import check_definitions
from trona.errors import UserError
from trona.model.controls import STEP_TIME
from trona.model.sections import entries_of
from trona.units import Unit

if TYPE_CHECKING:
    from trona.model.composition import Composition


def check_controls(model: Composition) -> None:
    """Refuse two equations for one number unless controls choose between them. Raises UserError."""
    seen: dict[str, frozenset[str]] = {}
    for constraint in model.integral_constraints:
        name = constraint.unknown.name
        if name in seen and not (seen[name] and constraint.needs):
            raise UserError(f"'{name}' is determined twice by {constraint.plugin}; let controls of a protocol choose")
        seen[name] = constraint.needs


def check_meanings(model: Composition, outputs: Mapping[str, Unit]) -> None:
    """Refuse a definition that has no meaning anywhere in the deck, and a name that has two in its protocol.

    outputs: what the expressions of a protocol may hold, with their units. Raises UserError.
    """
    own = {STEP_TIME: Unit.parse("s"), **outputs}
    check_definitions(model.deck.root, {**model.variables_at(), **own})
    protocol = model.deck.section("protocol")
    if protocol is None:
        return
    controls = entries_of(entries_of(protocol).get("controls"))
    for name, node in {**model.deck.root.scope.definitions.nodes, **controls}.items():
        if name in own:
            what = "the time since a step began" if name == STEP_TIME else "an output"
            raise node.error(f"'{name}' is {what} in the expressions of a protocol; choose another name")


def check_names(model: Composition, taken: Iterable[str]) -> None:
    """Refuse definitions and controls that hide a field. Raises UserError."""
    for name in taken:
        for section in ("definitions", "protocol"):
            node = model.deck.section(section)
            parent = node if section == "definitions" else entries_of(node).get("controls")
            if parent is not None and name in entries_of(parent):
                raise parent.mapping()[name].error(f"'{name}' is the name of a field; choose another")
