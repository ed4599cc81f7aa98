"""An interface that cracks, against closed forms."""

from __future__ import annotations

import csv
from math import hypot, sqrt
from pathlib import Path
from typing import Any

import layers
import numpy as np
import pytest
from scipy.optimize import brentq

from trona.deck import Deck
from trona.errors import DeckError, UserError
from trona.model import compose
from trona.session import Result, run

A, B = 1e-6, 0.5e-6
E, NU = {"metal": 4.6e9, "sei": 8e9}, {"metal": 0.34, "sei": 0.25}
S, G, K = 20e6, 0.5, 5e15
FIRST, LAST = S / K, 2 * G / S
AT = {"interface": "metal | sei"}
LAW = {**AT, "strength": f"{S} Pa", "fracture_energy": f"{G} J/m^2", "stiffness": f"{K} Pa/m"}
MATERIALS = {b: {"youngs_modulus": f"{E[b]} Pa", "poisson_ratio": NU[b]} for b in E}


def confined(block: str) -> float:
    return E[block] * (1 - NU[block]) / ((1 + NU[block]) * (1 - 2 * NU[block]))


C = A / confined("metal") + B / confined("sei")
"""Displacement of both layers, held at their sides, per stress, m/Pa."""
SHAPES = [
    pytest.param({}, id="1-D"),
    pytest.param({"width": "1 um"}, id="2-D"),
    pytest.param({"width": "1 um", "coordinates": "axisymmetric"}, id="axisymmetric", marks=pytest.mark.slow),
]


def ramp(points: list[float]) -> dict[str, Any]:
    """A displacement in nm that has these values at 0 s, 1 s and so on."""
    return {"table": [[f"{t} s", f"{value!r} nm"] for t, value in enumerate(points)], "of": "t"}


def deck(path: list[float], substeps: int = 4, shape: dict[str, Any] | None = None, **sections: Any) -> Deck:
    """Two layers held at their sides, whose top follows a path in nm."""
    shape = shape or {}
    flat = "width" in shape
    held = lambda last: ["0 m", last] if flat else [last]  # noqa: E731
    content = {
        "mesh": {"layers": [{"metal": f"{A} m"}, {"sei": f"{B} m"}], "cells": 2, "cells_across": 2, **shape},
        "materials": MATERIALS,
        "physics": {"elasticity": {"blocks": ["metal", "sei"]}, "cohesive": LAW},
        "boundaries": {
            "bottom": {"displacement": held("0 m")},
            "top": {"displacement": held(ramp(path))},
            **({"sides": {"displacement": ["0 m", None]}} if flat else {}),
        },
        "time": {"end": f"{len(path) - 1} s", "step": f"{1 / substeps} s", "method": "bdf1"},
    }
    return Deck.from_dict({**content, **sections})


def rows(content: Deck, folder: Path) -> list[dict[str, float]]:
    """The table of a run: name without unit, value in SI."""
    result = run(content, directory=folder)
    for name, ledger in result.ledger.items():
        if name.startswith("momentum"):
            assert ledger.worst is not None and not ledger.worst.above(1e-9)
    with (folder / "outputs.csv").open(encoding="utf-8") as stream:
        return [{k.partition(" [")[0]: float(v) for k, v in row.items() if v} for row in csv.DictReader(stream)]


def law(opening: float, largest: float) -> float:
    """The traction of an interface whose largest opening so far is given."""
    if opening < 0:
        return K * opening
    reached = min(max(largest, FIRST), LAST)
    return S * (LAST - reached) / (LAST - FIRST) * opening / reached


