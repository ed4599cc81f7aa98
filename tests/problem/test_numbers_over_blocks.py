"""Numbers that are determined by a mean or an integral over blocks, against closed forms."""

from __future__ import annotations

from math import exp, pi
from pathlib import Path
from typing import Any

import firedrake as fd
import pytest
from bodies import body, box
from held import Gauge, Product, Reservoir, Thermostat
from mpi4py import MPI
from problems import problem_for
from pytest_mpi import parallel_assert
from terms import HEAT, known_too, layered

from trona.deck import Deck
from trona.model import Model, compose
from trona.session import Result, run

K, RADIUS = 4.0, 2.0
"""Thermal conductivity, W/m/K, and radius, m."""
VOLUME, FARADAY = 2.37e-5, 96485.33212331001
"""Molar volume, m3/mol, and C/mol."""
TURNS = {"planar": 0, "axisymmetric": 1, "spherical": 2}
WHOLE = (1.0, 2 * pi, 4 * pi)


def model_of(deck: Deck) -> Model:
    return compose(deck, known_too(Thermostat, Gauge, Product, Reservoir))


def solved(deck: Deck) -> Result:
    return run(model_of(deck), record=False)


def probe(y: float) -> dict[str, Any]:
    return {"probe": "temperature", "at": [f"{y} m"]}


def test_the_mean_over_one_of_two_blocks_is_the_level() -> None:
    """7 W/m2 leave through the bottom and nothing elsewhere: the source is 3.5 W/m3, and b gives the level.

    k T' = 7 - 3.5 y, with 2 W/m/K in a and 3 W/m/K in b, both of 1 m.
    """
    deck = layered(
        {"heat": {"blocks": ["a", "b"]}, "thermostat": {"blocks": ["b"], "mean": "10 K"}},
        boundaries={"bottom": {"heat_flux": "-7 W/m^2"}},
        outputs={"extra": {"bottom": probe(0), "middle": probe(1), "top": probe(2)}},
    )
    result = solved(deck)
    middle = 310 - (7 / 2 - 3.5 * (7 / 3 - 1) / 2) / 3
    assert result["strength"] == pytest.approx(3.5, rel=1e-12)
    assert result["middle"] == pytest.approx(middle, rel=1e-12)
    assert result["bottom"] == pytest.approx(middle - (7 - 1.75) / 2, rel=1e-12)
    assert result["top"] == pytest.approx(middle + (7 - 1.75 * 3) / 3, rel=1e-12)


@pytest.mark.parametrize("cells", [1, 2])
def test_a_level_that_only_a_number_holds_has_a_pivot_of_zero(cells: int) -> None:
    """All entries of the matrix are whole numbers: elimination without the number's row ends at exactly zero."""
    one = {block: {"thermal_conductivity": "1 W/m/K"} for block in "ab"}
    deck = layered(
        {"heat": {"blocks": ["a", "b"]}, "thermostat": {"blocks": ["a", "b"], "mean": "10 K"}},
        cells=cells,
        materials=one,
        elements={"temperature": 1},
        boundaries={"bottom": {"heat_flux": "-7 W/m^2"}},
        outputs={"extra": {f"in_{block}": {"reduce": "mean", "of": "temperature", "on": block} for block in "ab"}},
    )
    result = solved(deck)
    assert result["strength"] == pytest.approx(3.5, rel=1e-12)
    assert (result["in_a"] + result["in_b"]) / 2 == pytest.approx(310.0, rel=1e-12)


@pytest.mark.parametrize("coordinates", TURNS)
@pytest.mark.parametrize(("blocks", "inner"), [(["core"], 0.5), (["core", "shell"], 1.0), (["shell", "core"], 1.0)])
def test_slabs_cylinders_and_spheres(coordinates: str, blocks: list[str], inner: float) -> None:
    """T = T_R + s (R^2 - r^2)/(2 n k) with n = 1, 2, 3; the mean of r^2 over a ball of radius b is n/(n + 2) b^2."""
    n, radius = 1 + TURNS[coordinates], inner * RADIUS
    per_source = (RADIUS**2 - n / (n + 2) * radius**2) / (2 * n * K)
    volume = WHOLE[n - 1] * radius**n / n

    def strength(**held: str) -> float:
        deck = layered(
            {"heat": {"blocks": ["core", "shell"]}, "thermostat": {"blocks": blocks, **held}},
            [{"core": f"{RADIUS / 2} m"}, {"shell": f"{RADIUS / 2} m"}],
            mesh={"coordinates": coordinates},
            materials={block: {"thermal_conductivity": f"{K} W/m/K"} for block in ("core", "shell")},
            boundaries={"top": {"temperature": "300 K"}},
        )
        return solved(deck)["strength"]

    assert strength(mean="10 K") == pytest.approx(10 / per_source, rel=1e-10)
    assert strength(integral="10 K*m^3") == pytest.approx(10 / (per_source * volume), rel=1e-10)


