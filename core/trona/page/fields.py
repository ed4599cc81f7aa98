"""The fields of a run on its page: a viewer, and pictures for where it cannot run."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from trona.page.chart import Series, chart
from trona.page.formulas import sign
from trona.page.html import data, folded, picture, table, text
from trona.page.scene import scene
from trona.readings.snapshot import BlockData, CellType, Snapshot
from trona.record.field_reader import RecordedFields
from trona.record.fields import safe_names
from trona.record.look import Look, look_of, look_of_run
from trona.record.quantity import pretty
from trona.record.results import RecordedRun

if TYPE_CHECKING:
    from trona.mesh.data import MeshData

_ENDS = {"last_good": "last good state", "failed": "failing state"}
"""The states that a failed solve leaves, by the names of their files."""
_BYTES = 1_500_000
"""About how many bytes the pictures of a page may take."""


def fields(run: RecordedRun) -> str:
    """Return the fields at the times at which they were written, and where a solve failed."""
    after = states(run)
    if not len(run.fields.times) and not after:
        return ""
    last = run.fields.snapshot(len(run.fields.times) - 1) if len(run.fields.times) else after[max(after)]
    if all(block.cell_type.startswith("line") for block in last.blocks.values()):
        return _along(run, last)
    shown = scene(run.fields, look_of_run(run), after, last)
    if shown is not None:  # first what the deck asks to see
        asked = (run.deck.get("outputs") or {}).get("plots") or []
        shown["fields"].sort(key=lambda field: asked.index(field["name"]) if field["name"] in asked else len(asked))
    pictures = _pictures(run, last)
    if shown is None:
        why = "The mesh is too large for the viewer of this page; ParaView opens <code>fields.pvd</code>."
        return f"<p>{why}</p>{pictures}"
    return (
        f'<div id="viewer" hidden></div>{data("scene", shown)}'
        '<p id="no-viewer" hidden>This browser cannot show the fields to turn and zoom them (WebGL 2 is missing); '
        f"these pictures show them.</p>{folded('Pictures of the fields', pictures)}"
    )


def names(snapshot: Snapshot) -> list[str]:
    """Return the names of its fields, in their order."""
    return sorted({name for block in snapshot.blocks.values() for name in block.fields})


def states(run: RecordedRun) -> dict[str, Snapshot]:
    """Return the states that a failed solve has left, by what they are called."""
    found = {said: RecordedFields(run.folder, f"{file}.pvd") for file, said in _ENDS.items()}
    return {said: fields.snapshot(-1) for said, fields in found.items() if len(fields.times)}


def when(run: RecordedRun, time: float) -> str:
    """Return a time [s] as text; '' of a steady run."""
    return look_of_run(run).moment(time)


def mesh(run: RecordedRun) -> str:
    """Return the mesh as a picture, with the numbers of points and cells of its blocks."""
    if not len(run.fields.times):
        return ""

    blocks, look = run.fields.snapshot(0, ()).blocks, look_of_run(run)
    rows = [(name, f"{len(b.cells):,}", f"{len(b.points):,}", _extent(b.points, look)) for name, b in blocks.items()]
    numbers = table(("block", "cells", "nodes", "extent"), rows, right=(1, 2))
    if all(block.cell_type.startswith("line") for block in blocks.values()):
        return numbers
    from trona.record.mesh_picture import mesh_picture

    drawn = mesh_picture(blocks, look)
    return picture(drawn, f"The mesh: {', '.join(blocks)}", "The mesh of each block") + numbers


def mesh_ahead(mesh: MeshData, deck: Mapping[str, Any]) -> None:
    """Draw the mesh of a run that begins, as plain data of its deck: what it writes then need not be drawn anew."""
    if mesh.gdim == 1:
        return
    from trona.record.mesh_picture import mesh_picture

    kind: CellType = "triangle" if mesh.gdim == 2 else "tetra"
    cells = {name: mesh.cells[mesh.cell_block == number] for number, name in enumerate(mesh.blocks)}
    mesh_picture({name: BlockData(mesh.points, of, kind) for name, of in cells.items()}, look_of(deck))


def _extent(points: Any, look: Look) -> str:
    sizes = np.ptp(points, axis=0)
    factor, unit = look.scaled(float(sizes.max()), "m")
    return f"{' × '.join(f'{size * factor:.4g}' for size in sizes)} {pretty(unit)}"


def _along(run: RecordedRun, last: Snapshot) -> str:
    """Return the fields of a mesh of lines as curves over its length, first and last."""
    first = run.fields.snapshot(0)
    every = np.concatenate([block.points for block in last.blocks.values()])
    look = look_of_run(run)
    factor, unit = look.scaled(float(np.abs(every).max()), "m")
    drawn = []
    for number, name in enumerate(run.fields):
        series = []
        for at in [first, last] if last.time != first.time else [last]:
            x: list[Any] = []
            y: list[Any] = []
            for block in at.blocks.values():
                if name in block.fields and block.fields[name].values.ndim == 1:
                    order = np.argsort(block.points[:, 0], kind="stable")
                    x += [block.points[order, 0] * factor, [np.nan]]
                    y += [block.fields[name].values[order], [np.nan]]
            if x:
                series.append(Series(when(run, at.time) or name, np.concatenate(x), np.concatenate(y)))
        title, label = name.replace("_", " "), f"{look.axes[0]} [{pretty(unit)}]"
        told, shown = run.fields[name].unit, sign(look.symbol(name))
        more: Any = {"wanted": look.unit(told, name), "sign": shown}
        drawn.append(chart(f"field-{number}", title, label, told, series, **more) if series else "")
    return f'<div class="charts">{"".join(drawn)}</div>'


def _pictures(run: RecordedRun, last: Snapshot) -> str:
    """Return a picture of each field at the last time: the one of the run's `plots`, or else a new one."""
    from trona.record.pictures import Pictures

    drawn, taken, left, said = [], 0, [], when(run, last.time)
    pictures = Pictures(last, look=look_of_run(run))
    for name, file in safe_names(names(last)).items():
        kept = run.folder / "plots" / f"{file}.png"
        try:
            png = kept.read_bytes() if kept.is_file() else _drawn(pictures, name)
        except (OSError, ValueError) as error:
            left.append(f"{name} ({error})")
            continue
        if taken + len(png) > _BYTES:
            left.append(name)
            continue
        taken += len(png)
        words = name.replace("_", " ")
        drawn.append(picture(png, f"{words}{' at ' if said else ''}{said}, over all its blocks", words))
    missing = f"Without a picture here: {text(', '.join(left))}; <code>trona plot</code> draws them."
    more = f"<p>{missing}</p>" if left else ""
    return f'<div class="pictures">{"".join(drawn)}</div>{more}' if drawn or more else ""


def _drawn(pictures: Any, name: str) -> bytes:
    file = io.BytesIO()
    pictures.draw(name, file)
    return file.getvalue()
