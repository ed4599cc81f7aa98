"""YAML with locations: text becomes a tree of nodes, each with its location.

The YAML is a plain subset of version 1.2: there are no object tags, only `true` and `false` are booleans, `1e-5` is a
number; dates and numbers in bases other than ten are text, and refused where a number is expected. Anchors, aliases
and merge keys work.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from numbers import Integral, Real
from typing import Any, TypeAlias

import yaml

from trona.deck.printable import harmful
from trona.deck.scope import EMPTY, Scope
from trona.errors import DeckError, Location

Value: TypeAlias = "dict[str, Node] | list[Node] | str | int | float | bool | None"

MAX_DEPTH = 100
MAX_NODES = 100_000
_TAG = "tag:yaml.org,2002:"
# No leading zero: 017 is 15 in YAML 1.1 and 17 in YAML 1.2.
_WHOLE = r"[-+]?(?:0|[1-9][0-9]{0,17})"
_DECIMAL = r"[-+]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
_KINDS = {dict: "a mapping", list: "a list", type(None): "nothing"}


@dataclass(frozen=True)
class Node:
    """One value of a deck and its location.

    `value` is a dict of nodes, a list of nodes or a scalar. A scalar keeps its spelling in `text` ('1e-5'); a
    mapping keeps the locations of its keys in `keys`. `scope` holds the names that its deck defines for expressions.
    """

    location: Location
    value: Value
    text: str = ""
    keys: Mapping[str, Location] = field(default_factory=dict)
    inset: int | None = None  # from the scalar's start to its text (1 if quoted); None if it spans several lines
    scope: Scope = EMPTY

    def mapping(self) -> dict[str, Node]:
        """The nodes of a mapping. Raises DeckError for other values."""
        if not isinstance(self.value, dict):
            raise self.error(f"expected a mapping, got {self.kind}")
        return self.value

    def sequence(self) -> list[Node]:
        """The nodes of a list. Raises DeckError for other values."""
        if not isinstance(self.value, list):
            raise self.error(f"expected a list, got {self.kind}")
        return self.value

    def string(self) -> str:
        """The text of a string, or a number as it is written. Raises DeckError for other values."""
        if self.value is None or isinstance(self.value, dict | list | bool):
            raise self.error(f"expected text, got {self.kind}")
        return self.text

    @property
    def number(self) -> int | float | None:
        """The number in a scalar, quoted or not; None for other values."""
        if isinstance(self.value, bool | dict | list) or self.value is None:
            return None
        if isinstance(self.value, str):
            text = self.value.strip()
            return int(text) if re.fullmatch(_WHOLE, text) else float(text) if re.fullmatch(_DECIMAL, text) else None
        return self.value

    @property
    def whole(self) -> int | None:
        """The whole number in a scalar, quoted or not; None for other values."""
        return self.number if isinstance(self.number, int) else None

    @property
    def kind(self) -> str:
        """The value as messages show it: 'a mapping', 'a list', 'nothing' or the scalar in quotes."""
        return _KINDS.get(type(self.value)) or f"'{shorten(self.text)}'"

    def key(self, name: str) -> Location:
        """The location of the key `name` of a mapping."""
        return self.keys.get(name, self.location)

    def without(self, names: Iterable[str]) -> Node:
        """A copy of a mapping that lacks these keys."""
        left = {key: node for key, node in self.mapping().items() if key not in set(names)}
        return replace(self, value=left, keys={key: self.key(key) for key in left})

    def at(self, offset: int) -> Location:
        """The location of the character `offset` of a scalar's text, or of the scalar if it spans lines."""
        if not offset or self.inset is None:
            return self.location
        here = self.location
        return Location(here.file, here.line, here.column + self.inset + offset, here.path)

    def error(self, message: str) -> DeckError:
        return DeckError(message, self.location)

    def plain(self) -> Any:
        """The value without positions, ready for yaml.safe_dump."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        return [node.plain() for node in self.value] if isinstance(self.value, list) else self.value


def shorten(text: str, limit: int = 60) -> str:
    """One line of at most `limit` characters, for messages."""
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 3]}..."


def child_path(path: str, key: str | int) -> str:
    """The path of an entry: 'mesh' and 'file' give 'mesh.file', 'x' and 2 give 'x[2]'."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    return f"{path}.{key}" if path else key


