"""A deck that is set up once and solved for other numbers, against closed forms and against runs of their own."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest

import trona
from trona.deck import Deck
from trona.errors import SolveError, UserError
from trona.model import composing
from trona.problem import Problem

SLAB = """\
mesh: {layers: [{metal: 1 mm}], cells: 3}
materials: {metal: {thermal_conductivity: 80 W/m/K}}
physics: {heat: {blocks: [metal]}}
boundaries: {top: {temperature: 300 K}, bottom: {heat_flux: 10 kW/m^2}}
elements: {order: 1}
"""
FLUX, CONDUCTIVITY, TOP = (
    "boundaries.bottom.heat_flux",
    "materials.metal.thermal_conductivity",
    "boundaries.top.temperature",
)


def hottest(flux: float, conductivity: float, top: float) -> float:
    """What Fourier's law gives, in kW/m2, W/m/K and K."""
    return top + flux * 1e3 * 1e-3 / conductivity


def slab(text: str = SLAB) -> trona.Study:
    return trona.Study(Deck.from_text(text, name="slab.yaml"))


def test_a_loop_needs_one_set_up_and_no_new_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    from pyop2.global_kernel import GlobalKernel

    made: list[str] = []
    called: set[Any] = set()
    call = GlobalKernel.__call__
    monkeypatch.setattr(GlobalKernel, "__call__", lambda self, *a: (called.add(self.cache_key), call(self, *a))[1])
    study = slab()
    assert study.solve()["temperature_max"] == pytest.approx(hottest(10, 80, 300), rel=1e-12)
    first = set(called)
    for owner, name in ((Problem, "__init__"), (composing, "read_mesh_section")):
        original = getattr(owner, name)

        def noted(*given: Any, _original: Any = original, _name: str = name, **options: Any) -> Any:
            made.append(_name)
            return _original(*given, **options)

        monkeypatch.setattr(owner, name, noted)
    for i in range(100):
        flux, conductivity, top = 1.0 + i, 20.0 + i, 290.0 + i / 3
        values = {FLUX: f"{flux} kW/m^2", CONDUCTIVITY: f"{conductivity} W/m/K", TOP: f"{top} K"}
        assert study.solve(values)["temperature_max"] == pytest.approx(hottest(flux, conductivity, top), rel=1e-12)
    assert study.set_ups == 1 and not made and first and called == first


def test_values_do_not_outlast_their_call_and_results_stay() -> None:
    study = slab()
    first = study.solve({FLUX: "20 kW/m^2"})
    second = study.solve({TOP: "310 K"})
    assert first["temperature_max"] == pytest.approx(hottest(20, 80, 300), rel=1e-12)
    assert second["temperature_max"] == pytest.approx(hottest(10, 80, 310), rel=1e-12)
    assert first.problem is second.problem and first.directory is None
    assert study.solve()["temperature_max"] == pytest.approx(hottest(10, 80, 300), rel=1e-12)


FORMULA = "80 W/m/K * temperature / (300 K)"


def test_the_factor_of_a_formula_changes_and_no_number_inside_it() -> None:
    """The conductivity is that of 300 K, times T over 300 K, so that T^2 is linear."""
    deck = SLAB.replace("80 W/m/K", f'{{expression: "strength * {FORMULA}", factor: 1}}')
    study = slab(deck + "definitions: {strength: 1}\n")
    for factor in (2, 3):
        expected = (300**2 + 2 * 300 * 10 / (80 * factor)) ** 0.5
        found = study.solve({f"{CONDUCTIVITY}.factor": factor})["temperature_max"]
        assert found - 300 == pytest.approx(expected - 300, rel=1e-6)
    way = "numbers inside a formula are part of the equations, also defined ones, but not the factor of a property"
    for values in ({f"{CONDUCTIVITY}.expression": f"2 * {FORMULA}"}, {"definitions.strength": 2}):
        with pytest.raises(UserError) as caught:
            study.solve(values)
        assert str(caught.value).endswith(f"so it needs a Study of its own; {way}") and study.set_ups == 1


