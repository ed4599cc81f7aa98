"""A metal whose surface is a wave and grows, the mesh moving along; and its surface, read back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from strips import strip

from trona.model import compose
from trona.session.run import run

if TYPE_CHECKING:
    from pathlib import Path

    from trona.session.result import Result

WIDTH, HEIGHT = 1e-6, 3e-6
"""Half of a wavelength, and the height of the electrolyte, m."""
CURRENT, KAPPA, I0, VOLUME = 10.0, 2e-4, 20.0, 2.375e-5
CAPACITY = 968.0 * 1228.0
"""Of the metal, J/m3/K."""
DECK: dict[str, Any] = {
    "materials": {
        "metal": {"use": "sodium", "molar_volume": f"{VOLUME} m^3/mol"},
        "liquid": {"ionic_conductivity": f"{KAPPA} S/m"},
    },
    "physics": {
        "ionic_charge": {"blocks": ["liquid"]},
        "butler_volmer": {"interface": "metal | liquid", "i0": f"{I0} A/m^2", "kinetics": "linear"},
        "growth": {"interface": "metal | liquid"},
    },
    "given": {"temperature": "298.15 K"},
    "motion": {"direction": "y"},
    "boundaries": {"top": {"current_density": f"{CURRENT} A/m^2"}, "bottom": {"mesh_displacement": "0 m"}},
    "elements": {"order": 2},
}


def grow(folder: Path, amplitude: float, end: float, step: float, method: str = "bdf2", **more: Any) -> Result:
    """A metal under a liquid, its surface a cosine, grown for a while."""
    time = {"end": f"{end} s", "step": f"{step} s", "method": method}
    cells = more.pop("cells", 4)
    deck = strip(
        folder,
        [("metal", 0.5e-6, 2), ("liquid", HEIGHT, 3 * cells)],
        dim=2,
        width=WIDTH,
        cells_across=2 * cells,
        **{**DECK, "time": time, **more},
    )
    mesh = compose(deck).mesh
    x, y = mesh.points.T
    near = np.where(y < 0.5e-6, y / 0.5e-6, (0.5e-6 + HEIGHT - y) / HEIGHT)
    points = np.column_stack([x, y + near * amplitude * np.cos(np.pi * x / WIDTH)])
    return run(compose(deck, mesh=replace(mesh, points=points)), record=False)


def surface(result: Result) -> tuple[np.ndarray, np.ndarray]:
    """Place along the surface and height of the metal above its base as read, at the nodes of the interface."""
    import firedrake as fd

    problem = result.problem
    component = problem.unknowns.find("mesh_displacement")
    facets = problem.forms.interface_labels("metal | liquid")
    nodes = fd.DirichletBC(component.space, 0, facets).nodes
    x = fd.Function(fd.VectorFunctionSpace(component.mesh, "CG", 2))
    x.interpolate(fd.SpatialCoordinate(component.mesh))
    part = problem.unknowns.states[0].subfunctions[component.index]
    moved = part.dat.data_ro[nodes] * float(component.scale) + float(component.reference)
    order = np.argsort(x.dat.data_ro[nodes, 0])
    return x.dat.data_ro[nodes, 0][order], (moved + x.dat.data_ro[nodes, 1])[order]


def cosine_part(x: np.ndarray, height: np.ndarray) -> float:
    mean = np.trapezoid(height, x) / WIDTH
    return float(2 / WIDTH * np.trapezoid((height - mean) * np.cos(np.pi * x / WIDTH), x))
