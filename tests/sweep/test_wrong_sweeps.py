"""Wrong sweeps: every mistake at its place, before anything runs; the exact messages."""

from __future__ import annotations

import pytest

from trona.deck import Deck
from trona.errors import UserError
from trona.sweep import check_sweep, read_sweep

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


def mistake(section: str) -> str:
    with pytest.raises(UserError) as caught:
        check_sweep(read_sweep(deck(section)))
    return str(caught.value)


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        ("processes: 2", "s.yaml:6:3 sweep: a sweep needs one of grid, list, random"),
        ("grid: {}", "s.yaml:6:3 sweep: a sweep needs at least one parameter"),
        ("grd: {}", "s.yaml:6:3 sweep.grd: no such option of sweep; nearest: grid"),
        ("grid: {mesh.cells: []}", "s.yaml:6:22 sweep.grid.mesh.cells: expected at least one value, got an empty list"),
        ("grid: {mesh.cells: 3}", "s.yaml:6:22 sweep.grid.mesh.cells: expected a list, got '3'"),
        ("list: [{mesh.cells: 3}, {mesh.cels: 4}]", "s.yaml:6:27 sweep.list[1]: every case of the list gives the same parameters: mesh.cells"),
        ("grid: {T: [300 K]}", "s.yaml:6:10 sweep.grid.T: no parameter 'T', and no path"),
        ("parameters: {temp: initial.temperature}\ngrid: {tmp: [300 K], temp: [3 K]}", "s.yaml:7:10 sweep.grid.tmp: no parameter 'tmp', and no path; nearest: temp"),
        ("grid: {tim.end: [3 s]}", "s.yaml:6:10 sweep.grid.tim.end: no such section 'tim'; nearest: time"),
        ("grid: {include: [a.yaml]}", "s.yaml:6:10 sweep.grid.include: an override cannot include files"),
        ("grid: {title: [a]}", "s.yaml:6:10 sweep.grid.title: 'title' cannot be varied"),
        ("grid: {'mesh.layers[x]': [a]}", "s.yaml:6:10 sweep.grid.mesh.layers[x]: expected a path like key.key or key[0].key, got 'mesh.layers[x]'"),
        ("parameters: {a: mesh.cells}\ngrid: {mesh.width: [1 m]}", "s.yaml:6:16 sweep.parameters.a: this parameter is not varied"),
        ("grid: {mesh.cells: [1]}\nlist: [{mesh.cells: 2}]", "s.yaml:7:11 sweep.list[0].mesh.cells: 'mesh.cells' is varied twice"),
        (
            "parameters: {a: initial.temperature}\ngrid: {a: [3 K], initial: [{temperature: 1 K}]}",
            "s.yaml:7:20 sweep.grid.initial: 'initial' is varied here and by 'a', in 'initial.temperature'",
        ),
        ("grid: {mesh.cells: {from: 1, to: 3, count: 1}}", "s.yaml:6:46 sweep.grid.mesh.cells.count: must be at least 2, got '1'"),
        ("grid: {mesh.cells: {from: 1, to: 3}}", "s.yaml:6:22 sweep.grid.mesh.cells: a range needs the option 'count': number of values, the ends included"),
        ("grid: {mesh.width: {from: 1 m, to: 3 s, count: 3}}", "s.yaml:6:38 sweep.grid.mesh.width.to: expected a quantity in m, got '3 s'"),
        ("grid: {mesh.width: {from: 1 m, to: wide, count: 3}}", "s.yaml:6:38 sweep.grid.mesh.width.to: expected a quantity, got 'wide'"),
        ("grid: {mesh.width: {from: 0 m, to: 3 m, count: 3, spacing: log}}", "s.yaml:6:29 sweep.grid.mesh.width.from: log spacing needs values above zero, got '0 m'"),
        (
            "grid: {initial.temperature: {from: 1 degC, to: 3 degC, count: 3, spacing: log}}",
            "s.yaml:6:38 sweep.grid.initial.temperature.from: log spacing needs a unit that starts at zero, not degC",
        ),
        ("grid: {mesh.width: {from: 1 m, to: 1 m, count: 3}}", "s.yaml:6:38 sweep.grid.mesh.width.to: a range needs two different ends"),
        (
            "grid: {mesh.cells: {from: 1, to: 9, count: 1000}, elements.order: {from: 1, to: 9, count: 1000}}",
            "s.yaml:6:3 sweep: 1000 x 1000 cases are more than 100000",
        ),
    ],
)
def test_mistakes_in_the_section(section: str, expected: str) -> None:
    assert mistake(section) == expected


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        # The wrong value is told at its place in the sweep, with the path that it goes to.
        ("grid: {boundaries.top.temperature: [300 K, 3 V]}", "s.yaml:6:46 boundaries.top.temperature: expected a quantity in K, got '3 V'"),
        ("grid: {boundaries.tpo.temperature: [300 K]}", "s.yaml:6:39 boundaries.tpo: no boundary 'tpo'; nearest: top"),
        ("grid: {boundaries.top.temperature.x: [1 K]}", "s.yaml:6:41 boundaries.top.temperature.x: cannot set 'x' inside '300 K', which is not a mapping"),
        ("grid: {'physics.thermal_resistance[1].R': [1 K]}", "s.yaml:6:46 physics.thermal_resistance[1].R: there is no item [1]: the list has 1 items, counted from 0"),
        ("grid: {elements.order: [1, 9]}", "s.yaml:6:30 elements.order: must be at most 4, got '9'"),
        ("random: {count: 50, of: {elements.order: {from: 1, to: 3}}}", "elements.order: expected a whole number"),
        ("grid: {mesh.cells: [1]}\ncollect: [temperature_mx]", "s.yaml:7:13 sweep.collect[0]: no output 'temperature_mx'; nearest: temperature_max"),
        ("grid: {mesh.cells: [1]}\nplots: [{x: mesh.cell, y: temperature_max}]", "s.yaml:7:15 sweep.plots[0].x: no parameter or output 'mesh.cell'; nearest: mesh.cells"),
        ("grid: {mesh.cells: [1]}\nplots: [{x: mesh.cells, y: mesh.cells}]", "s.yaml:7:30 sweep.plots[0].y: no output 'mesh.cells'"),
        (
            "grid: {mesh.cells: [1]}\nplots: [{x: mesh.cells, y: temperature_max, map: temperature_max}]",
            "s.yaml:7:30 sweep.plots[0].y: no parameter 'temperature_max'",
        ),
        (
            "parameters: {temperature_max: mesh.cells}\ngrid: {temperature_max: [1]}\nplots: [{x: temperature_max, y: temperature_max}]",
            "'temperature_max' is both a parameter and an output; rename the parameter",
        ),
    ],
)
def test_mistakes_in_values_and_names(section: str, expected: str) -> None:
    assert expected in mistake(section)


