"""Thermal fluctuations of a surface, which its stiffness holds back."""

import math

import numpy as np

from trona.plugin import (
    Balance,
    BoundaryOption,
    Contribution,
    Expression,
    Field,
    Integer,
    Physics,
    Quantity,
    UserError,
    cos,
    field,
    grad,
    sqrt,
)


class CapillaryFluctuations(Physics):
    """Height of a straight surface that relaxes by its stiffness and fluctuates: dh/dt = M s d2h/dx2 + n.

    h: height above the mean surface, m. s: surface stiffness gamma + gamma'', J/m2, the property `surface_stiffness`;
    gamma: surface energy, of which the second derivative is by the orientation. M: mobility of the surface, m4/J/s, the
    property `surface_mobility`. n: thermal noise, m/s, of N waves with the wave numbers k = j pi/W, j = 1 to N,
    n = sqrt(2 k_B T M/(b W)) sum_k sqrt(2) cos(k x) w_k. w_k: independent white noises, s^(-1/2), which follow from
    `seed`. W: length of the surface, m. b: thickness of the body, m. k_B: Boltzmann constant, J/K. T:
    temperature, K. x: distance along the surface, m. Its ends are mirrors.

    With this n (fluctuation and dissipation) the amplitudes A_k = sqrt(2)/W int h cos(k x) dx have the mean square
    k_B T/(b W s k^2). They are the outputs `amplitude_1` to `amplitude_N`: N says how many there are, and changes no
    name. Slopes must be small. Steps dt of the implicit Euler method (bdf1) make mean squares smaller, by the factor
    1/(1 + M s k^2 dt/2); of bdf2 no such formula is given here.
    Source: Hoyt, Asta and Karma, Phys. Rev. Lett. 86 (2001) 5530; Karma, Phys. Rev. E 48 (1993) 3441.
    """

    name = "capillary_fluctuations"
    references = ("hoyt2001method", "karma1993fluctuations")
    uses = (field("temperature"),)
    provides = (
        Field(
            "fluctuation",
            "m",
            "height above the mean surface",
            on="boundary",
            kind="surface",
            scale="0.1 nm",
            symbol="h",
        ),
        Balance("fluctuation of the surface", "m/s", "fluctuation", "height above the mean surface"),
    )

    boundary = BoundaryOption("the surface, straight, of a plane mesh")
    thickness = Quantity("m", "thickness b of the body", above="0 m", usual=("0.1 nm", "1 mm"), variables=())
    waves = Integer("number N of waves that the noise excites", default="16", minimum=1, maximum=1000)
    seed = Integer("seed of the noise", default="1", minimum=0)

    def contribute(self, model: Contribution) -> None:
        if model.steady:
            raise UserError("a surface fluctuates over time; give 'time'")
        law = model.boundary(self.boundary)
        s, length = self._along(model)
        h, surface = model.field("fluctuation"), model.balance("fluctuation of the surface")
        energy = model.constant("boltzmann_constant") * model.field("temperature")
        mobility = model.property("surface_mobility", "m^4/J/s")
        noise = sqrt(2 * energy * mobility / (self.thickness * model.quantity(length, "m", "length")))
        numbers = [model.quantity(j * math.pi / length, "1/m", f"k_{j}") for j in range(1, self.waves + 1)]
        shapes = [sqrt(2) * cos(k * s) for k in numbers]
        excited = sum(shape * model.white_noise(f"noise_{j}", self.seed) for j, shape in enumerate(shapes, 1))
        surface.storage(h)
        surface.source(noise * excited)
        surface.flux(-mobility * model.property("surface_stiffness", "J/m^2") * grad(h))
        for j, shape in enumerate(shapes, 1):
            law.output(f"amplitude_{j}", h * shape, "m", f"amplitude of the wave of {j} half-lengths", "mean")
        law.output_range("fluctuation", h, "m", "height above the mean surface", symbol="h")

    def _along(self, model: Contribution) -> tuple[Expression, float]:
        """Return the distance along the surface from one of its ends, and its length in m. Raises UserError."""
        if model.dimension != 2 or model.coordinates.turns:
            raise UserError("needs a mesh of a plane, whose surface is a line")
        mesh, region = model.mesh, model.mesh.boundaries[self.boundary]
        if len(region.blocks) > 1:  # between which the height could jump
            raise UserError(f"{self.boundary} needs one block beside it, and has {', '.join(region.blocks)}")
        points = mesh.points[sorted(mesh.points_of(region.sets))]
        first = points[((points - points[0]) ** 2).sum(axis=1).argmax()]
        ends = sorted([first, points[((points - first) ** 2).sum(axis=1).argmax()]], key=tuple)
        length = float(np.linalg.norm(ends[1] - ends[0]))
        tangent = (ends[1] - ends[0]) / length
        off = (points - ends[0]) @ np.array([-tangent[1], tangent[0]])
        if abs(off).max() > 1e-9 * length or abs(region.measure - length) > 1e-9 * length:
            raise UserError(f"{self.boundary} is no straight line")
        if self.waves >= len(points):
            raise UserError(f"{self.waves} waves need as many cells along {self.boundary}, which has {len(points) - 1}")
        place = [model.position[i] - model.quantity(float(ends[0][i]), "m", f"end_{i}") for i in range(2)]
        return tangent[0] * place[0] + tangent[1] * place[1], length
