"""Random cases: distributions, designs, quantiles, Sobol indices and their pictures."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from random_decks import BASE, K, T, deck
from scipy import stats

from trona.deck import Deck
from trona.deck.measure import measure
from trona.record.results import RecordedSweep, load
from trona.sweep import SweepTable, check_sweep, read_sweep, run_sweep
from trona.sweep.bands import bands, index_bars
from trona.sweep.cases import Plot
from trona.sweep.plots import draw
from trona.sweep.statistics import Index, indices, lost_samples, quantiles
from trona.sweep.table import CaseResult
from trona.sweep.terminal import SilentSweep


def drawn(path: str, spread: str, count: int = 512, more: str = "") -> NDArray[np.float64]:
    """The values of a parameter, in the unit in which they are written."""
    sweep = read_sweep(deck(f"random: {{count: {count}, method: sobol, of: {{{path}: {spread}}}{more}}}"))
    found = [measure(case.values[path]) for case in sweep.cases]
    return np.array([value.value for value in found if value is not None])


# ---------------------------------------------------------------- distributions


@pytest.mark.parametrize(
    ("path", "spread", "expected"),
    [
        (T, "{from: 0 degC, to: 60 degC}", stats.uniform(0, 60)),
        (T, "{from: 1 K, to: 100 K, spacing: log}", stats.loguniform(1, 100)),
        (T, "{mean: 25 degC, deviation: 2 K}", stats.norm(25, 2)),
        (T, "{mean: 25 degC, deviation: 2 K, minimum: 25 degC}", stats.truncnorm(0, math.inf, 25, 2)),
        (T, "{mean: 25 degC, deviation: 2 K, minimum: 23 degC, maximum: 302.15 K}", stats.truncnorm(-1, 2, 25, 2)),
        (T, "{median: 2 mK, factor: 3}", stats.lognorm(math.log(3), scale=2)),
        (T, "{median: 2 mK, factor: 3, maximum: 6 mK}", None),
        (K, "{uncertainty: normal}", stats.norm(142, 0.12 * 142)),
        (K, "{uncertainty: uniform}", stats.uniform(142 * 0.88, 142 * 0.24)),
        (K, "{uncertainty: uniform, maximum: 142 W/m/K}", stats.uniform(142 * 0.88, 142 * 0.12)),
        ("materials.film.thermal_conductivity", "{uncertainty: normal}", stats.lognorm(math.log(3), scale=2)),
        ("materials.film.thermal_conductivity", "{uncertainty: uniform}", stats.loguniform(2 / 3, 6)),
        ("materials.film.density", "{uncertainty: normal}", stats.norm(1, 0.2)),
        ("materials.film.density", "{uncertainty: uniform}", stats.uniform(0.8, 0.4)),
        ("materials.film.specific_heat_capacity", "{uncertainty: normal}", stats.norm(1, 0.03)),
    ],
)
def test_values_are_distributed_as_the_deck_says(path: str, spread: str, expected: Any) -> None:
    """A Sobol sequence of 512 values fits its distribution to a few parts in a thousand everywhere."""
    values = drawn(path, spread)
    if expected is None:  # a lognormal distribution cut off at one deviation above
        assert values.max() <= 6.0
        values, expected = np.log(values / 2) / math.log(3), stats.truncnorm(-math.inf, 1)
    assert stats.kstest(values, expected.cdf).statistic < 0.005


def test_only_the_value_of_an_uncertain_property_is_replaced() -> None:
    sweep = read_sweep(
        deck("""