@pytest.mark.parametrize("factor", ["0", "-1", "temperature / (300 K)", "2 W"])
def test_a_factor_is_a_number_above_zero(factor: str) -> None:
    with pytest.raises(UserError, match=r"^slab\.yaml:2:\d+ materials\.metal\.thermal_conductivity\.factor: "):
        slab(SLAB.replace("80 W/m/K", f'{{value: 80 W/m/K, factor: "{factor}"}}')).solve()


@pytest.mark.parametrize(
    ("values", "why"),
    [
        (
            {"mesh.cells": 4},
            "<values>:1:1 mesh.cells: this changes more than a number (model.mesh), so it needs a Study",
        ),
        ({"elements.order": 2}, "<values>:1:1 elements.order: this changes more than a number"),
        ({"mesh.layers": [{"film": "1 mm"}]}, "slab.yaml:3:27 physics.heat.blocks[0]: no such block 'metal'"),
        ({"physics.heat": {"blocks": ["film"]}}, "<values>:1:1 physics.heat.blocks[0]: no such block 'film'"),
        ({FLUX: "1 V"}, f"<values>:1:1 {FLUX}: expected a quantity in W/m^2"),
        ({FLUX: 3}, f"<values>:1:1 {FLUX}: expected a quantity in W/m^2, got the bare number '3'"),
        ({CONDUCTIVITY: "-1 W/m/K"}, f"<values>:1:1 {CONDUCTIVITY}: "),
        ({"boundaries.botom.heat_flux": "1 W/m^2"}, "<values>:1:1 boundaries.botom: "),
        ({"sweep": {"grid": {FLUX: ["1 W/m^2"]}}}, "<values>:1:1 sweep: this deck has a sweep"),
        ({FLUX: {1}}, f"<values>:1:1 {FLUX}: expected plain data, got an object of type set"),
        ({CONDUCTIVITY: "80 W/m/K * temperature / (300 K)"}, f"<values>:1:1 {CONDUCTIVITY}: this changes more than"),
    ],
    ids=str,
)
def test_what_needs_another_set_up_is_refused_and_leaves_the_study_as_it_was(values: Any, why: str) -> None:
    study = slab()
    study.solve()
    with pytest.raises(UserError) as caught:
        study.solve(values)
    assert str(caught.value).startswith(why)
    assert study.solve({FLUX: "20 kW/m^2"})["temperature_max"] == pytest.approx(hottest(20, 80, 300), rel=1e-12)
    assert study.set_ups == 1


def test_a_property_of_a_material_that_the_deck_only_names() -> None:
    study = slab(SLAB.replace("{thermal_conductivity: 80 W/m/K}", "sodium"))
    study.solve({CONDUCTIVITY: "80 W/m/K"})
    assert study.solve({CONDUCTIVITY: "40 W/m/K"})["temperature_max"] == pytest.approx(hottest(10, 40, 300), rel=1e-12)
    assert study.set_ups == 1 and repr(study) == "study of slab: 1 set-up"
    with pytest.raises(UserError, match="expected values by their paths"):
        study.solve("time.end=3 s")  # type: ignore[arg-type]


def test_of_several_values_those_that_change_more_than_numbers_are_named() -> None:
    study = slab()
    study.solve()
    with pytest.raises(UserError) as caught:
        study.solve({FLUX: "20 kW/m^2", "mesh.cells": 4, TOP: "310 K"})
    assert str(caught.value).count("\n") == 0 and str(caught.value).startswith("<values>:1:1 mesh.cells: ")


