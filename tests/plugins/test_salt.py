"""Transport of salt on flat layers, against closed forms."""

from __future__ import annotations

import csv
import json
import re
from math import exp, log, pi, sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from strips import FARADAY, R_GAS, ends, nodal, solve, strip

from trona.deck import Deck
from trona.errors import DeckError, SolveError
from trona.model import compose
from trona.record.terminal import SilentReporter
from trona.session import Result, run

D, T_PLUS, FACTOR, KAPPA, C0, T = 2.49e-11, 0.45, 1.3, 0.883, 1000.0, 298.15
S_T = 1e-2
MATERIALS: dict[str, Any] = {
    "metal": {"electronic_conductivity": "1e7 S/m"},
    "sei": {"ionic_conductivity": "5e-4 S/m"},
    "salt": {
        "ionic_conductivity": f"{KAPPA} S/m",
        "salt_diffusivity": f"{D} m^2/s",
        "transference_number": f"{T_PLUS}",
        "thermodynamic_factor": f"{FACTOR}",
        "soret_coefficient": f"{S_T} 1/K",
    },
}
START = {"salt_concentration": f"{C0} mol/m^3"}
THERMAL = {"density": "1250 kg/m^3", "specific_heat_capacity": "1800 J/kg/K", "thermal_conductivity": "0.2 W/m/K"}
HEIGHT = 2e-5


def cell(
    folder: Path,
    current: float,
    *,
    sei: bool = False,
    cells: int = 12,
    kinetics: dict[str, Any] | None = None,
    top: dict[str, str] | None = None,
    **sections: Any,
) -> Deck:
    """A metal that `current` plates (A/m2, entering at the top), under a solution, with or without an SEI."""
    film = [("sei", 5e-8, 2)] if sei else []
    conducting = ["sei", "salt"] if sei else ["salt"]
    return strip(
        folder,
        [("metal", 1e-6, 1), *film, ("salt", HEIGHT, cells)],
        materials=MATERIALS,
        given={"temperature": f"{T} K"},
        physics={
            "ionic_charge": {"blocks": conducting},
            "salt": {"blocks": ["salt"]},
            "butler_volmer": {"interface": f"metal | {conducting[0]}", "i0": "20 A/m^2", **(kinetics or {})},
        },
        boundaries={"top": {"current_density": f"{current} A/m^2", **(top or {})}},
        **sections,
    )


def sands_time(current: float) -> float:
    return pi * D / 4 * (FARADAY * C0 / (current * (1 - T_PLUS))) ** 2


# ---------------------------------------------------------------------- steady states


