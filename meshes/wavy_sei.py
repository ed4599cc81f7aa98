"""Half a wave of a film between a metal and an electrolyte, in um; the sides are mirrors.

    y = 5     ____________  top
             |            |
             | electrolyte|
    y = 0.05 |____________|          flat film/electrolyte interface
             |__   sei    |
             |  ''--.._   |          metal/film interface, a cosine around y = 0
             |   metal ''-|
    y = -0.5 |____________|  base
             x = 0      x = 0.5

Blocks metal, sei, electrolyte; boundaries base, top, sides. An interface is written `metal | sei`.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from math import cos, pi
from pathlib import Path

import gmsh
from film_cell import BLOCKS, SIDES, run, waves_of_film
from gmsh_model import name_groups, session

WAVE_POINTS = 40


def build(
    output: Path,
    *,
    wavelength: float = 1.0,
    thickness: float = 0.05,
    amplitude: float = 0.02,
    metal: float = 0.5,
    electrolyte: float = 4.95,
    wave_on: str = "metal",
    size: float = 0.005,
    size_base: float = 0.04,
    size_top: float = 0.16,
    refinement: float = 1.0,
    label_interfaces: bool = False,
    msh_version: float = 4.1,
    binary: bool = False,
) -> None:
    """Write the mesh to `output`. Lengths in um.

    thickness: mean thickness of the film; metal, electrolyte: of the blocks, from the mean interfaces;
    wave_on: side of the film with the wave, 'metal', 'electrolyte' or 'both' (in phase, constant thickness);
    size, size_base, size_top: edge lengths at the interfaces, the base and the top, divided by `refinement`;
    label_interfaces: also name the interfaces metal_sei and sei_electrolyte.
    """
    lower, upper = waves_of_film(wave_on, amplitude, thickness, metal, electrolyte)
    heights: list[tuple[Callable[[float], float], float]] = [
        (lambda x: -metal, size_base),
        (lambda x: lower * amplitude * cos(2 * pi * x / wavelength), size),
        (lambda x: thickness + upper * amplitude * cos(2 * pi * x / wavelength), size),
        (lambda x: thickness + electrolyte, size_top),
    ]
    with session(output, msh_version, binary):
        geo = gmsh.model.geo
        curves, ends = [], []
        for height, edge in heights:
            xs = [wavelength / 2 * i / WAVE_POINTS for i in range(WAVE_POINTS + 1)]
            points = [geo.addPoint(x, height(x), 0, edge / refinement) for x in xs]
            curves.append(geo.addSpline(points))
            ends.append((points[0], points[-1]))
        left = [geo.addLine(a[0], b[0]) for a, b in pairwise(ends)]
        right = [geo.addLine(a[1], b[1]) for a, b in pairwise(ends)]
        surfaces = [
            geo.addPlaneSurface([geo.addCurveLoop([curves[i], right[i], -curves[i + 1], -left[i]])]) for i in range(3)
        ]
        geo.synchronize()
        name_groups(2, {name: [tag] for name, tag in zip(BLOCKS, surfaces, strict=True)})
        name_groups(1, {"base": [curves[0]], "top": [curves[3]], "sides": [*left, *right]})
        if label_interfaces:
            name_groups(1, {"metal_sei": [curves[1]], "sei_electrolyte": [curves[2]]})


LENGTHS = {
    "wavelength": (1.0, "wavelength; the mesh has half of it"),
    "thickness": (0.05, "mean thickness of the film"),
    "amplitude": (0.02, "amplitude of the wave"),
    "metal": (0.5, "thickness of the metal"),
    "electrolyte": (4.95, "thickness of the electrolyte"),
    "size": (0.005, "edge length at the interfaces"),
    "size-base": (0.04, "edge length at the base"),
    "size-top": (0.16, "edge length at the top"),
    "refinement": (1.0, "divides all edge lengths"),
}

if __name__ == "__main__":
    run(build, __file__, __doc__, LENGTHS, {"wave-on": (SIDES, "side of the film with the wave")})
