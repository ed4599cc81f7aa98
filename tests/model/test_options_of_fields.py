"""Options that depend on position, time and fields: where names are read, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from trona.deck import Deck
from trona.errors import UserError
from trona.explain import coupling
from trona.model import Model, compose

FLAT: dict[str, Any] = {"layers": [{"metal": "2 um"}, {"electrolyte": "2 um"}], "width": "3 um", "cells": 2}
JUMP = {"interface": "metal | electrolyte", "R": "1e-5 K*m^2/W"}


def composed(physics: dict[str, Any] | None = None, sections: dict[str, Any] | None = None, **reaction: Any) -> Model:
    """Heat in both layers, ions in the electrolyte and a reaction between them with these options."""
    own = {"interface": "metal | electrolyte", "i0": "20 A/m^2", **reaction}
    deck = {
        "mesh": FLAT,
        "materials": {"metal": "sodium", "electrolyte": "napf6_carbonate"},
        "physics": {
            "heat": {"blocks": ["metal", "electrolyte"]},
            "ionic_charge": {"blocks": ["electrolyte"]},
            "butler_volmer": own,
            **(physics or {}),
        },
        "boundaries": {
            "top": {"electric_potential": "0 V", "temperature": "310 K"},
            "bottom": {"temperature": "290 K"},
        },
        **(sections or {}),
    }
    return compose(Deck.from_dict(deck))


def refused(physics: dict[str, Any] | None = None, sections: dict[str, Any] | None = None, **reaction: Any) -> str:
    with pytest.raises(UserError) as caught:
        composed(physics, sections, **reaction)
    return str(caught.value).split(" ", 1)[1]


def dependences(model: Model, balance: str = "charge") -> set[str]:
    return {field for of, field in coupling(model).depends if of == balance}


def test_a_field_is_that_of_the_place() -> None:
    """The coupling graph, and thus the Jacobian, has what an option depends on."""
    assert dependences(composed()) == {"electric_potential", "temperature"}
    i0 = "20 A/m^2 * (1 + electrode_potential / 1 V)"
    assert "electrode_potential" in dependences(composed(i0=i0, mean_current_density="1 A/m^2"))
    kelvin = "1e-9 m * temperature / 300 K"
    found = composed(film_thickness=kelvin, film_conductivity="1e-7 S/m")
    assert "temperature" in dependences(found, "film_current")


def test_where_a_field_jumps_its_side_is_named() -> None:
    jumping = {"thermal_resistance": JUMP}
    bare, two = "20 A/m^2 * temperature / 300 K", "'temperature(metal)' or 'temperature(electrolyte)'"
    expected = f"physics.butler_volmer.i0: 'temperature' jumps between metal and electrolyte; write {two}"
    assert refused(jumping, i0=bare) == expected
    composed(i0=bare)
    for side in ("metal", "electrolyte"):
        composed(jumping, i0=f"20 A/m^2 * temperature({side}) / 300 K")
    only = "physics.butler_volmer.i0: 'temperature' does not live in 'sei', only in metal, electrolyte"
    assert refused(i0="20 A/m^2 * temperature(sei) / 300 K") == only


def test_names_that_mean_nothing_at_the_place() -> None:
    assert refused(i0="20 A/m^2 * temprature / 300 K") == (
        "physics.butler_volmer.i0: unknown name 'temprature'; nearest: temperature"
    )
    strain = {
        "elasticity": {"blocks": ["metal"]},
        "eigenstrain": {"blocks": ["metal"], "strain": "0.01 * electric_potential / 1 V"},
    }
    clamped = {"temperature": "290 K", "displacement": ["0 m", "0 m"]}
    top = {"electric_potential": "0 V", "temperature": "310 K"}
    said = refused(strain, {"boundaries": {"bottom": clamped, "top": top}})
    assert said == "physics.eigenstrain.strain: 'electric_potential' does not live in metal, only in electrolyte"
    assert refused(i0="20 A/m^2 * t(metal) / 1 s").endswith("'t' is not a function and has no sides")


def test_units_and_what_an_option_may_depend_on() -> None:
    assert refused(i0="20 A/m^2 * temperature").endswith(
        "expected a quantity in A/m^2, got '20 A/m^2 * temperature' in A*K/m^2"
    )
    said = refused(mean_current_density="1 A/m^2 * temperature / 300 K")
    assert said.endswith("unknown name 'temperature'; this option may depend on t alone")


def test_tables_of_a_field_and_definitions() -> None:
    table = {"table": [["290 K", "20 A/m^2"], ["310 K", "30 A/m^2"]], "of": "temperature"}
    assert not composed(i0=table).judged_later, "rows are judged as they are read"
    table["table"][1][1] = "-30 A/m^2"
    assert refused(i0=table).endswith("must be above 0 A/m^2, got 'table of temperature'")
    found = composed(None, {"definitions": {"warmth": "temperature / 300 K"}}, i0="20 A/m^2 * warmth")
    assert "temperature" in dependences(found)


def test_several_mistakes_are_told_together() -> None:
    said = refused(i0="20 A/m^2 * temprature / 300 K", equilibrium_potential="1 V * temprature / 300 K")
    assert said.count("nearest: temperature") == 2


def test_bounds_of_what_varies() -> None:
    """What is known before the run is refused with its location; the rest is watched while it runs."""
    assert refused(i0="20 A/m^2 * (x / 1 um - 1)") == (
        "physics.butler_volmer.i0: must be above 0 A/m^2, but is -20 A/m^2"
    )
    timed = {"time": {"end": "10 s", "step": "1 s"}}
    assert refused(None, timed, i0="20 A/m^2 * (1 - t / 5 s)").endswith("but is -20 A/m^2")
    # The interface is at y = 2 um: that the expression is negative elsewhere is no mistake.
    model = composed(i0="20 A/m^2 * (y / 1 um - 1)")
    assert not model.judged_later
    (watched,) = (e for e in model.expectations if e.hard)
    assert (watched.owner, watched.low, watched.high) == ("i0 of butler_volmer", 0.0, None)
    model = composed(i0="20 A/m^2 * (temperature / 300 K - 0.5)")
    assert model.judged_later == ("i0 of butler_volmer",)


def test_unusual_values_of_what_varies() -> None:
    """A usual range is looked at too, where the option is used."""
    assert not any("usual" in text for text in composed(i0="20 A/m^2 * (1 + x / 1 um)").warnings)
    found = [text for text in composed(i0="1e-9 A/m^2 * (1 + x / 1 um)").warnings if "usual" in text]
    assert len(found) == 1 and "i0 is 1e-09 A/m^2; the usual range is 1e-8 A/m^2 to 1e7 A/m^2" in found[0]


def test_a_control_within_an_expression_of_fields() -> None:
    """A protocol must set what an option with fields in it depends on, as for any other."""
    sections = {
        "time": {"end": "1 s", "step": "1 s"},
        "protocol": {"controls": {"share": "1"}, "steps": [{"name": "one", "duration": "1 s"}]},
    }
    model = composed(None, sections, i0="20 A/m^2 * temperature / 300 K * share")
    assert not model.controls.idle(), "the option counts as a use of the control"
    model = composed(None, sections, i0="20 A/m^2 * temperature / 300 K")
    assert model.controls.idle() == ["share"]
