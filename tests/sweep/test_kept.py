"""What a process keeps from case to case: the set-up, and no number of the case before."""

from __future__ import annotations

import ctypes
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from layers import Layer, build
from ufl.algorithms import extract_coefficients
from ufl.algorithms.analysis import extract_constants

import trona_plugins
from trona.deck import Deck, read_deck
from trona.deck.expression import Constant, Expression
from trona.errors import AuditError, BoundsError, DeckError
from trona.model import compose
from trona.model.alike import Alike, alike
from trona.problem import Problem, kept_factor
from trona.problem import solver as solver_of
from trona.readings.audit import Audit
from trona.record.terminal import SilentReporter
from trona.session import Result, run
from trona.session.kept import Kept
from trona.settings import read_settings
from trona.sweep import read_sweep, run_sweep
from trona.sweep.terminal import SilentSweep
from trona.sweep.worker import Job, Solver

CELL = """\
mesh: {layers: [{metal: 2 um}, {sei: film}, {electrolyte: 3 um}], cells: 2}
definitions: {film: half * 2, half: 25 nm}
materials: {metal: sodium, sei: uniform_sei, electrolyte: napf6_carbonate}
physics:
  ionic_charge: {blocks: [sei, electrolyte]}
  heat: {blocks: [metal, sei, electrolyte]}
  joule_heating: {}
  butler_volmer: {interface: metal | sei, i0: 20 A/m^2, electrode_potential: 0 V}
  thermal_resistance: {interface: metal | sei, R: 1e-5 K*m^2/W}
boundaries:
  top: {current_density: 1 mA/cm^2, temperature: 40 degC}
  bottom: {temperature: 20 degC}
elements: {order: 1}
audit: {monitors: [entropy_production]}
"""
EXAMPLES = Path(trona_plugins.__file__).parent / "conformance"
STEADY = [
    (),
    ("physics.butler_volmer.i0=35 A/m^2",),
    ("materials.sei={use: uniform_sei, ionic_conductivity: 1e-3 S/m}",),
    ("boundaries.top.temperature=55 degC",),
    ("physics.thermal_resistance.R=0 K*m^2/W",),
    ("boundaries.top.current_density=-2 mA/cm^2",),
    ("definitions.half=40 nm",),
    ("physics.butler_volmer.activation_energy=40 kJ/mol", "boundaries.bottom.temperature=0 degC"),
    ("boundaries.top.temperature={table: [[0 s, 300 K], [1 s, 310 K]], of: t}",),
    ("physics.butler_volmer.i0=20 A/m^2 * exp(4000 K * (1/(300 K) - 1/temperature(sei)))",),
    ("physics.butler_volmer.i0=20 A/m^2 * exp(5000 K * (1/(300 K) - 1/temperature(sei)))",),
]
WARMED = """\
mesh: {layers: [{metal: 20 um}, {sei: 1 um}], cells: 3}
materials: {metal: sodium, sei: uniform_sei}
physics: {heat: {blocks: [metal, sei]}, thermal_resistance: {interface: metal | sei, R: 1e-5 K*m^2/W}}
definitions: {hot: 330 K}
boundaries: {top: {temperature: "293.15 K + (hot - 293.15 K) * min(t / 10 us, 1)"}, bottom: {heat_flux: 1 kW/m^2}}
initial: {temperature: 20 degC}
elements: {order: 1}
time: {end: 20 us, step: 5 us, method: bdf2}
"""
TRANSIENT = [
    (),
    ("definitions.hot=350 K",),
    ("initial.temperature=30 degC",),
    ("time.step=4 us",),
    ("boundaries.bottom.heat_flux=-3 kW/m^2", "time.end=15 us"),
    ("initial.temperature={metal: 20 degC, sei: 25 degC}",),
    ("physics.thermal_resistance.R=3e-5 K*m^2/W",),
    ("initial.temperature=290 K + 5 K * x / (21 um)",),
    ("time.stop=[{output: temperature_max, above: 310 K}]",),
]
DRIVEN = (
    (
        WARMED
        + """\
protocol:
  controls: {q: W/m^2}
  steps:
    - {name: heat, set: {q: 2 kW/m^2}, until: {time: 10 us}}
    - {name: cool, set: {q: -1 kW/m^2}, until: {time: 10 us}}
"""
    )
    .replace("heat_flux: 1 kW/m^2", "heat_flux: q")
    .replace("end: 20 us, ", "")
)
PROTOCOLS = [
    (),
    ("protocol.steps[0].set.q=5 kW/m^2",),
    ("protocol.steps[1].until.time=5 us",),
    ("physics.thermal_resistance.R=3e-5 K*m^2/W",),
    ("protocol.repeat=2",),
]


