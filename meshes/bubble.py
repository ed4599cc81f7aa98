"""A gas bubble on a flat electrode, in units of its radius: half of its section, with a plane or an axis at x = 0.

    y = 30    ______________________  top
             |                      |
             |      electrolyte     |  side
             |._                    |
    y = 0    |__'|__________________|  metal/electrolyte interface; bubble up to the distance 1 from the origin
    y = -0.2 |______________________|  base
             x = 0                  x = 30

The bubble is a hole, in a plane half of a cylinder and around an axis half of a sphere; `bubble` is its surface and
`covered` the metal under it. Blocks metal, electrolyte; boundaries base, top, side, axis, bubble, covered. The
interface is written `metal | electrolyte`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import gmsh
from gmsh_model import add_output_options, name_groups, positive, session


def build(
    output: Path,
    *,
    extent: float = 30.0,
    thickness: float = 0.2,
    size: float = 0.06,
    growth: float = 0.2,
    msh_version: float = 4.1,
    binary: bool = False,
) -> None:
    """Write the mesh to `output`.

    extent: width and height of the electrolyte; thickness: of the metal; size: of the cells at the bubble; growth: of
    the cells per distance from it. All in units of the radius.
    """
    if extent <= 1:
        raise ValueError("the electrolyte does not reach beyond the bubble")
    with session(output, msh_version, binary):
        geo = gmsh.model.geo
        far = size + growth * (extent - 1)
        point = {
            name: geo.addPoint(x, y, 0, h)
            for name, (x, y, h) in {
                "left": (0, -thickness, size),
                "right": (extent, -thickness, far),
                "centre": (0, 0, size),
                "rim": (1, 0, size / 3),
                "end": (extent, 0, far),
                "corner": (extent, extent, far),
                "above": (0, extent, far),
                "crown": (0, 1, size),
            }.items()
        }
        line = {
            (a, b): geo.addLine(point[a], point[b])
            for a, b in (
                ("left", "right"),
                ("right", "end"),
                ("end", "rim"),
                ("rim", "centre"),
                ("centre", "left"),
                ("end", "corner"),
                ("corner", "above"),
                ("above", "crown"),
            )
        }
        arc = geo.addCircleArc(point["crown"], point["centre"], point["rim"])
        lower = [("left", "right"), ("right", "end"), ("end", "rim"), ("rim", "centre"), ("centre", "left")]
        metal = geo.addPlaneSurface([geo.addCurveLoop([line[each] for each in lower])])
        upper = [line[each] for each in (("end", "corner"), ("corner", "above"), ("above", "crown"))]
        ions = geo.addPlaneSurface([geo.addCurveLoop([*upper, arc, -line["end", "rim"]])])
        geo.synchronize()
        name_groups(2, {"metal": [metal], "electrolyte": [ions]})
        boundaries = {
            "base": [line["left", "right"]],
            "top": [line["corner", "above"]],
            "side": [line["right", "end"], line["end", "corner"]],
            "axis": [line["centre", "left"], line["above", "crown"]],
            "bubble": [arc],
            "covered": [line["rim", "centre"]],
        }
        name_groups(1, boundaries)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--extent", type=positive, default=30.0, help="width and height (default: %(default)s)")
    parser.add_argument("--thickness", type=positive, default=0.2, help="of the metal (default: %(default)s)")
    parser.add_argument("--size", type=positive, default=0.06, help="cell size at the bubble (default: %(default)s)")
    parser.add_argument("--growth", type=positive, default=0.2, help="growth of the cells (default: %(default)s)")
    add_output_options(parser, Path(__file__).with_suffix(".msh"))
    try:
        build(**vars(parser.parse_args()))
    except ValueError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
