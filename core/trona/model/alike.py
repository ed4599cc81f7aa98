"""Whether two models are the same but for numbers: then what was made for the one serves the other.

Only numbers that reach the equations as inputs may differ, because inputs are coefficients of the forms and not part
of them. Anything else that differs, even a number, is a difference.
"""

from __future__ import annotations

import functools
import types
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Any

import numpy as np
import ufl
from ufl.classes import MultiIndex, ScalarValue, Zero
from ufl.core.multiindex import FixedIndex

from trona.deck import Deck, Node
from trona.errors import Location, TronaError
from trona.mesh.data import MeshData
from trona.model.model import Model
from trona.model.registry import Registry
from trona.model.symbols import InputSymbol, Symbol, Symbols
from trona.model.unknown import Unknown
from trona.units import Unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trona.model.draft import Draft
    from trona.model.symbols import Input

_FREE: dict[type, tuple[str, ...]] = {Model: (*Model.VALUES, "read_later"), Unknown: ("reference",)}
"""Attributes that need not agree: `adopt` takes them over, and `alike` compares what was read later by itself."""
_OF_NO_MATTER = (Deck, Location, Registry, Symbols)
"""What says where things come from, and what is compared where it is used."""
_PLAIN = (str, bytes, bool, int, float, complex, type(None), Unit, Enum, range, np.generic, np.dtype)


@dataclass(frozen=True)
class Alike:
    """Two models that agree, with the inputs and unknowns of the first, each with its counterpart.

    located: what in the first has another location than its counterpart, with the attribute and that location.
    """

    first: Model
    second: Model
    inputs: tuple[tuple[InputSymbol, InputSymbol], ...]
    unknowns: tuple[tuple[Unknown, Unknown], ...]
    located: tuple[tuple[Any, str, Location], ...]

    def adopt(self) -> None:
        """Give the first model all numbers of the second, and the places where they stand, for good."""
        for owner, name, location in self.located:
            object.__setattr__(owner, name, location)
        for mine, other in self.inputs:
            if _bears_its_text(mine):
                mine.name = other.name
            mine.expression = other.expression
        for unknown, like in self.unknowns:
            object.__setattr__(unknown, "reference", like.reference)
        for name in Model.VALUES:
            object.__setattr__(self.first, name, getattr(self.second, name))


def alike(first: Model, second: Model, *read: tuple[Any, Any], begun: Comparison | None = None) -> Alike | str:
    """Return how two models correspond, or where they differ, in words.

    read: pairs of anything that was read for the first and for the second, and must agree too. begun: what has been
    compared of them already.
    """
    found = begun if begun is not None and begun.is_of(first, second) else Comparison(first)
    found.models = first, second
    # What an output has read of the materials of the first is no part of its equations.
    later = ((first.read_later[key], second.property_of(*_asked(key))) for key in first.read_later)
    difference = found.difference([("model", first, second), *(("settings", *pair) for pair in read)])
    difference = difference or found.difference([("a property", *pair) for pair in later])
    if difference:
        return difference
    return Alike(first, second, tuple(found.inputs.values()), tuple(found.unknowns.values()), tuple(found.located))


def _asked(key: tuple[str, str, str]) -> tuple[str, str, Unit, str]:
    block, name, unit = key
    return block, name, Unit.parse(unit), ""


