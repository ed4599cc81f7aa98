"""The voltage between two ends by causes: closed forms of each part, and sums that are exact on any mesh."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from math import log
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from strips import FARADAY, R_GAS, solve, strip
from terms import known_too

from trona import load
from trona.deck import Deck
from trona.errors import TronaError
from trona.model import compose
from trona.plugin import Boolean, Contribution, InterfaceOption, Physics, Quantity
from trona.record.terminal import SilentReporter
from trona.session import Result, run
from trona.settings import read_settings
from trona_plugins.drops import EQUILIBRIUM, VOLTAGE
from trona_plugins.sums import MECHANICAL_OVERPOTENTIAL, REACTION_CURRENT

CONFORMANCE = Path(__file__).parents[2] / "plugins/trona_plugins/conformance"
T, Z = 310.0, 2
F_RT = Z * FARADAY / (R_GAS * T)
NAME = "cell"


def parts(result: Any, name: str = NAME) -> dict[str, float]:
    """The parts of a voltage by cause and place, as they are after the name of the whole."""
    values = {n: o.value for n, o in result.outputs.items()}
    return {n.removeprefix(f"{name}."): v for n, v in values.items() if n.startswith(f"{name}.")}


def adds_up(result: Any, name: str = NAME) -> dict[str, float]:
    """Assert that nothing is left over; return the parts."""
    found = parts(result, name)
    left = found.pop("remainder")
    size = sum(map(abs, found.values()))
    assert size > 0
    assert abs(left) < 1e-12 * size
    assert sum(found.values()) == pytest.approx(result[name], abs=1e-12 * size)
    return found


def asking(first: str, second: str, name: str = NAME) -> dict[str, Any]:
    extra = {name: {"voltage": [first, second]}, "losses": {"overpotential": [first, second]}}
    return {"extra": extra, "fields": "none"}


# ---------------------------------------------------------------------- closed forms on a line

FOIL, METAL, SEI, LIQUID = 3e-4, 1e-4, 2e-6, 1e-4
SIGMA_F, SIGMA_M, KAPPA_S, KAPPA_L = 4e5, 9e4, 3e-3, 0.7
R_CONTACT, DELTA, KAPPA_F = 3e-5, 2e-9, 5e-6
I0_M, I0_H, U_M, U_H = 7.0, 11.0, 0.12, -0.05
ALPHA_A, ALPHA_C = 0.3, 0.6
LAYERS = [("foil", FOIL, 2), ("metal", METAL, 1), ("sei", SEI, 2), ("liquid", LIQUID, 2), ("host", 1e-5, 1)]


def series(folder: Path, J: float, kinetics: str, ends: tuple[str, str] = ("bottom", "host | liquid")) -> Result:
    """A current J, A/m2, upwards through a foil, a contact, a metal with a film, two ion conductors and a host."""
    shared = {"alpha_a": ALPHA_A, "alpha_c": ALPHA_C, "kinetics": kinetics}
    film = {"film_thickness": f"{DELTA} m", "film_conductivity": f"{KAPPA_F} S/m"}
    return solve(
        folder,
        LAYERS,
        materials={
            "foil": {"electronic_conductivity": f"{SIGMA_F} S/m"},
            "metal": {"electronic_conductivity": f"{SIGMA_M} S/m"},
            "sei": {"ionic_conductivity": f"{KAPPA_S} S/m"},
            "liquid": {"ionic_conductivity": f"{KAPPA_L} S/m"},
            "host": {},
        },
        given={"temperature": f"{T} K"},
        physics={
            "electronic_charge": {"blocks": ["foil", "metal"]},
            "ionic_charge": {"blocks": ["sei", "liquid"], "cation_valence": Z},
            "contact_resistance": {"interface": "metal | foil", "R": f"{R_CONTACT} ohm*m^2"},
            "butler_volmer": [
                {
                    "interface": "metal | sei",
                    "i0": f"{I0_M} A/m^2",
                    "equilibrium_potential": f"{U_M} V",
                    **shared,
                    **film,
                },
                {
                    "interface": "host | liquid",
                    "i0": f"{I0_H} A/m^2",
                    "equilibrium_potential": f"{U_H} V",
                    "mean_current_density": f"{-J} A/m^2",
                    **shared,
                },
            ],
        },
        boundaries={"bottom": {"electrode_potential": "0.4 V"}},
        outputs=asking(*ends),
    )


def overpotential(i: float, i0: float, kinetics: str) -> float:
    """Of a charge transfer that passes i, A/m2, anodic positive."""
    if kinetics == "linear":
        return i / (i0 * (ALPHA_A + ALPHA_C) * F_RT)
    return log(i / i0) / (ALPHA_A * F_RT) if i > 0 else -log(-i / i0) / (ALPHA_C * F_RT)


@pytest.mark.parametrize(("J", "kinetics"), [(60.0, "linear"), (-60.0, "linear"), (60.0, "tafel"), (-90.0, "tafel")])
def test_each_part_of_a_series(tmp_path: Path, J: float, kinetics: str) -> None:
    """Every part, whichever way the current flows; with the ends exchanged each changes its sign."""
    result = series(tmp_path, J, kinetics)
    found = adds_up(result)
    film = J * DELTA / KAPPA_F
    assert found == pytest.approx(
        {
            "ohmic (foil)": J * FOIL / SIGMA_F,
            "ohmic (metal)": J * METAL / SIGMA_M,
            "contact (metal | foil)": J * R_CONTACT,
            "equilibrium (metal | sei)": U_M,
            "film (metal | sei)": film,
            "charge_transfer (metal | sei)": overpotential(J, I0_M, kinetics),
            "ohmic (sei)": J * SEI / KAPPA_S,
            "ohmic (liquid)": J * LIQUID / KAPPA_L,
            "equilibrium (host | liquid)": -U_H,
            "charge_transfer (host | liquid)": -overpotential(-J, I0_H, kinetics),
        },
        rel=1e-8,
    )
    assert result[NAME] == pytest.approx(0.4 - result["electrode_potential (host | liquid)"], rel=1e-9)
    lost = {name: value for name, value in found.items() if "equilibrium" not in name}
    assert adds_up(result, "losses") == pytest.approx(lost, rel=1e-12)
    if J > 0 and kinetics == "linear":
        back = adds_up(series(tmp_path, J, kinetics, ("host | liquid", "bottom")))
        assert back == pytest.approx({name: -value for name, value in found.items()}, rel=1e-9)


D, T_PLUS, FACTOR, KAPPA, C0, HEIGHT = 4e-11, 0.38, 1.3, 0.6, 900.0, 3e-5


BY_ANIONS = (1 - T_PLUS) / Z


def between_foils(folder: Path, J: float, cells: int, order: int = 2) -> Result:
    """Two foils, and a salt M A2 whose concentration is given at one of them: it is a straight line."""
    return solve(
        folder,
        [("lower", 1e-6, 1), ("salt", HEIGHT, cells), ("upper", 1e-6, 1)],
        materials={
            "lower": {},
            "upper": {},
            "salt": {
                "ionic_conductivity": f"{KAPPA} S/m",
                "salt_diffusivity": f"{D} m^2/s",
                "transference_number": f"{T_PLUS}",
                "thermodynamic_factor": f"{FACTOR}",
            },
        },
        given={"temperature": f"{T} K"},
        physics={
            "ionic_charge": {"blocks": ["salt"], "cation_valence": Z},
            "salt": {"blocks": ["salt"], "anions": 2},
            "butler_volmer": [
                {"interface": "lower | salt", "i0": "9 A/m^2", "kinetics": "linear", "electrode_potential": "0.2 V"},
                {
                    "interface": "upper | salt",
                    "i0": "5 A/m^2",
                    "kinetics": "linear",
                    "mean_current_density": f"{J} A/m^2",
                },
            ],
        },
        boundaries={"salt | upper": {"salt_concentration": f"{C0} mol/m^3"}},
        outputs=asking("upper | salt", "lower | salt"),
        elements={"order": order},
    )


@pytest.mark.parametrize("J", [12.0, -12.0])
def test_concentration_between_two_foils(tmp_path: Path, J: float) -> None:
    found = adds_up(between_foils(tmp_path, J, cells=16))
    low = C0 - BY_ANIONS * J / (FARADAY * D) * HEIGHT
    assert found == pytest.approx(
        {
            "ohmic (salt)": J * HEIGHT / KAPPA,
            "concentration (salt)": 3 * R_GAS * T * FACTOR * BY_ANIONS / FARADAY * log(C0 / low),
            "equilibrium (lower | salt)": 0.0,
            "equilibrium (upper | salt)": 0.0,
            "charge_transfer (lower | salt)": J / (9 * F_RT),
            "charge_transfer (upper | salt)": J / (5 * F_RT),
        },
        rel=1e-6,
        abs=1e-15,
    )


@pytest.mark.parametrize(("left", "order", "accuracy"), [(0.1, 1, 1e-3), (0.01, 1, 0.1), (0.01, 2, 0.03)])
def test_the_parts_are_right_where_salt_runs_out(tmp_path: Path, left: float, order: int, accuracy: float) -> None:
    """The salt falls to a hundredth, and within one of eight cells to a fourteenth: the ohmic part is exact."""
    J = (1 - left) * C0 * FARADAY * D / BY_ANIONS / HEIGHT
    found = adds_up(between_foils(tmp_path, J, cells=8, order=order))
    assert found["ohmic (salt)"] == pytest.approx(J * HEIGHT / KAPPA, rel=1e-10)
    concentration = 3 * R_GAS * T * FACTOR * BY_ANIONS / FARADAY * log(1 / left)
    assert found["concentration (salt)"] == pytest.approx(concentration, rel=accuracy)


# ---------------------------------------------------------------------- exact where the current is uneven


def wavy(folder: Path, order: int = 2) -> Deck:
    """A metal with a wave on it under an SEI and a solution of salt."""
    solution = {"salt_diffusivity": f"{D} m^2/s", "transference_number": "0.4", "thermodynamic_factor": "1.2"}
    charge_transfer = {"interface": "metal | sei", "i0": "20 A/m^2", "equilibrium_potential": "0.1 V"}
    film = {"film_thickness": "3 nm * (1 + x / 1 um)", "film_conductivity": "2e-6 S/m"}
    return strip(
        folder,
        [("metal", 0.5e-6, 1), ("sei", 0.3e-6, 2), ("solution", 2e-6, 4)],
        dim=2,
        width=1e-6,
        cells_across=6,
        materials={
            "metal": {"electronic_conductivity": "2 S/m"},
            "sei": {"ionic_conductivity": "1e-4 S/m * (1 + x / 1 um)"},
            "solution": {"ionic_conductivity": "0.02 S/m * (salt_concentration / (1000 mol/m^3))", **solution},
        },
        given={"temperature": "300 K + 10 K * y / 1 um"},
        physics={
            "electronic_charge": {"blocks": ["metal"]},
            "ionic_charge": {"blocks": ["sei", "solution"]},
            "salt": {"blocks": ["solution"]},
            "butler_volmer": {**charge_transfer, **film},
            "side_reaction": {"interface": "metal | sei", "j": "2 A/m^2", "alpha": 0.4, "fresh_share": 0.1},
        },
        boundaries={
            "bottom": {"electrode_potential": "10 mV * x / 1 um"},
            "top": {"current_density": "40 A/m^2 * (1 + x / 1 um)", "salt_concentration": "1000 mol/m^3"},
        },
        elements={"order": order},
        outputs=asking("bottom", "top"),
    )


def solved(deck: Deck, coordinates: str = "planar") -> Result:
    plain = deck.resolved()
    plain["mesh"]["coordinates"] = coordinates
    deck = Deck.from_dict(plain, deck.folder)
    mesh = compose(deck).mesh
    x, y = mesh.points.T
    lift = 0.15e-6 * np.cos(np.pi * x / 1e-6) * np.where(y < 0.5e-6, y / 0.5e-6, np.maximum(0, (2.8e-6 - y) / 2.3e-6))
    return run(compose(deck, mesh=replace(mesh, points=np.column_stack([x, y + lift]))), record=False)


@pytest.mark.parametrize(("coordinates", "order"), [("planar", 2), ("axisymmetric", 1)])
def test_nothing_is_left_over_on_a_wave(tmp_path: Path, coordinates: str, order: int) -> None:
    """Properties that vary, an uneven film, two reactions, uneven potentials and currents at the ends."""
    result = solved(wavy(tmp_path, order=order), coordinates)
    assert result["theta"] > 1.3
    found = adds_up(result)
    assert set(found) == {
        *(f"ohmic ({block})" for block in ("metal", "sei", "solution")),
        "concentration (solution)",
        *(f"{cause} (metal | sei)" for cause in ("equilibrium", "charge_transfer", "film", "side_reaction")),
    }
    # The metal is the end where the current leaves: what is lost makes its potential lower.
    dissipated = {name: value for name, value in found.items() if not re.match("equil|side", name)}
    assert all(value < 0 for value in dissipated.values()), dissipated


@pytest.mark.parallel(2)
def test_on_two_ranks(tmp_path_factory: pytest.TempPathFactory) -> None:
    from mpi4py import MPI

    comm = MPI.COMM_WORLD
    folder = comm.bcast(tmp_path_factory.mktemp("ranks") if comm.rank == 0 else None)
    plain = comm.bcast(wavy(folder).resolved() if comm.rank == 0 else None)
    adds_up(run(Deck.from_dict(plain, folder), record=False))


CASES = {
    "contact_resistance": ("bottom", "top", "contact (tab | metal)"),
    "terminal": ("sides", "bottom", "ohmic (tab)"),
    "thermoelectric": ("bottom", "top", "thermoelectric (electrolyte)"),
    "thermoelectric-uniform": ("bottom", "top", "thermoelectric (sei)"),
    "mechanical_overpotential-normal": ("metal | sei", "top", "stress (metal | sei)"),
    "capillary_overpotential-mesh": ("metal | sei", "top", "curvature (metal | sei)"),
    "species_reduction": ("metal | separator", "top", "side_reaction (metal | separator)"),
    "sei_species": ("metal | electrolyte", "top", "side_reaction (metal | electrolyte)"),
    "film_stack": ("metal | electrolyte", "top", "film (metal | electrolyte)"),
}


@pytest.mark.parametrize("name", CASES)
def test_each_physics_says_its_part(name: str) -> None:
    first, second, cause = CASES[name]
    plain = yaml.safe_load((CONFORMANCE / f"{name}.yaml").read_text(encoding="utf-8"))
    result = run(Deck.from_dict({**plain, "outputs": asking(first, second)}, CONFORMANCE), record=False)
    assert adds_up(result)[cause] != 0


# ---------------------------------------------------------------------- what is not accounted for


class Shift(Physics):
    """A shift of the equilibrium, V, that tells of its part only if it is asked to. Source: a test."""

    name = "shift"
    uses = (REACTION_CURRENT,)
    feeds = (MECHANICAL_OVERPOTENTIAL,)

    interface = InterfaceOption("metal | ion conductor")
    shift = Quantity("V", "shift")
    tells = Boolean("whether it tells", default="false")

    def contribute(self, model: Contribution) -> None:
        law = model.interface(self.interface)
        law.feed(MECHANICAL_OVERPOTENTIAL, self.shift)
        if self.tells:
            law.drop(VOLTAGE, EQUILIBRIUM, -law.sum(REACTION_CURRENT) * self.shift)


def simple(**more: Any) -> dict[str, Any]:
    return {
        "mesh": {"layers": [{"metal": "1 um"}, {"liquid": "20 um"}, {"host": "1 um"}], "cells": 2},
        "materials": {"metal": {}, "host": {}, "liquid": {"ionic_conductivity": "0.5 S/m"}},
        "given": {"temperature": f"{T} K"},
        "physics": {
            "ionic_charge": {"blocks": ["liquid"]},
            "butler_volmer": [
                {"interface": "metal | liquid", "i0": "20 A/m^2", "mean_current_density": "5 A/m^2"},
                {"interface": "host | liquid", "i0": "20 A/m^2", "equilibrium_potential": "0.3 V"},
            ],
        },
        "outputs": asking("metal | liquid", "host | liquid"),
        **more,
    }


def shifted(tells: bool) -> Result:
    deck = simple()
    deck["physics"]["butler_volmer"][0]["equilibrium_potential"] = "0.1 V"
    deck["physics"]["shift"] = {"interface": "metal | liquid", "shift": "30 mV", "tells": tells}
    return run(compose(Deck.from_dict(deck), known_too(Shift)), record=False)


def test_what_nobody_says_is_shown() -> None:
    result = shifted(tells=False)
    found = parts(result)
    assert found["remainder"] == pytest.approx(-0.03, rel=1e-9)
    assert found["equilibrium (metal | liquid)"] == pytest.approx(0.1, rel=1e-9)
    assert sum(found.values()) == pytest.approx(result[NAME], rel=1e-12)


def test_contributions_to_one_part_are_added() -> None:
    assert adds_up(shifted(tells=True))["equilibrium (metal | liquid)"] == pytest.approx(0.07, rel=1e-9)


def test_at_rest_and_in_files(tmp_path: Path) -> None:
    """Without a current a voltage has no parts, and says why; the files of the run know parts from other outputs."""
    deck = simple(
        time={"step": "60 s", "method": "bdf1"},
        protocol={
            "controls": {"current": "0 A/m^2"},
            "steps": [
                {"name": "strip", "set": {"current": "5 A/m^2"}, "until": {"time": "60 s"}},
                {"name": "rest", "set": {"current": "0 A/m^2"}, "until": {"time": "60 s"}},
            ],
        },
    )
    deck["physics"]["butler_volmer"][0]["mean_current_density"] = "current"
    deck["outputs"]["extra"]["share"] = {"number": "(cell - cell.remainder) / cell"}
    run(Deck.from_dict(deck), directory=tmp_path / "run", reporter=SilentReporter())
    found = load(tmp_path / "run")
    causes = [
        "cell.ohmic (liquid)",
        *(
            f"cell.{cause} ({side} | liquid)"
            for side in ("metal", "host")
            for cause in ("equilibrium", "charge_transfer")
        ),
    ]
    losses = tuple(name.replace("cell", "losses") for name in (*causes, "cell.remainder") if "equilibrium" not in name)
    assert found.wholes == {"cell": (*causes, "cell.remainder"), "losses": losses}
    summary = json.loads((tmp_path / "run/summary.json").read_text())
    assert summary["wholes"]["cell"] == {"parts": causes, "remainder": "cell.remainder"}
    entry = summary["outputs"]["cell.ohmic (liquid)"]
    assert entry["value"] is None
    assert re.fullmatch("needs a flow from metal . liquid to host . liquid: .* enters, .* leaves", entry["note"])
    assert summary["outputs"]["cell"]["value"] == pytest.approx(-0.3, rel=1e-9)
    assert not [said for said in summary["warnings"] if "finite" in said]
    strip, rest = ({n: c[row] for n, c in found.history.items() if n != "notes"} for row in (0, 1))
    assert strip["cell"] == pytest.approx(sum(strip[name] for name in (*causes, "cell.remainder")), rel=1e-12)
    eta = strip["cell.charge_transfer (metal | liquid)"]
    assert eta == pytest.approx(2 / F_RT * Z * np.arcsinh(5 / 40), rel=1e-9)
    assert strip["share"] == pytest.approx(1, rel=1e-12)
    assert np.isnan([rest[name] for name in (*causes, "cell.remainder", "share", "losses", *losses)]).all()


def test_a_current_that_goes_elsewhere_has_no_parts(tmp_path: Path) -> None:
    """A third end takes a part of the current: its parts would not be those of this voltage."""
    deck = strip(
        tmp_path,
        [("bar", 1e-3, 2)],
        dim=2,
        width=1e-3,
        materials={"bar": {"electronic_conductivity": "1e3 S/m"}},
        physics={"electronic_charge": {"blocks": ["bar"]}},
        boundaries={
            "bottom": {"electrode_potential": "0 V"},
            "top": {"electronic_current_density": "100 A/m^2"},
            "sides": {"electronic_current_density": "-10 A/m^2"},
        },
        outputs=asking("top", "bottom"),
    )
    result = run(deck, record=False)
    assert result[NAME] > 0
    assert np.isnan(list(parts(result).values())).all()
    assert "from top to bottom: 0.1 enters, 0.08 leaves" in (result.outputs["cell.remainder"].note or "")


WRONG = {
    "voltage has two ends, got 1": ["host | liquid"],
    "an end is a boundary or an interface, but 'liquid' is a block": ["liquid", "host | liquid"],
    "both ends are at host | liquid": ["liquid | host", "host | liquid"],
    "no charge is balanced beside top": ["top", "host | liquid"],
    "no block, boundary or interface 'tpo'": ["tpo", "host | liquid"],
}


@pytest.mark.parametrize("said", WRONG)
def test_wrong_ends(said: str) -> None:
    deck = simple()
    deck["outputs"]["extra"] = {"cell": {"voltage": WRONG[said]}}
    with pytest.raises(TronaError, match=re.escape(said)):
        read_settings(compose(Deck.from_dict(deck)))


def test_an_end_is_where_current_comes_from_outside(tmp_path: Path) -> None:
    with pytest.raises(TronaError, match=r"no charge comes from outside at metal \| sei, which is no end"):
        series(tmp_path, 60.0, "linear", ("metal | sei", "host | liquid"))
