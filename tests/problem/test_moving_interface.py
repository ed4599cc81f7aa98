"""Interfaces that move: exact volumes, linear stability against paper, orders in time, conservation, restart."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from strips import FARADAY, R_GAS, nodal, strip
from waves import CAPACITY, CURRENT, DECK, HEIGHT, I0, KAPPA, VOLUME, WIDTH, cosine_part, grow, surface

from trona.errors import DeckError
from trona.model import compose, registry
from trona.plugin import Blocks, Contribution, Physics, Quantity, balance, field
from trona.readings.outputs import OutputEvaluator
from trona.session.run import run

if TYPE_CHECKING:
    from pathlib import Path

    from trona.session.result import Result


def amplitude_of(result: Result) -> float:
    """The first cosine coefficient of the surface."""
    return cosine_part(*surface(result))


@pytest.fixture(scope="module")
def wavy(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return grow(tmp_path_factory.mktemp("wavy"), 5e-9, 40.0, 4.0)


def test_mean_thickness_is_that_of_the_charge(wavy: Result) -> None:
    x, height = surface(wavy)
    weights = np.zeros(len(x))
    weights[::2], weights[1::2] = 2, 4  # Simpson's rule: exact for what is quadratic between vertices
    weights[0] = weights[-1] = 1
    mean = float(weights @ height / weights.sum())
    expected = 0.5e-6 + CURRENT * VOLUME * 40 / FARADAY
    assert abs(mean - expected) < 1e-9 * (expected - 0.5e-6)
    assert wavy["surface_top"] - wavy["surface_bottom"] == pytest.approx(float(np.ptp(height)), rel=1e-9)
    assert wavy["surface_top"] == pytest.approx(float(height.max()), rel=1e-12)


def test_an_amplitude_grows_as_linear_theory_says(wavy: Result) -> None:
    """Plating is faster on crests: da/dt = (i V/F) k tanh(kH)/(1 + k tanh(kH) kappa/g) a, g = i0 F/RT."""
    k, g = np.pi / WIDTH, I0 * FARADAY / (R_GAS * 298.15)
    slope = k * np.tanh(k * HEIGHT)
    rate = CURRENT * VOLUME / FARADAY * k / (1 + slope * KAPPA / g)
    x, _ = surface(wavy)
    vertices = x[::2]  # between them the surface was straight at first
    first = np.interp(x, vertices, 5e-9 * np.cos(np.pi * vertices / WIDTH))
    assert np.log(amplitude_of(wavy) / cosine_part(x, first)) == pytest.approx(rate * 40.0, rel=1e-2)


def test_what_is_read_off_twice_is_the_same(wavy: Result) -> None:
    """A derived quantity sees the mesh's displacement, which lives on another mesh than its field."""
    model, evaluator = wavy.problem.model, OutputEvaluator(wavy.problem)
    sampler = evaluator.sampling.in_block(model.derived["current_density"].expression, "liquid")
    first, again = sampler.values().copy(), sampler.values().copy()
    assert np.allclose(first, again, rtol=1e-9, atol=0)
    assert abs(first[:, 1]).max() == pytest.approx(CURRENT, rel=0.1)


def test_audit_closes_at_every_step(wavy: Result) -> None:
    for ledger in wavy.ledger.values():
        assert ledger.worst is not None and ledger.worst.value < 1e-9, ledger.balance


@pytest.mark.parametrize(("method", "order"), [("bdf1", 1), ("bdf2", 2)])
def test_order_in_time(tmp_path: Path, method: str, order: int) -> None:
    found = [amplitude_of(grow(tmp_path, 5e-9, 64.0, h, method, cells=2)) for h in (16.0, 8.0, 4.0)]
    assert np.log2((found[0] - found[1]) / (found[1] - found[2])) == pytest.approx(order, abs=0.25)


HEAT = {
    "materials": {
        # Hardly conducting: what is carried the wrong way is not evened out.
        "metal": {**DECK["materials"]["metal"], "thermal_conductivity": "1e-6 W/m/K"},
        "liquid": {
            **DECK["materials"]["liquid"],
            "density": "1200 kg/m^3",
            "specific_heat_capacity": "1800 J/kg/K",
            "thermal_conductivity": "1e-6 W/m/K",
        },
    },
    "physics": {**DECK["physics"], "heat": {"blocks": ["metal", "liquid"]}},
    "given": {},
}


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """Insulated all round, at 310 K everywhere, but not by a constant that all could be counted from."""
    return grow(tmp_path_factory.mktemp("warm"), 1e-7, 40.0, 8.0, initial={"temperature": "310 K + 0 K/m * x"}, **HEAT)


def test_what_is_the_same_everywhere_stays_so(warm: Result) -> None:
    assert warm["temperature_max"] == pytest.approx(310, abs=1e-9)
    assert warm["temperature_min"] == pytest.approx(310, abs=1e-9)


