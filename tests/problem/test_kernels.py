"""Which integrals share a kernel, with plain numbers for integrands and names for meshes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from trona.problem.kernels import Kernel, share_kernels
from trona.problem.site import Site
from trona.problem.start import start_firedrake

if TYPE_CHECKING:
    from pathlib import Path

    from trona.session.result import Result

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


def test_the_tutorial_needs_few_kernels(main_job: Result) -> None:
    """Two blocks share a kernel, and none is another with other names: the number is guarded, not the time."""
    from pyop2.global_kernel import _generate_code_from_global_kernel as code_of

    from trona.problem.ahead import kernels_of

    problem = main_job.problem
    context = problem.newton.solver._ctx
    assemblers = (context._assembler_jac, context._assemble_residual.__self__)
    kernels = {k.cache_key: k for a in assemblers for k in kernels_of(a)}.values()
    codes = {re.sub(r"\b(wrap_)?form\d*_", "form_", code_of(kernel, problem.comm)) for kernel in kernels}
    assert len(codes) == len(kernels) <= 17


def test_the_whole_tutorial_needs_few_kernels(tutorial: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of Newton, and those of all that reads the solution: outputs, audit, fields and lines."""
    start_firedrake()
    from pyop2.global_kernel import GlobalKernel

    from trona.deck import read_deck
    from trona.model import compose
    from trona.record import make_reporter
    from trona.session.warm import warm
    from trona.settings import read_settings

    model = compose(read_deck(tutorial))
    called, call = set(), GlobalKernel.__call__
    monkeypatch.setattr(GlobalKernel, "__call__", lambda self, *a: (called.add(self.cache_key), call(self, *a))[1])
    warm(model, read_settings(model), make_reporter(quiet=True))
    assert len(called) <= 28
