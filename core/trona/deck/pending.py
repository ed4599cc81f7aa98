"""Values of options that cannot be read before all physics has said which fields there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from trona.deck.expression import NUMERIC, Expression, Function
from trona.deck.source import Node
from trona.deck.table import Dependent, Table
from trona.units import Unit


class Pending(Dependent):
    """An expression or a table of names that are not known yet, until `settle` reads it.

    unit: the coherent SI unit of the value; location: where it stands in the deck; read: reads it for the units of all
    names that it may contain, and raises UserError.
    """

    def __init__(self, node: Node, unit: Unit, read: Callable[[Mapping[str, Unit]], Expression | Table]) -> None:
        self.unit, self.location, self._read = unit.si, node.location, read
        self.text = node.text if not isinstance(node.value, dict) else "a table"
        self._found: Expression | Table | None = None

    def settle(self, variables: Mapping[str, Unit]) -> Expression | Table:
        """Return what it reads as when these names are known. Raises UserError."""
        self._found = self._read(variables)
        return self._found

    @property
    def variables(self) -> frozenset[str]:
        """The names that it contains; none before it is read."""
        return frozenset() if self._found is None else self._found.variables

    @property
    def known_values(self) -> tuple[float, ...]:
        """The values in SI that do not depend on variables: those of a table."""
        return () if self._found is None else self._found.known_values

    def evaluate(self, values: Mapping[str, Any], functions: Mapping[str, Function] = NUMERIC) -> Any:
        """The value in SI, as `Expression.evaluate`. Raises ValueError before it is read."""
        if self._found is None:
            raise ValueError(f"'{self.text}' has not been read")
        return self._found.evaluate(values, functions)


Input = Expression | Table | Pending
"""What an option that is a quantity may be."""
