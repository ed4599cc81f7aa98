"""Names of what plugins add: where a plugin stands several times in a deck, each carries its region.

They depend on how often a plugin stands in the deck, and on nothing else: not on order, and not on options.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from trona.deck import Blocks, BoundaryOption, InterfaceOption
from trona.errors import DeckError, UserError, raise_all

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trona.model.compose import Instance
    from trona.model.model import Model
    from trona.model.parts import Output


class Names:
    """Gives what the contributing plugin adds its name in the model.

    While a plugin contributes, what it adds is known to it by the plain name.
    """

    def __init__(self) -> None:
        self._standing: Counter[str] = Counter()
        self._provided: frozenset[str] = frozenset()
        self._region, self._several = "", False
        self._own: dict[str, str] = {}

    def stand(self, instances: Iterable[Instance], provided: Iterable[str]) -> None:
        """Take note of all plugins of a deck, and of the fields and balances that their classes provide."""
        self._standing = Counter(instance.name for instance in instances)
        self._provided = frozenset(provided)

    def turn(self, instance: Instance | None, model: Model) -> None:
        """Let an instance be the one that contributes from now on; None: no plugin."""
        self._own = {}
        self._region = _region(instance, model) if instance is not None else ""
        self._several = instance is not None and self.several(instance.name)

    def several(self, plugin: str) -> bool:
        """Whether a plugin stands in the deck more than once."""
        return self._standing[plugin] > 1

    def make(self, name: str, region: str = "") -> str:
        """Return the name in the model of something that the contributing plugin adds under this name.

        region: where it lives; by default where the plugin acts.
        """
        region = region or self._region
        carries = (self._several or name in self._provided) and region and not name.endswith(f" ({region})")
        self._own[name] = f"{name} ({region})" if carries else name
        return self._own[name]

    def find(self, name: str) -> str:
        """Return the name in the model of what the contributing plugin knows by this name."""
        return self._own.get(name, name)


def _region(instance: Instance, model: Model) -> str:
    for kind in (InterfaceOption, BoundaryOption, Blocks):
        for name, option in instance.cls.declared_options().items():
            value = instance.values.values.get(name)
            if isinstance(option, kind) and value:
                if kind is InterfaceOption:
                    return model.interface(value).name
                return value if isinstance(value, str) else "+".join(value)
    return ""


def name_outputs(model: Model) -> None:
    """Give each declared output its name, once all plugins have contributed.

    Raises DeckError where two plugins declare the same output at the same place, or one takes the name of a field.
    """
    declared = Counter(o.name for o in model.outputs)
    named: dict[str, Output] = {}
    errors: list[UserError] = []
    for output in model.outputs:
        name, end = output.name, f" ({output.region})"
        if (declared[name] > 1 or model.names.several(output.plugin)) and not name.endswith(end):
            name += end
        if name in model.fields or name in model.derived:
            errors.append(DeckError(f"the output '{name}' of {output.plugin} has the name of a field", output.place))
        elif name in named:
            text = f"the output '{name}' is declared by {named[name].plugin} and by {output.plugin}"
            errors.append(DeckError(text, output.place))
        else:
            named[name] = replace(output, name=name)
    raise_all(errors)
    model.outputs[:] = named.values()