parameters: {k: [materials.metal.thermal_conductivity]}
random: {count: 2, of: {k: {uncertainty: normal}}}""")
    )
    check_sweep(sweep)
    given = sweep.case_deck(sweep.cases[1]).resolved()["materials"]["metal"]
    assert given["use"] == "sodium" and given["thermal_conductivity"]["source"].startswith("CRC Handbook")
    assert given["thermal_conductivity"]["value"] == sweep.cases[1].texts["k"] != sweep.cases[0].texts["k"]
    assert sweep.parameters["k"].paths == ("materials.metal.thermal_conductivity.value",)


def test_a_property_in_a_form_has_its_value_varied() -> None:
    text = BASE.replace("metal: sodium", "metal: {use: sodium, ionic_conductivity: FORM}").replace(
        "FORM",
        "{arrhenius: {value: 1 S/m, activation_energy: 30 kJ/mol, reference_temperature: 300 K}, uncertainty: 10 %}",
    )
    section = "  random: {count: 2, of: {materials.metal.ionic_conductivity: {uncertainty: uniform}}}\n"
    sweep = read_sweep(Deck.from_text(text + section))
    (parameter,) = sweep.parameters.values()
    assert parameter.paths == ("materials.metal.ionic_conductivity.arrhenius.value",)
    found = sweep.case_deck(sweep.cases[0]).resolved()["materials"]["metal"]["ionic_conductivity"]
    assert found["arrhenius"]["activation_energy"] == "30 kJ/mol" and found["arrhenius"]["value"] != "1 S/m"


@pytest.mark.parametrize(
    ("written", "about"),
    [
        ('{expression: "1 W/m/K + 3e-3 W/m/K^2 * temperature", uncertainty: factor 2}', 1.0),
        ("{table: [[0 K, 1 W/m/K], [1000 K, 4 W/m/K]], of: temperature, uncertainty: factor 2, factor: 3}", 3.0),
    ],
    ids=("formula", "table"),
)
def test_a_formula_or_a_table_is_multiplied_by_an_uncertain_number(written: str, about: float, tmp_path: Path) -> None:
    """Fourier's law with a conductivity that is linear in T, and one set-up for all cases."""
    text = """\
mesh: {layers: [{film: 1 mm}], cells: 3}
materials: {film: {thermal_conductivity: PROPERTY}}
physics: {heat: {blocks: [film]}}
boundaries: {top: {temperature: 300 K}, bottom: {heat_flux: 10 kW/m^2}}
sweep:
  random: {count: 3, of: {materials.film.thermal_conductivity: {uncertainty: normal}}}
  processes: 1
  keep: tables
"""
    found = Deck.from_text(text.replace("PROPERTY", written), name="film.yaml")
    table = run_sweep(found, directory=tmp_path / "out", reporter=SilentSweep())
    (parameter,) = table.sweep.parameters.values()
    assert parameter.paths == ("materials.film.thermal_conductivity.factor",) and not table.failed
    factors = table.values("materials.film.thermal_conductivity")
    assert len(set(factors)) == 3 and (factors / about).min() > 0.2
    # k1 (T - T0) + k2 (T^2 - T0^2)/2 = q L
    q_l, k_1, k_2 = 10.0, factors, 3e-3 * factors
    hottest = (-k_1 + np.sqrt(k_1**2 + k_2 * (2 * q_l + 2 * k_1 * 300 + k_2 * 300**2))) / k_2
    assert table.values("temperature_max") - 300 == pytest.approx(hottest - 300, rel=1e-6)


# ---------------------------------------------------------------- what they tell, of models in closed form

MODEL = """\
mesh: {{layers: [{{metal: 1 um}}], cells: 2}}
materials: {{metal: sodium}}
physics: {{heat: {{blocks: [metal]}}}}
definitions: {{x1: 0, x2: 0, x3: 0}}
boundaries: {{top: {{temperature: "{formula}"}}, bottom: {{heat_flux: 0 W/m^2}}}}
elements: {{order: 1}}
sweep:
  parameters: {{a: definitions.x1, b: definitions.x2, c: definitions.x3}}
  random:
    count: {count}
    method: {method}
    of: {{a: {{from: -{end}, to: {end}}}, b: {{from: -{end}, to: {end}}}, c: {{from: -{end}, to: {end}}}}}
  collect: [temperature_max]
  plots: [{{bands: temperature_max}}{plots}]
  processes: 1
  keep: tables
"""
LINEAR = "300 K + 1 K * (x1 + 2 * x2 + 3 * x3)"
ISHIGAMI = "300 K + 1 K * (sin(x1) + 7 * sin(x2)^2 + 0.1 * x3^4 * sin(x1))"


def linear(a: float, b: float, c: float) -> float:
    return 300.0 + a + 2.0 * b + 3.0 * c


def ishigami(a: float, b: float, c: float) -> float:
    return 300.0 + math.sin(a) + 7.0 * math.sin(b) ** 2 + 0.1 * c**4 * math.sin(a)


def model(count: int, end: float = 1.0, formula: str = LINEAR, method: str = "saltelli") -> str:
    plots = ", {indices: temperature_max}" if method == "saltelli" else ""
    return MODEL.format(count=count, end=end, formula=formula, method=method, plots=plots)


