"""The conservation audit: every step closes, seeded violations are found and named, monitors meet closed forms."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import firedrake as fd
import pytest
from seeded import Change, scaled, seeded
from strips import ends, nodal, solve, strip

from trona.errors import AuditError, DeckError, UserError
from trona.model import Registry, compose, registry
from trona.model.composition import Placed
from trona.model.declare import Monitor
from trona.plugin import Balance, Blocks, Contribution, Field, Identity, Physics, Quantity, as_vector, div, grad, sym
from trona.problem.forms import Forms, Integral
from trona.readings.audit import Audit
from trona.readings.outputs import OutputEvaluator
from trona.record.report import format_audit, format_ledger
from trona.record.terminal import SilentReporter
from trona.session import Result, run
from trona.settings.audit import read_audit

LA, LB = 2e-3, 3e-3
LAYERS = [("a", LA, 3), ("b", LB, 4)]
HEAT = {"thermal_conductivity": "5 W/m/K", "density": "1000 kg/m^3", "specific_heat_capacity": "2000 J/kg/K"}
MATERIALS: dict[str, Any] = {"a": HEAT, "b": {**HEAT, "thermal_conductivity": "0.4 W/m/K"}}
RESISTED: dict[str, Any] = {
    "heat": {"blocks": ["a", "b"]},
    "thermal_resistance": {"interface": "a | b", "R": "1e-3 K*m^2/W"},
}
WARMED: dict[str, Any] = {
    "materials": MATERIALS,
    "physics": RESISTED,
    "boundaries": {"bottom": {"temperature": "300 K"}, "top": {"heat_flux": "200 W/m^2"}},
    "initial": {"temperature": "300 K"},
}
TIME = {"end": "4 s", "step": "1 s", "method": "bdf2"}


def rows_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "audit.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def told(reporter: SilentReporter) -> list[str]:
    """Warnings, but for those of properties that a steady deck does not need."""
    return [w for w in reporter.warnings if "nothing uses this property" not in w]


@pytest.fixture(scope="module")
def transient(tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, Path]:
    """Two layers warmed from the top by BDF2, recorded."""
    folder = tmp_path_factory.mktemp("audit")
    deck = strip(folder, LAYERS, time=TIME, outputs={"fields": "none"}, **WARMED)
    return run(deck, directory=folder / "run", reporter=SilentReporter()), folder / "run"


# ---------------------------------------------------------------- what is written


def test_every_step_of_the_table_closes(transient: tuple[Result, Path]) -> None:
    _, folder = transient
    rows = rows_of(folder)
    assert sorted({int(r["step"]) for r in rows}) == [1, 2, 3, 4]
    for step in "1234":
        own = [r for r in rows if r["step"] == step and r["balance"] == "energy"]
        terms = [r for r in own if r["term"] in ("storage", "boundary", "reaction", "interface", "source")]
        amounts = [float(r["amount"]) * (-1 if r["term"] == "storage" else 1) for r in terms]
        assert abs(sum(amounts)) < 1e-9 * max(map(abs, amounts))
        (closure,) = (r for r in own if r["term"] == "closure" and not r["region"])
        assert float(closure["amount"]) == pytest.approx(sum(amounts), abs=1e-11)
        (relative,) = (r for r in own if r["term"] == "relative closure")
        assert float(relative["amount"]) < 1e-9 and relative["unit"] == "1"
        assert {r["duration [s]"] for r in own} == {"1"} and closure["unit"] == "J/m^2"
    # What enters at the top in a step of a second; the two sides of the interface, each with its block.
    (entered,) = (r for r in rows if r["step"] == "2" and r["term"] == "boundary")
    assert (entered["plugin"], entered["region"], entered["side"]) == ("boundaries", "top", "b")
    assert float(entered["amount"]) == pytest.approx(200, rel=1e-12)
    sides = {r["side"]: float(r["amount"]) for r in rows if r["step"] == "2" and r["term"] == "interface"}
    assert sides["a"] > 0 and sides["a"] == pytest.approx(-sides["b"], rel=1e-12)


def test_stored_by_the_scheme_and_by_the_states(transient: tuple[Result, Path]) -> None:
    """The first step is of order 1, where both agree; then the scheme closes and the states differ from it."""
    result, folder = transient
    rows = rows_of(folder)

    def stored(step: int, term: str) -> float:
        return sum(float(r["amount"]) for r in rows if (r["step"], r["term"]) == (str(step), term))

    assert stored(1, "stored") == pytest.approx(stored(1, "storage"), rel=1e-12)
    assert abs(stored(2, "stored") / stored(2, "storage") - 1) > 1e-4
    # The differences of the states telescope: their sum is what is there now, less what was at first.
    ledger = result.ledger["energy"]
    assert sum(stored(n, "stored") for n in (1, 2, 3, 4)) == pytest.approx(ledger.changed, rel=1e-12)
    content = 0.0
    for block in ("a", "b"):
        y, rise = nodal(result, "temperature", block, 300)
        content += sum((y[i + 2] - y[i]) / 6 * (rise[i : i + 3] @ [1, 4, 1]) for i in range(0, len(y) - 1, 2))
    assert ledger.changed == pytest.approx(1000 * 2000 * content, rel=1e-9)
    summary = json.loads((folder / "summary.json").read_text())["ledger"]["energy"]
    assert summary["stored"] == ledger.stored and summary["stored_difference"] == ledger.changed
    assert summary["worst_closure"]["value"] < 1e-9 and summary["worst_closure"]["step"] in (1, 2, 3, 4)
    assert summary["worst_interface_imbalance"]["where"] == "thermal_resistance at a | b"
    assert summary["worst_interface_imbalance"]["value"] < 1e-12


def test_first_order_stores_what_it_counts(tmp_path: Path) -> None:
    result = solve(tmp_path, LAYERS, time={**TIME, "method": "bdf1"}, **WARMED)
    ledger = result.ledger["energy"]
    assert ledger.changed == pytest.approx(ledger.stored, rel=1e-12) and ledger.stored > 0


def test_steady_rates_have_no_duration(tmp_path: Path) -> None:
    deck = strip(tmp_path, LAYERS, audit={"csv": True}, outputs={"fields": "none"}, **WARMED)
    result = run(deck, directory=tmp_path / "run", reporter=SilentReporter())
    rows = rows_of(tmp_path / "run")
    assert {r["duration [s]"] for r in rows} == {""} and not [r for r in rows if r["term"] == "stored"]
    assert {r["unit"] for r in rows} == {"W/m^2", "1"}
    assert {e.term: e.value for e in result.ledger["energy"].entries}["reaction"] == pytest.approx(-200)


def test_corner_nodes_of_two_fixed_boundaries_count_once(tmp_path: Path) -> None:
    """A square held all around, heated inside: what the corners let in is counted once, and all leaves."""
    heated = {"heat": {"blocks": ["a"]}, "ionic_charge": {"blocks": ["a"]}, "joule_heating": {}}
    result = solve(
        tmp_path,
        [("a", LA, 3)],
        dim=2,
        width=LA,
        cells_across=3,
        physics=heated,
        materials={"a": {**HEAT, "ionic_conductivity": "2 S/m"}},
        boundaries={
            "bottom": {"temperature": "300 K", "electric_potential": "0 V"},
            "top": {"temperature": "330 K", "electric_potential": "1 V"},
            "sides": {"temperature": "305 K"},
        },
    )
    energy = result.ledger["energy"]
    let_in = [e for e in energy.entries if e.term == "reaction"]
    assert sorted(e.region for e in let_in) == ["bottom", "sides", "top"]
    assert sum(e.value for e in let_in) == pytest.approx(-2 * 1**2, rel=1e-9)  # sigma U^2 per metre of depth
    assert energy.closure < 1e-11 and result.ledger["charge"].closure < 1e-11


def test_a_node_between_two_parts_of_a_boundary_counts_once(tmp_path: Path) -> None:
    """Two blocks heated inside, over which the temperature is continuous, held at sides that both have."""
    heated = {"heat": {"blocks": ["a", "b"]}, "ionic_charge": {"blocks": ["a", "b"]}, "joule_heating": {}}
    result = solve(
        tmp_path,
        [("a", LA, 2), ("b", LA, 2)],
        dim=2,
        width=LA,
        cells_across=2,
        physics=heated,
        materials={b: {**HEAT, "ionic_conductivity": "2 S/m"} for b in "ab"},
        boundaries={
            "bottom": {"electric_potential": "0 V"},
            "top": {"electric_potential": "1 V"},
            "sides": {"temperature": "305 K"},
        },
    )
    assert result.ledger["energy"].closure < 1e-11


class Membrane(Physics):
    """Deflections of a stretched sheet under a load: rho du/dt = div(G grad u) + f, G = 3 Pa, f = (1, -2) Pa/m."""

    name = "membrane"
    provides = (Field("deflection", "m", "deflection", rank=1), Balance("momentum", "N/m^3", "deflection", "momentum"))
    blocks = Blocks("where")
    modulus = Quantity("Pa", "shear modulus", default="3 Pa")
    load = Quantity("N/m^3", "load", default="1 N/m^3")

    def contribute(self, model: Any) -> None:
        u, momentum = model.field("deflection"), model.balance("momentum")
        momentum.flux(-self.modulus * grad(u))
        momentum.source(as_vector([self.load, -2 * self.load]))
        v = model.test(momentum)
        momentum.raw(self.load / 2 * v[1])


@pytest.mark.parametrize("beside", [{"heat": {"blocks": ["a"]}}, {}], ids=["beside heat", "alone"])
def test_components_of_a_vector_one_by_one(tmp_path: Path, beside: dict[str, Any]) -> None:
    """Components fixed one by one, sharing corners; a raw term counts as what it takes."""
    known = registry()
    mine = replace(known, physics={**known.physics, "membrane": Membrane})
    deck = strip(
        tmp_path,
        [("a", LA, 2)],
        dim=2,
        width=LA,
        cells_across=2,
        physics={"membrane": {"blocks": ["a"]}, **beside},
        materials={"a": HEAT} if beside else {},
        boundaries={
            "bottom": {"deflection": ["0 m", "0 m"], **({"temperature": "300 K"} if beside else {})},
            "sides": {"deflection": ["0 m", None]},
            "top": {"inflow": {"momentum": ["0 Pa", "7 Pa"]}},
        },
    )
    ledgers = run(compose(deck, mine), record=False, reporter=SilentReporter()).ledger
    assert set(ledgers) == {"momentum[x]", "momentum[y]", *(["energy"] if beside else [])}
    x, y = ({(e.term, e.plugin, e.region): e.value for e in ledgers[f"momentum[{c}]"].entries} for c in "xy")
    raw = [e.value for e in ledgers["momentum[y]"].entries if e.plugin == "membrane"]
    assert sorted(raw) == pytest.approx([-2 * LA**2, -0.5 * LA**2], rel=1e-12)
    assert y["boundary", "boundaries", "top"] == pytest.approx(7 * LA, rel=1e-12)
    assert y["reaction", "boundaries", "bottom"] == pytest.approx(2.5 * LA**2 - 7 * LA, rel=1e-9)
    assert ("reaction", "boundaries", "sides") not in y
    assert x["reaction", "boundaries", "bottom"] + x["reaction", "boundaries", "sides"] == pytest.approx(
        -(LA**2), rel=1e-9
    )
    for ledger in (ledgers["momentum[x]"], ledgers["momentum[y]"]):
        assert ledger.closure < 1e-10 and ledger.unit == "N/m"


def test_nothing_happens_and_all_is_well(tmp_path: Path) -> None:
    """An even temperature that is not that of reference: what is left is round-off, and no violation."""
    quiet = {"bottom": {"temperature": "310 K + 0 K/s * t"}, "top": {"temperature": "310 K + 0 K/s * t"}}
    reporter = SilentReporter()
    deck = strip(
        tmp_path, LAYERS, materials=MATERIALS, physics=RESISTED, boundaries=quiet, audit={"on_violation": "stop"}
    )
    result = run(deck, record=False, reporter=reporter)
    energy = result.ledger["energy"]
    assert replace(energy, noise=0.0).closure > 1e-8 and energy.closure == 0.0
    assert told(reporter) == []


def test_going_on_from_plain_data(steady: Result) -> None:
    """An audit restored from JSON adds to the same totals as one that never stopped."""
    asked = ("entropy_production",)
    whole, _ = audited(steady, monitors=asked)
    resumed, _ = audited(steady, monitors=asked)
    resumed.restore(json.loads(json.dumps(whole.state())))
    for audit in (whole, resumed):
        audit.step(2, 0.0, 1.0)
    assert resumed.balances() == whole.balances() and resumed.monitors() == whole.monitors()
    entered = [e.value for e in resumed.balances()[0].entries if e.term == "boundary"]
    assert entered == pytest.approx([400], rel=1e-12)


# ---------------------------------------------------------------- seeded violations


@pytest.fixture(scope="module")
def steady(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return solve(tmp_path_factory.mktemp("steady"), LAYERS, **WARMED)


def audited(result: Result, **audit: Any) -> tuple[Audit, Any]:
    """The audit of a solved problem, made anew."""
    problem = result.problem
    found = Audit(problem, replace(read_audit(problem.model), **audit), OutputEvaluator(problem))
    return found, found.step(1, 0.0, 1.0)


def test_a_side_that_is_not_evaluated(steady: Result, monkeypatch: pytest.MonkeyPatch) -> None:
    seeded(monkeypatch, lambda forms, placed, integral: None if placed.term.side == "plus" else integral)
    audit, step = audited(steady)
    (energy,) = step.balances
    assert step.violated and energy.closure == pytest.approx(1, rel=1e-9)
    assert energy.pair.value == 1.0 and energy.pair.where == "thermal_resistance at a | b"
    assert audit.warnings() == [
        "the balance of energy closes only to 1.0e+00 of its largest term in step 1; do not trust this solution",
        "the balance of energy in b closes only to 1.0e+00 of its largest term in step 1, so the flux through "
        "an interface is not the one solved for; do not trust this solution",
        "the fluxes of energy on the two sides of thermal_resistance at a | b differ by 1.0e+00 of the larger one in "
        "step 1; do not trust this solution",
    ]


def test_sides_that_differ_a_little(steady: Result, monkeypatch: pytest.MonkeyPatch) -> None:
    def skewed(forms: Forms, placed: Placed, integral: Integral) -> Integral:
        factor = 1 + 1e-10 if placed.term.side == "plus" else 1
        return scaled(integral, factor)

    seeded(monkeypatch, skewed)
    audit, step = audited(steady)
    (energy,) = step.balances
    assert energy.closure < 1e-9 and energy.pair.value == pytest.approx(1e-10, rel=1e-2)
    (text,) = audit.warnings()
    assert text.startswith("the fluxes of energy on the two sides of thermal_resistance at a | b differ by 1.0e-10 of")


def test_an_exchange_that_runs_backwards(steady: Result, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both sides reversed cancel each other as ever: only the pieces tell."""

    def reversed_(forms: Forms, placed: Placed, integral: Integral) -> Integral:
        return scaled(integral, -1) if placed.term.law is not None else integral

    seeded(monkeypatch, reversed_)
    audit, step = audited(steady)
    (energy,) = step.balances
    assert energy.closure < 1e-11 and energy.pair.value < 1e-12
    (text,) = audit.warnings()
    assert "closes only to 2.0e+00 of its largest term in step 1, so the flux through an interface is not" in text


