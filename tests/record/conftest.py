"""A small cell of two blocks, quadratic and straight, and a run directory."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from trona.readings.snapshot import BlockData, FieldData, Snapshot
from trona.record import RunDirectory, RunMetadata, open_directory


def quadratic_block(y0: float, y1: float, width: float) -> BlockData:
    """Two triangle6 cells over a rectangle, with T = y^2 (exact in P2) and a plane vector."""
    x, y = np.meshgrid(np.linspace(0, width, 3), np.linspace(y0, y1, 3))
    points = np.stack([x.ravel(), y.ravel()], axis=1)
    cells = np.array([[0, 2, 8, 1, 5, 4], [0, 8, 6, 4, 7, 3]])
    fields = {
        "temperature": FieldData(298.15 + 1e12 * points[:, 1] ** 2, "K", "temperature"),
        "displacement": FieldData(points * [1e-3, 2e-3], "m", "displacement"),
    }
    return BlockData(points, cells, "triangle6", fields)


def straight_block(y0: float, y1: float, width: float) -> BlockData:
    """Two triangle cells over a rectangle."""
    points = np.array([[0, y0], [width, y0], [width, y1], [0, y1]])
    cells = np.array([[0, 1, 2], [0, 2, 3]])
    return BlockData(points, cells, "triangle", {"temperature": FieldData(300 + 1e6 * points[:, 1], "K")})


@pytest.fixture
def snapshot() -> Snapshot:
    blocks = {"metal": quadratic_block(0, 1e-6, 1e-6), "film": straight_block(1e-6, 1.2e-6, 1e-6)}
    return Snapshot(time=420.0, step=3, blocks=blocks)


@pytest.fixture
def directory(tmp_path: Path) -> RunDirectory:
    return open_directory(tmp_path / "run", "cell")


@pytest.fixture
def metadata() -> RunMetadata:
    return RunMetadata(
        deck="cell",
        resolved={"mesh": {"file": "cell.msh"}, "physics": {"heat": {"k": 1e-05, "name": "Wärme"}}},
        versions={"trona": "0.1.0"},
        nprocs=1,
        citations=["@misc{a,\n  title = {A}\n}"],
        started=datetime.now(UTC),
    )
