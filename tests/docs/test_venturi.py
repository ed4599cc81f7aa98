"""The critical temperatures of Venturi et al. 2024 as they are printed, and what follows from them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parents[2] / "docs"))
import venturi2024
from venturi2024 import POOR_PHASE, binodal, coarsening, critical_temperatures, gathers, stable_below, theory
from venturi2024.mixing import GAS, energy, tension

from trona.cli import main

BARE = {
    ("Li", "100"): (1980, 1340),
    ("Li", "110"): (1600, 70),
    ("Li", "111"): (100, 0),
    ("Na", "100"): (1170, 700),
    ("Na", "110"): (500, 200),
    ("Na", "111"): (0, 0),
}
SAID = {
    (True, True): "at 300 K they congregate, both in one plane and across planes",
    (True, False): "at 300 K they congregate in one plane, not across planes",
    (False, True): "at 300 K they congregate across planes, not in one plane",
    (False, False): "at 300 K they congregate neither in one plane nor across planes",
    (None, True): "at 300 K they congregate across planes; not given in one plane",
    (None, None): "no critical temperature is given",
}


def test_the_tables_are_those_of_the_paper() -> None:
    rows = critical_temperatures()
    bare = {
        (r["metal"], r["facet"]): (float(r["same_plane"]), float(r["across_planes"])) for r in rows if not r["coating"]
    }
    assert bare == BARE
    assert [sum(r["table"] == number for r in rows) for number in "1234"] == [6, 9, 6, 10]
    known = {(r["metal"], r["facet"], r["coating"]): (r["same_plane"], r["across_planes"]) for r in rows}
    assert len(known) == len(rows)
    assert known["Na", "110", "NaF(111)"] == ("0", "1600") and known["Na", "111", "NaF(110)"] == ("", "")
    assert known["Li", "111", "LiF(110)"] == ("1700", "1200") and known["Na", "110", "hBN"] == (">1e4", "1e4")
    assert known["Li", "100", "C6"] == ("", "1250") and known["Na", "110", "C6"] == ("6700", "4320")


def test_a_command_prints_the_tables(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """In the folder of the decks: one material for each row, with a bound kept as one."""
    monkeypatch.chdir(Path(__file__).parents[2] / "inputs/venturi2024")
    assert main(["materials", "--json"]) == 0
    found = {m["name"]: m for m in json.loads(capsys.readouterr().out) if Path(m["file"]).parent.parent == Path()}
    rows = {}
    for row in critical_temperatures():
        name = "_".join(filter(None, (row["metal"], row["facet"], row["coating"])))
        rows[name.lower().replace("(", "_").replace(")", "")] = row
    assert set(found) == set(rows)
    for name, row in rows.items():
        same, across = (
            {"a lower bound": ">"}.get(p["uncertainty"], "") + p["value"] if p else ""
            for p in map(found[name]["properties"].get, ("critical_temperature", "critical_temperature_across_planes"))
        )
        assert (same.removesuffix(" K"), across.removesuffix(" K")) == (row["same_plane"], row["across_planes"])
        verdict = (gathers(row["same_plane"]), gathers(row["across_planes"]))
        assert found[name]["text"].partition("; ")[2] == SAID[verdict]
    assert main(["materials", "--property", "critical_temperature"]) == 0
    line = next(x for x in capsys.readouterr().out.splitlines() if x.startswith("na_110_hbn"))
    assert " ".join(line.split()[1:]) == "1e4 K a lower bound Venturi et al. 2024, Table 4"


@pytest.mark.parametrize(
    ("printed", "verdict"), [("500", True), ("200", False), ("300", False), (">1e4", True), ("0", False), ("", None)]
)
def test_vacancies_gather_below_the_critical_temperature(printed: str, verdict: bool | None) -> None:
    assert gathers(printed) is verdict


@pytest.mark.parametrize("critical", POOR_PHASE)
def test_the_poor_phase_is_known_to_its_digits(critical: float) -> None:
    """Two or three digits."""
    assert binodal(critical) == pytest.approx(POOR_PHASE[critical], rel=1e-2)


def test_a_wave_neither_grows_nor_fades_at_the_limit_of_stability(monkeypatch: pytest.MonkeyPatch) -> None:
    """But for the energy of gradients, which is taken away here."""
    monkeypatch.setattr(venturi2024, "_GRADIENT", 0.0)
    for critical in (500.0, 1170.0):
        limit = stable_below(critical)
        assert theory(0.99 * limit, critical) < 1 < theory(1.01 * limit, critical)
        assert theory(limit, critical) == pytest.approx(1, abs=1e-9)
    assert stable_below(200.0) == float("inf")


def test_the_theory_of_waves_has_the_numbers_of_its_deck() -> None:
    text = (Path(__file__).parents[2] / "inputs/venturi2024/separation.yaml").read_text(encoding="utf-8")
    deck = yaml.safe_load(text)
    assert deck["time"]["end"] == f"{venturi2024._END * 1e3:g} ms"
    assert deck["mesh"]["layers"] == [{"metal": f"{venturi2024._HALF * 1e9:g} nm"}]
    metal = deck["materials"]["metal"]
    assert metal["gradient_energy"] == f"{venturi2024._GRADIENT:g} J*m^2/mol"
    assert metal["vacancy_diffusivity"] == f"{venturi2024._DIFFUSIVITY:g} m^2/s"
    assert deck["initial"]["vacancy_fraction"].startswith(f"mean + {venturi2024._START:g} *")


def test_the_theory_of_fluctuations_has_the_numbers_of_its_deck() -> None:
    text = (Path(__file__).parents[2] / "inputs/venturi2024/fluctuations.yaml").read_text(encoding="utf-8")
    deck = yaml.safe_load(text)
    assert deck["time"]["step"] == f"{venturi2024._STEP * 1e9:g} ns" and deck["time"]["method"] == "bdf1"
    assert deck["mesh"]["width"] == f"{venturi2024._WIDTH * 1e9:g} nm"
    metal = deck["materials"]["metal"]
    assert metal["surface_stiffness"] == f"{venturi2024._STIFFNESS:g} J/m^2"
    assert metal["surface_mobility"] == f"{venturi2024._MOBILITY:g} m^4/J/s".replace("e-0", "e-")
    assert deck["physics"]["capillary_fluctuations"]["thickness"] == f"{venturi2024._THICKNESS * 1e9:g} nm"
    assert deck["given"]["temperature"] == f"{venturi2024.ROOM:g} K"


@pytest.mark.parametrize("stiffness", [0.05, 0.2, 0.7])
def test_exact_mean_squares_give_the_stiffness_back(stiffness: float, monkeypatch: pytest.MonkeyPatch) -> None:
    squares = [venturi2024.mean_square(wave, stiffness) for wave in range(1, 17)]
    monkeypatch.setattr(venturi2024, "mean_squares", lambda rows: squares)

    class Kept:
        cases = ({},) * 400

    found, error = venturi2024.stiffness_of(Kept())  # type: ignore[arg-type]
    assert found == pytest.approx(stiffness, rel=1e-9) and 0 < error < 0.03 * stiffness


def test_sizes_of_regions_follow_from_the_free_energy() -> None:
    """A power of time, put into the energy of interfaces, is found again; with the numbers of the deck."""
    text = (Path(__file__).parents[2] / "inputs/venturi2024/coarsening.yaml").read_text(encoding="utf-8")
    deck = yaml.safe_load(text)
    metal = deck["materials"]["metal"]
    assert deck["definitions"]["side"] == f"{coarsening.SIDE * 1e9:g} nm"
    assert metal["critical_temperature"] == f"{coarsening.CRITICAL:g} K"
    assert metal["gradient_energy"] == f"{coarsening.GRADIENT:g} J*m^2/mol"
    assert metal["molar_volume"] == f"{coarsening.VOLUME:g} m^3/mol".replace("e-0", "e-")

    least = energy(binodal(coarsening.CRITICAL), coarsening.CRITICAL) / coarsening.VOLUME * coarsening.SIDE**2
    of_interface = tension(coarsening.CRITICAL, coarsening.GRADIENT, coarsening.VOLUME) * coarsening.SIDE**2
    times = np.geomspace(0.1, 1000, 300)

    class Kept:
        def numbers(self, name: str) -> list[float]:
            found = {"time": times, "free_energy": least + of_interface / (40e-9 * times**0.3)}
            return list(map(float, found[name]))

    n, first, last = coarsening.exponent(Kept())  # type: ignore[arg-type]
    assert n == pytest.approx(0.3, rel=1e-6)
    assert first == pytest.approx((coarsening.FROM / 40e-9) ** (1 / 0.3), rel=0.05)
    assert last == pytest.approx((coarsening.TO / 40e-9) ** (1 / 0.3), rel=0.05)


def test_the_energy_of_an_interface_near_the_critical_temperature() -> None:
    """There f - f_0 = B (u^2 - u_0^2)^2 with u = x - 1/2 and u_0^2 = A/(2 B): sigma = 4/3 sqrt(2 kappa B) u_0^3/V_m."""
    critical, kelvin, gradient, volume = 302.0, 300.0, 2e-13, 2e-5
    A, B = 2 * GAS * (critical - kelvin), 4 * GAS * kelvin / 3
    shallow = 4 / 3 * (2 * gradient * B) ** 0.5 * (A / (2 * B)) ** 1.5 / volume
    assert tension(critical, gradient, volume, kelvin) == pytest.approx(shallow, rel=0.02)
