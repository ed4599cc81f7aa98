"""Two laws at one interface, written in either direction, are the same physics."""

from __future__ import annotations

from pathlib import Path

import pytest

from trona.deck import read_deck
from trona.session.run import run

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = ROOT / "inputs" / "tutorial" / "sodium_sei.yaml"
LIGHT = ["mesh.file=../../meshes/wavy_sei.msh", "outputs=null"]


@pytest.mark.parametrize("written", ["metal | sei", "sei | metal"])
def test_direction_of_a_law_does_not_matter(written: str) -> None:
    overrides = [*LIGHT, f"physics.thermal_resistance.interface={written}", "boundaries.base.temperature=35 degC"]
    result = run(read_deck(TUTORIAL, overrides), record=False)
    # 10 K over the resistance, the electrolyte (5 um - 50 nm), the film and the metal (50 nm and 0.5 um on average):
    # a closed form of flat layers, to the accuracy that the small wave allows.
    resistance = 1e-5 + 4.95e-6 / 0.2 + 50e-9 / 0.5 + 0.5e-6 / 142
    assert result["temperature_jump_max"] == pytest.approx(10 / resistance * 1e-5, rel=2e-3)
    assert result["theta"] == pytest.approx(1.061, abs=2e-3)
