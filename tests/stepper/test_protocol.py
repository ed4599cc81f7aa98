"""Protocols: a wall that is heated and cooled in steps, and a cell whose control changes, against closed forms.

The wall stores L rho c = 1 J/(m^2 K), insulated but for the flux that a control sets; its mean temperature is linear in
time, and both time schemes are exact for that.
"""

from __future__ import annotations

from collections.abc import Callable
from math import asinh
from pathlib import Path
from typing import Any

import pytest
from strips import FARADAY, R_GAS, strip

from trona.errors import SolveError
from trona.problem import Problem
from trona.session import Result, run
from trona.settings.protocol import Limit
from trona.stepper.locate import Locator

WALL: dict[str, Any] = {
    "materials": {
        "a": {"thermal_conductivity": "50 W/m/K", "density": "1000 kg/m^3", "specific_heat_capacity": "1 J/kg/K"}
    },
    "physics": {"heat": {"blocks": ["a"]}},
    "definitions": {"full": "2 W/m^2"},
    "boundaries": {"top": {"heat_flux": "heating"}},
    "initial": {"temperature": "300 K"},
    "outputs": {"extra": {"mean": {"reduce": "mean", "of": "temperature", "on": "a"}}},
}


def wall(folder: Path, steps: list[Any], time: Any = None, **protocol: Any) -> Any:
    """The deck of a wall with these steps; `heat_in` is the integral of what they set."""
    given = {"controls": {"heating": "0 W/m^2"}, "integrals": {"heat_in": "heating"}, **protocol}
    return strip(folder, [("a", 1e-3, 2)], **WALL, time=time or {"step": "0.3 s"}, protocol={"steps": steps, **given})


def reasons(result: Result) -> list[tuple[int, str, str]]:
    return [(p.cycle, p.name, p.reason) for p in result.passed]


WARM = {"name": "warm", "set": {"heating": "full"}, "until": {"heat_in": "1 J/m^2"}}
REST = {"name": "rest", "until": {"time": "0.1 s"}, "step": "0.07 s"}
COOL = {"name": "cool", "set": {"heating": "-full / 4"}, "until": {"mean": {"below": "300.25 K"}}}


def test_limits_are_met(tmp_path: Path) -> None:
    """An amount, a time and an output: each step ends at its limit, and the amounts are those of the audit."""
    result = run(wall(tmp_path, [WARM, REST, COOL], tolerance=1e-9), record=False)
    warm, rest, cool = result.passed
    assert (warm.start, rest.end - rest.start) == (0.0, pytest.approx(0.1, rel=1e-14))
    assert warm.end == pytest.approx(0.5, rel=1e-14) and warm.reason == "heat_in"
    assert rest.end == warm.end + 0.1 and rest.reason == "time"
    assert cool.end - cool.start == pytest.approx(1.5, rel=3e-7) and cool.reason == "mean below 300.25"
    assert result["mean"] == pytest.approx(300.25, rel=1e-9)
    assert [p.amounts["heat_in"] for p in result.passed] == pytest.approx([1.0, 0.0, -0.75], rel=1e-6)
    inflow = next(e for e in result.ledger["energy"].entries if e.region == "top")
    assert sum(p.amounts["heat_in"] for p in result.passed) == pytest.approx(inflow.value, rel=1e-13)
    assert result.ledger["energy"].closure < 1e-12
    assert result.status == "finished"


def test_loops_and_cycles(tmp_path: Path) -> None:
    """A cycle is one pass through an innermost loop; what stands between loops makes cycles of its own."""
    short = {"name": "pulse_1", "set": {"heating": "full"}, "until": {"time": "0.1 s"}}
    steps = [REST, {"repeat": 2, "steps": [short, REST, short]}, {**REST, "name": "last"}]
    sums = {"heat": "heat_in_pulse_1 + 2 * heat_in_rest", "share": "heat_in_rest / heat_in_pulse_1"}
    result = run(wall(tmp_path, steps, repeat=2, per_cycle=sums), record=False)
    inner = ["pulse_1", "rest", "pulse_1"]
    assert [(p.cycle, p.name) for p in result.passed] == [
        *((1, n) for n in ["rest"]),
        *((2, n) for n in inner),
        *((3, n) for n in inner),
        (4, "last"),
        *((5, n) for n in ["rest"]),
        *((6, n) for n in inner),
        *((7, n) for n in inner),
        (8, "last"),
    ]
    assert [p.number for p in result.passed] == list(range(1, 17))
    cycles = [p.of_cycle for p in result.passed if p.of_cycle is not None]
    assert [c.number for c in cycles] == list(range(1, 9))
    second = cycles[1]
    assert second.amounts == {"pulse_1": {"heat_in": pytest.approx(0.4)}, "rest": {"heat_in": 0.0}}
    assert second.numbers["heat"] == pytest.approx(0.4) and second.numbers["share"] == 0.0
    assert cycles[0].numbers["heat"] != cycles[0].numbers["heat"], "a cycle without pulses has none: NaN"
    assert (second.start, second.end) == (pytest.approx(0.1), pytest.approx(0.4))


