"""Discontinuous fields with fluxes between cells, and the size of cells: closed forms, plain arrays, `verify`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import firedrake as fd
import numpy as np
import pytest
from bodies import body, ring
from layers_of_cells import DIFFUSIVITY, HELD, tracers, with_tracers
from mpi4py import MPI
from pytest_mpi import parallel_assert
from strips import strip
from terms import asking, known_too, layered
from waves import DECK, WIDTH

from trona.deck import Deck
from trona.model import compose
from trona.plugin import Contribution
from trona.problem import Problem
from trona.readings.outputs import OutputEvaluator
from trona.session import Result, run
from trona.settings import read_settings
from trona.stepper import Stepper
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


def test_flows_of_cells_with_one_value_each() -> None:
    """What enters at the top crosses the interface, also where the field jumps; as a chain of resistances has it."""
    deck = tracers(
        {"spread": {}},
        mesh={"layers": [{"a": "1 m"}, {"b": "0.7 m"}]},
        elements={"tracer": 0},
        outputs={
            "extra": {
                "entered": {"flow": "tracer", "through": "top"},
                "crossed": {"flow": "tracer", "through": "a | b"},
            }
        },
    )
    result = solved(deck)
    border = 10 * 3 * (1 / 0.5 + 1 / 0.35) / 2
    flux = 2 / (2 * 0.5 / (10 * 2) + 1 / border + 2 * 0.35 / (10 * 3))
    assert result["entered"] == pytest.approx(flux, rel=1e-9)
    assert result["crossed"] == pytest.approx(-flux, rel=1e-9)


LAYERS = [("a", 1.0, 1), ("b", 0.7, 2)]
RESISTANCE = 1 / 2 + 0.7 / 3


@pytest.mark.parametrize("symmetric", ["1", "0"])
@pytest.mark.parametrize("dimension", [1, 2, pytest.param(3, marks=pytest.mark.slow)])
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


def test_the_size_of_cells_under_an_unknown_on_the_boundary() -> None:
    """Over a mesh of facets it is the height of the cell, too: a flux k T/h leaves, and k T/h is what it is."""

    def tell(self: Any, model: Contribution) -> None:
        top, h, T = model.boundary("top"), model.cell_size, model.field("temperature")
        k = model.property("thermal_conductivity", "W/m/K")
        p = top.constrain(lambda p: p - k * T / h, "W/m^2", model.balance("energy"), "leaving", "flux that leaves")
        top.output("flux_told", p, "W/m^2", "flux", "mean")
        top.output("above", k * T, "W/m", "conductivity times temperature", "mean")

    mesh = {"layers": [{"a": "1 m"}, {"b": "3 m"}], "width": "5 m", "cells": 2, "cells_across": 2}
    deck = layered({"heat": {"blocks": ["a", "b"]}, "asking": {}}, mesh=mesh)
    result = run(compose(deck, known_too(asking(tell))), record=False)
    assert result["flux_told"] == pytest.approx(result["above"] / 1.5, rel=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("initial", ["2 mol/m^3 + 0 mol/m^4 * x", "2 mol/m^3 + 1 mol/m^3 * sin(y / 0.1 um)"])
def test_the_moving_mesh_carries_from_cell_to_cell(tmp_path: Path, initial: str) -> None:
    """Metal grows by two fifths, and brings its tracer: what is even stays so, and nothing leaves its bounds."""
    materials = {name: {**of, "tracer_diffusivity": "1e-30 m^2/s"} for name, of in DECK["materials"].items()}
    sections = {
        "materials": materials,
        "physics": {**DECK["physics"], "tracer": {"blocks": ["metal", "liquid"]}, "spread": {}},
        "time": {"end": "80 s", "step": "20 s"},
        "initial": {"tracer": initial},
        "elements": {"order": 1, "tracer": 0},
    }
    layers = [("metal", 0.5e-6, 4), ("liquid", 1e-6, 2)]
    result = solved(strip(tmp_path, layers, dim=2, width=WIDTH, cells_across=1, **{**DECK, **sections}))
    least, most = (2, 2) if "x" in initial else (1, 3)
    assert result["tracer_least"] >= least * (1 - 1e-12)
    assert result["tracer_most"] <= most * (1 + 1e-12)
    ledger = result.ledger["tracer"]
    assert ledger.worst is not None
    assert ledger.worst.value < 1e-12
    if "x" in initial:
        grown = result["surface_top"] - 0.5e-6
        assert grown > 0.19e-6
        assert result["tracer_total"] == pytest.approx(2 * WIDTH * (1.5e-6 + grown), rel=1e-9)


def partitioned(comm: Any) -> dict[str, float]:
    """Outputs of a tracer that is carried and spreads in the plane, along heat that lives on another mesh."""
    conducting = {b: {**of, "thermal_conductivity": "2 W/m/K"} for b, of in DIFFUSIVITY.items()}
    deck = tracers(
        {"heat": {"blocks": ["a", "b"]}, "spread": {}, "driven": {"mobility": "0.5 m^2/s/K"}},
        mesh={"width": "1 m", "cells_across": 3},
        cells=3,
        materials=conducting,
        boundaries={
            "bottom": {"temperature": "310 K", "tracer": "1 mol/m^3"},
            "top": {"temperature": "300 K + 4 K/m * x", "tracer": "3 mol/m^3"},
        },
        elements={"tracer": 1, "temperature": 1},
    )
    model = compose(deck, with_tracers())
    problem = Problem(model, read_settings(model).solver, comm=comm)
    for _ in Stepper(problem, None).steps():
        pass
    evaluator = OutputEvaluator(problem)
    return {o.name: evaluator.value(o) for o in model.outputs}


@pytest.mark.parallel(2)
def test_two_ranks_give_what_one_gives() -> None:
    alone, together = partitioned(MPI.COMM_SELF), partitioned(MPI.COMM_WORLD)
    parallel_assert(together == pytest.approx(alone, rel=1e-9), f"{together} {alone}")
