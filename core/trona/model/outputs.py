"""Making an output of an expression, a region and a reduction."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from trona.deck import OptionContext, read_options
from trona.errors import UserError, hint
from trona.model.records import Output

if TYPE_CHECKING:
    from trona.deck import Node
    from trona.errors import Location
    from trona.model.composition import Composition
    from trona.model.laws import Law
    from trona.units import Unit


def reduced(
    model: Composition,
    reduce: str,
    name: str,
    expression: Any,
    unit: Unit,
    text: str,
    *,
    plugin: str,
    blocks: tuple[str, ...] = (),
    law: Law | None = None,
    location: Location | None = None,
    given: Node | None = None,
    symbol: str = "",
) -> Output:
    """Return an output: a scalar expression in this unit, over blocks or a law, reduced by an installed reduction.

    given: the options of the reduction. Raises UserError for an unknown reduction or wrong options.
    """
    known = model.registry.reductions
    if reduce not in known:
        raise UserError(f"no reduction '{reduce}'{hint(reduce, known)}")
    reduction = known[reduce](read_options(reduce, known[reduce].declared_options(unit), given, OptionContext()))
    reported = reduction.unit(unit, partial(model.coordinates.amount, on=2 if law else 3))
    return Output(name, expression, unit, reported, text, reduction, plugin, blocks, law, location, symbol)
