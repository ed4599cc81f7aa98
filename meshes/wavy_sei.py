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

import argparse
from collections.abc import Callable
from itertools import pairwise
from math import cos, pi
from pathlib import Path

import gmsh
from gmsh_model import add_output_options, name_groups, not_negative, positive, session

WAVE_POINTS = 40
BLOCKS = ("metal", "sei", "electrolyte")
SIDES = ("metal", "electrolyte", "both")


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
    if wave_on not in SIDES:
        raise ValueError(f"wave_on is one of {', '.join(SIDES)}, got {wave_on!r}")
    if amplitude >= min(metal, electrolyte) or (wave_on != "both" and amplitude >= thickness):
        raise ValueError("the amplitude is larger than the layer that the wave enters")
    lower_wave = amplitude if wave_on in ("metal", "both") else 0.0
    upper_wave = amplitude if wave_on in ("electrolyte", "both") else 0.0
    heights: list[tuple[Callable[[float], float], float]] = [
        (lambda x: -metal, size_base),
        (lambda x: lower_wave * cos(2 * pi * x / wavelength), size),
        (lambda x: thickness + upper_wave * cos(2 * pi * x / wavelength), size),
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


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, epilog="All lengths are in um."
    )
    lengths = {
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
    for name, (value, text) in lengths.items():
        kind = not_negative if name == "amplitude" else positive
        parser.add_argument(f"--{name}", type=kind, default=value, help=f"{text} (default: %(default)s)")
    parser.add_argument("--wave-on", choices=SIDES, default="metal", help="side of the film with the wave")
    parser.add_argument("--label-interfaces", action="store_true", help="name the interfaces too")
    add_output_options(parser, Path(__file__).with_suffix(".msh"))
    try:
        build(**vars(parser.parse_args()))
    except ValueError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
