"""The `units` section of a deck: in which units pictures, pages and printed tables tell fields and outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trona.deck import Either, ListOf, MappingOf, Node, Option, Text
from trona.errors import DeckError, UserError, hint, raise_all
from trona.settings.outputs import known_outputs
from trona.units import Unit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from trona.model.model import Model
    from trona.settings.output_settings import OutputSettings
    from trona.settings.protocol import Protocol

ALL = "all"
"""The key of units that are for all that they can measure."""


def units_option() -> Option[Any]:
    """Return the section as an option, for the schema."""
    return MappingOf(
        Either((Text("unit"), ListOf(Text("unit"))), "unit, or list of units"),
        "units in pictures, on pages and in printed tables: by name of a field or output, and a list for `all`",
    )


def check_units(model: Model, wanted: OutputSettings, protocol: Protocol | None) -> None:
    """Refuse units of other dimensions, and names of nothing that is measured. Raises UserError with every mistake."""
    section = model.deck.section("units")
    if section is None or section.value is None:
        return
    known = _measured(model, wanted, protocol)
    errors: list[UserError] = []
    shared: list[Unit] = []
    for name, node in section.mapping().items():
        for each in node.sequence() if name == ALL and isinstance(node.value, list) else [node]:
            try:
                if name == ALL:
                    _check_shared(each, shared)
                else:
                    _check_named(name, each, section, known)
            except UserError as error:
                errors.append(error)
    raise_all(errors)


def _check_shared(node: Node, before: list[Unit]) -> None:
    unit = _unit(node)
    if unit.offset:
        raise node.error(f"a difference is not told in {unit}; give it by name to what is absolute: 'NAME: {unit}'")
    twice = next((other for other in before if other.same_dimension(unit)), None)
    if twice is not None:
        raise node.error(f"{twice} and {unit} measure the same; give one of them by name")
    before.append(unit)


def _check_named(name: str, node: Node, section: Node, known: Mapping[str, Unit]) -> None:
    plain = {each.partition(" (")[0]: unit for each, unit in known.items()}
    measured = known.get(name) or plain.get(name)
    if measured is None:
        raise DeckError(f"nothing named '{name}' is measured{hint(name, known)}", section.key(name))
    unit = _unit(node)
    if not unit.same_dimension(measured):
        raise node.error(f"'{name}' is measured in {measured}, and {unit} is no unit of that")


def _unit(node: Node) -> Unit:
    try:
        return Unit.parse(node.string())
    except ValueError as error:
        raise node.error(str(error)) from None


def _measured(model: Model, wanted: OutputSettings, protocol: Protocol | None) -> dict[str, Unit]:
    """Return the SI unit of all that has a name in pictures and tables."""
    found = {"time": Unit.parse("s")}
    found |= {key.sum.name: Unit.parse(key.sum.unit) for key in model.feeds}
    found |= {name: derived.unit for name, derived in {**model.derived, **wanted.quantities}.items()}
    found |= {curve.name: curve.unit for curve in wanted.curves}
    found |= {each.name: each.unit for each in (*wanted.numbers, *wanted.extremes)}
    found |= {name: each.unit for each in wanted.extremes for name in each.names}
    found |= {name: field.unit for name, field in model.fields.items()}
    found |= known_outputs(model, wanted)
    if protocol is not None:
        found |= protocol.units | {name: each.unit for name, each in protocol.per_cycle.items()}
    return {name: unit.si for name, unit in found.items()}
