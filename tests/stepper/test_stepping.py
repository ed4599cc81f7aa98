"""Steps through time: order, control of the error, retries and the end of a run.

The heat equation on a line with T = 300 K + x (2 - x) exp(t) K: order 2 in space holds it exactly, so that
all of the error is that of time.
"""

from __future__ import annotations

from dataclasses import replace
from math import exp, log
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from problems import problem_for
from strips import nodal, strip

from trona.errors import DeckError, SolveError, UserError
from trona.model import Physics, compose, registry
from trona.plugin import Blocks, Contribution, Quantity
from trona.problem import Problem
from trona.record.terminal import SilentReporter
from trona.session.run import run
from trona.settings import read_settings
from trona.settings.outputs import read_outputs
from trona.settings.time import TimeSettings, read_time
from trona.stepper import Stepper

WAVE = "x * (2 m - x) / (1 m^2)"


class Heater(Physics):
    """A source of heat, for tests."""

    name = "heater"
    blocks = Blocks("where")
    power = Quantity("W/m^3", "heat produced", variables=("t", "x"))

    def contribute(self, model: Contribution) -> None:
        model.balance("energy").source(self.power, self.blocks)


@pytest.fixture(scope="module")
def problem(tmp_path_factory: pytest.TempPathFactory) -> Problem:
    deck = strip(
        tmp_path_factory.mktemp("heated"),
        [("a", 1.0, 2)],
        materials={
            "a": {"thermal_conductivity": "0.1 W/m/K", "density": "2 kg/m^3", "specific_heat_capacity": "1 J/kg/K"}
        },
        physics={
            "heat": {"blocks": ["a"]},
            # rho c dT/dt - k T''
            "heater": {"blocks": ["a"], "power": f"(2 W/m^3 * {WAVE} + 0.2 W/m^3) * exp(t / (1 s))"},
        },
        boundaries={"bottom": {"temperature": "300 K"}},
        initial={"temperature": f"300 K + 1 K * {WAVE}"},
        time={"end": "1 s", "step": "0.1 s"},
    )
    known = registry()
    return problem_for(compose(deck, replace(known, physics={**known.physics, "heater": Heater})))


def settings(**changes: Any) -> TimeSettings:
    """Constant steps of order 2 up to 1 s, changed."""
    return replace(TimeSettings(1.0, 0.1, 2, {}, 1e-9, 1.0, 2.0, ()), **changes)


def error(problem: Problem, stepper: Stepper) -> float:
    """Step to the end; the largest error there, K."""
    problem.start()
    steps = list(stepper.steps())
    assert stepper.time == pytest.approx(stepper.settings.end, rel=1e-12)  # type: ignore[union-attr]
    assert sum(s.duration for s in steps) == pytest.approx(stepper.time, rel=1e-12)
    return distance(problem, stepper.time)


def distance(problem: Problem, time: float) -> float:
    x, rise = nodal(type("Solved", (), {"problem": problem}), "temperature", "a", 300)  # type: ignore[arg-type]
    return float(np.abs(rise - x * (2 - x) * exp(time)).max())


class Uneven(Stepper):
    """Steps of 4/3 and 2/3 of the given one, in turn."""

    def _proposal(self, size: float, order: int, error: float, settings: TimeSettings) -> float:
        return settings.step * (2 / 3 if size > settings.step else 4 / 3)


@pytest.mark.parametrize(("order", "kind"), [(1, Stepper), (2, Stepper), (2, Uneven)])
def test_order(problem: Problem, order: int, kind: type[Stepper]) -> None:
    errors = [error(problem, kind(problem, settings(order=order, step=1 / n))) for n in (40, 80, 160)]
    assert errors[0] > 1e-6
    found = log(errors[1] / errors[2], 2)
    assert found == pytest.approx(order, abs=0.05), errors


def read(folder: Path, **time: Any) -> TimeSettings:
    """What the section `time` of a deck says."""
    deck = strip(
        folder,
        [("metal", 1.0, 1), ("salt", 1.0, 1)],
        materials={"salt": {"ionic_conductivity": "1 S/m"}},
        given={"temperature": "25 degC"},
        physics={"ionic_charge": {"blocks": ["salt"]}, "butler_volmer": {"interface": "metal | salt", "i0": "1 A/m^2"}},
        boundaries={"top": {"electric_potential": "0 V"}},
        time={"end": "100 s", "step": "2 s", **time},
    )
    model = compose(deck)
    found = read_time(model, read_outputs(model))
    assert found is not None
    return found


