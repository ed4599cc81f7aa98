"""Creating what the plugins of a deck provide, before any of them contributes."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from trona.model.declare import Balance, Field
from trona.model.laws import boundary_law, interface_law
from trona.model.names import Names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trona.model.declare import Sum
    from trona.model.draft import Draft
    from trona.model.instances import Instance
    from trona.model.names import OwnNames


def provide(
    draft: Draft, instances: list[Instance], acting: Mapping[Instance, tuple[str, str]]
) -> dict[Instance, OwnNames]:
    """Create the fields and balances that the plugins provide with their options; return the names of each plugin.

    acting: the region that a plugin acts in, and the key of an interface or boundary.
    Contributions may then come in any order.
    """
    feeding = [(declared, acting[instance][1]) for instance in instances for declared in instance.cls.feeds]
    fed = Names(feeding=feeding)
    for instance in instances:
        instance.settle(partial(_is_fed, fed, acting[instance][1] or None))
    everywhere = [d.name for instance in instances for d in instance.provides if _in_blocks(d, instance)]
    draft.names = Names([(instance.name, acting[instance][0]) for instance in instances], everywhere, feeding)
    own = {i: draft.names.of(i.name, *acting[i], i.label) for i in instances}
    for instance in instances:
        instance.run(partial(_provide, draft, instance, own[instance]))
    return own


def _is_fed(names: Names, key: str | None, declared: Sum) -> bool:
    """Whether something in the deck feeds a sum, at the place of this key if it lives at such places."""
    return names.feeds(declared, None if declared.on == "blocks" else key)


def _in_blocks(declaration: Field | Balance, instance: Instance) -> bool:
    """Whether it is a field in blocks or the balance of one; their names carry no region."""
    if isinstance(declaration, Balance):
        fields = [d for d in instance.provides if isinstance(d, Field) and d.name == declaration.field]
        return all(field.kind == "volume" for field in fields)
    return declaration.kind == "volume"


def _provide(draft: Draft, instance: Instance, own: OwnNames) -> None:
    """Create the fields and balances of one plugin."""
    location = instance.node.location
    for declaration in instance.provides:
        if isinstance(declaration, Field):
            on: Any = instance.values.values.get(declaration.on) or ()
            if declaration.kind == "volume":
                draft.add_field(declaration, instance.name, location, tuple(on))
                continue
            law = None
            if declaration.kind == "surface":
                law = boundary_law(on, draft.mesh) if on in draft.mesh.boundaries else interface_law(on, draft.mesh)
            name = own.make(declaration.name, law.name if law is not None else "")
            draft.add_field(replace(declaration, name=name), instance.name, location, (), law)
    for declaration in instance.provides:
        if isinstance(declaration, Balance) and _in_blocks(declaration, instance):
            draft.add_balance(declaration, instance.name)
        elif isinstance(declaration, Balance):
            field = own.find(declaration.field)
            law = draft.fields[field].law
            name = own.make(declaration.name, law.name if law is not None else "")
            draft.add_balance(replace(declaration, name=name, field=field), instance.name)