def test_each_step_starts_anew(tmp_path: Path) -> None:
    """The first time step is that of the step; a rate that jumps leaves no trace in the one after it."""
    steps = [{**WARM, "until": {"time": "1 s"}, "step": "0.1 s"}, {**REST, "until": {"time": "1 s"}, "step": "0.25 s"}]
    result = run(wall(tmp_path, steps), directory=tmp_path / "run")
    rows = [row.split(",") for row in (tmp_path / "run/outputs.csv").read_text().splitlines()]
    column = rows[0].index("mean [K]")
    mean = {float(r[1]): float(r[column]) for r in rows[1:]}
    assert [t for t in mean if t > 1] == pytest.approx([1.25, 1.5, 1.75, 2.0])
    assert len([t for t in mean if t <= 1]) == 10
    assert all(m == pytest.approx(302 if t > 1 else 300 + 2 * t, abs=1e-10) for t, m in mean.items())
    assert rows[0][-3:] == ["cycle [1]", "protocol_step [1]", "heat_in [J/m^2]"]
    assert result.passed[1].amounts["heat_in"] == 0.0


def test_what_is_set_may_change_within_a_step(tmp_path: Path) -> None:
    """`step_time` counts from the start of the step; the amount is that of the scheme: backward, first order."""
    ramp = {"name": "rising", "set": {"heating": "full * step_time / 1 s"}, "until": {"time": "1 s"}, "step": "0.1 s"}
    result = run(wall(tmp_path, [REST, ramp, ramp]), record=False)
    expected = 2 * sum(0.1 * 0.1 * k for k in range(1, 11))
    assert [p.amounts["heat_in"] for p in result.passed] == pytest.approx([0, expected, expected], rel=1e-12)


def test_adaptive_steps_and_a_run_that_ends_first(tmp_path: Path) -> None:
    """`time.end` breaks the protocol off; without it steps without a time limit may grow."""
    long = {**WARM, "until": {"heat_in": "40 J/m^2"}, "step": "1 ms"}
    time = {"step": "1 s", "tolerance": {"temperature": "1 mK"}}
    result = run(wall(tmp_path, [long, REST], time), record=False)
    assert result.passed[0].end == pytest.approx(20, rel=1e-12)
    assert len(result.newton) < 60
    cut = run(wall(tmp_path, [long, REST], {**time, "end": "5 s"}), record=False)
    assert reasons(cut) == [(1, "warm", "time.end")]
    assert cut.passed[0].end == 5.0 and cut.passed[0].amounts["heat_in"] == pytest.approx(10)
    assert cut.status == "finished"


def test_a_limit_that_is_passed_from_the_start(tmp_path: Path) -> None:
    late = {**COOL, "name": "late", "until": {"mean": {"below": "400 K"}}}
    result = run(wall(tmp_path, [REST, late]), record=False)
    assert reasons(result) == [(1, "rest", "time"), (1, "late", "mean below 400")]
    assert result.passed[1].end - result.passed[1].start < 1e-5


def test_a_solve_that_fails_says_in_which_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    solve: Callable[[Problem], Any] = Problem.solve
    calls = 0

    def fail_late(problem: Problem) -> Any:
        nonlocal calls
        calls += 1
        if calls > 5:
            raise SolveError("Newton failed after 3 iterations: the residual is not a number")
        return solve(problem)

    monkeypatch.setattr(Problem, "solve", fail_late)
    steps = [{"repeat": 2, "steps": [{**REST, "name": "wait", "step": "0.1 s"}, {**REST, "step": "0.05 s"}]}]
    with pytest.raises(SolveError) as caught:
        run(wall(tmp_path, steps), record=False)
    assert "in step 'rest' of cycle 2, at t = 0.35 s no step of" in str(caught.value)


