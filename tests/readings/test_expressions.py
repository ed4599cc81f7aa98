"""Expressions of fields, fluxes, properties and positions in outputs: reduced, probed, drawn, beside a jump."""

from __future__ import annotations

from math import pi
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bodies import body, box
from strips import strip

from trona.deck import Deck
from trona.errors import UserError
from trona.model import compose
from trona.session.run import run
from trona.settings.outputs import read_outputs

K, LOW, SPAN, R, H = 3.0, 300.0, 10.0, 2.0, 0.5
"""Conductivity, W/m/K; the temperature rises by SPAN from LOW, K, over the height H, m."""
HEAT: dict[str, Any] = {
    "materials": {"body": {"thermal_conductivity": f"{K} W/m/K"}},
    "physics": {"heat": {"blocks": ["body"]}},
    "boundaries": {"bottom": {"temperature": f"{LOW} K"}, "top": {"temperature": f"{LOW + SPAN} K"}},
}


def slope(folder: Path, geometry: str, extra: dict[str, Any], **sections: Any) -> Deck:
    """A temperature that is linear in height, from fixed values."""
    content = {**HEAT, "outputs": {"extra": extra, **sections.pop("outputs", {})}, **sections}
    if geometry == "axisymmetric":
        return body(folder, (2, 2), box((0, R), (0, H)), coordinates=geometry, **content)
    return strip(folder, [("body", H, 2)], dim=int(geometry[0]), width=R, **content)


@pytest.mark.parametrize(
    ("geometry", "top", "units"),
    [
        ("1-D", 1.0, ("K/m", "W/m^2")),
        ("2-D", R, ("K/m", "W/m")),
        ("3-D", R * R, ("K/m", "W")),
        ("axisymmetric", pi * R**2, ("K/m", "W")),
    ],
)
def test_what_can_be_reduced(tmp_path: Path, geometry: str, top: float, units: tuple[str, ...]) -> None:
    up = {"1-D": "x", "2-D": "y", "3-D": "z", "axisymmetric": "y"}[geometry]
    on_body = {"on": "body"}
    extra: dict[str, Any] = {
        "risen": {"reduce": "mean", "of": f"(temperature - {LOW} K) / {SPAN} K", **on_body},
        "steep": {"reduce": "maximum", "of": "norm(grad(temperature))", **on_body},
        "conducted": {"reduce": "mean", "of": f"thermal_conductivity * {up}(grad(temperature))", **on_body},
        "same": {"reduce": "mean", "of": f"-{up}(heat_flux)", **on_body},
        "moment": {"reduce": "mean", "of": f"{up} * temperature", **on_body},
        "divergence": {"reduce": "maximum", "of": "div(grad(temperature))", **on_body},
        "out": {"reduce": "integral", "of": "dot(flux(energy), normal)", "on": "top"},
        "level": {"reduce": "mean", "of": f"{up}", "on": "top"},
        "hot": {"reduce": "integral", "of": "if(twice > 610 K, 1, 0)", **on_body},
        "shape": {"field": "temperature * grad(temperature)"},
        "at_rest": {"probe": f"temperature * {up}(grad(temperature))", "at": ["0 m"] * ("xyz".index(up)) + ["0.25 m"]},
    }
    deck = slope(tmp_path, geometry, extra, definitions={"twice": "2 * temperature"})
    result = run(deck, record=False)
    wanted = {
        "risen": 0.5,
        "steep": SPAN / H,
        "conducted": K * SPAN / H,
        "same": K * SPAN / H,
        "moment": H * (LOW / 2 + SPAN / 3),
        "out": -K * SPAN / H * top,
        "level": H,
        "hot": top * H / 2,
        "at_rest": (LOW + SPAN / 2) * SPAN / H,
    }
    assert {name: result[name] for name in wanted} == pytest.approx(wanted, rel=1e-9)
    assert abs(result["divergence"]) < 1e-6 * SPAN / H**2
    assert [result.outputs[name].unit for name in ("steep", "out")] == list(units)
    assert result.outputs["risen"].unit == "1" and result.outputs["moment"].unit == "m*K"


