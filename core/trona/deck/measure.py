"""Values of parameters as numbers in the units of the deck."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from trona.deck import ExpressionError, Node, parse_expression
from trona.deck.options import VARIABLES
from trona.units import Unit

_PLAIN = re.compile(r"\s*([-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)\s*(.*?)\s*")
_VARIABLES = {name: Unit.parse(unit) for name, unit in VARIABLES.items()}


@dataclass(frozen=True)
class Measure:
    """A number and its unit as in the deck: 25 and degC, not 298.15 K."""

    value: float
    unit: Unit

    @property
    def si(self) -> float:
        return self.unit.to_si(self.value)


def measure(node: Node) -> Measure | None:
    """The number of a node; None for words, formulas of variables, lists, mappings and empty nodes."""
    if node.value is None or isinstance(node.value, dict | list | bool):
        return None
    try:
        expression = parse_expression(node.text, _VARIABLES)
    except ExpressionError:
        return None
    if not expression.is_constant:
        return None
    plain = _PLAIN.fullmatch(node.text)
    if plain:
        text = plain[2] or "1"
        try:
            found = Measure(float(plain[1]), Unit.parse(f"1{text}" if text.startswith("/") else text))
        except ValueError:
            pass
        else:
            if math.isclose(found.si, expression.constant, rel_tol=1e-12):
                return found
    return Measure(expression.constant, expression.unit)


def unit_text(node: Node) -> str:
    """The unit of a plain quantity as spelt in the deck; the whole text of a formula."""
    plain = _PLAIN.fullmatch(node.text)
    return plain[2] if plain else node.text


def column(nodes: Sequence[Node]) -> tuple[list[float], Unit] | None:
    """All values in one unit: the unit of the deck if they share it, else SI; None if one is not a number."""
    found = [measure(node) for node in nodes]
    known = [each for each in found if each is not None]
    if len(known) < len(found) or not known:
        return None
    unit = known[0].unit
    if any(not each.unit.same_dimension(unit) for each in known):
        return None
    if all(each.unit == unit for each in known):
        return [each.value for each in known], unit
    return [each.si for each in known], unit.si


def text_of(node: Node) -> str:
    """A value in one line for a table: 'none' for null."""
    if node.value is None:
        return "none"
    return node.text if not isinstance(node.value, dict | list) else _flow(node.plain())


def _flow(plain: object) -> str:
    if isinstance(plain, dict):
        return "{" + ", ".join(f"{key}: {_flow(value)}" for key, value in plain.items()) + "}"
    if isinstance(plain, list):
        return "[" + ", ".join(map(_flow, plain)) + "]"
    return "none" if plain is None else str(plain).lower() if isinstance(plain, bool) else str(plain)
