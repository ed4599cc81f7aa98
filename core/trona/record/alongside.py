"""Fields of a recorded run along the interface of two blocks, on both of its sides."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from trona.errors import UserError, hint
from trona.readings.chains import chains
from trona.record.places import EDGES
from trona.record.result_table import ResultTable

if TYPE_CHECKING:
    from trona.readings.snapshot import BlockData, FieldData, Snapshot
    from trona.record.geometry import Floats, Ints

_SAME = 1e-9
"""Distance, relative to the mesh, up to which points of two blocks are one."""


def along(state: Snapshot, interface: str) -> ResultTable:
    """Return a table of all fields along an interface 'A | B', or an interface or boundary where unknowns live.

    As `RecordedRun.along`. Raises UserError.
    """
    blocks, alone = state.blocks, state.surfaces.get(interface)
    if alone is not None and ("|" not in interface or not blocks):
        return along_surface(alone, interface)
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
    order, distance = _order(sides.places, sides.facets)
    points = sides.places[order]
    table = _Columns(distance, points)
    for field in dict.fromkeys([*one.fields, *two.fields]):
        for name, block, of in zip(pair, (one, two), sides.of, strict=True):
            if field not in block.fields:
                continue
            table.add(field, block.fields[field], of[order], f"({name})")
    for surface in state.surfaces.values():
        near = _nearest(surface.points, points)
        for field, data in surface.fields.items() if (near >= 0).any() else ():
            table.add(field, data, near)
    return table.made()


def along_surface(surface: BlockData, name: str) -> ResultTable:
    """Return a table of what lives on an interface or boundary along it. Raises UserError where it is no curve."""
    if surface.points.shape[1] == 3:
        raise UserError(f"a profile follows a curve, but {name} is a surface")
    count, label = merged_places(surface.points)
    places = np.zeros((count, surface.points.shape[1]))
    places[label] = surface.points
    of = np.zeros(count, int)
    of[label] = np.arange(len(label))
    order, distance = _order(places, label[surface.cells].tolist())
    table = _Columns(distance, places[order])
    for field, data in surface.fields.items():
        table.add(field, data, of[order])
    return table.made()


class _Columns:
    """The columns of a table along a curve, with their units."""

    def __init__(self, distance: Floats, points: Floats) -> None:
        self._columns: dict[str, Floats] = {"distance": distance, **dict(zip("xyz", points.T, strict=False))}
        self._units = dict.fromkeys(self._columns, "m")

    def add(self, field: str, data: FieldData, rows: Ints, side: str = "") -> None:
        """Add a field at these rows of its values; NaN for a row below zero."""
        values = data.values[rows].reshape(len(rows), -1).T
        for i, part in enumerate(values):
            title = f"{field}{side}" if len(values) == 1 else f"{field}_{i}{side}"
            self._columns[title], self._units[title] = np.where(rows < 0, np.nan, part), data.unit

    def made(self) -> ResultTable:
        return ResultTable(self._columns, self._units)


def merged_places(points: Floats) -> tuple[int, Ints]:
    """Return the number of places of points, and the place of each: pieces of a run on several ranks repeat points."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    near = cKDTree(points).query_pairs(_SAME * float(np.ptp(points, axis=0).max()), output_type="ndarray")
    links = coo_array((np.ones(len(near)), (near[:, 0], near[:, 1])), shape=(len(points), len(points)))
    count, label = connected_components(links, directed=False)
    return int(count), label


def _nearest(points: Floats, places: Floats) -> Ints:
    """Return for each place the number of the point that lies there; -1 for none."""
    from scipy.spatial import cKDTree

    size = float(np.ptp(np.concatenate([points, places]), axis=0).max())
    apart, found = cKDTree(points).query(places, distance_upper_bound=10 * _SAME * size)
    return np.where(np.isfinite(apart), found, -1)


class _Sides:
    """The nodes that two blocks have in common, and the facets made of them.

    places: their positions (n, d). of: the points of both blocks at each, (n,). facets: corners, then the node between.
    """

    def __init__(self, one: BlockData, two: BlockData) -> None:
        every = np.concatenate([one.points, two.points])
        count, label = merged_places(every)
        self.places = np.zeros((count, every.shape[1]))
        self.places[label] = every
        labels = label[: len(one.points)], label[len(one.points) :]
        self.of = np.zeros(count, int), np.zeros(count, int)
        for of, found in zip(self.of, labels, strict=True):
            of[found] = np.arange(len(found))
        first, second = (_outer(block, found) for block, found in zip((one, two), labels, strict=True))
        self.facets = [first[key] for key in first if key in second]


def _order(places: Floats, facets: list[list[int]]) -> tuple[Ints, Floats]:
    """Return the nodes of facets from end to end, and the length of arc up to each.

    Curves that do not touch follow each other.
    """
    if places.shape[1] == 1:
        nodes = np.array(sorted((facet[0] for facet in facets), key=lambda n: float(places[n, 0])))
        return nodes, np.abs(places[nodes, 0] - places[nodes[0], 0])
    ends = places[np.array([facet[:2] for facet in facets])]
    order: list[int] = []
    distances, total = [], 0.0
    for chain in chains(ends):
        way: list[int] = []
        for number, turned in chain:
            first, last, *between = facets[number]
            piece = [first, *between, last]
            way += (piece[::-1] if turned else piece)[bool(way) :]
        steps = np.linalg.norm(np.diff(places[way], axis=0), axis=1)
        found = total + np.concatenate([[0.0], np.cumsum(steps)])
        total = float(found[-1])
        order += way
        distances.append(found)
    return np.array(order), np.concatenate(distances)


def _outer(block: BlockData, label: Ints) -> dict[tuple[int, ...], list[int]]:
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
