"""The parameters of a model: properties in use and options of the physics, with value, unit and source."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from trona.deck import Input
from trona.model.materials.evaluate import absent
from trona.model.materials.parameter import Parameter
from trona.model.materials.property_text import written
from trona.model.unknown import constant_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trona.model.configured import Declared
    from trona.model.materials.material import Material
    from trona.model.model import Model

HERE = "this deck"


def parameters(model: Model) -> tuple[Parameter, ...]:
    """Return the properties that some equation uses, by block, then the options of the physics."""
    found = [p for _, material in sorted(model.materials.items()) for p in _properties(material, model)]
    several = [name for name, number in Counter(p.owner for p in model.physics).items() if number > 1]
    for physics in model.physics:
        found += _options(physics, _place(physics) if physics.owner in several else physics.owner, model)
    return tuple(found)


def _properties(material: Material, model: Model) -> Iterator[Parameter]:
    for (name, unit), used in sorted(model.properties_of(material.block).items(), key=lambda item: item[0]):
        text = written(material.properties[name])
        value, wording = constant_of(used), text.value
        if lacking := absent(material, name, model):
            wording = f"{text.brief} at {', '.join(f'{n} = {e.text}' for n, e in lacking.items())}"
        source = text.source or (HERE if name in material.own else "no source given")
        yield Parameter(material.block, name, value, unit, wording, source, text.uncertainty, text.assumption)


def _place(physics: Declared) -> str:
    """The name of a physics of which a deck has several, with where it acts."""
    words = [w for w in physics.options.values.values() if isinstance(w, str | tuple)]
    where = words[0] if words else ""
    return f"{physics.owner} ({where if isinstance(where, str) else ', '.join(where)})"


def _options(physics: Declared, owner: str, model: Model) -> Iterator[Parameter]:
    for name, value in physics.options.values.items():
        if isinstance(value, Input):
            known = value.constant if value.is_constant else None
            unit, text = str(value.unit), value.text
        elif isinstance(value, int | float) and not isinstance(value, bool):
            known, unit, text = float(value), "1", f"{value:g}"
        else:
            continue
        default = f"default of {physics.name} ({model.registry.origin(physics.name)})"
        yield Parameter(owner, name, known, unit, text, HERE if name in physics.options.given else default)