def deck_of(folder: Path, text: str, overrides: tuple[str, ...]) -> Any:
    (folder / "deck.yaml").write_text(text, encoding="utf-8")
    return read_deck(folder / "deck.yaml", overrides)


def numbers(result: Result) -> dict[str, float]:
    """All outputs and every entry of the ledger, with what is said of its closure."""
    found = {name: output.value for name, output in result.outputs.items()}
    for name, ledger in {**result.ledger, **result.monitors}.items():
        for entry in ledger.entries:
            found[f"{name}: {entry.term} {entry.plugin} {entry.region} {entry.side} {entry.piece}"] = entry.value
    return found


def whole(name: str) -> str:
    """The output, or the ledger with all components of a vector."""
    return name.partition(":")[0].partition("[")[0]


def agree(kept: Result, alone: Result) -> None:
    mine, other = numbers(kept), numbers(alone)
    assert mine.keys() == other.keys() and kept.status == alone.status
    assert len(kept.newton) == len(alone.newton)
    assert [s.reason for s in kept.passed] == [s.reason for s in alone.passed]
    sizes = dict.fromkeys(map(whole, other), 0.0)
    for name, value in other.items():
        sizes[whole(name)] = max(sizes[whole(name)], abs(value))
    for name, value in other.items():
        assert abs(mine[name] - value) <= 1e-9 * sizes[whole(name)], name
    for name, ledger in alone.ledger.items():
        assert kept.ledger[name].closure <= max(ledger.closure, 1e-10)


@pytest.mark.parametrize(
    ("text", "cases", "order", "set_ups"),
    [
        (CELL, STEADY, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 2, 0], 9),
        (WARMED, TRANSIENT, [0, 1, 2, 3, 4, 5, 6, 7, 8, 1], 5),
        (DRIVEN, PROTOCOLS, [0, 1, 2, 3, 4, 0], 1),
    ],
    ids=["steady", "transient", "protocol"],
)
def test_a_case_with_what_another_has_left_is_the_case_alone(
    text: str, cases: list[tuple[str, ...]], order: list[int], set_ups: int, tmp_path: Path
) -> None:
    """Of material values, boundary values, options that change forms, time steps, meshes, initial values, protocols."""
    decks = [deck_of(tmp_path, text, overrides) for overrides in cases]
    alone = [run(deck, record=False, reporter=SilentReporter()) for deck in decks]
    kept = Kept()
    for i in order:
        agree(run(decks[i], record=False, reporter=SilentReporter(), kept=kept), alone[i])
    assert kept.set_ups == set_ups


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    ["creep", "growth", "growth-height", "salt", "platen", "mechanical_overpotential", "capillary_overpotential-mesh"],
)
def test_values_of_materials_under_every_kind_of_equation(name: str) -> None:
    """Creep, meshes that move, multipliers, surface fields: all constants of materials are a little larger."""
    deck = read_deck(EXAMPLES / f"{name}.yaml")

    def larger(mesh: Any = None) -> Any:
        model = compose(deck, mesh=mesh)
        same = alike(model, model)
        assert isinstance(same, Alike)
        for symbol, _ in same.inputs:
            expression = symbol.expression
            if symbol.slot and expression.is_constant:
                value = (Constant(1.01 * expression.constant),)
                symbol.expression = Expression("larger", expression.unit, frozenset(), value)
        return model

    alone = run(larger(), record=False, reporter=SilentReporter())
    kept, first = Kept(), compose(deck)
    run(first, record=False, reporter=SilentReporter(), kept=kept)
    agree(run(larger(first.mesh), record=False, reporter=SilentReporter(), kept=kept), alone)
    assert kept.set_ups == 1


