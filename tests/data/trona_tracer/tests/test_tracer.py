"""The tracer against closed forms: a gel of 0.4 mm under 0.6 mm of water."""

from __future__ import annotations

from math import pi, sin
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trona.deck import read_deck
from trona.model import compose, registry
from trona.session import Result, run

DECKS = Path(__file__).parent / "decks"
GEL, WATER, K = 0.4e-3, 0.6e-3, 0.4
D_GEL, D_WATER = 2e-10, 1e-9


@pytest.fixture(scope="module")
def steady() -> Result:
    return run(DECKS / "steady.yaml", record=False)


@pytest.fixture(scope="module")
def closed() -> Result:
    return run(DECKS / "closed.yaml", record=False)


def at_interface(result: Result, block: str) -> Any:
    """Concentrations at the nodes of the interface as the block sees them, from left to right."""
    import firedrake as fd

    view = result.problem.unknowns.reading()
    component = view.find("tracer_concentration", block)
    value = fd.Function(component.space).interpolate(view.value(component))
    labels = result.problem.forms.interface_labels("gel | water")
    nodes = fd.DirichletBC(component.space, 0, labels).nodes
    x = fd.Function(fd.VectorFunctionSpace(component.mesh, component.space.ufl_element()))
    x.interpolate(fd.SpatialCoordinate(component.mesh))
    return value.dat.data_ro[nodes][np.argsort(x.dat.data_ro[nodes, 0])]


def test_found_by_its_entry_point() -> None:
    assert registry().origin("tracer_partition") == "trona-tracer 0.3.1"


def test_law_breaks_the_field_only_where_it_acts() -> None:
    model = compose(read_deck(DECKS / "steady.yaml"))
    assert model.fields["tracer_concentration"].broken_at == {"gel | water": "tracer_partition"}


def test_partition_holds_at_every_node(steady: Result, closed: Result) -> None:
    for result in (steady, closed):
        gel, water = at_interface(result, "gel"), at_interface(result, "water")
        assert len(gel) > 2
        np.testing.assert_allclose(gel, K * water, rtol=1e-10)


def test_steady_flux(steady: Result) -> None:
    flux = (1 - K * 0.5) / (GEL / D_GEL + K * WATER / D_WATER)
    assert steady["tracer_exchange_mean"] == pytest.approx(flux, rel=1e-10)
    assert at_interface(steady, "gel") == pytest.approx(1 - flux * GEL / D_GEL, rel=1e-10)


def test_in_axisymmetric_coordinates(steady: Result) -> None:
    """Along the axis of a cylinder as wide as the cell: the flux stays, and the amount is that of all of it."""
    result = run(read_deck(DECKS / "steady.yaml", ["mesh.coordinates=axisymmetric"]), record=False)
    flux = (1 - K * 0.5) / (GEL / D_GEL + K * WATER / D_WATER)
    assert result["tracer_exchange_mean"] == pytest.approx(flux, rel=1e-9)
    below = 1 - flux * GEL / D_GEL
    amount = pi * 0.5e-3**2 * (GEL * (1 + below) / 2 + WATER * (below / K + 0.5) / 2)
    assert result["tracer_amount"] == pytest.approx(amount, rel=1e-9)
    assert result.outputs["tracer_amount"].unit == "mol"
    assert result.ledger["tracer"].closure < 1e-12


def test_ledger_closes(steady: Result, closed: Result) -> None:
    for result in (steady, closed):
        assert result.ledger["tracer"].closure < 1e-12


def test_closed_walls_keep_the_amount(closed: Result) -> None:
    height, width = GEL + WATER, 0.5e-3
    amount = width * (2 * height + sin(3000 * height) / 3000)
    assert closed["tracer_amount"] == pytest.approx(amount, rel=1e-6)  # the first state is interpolated
    ledger = closed.ledger["tracer"]
    moved = max(abs(e.value) for e in ledger.entries)
    assert moved > 0.01 * amount
    assert abs(ledger.stored) < 1e-12 * amount


def test_equilibrium(closed: Result) -> None:
    """After four hours the water is even, and the gel holds K times as much per volume."""
    ends = at_interface(closed, "gel").mean(), at_interface(closed, "water").mean()
    water = closed["tracer_amount"] / 0.5e-3 / (K * GEL + WATER)
    assert ends == pytest.approx((K * water, water), rel=1e-3)
