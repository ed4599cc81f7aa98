"""A deck: one tree of located values, made of a file, the files it includes and overrides of single keys."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from trona.deck.source import MAX_DEPTH, Node, child_path, from_plain, parse_yaml
from trona.errors import DeckError, Location, UserError, nearest, raise_all

SECTIONS = (
    "title", "mesh", "materials", "physics", "boundaries", "initial", "given", "time", "solver", "outputs",
    "elements", "audit", "checkpoint", "include",
)  # fmt: skip
REQUIRED = ("mesh", "physics")
COMMAND_LINE = "<command line>"


@dataclass(frozen=True)
class Deck:
    """A deck with its includes and overrides applied.

    `folder` is what relative paths in the deck refer to; `name` is the stem of the file.
    """

    root: Node
    path: Path
    folder: Path
    name: str

    @classmethod
    def from_text(
        cls,
        text: str,
        folder: str | Path = ".",
        name: str = "<deck>",
        overrides: Sequence[str] = (),
    ) -> Deck:
        """A deck from YAML text; `name` stands for the file in messages. Raises UserError for any mistake."""
        return _finish(parse_yaml(text, name), Path(folder) / name, Path(folder), overrides)

    @classmethod
    def from_dict(cls, mapping: Mapping[str, Any], folder: str | Path = ".", name: str = "<deck>") -> Deck:
        """A deck from Python data, spelt as in YAML: quantities are strings. Raises UserError."""
        return _finish(from_plain(mapping, name), Path(folder) / name, Path(folder), ())

    def section(self, name: str) -> Node | None:
        """The node of a section, or None if the deck does not have it."""
        return self.root.mapping().get(name)

    def resolved(self) -> dict[str, Any]:
        """The whole deck as plain data, ready for yaml.safe_dump."""
        plain: dict[str, Any] = self.root.plain()
        return plain


def read_deck(path: str | Path, overrides: Sequence[str] = ()) -> Deck:
    """Read a deck file, its includes, and overrides such as 'time.end=10 s'.

    A value of null in an including file or an override removes the key that was there before. Raises
    UserError for any mistake.
    """
    path = Path(path)
    return _finish(load_yaml(path), path, path.parent, overrides)


def load_yaml(path: str | Path, asked: Location | None = None) -> Node:
    """Read one YAML file as it stands; `asked` is the place that names it. An empty file is an empty mapping.

    Raises DeckError if it cannot be read or is not plain YAML.
    """
    path = Path(path)
    try:
        if path.is_dir():
            raise DeckError(f"'{path}' is a folder, not a file", asked)
        if not path.is_file():
            beside = [file.name for file in path.parent.glob("*.yaml")]
            raise DeckError(f"no such file: '{path}'{nearest(path.name, beside)}", asked)
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise DeckError(f"'{path}' is not UTF-8 text", asked) from None
    except (OSError, ValueError) as error:  # ValueError: a character that no file name has
        raise DeckError(f"cannot read '{path}': {getattr(error, 'strerror', None) or error}", asked) from None
    node = parse_yaml(text, str(path))
    return replace(node, value={}) if node.value is None else node


def _finish(root: Node, path: Path, folder: Path, overrides: Sequence[str]) -> Deck:
    root = _included(root, folder, (_identity(path),))
    for override in overrides:
        root = _overridden(root, override)
    _check_sections(root)
    return Deck(root, path, folder, path.stem)


def _check_sections(root: Node) -> None:
    sections = root.mapping()
    errors: list[UserError] = [
        DeckError(f"no such section{nearest(name, SECTIONS)}", root.key(name))
        for name in sections
        if name not in SECTIONS
    ]
    errors += [
        root.error(f"the deck needs the section '{name}'")
        for name in REQUIRED
        if name not in sections or sections[name].value is None
    ]
    raise_all(errors)


def _identity(path: Path) -> str:
    """One spelling for each file, so that a cycle is seen through links and '..'."""
    try:
        return os.path.realpath(path)
    except ValueError:  # a character that no file name has; reading it will say so
        return str(path)


def _included(root: Node, folder: Path, chain: tuple[str, ...]) -> Node:
    """The tree with the files under `include` merged below it, in their order, and the key itself gone."""
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
    own = _with_key(root, "include", None)
    return own if below is None else _merged(below, own)


def _merged(below: Node, above: Node) -> Node:
    """Mappings are merged key by key; anything else is replaced; null removes a key that is there."""
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


def _with_key(parent: Node, key: str, node: Node | None) -> Node:
    """A copy of a mapping with one key set, or gone if `node` is None."""
    value, keys = dict(parent.mapping()), dict(parent.keys)
    if node is None:
        value.pop(key, None)
        keys.pop(key, None)
    else:
        value[key], keys[key] = node, node.location
    return replace(parent, value=value, keys=keys)


def _overridden(root: Node, override: str) -> Node:
    """The tree with one 'key.path=value' applied."""
    path, equals, text = override.partition("=")
    segments = [segment.strip() for segment in path.split(".")]
    start = Location(COMMAND_LINE, 1, 1)
    if not equals or not all(segments):
        raise DeckError(f"an override reads key.path=value, got '{override}'", start)
    if len(segments) > MAX_DEPTH:
        raise DeckError("nested too deeply", start)
    if segments[0] == "include":
        raise DeckError("an override cannot include files", start)
    path = ".".join(segments)
    node = parse_yaml(text, COMMAND_LINE, path, column=len(override) - len(text))
    return _set(root, segments, node, Location(COMMAND_LINE, 1, 1, path))


def _set(parent: Node, segments: Sequence[str], node: Node, place: Location) -> Node:
    """The mapping `parent` with the value at the path `segments` replaced; missing parents are made."""
    if not isinstance(parent.value, dict):
        raise DeckError(f"cannot set '{segments[0]}' inside {parent.kind}, which is not a mapping", place)
    key, rest = segments[0], segments[1:]
    child = parent.value.get(key)
    if rest:
        if child is None or child.value is None:
            path = child_path(parent.location.path, key)
            child = Node(replace(place, path=path), {})
        return _with_key(parent, key, _set(child, rest, node, place))
    if node.value is not None:
        return _with_key(parent, key, node)
    if child is None:
        raise DeckError(f"there is no '{key}' to remove{nearest(key, parent.value)}", place)
    return _with_key(parent, key, None)
