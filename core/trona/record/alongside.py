"""Fields of a recorded run along the interface of two blocks, on both of its sides."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from trona.errors import UserError, hint
from trona.readings.chains import chains
from trona.record.places import EDGES
from trona.record.result_table import ResultTable

if TYPE_CHECKING:
    from trona.readings.snapshot import BlockData

Array = Any
_SAME = 1e-9
"""Distance, relative to the mesh, up to which points of two blocks are one."""


def along(blocks: dict[str, BlockData], units: dict[str, str], interface: str) -> ResultTable:
    """Return a table of all fields along an interface 'A | B', as `RecordedRun.along`. Raises UserError."""
    pair = [name.strip() for name in interface.split("|")]
    if len(pair) != 2 or not all(pair) or pair[0] == pair[1]:
        raise UserError(f"an interface is written 'A | B' with two blocks, got '{interface}'; {_touching(blocks)}")
    for name in pair:
        if name not in blocks:
            raise UserError(f"no block '{name}'{hint(name, blocks)}")
    one, two = (blocks[name] for name in pair)
    if one.points.shape[1] == 3:
        raise UserError(f"a profile follows a curve, but {interface} is a surface; take the values `at` points")
    sides = _Sides(one, two)
    if not sides.facets:
        raise UserError(f"blocks '{pair[0]}' and '{pair[1]}' do not touch; {_touching(blocks)}")
    order, distance = sides.order()
    points = sides.places[order]
    columns: dict[str, Array] = {"distance": distance, **dict(zip("xyz", points.T, strict=False))}
    found = dict.fromkeys(columns, "m")
    for field in dict.fromkeys([*one.fields, *two.fields]):
        for name, block, of in zip(pair, (one, two), sides.of, strict=True):
            if field not in block.fields:
                continue
            values = block.fields[field].values[of[order]].reshape(len(order), -1).T
            for i, part in enumerate(values):
                title = f"{field}({name})" if len(values) == 1 else f"{field}_{i}({name})"
                columns[title], found[title] = part, units[field]
    return ResultTable(columns, found)


class _Sides:
    """The nodes that two blocks have in common, and the facets made of them.

    places: their positions (n, d). of: the points of both blocks at each, (n,). facets: corners, then the node between.
    """

    def __init__(self, one: BlockData, two: BlockData) -> None:
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components
        from scipy.spatial import cKDTree

        every = np.concatenate([one.points, two.points])
        near = cKDTree(every).query_pairs(_SAME * float(np.ptp(every, axis=0).max()), output_type="ndarray")
        links = coo_array((np.ones(len(near)), (near[:, 0], near[:, 1])), shape=(len(every), len(every)))
        count, label = connected_components(links, directed=False)  # pieces of a run on several ranks repeat points
        self.places = np.zeros((count, every.shape[1]))
        self.places[label] = every
        labels = label[: len(one.points)], label[len(one.points) :]
        self.of = np.zeros(count, int), np.zeros(count, int)
        for of, found in zip(self.of, labels, strict=True):
            of[found] = np.arange(len(found))
        first, second = (_outer(block, found) for block, found in zip((one, two), labels, strict=True))
        self.facets = [first[key] for key in first if key in second]

    def order(self) -> tuple[Array, Array]:
        """Return the nodes from end to end, and the length of arc up to each.

        Curves that do not touch follow each other.
        """
        if self.places.shape[1] == 1:
            nodes = np.array(sorted((facet[0] for facet in self.facets), key=lambda n: float(self.places[n, 0])))
            return nodes, np.abs(self.places[nodes, 0] - self.places[nodes[0], 0])
        ends = self.places[np.array([facet[:2] for facet in self.facets])]
        order: list[int] = []
        distances, total = [], 0.0
        for chain in chains(ends):
            way: list[int] = []
            for number, turned in chain:
                first, last, *between = self.facets[number]
                piece = [first, *between, last]
                way += (piece[::-1] if turned else piece)[bool(way) :]
            steps = np.linalg.norm(np.diff(self.places[way], axis=0), axis=1)
            found = total + np.concatenate([[0.0], np.cumsum(steps)])
            total = float(found[-1])
            order += way
            distances.append(found)
        return np.array(order), np.concatenate(distances)


def _outer(block: BlockData, label: Array) -> dict[tuple[int, ...], list[int]]:
    """Return the facets of a block that only one of its cells has: corners and the node between, by their corners."""
    dimension = block.points.shape[1]
    cells = label[block.cells]
    found: dict[tuple[int, ...], list[int]] = {}
    inner: set[tuple[int, ...]] = set()
    middles = dict(zip(EDGES, range(dimension + 1, block.cells.shape[1]), strict=False))
    for corners in combinations(range(dimension + 1), dimension):
        columns = [*corners, *([middles[corners]] if corners in middles else [])]
        for row in cells[:, columns].tolist():
            key = tuple(sorted(row[:dimension]))
            if key in found:
                inner.add(key)
            found[key] = row
    return {key: row for key, row in found.items() if key not in inner}


def _touching(blocks: dict[str, BlockData]) -> str:
    """Return which blocks touch, for a message."""
    pairs = [f"{a} | {b}" for a, b in combinations(blocks, 2) if _Sides(blocks[a], blocks[b]).facets]
    return f"interfaces: {', '.join(pairs) or 'none'}"
