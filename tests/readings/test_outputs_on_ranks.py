"""Every kind of output gives on two ranks what it gives on one: built-in kinds, a package's, and `law.define`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pytest_mpi import parallel_assert

from trona.deck import Deck
from trona.model import Model, Registry, compose
from trona.settings import read_settings
from trona.settings.output_settings import OutputSettings

WIDTH, HEIGHT = 2.0, 3.0


def extra(dim: int) -> dict[str, Any]:
    """One output of each kind at least, over blocks, boundaries and the interface."""

    def point(x: float, y: float) -> list[str]:
        return [f"{v} m" for v in (x, y)[-dim:]]

    found = {
        "inside": {"probe": "temperature", "at": point(0.3, 0.7)},
        "beside": {"probe": "heat_flux", "at": point(0.9, 1.0), "block": "b"},
        "up": {"line": "temperature", "from": point(0.4, 1.2), "to": point(1.7, 2.8), "points": 9, "block": "b"},
        "through": {"flow": "energy", "through": "top"},
        "across": {"flow": "energy", "through": "a | b", "into": "b"},
        "jump": {"profile": "temperature_jump", "along": "a | b"},
        "edge": {"profile": "temperature", "along": "top"},
        "difference": {"number": "inside - coldest"},
        "scatter": {"reduce": "standard_deviation", "of": "temperature", "on": "b"},
        "warm": {"reduce": "share_above", "of": "temperature", "on": "a", "limit": {1: "320 K", 2: "335 K"}[dim]},
        "first": {"moment": "temperature_jump", "on": "a | b"},
        "shares": {"histogram": "temperature", "on": "a"},
        "way": {"corner": "temperature", "over": [point(0.1, 2.9), point(1.1, 1.6), point(1.9, 2.2)]},
        "coldest": {"reduce": "minimum", "of": "temperature", "on": "b"},
        "cell": {"voltage": ["bottom", "top"]},
        "losses": {"overpotential": ["bottom", "top"]},
    }
    reductions = ("integral", "mean", "minimum", "maximum", "ratio")
    return found | {each: {"reduce": each, "of": "temperature_jump", "on": "a | b"} for each in reductions}


def cell(dim: int, coordinates: str, known: Registry) -> Model:
    """Two layers with resistances between them, warmed within, cooled unevenly and under an uneven voltage."""
    across = " + 20 K * x / (1 m)" if dim == 2 else ""
    rising = " + 0.2 V * x / (1 m)" if dim == 2 else ""
    deck = {
        "mesh": {
            "layers": [{"a": "1 m"}, {"b": f"{HEIGHT - 1} m"}],
            "cells": 3,
            "coordinates": coordinates,
            **({"width": f"{WIDTH} m", "cells_across": 4} if dim == 2 else {}),
        },
        "materials": {
            "a": {"thermal_conductivity": "1 W/m/K", "electronic_conductivity": "3 S/m"},
            "b": {"thermal_conductivity": "2 W/m/K", "electronic_conductivity": "5 S/m"},
        },
        "physics": {
            "heat": {"blocks": ["a", "b"]},
            "thermal_resistance": {"interface": "a | b", "R": "0.2 K*m^2/W"},
            "electronic_charge": {"blocks": ["a", "b"]},
            "contact_resistance": {"interface": "a | b", "R": "0.1 ohm*m^2"},
        },
        "sources": {"warmth": {"balance": "energy", "value": "30 W/m^3", "blocks": ["a"]}},
        "boundaries": {
            "bottom": {"temperature": f"320 K{across}", "electrode_potential": f"1 V{rising}"},
            "top": {"temperature": f"300 K{across}", "electrode_potential": "0.1 V"},
        },
        "outputs": {"fields": "none", "extra": extra(dim)},
    }
    return compose(Deck.from_dict(deck), known)


def read(model: Model, comm: Any) -> dict[str, np.ndarray]:
    """Solve on these ranks; the values of every output by name."""
    from trona.problem import Problem
    from trona.readings.outputs import OutputEvaluator
    from trona.readings.readers import CurveReader, NumbersReader, Readers

    settings = read_settings(model)
    asked: OutputSettings = settings.outputs
    problem = Problem(model, settings.solver, comm=comm)
    problem.solve()
    evaluator = OutputEvaluator(problem)
    readers = Readers(problem, evaluator)
    found = {output.name: np.array(evaluator.value(output)) for output in asked.outputs}
    for numbers in asked.numbers:
        found[numbers.name] = np.array([each.value for each in NumbersReader(readers, numbers).read()])
    for curve in asked.curves:
        line = CurveReader(readers, curve).read(0.0, 0)
        (data,) = line.fields.values()
        found[curve.name] = np.column_stack([line.distance, line.points, data.values])
    return found


@pytest.mark.parallel(2)
@pytest.mark.parametrize(("dim", "coordinates"), [(1, "planar"), (2, "axisymmetric")])
def test_every_kind_of_output(installed: Registry, dim: int, coordinates: str) -> None:
    from mpi4py import MPI

    assert MPI.COMM_WORLD.size == 2
    model = cell(dim, coordinates, installed)
    kinds = {key for entry in extra(dim).values() for key in entry} & set(installed.output_kinds)
    assert kinds == set(installed.output_kinds) - {"field"}, "fields are compared in test_ranks.py"
    alone, together = read(model, MPI.COMM_SELF), read(model, MPI.COMM_WORLD)
    assert set(extra(dim)) <= alone.keys() == together.keys()
    wrong = {}
    for name, one in alone.items():
        two = together[name]
        if one.shape != two.shape or np.abs(one - two).max() > 1e-12 * np.abs(one).max():
            wrong[name] = (one, two)
    parallel_assert(not wrong, f"{wrong}")
    parallel_assert(all(np.isfinite(each).all() and np.any(each) for each in alone.values()), f"{alone}")
