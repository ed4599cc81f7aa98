"""Unknowns of interfaces and boundaries in the field files of a run, where the mesh moves, and what reads them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import trona
from trona.cli import main
from trona.record.results import RecordedRun

ROOT = Path(__file__).parents[2]
EXTRA = "outputs.extra={rim: {profile: interface_traction, along: metal | sei}}"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RecordedRun:
    deck = ROOT / "plugins/trona_plugins/conformance/growth.yaml"
    folder = tmp_path_factory.mktemp("growth") / "run"
    trona.run(deck, overrides=[EXTRA, "time.end=10 s"], directory=folder)
    found = trona.load(folder)
    assert isinstance(found, RecordedRun)
    return found


def test_they_have_the_values_of_a_profile(run: RecordedRun) -> None:
    line, found = run.lines["rim"][2], run.along("metal | sei")
    assert list(run.fields) == ["electric_potential", "mesh_displacement"]
    at = [int(np.argmin(abs(line["x"] - x))) for x in found["x"]]
    for name in ("x", "y", "distance", "interface_traction"):  # where the interface is by now
        np.testing.assert_allclose(found[name], line[name][at], rtol=1e-9, atol=1e-18)
    assert found.units["interface_traction"] == "1" and found["y"].min() > 1e-6


def test_they_are_fields_of_their_own(run: RecordedRun) -> None:
    field = run.fields.surfaces["interface_traction"]
    assert field.times.tolist() == [5, 10]
    (part,) = field[-1].values()
    assert (part.cell_type, part.points.shape, part.cells.shape) == ("line3", (6, 2), (2, 3))
    with pytest.raises(trona.TronaError, match="no field 'interface_traction'"):
        run.fields["interface_traction"]


def test_they_are_drawn(run: RecordedRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "traction.png"
    assert main(["plot", str(run.folder), "interface_traction", "--time", "5", "-o", str(target)]) == 0
    assert target.read_bytes().startswith(b"\x89PNG")
    assert main(["plot", str(run.folder), "interface_traction", "--time", "6", "-o", str(target)]) == 2
    assert "interface_traction was not written at 6 s; nearest: 5 s" in capsys.readouterr().err
