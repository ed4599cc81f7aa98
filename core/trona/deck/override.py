"""Overrides: single values of a deck replaced by their path, as in 'physics.source[1].power=2 W'."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from trona.deck.source import MAX_DEPTH, Node, child_path, parse_yaml
from trona.errors import DeckError, Location, nearest

COMMAND_LINE = "<command line>"
_SEGMENT = re.compile(r"([^\[\]]+)((?:\[[0-9]{1,6}\])*)")

_MATERIAL = re.compile(r"materials\.[^.\[\]]+")
"""The path of the material of a block."""

Step = str | int
"""A key of a mapping, or the number of an item of a list, from 0."""


def parse_path(text: str, location: Location) -> tuple[Step, ...]:
    """The steps of a path: 'physics.source[1].power' gives ('physics', 'source', 1, 'power').

    Raises DeckError, at `location`, if it is not a path, and for `include`, which is read before overrides.
    """
    steps: list[Step] = []
    for segment in text.split("."):
        match = _SEGMENT.fullmatch(segment.strip())
        if match is None:
            raise DeckError(f"expected a path like key.key or key[0].key, got '{text}'", location)
        steps += [match[1].strip(), *(int(number) for number in re.findall(r"[0-9]+", match[2]))]
    if len(steps) > MAX_DEPTH:
        raise DeckError("nested too deeply", location)
    if steps[0] == "include":
        raise DeckError("an override cannot include files", location)
    return tuple(steps)


def path_text(steps: Sequence[Step]) -> str:
    """The path of these steps as text without blanks."""
    text = ""
    for step in steps:
        text = child_path(text, step)
    return text


def overridden(root: Node, override: str) -> Node:
    """The tree with one 'key.path=value' of the command line applied. Raises DeckError."""
    path, equals, text = override.partition("=")
    start = Location(COMMAND_LINE, 1, 1)
    if not equals or not all(segment.strip() for segment in path.split(".")):
        raise DeckError(f"expected an override like key.path=value, got '{override}'", start)
    steps = parse_path(path, start)
    path = path_text(steps)
    node = parse_yaml(text, COMMAND_LINE, path, column=len(override) - len(text))
    return _set(root, steps, node, Location(COMMAND_LINE, 1, 1, path))


def set_values(root: Node, values: Mapping[str, Node]) -> Node:
    """The tree with the values at these paths replaced. Raises DeckError, at the location of the value."""
    for path, node in values.items():
        location = replace(node.location, path=path)
        root = _set(root, parse_path(path, location), replace(node, location=location), location)
    return root


def _set(parent: Node, steps: Sequence[Step], node: Node, location: Location) -> Node:
    """`parent` with the value at the path `steps` replaced; missing mappings on the way are made."""
    step, rest = steps[0], steps[1:]
    if isinstance(step, int):
        return _set_item(parent, step, rest, node, location)
    if isinstance(parent.value, str) and _MATERIAL.fullmatch(parent.location.path):
        # What the name is short for.
        at = replace(parent.location, path=child_path(parent.location.path, "use"))
        parent = Node(parent.location, {"use": replace(parent, location=at)}, keys={"use": at})
    if not isinstance(parent.value, dict):
        raise DeckError(f"cannot set '{step}' inside {parent.kind}, which is not a mapping", location)
    child = parent.value.get(step)
    if rest:
        if child is None or child.value is None:
            path = child_path(parent.location.path, step)
            child = Node(replace(location, path=path), {})
        return with_key(parent, step, _set(child, rest, node, location))
    if node.value is not None:
        return with_key(parent, step, node)
    if child is None:
        raise DeckError(f"there is no '{step}' to remove{nearest(step, parent.value)}", location)
    return with_key(parent, step, None)


def _set_item(parent: Node, index: int, rest: Sequence[Step], node: Node, location: Location) -> Node:
    if not isinstance(parent.value, list):
        raise DeckError(f"cannot take item [{index}] of {parent.kind}, which is not a list", location)
    items = list(parent.value)
    if index >= len(items):
        raise DeckError(f"there is no item [{index}]: the list has {len(items)} items, counted from 0", location)
    if rest:
        items[index] = _set(items[index], rest, node, location)
    elif node.value is not None:
        items[index] = node
    else:
        del items[index]
    return replace(parent, value=items)


def with_key(parent: Node, key: str, node: Node | None) -> Node:
    """A copy of a mapping with one key set, or removed if `node` is None."""
    value, keys = dict(parent.mapping()), dict(parent.keys)
    if node is None:
        value.pop(key, None)
        keys.pop(key, None)
    else:
        value[key], keys[key] = node, node.location
    return replace(parent, value=value, keys=keys)
