"""Remeshes with gmsh after borders have moved; names and all vertices on borders are kept."""

from __future__ import annotations

from typing import Any

import numpy as np

from trona.errors import MeshError
from trona.mesh.build import build_mesh
from trona.mesh.data import MeshData
from trona.mesh.raw import Floats, Group, Ints, RawMesh, RefusedError
from trona.mesh.refine import with_all_facets
from trona.mesh.topology import facet_measures, signed_measures

_SPLIT = 1.6
"""Growth of an edge on a border, relative to its original length, beyond which it is split."""

_VOLUME = 1e-9
"""Relative change of the volume of a block beyond round-off."""


def quality(points: Floats, cells: Ints) -> Floats:
    """Return the quality of each cell: 1 for a regular simplex, 0 for a flat one, negative if inverted."""
    dim = points.shape[1]
    corners = points[cells]
    pairs = [(i, j) for i in range(dim + 1) for j in range(i)]
    squares = sum(((corners[:, i] - corners[:, j]) ** 2).sum(axis=1) for i, j in pairs) / len(pairs)
    size = signed_measures(points, cells)
    regular = {1: 1.0, 2: 3**0.5 / 4, 3: 2**0.5 / 12}[dim]  # volume of a regular simplex with edges of 1
    return np.asarray(np.sign(size) * (np.abs(size) / regular) ** (2 / dim) / squares)


def remesh(mesh: MeshData, points: Floats) -> MeshData:
    """Return a new mesh of the blocks of `mesh`, whose vertices have moved to `points`.

    Cells have about the size of the nearby cells of `mesh` before it moved. Borders keep their vertices and shape, and
    blocks their volume; edges that have grown are split. Raises MeshError in other than two dimensions, if borders
    cross, or if gmsh fails.
    """
    if mesh.gdim != 2:
        raise MeshError(f"only 2-D meshes can be remeshed, and this mesh is {mesh.gdim}-D")
    whole = with_all_facets(mesh)
    scale = float(np.ptp(points, axis=0).max())
    try:
        raw = _generate(whole, points / scale, facet_measures(mesh.points, whole.facets) / scale)
        new = build_mesh(raw, scale)[0]
        _refuse_other_volumes(mesh, points, new)
        return new
    except RefusedError as refusal:
        raise MeshError(f"the blocks cannot be remeshed: {refusal}") from None


def _refuse_other_volumes(mesh: MeshData, points: Floats, new: MeshData) -> None:
    measures = signed_measures(points, mesh.cells)
    for number, block in enumerate(mesh.blocks):
        due, found = float(measures[mesh.cell_block == number].sum()), new.block_measure[block]
        if not abs(found - due) <= _VOLUME * due:
            raise RefusedError(
                f"block '{block}' would change its volume from {due:.6g} to {found:.6g}; its borders cross"
            )


def _generate(mesh: MeshData, points: Floats, lengths: Floats) -> RawMesh:
    """Mesh the blocks between borders at `points`, scaled by the size of the mesh to suit gmsh's tolerances."""
    import gmsh
    from scipy.spatial import cKDTree

    unit = float(np.ptp(mesh.points, axis=0).max())
    size = np.sqrt(signed_measures(mesh.points, mesh.cells) / unit**2 * 4 / 3**0.5)
    tree = cKDTree(points[mesh.cells].mean(axis=1))
    started = not gmsh.isInitialized()
    if started:
        gmsh.initialize([], readConfigFiles=False, interruptible=False)
    try:
        gmsh.option.setNumber("General.Terminal", 0)
        gmsh.model.add("trona")
        for option in ("FromPoints", "FromCurvature", "ExtendFromBoundary"):
            gmsh.option.setNumber(f"Mesh.MeshSize{option}", 0)
        lines = _borders(gmsh, mesh, points, lengths)
        surfaces = [_surfaces(gmsh, mesh, points, lines, b) for b in range(len(mesh.blocks))]
        gmsh.model.geo.synchronize()
        gmsh.model.mesh.setSizeCallback(lambda dim, tag, x, y, z, lc: float(size[tree.query((x, y))[1]]))
        try:
            gmsh.model.mesh.generate(2)
        except Exception as error:  # gmsh raises nothing more specific
            raise RefusedError(f"gmsh reports: {error}") from None
        return _read(gmsh, mesh, lines, surfaces)
    finally:
        gmsh.model.mesh.removeSizeCallback()
        gmsh.model.remove()
        if started:
            gmsh.finalize()


