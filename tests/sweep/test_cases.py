"""Sweeps before anything runs: the grammar of the section and the cases it makes."""

from __future__ import annotations

import math
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from trona.deck import Deck, read_deck
from trona.deck.measure import measure
from trona.sweep import check_sweep, read_sweep
from trona.sweep.order import neighbours
from trona.sweep.table import CaseResult, SweepTable

BASE = """\
mesh: {layers: [{metal: 1 um}, {film: 2 um}]}
materials: {metal: sodium, film: uniform_sei}
physics: {heat: {blocks: [metal, film]}, thermal_resistance: [{interface: metal | film, R: 1e-5 K*m^2/W}]}
boundaries: {top: {temperature: 300 K}, bottom: {heat_flux: 10 W/m^2}}
sweep:
"""


def deck(section: str) -> Deck:
    indented = "".join(f"  {line}\n" for line in section.strip().splitlines())
    return Deck.from_text(BASE + indented, name="s.yaml")


def cases(section: str) -> list[str]:
    return [str(case) for case in read_sweep(deck(section)).cases]


def test_cases_are_the_product_of_grid_list_and_random() -> None:
    section = """
parameters: {T: boundaries.top.temperature, q: boundaries.bottom.heat_flux}
grid: {T: [300 K, 310 K]}
list: [{q: 1 W/m^2, elements.order: 1}, {q: 2 W/m^2, elements.order: 2}]
"""
    assert cases(section) == [
        "T = 300 K, q = 1 W/m^2, elements.order = 1",
        "T = 300 K, q = 2 W/m^2, elements.order = 2",
        "T = 310 K, q = 1 W/m^2, elements.order = 1",
        "T = 310 K, q = 2 W/m^2, elements.order = 2",
    ]
    more = read_sweep(deck(section + "random: {count: 3, of: {mesh.cells: {from: 2, to: 9}}}"))
    assert len(more.cases) == 12 and more.cases[11].name == "0012"
    assert list(more.parameters) == ["T", "q", "elements.order", "mesh.cells"]


def test_the_value_goes_to_every_path_and_the_rest_stays() -> None:
    sweep = read_sweep(
        deck("""
parameters: {R: "physics.thermal_resistance[0].R", T: [boundaries.top.temperature, initial.temperature]}
grid: {R: [2e-5 K*m^2/W], T: [310 K]}""")
    )
    plain = sweep.case_deck(sweep.cases[0]).resolved()
    assert plain["physics"]["thermal_resistance"] == [{"interface": "metal | film", "R": "2e-5 K*m^2/W"}]
    assert plain["boundaries"] == {"top": {"temperature": "310 K"}, "bottom": {"heat_flux": "10 W/m^2"}}
    assert plain["initial"] == {"temperature": "310 K"} and "sweep" not in plain
    assert sweep.deck.resolved()["boundaries"]["top"] == {"temperature": "300 K"}


def test_null_takes_something_out() -> None:
    sweep = read_sweep(deck("grid: {physics.thermal_resistance: [null, {interface: metal | film, R: 1 K*m^2/W}]}"))
    assert [case.texts["physics.thermal_resistance"] for case in sweep.cases] == [
        "none",
        "{interface: metal | film, R: 1 K*m^2/W}",
    ]
    assert "thermal_resistance" not in sweep.case_deck(sweep.cases[0]).resolved()["physics"]
    check_sweep(sweep)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("{from: 0 degC, to: 60 degC, count: 4}", ["0 degC", "20 degC", "40 degC", "60 degC"]),
        ("{from: 300 K, to: 330 K, count: 4}", ["300 K", "310 K", "320 K", "330 K"]),
        ("{from: 0 degC, to: 283.15 K, count: 3}", ["0 degC", "5 degC", "283.15 K"]),
        ("{from: 0.1 K, to: 10 K, count: 3, spacing: log}", ["0.1 K", "1 K", "10 K"]),
        ("{from: 1 mK, to: 1 K, count: 4, spacing: log}", ["1 mK", "10 mK", "100 mK", "1 K"]),
        ("{from: 1 K, to: 0.1 K, count: 2}", ["1 K", "0.1 K"]),
        ("{from: 0.1 K, to: 0.3 K, count: 3}", ["0.1 K", "0.2 K", "0.3 K"]),
    ],
)
def test_ranges(given: str, expected: list[str]) -> None:
    sweep = read_sweep(deck(f"grid: {{boundaries.top.temperature: {given}}}"))
    assert [case.texts["boundaries.top.temperature"] for case in sweep.cases] == expected


def test_ranges_of_pure_numbers_stay_numbers() -> None:
    sweep = read_sweep(deck("grid: {elements.order: {from: 1, to: 3, count: 3}}"))
    orders = [sweep.case_deck(case).resolved()["elements"]["order"] for case in sweep.cases]
    assert orders == [1, 2, 3] and all(isinstance(order, int) for order in orders)