def table_of(text: str, function: Callable[..., float], failed: tuple[int, ...] = ()) -> SweepTable:
    """A table with the exact outputs of a model."""
    table = SweepTable(read_sweep(Deck.from_text(text)), {"temperature_max": "K"})
    for case in table.sweep.cases:
        values = [float(node.number or 0.0) for node in case.values.values()]
        done = CaseResult(case.number, "finished", "", {"temperature_max": function(*values)}, {"temperature_max": "K"})
        table.results[case.number] = CaseResult(case.number, "failed") if case.number in failed else done
    return table


def errors(found: list[Index], first: list[float], total: list[float]) -> float:
    """The largest error of the indices."""
    return max(max(abs(r.first - f), abs(r.total - t)) for r, f, t in zip(found, first, total, strict=True))


def test_the_indices_of_a_linear_model() -> None:
    found = indices(table_of(model(128), linear))
    assert [row.parameter for row in found] == ["a", "b", "c"]
    assert errors(found, [1 / 14, 4 / 14, 9 / 14], [1 / 14, 4 / 14, 9 / 14]) < 0.02
    assert all(0 < row.first_width < 0.3 and row.samples == 128 for row in found)


VARIANCE = 0.5 * (1 + 0.1 * math.pi**4 / 5) ** 2, 49 / 8, 0.01 * math.pi**8 * (1 / 18 - 1 / 50)
"""Of Ishigami's function: of a alone, b alone, and a and c together."""


def test_the_indices_of_ishigami() -> None:
    """To 0.035 with 1024 samples, of the seeds 0 to 11 with the worst, and within the confidence that is told."""
    text = model(1024, math.pi, ISHIGAMI).replace("method:", "seed: 6\n    method:")
    found = indices(table_of(text, ishigami))
    a, b, ac = (part / sum(VARIANCE) for part in VARIANCE)
    assert errors(found, [a, b, 0.0], [a + ac, b, ac]) < 0.035
    assert all(abs(r.first - f) < r.first_width for r, f in zip(found, [a, b, 0.0], strict=True))


def test_a_failed_case_takes_its_sample_out_and_no_more() -> None:
    """Cases 1 to 5 are the first sample, 6 to 10 the second."""
    whole, less = table_of(model(128), linear), table_of(model(128), linear, failed=(2, 4, 10))
    assert lost_samples(less) == 2 and [row.samples for row in indices(less)] == [126] * 3
    first, total = ([getattr(row, key) for row in indices(whole)] for key in ("first", "total"))
    assert errors(indices(less), first, total) < 0.05
    assert quantiles(less)[0].count == 2 * 128 - 1  # of the sample 1 both draws have succeeded, of 2 one


def test_an_output_that_does_not_vary_has_no_indices() -> None:
    found = indices(table_of(model(8), lambda a, b, c: 300.0 + 1e-12 * a))
    assert all(math.isnan(row.first) and math.isnan(row.total) for row in found)


def test_quantiles_are_those_of_the_model() -> None:
    """The quantiles of a + 2 b + 3 c, evenly from -1 to 1 each, from a million values."""
    (row,) = quantiles(table_of(model(1024, method="sobol"), linear))
    exact = np.random.default_rng(5).uniform(-1, 1, (1_000_000, 3)) @ [1, 2, 3] + 300
    assert row.count == 1024 and row.mean == pytest.approx(300, abs=0.01)
    assert row.deviation == pytest.approx(math.sqrt(14 / 3), rel=0.01)
    assert row.at == pytest.approx(np.quantile(exact, [0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975]), abs=0.1)


@pytest.fixture(scope="module")
def solved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("random")
    (folder / "deck.yaml").write_text(model(4), encoding="utf-8")
    run_sweep(folder / "deck.yaml", directory=folder / "out", reporter=SilentSweep())
    return folder


def test_a_sweep_writes_what_its_random_cases_tell(solved: Path) -> None:
    recorded = load(solved / "out")
    assert isinstance(recorded, RecordedSweep)
    found, exact = recorded.indices, indices(table_of(model(4), linear))
    assert found["parameter"].tolist() == ["a", "b", "c"]
    for key, name in (("first", "first order"), ("total", "total")):
        assert found[name] == pytest.approx([getattr(row, key) for row in exact], rel=1e-6)
    (row,) = quantiles(table_of(model(4), linear))
    assert recorded.quantiles["50 %"] == pytest.approx(row.at[3], rel=1e-9)
    names = {file.name for file in (solved / "out/plots").iterdir()}
    assert names == {"temperature_max-bands.png", "temperature_max-indices.png"}


