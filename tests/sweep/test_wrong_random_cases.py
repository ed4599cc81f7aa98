"""Wrong random cases and their pictures: every mistake at its place, before anything runs."""

from __future__ import annotations

import pytest
from random_decks import K, T, deck

from trona.errors import UserError
from trona.sweep import check_sweep, read_sweep


@pytest.mark.parametrize(
    ("random", "expected"),
    [
        ("count: 5, method: sobol, of: {T: {from: 1 K, to: 2 K}}", "s.yaml:14:19 sweep.random.count: method sobol needs a power of two, such as 4 or 8, got 5"),
        ("count: 1, method: saltelli, of: {T: {from: 1 K, to: 2 K}}", "sweep.random.count: method saltelli needs a power of two, such as 2 or 4, got 1"),
        ("count: 5, of: {}", "s.yaml:14:26 sweep.random.of: random cases need at least one parameter"),
        ("count: 5, of: {T: {from: 1 K, to: 1 K}}", "sweep.random.of.T.to: a range needs two different ends"),
        ("count: 5, of: {T: {mean: 3 K}}", "sweep.random.of.T: a normal distribution needs the option 'deviation': standard deviation"),
        ("count: 5, of: {T: {mean: 25 degC, deviation: 2 degC}}", "sweep.random.of.T.deviation: expected a quantity in K, got '2 degC'"),
        ("count: 5, of: {T: {mean: 300 K, deviation: 2 m}}", "sweep.random.of.T.deviation: expected a quantity in K, got '2 m'"),
        ("count: 5, of: {T: {mean: 300 K, deviation: 0 K}}", "sweep.random.of.T.deviation: a standard deviation is larger than zero, got '0 K'"),
        ("count: 5, of: {T: {mean: 300 K, deviation: 1 K, minimum: 400 K}}", "sweep.random.of.T.minimum: only 0 of the distribution lies within its limits"),
        ("count: 5, of: {T: {mean: 300 K, deviation: 1 K, minimum: 301 K, maximum: 300 K}}", "sweep.random.of.T.maximum: the maximum must be larger than the minimum, got '300 K'"),
        ("count: 5, of: {T: {median: 25 degC, factor: 2}}", "sweep.random.of.T.median: a lognormal distribution needs a unit that starts at zero, not degC"),
        ("count: 5, of: {T: {median: -1 K, factor: 2}}", "sweep.random.of.T.median: a lognormal distribution needs values above zero, got '-1 K'"),
        ("count: 5, of: {T: {median: 1 K, factor: 1}}", "sweep.random.of.T.factor: a factor is a number larger than 1, got '1'"),
        ("count: 5, of: {T: {median: 1 K, factor: 2, devation: 3}}", "sweep.random.of.T.devation: no such option of a lognormal distribution"),
        ("count: 5, of: {T: {uncertainty: normal}}", "only a property has an uncertainty: expected materials.BLOCK.PROPERTY, got 'boundaries.top.temperature'"),
        ("count: 5, of: {materials.mtal.density: {uncertainty: normal}}", "no material of a block 'mtal'; nearest: metal"),
        ("count: 5, of: {materials.metal.densty: {uncertainty: normal}}", "metal has no property 'densty'; nearest: density"),
        ("count: 5, of: {materials.film.ionic_conductivity: {uncertainty: normal}}", "'materials.film.ionic_conductivity': '0.1 S/m' is an uncertainty of a value; that of a formula or a table is a percentage or a factor (s.yaml:9:"),
        ("count: 5, of: {materials.film.specific_heat_capacity: {uncertainty: uniform, minimum: 2}}", "minimum: expected a limit between 0.97 and 1.03, got '2'"),
        ("count: 5, of: {materials.film.density: {uncertainty: uniform, minimum: 3 g/cm^3}}", "minimum: expected a limit between 0.8 g/cm^3 and 1.2 g/cm^3, got '3 g/cm^3'"),
        ("count: 5, of: {k: {uncertainty: normal}}", "'materials.film.thermal_conductivity' has another value or uncertainty than 'materials.metal.thermal_conductivity'"),
    ],
)
def test_what_is_ill_posed_is_refused_at_its_place(random: str, expected: str) -> None:
    used = [name for name in ("T", "k") if f"{{{name}: " in random]
    paths = {"T": T, "k": f"[{K}, materials.film.thermal_conductivity]"}
    names = "".join(f"{name}: {paths[name]}" for name in used)
    with pytest.raises(UserError) as caught:
        read_sweep(deck(f"parameters: {{{names}}}\nrandom: {{{random}}}"))
    assert expected in str(caught.value)


GRID = """\
parameters: {T: boundaries.top.temperature, q: boundaries.bottom.heat_flux}
grid: {q: {from: 1 W/m^2, to: 100 W/m^2, count: 3, spacing: log}, elements.order: [1, 2]}
random: {count: 4, of: {T: {mean: 300 K, deviation: 2 K}}}
"""


@pytest.mark.parametrize(
    ("plot", "expected"),
    [
        ("{bands: temperature_mx, x: q, by: elements.order}", "plots[0].bands: no output 'temperature_mx'; nearest: temperature_max"),
        ("{bands: temperature_max, x: T, by: elements.order}", "plots[0].x: no parameter of grid or list or time 'T'"),
        ("{bands: temperature_max, x: time, by: q}", "plots[0].x: no parameter of grid or list or time 'time'"),
        ("{bands: temperature_max, x: q}", "plots[0].bands: the cases differ in 'elements.order' too; name it with 'by'"),
        ("{indices: temperature_max, by: q}", "plots[0].indices: Sobol indices need 'method: saltelli', not 'latin_hypercube'"),
        ("{bands: temperature_max, by: q, scales: {y: log}}", "plots[0].scales.y: this plot has no scale of 'y'"),
        ("{x: q, y: temperature_max, scales: {map: log}}", "plots[0].scales.map: this plot has no scale of 'map'"),
        ("{bands: temperature_max, x: q, scales: {x: logarithmic}}", "plots[0].scales.x: expected one of linear, log, got 'logarithmic'"),
    ],
)
def test_wrong_plots_of_random_cases(plot: str, expected: str) -> None:
    with pytest.raises(UserError) as caught:
        check_sweep(read_sweep(deck(f"{GRID}plots: [{plot}]")))
    assert expected in str(caught.value)


def test_bands_without_random_cases() -> None:
    with pytest.raises(UserError, match="bands need random cases; the sweep has no 'random'"):
        check_sweep(read_sweep(deck(f"grid: {{{T}: [300 K]}}\nplots: [{{bands: temperature_max}}]")))