def test_random_cases_repeat_with_their_seed_and_fill_the_range() -> None:
    def drawn(options: str) -> list[float]:
        sweep = read_sweep(
            deck(f"random: {{count: 10, of: {{physics.x: {{from: 1 S, to: 10 kS, spacing: log}}}}{options}}}")
        )
        values = [measure(case.values["physics.x"]) for case in sweep.cases]
        assert {str(value.unit) for value in values if value} == {"S"}
        return [value.value for value in values if value]

    first = drawn(", seed: 3")
    assert first == drawn(", seed: 3") != drawn("")

    # A Latin hypercube: one value in each tenth of the four decades; plain random numbers leave gaps.
    def tenths(values: list[float]) -> set[int]:
        return {int(2.5 * math.log10(value)) for value in values}

    assert tenths(first) == set(range(10)) and len(tenths(drawn(", method: independent"))) < 10


def test_few_cases_tell_whether_all_values_are_good() -> None:
    section = """
grid: {mesh.cells: [1, 2, 3], elements.order: [1, 2]}
random: {count: 40, of: {mesh.width: {from: 1 m, to: 2 m}}}
"""
    sweep = read_sweep(deck(section))
    assert len(sweep.cases) == 240 and len(sweep.telling) <= 1 + 2 + 1 + 3
    for name in ("mesh.cells", "elements.order"):
        assert {c.texts[name] for c in sweep.telling} == {c.texts[name] for c in sweep.cases}
    widths = [measure(c.values["mesh.width"]) for c in sweep.cases]
    told = [measure(c.values["mesh.width"]) for c in sweep.telling]
    assert {min(w.value for w in widths if w), max(w.value for w in widths if w)} <= {w.value for w in told if w}


def test_the_table_is_in_the_units_of_the_deck() -> None:
    sweep = read_sweep(
        deck("""
parameters: {T: boundaries.top.temperature, q: boundaries.bottom.heat_flux, m: materials.metal}
list: [{T: 27 degC, q: 1 W/m^2, m: sodium}, {T: 37 degC, q: 0.1 mW/cm^2, m: uniform_sei}]
collect: [temperature_max]""")
    )
    table = SweepTable(sweep, {"temperature_max": "K", "theta": "1"})
    table.results[2] = CaseResult(2, "failed", "no, really", wall=1.0)
    table.results[1] = CaseResult(1, "finished", "", {"temperature_max": 300.25, "theta": 1.0}, {}, 4, 0.5, ("hot",))
    assert table.csv().splitlines() == [
        f"case,status,T [degC],q [{table.unit('q')}],m,temperature_max [K],"
        "newton iterations,wall time [s],warnings,message",
        "1,finished,27,1,sodium,300.25,4,0.500,1,",
        '2,failed,37,1,uniform_sei,,,1.000,0,"no, really"',
    ]
    assert table.values("T").tolist() == [27.0] and table.values("theta").tolist() == [1.0]
    with pytest.raises(ValueError, match="not numbers"):
        table.values("m")
    again = SweepTable(sweep, table.units)
    again.take(table.plain())
    assert again.csv() == table.csv()


def test_a_sweep_is_read_and_checked_without_firedrake() -> None:
    code = (
        "import sys; from trona.deck import Deck; from trona.sweep import read_sweep, check_sweep\n"
        f"check_sweep(read_sweep(Deck.from_text({BASE + '  grid: {mesh.cells: [1, 2]}'!r})))\n"
        "assert 'firedrake' not in sys.modules and 'petsc4py' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parent)


def test_like_cases_follow_one_another() -> None:
    """What makes another set-up changes once; at each other step one parameter takes its next value."""
    section = """
grid:
  boundaries.top.temperature: [300 K, 320 K, 310 K]
  elements.order: [1, 2]
  boundaries.bottom.heat_flux: [1 W/m^2, 2 W/m^2]
  physics.thermal_resistance[0].R: [2e-5 K*m^2/W, 0 K*m^2/W]
"""
    sweep = read_sweep(deck(section))
    checked = check_sweep(sweep)
    assert checked.apart == {"elements.order", "physics.thermal_resistance[0].R"}
    found = neighbours(sweep.cases, checked.apart)
    assert sorted(case.number for case in found) == [case.number for case in sweep.cases]
    steps = [
        {name for name, text in case.texts.items() if text != before.texts[name]} for before, case in pairwise(found)
    ]
    assert all(len(changed) == 1 for changed in steps)
    assert sum(changed <= checked.apart for changed in steps) == 3  # of four set-ups
    by_temperature = [int(case.texts["boundaries.top.temperature"][:3]) for case in found]
    assert all(abs(a - b) <= 10 for a, b in pairwise(by_temperature))


def test_an_included_sweep_is_merged_and_null_leaves_out_what_it_varies(tmp_path: Path) -> None:
    (tmp_path / "low.yaml").write_text(
        BASE + "  parameters: {T: boundaries.top.temperature}\n  grid: {T: [1 K, 2 K], mesh.cells: [1, 2]}\n"
    )
    cases = {
        "grid: {elements.order: [1, 2, 3]}": (12, ["T", "mesh.cells", "elements.order"]),
        "grid: {T: null, elements.order: [1]}\n  parameters: {T: null}": (2, ["mesh.cells", "elements.order"]),
        "grid: null\n  parameters: null\n  list: [{elements.order: 1}]": (1, ["elements.order"]),
    }
    for above, (number, names) in cases.items():
        (tmp_path / "top.yaml").write_text(f"include: low.yaml\nsweep:\n  {above}\n")
        sweep = read_sweep(read_deck(tmp_path / "top.yaml"))
        assert len(sweep.cases) == number and list(sweep.parameters) == names
