"""Multipliers at nodes that patches of one constraint share: each is chosen to be even with its own patch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import firedrake as fd
import ufl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trona.problem.multipliers import Shared
    from trona.problem.unknowns import Unknowns

_AT_VERTICES = {"quadrature_rule": "KMV", "quadrature_degree": 1}


def evenness(unknowns: Unknowns, shared: Sequence[Shared]) -> Any:
    """Return what is added to the residual: a multiplier minus its means over the cells around, at shared nodes alone.

    The constraint holds there by the rows of the next patch, so that these rows have nothing else to say. By a
    quadrature with points at the vertices no other row is touched.
    """
    return sum(_of(unknowns, each) for each in shared)


def _of(unknowns: Unknowns, shared: Shared) -> Any:
    component = shared.multiplier
    x = fd.SpatialCoordinate(component.mesh)
    centre = fd.Function(fd.VectorFunctionSpace(component.mesh, "DG", 0)).interpolate(x)
    scaled = unknowns.value(component, from_reference=True) / component.scale
    excess = ufl.elem_mult(shared.mask, ufl.dot(ufl.grad(scaled), x - centre))
    rows = shared.tied.scale * ufl.inner(excess, unknowns.test(component))
    return rows * fd.dx(domain=component.mesh, metadata=_AT_VERTICES)
