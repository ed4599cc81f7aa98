"""A cell in three dimensions, in um: metal with a tip or an egg-box surface, film, electrolyte; the sides are mirrors.

    z = 5     ____________  top
             |            |
             | electrolyte|
    z = 0.05 |____________|          flat film/electrolyte interface
             |__   sei    |
             |  ''--.._   |          metal/film interface, highest on the edge x = y = 0
             |   metal ''-|
    z = -0.5 |____________|  base
             x = y = 0    x = y = 0.5

The surface is z = A cos(2 pi x / L) cos(2 pi y / L), of which the mesh has a quarter of a period, or a quarter of a
tip, z = A cos^2(pi r / (2 R)) up to the distance R from the edge and flat beyond. Blocks metal, sei, electrolyte;
boundaries base, top, sides, and of the sides also x_sides and y_sides, those across x and across y. An interface is
written `metal | sei`.
"""

from __future__ import annotations

from math import pi
from pathlib import Path

import gmsh
import numpy as np
from film_cell import BLOCKS, SIDES, run, waves_of_film
from gmsh_model import move_nodes, name_groups, session
from numpy.typing import NDArray

Array = NDArray[np.float64]

SHAPES = ("egg_box", "tip")
_EVERYWHERE = 1e30


def build(
    output: Path,
    *,
    shape: str = "egg_box",
    wavelength: float = 1.0,
    radius: float = 0.25,
    thickness: float = 0.05,
    amplitude: float = 0.02,
    metal: float = 0.5,
    electrolyte: float = 4.95,
    wave_on: str = "metal",
    size: float = 0.025,
    size_base: float = 0.25,
    size_top: float = 0.5,
    growth: float = 0.4,
    refinement: float = 1.0,
    label_interfaces: bool = False,
    msh_version: float = 4.1,
    binary: bool = False,
) -> None:
    """Write the mesh to `output`. Lengths in um.

    shape: of the surface, 'egg_box' or 'tip'; wavelength: of the egg box, twice the width of the mesh for both shapes;
    radius: of the foot of the tip; amplitude: of the egg box, or the height of the tip;
    thickness: of the film without the amplitude; metal, electrolyte: of the blocks, also without it;
    wave_on: side of the film with this shape, 'metal', 'electrolyte' or 'both' (constant thickness along z);
    size: edge length in the film, from where it grows by `growth` per unit of distance up to size_base in the metal and
    size_top in the electrolyte; all three are divided by `refinement`;
    label_interfaces: also name the interfaces metal_sei and sei_electrolyte.

    The layers are meshed flat. Then the nodes move along z: those of the film's surfaces with the shape, the others in
    proportion to their place between them and the base or the top.
    """
    if shape not in SHAPES:
        raise ValueError(f"shape is one of {', '.join(SHAPES)}, got {shape!r}")
    lower, upper = waves_of_film(wave_on, amplitude, thickness, metal, electrolyte)
    if size > min(size_base, size_top):
        raise ValueError("the edge length in the film is larger than one of those far from it")
    width = wavelength / 2
    if shape == "tip" and radius > width:
        raise ValueError(f"the radius of the tip is larger than the width of the mesh, {width:g}")

    heights = [-metal, 0.0, thickness, thickness + electrolyte]
    waves = [0.0, lower, upper, 0.0]

    def finish() -> None:
        for block in blocks:
            _split_cells_on_the_surface(block)
        gmsh.model.mesh.optimize("Relocate3D")
        move_nodes(lift)

    def lift(points: Array) -> Array:
        surface = _height(shape, points[:, 0], points[:, 1], wavelength, radius)
        return points + np.outer(amplitude * surface * np.interp(points[:, 2], heights, waves), [0, 0, 1])

    blocks: list[int] = []
    with session(output, msh_version, binary, finish):
        geo = gmsh.model.geo
        corners = [geo.addPoint(x, y, -metal) for x, y in [(0, 0), (width, 0), (width, width), (0, width)]]
        edges = [geo.addLine(corners[i], corners[(i + 1) % 4]) for i in range(4)]
        planes = [geo.addPlaneSurface([geo.addCurveLoop(edges)])]
        sides: list[list[int]] = []
        for depth in (metal, thickness, electrolyte):
            roof, body, *walls = geo.extrude([(2, planes[-1])], 0, 0, depth)
            planes.append(roof[1])
            blocks.append(body[1])
            sides.append([tag for _, tag in walls])
        geo.synchronize()
        name_groups(3, {name: [tag] for name, tag in zip(BLOCKS, blocks, strict=True)})
        along_x, along_y = ([tag for walls in sides for tag in walls[start::2]] for start in (0, 1))
        name_groups(2, {"base": [planes[0]], "top": [planes[3]], "sides": [*along_x, *along_y]})
        name_groups(2, {"x_sides": along_y, "y_sides": along_x})
        if label_interfaces:
            name_groups(2, {"metal_sei": [planes[1]], "sei_electrolyte": [planes[2]]})
        _grade(
            size / refinement, {"metal": size_base / refinement, "electrolyte": size_top / refinement}, heights, growth
        )