def test_nothing_of_the_model_before_stays_in_the_forms(tmp_path: Path) -> None:
    """Every number of a deck is another one: the coefficients of all forms are those of a set-up of its own."""
    deck = deck_of(tmp_path, CELL, ("initial.temperature={metal: 20 degC, sei: 25 degC, electrolyte: 25 degC}",))
    first = compose(deck)
    problem = Problem(first, read_settings(first).solver)
    second = compose(deck, mesh=first.mesh)
    found = alike(first, second)
    assert isinstance(found, Alike)
    changed = 0
    for _, symbol in found.inputs:
        assert isinstance(symbol.expression, Expression) and symbol.expression.is_constant
        value = 1.07 * symbol.expression.constant + 0.01
        symbol.expression = Expression("changed", symbol.expression.unit, frozenset(), (Constant(value),))
        changed += 1
    assert changed > 15
    alone = Problem(second, read_settings(second).solver, meshes=problem.meshes)
    assert values_in(problem) != values_in(alone)
    found.adopt()
    problem.renew({}, None)
    problem.start()
    assert values_in(problem) == values_in(alone)


def values_in(problem: Problem) -> list[list[float]]:
    """Return the values of all coefficients of the residual and of the fixed values, in their order."""
    parts = [problem.residual, *(bc._original_arg for bc in problem.bcs)]
    constants = [[float(c) for c in extract_constants(part)] for part in parts]
    functions = [f.dat.data_ro for f in extract_coefficients(problem.residual)]
    pieces = [piece for data in functions for piece in (data if isinstance(data, tuple) else (data,))]
    return [*constants, *(piece.ravel().tolist() for piece in pieces)]


SHAKY = """\
mesh: {layers: [{metal: 1 um}], cells: 8}
materials: {metal: {use: sodium, thermal_conductivity: 1 W/m/K * exp((temperature - 300 K) / (1 K))}}
physics: {heat: {blocks: [metal]}}
boundaries: {top: {temperature: 300 K}, bottom: {heat_flux: 0.1 MW/m^2}}
solver: {max_iterations: 6}
"""


def solve(solver: Solver, sweep: Any, folder: Path) -> Iterator[Any]:
    for case in sweep.cases:
        yield solver.solve(Job(case.number, sweep.case_deck(case), folder / case.name))


def test_a_failed_case_leaves_nothing_to_the_next(tmp_path: Path) -> None:
    """Not its state, which would be far from any solution, nor its factors."""
    text = SHAKY + "sweep: {grid: {boundaries.bottom.heat_flux: [0.2 MW/m^2, 200 MW/m^2, 0.2 MW/m^2, 0.3 MW/m^2]}}\n"
    solver = Solver()
    found = list(solve(solver, read_sweep(deck_of(tmp_path, text, ())), tmp_path / "cases"))
    assert [result.status for result in found] == ["finished", "failed", "finished", "finished"]
    assert solver.kept.set_ups == 2
    assert found[2].outputs == pytest.approx(found[0].outputs, rel=1e-13)


