"""Two ranks give what one gives: every output, every entry of the audit, and the fields as gathered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from pytest_mpi import parallel_assert

from trona.deck import read_deck
from trona.model import Model, compose
from trona.settings import read_settings

FROM, TO = ["0.3 um", "1.4 um"], ["0.3 um", "6 um"]
"""Ends of a line through film and electrolyte."""


def numbers(model: Model, comm: Any) -> tuple[dict[str, float], dict[str, float], Any]:
    """Solve on these ranks; outputs, probes and audit by name, round-off of these, the snapshot (on the first rank)."""
    from trona.problem import Problem
    from trona.readings.audit import Audit
    from trona.readings.fields import FieldReader
    from trona.readings.outputs import OutputEvaluator
    from trona.readings.points import PointReader
    from trona.stepper import Stepper

    settings = read_settings(model)
    requests = settings.outputs
    problem = Problem(model, settings.solver, comm=comm)
    evaluator = OutputEvaluator(problem)
    audit = Audit(problem, settings.audit, evaluator)
    for step in Stepper(problem, settings.time).steps():
        audited = audit.step(step.number, step.time, step.duration)
    found = {o.name: evaluator.value(o) for o in model.outputs}
    for request in (*requests.numbers, *requests.curves):
        values = PointReader(problem, evaluator, request.of[0]).values()
        found.update({f"{request.name}[{i}]": float(v) for i, v in enumerate(np.ravel(values))})
    noise: dict[str, float] = {}
    for balance in audit.balances():
        for i, e in enumerate((*balance.entries, *balance.changes)):
            name = f"{balance.balance} {e.term} {e.plugin} {e.region} {e.side} {i}"
            found[name], noise[name] = e.value, balance.noise
    for monitor in audited.monitors:
        found.update({f"{monitor.name} {e.plugin} {e.region}": e.value for e in monitor.entries})
    return found, noise, FieldReader(problem, evaluator).snapshot(step.time, step.number, requests.derived)


def compare(deck: Path) -> None:
    """Compare the ranks of COMM_WORLD together with each alone."""
    from mpi4py import MPI

    assert MPI.COMM_WORLD.size == 2
    alone, noise, field_alone = numbers(compose(read_deck(deck)), MPI.COMM_SELF)
    together, _, field = numbers(compose(read_deck(deck)), MPI.COMM_WORLD)
    largest: dict[str, float] = {}  # of each balance: entries that are zero are so to its round-off

    def owner(name: str) -> str:
        return name.split()[0].partition("[")[0]  # components of a vector together

    for name, value in alone.items():
        largest[owner(name)] = max(largest.get(owner(name), 0.0), abs(value))
    wrong = {
        n: (v, together[n])
        for n, v in alone.items()
        if abs(v - together[n]) > 1e-9 * largest[owner(n)] + noise.get(n, 0.0)
    }
    parallel_assert(not wrong and alone.keys() == together.keys(), f"{wrong}")
    same = True
    if MPI.COMM_WORLD.rank == 0:
        same = all(_same(field_alone.blocks[b], field.blocks[b]) for b in field_alone.blocks)
    else:
        same = field is None
    parallel_assert(same, "the fields gathered differ")


def _same(one: Any, two: Any) -> bool:
    """Whether two blocks have the same points and values, in whatever order."""
    if one.points.shape != two.points.shape or one.cells.shape != two.cells.shape:
        return False
    size = np.ptp(one.points, axis=0).max()
    first, second = (np.lexsort(np.round(b.points / size, 9).T) for b in (one, two))
    close = np.allclose(one.points[first], two.points[second], rtol=0, atol=1e-9 * size)
    for name, data in one.fields.items():
        a, b = data.values[first], two.fields[name].values[second]
        close &= np.allclose(a, b, rtol=0, atol=1e-9 * np.abs(a).max())
    # The cells are the same too: the middle of each, of its corners.
    middles = [np.sort(np.round(b.points[b.cells[:, :3]].mean(axis=1) / size, 9), axis=0) for b in (one, two)]
    return bool(close and np.allclose(*middles, rtol=0, atol=2e-9))


@pytest.mark.parallel(2)
def test_tutorial(tutorial: Path) -> None:
    compare(tutorial)


@pytest.mark.parallel(2)
def test_transient(tutorial: Path, tmp_path: Path) -> None:
    """A cell warmed from its base; a film in the rate law; the metal's potential is an unknown number."""
    content = {
        "mesh": {"file": str(tutorial.parents[2] / "meshes/three_layers.msh"), "length_unit": "um"},
        "materials": {"metal": "sodium", "film": "uniform_sei", "electrolyte": "napf6_carbonate"},
        "physics": {
            "ionic_charge": {"blocks": ["film", "electrolyte"]},
            "heat": {"blocks": ["metal", "film", "electrolyte"]},
            "joule_heating": {},
            "butler_volmer": {
                "interface": "metal | film",
                "i0": "20 A/m^2",
                "activation_energy": "20 kJ/mol",
                "mean_current_density": "-1 mA/cm^2",
                "film_thickness": "10 nm",
                "film_conductivity": "1e-4 S/m",
            },
            "thermal_resistance": {"interface": "metal | film", "R": "1e-5 K*m^2/W"},
        },
        "boundaries": {
            "top": {"electric_potential": "0 V", "temperature": "25 degC"},
            "bottom": {"temperature": "298.15 K + 1e6 K/s * t"},
        },
        "initial": {"temperature": "25 degC"},
        "time": {"end": "4 us", "step": "1 us"},
        "audit": {"monitors": ["entropy_production", "electric_power"]},
        "outputs": {
            "derived": ["current_density"],
            "extra": {"along": {"line": "temperature", "from": FROM, "to": TO, "points": 7}},
        },
    }
    deck = tmp_path / "transient.yaml"
    deck.write_text(yaml.safe_dump(content))
    compare(deck)


