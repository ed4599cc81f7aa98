"""The free surface of a metal that flows, and on which metal is plated."""

from math import factorial
from typing import Any

import numpy as np

from trona.plugin import (
    BoundaryLaw,
    BoundaryOption,
    Contribution,
    Expression,
    Field,
    Integer,
    Physics,
    Quantity,
    UserError,
    as_vector,
    balance,
    dot,
    field,
    grad,
    max_value,
    min_value,
)
from trona_plugins.sums import EXPOSED_SHARE

_WAYS = ("current", "current_density")


class FreeSurface(Physics):
    """The surface of a metal moves with the metal, and by what is plated on it: w . n = v . n - e l i V_m/(z F).

    w: velocity of the mesh at the surface, m/s; only its part along n counts. n: outward normal. v: velocity of the
    metal, m/s. i: current density, A/m2, dissolving positive. e: share of the surface that the electrolyte reaches, 1;
    one unless something covers it. V_m: molar volume, m3/mol. z: electrons per atom. F: Faraday constant, C/mol.
    With `current`, I, i is the one number for which the volume of the metal is V = V_0 - V_m/(z F) int I dt, whatever
    the steps in time; also with I = 0, where i keeps the volume that the steps would else change a little.
    l: factor of levelling, 1: 1 - L kappa between 0 and 2, one unless L is given. L: length below which bumps are
    levelled, m. kappa: curvature, 1/m, positive where the metal is convex. A corner of the mesh that is plated along
    its normals runs ahead; with L of the size of the edges it does not. A wave of wave number k falls as exp(-k^2 L h)
    while h is plated. It is a remedy for the mesh, of first order in the size of its edges, and where the surface ends,
    the last edge is hardly levelled; choose L of the size of the edges, and see what another one changes.
    V_0: volume in the mesh as it was read, m3. I: A, dissolving positive; in a plane A per metre of depth.
    Only the shape follows from the current: the electrolyte is not solved for.
    Give `elements: {mesh_displacement: 1}`: in curved cells the stress at points is not integrated exactly.
    Source: Hirt, Amsden and Cook, J. Comput. Phys. 14 (1974) 227; Monroe and Newman, J. Electrochem. Soc. 150 (2003)
    A1377; levelling: Sethian, Commun. Math. Phys. 101 (1985) 487; the curvature: Dziuk, Numer. Math. 58 (1991) 603.
    """

    name = "free_surface"
    references = ("hirt1974arbitrary", "monroe2003dendrite", "sethian1985curvature", "dziuk1991algorithm")
    requires = (balance("momentum"), field("velocity"))
    uses = (EXPOSED_SHARE,)
    provides = (
        Field(
            "plating_current_density",
            "A/m^2",
            "current density on the surface, dissolving positive",
            kind="global",
            scale="1 A/m^2",
            when="current",
        ),
        Field("metal_volume", "m^3", "volume of the metal", kind="global", scale="1e-12 m^3", when="current"),
    )

    boundary = BoundaryOption("boundary that is free")
    current = Quantity(
        "A", "total current (in a plane: A per metre of depth), dissolving positive", default=None, variables=("t",)
    )
    current_density = Quantity("A/m^2", "current density, dissolving positive", default=None, variables=("t",))
    levelling = Quantity("m", "length L below which bumps are levelled", default=None, above="0 m")
    electrons = Integer("electrons per atom", default="1", minimum=1)

    def contribute(self, model: Contribution) -> None:
        law, v = model.boundary(self.boundary), model.field("velocity")
        outwards = dot(v, law.normal)
        carried = self.electrons * model.constant("faraday_constant")
        given = model.alternatives({way: getattr(self, way) for way in _WAYS}, required=False)
        if given:
            i = self.current_density if self.current is None else self._from_volume(model, carried)
            share = law.sum(EXPOSED_SHARE)
            if self.levelling is not None:
                kappa = self._curvature(model, law)
                share *= max_value(0, min_value(2, 1 - self.levelling * kappa))
                law.output_range("surface_curvature", kappa, "1/m", "curvature of the free surface")
            outwards -= share * i * model.property("molar_volume", "m^3/mol") / carried
        law.move(outwards)
        law.output_range("surface_velocity", outwards, "m/s", "velocity of the surface", mean=True)
        law.output("surface_area", 1, "1", "area of the free surface", "integral")

    def _curvature(self, model: Contribution, law: BoundaryLaw) -> Expression:
        """Return the curvature, 1/m, positive where the metal is convex: div_s (P N) = div_s N - kappa.

        It is the balance of a surface with unit tension along N, the normal in the mean over neighbouring facets.
        """
        n, parts = law.normal, []
        for j, axis in enumerate(model.coordinates.axes):
            name = f"mean_normal_{axis}"
            part = model.add_surface_field(law, name, "1", f"normal along {axis} in the mean over facets", "1", 1)
            model.add_balance(name, "1", name, "mean normal").source(part - n[j])
            parts.append(part)
        mean, kappa = as_vector(parts), model.add_surface_field(law, "curvature", "1/m", "curvature", "1 1/um", 1)
        tension = model.add_balance("tension", "1/m", "curvature", "forces of a surface with unit tension")
        tension.flux(mean - dot(n, mean) * n)
        spread = sum(grad(part)[j] for j, part in enumerate(parts))
        if model.coordinates.turns:
            spread += model.coordinates.turns * parts[0] / model.coordinates.radius
        tension.source(spread - kappa)
        return kappa

    def _from_volume(self, model: Contribution, carried: Any) -> Expression:
        """Return the current density on the surface with which the volume is what the current gives."""
        blocks = model.balance("momentum").blocks
        if len(blocks) > 1:
            raise UserError(f"a current makes the volume of one block that flows, and here are {', '.join(blocks)}")
        volume, i = model.field("metal_volume"), model.field("plating_current_density")
        # A new mesh begins with the volume that there is by then.
        first = _volume(model, blocks[0])
        model.set_scale("metal_volume", first)
        model.set_start("metal_volume", first)
        moles = model.rate("metal_volume") / model.property("molar_volume", "m^3/mol")
        model.constrain_integral(volume, blocks, carried * moles, -self.current, mean=True)
        model.constrain_integral(i, blocks, 1, volume, mean=False)
        return i


def _volume(model: Contribution, block: str) -> float:
    """Return the volume of a block in the mesh as it was read: per area of a line, per depth in a plane."""
    mesh = model.mesh
    corners = mesh.points[mesh.cells[mesh.cell_block == mesh.blocks.index(block)]]
    edges, d = corners[:, 1:] - corners[:, :1], mesh.gdim
    # The rule of corners and centroid is exact for the square of a radius.
    weight = model.coordinates.stands_for(corners[..., 0]) * np.ones(corners.shape[:2])
    middle = model.coordinates.stands_for(corners[..., 0].mean(axis=1))
    mean = weight.sum(axis=1) / ((d + 1) * (d + 2)) + middle * (d + 1) / (d + 2)
    return float((np.abs(np.linalg.det(edges)) / factorial(d) * mean).sum())
