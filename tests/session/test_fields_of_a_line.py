"""The field files of a line whose mesh moves: the points are where the surface has come to."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from trona.session.run import run

CONTENT = {
    "mesh": {"layers": [{"metal": "1 um"}, {"sei": "1 um"}], "cells": 4},
    "materials": {"metal": "sodium", "sei": "uniform_sei"},
    "given": {"temperature": "25 degC"},
    "physics": {
        "ionic_charge": {"blocks": ["sei"]},
        "butler_volmer": {"interface": "metal | sei", "i0": "20 A/m^2"},
        "growth": {"interface": "metal | sei"},
    },
    "boundaries": {"top": {"current_density": "10 A/m^2"}, "bottom": {"mesh_displacement": ["0 m"]}},
    "time": {"end": "2 s", "step": "1 s"},
}
GROWTH = 10 * 2.375e-5 / 96485.33212 * 2


def test_points_move_with_the_surface(tmp_path: Path) -> None:
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkIOXML import vtkXMLUnstructuredGridReader

    (tmp_path / "line.yaml").write_text(yaml.safe_dump(CONTENT))
    result = run(tmp_path / "line.yaml", directory=tmp_path / "run")
    assert result.directory is not None
    files = sorted((result.directory / "fields").glob("metal-*.vtu"))
    reader = vtkXMLUnstructuredGridReader()
    reader.SetFileName(str(files[-1]))
    reader.Update()
    x = vtk_to_numpy(reader.GetOutput().GetPoints().GetData())
    assert x[:, 0].max() - 1e-6 == pytest.approx(GROWTH, rel=1e-6)
    assert abs(x[:, 0].min()) < 1e-6 * GROWTH and not x[:, 1:].any()
