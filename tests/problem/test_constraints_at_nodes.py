"""One-sided constraints that hold at nodes: neither side is passed, whatever the coordinates."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from bodies import body, box

from trona.model import compose, registry
from trona.plugin import Boolean, BoundaryOption, Contribution, Physics, Quantity, balance, field, max_value
from trona.session import Result, run

LIMIT, STEEP = 300.0, 1e-4
"""K, and K m2/W that the law of the thermostat weighs heat with."""


class Thermostat(Physics):
    """Heat that is given to a boundary wherever it would become too cold, for tests."""

    name = "thermostat"
    requires = (balance("energy"), field("temperature"))
    boundary = BoundaryOption("boundary")
    limit = Quantity("K", "lowest temperature")
    weight = Quantity("K*m^2/W", "weight of the heat")
    at_nodes = Boolean("whether at nodes", default=True)

    def contribute(self, model: Contribution) -> None:
        law = model.boundary(self.boundary)
        above = (model.field("temperature") - self.limit) / self.weight
        given = law.constrain(
            lambda q: q + max_value(-q - above, 0),
            "W/m^2",
            model.balance("energy"),
            "heat",
            "heat that leaves",
            at_nodes=self.at_nodes,
        )
        law.output_range("given", -given, "W/m^2", "heat that is given", mean=True)
        law.output_range("margin", above * self.weight, "K", "temperature above the limit")


def heated(folder: Path, coordinates: str, cells: int, at_nodes: bool) -> Result:
    """A block that is cooled at its far side, and warm enough without the thermostat on a part of its top only."""
    known = registry()
    deck = body(
        folder,
        (cells, 4),
        box((0, 1e-2), (0, 5e-3)),
        coordinates=coordinates,
        materials={"body": {"thermal_conductivity": "10 W/m/K"}},
        physics={
            "heat": {"blocks": ["body"]},
            "thermostat": {
                "boundary": "top",
                "limit": f"{LIMIT} K",
                "weight": f"{STEEP} K*m^2/W",
                "at_nodes": at_nodes,
            },
        },
        boundaries={"bottom": {"temperature": f"{LIMIT} K + 10 K * (1 - 2 * x / (1 cm))"}},
        elements={"temperature": 1, "heat": 1},
    )
    return run(compose(deck, replace(known, physics={**known.physics, "thermostat": Thermostat})), record=False)


@pytest.mark.parametrize("coordinates", ["planar", "axisymmetric"])
def test_neither_side_is_passed(tmp_path: Path, coordinates: str) -> None:
    """In the mean over cells both are, where the heat ends: this is what nodes are for."""

    def values(cells: int, at_nodes: bool) -> dict[str, Any]:
        result = heated(tmp_path, coordinates, cells, at_nodes)
        assert result.ledger["energy"].closure < 1e-9
        return {name: output.value for name, output in result.outputs.items()}

    held, mean = values(9, True), values(9, False)
    most = held["given_max"]
    assert most > 1e3
    assert held["margin_max"] > 1
    assert held["given_min"] >= -1e-12 * most
    assert held["margin_min"] >= -1e-9
    assert mean["given_min"] < -1e-3 * most or mean["margin_min"] < -1e-3
    fine = values(72, False)["given_mean"]
    assert held["given_mean"] == pytest.approx(fine, rel=0.05)
