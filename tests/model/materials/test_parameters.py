"""What a property is where a deck lacks a field, and the table of a model's parameters."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

import trona_plugins
from trona.deck import Deck, read_deck
from trona.errors import DeckError
from trona.explain import explain
from trona.model import Model, compose
from trona.model.materials.parameter import Parameter
from trona.model.materials.parameters import parameters

LAW = {"arrhenius": {"value": "1 S/m", "activation_energy": "20 kJ/mol"}, "at": {"temperature": "60 degC"}}
WARM = math.exp(-20e3 / 8.31446261815324 * (1 / 333.15 - 1 / 298.15))


def composed(conductivity: Any, **sections: Any) -> Model:
    return compose(
        Deck.from_dict(
            {
                "mesh": {"layers": [{"a": "1 um"}]},
                "materials": {"a": {"ionic_conductivity": conductivity}},
                "physics": {"ionic_charge": {"blocks": ["a"]}},
                "boundaries": {"bottom": {"electric_potential": "0 V"}},
                **sections,
            }
        )
    )


def conductivity(model: Model) -> Parameter:
    (found,) = (p for p in parameters(model) if p.name == "ionic_conductivity")
    return found


def test_a_law_without_its_field_is_taken_where_the_file_says() -> None:
    found = conductivity(composed(LAW))
    assert found.value == pytest.approx(WARM, rel=1e-9)
    assert found.written == "arrhenius(value = 1 S/m, activation_energy = 20 kJ/mol) at temperature = 60 degC"


def test_a_law_with_its_field_follows_it() -> None:
    model = composed(LAW, given={"temperature": "0 degC"})
    found = conductivity(model)
    assert found.value is None
    assert found.written == "arrhenius(value = 1 S/m, activation_energy = 20 kJ/mol)"


def test_a_field_that_lives_in_other_blocks_only_is_absent_here() -> None:
    model = compose(
        Deck.from_dict(
            {
                "mesh": {"layers": [{"a": "1 um"}, {"b": "1 um"}]},
                "materials": {"a": {"ionic_conductivity": LAW}, "b": {"use": "sodium", "ionic_conductivity": LAW}},
                "physics": {"ionic_charge": {"blocks": ["a", "b"]}, "heat": {"blocks": ["b"]}},
                "boundaries": {"bottom": {"electric_potential": "0 V"}, "top": {"temperature": "25 degC"}},
            }
        )
    )
    values = {p.owner: p.value for p in parameters(model) if p.name == "ionic_conductivity"}
    assert values == {"a": pytest.approx(WARM, rel=1e-9), "b": None}


def test_a_table_and_an_expression_without_their_field() -> None:
    table = {"table": [["100 mol/m^3", "1 S/m"], ["200 mol/m^3", "2 S/m"]], "of": "concentration"}
    found = conductivity(composed({**table, "at": {"concentration": "0.15 mol/l"}}))
    assert (found.value, found.written) == (pytest.approx(1.5), "table of concentration at concentration = 0.15 mol/l")
    mixed = {"expression": "1 S/m/K * temperature * concentration / (2 mol/m^3)", "at": {"concentration": "4 mol/m^3"}}
    assert conductivity(composed({**mixed, "at": {**mixed["at"], "temperature": "300 K"}})).value == pytest.approx(600)  # type: ignore[dict-item]
    assert conductivity(composed(mixed, given={"temperature": "300 K"})).value is None


def test_mistakes_in_what_is_assumed_of_a_field() -> None:
    with pytest.raises(DeckError, match=r"at\.temperature: expected a quantity in K, got '1 V'"):
        composed({**LAW, "at": {"temperature": "1 V"}})
    with pytest.raises(DeckError, match=r"ionic_conductivity\.at: expected a mapping, got a list"):
        composed({**LAW, "at": []})
    with pytest.raises(DeckError, match=r"'concentration' cannot be used here"):
        composed({"table": [["1 mol/m^3", "1 S/m"], ["2 mol/m^3", "2 S/m"]], "of": "concentration"})


def test_where_parameters_are_from() -> None:
    model = compose(
        Deck.from_dict(
            {
                "mesh": {"layers": [{"a": "1 um"}, {"b": "1 um"}, {"c": "1 um"}]},
                "materials": {
                    "a": "sodium",
                    "b": {"use": "uniform_sei", "thermal_conductivity": "1 W/m/K"},
                    "c": {"thermal_conductivity": {"value": "2 W/m/K", "source": "a guess", "assumption": True}},
                },
                "physics": {
                    "heat": {"blocks": ["a", "b", "c"]},
                    "thermal_resistance": [
                        {"interface": "a | b", "R": "1e-5 K*m^2/W"},
                        {"interface": "b | c", "R": "2e-5 K*m^2/W"},
                    ],
                },
                "boundaries": {"bottom": {"temperature": "0 degC"}, "top": {"temperature": "1 degC"}},
            }
        )
    )
    found = {(p.owner, p.name): p for p in parameters(model)}
    crc = "CRC Handbook of Chemistry and Physics, 97th ed., section 12"
    assert found["a", "thermal_conductivity"] == Parameter(
        "a", "thermal_conductivity", 142.0, "W/m/K", "142 W/m/K", crc, "12 %"
    )
    assert found["b", "thermal_conductivity"].origin == "this deck"
    assert found["c", "thermal_conductivity"].origin == "ASSUMED: a guess"
    assert found["thermal_resistance (a | b)", "R"].value == 1e-5
    assert found["thermal_resistance (b | c)", "R"].value == 2e-5
    assert not any(name == "density" for _, name in found), "a steady deck uses no density"
    text = explain(model)
    assert "c.thermal_conductivity [W/m/K]  2 W/m/K  (ASSUMED: a guess)" in text
    assert "thermal_resistance (b | c).R [K*m^2/W]  2e-5 K*m^2/W  (this deck)" in text


def test_defaults_of_options_are_called_so() -> None:
    law = {"interface": "a | b", "i0": "20 A/m^2", "electrode_potential": "0 V"}
    model = composed(
        "1 S/m",
        mesh={"layers": [{"b": "1 um"}, {"a": "1 um"}]},
        given={"temperature": "25 degC"},
        physics={"ionic_charge": {"blocks": ["a"]}, "butler_volmer": {**law, "interface": "b | a"}},
        boundaries={"top": {"current_density": "1 A/m^2"}},
    )
    found = {p.name: p for p in parameters(model) if p.owner == "butler_volmer"}
    assert (found["i0"].value, found["i0"].source) == (20.0, "this deck")
    origin = model.registry.origin("butler_volmer")
    assert (found["alpha_a"].value, found["alpha_a"].source) == (0.5, f"default of butler_volmer ({origin})")


def test_a_property_that_a_material_lacks_is_not_in_its_equations() -> None:
    """Where there are no pores nothing is multiplied by their share."""
    folder = Path(trona_plugins.__file__).parent / "conformance"
    whole, porous = (explain(compose(read_deck(folder / f"{name}.yaml"))) for name in ("salt", "porous"))
    assert "porosity" not in whole and "d/dt(salt_concentration)" in whole
    assert "d/dt(salt_concentration * porosity)" in porous
