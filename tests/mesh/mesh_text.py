"""Small meshes as MSH text, good and bad, for the tests of the reader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

POINT, LINE, TRIANGLE, QUAD, TETRA = 15, 1, 2, 3, 4

Element = tuple[int, int, Sequence[int]]  # gmsh type, physical tag (0: none), nodes counted from 1

# Two unit squares side by side:  4 -- 5 -- 6
#                                 | L  |  R |
#                                 1 -- 2 -- 3
POINTS: list[tuple[float, ...]] = [(0, 0), (1, 0), (2, 0), (0, 1), (1, 1), (2, 1)]
LEFT: list[Element] = [(TRIANGLE, 1, (1, 2, 5)), (TRIANGLE, 1, (1, 5, 4))]
RIGHT: list[Element] = [(TRIANGLE, 2, (2, 3, 6)), (TRIANGLE, 2, (2, 6, 5))]
BASE: list[Element] = [(LINE, 3, (1, 2)), (LINE, 3, (2, 3))]
NAMES = {(2, 1): "left", (2, 2): "right", (1, 3): "base"}


def msh(points: Sequence[Sequence[float]], elements: Sequence[Element], names: Mapping[tuple[int, int], str]) -> str:
    """A file of MSH version 2.2; points may leave out trailing zeros, `names` is by (dimension, tag)."""
    lines = ["$MeshFormat", "2.2 0 8", "$EndMeshFormat"]
    if names:
        lines += ["$PhysicalNames", str(len(names))]
        lines += [f'{dim} {tag} "{name}"' for (dim, tag), name in names.items()]
        lines += ["$EndPhysicalNames"]
    lines += ["$Nodes", str(len(points))]
    for number, point in enumerate(points, 1):
        lines.append(" ".join(map(str, [number, *point, *[0.0] * (3 - len(point))])))
    lines += ["$EndNodes", "$Elements", str(len(elements))]
    for number, (kind, tag, nodes) in enumerate(elements, 1):
        lines.append(" ".join(map(str, [number, kind, 2, tag, 1, *nodes])))
    return "\n".join([*lines, "$EndElements", ""])


def squares(
    *,
    points: Sequence[Sequence[float]] = POINTS,
    cells: Sequence[Element] = (*LEFT, *RIGHT),
    facets: Sequence[Element] = tuple(BASE),
    names: Mapping[tuple[int, int], str] = NAMES,
) -> str:
    """The two squares, with some of their parts replaced."""
    return msh(points, [*facets, *cells], names)
