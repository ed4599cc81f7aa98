"""`verify` judges what a run reports, and finds a neighbour's cell, a wrong reduction and a wrong side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import firedrake as fd
import numpy as np
import pytest
from strips import strip

from trona.model import Model, compose
from trona.readings.outputs import OutputEvaluator, OverRegion
from trona.readings.points import PointReader, _Cells
from trona.settings import read_settings
from trona.verify.reading import Reading, collected
from trona.verify.readings import readings
from trona.verify.study import SpaceStudy

STORES = {"density": "5 kg/m^3", "specific_heat_capacity": "7 J/kg/K"}


def model(folder: Path, dim: int) -> Model:
    """Heat and current through two layers, with a jump of temperature, and readings of every kind."""
    at = [["1 m"], ["0.5 m", "1 m"]][dim - 1]
    extra: dict[str, Any] = {
        "heat_a": {"probe": "heat_flux", "at": at, "block": "a"},
        "T_b": {"probe": "temperature", "at": at, "block": "b"},
        "across": {"line": "heat_flux", "from": [*at[:-1], "0.2 m"], "to": [*at[:-1], "1.4 m"], "points": 7},
        "whole": {"reduce": "integral", "of": "temperature", "on": "a"},
        "mean_top": {"reduce": "mean", "of": "temperature", "on": "top"},
        "hot_b": {"reduce": "maximum", "of": "temperature", "on": "b"},
        "cold_side": {"reduce": "mean", "of": "temperature", "on": "a | b", "side": "a"},
        "spread": {"reduce": "ratio", "of": "temperature", "on": "a"},
        "warmth": {"field": "temperature / 1 K * exp(-x / 1 m)"},
        "product": {"reduce": "mean", "of": "warmth * norm(flux(energy))", "on": "b"},
        "crossing": {"reduce": "integral", "of": "dot(flux(energy), normal)", "on": "a | b", "side": "a"},
        "beside": {"profile": "temperature * thermal_conductivity", "along": "a | b", "side": "b"},
        "edge": {"profile": "grad(temperature)", "along": "top"},
        "norm": {"reduce": "l2_norm", "of": "temperature", "on": "b"},
    }
    deck = strip(
        folder,
        [("a", 1.0, 3), ("b", 0.5, 2)],
        dim=dim,
        materials={
            "a": {
                "thermal_conductivity": {"arrhenius": {"value": "2 W/m/K", "activation_energy": "20 kJ/mol"}},
                "ionic_conductivity": "3 S/m",
                **STORES,
            },
            "b": {"thermal_conductivity": "0.7 W/m/K", "ionic_conductivity": "1 S/m", **STORES},
        },
        physics={
            "heat": {"blocks": ["a", "b"]},
            "ionic_charge": {"blocks": ["a", "b"]},
            "joule_heating": {},
            "thermal_resistance": {"interface": "a | b", "R": "0.9 K*m^2/W"},
        },
        boundaries={
            "bottom": {"temperature": "290 K", "electric_potential": "0 V"},
            "top": {"temperature": "310 K", "current_density": "1 A/m^2"},
        },
        outputs={"extra": extra},
    )
    return compose(deck)


def judged(composed: Model) -> dict[str, Reading]:
    """The readings of the manufactured state on two meshes."""
    settings = read_settings(composed)
    study, found = SpaceStudy(composed, settings, 1, lambda _: None), []
    for problem, state in study._problems():
        asked = settings.on_mesh_of(problem.model).outputs
        measures, unjudged = readings(state, composed.mesh, asked)
        assert not unjudged
        found.append(measures)
    return {f"{r.kind} {r.name}": r for r in collected(found)}


@pytest.fixture(scope="module", params=[1, 2])
def right(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Reading]:
    return judged(model(tmp_path_factory.mktemp("right"), request.param))


def test_every_reading_of_a_right_code_passes(right: dict[str, Reading]) -> None:
    assert [f"{n}: {r.errors} {r.allowed}" for n, r in right.items() if not r.passed] == []
    kinds = {name.split()[0] for name in right}
    assert kinds == {"output", "probe", "line", "profile", "points", "field", "quantity"}
    assert all(r.order > 0.9 for n, r in right.items() if n.startswith(("points", "field", "line")))
    assert right["points heat_flux in b"].allowed[-1] < 0.1, "what is allowed is small beside what it is of"


def failed(folder: Path) -> set[str]:
    return {name for name, reading in judged(model(folder, 1)).items() if not reading.passed}


def test_a_neighbours_cell_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Firedrake's own reader of points takes any cell around a point, of any block."""

    def anywhere(self: _Cells, problem: Any, sampler: Any, block: str, points: Any) -> None:
        self.reader = fd.PointEvaluator(
            sampler.function.function_space().mesh(), points, missing_points_behaviour="ignore"
        )

    monkeypatch.setattr(_Cells, "__init__", anywhere)
    monkeypatch.setattr(_Cells, "values", lambda self, function: np.asarray(self.reader.evaluate(function)))
    found = failed(tmp_path)
    assert "points current_density in a" in found or "points current_density in b" in found
    assert not any(name.startswith("output") for name in found)


