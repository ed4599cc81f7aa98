"""The thermoelectric current in its two closures, on an SEI whose metal side is wavy."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from strips import FARADAY, R_GAS, ends, solve

from trona.deck import Deck
from trona.errors import DeckError
from trona.model import compose, registry
from trona.plugin import Contribution, dot
from trona.session import Result, run
from trona_plugins.thermoelectric import Thermoelectric

WIDTH = 0.5e-6
"""Of the mesh: half a wave."""
PLATE, STRIP = 10.0, -10.0
"""Current that enters at the top, A/m2."""
THERMAL = {"density": "1250 kg/m^3", "specific_heat_capacity": "1800 J/kg/K", "thermal_conductivity": "0.2 W/m/K"}


@pytest.fixture(scope="module")
def wavy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The mesh of the main job, coarser."""
    from wavy_sei import build

    path = tmp_path_factory.mktemp("mesh") / "wavy.msh"
    build(path, size=0.015, size_base=0.2, size_top=0.8)
    return path


def activated(value: str, energy: float) -> dict[str, Any]:
    return {"arrhenius": {"value": value, "activation_energy": f"{energy} kJ/mol"}}


def deck(
    mesh: Path,
    current: float,
    thermoelectric: dict[str, Any] | None,
    soret: tuple[float, float] = (0.0, 0.0),
    **sections: Any,
) -> Deck:
    """The main job without heat sources. The SEI has half more activation energy than all else."""
    return Deck.from_dict(
        {
            "mesh": {"file": str(mesh), "length_unit": "um"},
            "materials": {
                "sei": {
                    "use": "uniform_sei",
                    "ionic_conductivity": activated("5e-4 S/m", 22.5),
                    "soret_coefficient": f"{soret[0]} 1/K",
                },
                "electrolyte": {
                    "use": "napf6_carbonate",
                    "ionic_conductivity": activated("0.883 S/m", 15),
                    "soret_coefficient": f"{soret[1]} 1/K",
                },
            },
            "physics": {
                "ionic_charge": {"blocks": ["sei", "electrolyte"]},
                "butler_volmer": {"interface": "metal | sei", "i0": "20 A/m^2", "activation_energy": "15 kJ/mol"},
                **({} if thermoelectric is None else {"thermoelectric": thermoelectric}),
                **sections.pop("physics", {}),
            },
            "boundaries": {"top": {"current_density": f"{current} A/m^2"}},
            **sections,
        },
        mesh.parent,
        "wavy.yaml",
    )


# ---------------------------------------------------------------------- seebeck


def test_potential_difference_of_a_layer_without_current(tmp_path: Path) -> None:
    """No current: phi falls by the integral of S_T R T/F over T, or by S_ion times the difference."""
    for options, expected in (
        ({}, 2e-2 * R_GAS / FARADAY * (310.0**2 - 300.0**2) / 2),
        ({"seebeck_coefficient": "1 mV/K"}, 1e-2),
    ):
        result = solve(
            tmp_path,
            [("salt", 1e-5, 4)],
            given={"temperature": "300 K + 1e6 K/m * x"},
            materials={"salt": {"ionic_conductivity": "1 S/m", "soret_coefficient": "2e-2 1/K"}},
            physics={"ionic_charge": {"blocks": ["salt"]}, "thermoelectric": options},
            boundaries={"bottom": {"electric_potential": "0 V"}},
        )
        low, high = ends(result, "electric_potential", "salt")
        assert high - low == pytest.approx(-expected, rel=1e-9)


def test_entropy_of_the_current(tmp_path: Path) -> None:
    """What Joule's heat has beyond i^2/kappa is taken back: the sum is i^2/(kappa T), here at nearly one T."""
    for current in (PLATE, STRIP):
        result = solve(
            tmp_path,
            [("salt", 1e-3, 4)],
            materials={"salt": {"ionic_conductivity": "1 S/m", **THERMAL}},
            physics={
                "ionic_charge": {"blocks": ["salt"]},
                "heat": {"blocks": ["salt"]},
                "joule_heating": {},
                "thermoelectric": {"seebeck_coefficient": "10 mV/K"},
            },
            boundaries={
                "bottom": {"electric_potential": "0 V", "temperature": "300 K"},
                "top": {"current_density": f"{current} A/m^2", "temperature": "301 K"},
            },
            audit={"monitors": ["entropy_production"]},
        )
        entropy = {e.plugin: e.value for e in result.monitors["entropy_production"].entries}
        produced = entropy["joule_heating"] + entropy["thermoelectric"]
        assert produced == pytest.approx(current**2 * 1e-3 / 300.5, rel=1e-3)
        assert abs(entropy["thermoelectric"]) > 0.5 * produced