def test_a_resumed_sweep_has_the_same_cases(solved: Path) -> None:
    before = (solved / "out/indices.csv").read_bytes(), (solved / "out/sweep.csv").read_bytes()
    (solved / "out/indices.csv").unlink()
    shutil.rmtree(solved / "out/plots")  # what a sweep has written may be thrown away
    run_sweep(solved / "deck.yaml", directory=solved / "out", reporter=SilentSweep())
    assert ((solved / "out/indices.csv").read_bytes(), (solved / "out/sweep.csv").read_bytes()) == before
    assert len(list((solved / "out/plots").iterdir())) == 2


@pytest.mark.slow
def test_the_indices_of_a_linear_model_that_is_solved(tmp_path: Path) -> None:
    (tmp_path / "deck.yaml").write_text(model(64), encoding="utf-8")
    table = run_sweep(tmp_path / "deck.yaml", directory=tmp_path / "out", reporter=SilentSweep())
    assert not table.failed
    assert errors(indices(table), [1 / 14, 4 / 14, 9 / 14], [1 / 14, 4 / 14, 9 / 14]) < 0.02


# ---------------------------------------------------------------- pictures

GRID = """\
parameters: {T: boundaries.top.temperature, q: boundaries.bottom.heat_flux}
grid: {q: {from: 1 W/m^2, to: 100 W/m^2, count: 3, spacing: log}, elements.order: [1, 2]}
random: {count: 4, of: {T: {mean: 300 K, deviation: 2 K}}}
"""


@pytest.fixture(scope="module")
def grouped() -> SweepTable:
    """Random temperatures for each heat flux: the output is T + q/(10 W/m^2) K."""
    table = SweepTable(read_sweep(deck(GRID.replace(", elements.order: [1, 2]", ""))), {"hot": "K"})
    for case in table.sweep.cases:
        T, q = (measure(case.values[name]) for name in ("T", "q"))
        assert T is not None and q is not None
        table.results[case.number] = CaseResult(case.number, "finished", "", {"hot": T.si + q.si / 10}, {"hot": "K"})
    return table


def test_bands_over_a_parameter_are_the_quantiles_of_its_cases(grouped: SweepTable) -> None:
    ax = bands(grouped, Plot("q", None, None, None, {}, bands="hot"), lambda name: Path(name)).axes[0]
    (median,) = ax.lines
    x, y = np.asarray(median.get_xdata()), np.asarray(median.get_ydata())
    assert x == pytest.approx([1, 10, 100]) and ax.get_xscale() == "log" and len(ax.collections) == 2
    assert y == pytest.approx([row.at[3] for row in quantiles(grouped)])


def test_the_distribution_for_each_value_of_a_parameter(grouped: SweepTable) -> None:
    ax = bands(grouped, Plot(None, None, "q", None, {}, bands="hot"), lambda name: Path(name)).axes[0]
    steps = [line for line in ax.lines if line.get_linestyle() == "-"]
    assert len(steps) == 3 and np.asarray(steps[0].get_ydata()) == pytest.approx([0.25, 0.5, 0.75, 1.0])


def test_bands_over_time_are_of_the_tables_of_the_cases(grouped: SweepTable, tmp_path: Path) -> None:
    """Case n is n K/s steep, on times of its own."""
    for case in grouped.sweep.cases:
        (tmp_path / case.name).mkdir()
        times = [0.0, 0.5, 1.0 + 0.1 * case.number]
        rows = "".join(f"{t},{case.number * t}\n" for t in times)
        (tmp_path / case.name / "outputs.csv").write_text(f"time [s],hot [K]\n{rows}", encoding="utf-8")
    figure = bands(grouped, Plot("time", None, "q", None, {}, bands="hot"), lambda name: tmp_path / name)
    for line, numbers in zip(figure.axes[0].lines, ([1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]), strict=True):
        assert line.get_ydata()[-1] == pytest.approx(np.median(numbers) * (1.0 + 0.1 * numbers[0]))
    with pytest.raises(ValueError, match="no case has hot over time"):
        bands(grouped, Plot("time", None, "q", None, {}, bands="hot"), lambda name: tmp_path / "none")


