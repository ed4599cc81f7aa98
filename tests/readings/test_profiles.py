"""Profiles along boundaries and interfaces: arc length, order, both values of a jump, the mesh as it is now."""

from __future__ import annotations

from math import pi
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bodies import body, ring
from test_expressions import jump, slope

from trona.deck import read_deck
from trona.errors import UserError
from trona.model import Model, compose
from trona.readings.chains import chains
from trona.readings.snapshot import LineData
from trona.session.run import run
from trona.session.solution import Solution
from trona.settings import read_settings
from trona.settings.outputs import read_outputs


def profiles(model: Model) -> dict[str, LineData]:
    solution = Solution(model, read_settings(model), lambda *_: None)
    solution.problem.solve()
    return dict(solution.lines(0.0, 1))


def only(line: LineData) -> Any:
    (data,) = line.fields.values()
    return data.values


def test_chains_are_in_order_and_turned() -> None:
    def piece(*ends: tuple[float, float]) -> Any:
        return ends

    a, b, c, d = (0.0, 0.0), (1.0, 0.0), (2.0, 1.0), (5.0, 5.0)
    assert chains(np.array([piece(c, b), piece(a, b)])) == [[(1, False), (0, True)]]
    loop = np.array([piece(b, c), piece(a, b), piece(a, c)])
    assert chains(loop) in ([[(1, False), (0, False), (2, True)]], [[(2, False), (0, True), (1, True)]])
    apart = np.array([piece(d, (6.0, 5.0)), piece(a, b)])
    assert chains(apart) == [[(1, False)], [(0, False)]]
    fork = np.array([piece(a, b), piece(b, c), piece(b, d)])
    assert sorted(len(chain) for chain in chains(fork)) == [1, 1, 1]


def test_along_an_arc(tmp_path: Path) -> None:
    """A quarter of a circle of 2 m, in chords; on it x and y are those of the chords, the temperature is 300 K."""
    cells = 8
    extra = {
        "x": {"profile": "x", "along": "right"},
        "T": {"profile": "temperature", "along": "right"},
        "q": {"profile": "flux(energy)", "along": "right"},
    }
    deck = body(
        tmp_path,
        (4, cells),
        ring(1.0, 2.0),
        materials={"body": {"thermal_conductivity": "3 W/m/K"}},
        physics={"heat": {"blocks": ["body"]}},
        boundaries={"left": {"temperature": "310 K"}, "right": {"temperature": "300 K"}},
        outputs={"fields": "none", "extra": extra},
    )
    found = profiles(compose(deck))
    chord = 2 * 2.0 * np.sin(pi / (4 * cells))
    for line in found.values():
        assert line.distance[-1] == pytest.approx(cells * chord, rel=1e-12)
        assert (np.diff(line.distance) >= 0).all()
        assert line.points[0] == pytest.approx([0.0, 2.0], abs=1e-12), "it begins where x is smallest"
        steps = np.linalg.norm(np.diff(line.points, axis=0), axis=1)
        assert np.diff(line.distance) == pytest.approx(steps, rel=1e-12, abs=1e-15)
    assert only(found["x"]) == pytest.approx(found["x"].points[:, 0], rel=1e-12, abs=1e-12)
    assert len(found["x"].points) == 4 * cells + 1
    assert only(found["T"]) == pytest.approx(300.0, rel=1e-12)
    flux = np.einsum("nc,nc->n", only(found["q"]), found["q"].points) / 2.0
    exact = 3 * 10 / np.log(2.0) / 2.0
    assert flux == pytest.approx(exact, rel=0.06) and flux.mean() == pytest.approx(exact, rel=0.01)
    assert len(found["q"].points) > len(found["x"].points), "a gradient has two values between facets"


@pytest.mark.parametrize("dim", [1, 2])
def test_beside_a_jump(tmp_path: Path, dim: int) -> None:
    extra = {side: {"profile": "temperature", "along": "a | b", "side": side} for side in "ab"}
    found = profiles(compose(jump(tmp_path, extra, dim)))
    assert only(found["a"]) == pytest.approx(351.0, rel=1e-12)
    assert only(found["b"]) == pytest.approx(350.0, rel=1e-12)
    assert found["a"].distance[-1] == pytest.approx(3.0 if dim == 2 else 0.0, rel=1e-12)
    assert len(found["a"].points) == (9 if dim == 2 else 1)
    assert found["a"].points[:, -1] == pytest.approx(1.0)


