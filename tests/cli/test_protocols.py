# ruff: noqa: E501 - the messages are whole
"""Protocols from the command line: what a check says of them, and a run that is continued in the middle of one."""

from __future__ import annotations

from pathlib import Path

import pytest

from trona.cli import main

DECK = """\
mesh: {layers: [{wall: 1 mm}], cells: 2}
materials:
  wall: {thermal_conductivity: 50 W/m/K, density: 1000 kg/m^3, specific_heat_capacity: 1 J/kg/K}
physics:
  heat: {blocks: [wall]}
boundaries:
  top: {heat_flux: heating}
  bottom: {robin: {temperature: {coefficient: 0.1 W/m^2/K, reference: 300 K}}}
initial: {temperature: 300 K}
time: {step: 0.3 s, tolerance: {temperature: 1 mK}}
outputs: {fields: none}
protocol:
  controls: {heating: W/m^2}
  integrals: {heat_in: heating, warmth: temperature_max}
  per_cycle: {net: heat_in_warm + heat_in_cool}
  repeat: 3
  steps:
    - {name: warm, set: {heating: 2 W/m^2}, until: {heat_in: 1 J/m^2}}
    - {name: rest, set: {heating: 0 W/m^2}, until: {time: 0.4 s}, step: 10 ms}
    - {name: cool, set: {heating: -1 W/m^2 * step_time / 1 s}, until: {temperature_max: {below: 300.3 K}}}
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deck.yaml").write_text(DECK, encoding="utf-8")
    return tmp_path


def test_check_says_what_a_protocol_amounts_to(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "deck.yaml"]) == 0
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "time to the end of the protocol in adaptive steps from 0.3 s, bdf2" in lines
    assert "protocol 9 steps in 3 cycles: warm, rest, cool" in lines


def test_check_shows_what_a_sentence_stands_for(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    deck = (here / "deck.yaml").read_text(encoding="utf-8")
    rest = next(line for line in deck.splitlines() if "{name: rest" in line)
    deck = deck.replace(rest, f"{rest.split('-')[0]}- Rest for 0.4 s").replace(
        "  steps:", "  verbs: {rest: {set: {heating: 0 W/m^2}}}\n  steps:"
    )
    (here / "deck.yaml").write_text(deck, encoding="utf-8")
    assert main(["check", "deck.yaml"]) == 0
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "protocol 9 steps in 3 cycles: warm, rest, cool" in lines
    assert "'Rest for 0.4 s': {name: rest, set: {heating: 0 W/m^2}, until: {time: 0.4 s}}" in lines


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "until: {time: 0.4 s}, ",
            "",
            "19:7 protocol.steps[1]: a step needs the option 'until': limits, the first of which ends the step: time, an integral, or an output",
        ),
        ("until: {time: 0.4 s}", "until: {}", "19:52 protocol.steps[1].until: step 'rest' has no limit: give 'until'"),
        (
            "until: {time: 0.4 s}",
            "until: {time: 0 s}",
            "19:59 protocol.steps[1].until.time: must be above 0, got '0 s'",
        ),
        (
            "until: {time: 0.4 s}",
            "until: {time: 1 m}",
            "19:59 protocol.steps[1].until.time: expected a quantity in s, got '1 m'",
        ),
        (
            "until: {time: 0.4 s}",
            "until: {heat_in: 1 J/m^2}",
            "19:53 protocol.steps[1].until.heat_in: step 'rest' never reaches its limit: 'heat_in' stays zero in it",
        ),
        (
            "until: {heat_in: 1 J/m^2}",
            "until: {heat_on: 1 J/m^2}",
            "18:53 protocol.steps[0].until.heat_on: no integral or output 'heat_on'; nearest: heat_in",
        ),
        (
            "until: {heat_in: 1 J/m^2}",
            "until: {heat_in: 1 J}",
            "18:62 protocol.steps[0].until.heat_in: expected a quantity in J/m^2, got '1 J'",
        ),
        (
            "{below: 300.3 K}",
            "300.3 K",
            "20:89 protocol.steps[2].until.temperature_max: the limit of an output is {above: VALUE}, {below: VALUE} or both, got '300.3 K'; in a sentence, 'temperature_max above VALUE' or 'temperature_max below VALUE'",
        ),
        (
            "{below: 300.3 K}",
            "{below: 1 V}",
            "20:97 protocol.steps[2].until.temperature_max.below: expected a quantity in K, got '1 V'",
        ),
        (
            "set: {heating: 2 W/m^2}",
            "set: {heting: 2 W/m^2}",
            "18:26 protocol.steps[0].set.heting: no control 'heting'; nearest: heating",
        ),
        (
            "set: {heating: 2 W/m^2}",
            "set: {heating: 2 W}",
            "18:35 protocol.steps[0].set.heating: expected a quantity in W/m^2, got '2 W'",
        ),
        (
            "set: {heating: 2 W/m^2}, ",
            "",
            "18:7 protocol.steps[0]: step 'warm' does not set 'heating', on which heat_flux depends; set it, or give it a value in protocol.controls",
        ),
        (
            "heat_flux: heating",
            "heat_flux: 1 W/m^2",
            "13:14 protocol.controls.heating: nothing in this deck depends on 'heating'; use it in an expression, for example at a boundary",
        ),
        (
            "name: warm",
            "name: warm-up",
            "18:14 protocol.steps[0].name: 'warm-up' is not a valid name: use letters, digits and '_', a letter first",
        ),
        (
            "name: rest",
            "nam: rest",
            "19:7 protocol.steps[1]: a step needs the option 'name': a name of your choice, such as plate\n"
            "deck.yaml:19:8 protocol.steps[1].nam: no such option of a step; nearest: name",
        ),
        (
            "{heat_in: heating,",
            "{heat_in: heting,",
            "14:24 protocol.integrals.heat_in: unknown name 'heting'; nearest: heating",
        ),
        ("warmth: temp", "heating: temp", "14:33 protocol.integrals.heating: the name 'heating' is taken"),
        (
            "net: heat_in_warm + heat_in_cool",
            "net: heat_in_warm + warmth_cool",
            "15:35 protocol.per_cycle.net: cannot add 'warmth_cool' (s*K) to 'heat_in_warm' (J/m^2)",
        ),
        (
            "heating: W/m^2}",
            "heating: W/m^2, temperature: K}",
            "13:43 protocol.controls.temperature: 'temperature' is the name of a field; choose another",
        ),
        (
            "outputs: {fields: none}",
            "definitions: {temperature_max: 3 K}",
            "11:32 definitions.temperature_max: 'temperature_max' is an output in the expressions of a protocol; choose another name",
        ),
        (
            "outputs: {fields: none}",
            "definitions: {step_time: 3 s}",
            "11:26 definitions.step_time: 'step_time' is the time since a step began in the expressions of a protocol; choose another name",
        ),
        ("repeat: 3", "repeat: 0", "16:11 protocol.repeat: must be at least 1, got '0'"),
        ("repeat: 3", "repeat: 1000000", "18:5 protocol.steps: 3000000 steps; at most 1000000 are possible"),
        (
            "time: {step: 0.3 s, tolerance: {temperature: 1 mK}}\n",
            "",
            "12:3 protocol: a protocol needs the section 'time' with the first time 'step'",
        ),
    ],
)
def test_mistakes(here: Path, old: str, new: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert DECK.count(old) == 1
    (here / "deck.yaml").write_text(DECK.replace(old, new), encoding="utf-8")
    assert main(["check", "deck.yaml"]) == 2
    assert capsys.readouterr().err == f"deck.yaml:{message}\n"


def test_definitions_hold_what_a_protocol_knows(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Outputs, controls and the time of a step."""
    deck = DECK.replace(
        "outputs: {fields: none}", "definitions: {hot: 2 * temperature_max, colder: -1 W/m^2 * step_time / 1 s}"
    )
    deck = deck.replace("warmth: temperature_max", "warmth: hot").replace(
        "-1 W/m^2 * step_time / 1 s}, until", "colder}, until"
    )
    (here / "deck.yaml").write_text(deck, encoding="utf-8")
    assert main(["check", "deck.yaml"]) == 0, capsys.readouterr().err
    (here / "deck.yaml").write_text(deck.replace("heat_flux: heating", "heat_flux: heating + colder"), encoding="utf-8")
    assert main(["check", "deck.yaml"]) == 2
    assert capsys.readouterr().err == (
        "deck.yaml:7:30 boundaries.top.heat_flux: in the definition 'colder' (deck.yaml:11:60): "
        "'step_time' cannot be used here, only heating, t and x\n"
    )


