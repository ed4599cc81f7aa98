"""Curvature of a metal's surface: its value on waves, arcs, spheres and discs, and how fast it smooths a surface."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from strips import FARADAY, R_GAS, strip
from waves import DECK as MOVING
from waves import cosine_part, grow, surface

from trona.deck import Deck
from trona.errors import DeckError
from trona.model import compose
from trona.session import Result, run

WIDTH = 1e-6
"""Half of a wavelength, m."""
NUMBER = np.pi / WIDTH
KAPPA, I0, VOLUME, GAMMA = 2e-4, 20.0, 2.375e-5, 0.25
FACTOR = GAMMA * VOLUME / FARADAY
"""Capillary overpotential over curvature, V m."""
DECK: dict[str, Any] = {
    "materials": {
        "metal": {"molar_volume": f"{VOLUME} m^3/mol", "surface_energy": f"{GAMMA} J/m^2"},
        "liquid": {"ionic_conductivity": f"{KAPPA} S/m"},
    },
    "given": {"temperature": "298.15 K"},
    "physics": {
        "ionic_charge": {"blocks": ["liquid"]},
        "butler_volmer": {"interface": "metal | liquid", "i0": f"{I0} A/m^2", "kinetics": "linear"},
        "capillary_overpotential": {"interface": "metal | liquid"},
    },
}
Shape = Callable[[Any, Any], tuple[Any, Any]]


def capillary(folder: Path, cells: int, shape: Shape, *, outside: bool = False, **more: Any) -> Result:
    """A metal below 1/2 um of height and a liquid above, mapped by `shape`; outside: the liquid lies below."""
    layers = [("metal", 0.5e-6, 1), ("liquid", 1e-6, 2)]
    layers = [("liquid", 0.5e-6, 1), ("metal", 1e-6, 1)] if outside else layers
    far = "bottom" if outside else "top"
    options = {**DECK["physics"]["capillary_overpotential"], **more.pop("curved", {})}
    physics = {**DECK["physics"], "capillary_overpotential": options, **more.pop("physics", {})}
    sections = {**DECK, "boundaries": {far: {"current_density": "0 A/m^2"}}, **more, "physics": physics}
    coordinates = sections.pop("coordinates", "planar")
    deck = strip(folder, layers, dim=2, width=WIDTH, cells_across=cells, **sections)
    plain = deck.resolved()
    plain["mesh"]["coordinates"] = coordinates
    deck = Deck.from_dict(plain, folder)
    mesh = compose(deck).mesh
    points = np.column_stack(shape(*mesh.points.T))
    points[np.abs(points) < 1e-20] = 0
    return run(compose(deck, mesh=replace(mesh, points=points)), record=False)


def flat(x: Any, y: Any) -> tuple[Any, Any]:
    return x, y


def wave(amplitude: float) -> Shape:
    def shape(x: Any, y: Any) -> tuple[Any, Any]:
        near = np.where(y < 0.5e-6, y / 0.5e-6, (1.5e-6 - y) / 1e-6)
        return x, y + near * amplitude * np.cos(NUMBER * x)

    return shape


def arc(begin: float) -> Shape:
    """Part of a circle of 1 um, from an angle (off the upper axis) to a right one."""

    def shape(x: Any, y: Any) -> tuple[Any, Any]:
        angle, r = begin + (np.pi / 2 - begin) * x / WIDTH, 0.5e-6 + y
        return r * np.sin(angle), r * np.cos(angle)

    return shape


ROUND = {"curved": {"centre": ["0 m", "0 m"]}}


def test_wave_of_straight_facets(tmp_path: Path) -> None:
    """a k^2 cos(k x) on 16 and 32 facets in half a wavelength: below 1e-3 on the finer, and of order 2."""
    amplitude, errors = 1e-9, []
    for cells in (16, 32):
        result = capillary(tmp_path, cells, wave(amplitude))
        x, kappa = _along(result, "curvature")
        expected = amplitude * NUMBER**2 * np.cos(NUMBER * x)
        errors.append(np.abs(kappa - expected).max() / (amplitude * NUMBER**2))
        assert result["capillary_overpotential_max"] == pytest.approx(FACTOR * result["curvature_max"], rel=1e-9)
    assert errors[1] < 1e-3
    assert np.log2(errors[0] / errors[1]) > 1.9


def _along(result: Result, field: str) -> tuple[Any, Any]:
    """Place x and value of a surface field at its nodes."""
    import firedrake as fd

    component = result.problem.unknowns.find(field)
    part = result.problem.unknowns.states[0].subfunctions[component.index]
    x = fd.Function(fd.VectorFunctionSpace(component.mesh, component.space.ufl_element()))
    x.interpolate(fd.SpatialCoordinate(component.mesh))
    return x.dat.data_ro[:, 0], part.dat.data_ro * float(component.scale) + float(component.reference)


@pytest.mark.parametrize("outside", [False, True])
def test_arc(tmp_path: Path, outside: bool) -> None:
    """gamma V_m/(z F R) for the metal inside a quarter of a circle; minus that around it, there with divalent ions."""
    more = {"physics": {"ionic_charge": {"blocks": ["liquid"], "cation_valence": 2}}} if outside else {}
    result = capillary(tmp_path, 16, arc(0.0), outside=outside, **ROUND, **more)
    sign = -1 / 2 if outside else 1
    for end in ("max", "min"):
        assert result[f"capillary_overpotential_{end}"] == pytest.approx(sign * FACTOR / 1e-6, rel=1e-3)
    assert result.ledger["curvature of the surface"].closure < 1e-12


def test_zone_of_a_sphere(tmp_path: Path) -> None:
    """Both curvatures around an axis: 2/R, from 45 degrees to the equator, on 32 facets; of order 1 at the rim."""
    result = capillary(tmp_path, 32, arc(np.pi / 4), coordinates="axisymmetric", **ROUND)
    r, kappa = _along(result, "curvature")
    kappa = kappa[np.argsort(r)] * 1e-6
    assert kappa == pytest.approx(2, rel=4e-3)
    assert kappa[4:] == pytest.approx(2, rel=2e-4)


HEIGHT = {"growth": {"interface": "metal | liquid", "motion": "height"}}
AT_ONCE = {"end": "1e-9 s", "step": "1e-9 s"}


def test_height_on_a_disc(tmp_path: Path) -> None:
    """h = a (2 r^2/R^2 - r^4/R^4): kappa = -a (8 - 16 r^2/R^2)/R^2, on the axis too."""
    bump = {"height": "-1 nm * (2 * (x / 1 um)^2 - (x / 1 um)^4)"}
    result = capillary(tmp_path, 8, flat, physics=HEIGHT, initial=bump, time=AT_ONCE, coordinates="axisymmetric")
    r, kappa = _along(result, "curvature")
    assert kappa == pytest.approx(1e-9 * (8 - 16 * (r / WIDTH) ** 2) / WIDTH**2, abs=2e-2 * 8e3)


def test_steep_height_on_a_tilted_surface(tmp_path: Path) -> None:
    """The height adds to the surface as read: together they are flat, and have no curvature."""

    def tilted(x: Any, y: Any) -> tuple[Any, Any]:
        near = np.where(y < 0.5e-6, y / 0.5e-6, (1.5e-6 - y) / 1e-6)
        return x, y + near * 0.3e-6 * (x / WIDTH) ** 2

    result = capillary(
        tmp_path,
        4,
        tilted,
        physics=HEIGHT,
        time=AT_ONCE,
        elements={"order": 1},
        initial={"height": "-0.3 um * (x / 1 um)^2"},
    )
    assert abs(result["curvature_max"]) + abs(result["curvature_min"]) < 1e-6 * 0.6e6


def rate(height: float, current: float = 0.0, kinetics: float = I0 * FARADAY / (R_GAS * 298.15)) -> float:
    """Rate at which a small wave of the surface grows, 1/s, under a liquid of a height: two resistances in series.

    The wave is driven by the field, of which its crests see more, and held back by its tension.
    kinetics: slope of the reaction current over the overpotential, S/m2.
    """
    resistance = 1 / kinetics + 1 / (KAPPA * NUMBER * np.tanh(NUMBER * height))
    return float(VOLUME / FARADAY * (current / KAPPA - FACTOR * NUMBER**2) / resistance)


@pytest.mark.parametrize("current", [0.0, 0.25])
def test_wave_of_a_moving_mesh(tmp_path: Path, current: float) -> None:
    """At rest a wave decays, and at this current it grows, as linear theory says."""
    start, end = 5e-9, 4000.0
    tension = {"interface": "metal | liquid", "surface_energy": f"{GAMMA} J/m^2"}
    result = grow(
        tmp_path,
        start,
        end,
        end / 8,
        cells=6,
        physics={**MOVING["physics"], "capillary_overpotential": tension},
        boundaries={**MOVING["boundaries"], "top": {"current_density": f"{current} A/m^2"}},
    )
    x, _ = surface(result)
    vertices = x[::2]  # between them the surface was straight at first
    first = cosine_part(x, np.interp(x, vertices, start * np.cos(NUMBER * vertices)))
    found = np.log(cosine_part(*surface(result)) / first) / end
    assert found == pytest.approx(rate(3e-6, current), rel=2e-2)
    assert result.ledger["curvature of the surface"].closure < 1e-10


def test_wave_of_a_height(tmp_path: Path) -> None:
    """The same on a mesh at rest; the surface drawn is that of the height."""
    start, end = 1e-9, 4000.0
    wavy = {"height": f"{start} m * cos(pi * x / (1 um))"}
    time = {"end": f"{end} s", "step": f"{end / 8} s", "method": "bdf2"}
    result = capillary(tmp_path, 8, flat, physics=HEIGHT, initial=wavy, time=time)
    x, height = _along(result, "height")
    order = np.argsort(x)
    found = cosine_part(x[order], height[order])
    assert np.log(found / start) / end == pytest.approx(rate(1e-6), rel=2e-2)


@pytest.mark.parametrize("current", [4.0, -4.0])
def test_wave_under_a_current(tmp_path: Path, current: float) -> None:
    """Plating or dissolving at twice i0, the tension shifts both branches of the reaction and smooths alike."""
    start, end, i0 = 1e-9, 4000.0, 2.0
    slope = FARADAY / (R_GAS * 298.15) / 2 * np.hypot(2 * i0, current)
    result = capillary(
        tmp_path,
        8,
        flat,
        initial={"height": f"{start} m * cos(pi * x / (1 um))"},
        physics={**HEIGHT, "butler_volmer": {"interface": "metal | liquid", "i0": f"{i0} A/m^2"}},
        boundaries={"top": {"current_density": f"{current} A/m^2"}},
        time={"end": f"{end} s", "step": f"{end / 8} s", "method": "bdf2"},
    )
    x, height = _along(result, "height")
    order = np.argsort(x)
    found = cosine_part(x[order], height[order])
    assert np.log(found / start) / end == pytest.approx(rate(1e-6, kinetics=slope), rel=2e-2)


def refused(folder: Path, **curved: Any) -> str:
    with pytest.raises(DeckError) as found:
        capillary(folder, 2, flat, curved=curved)
    return str(found.value)


def test_refusals(tmp_path: Path) -> None:
    assert "give direction or centre, not both" in refused(tmp_path, centre=["0 m", "0 m"], direction="y")
    assert "centre needs 2 coordinates here, got 1" in refused(tmp_path, centre=["0 m"])
    assert "a direction along z needs a mesh of more dimensions than 2" in refused(tmp_path, direction="z")
    with pytest.raises(DeckError, match="meets the axis at an angle"):
        capillary(tmp_path, 4, arc(0.0), coordinates="axisymmetric", **ROUND)
