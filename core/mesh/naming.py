"""The named facets of a mesh: boundaries, interfaces and the sets they are made of."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from trona.mesh.data import Boundary, FacetSet, Interface, pair_name
from trona.mesh.raw import Floats, Group, Ints, RefusedError, counted
from trona.mesh.topology import Facets, facet_measures


@dataclass(frozen=True)
class NamedFacets:
    """The fields of `MeshData` that are about facets."""

    facets: Ints
    facet_set: Ints
    facet_sets: tuple[FacetSet, ...]
    boundaries: dict[str, Boundary]
    interfaces: dict[str, Interface]
    unnamed_boundary_measure: float


def name_facets(
    points: Floats, facets: Facets, cell_block: Ints, blocks: tuple[str, ...], parts: list[Group], unit: float
) -> NamedFacets:
    """Sort the facets into sets by their names and blocks.

    points: (n, dim); parts: groups of facets, whose rows index `facets.wanted`; unit: the SI value of a
    measure of 1 in the unit of `points`. Raises `RefusedError` for a group that is neither a boundary
    nor an interface.
    """
    sides = np.where(facets.cells >= 0, cell_block[facets.cells], -1)
    outer = sides[:, 1] < 0
    sides = np.where(outer[:, None], sides, np.sort(sides, axis=1))
    between = ~outer & (sides[:, 0] != sides[:, 1])
    member = np.zeros((len(sides), len(parts)), dtype=bool)
    for index, group in enumerate(parts):
        member[facets.wanted[group.rows], index] = True
        _check_group(group.name, sides[member[:, index]], blocks, points.shape[1] - 1)

    kept = np.flatnonzero(between | member.any(axis=1))
    measures = facet_measures(points, facets.vertices) * unit
    keys, facet_set = np.unique(np.column_stack([sides[kept], member[kept]]), axis=0, return_inverse=True)
    totals = np.bincount(facet_set, measures[kept], len(keys))
    sets = tuple(
        FacetSet(
            names=frozenset(group.name for group, here in zip(parts, key[2:], strict=True) if here),
            blocks=tuple(blocks[side] for side in key[:2] if side >= 0),
            measure=float(total),
        )
        for key, total in zip(keys, totals, strict=True)
    )
    boundaries: dict[str, Boundary] = {}
    named: dict[str, tuple[int, ...]] = {}
    for group in parts:
        chosen = tuple(i for i, one in enumerate(sets) if group.name in one.names)
        if len(sets[chosen[0]].blocks) == 1:
            touched = {sets[i].blocks[0] for i in chosen}
            in_order = tuple(block for block in blocks if block in touched)
            boundaries[group.name] = Boundary(group.name, chosen, in_order, _total(sets, chosen))
        else:
            named[group.name] = chosen
    interfaces = {}
    for first, second in combinations(blocks, 2):
        chosen = tuple(i for i, one in enumerate(sets) if one.blocks == (first, second))
        if chosen:
            name = pair_name(first, second)
            interfaces[name] = Interface(name, chosen, (first, second), _total(sets, chosen), True)
    for name, chosen in named.items():
        first, second = sets[chosen[0]].blocks
        whole = chosen == interfaces[pair_name(first, second)].sets
        interfaces[name] = Interface(name, chosen, (first, second), _total(sets, chosen), whole)
    unnamed = float(measures[outer & ~member.any(axis=1)].sum())
    return NamedFacets(facets.vertices[kept], facet_set, sets, boundaries, interfaces, unnamed)


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
        raise RefusedError(
            f"the group '{name}' mixes {' and '.join(found)}; split it into one group for each"
        )
    if inside.any():
        raise RefusedError(
            f"the group '{name}' lies inside block '{blocks[sides[0, 0]]}'; remove it, or split the block"
        )
    pairs = [pair_name(blocks[first], blocks[second]) for first, second in np.unique(sides[~outer], axis=0)]
    if len(pairs) > 1:
        raise RefusedError(
            f"the group '{name}' spans several interfaces, {', '.join(pairs)}; make one group for each"
        )