def equilibrium(moved: float, largest: float) -> tuple[float, float]:
    """Opening, and largest opening so far, where the top has moved so far."""

    def missing(w: float) -> float:
        return w + C * law(w, max(largest, w)) - moved

    w = float(brentq(missing, -abs(moved) - 1e-12, abs(moved) + 1e-12, xtol=1e-22, rtol=1e-14))
    return w, max(largest, w)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_path_of_loading_unloading_pressing_and_failing(tmp_path: Path, shape: dict[str, Any]) -> None:
    """The opening at each step, against the root of the law in series with the layers."""
    path = [0.0, 20.0, -6.0, 30.0, 10.0, 60.0]
    found = rows(deck(path, shape=shape), tmp_path / "run")
    assert len(found) == 20
    largest, damaged = 0.0, []
    for row in found:
        moved = 1e-9 * float(np.interp(row["time"], range(len(path)), path))
        opening, largest = equilibrium(moved, largest)
        reached = min(max(largest, FIRST), LAST)
        area = 1.0 if not shape else np.pi * 1e-12 if "coordinates" in shape else 1e-6
        for end in ("min", "max"):
            assert row[f"opening_{end}"] == pytest.approx(opening, rel=1e-8, abs=1e-17)
            assert row[f"cohesive_traction_{end}"] == pytest.approx(law(opening, largest), rel=1e-8, abs=1e-3)
            assert row[f"largest_opening_{end}"] == pytest.approx(largest, rel=1e-8)
            damage = LAST * (reached - FIRST) / (reached * (LAST - FIRST))
            assert row[f"cohesive_damage_{end}"] == pytest.approx(damage, rel=1e-8, abs=1e-12)
        spent = G * (reached - FIRST) / (LAST - FIRST) * area
        assert row["crack_energy"] == pytest.approx(spent, rel=1e-8, abs=1e-12 * G * area)
        stored = law(opening, largest) * opening / 2 * area
        assert row["cohesive_energy"] == pytest.approx(stored, rel=1e-8, abs=1e-12 * G * area)
        damaged.append(damage)
    assert damaged == sorted(damaged) and damaged[-1] == 1.0
    assert found[7]["opening_mean"] < 0 and damaged[7] == damaged[3] > 0


@pytest.mark.slow
def test_in_three_dimensions(tmp_path: Path) -> None:
    two = [layers.Layer("metal", 1.0, 1), layers.Layer("sei", 0.5, 1)]
    layers.build(tmp_path / "a.msh", two, dim=3, width=1, cells_across=1)
    content = deck(
        [0.0, 20.0, 0.0],
        mesh={"file": str(tmp_path / "a.msh"), "length_unit": "um"},
        boundaries={
            "bottom": {"displacement": ["0 m"] * 3},
            "top": {"displacement": ["0 m", "0 m", ramp([0.0, 20.0, 0.0])]},
            "sides": {"displacement": ["0 m", "0 m", None]},
        },
        time={"end": "1 s", "step": "0.25 s", "method": "bdf1"},
    )
    found = rows(content, tmp_path / "run")
    opening, largest = equilibrium(20e-9, 0.0)
    assert found[-1]["largest_opening_max"] == pytest.approx(largest, rel=1e-8)
    assert found[-1]["opening_min"] == pytest.approx(opening, rel=1e-8)
    spent = G * (largest - FIRST) / (LAST - FIRST) * 1e-12
    assert found[-1]["crack_energy"] == pytest.approx(spent, rel=1e-8)


def test_pressing_damages_nothing(tmp_path: Path) -> None:
    last = rows(deck([0.0, -60.0, 0.0]), tmp_path / "run")
    assert min(row["opening_min"] for row in last) < -FIRST
    assert all(row["cohesive_damage_max"] == 0 for row in last)


def test_the_work_of_pulling_is_the_energy_of_the_law(tmp_path: Path) -> None:
    """Traction by displacement, until nothing holds: G, to round-off, as each part of the path is straight."""
    path = [0.0, 1e9 * S * (C + 1 / K), 1e9 * LAST, 1.2e9 * LAST]
    found = rows(deck(path, substeps=5), tmp_path / "run")
    force = [0.0, *(row["cohesive_traction_mean"] for row in found)]
    moved = np.interp(np.linspace(0, 3, 16), range(4), path) * 1e-9
    assert np.trapezoid(force, moved) == pytest.approx(G, rel=1e-9)
    assert found[-1]["crack_energy"] == pytest.approx(G, rel=1e-12)


@pytest.mark.parametrize(
    ("weight", "order"),
    [(0.5, "metal | sei"), pytest.param(0.5, "sei | metal", marks=pytest.mark.slow), (1.0, "metal | sei")],
)
def test_sliding_counts_by_its_weight(tmp_path: Path, weight: float, order: str) -> None:
    """Layers so stiff that the interface takes all of a movement in two directions."""
    thin, stiff = 1e-9, {"youngs_modulus": "1e14 Pa", "poisson_ratio": 0.2}
    across, along = 24.0, 18.0
    content = deck(
        [0.0, 1.0],
        mesh={"layers": [{"metal": f"{thin} m"}, {"sei": f"{thin} m"}], "width": "2 nm", "cells": 1, "cells_across": 2},
        materials={"metal": stiff, "sei": stiff},
        physics={
            "elasticity": {"blocks": ["metal", "sei"]},
            "cohesive": {**LAW, "interface": order, "sliding": weight, "stiffness": f"{K / 5} Pa/m"},
        },
        boundaries={
            "bottom": {"displacement": ["0 m", "0 m"]},
            "top": {"displacement": [ramp([0.0, across]), ramp([0.0, along])]},
        },
    )
    result = run(content, record=False)
    effective, first = hypot(along, weight * across) * 1e-9, 5 * S / K
    held = S * (LAST - effective) / (LAST - first) / effective
    assert result["largest_opening_mean"] == pytest.approx(effective, rel=1e-6)
    assert result["cohesive_traction_mean"] == pytest.approx(held * along * 1e-9, rel=1e-6)
    assert result["cohesive_shear_mean"] == pytest.approx(held * weight**2 * across * 1e-9, rel=1e-6)
    assert result["cohesive_energy"] == pytest.approx(held * effective**2 / 2 * 2e-9, rel=1e-6)


