"""The notebooks run from the first cell to the last, and say what their text says."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "docs"))
nbformat = pytest.importorskip("nbformat")
from notebooks import NOTEBOOKS, executed  # noqa: E402  (docs are on the path since the line above)

SAYS = {
    "first_run": ["largest over smallest reaction current density", "image/png", "<b>cell</b>: finished", "True"],
    "loop_and_fit": [
        "i0 = 12",
        "no field lives in block metal",
        "mesh.cells: this changes more than a number",
        "image/png",
        "known to",
    ],
    "own_material": ["temperature_jump_max", "<xarray.Dataset>", "image/png", "time,temperature"],
}


def test_there_is_a_word_on_each() -> None:
    assert [path.stem for path in NOTEBOOKS] == sorted(SAYS)
    text = (ROOT / "docs/python.md").read_text(encoding="utf-8")
    assert all(f"{name}.ipynb" in text for name in SAYS)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_kept_without_outputs(path: Path) -> None:
    cells = nbformat.read(path, as_version=4).cells
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in cells)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs(path: Path, tmp_path: Path) -> None:
    """Quietly: what a run would say to a terminal is not in the notebook."""
    cells = [cell for cell in executed(path, tmp_path).cells if cell.cell_type == "code"]
    shown = str([cell.outputs for cell in cells])
    for text in SAYS[path.stem]:
        assert text in shown, text
    streams = [out.text for cell in cells for out in cell.outputs if out.output_type == "stream"]
    assert not any("balance " in text or "results in" in text for text in streams), streams
