"""What enters through a side with fixed values is as accurate as the field, also where two such sides meet."""

from __future__ import annotations

from math import cos, e, log2, pi
from pathlib import Path

import pytest
from bodies import body, box

from trona.session import Result, run

K = 3.0
"""Conductivity, W/m/K."""
FIELDS = {
    # Harmonic, with no symmetry that would divide a corner evenly.
    "planar": ("300 K + 1 K * exp(x / 1 m) * sin(y / 1 m)", (0.0, 1.0)),
    "axisymmetric": ("300 K + 1 K/m^4 * (y^4 - 3 * x^2 * y^2 + 0.375 * x^4)", (1.0, 2.0)),
}
EXACT = {
    "planar": {
        "left": -K * (1 - cos(1.0)),
        "right": K * e * (1 - cos(1.0)),
        "bottom": -K * (e - 1),
        "top": K * (e - 1) * cos(1.0),
    },
    "axisymmetric": {
        "left": -K * 2 * pi * (-2.0 + 1.5),
        "right": K * 4 * pi * (-4.0 + 12.0),
        "bottom": 0.0,
        "top": K * 2 * pi * (4 * 1.5 - 6 * 15 / 4),
    },
}


def fixed_all_round(folder: Path, coordinates: str, cells: int, order: int) -> Result:
    value, across = FIELDS[coordinates]
    deck = body(
        folder,
        (cells, cells),
        box(across, (0.0, 1.0)),
        coordinates=coordinates,
        materials={"body": {"thermal_conductivity": f"{K} W/m/K"}},
        physics={"heat": {"blocks": ["body"]}},
        elements={"order": order, "quadrature_degree": 6},
        boundaries={side: {"temperature": value} for side in ("left", "right", "bottom", "top")},
        outputs={"fields": "none"},
    )
    return run(deck, record=False)


def through(result: Result) -> dict[str, float]:
    entries = result.ledger["energy"].entries
    return {entry.region: entry.value for entry in entries if entry.term == "reaction"}


@pytest.mark.parametrize("coordinates", ["planar", "axisymmetric"])
@pytest.mark.parametrize("order", [1, 2])
def test_each_of_adjoining_fixed_sides_converges_as_the_field(tmp_path: Path, coordinates: str, order: int) -> None:
    """Of order p + 1, where all of a corner given to one side is of order 1; the sum is that of the residual."""
    errors = []
    for cells in (4, 8, 16):
        result = fixed_all_round(tmp_path, coordinates, cells, order)
        found, exact = through(result), EXACT[coordinates]
        errors.append(max(abs(found[side] - exact[side]) for side in exact))
        assert result.ledger["energy"].closure < 1e-11
    assert log2(errors[1] / errors[2]) > order + 0.75
    assert errors[2] < {1: 3e-2, 2: 2e-4}[order] * max(map(abs, EXACT[coordinates].values()))
