"""Films in series, one over the other, against layers that are resolved, and against closed forms."""

from __future__ import annotations

from math import log, sinh
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq
from strips import FARADAY, R_GAS, solve

from trona.deck import Deck
from trona.errors import DeckError
from trona.model import compose
from trona.session import Result, run

T, I0, CURRENT = 298.15, 20.0, 7.0
FILMS = {"inner": (3.5e-9, 1e-5), "middle": (50e-9, 5e-4), "outer": (200e-9, 1.2e-2)}
ELECTROLYTE = (1e-6, 0.9)
TOTAL = sum(delta / kappa for delta, kappa in FILMS.values())
SHAPES = [
    pytest.param({}, id="1-D"),
    pytest.param({"width": "1 um"}, id="2-D"),
    pytest.param({"width": "1 um", "coordinates": "axisymmetric"}, id="axisymmetric"),
]


def cell(films: dict[str, tuple[float, Any]], shape: dict[str, Any], stack: Any = None, **sections: Any) -> Deck:
    """A metal under these films as blocks, an electrolyte over them, and perhaps a stack on the metal."""
    layers = {**films, "electrolyte": ELECTROLYTE}
    at = f"metal | {next(iter(layers))}"
    physics: dict[str, Any] = {
        "ionic_charge": {"blocks": list(layers)},
        "butler_volmer": {"interface": at, "i0": f"{I0} A/m^2"},
    }
    if stack is not None:
        physics["film_stack"] = stack
    content = {
        "mesh": {
            "layers": [{"metal": "1 um"}, *({name: f"{d} m"} for name, (d, _) in layers.items())],
            "cells": 3,
            "cells_across": 2,
            **shape,
        },
        "materials": {
            "metal": {},
            **{n: {"ionic_conductivity": k if isinstance(k, dict) else f"{k} S/m"} for n, (_, k) in layers.items()},
        },
        "given": {"temperature": f"{T} K"},
        "physics": physics,
        "boundaries": {"top": {"current_density": f"{CURRENT} A/m^2"}},
        "outputs": {"extra": {"drop": {"reduce": "mean", "of": "electric_potential", "on": "top"}}},
    }
    return Deck.from_dict({**content, **sections})


def stack(films: dict[str, tuple[float, float]] = FILMS, at: str = "metal | electrolyte") -> dict[str, Any]:
    return {
        "interface": at,
        "thickness": [f"{d} m" for d, _ in films.values()],
        "conductivity": [f"{k} S/m" for _, k in films.values()],
    }


def drop(result: Result) -> float:
    """The voltage of the films, V: without the reaction and the electrolyte."""

    def missing(eta: float) -> float:
        return 2 * I0 * sinh(0.5 * FARADAY * eta / (R_GAS * T)) - CURRENT

    return result["drop"] - brentq(missing, 0, 1, xtol=1e-16) - CURRENT * ELECTROLYTE[0] / ELECTROLYTE[1]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_stack_resists_as_its_films_in_series(shape: dict[str, Any]) -> None:
    result = run(cell({}, shape, stack()), record=False)
    assert result["stack_resistance_mean"] == pytest.approx(TOTAL, rel=1e-12)
    assert drop(result) / CURRENT == pytest.approx(TOTAL, rel=1e-9)


def test_a_stack_in_three_dimensions(tmp_path: Path) -> None:
    made = cell({}, {}, stack()).root.plain()
    made.pop("mesh")
    layers = [("metal", 1e-6, 1), ("electrolyte", ELECTROLYTE[0], 2)]
    result = solve(tmp_path, layers, dim=3, width=1e-6, cells_across=1, **made)
    assert drop(result) / CURRENT == pytest.approx(TOTAL, rel=1e-9)


def test_layers_that_are_resolved_and_a_stack_are_the_same() -> None:
    """Sum delta_j/kappa_j to 1e-9, of 3.5 to 200 nm; or one as a block and the others as a stack under it."""
    resolved = run(cell(dict(FILMS), {}), record=False)
    assert drop(resolved) / CURRENT == pytest.approx(TOTAL, rel=1e-9)
    under = {name: FILMS[name] for name in ("inner", "middle")}
    mixed = run(cell({"outer": FILMS["outer"]}, {}, stack(under, "metal | outer")), record=False)
    assert drop(mixed) / CURRENT == pytest.approx(TOTAL, rel=1e-9)
    assert mixed["drop"] == pytest.approx(resolved["drop"], rel=1e-9)


