"""Thermal waves of a surface: relaxation, mean squares of amplitudes, and the seed, against closed forms."""

from __future__ import annotations

import csv
from math import cos, exp, pi
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq

from trona.deck import Deck
from trona.errors import UserError
from trona.model import compose
from trona.model.noise import WhiteNoise
from trona.session.run import run
from trona.settings import read_settings

STIFFNESS, MOBILITY, T, BOLTZMANN = 0.2, 1e-9, 300.0, 1.380649e-23
THICKNESS, WIDTH, WAVES, STEP = 2e-9, 40e-9, 16, 150e-9

LAYER: dict[str, Any] = {"layers": [{"metal": "10 nm"}], "cells": 1}
ROUND = {**LAYER, "width": "40 nm", "cells_across": 4, "coordinates": "axisymmetric"}


def surface(waves: int = WAVES, cells: int = 64, steps: int = 4, step: float = STEP, **more: Any) -> dict[str, Any]:
    options = {"boundary": "top", "thickness": f"{THICKNESS} m", "waves": waves, **more.pop("options", {})}
    metal = {"surface_stiffness": f"{STIFFNESS} J/m^2", "surface_mobility": f"{MOBILITY} m^4/J/s"}
    return {
        "mesh": more.pop("mesh", {**LAYER, "width": f"{WIDTH} m", "cells_across": cells}),
        "materials": {"metal": {**metal, **more.pop("material", {})}},
        "physics": {"capillary_fluctuations": options},
        "given": {"temperature": f"{T} K", **more.pop("given", {})},
        "time": {"end": f"{steps * step} s", "step": f"{step} s", "method": "bdf1", **more.pop("time", {})},
        **more,
    }


def number(j: int) -> float:
    return j * pi / WIDTH


def mean_square(j: int, stiffness: float) -> float:
    """k_B T/(b W s k^2), and what implicit Euler steps make of it."""
    rate = MOBILITY * stiffness * number(j) ** 2
    return BOLTZMANN * T / (THICKNESS * WIDTH * stiffness * number(j) ** 2) / (1 + rate * STEP / 2)


def noise_of(j: int, region: str = "top", seed: int = 1) -> Any:
    return WhiteNoise(seed, f"capillary_fluctuations/{region}/noise_{j}").process


def expected(j: int, steps: int, process: Any, step: float = STEP) -> float:
    """The amplitude after some implicit Euler steps of dA/dt = -M s k^2 A + sqrt(2 k_B T M/(b W)) dW/dt."""
    amplitude, size = 0.0, (2 * BOLTZMANN * T * MOBILITY / (THICKNESS * WIDTH)) ** 0.5
    for n in range(steps):
        kick = size * (process((n + 1) * step) - process(n * step))
        amplitude = (amplitude + kick) / (1 + MOBILITY * STIFFNESS * number(j) ** 2 * step)
    return amplitude


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, str]]:
    """The outputs of 600 steps."""
    folder = tmp_path_factory.mktemp("waves") / "run"
    run(Deck.from_dict(surface(steps=600, outputs={"fields": "none"})), directory=folder)
    with (folder / "outputs.csv").open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_a_known_stiffness_is_recovered_from_the_mean_squares(recorded: list[dict[str, str]]) -> None:
    """To 5 %. Each wave counts by the number of its independent samples; their error is 2 % together."""
    squares, weights = [], []
    for j in range(1, WAVES + 1):
        amplitudes = [float(row[f"amplitude_{j} [m]"]) for row in recorded]
        squares.append(float(np.mean(np.square(amplitudes))))
        memory = (1 + MOBILITY * STIFFNESS * number(j) ** 2 * STEP) ** -2
        weights.append((1 - memory) / (1 + memory))

    def excess(stiffness: float) -> float:
        ratios = [square / mean_square(j, stiffness) for j, square in enumerate(squares, 1)]
        return float(np.average(ratios, weights=weights)) - 1

    assert brentq(excess, 0.02, 2.0) == pytest.approx(STIFFNESS, rel=0.05)
    longest = [square / mean_square(j, STIFFNESS) for j, square in enumerate(squares[:4], 1)]
    assert longest == pytest.approx([1.0] * 4, rel=0.4)  # each for itself: no wave is left out


def test_amplitudes_are_those_of_the_process(recorded: list[dict[str, str]]) -> None:
    for j in (1, 2, 5):
        assert float(recorded[9][f"amplitude_{j} [m]"]) == pytest.approx(expected(j, 10, noise_of(j)), rel=1e-3)


@pytest.mark.parallel(2)
def test_two_ranks_see_the_same_noise() -> None:
    result = run(Deck.from_dict(surface(waves=2, cells=16, steps=3)), record=False)
    for j in (1, 2):
        assert result.outputs[f"amplitude_{j}"].value == pytest.approx(expected(j, 3, noise_of(j)), rel=1e-3)


