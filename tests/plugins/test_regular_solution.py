"""The property form `regular_solution` against the closed forms of its phases."""

from __future__ import annotations

from math import log
from pathlib import Path

import pytest
from scipy.optimize import brentq

from trona.cli import main
from trona.model import registry
from trona.model.materials.library import Conditions, library
from trona.units import Unit

R_GAS, T = 8.31446261815324, 300.0


def energy(folder: Path, x: float, critical: str, kelvin: float = T) -> float:
    """Energy of mixing, J/mol, as `trona materials --at` evaluates it."""
    (folder / "lattice.yaml").write_text(f"properties: {{mixing_energy: {critical}}}\n")
    at = Conditions.read([f"temperature={kelvin!r} K", f"vacancy_fraction={x!r}"], registry())
    return at.value(library(registry(), folder)["lattice"], "mixing_energy", Unit.parse("J/mol"))


def form(critical: float) -> str:
    return f"{{regular_solution: {{critical_temperature: {critical} K}}}}"


@pytest.mark.parametrize(
    ("critical", "known", "digit"), [(500, 0.046, 1e-3), (700, 0.0102, 1e-4), (1170, 4.1e-4, 1e-5)]
)
def test_the_phases_are_those_of_the_closed_form(critical: float, known: float, digit: float, tmp_path: Path) -> None:
    """At 300 K: the slope of the energy is zero on the binodal, its curvature on the spinodal."""

    def slope(x: float) -> float:
        h = 1e-5 * x
        return (energy(tmp_path, x + h, form(critical)) - energy(tmp_path, x - h, form(critical))) / (2 * h)

    poor = brentq(slope, 1e-6, 0.3, rtol=1e-6)
    assert abs(poor - known) < digit / 2
    exact = brentq(lambda x: 2 * critical / T * (1 - 2 * x) + log(x / (1 - x)), 1e-6, 0.3, rtol=1e-12)
    assert poor == pytest.approx(exact, rel=1e-5)
    limit = (1 - (1 - T / critical) ** 0.5) / 2
    assert slope(0.99 * limit) < slope(limit) > slope(1.01 * limit)


def test_above_the_critical_temperature_no_composition_is_better_than_its_mixture(tmp_path: Path) -> None:
    for kelvin, sign in ((510.0, 1), (490.0, -1)):
        middle, ends = (energy(tmp_path, x, form(500), kelvin) for x in (0.5, 0.45))
        assert sign * (ends - middle) > 0
    assert energy(tmp_path, 0.5, form(0), T) == pytest.approx(-R_GAS * T * log(2), rel=1e-14)


def test_the_critical_temperature_may_be_a_property_of_the_material(tmp_path: Path) -> None:
    of_property = energy(tmp_path, 0.2, "{regular_solution: {}}, critical_temperature: 500 K")
    assert of_property == energy(tmp_path, 0.2, form(500))


def test_mistakes_are_located(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (Path(__file__).parents[2] / "plugins/trona_plugins/conformance/cahn_hilliard.yaml").read_text()
    deck = tmp_path / "deck.yaml"
    for wrong, message in (
        ("critical_temperature: -1 K", "critical_temperature: must be at least 0 K, got '-1 K'"),
        ("fraction: vacancy_fractoin", "no field 'vacancy_fractoin'; nearest: vacancy_fraction"),
    ):
        deck.write_text(text.replace("regular_solution: {}", f"regular_solution: {{{wrong}}}"))
        assert main(["check", str(deck)]) == 2
        found = capsys.readouterr().err
        assert f"{deck}:" in found and message in found
