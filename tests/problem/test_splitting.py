"""Blocks of a form: what Firedrake finds itself, in a fraction of the time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import firedrake as fd
import numpy as np
import pytest
from firedrake.assemble import BaseFormAssembler
from problems import problem_for
from ufl.classes import ZeroBaseForm

from trona.deck import read_deck
from trona.model import compose
from trona.problem import splitting

CONFORMANCE = Path(__file__).resolve().parents[2] / "plugins/trona_plugins/conformance"


def jacobian_of(name: str) -> Any:
    problem = problem_for(compose(read_deck(CONFORMANCE / f"{name}.yaml")))
    problem.start()
    for state in problem.unknowns.states:  # where nothing is zero by chance
        for part in state.subfunctions:
            part.dat.data[:] += np.random.default_rng(1).uniform(0.1, 0.2, part.dat.data.shape)
    return problem.newton.solver._problem.J


def values(block: Any) -> Any:
    """Return a block column by column: that of a number is no sparse matrix."""
    matrix = fd.assemble(block, mat_type="aij").petscmat
    unit, column = matrix.createVecs()
    columns = []
    for number in range(unit.size):
        unit.set(0.0)
        unit[number] = 1.0
        unit.assemble()
        matrix.mult(unit, column)
        columns.append(column.array.copy())
    return np.array(columns)


def is_zero(block: Any) -> bool:
    return isinstance(block, ZeroBaseForm) or block.empty()


def assert_same_blocks(name: str) -> None:
    form = jacobian_of(name)
    expected, found = splitting._firedrakes(form), splitting.split_form(form)
    assert [block.indices for block in found] == [block.indices for block in expected]
    assert [is_zero(block.form) for block in found] == [is_zero(block.form) for block in expected]
    not_zero = 0
    for own, firedrakes in zip(found, expected, strict=True):
        if not is_zero(own.form):
            right = values(firedrakes.form)
            not_zero += right.any()
            np.testing.assert_allclose(values(own.form), right, rtol=0, atol=1e-13 * abs(right).max(), err_msg=name)
    assert not_zero >= len(form.arguments()[0].function_space())


def test_blocks_are_those_of_firedrake() -> None:
    assert_same_blocks("soret")


def test_blocks_are_not_those_of_another_form_with_the_same_cache() -> None:
    """Firedrake gives a preprocessed form the cache of the original, of which a constant may be gone."""
    mesh = fd.UnitIntervalMesh(2)
    space = fd.FunctionSpace(mesh, "CG", 1)
    both = space * space
    (first, second), gone = fd.TestFunctions(both), fd.Constant(2.0)
    (x,) = fd.SpatialCoordinate(mesh)
    original = first * (x + fd.div(fd.grad(gone * x))) * fd.dx + second * fd.dx
    splitting.split_form(original)
    preprocessed = BaseFormAssembler.preprocess_base_form(original)
    known = preprocessed.terminal_numbering()
    for block in splitting.split_form(preprocessed):
        assert is_zero(block.form) or set(block.form.terminal_numbering()) <= set(known)
    assert splitting.split_form(original)[1].form is splitting.split_form(original)[1].form


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(path.stem for path in CONFORMANCE.glob("*.yaml")))
def test_blocks_are_those_of_firedrake_in_all_conformance_decks(name: str) -> None:
    assert_same_blocks(name)
