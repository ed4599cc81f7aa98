"""Field files and pictures of a run on several ranks: each rank encodes its piece, and the first one writes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from trona.readings.pieces import merged
from trona.session.together import together

if TYPE_CHECKING:
    from trona.readings.snapshot import BlockData, Snapshot
    from trona.record import Accepted, Record
    from trona.session.session import Session

MOST_DRAWN = 1_000_000
"""Number of cells up to which a picture gathers a mesh that is not in three dimensions."""


class FieldFiles:
    """Writes the fields of a session in pieces, and gathers what pictures show. Its methods are collective.

    On one rank the record writes whole snapshots, and nothing is done here. record: on the first rank the record of the
    run, None on the others.
    """

    def __init__(self, session: Session, record: Record | None, recorded: bool) -> None:
        self._session, self._record = session, record
        self._comm = session.solution.problem.comm
        self._outputs = session.settings.outputs
        self.active = recorded and self._comm.size > 1

    def step(self, accepted: Accepted) -> None:
        """Write the fields of an accepted step, if there are any. Raises UserError, on every rank."""
        if self.active and accepted.snapshot is not None and self._outputs.vtk:
            self.write(accepted.snapshot)

    def finish(self) -> None:
        """Write the last fields if that has not been done, and give the record what pictures show of them."""
        last = self._session.last
        if not self.active or last is None:
            return
        written = self._comm.bcast(self._record.written if self._record is not None else None)
        if self._outputs.vtk and written != last.step:
            self.write(last)
        drawn, left_out = self._drawn(last)
        if self._record is not None:
            self._record.show(drawn, left_out)

    def write(self, piece: Snapshot, folder: str = "fields") -> None:
        """Write a piece of each rank: no rank ever has more than its own and one encoded one.

        Whatever a rank raises, every rank raises; mistakes of the user as UserError.
        """
        from trona.record.fields import parts_of, vtu

        with together(self._comm):
            own = {name: vtu(block, piece.time) for name, block in parts_of(piece).items() if len(block.cells)}
        with together(self._comm):
            if self._record is None:
                self._comm.send(own, 0)
                return
            pieces = self._pieces(own)
            try:
                self._record.write_pieces(piece, pieces, folder)
            finally:
                for _ in pieces:  # the other ranks wait until theirs is taken
                    pass

    def _pieces(self, own: Mapping[str, bytes]) -> Iterator[Mapping[str, bytes]]:
        yield own
        for rank in range(1, self._comm.size):
            yield self._comm.recv(source=rank)

    def _drawn(self, piece: Snapshot) -> tuple[Snapshot | None, dict[str, str]]:
        """Return the fields that pictures show, on the first rank, and why others are left out."""
        fields = {name for block in piece.blocks.values() for name in block.fields}
        names = [name for name in self._outputs.plots if name in fields]
        if not names:
            return None, {}
        if any(block.cell_type.startswith("tetra") for block in piece.blocks.values()):
            # Of a body only the surface is seen.
            with together(self._comm):
                blocks = {name: _surface(block) for name, block in piece.blocks.items()}
            whole = merged(replace(piece, blocks=blocks), self._comm, names)
            if whole is None:
                return None, {}
            return replace(whole, blocks={name: _without_inner(block) for name, block in whole.blocks.items()}), {}
        cells = self._comm.allreduce(sum(len(block.cells) for block in piece.blocks.values()))
        if cells > MOST_DRAWN:
            return None, dict.fromkeys(names, f"a mesh of {cells} cells is too large to be gathered on one rank")
        return merged(piece, self._comm, names), {}


def _surface(block: BlockData) -> BlockData:
    """Return the outer faces of a piece, with those towards other pieces."""
    from trona.record.geometry import outer_sides

    kind, sides = outer_sides(block)
    used, place = np.unique(sides.ravel(), return_inverse=True)
    fields = {name: replace(data, values=data.values[used]) for name, data in block.fields.items()}
    assert block.numbers is not None
    return replace(
        block,
        points=block.points[used],
        cells=place.reshape(sides.shape),
        cell_type=kind,
        fields=fields,
        numbers=block.numbers[used],
    )


def _without_inner(block: BlockData) -> BlockData:
    """Return a block of faces without those that two pieces share."""
    _, first, count = np.unique(np.sort(block.cells[:, :3], axis=1), axis=0, return_index=True, return_counts=True)
    return replace(block, cells=block.cells[np.sort(first[count == 1])])
