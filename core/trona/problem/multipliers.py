"""Multipliers at the ends of an interface: where both sides are fixed there is nothing that a constraint could hold."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import firedrake as fd
import numpy as np
from scipy.spatial import cKDTree

from trona.model.laws import everywhere

if TYPE_CHECKING:
    from collections.abc import Callable

    from trona.problem.unknowns import Component, Unknowns

    FixedParts = list[tuple[str, Component, Any]]

_NEAR = 1e-9
"""Of the size of the mesh: nodes that are closer are at one point."""


class _AtNodes(fd.DirichletBC):  # type: ignore[misc]
    """A fixed value at nodes, given one by one."""

    def __init__(self, space: Any, value: Any, nodes: Any) -> None:
        self._nodes = nodes
        super().__init__(space, value, "on_boundary")

    @cached_property
    def nodes(self) -> Any:
        return self._nodes


def free_multipliers(
    unknowns: Unknowns, fixed: FixedParts, extent: float, comm: Any, value: Callable[[Component], Any] | None
) -> list[Any]:
    """Return conditions that hold the multipliers which no unknown answers to: at zero, or at the `value` of them.

    fixed: the boundary and component of each fixed value, with its condition. extent: the size of the mesh.
    A multiplier acts on the rows of the field that its constraint ties. Where boundary conditions have taken the
    place of all of them it is not determined, and neither are, through its neighbours, all others. One of a
    lower order than the field is, by the nodes between. Collective.
    """
    found = []
    for constraint, patch in everywhere(unknowns.model.constraints):
        sides = [
            unknowns.find(constraint.balance.field.name, block)
            for block in dict.fromkeys(patch.sides.values())
            if block in constraint.balance.blocks
        ]
        if not sides or not all(any(c is side for _, c, _ in fixed) for side in sides):
            continue
        component = unknowns.find(constraint.multiplier.name, patch.block)
        if component.field.order < sides[0].field.order:
            continue  # there are fewer of them than of what they tie, at the ends too
        points = _points(component)
        ends = np.ones(len(points), bool)
        for side in dict.fromkeys(sides):
            held = _points(side)[_held(fixed, side)]
            near = cKDTree(held).query(points)[0] if len(held) else np.full(len(points), np.inf)
            ends &= near < _NEAR * extent
        nodes = np.flatnonzero(ends).astype(np.int32)
        if max(comm.allgather(len(nodes))):
            given = component.reference if value is None else value(component)
            offset = 0 if component.field.shape else component.reference
            scaled = (given - offset) / component.scale
            if component.field.shape and value is None:
                scaled = fd.as_vector([0.0] * component.field.shape[0])
            found.append(_AtNodes(unknowns.space_of(component), scaled, nodes))
    return found


def _held(parts: FixedParts, component: Component) -> Any:
    """Return the nodes of a component at which every value is fixed, of this rank, halo included."""
    axes: dict[int, set[int | None]] = {}
    for _, fixed, bc in parts:
        if fixed is component:
            for node in bc.nodes.tolist():
                axes.setdefault(node, set()).add(bc.function_space().component)
    whole = set(range(component.field.shape[0] if component.field.shape else 1))
    return np.array(sorted(n for n, a in axes.items() if None in a or a >= whole), dtype=int)


def _points(component: Component) -> Any:
    """Return where the nodes of a component are, of this rank, halo included."""
    mesh = component.mesh
    family = "CG" if component.field.declaration.element == "continuous" else "DG"
    x = fd.Function(fd.VectorFunctionSpace(mesh, family, component.field.order))
    x.interpolate(fd.SpatialCoordinate(mesh))
    return x.dat.data_ro_with_halos.reshape(-1, mesh.geometric_dimension)