@pytest.mark.parallel(2)
@pytest.mark.parametrize("example", ["platen", "platen-slip_none", "capillary_overpotential-height"])
def test_unknowns_on_facets(tutorial: Path, example: str) -> None:
    """The pressure under a plate, beside one block and beside two, and the curvature of a surface."""
    compare(tutorial.parents[2] / f"plugins/trona_plugins/conformance/{example}.yaml")


@pytest.mark.parallel(2)
def test_unknowns_at_points(tutorial: Path, tmp_path: Path) -> None:
    """A line on which ranks have an end or the interface of their own: a terminal, and a curved surface that moves."""
    content = {
        "mesh": {
            "layers": [{"metal": "1 um"}, {"sei": "1 um"}],
            "start": "1 um",
            "cells": 4,
            "coordinates": "spherical",
        },
        "materials": {"metal": "sodium", "sei": "uniform_sei"},
        "given": {"temperature": "25 degC"},
        "physics": {
            "ionic_charge": {"blocks": ["sei"]},
            "butler_volmer": {
                "interface": "metal | sei",
                "i0": "20 A/m^2",
                "film_thickness": "10 nm",
                "film_conductivity": "1e-4 S/m",
            },
            "terminal": {"boundary": "top", "mean_current_density": "10 A/m^2"},
            "growth": {"interface": "metal | sei"},
            "capillary_overpotential": {"interface": "metal | sei"},
        },
        "time": {"end": "2 s", "step": "1 s"},
    }
    deck = tmp_path / "points.yaml"
    deck.write_text(yaml.safe_dump(content))
    compare(deck)


@pytest.mark.parallel(2)
def test_nodes_that_blocks_share(tmp_path: Path) -> None:
    """A terminal beside two blocks, in first order: shares of its current at nodes of both."""
    content = {
        "mesh": {"layers": [{"a": "1 mm"}, {"b": "2 mm"}], "width": "2 mm", "cells": 3, "cells_across": 3},
        "materials": {"a": {"electronic_conductivity": "4 S/m"}, "b": {"electronic_conductivity": "1 S/m"}},
        "physics": {"electronic_charge": {"blocks": ["a", "b"]}, "terminal": {"boundary": "sides", "potential": "1 V"}},
        "boundaries": {"bottom": {"electronic_current_density": "3 A/m^2"}},
        "elements": {"order": 1},
    }
    deck = tmp_path / "shared.yaml"
    deck.write_text(yaml.safe_dump(content))
    compare(deck)