def test_a_wrong_weight_of_the_rate_stops_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stored amounts with a wrong weight do not close; the record of the run is complete."""
    rate = Forms._rate

    def wrong(self: Forms, expression: Any, site: Any) -> Any:
        factor = 1.01 if self.unknowns is not self.solved else 1.0  # type: ignore[attr-defined]
        return rate(self, expression, site).map(lambda r: factor * r)

    prepare = Forms.__init__

    def remember(self: Forms, model: Any, meshes: Any, unknowns: Any, inputs: Any) -> None:
        prepare(self, model, meshes, unknowns, inputs)
        inputs.first = getattr(inputs, "first", unknowns)
        self.solved = inputs.first  # type: ignore[attr-defined]

    monkeypatch.setattr(Forms, "__init__", remember)
    monkeypatch.setattr(Forms, "_rate", wrong)
    deck = strip(tmp_path, LAYERS, time=TIME, audit={"every": 10}, outputs={"fields": "none"}, **WARMED)
    with pytest.raises(AuditError) as caught:
        run(deck, directory=tmp_path / "run", reporter=SilentReporter())
    assert caught.value.exit_code == 3
    text = str(caught.value)
    assert text.startswith("the conservation audit ends the run: the balance of energy closes only to ")
    assert "of its largest term in step 1 at t = 1 s" in text
    assert "closure error -2 J/m^2; its largest term is the storage of heat in b: " in text
    summary = json.loads((tmp_path / "run/summary.json").read_text())
    assert summary["status"].startswith("not conserved: the conservation audit ends the run")
    assert summary["ledger"]["energy"]["worst_closure"]["step"] == 1
    # A step that violates is written, whatever 'every' says.
    assert {r["step"] for r in rows_of(tmp_path / "run")} == {"1"}
    reporter = SilentReporter()
    warn = strip(tmp_path, LAYERS, time=TIME, audit={"on_violation": "warn"}, **WARMED)
    assert run(warn, record=False, reporter=reporter).status == "finished"
    (warning,) = (w for w in reporter.warnings if "closes only to" in w and " in a " not in w and " in b " not in w)
    assert warning.endswith("do not trust this solution")


# ---------------------------------------------------------------- monitored rates


def test_entropy_and_power_meet_their_balances(tmp_path: Path) -> None:
    """Entropy produced = heat that leaves over its temperature; power = current times voltage."""
    current, sigma = 40.0, 2.0
    materials = {b: {**MATERIALS[b], "ionic_conductivity": f"{sigma} S/m"} for b in "ab"}
    deck = strip(
        tmp_path,
        [("a", LA, 40), ("b", LB, 40)],
        materials=materials,
        physics={**RESISTED, "ionic_charge": {"blocks": ["a", "b"]}, "joule_heating": {}},
        boundaries={
            "bottom": {"electric_potential": "0 V", "temperature": "300 K"},
            "top": {"current_density": f"{current} A/m^2", "temperature": "360 K"},
        },
        audit={"monitors": ["entropy_production", "electric_power"]},
    )
    reporter = SilentReporter()
    result = run(deck, record=False, reporter=reporter)
    let_in = {e.region: e.value for e in result.ledger["energy"].entries if e.term == "reaction"}
    produced = result.monitors["entropy_production"]
    assert produced.value == pytest.approx(-let_in["bottom"] / 300 - let_in["top"] / 360, rel=1e-8)
    assert {(e.plugin, e.region) for e in produced.entries} == {
        ("heat", "a"),
        ("heat", "b"),
        ("joule_heating", "a"),
        ("joule_heating", "b"),
        ("thermal_resistance", "a | b"),
    }
    assert all(e.value > 0 for e in produced.entries) and produced.unit == "W/K/m^2"
    voltage = ends(result, "electric_potential", "b")[1]
    assert result.monitors["electric_power"].value == pytest.approx(current * voltage, rel=1e-9)
    assert told(reporter) == []


def test_power_of_a_cell_with_charge_transfer(tmp_path: Path) -> None:
    """What is applied is lost in the salt and at the interface, where there is no equilibrium voltage."""
    current = -30.0
    deck = strip(
        tmp_path,
        [("a", LA, 2), ("b", LB, 3)],
        materials={"b": {"ionic_conductivity": "0.5 S/m"}},
        given={"temperature": "310 K"},
        physics={
            "ionic_charge": {"blocks": ["b"]},
            "butler_volmer": {"interface": "a | b", "i0": "3 A/m^2", "electrode_potential": "0 V"},
        },
        boundaries={"top": {"current_density": f"{current} A/m^2"}},
        audit={"monitors": ["electric_power", "entropy_production"]},
    )
    result = run(deck, record=False, reporter=SilentReporter())
    phi = ends(result, "electric_potential", "b")
    assert result.monitors["electric_power"].value == pytest.approx(current * phi[1], rel=1e-9)
    assert result.monitors["entropy_production"].value == pytest.approx(current * phi[0] / 310, rel=1e-9)


def test_a_rate_below_zero_warns_once_per_plugin_and_region(tmp_path: Path) -> None:
    deck = strip(
        tmp_path, LAYERS, time={**TIME, "method": "bdf1"}, **{**WARMED, "audit": {"monitors": ["entropy_production"]}}
    )
    model = compose(deck)
    backwards = [
        replace(term, expression=-term.expression, blocks=("b",)) if term.plugin == "heat" else term
        for term in model.monitors
    ]
    model = replace(model, monitors=tuple(backwards))
    reporter = SilentReporter()
    run(model, record=False, reporter=reporter)
    (warning,) = (w for w in reporter.warnings if " of heat in b is " in w)
    assert warning.startswith("entropy_production of heat in b is -")
    assert warning.endswith(" J/K/m^2 in step 1 at t = 1 s; it must not be negative")


def test_monitors_that_nothing_feeds_or_that_two_declare(tmp_path: Path) -> None:
    model = compose(strip(tmp_path, LAYERS, **{**WARMED, "audit": {"monitors": ["entropy_prodction"]}}))
    with pytest.raises(
        DeckError,
        match=r"nothing in this deck contributes to a monitor 'entropy_prodction'; nearest: entropy_production$",
    ):
        read_audit(model)
    with pytest.raises(UserError, match="monitor 'entropy_production' is declared differently by"):
        compose(strip(tmp_path, LAYERS, **{**WARMED, "physics": {**RESISTED, "twin": {}}}), with_mine())


def test_unknown_keys_of_the_section(tmp_path: Path) -> None:
    model = compose(strip(tmp_path, LAYERS, **{**WARMED, "audit": {"tolerence": 1e-9}}))
    with pytest.raises(DeckError, match="nearest: tolerance"):
        read_audit(model)


# ---------------------------------------------------------------- what is no conservation law, and what is round-off


class Stokes(Physics):
    """Slow flow, its pressure a field of its own: div(2 eta sym grad u - p I) + f = 0, div u = 0."""

    name = "stokes"
    provides = (
        Field("velocity", "m/s", "velocity", rank=1),
        Field("pressure", "Pa", "pressure", order_below=1),
        Balance("momentum", "N/m^3", "velocity", "momentum"),
        Balance("incompressibility", "1/s", "pressure", "volume"),
    )
    blocks = Blocks("where")
    viscosity = Quantity("Pa*s", "viscosity", default="3 Pa*s")
    force = Quantity("N/m^3", "force per volume", default="5 N/m^3", variables=("x",))

    def contribute(self, model: Any) -> None:
        u, p = model.field("velocity"), model.field("pressure")
        momentum = model.balance("momentum")
        momentum.flux(p * Identity(2) - 2 * self.viscosity * sym(grad(u)))
        momentum.source(as_vector([0 * self.force, self.force]))
        model.balance("incompressibility").source(div(u))


class Leak(Physics):
    """Heat produced in a block, for tests that take part of it away."""

    name = "leak"
    blocks = Blocks("where")
    power = Quantity("W/m^3", "heat produced", default="1e5 W/m^3")

    def contribute(self, model: Any) -> None:
        model.balance("energy").source(self.power, self.blocks)


class Twin(Physics):
    """Declares a monitor of others, differently."""

    name = "twin"

    def contribute(self, model: Contribution) -> None:
        model.monitor(Monitor("entropy_production", "W/m^3/K", "another"), model.field("temperature"))


def with_mine() -> Registry:
    known = registry()
    mine = {"stokes": Stokes, "leak": Leak, "membrane": Membrane, "copy": Copy, "twin": Twin}
    return replace(known, physics={**known.physics, **mine})


def test_a_relation_is_judged_by_its_residual(tmp_path: Path) -> None:
    """A cavity stirred by a force that varies: the volume's relation conserves nothing."""
    deck = strip(
        tmp_path,
        [("a", 1.0, 3)],
        dim=2,
        width=1.0,
        cells_across=3,
        physics={"stokes": {"blocks": ["a"], "force": "5 N/m^3 * x / 1 m"}},
        boundaries={
            **{b: {"velocity": ["0 m/s", "0 m/s"]} for b in ("bottom", "sides")},
            "top": {"velocity": ["0 m/s", None], "pressure": "0 Pa"},
        },
        outputs={"fields": "none"},
    )
    reporter = SilentReporter()
    result = run(compose(deck, with_mine()), directory=tmp_path / "run", reporter=reporter)
    ledger = result.ledger["incompressibility"]
    assert ledger.relation is not None and ledger.closure == ledger.relation < 1e-12
    assert result.ledger["momentum[y]"].relation is None and result.ledger["momentum[y]"].closure < 1e-9
    assert told(reporter) == []
    text = format_audit(list(result.ledger.values()))
    assert "incompressibility: conserves nothing; worst relative residual " in text
    assert "no conservation law" in format_ledger([ledger])
    kept = json.loads((tmp_path / "run/summary.json").read_text())["ledger"]
    assert kept["incompressibility"]["conserved"] is False and kept["momentum[y]"]["conserved"] is True
    rows = [r for r in rows_of(tmp_path / "run") if r["balance"] == "incompressibility"]
    assert "closure" not in {r["term"] for r in rows} and "relative residual" in {r["term"] for r in rows}


