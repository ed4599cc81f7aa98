"""What the example decks of installed plugins give, to start a new deck from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from trona.deck import read_deck
from trona.errors import UserError
from trona.model import Registry
from trona.model.packages import example_decks

_VARIES = re.compile(r"\b[txyz]\b|[*(]")


class Examples:
    """The example decks of all plugins, those of the chosen ones first."""

    def __init__(self, registry: Registry, chosen: Sequence[str]) -> None:
        self.decks: dict[str, list[dict[str, Any]]] = {}
        for name in dict.fromkeys([*chosen, *registry.physics]):
            self.decks[name] = []
            for path in example_decks(registry, name):
                try:
                    self.decks[name].append(read_deck(path).resolved())
                except UserError:  # another package's mistake
                    continue
        self.chosen = list(chosen)

    def options(self, name: str) -> dict[str, Any]:
        """Return the options that the examples of a physics give it, the first example first."""
        found: dict[str, Any] = {}
        for deck in self.decks.get(name, ()):
            given = deck["physics"].get(name)
            for entry in given if isinstance(given, list) else [given]:
                found = {**(entry or {}), **found}
        return found

    def value(self, section: str, name: str) -> Any:
        """Return what the examples give for a name in a section, or in the entries of a section; None if nothing.

        Numbers that do not vary are preferred.
        """
        found = list(self._values(section, name))
        return next((value for value in found if not _VARIES.search(str(value))), found[0] if found else None)

    def _values(self, section: str, name: str) -> Iterator[Any]:
        for deck in self._all():
            entries = deck.get(section) or {}
            for key, value in entries.items():
                if key == name:
                    yield value
                elif isinstance(value, dict) and value.get(name) is not None:
                    yield value[name]

    def places(self, name: str) -> list[str]:
        """Return the boundaries that have a value of a field in the examples."""
        entries = [deck.get("boundaries") or {} for deck in self._all()]
        return [place for each in entries for place, values in each.items() if values and name in values]

    def materials(self, block: str) -> list[str]:
        """Return the names of the materials that the examples have in a block of this name."""
        entries = [(deck.get("materials") or {}).get(block) for deck in self._all()]
        return [str(entry.get("use") if isinstance(entry, dict) else entry) for entry in entries]

    def blocks(self, name: str, known: Sequence[str]) -> list[str]:
        """Return the blocks on which a physics is likely to act: not those on which no example has it act.

        known: the blocks of the mesh, all of which are returned if nothing else is left.
        """
        there, acts = set[str](), set[str]()
        for deck in self._all():
            given = deck["physics"].get(name)
            for options in given if isinstance(given, list) else [given]:
                blocks = (options or {}).get("blocks")
                if blocks is not None:
                    there |= {block for layer in deck["mesh"].get("layers") or () for block in layer}
                    acts |= {blocks} if isinstance(blocks, str) else set(blocks)
        return [block for block in known if block in acts or block not in there] or list(known)

    def section(self, name: str) -> Any:
        """Return a whole section of an example of a chosen physics, or None."""
        found = (deck.get(name) for each in self.chosen for deck in self.decks[each])
        return next((section for section in found if section is not None), None)

    def _all(self) -> Iterator[dict[str, Any]]:
        for decks in self.decks.values():
            yield from decks