def test_a_run_that_is_continued_sees_the_same_noise(tmp_path: Path) -> None:
    whole = run(Deck.from_dict(surface(waves=2, cells=16)), record=False)
    first = surface(waves=2, cells=16, steps=2, checkpoint={"every_steps": 1})
    run(Deck.from_dict(first), directory=tmp_path / "run")
    longer = Deck.from_dict(surface(waves=2, cells=16, checkpoint={"every_steps": 1}))
    rest = run(longer, restart=tmp_path / "run", record=False)
    for j in (1, 2):
        assert rest.outputs[f"amplitude_{j}"].value == pytest.approx(whole.outputs[f"amplitude_{j}"].value, rel=1e-9)


def test_half_steps_go_through_the_same_process() -> None:
    """Kicks of two half steps are together that of the whole."""
    process = noise_of(1)
    half = run(Deck.from_dict(surface(waves=2, cells=16, steps=4, step=STEP / 2)), record=False)
    assert half.outputs["amplitude_1"].value == pytest.approx(expected(1, 4, process, STEP / 2), rel=1e-3)
    assert expected(1, 4, process, STEP / 2) == pytest.approx(expected(1, 2, process), rel=0.2)


def test_two_surfaces_fluctuate_each_for_itself() -> None:
    deck = surface(waves=2, cells=16, steps=1)
    options = deck["physics"]["capillary_fluctuations"]
    deck["physics"]["capillary_fluctuations"] = [options, {**options, "boundary": "bottom"}]
    outputs = run(Deck.from_dict(deck), record=False).outputs
    for region in ("top", "bottom"):
        for j in (1, 2):
            right = expected(j, 1, noise_of(j, region))
            assert outputs[f"amplitude_{j} ({region})"].value == pytest.approx(right, rel=1e-3)
    assert outputs["amplitude_1 (top)"].value != pytest.approx(outputs["amplitude_1 (bottom)"].value, rel=1e-2)


@pytest.mark.parametrize("angle", [0.0, 0.6])
def test_a_cold_wave_relaxes_by_the_stiffness_of_its_orientation(angle: float) -> None:
    """gamma = 0.2 J/m2 [1 + 0.05 cos(4 angle)] is as stiff as 0.2 J/m2 [1 - 0.75 cos(4 angle)]."""
    stiffness = STIFFNESS * (1 - 0.75 * cos(4 * angle))
    rate = MOBILITY * stiffness * number(2) ** 2
    deck = surface(
        waves=2,
        cells=16,
        steps=200,
        step=1 / rate / 200,
        material={"surface_stiffness": f"{STIFFNESS} J/m^2 * (1 - 0.75 * cos(4 * angle))"},
        definitions={"angle": angle},
        given={"temperature": "1e-12 K"},
        initial={"fluctuation": f"1 nm * cos({number(2)!r} / m * x)"},
        time={"method": "bdf2"},
    )
    found = run(Deck.from_dict(deck), record=False).outputs["amplitude_2"].value
    assert found == pytest.approx(1e-9 / 2**0.5 * exp(-1), rel=1e-3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mesh": LAYER}, "needs a mesh of a plane, whose surface is a line"),
        (
            {"mesh": {**LAYER, "width": "40 nm", "cells_across": 4, "coordinates": "axisymmetric"}},
            "needs a mesh of a plane, whose surface is a line",
        ),
        ({"options": {"boundary": "sides"}}, "sides is no straight line"),
        ({"options": {"waves": 0}}, "must be at least 1, got"),
        ({"options": {"waves": 5}}, "5 waves need as many cells along top, which has 4"),
        ({"options": {"thickness": "0 nm"}}, "must be above 0 m, got '0 nm'"),
        ({"material": {"surface_stiffness": "-0.2 J/m^2"}}, "must be above 0 J/m^2"),
        ({"time": {"tolerance": {"fluctuation": "1 pm"}}}, "steps cannot follow a tolerance with white noise"),
    ],
    ids=["1-D", "axisymmetric", "two lines", "no waves", "short waves", "thickness", "stiffness", "adaptive"],
)
def test_what_it_is_not_made_for_is_refused(change: dict[str, Any], message: str) -> None:
    deck = surface(4, cells=4, **change)
    with pytest.raises(UserError) as caught:
        read_settings(compose(Deck.from_dict(deck)))
    assert message in str(caught.value)


def test_a_surface_of_two_blocks_is_refused() -> None:
    deck = surface(2, mesh={"layers": [{"metal": "10 nm"}, {"film": "10 nm"}], "width": "40 nm", "cells": 1})
    deck["physics"]["capillary_fluctuations"]["boundary"] = "sides"
    deck["materials"]["film"] = deck["materials"]["metal"]
    with pytest.raises(UserError, match="sides needs one block beside it, and has metal, film"):
        compose(Deck.from_dict(deck))


def test_a_steady_surface_is_refused() -> None:
    deck = surface(4, cells=4)
    del deck["time"]
    with pytest.raises(UserError, match="a surface fluctuates over time; give 'time'"):
        compose(Deck.from_dict(deck))
