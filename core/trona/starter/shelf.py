"""The materials on offer for the blocks of a new deck."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from trona.model import Registry
from trona.model.materials.library import library, property_names
from trona.starter.examples import Examples


class Shelf:
    """The material files that a deck in a folder can name."""

    def __init__(self, registry: Registry, folder: Path) -> None:
        self.files = library(registry, folder)
        self.stand_in: dict[str, str] = {}
        """A value for every common property, in the middle of its usual range."""
        for name, known in property_names(registry).items():
            middle = (known.low * known.high) ** 0.5 if known.low > 0 else (known.low + known.high) / 2
            unit = "" if known.unit.is_dimensionless else f" {known.unit.si}"
            self.stand_in[name] = f"{middle:.3g}{unit}"

    def fitting(self, block: str, needed: Sequence[str], examples: Examples) -> list[str]:
        """Return the materials with the most of these properties, first those of a block of this name in examples."""
        most = max((len(set(needed) & set(m.properties)) for m in self.files.values()), default=0)
        fit = [m for m in self.files.values() if len(set(needed) & set(m.properties)) == most > 0]
        known = examples.materials(block)
        order = sorted(fit, key=lambda m: (-known.count(m.name), block not in m.name, len(m.properties), m.name))
        return [m.name for m in order]

    def nearest(self, needed: Sequence[str], examples: Examples) -> tuple[dict[str, Any], list[str]]:
        """Return the values that these properties have in examples or materials, and the properties without any."""
        values: dict[str, Any] = {}
        for name in needed:
            value = examples.value("materials", name)
            if value is None:
                shelf = (m.properties[name].plain() for m in self.files.values() if name in m.properties)
                value = next(shelf, None)
            values[name] = value
        missing = [name for name, value in values.items() if value is None]
        return {name: value for name, value in values.items() if value is not None}, missing