def test_a_control_with_the_name_of_an_output(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In an integral it would be the one, and at a boundary the other."""
    deck = DECK.replace("heating: W/m^2}", "heating: W/m^2, temperature_max: 1 K}")
    (here / "deck.yaml").write_text(
        deck.replace("top: {heat_flux: heating", "top: {heat_flux: heating * temperature_max / 1 K")
    )
    assert main(["check", "deck.yaml"]) == 2
    assert capsys.readouterr().err == (
        "deck.yaml:13:47 protocol.controls.temperature_max: 'temperature_max' is an output in the expressions of a protocol; "
        "choose another name\n"
    )


CELL = """\
mesh: {layers: [{metal: 1 um}, {salt: 4 um}], cells: 2}
materials: {salt: {ionic_conductivity: 0.5 S/m}}
given: {temperature: 25 degC}
physics:
  ionic_charge: {blocks: [salt]}
  butler_volmer: {interface: metal | salt, i0: 3 A/m^2, mean_current_density: current, electrode_potential: potential}
boundaries: {top: {electric_potential: 0 V}}
time: {step: 1 s}
protocol:
  controls: {current: A/m^2, potential: V}
  steps:
    - {name: plate, set: {current: 1 A/m^2}, until: {time: 1 s}}
"""


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "set: {current: 1 A/m^2}",
            "set: {current: 1 A/m^2, potential: 0 V}",
            "12:7 protocol.steps[0]: step 'plate' must set 'current' or 'potential' to determine 'electrode_potential', and sets more than one of these",
        ),
        (
            "set: {current: 1 A/m^2}, ",
            "",
            "12:7 protocol.steps[0]: step 'plate' must set 'current' or 'potential' to determine 'electrode_potential', and sets none",
        ),
        (
            "current: A/m^2,",
            "current: 0 A/m^2,",
            "6:18 physics.butler_volmer: give one of electrode_potential, mean_current_density, total_current, not both electrode_potential and mean_current_density",
        ),
    ],
)
def test_which_control_is_active(
    tmp_path: Path,
    old: str,
    new: str,
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("deck.yaml").write_text(CELL, encoding="utf-8")
    assert main(["check", "deck.yaml"]) == 0
    capsys.readouterr()
    Path("deck.yaml").write_text(CELL.replace(old, new), encoding="utf-8")
    assert main(["check", "deck.yaml"]) == 2
    assert capsys.readouterr().err == f"deck.yaml:{message}\n"


# ---------------------------------------------------------------------- continuing


def tables(folder: str) -> dict[str, str]:
    names = ("outputs.csv", "steps.csv", "cycles.csv", "audit.csv")
    return {name: (Path(folder) / name).read_text() for name in names if (Path(folder) / name).is_file()}


def test_continued_in_the_middle_of_a_step(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Three stops at any place, and every table is, to the digit, that of the run which nothing has stopped."""
    assert main(["run", "deck.yaml", "-q", "-o", "whole"]) == 0
    stop = "time.stop=[{output: temperature_max, above: 300.7 K}]"
    assert main(["run", "deck.yaml", stop, "-q", "-o", "cut"]) == 0
    cut = tables("cut")
    assert "stopped: temperature_max is above 300.7" in cut["steps.csv"].splitlines()[-1]
    assert len(cut["outputs.csv"].splitlines()) < len(tables("whole")["outputs.csv"].splitlines()) / 2
    below = "time.stop=[{output: temperature_min, below: 300.45 K}]"
    assert main(["run", "deck.yaml", below, "-q", "--restart", "cut", "-o", "again"]) == 0
    assert "cool" in tables("again")["steps.csv"].splitlines()[-1]
    assert main(["run", "deck.yaml", "-q", "--restart", "again"]) == 0
    assert tables("again") == tables("whole")
    assert len(tables("whole")["cycles.csv"].splitlines()) == 4


def test_more_cycles_for_a_run_that_is_over(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "deck.yaml", "-q", "-o", "long", "protocol.repeat=2"]) == 0
    assert main(["run", "deck.yaml", "-q", "-o", "short", "protocol.repeat=1"]) == 0
    assert main(["run", "deck.yaml", "-q", "--restart", "short", "protocol.repeat=2"]) == 0
    assert tables("short") == tables("long")
    assert main(["run", "deck.yaml", "-q", "--restart", "short", "protocol.repeat=1"]) == 2
    newest = max(Path("short/checkpoints").glob("*.npz"))
    assert capsys.readouterr().err == (
        f"{newest}: the checkpoint has another protocol: its first 6 steps, up to the one reached, differ from "
        "those of the deck; only later steps may change when a run is continued\n"
    )
    assert main(["run", "deck.yaml", "-q", "--restart", "short", "protocol.controls.heating=1 W/m^2"]) == 2
    assert "protocol.controls.heating was 'W/m^2', is '1 W/m^2'" in capsys.readouterr().err