def test_fixed_values_of_the_position_are_those_of_the_mesh_as_read(tmp_path: Path) -> None:
    """As the manual says; every node of this mesh is on its sides, and the metal grows by a fifth."""
    boundaries = {**DECK["boundaries"], "sides": {"temperature": "310 K + 5 K * sin(y / 1 um) + 1 K * x / 1 um"}}
    sections = {**DECK, **HEAT, "boundaries": boundaries, "elements": {"order": 1}}
    deck = strip(
        tmp_path,
        [("metal", 0.5e-6, 1), ("liquid", HEIGHT, 2)],
        dim=2,
        width=WIDTH,
        cells_across=1,
        **{**sections, "initial": {"temperature": "310 K"}, "time": {"end": "40 s", "step": "40 s"}},
    )
    result = run(deck, record=False)
    assert result["surface_top"] == pytest.approx(0.5e-6 + CURRENT * VOLUME * 40 / FARADAY, rel=1e-3)
    for block in ("metal", "liquid"):
        y, temperature = nodal(result, "temperature", block)
        above = np.sort(temperature - 310 - 5 * np.sin(y / 1e-6))
        assert above == pytest.approx(np.repeat([0.0, 1.0], len(y) // 2), rel=1e-9, abs=1e-9)


def test_added_metal_brings_its_heat(warm: Result) -> None:
    """Counted from the reference of 298.15 K, and per metre of depth."""
    added = [e.value for e in warm.ledger["energy"].entries if (e.plugin, e.side) == ("motion", "metal")]
    grown = CURRENT * VOLUME * 40 / FARADAY * WIDTH
    assert sum(added) == pytest.approx(CAPACITY * (310 - 298.15) * grown, rel=1e-9)
    worst = warm.ledger["energy"].worst
    assert worst is not None and worst.value < 1e-9


def test_pressure_acts_on_the_surface_as_it_is(tmp_path: Path) -> None:
    """What it pushes sideways with is pressure times the drop of the present surface, a third more than at first."""
    physics = {
        **DECK["physics"],
        "elasticity": {"blocks": ["metal"]},
        "pressure": {"interface": "metal | liquid", "pressure": "1 MPa"},
    }
    boundaries = {
        **DECK["boundaries"],
        "bottom": {"mesh_displacement": "0 m", "displacement": ["0 m", "0 m"]},
        "sides": {"displacement": ["0 m", None]},
    }
    result = grow(tmp_path, 1e-7, 40.0, 40.0, cells=2, physics=physics, boundaries=boundaries)
    _, height = surface(result)
    drop = height[0] - height[-1]
    assert drop > 1.2 * 2e-7
    pushed = [e.value for e in result.ledger["momentum[x]"].entries if e.plugin == "pressure"]
    assert sum(pushed) == pytest.approx(-1e6 * drop * 40, rel=1e-9)


def test_all_directions_agree_with_one(wavy: Result, tmp_path: Path) -> None:
    """Nodes that move along the normal, smoothed as an elastic body, make the same surface."""
    boundaries = {
        "top": {"current_density": f"{CURRENT} A/m^2"},
        "bottom": {"mesh_displacement": ["0 m", "0 m"]},
        "sides": {"mesh_displacement": ["0 m", None]},
    }
    result = grow(tmp_path, 5e-9, 40.0, 4.0, motion={"smoothing": "elastic"}, boundaries=boundaries)
    assert result["theta"] == pytest.approx(wavy["theta"], rel=1e-5)
    assert result["growth_velocity_max"] == pytest.approx(wavy["growth_velocity_max"], rel=1e-4)


def test_metal_may_be_added_all_over_it(tmp_path: Path) -> None:
    """It then moves along with the mesh, and what it stores is not carried through it; the surface is the same."""
    physics = {**HEAT["physics"], "growth": {"interface": "metal | liquid", "addition": "volume"}}
    result = grow(tmp_path, 0.0, 40.0, 8.0, cells=2, **{**HEAT, "physics": physics})
    model = result.problem.model
    assert model.motion is not None and not model.motion.resting
    _, height = surface(result)
    assert height == pytest.approx(0.5e-6 + CURRENT * VOLUME * 40 / FARADAY, rel=1e-9)


def test_a_motion_that_nothing_needs_is_refused(tmp_path: Path) -> None:
    physics = {name: options for name, options in DECK["physics"].items() if name != "growth"}
    boundaries = {"top": DECK["boundaries"]["top"]}
    layers = [("metal", 0.5e-6, 1), ("liquid", 1e-6, 1)]
    deck = strip(tmp_path, layers, dim=2, **{**DECK, "physics": physics, "boundaries": boundaries})
    with pytest.raises(DeckError, match="no physics here moves an interface, so the mesh does not move"):
        compose(deck)


@pytest.mark.parametrize(("elements", "order"), [({"order": 2}, 2), ({"order": 2, "mesh_displacement": 1}, 1)])
def test_the_multiplier_has_the_order_of_what_it_holds(tmp_path: Path, elements: dict[str, int], order: int) -> None:
    layers, time = [("metal", 0.5e-6, 1), ("liquid", 1e-6, 1)], {"end": "1 s", "step": "1 s"}
    model = compose(strip(tmp_path, layers, dim=2, **{**DECK, "elements": elements, "time": time}))
    assert model.fields["interface_traction"].degree == order


def test_a_surface_cannot_grow_in_a_steady_deck(tmp_path: Path) -> None:
    deck = strip(tmp_path, [("metal", 0.5e-6, 1), ("liquid", 1e-6, 1)], dim=2, **DECK)
    with pytest.raises(DeckError, match="can only move in time; give 'time'"):
        compose(deck)


class Condenser(Physics):
    """A double layer spread over a block: heat C (298.15 K / 1 V) dV/dt of the metal's potential V, for tests."""

    name = "condenser"
    requires = (balance("charge"), field("temperature"))  # as what adds the potential, which thus comes first
    blocks = Blocks("where")
    capacity = Quantity("J/m^3/V", "heat per volt")

    def contribute(self, model: Contribution) -> None:
        model.balance("energy").source(self.capacity * model.rate("electrode_potential"), self.blocks)


def test_the_rate_of_a_number_beside_matter_at_rest(tmp_path: Path) -> None:
    """The metal rests while the mesh moves through it, and its potential, one number, changes at a rate."""
    thermal = {"thermal_conductivity": "100 W/m/K", "density": "1000 kg/m^3", "specific_heat_capacity": "1000 J/kg/K"}
    known = registry()
    mine = replace(known, physics={**known.physics, "condenser": Condenser})
    deck = strip(
        tmp_path,
        [("metal", 0.5e-6, 1), ("liquid", HEIGHT, 1)],
        dim=2,
        width=WIDTH,
        cells_across=1,
        **{
            **DECK,
            "materials": {block: {**material, **thermal} for block, material in DECK["materials"].items()},
            "physics": {
                **DECK["physics"],
                "heat": {"blocks": ["metal", "liquid"]},
                "butler_volmer": {**DECK["physics"]["butler_volmer"], "mean_current_density": "-10 A/m^2 * t / 1 s"},
                "condenser": {"blocks": ["metal"], "capacity": "3 J/m^3/V"},
            },
            "given": {},
            "initial": {"temperature": "298.15 K"},
            "elements": {"order": 1},
            "boundaries": {
                "top": {"electric_potential": "0 V"},
                "bottom": {"mesh_displacement": "0 m", "temperature": "298.15 K"},
            },
            "time": {"end": "2 s", "step": "1 s", "method": "bdf1"},
        },
    )
    result = run(compose(deck, mine), record=False)
    (made,) = (e.value for e in result.ledger["energy"].entries if e.plugin == "condenser")
    # Ramped by 10 A/m2 a second, against the resistances of the liquid and of the reaction, in a metal hardly grown.
    change = -2 * CURRENT * (HEIGHT / KAPPA + R_GAS * 298.15 / (FARADAY * I0))
    assert made == pytest.approx(3 * change * 0.5e-6 * WIDTH, rel=2e-2)
    assert result.ledger["energy"].closure < 1e-9


@pytest.mark.parametrize("direction", ["y", "any"])
def test_a_mesh_held_where_an_interface_moves_is_refused(tmp_path: Path, direction: str) -> None:
    """Told before anything is solved, with the place; a side along which the mesh may slide is none."""
    held: Any = "0 m" if direction == "y" else ["0 m", "0 m"]
    content = {**DECK, "motion": {"direction": direction}, "time": {"end": "2 s", "step": "1 s"}}
    content["boundaries"] = {"top": DECK["boundaries"]["top"], "bottom": {"mesh_displacement": held}}
    layers = [("metal", 0.5e-6, 1), ("liquid", HEIGHT, 1)]
    compose(strip(tmp_path, layers, dim=2, width=WIDTH, cells_across=1, **content))
    content["boundaries"]["sides"] = {"mesh_displacement": held}
    with pytest.raises(DeckError, match=r"boundaries\.sides: holds 'mesh_displacement' where metal \| liquid ends"):
        compose(strip(tmp_path, layers, dim=2, width=WIDTH, cells_across=1, **content))
    if direction == "any":
        content["boundaries"]["sides"] = {"mesh_displacement": ["0 m", None]}
        compose(strip(tmp_path, layers, dim=2, width=WIDTH, cells_across=1, **content))