def test_after_a_solve_that_failed_the_study_goes_on_with_a_set_up_of_the_same_kind() -> None:
    study = slab(
        SLAB.replace("80 W/m/K", "1 W/m/K * exp((temperature - 300 K) / (1 K))") + "solver: {max_iterations: 6}\n"
    )
    first = study.solve({FLUX: "0.2 kW/m^2"})["temperature_max"]
    with pytest.raises(SolveError):
        study.solve({FLUX: "200 MW/m^2"})
    with pytest.raises(UserError, match="needs a Study of its own"):
        study.solve({"elements.order": 2})
    assert study.solve({FLUX: "0.2 kW/m^2"})["temperature_max"] == pytest.approx(first, rel=1e-12)
    assert study.set_ups == 2


def test_a_transient_deck_begins_anew_and_is_recorded_where_one_says(tmp_path: Path) -> None:
    heat = "materials: {metal: {thermal_conductivity: 80 W/m/K, density: 1 g/cm^3, specific_heat_capacity: 1 kJ/kg/K}}"
    text = SLAB.replace("materials: {metal: {thermal_conductivity: 80 W/m/K}}", heat)
    study = slab(text + "initial: {temperature: 300 K}\ntime: {end: 30 ms, step: 10 ms}\n")
    alone = study.solve()["temperature_max"]
    longer = study.solve({"time.end": "60 ms", FLUX: "20 kW/m^2"}, directory=tmp_path / "longer")
    once = study.solve({"time.end": "60 ms"})["temperature_max"]
    assert longer["temperature_max"] - 300 == pytest.approx(2 * (once - 300), rel=1e-9) and once != alone
    assert trona.load(tmp_path / "longer").history.rows == 6  # type: ignore[union-attr]
    assert longer.deck["time"]["end"] == "60 ms"
    assert study.solve()["temperature_max"] == pytest.approx(alone, rel=1e-12) and study.set_ups == 1


def test_the_value_of_a_source_is_a_number_too() -> None:
    """Its name in the equations is its value, which follows: T(h) - T(0) = q h^2 / 2k."""
    study = slab(SLAB + "sources: {warm: {balance: energy, blocks: [metal], value: 1 W/cm^3}}\n")
    without = hottest(10, 80, 300)
    assert study.solve()["temperature_max"] == pytest.approx(without + 1e6 * 1e-6 / 160, rel=1e-12)
    result = study.solve({"sources.warm.value": "2 W/cm^3"})
    assert result["temperature_max"] == pytest.approx(without + 2e6 * 1e-6 / 160, rel=1e-12)
    assert study.set_ups == 1
    text = str(trona.explain(result.problem.model))
    assert "2 W/cm^3" in text and "1 W/cm^3" not in text


def test_a_deck_with_a_definition_that_depends_on_position() -> None:
    """Its steps are one object in each reading of the deck, and the same in all."""
    text = SLAB.replace("10 kW/m^2", "load") + 'definitions: {load: "10 kW/m^2 * (1 + 0 * x / (1 m))"}\n'
    study = slab(text)
    for conductivity in (80, 40):
        found = study.solve({CONDUCTIVITY: f"{conductivity} W/m/K"})["temperature_max"]
        assert found == pytest.approx(hottest(10, conductivity, 300), rel=1e-9)
    with pytest.raises(UserError, match="numbers inside a formula are part of the equations"):
        study.solve({"definitions.load": "20 kW/m^2 * (1 + 0 * x / (1 m))"})
    assert study.set_ups == 1


def test_a_warning_is_told_once() -> None:
    study = slab(SLAB.replace("80 W/m/K}", "80 W/m/K, spare: 1 m}"))
    with pytest.warns(UserWarning, match="spare: nothing uses this property"):
        study.solve()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        study.solve({FLUX: "20 kW/m^2"})


def test_a_mistake_in_the_deck_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such section"):
        slab(SLAB + "bondaries: {}\n")
    with pytest.raises(UserError, match="this deck has a sweep"):
        slab(SLAB + f"sweep: {{grid: {{{FLUX}: [1 W/m^2]}}}}\n")
    with pytest.raises(UserError, match=r"gone.yaml"):
        trona.Study(tmp_path / "gone.yaml")
