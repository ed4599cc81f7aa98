"""Largest and smallest values are those of the field in its cells; a ratio that is no number says why."""

from __future__ import annotations

import csv
import json
from math import comb
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from strips import strip

from trona.deck import Deck
from trona.readings import extremes as extremes_module
from trona.readings.extremes import extremes
from trona.session import Result, run


def lattice(parts: int, size: int) -> Any:
    """All barycentric coordinates of `size` corners in steps of 1 / parts."""
    if size == 1:
        return np.array([[parts]]) / parts
    rows = np.indices((parts + 1,) * size).reshape(size, -1).T
    return rows[rows.sum(axis=1) == parts] / parts


@pytest.mark.parametrize("size", [2, 3, 4])
def test_extremes_of_any_quadratic_are_found(size: int) -> None:
    """In random cells, against a fine lattice; the critical points lie inside, on faces, on edges and at corners."""
    random = np.random.default_rng(size)
    nodes, fine = lattice(2, size), lattice({2: 400, 3: 120, 4: 40}[size], size)
    assert len(nodes) == comb(size + 1, 2)
    inside = 0
    for _ in range(60):
        form = random.normal(size=(size, size))
        form = form + form.T + random.choice([0.0, 1e3])

        def value(at: Any, form: Any = form) -> Any:
            return np.einsum("ni,ij,nj->n", at, form, at)

        low, high = extremes(value(nodes)[None], nodes, 2)
        sampled = value(fine)
        slack = np.ptp(sampled) * 12 / fine.shape[0] ** (2 / (size - 1))
        assert low <= sampled.min() + 1e-9 and high >= sampled.max() - 1e-9
        assert sampled.min() - low <= slack and high - sampled.max() <= slack
        inside += low < value(nodes).min() - 1e-6 or high > value(nodes).max() + 1e-6
    assert inside > 20, "most of these have an extreme between their nodes"
    assert extremes(np.zeros((0, 3)), lattice(2, 2), 2) == (np.inf, -np.inf)


def test_few_of_many_cells_are_looked_into(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many cells have the extremes that one after the other has; only where they may be, critical points are sought."""
    random = np.random.default_rng(1)
    nodes, values = lattice(2, 3), random.normal(size=(2000, 6))
    alone = [extremes(row[None], nodes, 2) for row in values]
    sought: list[int] = []
    critical = extremes_module._critical
    monkeypatch.setattr(extremes_module, "_critical", lambda v, *rest: (sought.append(len(v)), critical(v, *rest))[1])
    low, high = extremes(values, nodes, 2)
    assert (low, high) == (min(a for a, _ in alone), max(b for _, b in alone))
    assert low < values.min() or high > values.max(), "an extreme lies between nodes"
    assert 0 < max(sought) < 500  # fewer where neighbours differ little


def heated(folder: Path, cells: int, dim: int, **outputs: Any) -> Deck:
    """Heat from a source S in a wall with its faces at 300 K and 310 K: T = 300 + (10 + S/2k) x - S/2k x^2."""
    return strip(
        folder,
        [("a", 1.0, cells)],
        dim=dim,
        cells_across=1,
        materials={"a": {"ionic_conductivity": "0.25 S/m", "thermal_conductivity": "1 W/m/K"}},
        physics={"ionic_charge": {"blocks": ["a"]}, "heat": {"blocks": ["a"]}, "joule_heating": {}},
        boundaries={
            "bottom": {"electric_potential": "0 V", "temperature": "300 K"},
            "top": {"electric_potential": "10 V", "temperature": "310 K"},
        },
        outputs={"fields": "none", **outputs},
    )


@pytest.mark.parametrize("dim", [1, 2])
def test_the_highest_temperature_is_that_of_the_parabola(tmp_path: Path, dim: int) -> None:
    """25 W/m3 in 1 m of 1 W/m/K: the top of the parabola, 300 + 22.5^2/50 K, lies between the nodes of two cells."""
    result = run(heated(tmp_path, 2, dim), record=False)
    assert result["temperature_max"] == pytest.approx(300 + 22.5**2 / 50, rel=1e-12)
    assert result["temperature_min"] == pytest.approx(300, rel=1e-12)
    assert result["temperature_gradient_max"] == pytest.approx(22.5, rel=1e-9)


def between(folder: Path, low: str, high: str) -> Deck:
    """A potential between two values, and the ratio of its largest to its smallest value."""
    return strip(
        folder,
        [("a", 1.0, 2)],
        materials={"a": {"ionic_conductivity": "2 S/m"}},
        physics={"ionic_charge": {"blocks": ["a"]}},
        boundaries={"bottom": {"electric_potential": low}, "top": {"electric_potential": high}},
        time={"end": "2 s", "step": "1 s"},
        outputs={"fields": "none", "extra": {"r": {"reduce": "ratio", "of": "electric_potential", "on": "a"}}},
    )


def ratio(folder: Path, low: str, high: str) -> tuple[Result, str | None]:
    result = run(between(folder, low, high), record=False)
    return result, result.outputs["r"].note


def test_a_ratio_is_one_of_values_of_one_sign(tmp_path: Path) -> None:
    for low, high in (("1 V", "3 V"), ("-3 V", "-1 V")):
        result, note = ratio(tmp_path, low, high)
        assert (result["r"], note) == (pytest.approx(3.0, rel=1e-12), "")


@pytest.mark.parametrize(
    ("low", "high", "why"),
    [
        ("-1 V", "2 V", "changes sign, from -1 to 2 V"),
        ("0 V", "2 V", "reaches zero, from 0 to 2 V"),
        ("0 V", "0 V", "is zero to round-off"),
    ],
)
def test_a_ratio_that_is_no_number_says_why(tmp_path: Path, low: str, high: str, why: str) -> None:
    """In the table on the screen, in the summary and in the CSV file."""
    result = run(between(tmp_path, low, high), directory=tmp_path / "run")
    assert np.isnan(result["r"]) and result.outputs["r"].note == why
    assert f": it {why}" in repr(result)
    summary = json.loads((tmp_path / "run/summary.json").read_text())
    assert summary["outputs"]["r"]["value"] is None and summary["outputs"]["r"]["note"] == why
    assert not [text for text in summary["warnings"] if "finite" in text]
    with (tmp_path / "run/outputs.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[-1]["r [1]"] == "nan" and rows[-1]["notes"] == f"r {why}"


def test_theta_at_rest_is_no_number(tmp_path: Path) -> None:
    """No current, from any state of round-off: the reaction rests. With a current theta is 1 on a flat metal."""
    for current, resting in (("0 A/m^2", True), ("1e-3 A/m^2", False)):
        deck = strip(
            tmp_path,
            [("m", 1e-6, 1), ("e", 1e-6, 2)],
            dim=2,
            width=1e-6,
            cells_across=2,
            materials={"e": {"ionic_conductivity": "1 S/m"}},
            given={"temperature": "300 K"},
            physics={
                "ionic_charge": {"blocks": ["e"]},
                "butler_volmer": {"interface": "m | e", "i0": "20 A/m^2", "mean_current_density": current},
            },
            boundaries={"top": {"electric_potential": "0.3 V"}},
        )
        result = run(deck, record=False)
        if resting:
            assert np.isnan(result["theta"]) and result.outputs["theta"].note == "is zero to round-off"
        else:
            assert result["theta"] == pytest.approx(1.0, rel=1e-6)
