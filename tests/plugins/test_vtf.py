"""The property form `vtf` against its formula."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from trona.cli import main
from trona.model import registry
from trona.model.materials.library import Conditions, library
from trona.units import Unit

SIEMENS = Unit.parse("S/m")
POLYMER = """
properties:
  ionic_conductivity:
    vtf: {value: 1e-3 S/m, activation_temperature: 1200 K, vogel_temperature: 210 K, reference_temperature: 300 K}
    source: a test
"""


def conductivity(folder: Path, kelvin: float) -> float:
    (folder / "polymer.yaml").write_text(POLYMER)
    at = Conditions.read([f"temperature={kelvin!r} K"], registry())
    return at.value(library(registry(), folder)["polymer"], "ionic_conductivity", SIEMENS)


def test_it_is_the_usual_formula(tmp_path: Path) -> None:
    """A T^(-1/2) exp(-B/(T - T_0)), whose A follows from the value at the reference temperature."""
    prefactor = 1e-3 * math.sqrt(300) * math.exp(1200 / (300 - 210))
    for kelvin in (250.0, 300.0, 333.15, 400.0):
        expected = prefactor / math.sqrt(kelvin) * math.exp(-1200 / (kelvin - 210))
        assert conductivity(tmp_path, kelvin) == pytest.approx(expected, rel=1e-12)


def test_it_is_the_value_at_the_reference_temperature(tmp_path: Path) -> None:
    assert conductivity(tmp_path, 300.0) == pytest.approx(1e-3, rel=1e-12)


def test_its_slope_is_steeper_when_colder(tmp_path: Path) -> None:
    """Unlike Arrhenius' law: the apparent activation energy falls with temperature."""
    cold, warm = (
        math.log(conductivity(tmp_path, T + 1) / conductivity(tmp_path, T)) * T * (T + 1) for T in (250.0, 350.0)
    )
    assert cold > 3 * warm > 0


def test_a_negative_temperature_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (Path(__file__).parents[2] / "plugins/trona_plugins/conformance/vtf.yaml").read_text()
    deck = tmp_path / "deck.yaml"
    deck.write_text(text.replace("vogel_temperature: 210 K", "vogel_temperature: -210 K"))
    assert main(["check", str(deck)]) == 2
    assert capsys.readouterr().err.endswith(
        "materials.polymer.ionic_conductivity.vtf.vogel_temperature: must be at least 0 K, got '-210 K'\n"
    )
