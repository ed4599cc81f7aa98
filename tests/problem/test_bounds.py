"""Bounds of properties that only a run can judge: those of what a protocol sets, or a solve makes of a field."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from trona.cli import main
from trona.deck import Deck
from trona.diagnosis.evaluate import UnknownExpressionError
from trona.diagnosis.watch import Watch
from trona.errors import BoundsError, DeckError
from trona.record import make_reporter
from trona.session.run import run

DECK = """\
mesh: {layers: [{metal: 1 um}], cells: 2}
materials:
  metal: {thermal_conductivity: CONDUCTIVITY, density: 1000 kg/m^3, specific_heat_capacity: 1000 J/kg/K}
physics: {heat: {blocks: metal}}
boundaries: {bottom: {temperature: 300 K}, top: {heat_flux: 1e8 W/m^2}}
initial: {temperature: 300 K}
time: {step: 1 ms, end: 1 s}
protocol:
  controls: {k_now: W/m/K}
  steps: [{name: one, set: {k_now: -1 W/m/K}, until: {time: 2 ms}}]
"""


def test_check_says_what_only_the_run_can_judge(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "d.yaml").write_text(DECK.replace("CONDUCTIVITY", "k_now"))
    assert main(["check", str(tmp_path / "d.yaml")]) == 0
    assert "bounds      checked during the run: thermal_conductivity of metal\n" in capsys.readouterr().out


def deck(conductivity: str) -> Deck:
    return Deck.from_text(DECK.replace("CONDUCTIVITY", conductivity), name="d.yaml")


def test_a_property_that_a_protocol_takes_below_its_bound_is_refused_before_the_first_step() -> None:
    with pytest.raises(DeckError) as caught:
        run(deck("k_now"), record=False)
    assert str(caught.value).startswith("d.yaml:3:33 materials.metal.thermal_conductivity: before the first step, ")
    assert "thermal_conductivity of metal is -1 W/m/K" in str(caught.value)
    assert str(caught.value).endswith("but must be above 0 W/m/K")


def test_a_run_ends_where_a_property_leaves_its_bounds() -> None:
    """It passes check, which knows 300 K alone; 100 K more, in the first step, make it negative."""
    text = DECK.replace("CONDUCTIVITY", "1 W/m/K * (1 - (temperature - 300 K) / (90 K))").partition("protocol:")[0]
    with pytest.raises(BoundsError) as caught:
        run(Deck.from_text(text.replace("end: 1 s", "end: 2 ms"), name="d.yaml"), record=False)
    assert "thermal_conductivity of metal is -" in str(caught.value)
    assert str(caught.value).startswith("d.yaml:3:33 materials.metal.thermal_conductivity: thermal_conductivity of ")
    assert re.search(r" in metal at \(.*\) u?m and t = .* s, but must be above 0 W/m/K$", str(caught.value))


def test_a_bound_that_cannot_be_evaluated_is_said_and_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(self: Watch, watched: Any, state: Any, time: float | None) -> str:
        raise UnknownExpressionError("an operator that is not known")

    monkeypatch.setattr(Watch, "_broken", unknown)
    text = DECK.replace("CONDUCTIVITY", "1 W/m/K * (1 - (temperature - 300 K) / (900 K))").partition("protocol:")[0]
    reporter = make_reporter(quiet=True)
    run(Deck.from_text(text.replace("end: 1 s", "end: 2 ms"), name="d.yaml"), record=False, reporter=reporter)
    said = [w for w in reporter.warnings if "thermal_conductivity of metal cannot be watched" in w]
    assert len(said) == 1
    assert said[0].startswith(
        "the range of thermal_conductivity of metal cannot be watched (an operator that is not known)"
    )
