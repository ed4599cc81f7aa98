"""The mesh of a bubble: areas of its closed forms, and the current at the rim by potential theory."""

from __future__ import annotations

from math import pi
from pathlib import Path

import bubble
import pytest

from trona.deck import read_deck
from trona.mesh import read_mesh
from trona.session import run

ROOT = Path(__file__).resolve().parents[2]


def test_areas_and_names(tmp_path: Path) -> None:
    bubble.build(tmp_path / "a.msh", extent=5, thickness=0.5)
    mesh, warnings = read_mesh(tmp_path / "a.msh", 1e-3)
    assert warnings == []
    assert mesh.block_measure == pytest.approx({"metal": 2.5e-6, "electrolyte": (25 - pi / 4) * 1e-6}, rel=1e-3)
    wanted = {"base": 5, "top": 5, "side": 5.5, "axis": 4.5, "bubble": pi / 2, "covered": 1}
    assert {name: 1e3 * each.measure for name, each in mesh.boundaries.items()} == pytest.approx(wanted, rel=1e-3)
    assert mesh.interfaces["metal | electrolyte"].measure == pytest.approx(4e-3)


def test_a_bubble_that_fills_the_cell_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="the electrolyte does not reach beyond the bubble"):
        bubble.build(tmp_path / "a.msh", extent=1)


@pytest.mark.parametrize(
    ("shape", "wagner", "rim"), [("planar", 1e-3, 2), ("axisymmetric", 1e-3, 1.5), ("planar", 1e4, 1)]
)
def test_the_current_at_the_rim(shape: str, wagner: float, rim: float) -> None:
    """Potential theory: the image of the bubble in the electrode makes a cylinder or a sphere in a uniform field."""
    deck = ROOT / "inputs/oh2026/bubble.yaml"
    result = run(
        read_deck(deck, [f"mesh.coordinates={shape}", f"definitions.wagner={wagner}", "sweep=null"]), record=False
    )
    assert result["theta"] == pytest.approx(rim, rel=0.01)
