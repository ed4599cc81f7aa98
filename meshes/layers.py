"""Flat layers on top of each other, in regular simplices: strips in 2-D, slabs in 3-D, a line in 1-D.

Layers are stacked along the last axis. Blocks carry the layers' names; boundaries are bottom, top and sides
(no sides in 1-D). Interfaces carry no name: decks write `metal | film`.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import gmsh
from gmsh_model import add_output_options, name_groups, positive, session


class Layer(NamedTuple):
    """A layer: block name, thickness, number of cells across the thickness."""

    name: str
    thickness: float
    cells: int


def build(
    output: Path,
    layers: Sequence[Layer],
    *,
    dim: int = 2,
    width: float = 1.0,
    cells_across: int = 2,
    msh_version: float = 4.1,
    binary: bool = False,
) -> None:
    """Write the mesh of `layers`, from the bottom up, to `output`.

    width: extent along each of the other axes; cells_across: number of cells along it. Layers of the same
    name are one block.
    """
    if not layers or dim not in (1, 2, 3):
        raise ValueError("needs at least one layer, and dim 1, 2 or 3")
    with session(output, msh_version, binary):
        geo = gmsh.model.geo
        floor = (0, geo.addPoint(0, 0, 0))
        for axis in range(dim - 1):
            floor = geo.extrude([floor], *_along(axis, width), numElements=[cells_across])[1]
        bottom, sides = floor[1], []
        blocks: dict[str, list[int]] = {}
        for layer in layers:
            roof, body, *walls = geo.extrude([floor], *_along(dim - 1, layer.thickness), numElements=[layer.cells])
            blocks.setdefault(layer.name, []).append(body[1])
            sides += [tag for wall_dim, tag in walls if wall_dim == dim - 1 and dim > 1]
            floor = roof
        geo.synchronize()
        name_groups(dim, blocks)
        name_groups(dim - 1, {"bottom": [bottom], "top": [floor[1]]} | ({"sides": sides} if sides else {}))


def _along(axis: int, length: float) -> tuple[float, float, float]:
    x, y, z = (length if i == axis else 0.0 for i in range(3))
    return x, y, z


def _layer(text: str) -> Layer:
    parts = text.split(":")
    if len(parts) != 3 or not parts[0]:
        raise argparse.ArgumentTypeError(f"expected NAME:THICKNESS:CELLS, got {text}")
    return Layer(parts[0], positive(parts[1]), _count(parts[2]))


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"expected a number of cells, got {text}")
    return int(text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("layers", nargs="+", type=_layer, metavar="NAME:THICKNESS:CELLS", help="from the bottom up")
    parser.add_argument("--dim", type=int, choices=(1, 2, 3), default=2, help="dimension (default: %(default)s)")
    parser.add_argument("--width", type=positive, default=1.0, help="extent along the layers (default: %(default)s)")
    parser.add_argument("--cells-across", type=_count, default=2, help="cells along the width (default: %(default)s)")
    add_output_options(parser, Path("layers.msh"))
    build(**vars(parser.parse_args()))


if __name__ == "__main__":
    main()
