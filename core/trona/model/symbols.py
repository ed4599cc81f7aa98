"""Symbols: named quantities with units that stand, in plain UFL, for what only the Problem knows.

A plugin writes ``-kappa * grad(phi)`` with symbols; which function, mesh, side or constant each one is
gets decided when the Problem lowers the expression. Symbols are UFL coefficients over a placeholder mesh,
so every UFL operator works on them and nothing here needs Firedrake.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

import ufl
from ufl.corealg.traversal import unique_post_traversal
from ufl.finiteelement import AbstractFiniteElement
from ufl.pullback import identity_pullback
from ufl.sobolevspace import H1

from trona.model.noise import is_noise
from trona.units import Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    from trona.errors import Location
    from trona.model.declare import Sum

Side = Literal["minus", "plus"]

_CELLS = {1: "interval", 2: "triangle", 3: "tetrahedron"}


class Input(Protocol):
    """What a user wrote for a quantity: a constant, an expression or a table (see trona.deck)."""

    @property
    def unit(self) -> Unit: ...

    @property
    def text(self) -> str: ...

    @property
    def location(self) -> Location | None: ...

    @property
    def variables(self) -> frozenset[str]: ...

    @property
    def known_values(self) -> tuple[float, ...]: ...

    @property
    def is_constant(self) -> bool: ...

    @property
    def constant(self) -> float: ...

    def evaluate(self, values: Mapping[str, Any], functions: Mapping[str, Callable[..., Any]] = ...) -> Any: ...


class _PlaceholderElement(AbstractFiniteElement):  # type: ignore[misc]
    """An element that says only its cell and value shape: enough for UFL to build expressions."""

    def __init__(self, cell: Any, shape: tuple[int, ...]) -> None:
        self._cell, self._shape = cell, shape

    def __repr__(self) -> str:
        return f"Placeholder({self._cell!r}, {self._shape!r})"

    __str__ = __repr__

    def __hash__(self) -> int:
        return hash(repr(self))

    def __eq__(self, other: object) -> bool:
        return repr(self) == repr(other)

    sobolev_space = property(lambda self: H1)
    pullback = property(lambda self: identity_pullback)
    # Any non-zero degree: UFL must not take a symbol for a constant and drop its gradient.
    embedded_superdegree = property(lambda self: 1)
    embedded_subdegree = property(lambda self: 1)
    cell = property(lambda self: self._cell)
    reference_value_shape = property(lambda self: self._shape)
    sub_elements = property(lambda self: ())


_meshes: dict[int, Any] = {}


def placeholder_mesh(dimension: int) -> Any:
    """Return the one plain UFL mesh of this space dimension that all symbols live on."""
    if dimension not in _meshes:
        cell = ufl.Cell(_CELLS[dimension])
        _meshes[dimension] = ufl.Mesh(_PlaceholderElement(cell, (dimension,)))
    return _meshes[dimension]


class Symbol(ufl.Coefficient):  # type: ignore[misc]
    """A named quantity with a unit. Subclasses say what kind of quantity it is.

    `side` is None in blocks and on boundaries, 'minus' or 'plus' for a trace at an interface.
    """

    def __init__(
        self, name: str, unit: Unit, dimension: int, shape: tuple[int, ...] = (), side: Side | None = None
    ) -> None:
        mesh = placeholder_mesh(dimension)
        super().__init__(ufl.FunctionSpace(mesh, _PlaceholderElement(mesh.ufl_cell(), shape)))
        self.name, self.unit, self.side, self.dimension = name, unit, side, dimension

    @property
    def shown(self) -> str:
        """The name in messages and formulas."""
        return self.name

    def __str__(self) -> str:
        return f"{self.shown}[{self.side}]" if self.side else self.shown


class FieldSymbol(Symbol):
    """The value of a field (an unknown, or one given by the deck)."""


class TraceSymbol(FieldSymbol):
    """The value of a field in the block that an expression of the deck names, as in `f(lower)`."""

    def __init__(self, name: str, unit: Unit, dimension: int, block: str) -> None:
        super().__init__(name, unit, dimension)
        self.block = block

    def __str__(self) -> str:
        return f"{self.name}({self.block})"


class RateSymbol(FieldSymbol):
    """The rate at which the field called `name` changes in time."""

    def __str__(self) -> str:
        return f"d{super().__str__()}/dt"


class PropertySymbol(Symbol):
    """A material property: in each block another function of the fields.

    default: its value, a pure number, where a material does not have it; None if it has to. by: the field with respect
    to which its partial derivative is meant, if not the property itself. written: the unit of the property.
    """

    def __init__(
        self,
        name: str,
        written: Unit,
        dimension: int,
        side: Side | None = None,
        default: float | None = None,
        by: FieldSymbol | None = None,
    ) -> None:
        super().__init__(name, written if by is None else written / by.unit, dimension, (), side)
        self.written, self.default, self.by = written, default, by

    @property
    def shown(self) -> str:
        return self.name if self.by is None else f"d{self.name}/d{self.by.name}"

    @property
    def of(self) -> dict[str, Any]:
        """What asks a composition for it again, on another side."""
        by = "" if self.by is None else self.by.name
        return {"name": self.name, "unit": str(self.written), "default": self.default, "by": by}


@dataclass(frozen=True)
class TotalFlux:
    """The key of the sum of all fluxes of a balance."""

    balance: str

    @property
    def name(self) -> str:
        return f"flux_{self.balance}"

    def __str__(self) -> str:
        return f"the total flux of {self.balance}"


@dataclass(frozen=True)
class SumAt:
    """The key of a declared sum: in blocks, or at the interface or boundary of this key in the mesh."""

    sum: Sum
    at: str = ""

    @property
    def name(self) -> str:
        return self.sum.name

    def __str__(self) -> str:
        return f"{self.sum} at {self.at}" if self.at else str(self.sum)


class SumSymbol(Symbol):
    """What all plugins together contribute: to the flux of a balance, or to a declared sum."""

    def __init__(
        self, key: TotalFlux | SumAt, unit: Unit, dimension: int, shape: tuple[int, ...] = (), side: Side | None = None
    ) -> None:
        super().__init__(key.name, unit, dimension, shape, side)
        self.key = key


class InputSymbol(Symbol):
    """A quantity that the user wrote: an option, a boundary value, a parameter of a property.

    `slot` names the role that the input plays: inputs of one slot in several blocks (the same parameter of
    the same property) may share one blockwise coefficient; `block` is the block this one belongs to. `region` is where
    the plugin acts whose option this is: names in the expression need not say so.
    """

    def __init__(
        self, expression: Input, name: str, dimension: int, slot: str = "", block: str = "", region: str = ""
    ) -> None:
        super().__init__(name, expression.unit, dimension)
        self.expression, self.slot, self.block, self.region = expression, slot, block, region


class GeometrySymbol(Symbol):
    """Position 'x', outward (or minus-to-plus) normal 'n', time 't', size of the cells 'h', or a test function 'v'."""


class Symbols:
    """The symbols of a model, each made once: position `x`, normal `n`, time `t`, size of the cells `h`, and more."""

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension
        self.x = GeometrySymbol("x", Unit.parse("m"), dimension, (dimension,))
        self.n = GeometrySymbol("n", Unit.parse("1"), dimension, (dimension,))
        self.t = GeometrySymbol("t", Unit.parse("s"), dimension)
        self.h = GeometrySymbol("h", Unit.parse("m"), dimension)
        self._made: dict[Hashable, Symbol] = {}

    def once(self, key: Hashable, make: Callable[[], Symbol]) -> Any:
        """Return the symbol of a key, which is created on first use."""
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]

    def fields(self) -> set[str]:
        """Return the names of the fields that have been asked for."""
        return {symbol.name for symbol in self._made.values() if isinstance(symbol, FieldSymbol)}

    def random(self) -> list[str]:
        """Return the texts of the random inputs that have been asked for."""
        return [symbol.expression.text for symbol in self._made.values() if is_noise(symbol)]


def written_size(expression: Any) -> int:
    """Return how many parts an expression has when it is written out, where each stands as often as it is used."""
    sizes: dict[Any, int] = {}
    for node in unique_post_traversal(ufl.as_ufl(expression)):
        sizes[node] = 1 + sum(sizes[operand] for operand in node.ufl_operands)
    return sizes[node]


def symbolic_functions() -> dict[str, Callable[..., Any]]:
    """Return the functions with which an Expression is evaluated to UFL."""
    return {
        "exp": ufl.exp,
        "ln": ufl.ln,
        "sqrt": ufl.sqrt,
        "sin": ufl.sin,
        "cos": ufl.cos,
        "tan": ufl.tan,
        "sinh": ufl.sinh,
        "cosh": ufl.cosh,
        "tanh": ufl.tanh,
        "abs": abs,
        "log10": lambda a: ufl.ln(a) / ufl.ln(10),
        "pow": lambda a, b: a**b,
        "min": ufl.min_value,
        "max": ufl.max_value,
        "if": ufl.conditional,
        "lt": ufl.lt,
        "le": ufl.le,
        "gt": ufl.gt,
        "ge": ufl.ge,
        "and": ufl.And,
        "or": ufl.Or,
        "not": ufl.Not,
    }