@pytest.mark.parametrize(("coordinates", "n"), [("planar", 1), ("axisymmetric", 2)])
def test_a_slab_and_a_rod_in_two_dimensions(tmp_path: Path, coordinates: str, n: int) -> None:
    """As above, heated in two blocks one above the other, with the mean of the upper one held."""
    deck = body(
        tmp_path,
        (4, 2),
        box((0, RADIUS), (0, 3)),
        coordinates=coordinates,
        rows=("lower", "upper"),
        materials={block: {"thermal_conductivity": f"{K} W/m/K"} for block in ("lower", "upper")},
        physics={"heat": {"blocks": ["lower", "upper"]}, "thermostat": {"blocks": ["upper"], "integral": "10 K*m^3"}},
        boundaries={"right": {"temperature": "300 K"}},
    )
    volume = 1.5 * WHOLE[n - 1] * RADIUS**n / n
    assert solved(deck)["strength"] == pytest.approx(10 / volume * n * (n + 2) * K / RADIUS**2, rel=1e-10)


def test_fields_of_different_blocks_in_one_mean() -> None:
    """T lives in both blocks, the potential, 2 V all over, in b alone, which is heated: the mean of T phi is held.

    Nothing leaves through a: T = 300 K + s (1 - (y - 1)^2)/(2 k) in b, with y in m, and its mean is 300 K + s/(3 k).
    """
    deck = layered(
        {
            "heat": {"blocks": ["a", "b"]},
            "ionic_charge": {"blocks": ["b"]},
            "product": {"blocks": ["b"], "mean": "620 K*V"},
        },
        materials={block: {**values, "ionic_conductivity": "1 S/m"} for block, values in HEAT.items()},
        boundaries={"top": {"temperature": "300 K", "electric_potential": "2 V"}},
    )
    assert solved(deck)["strength"] == pytest.approx(10 * 3 * 3, rel=1e-10)


def test_a_field_of_one_block() -> None:
    """Insulated where the block ends: the mean of T - 300 K is s L^2/(3 k)."""
    deck = layered(
        {"heat": {"blocks": ["b"]}, "thermostat": {"blocks": ["b"], "mean": "10 K"}},
        boundaries={"top": {"temperature": "300 K"}},
    )
    assert solved(deck)["strength"] == pytest.approx(10 * 3 * 3, rel=1e-10)


@pytest.mark.parametrize("shape", [{}, {"width": "5 um"}])
def test_blocks_are_taken_as_they_are_now(shape: dict[str, str]) -> None:
    """A metal of 1 um grows by V i t / F into a film of 2 um under a fixed top: volumes, and means of the position."""
    deck = Deck.from_dict(
        {
            "mesh": {"layers": [{"metal": "1 um"}, {"film": "2 um"}], "cells": 2, "cells_across": 2, **shape},
            "materials": {"metal": {"molar_volume": f"{VOLUME} m^3/mol"}, "film": {"ionic_conductivity": "1e-3 S/m"}},
            "given": {"temperature": "298.15 K"},
            "physics": {
                "ionic_charge": {"blocks": ["film"]},
                "butler_volmer": {"interface": "metal | film", "i0": "20 A/m^2"},
                "growth": {"interface": "metal | film"},
                "gauge": {"blocks": ["metal", "film"]},
            },
            "boundaries": {
                "top": {"current_density": "100 A/m^2", "mesh_displacement": "0 m"},
                "bottom": {"mesh_displacement": "0 m"},
            },
            "motion": {"direction": "x" if not shape else "y"},
            "time": {"end": "20 s", "step": "10 s"},
            "elements": {"order": 1},
        }
    )
    result = solved(deck)
    height = 1e-6 + VOLUME * 100 * 20 / FARADAY
    across = 5e-6 if shape else 1.0
    assert result["amount_metal"] == pytest.approx(height * across, rel=1e-9)
    assert result["amount_film"] == pytest.approx((3e-6 - height) * across, rel=1e-9)
    assert result["amount_metal_film"] == pytest.approx(3e-6 * across, rel=1e-9)
    assert result["middle_metal"] == pytest.approx(height / 2, rel=1e-9)
    assert result["middle_film"] == pytest.approx((3e-6 + height) / 2, rel=1e-9)
    assert result["middle_metal_film"] == pytest.approx(1.5e-6, rel=1e-9)


