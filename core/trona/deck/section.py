"""Sections of a deck: classes with their options as attributes, like plugins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

from trona.deck.options import Option, OptionContext, Options, OptionValues, read_options
from trona.deck.schema import object_schema

if TYPE_CHECKING:
    from trona.deck.reader import Deck
    from trona.deck.source import Node


class Section(Options):
    """A section of the deck. On an instance each option is the value that was read; it cannot be changed."""

    name: ClassVar[str]
    """Its name in the deck."""
    found: OptionValues
    """The values and their locations."""

    @classmethod
    def options(cls) -> dict[str, Option[Any]]:
        """Return the declared options by name."""
        return cls.declared(cls)

    @classmethod
    def others(cls) -> Option[Any] | None:
        """Return what keys of the user's choice may hold, in addition to the options; None if there are none."""
        return None

    @classmethod
    def schema(cls) -> dict[str, Any]:
        """Return the section as a fragment of a JSON schema."""
        return object_schema(cls.name, cls.options(), cls.__doc__ or "", cls.others())

    @classmethod
    def read(cls, deck: Deck) -> Self:
        """Read this section of a deck, or its defaults. Raises UserError with every mistake in it."""
        return cls.read_node(deck.section(cls.name), OptionContext(folder=deck.folder))

    @classmethod
    def read_node(cls, node: Node | None, context: OptionContext) -> Self:
        """Read the section from a node, None for its defaults. Raises UserError with every mistake in it."""
        section = cls()
        found = read_options(cls.name, cls.options(), node, context)
        section.__dict__.update(found.values, found=found)
        return section

    def node(self, option: str) -> Node:
        """Return the node of an option. Raises KeyError if the deck does not give it."""
        return self.found.given[option]

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"the section '{self.name}' has been read, and cannot be changed")
