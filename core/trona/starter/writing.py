"""The text of a new deck."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from trona.deck import SECTIONS, formatted

HEAD = """\
# Written by trona new-deck. What is marked "choose" was taken from an example: put in what you model.

"""


def written(plain: Mapping[str, Any], notes: Mapping[tuple[str, ...], str], offers: Mapping[str, str]) -> str:
    """Return a deck as text; notes: comments by the path of what they stand behind.

    offers: by boundary, what else it may have.
    """
    lines = []
    for name in SECTIONS:
        if name in plain and plain[name] is not None:
            lines += [*_entry((name,), plain[name], notes, offers if name == "boundaries" else {}), ""]
        elif name == "boundaries" and offers:
            lines += ["boundaries:", *_offered({}, offers), ""]
    return formatted(HEAD + "\n".join(lines) + "\n", "a new deck")


def _entry(
    path: tuple[str, ...], value: Any, notes: Mapping[tuple[str, ...], str], offers: Mapping[str, str]
) -> Iterator[str]:
    """Yield the lines of a key: one line if there is nothing to say about what is in it."""
    lead, note = "  " * (len(path) - 1), notes.get(path, "")
    behind = f"    # {note}" if note else ""
    inner = [noted for noted in notes if noted[: len(path)] == path and len(noted) > len(path)]
    open_ = isinstance(value, Mapping) and value and (inner or (len(path) == 1 and _several_lines(path, value)))
    if not open_ and not offers:
        yield f"{lead}{_flow(path[-1])}: {_flow(value)}{behind}"
        return
    yield f"{lead}{_flow(path[-1])}:{behind}"
    for key, part in (value or {}).items():
        yield from _entry((*path, key), part, notes, {})
    yield from _offered(value or {}, offers)


def _offered(given: Mapping[str, Any], offers: Mapping[str, str]) -> Iterator[str]:
    for boundary, text in offers.items():
        yield f"  # {boundary} may have{' also' if boundary in given else ''} {text}"


def _several_lines(path: tuple[str, ...], value: Mapping[str, Any]) -> bool:
    return path[0] in ("physics", "materials", "boundaries") or any(
        isinstance(part, Mapping) for part in value.values()
    )


def _flow(value: Any) -> str:
    text: str = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=10_000, allow_unicode=True)
    return text.removesuffix("\n").removesuffix("\n...").strip()