@pytest.mark.parametrize(("method", "order"), [("bdf1", 1), ("bdf2", 2)])
def test_a_deck_names_the_order_by_its_method(tmp_path: Path, method: str, order: int) -> None:
    assert read(tmp_path, method=method).order == order


def test_steps_grow_where_their_error_is_known(tmp_path: Path) -> None:
    constant, adaptive = read(tmp_path), read(tmp_path, tolerance={"electric_potential": "1 mV"})
    assert (constant.step, constant.largest, constant.tolerances) == (2.0, 2.0, {})
    assert (adaptive.step, adaptive.largest) == (2.0, 10.0)
    assert adaptive.tolerances == {"electric_potential": pytest.approx(1e-3)}
    assert adaptive.smallest == pytest.approx(2e-6)


def test_a_stop_is_in_the_unit_of_its_output(tmp_path: Path) -> None:
    (stop,) = read(tmp_path, stop=[{"output": "overpotential_mean", "above": "20 mV"}]).stops
    assert (stop.output, stop.above, stop.below) == ("overpotential_mean", pytest.approx(0.02), None)
    with pytest.raises(DeckError, match=r"expected a quantity in V, got '20 K'"):
        read(tmp_path, stop=[{"output": "overpotential_mean", "above": "20 K"}])


def test_tolerance_sets_the_error(problem: Problem) -> None:
    """The local error of order 2 goes with the third power of the step, that at the end with the second."""
    errors, counts = [], []
    for tolerance in (1e-4, 1e-5, 1e-6):
        control = settings(tolerances={"temperature": tolerance}, step=1e-3, largest=0.5)
        stepper = Stepper(problem, control)
        problem.start()
        steps = list(stepper.steps())
        assert all(s.error <= 1 for s in steps)
        counts.append(len(steps))
        errors.append(distance(problem, 1.0))
        assert errors[-1] < 100 * tolerance
    slope = log(errors[0] / errors[2]) / log(100)
    assert slope == pytest.approx(2 / 3, abs=0.15), (errors, counts)
    assert counts[2] > 2 * counts[0]


TIMES = (0.1234, 0.5, 0.5001, 0.7)


def test_steps_end_exactly_at_output_times(problem: Problem) -> None:
    """The steps between them are as large as without them, and the error is controlled all the same."""
    control = settings(tolerances={"temperature": 1e-5}, step=1e-3, largest=0.5)
    plain = Stepper(problem, control)
    problem.start()
    free = list(plain.steps())
    undisturbed = distance(problem, 1.0)
    problem.start()
    steps = list(Stepper(problem, control, at=TIMES).steps())
    assert set(TIMES) < {s.time for s in steps}, "exactly, not to round-off"
    assert all(s.error <= 1 for s in steps)
    assert len(steps) <= len(free) + 2 * len(TIMES)
    assert distance(problem, 1.0) < 2 * undisturbed
    after = next(s for s in steps if s.time > 0.5001)
    before = next(s for s in steps if s.time == 0.5)
    assert after.duration > 0.5 * before.duration, "not built up again from the step of 0.1 ms"


def test_constant_steps_go_on_as_they_were(problem: Problem) -> None:
    problem.start()
    steps = list(Stepper(problem, settings(step=0.1), at=(0.25, 0.26)).steps())
    assert [s.time for s in steps][:4] == pytest.approx([0.1, 0.175, 0.25, 0.26])
    assert (steps[1].time, steps[2].time) != (0.2, 0.3) and steps[2].time == 0.25
    assert steps[4].duration == pytest.approx(0.1)


def test_an_output_time_survives_a_failed_step(problem: Problem, monkeypatch: pytest.MonkeyPatch) -> None:
    solve_it, calls = problem.solve, iter(range(1000))

    def fail_once() -> Any:
        if next(calls) == 2:
            raise SolveError("Newton failed after 3 iterations: no convergence")
        return solve_it()

    problem.start()
    monkeypatch.setattr(problem, "solve", fail_once)
    times = [s.time for s in Stepper(problem, settings(step=0.1), at=(0.25,)).steps()]
    assert 0.25 in times and times[-1] == 1.0


