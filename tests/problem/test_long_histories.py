"""Local strain that accumulates a hundredfold over the elastic one: the stress it leaves does not drift.

A film held at its sides swells along them at a rate that is no polynomial of the height, and creeps as fast. The
stress is biaxial and known: its equivalent rate of creep is twice that of the swelling.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from bodies import everywhere
from strips import strip

from trona.deck import Deck
from trona.errors import DeckError
from trona.model import Model, compose
from trona.model.loading import registry
from trona.model.registry import Registry
from trona.plugin import Blocks, BoundaryOption, InterfaceOption, Physics, Quantity, dot
from trona.session import Result, run
from trona_plugins.sums import INELASTIC_STRAIN, STRESS

if TYPE_CHECKING:
    from pathlib import Path

RATE, SIGMA_0, N, HEIGHT = 1e-3, 0.235e6, 5.0, 1.0
LOAD = 50e3
"""On the film, Pa."""
SWELLING = 1e-4
"""Largest rate along the film, 1/s."""
LATERAL = {1: ("yy", "zz"), 2: ("xx", "zz"), 3: ("xx", "yy")}


def material() -> dict[str, str]:
    return {
        "youngs_modulus": "4.6 GPa",
        "poisson_ratio": "0.34",
        "creep_prefactor": f"{RATE} 1/s",
        "creep_exponent": str(N),
        "creep_activation_energy": "0 J/mol",
        "creep_reference_stress": f"{SIGMA_0} Pa",
    }


def share(height: Any) -> Any:
    return 1 - np.sin(2 * np.pi * height / HEIGHT) / 2


def film(folder: Path, dim: int, coordinates: str = "planar", cells: int = 8, **more: Any) -> Deck:
    """A film that swells until it has crept by about 1 %."""
    axis = "xyz"[dim - 1]
    strain = f"{SWELLING} 1/s * t * (1 - sin(2 * pi * {axis} / (1 m)) / 2)"
    # In 3-D each cell needs a vertex inside: the pressure of the mixed form converges slowly in bodies one cell wide.
    across = 1 if dim < 3 else 2
    sides = {} if dim == 1 else {"sides": {"displacement": [*["0 m"] * (dim - 1), None]}}
    physics = {
        "elasticity": {"blocks": ["body"]},
        "creep": {"blocks": ["body"]},
        "eigenstrain": {"blocks": ["body"], "components": dict.fromkeys(LATERAL[dim], strain)},
    }
    deck = strip(
        folder,
        [("body", HEIGHT, cells), *more.pop("cover", [])],
        dim=dim,
        width=2 * HEIGHT / cells,
        cells_across=across,
        materials={"body": material()},
        given={"temperature": "25 degC"},
        physics={**physics, **more.pop("physics", {})},
        boundaries={
            "bottom": {"displacement": [*["0 m"] * dim]},
            **sides,
            "top": {"traction": [*["0 Pa"] * (dim - 1), f"{-LOAD} Pa"]},
            **more.pop("boundaries", {}),
        },
        time={"end": "100 s", "step": "25 s", "method": "bdf1"},
        **more,
    )
    plain = deck.resolved()
    plain["mesh"]["coordinates"] = coordinates
    return Deck.from_dict(plain, folder)


def expected(height: Any, load: float = LOAD) -> Any:
    """Stress along the film, Pa."""
    return -load - SIGMA_0 * (2 * SWELLING * share(height) / RATE) ** (1 / N)


def errors(result: Result, dim: int, load: float = LOAD) -> tuple[float, float]:
    """Largest and root mean square error of both lateral stresses, relative to the largest stress."""
    names = [name for name in LATERAL[dim] if f"stress_{name}" in result.problem.model.derived]
    found = []
    for name in names:
        points, stress = everywhere(result, f"stress_{name}")
        right = expected(points.reshape(len(points), -1)[:, dim - 1], load)
        found.append((stress - right) / abs(right).max())
    return float(np.abs(found).max()), float(np.sqrt(np.mean(np.square(found))))


@pytest.mark.parametrize(
    ("dim", "coordinates"),
    [(1, "planar"), (2, "planar"), (2, "axisymmetric"), pytest.param(3, "planar", marks=pytest.mark.slow)],
)
def test_no_drift(tmp_path: Path, dim: int, coordinates: str) -> None:
    largest, mean = zip(
        *(errors(run(film(tmp_path, dim, coordinates, cells), record=False), dim) for cells in (8, 16)), strict=True
    )
    assert largest[1] < 1e-2
    assert np.log2(mean[0] / mean[1]) > 1.7


class Rest(Physics):
    """An interface at which the mesh is held, so that the mesh beside it moves by what its boundaries say."""

    name = "rest"
    interface = InterfaceOption("where")
    velocity = Quantity("m/s", "along its normal", default="0 m/s")

    def contribute(self, model: Any) -> None:
        model.interface(self.interface).move(self.velocity)


def test_no_drift_in_a_mesh_that_has_moved(tmp_path: Path) -> None:
    """The mesh slides along the bottom and bends inside: gradients are no polynomials of the mesh as it was read."""
    deck = film(
        tmp_path,
        2,
        cells=8,
        cover=[("cover", HEIGHT / 2, 2)],
        physics={"rest": {"interface": "body | cover"}},
        boundaries={
            "bottom": {"displacement": ["0 m", "0 m"], "mesh_displacement": ["40 mm * sin(4 * pi * x / (1 m))", "0 m"]},
            "sides": {"displacement": ["0 m", None], "mesh_displacement": ["0 m", None]},
            "top": {"mesh_displacement": ["0 m", "0 m"]},
        },
    )
    largest, mean = errors(run(compose(deck, with_plugin(Rest)), record=False), 2, 0.0)
    assert largest < 2e-2
    assert mean < 5e-3


class Gauge(Physics):
    """What a law reads of the stress at a boundary: n . sigma n, kept by an unknown there."""

    name = "gauge"
    requires = (STRESS,)
    uses = (INELASTIC_STRAIN,)
    boundary = BoundaryOption("where it is read")
    direct = Blocks("blocks whose strain is read instead", default=None)
    factor = Quantity("1", "of what is read", default="1")

    def contribute(self, model: Any) -> None:
        law = model.boundary(self.boundary)
        pull = model.add_surface_field(law, "pull", "Pa", "normal traction", scale="1 MPa")
        reading = model.add_balance("reading", "Pa", "pull", "reading")
        stress = model.sum(STRESS)
        if self.direct is not None:
            u, strain = model.field("displacement"), model.sum(INELASTIC_STRAIN)
            stress = model.property("youngs_modulus", "Pa") * (model.coordinates.gradient(u) - strain)
        reading.source(self.factor * dot(law.normal, dot(model.coordinates.in_plane(stress), law.normal)) - pull)


def with_plugin(plugin: type[Physics]) -> Registry:
    known = registry()
    return replace(known, physics={**known.physics, plugin.name: plugin})


def gauged(folder: Path, **options: Any) -> Model:
    deck = film(folder, 2, physics={"gauge": {"boundary": "sides", **options}})
    return compose(deck, with_plugin(Gauge))


def test_a_law_reads_what_creep_has_left(tmp_path: Path) -> None:
    """At a boundary, too, where creep strain is not at its points, but between and beyond them."""
    import firedrake as fd

    result = run(gauged(tmp_path), record=False)
    component = result.problem.unknowns.find("pull")
    part = result.problem.unknowns.states[0].subfunctions[component.index]
    x = fd.Function(fd.VectorFunctionSpace(component.mesh, component.space.ufl_element()))
    height = x.interpolate(fd.SpatialCoordinate(component.mesh)).dat.data_ro[:, 1]
    right = expected(height)
    assert np.abs(part.dat.data_ro * float(component.scale) - right).max() < 2e-2 * abs(right).max()


@pytest.mark.parametrize("factor", ["1", "1 + pull / (1 GPa)"], ids=["alone", "with an unknown there"])
def test_a_law_that_cannot_is_told(tmp_path: Path, factor: str) -> None:
    with pytest.raises(DeckError, match="gauge: a law combines 'creep_strain' with gradients"):
        gauged(tmp_path, direct=["body"], factor=factor)


def test_orders(tmp_path: Path) -> None:
    """Creep strain follows the order of the displacement, as far as there are points for it."""
    model = compose(film(tmp_path, 2, elements={"displacement": 3}))
    assert model.fields["creep_strain"].order == 2
    with pytest.raises(DeckError, match=r"'creep_strain' needs at least the order of 'displacement', 3, got '?2"):
        compose(film(tmp_path, 2, elements={"displacement": 3, "creep_strain": 2}))
    with pytest.raises(DeckError, match="'creep_strain' has an order of at most 3 in 2 dimensions, got 4"):
        compose(film(tmp_path, 2, elements={"order": 4}))
