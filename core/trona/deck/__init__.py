"""Decks: YAML with positions, includes and overrides; quantities, expressions and tables; typed options."""

from trona.deck.expression import Expression
from trona.deck.formatting import formatted
from trona.deck.groups import Either, Group, Later, Value
from trona.deck.kinds import (
    Blocks,
    Boolean,
    BoundaryOption,
    Choice,
    FieldOption,
    Integer,
    InterfaceOption,
    ListOf,
    MappingOf,
    Number,
    Quantity,
    Text,
)
from trona.deck.names import check_definitions
from trona.deck.options import Option, OptionContext, Options, OptionValues, read_options
from trona.deck.parser import parse_expression
from trona.deck.pending import Input, Pending
from trona.deck.reader import SECTIONS, Deck, load_yaml, read_deck, refuse_overrides
from trona.deck.schema import deck_schema, object_schema
from trona.deck.scope import Control
from trona.deck.section import Section
from trona.deck.source import Node, from_plain
from trona.deck.table import Table, constant_at, parse_input, read_expression
from trona.deck.tokens import ExpressionError

__all__ = [
    "SECTIONS",
    "Blocks",
    "Boolean",
    "BoundaryOption",
    "Choice",
    "Control",
    "Deck",
    "Either",
    "Expression",
    "ExpressionError",
    "FieldOption",
    "Group",
    "Input",
    "Integer",
    "InterfaceOption",
    "Later",
    "ListOf",
    "MappingOf",
    "Node",
    "Number",
    "Option",
    "OptionContext",
    "OptionValues",
    "Options",
    "Pending",
    "Quantity",
    "Section",
    "Table",
    "Text",
    "Value",
    "check_definitions",
    "constant_at",
    "deck_schema",
    "formatted",
    "from_plain",
    "load_yaml",
    "object_schema",
    "parse_expression",
    "parse_input",
    "read_deck",
    "read_expression",
    "read_options",
    "refuse_overrides",
]
