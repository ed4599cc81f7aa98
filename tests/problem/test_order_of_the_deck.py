"""Nothing depends on the order in which a deck writes its physics, boundaries and materials."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from problems import problem_for
from strips import strip

from trona.model import compose
from trona.problem import Problem

LAYERS = [("metal", 1e-6, 2), ("sei", 5e-8, 2), ("electrolyte", 2e-6, 3)]
PHYSICS: dict[str, Any] = {
    "ionic_charge": {"blocks": ["sei", "electrolyte"]},
    "heat": {"blocks": ["metal", "sei", "electrolyte"]},
    "joule_heating": {},
    "butler_volmer": {
        "interface": "metal | sei",
        "i0": "20 A/m^2",
        "reaction_heat": True,
        "mean_current_density": "-1 mA/cm^2",
    },
    "thermal_resistance": {"interface": "metal | sei", "R": "1e-5 K*m^2/W"},
}
BOUNDARIES: dict[str, Any] = {
    "top": {"electric_potential": "0 V", "temperature": "25 degC"},
    "bottom": {"temperature": "30 degC"},
    "sides": {"heat_flux": "2 W/m^2", "current_density": "0.1 A/m^2"},
}
MATERIALS: dict[str, Any] = {"metal": "sodium", "sei": "uniform_sei", "electrolyte": "napf6_carbonate"}


def shuffled(section: dict[str, Any], seed: int) -> dict[str, Any]:
    items = list(section.items())
    random.Random(seed).shuffle(items)
    return {k: shuffled(v, seed) if isinstance(v, dict) else v for k, v in items}


def problem(folder: Path, seed: int | None) -> Problem:
    sections = [PHYSICS, BOUNDARIES, MATERIALS]
    if seed is not None:
        sections = [shuffled(s, seed + i) for i, s in enumerate(sections)]
    physics, boundaries, materials = sections
    deck = strip(
        folder,
        LAYERS,
        dim=2,
        width=1e-6,
        physics=physics,
        boundaries=boundaries,
        materials=materials,
        elements={"order": 1},
    )
    return problem_for(compose(deck))


def residual(problem: Problem) -> Any:
    """All entries of the residual at a state of small pseudo-random values."""
    import firedrake as fd

    numbers = np.random.default_rng(7)
    for part in problem.unknowns.states[0].subfunctions:
        part.dat.data[...] = numbers.uniform(-1, 1, part.dat.data.shape)
    return np.concatenate([np.ravel(p.dat.data_ro) for p in fd.assemble(problem.residual).subfunctions])


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Problem:
    return problem(tmp_path_factory.mktemp("written"), None)


def declared(problem: Problem) -> list[tuple[str, str, str, str]]:
    """Every term, in the order in which the weak form takes them."""
    return [(b.name, t.kind, t.plugin, t.region) for b, t in problem.model.terms()]


def test_order_changes_nothing(tmp_path: Path, written: Problem) -> None:
    expected, orders = residual(written), set()
    size = np.abs(expected).max()
    assert size > 0 and len(declared(written)) >= 9
    for seed in range(10):
        other = problem(tmp_path, seed)
        orders.add(tuple(other.model.deck.root.mapping()["physics"].mapping()))
        assert declared(other) == declared(written)
        assert [c.label for c in other.unknowns.components] == [c.label for c in written.unknowns.components]
        np.testing.assert_allclose(residual(other), expected, rtol=0, atol=1e-15 * size)
    assert len(orders) > 5