def parse_yaml(text: str, file: str, path: str = "", column: int = 0) -> Node:
    """Read one YAML document. `path` and `column` are its origin if it is itself part of a deck.

    Raises DeckError for anything that is not plain YAML. An empty document is a node of value None.
    """
    reader = _Reader(file, path, column)
    with reader.located(text):
        loader = _Loader(text)
        reader.loader = loader
        root = loader.get_single_node()
        return reader.node(root, path) if root else Node(Location(file, 1, 1, path), None)


def from_plain(value: Any, file: str, path: str = "", depth: int = 0) -> Node:
    """A tree of nodes from Python data (dict, list, tuple, str, int, float, bool, None) and numbers of other libraries.

    Raises DeckError, with the path in the data, for other types.
    """
    location = Location(file, 1, 1, path)
    if depth > MAX_DEPTH:
        raise DeckError("nested too deeply", location)
    if isinstance(value, Mapping):
        nodes: dict[str, Node] = {}
        for key, part in value.items():
            nodes[str(key)] = from_plain(part, file, child_path(path, str(key)), depth + 1)
        return Node(location, nodes, keys={key: node.location for key, node in nodes.items()})
    if isinstance(value, list | tuple):
        return Node(location, [from_plain(part, file, child_path(path, i), depth + 1) for i, part in enumerate(value)])
    if isinstance(value, Real) and not isinstance(value, int | float):  # such as the whole numbers of numpy
        value = int(value) if isinstance(value, Integral) else float(value)
    if value is None or isinstance(value, str | int | float):
        text = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
        return Node(location, value, text)
    raise DeckError(f"expected plain data, got an object of type {type(value).__name__}", location)