@pytest.mark.parametrize("left", [1e6, float("nan")])
def test_a_first_guess_that_leads_nowhere_is_followed_by_the_cases_own(left: float, tmp_path: Path) -> None:
    deck = deck_of(tmp_path, SHAKY, ())
    kept = Kept()
    first = run(deck, record=False, reporter=SilentReporter(), kept=kept)
    first.problem.unknowns.states[0].assign(left)
    other = deck_of(tmp_path, SHAKY, ("boundaries.bottom.heat_flux=0.3 MW/m^2",))
    found = run(other, record=False, reporter=SilentReporter(), kept=kept)
    assert found.problem is first.problem and kept.set_ups == 1
    agree(found, run(other, record=False, reporter=SilentReporter()))


TWO_ANSWERS = """\
mesh: {layers: [{metal: 1 m}], cells: 1}
materials: {metal: {thermal_conductivity: "1 W/m/K * (1 + (temperature - 300 K) / (10 K))"}}
physics: {heat: {blocks: [metal]}}
boundaries: {top: {temperature: 300 K}, bottom: {heat_flux: 1 W/m^2}}
elements: {order: 1}
"""


def from_another(state: float, folder: Path, *overrides: str) -> tuple[Result, Result]:
    """Return a case that starts from a state that another has left, and the same alone."""
    kept = Kept()
    first = run(deck_of(folder, TWO_ANSWERS, ()), record=False, reporter=SilentReporter(), kept=kept)
    first.problem.unknowns.states[0].assign(state)
    other = deck_of(folder, TWO_ANSWERS, ("boundaries.bottom.heat_flux=2 W/m^2", *overrides))
    found = run(other, record=False, reporter=SilentReporter(), kept=kept)
    assert found.problem is first.problem and kept.set_ups == 1
    return found, run(other, record=False, reporter=SilentReporter())


def test_an_answer_out_of_bounds_is_followed_by_that_of_the_cases_own_start(tmp_path: Path) -> None:
    """Between two nodes a conductivity that is linear has two temperatures of one flux, one where it is negative."""
    found, alone = from_another(-22.0, tmp_path)
    agree(found, alone)
    flux, slope = 2.0, 1 / 10.0
    assert found["temperature_max"] == pytest.approx(300 + ((1 + 2 * slope * flux) ** 0.5 - 1) / slope, rel=1e-9)


