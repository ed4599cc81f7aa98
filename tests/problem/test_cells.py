"""Discontinuous fields with fluxes between cells, and the size of cells: closed forms, plain arrays, `verify`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import firedrake as fd
import numpy as np
import pytest
from bodies import body, ring
from cells import DIFFUSIVITY, HELD, tracers, with_tracers
from strips import strip
from terms import asking, known_too, layered

from trona.deck import Deck
from trona.model import compose
from trona.plugin import Contribution
from trona.session.run import Result, run
from trona.verify import verify

SPEED, CELLS, STEP = 0.7, 8, 0.02  # m/s, per layer of 1 m, s
STEPS = 20


def solved(deck: Deck) -> Result:
    return run(compose(deck, with_tracers()), record=False)


def values(result: Result, block: str) -> np.ndarray:
    component = result.problem.unknowns.find("tracer", block)
    part = result.problem.unknowns.states[0].subfunctions[component.index]
    return np.asarray(float(component.reference) + float(component.scale) * part.dat.data_ro)


def carried(velocity: float, entry: str, outlet: str) -> Result:
    """A step that enters an empty line of two blocks."""
    return solved(
        tracers(
            {"carried": {"velocity": [f"{velocity} m/s"], "outlet": outlet}},
            cells=CELLS,
            boundaries={entry: {"tracer": "1 mol/m^3"}},
            elements={"tracer": 0},
            initial={"tracer": "0 mol/m^3"},
            time={"end": f"{STEPS * STEP} s", "step": f"{STEP} s", "method": "bdf1"},
        )
    )


@pytest.mark.parametrize(("velocity", "entry", "outlet"), [(SPEED, "bottom", "top"), (-SPEED, "top", "bottom")])
def test_a_step_is_carried_upwind(velocity: float, entry: str, outlet: str) -> None:
    """As upwind differences in plain arrays do it: either way, between bounds, nothing lost."""
    result = carried(velocity, entry, outlet)
    courant, expected = SPEED * STEP * CELLS, np.zeros(2 * CELLS)
    matrix = np.eye(2 * CELLS) * (1 + courant) - courant * np.eye(2 * CELLS, k=-1)
    for _ in range(STEPS):
        expected = np.linalg.solve(matrix, expected + courant * (np.arange(2 * CELLS) == 0))
    found = np.concatenate([np.sort(values(result, b)) for b in ("a", "b")])
    assert np.sort(found) == pytest.approx(np.sort(expected), rel=1e-9)
    assert values(result, "a" if velocity > 0 else "b").min() > values(result, "b" if velocity > 0 else "a").max()
    assert 0 < result["tracer_least"] < result["tracer_most"] < 1
    assert result["tracer_total"] == pytest.approx(expected.sum() / CELLS, rel=1e-9)
    assert result.ledger["tracer"].closure < 1e-13
    crossed = [e.value for e in result.ledger["tracer"].entries if e.region == "a | b"]
    assert len(crossed) == 2
    assert sum(crossed) == 0


LAYERS = [("a", 1.0, 1), ("b", 0.7, 2)]
RESISTANCE = 1 / 2 + 0.7 / 3


@pytest.mark.parametrize("symmetric", ["1", "0"])
@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_diffusion_through_layers_is_exact(tmp_path: Path, dimension: int, symmetric: str) -> None:
    """What is linear in each layer is in the space, whatever the penalty is; the flux is that of the resistances."""
    deck = strip(
        tmp_path,
        LAYERS,
        dim=dimension,
        width=0.8,
        cells_across=1,
        materials=DIFFUSIVITY,
        physics={"tracer": {"blocks": ["a", "b"]}, "spread": {"symmetric": symmetric}},
        boundaries=HELD,
        elements={"tracer": 1},
    )
    result = solved(deck)
    area, flux = 0.8 ** (dimension - 1), 2 / RESISTANCE
    entered = {e.region: e.value for e in result.ledger["tracer"].entries if e.term == "boundary"}
    assert entered == {"bottom": pytest.approx(-flux * area, rel=1e-9), "top": pytest.approx(flux * area, rel=1e-9)}
    assert result["tracer_least"] == pytest.approx(1, rel=1e-9)
    assert result["tracer_most"] == pytest.approx(3, rel=1e-9)
    between = 1 + flux / 2
    amount = area * ((1 + between) / 2 + 0.7 * (between + 3) / 2)
    assert result["tracer_total"] == pytest.approx(amount, rel=1e-9)
    assert result.ledger["tracer"].closure < 1e-12
    if dimension == 2:  # the symmetric method has a symmetric matrix, boundaries and borders too, and the other has not
        _compare_with_transposed(result, symmetric == "1")


def _compare_with_transposed(result: Result, symmetric: bool) -> None:
    problem = result.problem
    for component in problem.unknowns.components:
        component.row.assign(1.0)
    form = fd.derivative(problem.forms.residual(False), problem.unknowns.states[0])
    matrix = fd.assemble(form, mat_type="aij").petscmat.convert("dense").getDenseArray()
    difference = np.linalg.norm(matrix - matrix.T) / np.linalg.norm(matrix)
    assert (difference < 1e-12) == symmetric
    assert symmetric or difference > 1e-3


def verified(deck: Deck, most: int) -> list[str]:
    found = verify(compose(deck, with_tracers()), max_unknowns=most)
    assert {c.component for c in found.convergence} >= {"tracer (a)", "tracer (b)"}
    return found.failures


MOST = 120


@pytest.mark.slow
def test_interior_penalty_has_the_orders_of_theory() -> None:
    """Of a diffusivity that the tracer changes itself, with a velocity and artificial diffusion by the cells' size."""
    grows = {"expression": "2 m^2/s * (1 + tracer / 10 mol * 1 m^3)"}
    carried = {"velocity": ["0.7 m/s"], "outlet": "top"}
    deck = tracers(
        {"spread": {"penalty": "4"}, "carried": carried, "smeared": {"speed": "0.5 m/s"}},
        boundaries={"bottom": HELD["bottom"]},
        materials={"a": {"tracer_diffusivity": grows}, "b": DIFFUSIVITY["b"]},
        elements={"tracer": 1},
    )
    assert verified(deck, MOST) == []