class Comparison:
    """Walks through a model and another side by side."""

    def __init__(self, first: Model) -> None:
        self._first = first
        self._second: Symbols | None = None
        self.models: tuple[Model, Model] = first, first
        self.inputs: dict[int, tuple[InputSymbol, InputSymbol]] = {}
        self.unknowns: dict[int, tuple[Unknown, Unknown]] = {}
        self.located: list[tuple[Any, str, Location]] = []
        self._seen: dict[tuple[int, int], tuple[Any, Any]] = {}
        self._partner: dict[tuple[int, int], int] = {}
        self._index: dict[tuple[int, int], int] = {}

    def is_of(self, first: Model, second: Model) -> bool:
        """Whether these two have been compared, as far as the second was composed by then."""
        return self._first is first and self._second is second.symbols

    def may_agree(self, draft: Draft) -> bool:
        """Whether a draft, as yet without properties, may agree with the model but for numbers, as `agrees` tells."""
        mine, other = ({block: {*m.properties} for block, m in c.materials.items()} for c in (self._first, draft))
        # The order of local fields is known only at the very end.
        local = any(field.declaration.element == "local" for field in draft.fields.values())
        return mine == other and not local

    def agrees(self, draft: Draft) -> bool:
        """Whether a draft agrees with the model but for numbers, once it has the properties that the model has.

        Then what does not depend on numbers need not be checked again, and the draft uses the same given fields.
        """
        first = self._first
        try:
            for block, name, unit in first.properties:
                draft.property_of(block, name, Unit.parse(unit), "")
        except TronaError:
            return False
        # What only a check finds is compared when it has been found.
        self.models = replace(first, expectations=()), replace(draft.model(), expectations=())
        self._second = draft.symbols
        if self.difference([("model", *self.models)]):
            return False
        for name in draft.given.keys() & first.symbols.fields():
            draft.field(name)
        return True

    def difference(self, pairs: list[tuple[str, Any, Any]]) -> str:
        """Return the place of the first difference, or an empty string if there is none."""
        pending = list(pairs)
        while pending:
            where, a, b = pending.pop()
            key = (id(a), id(b))
            if key in self._seen:
                continue
            self._seen[key] = a, b  # kept, so that no other object takes its number
            try:
                parts = self._parts(a, b)
            except _DifferenceError:
                return where
            pending += ((f"{where}{step}", x, y) for step, x, y in parts)
        return ""

    def _parts(self, a: Any, b: Any) -> list[tuple[str, Any, Any]]:
        """Return what must agree in turn. Raises _DifferenceError."""
        _need(type(a) is type(b))
        if isinstance(a, _PLAIN):
            _need(a == b or (a != a and b != b))
        elif isinstance(a, _OF_NO_MATTER):
            pass
        elif isinstance(a, MeshData | type | types.ModuleType | types.BuiltinFunctionType):
            _need(a is b)
        elif isinstance(a, ufl.core.expr.Expr):
            return self._expression(a, b)
        elif isinstance(a, Node):
            return [("", a.plain(), b.plain())]
        elif isinstance(a, np.ndarray):
            _need(a.dtype == b.dtype and np.array_equal(a, b, equal_nan=a.dtype.kind in "fc"))
        elif isinstance(a, dict | types.MappingProxyType):
            _need(len(a) == len(b))
            return [
                part
                for (k, x), (m, y) in zip(a.items(), b.items(), strict=True)
                for part in ((f", a key {k}", k, m), (f"[{k}]", x, y))
            ]
        elif isinstance(a, list | tuple):
            _need(len(a) == len(b))
            return [(f"[{i}]", x, y) for i, (x, y) in enumerate(zip(a, b, strict=True))]
        elif isinstance(a, set | frozenset):
            if not all(isinstance(x, Symbol) for x in (*a, *b)):
                _need(all(isinstance(x, _PLAIN) for x in (*a, *b)) and a == b)
                return []
            first, second = (sorted(found, key=Symbol.count) for found in (a, b))
            return [("", first, second)]
        elif isinstance(a, types.FunctionType):
            return self._function(a, b)
        elif isinstance(a, types.MethodType):
            return [(".__func__", a.__func__, b.__func__), (".__self__", a.__self__, b.__self__)]
        elif isinstance(a, functools.partial):
            return [(".func", a.func, b.func), (".args", a.args, b.args), (".keywords", a.keywords, b.keywords)]
        else:
            return self._object(a, b)
        return []

    def _object(self, a: Any, b: Any) -> list[tuple[str, Any, Any]]:
        if isinstance(a, Model):
            _need((a, b) == self.models)
        if isinstance(a, Unknown):
            self.unknowns[id(a)] = a, b
        mine, other = _attributes(a), _attributes(b)
        if mine is None or other is None:
            _need(bool(a == b))
            return []
        _need(mine.keys() == other.keys())
        self.located += [
            (a, name, other[name])
            for name, value in mine.items()
            if isinstance(value, Location) and isinstance(other[name], Location) and value != other[name]
        ]
        return [(f".{name}", value, other[name]) for name, value in mine.items()]

    def _function(self, a: Any, b: Any) -> list[tuple[str, Any, Any]]:
        _need(a.__code__ is b.__code__)
        mine, other = ([cell.cell_contents for cell in f.__closure__ or ()] for f in (a, b))
        return [("()", mine, other), ("()", a.__defaults__, b.__defaults__), ("()", a.__kwdefaults__, b.__kwdefaults__)]

    # ------------------------------------------------------------------ expressions

    def _expression(self, a: Any, b: Any) -> list[tuple[str, Any, Any]]:
        _need(isinstance(a, MultiIndex) or a.ufl_shape == b.ufl_shape)
        if isinstance(a, Symbol):
            return self._symbol(a, b)
        if isinstance(a, MultiIndex):
            _need(len(a) == len(b))
            for i, j in zip(a.indices(), b.indices(), strict=True):
                _need(type(i) is type(j))
                if isinstance(i, FixedIndex):
                    _need(int(i) == int(j))
                else:
                    self._same_index(i.count(), j.count())
        elif isinstance(a, Zero):
            _need(a.ufl_index_dimensions == b.ufl_index_dimensions)
            for i, j in zip(a.ufl_free_indices, b.ufl_free_indices, strict=True):
                self._same_index(i, j)
        elif isinstance(a, ScalarValue):
            _need(a.value() == b.value())
        elif not a.ufl_operands:
            _need(bool(a == b))
        _need(len(a.ufl_operands) == len(b.ufl_operands))
        return [("", x, y) for x, y in zip(a.ufl_operands, b.ufl_operands, strict=True)]

    def _same_index(self, i: int, j: int) -> None:
        _need(self._index.setdefault((0, i), j) == j and self._index.setdefault((1, j), i) == i)

    def _symbol(self, a: Symbol, b: Symbol) -> list[tuple[str, Any, Any]]:
        # One counterpart for each: two inputs of one value are still two.
        _need(self._partner.setdefault((0, id(a)), id(b)) == id(b))
        _need(self._partner.setdefault((1, id(b)), id(a)) == id(a))
        mine, other = dict(_own(a)), dict(_own(b))
        if isinstance(a, InputSymbol) and isinstance(b, InputSymbol):
            self.inputs[id(a)] = a, b
            if self._only_numbers(a.expression, b.expression):
                del mine["expression"], other["expression"]
                if _bears_its_text(a) and _bears_its_text(b):
                    del mine["name"], other["name"]
        _need(mine.keys() == other.keys())
        return [(f"{a}.{name}", value, other[name]) for name, value in mine.items()]

    def _only_numbers(self, a: Input, b: Input) -> bool:
        """Whether two inputs are numbers, perhaps other ones at each time: nothing of them is part of a form."""
        first, second = self.models
        return a.variables == b.variables and not first.varies(a) and not second.varies(b)


class _DifferenceError(Exception):
    """Two parts differ."""


def _need(agree: bool) -> None:
    if not agree:
        raise _DifferenceError


def _attributes(found: Any) -> dict[str, Any] | None:
    """Return the attributes of an object that must agree: none that it has only computed from the others."""
    if not hasattr(found, "__dict__"):
        return {f.name: getattr(found, f.name) for f in fields(found)} if is_dataclass(found) else None
    cls = type(found)
    free = next((names for kind, names in _FREE.items() if isinstance(found, kind)), ())
    return {
        name: value
        for name, value in vars(found).items()
        if name not in free and not isinstance(getattr(cls, name, None), functools.cached_property)
    }


def _bears_its_text(symbol: InputSymbol) -> bool:
    """Whether an input has no name but its value, as that of a source: another value is another name."""
    return bool(symbol.name == symbol.expression.text)


def _own(symbol: Symbol) -> Iterator[tuple[str, Any]]:
    """Yield what trona knows of a symbol, not what UFL does: that is its number, and its space by its shape."""
    for name, value in vars(symbol).items():
        if name in ("name", "unit", "side", "dimension", "block", "key", "expression", "slot", "region"):
            yield name, value
