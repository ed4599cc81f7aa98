"""Transfer from a problem whose mesh has moved to one of the same deck on a new mesh of the same shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import firedrake as fd
import numpy as np

from trona.problem.lower import Lowering
from trona.problem.site import Site

if TYPE_CHECKING:
    from trona.problem.problem import Problem
    from trona.problem.unknowns import Component
    from trona.readings.audit import Audit

_CORRECTIONS = 3
_TRIAL = 1e-3
"""In units of a field's scale."""
_MASS = {"ksp_type": "preonly", "pc_type": "lu", "pc_factor_mat_solver_type": "mumps"}


def moved_vertices(problem: Problem) -> Any:
    """Return where the vertices of the mesh data are now, (n, dimension), m. On one process only."""
    model, parent = problem.model, problem.meshes.parent
    space = fd.VectorFunctionSpace(parent, "CG", 1)
    now = fd.Function(space).interpolate(_position(problem, parent, model.mesh.blocks[0]))
    before = fd.Function(space).interpolate(fd.SpatialCoordinate(parent))
    # Firedrake numbers vertices in its own way; their places before the motion tell which is which.
    from scipy.spatial import cKDTree

    distance, node = cKDTree(before.dat.data_ro.reshape(-1, model.dimension)).query(model.mesh.points)
    if np.max(distance) > 1e-9 * float(np.ptp(model.mesh.points)):
        raise ValueError("the vertices of the mesh are not where they were read")
    return now.dat.data_ro.reshape(-1, model.dimension)[node]


def transfer(old: Problem, new: Problem) -> None:
    """Give a problem the current state of another one, conserving the integral of every field over every piece.

    The displacement of the new mesh is zero, because it lies where the old one has moved to. Unknowns at interfaces are
    taken node by node, because new edges are parts of old ones. All time levels become the present one. Times and
    controls are those of the old problem.
    """
    new.inputs.set_times(old.inputs.times, old.inputs.controls)
    sources = {(c.name, c.label): c for c in old.unknowns.components}
    state = new.unknowns.states[0]
    for component, part in zip(new.unknowns.components, state.subfunctions, strict=True):
        source = sources[component.name, component.label]
        values = old.unknowns.states[0].subfunctions[source.index]
        if component.field is (new.model.motion.field if new.model.motion else None):
            part.assign(0.0)
            component.reference.assign(0.0)
            continue
        component.reference.assign(float(source.reference))
        component.scale.assign(float(source.scale))
        if component.field.kind == "global":
            part.assign(values)
        elif component.field.kind == "surface":
            part.dat.data[...] = _at_nodes(old, source, values, component)
        else:
            moved = _moved(old, source)
            on_moved = fd.Function(fd.FunctionSpace(moved, source.space.ufl_element()), val=values.dat)
            part.assign(fd.project(on_moved, component.space, solver_parameters=_MASS))
    for past in new.unknowns.states[1:]:
        past.assign(state)


def conserve(problem: Problem, audit: Audit, before: dict[tuple[str, str], float]) -> None:
    """Shift every scalar field, by one number on each piece, so that its balance stores there what it stored `before`.

    A projection conserves the integral of a field. The stored amount is a different integral if properties differ
    between blocks, or if it is not linear in the field. The shift is of the size of the projection's error.
    """
    balances = {b.field.name: b.name for b in problem.model.balances.values() if not b.field.shape}
    state = problem.unknowns.states[0]
    for component in problem.unknowns.components:
        key = balances.get(component.name, ""), "+".join(component.blocks)
        if key not in before or component.field.kind != "volume":
            continue
        part = state.subfunctions[component.index]
        for _ in range(_CORRECTIONS):
            now, kept = audit.stored()[key], part.copy(deepcopy=True)
            part += _TRIAL
            slope = (audit.stored()[key] - now) / _TRIAL
            part.assign(kept)
            if slope:
                part += (before[key] - now) / slope
    for past in problem.unknowns.states[1:]:
        past.assign(state)


def _position(problem: Problem, mesh: Any, block: str) -> Any:
    """Return the present position as UFL on the mesh of a block that the displacement lives on."""
    reading = problem.unknowns.reading()
    site = Site("dx", mesh, {None: block})
    return Lowering(site, reading, problem.inputs, problem.meshes).apply(problem.model.symbols.x)


def _moved(problem: Problem, component: Component) -> Any:
    """Return the mesh of a component, its vertices where they are now."""
    parent = problem.meshes.parent
    whole = fd.Function(fd.VectorFunctionSpace(parent, "CG", 1))
    whole.interpolate(_position(problem, parent, problem.model.mesh.blocks[0]))
    if component.mesh is parent:
        return fd.Mesh(whole)
    own = fd.Function(fd.VectorFunctionSpace(component.mesh, "CG", 1))
    own.assign(whole, allow_missing_dofs=True)
    return fd.Mesh(own)


def _at_nodes(old: Problem, source: Component, values: Any, target: Component) -> Any:
    """Return values at the nodes of a component on an interface, whose edges are parts of old ones."""
    homes = source.space.cell_node_list
    moved = _moved_nodes(old, source)[homes]  # (edges, nodes, 2)
    sites = _nodes(target.mesh, target.space)
    found = np.empty((len(sites), *values.dat.data_ro.shape[1:]))
    # The nodes of a straight edge lie along it: the one between those furthest apart.
    first, last = _ends(moved)
    along = last - first
    squares = (along**2).sum(axis=1)
    for number, site in enumerate(sites):
        part = np.clip(((site - first) * along).sum(axis=1) / squares, 0, 1)
        distance = ((first + part[:, None] * along - site) ** 2).sum(axis=1)
        edge = int(np.argmin(distance))
        nodes = ((moved[edge] - first[edge]) @ along[edge]) / squares[edge]
        found[number] = _lagrange(nodes, float(part[edge])) @ values.dat.data_ro[homes[edge]]
    return found


def _ends(edges: Any) -> tuple[Any, Any]:
    """Return the two nodes of each edge that are furthest apart."""
    apart = np.linalg.norm(edges[:, :, None] - edges[:, None, :], axis=-1)
    count, rows = edges.shape[1], np.arange(len(edges))
    pair = apart.reshape(len(edges), -1).argmax(axis=1)
    return edges[rows, pair // count], edges[rows, pair % count]


def _lagrange(nodes: Any, x: float) -> Any:
    """Return the values at x of the polynomials that are 1 at one of the nodes and 0 at the others."""
    return np.array([np.prod([(x - b) / (a - b) for j, b in enumerate(nodes) if j != i]) for i, a in enumerate(nodes)])


def _nodes(mesh: Any, space: Any) -> Any:
    x = fd.Function(fd.VectorFunctionSpace(mesh, space.ufl_element()))
    return np.array(x.interpolate(fd.SpatialCoordinate(mesh)).dat.data_ro)


def _moved_nodes(problem: Problem, component: Component) -> Any:
    """Return where the nodes of a component on an interface are now; edges are straight."""
    from scipy.spatial import cKDTree

    corners = fd.Function(fd.VectorFunctionSpace(component.mesh, "CG", 1))
    before = corners.copy(deepcopy=True).interpolate(fd.SpatialCoordinate(component.mesh)).dat.data_ro
    _, vertex = cKDTree(problem.model.mesh.points).query(before)
    corners.dat.data[:] = moved_vertices(problem)[vertex]
    space = fd.VectorFunctionSpace(component.mesh, component.space.ufl_element())
    return np.array(fd.Function(space).interpolate(corners).dat.data_ro)