def test_a_graded_film_is_the_integral_of_its_resistivity() -> None:
    """kappa = a + b s over the thickness d, so that R = ln(1 + b d/a)/b; s from the metal at 1 um."""
    a, b, d = 2e-4, 4e4, 100e-9
    graded = {"expression": f"{a} S/m + {b} S/m^2 * max(x - 1 um, 0 um)"}
    deck = cell({"graded": (d, graded)}, {"cells": 150}, elements={"order": 3})
    assert drop(run(deck, record=False)) / CURRENT == pytest.approx(log(1 + b * d / a) / b, rel=1e-9)


def test_each_point_of_an_uneven_stack_passes_what_its_films_let_through() -> None:
    """Thicker from side to side, between conductors at two potentials: the mean of V/R(x) for R linear in x."""
    V, thin, thick, kappa = 0.02, 5e-9, 20e-9, 1e-5
    at = "metal | electrolyte"
    uneven = {
        "interface": at,
        "thickness": [f"{thin} m + {thick - thin} m * x / (1 um)", "2 nm"],
        "conductivity": [f"{kappa} S/m", "1e-5 S/m"],
    }
    made = cell(
        {},
        {"width": "1 um", "cells_across": 12},
        physics={
            "ionic_charge": {"blocks": ["electrolyte"]},
            "butler_volmer": {"interface": at, "i0": f"{I0} A/m^2", "kinetics": "linear"},
            "film_stack": uneven,
        },
        materials={"metal": {}, "electrolyte": {"ionic_conductivity": "1e6 S/m"}},
        boundaries={"top": {"electric_potential": f"{V} V"}},
    )
    result = run(made, record=False)
    transfer = R_GAS * T / (FARADAY * I0)
    low, high = (delta / kappa + 2e-9 / 1e-5 for delta in (thin, thick))
    mean = V * log((transfer + high) / (transfer + low)) / (high - low)
    assert -result["reaction_current_density_mean"] == pytest.approx(mean, rel=1e-7)
    assert result["stack_resistance_max"] == pytest.approx(high, rel=1e-12)
    assert result["stack_resistance_min"] == pytest.approx(low, rel=1e-12)


@pytest.mark.parametrize(("wide", "spreads"), [(1e-8, True), (1e-3, False)])
def test_current_constricts_between_two_limits(wide: float, spreads: bool) -> None:
    """Films from 20 to 60 nm over one side of a poor conductor, i0 from 60 to 20 A/m2.

    Over a narrow electrode the potential at the films is uniform; on a wide one each column conducts for itself.
    """
    V, height, kappa_e, kappa, at = 10e-3, 10e-6, 1e-3, 5e-6, "metal | electrolyte"
    share = f"(1 - cos(pi * x / ({wide} m))) / 2"
    made = cell(
        {},
        {"layers": [{"metal": "1 um"}, {"electrolyte": f"{height} m"}], "width": f"{wide} m", "cells_across": 24},
        physics={
            "ionic_charge": {"blocks": ["electrolyte"]},
            "butler_volmer": {"interface": at, "i0": f"60 A/m^2 - 40 A/m^2 * {share}", "kinetics": "linear"},
            "film_stack": {
                "interface": at,
                "thickness": [f"20 nm + 40 nm * {share}"],
                "conductivity": [f"{kappa} S/m"],
            },
        },
        materials={"metal": {}, "electrolyte": {"ionic_conductivity": f"{kappa_e} S/m"}},
        boundaries={"top": {"electric_potential": f"{V} V"}},
    )
    result = run(made, record=False)
    s = (1 - np.cos(np.pi * (np.arange(100_000) + 0.5) / 100_000)) / 2
    films = R_GAS * T / FARADAY / (60 - 40 * s) + (20e-9 + 40e-9 * s) / kappa
    column = height / kappa_e
    levelled, independent = V / (column + 1 / (1 / films).mean()), (V / (films + column)).mean()
    assert levelled > 1.03 * independent
    expected = levelled if spreads else independent
    assert -result["reaction_current_density_mean"] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parallel(2)
def test_two_ranks_see_the_same_stack() -> None:
    result = run(cell({}, {"width": "1 um", "cells_across": 6}, stack()), record=False)
    assert drop(result) / CURRENT == pytest.approx(TOTAL, rel=1e-9)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"conductivity": ["1 S/m"]}, "a stack needs a thickness and a conductivity for each film, got 3 and 1"),
        ({"thickness": ["-1 nm", "1 nm", "1 nm"]}, "must be at least 0 m, got '-1 nm'"),
        ({"conductivity": ["0 S/m", "1 S/m", "1 S/m"]}, "must be above 0 S/m, got '0 S/m'"),
    ],
)
def test_what_makes_no_sense_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(DeckError) as caught:
        compose(cell({}, {}, {**stack(), **change}))
    assert message in str(caught.value)


def test_a_stack_twice_at_one_interface_is_refused() -> None:
    with pytest.raises(DeckError):
        compose(cell({}, {}, [stack(), stack()]))