def test_a_mistake_outside_the_sweep_is_told_once_and_all_mistakes_in_one_go() -> None:
    section = "grid: {boundaries.top.temperature: [300 K, 3 V, 4 V], boundaries.bottom.heat_flx: [1 W/m^2]}"
    lines = mistake(section).splitlines()
    assert len(lines) == 3 and len(set(lines)) == 3


PROTOCOL = """\
mesh: {layers: [{metal: 1 um}]}
materials: {metal: sodium}
physics: {heat: {blocks: metal}}
boundaries: {top: {temperature: 300 K}, bottom: {heat_flux: heating}}
initial: {temperature: 300 K}
time: {step: 1 s}
protocol:
  controls: {heating: W/m^2}
  integrals: {heat_in: heating}
  steps: [{name: warm, set: {heating: 10 W/m^2}, until: {heat_in: 20 J/m^2}}]
sweep:
  grid: {time.step: [1 s, 2 s]}
"""


def test_the_outputs_of_a_protocol_can_be_collected_and_drawn() -> None:
    section = "  collect: [heat_in, cycle, protocol_step]\n  plots: [{x: time.step, y: heat_in}]\n"
    checked = check_sweep(read_sweep(Deck.from_text(PROTOCOL + section)))
    assert checked.outputs["heat_in"] == "J/m^2" and checked.outputs["cycle"] == "1"


def test_a_mistake_in_the_protocol_of_a_sweep_is_told() -> None:
    wrong = PROTOCOL.replace("{heat_in: 20 J/m^2}", "{heat_on: 20 J/m^2}")
    with pytest.raises(UserError) as caught:
        check_sweep(read_sweep(Deck.from_text(wrong, name="s.yaml")))
    assert str(caught.value).startswith(
        "s.yaml:10:58 protocol.steps[0].until.heat_on: no integral or output 'heat_on'; nearest: heat_in"
    )