def test_the_reaction_current_along_the_surface(tutorial: Path) -> None:
    """Of the main job: its extremes are theta's, its mean is the mean current."""
    extra = "outputs.extra.i={profile: reaction_current_density, along: metal | sei}"
    model = compose(read_deck(tutorial, [extra]))
    solution = Solution(model, read_settings(model), lambda *_: None)
    solution.problem.solve()
    outputs = {o.name: o.value for o in solution.outputs()}
    line = dict(solution.lines(0.0, 1))["i"]
    values = abs(only(line))
    assert next(iter(line.fields.values())).unit == "A/m^2"
    assert values.max() / values.min() == pytest.approx(outputs["theta"], rel=1e-6)
    mean = np.trapezoid(values, line.distance) / line.distance[-1]
    assert mean == pytest.approx(abs(outputs["reaction_current_density_mean"]), rel=1e-3)


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "a block": ({"along": "body"}, "a profile follows a boundary or an interface, but 'body' is a block"),
    "a tensor": ({"profile": "grad(heat_flux)"}, "'grad(heat_flux)' is a tensor; take its components"),
    "nothing along": ({"along": None}, "output 'o' needs 'along'"),
    "misspelt": ({"along": "tip"}, "no block, boundary or interface 'tip'; nearest: top"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(tmp_path: Path, name: str) -> None:
    changed, message = REFUSED[name]
    entry = {k: v for k, v in {"profile": "temperature", "along": "top", **changed}.items() if v is not None}
    with pytest.raises(UserError) as refused:
        read_outputs(compose(slope(tmp_path, "2-D", {"o": entry})))
    assert message in str(refused.value)


def test_a_surface_is_no_curve(tmp_path: Path) -> None:
    with pytest.raises(
        UserError, match="a profile follows a curve, but a boundary or interface of this mesh is a surface"
    ):
        read_outputs(compose(slope(tmp_path, "3-D", {"o": {"profile": "temperature", "along": "top"}})))


def test_it_is_written_as_a_line_is(tmp_path: Path) -> None:
    extra = {"edge": {"profile": "temperature", "along": "sides"}}
    deck = slope(tmp_path, "2-D", extra, outputs={"fields": "none", "plots": ["edge"]})
    run(deck, directory=tmp_path / "run")
    rows = (tmp_path / "run/lines/edge-000001.csv").read_text().splitlines()
    assert "temperature [K]" in rows[0]
    assert (tmp_path / "run/plots/edge.png").stat().st_size > 0


def test_a_vector_at_the_point_of_a_line(tmp_path: Path) -> None:
    found = profiles(compose(jump(tmp_path, {"q": {"profile": "flux(energy)", "along": "a | b", "side": "b"}}, 1)))
    assert only(found["q"]) == pytest.approx(np.array([[100.0]]), rel=1e-9)


def test_on_a_mesh_that_moves(tmp_path: Path) -> None:
    """A flat metal grows by i V / F: its surface is read where it is now, and its current is the given one."""
    from strips import FARADAY
    from waves import CURRENT, HEIGHT, VOLUME, WIDTH, grow

    end = 40.0
    extra = {
        "surface": {"profile": "y", "along": "metal | liquid", "side": "liquid"},
        "reaction": {"profile": "reaction_current_density", "along": "metal | liquid"},
        "top": {"flow": "charge", "through": "top"},
        "across": {"flow": "charge", "through": "metal | liquid"},
        "height": {"reduce": "mean", "of": "y", "on": "metal | liquid", "side": "metal"},
        "level": {"field": "y"},
    }
    result = grow(tmp_path, 0.0, end, end / 2, outputs={"fields": "none", "extra": extra}, cells=1)
    height = 0.5e-6 + CURRENT * VOLUME / FARADAY * end
    assert height > 0.5e-6 * 1.1 and height < 0.5e-6 + HEIGHT
    assert result["height"] == pytest.approx(height, rel=1e-6)
    assert result["top"] == pytest.approx(CURRENT * WIDTH, rel=1e-9)
    assert result["across"] == pytest.approx(-CURRENT * WIDTH, rel=1e-7)
    from trona.readings.outputs import OutputEvaluator
    from trona.readings.profiles import ProfileReader

    problem = result.problem
    sampling = OutputEvaluator(problem).sampling
    asked = {curve.name: curve.of[0] for curve in read_outputs(problem.model).curves}
    line = ProfileReader(problem, sampling, asked["surface"]).read()
    assert line.values == pytest.approx(height, rel=1e-6)
    assert line.points[:, 1] == pytest.approx(height, rel=1e-6)
    assert line.distance[-1] == pytest.approx(WIDTH, rel=1e-9)
    current = ProfileReader(problem, sampling, asked["reaction"]).read().values
    assert current == pytest.approx(-CURRENT, rel=1e-6)