def test_a_relation_that_is_not_met_is_told(tmp_path: Path) -> None:
    """The same state with one pressure row open, by a velocity put in by hand."""
    deck = strip(
        tmp_path,
        [("a", 1.0, 3)],
        dim=2,
        width=1.0,
        cells_across=3,
        physics={"stokes": {"blocks": ["a"]}},
        boundaries={"bottom": {"velocity": ["0 m/s", "0 m/s"]}, "top": {"pressure": "0 Pa"}},
    )
    result = run(compose(deck, with_mine()), record=False, reporter=SilentReporter())
    part = result.problem.unknowns.states[0].subfunctions[result.problem.unknowns.find("velocity").index]
    part.dat.data[:, 1] *= 1.01
    part.dat.data[::2, 0] += 0.01 * abs(part.dat.data).max()
    audit, step = audited(result)
    (text,) = (t for t in audit.warnings() if "relation" in t)
    assert text.startswith("the relation of incompressibility, which conserves nothing, has a relative residual of ")
    with pytest.raises(AuditError):
        audit.judge(step)


class Copy(Physics):
    """A relation of two terms: (T - 290 K) - c = 0, the copy c a field of its own."""

    name = "copy"
    provides = (Field("excess", "K", "temperature above 290 K"), Balance("copying", "K", "excess", "copy"))
    blocks = Blocks("where")
    level = Quantity("K", "level", default="290 K")

    def contribute(self, model: Any) -> None:
        copying = model.balance("copying")
        copying.source(model.field("temperature") - self.level)
        copying.source(-model.field("excess"))


