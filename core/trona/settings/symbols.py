"""The symbols of fields and outputs in pictures, as their plugins declare them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trona.model.asked import Points, Profile

if TYPE_CHECKING:
    from trona.model.model import Model
    from trona.settings.output_settings import OutputSettings


def symbols_of(model: Model, wanted: OutputSettings) -> dict[str, str]:
    """Return the symbols of all that a run can draw, by name, as matplotlib typesets them.

    A line, a profile or a probe has the symbol of the quantity that it shows.
    """
    found = {key.sum.name: key.sum.symbol for key in model.feeds}
    found |= {name: field.declaration.symbol for name, field in model.fields.items()}
    found |= {name: derived.symbol for name, derived in {**model.derived, **wanted.quantities}.items()}
    found |= {name.partition(" (")[0]: symbol for name, symbol in found.items()} | found
    found |= {output.name: output.symbol for output in wanted.outputs}
    read = [(each.name, each.of) for each in wanted.curves] + [(each.name, each.of) for each in wanted.numbers]
    found |= {
        name: found.get(of[0].of, "") for name, of in read if len(of) == 1 and isinstance(of[0], Points | Profile)
    }
    return {name: symbol for name, symbol in found.items() if symbol}
