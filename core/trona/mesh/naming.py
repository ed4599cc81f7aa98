"""The named facets of a mesh: boundaries, interfaces and their facet sets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trona.mesh.data import Boundary, FacetSet, Interface, pair_name
from trona.mesh.raw import Floats, Group, Ints, RefusedError, counted
from trona.mesh.topology import Facets, facet_measures


@dataclass(frozen=True)
class NamedFacets:
    """The attributes of `MeshData` for facets."""

    facets: Ints
    facet_set: Ints
    facet_sets: tuple[FacetSet, ...]
    boundaries: dict[str, Boundary]
    interfaces: dict[str, Interface]
    unnamed_boundary_measure: float


def name_facets(
    points: Floats, facets: Facets, cell_block: Ints, blocks: tuple[str, ...], groups: list[Group], unit: float
) -> NamedFacets:
    """Group the facets into sets by names and blocks.

    points: (n, dim); groups: groups of facets, whose rows index `facets.wanted`; unit: the SI value of a
    measure of 1 in the unit of `points`. Raises `RefusedError` for a group that is neither a boundary
    nor an interface.
    """
    sides = np.where(facets.cells >= 0, cell_block[facets.cells], -1)
    outer = sides[:, 1] < 0
    sides = np.where(outer[:, None], sides, np.sort(sides, axis=1))
    between = ~outer & (sides[:, 0] != sides[:, 1])
    for group in groups:
        _check_group(group.name, sides[facets.wanted[group.rows]], blocks, points.shape[1] - 1)
    label, combinations = _labels([facets.wanted[group.rows] for group in groups], len(sides))

    used = np.flatnonzero(between | (label > 0))
    measures = facet_measures(points, facets.vertices) * unit
    keys, facet_set = np.unique(np.column_stack([sides[used], label[used]]), axis=0, return_inverse=True)
    totals = np.bincount(facet_set, measures[used], len(keys))
    sets = tuple(
        FacetSet(
            names=frozenset(groups[index].name for index in combinations[key[2]]),
            blocks=tuple(blocks[side] for side in key[:2] if side >= 0),
            measure=float(total),
        )
        for key, total in zip(keys, totals, strict=True)
    )
    boundaries, interfaces = _regions(sets, blocks, [group.name for group in groups])
    unnamed = float(measures[outer & (label == 0)].sum())
    return NamedFacets(facets.vertices[used], facet_set, sets, boundaries, interfaces, unnamed)


def _regions(
    sets: tuple[FacetSet, ...], blocks: tuple[str, ...], names: list[str]
) -> tuple[dict[str, Boundary], dict[str, Interface]]:
    """Return the boundaries and interfaces of these names, with an interface for every pair of blocks."""
    by_name: dict[str, list[int]] = {}
    by_blocks: dict[tuple[str, ...], list[int]] = {}
    for i, one in enumerate(sets):
        by_blocks.setdefault(one.blocks, []).append(i)
        for name in one.names:
            by_name.setdefault(name, []).append(i)
    boundaries: dict[str, Boundary] = {}
    named: dict[str, tuple[int, ...]] = {}
    order = {block: i for i, block in enumerate(blocks)}
    for name in names:
        chosen = tuple(by_name[name])
        if len(sets[chosen[0]].blocks) == 1:
            in_order = tuple(sorted({sets[i].blocks[0] for i in chosen}, key=order.__getitem__))
            boundaries[name] = Boundary(name, chosen, in_order, _total(sets, chosen))
        else:
            named[name] = chosen
    interfaces = {}
    for pair, found in by_blocks.items():  # sorted, as the sets are
        if len(pair) == 2:
            first, second = pair
            name, chosen = pair_name(first, second), tuple(found)
            interfaces[name] = Interface(name, chosen, (first, second), _total(sets, chosen), True)
    for name, chosen in named.items():
        first, second = sets[chosen[0]].blocks
        whole = chosen == interfaces[pair_name(first, second)].sets
        interfaces[name] = Interface(name, chosen, (first, second), _total(sets, chosen), whole)
    return boundaries, interfaces


def _labels(members: list[Ints], count: int) -> tuple[Ints, list[tuple[int, ...]]]:
    """Return a label per facet for its combination of groups, 0 for none, and the groups by label."""
    facet = np.concatenate([*members, np.empty(0, dtype=np.int64)])
    group = np.repeat(np.arange(len(members)), [len(rows) for rows in members])
    order = np.lexsort((group, facet))
    facet, group = facet[order], group[order]
    held, start, size = np.unique(facet, return_index=True, return_counts=True)
    alone = size == 1
    several = zip(held[~alone].tolist(), start[~alone].tolist(), size[~alone].tolist(), strict=True)
    together = {f: tuple(group[first : first + n].tolist()) for f, first, n in several}
    found = {(int(g),) for g in np.unique(group[start[alone]])} | set(together.values())
    combinations = [(), *sorted(found, key=lambda which: [-index for index in which])]
    number = {which: i for i, which in enumerate(combinations)}
    single = np.array([number.get((g,), 0) for g in range(len(members))], dtype=np.int64)
    label = np.zeros(count, dtype=np.int64)
    label[held[alone]] = single[group[start[alone]]] if len(members) else 0
    for index, which in together.items():
        label[index] = number[which]
    return label, combinations


def _total(sets: tuple[FacetSet, ...], chosen: tuple[int, ...]) -> float:
    return sum(sets[i].measure for i in chosen)


def _check_group(name: str, sides: Ints, blocks: tuple[str, ...], dim: int) -> None:
    """`sides` (f, 2): blocks on both sides of the group's facets, the second -1 outside."""
    outer = sides[:, 1] < 0
    inside = sides[:, 0] == sides[:, 1]
    kinds = {
        "on the outer boundary": int(outer.sum()),
        "between blocks": int((~outer & ~inside).sum()),
        "inside a block": int(inside.sum()),
    }
    found = [f"{counted(count, dim)} {where}" for where, count in kinds.items() if count]
    if len(found) > 1:
        raise RefusedError(f"the group '{name}' mixes {' and '.join(found)}; split it into one group for each")
    if inside.any():
        raise RefusedError(
            f"the group '{name}' lies inside block '{blocks[sides[0, 0]]}'; remove it, or split the block"
        )
    pairs = [pair_name(blocks[first], blocks[second]) for first, second in np.unique(sides[~outer], axis=0)]
    if len(pairs) > 1:
        raise RefusedError(f"the group '{name}' spans several interfaces, {', '.join(pairs)}; make one group for each")
