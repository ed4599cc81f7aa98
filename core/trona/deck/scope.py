"""The names that a deck defines for its expressions: definitions, and controls set by a protocol."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from trona.errors import DeckError, Location
from trona.units import Unit


class Located(Protocol):
    """A text of a deck with the locations of its characters."""

    def at(self, offset: int) -> Location: ...

    def error(self, message: str) -> DeckError: ...


@dataclass(frozen=True)
class Control:
    """A quantity set by the steps of a protocol; `default`, in SI, applies in steps that do not set it."""

    unit: Unit
    default: float | None


class Definitions(dict[str, str]):
    """The texts that names stand for, with their nodes if they are known.

    `read` caches the definitions that have been read, by variables and name. Without it, forty definitions that each
    use the previous one twice would be read 2^40 times.
    """

    def __init__(self, texts: Mapping[str, str], nodes: Mapping[str, Located] | None = None) -> None:
        super().__init__(texts)
        self.nodes = nodes or {}
        self.read: dict[Any, dict[str, Any]] = {}

    def where(self, name: str, column: int) -> str:
        """Return the location of a character of a definition as ' (FILE:LINE:COLUMN)'; '' if it is not known."""
        if name not in self.nodes:
            return ""
        location = self.nodes[name].at(column)
        return f" ({location.file}:{location.line}:{location.column})"


@dataclass(frozen=True)
class Scope:
    """The names that all expressions of a deck may contain, in addition to the variables of their context.

    A definition is replaced by its text wherever it occurs. A control is a function of time, allowed where `t` is.
    """

    definitions: Definitions = field(default_factory=lambda: Definitions({}))
    controls: Mapping[str, Control] = field(default_factory=dict)

    def variables(self, context: Mapping[str, Unit]) -> Mapping[str, Unit]:
        """Return the variables of a context, with the controls if time is among them."""
        if "t" not in context or not self.controls:
            return context
        return {**{name: control.unit.si for name, control in self.controls.items()}, **context}


EMPTY = Scope()
