"""Options made of others: mappings with options of their own, and values that may be spelt in several ways."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trona.deck.kinds import Blocks, ListOf, MappingOf
from trona.deck.options import REQUIRED, Default, Option, OptionContext, Options, OptionValues, read_options
from trona.deck.schema import object_schema
from trona.deck.source import Node
from trona.deck.table import KEYS


class Group(Option[OptionValues]):
    """A mapping with options of its own, as read by `read_options`.

    declared: the options by name, or a class that declares them. title: what messages call it. others: what keys of the
    user's choice hold besides them, in the schema; None where there are none.
    """

    kind = "options"

    def __init__(
        self,
        declared: type | Mapping[str, Option[Any]],
        title: str,
        text: str,
        *,
        default: Default = REQUIRED,
        others: Option[Any] | None = None,
    ) -> None:
        super().__init__(text, default=default)
        self.declared = Options.declared(declared) if isinstance(declared, type) else dict(declared)
        self.title, self.others = title, others

    def read(self, node: Node, context: OptionContext) -> OptionValues:
        return read_options(self.title, self.declared, node, context)

    def json_type(self) -> dict[str, Any]:
        return object_schema(self.title, self.declared, self.text, self.others)


class Later(Option[Node]):
    """A value of another option whose unit or names are known only later: what is read is its node."""

    def __init__(self, option: Option[Any], text: str = "", *, default: Default = REQUIRED) -> None:
        super().__init__(text or option.text, default=default)
        self.option, self.kind = option, option.kind

    def read(self, node: Node, context: OptionContext) -> Node:
        return node

    def json_type(self) -> dict[str, Any]:
        return self.option.json_type()


class Value(Option[Node]):
    """A quantity, an expression or a table whose unit is known only later: what is read is its node."""

    kind = "quantity, expression or table"

    def read(self, node: Node, context: OptionContext) -> Node:
        return node

    def json_type(self) -> dict[str, Any]:
        return {"anyOf": [{"type": ["string", "number"]}, {"type": "object", "required": list(KEYS[:2])}]}


class Either(Option[Any]):
    """A value of one of several options: which one, its shape and its keys tell."""

    def __init__(self, options: tuple[Option[Any], ...], text: str, *, default: Default = REQUIRED) -> None:
        super().__init__(text, default=default)
        self.options = options
        self.kind = " or ".join(option.kind for option in options)

    def read(self, node: Node, context: OptionContext) -> Any:
        return self.chosen(node).read(node, context)

    def chosen(self, node: Node) -> Option[Any]:
        """Return the option that a value is taken for: of several, the one with most of its keys."""
        value, fitting = node.value, list[Option[Any]]()
        if isinstance(value, dict):
            groups = [o for o in self.options if isinstance(o, Group)]
            groups.sort(key=lambda group: -len(value.keys() & group.declared.keys()))
            fitting = [*groups, *(o for o in self.options if isinstance(o, MappingOf))]
        elif isinstance(value, list):
            fitting = [o for o in self.options if isinstance(o, ListOf | Blocks)]
        else:
            fitting = [o for o in self.options if not isinstance(o, Group | MappingOf | ListOf)]
        return (fitting or self.options)[0]

    def json_type(self) -> dict[str, Any]:
        return {"anyOf": [option.schema() for option in self.options]}
