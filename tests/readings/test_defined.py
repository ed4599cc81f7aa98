"""Quantities that plugins define at interfaces and boundaries, as decks use them."""

from __future__ import annotations

from math import asinh, pi
from pathlib import Path
from typing import Any

import pytest
from bodies import body, box
from strips import FARADAY, R_GAS, strip
from terms import asking, known_too, layered
from test_expressions import jump
from test_profiles import only, profiles

from trona.deck import read_deck
from trona.errors import UserError
from trona.model import Model, compose
from trona.plugin import Contribution
from trona.session.run import run
from trona.settings import read_settings
from trona.settings.outputs import read_outputs

LAYERS = [{"a": "1 m"}, {"b": "1 m"}, {"c": "1 m"}]


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_the_jump_at_an_interface(tmp_path: Path, dim: int) -> None:
    """100 W/m2 upwards leave a colder by 1 K than it is below: T_a - T_b = 0.01 K m2/W times 100 W/m2."""
    extra: dict[str, Any] = {
        "mean": {"reduce": "mean", "of": "temperature_jump", "on": "a | b"},
        "conducted": {"reduce": "maximum", "of": "temperature_jump * temperature", "on": "a | b", "side": "b"},
    }
    if dim < 3:
        extra["along"] = {"profile": "temperature_jump", "along": "a | b"}
    deck = jump(tmp_path, extra, dim)
    result = run(deck, record=False)
    assert result["mean"] == pytest.approx(1.0, rel=1e-9)
    assert result["conducted"] == pytest.approx(350.0, rel=1e-9), "b is 50 K warmer at the interface than at its top"
    assert result.outputs["mean"].unit == "K"
    if dim < 3:
        assert only(profiles(compose(deck))["along"]) == pytest.approx(1.0, rel=1e-9)


@pytest.mark.parametrize("coordinates", ["planar", "axisymmetric"])
@pytest.mark.parametrize("film", [False, True])
def test_the_overpotential_of_a_charge_transfer(tmp_path: Path, coordinates: str, film: bool) -> None:
    """Of 5 A/m2 at i0 = 3 A/m2 it is (2RT/F) asinh(i/2 i0) whether a film carries the current too or not."""
    current, i0, T = 5.0, 3.0, 310.0
    transfer = {"interface": "a | b", "i0": f"{i0} A/m^2", "mean_current_density": f"{current} A/m^2"}
    if film:
        transfer |= {"film_thickness": "1 um", "film_conductivity": "1e-4 S/m"}
    extra = {
        "eta": {"profile": "overpotential", "along": "a | b"},
        "i": {"profile": "reaction_current_density", "along": "a | b"},
        "least": {"reduce": "minimum", "of": "overpotential", "on": "a | b"},
        "heat": {"reduce": "integral", "of": "overpotential * reaction_current_density", "on": "a | b"},
    }
    sections: dict[str, Any] = {
        "materials": {"a": {}, "b": {"ionic_conductivity": "2 S/m"}},
        "given": {"temperature": f"{T} K"},
        "physics": {"ionic_charge": {"blocks": ["b"]}, "butler_volmer": transfer},
        "boundaries": {"top": {"electric_potential": "0 V"}},
        "outputs": {"fields": "none", "extra": extra},
    }
    deck = strip(tmp_path, [("a", 1.0, 1), ("b", 1.0, 2)], dim=2, width=3.0, **sections)
    if coordinates == "axisymmetric":
        deck = read_deck(next(tmp_path.glob("*.yaml")), ["mesh.coordinates=axisymmetric"])
    result = run(deck, record=False)
    eta = 2 * R_GAS * T / FARADAY * asinh(current / (2 * i0))
    assert result["least"] == pytest.approx(eta, rel=1e-9)
    area = {"planar": 3.0, "axisymmetric": 9.0 * pi}[coordinates]
    assert result["heat"] == pytest.approx(eta * current * area, rel=1e-9)
    found = profiles(compose(deck))
    assert only(found["eta"]) == pytest.approx(eta, rel=1e-9)
    assert only(found["i"]) == pytest.approx(current, rel=1e-9)
    assert found["eta"].distance[-1] == pytest.approx(3.0, rel=1e-12)


def test_on_a_boundary_of_a_body(tmp_path: Path) -> None:
    """A stranger defines three times the square of a temperature, which is 300 K and 2 K/m times x."""

    def action(_: Any, model: Contribution) -> None:
        law = model.boundary("top")
        law.define("squared", 3 * model.field("temperature") ** 2, "K^2", "three times the square")

    deck = body(
        tmp_path,
        (2, 2),
        box((0, 2), (0, 1)),
        materials={"body": {"thermal_conductivity": "3 W/m/K"}},
        physics={"heat": {"blocks": ["body"]}, "asking": {}},
        boundaries={"left": {"temperature": "300 K"}, "right": {"temperature": "304 K"}},
        outputs={"fields": "none", "extra": {"e": {"profile": "squared", "along": "top"}}},
    )
    line = profiles(compose(deck, known_too(asking(action))))["e"]
    assert only(line) == pytest.approx(3 * (300 + 2 * line.points[:, 0]) ** 2, rel=1e-9)