def test_a_term_of_a_relation_that_is_not_solved_ends_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The residual of what was solved is round-off: the sum of the terms, each evaluated on its own, tells."""
    copied = {**WARMED, "physics": {**RESISTED, "copy": {"blocks": ["a", "b"]}}}
    assert (
        run(compose(strip(tmp_path, LAYERS, **copied), with_mine()), record=False, reporter=SilentReporter())
        .ledger["copying"]
        .closure
        < 1e-12
    )

    def thinned(forms: Forms, placed: Placed, integral: Integral) -> Integral:
        last = placed.equation.name == "copying" and placed.term is placed.equation.terms[-1]
        return scaled(integral, 0.95) if last and not _reads(forms) else integral

    seeded(monkeypatch, thinned)
    with pytest.raises(
        AuditError, match="the relation of copying, which conserves nothing, has a relative residual of "
    ):
        run(compose(strip(tmp_path, LAYERS, **copied), with_mine()), record=False, reporter=SilentReporter())


def leaking(part: float) -> Change:
    """Loses a part of what `leak` produces, in what is solved alone."""

    def change(forms: Forms, placed: Placed, integral: Integral) -> Integral:
        solved = placed.term.plugin == "leak" and not _reads(forms)
        return scaled(integral, 1 - part) if solved else integral

    return change


def _reads(forms: Forms) -> bool:
    """Whether these are the forms that only read a state of several functions, as the audit's do."""
    return isinstance(forms.unknowns._splits[0][0], fd.Function)


