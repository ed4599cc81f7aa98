"""The unknowns of a model: where each field lives and where it may jump."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as _field
from typing import TYPE_CHECKING, Any

from trona.mesh.data import pair_name
from trona.units import Unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from trona.errors import Location
    from trona.mesh.data import Interface, MeshData
    from trona.model.declare import Field
    from trona.model.laws import Law
    from trona.model.symbols import InputSymbol, Symbol


@dataclass(frozen=True, eq=False)
class Initial:
    """An initial value of a field, or of one component, in some blocks; without blocks wherever the field lives."""

    value: InputSymbol
    location: Location
    blocks: tuple[str, ...] = ()
    component: int | None = None

    def holds_in(self, blocks: Iterable[str]) -> bool:
        """Whether it is the value in any of these blocks."""
        return not self.blocks or not set(self.blocks).isdisjoint(blocks)


@dataclass(frozen=True, eq=False)
class Unknown:
    """A field of the model: `blocks` where it lives (empty for a global scalar), the interfaces that break it.

    shape: of its value, () for a scalar. A surface field lives on the interface or boundary of `law` instead.
    """

    declaration: Field
    unit: Unit
    blocks: tuple[str, ...]
    plugin: str
    shape: tuple[int, ...] = ()
    scale: float = 1.0
    reference: float = 0.0
    law: Law | None = None
    degree: int = 2
    initial: tuple[Initial, ...] = ()
    location: Location | None = None
    """Where in the deck the plugin that provides it stands."""
    broken_at: Mapping[str, str] = _field(default_factory=dict)
    """Key of each interface where a law breaks the field -> the plugin that does."""

    @property
    def name(self) -> str:
        return self.declaration.name

    @property
    def interface(self) -> str:
        """Key in the mesh of the interface or boundary that a surface field lives on, else ''."""
        return self.law.key if self.law else ""

    @property
    def order(self) -> int:
        """The polynomial order of its functions, once the deck's elements are read."""
        return self.degree - 1 if self.declaration.element == "local" else self.degree

    @property
    def kind(self) -> str:
        return self.declaration.kind


def open_ends(declared: Field) -> tuple[float | None, float | None]:
    """Return above what and below what the values of a field must be, in SI; None where there is no such end."""
    from trona.deck import parse_expression

    high = parse_expression(declared.below, {}, Unit.parse(declared.unit)).constant if declared.below else None
    return 0.0 if declared.positive else None, high


def beyond(declared: Field, lowest: float, highest: float) -> str:
    """Return what values from lowest to highest, in SI, must be instead, as in 'above 0 K'; '' if they are."""
    low, high = open_ends(declared)
    spelt = Unit.parse(declared.unit).si.spelt
    if low is not None and not lowest > low:
        return f"above {low:g}{spelt}"
    return f"below {high:g}{spelt}" if high is not None and not highest < high else ""


@dataclass(frozen=True, eq=False)
class Given:
    """A field that the deck gives instead of solving for it."""

    name: str
    unit: Unit
    expression: Any
    blocks: tuple[str, ...]
    location: Location | None = None


def pieces(blocks: Iterable[str], edges: Iterable[tuple[str, str]]) -> tuple[tuple[str, ...], ...]:
    """Return the connected pieces of a field: blocks joined by the unbroken edges between them.

    Pieces, and the blocks in each, are in the order of `blocks`.
    """
    order = {block: i for i, block in enumerate(blocks)}
    home = {block: block for block in order}

    def find(block: str) -> str:
        root = block
        while home[root] != root:
            root = home[root]
        while home[block] != root:
            home[block], block = root, home[block]
        return root

    for a, b in edges:
        first, second = sorted((find(a), find(b)), key=order.__getitem__)
        home[second] = first
    found: dict[str, list[str]] = {}
    for block in order:
        found.setdefault(find(block), []).append(block)
    return tuple(map(tuple, found.values()))


def field_pieces(field: Unknown, mesh: MeshData) -> tuple[tuple[str, ...], ...]:
    """Return the pieces on which `field` is one function, given the interfaces that break it.

    No two blocks of a piece have a broken interface between them, not even one that covers only a part of their border.
    Where other blocks would join such two, the smallest borders on the way are cut as well. See `cut_borders`.
    """
    if field.declaration.jumps_at_borders:
        return tuple((block,) for block in field.blocks)
    broken = {frozenset(mesh.interfaces[key].blocks) for key in field.broken_at}
    borders = [border for border in _borders(field, mesh) if frozenset(border.blocks) not in broken]
    found = pieces(field.blocks, (border.blocks for border in borders))
    number = {block: n for n, piece in enumerate(found) for block in piece}
    if all(number[a] != number[b] for a, b in broken):
        return found
    home = {block: frozenset((block,)) for block in field.blocks}
    for border in sorted(borders, key=lambda border: -border.measure):
        joined = home[border.blocks[0]] | home[border.blocks[1]]
        if not any(pair <= joined for pair in broken):
            home |= dict.fromkeys(joined, joined)
    return tuple(dict.fromkeys(tuple(b for b in field.blocks if b in home[block]) for block in field.blocks))


def cut_borders(field: Unknown, mesh: MeshData) -> list[tuple[Interface, tuple[int, ...]]]:
    """Return the borders between pieces of a field with the facet sets of each at which no law breaks the field."""
    broken = {s for key in field.broken_at for s in mesh.interfaces[key].sets}
    home = {block: piece for piece in field_pieces(field, mesh) for block in piece}
    found = []
    for border in _borders(field, mesh) if not field.declaration.jumps_at_borders else ():
        rest = tuple(s for s in border.sets if s not in broken)
        if rest and home[border.blocks[0]] != home[border.blocks[1]]:
            found.append((border, rest))
    return found


def _borders(field: Unknown, mesh: MeshData) -> list[Interface]:
    """Return the whole borders between blocks of a field."""
    whole = [mesh.interfaces[pair_name(*pair)] for pair in mesh.neighbours]
    return [border for border in whole if set(border.blocks) <= set(field.blocks)]


def constant_of(expression: Any) -> float | None:
    """Return the number in SI that an expression of constant inputs is; None if it depends on anything else."""
    import ufl

    from trona.model.symbols import InputSymbol

    expression = ufl.as_ufl(expression)
    found = {s: s.expression for s in symbols_in(expression) if isinstance(s, InputSymbol)}
    if len(found) < len(symbols_in(expression)) or not all(e.is_constant for e in found.values()):
        return None
    return float(expression((0.0,), {s: e.constant for s, e in found.items()}))


def symbols_in(expression: Any) -> list[Symbol]:
    """Return the symbols of an expression, each once, in order of creation."""
    from ufl.corealg.traversal import traverse_unique_terminals

    from trona.model.symbols import Symbol

    found = {id(s): s for s in traverse_unique_terminals(expression) if isinstance(s, Symbol)}
    return sorted(found.values(), key=lambda s: s.count())
