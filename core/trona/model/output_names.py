"""The names of the outputs that plugins declare, and of the quantities that they define at laws."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from trona.errors import DeckError, UserError, raise_all
from trona.model.names import labelled

if TYPE_CHECKING:
    from trona.model.draft import Draft
    from trona.model.records import Output


def name_defined(draft: Draft) -> None:
    """Give each quantity that is defined at a law its name, once all plugins have contributed.

    Raises DeckError where one is defined twice at the same place, or has the name of a field or sum there.
    """
    declared = Counter(d.name for d in draft.defined)
    sums = {(key.sum.name, key.at) for key in draft.feeds}
    errors: list[UserError] = []
    for derived in draft.defined:
        assert derived.law is not None
        name, end = derived.name, f" ({labelled(derived.law.name, derived.label)})"
        if declared[name] > 1 or name in draft.derived or draft.names.several(derived.plugin):
            name += end
        if name in draft.derived:
            text = f"'{derived.name}' is defined at {derived.law.name} by {draft.derived[name].plugin} too"
        elif name in draft.fields or (derived.name, derived.law.key) in sums:
            text = f"'{name}', which {derived.plugin} defines, has the name of a field or sum"
        else:
            draft.derived[name] = replace(derived, name=name)
            continue
        errors.append(DeckError(text, derived.location))
    raise_all(errors)


def name_outputs(draft: Draft) -> None:
    """Give each declared output its name, once all plugins have contributed.

    Raises DeckError where two plugins declare the same output at the same place, or one takes the name of a field.
    """
    declared = Counter(o.name for o in draft.outputs)
    named: dict[str, Output] = {}
    errors: list[UserError] = []
    for output in draft.outputs:
        name, end = output.name, f" ({labelled(output.region, output.label)})"
        if (declared[name] > 1 or draft.names.several(output.plugin)) and not name.endswith(end):
            name += end
        if name in draft.fields or name in draft.derived:
            errors.append(DeckError(f"the output '{name}' of {output.plugin} has the name of a field", output.location))
        elif name in named:
            text = f"the output '{name}' is declared by {named[name].plugin} and by {output.plugin}"
            errors.append(DeckError(text, output.location))
        else:
            named[name] = replace(output, name=name)
    raise_all(errors)
    draft.outputs = list(named.values())
