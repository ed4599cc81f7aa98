"""The names of the outputs that plugins declare."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from trona.errors import DeckError, UserError, raise_all

if TYPE_CHECKING:
    from trona.model.draft import Draft
    from trona.model.records import Output


def name_outputs(draft: Draft) -> None:
    """Give each declared output its name, once all plugins have contributed.

    Raises DeckError where two plugins declare the same output at the same place, or one takes the name of a field.
    """
    declared = Counter(o.name for o in draft.outputs)
    named: dict[str, Output] = {}
    errors: list[UserError] = []
    for output in draft.outputs:
        name, end = output.name, f" ({output.region})"
        if (declared[name] > 1 or draft.names.several(output.plugin)) and not name.endswith(end):
            name += end
        if name in draft.fields or name in draft.derived:
            errors.append(DeckError(f"the output '{name}' of {output.plugin} has the name of a field", output.place))
        elif name in named:
            text = f"the output '{name}' is declared by {named[name].plugin} and by {output.plugin}"
            errors.append(DeckError(text, output.place))
        else:
            named[name] = replace(output, name=name)
    raise_all(errors)
    draft.outputs = list(named.values())