# ---------------------------------------------------------------------- control of the current or the potential

I0, LENGTH, KAPPA = 3.0, 4e-6, 0.5


def cell(folder: Path, steps: list[Any], **protocol: Any) -> Any:
    """A metal under an electrolyte; the potential of the metal is an unknown, or what a step holds."""
    return strip(
        folder,
        [("metal", 2e-6, 2), ("salt", LENGTH, 3)],
        materials={"salt": {"ionic_conductivity": f"{KAPPA} S/m"}},
        given={"temperature": "298.15 K"},
        physics={
            "ionic_charge": {"blocks": ["salt"]},
            "butler_volmer": {
                "interface": "metal | salt",
                "i0": f"{I0} A/m^2",
                "mean_current_density": "current",
                "electrode_potential": "potential",
            },
        },
        definitions={"one_C": "1.5 mA/cm^2"},
        boundaries={"top": {"electric_potential": "0 V"}},
        time={"step": "100 s"},
        protocol={
            "controls": {"current": "mA/cm^2", "potential": "V"},
            "integrals": {"capacity": "reaction_current_density_mean"},
            "steps": steps,
            **protocol,
        },
    )


def potential_at(i: float) -> float:
    """The potential of the metal at a current density, A/m2: kinetics and Ohm's law."""
    return 2 * R_GAS * 298.15 / FARADAY * asinh(i / 2 / I0) + i * LENGTH / KAPPA


def test_control_is_switched_from_current_to_potential(tmp_path: Path) -> None:
    steps = [
        {"name": "plate", "set": {"current": "-0.5 * one_C"}, "until": {"capacity": "0.5 mAh/cm^2"}},
        {"name": "hold", "set": {"potential": f"{potential_at(-4.0)!r} V"}, "until": {"time": "300 s"}},
        {"name": "rest", "set": {"current": "0 mA/cm^2"}, "until": {"time": "0.1 h"}},
        {
            "name": "strip",
            "set": {"current": "one_C * step_time / 1000 s"},
            "until": {"capacity": "0.5 mAh/cm^2", "electrode_potential": {"above": f"{potential_at(6.0)!r} V"}},
        },
    ]
    sums = {"returned": "-capacity_strip / (capacity_plate + capacity_hold)"}
    result = run(cell(tmp_path, steps, per_cycle=sums), directory=tmp_path / "run")
    plate, hold, rest, strip_ = result.passed
    assert plate.end == pytest.approx(18000 / 7.5, rel=1e-12) and plate.reason == "capacity"
    assert hold.amounts["capacity"] == pytest.approx(-4.0 * 300, rel=1e-9)
    assert abs(rest.amounts["capacity"]) < 1e-12
    assert strip_.end - strip_.start == pytest.approx(400, rel=1e-4)
    assert result["reaction_current_density_mean"] == pytest.approx(6.0, rel=1e-5)
    assert result["electrode_potential"] == pytest.approx(potential_at(6.0), rel=1e-6)
    assert strip_.of_cycle is not None
    given, taken = -plate.amounts["capacity"] - hold.amounts["capacity"], strip_.amounts["capacity"]
    assert strip_.of_cycle.numbers["returned"] == pytest.approx(taken / given, rel=1e-12)
    rows = [row.split(",") for row in (tmp_path / "run/steps.csv").read_text().splitlines()]
    ends = [float(row[rows[0].index("electrode_potential [V]")]) for row in rows[1:]]
    expected = [potential_at(-7.5), potential_at(-4.0), 0.0, potential_at(6.0)]
    assert ends == pytest.approx(expected, rel=1e-6, abs=1e-12)
    assert rows[1][:7] == ["1", "1", "plate", "0", rows[1][4], rows[1][4], "capacity"]
    head, row = (line.split(",") for line in (tmp_path / "run/cycles.csv").read_text().splitlines())
    assert head == ["cycle", "start [s]", "end [s]", *(f"capacity_{s['name']} [C/m^2]" for s in steps), "returned [1]"]
    assert float(row[-1]) == strip_.of_cycle.numbers["returned"]
    assert "do not trust" not in (tmp_path / "run/summary.json").read_text()


