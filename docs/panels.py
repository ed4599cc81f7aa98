"""Pictures of a sweep's cases: fields side by side with one scale, curves along surfaces and over time."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from claim import Curves, Lines, Panels, Rows
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize, TwoSlopeNorm
from matplotlib.figure import Figure
from matplotlib.tri import Triangulation
from PIL import Image

from trona.readings.snapshot import BlockData, FieldData
from trona.record.geometry import cuts_for, lines, outer_sides, triangles

_TYPES = {3: "line", 5: "triangle", 21: "line3", 22: "triangle6"}
_NM = 1e9
_WIDE = 5000.0  # nm; wider pictures have axes in µm
_COLOURS = 160
"""In a kept picture: enough for a map, and less than half the size."""


def draw_panels(panels: Panels, rows: Rows, runs: Path, path: Path) -> None:
    """Draw a field in several cases with one scale of colours. Raises ValueError where it is in no block."""
    (down, ys), (across, xs) = panels.down, panels.across
    folders = [[_folder(runs, rows.number(**panels.fixed, **{down: y, across: x})) for x in xs] for y in ys]
    parts = [[[_filled(panels, block) for block in _blocks(panels, f)] for f in line] for line in folders]
    every = np.concatenate([v for line in parts for case in line for _, v, _ in case])
    low, high = float(every.min()), float(every.max())
    norm: Normalize = Normalize(low, high)
    if panels.both_signs:
        size = max(abs(low), abs(high))
        norm = TwoSlopeNorm(0.0, -size, size)
    left, bottom, right, top = panels.box
    width = 8.8 / len(xs)
    height = width * (top - bottom) / (right - left) * panels.patch
    figure = Figure(figsize=(10.6, height * len(ys) + 0.3 * (len(ys) - 1) + 1.0), layout="compressed")
    axes = figure.subplots(len(ys), len(xs), squeeze=False, sharex=True, sharey=True)
    mesh: Any = None
    unit, scale = ("nm", 1.0) if right - left < _WIDE else ("µm", 1e-3)
    for ax, case in zip(axes.flat, (case for line in parts for case in line), strict=True):
        for triangulation, values, outline in case:
            mesh = ax.tripcolor(
                triangulation,
                values,
                shading="gouraud",
                norm=norm,
                rasterized=True,
                cmap="RdBu_r" if panels.both_signs else "viridis",
            )
            ax.add_collection(LineCollection(list(outline), colors="0.3", linewidths=0.6), autolim=False)
        ax.set(xlim=(left, right), ylim=(bottom, top), aspect=panels.patch, facecolor="0.93")
        ax.tick_params(labelsize="x-small")
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_formatter(lambda nm, _: f"{nm * scale:g}")
    for ax, x in zip(axes[0], xs, strict=True):
        ax.set_title(_word(across, x, rows), fontsize="small")
    for ax, y in zip(axes[:, 0], ys, strict=True):
        ax.set_ylabel(f"{_word(down, y, rows)}\ny [{unit}]" if len(ys) > 1 else f"y [{unit}]", fontsize="small")
    for ax in axes[-1]:
        ax.set_xlabel(f"x [{unit}]", fontsize="small")
    figure.colorbar(mesh, ax=list(axes.flat), aspect=8 * len(ys), pad=0.01).set_label(panels.label, fontsize="small")
    save(figure, path)


def _word(name: str, value: Any, rows: Rows) -> str:
    if isinstance(value, str):
        return value
    unit = rows.units[name].replace("degC", "°C").replace("^2", "²").replace("*", " ")
    return f"{name} = {value:g} {unit}".removesuffix(" 1").rstrip()


def _folder(runs: Path, number: int) -> Path:
    return runs / "cases" / f"{number:04d}"


def _blocks(panels: Panels, folder: Path) -> Iterator[BlockData]:
    for block in panels.blocks:
        yield read_block(folder, block)


def read_block(folder: Path, block: str) -> BlockData:
    """Return a block as the last field file of a run has it. Raises FileNotFoundError where there is none."""
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkIOXML import vtkXMLUnstructuredGridReader

    found = sorted((folder / "fields").glob(f"{block}-*.vtu"))
    if not found:
        raise FileNotFoundError(f"no fields of {block} in {folder}; its deck must write them")
    reader = vtkXMLUnstructuredGridReader()
    reader.SetFileName(str(found[-1]))
    reader.Update()
    grid = reader.GetOutput()
    kind = _TYPES[grid.GetCellType(0)]
    cells = vtk_to_numpy(grid.GetCells().GetConnectivityArray()).reshape(grid.GetNumberOfCells(), -1)
    points = vtk_to_numpy(grid.GetPoints().GetData())[:, :2]
    data = grid.GetPointData()
    arrays = [data.GetArray(i) for i in range(data.GetNumberOfArrays())]
    fields = {array.GetName(): FieldData(vtk_to_numpy(array)) for array in arrays}
    return BlockData(points, cells, kind, fields)  # type: ignore[arg-type]


def _filled(panels: Panels, block: BlockData) -> tuple[Triangulation, Any, Any]:
    """Return small triangles, values and outline of a block and its mirror image, in nm and as they are shown."""
    values = np.asarray(block.fields[panels.field].values, dtype=float)
    if values.ndim > 1:
        values = np.linalg.norm(values, axis=1)
    values = (values - panels.above) * panels.factor
    cuts = cuts_for(len(block.cells), block.cell_type, 4_000)
    small, (points, field) = triangles(block.cells, block.cell_type, cuts, block.points * _NM, values[:, None])
    mirrored = points * [-1, 1]
    kind, sides = outer_sides(block)
    outline = lines(sides, kind, block.points * _NM)[0]
    outline = outline[~np.all(np.isclose(outline[:, :, 0], 0.0, atol=1e-6), axis=1)]
    return (
        Triangulation(*np.concatenate([points, mirrored]).T, np.concatenate([small, small + len(points)])),
        np.tile(field[:, 0], 2),
        np.concatenate([outline, outline * [-1, 1]]),
    )


def draw_curves(curves: Curves, rows: Rows, runs: Path, path: Path) -> None:
    """Draw the current along the metal's surface, or outputs over time, of several cases in one picture."""
    figure = Figure(figsize=(6.4, 3.6), layout="constrained")
    ax = figure.add_subplot()
    for case in curves.cases:
        folder = _folder(runs, rows.number(**curves.fixed, **case))
        x, y = _along(folder) if curves.of is None else _over_time(folder, curves)
        ax.plot(x, y, label=", ".join(_word(name, value, rows) for name, value in case.items()))
    ax.set(xlabel="x [nm]" if curves.of is None else "time [s]", ylabel=curves.label)
    ax.grid(alpha=0.3)
    ax.legend(frameon=False, fontsize="small")
    save(figure, path)


