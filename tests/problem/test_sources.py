"""Sources of the deck's own, against closed forms and in the audit."""

from __future__ import annotations

import math
from typing import Any

import pytest
from pytest_mpi import parallel_assert

from trona.deck import Deck
from trona.errors import UserError
from trona.explain import coupling, explain
from trona.model import compose
from trona.session import Result, run

H, W = 2e-3, 3e-3
"""Thickness of each layer and width, m."""
K, HEAT, COLD = 4.0, 5e6, 300.0
MATERIAL = {"thermal_conductivity": f"{K} W/m/K", "youngs_modulus": "2 GPa", "poisson_ratio": "0"}


def deck(sources: Any, dim: int = 1, **sections: Any) -> Deck:
    mesh: dict[str, Any] = {"layers": [{"a": f"{H} m"}, {"b": f"{H} m"}], "cells": 2}
    return Deck.from_dict(
        {
            "mesh": mesh if dim == 1 else {**mesh, "width": f"{W} m", "cells_across": 2},
            "materials": {"a": MATERIAL, "b": MATERIAL},
            "physics": {"heat": {"blocks": ["a", "b"]}},
            "boundaries": {"bottom": {"temperature": f"{COLD} K"}},
            "sources": sources,
            **sections,
        }
    )


def solved(sources: Any, dim: int = 1, **sections: Any) -> Result:
    return run(deck(sources, dim, **sections), record=False)


def refused(sources: Any, **sections: Any) -> str:
    with pytest.raises(UserError) as caught:
        compose(deck(sources, **sections))
    return str(caught.value).split(" ", 1)[1]


def gained(result: Result, name: str, balance: str = "energy") -> float:
    """What a source brought, as the ledger of a balance has it."""
    return sum(e.value for e in result.ledger[balance].entries if e.plugin == name)


def off(block: str, exact: str, field: str = "temperature") -> dict[str, Any]:
    return {"reduce": "maximum", "of": f"abs({field} - ({exact}))", "on": block}


def test_a_source_in_one_block() -> None:
    """k T'' = -q in a, with all of q h through the cold side; b is closed and has the temperature of its border."""
    rise = f"1 m*K/W / {K} * {HEAT} W/m^3 * ({H} m * x - x^2 / 2)"
    top = COLD + HEAT * H**2 / (2 * K)
    extra = {"off_a": off("a", f"{COLD} K + {rise}"), "off_b": off("b", f"{top} K")}
    heater = {"balance": "energy", "blocks": ["a"], "value": f"{HEAT} W/m^3"}
    result = solved({"heater": heater}, outputs={"extra": extra})
    assert max(result["off_a"], result["off_b"]) < 1e-11 * COLD
    assert gained(result, "sources.heater") == pytest.approx(HEAT * H, rel=1e-12)
    assert result.ledger["energy"].closure < 1e-12


def test_a_source_that_depends_on_position_and_field() -> None:
    """q = g (1 + x/H) - c (T - T_1) with T = T_1 + g/c (1 + x/H) has no diffusion; the field's share is solved for."""
    g, c = 1e6, 2e4
    exact = f"{COLD} K + {g / c} K * (1 + x / {H} m)"
    slope = K * g / c / H
    sources = {
        "heater": {"balance": "energy", "value": f"{g} W/m^3 * (1 + x / {H} m)"},
        "leak": {"balance": "energy", "value": f"{c} W/m^3/K * ({COLD} K - temperature)"},
    }
    boundaries = {"bottom": {"heat_flux": f"{-slope} W/m^2"}, "top": {"heat_flux": f"{slope} W/m^2"}}
    extra = {block: off(block, exact) for block in ("a", "b")}
    result = solved(sources, boundaries=boundaries, outputs={"extra": extra})
    assert max(result["a"], result["b"]) < 1e-11 * COLD
    assert gained(result, "sources.heater") == pytest.approx(g * 4 * H, rel=1e-12)
    assert gained(result, "sources.leak") == pytest.approx(-g * 4 * H, rel=1e-12)


def test_a_source_about_an_axis() -> None:
    result = solved(
        {"heater": {"balance": "energy", "blocks": ["b"], "value": f"{HEAT} W/m^3"}},
        2,
        mesh={
            "layers": [{"a": f"{H} m"}, {"b": f"{H} m"}],
            "cells": 2,
            "width": f"{W} m",
            "cells_across": 2,
            "coordinates": "axisymmetric",
        },
    )
    assert gained(result, "sources.heater") == pytest.approx(HEAT * math.pi * W**2 * H, rel=1e-12)


