"""Reads the names that a deck defines for its expressions, and gives every value of the deck its scope."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from trona.deck.options import VARIABLES, collect
from trona.deck.parser import check_definition, inside_another, parse_expression, was_read
from trona.deck.scope import Control, Definitions, Scope
from trona.deck.source import Node
from trona.deck.tokens import CONSTANTS, FUNCTIONS, KEYWORDS, POSITION_AND_TIME, ExpressionError
from trona.errors import DeckError, UserError, raise_all
from trona.units import Unit

_UNIT = re.compile(r"\s*(?:[^-+.0-9\s]|1\s*/)")
"""How the text of a unit begins, and that of a value does not."""


def with_scope(root: Node) -> Node:
    """Return the deck with `definitions` and `protocol.controls` known to all of its values. Raises UserError."""
    sections = root.mapping()
    definitions, protocol = sections.get("definitions"), sections.get("protocol")
    entries = _entries(definitions)
    texts = Definitions({name: node.string() for name, node in entries.items()}, entries)
    here = Scope(texts)
    given = _entries(protocol).get("controls")
    names = list(_entries(given))
    controls = dict(
        zip(names, collect(partial(_control, name, _entries(given)[name], given, here) for name in names), strict=True)
    )
    scope = Scope(texts, controls)
    collect(partial(_check, name, definitions, scope) for name in entries)
    if scope == root.scope == Scope():  # a deck whose last definition has gone still has the scope from before
        return root
    parts = {
        # What a step sets a control to is no function of the controls.
        name: _given(node, here if name == "protocol" else scope)
        for name, node in sections.items()
    }
    return replace(root, value=parts, scope=scope)


def _entries(node: Node | None) -> dict[str, Node]:
    return {} if node is None or node.value is None else node.mapping()


def _given(node: Node, scope: Scope) -> Node:
    if isinstance(node.value, dict):
        return replace(node, value={k: _given(part, scope) for k, part in node.value.items()}, scope=scope)
    if isinstance(node.value, list):
        return replace(node, value=[_given(part, scope) for part in node.value], scope=scope)
    return replace(node, scope=scope)


def _free_name(name: str, parent: Node | None) -> None:
    """Refuse a name that means something else in expressions."""
    assert parent is not None
    location = parent.key(name)
    if not name.isidentifier():
        raise DeckError(f"'{name}' is not a valid name: use letters, digits and '_', a letter first", location)
    for known, what in (
        (FUNCTIONS, "a function"),
        (KEYWORDS, "a word of the grammar"),
        (CONSTANTS, "a constant"),
        (POSITION_AND_TIME, "position or time"),
    ):
        if name in known:
            raise DeckError(f"'{name}' is {what} in expressions; choose another name", location)
    if Unit.known(name):
        raise DeckError(f"'{name}' is a unit ({Unit.meaning(name)}); choose another name", location)


def _control(name: str, node: Node, parent: Node | None, scope: Scope) -> Control:
    """Read a control: a unit, or a value with its unit."""
    _free_name(name, parent)
    if name in scope.definitions:
        assert parent is not None
        raise DeckError(f"'{name}' is already a definition", parent.key(name))
    text = node.string()
    if _UNIT.match(text):  # '1 K' is a value, although it also reads as a unit
        try:
            return Control(Unit.parse(text), None)
        except ValueError:
            pass
    try:
        value = parse_expression(text, {}, None, scope.definitions)
    except ExpressionError as error:
        raise DeckError(f"expected a unit or a quantity: {error.message}", node.at(error.column)) from None
    return Control(value.unit, value.constant)


def _check(name: str, parent: Node | None, scope: Scope) -> None:
    """Read a definition on its own, so that a mistake in it is reported at its location.

    An unknown name may turn out to be a field: see `check_definitions`.
    """
    _free_name(name, parent)
    try:
        check_definition(name, _everywhere(scope), scope.definitions)
    except ExpressionError as error:
        if not error.unknown:
            raise DeckError(error.message, scope.definitions.nodes[name].at(error.column)) from None


def _everywhere(scope: Scope) -> Mapping[str, Unit]:
    return scope.variables({name: Unit.parse(unit) for name, unit in VARIABLES.items()})


def check_definitions(root: Node, variables: Mapping[str, Unit]) -> None:
    """Refuse a definition that is not valid anywhere in its deck, even if it is not used.

    variables: all names that any expression of the deck may contain, with their units. To be called when the whole
    deck has been read. Raises UserError, with the location in the definition.
    """
    definitions = root.scope.definitions
    known = {**_everywhere(root.scope), **variables}
    errors: list[UserError] = []
    for name in definitions:
        try:
            if not was_read(name, definitions):
                check_definition(name, known, definitions)
        except ExpressionError as error:
            if not inside_another(error):  # which is reported itself
                errors.append(DeckError(error.message, definitions.nodes[name].at(error.column)))
    raise_all(errors)
