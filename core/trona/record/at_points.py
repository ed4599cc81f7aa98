"""Fields of a recorded run at points."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from trona.errors import UserError, hint
from trona.record.geometry import Floats
from trona.record.libraries import dimensions, library
from trona.record.places import Places

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from trona.readings.snapshot import BlockData, Snapshot
    from trona.record.field_reader import RecordedFields

_JUMP, _ROUND = 1e-8, 32 * np.finfo(float).eps
"""Two values at one point count as one if they differ by less than this part of the field's range, or of its size."""


class PointValues(Mapping[str, Floats]):
    """Fields by name at `points` (n, d) [m] and `times` [s]: (times, n), or (times, n, c) with c components.

    NaN where a field does not live, and outside the mesh. `units` has the unit of each. A field that has two values at
    one of the points, on the border of two blocks, raises UserError when it is asked for.
    """

    def __init__(
        self, values: dict[str, Floats | UserError], units: dict[str, str], times: Floats, points: Floats
    ) -> None:
        self._values, self.units, self.times, self.points = values, units, times, points

    def __getitem__(self, name: str) -> Floats:
        if name not in self._values:
            raise UserError(f"no field '{name}'{hint(name, self)}")
        found = self._values[name]
        if isinstance(found, UserError):
            raise found
        return found

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        units = ", ".join(f"{name} [{unit}]" for name, unit in self.units.items())
        return f"{units} at {len(self.points)} points and {len(self.times)} times"

    def to_xarray(self) -> Any:
        """Return an xarray Dataset over `time` and `point`; each variable has its `units`.

        Raises UserError without xarray.
        """
        data: dict[str, Any] = {}
        coordinates: dict[str, Any] = {"time": ("time", self.times, {"units": "s"})}
        coordinates |= {axis: ("point", x, {"units": "m"}) for axis, x in zip("xyz", self.points.T, strict=False)}
        for name, values in self.items():
            last, labels = dimensions(values.shape[2:])
            coordinates |= labels
            data[name] = (("time", "point", *last), values, {"units": self.units[name]})
        return library("xarray").Dataset(data, coordinates)


def at_points(
    fields: RecordedFields, points: ArrayLike, times: float | Iterable[float] | None, block: str
) -> PointValues:
    """Return all fields at points, as `RecordedRun.at`. Raises UserError."""
    first = next(iter(fields.values()))
    asked = range(len(first)) if times is None else [first.index(t) for t in _times(times)]
    where: Floats | None = None
    met, beside = False, ""
    found: dict[str, list[Floats] | UserError] = {name: [] for name in fields}
    places: dict[str, Places] = {}
    before: dict[str, BlockData] = {}
    for index in asked:
        snapshot = fields.snapshot(index)
        if block and block not in snapshot.blocks:
            raise UserError(f"no block '{block}'{hint(block, snapshot.blocks)}")
        if where is None:
            where = _points(points, snapshot)
        for name, data in snapshot.blocks.items():
            if block in ("", name) and not (name in before and _same(before[name], data)):
                places[name], before[name] = Places(data, where), data
        if any(each.inside.any() for each in places.values()):
            met = True
        else:
            beside = beside or _beside(snapshot, block, len(where))
        for name, rows in found.items():
            if not isinstance(rows, UserError):
                try:
                    rows.append(_values(snapshot, places, where, name))
                except UserError as error:
                    found[name] = error
    assert where is not None  # there is at least one time
    if not met:  # a mesh that moves may reach a point only at some of the times
        raise UserError(beside)
    stacked = {name: rows if isinstance(rows, UserError) else np.array(rows) for name, rows in found.items()}
    return PointValues(stacked, {n: f.unit for n, f in fields.items()}, first.times[list(asked)], where)


def _times(given: float | Iterable[float]) -> Floats:
    """Return times as numbers, at least one."""
    try:
        found = np.atleast_1d(np.asarray(given, dtype=float)).ravel()
    except (TypeError, ValueError):
        raise UserError("expected times as numbers, in s") from None
    if not found.size:
        raise UserError("expected at least one time, got none")
    return found


def _points(given: ArrayLike, snapshot: Snapshot) -> Floats:
    """Return points as rows; on a line, numbers are points."""
    dimension = next(iter(snapshot.blocks.values())).points.shape[1]
    try:
        found = np.asarray(given, dtype=float)
    except (TypeError, ValueError):
        raise UserError("expected points as numbers, in m") from None
    if dimension == 1:
        found = found.reshape(-1, 1) if found.ndim < 2 else found
    found = np.atleast_2d(found)
    if found.ndim != 2 or found.shape[1] != dimension or not np.isfinite(found).all():
        raise UserError(
            f"expected points of {dimension} finite coordinate{'s' if dimension > 1 else ''} in m, as an array "
            f"(n, {dimension}); got one of shape {np.shape(given)}"
        )
    return found


def _same(one: BlockData, two: BlockData) -> bool:
    return np.array_equal(one.points, two.points) and np.array_equal(one.cells, two.cells)


def _values(snapshot: Snapshot, places: dict[str, Places], points: Floats, name: str) -> Floats:
    """Return a field at all points, from whichever block has it there. Raises UserError where two differ."""
    homes = {b: data.fields[name] for b, data in snapshot.blocks.items() if name in data.fields and b in places}
    shape = next(d.fields[name].values.shape[1:] for d in snapshot.blocks.values() if name in d.fields)
    result = np.full((len(points), *shape), np.nan)
    owner = np.full(len(points), "", dtype=object)
    every = np.concatenate([data.values.ravel() for data in homes.values()]) if homes else np.zeros(1)
    slack = _JUMP * float(np.ptp(every)) + _ROUND * float(np.abs(every).max())
    for block, data in homes.items():
        values = places[block].values(data.values)
        inside = places[block].inside
        twice = inside & (owner != "")
        apart = np.abs(values - result).reshape(len(points), -1).max(axis=1) > slack
        if (twice & apart).any():
            number = int(np.argmax(twice & apart))
            here = ", ".join(f"{x:.6g}" for x in points[number])
            raise UserError(
                f"the point ({here}) m lies on the border of {owner[number]} and {block}, where {name} has a value in "
                f"each; say which with block='{block}'"
            )
        new = inside & ~twice
        result[new], owner[new] = values[new], block
    return result


def _beside(snapshot: Snapshot, block: str, count: int) -> str:
    blocks = {name: data for name, data in snapshot.blocks.items() if block in ("", name)}
    every = np.concatenate([data.points for data in blocks.values()])
    low, high = (", ".join(f"{x:.4g}" for x in end) for end in (every.min(axis=0), every.max(axis=0)))
    what = f"block {block}" if block else "the mesh"
    none = "the point does not lie" if count == 1 else f"none of the {count} points lies"
    return f"{none} in {what}, which reaches from ({low}) to ({high}) m; points are given in m"
