"""Which integrals share a kernel, with plain numbers for integrands and names for meshes."""

from __future__ import annotations

from typing import Any

from trona.problem.kernels import Kernel, share_kernels
from trona.problem.site import Site

CELLS = Site("dx", "whole", {None: "a"})


def found(*kernels: Kernel) -> list[tuple[Any, tuple[int, ...], tuple[Any, ...]]]:
    return [(k.integrand, k.labels, k.meshes) for k in share_kernels(kernels)]


def test_equal_integrands_of_two_blocks_share_a_kernel() -> None:
    one, two = Kernel(3.0, CELLS, (1,), ("whole",)), Kernel(3.0, Site("dx", "whole", {None: "b"}), (2,), ("whole",))
    assert found(one, two) == [(3.0, (1, 2), ("whole",))]


def test_two_equal_terms_at_one_place_are_two_terms() -> None:
    one = Kernel(3.0, CELLS, (1,), ("whole",))
    assert found(one, one, Kernel(3.0, CELLS, (2,), ("whole",))) == [(6.0, (1,), ("whole",)), (3.0, (2,), ("whole",))]


def test_what_is_taken_at_one_place_sees_the_meshes_of_all() -> None:
    one, other = Kernel(3.0, CELLS, (1,), ("whole",)), Kernel(5.0, CELLS, (1,), ("whole", "part"))
    assert found(one, other) == [(8.0, (1,), ("whole", "part"))]


def test_integrals_by_other_points_or_of_other_kinds_stay_apart() -> None:
    one = Kernel(3.0, CELLS, (1,), ("whole",))
    points = Kernel(3.0, Site("dx", "whole", {None: "a"}, degree=1), (1,), ("whole",))
    border = Kernel(3.0, Site("ds", "whole", {None: "a"}), (1,), ("whole",))
    assert found(one, points, border) == [(3.0, (1,), ("whole",))] * 3


def test_all_of_a_mesh_is_a_place_of_its_own() -> None:
    surface = Site("dx", "film", {"minus": "a", "plus": "b"})
    assert found(Kernel(3.0, surface, (), ("film",)), Kernel(5.0, surface, (), ("film", "a"))) == [
        (8.0, (), ("film", "a"))
    ]
