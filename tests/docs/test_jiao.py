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
from jiao.meshed import CELL, CURRENT, HEMISPHERE, ROLLS, WAYS, as_measured, beside_reduced, charge, thinner


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


def of_meshed(folder: Path, thinning: float, lost: float = 0.0, meet: float = 1800.0) -> Tables:
    """Write islands of which those that are plated where they are wetted become as thin and wide as this says."""
    lines = ["case,status,p [kPa],gap,height [m],coverage [1],ended [s],metal_volume [m^3]"]
    for p, share in zip((22.0, 136.0, 500.0, 911.0, 1272.0), (0.01, 0.3, 0.6, 0.9, 1.0), strict=True):
        for gap in ("none", "0.2 um"):
            wet = gap != "none"
            height = HEMISPHERE / (1 + (thinning - 1) * share) if wet else HEMISPHERE * (1 - 1e-3 * share)
            coverage = (22242e-12 / CELL if p == 911 else 0.8 + 0.061 * share) if wet else 0.1
            ended = meet if wet and p == 1272 else 1800.0
            plated = CURRENT * CELL * ended * 2.375e-5 / 96485.33212
            volume = 2e-15 + plated * (1 - lost * wet)
            lines.append(f"{len(lines)},finished,{p},{gap},{height!r},{coverage!r},{ended},{volume!r}")
    (folder / "island_meshed.csv").write_text("\n".join(lines), encoding="utf-8")
    head = "case,status,p [kPa],height [m],coverage [1],ended [s],metal_volume [m^3]"
    rolled = [CURRENT * CELL * 1800.0 * 2.375e-5 / 96485.33212 + 2e-15, HEMISPHERE / 2]
    rows = [f"{n},finished,{p},{rolled[1]!r},0.7,1800,{rolled[0]!r}" for n, p in enumerate((500, 1272), 1)]
    (folder / "island_rolling.csv").write_text("\n".join([head, *rows]), encoding="utf-8")
    pressures = (0, 22, 136, 500, 911, 1272)
    reduced = ["case,status,p [kPa],coverage_mean [1]", *(f"{n},finished,{p},0.{n}5" for n, p in enumerate(pressures))]
    (folder / "island_reduced.csv").write_text("\n".join(reduced), encoding="utf-8")
    return Tables(folder)


def test_a_meshed_island_is_as_measured_if_all_three_are(tmp_path: Path) -> None:
    wet = WAYS["0.2"]
    told = as_measured(of_meshed(tmp_path, 5.6)).numbers
    assert "within a tenth: coverage, thinning, area; plated where it is wetted, and rolling: coverage 0.7" in told
    told = as_measured(of_meshed(tmp_path, 6.2, meet=1200.0)).numbers
    assert "against 2.22e+04; within a tenth: coverage, area; " in told
    assert f"{wet}: islands meet at 1272 kPa after 20.0 min" in told
    assert thinner(Tables(tmp_path)).held == tuple(WAYS.values())  # rolling, it is as thick at both pressures
    assert f"{ROLLS}: no run at 22, 136, 911 kPa" in told
    assert "1272 kPa: 10 against 55" in (told := beside_reduced(Tables(tmp_path)).numbers)
    assert "1272 kPa: 86.1" not in told and "911 kPa: 56.9 against 45" in told


def test_what_a_meshed_island_lacks_is_told(tmp_path: Path) -> None:
    told = charge(of_meshed(tmp_path, 5.6, lost=1e-3)).numbers
    assert "to 1e-03 of what is plated" in told
    tables = of_meshed(tmp_path, 5.6, meet=1000.0)
    assert "is 2000 µm³ in all runs" in charge(tables).numbers
    path = tmp_path / "island_meshed.csv"
    path.write_text(
        path.read_text(encoding="utf-8").replace("finished,500.0,0.2 um", "failed,500.0,0.2 um"), encoding="utf-8"
    )
    assert f"{WAYS['0.2']}: no run at 500 kPa" in thinner(Tables(tmp_path)).numbers