def _height(shape: str, x: Array, y: Array, wavelength: float, radius: float) -> Array:
    """Return the height of the surface over its mean, or over its foot, as part of the amplitude."""
    if shape == "egg_box":
        return np.cos(2 * pi * x / wavelength) * np.cos(2 * pi * y / wavelength)
    return np.cos(pi / 2 * np.minimum(np.hypot(x, y) / radius, 1.0)) ** 2


def _grade(fine: float, coarse: dict[str, float], heights: list[float], growth: float) -> None:
    """Edges of length `fine` in the film, longer by `growth` per distance from it, up to that of each other block."""
    field = gmsh.model.mesh.field
    below, above = heights[0] - 1.0, heights[-1] + 1.0
    slabs = []
    for largest, low, high in [(coarse["metal"], heights[1], above), (coarse["electrolyte"], below, heights[2])]:
        slabs.append(field.add("Box"))
        numbers = {"VIn": fine, "VOut": largest, "ZMin": low, "ZMax": high, "Thickness": (largest - fine) / growth}
        wide = {"XMin": -_EVERYWHERE, "XMax": _EVERYWHERE, "YMin": -_EVERYWHERE, "YMax": _EVERYWHERE}
        for name, value in (numbers | wide).items():
            field.setNumber(slabs[-1], name, value)
    both = field.add("Max")
    field.setNumbers(both, "FieldsList", slabs)
    field.setAsBackgroundMesh(both)
    for other in ("FromPoints", "ExtendFromBoundary"):
        gmsh.option.setNumber(f"Mesh.MeshSize{other}", 0)


def _split_cells_on_the_surface(block: int) -> None:
    """Split each cell of a block that has all vertices on its surface into four around its middle.

    Displacement and hydrostatic stress need a vertex in the interior of the block from each cell.
    """
    mesh = gmsh.model.mesh
    kind = mesh.getElementType("Tetrahedron", 1)
    cells, corners = mesh.getElementsByType(kind, block)
    corners = corners.reshape(-1, 4)
    inner, places, _ = mesh.getNodes(3, block)
    chosen = ~np.isin(corners, inner).any(axis=1)
    if not chosen.any():
        return
    tags, places, _ = mesh.getNodes(3, block, includeBoundary=True)
    order = np.argsort(tags)
    where = order[np.searchsorted(tags, corners[chosen], sorter=order)]
    middles = places.reshape(-1, 3)[where].mean(axis=1)
    nodes = mesh.getMaxNodeTag() + 1 + np.arange(len(middles))
    mesh.addNodes(3, block, nodes, middles.ravel())
    parts = np.repeat(corners[chosen][:, None], 4, axis=1)
    parts[:, range(4), range(4)] = nodes[:, None]
    mesh.removeElements(3, block, cells[chosen])
    mesh.addElementsByType(block, kind, [], parts.ravel())


LENGTHS = {
    "wavelength": (1.0, "wavelength of the egg box; the mesh is half as wide, for both shapes"),
    "radius": (0.25, "radius of the foot of the tip"),
    "thickness": (0.05, "thickness of the film, without the amplitude"),
    "amplitude": (0.02, "amplitude of the egg box, height of the tip"),
    "metal": (0.5, "thickness of the metal"),
    "electrolyte": (4.95, "thickness of the electrolyte"),
    "size": (0.025, "edge length in the film"),
    "size-base": (0.25, "largest edge length in the metal"),
    "size-top": (0.5, "largest edge length in the electrolyte"),
    "growth": (0.4, "growth of the edge length per distance from the film"),
    "refinement": (1.0, "divides all edge lengths"),
}
CHOICES = {"shape": (SHAPES, "shape of the surface"), "wave-on": (SIDES, "side of the film with this shape")}

if __name__ == "__main__":
    run(build, __file__, __doc__, LENGTHS, CHOICES)
