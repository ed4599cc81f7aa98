"""Tables, and readers of inputs of a deck: a quantity, an expression or a table."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from trona.deck.expression import NUMERIC, Constant, Expression, Function
from trona.deck.files import TABLE, FileRefusedError, read_text
from trona.deck.parser import parse_expression
from trona.deck.source import Node
from trona.deck.tokens import ExpressionError
from trona.errors import DeckError, Location, UnknownNameError, nearest
from trona.units import Unit

KEYS = ("table", "of", "units")


class Dependent:
    """The value of an option that depends on variables: it has no constant. text: its spelling in the deck."""

    text: str

    @property
    def is_constant(self) -> bool:
        return False

    @property
    def constant(self) -> float:
        """Raises ValueError, because it depends on variables."""
        raise ValueError(f"'{self.text}' is not constant")

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Table(Dependent):
    """A function of one variable: linear between its points, constant outside them.

    `of` is the variable, `abscissae` (strictly increasing) and `ordinates` are in SI; `unit` is the coherent
    SI unit of the value, `location` where it stands in the deck. It is evaluated like an `Expression`.
    """

    text: str
    unit: Unit
    of: str
    abscissae: tuple[float, ...]
    ordinates: tuple[float, ...]
    location: Location | None = field(default=None, compare=False)

    @property
    def variables(self) -> frozenset[str]:
        return frozenset((self.of,))

    @property
    def known_values(self) -> tuple[float, ...]:
        """The values in SI that do not depend on variables: the ordinates, which bound all others."""
        return self.ordinates

    def evaluate(self, values: Mapping[str, Any], functions: Mapping[str, Function] = NUMERIC) -> Any:
        """The value in SI, as `Expression.evaluate`; the functions `if` and `lt` are used."""
        x = values[self.of]
        if functions is NUMERIC:
            return np.interp(x, self.abscissae, self.ordinates)
        return self._piece(x, functions, 0, len(self.abscissae))

    def _piece(self, x: Any, functions: Mapping[str, Function], first: int, last: int) -> Any:
        """Pieces `first` to `last`, where piece i ends at abscissa i: a shallow tree."""
        if first == last:
            if first in (0, len(self.abscissae)):
                return self.ordinates[0 if first == 0 else -1]
            (x0, x1), (y0, y1) = self.abscissae[first - 1 : first + 1], self.ordinates[first - 1 : first + 1]
            return y0 + (x - x0) * ((y1 - y0) / (x1 - x0))
        middle = (first + last) // 2
        below = self._piece(x, functions, first, middle)
        above = self._piece(x, functions, middle + 1, last)
        return functions["if"](functions["lt"](x, self.abscissae[middle]), below, above)


def parse_input(node: Node, expected: Unit, variables: Mapping[str, Unit], folder: str | Path) -> Expression | Table:
    """Read a quantity, an expression or a table from a deck.

    A table is `{table: [[0 s, 0 A/m^2], [60 s, 10 A/m^2]], of: t}`, or `{table: file.csv, of: t, units: [s,
    A/m^2]}` with the file relative to `folder`. Raises DeckError at the location of the
    mistake.
    """
    if isinstance(node.value, dict):
        return _table(node, expected, variables, Path(folder))
    if node.value is None or isinstance(node.value, list | bool):
        wanted = "a pure number" if expected.is_dimensionless else f"a quantity in {expected}"
        raise node.error(f"expected {wanted}, got {node.kind}")
    return read_expression(node, variables, expected)


def constant_at(source: Expression | Table, values: Mapping[str, float]) -> Expression:
    """An expression or a table at given values, in SI, of all its variables, as a constant."""
    number = float(source.evaluate(values))
    return Expression(f"{number:g} {source.unit}", source.unit, frozenset(), (Constant(number),))


def read_expression(node: Node, variables: Mapping[str, Unit], expected: Unit | None = None) -> Expression:
    """Read a quantity or an expression in the scope of its deck. Raises DeckError at the location of the mistake."""
    try:
        text = node.string()
        read = parse_expression(text, node.scope.variables(variables), expected, node.scope.definitions)
    except ExpressionError as error:
        kind = UnknownNameError if error.unknown else DeckError
        raise kind(error.message, node.at(error.column)) from None
    return replace(read, location=node.location)


def _table(node: Node, expected: Unit, variables: Mapping[str, Unit], folder: Path) -> Table:
    entries = node.mapping()
    for key in entries:
        if key not in KEYS:
            raise DeckError(f"no such key of a table{nearest(key, KEYS)}", node.key(key))
    for key in ("table", "of"):
        if key not in entries:
            raise node.error(f"a table needs the key '{key}'")
    variables = node.scope.variables(variables)
    of = entries["of"].string()
    if of not in variables:
        raise UnknownNameError(f"'{of}' cannot be used here{nearest(of, variables)}", entries["of"].location)
    source = entries["table"]
    if isinstance(source.value, list):
        if "units" in entries:
            raise DeckError("remove 'units': the values of this table carry their own", node.key("units"))
        points, text = _inline(source.value, variables[of], expected), f"table of {of}"
    else:
        if "units" not in entries:
            raise node.error("a table from a file needs the key 'units', as in [s, A/m^2]")
        units = _units(entries["units"], (variables[of], expected))
        points, text = _file(source, units, folder), f"table {source.text} of {of}"
    if len(points) < 2:
        raise source.error(f"a table needs at least 2 rows, got {len(points)}")
    for (before, _, _), (after, _, location) in pairwise(points):
        if after <= before:
            raise DeckError(f"the values of {of} must increase from row to row", location)
    return Table(text, expected.si, of, tuple(x for x, _, _ in points), tuple(y for _, y, _ in points), node.location)


_Point = tuple[float, float, Location]


def _inline(rows: Sequence[Node], x_unit: Unit, y_unit: Unit) -> list[_Point]:
    points = []
    for row in rows:
        cells = row.sequence()
        if len(cells) != 2:
            raise row.error(f"expected a row of 2 values, got {len(cells)}")
        x, y = (parse_input(cell, unit, {}, "") for cell, unit in zip(cells, (x_unit, y_unit), strict=True))
        points.append((x.constant, y.constant, row.location))
    return points


def _units(node: Node, wanted: Sequence[Unit]) -> list[Unit]:
    names = node.sequence()
    if len(names) != 2:
        raise node.error(f"expected 2 units, got {len(names)}")
    units = []
    for name, expected in zip(names, wanted, strict=True):
        try:
            unit = Unit.parse(name.string())
        except ValueError as error:
            raise name.error(str(error)) from None
        if not unit.same_dimension(expected):
            raise name.error(f"expected a unit like {expected}, got '{unit}'")
        units.append(unit)
    return units


def _file(node: Node, units: Sequence[Unit], folder: Path) -> list[_Point]:
    """The rows of a CSV file of two columns; lines before the first row of numbers are its header."""
    path = folder / node.string()
    try:
        lines = read_text(path, "table", TABLE).splitlines()
    except FileRefusedError as error:
        raise node.error(str(error)) from None
    points: list[_Point] = []
    for number, line in enumerate(lines, 1):
        if not points:
            _check_header(line, units, Location(str(path), number, 1))
        content = line.partition("#")[0].strip()
        cells = [cell for cell in re.split(r"[,;\s]+", content) if cell]
        row = [_float(cell) for cell in cells]
        if len(row) == 2 and None not in row:
            x, y = (unit.to_si(value) for unit, value in zip(units, row, strict=True) if value is not None)
            points.append((x, y, Location(str(path), number, 1)))
        elif content and points:
            location = Location(str(path), number, 1)
            # The content is not quoted: an untrusted deck may name a confidential file.
            found = "a word" if len(cells) == 2 else f"{len(cells)} of them" if None not in row else "words"
            raise DeckError(f"expected a row of 2 numbers, got {found}", location)
    return points


def _check_header(line: str, units: Sequence[Unit], location: Location) -> None:
    """Refuse a header whose units differ from those of the deck, as in 'time [min], current [A]'."""
    cells = re.split(r"[,;\t]", line.lstrip("# "))
    if len(cells) != 2:
        return
    for cell, unit in zip(cells, units, strict=True):
        marked = re.search(r"[\[(]([^\[\]()]+(?:\([^()]*\))?)[\])]\s*$", cell)
        try:
            found = Unit.parse(re.sub(r"(?<=[^\W\d])(-?\d)", r"^\1", marked[1] if marked else cell))
        except ValueError:
            continue
        # A bare word may be a name: 't' is a tonne, and 'T' a tesla.
        if found != unit and (marked or found.same_dimension(unit)):
            raise DeckError(f"the header of this table says '{found}', but the deck says '{unit}'", location)


def _float(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
