"""What the pictures of a run show, and how each is drawn."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from trona.readings.snapshot import LineData, Snapshot
from trona.record.look import Look
from trona.record.metadata import Zoom
from trona.record.table import Table
from trona.record.wholes import Whole


@dataclass(frozen=True)
class Plots:
    """Names of what is drawn, and what has these names: fields of a time, outputs of a table, lines."""

    names: tuple[str, ...]
    snapshot: Snapshot | None
    zoom: Zoom | None
    table: Table
    lines: dict[str, list[LineData]]
    look: Look = field(default_factory=Look)
    wholes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The parts of outputs that have parts, with what these leave over."""

    def fields(self) -> set[str]:
        """Return the names of all fields."""
        blocks = self.snapshot.blocks.values() if self.snapshot is not None else ()
        return {name for block in blocks for name in block.fields}

    def named(self, names: Sequence[str]) -> Plots:
        """Return what has these names, and nothing else."""
        shown = None
        if self.snapshot is not None:
            blocks = {
                name: replace(block, fields={n: data for n, data in block.fields.items() if n in names})
                for name, block in self.snapshot.blocks.items()
            }
            shown = replace(self.snapshot, blocks=blocks)
        lines = {name: self.lines[name] for name in names if name in self.lines}
        return replace(self, names=tuple(names), snapshot=shown, lines=lines)

    def pen(self) -> Callable[[str], bytes]:
        """Return what draws a picture as PNG, by its name. Calls raise ValueError where there is nothing to show."""
        from trona.record.curves import curve, line_plot
        from trona.record.pictures import Pictures
        from trona.record.stacks import stack

        fields = self.fields()
        pictures = Pictures(self.snapshot, self.zoom, self.look) if self.snapshot is not None else None
        if pictures is not None and fields.intersection(self.names):
            pictures.prepare()

        def drawn(name: str) -> bytes:
            file = io.BytesIO()
            if pictures is not None and name in fields:
                pictures.draw(name, file)
            elif name in self.wholes and name in self.table.columns:
                stack(
                    Whole.of(name, self.wholes[name], self.table.columns, self.table.units),
                    np.array(self.table.time),
                    file,
                    self.look,
                )
            elif name in self.table.columns:
                curve(self.table, [name], file, self.look)
            else:
                line_plot(name, self.lines[name], file, self.look)
            return file.getvalue()

        return drawn
