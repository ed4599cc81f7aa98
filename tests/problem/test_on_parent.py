"""Functions on submeshes are copied to the parent mesh as Firedrake copies them, but their nodes are matched once."""

from __future__ import annotations

from typing import Any

import firedrake as fd
import numpy as np
import pytest

from trona.problem.on_parent import OnParent


def spaces(family: str, degree: int, vector: bool) -> tuple[Any, Any]:
    """A space on the right part of a square, and on all of it."""
    mesh = fd.UnitSquareMesh(6, 5)
    x, _ = fd.SpatialCoordinate(mesh)
    mark = fd.Function(fd.FunctionSpace(mesh, "DG", 0)).interpolate(fd.conditional(fd.gt(x, 0.4), 1, 0))
    part = fd.Submesh(fd.RelabeledMesh(mesh, [mark], [7]), 2, 7)
    make = fd.VectorFunctionSpace if vector else fd.FunctionSpace
    return make(part, family, degree), make(part.submesh_parent, family, degree)


def compare(family: str, degree: int, vector: bool) -> None:
    own, parent = spaces(family, degree, vector)
    copy = OnParent(own, parent)
    function, expected = fd.Function(own), fd.Function(parent)
    random = np.random.default_rng(own.comm.rank)
    for _ in range(2):
        function.dat.data[...] = random.normal(size=function.dat.data.shape)
        expected.assign(function, allow_missing_dofs=True)
        found = copy.values(function)
        np.testing.assert_array_equal(found, expected.dat.data_ro_with_halos.reshape(found.shape))
        assert found.any() or not len(function.dat.data_ro_with_halos)
    whole = fd.Function(parent).assign(2.0)
    np.testing.assert_array_equal(OnParent(parent, parent).values(whole), 2.0)


CASES = [("CG", 1, False), ("CG", 2, False), ("CG", 2, True), ("DG", 1, False), ("DG", 1, True)]


@pytest.mark.parametrize(("family", "degree", "vector"), CASES)
def test_as_firedrake_does(family: str, degree: int, vector: bool) -> None:
    compare(family, degree, vector)


@pytest.mark.parallel(2)
def test_as_firedrake_does_on_two_ranks() -> None:
    for case in CASES:
        compare(*case)


def test_nodes_are_matched_once(monkeypatch: pytest.MonkeyPatch) -> None:
    own, parent = spaces("CG", 2, False)
    copy, function = OnParent(own, parent), fd.Function(own)
    monkeypatch.setattr(fd.Function, "assign", lambda *_, **__: pytest.fail("Firedrake matches nodes again"))
    assert not copy.values(function).any()
