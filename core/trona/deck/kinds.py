"""The kinds of options: quantities, numbers, words, and names of things in the mesh."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import Any, TypeVar

from trona.deck.bounds import BOUNDS
from trona.deck.expression import Expression
from trona.deck.options import REQUIRED, Default, Option, OptionContext, check_name, collect
from trona.deck.parser import parse_expression
from trona.deck.pending import Input, Pending
from trona.deck.source import Node
from trona.deck.table import KEYS, Table, parse_input
from trona.deck.tokens import other_number
from trona.errors import DeckError, UnknownNameError, UserError, nearest
from trona.units import Unit

T = TypeVar("T")

_WHOLE, _DECIMAL = r"^[-+]?[0-9]+$", r"^[-+]?[0-9]*\.?[0-9]+([eE][-+]?[0-9]+)?$"
"""Patterns of quoted numbers, for JSON schema."""


def _found(node: Node) -> str:
    """The text found instead of a number, with the reason if it is a number in another notation."""
    why = other_number(node.text.lstrip("+-")) if isinstance(node.value, str) else ""
    return f"{node.kind}: {why}" if why else node.kind


class Quantity(Option[Any]):
    """A quantity with a unit, an expression or a table.

    In a physics an expression may contain the position, time, fields and global numbers where it is used. An option
    that cannot depend on all of these lists what it may contain: `variables=("t",)` for one number at each time, which
    a protocol may set, `variables=()` for a constant.
    Bounds are written as in a deck: a deck with a constant or a table beyond them is refused, and a run in which an
    expression leaves them ends. usual: the usual range of values, written in the same way; a value outside it gives a
    warning. On an instance, the attribute is the value that was read, or a symbol of it.
    """

    def __init__(
        self,
        unit: str,
        text: str,
        *,
        default: str | Any | None = REQUIRED,
        minimum: str | None = None,
        maximum: str | None = None,
        above: str | None = None,
        below: str | None = None,
        usual: tuple[str, str] | None = None,
        variables: tuple[str, ...] | None = None,
    ) -> None:
        super().__init__(text, default=default)
        self.unit_text = "" if unit == "1" else unit
        self.usual = usual
        self.kind = unit if self.unit_text else "number"
        self.variables = variables
        given = {"minimum": minimum, "maximum": maximum, "above": above, "below": below}
        self.bounds = {name: bound for name, bound in given.items() if bound is not None}
        self.kind += "".join(f", {BOUNDS[name].words} {bound}" for name, bound in self.bounds.items())

    @cached_property
    def unit(self) -> Unit:
        return Unit.parse(self.unit_text or "1")

    def read(self, node: Node, context: OptionContext) -> Input:
        names = context.variables if self.variables is None else self.variables
        variables = {name: context.variables[name] for name in names if name in context.variables}
        read = partial(self._read, node, context.folder)
        try:
            return read(variables)
        except UnknownNameError as error:
            if not context.more_to_come:
                raise
            if self.variables is not None:
                rule = f"depend on {', '.join(self.variables)} alone" if self.variables else "not vary"
                raise DeckError(f"{error.message}; this option may {rule}", error.location) from None
            return Pending(node, self.unit, read)

    def _read(self, node: Node, folder: Path, variables: Mapping[str, Unit]) -> Expression | Table:
        value = parse_input(node, self.unit, variables, folder)
        for name, bound in self.bounds.items():
            if not all(BOUNDS[name].passes(known, self.limit(name)) for known in value.known_values):
                raise node.error(f"must be {BOUNDS[name].words} {bound}, got '{value}'")
        return value

    def limit(self, bound: str) -> float:
        """Return a bound in SI."""
        return parse_expression(self.bounds[bound], {}, self.unit).constant

    def json_type(self) -> dict[str, Any]:
        quantity: dict[str, Any] = {"type": ["string", "number"]}
        if self.unit_text:
            quantity = {"type": "string", "pattern": "[A-Za-zµΩ°%]"}  # a bare number has no unit
        rows = {"type": "array", "minItems": 2, "items": {"type": "array", "minItems": 2, "maxItems": 2}}
        table = {
            "type": "object",
            "properties": {
                "table": {"anyOf": [rows, {"type": "string"}]},
                "of": {"type": "string"},
                "units": {"type": "array", "minItems": 2, "maxItems": 2},
            },
            "required": list(KEYS[:2]),
            "additionalProperties": False,
        }
        return {"anyOf": [quantity, table], "unit": self.unit_text or "1"}


class _Bounded(Option[T]):
    """A plain number with bounds."""

    kind = "number"

    def __init__(
        self,
        text: str,
        *,
        default: Default = REQUIRED,
        minimum: float | None = None,
        maximum: float | None = None,
        above: float | None = None,
        below: float | None = None,
        usual: tuple[str, str] | None = None,
    ) -> None:
        super().__init__(text, default=default)
        self.usual = usual
        given = {"minimum": minimum, "maximum": maximum, "above": above, "below": below}
        self.bounds = {name: bound for name, bound in given.items() if bound is not None}
        self.kind += "".join(f", {BOUNDS[name].words} {bound:g}" for name, bound in self.bounds.items())

    def check(self, value: float, node: Node) -> None:
        for name, bound in self.bounds.items():
            if not BOUNDS[name].passes(value, bound):
                raise node.error(f"must be {BOUNDS[name].words} {bound:g}, got {node.kind}")

    def json_bounds(self) -> dict[str, Any]:
        return {BOUNDS[name].keyword: bound for name, bound in self.bounds.items()}


class Number(_Bounded[float]):
    """A pure number."""

    def read(self, node: Node, context: OptionContext) -> float:
        if node.number is None:
            raise node.error(f"expected a number, got {_found(node)}")
        value = float(node.number)
        if not math.isfinite(value):
            raise node.error(f"expected a finite number, got {node.kind}")
        self.check(value, node)
        return value

    def json_type(self) -> dict[str, Any]:
        return {"anyOf": [{"type": "number", **self.json_bounds()}, {"type": "string", "pattern": _DECIMAL}]}


class Integer(_Bounded[int]):
    """A whole number."""

    kind = "integer"

    def read(self, node: Node, context: OptionContext) -> int:
        if node.whole is None:
            raise node.error(f"expected a whole number, got {_found(node)}")
        self.check(node.whole, node)
        return node.whole

    def json_type(self) -> dict[str, Any]:
        return {"anyOf": [{"type": "integer", **self.json_bounds()}, {"type": "string", "pattern": _WHOLE}]}


class Boolean(Option[bool]):
    """true or false."""

    kind = "true or false"

    def read(self, node: Node, context: OptionContext) -> bool:
        if not isinstance(node.value, bool):
            raise node.error(f"expected true or false, got {node.kind}")
        return node.value

    def json_type(self) -> dict[str, Any]:
        return {"type": "boolean"}


class Choice(Option[str]):
    """One of a few words."""

    def __init__(self, values: tuple[str, ...], text: str, *, default: str | Any | None = REQUIRED) -> None:
        super().__init__(text, default=default)
        self.values = values
        self.kind = " | ".join(values)

    def read(self, node: Node, context: OptionContext) -> str:
        if node.text not in self.values or isinstance(node.value, dict | list):
            near = nearest(node.text, self.values)
            raise node.error(f"expected one of {', '.join(self.values)}, got {node.kind}{near}")
        return node.text

    def json_type(self) -> dict[str, Any]:
        return {"enum": list(self.values)}


class Text(Option[str]):
    """Any text, such as a file name.

    names: what it names, a key of `trona.deck.schema.NAMES`, for editors that know the names of a deck.
    """

    kind = "text"

    def __init__(self, text: str = "", *, default: Default = REQUIRED, names: str = "") -> None:
        super().__init__(text, default=default)
        self.named = names

    def read(self, node: Node, context: OptionContext) -> str:
        return node.string()

    def json_type(self) -> dict[str, Any]:
        return {"$ref": f"#/$defs/{self.named}"} if self.named else {"type": ["string", "number"]}


class Blocks(Option[tuple[str, ...]]):
    """The names of blocks of the mesh: a list, or one name."""

    kind = "blocks"

    def read(self, node: Node, context: OptionContext) -> tuple[str, ...]:
        nodes = node.value if isinstance(node.value, list) else [node]
        if not nodes:
            raise node.error("expected at least one block, got an empty list")
        names = collect(partial(check_name, part, "block", context.blocks) for part in nodes)
        for part, name in zip(nodes, names, strict=True):
            if names.count(name) > 1:
                raise part.error(f"the block '{name}' is listed twice")
        return tuple(names)

    def json_type(self) -> dict[str, Any]:
        one = {"$ref": "#/$defs/block"}
        return {"anyOf": [one, {"type": "array", "items": one, "minItems": 1, "uniqueItems": True}]}


class _Name(Text):
    """A name that the context must know."""

    def names(self, context: OptionContext) -> tuple[str, ...] | None:
        raise NotImplementedError

    def read(self, node: Node, context: OptionContext) -> str:
        return check_name(node, self.kind, self.names(context))


class BoundaryOption(_Name):
    """The name of a boundary of the mesh."""

    kind = "boundary"

    def json_type(self) -> dict[str, Any]:
        return {"$ref": "#/$defs/boundary"}

    def names(self, context: OptionContext) -> tuple[str, ...] | None:
        return context.boundaries


class FieldOption(_Name):
    """The name of a field."""

    kind = "field"

    def names(self, context: OptionContext) -> tuple[str, ...] | None:
        return context.fields


class InterfaceOption(_Name):
    """An interface: the two blocks, as in 'lower | upper', or the name of a group of the mesh."""

    kind = "interface"

    def json_type(self) -> dict[str, Any]:
        return {"$ref": "#/$defs/interface"}

    def names(self, context: OptionContext) -> tuple[str, ...] | None:
        return context.interfaces

    def read(self, node: Node, context: OptionContext) -> str:
        text = node.string()
        if context.check_interface is not None:
            try:
                context.check_interface(text)
            except UserError as error:
                raise DeckError(getattr(error, "message", str(error)), node.location) from None
            except ValueError as error:
                raise node.error(str(error)) from None
            return text
        if "|" not in text:
            return super().read(node, context)
        sides = [side.strip() for side in text.split("|")]
        if len(sides) != 2 or not all(sides) or sides[0] == sides[1]:
            raise node.error(f"an interface is written 'A | B' with two different blocks, got {node.kind}")
        for side in sides:
            if context.blocks is not None and side not in context.blocks:
                raise node.error(f"no such block '{side}'{nearest(side, context.blocks)}")
        return text


class ListOf(Option[list[T]]):
    """A list of values of another option."""

    def __init__(self, option: Option[T], text: str = "", *, default: Default = REQUIRED) -> None:
        super().__init__(text, default=default)
        self.option = option
        self.kind = f"list of {option.kind}"

    def read(self, node: Node, context: OptionContext) -> list[T]:
        return collect(partial(self.option.read, part, context) for part in node.sequence())

    def json_type(self) -> dict[str, Any]:
        return {"type": "array", "items": self.option.schema()}


class MappingOf(Option[dict[str, T]]):
    """Names of the user's choice, each with a value of another option."""

    def __init__(self, option: Option[T], text: str = "", *, default: Default = REQUIRED) -> None:
        super().__init__(text, default=default)
        self.option = option
        self.kind = f"mapping to {option.kind}"

    def read(self, node: Node, context: OptionContext) -> dict[str, T]:
        parts = node.mapping()
        values = collect(partial(self.option.read, part, context) for part in parts.values())
        return dict(zip(parts, values, strict=True))

    def json_type(self) -> dict[str, Any]:
        return {"type": "object", "additionalProperties": self.option.schema()}