@pytest.mark.parametrize("error", [AuditError, BoundsError])
def test_an_answer_that_is_refused_is_followed_by_that_of_the_cases_own_start(
    error: type[Exception], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge, judged = Audit.judge, []

    def refusing(self: Audit, step: Any) -> None:
        judged.append(self.problem.near)
        if self.problem.near:
            raise error("not this one")
        judge(self, step)

    monkeypatch.setattr(Audit, "judge", refusing)
    agree(*from_another(0.0, tmp_path))
    assert judged == [False, True, False, False]


def test_messages_name_the_places_of_their_own_deck() -> None:
    """A case that takes over the set-up of another has other lines, or another file."""
    text = DRIVEN.replace("metal: sodium", "metal: {use: sodium, thermal_conductivity: k_now}")
    text = text.replace("{q: W/m^2}", "{q: W/m^2, k_now: W/m/K}").replace("set: {q:", "set: {k_now: 100 W/m/K, q:")
    kept = Kept()
    run(Deck.from_text(text, name="first.yaml"), record=False, reporter=SilentReporter(), kept=kept)
    cold = Deck.from_text("# A line more.\n" + text.replace("k_now: 100", "k_now: -100"), name="second.yaml")
    with pytest.raises(DeckError) as caught:
        run(cold, record=False, reporter=SilentReporter(), kept=kept)
    assert kept.set_ups == 1
    location = caught.value.location
    assert location is not None and (location.file, location.line) == ("second.yaml", 3)
    with pytest.raises(DeckError) as alone:
        run(cold, record=False, reporter=SilentReporter())
    assert str(caught.value) == str(alone.value)


def test_each_case_has_the_warnings_of_its_mesh(tmp_path: Path) -> None:
    build(tmp_path / "slab.msh", [Layer("metal", 5.0, 2)], dim=2)
    text = """\
mesh: {file: slab.msh, length_unit: m}
materials: {metal: sodium}
physics: {heat: {blocks: [metal]}}
boundaries: {top: {temperature: 300 K}, bottom: {heat_flux: 1 W/m^2}}
"""
    kept, said = Kept(), []
    for flux in (1, 2):
        reporter = SilentReporter()
        deck = deck_of(tmp_path, text, (f"boundaries.bottom.heat_flux={flux} W/m^2",))
        directory = run(deck, directory=tmp_path / str(flux), reporter=reporter, kept=kept).directory
        assert directory is not None
        summary = json.loads((directory / "summary.json").read_text(encoding="utf-8"))
        assert summary["warnings"] == reporter.warnings
        said.append(summary["warnings"])
    assert kept.set_ups == 1
    assert said[0] == said[1] and "did you mean another unit" in said[0][0]


@pytest.mark.parametrize(("text", "cases"), [(CELL, STEADY[:6]), (WARMED, TRANSIENT[:6])], ids=["steady", "transient"])
def test_results_do_not_depend_on_the_order_of_the_cases(
    text: str, cases: list[tuple[str, ...]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Systems of every size are solved as large ones are: in single precision, and with the factors of other cases."""
    monkeypatch.setattr(kept_factor, "_SMALL", 0)
    monkeypatch.setattr(solver_of, "_SMALL", 0)
    decks = [deck_of(tmp_path, text, overrides) for overrides in cases]
    alone = [run(deck, record=False, reporter=SilentReporter()) for deck in decks]
    for order in (range(len(decks)), reversed(range(len(decks)))):
        kept = Kept()
        for i in order:
            found = run(decks[i], record=False, reporter=SilentReporter(), kept=kept)
            agree(found, alone[i])
            assert found.problem.newton.linear is not None


def test_a_sweep_of_a_value_has_one_set_up_and_no_kernel_after_its_first_case(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even one that another process has left on the disk."""
    loaded: list[Any] = []
    open_library = ctypes.CDLL

    def opened(*names: Any, **how: Any) -> Any:
        loaded.append(names)
        return open_library(*names, **how)

    monkeypatch.setattr(ctypes, "CDLL", opened)
    # Another order than elsewhere here: the first case must need kernels that no test before it has loaded.
    grid = "materials.sei: [uniform_sei, {use: uniform_sei, ionic_conductivity: 1e-3 S/m}]"
    text = CELL.replace("order: 1", "order: 3")
    text += f"sweep: {{grid: {{{grid}, boundaries.top.temperature: [40 degC, 41 degC]}}}}\n"
    solver, kernels = Solver(), []
    for result in solve(solver, read_sweep(deck_of(tmp_path, text, ())), tmp_path / "cases"):
        assert result.status == "finished"
        kernels.append(len(loaded))
    assert solver.kept.set_ups == 1
    assert kernels[0] > 0 and kernels == kernels[:1] * 4


def test_two_processes_find_the_same_as_one_run_per_case(tmp_path: Path) -> None:
    grid = "physics.butler_volmer.i0: [20 A/m^2, 30 A/m^2, 40 A/m^2], elements.order: [1, 2]"
    sweep = f"sweep: {{grid: {{{grid}}}, processes: 2, keep: tables}}\n"
    table = run_sweep(deck_of(tmp_path, CELL + sweep, ()), directory=tmp_path / "out", reporter=SilentSweep())
    assert len(table.succeeded) == 6
    for case in table.sweep.cases[1::2]:
        alone = run(table.sweep.case_deck(case), record=False, reporter=SilentReporter())
        found = table.results[case.number].outputs
        assert found == pytest.approx({name: output.value for name, output in alone.outputs.items()}, rel=1e-9)
        summary = json.loads((tmp_path / f"out/cases/{case.name}/summary.json").read_text(encoding="utf-8"))
        assert summary["newton"]["total_iterations"] == table.results[case.number].newton
