"""The plugin under test, and its name in a deck."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trona.errors import UserError, hint
from trona.model import Registry, registry

if TYPE_CHECKING:
    from trona.model.configured import Configured

Path = tuple[str | int, ...]
"""Keys and list indices from the root of a deck to a value."""


@dataclass(frozen=True)
class Subject:
    """A physics or property form, with its registry."""

    name: str
    cls: type[Configured]
    registry: Registry

    @classmethod
    def find(cls, name: str) -> Subject:
        """Return the installed plugin of this name. Raises UserError if there is none."""
        installed = registry()
        known: dict[str, type[Configured]] = {**installed.physics, **installed.forms}
        if name not in known:
            told = [f"no such plugin '{name}'{hint(name, sorted(known))}", *installed.broken]
            raise UserError("; ".join(told))
        return cls(name, known[name], installed)

    @property
    def is_physics(self) -> bool:
        return self.name in self.registry.physics

    def places(self, plain: dict[str, Any]) -> list[Path]:
        """Return the paths of the options of this plugin in a deck given as plain data."""
        if self.is_physics:
            entry = plain["physics"].get(self.name, self)
            if entry is self:
                return []
            root: Path = ("physics", self.name)
            return [(*root, i) for i in range(len(entry))] if isinstance(entry, list) else [root]
        return list(self._forms(plain.get("materials") or {}, ("materials",)))

    def _forms(self, materials: dict[str, Any], root: Path) -> Iterator[Path]:
        for block, material in materials.items():
            for key, value in material.items() if isinstance(material, dict) else ():
                if isinstance(value, dict) and self.name in value:
                    yield (*root, block, key, self.name)

    def used_in(self, plain: dict[str, Any]) -> bool:
        return bool(self.places(plain))