def test_damage_lags_by_the_relaxation_time(tmp_path: Path) -> None:
    """Layers that are rigid against the interface: dw_m/dt = (w - w_m)/tau by the implicit Euler method."""
    tau, moved = 0.4, 24e-9
    content = deck(
        [0.0, 1e9 * moved, 1e9 * moved, 0.0],
        mesh={"layers": [{"metal": "1 nm"}, {"sei": "1 nm"}], "cells": 2},
        materials={b: {"youngs_modulus": "2e12 Pa", "poisson_ratio": 0.2} for b in E},
        physics={
            "elasticity": {"blocks": ["metal", "sei"]},
            "cohesive": {**LAW, "stiffness": f"{K / 5} Pa/m", "relaxation": f"{tau} s"},
        },
    )
    lagging = 0.0
    for row in rows(content, tmp_path / "run"):
        w = moved * float(np.interp(row["time"], range(4), [0, 1, 1, 0]))
        lagging = max(lagging, (lagging + 0.25 / tau * w) / (1 + 0.25 / tau))
        assert row["largest_opening_mean"] == pytest.approx(lagging, rel=1e-5)


def test_two_interfaces_crack_for_themselves() -> None:
    """The weaker of two in series fails; the other one goes back to rest, damaged as far as it was pulled."""
    s = [S, 0.9 * S]
    laws = [{**LAW, "interface": "metal | sei"}, {**LAW, "interface": "sei | coating", "strength": f"{s[1]} Pa"}]
    content = deck(
        [0.0, 80.0],
        substeps=40,
        mesh={"layers": [{"metal": f"{A} m"}, {"sei": f"{B} m"}, {"coating": f"{A} m"}], "cells": 2},
        materials={**MATERIALS, "coating": MATERIALS["metal"]},
        physics={"elasticity": {"blocks": ["metal", "sei", "coating"]}, "cohesive": laws},
    )
    result = run(content, record=False)
    assert result["cohesive_damage_max (sei | coating)"] == 1
    assert result["cohesive_damage_max (metal | sei)"] == 0
    assert result["largest_opening_max (metal | sei)"] <= FIRST
    assert result["opening_max (sei | coating)"] == pytest.approx(80e-9, rel=1e-9)
    assert result["crack_energy (sei | coating)"] == pytest.approx(G, rel=1e-12)


H, LENGTH, NOTCH = 1e-6, 10e-6, 2.5e-6


def strip_test(end: float, cells: int, steps: int = 30) -> Result:
    """A strip between two plates that move apart to `end`, m, with a notch; it is tougher to the right."""
    s = 75e6
    content = {
        "mesh": {
            "layers": [{"metal": f"{H} m"}, {"sei": f"{H} m"}],
            "width": f"{LENGTH} m",
            "cells": 10,
            "cells_across": cells,
        },
        "materials": {"metal": MATERIALS["metal"], "sei": MATERIALS["metal"]},
        "physics": {
            "elasticity": {"blocks": ["metal", "sei"]},
            "cohesive": {
                **AT,
                "strength": f"{s} Pa",
                "fracture_energy": f"{TOUGH!r} J/m^2 * (1 + 6 * x / ({LENGTH} m))",
                "stiffness": f"{STIFF!r} Pa/m",
                "relaxation": "5 ms",
            },
        },
        "boundaries": {
            "bottom": {"displacement": ["0 m", "0 m"]},
            "top": {"displacement": ["0 m", f"{end!r} m * min(t / (1 s), 1)"]},
        },
        "initial": {"largest_opening": f"if(x < {NOTCH} m, 1 um, 0 m)"},
        "time": {"end": "3 s", "step": f"{1 / steps} s", "method": "bdf1"},
    }
    return run(Deck.from_dict(content), record=False)


TOUGH, STIFF = 0.1, 1e17


