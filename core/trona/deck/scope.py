"""The names that a deck adds to its own expressions: definitions, and controls that a protocol sets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from trona.errors import DeckError, Location
from trona.units import Unit


class Located(Protocol):
    """A text of a deck that knows where each of its characters stands."""

    def at(self, offset: int) -> Location: ...

    def error(self, message: str) -> DeckError: ...


@dataclass(frozen=True)
class Control:
    """A quantity that the steps of a protocol set; `default`, in SI, holds in steps that say nothing of it."""

    unit: Unit
    default: float | None


class Definitions(dict[str, str]):
    """The texts that names stand for, and where each stands, as far as it is known.

    `read` keeps what each has been read as, by variables and name: without it forty definitions of which each uses
    the one before twice would be read 2^40 times.
    """

    def __init__(self, texts: Mapping[str, str], nodes: Mapping[str, Located] | None = None) -> None:
        super().__init__(texts)
        self.nodes = nodes or {}
        self.read: dict[Any, dict[str, Any]] = {}

    def place(self, name: str, column: int) -> str:
        """Return where a character of a definition's text stands, as ' (FILE:LINE:COLUMN)'; '' if that is not known."""
        if name not in self.nodes:
            return ""
        place = self.nodes[name].at(column)
        return f" ({place.file}:{place.line}:{place.column})"


@dataclass(frozen=True)
class Scope:
    """What the expressions of a deck may contain besides the names of their place.

    A definition stands for its text wherever it occurs. A control is a function of time, allowed where `t` is.
    """

    definitions: Definitions = field(default_factory=lambda: Definitions({}))
    controls: Mapping[str, Control] = field(default_factory=dict)

    def variables(self, place: Mapping[str, Unit]) -> Mapping[str, Unit]:
        """Return the variables of a place together with the controls, if time is among them."""
        if "t" not in place or not self.controls:
            return place
        return {**{name: control.unit.si for name, control in self.controls.items()}, **place}


EMPTY = Scope()