def test_bars_of_indices_have_their_confidence() -> None:
    table = table_of(model(64), linear)
    figure = index_bars(table, Plot(None, None, None, None, {}, indices="temperature_max"))
    heights = [bar.get_height() for bar in figure.axes[0].patches]
    found = indices(table)
    assert heights == pytest.approx([row.first for row in found] + [row.total for row in found])
    with pytest.raises(ValueError, match="does not vary"):
        constant = table_of(model(8), lambda a, b, c: 300.0)
        index_bars(constant, Plot(None, None, None, None, {}, indices="temperature_max"))


class Written(dict[str, bytes]):
    """Stands in for the folder of a sweep."""

    def write_bytes(self, name: str, content: bytes) -> None:
        self[name] = content


@pytest.mark.parametrize(
    ("scales", "expected"),
    [("", ("linear", "linear")), (", scales: {x: log, y: log}", ("log", "log")), (", scales: {x: linear}", None)],
)
def test_scales_are_as_asked(scales: str, expected: tuple[str, str] | None) -> None:
    """Of themselves, neither axis spans two decades; below, values from zero on have no logarithm."""
    from trona.sweep.plots import _lines

    section = f"grid: {{{T}: [290 K, 300 K, 310 K]}}\nplots: [{{x: {T}, y: hot{scales}}}]"
    table = SweepTable(read_sweep(deck(section)), {"hot": "K"})
    for n in (1, 2, 3):
        table.results[n] = CaseResult(n, "finished", "", {"hot": 300.0 + 0.1 * n}, {"hot": "K"})
    ax = _lines(table, table.sweep.plots[0]).axes[0]
    assert (ax.get_xscale(), ax.get_yscale()) == (expected or ("linear", "linear"))
    table.results[2] = CaseResult(2, "finished", "", {"hot": 0.0}, {"hot": "K"})
    warnings = draw(table, Written())  # type: ignore[arg-type]
    assert bool(warnings) == ("y: log" in scales) and all("needs values above zero" in text for text in warnings)


def test_pictures_of_one_output_with_other_scales_have_names_of_their_own() -> None:
    plots = f"{{x: {T}, y: hot}}, {{x: {T}, y: hot, scales: {{y: log}}}}, {{x: {T}, y: hot}}"
    table = SweepTable(read_sweep(deck(f"grid: {{{T}: [290 K, 300 K]}}\nplots: [{plots}]")), {"hot": "K"})
    for n in (1, 2):
        table.results[n] = CaseResult(n, "finished", "", {"hot": 300.0 + n}, {"hot": "K"})
    written = Written()
    assert draw(table, written) == []  # type: ignore[arg-type]
    assert list(written) == [f"plots/hot-over-{T}.png", f"plots/hot-over-{T}-y-log.png"]


def test_contours_over_many_decades_have_a_level_for_each() -> None:
    from trona.sweep.plots import _map

    section = "grid: {a.x: [1, 2, 3], a.y: [1, 2]}\nplots: [{x: a.x, y: a.y, map: hot}]".replace("a.", "sources.")
    table = SweepTable(read_sweep(deck(section)), {"hot": "K"})
    for n in range(1, 7):
        table.results[n] = CaseResult(n, "finished", "", {"hot": 10.0**n}, {"hot": "K"})
    contours = _map(table, table.sweep.plots[0]).axes[0].collections[0]
    levels = contours.levels  # type: ignore[attr-defined]
    assert levels[0] == pytest.approx(10) and levels[-1] == pytest.approx(1e6) and len(levels) >= 6
    ratios = levels[1:] / levels[:-1]
    assert ratios.min() > 1.5 and ratios.max() < 11


def test_what_failed_cases_leave_out_is_said(tmp_path: Path) -> None:
    from trona.sweep.run import _tell

    said: list[str] = []
    reporter = SilentSweep()
    reporter.warning = said.append  # type: ignore[method-assign]
    folder = SimpleNamespace(directory=SimpleNamespace(write_text=lambda *_: None))
    _tell(table_of(model(8), linear, failed=(2, 4, 10)), folder, reporter)  # type: ignore[arg-type]
    assert said == [
        "quantiles.csv: 3 of 40 cases failed and are left out; quantiles are biased if the failed cases are alike",
        "indices.csv: 2 of 8 samples are left out, because a case of theirs failed",
    ]
