"""Reductions against closed forms, those of a package of its own among them; their options, units and mistakes."""

from __future__ import annotations

from math import pi, sqrt
from pathlib import Path
from typing import Any

import pytest
from bodies import body, box
from strips import strip

from trona.deck import Deck
from trona.errors import UserError
from trona.model import Registry, compose
from trona.session.run import run
from trona.settings.outputs import read_outputs
from trona.settings.schema import schema

R, H, LOW, SPAN = 2.0, 0.5, 300.0, 10.0
"""Radius (or width) and height, m; the temperature rises by SPAN from LOW, K."""


EXTRA: dict[str, dict[str, Any]] = {
    name: {"reduce": name, "of": "temperature", "on": "body"}
    for name in ("integral", "mean", "minimum", "maximum", "ratio", "l2_norm", "standard_deviation")
} | {"share_above": {"reduce": "share_above", "of": "temperature", "on": "body", "limit": "305 K"}}


def slope(folder: Path, geometry: str, extra: dict[str, Any] = EXTRA, **more: Any) -> Deck:
    """A temperature that is linear in height, from fixed values."""
    sections: dict[str, Any] = {
        "materials": {"body": {"thermal_conductivity": "3 W/m/K"}},
        "physics": {"heat": {"blocks": ["body"]}},
        "boundaries": {"bottom": {"temperature": f"{LOW} K"}, "top": {"temperature": f"{LOW + SPAN} K"}},
        **more,
        "outputs": {"fields": "none", "extra": extra, **more.get("outputs", {})},
    }
    if geometry == "axisymmetric":
        return body(folder, (2, 2), box((0, R), (0, H)), coordinates=geometry, **sections)
    return strip(folder, [("body", H, 2)], dim=int(geometry[0]), width=R, **sections)


@pytest.mark.parametrize(
    ("geometry", "volume", "units"),
    [
        ("1-D", H, ("m*K", "m^(1/2)*K")),
        ("2-D", R * H, ("m^2*K", "m*K")),
        ("3-D", R * R * H, ("m^3*K", "m^(3/2)*K")),
        ("axisymmetric", pi * R**2 * H, ("m^3*K", "m^(3/2)*K")),
    ],
)
def test_each_in_closed_form(
    tmp_path: Path, installed: Registry, geometry: str, volume: float, units: tuple[str, str]
) -> None:
    deck = slope(tmp_path, geometry)
    result = run(compose(deck, installed), record=False)
    mean, square = LOW + SPAN / 2, SPAN**2 / 12
    wanted = {
        "integral": mean * volume,
        "mean": mean,
        "minimum": LOW,
        "maximum": LOW + SPAN,
        "ratio": (LOW + SPAN) / LOW,
        "l2_norm": sqrt((mean**2 + square) * volume),
        "standard_deviation": sqrt(square),
        "share_above": 0.5,
    }
    assert {name: result[name] for name in wanted} == pytest.approx(wanted, rel=1e-9)
    found = [result.outputs[name].unit for name in ("integral", "l2_norm", "mean", "ratio", "share_above")]
    assert found == [*units, "K", "1", "1"]


def test_a_package_brings_reductions_as_it_brings_physics(installed: Registry) -> None:
    assert installed.origin("standard_deviation") == "trona-spread 1.0"
    assert {"integral", "standard_deviation"} <= set(installed.reductions)
    kinds = schema()["properties"]["outputs"]["properties"]["extra"]["additionalProperties"]["anyOf"]
    (share,) = [k for k in kinds if "share_above" in k.get("properties", {}).get("reduce", {}).get("enum", ())]
    assert "limit" in share["required"]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"reduce": "standard_derivation"}, "no reduction 'standard_derivation'; nearest: standard_deviation"),
        ({"limt": "300 K"}, "no such key 'limt'; nearest: limit"),
        ({"limit": "300 W"}, "extra.o.limit: expected a quantity in K, got '300 W'"),
        ({"limit": None}, "share_above needs the option 'limit' (K): the limit, in the unit of the expression"),
    ],
)
def test_mistakes_have_their_place(tmp_path: Path, installed: Registry, changed: dict[str, Any], message: str) -> None:
    entry = {k: v for k, v in {**EXTRA["share_above"], **changed}.items() if v is not None}
    with pytest.raises(UserError) as refused:
        read_outputs(compose(slope(tmp_path, "1-D", {"o": entry}), installed))
    assert message in str(refused.value)
    assert ".yaml:" in str(refused.value)