# ---------------------------------------------------------------------- names


def resistances(*where: str, extra: dict[str, Any] | None = None, action: Any = None, **outputs: Any) -> Model:
    """Heat through three layers, with resistances at these interfaces, and what a stranger does."""
    heat = {"thermal_conductivity": "1 W/m/K"}
    physics: dict[str, Any] = {
        "heat": {"blocks": ["a", "b", "c"]},
        "thermal_resistance": [{"interface": each, "R": "0.5 K*m^2/W"} for each in where],
        **({"asking": {}} if action else {}),
    }
    deck = layered(
        physics,
        LAYERS,
        mesh={"width": "1 m"},
        materials={"a": heat, "b": heat, "c": heat},
        outputs={"extra": extra or {}, **outputs},
    )
    return compose(deck, known_too(asking(action or (lambda *_: None))))


def test_of_several_each_is_known_by_its_plain_name_where_it_is(tmp_path: Path) -> None:
    """Two of 0.01 and 0.03 K m2/W, through which 100 W/m2 flow."""
    assert "temperature_jump" in resistances("a | b").derived
    laws = {"a | b": "0.01 K*m^2/W", "b | c": "0.03 K*m^2/W"}
    asked = {f"jump {n}": {"reduce": "mean", "of": "temperature_jump", "on": n} for n in laws}
    deck = strip(
        tmp_path,
        [("a", 1.0, 1), ("b", 1.0, 1), ("c", 1.0, 1)],
        materials={b: {"thermal_conductivity": "1 W/m/K"} for b in "abc"},
        physics={
            "heat": {"blocks": ["a", "b", "c"]},
            "thermal_resistance": [{"interface": n, "R": R} for n, R in laws.items()],
        },
        boundaries={"bottom": {"heat_flux": "100 W/m^2"}, "top": {"temperature": "300 K"}},
        outputs={"fields": "none", "extra": asked},
    )
    model = compose(deck)
    assert {"temperature_jump (a | b)", "temperature_jump (b | c)"} <= set(model.derived)
    result = run(model, record=False)
    assert [result[name] for name in asked] == pytest.approx([1.0, 3.0], rel=1e-9)


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        (
            {"extra": {"o": {"reduce": "mean", "of": "temperature_jump", "on": "a"}}},
            "cannot be used here, only at a | b",
        ),
        ({"extra": {"o": {"profile": "temperature_jum", "along": "a | b"}}}, "nearest: temperature_jump"),
        ({"extra": {"o": {"profile": "temperature_jump", "along": "b | a"}}}, "cannot be used here, only at a | b"),
        ({"derived": ["temperature_jump"]}, "'temperature_jump' lives only at a | b; take it as a profile, or reduce"),
        ({"plots": ["temperature_jump"]}, "'temperature_jump' lives only at a | b; take it as a profile, or reduce"),
    ],
)
def test_where_it_is_not(outputs: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as refused:
        read_outputs(resistances("a | b", **outputs))
    assert message in str(refused.value)


def test_a_stop_says_what_to_do_with_it(tmp_path: Path) -> None:
    del tmp_path
    heat = {"thermal_conductivity": "1 W/m/K", "density": "1 kg/m^3", "specific_heat_capacity": "1 J/kg/K"}
    deck = layered(
        {"heat": {"blocks": ["a", "b"]}, "thermal_resistance": {"interface": "a | b", "R": "1 K*m^2/W"}},
        LAYERS[:2],
        materials={"a": heat, "b": heat},
        initial={"temperature": "300 K"},
        time={"end": "1 s", "step": "1 s", "stop": [{"output": "temperature_jump", "above": "1 K"}]},
    )
    with pytest.raises(UserError, match=r"'temperature_jump' is a quantity in space, not one number; reduce"):
        read_settings(compose(deck))


@pytest.mark.parametrize(
    ("name", "unit", "message"),
    [
        ("temperature_jump", "K", "'temperature_jump' is defined at a | b by asking too"),
        ("temperature", "K", "'temperature', which asking defines, has the name of a field or sum"),
        ("cold", "W", "the derived quantity cold has the unit K, expected W"),
    ],
)
def test_a_name_or_unit_that_is_wrong(name: str, unit: str, message: str) -> None:
    def action(_: Any, model: Contribution) -> None:
        law = model.interface("a | b")
        law.define(name, law.minus.field("temperature"), unit, "as it is")

    with pytest.raises(UserError) as refused:
        resistances("a | b", action=action)
    assert message in str(refused.value)
