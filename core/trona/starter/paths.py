"""Values of a deck as plain data, by their path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Path_ = tuple[str, ...]
"""The keys that lead to a value."""


def held(plain: Mapping[str, Any], path: Path_) -> bool:
    """Whether a deck has a value at a path, or something else than a mapping on the way."""
    for key in path:
        if not isinstance(plain, Mapping):
            return True
        if plain.get(key) is None:
            return False
        plain = plain[key]
    return True


def put(plain: dict[str, Any], path: Path_, value: Any) -> None:
    """Set a value, with the mappings that lead to it."""
    *outer, last = path
    for key in outer:
        if plain.get(key) is None:
            plain[key] = {}
        plain = plain[key]
    plain[last] = value