@pytest.mark.parametrize(("coordinates", "dim"), [("planar", 1), ("planar", 2), ("axisymmetric", 2), ("spherical", 1)])
def test_a_source_of_given_power(coordinates: str, dim: int) -> None:
    """Two heaters in all blocks and one in b: each gives what it says, and all of it leaves through the cold side."""
    layers = [{"a": f"{H} m"}, {"b": f"{3 * H} m"}]
    mesh: dict[str, Any] = {"layers": layers, "cells": 2, "coordinates": coordinates}
    volume = {("planar", 1): 3 * H, ("planar", 2): 3 * H * W, ("axisymmetric", 2): 3 * H * math.pi * W**2}.get(
        (coordinates, dim), 4 / 3 * math.pi * ((4 * H) ** 3 - H**3)
    )
    even = {"balance": "energy", "total": "20 W"}
    result = solved(
        {
            "even": even,
            "more": {**even, "total": "-3 W"},
            "upper": {"balance": "energy", "blocks": ["b"], "total": "7 W"},
        },
        mesh=mesh if dim == 1 else {**mesh, "width": f"{W} m", "cells_across": 2},
        boundaries={"top": {"temperature": f"{COLD} K"}},
    )
    assert gained(result, "sources.even") == pytest.approx(20, rel=1e-12)
    assert gained(result, "sources.more") == pytest.approx(-3, rel=1e-12)
    assert gained(result, "sources.upper") == pytest.approx(7, rel=1e-12)
    assert result["volume of b"] == pytest.approx(volume, rel=1e-12)
    assert result.ledger["energy"].closure < 1e-12


def test_power_is_shared_evenly() -> None:
    """As by the same power over the volume of both layers."""
    by_value = solved({"h": {"balance": "energy", "value": f"{20 / (2 * H)} W/m^3"}})
    by_total = solved({"h": {"balance": "energy", "total": "20 W"}})
    assert by_total["temperature_max"] - COLD == pytest.approx(by_value["temperature_max"] - COLD, rel=1e-10)
    assert by_value["temperature_max"] > COLD + 1e-3


@pytest.mark.parallel(2)
def test_a_source_on_two_ranks() -> None:
    result = solved({"heater": {"balance": "energy", "blocks": ["b"], "value": f"{HEAT} W/m^3"}}, 2)
    parallel_assert(abs(gained(result, "sources.heater") / (HEAT * H * W) - 1) < 1e-12)


def test_a_force_per_volume() -> None:
    """A column without Poisson's ratio under its weight: E u'' = f, free at the top."""
    f, E = 1e6, 2e9
    exact = f"-{f / E} 1/m * ({2 * H} m * y - y^2 / 2)"
    result = solved(
        {"weight": {"balance": "momentum", "value": ["0 N/m^3", f"-{f} N/m^3"]}},
        2,
        physics={"elasticity": {"blocks": ["a", "b"]}},
        boundaries={"bottom": {"displacement": ["0 m", "0 m"]}, "sides": {"displacement": ["0 m", None]}},
        outputs={"extra": {b: off(b, exact, "y(displacement)") for b in ("a", "b")}},
    )
    assert max(result["a"], result["b"]) < 1e-11 * f / E * H**2


def test_a_source_in_time_and_the_coupling() -> None:
    """Its share of the ledger is the mean of the step; the graph and the equations show it."""
    deck_ = deck({"heater": {"balance": "energy", "value": f"{HEAT} W/m^3 * temperature / {COLD} K"}})
    model = compose(deck_)
    assert ("energy", "temperature") in coupling(model).depends
    assert f"source   sources.heater:  {HEAT} W/m^3 * temperature / {COLD} K" in explain(model)


def test_what_is_refused() -> None:
    good = {"balance": "energy", "blocks": ["a"], "value": "1 W/m^3"}
    assert refused({"h": {**good, "balance": "enrgy"}}) == "sources.h.balance: no balance 'enrgy'; nearest: energy"
    lost = refused({"h": {**good, "blocks": ["b"]}}, physics={"heat": {"blocks": ["a"]}})
    assert lost == "sources.h.blocks: energy is not solved in b, only in a"
    assert refused({"h": {**good, "value": "1 W/m^2"}}) == (
        "sources.h.value: expected a quantity in W/m^3, got '1 W/m^2'"
    )
    assert refused({"h": {**good, "value": "1 W/m^3 * temprature / 1 K"}}) == (
        "sources.h.value: unknown name 'temprature'; nearest: temperature"
    )
    assert "nearest: value" in refused({"h": {**good, "valu": "1 W/m^3"}})
    assert refused({"h": {"balance": "energy"}}) == "sources.h: the source 'h' needs either 'value' or 'total'"
    assert refused({"h": {**good, "total": "1 W"}}) == "sources.h: the source 'h' needs either 'value' or 'total'"
    whole = {"balance": "energy", "total": "1 W/m^3"}
    assert refused({"h": whole}) == "sources.h.total: expected a quantity in W, got '1 W/m^3'"
    assert refused({"h": {**whole, "total": "1 W * x / 1 m"}}) == "sources.h.total: 'x' cannot be used here"
    assert "nearest: b" in refused({"h": {**good, "blocks": ["bb"]}})
