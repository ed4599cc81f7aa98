"""Reading the names that a deck adds to its expressions, and giving every value of the deck its scope."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from trona.deck.options import VARIABLES, collect
from trona.deck.parser import check_definition, parse_expression
from trona.deck.scope import Control, Definitions, Scope
from trona.deck.source import Node
from trona.deck.tokens import CONSTANTS, FUNCTIONS, KEYWORDS, PLACE_AND_TIME, ExpressionError
from trona.errors import DeckError
from trona.units import Unit


def with_scope(root: Node) -> Node:
    """Return the deck with `definitions` and `protocol.controls` known to all of its values. Raises UserError."""
    sections = root.mapping()
    definitions, protocol = sections.get("definitions"), sections.get("protocol")
    texts = Definitions({name: node.string() for name, node in _entries(definitions).items()})
    here = Scope(texts)
    given = _entries(protocol).get("controls")
    names = list(_entries(given))
    controls = dict(
        zip(
            names,
            collect(partial(_control, name, _entries(given)[name], given, here) for name in names),
            strict=True,
        )
    )
    scope = Scope(texts, controls)
    collect(partial(_check, name, node, definitions, scope) for name, node in _entries(definitions).items())
    if scope == Scope():
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
    place = parent.key(name)
    if not name.isidentifier():
        raise DeckError(f"'{name}' is no name: use letters, digits and '_', a letter first", place)
    for known, what in (
        (FUNCTIONS, "a function"),
        (KEYWORDS, "a word of the grammar"),
        (CONSTANTS, "a constant"),
        (PLACE_AND_TIME, "position or time"),
    ):
        if name in known:
            raise DeckError(f"'{name}' is {what} in expressions; choose another name", place)
    if Unit.known(name):
        raise DeckError(f"'{name}' is a unit ({Unit.meaning(name)}); choose another name", place)


def _control(name: str, node: Node, parent: Node | None, scope: Scope) -> Control:
    """Read a control: a unit, or a value with its unit."""
    _free_name(name, parent)
    if name in scope.definitions:
        assert parent is not None
        raise DeckError(f"'{name}' is already a definition", parent.key(name))
    text = node.string()
    if isinstance(node.value, str):
        try:
            return Control(Unit.parse(text), None)
        except ValueError:
            pass
    try:
        value = parse_expression(text, {}, None, scope.definitions)
    except ExpressionError as error:
        raise DeckError(f"expected a unit or a quantity: {error.message}", node.at(error.column)) from None
    return Control(value.unit, value.constant)


def _check(name: str, node: Node, parent: Node | None, scope: Scope) -> None:
    """Read a definition on its own, so that a mistake in it is told where it stands."""
    _free_name(name, parent)
    variables = scope.variables({v: Unit.parse(unit) for v, unit in VARIABLES.items()})
    try:
        check_definition(name, variables, scope.definitions)
    except ExpressionError as error:
        hint = (
            "; a definition may hold time, position, controls and other definitions"
            if "unknown name" in error.message
            else ""
        )
        raise DeckError(error.message + hint, node.at(error.column)) from None