@pytest.mark.slow
@pytest.mark.parametrize("coordinates", ["planar", "axisymmetric", "spherical"])
def test_orders_in_space_and_time_on_lines(coordinates: str) -> None:
    deck = tracers(
        {"spread": {}},
        mesh={"start": "1 m", "coordinates": coordinates},
        time={"end": "0.1 s", "step": "0.05 s", "method": "bdf1"},
        initial={"tracer": "1 mol/m^3"},
    )
    assert verified(deck, MOST) == []


@pytest.mark.slow
@pytest.mark.parametrize("coordinates", ["planar", "axisymmetric"])
def test_orders_in_a_ring(tmp_path: Path, coordinates: str) -> None:
    deck = body(
        tmp_path,
        (3, 2),
        ring(1.0, 2.0),
        coordinates=coordinates,
        rows=["a", "b"],
        materials=DIFFUSIVITY,
        physics={"tracer": {"blocks": ["a", "b"]}, "spread": {"penalty": "6", "symmetric": "0"}},
        boundaries=HELD,
        elements={"tracer": 1},
    )
    assert verified(deck, 2000) == []


def test_sizes_of_cells_as_read() -> None:
    """In a cell, over a boundary, and at an interface, where it is the harmonic mean of both."""

    def tell(self: Any, model: Contribution) -> None:
        h = model.cell_size
        model.output("in_cells", h, "m", "size", "maximum")
        model.output("smallest", h, "m", "size", "minimum")
        model.interface("a | b").output("between", h, "m", "size", "mean")
        model.boundary("top").output("over", h, "m", "size", "mean")

    mesh = {"layers": [{"a": "1 m"}, {"b": "3 m"}], "cells": 2}
    deck = layered({"heat": {"blocks": ["a", "b"]}, "asking": {}}, mesh=mesh)
    result = run(compose(deck, known_too(asking(tell))), record=False)
    expected = {"in_cells": 1.5, "smallest": 0.5, "between": 2 / (1 / 0.5 + 1 / 1.5), "over": 1.5}
    assert {name: result[name] for name in expected} == pytest.approx(expected, rel=1e-12)
