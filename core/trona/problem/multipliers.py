"""Multipliers where constraints meet each other or fixed values: there may be nothing left for one to hold."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import firedrake as fd
import numpy as np

from trona.model.checks.levels import determines_multiplier, holds_level
from trona.model.laws import everywhere

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from trona.model.records import Constraint
    from trona.problem.unknowns import Component, Unknowns

    Array = Any
    FixedParts = list[tuple[str, Component, Any]]

_NEAR = 1e-9
"""Of the size of the mesh: nodes that are closer are at one point."""
_FIXED = -1
"""Stands for what has a fixed value, among the components that constraints tie to each other."""


class _AtNodes(fd.DirichletBC):  # type: ignore[misc]
    """A fixed value at nodes, given one by one."""

    def __init__(self, space: Any, value: Any, nodes: Sequence[int]) -> None:
        self._nodes = np.array(nodes, dtype=np.int32)
        super().__init__(space, value, "on_boundary")
        self.sub_domain = tuple(nodes)  # of which Firedrake makes the condition anew for a part of the system

    @cached_property
    def nodes(self) -> Any:
        return self._nodes


@dataclass(frozen=True, eq=False)
class _Held:
    """A constraint on a patch: its multiplier, the components that it ties (one at a boundary), and its nodes.

    points: where the nodes of the multiplier are, of this rank, halo included. fixes: whether it holds a value, and not
    a difference. may_let_go: whether it holds only in some states, as a contact does.
    """

    constraint: Constraint
    multiplier: Component
    sides: tuple[Component, ...]
    points: Array
    fixes: bool
    may_let_go: bool

    @property
    def axes(self) -> Sequence[int | None]:
        shape = self.sides[0].field.shape
        return range(shape[0]) if shape else (None,)

    @property
    def along(self) -> bool:
        """Whether it holds one number of a vector, in a direction that may be any."""
        return self.multiplier.field.shape != self.sides[0].field.shape

    @property
    def can_be_chosen(self) -> bool:
        """Whether a value of the multiplier that nothing determines can be chosen by its neighbours."""
        return self.ties and len(self.sides) == 1 and not self.multiplier.points and self.multiplier.field.order == 1

    @property
    def ties(self) -> bool:
        """Whether others can count on what it holds."""
        return not self.along and not self.may_let_go


@dataclass(frozen=True, eq=False)
class Shared:
    """Nodes of a multiplier that another one of the same constraint shares, on the next patch, and which `tied` obeys.

    mask: a function of the multiplier's space that is one there.
    """

    multiplier: Component
    tied: Component
    mask: Any


def free_multipliers(
    unknowns: Unknowns, fixed: FixedParts, extent: float, comm: Any, value: Callable[[Component], Any] | None
) -> tuple[list[tuple[Component, Any]], list[Shared]]:
    """Return conditions that hold the multipliers which nothing determines: at zero, or at the `value` of them.

    Those at nodes that patches of one constraint share are returned apart where they can be chosen, if no `value` is
    given: their sum is determined there, and how much of it belongs to each patch is not.

    fixed: the boundary and component of each fixed value, with its condition. extent: the size of the mesh.
    A multiplier acts on the rows of the field that its constraint ties. Where boundary conditions have taken the
    place of all of them it is not determined, and neither is the last of several whose constraints close a circle, as
    where three blocks meet that are all tied to each other: what it holds follows from the others. One of a lower
    order than the field is determined by the nodes between. Collective.
    """
    held = list(_all_held(unknowns))
    found, shared = [], dict[int, Shared]()
    for each, axis, points, beside in _redundant(held, fixed, _NEAR * extent, comm):
        component = each.multiplier
        at = np.flatnonzero(_near(each.points, points, _NEAR * extent))
        if beside and value is None:
            if component.index not in shared:
                shared[component.index] = Shared(component, each.sides[0], fd.Function(component.space))
            shared[component.index].mask.dat.data_wo_with_halos[at if axis is None else (at, axis)] = 1.0
            continue
        space, given = unknowns.space_of(component), component.reference if value is None else value(component)
        if axis is None:
            scaled = (given - component.reference) / component.scale
        else:
            space, scaled = space.sub(axis), 0.0 if value is None else given[axis] / component.scale
        found.append((component, _AtNodes(space, scaled, at.tolist())))
    return found, list(shared.values())


def _all_held(unknowns: Unknowns) -> list[_Held]:
    """Return all constraints whose multipliers have as many nodes as what they tie, those that surely hold first."""
    model, found = unknowns.model, []
    for constraint, patch in everywhere(model.constraints):
        blocks = [b for b in dict.fromkeys(patch.sides.values()) if b in constraint.balance.blocks]
        sides = tuple(dict.fromkeys(unknowns.find(constraint.balance.field.name, block) for block in blocks))
        multiplier = unknowns.find(constraint.multiplier.name, patch.block)
        determined = determines_multiplier(model, constraint)
        as_many = bool(sides) and (bool(multiplier.points) or multiplier.field.order >= sides[0].field.order)
        if as_many and not determined:
            fixes = len(sides) == 1 and holds_level(model, constraint)
            found.append(_Held(constraint, multiplier, sides, multiplier.places(), fixes, determined is None))
    # The smaller of two patches holds what both share: the larger one has nodes of its own left.
    return sorted(found, key=lambda held: (not held.ties, held.multiplier.space.dim()))


def _redundant(
    held: Sequence[_Held], fixed: FixedParts, near: float, comm: Any
) -> list[tuple[_Held, int | None, Array, bool]]:
    """Return multipliers that nothing determines, with the component of a vector and the points. Collective.

    The last is whether others of the same constraint are determined there, and it can be chosen by its neighbours.

    Every rank looks at the nodes of all: a rank need not know all blocks around a node that it owns.
    """
    everyones = [_gathered(each.points, comm) for each in held]
    points = np.concatenate(everyones) if held else np.empty((0, 1))
    if not len(points):
        return []
    # late: scipy's trees are slow to import, and most problems have no multipliers
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    tree = cKDTree(points)
    pairs = tree.query_pairs(near, output_type="ndarray")
    graph = coo_array((np.ones(len(pairs)), pairs.T), shape=(len(points), len(points)))
    number = connected_components(graph, directed=False)[1]
    fixed_at: dict[tuple[int, int | None], set[int]] = {}
    for component in dict.fromkeys(side for each in held for side in each.sides):
        for axis in range(component.field.shape[0]) if component.field.shape else (None,):
            mine = component.places()[_fixed_nodes(fixed, component, axis)]
            mine = _gathered(mine[_near(mine, points, near)], comm)
            fixed_at[component.index, axis] = set(number[tree.query(mine)[1]].tolist()) if len(mine) else set()
    starts = np.cumsum([0, *map(len, everyones)])
    numbers = [number[a:b] for a, b in pairwise(starts)]
    cells = [_gathered_cells(each, comm) for each in held]
    return list(_circles(held, everyones, numbers, cells, fixed_at))


class _Tied:
    """Which components are tied to each other at a point, for one axis of a vector; all fixed ones count as tied."""

    def __init__(self, fixed: Iterable[int]) -> None:
        self._group = dict.fromkeys(fixed, _FIXED)

    def of(self, side: Component) -> int:
        return self._group.setdefault(side.index, side.index)

    def ends(self, held: _Held) -> tuple[int, int]:
        """Return the two groups that a constraint ties; what is at a boundary it ties to what is fixed."""
        return self.of(held.sides[0]), _FIXED if len(held.sides) == 1 else self.of(held.sides[1])

    def tie(self, held: _Held) -> None:
        if held.fixes or len(held.sides) == 2:
            ends = self.ends(held)
            self._group = {c: min(ends) if group in ends else group for c, group in self._group.items()}


def _circles(
    held: Sequence[_Held],
    points: Sequence[Array],
    numbers: Sequence[Array],
    cells: Sequence[Array],
    fixed_at: dict[tuple[int, Any], set[int]],
) -> Iterator[tuple[_Held, int | None, Array, bool]]:
    """Yield the multipliers that close a circle of what is tied at a point: what they hold follows from others."""
    ties: dict[tuple[int, int | None], _Tied] = {}
    twice: set[tuple[Constraint, int, tuple[int, ...]]] = set()
    by_patch: set[tuple[Constraint, int, int, int | None]] = set()
    for each, where, names, around in zip(held, points, numbers, cells, strict=True):
        closed: dict[int | None, dict[int, int]] = {}
        for point, row in zip(*(part.tolist() for part in np.unique(names, return_index=True)), strict=True):
            for axis in each.axes:
                if (point, axis) not in ties:
                    ties[point, axis] = _Tied(c for (c, a), at in fixed_at.items() if a == axis and point in at)
            here = {axis: ties[point, axis] for axis in each.axes}
            ends = {axis: tied.ends(each) for axis, tied in here.items()}
            found = {axis: first == second for axis, (first, second) in ends.items()}
            if not each.ties:
                # Beside a patch of the same constraint, it holds the same number of what is tied.
                same = (each.constraint, point, tuple(first for first, _ in ends.values()))
                found = {axis: closes or same in twice for axis, closes in found.items()}
                twice.add(same)
            else:
                for tied in here.values():
                    tied.tie(each)
            if each.along:
                found = {None: all(found.values())}
            for axis in (axis for axis, closes in found.items() if closes):
                closed.setdefault(axis, {})[point] = row
            if each.can_be_chosen:
                open_axes = (axis for axis, closes in found.items() if not closes)
                by_patch.update((each.constraint, each.sides[0].index, point, axis) for axis in open_axes)
        for axis, rows in closed.items():
            same_patch = {p for p in rows if (each.constraint, each.sides[0].index, p, axis) in by_patch}
            beside = same_patch & _beside_others(names[around], set(rows)) if each.can_be_chosen else set[int]()
            for chosen in (True, False):
                at = [row for point, row in rows.items() if (point in beside) == chosen]
                if at:
                    yield each, axis, where[at], chosen


def _beside_others(cells: Array, chosen: set[int]) -> set[int]:
    """Return the points of `chosen` that are joined by cells (of points) to points that are not."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    known, joined = np.unique(cells, return_inverse=True)
    joined = joined.reshape(cells.shape)
    edges = np.concatenate([joined[:, [0, i]] for i in range(1, cells.shape[1])])
    graph = coo_array((np.ones(len(edges)), edges.T), shape=(len(known), len(known)))
    part = connected_components(graph, directed=False)[1]
    free = {int(p) for p, point in zip(part, known.tolist(), strict=True) if point not in chosen}
    return {point for p, point in zip(part.tolist(), known.tolist(), strict=True) if p in free} & chosen


def _gathered_cells(held: _Held, comm: Any) -> Array:
    """Return the nodes of the cells of a multiplier on all ranks, by their places among the gathered points."""
    sizes = comm.allgather(len(held.points))
    if not held.can_be_chosen:
        return np.empty((0, 2), dtype=int)
    return _gathered(held.multiplier.space.cell_node_list + sum(sizes[: comm.rank]), comm)


def _gathered(points: Array, comm: Any) -> Array:
    """Return the points of all ranks, the same on each; what several ranks know is there several times."""
    return np.concatenate(comm.allgather(points))


def _near(points: Array, others: Array, near: float) -> Array:
    """Return which points have one of the others beside them."""
    if not len(others) or not len(points):
        return np.zeros(len(points), bool)
    from scipy.spatial import cKDTree  # late, as above

    return cKDTree(others).query(points)[0] < near


def _fixed_nodes(parts: FixedParts, component: Component, axis: int | None) -> Array:
    """Return the nodes of a component at which a value, or an axis of it, is fixed, of this rank, halo included."""
    found: set[int] = set()
    for _, fixed, bc in parts:
        if fixed is component and bc.function_space().component in (None, axis):
            found |= set(bc.nodes.tolist())
    return np.array(sorted(found), dtype=int)