@pytest.mark.slow
def test_a_crack_stops_where_the_strip_has_too_little_energy(tmp_path: Path) -> None:
    """Rivlin and Thomas: a crack in a strip between plates gains, per length, the energy far ahead of it."""
    middle = 0.55 * LENGTH
    tough = TOUGH * (1 + 6 * middle / LENGTH)
    end = sqrt(2 * tough * (2 * H / confined("metal") + 1 / STIFF))
    result = strip_test(end, 200)
    assert result["crack_energy"] == pytest.approx(TOUGH * (middle + 3 * middle**2 / LENGTH), rel=0.02)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"physics": {"elasticity": {"blocks": ["metal"]}, "cohesive": LAW}},
            "sei must deform too; add it to the blocks of 'elasticity'",
        ),
        (
            {"physics": {"elasticity": {"blocks": ["metal", "sei"]}, "cohesive": {**LAW, "stiffness": "4e14 Pa/m"}}},
            "the stiffness must be above strength^2/(2 fracture_energy) = 4e+14 Pa/m, where a crack would open at "
            "once, got 4e+14 Pa/m",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(DeckError) as caught:
        compose(deck([0.0, 1.0], **change))
    assert str(caught.value).endswith(message)


def test_differences_of_second_order_are_refused() -> None:
    """Also as the default of `method`: a rate that is zero would continue the trend."""
    for method in ({}, {"method": "bdf2"}):
        with pytest.raises(UserError) as caught:
            run(deck([0.0, 1.0], time={"end": "1 s", "step": "1 s", **method}), record=False)
        told = "holds only with time differences of first order; give 'method: bdf1' in 'time'"
        assert str(caught.value).endswith(f"physics.cohesive: {told}")


def test_a_crack_where_metal_is_deposited_is_refused() -> None:
    content = deck([0.0, 1.0]).root.plain()
    content["given"] = {"temperature": "300 K"}
    content["materials"]["sei"]["ionic_conductivity"] = "1 S/m"
    content["materials"]["metal"]["molar_volume"] = "2.375e-5 m^3/mol"
    content["boundaries"]["top"]["electric_potential"] = "0 V"
    content["physics"] |= {
        "ionic_charge": {"blocks": ["sei"]},
        "butler_volmer": {**AT, "i0": "20 A/m^2", "electrode_potential": "1 mV"},
        "growth": {**AT, "motion": "height"},
    }
    with pytest.raises(DeckError, match="metal that is deposited fills a crack; let it run along an interface that"):
        compose(Deck.from_dict(content))


def test_an_interface_that_growth_carries(tmp_path: Path) -> None:
    """Two layers ride on a metal that grows by a third: they crack as on a mesh at rest."""
    path = [0.0, 20.0, 5.0]
    content = deck(
        path,
        mesh={"layers": [{"base": "1 um"}, {"metal": f"{A} m"}, {"sei": f"{B} m"}], "width": "1 um", "cells": 2},
        materials={
            "base": "sodium",
            "metal": {**MATERIALS["metal"], "ionic_conductivity": "1 S/m"},
            "sei": {**MATERIALS["sei"], "ionic_conductivity": "1 S/m"},
        },
        given={"temperature": "300 K"},
        physics={
            "elasticity": {"blocks": ["metal", "sei"]},
            "cohesive": LAW,
            "ionic_charge": {"blocks": ["metal", "sei"]},
            "butler_volmer": {"interface": "base | metal", "i0": "20 A/m^2", "mean_current_density": "-700 A/m^2"},
            "growth": {"interface": "base | metal"},
        },
        boundaries={
            "bottom": {"mesh_displacement": "0 m"},
            "top": {"displacement": ["0 m", ramp(path)], "electric_potential": "0 V"},
            "base | metal": {"displacement": ["0 m", "0 m"]},
            "sides": {"displacement": ["0 m", None]},
        },
        motion={"direction": "y", "rigid": ["metal", "sei"]},
    )
    last = rows(content, tmp_path / "run")[-1]
    opening, largest = equilibrium(20e-9, 0.0)
    opening, largest = equilibrium(5e-9, largest)
    assert last["surface_top"] == pytest.approx(1e-6 + 2 * 700 * 2.375e-5 / 96485.33, rel=1e-3)
    assert last["opening_mean"] == pytest.approx(opening, rel=1e-8)
    assert last["largest_opening_mean"] == pytest.approx(largest, rel=1e-8)


def test_a_steady_deck_is_refused() -> None:
    content = {k: v for k, v in deck([0.0, 1.0]).root.plain().items() if k != "time"}
    content["boundaries"]["top"] = {"displacement": ["1 nm"]}
    with pytest.raises(DeckError, match="damage depends on what was before; give 'time'"):
        compose(Deck.from_dict(content))
