"""The weights of nodes are those of the quadrature that has its points there."""

from __future__ import annotations

from typing import Any

import firedrake as fd
import numpy as np
import pytest
import ufl
from finat.point_set import PointSet
from finat.quadrature import QuadratureRule

from trona.readings.samplers import nodal_space, node_places, node_sizes


def surface(mesh: Any) -> Any:
    return fd.Submesh(mesh, mesh.topological_dimension - 1, 1, label_name="Face Sets")


MESHES = {
    "line": lambda: fd.IntervalMesh(3, 2.0),
    "plane": lambda: fd.RectangleMesh(2, 3, 1.0, 0.3),
    "edges of a plane": lambda: surface(fd.RectangleMesh(2, 3, 1.0, 0.3)),
}


@pytest.mark.parametrize("name", MESHES)
@pytest.mark.parametrize("shape", [(), (2,)])
def test_weights_of_nodes(name: str, shape: tuple[int, ...]) -> None:
    mesh = MESHES[name]()
    space = nodal_space(mesh, 2, shape)
    points = node_places(space)
    rule = QuadratureRule(PointSet(points), np.full(len(points), 1 / len(points)), ref_el=space.finat_element.cell)
    rule.ufl_signature = repr(rule)
    ones = ufl.as_tensor(np.ones(shape)) if shape else 1.0
    integral = ufl.inner(ones, fd.TestFunction(space)) * fd.dx(domain=mesh, metadata={"quadrature_rule": rule})
    expected = fd.assemble(integral).dat.data_ro.reshape(space.dof_dset.size, -1)
    found = node_sizes(space)[: space.dof_dset.size]
    np.testing.assert_allclose(expected, np.repeat(found[:, None], expected.shape[1], axis=1), rtol=1e-14)


def test_weights_of_nodes_on_triangles_in_space() -> None:
    mesh = fd.BoxMesh(1, 2, 1, 1.0, 3.0, 2.0)
    sizes = node_sizes(nodal_space(surface(mesh), 1, ()))
    np.testing.assert_allclose(sizes, 2 * (3.0 / 2 * 2.0 / 2) / 3, rtol=1e-14)