def test_what_is_written_at_output_times(tmp_path: Path) -> None:
    """Fields at these times and at the end; the table has every step."""
    deck = strip(
        tmp_path,
        [("a", 1.0, 2)],
        materials={
            "a": {"thermal_conductivity": "5 W/m/K", "density": "1 kg/m^3", "specific_heat_capacity": "100 J/kg/K"}
        },
        physics={"heat": {"blocks": ["a"]}},
        boundaries={"bottom": {"temperature": "300 K"}, "top": {"heat_flux": "1 W/m^2"}},
        initial={"temperature": "300 K"},
        time={"end": "1 s", "step": "0.2 s"},
        outputs={"at": ["0.25 s", "500 ms"]},
    )
    run(deck, directory=tmp_path / "run", reporter=SilentReporter())
    series = (tmp_path / "run/fields.pvd").read_text()
    found = [float(part.split('"')[0]) for part in series.split('timestep="')[1:]]
    assert found == [0.25, 0.5, 1.0]
    rows = (tmp_path / "run/outputs.csv").read_text().splitlines()[1:]
    times = [float(row.split(",")[1]) for row in rows]
    assert {0.25, 0.5} < set(times) and len(times) > 5


@pytest.mark.parametrize(
    ("outputs", "time", "message"),
    [
        ({"at": ["2 s"]}, {"end": "1 s", "step": "1 s"}, "outputs.at[0]: the run ends at 1 s, before this time"),
        ({"at": ["0 s"]}, {"end": "1 s", "step": "1 s"}, "outputs.at[0]: must be above 0 s, got '0 s'"),
        ({"at": ["1 m"]}, {"end": "1 s", "step": "1 s"}, "outputs.at[0]: expected a quantity in s, got '1 m'"),
        ({"at": ["1 s"]}, None, "outputs.at: a steady deck has no times; give the section 'time'"),
    ],
)
def test_output_times_that_are_refused(
    tmp_path: Path, outputs: dict[str, Any], time: dict[str, Any] | None, message: str
) -> None:
    sections = {"time": time, "initial": {"temperature": "300 K"}} if time else {}
    deck = strip(
        tmp_path,
        [("a", 1.0, 1)],
        materials={
            "a": {"thermal_conductivity": "5 W/m/K", "density": "1 kg/m^3", "specific_heat_capacity": "100 J/kg/K"}
        },
        physics={"heat": {"blocks": ["a"]}},
        boundaries={"bottom": {"temperature": "300 K"}},
        outputs=outputs,
        **sections,
    )
    with pytest.raises(UserError) as refused:
        read_settings(compose(deck))
    assert message in str(refused.value)


def test_failed_step_is_cut_and_told(problem: Problem, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    calls = 0
    solve_it = problem.solve

    def fail_once() -> Any:
        nonlocal calls
        calls += 1
        if calls == 5:
            problem.unknowns.states[0].assign(1e30)  # what a failed Newton leaves behind
            raise SolveError("Newton failed after 3 iterations: the residual is not a number\n  more")
        return solve_it()

    undisturbed = error(problem, Stepper(problem, settings(step=1 / 60)))
    monkeypatch.setattr(problem, "solve", fail_once)
    disturbed = error(problem, Stepper(problem, settings(step=1 / 60), told.append))
    assert told == ["step 5 of 0.01667 s failed (after 3 iterations: the residual is not a number); trying 0.004167 s"]
    assert calls > 61
    assert disturbed == pytest.approx(undisturbed, rel=0.2)


def test_step_that_always_fails_ends_the_run(problem: Problem, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> Any:
        raise SolveError("Newton failed after 3 iterations: no convergence")

    problem.start()
    monkeypatch.setattr(problem, "solve", fail)
    with pytest.raises(SolveError, match=r"at t = 0 s no step of 0\.00156 s or less succeeds"):
        list(Stepper(problem, settings(smallest=1e-3)).steps())


def test_stop_condition(tmp_path: Path) -> None:
    """The wall warms by 1 K/s: the first step of 1 s with more than 305.5 K is the sixth."""
    deck = strip(
        tmp_path,
        [("a", 1e-3, 2)],
        materials={
            "a": {"thermal_conductivity": "5 W/m/K", "density": "1 kg/m^3", "specific_heat_capacity": "1 J/kg/K"}
        },
        physics={"heat": {"blocks": ["a"]}},
        boundaries={b: {"temperature": "300 K + 1 K/s * t"} for b in ("bottom", "top")},
        initial={"temperature": "300 K"},
        time={"end": "60 s", "step": "1 s", "stop": [{"output": "temperature_max", "above": "305.5 K"}]},
        outputs={"every": 100},
    )
    result = run(deck, directory=tmp_path / "out")
    assert result.status == "stopped: temperature_max is above 305.5"
    assert result["temperature_max"] == pytest.approx(306, abs=1e-9)
    assert len(result.newton) == 6
    written = sorted(path.name for path in (tmp_path / "out/fields").glob("a-*.vtu"))
    assert written[-1] == "a-000006.vtu", "the fields of the last step too"
