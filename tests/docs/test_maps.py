"""The maps of a paper's claims: borders between runs, closed forms, and a page that is what the kept tables say."""

from __future__ import annotations

import csv
import math
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "docs"))
import maps  # noqa: E402
from kept_table import Rows  # noqa: E402
from map_page import crossing, draw, page, verdict  # noqa: E402
from singla2026 import maps as known  # noqa: E402

from trona.deck import read_deck  # noqa: E402
from trona.session.run import run  # noqa: E402

POINTS = ((0.5, 1.0), (0.5, 2.0), (1.0, 1.0), (1.0, 2.0))
MAP = known.Map(
    "small",
    "A small map",
    known.Axis("x", "x"),
    known.Axis("y", "y [m]", log=True),
    "E",
    lambda v: f"E = {v:g}",
    (
        known.MapClaim(
            "1",
            "it rises",
            "z",
            lambda cases: cases.one("z", T=60) - cases.one("z", T=0),
            (known.Border("y = 1.5 - x/4", lambda x, y, panel: y - 1.5 + x / 4),),
        ),
    ),
    (0.0, 1.0, 5.0),
    ("mesh.cells=4",),
)


def _table(folder: Path) -> Path:
    lines = ["# 2026-11-26, commit abc, deck", "part,case,status,x [1],y [m],E,T [degC],z [1],wall time [s]"]
    for x, y in POINTS:
        digits = f"{x:.12g}" if y < 2 else f"{x + 1e-9:.12g}"  # of the grid, and of a round
        lines += [f"grid,1,finished,{digits},{y},5,{T},{T * (y - 1.5 + x / 4)},60" for T in (0, 60)]
    lines.append("finer,1,failed,0,1,5,60,,1")
    (folder / "small.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder / "small.csv"


def test_a_border_lies_between_the_two_runs_nearest_to_it(tmp_path: Path) -> None:
    at = known.points(MAP, Rows(_table(tmp_path)))
    assert list(at) == [(x, y, 5.0) for x, y in POINTS]
    found = known.brackets(MAP, MAP.claims[0], at)
    assert [(b.low, b.high) for b in found] == [((0.5, 1, 5), (0.5, 2, 5)), ((1, 1, 5), (1, 2, 5))]
    assert found[0].middle == pytest.approx((0.5, math.sqrt(2), 5.0), rel=1e-5)
    assert [float(crossing(MAP, MAP.claims[0].borders[0], b)) for b in found] == pytest.approx([1.375, 1.25], rel=1e-3)


def test_a_picture_of_a_map(tmp_path: Path) -> None:
    draw(MAP, known.points(MAP, Rows(_table(tmp_path))), tmp_path / "small.png")
    assert (tmp_path / "small.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_a_picture_of_a_map_that_has_just_begun(tmp_path: Path, count: int) -> None:
    """No area lies between the points yet."""
    at = known.points(MAP, Rows(_table(tmp_path)))
    some = {p: at[p] for p in (POINTS[0] + (5.0,), POINTS[3] + (5.0,), POINTS[1] + (5.0,))[:count]}
    draw(MAP, some or dict.fromkeys([(0.5, 1.0, 5.0)], known.Cases([])), tmp_path / "small.png")
    assert (tmp_path / "small.png").exists()


def test_verdicts_have_three_values() -> None:
    found = [verdict(margins) for margins in ([1.0, 2.0], [1.0, -1.0], [-1.0])]
    assert found == ["holds everywhere", "holds in this region", "fails everywhere"]


def test_points_become_overrides_of_the_deck(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _table(tmp_path)
    monkeypatch.setattr(maps, "OUT", tmp_path)
    assert maps.at_points(MAP, [(0.5, 1.5, 5.0)]) == [
        "sweep.grid.x=null",
        "sweep.grid.y=null",
        "sweep.grid.E=null",
        "sweep.list=[{x: 0.5, y: 1.5 m, E: 5}]",
    ]


def test_the_page_is_made_of_what_is_kept() -> None:
    assert maps.PAGE.read_text(encoding="utf-8") == page(maps.OUT), "make it anew: python docs/maps.py --page"


def test_every_deck_of_a_map_is_judged_and_every_table_has_its_head() -> None:
    swept = {p.stem for p in maps.INPUTS.glob("*.yaml") if "\nsweep:\n" in p.read_text(encoding="utf-8")}
    assert swept == {m.name for m in known.MAPS}
    for table in maps.OUT.glob("*.csv"):
        assert table.read_text(encoding="utf-8").startswith("# 20") and table.with_suffix(".png").exists()


def test_a_map_that_is_not_known_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert maps.main(["weather"]) == 2
    assert capsys.readouterr().err.startswith("no map weather; these are stiffness, ")


def test_closed_forms_of_the_borders() -> None:
    """Where two of them should agree, and by hand."""
    simple, resistors = known.ACTIVATION.claims[0].borders
    for E_r in (10.0, 20.0):
        E_sei = E_r - known.R * known.LOG_MEAN / 1e3
        assert simple.value(E_r, E_sei, 0) == pytest.approx(0.0, abs=1e-9)
        # The second knows that i0 is not large against the current: the border is lower by a few per cent of E_r.
        assert resistors.value(E_r, E_sei, 0) > 0 > resistors.value(E_r, E_sei - 0.1 * E_r, 0)
    reverses, steepens = (claim.borders[0] for claim in known.THERMAL.claims)
    assert reverses.value(2e-5, 2.1e-5, 0) > 0 > reverses.value(2e-5, 1.9e-5, 0)
    # H_e/(k_SEI - k_e) with k_e = 0.2 W/m/K
    assert steepens.value(4.95e-6 / 0.2, 1.66e-5, 0) > 0 > steepens.value(4.95e-6 / 0.2, 1.64e-5, 0)
    bent = known.STIFFNESS.claims[-2].borders[0]
    assert bent.value(5, 9.1e-7, 0) > 0 > bent.value(5, 8.9e-7, 0)


DRAWN = ["materials.metal=lithium", "physics.creep=null", "definitions.modulus=77 GPa", "mesh.wave.metal | sei=0.02 nm"]
PLACES = ["peak", "film_peak", "metal_peak"], ["valley", "film_valley", "metal_valley"]


def test_a_step_longer_than_a_wave_takes_to_grow_turns_it_over(tmp_path: Path) -> None:
    """An implicit step makes a growing wave 1/(1 - h/tau) times as high: what 60 s have done to a stiff SEI."""
    step, rate = 20.0, known.growth_rate(known.K, 77e9, 2.7e-6, "lithium")
    moved = [
        f"outputs.extra.{n}.at[1]={y} nm" for names, y in zip(PLACES, (500.02, 499.98), strict=True) for n in names
    ]
    time = [f"time.step={step} s", f"time.end={2 * step} s", "time.method=bdf1"]
    none = [f"time.{name}=null" for name in ("tolerance", "largest_step", "stop")]
    asked = "outputs.csv=[peak.y, valley.y]"
    run(maps.INPUTS / "growth.yaml", directory=tmp_path / "run", overrides=[*DRAWN, *moved, *time, *none, asked])
    with (tmp_path / "run" / "outputs.csv").open(encoding="utf-8", newline="") as stream:
        first, both = (float(row["peak.y [m]"]) - float(row["valley.y [m]"]) for row in csv.DictReader(stream))
    assert first < 0 < both
    found = (1 - first / (both - first)) / step
    # The film is a twentieth of the wave thick, and no plate to second order in that; the metal gives way a little.
    assert found == pytest.approx(rate, rel=0.06)


def test_the_first_step_of_the_maps_is_short_enough() -> None:
    stiffest, largest = 77e9, 1.64e-5
    time = read_deck(maps.INPUTS / "stiffness.yaml", ()).resolved()["time"]
    assert time["step"] == "50 ms"
    for metal in known.VOLUMES:
        k = known.fastest(largest, metal)
        waves = [known.growth_rate(f * k, stiffest, largest, metal) for f in (0.9, 1.0, 1.1)]
        assert waves[1] == max(waves)
        rates = [
            known.growth_rate(k, stiffest, largest, metal, T, E_r)
            for T in (known.ZERO, known.SIXTY)
            for E_r in (0.0, 15.0)
        ]
        assert 0.3 < 0.05 * max(rates) < 0.5
