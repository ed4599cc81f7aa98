"""What differs between two recorded runs: their decks, their outputs at the end and over time, and their fields."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trona.deck import ExpressionError, parse_expression
from trona.readings.snapshot import BlockData
from trona.record.alongside import merged_places
from trona.record.quantity import time_text
from trona.record.results import RecordedRun

_NOT_OUTPUTS = ("step", "time", "notes")
_SAME = 1e-12
"""Relative difference up to which two numbers of a deck are one number in two units."""
_SAME_TIME = 1e-9


@dataclass(frozen=True, slots=True)
class Difference:
    """How much an output or a field differs: `relative` to its `scale`, the largest size that it has in both.

    kind: 'end', 'curve' or 'field'. where: time and place of the largest difference. reason: why it cannot be compared;
    `relative` is then infinite.
    """

    kind: str
    name: str
    unit: str
    relative: float
    scale: float = 0.0
    where: str = ""
    reason: str = ""


def compare_decks(a: RecordedRun, b: RecordedRun) -> list[tuple[str, str, str]]:
    """Return key and both values, '-' for none, where the decks differ; the same number in another unit does not."""
    one, two = dict(_leaves("", a.deck)), dict(_leaves("", b.deck))
    keys = dict.fromkeys([*one, *two])
    return [(k, one.get(k, "-"), two.get(k, "-")) for k in keys if not _same(one.get(k), two.get(k))]


def compare_results(a: RecordedRun, b: RecordedRun) -> list[Difference]:
    """Return how much every output and field differs, those that only one run has among them."""
    return [*_ends(a, b), *_curves(a, b), *_fields(a, b)]


def _ends(a: RecordedRun, b: RecordedRun) -> Iterator[Difference]:
    for name in dict.fromkeys([*a.outputs, *b.outputs]):
        lacking = [str(run.directory) for run in (a, b) if name not in run.outputs]
        if lacking:
            yield Difference("end", name, "", math.inf, reason=f"{lacking[0]} has no such output")
            continue
        one, two = a.outputs[name], b.outputs[name]
        if one.unit != two.unit:
            yield Difference("end", name, one.unit, math.inf, reason=f"its unit is {one.unit} and {two.unit}")
            continue
        relative, scale, _ = _largest(np.array([one.value]), np.array([two.value]))
        yield Difference("end", name, one.unit, relative, scale, f"{one.value:.6g} and {two.value:.6g}")


def _curves(a: RecordedRun, b: RecordedRun) -> Iterator[Difference]:
    one, two = a.history, b.history
    names = [n for n in one if n in two and n not in _NOT_OUTPUTS and one.units[n] == two.units[n] != ""]
    if not names or not one.rows or not two.rows:
        return
    start, end = max(one["time"][0], two["time"][0]), min(one["time"][-1], two["time"][-1])
    times = np.unique(np.concatenate([one["time"], two["time"]]))
    times = times[(times >= start) & (times <= end)]
    ends = [float(table["time"][-1]) for table in (one, two)]
    if not math.isclose(*ends, rel_tol=_SAME_TIME) or (len(times) == 1 and max(one.rows, two.rows) > 1):
        texts = [f"{run.directory} ends at {time_text(t)}" for run, t in zip((a, b), ends, strict=True)]
        if len(times):
            both = f"{time_text(float(start))} to {time_text(float(end))}" if len(times) > 1 else time_text(float(end))
            texts.append(f"what follows is of t = {both}{'' if len(times) > 1 else ' only'}")
        yield Difference("curve", "time", "s", math.inf, reason="; ".join(texts))
    for name in names:
        unit = one.units[name]
        if not times.size:
            yield Difference("curve", name, unit, math.inf, reason="the runs have no time in common")
            continue
        values = [np.interp(times, run["time"], run[name]) for run in (one, two)]
        relative, scale, at = _largest(*values)
        yield Difference("curve", name, unit, relative, scale, f"t = {time_text(float(times[at]))}")


def _fields(a: RecordedRun, b: RecordedRun) -> Iterator[Difference]:
    """Compare fields at the last time that both have."""
    fields = [{**run.fields, **run.fields.surfaces} for run in (a, b)]
    if not any(fields):
        return
    near = np.isclose(a.fields.times[:, None], b.fields.times[None], rtol=_SAME_TIME, atol=0)
    common = [(int(i), int(j)) for i, j in np.argwhere(near)]
    for name in dict.fromkeys([*fields[0], *fields[1]]):
        lacking = [str(run.directory) for run, known in zip((a, b), fields, strict=True) if name not in known]
        if lacking:
            yield Difference("field", name, "", math.inf, reason=f"{lacking[0]} has no such field")
            continue
        unit = fields[0][name].unit
        if not common:
            yield Difference("field", name, unit, math.inf, reason="it was never written at the same time")
            continue
        i, j = common[-1]
        one, two = a.fields.snapshot(i, (name,)), b.fields.snapshot(j, (name,))
        found = _matched({**one.blocks, **one.surfaces}, {**two.blocks, **two.surfaces}, name)
        if isinstance(found, str):
            yield Difference("field", name, unit, math.inf, reason=f"{found} at t = {time_text(one.time)}")
            continue
        carriers = [(block, x) for block, (places, *_) in found.items() for x in places]
        values = [np.concatenate([each[side] for each in found.values()]) for side in (1, 2)]
        relative, scale, at = _largest(*values)
        block, point = carriers[at // values[0].shape[1]]
        place = ", ".join(f"{x:.4g}" for x in point)
        yield Difference("field", name, unit, relative, scale, f"t = {time_text(one.time)}, in {block} at ({place}) m")


_Matched = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]
"""Places, and the values of two runs there: a row for each place, a column for each component."""


def _matched(one: dict[str, BlockData], two: dict[str, BlockData], name: str) -> dict[str, _Matched] | str:
    """Return a field of two runs at the same places, by block; or why that cannot be.

    The runs may number their points in another order, and repeat those where pieces meet.
    """
    if one.keys() != two.keys():
        return "the meshes differ"
    found = {}
    for block in one:
        places = _places(one[block], two[block])
        if places is None:
            return "the meshes differ"
        fields = one[block].fields.get(name), two[block].fields.get(name)
        if fields[0] is None or fields[1] is None:
            if fields[0] is not fields[1]:
                return "it lives in other blocks"
            continue
        values = [data.values.reshape(len(data.values), -1) for data in (fields[0], fields[1])]
        if values[0].shape[1] != values[1].shape[1]:
            return "it has another number of components"
        at, *labels = places
        first, second = (_means(each, label, len(at)) for each, label in zip(values, labels, strict=True))
        found[block] = at, first, second
    return found


def _places(one: BlockData, two: BlockData) -> tuple[Any, Any, Any] | None:
    """Return the places of the points of two blocks, and which of them each point lies at; None for other meshes."""
    if _same_mesh(one, two):
        numbers = np.arange(len(one.points))
        return one.points, numbers, numbers
    if one.points.shape[1] != two.points.shape[1] or one.cell_type != two.cell_type:
        return None
    every = np.concatenate([one.points, two.points])
    count, label = merged_places(every)
    first, second = label[: len(one.points)], label[len(one.points) :]
    if len(np.unique(first)) < count or len(np.unique(second)) < count or len(one.cells) != len(two.cells):
        return None
    places = np.zeros((count, every.shape[1]))
    places[label] = every
    return places, first, second


def _means(values: NDArray[np.float64], label: NDArray[np.int64], count: int) -> NDArray[np.float64]:
    """Return the mean of the values at each place."""
    many = np.bincount(label, minlength=count)
    return np.stack([np.bincount(label, weights=part, minlength=count) / many for part in values.T], axis=1)


def _largest(one: NDArray[np.float64], two: NDArray[np.float64]) -> tuple[float, float, int]:
    """Return the largest difference relative to the largest size of both, this size, and the index.

    Where one alone has no value the difference is infinite, where neither has one it is none.
    """
    sizes = np.concatenate([np.abs(one).ravel(), np.abs(two).ravel()])
    scale = float(np.max(sizes[np.isfinite(sizes)], initial=0.0))
    with np.errstate(invalid="ignore"):
        apart = np.abs(one - two).ravel()
    nothing = np.isnan(one).ravel(), np.isnan(two).ravel()
    apart = np.where(nothing[0] & nothing[1], 0.0, np.where(nothing[0] | nothing[1], math.inf, apart))
    apart[(one == two).ravel()] = 0.0  # infinite ones among them
    at = int(np.argmax(apart))
    return (float(apart[at]) / scale if scale and apart[at] else float(apart[at])), scale, at


def _same_mesh(one: BlockData, two: BlockData) -> bool:
    if one.points.shape != two.points.shape or not np.array_equal(one.cells, two.cells):
        return False
    size = float(np.max(np.ptp(one.points, axis=0), initial=0.0))
    return bool(np.all(np.abs(one.points - two.points) <= 1e-9 * size))


def _leaves(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value:
        for key, part in value.items():
            yield from _leaves(f"{path}.{key}" if path else str(key), part)
    elif isinstance(value, list) and value:
        for i, part in enumerate(value):
            yield from _leaves(f"{path}[{i}]", part)
    else:
        yield path, str(value)


def _same(one: str | None, two: str | None) -> bool:
    if one is None or two is None or one == two:
        return one == two
    try:
        a, b = parse_expression(one, {}), parse_expression(two, {})
    except ExpressionError:
        return False
    if not a.is_constant or not b.is_constant:
        return False
    return a.unit.same_dimension(b.unit) and math.isclose(a.constant, b.constant, rel_tol=_SAME)
