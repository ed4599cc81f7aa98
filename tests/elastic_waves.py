"""A wave of a deposit between two elastic layers, by the exact solution of plane strain: its stress and its growth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from strips import FARADAY


@dataclass(frozen=True)
class Layer:
    """An elastic layer. shear: its modulus, Pa. free: whether its far side is free of traction instead of clamped.

    The moduli are complex where they are those of a Laplace transform.
    """

    thickness: float
    shear: Any
    poisson: Any
    free: bool = False

    def relaxed(self, fluidity: float, s: complex) -> Layer:
        """Return the layer that takes the place of this one, of which the shear stress creeps away, transformed.

        fluidity: rate of the creep strain per deviatoric stress, 1/(Pa s). s: variable of the transform, 1/s. The bulk
        modulus stays.
        """
        bulk = 2 * self.shear * (1 + self.poisson) / (3 * (1 - 2 * self.poisson))
        shear = 1 / (1 / self.shear + 2 * fluidity / s)
        return replace(self, shear=shear, poisson=(3 * bulk - 2 * shear) / (2 * (3 * bulk + shear)))

    def solutions(self, k: float, y: float, below: bool) -> NDArray[Any]:
        """Four solutions at y from the interface: u_y, u_x, s_yy, s_xy, s_xx, of cos, sin, cos, sin, cos(k x).

        Two are gradients of exp(s k y) cos(k x), two those of Papkovich and Neuber with this as the potential of y;
        s = 1 and -1, each as large as 1 where it is largest.
        """
        far = -self.thickness if below else self.thickness
        found = []
        for s in (1.0, -1.0):
            at = y - (0.0 if (s > 0) == below else far)
            e = np.exp(s * k * at)
            gradient = (s * e, -e, k * e, -s * k * e)
            c = 4 * (1 - self.poisson)
            other = ((1 - c + s * k * at) * e, -k * at * e, s * k * (2 - c + s * k * at) * e, -k * (1 + s * k * at) * e)
            for u_y, u_x, u_y_y, u_x_y in (gradient, other):
                dilation = u_y_y + k * u_x
                lame = 2 * self.shear * self.poisson / (1 - 2 * self.poisson) * dilation
                shear = self.shear * (u_x_y - k * u_y)
                found.append((u_y, u_x, 2 * self.shear * u_y_y + lame, shear, 2 * self.shear * k * u_x + lame))
        return np.array(found).T

    def hydrostatic(self, s_yy: Any, s_xx: Any) -> Any:
        return (1 + self.poisson) / 3 * (s_yy + s_xx)


@dataclass(frozen=True)
class Stress:
    """Stress at the crest of a wave, Pa per metre of its height."""

    normal: Any
    metal: Any
    """Hydrostatic."""
    conductor: Any


def stress(metal: Layer, conductor: Layer, k: float, normal_stiffness: float, shear_stiffness: float) -> Stress:
    """Return the stress where t_y = K_n ([u_y] - 1) and t_x = K_t [u_x] hold between the layers."""
    below, above = metal.solutions(k, 0.0, True), conductor.solutions(k, 0.0, False)
    A, b = np.zeros((8, 8), dtype=np.result_type(below, above)), np.zeros(8)
    for row, layer, columns, far in ((0, metal, slice(0, 4), True), (2, conductor, slice(4, 8), False)):
        end = layer.solutions(k, -layer.thickness if far else layer.thickness, far)
        A[row : row + 2, columns] = end[2:4] / layer.shear / k if layer.free else end[:2]
    for row, i, stiffness in ((4, 0, normal_stiffness), (5, 1, shear_stiffness)):
        A[row, :4], A[row, 4:] = below[i + 2] + stiffness * below[i], -stiffness * above[i]
        A[row + 2, :4], A[row + 2, 4:] = below[i + 2], -above[i + 2]
    b[4] = -normal_stiffness
    scale = np.abs(A).max(axis=1)
    x = np.linalg.solve(A / scale[:, None], b / scale)
    at_metal, at_conductor = below @ x[:4], above @ x[4:]
    return Stress(
        at_metal[2],
        metal.hydrostatic(at_metal[2], at_metal[4]),
        conductor.hydrostatic(at_conductor[2], at_conductor[4]),
    )


def bonded(metal: Layer, conductor: Layer, k: float) -> tuple[Stress, Stress]:
    """Return the stress on both sides where two bonded layers are lifted to a wave by forces along y.

    Each tells the normal stress of one side and the hydrostatic stresses of both.
    """
    below, above = metal.solutions(k, 0.0, True), conductor.solutions(k, 0.0, False)
    A, b = np.zeros((8, 8)), np.zeros(8)
    A[0:2, :4] = metal.solutions(k, -metal.thickness, True)[:2]
    A[2:4, 4:] = conductor.solutions(k, conductor.thickness, False)[:2]
    A[4, :4], A[5, 4:], b[4:6] = below[0], above[0], 1.0
    for row, i in ((6, 1), (7, 3)):
        A[row, :4], A[row, 4:] = below[i], -above[i]
    scale = np.abs(A).max(axis=1)
    x = np.linalg.solve(A / scale[:, None], b / scale)
    sides = (below @ x[:4], above @ x[4:])
    p = (metal.hydrostatic(sides[0][2], sides[0][4]), conductor.hydrostatic(sides[1][2], sides[1][4]))
    return Stress(sides[0][2], *p), Stress(sides[1][2], *p)


def growth_rate(
    *, shift: Any, slope: float, volume: float, conductivity: float, k: float, height: float, current: float = 0.0
) -> Any:
    """Return the rate at which a small wave grows, 1/s.

    shift: overpotential by stress and curvature per height of the wave, V/m. slope: of the reaction current over the
    overpotential, S/m2. height: of the conductor under a given current. current: that plates, A/m2, of which the crests
    see more; zero where the conductor keeps its shape.
    """
    resistance = 1 / slope + 1 / (conductivity * k * np.tanh(k * height))
    return volume / FARADAY * (current / conductivity - shift) / resistance