@pytest.mark.parametrize("step", ["1e-10 s", "1 s"])
def test_a_short_step_is_no_violation(tmp_path: Path, step: str) -> None:
    """Far from the reference, a step of 1e-10 s stores less than what round-off makes of the temperatures."""
    size = float(step.split()[0])
    warmed = {**WARMED, "initial": {"temperature": "900 K"}, "physics": RESISTED}
    warmed["boundaries"] = {"bottom": {"temperature": "900 K + 0 K/s * t"}, "top": {"heat_flux": "200 W/m^2"}}
    reporter = SilentReporter()
    deck = strip(tmp_path, LAYERS, time={"end": f"{4 * size} s", "step": step}, **warmed)
    result = run(deck, record=False, reporter=reporter)
    assert not [w for w in reporter.warnings if "trust" in w] and result.status == "finished"


def test_a_first_step_that_is_short_hides_no_loss_of_a_long_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Round-off is that of the step: a loss of 1 % in a step of 1 s ends the run, however short the first was."""
    seeded(monkeypatch, leaking(0.01))
    warmed = {**WARMED, "physics": {**RESISTED, "leak": {"blocks": ["a"]}}}
    time = {"end": "10 s", "step": "1e-10 s", "largest_step": "10 s", "tolerance": {"temperature": "10 K"}}
    with pytest.raises(AuditError) as caught:
        run(compose(strip(tmp_path, LAYERS, time=time, **warmed), with_mine()), record=False, reporter=SilentReporter())
    assert "the balance of energy closes only to 1.0e-02 of its largest term" in str(caught.value)


@pytest.mark.parametrize(
    ("part", "ends"), [(1e-6, False), (0.9e-3, False), (1.1e-3, True)], ids=["little", "below", "above"]
)
def test_the_limit_ends_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: float, ends: bool) -> None:
    """What is produced is lost in part: told above the tolerance, and the end of the run above the limit."""
    seeded(monkeypatch, leaking(part))
    lost = {
        "materials": MATERIALS,
        "physics": {**RESISTED, "leak": {"blocks": ["a", "b"]}},
        "boundaries": {"bottom": {"temperature": "300 K"}},
    }
    reporter = SilentReporter()
    model = compose(strip(tmp_path, LAYERS, **lost), with_mine())
    if ends:
        with pytest.raises(AuditError, match=r"closes only to 1\.1e-03 of its largest term"):
            run(model, record=False, reporter=reporter)
        forgiving = strip(tmp_path, LAYERS, audit={"on_violation": "warn"}, **lost)
        assert run(compose(forgiving, with_mine()), record=False, reporter=reporter).status == "finished"
        wider = strip(tmp_path, LAYERS, audit={"limit": 0.01}, **lost)
        assert run(compose(wider, with_mine()), record=False, reporter=reporter).status == "finished"
    else:
        assert run(model, record=False, reporter=reporter).status == "finished"
        strict = strip(tmp_path, LAYERS, audit={"on_violation": "stop"}, **lost)
        with pytest.raises(AuditError):
            run(compose(strict, with_mine()), record=False, reporter=SilentReporter())
    assert any("do not trust this solution" in w for w in reporter.warnings)
