"""A deck: one tree of located values, from a file, its includes and overrides of single keys."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from trona.deck.files import YAML, FileRefusedError, read_text
from trona.deck.names import with_scope
from trona.deck.override import overridden, set_values, with_key
from trona.deck.source import Node, from_plain, parse_yaml
from trona.errors import DeckError, Location, UserError, nearest, raise_all

SECTIONS = (
    "include",
    "title",
    "definitions",
    "mesh",
    "materials",
    "given",
    "physics",
    "motion",
    "sources",
    "boundaries",
    "initial",
    "elements",
    "solver",
    "time",
    "protocol",
    "audit",
    "checkpoint",
    "outputs",
    "units",
    "sweep",
)
"""All sections, in the order that `trona fmt` gives them."""
REQUIRED_SECTIONS = ("mesh", "physics")


@dataclass(frozen=True)
class Deck:
    """A deck with its includes and overrides applied.

    `folder` is the folder of relative paths in the deck; `name` is the stem of the file. `allow_petsc`: whether the
    user, not the deck, allows options in `solver.petsc` that may run code or write files.
    """

    root: Node
    path: Path
    folder: Path
    name: str
    allow_petsc: bool = False

    @classmethod
    def from_text(
        cls, text: str, folder: str | Path = ".", name: str = "<deck>", overrides: Sequence[str] = ()
    ) -> Deck:
        """Read a deck from YAML text; `name` is the file name in messages. Raises UserError for any mistake."""
        return _finish(parse_yaml(text, name), Path(folder) / name, Path(folder), overrides)

    @classmethod
    def from_dict(cls, mapping: Mapping[str, Any], folder: str | Path = ".", name: str = "<deck>") -> Deck:
        """Read a deck from Python data as in YAML: quantities are strings. Raises UserError."""
        return _finish(from_plain(mapping, name), Path(folder) / name, Path(folder), ())

    def section(self, name: str) -> Node | None:
        """The node of a section, or None if the deck does not have it."""
        return self.root.mapping().get(name)

    def with_values(self, values: Mapping[str, Node]) -> Deck:
        """The deck with the values at these paths replaced, as by overrides; null removes a key.

        Messages about a value give the location of its node. Raises UserError.
        """
        root = set_values(self.root, values)
        _check_sections(root)
        return replace(self, root=with_scope(root))

    def resolved(self) -> dict[str, Any]:
        """The whole deck as plain data, ready for yaml.safe_dump."""
        plain: dict[str, Any] = self.root.plain()
        return plain


def read_deck(path: str | Path, overrides: Sequence[str] = (), *, allow_petsc: bool = False) -> Deck:
    """Read a deck file, its includes, and overrides such as 'time.end=10 s'.

    A value of null in an including file or an override removes the key. allow_petsc: allow any option in
    `solver.petsc`; such a deck can run code. Raises UserError for any mistake.
    """
    path = Path(path)
    return replace(_finish(load_yaml(path), path, path.parent, overrides), allow_petsc=allow_petsc)


def refuse_overrides(overrides: Sequence[str]) -> None:
    """Raise UserError for overrides beside a deck that is read already: they would have no effect."""
    if overrides:
        raise UserError("overrides are for the path of a deck; give them to read_deck, or use deck.with_values")


def load_yaml(path: str | Path, named_at: Location | None = None) -> Node:
    """Read one YAML file, not its includes; an empty file is an empty mapping. named_at: where the file is named.

    Raises DeckError if it cannot be read or is not plain YAML.
    """
    try:
        text = read_text(path, "deck", YAML if named_at else (), named_at is not None)
    except FileRefusedError as error:
        raise DeckError(str(error), named_at) from None
    node = _parsed(text, str(path))
    return replace(node, value={}) if node.value is None else node


_parsed = lru_cache(maxsize=64)(parse_yaml)
"""The cases of a sweep read the same files, and nodes do not change."""


def _finish(root: Node, path: Path, folder: Path, overrides: Sequence[str]) -> Deck:
    root = _included(root, folder, (_identity(path),))
    if isinstance(root.value, dict):  # a written null removes a section, whether an included deck has it or not
        root = root.without([name for name, node in root.value.items() if node.value is None and node.text])
    for override in overrides:
        root = overridden(root, override)
    _check_sections(root)
    return Deck(with_scope(root), path, folder, path.stem)


def _check_sections(root: Node) -> None:
    sections = root.mapping()
    errors: list[UserError] = [
        DeckError(f"no such section{nearest(name, SECTIONS)}", root.key(name))
        for name in sections
        if name not in SECTIONS
    ]
    errors += [
        root.error(f"the deck needs the section '{name}'")
        for name in REQUIRED_SECTIONS
        if name not in sections or sections[name].value is None
    ]
    raise_all(errors)


def _identity(path: Path) -> str:
    """A unique path for each file, so that a cycle is found through links and '..'."""
    try:
        return os.path.realpath(path)
    except ValueError:  # a character that file names cannot contain; reading the file reports it
        return str(path)


def _included(root: Node, folder: Path, chain: tuple[str, ...]) -> Node:
    """The tree with the files under `include` merged below it, in their order, without the key `include`."""
    if root.value is None:
        return replace(root, value={})
    include = root.mapping().get("include")
    if include is None:
        return root
    below: Node | None = None
    for entry in include.value if isinstance(include.value, list) else [include]:
        path = Path(os.path.normpath(folder / entry.string()))
        identity = _identity(path)
        if identity in chain:
            loop = " -> ".join(Path(file).name for file in (*chain[chain.index(identity) :], identity))
            raise entry.error(f"files include each other: {loop}")
        part = _included(load_yaml(path, entry.location), path.parent, (*chain, identity))
        below = part if below is None else _merged(below, part)
    own = with_key(root, "include", None)
    return own if below is None else _merged(below, own)


def _merged(below: Node, above: Node) -> Node:
    """Mappings are merged key by key; other values are replaced; null removes a key."""
    if not isinstance(below.value, dict) or not isinstance(above.value, dict):
        return above
    value, keys = dict(below.value), dict(below.keys)
    for key, node in above.value.items():
        keys[key] = above.key(key)
        if key not in value:
            value[key] = node
        elif node.value is None:
            del value[key], keys[key]
        else:
            value[key] = _merged(value[key], node)
    return replace(above, value=value, keys=keys)
