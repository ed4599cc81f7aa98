"""An island of metal on a collector: half of its section, with a plane or an axis at x = 0.

    y = R   _
           | `-.
           |    `.  surface
      axis | metal \\
    y = 0  |________|
         x = 0  collector  x = R

In a plane it is half of a ridge, and around an axis a hemisphere. Block metal; boundaries axis, collector, surface.
With --skin the last two make up a boundary `skin` too, and an edge divides the foot, so that the side may roll over it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import gmsh
from gmsh_model import add_output_options, name_groups, positive, session


def build(
    output: Path,
    *,
    radius: float = 10.0,
    size: float = 0.12,
    size_surface: float = 0.06,
    skin: bool = False,
    msh_version: float = 4.1,
    binary: bool = False,
) -> None:
    """Write the mesh to `output`. size, size_surface: of the cells inside and at the surface, by the radius.

    skin: whether collector and surface are one boundary too.
    """
    size, size_surface = radius * size, radius * size_surface
    with session(output, msh_version, binary):
        geo = gmsh.model.geo
        centre, rim = geo.addPoint(0, 0, 0, size), geo.addPoint(radius, 0, 0, size_surface)
        crown = geo.addPoint(0, radius, 0, size_surface)
        collector, axis = geo.addLine(centre, rim), geo.addLine(crown, centre)
        surface = geo.addCircleArc(rim, centre, crown)
        metal = geo.addPlaneSurface([geo.addCurveLoop([collector, surface, axis])])
        if skin:
            inner = geo.addPoint(radius - 0.85 * size_surface, 0.6 * size_surface, 0, size_surface)
            foot = geo.addLine(rim, inner)
            geo.mesh.setTransfiniteCurve(foot, 2)
        geo.synchronize()
        if skin:
            gmsh.model.mesh.embed(1, [foot], 2, metal)
        name_groups(2, {"metal": [metal]})
        groups = {"axis": [axis], "collector": [collector], "surface": [surface]}
        name_groups(1, {**groups, "skin": [collector, surface]} if skin else groups)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    share = "in units of the radius (default: %(default)s)"
    parser.add_argument("--radius", type=positive, default=10.0, help="of the island (default: %(default)s)")
    parser.add_argument("--size", type=positive, default=0.12, help=f"size of the cells inside, {share}")
    parser.add_argument("--size-surface", type=positive, default=0.06, help=f"of those at the surface, {share}")
    parser.add_argument("--skin", action="store_true", help="whether collector and surface are one boundary, too")
    add_output_options(parser, Path(__file__).with_suffix(".msh"))
    build(**vars(parser.parse_args()))


if __name__ == "__main__":
    main()
