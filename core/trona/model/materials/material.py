"""The properties of a block, as they are written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trona.deck import Node
    from trona.errors import Location


@dataclass(frozen=True, eq=False)
class Material:
    """The properties of one block: those of its file, overridden by those that the deck adds."""

    name: str
    block: str
    properties: dict[str, Node]
    location: Location
    file: str = ""
    own: frozenset[str] = frozenset()
    """Names of the properties that the deck itself gives."""

    def form(self, name: str, forms: Iterable[str]) -> str:
        """Return the property form that a property is written in, '' if it is a plain value or expression."""
        value = self.properties[name].value
        return next((form for form in forms if form in value), "") if isinstance(value, dict) else ""
