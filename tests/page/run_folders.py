"""Folders of runs as large as real ones, written without a solve."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from trona.model.materials.parameter import Parameter
from trona.readings.ledgers import AuditStep, BalanceLedger, LedgerEntry
from trona.readings.snapshot import BlockData, FieldData, LineData, OutputValue, Snapshot
from trona.record import Accepted, NewtonRecord, Record, RecordOptions, RunMetadata, open_directory
from trona.record.terminal import SilentReporter

HOSTILE = "</script><script>alert('x')</script><b>&"
EQUATIONS = (
    {"title": "cell: composed equations"},
    {"heading": "charge [A/m^3]: charge"},
    {"block": "metal", "formula": r"\nabla\cdot\left(-\nabla \mathrm{electric\_potential}\right) = \frac{1}{2}"},
    {"items": [["at top", "inflow \x1f\\mathrm{current}^{+}\x1f  (boundaries)"], [HOSTILE, "plain"]]},
)


def plate(n: int, y0: float, y1: float, t: float) -> BlockData:
    """Two quadratic triangles in each of n x n squares; a wave whose height grows with time, and a plane vector."""
    k = 2 * n + 1
    x, y = np.meshgrid(np.linspace(0, 20e-6, k), np.linspace(y0, y1, k))
    points = np.stack([x.ravel(), y.ravel()], axis=1)
    i, j = np.meshgrid(np.arange(0, k - 1, 2), np.arange(0, k - 1, 2))
    a = (j * k + i).ravel()
    b, c, d = a + 2, a + 2 * k + 2, a + 2 * k
    low = np.stack([a, b, c, a + 1, b + k, a + k + 1], axis=1)
    high = np.stack([a, c, d, a + k + 1, d + 1, a + k], axis=1)
    wave = 300 + (1 + t) * np.sin(points[:, 0] / 3e-6) * points[:, 1] / 20e-6
    fields = {"temperature": FieldData(wave, "K"), "current_density": FieldData(points * 1e6 + 1, "A/m^2")}
    return BlockData(points, np.concatenate([low, high]), "triangle6", fields)


def box(n: int) -> BlockData:
    """Six tetrahedra in each of n^3 cubes."""
    k = n + 1
    grid = np.stack(np.meshgrid(*[np.linspace(0, 1e-5, k)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    corner = np.stack(np.meshgrid(*[np.arange(n)] * 3, indexing="ij"), axis=-1).reshape(-1, 3) @ [k * k, k, 1]
    ways = [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)]
    step = np.array([k * k, k, 1])
    cells = [np.cumsum([corner, *(np.full(len(corner), step[axis]) for axis in way)], axis=0).T for way in ways]
    return BlockData(grid, np.concatenate(cells), "tetra", {"potential": FieldData(grid.sum(axis=1), "V")})


def written(path: Path, kind: str = "plane", steps: int = 4, n: int = 6, end: str | None = "finished") -> Path:
    """Write the folder of a run: plane, body or line, with a protocol of two steps; end: its status, None if none."""
    title = f"A run {HOSTILE}"
    deck: dict[str, Any] = {"title": title, "outputs": {"plots": ["temperature"]}, "time": {"end": "4 min"}}
    source = [
        Parameter("metal", "k", 142.0, "W/m/K", "142 W/m/K", f"a book {HOSTILE}"),
        Parameter("sei", "k", None, "W/m/K", "table of T", "guess", "25 %", True),
    ]
    metadata = RunMetadata(
        "cell", deck, {"trona": "0.1.0"}, 1, ["@misc{a}"], datetime(2026, 1, 2, tzinfo=UTC), tuple(source), EQUATIONS
    )
    directory = open_directory(path, "cell")
    reporter = SilentReporter()
    record = Record(directory, metadata, reporter, RecordOptions())
    reporter.warning(f"look at this {HOSTILE}")
    entries = (LedgerEntry("boundary", "boundaries", "top", 2.0), LedgerEntry("interface", "kinetics", "m | s", -2.0))
    ledger = BalanceLedger("charge", "C/m", entries)
    values: list[OutputValue] = []
    for step in range(1, steps + 1):
        t = 60.0 * step
        values = [OutputValue(f"voltage_{w}", s * t * 1e-3, "V", f"{w} voltage") for w, s in (("max", 1), ("min", -1))]
        values += [OutputValue("lacking", float("nan"), "1", "ratio", "crosses zero")]
        if kind == "plane":
            blocks = {"metal": plate(n, 0, 8e-6, step), "sei": plate(n, 8e-6, 12e-6, step)}
        elif kind == "body":
            blocks = {"metal": box(n)}
        else:
            x = np.linspace(0, 1e-4, 40)[:, None]
            cells = np.stack([np.arange(39), np.arange(1, 40)], axis=1)
            blocks = {"metal": BlockData(x, cells, "line", {"c": FieldData(np.exp(-x[:, 0] * 1e4 / step), "mol/m^3")})}
        s = np.linspace(0, 1e-6, 5)
        line = LineData(t, step, s, np.column_stack([s, s]), {"c": FieldData(s * t, "mol/m^3")})
        newton, audit = NewtonRecord(step, t, 1, [1.0, 1e-9], "converged"), AuditStep(step, t, 60.0, (ledger,))
        snapshot = Snapshot(t, step, blocks)
        record.step(Accepted(step, t, 60.0, newton, audit, outputs=values, snapshot=snapshot, lines={"front": line}))
    head = "number,cycle,step,start [s],end [s],duration [s],ended by,capacity [C/m^2]\n"
    directory.write_text("steps.csv", f"{head}1,1,plate,60,150,90,time,3\n2,1,rest,150,{60 * steps},90,time,0\n")
    if end is not None:
        record.finish(values, [ledger], end)
    directory.close()
    return path


PARTS = ("cell.ohmic (a)", "cell.charge_transfer (a | b)", "cell.remainder")
"""Of `cell`: the first is zero where there is no current, and the last what the others leave over."""


def with_parts(path: Path, steps: int = 40, rest: bool = False) -> Path:
    """Write the folder of a run on a line with an output that has parts; rest: in its second half none of them."""
    metadata = RunMetadata(
        "cell",
        {"title": f"A voltage {HOSTILE}", "time": {"end": "1 h"}} if steps > 1 else {"title": "A voltage"},
        {"trona": "0.1.0"},
        1,
        [],
        datetime(2026, 1, 2, tzinfo=UTC),
        wholes={"cell": PARTS},
    )
    directory = open_directory(path, "cell")
    record = Record(directory, metadata, SilentReporter(), RecordOptions(vtk=False, plots=("cell",)))
    values: list[OutputValue] = []
    for step in range(1, steps + 1):
        t = 60.0 * step if steps > 1 else 0.0
        ohmic, kinetic, left = 2e-3 * np.cos(t / 600), 5e-3, -1e-3
        values = [OutputValue("cell", ohmic + kinetic + left, "V", f"voltage {HOSTILE}", "")]
        for name, part in zip(PARTS, (ohmic, kinetic, left), strict=True):
            none = rest and step > steps // 2
            values.append(OutputValue(name, np.nan if none else part, "V", "part", "needs a flow" if none else ""))
        audit, newton = AuditStep(step, t, 60.0, ()), NewtonRecord(step, t, 1, [1.0, 1e-9], "converged")
        record.step(Accepted(step, t, 60.0, newton, audit, outputs=values))
    record.finish(values, [], "finished")
    directory.close()
    return path