def test_an_expression_is_a_field_of_files_and_pictures(tmp_path: Path) -> None:
    from trona.readings.fields import FieldReader
    from trona.readings.outputs import OutputEvaluator

    extra = {"warmth": {"field": "temperature - 300 K"}, "hot": {"reduce": "maximum", "of": "warmth", "on": "body"}}
    model = compose(slope(tmp_path, "2-D", extra, outputs={"plots": ["warmth"]}))
    result = run(model, directory=tmp_path / "run")
    assert result["hot"] == pytest.approx(SPAN, rel=1e-9)
    assert (tmp_path / "run/plots/warmth.png").stat().st_size > 0
    reader = FieldReader(result.problem, OutputEvaluator(result.problem))
    snapshot = reader.snapshot(0.0, 1, read_outputs(model).derived)
    assert snapshot is not None
    found = snapshot.blocks["body"]
    assert found.fields["warmth"].unit == "K"
    assert found.fields["warmth"].values == pytest.approx(SPAN * found.points[:, 1] / H, rel=1e-9, abs=1e-9)


def test_rates_are_those_of_the_steps(tmp_path: Path) -> None:
    """A closed body, heated by 6 W/m2 from below and as much from above: 12/(H rho c) K/s everywhere on the mean."""
    deck = slope(
        tmp_path,
        "1-D",
        {"warming": {"reduce": "mean", "of": "rate(temperature)", "on": "body"}},
        materials={"body": {**HEAT["materials"]["body"], "density": "2 kg/m^3", "specific_heat_capacity": "5 J/kg/K"}},
        boundaries={"bottom": {"heat_flux": "6 W/m^2"}, "top": {"heat_flux": "6 W/m^2"}},
        initial={"temperature": "300 K"},
        time={"end": "2 s", "step": "1 s"},
    )
    result = run(deck, record=False)
    assert result["warming"] == pytest.approx(12 / (H * 2 * 5), rel=1e-9)
    assert result.outputs["warming"].unit == "K/s"


