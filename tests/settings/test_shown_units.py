"""The section `units`: what it refuses and where; and the symbols of what a run draws."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from matplotlib.mathtext import MathTextParser

import trona_plugins
from trona.deck import read_deck
from trona.errors import UserError
from trona.model import Model, compose
from trona.model.writer import _indexed
from trona.settings.settings import read_settings
from trona.settings.symbols import symbols_of

DECK = Path(__file__).parents[2] / "inputs/tutorial/cycling.yaml"
EXTRA = "outputs.extra={rim: {profile: reaction_current_density, along: metal | sei}}"


def model(*overrides: str) -> Model:
    return compose(read_deck(DECK, [EXTRA, *overrides]))


def test_units_that_fit() -> None:
    names = "temperature: degC, temperature_max: degC, reaction_current_density: mA/cm^2, rim: uA/cm^2, rim.max: A/m^2"
    read_settings(model(f"units={{all: [mV, um, mA/cm^2], {names}, capacity: mAh/cm^2, energy_lost: J/m^2, time: h}}"))


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("{temperatur: degC}", "units.temperatur: nothing named 'temperatur' is measured; nearest: temperature"),
        ("{theta: mV}", "units.theta: 'theta' is measured in 1, and mV is no unit of that"),
        ("{all: [mV, degC]}", r"units.all\[1\]: a difference is not told in degC; give it by name to what is absolute"),
        ("{all: [um, nm]}", r"units.all\[1\]: um and nm measure the same; give one of them by name"),
        ("{all: mm2}", "units.all: unknown unit 'mm2'; nearest: mm\\^2"),
        ("{temperature: [K]}", "units.temperature: expected text, got a list"),
        ("[mV]", "units: expected a mapping"),
    ],
)
def test_units_that_do_not(given: str, why: str) -> None:
    with pytest.raises(UserError, match=why):
        read_settings(model(f"units={given}"))


def test_symbols_of_what_a_run_draws() -> None:
    found = model()
    symbols = symbols_of(found, read_settings(found).outputs)
    assert (symbols["temperature"], symbols["temperature_max"]) == ("T", r"T_\mathrm{max}")
    assert symbols["reaction_current_density_mean"] == r"j_\mathrm{r,mean}"
    assert symbols["rim"] == symbols["reaction_current_density"] == r"j_\mathrm{r}"
    assert "capacity" not in symbols and _indexed(r"\eta", "max") == r"{\eta}_\mathrm{max}"


def test_matplotlib_typesets_every_symbol() -> None:
    parser, found = MathTextParser("path"), set()
    for file in Path(trona_plugins.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "symbol" and isinstance(node.value, ast.Constant):
                found.add(str(node.value.value))
    assert len(found) > 20
    for symbol in found:
        for shown in (symbol, _indexed(symbol, "max"), rf"|\mathbf{{{symbol}}}|", rf"{{{symbol}}}_x"):
            parser.parse(f"${shown}$")