@pytest.fixture(scope="module", params=[False, True], ids=["bare", "sei"])
def steady(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Result:
    """A plated cell whose top holds 1000 mol/m3, with an SEI that conducts cations only and without."""
    deck = cell(tmp_path_factory.mktemp("steady"), 100.0, sei=request.param, top=START)
    return run(deck, record=False)


def test_gradient_under_current(steady: Result) -> None:
    """dc/dx = -(1 - t_plus) i / (F D): at the metal and at the SEI the cations carry all of the current."""
    y, c = nodal(steady, "salt_concentration", "salt")
    slope = (1 - T_PLUS) * 100.0 / (FARADAY * D)
    np.testing.assert_allclose(c, C0 - slope * (y[-1] - y), rtol=1e-10)
    assert C0 - c[0] > 100


def test_potential_with_concentration_overpotential(steady: Result) -> None:
    bottom, top = ends(steady, "electric_potential", "salt")
    low, high = ends(steady, "salt_concentration", "salt")
    drop = 100.0 * HEIGHT / KAPPA
    diffusion = 2 * R_GAS * T / FARADAY * (1 - T_PLUS) * FACTOR * log(high / low)
    assert diffusion > 1e-2
    assert top - bottom == pytest.approx(drop + diffusion, rel=1e-6)


def test_exchange_current_follows_the_concentration(tmp_path: Path) -> None:
    """i0 (c/c_ref)^a with c at the metal."""
    found = []
    for options in ({"concentration_exponent": 0.5, "reference_concentration": "800 mol/m^3"}, {}):
        deck = cell(tmp_path, 100.0, kinetics={"kinetics": "linear", **options}, top=START)
        result = run(deck, record=False)
        found.append(result["overpotential_mean"])
        low = ends(result, "salt_concentration", "salt")[0]
    assert found[1] / found[0] == pytest.approx(sqrt(low / 800), rel=1e-9)
    assert abs(low / 800 - 1) > 0.05


def test_without_salt_there_is_no_concentration(tmp_path: Path) -> None:
    deck = cell(tmp_path, 100.0, sei=True, kinetics={"concentration_exponent": 0.5}, top=START)
    with pytest.raises(DeckError, match="'salt_concentration' does not live in sei, named second"):
        compose(deck)


def test_the_level_must_be_given(tmp_path: Path) -> None:
    with pytest.raises(DeckError, match="nothing fixes the level of 'salt_concentration' in salt"):
        compose(cell(tmp_path, 100.0))


# ---------------------------------------------------------------------- a closed cell in a temperature gradient


def test_closed_cell_in_a_temperature_gradient(tmp_path: Path) -> None:
    """At rest ln c falls with S_T G along the gradient, and all of the salt is still there."""
    G = 1e6
    result = solve(
        tmp_path,
        [("salt", HEIGHT, 20)],
        materials=MATERIALS,
        given={"temperature": f"{T} K + {G} K/m * x"},
        physics={"salt": {"blocks": ["salt"]}, "soret": {}},
        initial=START,
        time={"end": "4000 s", "step": "100 s", "method": "bdf1"},
    )
    y, c = nodal(result, "salt_concentration", "salt")
    np.testing.assert_allclose(np.diff(np.log(c)) / np.diff(y), -S_T * G, rtol=1e-5)
    assert log(c[-1] / c[0]) == pytest.approx(-S_T * G * HEIGHT, rel=1e-6)
    mean = C0 * S_T * G * HEIGHT / (1 - exp(-S_T * G * HEIGHT))
    assert c[0] == pytest.approx(mean, rel=1e-6)


# ---------------------------------------------------------------------- depletion


def depletion(folder: Path, current: float, end: float, **time: Any) -> Deck:
    """Ten diffusion lengths of solution in layers that are finer towards the metal."""
    length = sqrt(D * sands_time(current))
    layers = [("metal", length, 1), ("salt", length / 4, 10), ("salt", length, 10), ("salt", 9 * length, 20)]
    return strip(
        folder,
        layers,
        materials=MATERIALS,
        given={"temperature": f"{T} K"},
        physics={
            "ionic_charge": {"blocks": ["salt"]},
            "salt": {"blocks": ["salt"]},
            "butler_volmer": {"interface": "metal | salt", "i0": "20 A/m^2"},
        },
        boundaries={"top": {"current_density": f"{current} A/m^2"}},
        initial=START,
        time={
            "end": f"{end} s",
            "step": f"{1e-4 * end} s",
            "largest_step": f"{end / 20} s",
            "tolerance": {"salt_concentration": "0.5 mol/m^3"},
            **time,
        },
    )


def test_sands_time(tmp_path: Path) -> None:
    """t = (pi D/4) [F c0/(i (1 - t_plus))]^2, and slope -2 of log t against log i, from 10 to 1000 A/m2."""
    found = {}
    for current in (10.0, 1000.0):
        stop = [{"output": "salt_concentration_min", "below": "5 mol/m^3"}]
        result = run(depletion(tmp_path, current, 2 * sands_time(current), stop=stop), record=False)
        assert result.status.startswith("stopped")
        c = result["salt_concentration_min"]
        found[current] = result.problem.inputs.times[0] / (1 - c / C0) ** 2  # c = c0 (1 - sqrt(t/t_Sand))
        assert 0 < c < 5
        assert found[current] == pytest.approx(sands_time(current), rel=2e-3)
    assert log(found[1000.0] / found[10.0]) / log(100) == pytest.approx(-2, abs=1e-3)


@pytest.mark.parametrize("transient", [True, False], ids=["Sand's time", "100 times the limit"])
def test_past_the_limiting_current_a_run_ends_by_a_located_diagnosis(tmp_path: Path, transient: bool) -> None:
    """With a rate that goes with the root of the concentration, which has no value below zero: never a solution."""
    kinetics = {"concentration_exponent": 0.5}
    if transient:
        current = 1000.0
        time = {
            "end": f"{sands_time(current)} s",
            "step": f"{sands_time(current) / 200} s",
            "method": "bdf1",
            "smallest_step": f"{1e-4 * sands_time(current)} s",
        }
        content = depletion(tmp_path, current, 1.0).resolved() | {"time": {**time, "end": "1 s"}}
        content["physics"]["butler_volmer"] |= kinetics
        deck = Deck.from_dict(content, folder=tmp_path)
    else:
        current = 100 * FARADAY * D * C0 / (HEIGHT * (1 - T_PLUS))
        deck = cell(tmp_path, current, kinetics=kinetics, top={"salt_concentration": f"{C0} mol/m^3"})
    reached: list[float] = []

    class Listener(SilentReporter):
        def step(self, step: int, time: float, dt: float, iterations: int) -> None:
            assert iterations > 0, f"step {step} was accepted as it stood"
            reached.append(time)

    with pytest.raises(SolveError) as caught:
        run(deck, record=False, reporter=Listener())
    assert caught.value.exit_code == 1
    diagnosis = caught.value.diagnosis
    assert diagnosis is not None
    if transient:
        cause = r"salt_concentration (is used up|falls below zero): -?\S+ mol/m\^3 in salt at "
        assert re.match(cause, diagnosis.findings[0].text)
        assert 0.9 < reached[-1] / sands_time(current) < 1.05
    else:
        # No iterate of the damped steps is short of salt: what is told is which term cannot answer to the current.
        assert diagnosis.findings[0].kind in ("used up", "negative", "weak hold")
        assert "butler_volmer at metal | salt" in diagnosis.head() and reached == []


def test_steps_are_cut_where_the_salt_ends(tmp_path: Path) -> None:
    """Beyond 0.999 of Sand's time with all values above zero; then the run ends, and says why."""
    expected = sands_time(100.0)
    tolerance = {"salt_concentration": "0.1 mol/m^3"}
    deck = depletion(tmp_path, 100.0, 2 * expected, smallest_step=f"{1e-5 * expected} s", tolerance=tolerance)
    with pytest.raises(SolveError) as caught:
        run(deck, directory=tmp_path / "out")
    with (tmp_path / "out/outputs.csv").open() as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    lowest = [float(v) for row in rows for k, v in row.items() if k.startswith("salt_concentration_min")]
    times = [float(v) for row in rows for k, v in row.items() if k.startswith("time")]
    assert times[-1] > 0.999 * expected and times[-1] < 1.002 * expected
    assert min(lowest) > 0 and min(lowest) == lowest[-1] < 1
    diagnosis = caught.value.diagnosis
    assert diagnosis is not None
    assert diagnosis.findings[0].kind == "negative"
    head = diagnosis.head()
    assert re.match(r"salt_concentration falls below zero: -\S+ mol/m\^3 in salt at \(\S+\) m", head), head
    assert "this state solves the equations" in head
    assert re.search(r"at t = \S+ s no step of \S+ s or less succeeds: salt_concentration \(salt\) reaches -", head)


def test_salt_is_conserved_and_cations_carry_the_current(tmp_path: Path) -> None:
    """The flux of cations out of the solution is i/F at the metal, that into it i/F at the top, at every time."""
    deck = cell(
        tmp_path,
        50.0,
        cells=40,
        initial=START,
        time={"end": "0.4 s", "step": "0.1 s"},
        outputs={
            "extra": {
                "metal": {"probe": "cation_flux", "at": ["1 um"], "block": "salt"},
                "top": {"probe": "cation_flux", "at": [f"{1e-6 + HEIGHT} m"], "block": "salt"},
                "anions": {"probe": "anion_flux", "at": [f"{1e-6 + HEIGHT / 20} m"], "block": "salt"},
            }
        },
    )
    result = run(deck, record=False)
    _, c = nodal(result, "salt_concentration", "salt")
    assert c[0] < 0.97 * C0 and c[-1] > 1.03 * C0
    stored = next(e.value for e in result.ledger["salt"].entries if e.term == "storage")
    assert abs(stored) < 1e-13 * C0 * HEIGHT
    assert result["metal.x"] == pytest.approx(-50 / FARADAY, rel=2e-2)
    assert result["top.x"] == pytest.approx(-50 / FARADAY, rel=2e-2)
    assert abs(result["anions.x"]) > 0.05 * 50 / FARADAY


def test_entropy_is_produced(tmp_path: Path) -> None:
    """The sum of ohmic and diffusive parts is i^2/(kappa T) + 2 R f D |grad c|^2 / c."""
    deck = cell(tmp_path, 100.0, top=START, audit={"monitors": ["entropy_production"]})
    result = run(deck, record=False)
    low, high = ends(result, "salt_concentration", "salt")
    produced = next(e.value for e in result.monitors["entropy_production"].entries if e.plugin == "salt")
    slope = (high - low) / HEIGHT
    diffusion = 2 * R_GAS * FACTOR * D * slope * log(high / low)
    ohmic = 100.0**2 * HEIGHT / KAPPA / T
    assert produced == pytest.approx(ohmic + diffusion, rel=1e-6)


def test_entropy_with_heat(tmp_path: Path) -> None:
    """Reversed, the cell gives back what its gradient holds: Joule's part is below zero, the sum is not."""
    deck = strip(
        tmp_path,
        [("salt", HEIGHT, 12)],
        materials={"salt": {**MATERIALS["salt"], **THERMAL}},
        physics={
            "ionic_charge": {"blocks": ["salt"]},
            "salt": {"blocks": ["salt"]},
            "heat": {"blocks": ["salt"]},
            "joule_heating": {},
        },
        boundaries={
            "bottom": {"temperature": "25 degC", "electric_potential": "0 V"},
            "top": {"current_density": "-2 A/m^2"},
        },
        initial={"salt_concentration": f"{C0} mol/m^3 * (0.5 + 2.5e4 / m * x)", "temperature": "25 degC"},
        time={"end": "2 ms", "step": "1 ms"},
        audit={"monitors": ["entropy_production"]},
    )
    reporter = SilentReporter()
    result = run(deck, record=False, reporter=reporter)
    entropy = {e.plugin: e.value for e in result.monitors["entropy_production"].entries}
    assert entropy["joule_heating"] < 0 < entropy["joule_heating"] + entropy["salt"]
    assert not [w for w in reporter.warnings if "below zero" in w]


@pytest.mark.slow
def test_the_tutorial_ends_at_sands_time_without_its_stop(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With no condition to end it the run fails there, by a located diagnosis, and no step is accepted as it stood."""
    from trona.cli import main

    deck = Path(__file__).parents[2] / "inputs/tutorial/salt_depletion.yaml"
    words = ["time.stop=null", "outputs.plots=null", "outputs.fields=none", "-q", "-o", str(tmp_path / "run")]
    assert main(["run", str(deck), *words]) == 1
    assert re.match(r"salt_concentration is used up: \S+ mol/m\^3 in electrolyte at ", capsys.readouterr().err)
    summary = json.loads((tmp_path / "run/summary.json").read_text())
    assert summary["status"].startswith("failed: ") and min(summary["newton"]["iterations"]) > 0
    assert summary["time"] == pytest.approx(60.2, rel=2e-3)