def test_a_number_with_a_rate_relaxes_to_the_mean_of_a_source() -> None:
    """tau dX/dt + X = mean of g, with g = 6 mol/m3 (x/m)^2 over one of two blocks, from 1 m to 2 m: 14 mol/m3."""
    deck = layered(
        {
            "heat": {"blocks": ["a", "b"]},
            "reservoir": {"blocks": ["b"], "source": "6 mol/m^3 * (x / (1 m))^2", "tau": "2 s"},
        },
        materials={b: {**m, "density": "1 kg/m^3", "specific_heat_capacity": "1 J/kg/K"} for b, m in HEAT.items()},
        initial={"temperature": "300 K", "level": "4 mol/m^3"},
        time={"end": "3 s", "step": "0.02 s"},
    )
    assert solved(deck)["level"] == pytest.approx(14 - 10 * exp(-3 / 2), rel=1e-4)


def test_steps_of_a_protocol_choose_what_is_held() -> None:
    """First a mean of 10 K over both layers of 1 m, then an integral of 30 K m^3 per square metre: a mean of 15 K."""
    steps = [
        {"name": "mean", "set": {"mean": "10 K"}, "until": {"time": "1 s"}},
        {"name": "all", "set": {"whole": "30 K*m^3"}, "until": {"time": "1 s"}},
    ]
    deck = layered(
        {"heat": {"blocks": ["a", "b"]}, "thermostat": {"blocks": ["a", "b"], "mean": "mean", "integral": "whole"}},
        materials={b: {**m, "density": "1 kg/m^3", "specific_heat_capacity": "1 J/kg/K"} for b, m in HEAT.items()},
        initial={"temperature": "300 K"},
        time={"step": "0.5 s"},
        protocol={"controls": {"mean": "K", "whole": "K*m^3"}, "steps": steps},
        outputs={"extra": {f"in_{block}": {"reduce": "mean", "of": "temperature", "on": block} for block in "ab"}},
    )
    result = solved(deck)
    assert (result["in_a"] + result["in_b"]) / 2 == pytest.approx(315.0, rel=1e-10)


def on_a_square(comm: Any) -> list[float]:
    """The source that holds a mean in two dimensions, where nothing else holds a level, and this mean."""
    deck = layered(
        {"heat": {"blocks": ["a", "b"]}, "thermostat": {"blocks": ["b", "a"], "mean": "10 K"}},
        mesh={"width": "1.5 m", "cells_across": 5},
        cells=3,
        boundaries={"bottom": {"heat_flux": "-7 W/m^2 * (1 + x / (1 m))"}},
    )
    problem = problem_for(model_of(deck), comm=comm)
    problem.start()
    problem.solve()
    unknowns = problem.unknowns
    temperature, strength = unknowns.find("temperature"), unknowns.find("strength")
    value = unknowns.reading().value(temperature)
    mean = fd.assemble(value * temperature.measure()) / fd.assemble(fd.Constant(1.0) * temperature.measure())
    return [float(unknowns.states[0].subfunctions[strength.index]), float(mean)]


@pytest.mark.parallel(2)
def test_two_ranks_give_what_one_gives() -> None:
    alone, together = on_a_square(MPI.COMM_SELF), on_a_square(MPI.COMM_WORLD)
    parallel_assert(alone == pytest.approx([7 * 1.75 / 2, 310.0], rel=1e-10), f"{alone}")
    parallel_assert(together == pytest.approx(alone, rel=1e-10), f"{together} {alone}")
