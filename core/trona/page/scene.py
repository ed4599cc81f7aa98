"""The fields of a run as a scene that the viewer of the page draws: surfaces, and values on them, in few bytes."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trona.page.formulas import plain_sign
from trona.readings.snapshot import BlockData, FieldData, Snapshot
from trona.record.field_reader import RecordedFields
from trona.record.geometry import Floats, Ints, outer_sides
from trona.record.look import Look
from trona.record.quantity import pretty
from trona.record.scale import scalar
from trona.record.sections import cut
from trona.record.telling import Told

BYTES = 2_400_000
"""About how many bytes of a page a scene may take."""
_TIMES = 24
_LEVELS = 65534
"""A value is told by one of so many numbers between the smallest and the largest; the next one stands for none."""
_STRAIGHT = np.array([[0, 3, 5], [3, 1, 4], [5, 4, 2], [3, 4, 5]])
"""The triangles that a quadratic one is drawn with."""


def scene(
    fields: RecordedFields, look: Look, after: Mapping[str, Snapshot], written: Snapshot | None = None
) -> dict[str, Any] | None:
    """Return the last time that was written, and as many before as fit; None for lines, and for what is too large.

    after: further states and what they are called, which come last. written: the last one of `fields`, where it has
    been read.
    """
    ends = [_Frame(snapshot, look, name) for name, snapshot in after.items()]
    last = len(fields.times) - 1
    if last < 0 and not ends:
        return None
    newest = _Frame(written or fields.snapshot(last), look) if last >= 0 else ends[0]
    if not newest.surfaces or newest.size > BYTES:
        return None
    many = max(1, min(len(fields.times), _TIMES, int(BYTES / newest.size)))
    chosen = sorted({round(i) for i in np.linspace(0, last, many)} | {last}) if many > 1 else [last]
    chosen = chosen if last >= 0 else []
    frames = [newest if i == last else _Frame(fields.snapshot(i), look) for i in chosen] + ends
    while len(frames) > 1 and sum(frame.size for frame in frames) > BYTES:
        frames = [*frames[:-1][::2], frames[-1]] if len(frames) > 2 else frames[-1:]
    low = np.min([frame.low for frame in frames], axis=0)
    extent = np.max([frame.high for frame in frames], axis=0) - low
    extent = np.where(extent > 0, extent, 1.0)
    size, unit = look.scaled(float(np.max(np.abs([low, low + extent]))), "m")
    names = sorted({name for frame in frames for surface in frame.surfaces.values() for name in surface.values})
    ranges = {name: _range(frames, name) for name in names}
    units = {name: unit for frame in frames for name, unit in frame.units.items()}
    vectors = {name for frame in frames for name in frame.vectors}
    shapes: dict[str, int] = {}
    return {
        "axes": list(look.axes[: len(low)]),
        "unit": pretty(unit),
        "low": (low * size).tolist(),
        "extent": (extent * size).tolist(),
        "fields": [_described(name, units[name], *ranges[name], vectors, look) for name in names],
        "frames": [frame.plain(low, extent, ranges, shapes) for frame in frames],
        "shapes": [shape for shape, _ in sorted(shapes.items(), key=lambda item: item[1])],
    }


class _Surface:
    """What is drawn of a block: the points in use, triangles of them, and the values of its fields there."""

    def __init__(self, block: BlockData) -> None:
        kind, cells = (str(block.cell_type), block.cells)
        if kind.startswith("tetra"):
            kind, cells = outer_sides(block)
        used, numbers = np.unique(cells, return_inverse=True)
        self.cells: Ints = numbers.reshape(cells.shape)
        self.curved = kind == "triangle6"
        self.points: Floats = block.points[used]
        self.values = {name: scalar(_part(data, used)) for name, data in block.fields.items()}

    @property
    def triangles(self) -> Ints:
        """Triangles (m, 3); the four of a quadratic one follow each other."""
        return self.cells[:, _STRAIGHT].reshape(-1, 3) if self.curved else self.cells


class _Frame:
    """The surfaces of the blocks at one time."""

    def __init__(self, snapshot: Snapshot, look: Look, name: str = "") -> None:
        self.name = name or look.moment(snapshot.time)
        blocks = snapshot.blocks.items()
        self.surfaces = {
            (name, ""): _Surface(block) for name, block in blocks if not block.cell_type.startswith("line")
        }
        data = {name: found for _, block in blocks for name, found in block.fields.items()}
        self.units = {name: found.unit for name, found in data.items()}
        self.vectors = {name for name, found in data.items() if found.values.ndim == 2 and found.values.shape[1] > 1}
        points = [surface.points for surface in self.surfaces.values()]
        self.low = np.min([each.min(axis=0) for each in points], axis=0) if points else np.zeros(0)
        self.high = np.max([each.max(axis=0) for each in points], axis=0) if points else np.zeros(0)
        for axis, middle in enumerate((self.low + self.high) / 2 if len(self.low) == 3 else ()):
            with suppress(ValueError):  # the body is hollow there
                inner = cut(snapshot, axis, float(middle), flat=False).blocks
                self.surfaces |= {(name, str(axis)): _Surface(block) for name, block in inner.items()}

    @property
    def size(self) -> float:
        """About how many bytes it takes in the page."""
        numbers = sum(s.points.size + len(s.points) * len(s.values) + s.cells.size for s in self.surfaces.values())
        return 2.0 * numbers

    def plain(self, low: Floats, extent: Floats, ranges: Any, shapes: dict[str, int]) -> dict[str, Any]:
        """Return the frame as plain data; what it has in common with others is kept once, in shapes."""

        def kept(numbers: NDArray[Any]) -> int:
            packed = base64.b64encode(zlib.compress(np.ascontiguousarray(numbers).tobytes(), 6)).decode()
            return shapes.setdefault(packed, len(shapes))

        blocks = []
        for (name, section), surface in self.surfaces.items():
            places = np.round((surface.points - low) / extent * 65535).astype("<u2")
            values = {n: kept(_numbers(v, *ranges[n])) for n, v in surface.values.items() if n in ranges}
            shape = {
                "points": kept(places.T),  # a coordinate after the other: neighbours are alike, which packs well
                "cells": kept(surface.cells.astype("<u4").T),
                "corners": surface.cells.shape[1],
            }
            blocks.append({"name": name, "section": section, **shape, "values": values})
        return {"name": self.name, "blocks": blocks}


def _part(data: FieldData, used: Ints) -> FieldData:
    return FieldData(data.values[used], data.unit)


def _range(frames: Sequence[_Frame], name: str) -> tuple[float, float]:
    values = [s.values[name] for frame in frames for s in frame.surfaces.values() if name in s.values]
    every = np.concatenate(values)
    finite = every[np.isfinite(every)]
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)


def _numbers(values: Floats, low: float, high: float) -> NDArray[np.uint16]:
    with np.errstate(invalid="ignore"):
        numbers = np.round((values - low) / ((high - low) or 1.0) * _LEVELS)
    return np.where(np.isfinite(values), numbers, _LEVELS + 1).astype("<u2")


def _described(name: str, unit: str, low: float, high: float, vectors: set[str], look: Look) -> dict[str, Any]:
    told = Told.between(low, high, unit, look.unit(unit, name))
    text, sign = name.replace("_", " "), plain_sign(look.symbol(name))
    return {
        "name": name,
        "text": f"{f'|{text}|' if name in vectors else text} {sign}".rstrip(),
        "unit": pretty(told.unit) if told.unit != "1" else "",
        "base": told.taken,
        "low": told.low,
        "high": told.high,
    }
