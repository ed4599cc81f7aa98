"""Results as objects of pandas and xarray, which are imported when they are asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from trona.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trona.readings.snapshot import Snapshot

_AXES = ("x", "y", "z")
_DIMENSIONS = {3: ("component", list(_AXES)), 9: ("entry", [a + b for a in _AXES for b in _AXES])}
"""Name and labels of the last dimension of vectors and of tensors."""


def library(name: str) -> Any:
    """Import an optional library. Raises UserError if it is not installed."""
    try:
        return import_module(name)
    except ImportError:
        raise UserError(f"{name} is not installed; install it, or use the arrays of numpy as they are") from None


def dimensions(shape: tuple[int, ...]) -> tuple[tuple[str, ...], dict[str, list[str]]]:
    """Return the names and labels of the dimensions that values at a point have."""
    if not shape:
        return (), {}
    name, labels = _DIMENSIONS.get(shape[0], ("component", []))
    return (name,), {name: labels} if labels else {}


def fields_dataset(read: Sequence[Snapshot], units: Mapping[str, str]) -> Any:
    """Return the fields that have `units` as an xarray Dataset over `time` and `point`; see `RecordedFields`."""
    xarray = library("xarray")
    blocks = [b for b, data in read[-1].blocks.items() if data.fields] if read else []
    if not blocks:
        return xarray.Dataset()
    sizes = [[(len(s.blocks[b].points), len(s.blocks[b].cells)) for b in blocks] for s in read]
    other = next((s.time for s, size in zip(read, sizes, strict=True) if size != sizes[0]), None)
    if other is not None:
        raise UserError(
            f"this run went over to another mesh by {other:.10g} s; take fields[name][i], which has the mesh of a time"
        )
    starts = np.cumsum([0, *(count for count, _ in sizes[0])])
    points = np.array([np.concatenate([s.blocks[b].points for b in blocks]) for s in read])
    cells = np.concatenate([read[0].blocks[b].cells + n for b, n in zip(blocks, starts[:-1], strict=True)])
    moving = bool((points != points[0]).any())
    data: dict[str, Any] = {"cells": (("cell", "corner"), cells, {"cell_type": read[0].blocks[blocks[0]].cell_type})}
    coordinates: dict[str, Any] = {
        "time": ("time", [s.time for s in read], {"units": "s"}),
        "block": ("point", np.repeat(blocks, [count for count, _ in sizes[0]])),
    }
    for axis, column in zip(_AXES, np.moveaxis(points, -1, 0), strict=False):
        coordinates[axis] = (("time", "point") if moving else "point", column if moving else column[0], {"units": "m"})
    for name, unit in units.items():
        parts = [s.blocks[b].fields[name] for s in read for b in blocks if name in s.blocks[b].fields]
        shape = parts[0].values.shape[1:]
        values = np.full((len(read), starts[-1], *shape), np.nan)
        for i, snapshot in enumerate(read):
            for block, start in zip(blocks, starts[:-1], strict=True):
                found = snapshot.blocks[block].fields.get(name)
                if found is not None:
                    values[i, start : start + len(found.values)] = found.values
        last, labels = dimensions(shape)
        coordinates |= labels
        data[name] = (("time", "point", *last), values, {"units": unit})
    return xarray.Dataset(data, coordinates)
