"""What a property says of itself in a material file or a deck: how its value is written, and where it is from."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as _field
from typing import TYPE_CHECKING

from trona.model.materials.parameter import marked

if TYPE_CHECKING:
    from trona.deck import Node

REMARKS = ("source", "uncertainty", "valid", "assumption", "text")
"""Keys of a property that say something of its value."""

FACTOR = "factor"
"""Key of a number by which a property is multiplied, however its value is written."""

ABOUT = (*REMARKS, "at", FACTOR)
"""Keys of a property other than the key of its value."""


@dataclass(frozen=True)
class Written:
    """A property as it is written.

    value: '142 W/m/K', 'FORM(value = 5e-4 S/m, ...)' or 'table of FIELD: ...', after a factor. varies: whether it is
    written as something else than a plain value. valid: lowest and highest value per field, '' where open. at: values
    of the fields that a deck may lack. text: further remarks.
    """

    value: str
    source: str = ""
    uncertainty: str = ""
    valid: dict[str, tuple[str, str]] = _field(default_factory=dict)
    at: dict[str, str] = _field(default_factory=dict)
    assumption: bool = False
    text: str = ""
    varies: bool = False

    @property
    def brief(self) -> str:
        """The value in a few words: of a table only what it depends on."""
        return self.value.partition(":")[0] if "table of " in self.value else self.value

    @property
    def range(self) -> str:
        """The range of validity in one line: 'FIELD 250 K to 370.9 K'."""
        ends = {name: f"{low or '...'} to {high or '...'}" for name, (low, high) in self.valid.items()}
        return ", ".join(f"{name} {text}" for name, text in ends.items())

    @property
    def origin(self) -> str:
        """The source, with ASSUMED before it where the value is an assumption."""
        return marked(self.source, self.assumption)


def written(node: Node) -> Written:
    """Return a property as it is written; nothing in it is checked."""
    if not isinstance(node.value, dict):
        return Written(node.text)
    parts = node.value
    texts = {key: " ".join(parts[key].text.split()) for key in ("source", "uncertainty", "text") if key in parts}
    valid = {name: _ends(limits) for name, limits in _entries(parts.get("valid")).items()}
    at = {name: value.text for name, value in _entries(parts.get("at")).items()}
    assumed = "assumption" in parts and parts["assumption"].value is not False
    varies = any(key not in (*ABOUT, "value") for key in parts)
    factor = f"{parts[FACTOR].text} * " if FACTOR in parts else ""
    return Written(factor + _value(node), **texts, valid=valid, at=at, assumption=assumed, varies=varies)


def _entries(node: Node | None) -> dict[str, Node]:
    return node.value if node is not None and isinstance(node.value, dict) else {}


def _ends(limits: Node) -> tuple[str, str]:
    ends = [end.text if end.value is not None else "" for end in limits.value] if isinstance(limits.value, list) else []
    return (ends[0], ends[1]) if len(ends) == 2 else ("", "")


def _value(node: Node) -> str:
    given = {key: part for key, part in _entries(node).items() if key not in ABOUT}
    if "table" in given:
        rows = given["table"].value
        of = given["of"].text if "of" in given else "?"
        if not isinstance(rows, list):
            return f"table {given['table'].text} of {of}"
        pairs = (row.value for row in rows if isinstance(row.value, list))
        return f"table of {of}: " + ", ".join(" -> ".join(cell.text for cell in pair) for pair in pairs)
    return ", ".join(_plain(key, part) for key, part in given.items())


def _plain(key: str, part: Node) -> str:
    if isinstance(part.value, dict):
        return f"{key}({', '.join(f'{name} = {value.text}' for name, value in part.value.items())})"
    return part.text
