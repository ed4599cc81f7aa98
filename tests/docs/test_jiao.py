"""What the page on Jiao et al. reads from its tables."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "docs"))
from claim import FAILS, REGION, Tables
from jiao.flattening import (
    BORDER,
    CURRENTS,
    EXPONENTS,
    FREE,
    RESTED,
    SLIPS,
    between,
    border,
    border_slope,
    draw_border,
    squeezed,
    thinner_after_rest,
)


def of_rest(folder: Path, power: float, rate: float, stress: float) -> Tables:
    """Write heights that fall at rest as h^-power, for islands that slide with one reference stress; no others move."""
    outputs = "island_height_mean [m],flattening_rate [1/s],coverage_mean [1]"
    lines = [f"case,status,rest [s],slip,sigma_0 [MPa],free [1],{outputs}"]
    for rest in (7200.0, 1.0):
        for slip in SLIPS:
            for sigma_0 in RESTED:
                for free in FREE:
                    moves = slip == "free" and sigma_0 == stress
                    k = rate if moves else 0.0
                    height = (1 + power * k * (rest - 1) * 7200 / 7199) ** (-1 / power)
                    lines.append(f"{len(lines)},finished,{rest},{slip},{sigma_0},{free},{height!r},{k},0.5")
    (folder / "rest.csv").write_text("\n".join(lines), encoding="utf-8")
    return Tables(folder)


def test_thinner_is_after_over_before(tmp_path: Path) -> None:
    """(1 + 5 k t)^(-1/5) is 0.75 for k t = 0.643."""
    above, below = (thinner_after_rest(of_rest(tmp_path, 5, kt / 7200, 2.0)) for kt in (0.65, 0.63))
    assert above.text == f"**{REGION}**: sliding, 2 MPa, 5 %; sliding, 2 MPa, 45 %" and below.verdict == FAILS


def test_the_estimate_is_that_of_a_squeezed_disc(tmp_path: Path) -> None:
    told = squeezed(of_rest(tmp_path, 5, 0.65 / 7200, 2.0)).numbers
    assert "at most sliding: 25.1 %; sticking: 0 %" in between(Tables(tmp_path)).numbers
    assert "sliding, 2 MPa: 25.13 against 25.13 %" in told and "sticking, 5 MPa: 0.00 against 0.00 %" in told


@pytest.mark.parametrize("n", EXPONENTS)
def test_the_border_is_where_the_coverage_is_that_of_the_border(tmp_path: Path, n: str) -> None:
    """With a coverage that is a power of p^n/i the border is exact; a current without a border has none."""
    lines = ["case,status,i [A/m^2],p [kPa],n [1],coverage_mean [1]"]
    for i in CURRENTS:
        for p in (10.0, 30.0, 100.0, 300.0):
            for m in EXPONENTS:
                c = BORDER * ((p / 50) ** float(m) / i) ** 0.05 if i < 50 else 0.1
                lines.append(f"{len(lines)},finished,{i},{p},{m},{c!r}")
    (tmp_path / "regime.csv").write_text("\n".join(lines), encoding="utf-8")
    tables = Tables(tmp_path)
    assert border(tables["regime"], n) == pytest.approx({i: 50 * i ** (1 / float(n)) for i in CURRENTS[:-1]})
    told = border_slope(tables).numbers
    assert f"at 1, 5, 20 A/m², slope {1 / float(n):.3f}" in told and "the slope is 1.000/n (1.000 at 20 %" in told
    draw_border(tables["regime"], tmp_path, tmp_path / "border.png")
    assert (tmp_path / "border.png").stat().st_size > 1000
