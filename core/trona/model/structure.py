"""The structure of a model: which unknown depends on which, what changes that, and the order in which to solve."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Any, Literal

from ufl.classes import Grad
from ufl.corealg.traversal import unique_pre_traversal

from trona.model.dependence import derivatives
from trona.model.laws import everywhere
from trona.model.symbols import FieldSymbol, GeometrySymbol, InputSymbol, RateSymbol
from trona.model.unknown import field_pieces, symbols_in

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from trona.model.model import Model
    from trona.model.symbols import Symbol
    from trona.model.unknown import Unknown

Moment = Literal["time", "time step"]
"""What changes a coefficient apart from unknowns: the time itself (with what a protocol sets), or the step size."""


@dataclass(frozen=True)
class Piece:
    """A field on one of its continuous pieces, on an interface or boundary, or a number: one unknown of the system.

    blocks: of the piece; of a field on a boundary the one beside it there, else none.
    """

    field: str
    kind: Literal["volume", "surface", "global"]
    region: str
    blocks: tuple[str, ...]
    local: bool = False
    """Whether its equation couples no two cells: a rate law at points, which can be condensed cell by cell."""

    def __str__(self) -> str:
        return f"{self.field} ({self.region})" if self.region else self.field


Cause = Piece | Moment


@dataclass(frozen=True)
class Part:
    """Unknowns that need each other: they are solved together. Parts are solved one after another.

    changes: what the equations of these unknowns for themselves change with; nothing in a constant part.
    diffusing: those of these unknowns in whose equations a flux follows their own gradient. groups: those of them that
    are in each other's equations, directly or through others that are; groups need each other only in a circle.
    """

    pieces: tuple[Piece, ...]
    changes: frozenset[Cause]
    diffusing: frozenset[Piece] = frozenset()
    groups: tuple[tuple[Piece, ...], ...] = ()

    @property
    def linear(self) -> bool:
        """Whether its equations are linear in its own unknowns, with whatever values the others have."""
        return not self.changes.intersection(self.pieces)

    @property
    def constant(self) -> bool:
        """Whether its matrix stays as it is as long as the size of the time step does."""
        return self.changes <= {"time step"}

    @property
    def multigrid(self) -> bool:
        """Whether multigrid can solve it: with some unknowns that diffuse, and others that act on these alone.

        An unknown without a gradient of its own, such as a pressure, is solved for through those that have one. One
        that is known cell by cell is better eliminated, which a factorisation does.
        """
        return bool(self.diffusing) and not any(piece.local for piece in self.pieces)


@dataclass(frozen=True)
class Structure:
    """What the terms of a model say about the system that they make.

    pieces: the unknowns, in the order of the system. depends: for an equation (by its unknown) and an unknown in it,
    what the derivative of the one by the other changes with. Nothing is left out; some of it may be more than is true.
    diffusing: the unknowns in whose equations a flux follows their own gradient.
    """

    pieces: tuple[Piece, ...]
    depends: Mapping[tuple[Piece, Piece], frozenset[Cause]]
    diffusing: frozenset[Piece] = frozenset()

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """The parts in an order in which each needs only earlier ones."""
        parts = _components(self.pieces, self.depends, "strong")
        home = {piece: number for number, part in enumerate(parts) for piece in part}
        needs: dict[int, set[int]] = {number: set() for number in range(len(parts))}
        for row, column in self.depends:
            if home[row] != home[column]:
                needs[home[row]].add(home[column])
        return tuple(self._part(parts[number]) for number in TopologicalSorter(needs).static_order())

    @property
    def whole(self) -> Part:
        """All unknowns as one part."""
        return self._part(self.pieces)

    def _part(self, pieces: tuple[Piece, ...]) -> Part:
        own = {pair: causes for pair, causes in self.depends.items() if set(pair) <= set(pieces)}
        changes = frozenset[Cause]().union(*own.values())
        return Part(pieces, changes, self.diffusing.intersection(pieces), tuple(_groups(pieces, own)))


def _groups(pieces: Sequence[Piece], depends: Collection[tuple[Piece, Piece]]) -> Iterator[tuple[Piece, ...]]:
    """Yield the groups of a part, each time one that needs the fewest unknowns of those that are still to come."""
    left = _components(pieces, [pair for pair in depends if pair[::-1] in depends], "weak")

    def needed(group: tuple[Piece, ...]) -> int:
        later = {piece for other in left if other is not group for piece in other}
        return sum(row in group and column in later for row, column in depends)

    while left:
        first = min(left, key=needed)
        left.remove(first)
        yield first


def _components(
    pieces: Sequence[Piece], pairs: Iterable[tuple[Piece, Piece]], connection: Literal["strong", "weak"]
) -> list[tuple[Piece, ...]]:
    """Return the components of the graph that pairs of some unknowns make."""
    import numpy as np
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    number = {piece: i for i, piece in enumerate(pieces)}
    edges = np.array([(number[row], number[column]) for row, column in pairs], dtype=int).reshape(-1, 2)
    matrix = coo_array((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(len(pieces), len(pieces)))
    count, home = connected_components(matrix, directed=True, connection=connection)
    return [tuple(piece for piece, its in zip(pieces, home, strict=True) if its == n) for n in range(count)]


def structure_of(model: Model) -> Structure:
    """Return the structure of a composed model, from the terms and constraints of its equations."""
    return _Reading(model).found()


class _Reading:
    """Walks over the terms of a model, each at all of its places."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.pieces = [piece for _, field in sorted(model.fields.items()) for piece in pieces_of(field, model)]
        self._depends: dict[tuple[Piece, Piece], set[Cause]] = defaultdict(set)
        self._diffusing: set[Piece] = set()

    def found(self) -> Structure:
        model = self.model
        for placed in model.placed():
            field, moves = placed.equation.field, not placed.equation.on_reference
            row = self.piece(field.name, placed.block)
            self._read(row, placed.expression, placed.sides, moves, placed.term.kind == "storage")
            if placed.term.kind == "flux" and field.name in _with_gradient(placed.expression):
                self._diffusing.add(row)
        for constraint, patch in everywhere(model.constraints):
            row = self.piece(constraint.multiplier.name, patch.block)
            self._read(row, model.expand_at(constraint.residual, patch), patch.sides)
        for fixed, patch in everywhere(model.integral_constraints):
            row = self.piece(fixed.unknown.name)
            for part in (fixed.integrand, fixed.target):
                self._read(row, model.expand_at(part, patch), patch.sides)
        depends = {key: frozenset(causes) for key, causes in self._depends.items()}
        return Structure(tuple(self.pieces), depends, frozenset(self._diffusing))

    def piece(self, name: str, block: str = "") -> Piece:
        """Return the unknown that a field is in a block."""
        for piece in self.pieces:
            if piece.field == name and (not block or not piece.blocks or block in piece.blocks):
                return piece
        raise KeyError((name, block))

    def _read(
        self, row: Piece, expression: Any, sides: Mapping[Any, str], moves: bool = True, storage: bool = False
    ) -> None:
        """Note on what the equation of `row` depends by one expression; storage: by its rate of change."""
        step: set[Cause] = {"time step"} if storage else set()
        shape: set[Piece] = set()
        if moves and self.model.motion is not None:
            shape = {self.piece(self.model.motion.field.name, block) for block in sides.values() if block}
        whole = {cause for symbol in symbols_in(expression) for cause in self._causes(symbol, sides)}
        for symbol, changes in derivatives(expression).items():
            if isinstance(symbol, FieldSymbol) and symbol.name in self.model.fields:
                column = self.piece(symbol.name, sides.get(symbol.side, ""))
                own: set[Cause] = {"time step"} if isinstance(symbol, RateSymbol) else set()
                causes = {cause for other in changes for cause in self._causes(other, sides)}
                self._depends[row, column] |= causes | step | own | shape
        for piece in shape:
            self._depends[row, piece] |= whole | step | shape

    def _causes(self, symbol: Symbol, sides: Mapping[Any, str]) -> Iterator[Cause]:
        """Yield what a symbol changes with."""
        match symbol:
            case FieldSymbol():
                if isinstance(symbol, RateSymbol):
                    yield "time step"
                if symbol.name in self.model.fields:
                    yield self.piece(symbol.name, sides.get(symbol.side, ""))
                else:
                    yield from self._of_input(self.model.given[symbol.name].expression)
            case InputSymbol():
                yield from self._of_input(symbol)
            case GeometrySymbol() if symbol is self.model.symbols.t:
                yield "time"

    def _of_input(self, symbol: InputSymbol) -> Iterator[Cause]:
        variables = symbol.expression.variables
        if variables & self.model.controls.times:
            yield "time"
        for name in sorted(variables & self.model.fields.keys()):
            yield from (piece for piece in self.pieces if piece.field == name)


def pieces_of(field: Unknown, model: Model) -> Iterable[Piece]:
    """Yield the unknowns that a field is made of."""
    local = field.declaration.element == "local"
    if field.kind == "global":
        yield Piece(field.name, "global", "", ())
    elif field.law is not None:
        for patch in field.law.patches:
            beside = (patch.block,) if patch.block else ()
            region = f"{field.interface} of {patch.block}" if patch.block else field.interface
            yield Piece(field.name, "surface", region, beside)
    else:
        for blocks in field_pieces(field, model.mesh):
            yield Piece(field.name, "volume", "+".join(blocks), blocks, local)


def _with_gradient(expression: Any) -> set[str]:
    """Return the names of the fields of whose gradient an expression is made."""
    gradients = (node for node in unique_pre_traversal(expression) if isinstance(node, Grad))
    return {symbol.name for node in gradients for symbol in symbols_in(node) if isinstance(symbol, FieldSymbol)}