class _Loader(yaml.SafeLoader):
    """SafeLoader with the scalars of YAML 1.2, a limit on nesting, and no tags."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - as in PyYAML
    depth = count = 0

    def compose_node(self, parent: Any, index: Any) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if getattr(event, "tag", None) is not None:
            raise yaml.MarkedYAMLError(problem="a deck has no tags (!)", problem_mark=event.start_mark)
        if self.depth >= MAX_DEPTH:
            raise yaml.MarkedYAMLError(problem="nested too deeply", problem_mark=event.start_mark)
        self.count += 1
        if self.count > 2 * MAX_NODES:  # keys count here
            raise yaml.MarkedYAMLError(problem=f"more than {MAX_NODES} values", problem_mark=event.start_mark)
        self.depth += 1
        node: yaml.Node | None = super().compose_node(parent, index)
        self.depth -= 1
        return node


for _name, _pattern, _first in (
    ("bool", r"true|false", "tf"),
    ("null", r"~|null|", ["~", "n", ""]),
    ("int", _WHOLE, "-+0123456789"),
    ("float", _DECIMAL, "-+.0123456789"),
    ("merge", r"<<", "<"),
):
    _Loader.add_implicit_resolver(_TAG + _name, re.compile(rf"(?:{_pattern})\Z"), list(_first))


class _Reader:
    """Turns PyYAML's nodes into `Node`s and its errors into located errors."""

    def __init__(self, file: str, path: str, column: int) -> None:
        self.file, self.path, self.column = file, path, column
        self.loader: _Loader | None = None
        self.count = 0
        self.open: set[int] = set()

    @contextmanager
    def located(self, text: str) -> Iterator[None]:
        try:
            yield
        except yaml.reader.ReaderError as error:
            before = text[: error.position].split("\n")
            location = Location(self.file, len(before), len(before[-1]) + 1 + self.column, self.path)
            raise DeckError(f"not valid YAML: the character {chr(error.character)!r}", location) from None
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            problem = error.problem or error.context or "syntax error"
            if "'\\t'" in problem:
                problem = "a tab; indent with spaces"
            if problem.startswith("but "):
                problem = f"{error.context}, {problem}"
            raise DeckError(f"not valid YAML: {problem}", self.locate(mark, self.path)) from None
        except (ValueError, OverflowError):  # PyYAML does not guard \U escapes and directives with huge numbers
            mark = self.loader.get_mark() if self.loader else None
            raise DeckError("not valid YAML: a number out of range", self.locate(mark, self.path)) from None

    def locate(self, mark: Any, path: str) -> Location:
        if mark is None:
            return Location(self.file, 1, 1, path)
        shift = self.column if mark.line == 0 else 0
        return Location(self.file, mark.line + 1, mark.column + 1 + shift, path)

    def node(self, source: yaml.Node, path: str) -> Node:
        location = self.locate(source.start_mark, path)
        self.count += 1
        if self.count > MAX_NODES:
            raise DeckError(f"more than {MAX_NODES} values; do aliases multiply?", location)
        if isinstance(source, yaml.ScalarNode):
            return self.scalar(source, location)
        if id(source) in self.open:
            raise DeckError("an alias contains itself", location)
        self.open.add(id(source))
        result = self.collection(source, location)
        self.open.discard(id(source))
        return result

    def scalar(self, source: yaml.ScalarNode, location: Location) -> Node:
        text = self.text(source, location)
        value: Value = text
        match source.tag.removeprefix(_TAG):
            case "bool":
                value = text == "true"
            case "null":
                value = None
            case "int":
                value = int(text)
            case "float":
                value = float(text)
        inset = (1 if source.style else 0) if source.start_mark.line == source.end_mark.line else None
        return Node(location, value, text, inset=inset)

    def text(self, source: yaml.ScalarNode, location: Location) -> str:
        text: str = source.value
        if bad := re.search("[\0\ud800-\udfff]", text):  # an escape sequence can contain what a file cannot
            raise DeckError(f"not valid YAML: the character {bad[0]!r}", location)
        if character := harmful(text):
            name = unicodedata.name(character, "a control character").lower()
            raise DeckError(f"the character U+{ord(character):04X}, {name}, is not allowed in a deck", location)
        return text

    def collection(self, source: yaml.Node, location: Location) -> Node:
        if isinstance(source, yaml.SequenceNode):
            parts = [self.node(part, child_path(location.path, i)) for i, part in enumerate(source.value)]
            return Node(location, parts)
        assert isinstance(source, yaml.MappingNode)
        value: dict[str, Node] = {}
        keys: dict[str, Location] = {}
        for name, part in source.value:
            if name.tag == _TAG + "merge":
                continue
            key, key_location = self.key(name, location.path)
            if key in value:
                raise DeckError(f"the key '{shorten(key)}' appears twice; first on line {keys[key].line}", key_location)
            keys[key] = key_location
            value[key] = self.node(part, key_location.path)
        for name, part in source.value:
            if name.tag == _TAG + "merge":
                self.merge(part, location.path, value, keys)
        return Node(location, value, keys=keys)

    def key(self, source: yaml.Node, path: str) -> tuple[str, Location]:
        location = self.locate(source.start_mark, path)
        if not isinstance(source, yaml.ScalarNode):
            raise DeckError("a key is a word, not a list or a mapping", location)
        text = self.text(source, location).strip()
        if not text or source.tag == _TAG + "null":
            raise DeckError("a key is empty", location)
        return text, self.locate(source.start_mark, child_path(path, text))

    def merge(self, source: yaml.Node, path: str, value: dict[str, Node], keys: dict[str, Location]) -> None:
        """`<<`: existing keys take precedence, and the first of several mappings."""
        for part in source.value if isinstance(source, yaml.SequenceNode) else [source]:
            node = self.node(part, path)
            if not isinstance(node.value, dict):
                raise node.error(f"expected a mapping to merge, got {node.kind}")
            for key, child in node.value.items():
                value.setdefault(key, child)
                keys.setdefault(key, node.keys[key])
