"""Snapshots in pieces, one on each rank: what several of them need to become a whole."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

import numpy as np

from trona.readings.snapshot import BlockData, FieldData, Snapshot


def merged(piece: Snapshot, comm: Any, names: Collection[str] | None = None) -> Snapshot | None:
    """Return the whole of which each rank has a piece, on the first rank (None elsewhere). Collective.

    names: of the fields; by default all. It takes as much memory there as the whole: large ones stay in pieces.
    """
    if piece.pieces == 1:
        return piece
    blocks = {}
    for name, block in piece.blocks.items():
        fields = {n: data for n, data in block.fields.items() if names is None or n in names}
        parts = comm.gather(replace(block, fields=fields))
        if parts is not None:
            blocks[name] = _joined(parts)
    return None if comm.rank else Snapshot(piece.time, piece.step, blocks)


def _joined(parts: list[BlockData]) -> BlockData:
    """Return one block; a point that several parts have is in it once."""
    starts = np.cumsum([0, *(len(part.points) for part in parts)])
    _, first, place = np.unique(np.concatenate([p.numbers for p in parts]), return_index=True, return_inverse=True)
    cells = np.concatenate([place.ravel()[start + part.cells] for start, part in zip(starts, parts, strict=False)])
    fields = {
        name: FieldData(np.concatenate([part.fields[name].values for part in parts])[first], data.unit, data.text)
        for name, data in parts[0].fields.items()
    }
    return BlockData(np.concatenate([part.points for part in parts])[first], cells, parts[0].cell_type, fields)