def test_a_wrong_reduction_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    right = OutputEvaluator.value

    def wrong(self: OutputEvaluator, output: Any) -> float:
        whole = output.reduce in ("mean", "integral")
        low, high = (right(self, output),) * 2 if whole else self.over(output).extremes()
        return low if output.reduce == "maximum" else high

    monkeypatch.setattr(OutputEvaluator, "value", wrong)
    assert {"output hot_b", "output temperature_max"} <= failed(tmp_path)


def test_a_wrong_side_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from trona.problem.forms import Forms

    right = Forms.facet_site

    def wrong(self: Forms, beside: Any, expression: Any, *more: Any) -> Any:
        site = right(self, beside, expression, *more)
        if not more and set(site.sides) == {"minus", "plus"}:
            site.sides.update(minus=site.sides["plus"], plus=site.sides["minus"])
        return site

    monkeypatch.setattr(OverRegion, "_densities", _swapped(OverRegion._densities, wrong))
    assert failed(tmp_path) == {"output cold_side", "output crossing", "quantity temperature_jump"}


def _swapped(forms: Any, wrong: Any) -> Any:
    """The forms of integrals, made with sides the wrong way round."""

    def made(self: OverRegion) -> Any:
        from trona.problem.forms import Forms

        kept = Forms.facet_site
        Forms.facet_site = wrong  # type: ignore[method-assign]
        try:
            return list(forms(self))
        finally:
            Forms.facet_site = kept  # type: ignore[method-assign]

    return made


def test_points_are_read_by_the_code_of_a_run() -> None:
    """What the proof judges is what a run uses."""
    import trona.readings.readers
    import trona.session.solution
    import trona.verify.points

    assert trona.verify.points.PointReader is trona.readings.readers.PointReader is PointReader
    assert "Readers(" in Path(trona.session.solution.__file__).read_text()


def test_a_wrong_profile_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from trona.readings.profiles import ProfileReader

    right = ProfileReader._gathered

    def smaller(self: ProfileReader) -> Any:
        corners, places, values = right(self)
        return corners, places, 0.9 * values

    monkeypatch.setattr(ProfileReader, "_gathered", smaller)
    assert failed(tmp_path) == {"profile beside", "profile edge"}


def test_a_wrong_quantity_at_an_interface_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layers = [("a", 1.0, 2), ("b", 1.0, 2)]
    deck = strip(
        tmp_path,
        layers,
        materials={"a": {"thermal_conductivity": "1 W/m/K"}, "b": {"thermal_conductivity": "2 W/m/K"}},
        physics={"heat": {"blocks": ["a", "b"]}, "thermal_resistance": {"interface": "a | b", "R": "0.1 K*m^2/W"}},
        boundaries={"bottom": {"heat_flux": "100 W/m^2"}, "top": {"temperature": "300 K"}},
    )
    composed = compose(deck)
    found = judged(composed)
    assert found["quantity temperature_jump"].passed and found["quantity temperature_jump^2"].passed
    right = OverRegion.integral

    def wrong(self: Any, *of: Any) -> float:
        return (1.0 if self.output.law is None else -1.0) * right(self, *of)

    monkeypatch.setattr(OverRegion, "integral", wrong)
    assert not judged(composed)["quantity temperature_jump"].passed