def draw_lines(drawn: Lines, rows: Rows, path: Path) -> None:
    """Draw an output of a sweep over one parameter, a line for each value of another."""
    figure = Figure(figsize=(6.4, 3.6), layout="constrained")
    ax = figure.add_subplot()
    for word in rows.different(drawn.by):
        value = _number(word)
        y = np.array(rows.series(drawn.y, drawn.x, **drawn.fixed, **{drawn.by: value})) - drawn.less
        if drawn.over is not None:
            y = y / (rows.one(drawn.y, **drawn.fixed, **{drawn.by: value, drawn.x: drawn.over}) - drawn.less)
        x = [float(v) for v in rows.different(drawn.x)]
        ax.plot(x, y, marker="o", markersize=4, label=_word(drawn.by, value, rows))
    ax.set(xlabel=f"{drawn.x} [{rows.units[drawn.x].replace('degC', '°C')}]", ylabel=drawn.label)
    ax.grid(alpha=0.3)
    ax.legend(frameon=False, fontsize="small")
    save(figure, path)


def _number(word: str) -> float | str:
    try:
        return float(word)
    except ValueError:
        return word


def _along(folder: Path) -> tuple[Any, Any]:
    """Return x, nm, and the current density from the SEI into the metal along their interface.

    The other side of the SEI is flat.
    """
    block = read_block(folder, "sei")
    kind, sides = outer_sides(block)
    place, current = lines(sides, kind, block.points, np.asarray(block.fields["current_density"].values)[:, :2], cuts=2)
    top = block.points[:, 1].max()
    low = (place[:, 1, 1] < top - 1e-9 * abs(top)) & (np.ptp(place[:, :, 0], axis=1) > 1e-6 * np.ptp(place[:, :, 0]))
    along = place[low, -1] - place[low, 0]
    normal = np.stack([along[:, 1], -along[:, 0]], axis=1)
    normal /= np.linalg.norm(normal, axis=1)[:, None]
    normal[normal[:, 1] > 0] *= -1
    x, y = place[low, 1, 0] * _NM, np.einsum("ij,ij->i", current[low, 1], normal)
    order = np.argsort(x)
    x, y = x[order], y[order]
    return np.concatenate([-x[::-1], x]), np.concatenate([y[::-1], y])


def _over_time(folder: Path, curves: Curves) -> tuple[Any, Any]:
    table = columns(folder, "time", *(curves.of or {}))
    values = sum(weight * table[name] for name, weight in (curves.of or {}).items())
    return table["time"], values - curves.less


def columns(folder: Path, *wanted: str) -> dict[str, Any]:
    """Return columns of the outputs of a run over time, by name."""
    with (folder / "outputs.csv").open(encoding="utf-8", newline="") as stream:
        header, *lines = list(csv.reader(stream))
    names = [name.partition(" [")[0] for name in header]
    table = dict(zip(names, zip(*lines, strict=True), strict=True))  # 'notes' holds words
    return {name: np.array(table[name], dtype=float) for name in wanted}


def save(figure: Figure, path: Path) -> None:
    """Write a figure as a small PNG."""
    figure.savefig(path, format="png", dpi=100, bbox_inches="tight", pad_inches=0.06)
    shrink(path)


def shrink(path: Path) -> None:
    """Give a PNG a palette, which makes it smaller and changes nothing that one sees."""
    with Image.open(path) as image:
        small = image.convert("RGB").quantize(_COLOURS, kmeans=2, dither=Image.Dither.NONE)
    small.save(path, optimize=True)