def _borders(gmsh: Any, mesh: MeshData, points: Floats, lengths: Floats) -> list[int]:
    """Add every facet as a separate line and return the tags."""
    geo = gmsh.model.geo
    vertex = {int(v): geo.addPoint(*points[v], 0.0) for v in np.unique(mesh.facets)}
    lines = [geo.addLine(vertex[int(a)], vertex[int(b)]) for a, b in mesh.facets]
    grown = facet_measures(points, mesh.facets) / lengths
    for line, ratio in zip(lines, grown, strict=True):
        pieces = 1 if ratio < _SPLIT else round(float(ratio))
        geo.mesh.setTransfiniteCurve(line, pieces + 1)
    return lines


def _surfaces(gmsh: Any, mesh: MeshData, points: Floats, lines: list[int], block: int) -> list[int]:
    """Add one surface for each connected component of a block and return the tags."""
    name = mesh.blocks[block]
    own = [i for i, s in enumerate(mesh.facet_set) if name in mesh.facet_sets[s].blocks]
    loops = _loops(mesh.facets[own])
    rings = [points[[v for v, _ in loop]] for loop in loops]
    areas = [abs(_area(ring)) for ring in rings]
    tags = [gmsh.model.geo.addCurveLoop([lines[own[e]] for _, e in loop], reorient=True) for loop in loops]
    # A loop within an odd number of others is a hole of the smallest one around it.
    around = [[j for j in range(len(loops)) if j != i and _inside(rings[i][0], rings[j])] for i in range(len(loops))]
    outer = [i for i in range(len(loops)) if len(around[i]) % 2 == 0]
    holes: dict[int, list[int]] = {i: [] for i in outer}
    for i in range(len(loops)):
        if i not in holes:
            holes[min(around[i], key=lambda j: areas[j])].append(i)
    return [gmsh.model.geo.addPlaneSurface([tags[i], *(tags[j] for j in holes[i])]) for i in outer]


def _loops(edges: Ints) -> list[list[tuple[int, int]]]:
    """Return closed loops of edges, as pairs (first vertex, index of the edge)."""
    beside: dict[int, list[int]] = {}
    for number, edge in enumerate(edges):
        for v in edge:
            beside.setdefault(int(v), []).append(number)
    if any(len(numbers) % 2 for numbers in beside.values()):
        raise RefusedError("the border of a block is not closed")
    free, found = set(range(len(edges))), []
    while free:
        number = min(free)
        start = vertex = int(edges[number][0])
        loop = []
        while True:
            free.discard(number)
            loop.append((vertex, number))
            a, b = (int(v) for v in edges[number])
            vertex = b if vertex == a else a
            if vertex == start:
                break
            number = min(n for n in beside[vertex] if n in free)
        found.append(loop)
    return found


def _area(ring: Floats) -> float:
    x, y = ring.T
    return float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)) / 2)


def _inside(point: Floats, ring: Floats) -> bool:
    """Whether a point lies inside a closed polygon, by counting the crossings of a ray."""
    (x, y), (a, b) = ring.T, np.roll(ring, -1, axis=0).T
    straddles = (y > point[1]) != (b > point[1])
    with np.errstate(divide="ignore", invalid="ignore"):
        at = x + (point[1] - y) * (a - x) / (b - y)
    return bool(np.count_nonzero(straddles & (at > point[0])) % 2)


def _read(gmsh: Any, mesh: MeshData, lines: list[int], surfaces: list[list[int]]) -> RawMesh:
    """Return the mesh of gmsh with the names of the old mesh."""
    tags, coordinates, _ = gmsh.model.mesh.getNodes()
    number = np.full(int(tags.max()) + 1, -1)
    number[tags.astype(int)] = np.arange(len(tags))

    def elements(dim: int, entity: int) -> Ints:
        _, _, nodes = gmsh.model.mesh.getElements(dim, entity)
        if not nodes:
            raise RefusedError("gmsh finds nothing to mesh within borders that cross")
        return np.asarray(number[np.concatenate(nodes).astype(int)].reshape(-1, dim + 1), dtype=np.int64)

    cells = [np.concatenate([elements(2, s) for s in own]) for own in surfaces]
    edges = [elements(1, line) for line in lines]
    groups, first = [], 0
    for name, rows in zip(mesh.blocks, cells, strict=True):
        groups.append(Group(name, 2, np.arange(first, first + len(rows))))
        first += len(rows)
    members: dict[str, list[Ints]] = {}
    first = 0
    for rows, facet_set in zip(edges, mesh.facet_set, strict=True):
        for name in mesh.facet_sets[facet_set].names:
            members.setdefault(name, []).append(np.arange(first, first + len(rows)))
        first += len(rows)
    groups += [Group(name, 1, np.concatenate(rows)) for name, rows in sorted(members.items())]
    return RawMesh(coordinates.reshape(-1, 3), {2: np.concatenate(cells), 1: np.concatenate(edges)}, tuple(groups))