def jump(folder: Path, extra: dict[str, Any], dim: int = 2) -> Deck:
    """100 W/m2 upwards through a (1 W/m/K) and b (2 W/m/K), each 1 m, with a contact resistance of 0.01 K m2/W."""
    return strip(
        folder,
        [("a", 1.0, 2), ("b", 1.0, 2)],
        dim=dim,
        width=3.0,
        materials={"a": {"thermal_conductivity": "1 W/m/K"}, "b": {"thermal_conductivity": "2 W/m/K"}},
        physics={"heat": {"blocks": ["a", "b"]}, "thermal_resistance": {"interface": "a | b", "R": "0.01 K*m^2/W"}},
        boundaries={"bottom": {"heat_flux": "100 W/m^2"}, "top": {"temperature": "300 K"}},
        outputs={"fields": "none", "extra": extra},
    )


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_both_sides_of_a_jump(tmp_path: Path, dim: int) -> None:
    up = "xyz"[dim - 1]
    asked = {
        "T": "temperature",
        "q": "dot(flux(energy), normal)",
        "g": f"{up}(grad(temperature))",
        "k": "thermal_conductivity",
        "product": "temperature * thermal_conductivity * norm(grad(temperature))",
    }
    extra = {
        f"{name}_{side}_{reduce}": {"reduce": reduce, "of": of, "on": "a | b", "side": side}
        for name, of in asked.items()
        for side in "ab"
        for reduce in ("mean", "maximum")
    }
    extra["turned"] = {"reduce": "mean", "of": "dot(flux(energy), normal)", "on": "b | a", "side": "b"}
    result = run(jump(tmp_path, extra, dim), record=False)
    wanted = {
        "T": (351.0, 350.0),
        "q": (100.0, 100.0),
        "g": (-100.0, -50.0),
        "k": (1.0, 2.0),
        "product": (35100, 35000),
    }
    for name, values in wanted.items():
        for side, value in zip("ab", values, strict=True):
            for reduce in ("mean", "maximum"):
                assert result[f"{name}_{side}_{reduce}"] == pytest.approx(value, rel=1e-9), (name, side, reduce)
    assert result["turned"] == pytest.approx(-100.0, rel=1e-9)


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "misspelt": ({"of": "temperatur - 300 K"}, "extra.o.of: unknown name 'temperatur'; nearest: temperature"),
    "misspelt name": ({"of": "temperatur"}, "unknown name 'temperatur'; nearest: temperature"),
    "misspelt balance": ({"of": "norm(flux(enrgy))"}, "no balance 'enrgy'; nearest: energy"),
    "misspelt function": ({"of": "gradd(temperature)"}, "unknown name 'gradd'; nearest: grad"),
    "unit": ({"of": "temperature + 1 m"}, "cannot add '1 m' (m) to 'temperature' (K)"),
    "shape": ({"of": "temperature + grad(temperature)"}, "'+' does not take the scalar 'temperature' and the vector"),
    "two vectors": ({"of": "heat_flux * heat_flux"}, "'*' does not take the vector 'heat_flux' and the vector"),
    "vector": ({"of": "grad(temperature)"}, "'grad(temperature)' is a vector; only scalars can be reduced"),
    "vector in a function": ({"of": "sqrt(heat_flux)"}, "expected a scalar, got the vector 'heat_flux'"),
    "scalar": ({"of": "norm(temperature)"}, "'norm' needs a vector or tensor, got the scalar 'temperature'"),
    "component": ({"of": "z(heat_flux)"}, "'heat_flux' has 2 components, no z"),
    "normal in a block": ({"of": "dot(heat_flux, normal)"}, "'normal' cannot be used here, only on a boundary"),
    "rate without time": ({"of": "rate(temperature)"}, "no field that changes in time 'temperature'"),
    "no side": ({"on": "a | b"}, "'temperature' jumps between a and b; say which value with 'side: a' or 'side: b'"),
    "no side of a flux": ({"of": "norm(heat_flux)", "on": "a | b"}, "'norm(heat_flux)' jumps between a and b"),
    "side of a block": ({"side": "a"}, "'side' is for interfaces, but 'a' is not an interface"),
    "side of others": ({"on": "a | b", "side": "c"}, "a side of a | b is a or b, got 'c'"),
    "no place": ({"on": "c"}, "no block, boundary or interface 'c'"),
    "where it does not live": ({"of": "potential", "on": "b"}, "'potential' does not live at b, only in a"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(tmp_path: Path, name: str) -> None:
    changed, message = REFUSED[name]
    extra = {
        "o": {"reduce": "mean", "of": "temperature", "on": "a", **changed},
        "potential": {"field": "temperature * 1 V/K", "blocks": ["a"]},
    }
    with pytest.raises(UserError) as refused:
        read_outputs(compose(jump(tmp_path, extra)))
    assert message in str(refused.value)
    assert ".yaml:" in str(refused.value)


def test_units_of_the_same_name_as_functions_stay(tmp_path: Path) -> None:
    """`grad` is a gradian too, and a product with it is none of a unit."""
    of = "1 W/m/K * norm(grad(temperature))"
    extra = {"q": {"reduce": "mean", "of": of, "on": "body"}, "a": {"probe": "200 grad * 1 K", "at": ["0.1 m"]}}
    result = run(slope(tmp_path, "1-D", extra), record=False)
    assert (result["q"], result["a"]) == pytest.approx((SPAN / H, np.pi), rel=1e-9)
    assert result.outputs["q"].unit == "W/m^2"