def test_rest_is_no_violation(tmp_path: Path) -> None:
    """Where all has come to rest, what crosses an interface is round-off of the temperatures on its two sides."""
    material = {"thermal_conductivity": "50 W/m/K", "density": "1e6 kg/m^3", "specific_heat_capacity": "1 J/kg/K"}
    deck = strip(
        tmp_path,
        [("a", 1e-6, 2), ("b", 1e-6, 2)],
        materials={"a": material, "b": material},
        physics={"heat": {"blocks": ["a", "b"]}, "thermal_resistance": {"interface": "a | b", "R": "1e-5 K*m^2/W"}},
        boundaries={"top": {"heat_flux": "heating"}, "bottom": {"temperature": "298.15 K"}},
        initial={"temperature": "298.15 K"},
        time={"step": "1 s"},
        protocol={
            "controls": {"heating": "0 W/m^2"},
            "steps": [
                {"name": "warm", "set": {"heating": "1 mW/m^2"}, "until": {"time": "2 s"}},
                {"name": "rest", "until": {"time": "20 s"}},
            ],
        },
    )
    result = run(deck, directory=tmp_path / "run")
    assert result.status == "finished"
    assert "do not trust" not in (tmp_path / "run/summary.json").read_text()


# ---------------------------------------------------------------------- closing in on a limit


def test_a_limit_at_a_size_that_fails_is_reached_in_several_steps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Steps of 0.4 to 0.55 s fail, and 0.5 s is the one that meets the limit: smaller ones lead there too."""
    solve, made = Problem.solve, []

    def fragile(problem: Problem) -> Any:
        size = problem.inputs.times[0] - problem.inputs.times[1]
        made.append(size)
        assert len(made) < 100
        if 0.4 < size < 0.55:
            raise SolveError("it fails", "FRAGILE")
        return solve(problem)

    monkeypatch.setattr(Problem, "solve", fragile)
    warm = {"name": "warm", "set": {"heating": "full"}, "until": {"mean": {"above": "301 K"}}}
    result = run(wall(tmp_path, [warm], {"step": "0.8 s"}), record=False)
    (passed,) = result.passed
    assert passed.end == pytest.approx(0.5, rel=1e-5) and passed.reason == "mean above 301"
    assert any(0.4 < size < 0.55 for size in made)


def located(
    function: Callable[[float], float], limit: Limit, before: dict[str, float], size: float
) -> tuple[float, int]:
    """Return the size at which the limit is met, and the number of trials."""
    locator = Locator([limit], before, 1e-6)
    for trial in range(1, 100):
        other, met = locator.other_size(size, {limit.name: function(size)}, 1e-9)
        if other is None:
            assert met == limit
            return size, trial
        assert 0 < other < 10
        size = other
    raise AssertionError("no end")


@pytest.mark.parametrize(
    ("function", "at", "most"),
    [
        (lambda s: 2 * s, 0.5, 2),
        (lambda s: s**3, 1.0, 12),
        (lambda s: 5 * s - s**2, (5 - 21**0.5) / 2, 8),
        (lambda s: 1 - 1e-3 + 1e-3 * s**9, 1.0, 40),
        (lambda s: 0.0 if s < 1.2345 else 7.0, 1.2345, 80),  # a jump has no value at the limit
    ],
)
@pytest.mark.parametrize("known", [True, False])
def test_locator(function: Callable[[float], float], at: float, most: int, known: bool) -> None:
    before = {"value": function(0.0)} if known else {}
    size, trials = located(function, Limit("value", "above", 1.0), before, 2.4)
    assert size == pytest.approx(at, rel=2e-3 if at == 1.0 else 1e-6)
    assert abs(function(size) - 1) <= 1e-6 or function(size) == 7.0
    assert trials <= most + 4


def test_the_first_of_two_limits_is_met() -> None:
    """Both are passed in the first trial; the one that is met earlier ends the step."""
    late, early = Limit("late", "above", 2.0), Limit("early", "above", 1.0)
    locator, size = Locator([late, early], {"late": 0.0, "early": 0.0}, 1e-6), 4.0
    for _ in range(100):
        other, met = locator.other_size(size, {"late": size, "early": size}, 1e-9)
        if other is None:
            break
        size = other
    assert met == early
    assert size == pytest.approx(1.0, rel=1e-5)