def test_seebeck_of_equal_layers_leaves_the_reaction_as_it_is(wavy: Path) -> None:
    """The metal's surface is isothermal; the electrolyte's top is 1 K warmer."""

    def theta(thermoelectric: dict[str, Any] | None, soret: tuple[float, float]) -> float:
        result = run(
            deck(
                wavy,
                PLATE,
                thermoelectric,
                soret,
                physics={"heat": {"blocks": ["sei", "electrolyte"]}},
                boundaries={
                    "top": {"current_density": f"{PLATE} A/m^2", "temperature": "26 degC"},
                    "metal | sei": {"temperature": "25 degC"},
                },
            ),
            record=False,
        )
        assert reaction(result) == pytest.approx(-PLATE * WIDTH, rel=1e-10)
        return result["theta"]

    without, equal = theta(None, (0.0, 0.0)), theta({}, (1e-2, 1e-2))
    assert equal == pytest.approx(without, rel=1e-5)
    assert abs(theta({}, (1e-2, 6e-2)) / without - 1) > 1e-4
    assert without > 1.01


# ---------------------------------------------------------------------- uniform_flux


def uniform(mesh: Path, current: float, gradient: float, temperature: str = "25 degC") -> Result:
    """kappa_T G = 2 A/m2 at 1e4 K/m."""
    options = {
        "closure": "uniform_flux",
        "thermoelectric_conductivity": "2e-4 A/m/K",
        "temperature_gradient": f"{gradient} K/m",
    }
    return run(deck(mesh, current, options, given={"temperature": temperature}), record=False)


def reaction(result: Result) -> float:
    """Current through the interface, A/m, anodic positive."""
    return next(e.value for e in result.ledger["charge"].entries if e.plugin == "butler_volmer")


@pytest.mark.parametrize("current", [PLATE, STRIP])
def test_signs_and_size_of_a_uniform_flux(wavy: Path, current: float) -> None:
    """Plating: G > 0 lowers theta and G < 0 raises it; stripping the other way round.

    To first order the unevenness follows the ohmic part of the current, i - i_T.
    """
    found = {G: uniform(wavy, current, G) for G in (-1e4, 0.0, 1e4)}
    theta = {G: result["theta"] for G, result in found.items()}
    order = (1e4, 0.0, -1e4) if current == PLATE else (-1e4, 0.0, 1e4)
    assert theta[order[0]] < theta[order[1]] < theta[order[2]]
    for G in (-1e4, 1e4):
        share = 1 - 2e-4 * G / current
        assert (theta[G] - 1) / (theta[0.0] - 1) == pytest.approx(share, rel=0.02)
        assert reaction(found[G]) == pytest.approx(-current * WIDTH, rel=1e-10)


def test_effect_of_a_uniform_flux_shrinks_with_temperature(wavy: Path) -> None:
    effect = [
        abs(uniform(wavy, PLATE, 1e4, T)["theta"] - uniform(wavy, PLATE, 0.0, T)["theta"])
        for T in ("0 degC", "25 degC", "60 degC")
    ]
    assert effect[0] > 1.1 * effect[1] > 1.1 * 1.1 * effect[2] > 1e-4


class LeftOut(Thermoelectric):
    """As a wrong closure would have it: the uniform current stays out of the balance of the interface."""

    def contribute(self, model: Contribution) -> None:
        super().contribute(model)
        law = model.interface("metal | sei")
        law.exchange(dot(self._uniform(model), law.normal), None, model.balance("charge"))


def test_left_out_of_the_interface_it_breaks_the_total(wavy: Path) -> None:
    """Then the metal takes another current than the one applied: what the test above would see."""
    known = registry()
    wrong = replace(known, physics={**known.physics, "thermoelectric": LeftOut})
    options = {
        "closure": "uniform_flux",
        "thermoelectric_conductivity": "2e-4 A/m/K",
        "temperature_gradient": "1e4 K/m",
    }
    model = compose(deck(wavy, PLATE, options, given={"temperature": "25 degC"}), wrong)
    assert reaction(run(model, record=False)) == pytest.approx(-(PLATE - 2) * WIDTH, rel=1e-9)


# ---------------------------------------------------------------------- mistakes


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"closure": "uniform_flux", "temperature_gradient": "1e4 K/m"},
            "uniform_flux needs thermoelectric_conductivity and temperature_gradient",
        ),
        ({"temperature_gradient": "1e4 K/m"}, "temperature_gradient cannot be used with the closure seebeck"),
        (
            {"closure": "uniform_flux", "seebeck_coefficient": "1 mV/K"},
            "seebeck_coefficient cannot be used with the closure uniform_flux",
        ),
    ],
)
def test_options_that_do_not_fit(wavy: Path, options: dict[str, str], message: str) -> None:
    with pytest.raises(DeckError) as caught:
        compose(deck(wavy, PLATE, options, given={"temperature": "25 degC"}))
    assert str(caught.value).endswith(message)
