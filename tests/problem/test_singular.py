"""Singular systems are seen, also where factors of an earlier matrix, or rounded ones, hide that."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trona.deck import read_deck
from trona.errors import SolveError
from trona.model import compose
from trona.settings import read_settings
from trona.stepper import Stepper

ACROSS = (7, 8, 9, 10, 12, 14)
HOLD = 0.3
"""What the contact holds the level of a sheet by, at each of its nodes, before it opens."""


def sheet(across: int, seed: int = 4) -> Any:
    """Return the matrix of conductances between neighbours of a square sheet: its level is not determined."""
    at = np.arange(across**2).reshape(across, across)
    pairs = np.concatenate([np.c_[at[:, 1:].ravel(), at[:, :-1].ravel()], np.c_[at[1:].ravel(), at[:-1].ravel()]])
    matrix = np.zeros((across**2, across**2))
    for (i, j), conductance in zip(pairs, np.random.default_rng(seed).uniform(0.1, 1.0, len(pairs)), strict=True):
        matrix[[i, j, i, j], [i, j, j, i]] += conductance * np.array([1, 1, -1, -1])
    return matrix


def held(across: int, by: float = HOLD) -> Any:
    """Return the same where one side of the sheet is held."""
    edge = np.arange(across**2) < across
    return sheet(across) + by * np.diag(edge.astype(float))


def matrix_of(dense: Any) -> Any:
    from firedrake.petsc import PETSc

    matrix = PETSc.Mat().createAIJ(dense.shape, nnz=len(dense), comm=PETSc.COMM_SELF)
    fill(matrix, dense)
    return matrix


def fill(matrix: Any, dense: Any) -> None:
    rows = list(range(len(dense)))
    matrix.setValues(rows, rows, dense)
    matrix.assemble()


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small parts are kept like large ones, and what is done does not depend on the machine: see `takes`."""
    from trona.problem import kept_factor, multigrid, solver
    from trona.problem.factor import Factor
    from trona.problem.sweep import Sweep

    monkeypatch.setattr(solver, "_SMALL", 0)
    monkeypatch.setattr(kept_factor, "_SMALL", 0)
    now = [0.0]

    def takes(seconds: float, work: Any) -> Any:
        def timed(*arguments: Any) -> Any:
            now[0] += seconds
            return work(*arguments)

        return timed

    monkeypatch.setattr(Factor, "make", takes(40.0, Factor.make))
    monkeypatch.setattr(Factor, "apply", takes(1.0, Factor.apply))
    monkeypatch.setattr(Sweep, "set_up", takes(40.0, Sweep.set_up))
    monkeypatch.setattr(Sweep, "apply", takes(1.0, Sweep.apply))
    for module in (kept_factor, multigrid):
        monkeypatch.setattr(module, "perf_counter", lambda: now[0])


def factor_of(matrix: Any, rows: Any = None) -> Any:
    from trona.problem.kept_factor import KeptFactor

    return KeptFactor(matrix, matrix, None, rows or [np.arange(matrix.getSize()[0])], 1e-8, False, "")


def solve(factor: Any, right: Any) -> Any:
    b, x = factor.matrix.createVecs()
    b.setArray(right)
    factor.solve(b, x)
    return x.array.copy()


@pytest.mark.parametrize("across", ACROSS)
def test_a_matrix_that_becomes_singular_under_kept_factors(across: int) -> None:
    """A contact opens: iterations with the factors from before find a solution, with any level."""
    matrix = matrix_of(held(across))
    factor = factor_of(matrix)
    solve(factor, np.ones(across**2))
    assert factor.determined() is True
    fill(matrix, sheet(across))
    factor.matrix_changed()
    right = np.random.default_rng(across).standard_normal(across**2)
    solve(factor, right - right.mean())
    assert factor.factorisations == 1  # nothing shows in the solve itself
    assert factor.determined() is False
    assert factor.undetermined == [0] and factor.mumps_info() == -10
    assert factor.determined() is False  # also where it is asked again
    fill(matrix, held(across))
    factor.matrix_changed()
    assert np.isfinite(solve(factor, np.ones(across**2))).all()
    assert factor.determined() is not False and factor.mumps_info() == 0


@pytest.mark.parametrize("across", ACROSS)
def test_round_off_hides_no_singular_matrix(across: int) -> None:
    """Round-off makes the last pivot anything but zero; the source is balanced."""
    from trona.problem.kept_factor import LinearSolveError

    factor = factor_of(matrix_of(sheet(across)))
    right = np.random.default_rng(across).standard_normal(across**2)
    with suppress(LinearSolveError):
        solve(factor, right - right.mean())
        assert factor.determined() is False
    assert factor.mumps_info() == -10


def test_the_unknown_that_nothing_determines_is_named() -> None:
    """Of two sheets that exchange nothing, one loses its hold."""
    size = 64
    both = np.zeros((2 * size, 2 * size))
    both[:size, :size], both[size:, size:] = held(8), held(8)
    matrix = matrix_of(both)
    factor = factor_of(matrix, [np.arange(size), np.arange(size, 2 * size)])
    solve(factor, np.ones(2 * size))
    both[size:, size:] = sheet(8)
    fill(matrix, both)
    factor.matrix_changed()
    solve(factor, np.r_[np.ones(size), np.ones(size // 2), -np.ones(size // 2)])
    assert factor.determined() is False
    assert factor.undetermined == [1]


@pytest.mark.parametrize("by", [1e-1, 1e-3, 1e-6, 1e-9])
def test_a_weak_hold_is_no_singular_matrix(by: float) -> None:
    """Factors from before may not do for it any more: then others are made, and the last step is solved again."""
    matrix = matrix_of(held(8))
    factor = factor_of(matrix)
    solve(factor, np.ones(64))
    weak = held(8, by)
    fill(matrix, weak)
    factor.matrix_changed()
    solve(factor, np.ones(64))
    found = factor.determined()
    assert found is not False and not factor.undetermined
    if found is None:
        assert factor.factorisations > 1
        factor.matrix_changed()
    expected = np.linspace(1.0, 2.0, 64)
    np.testing.assert_allclose(solve(factor, weak @ expected), expected, rtol=1e-3)


def test_a_few_iterations_suffice_where_all_is_well() -> None:
    random = np.random.default_rng(5)
    size = 60
    matrix = matrix_of(np.eye(size) + 0.01 * random.standard_normal((size, size)))
    factor = factor_of(matrix)
    solve(factor, random.standard_normal(size))
    fill(matrix, np.eye(size) + 0.01 * random.standard_normal((size, size)))
    factor.matrix_changed()
    solve(factor, random.standard_normal(size))
    before = factor.iterations
    assert factor.determined() is True
    assert factor.iterations - before <= 2
    assert factor.determined() is True
    assert factor.iterations - before <= 2  # once for each matrix


OPENING = """\
title: A contact that opens when the current has ended
mesh: {layers: [{tab: 5 um}, {metal: 10 um}], cells: 3}
materials:
  tab: {use: sodium, electronic_conductivity: "2e7 S/m * 300 K / temperature"}
  metal: {use: sodium, electronic_conductivity: "2e7 S/m * 300 K / temperature"}
physics:
  electronic_charge: {blocks: [tab, metal]}
  heat: {blocks: [tab, metal]}
  joule_heating: {}
  contact_resistance: {interface: tab | metal, R: "1e-10 ohm*m^2 * exp(min(1e9 * max(t / (1 s) - OPENS, 0), 500))"}
boundaries:
  bottom: {electrode_potential: 0 V, temperature: 25 degC}
  top: {electronic_current_density: "100 A/cm^2 * max(2 - t / (1 s), 0)"}
initial: {temperature: 25 degC}
elements: {order: 1}
time: {end: 6 s, step: 1 s}
"""


def stepped(folder: Path, opens: float, preset: str = "auto") -> Any:
    """Return the problem of the opening contact after all its steps."""
    from trona.problem import Problem

    (folder / "deck.yaml").write_text(OPENING.replace("OPENS", str(opens)))
    model = compose(read_deck(folder / "deck.yaml", [f"solver.preset={preset}"]))
    settings = read_settings(model)
    problem = Problem(model, settings.solver)
    for _ in Stepper(problem, settings.time).steps():
        pass
    return problem


@pytest.mark.parametrize("preset", ["auto", "multigrid"])
def test_a_contact_that_opens(preset: str, tmp_path: Path) -> None:
    """The potential beyond it has no reference any more. No current flows, so that any level closes the balance."""
    closed = stepped(tmp_path, 10.0, preset)
    (work,) = closed.newton.linear_work()
    assert work.factorisations < 6  # they are kept
    with pytest.raises(SolveError, match="the Jacobian is singular: nothing determines electrode_potential") as caught:
        stepped(tmp_path, 3.0, preset)
    assert "of electronic_charge (" in str(caught.value) and "deck.yaml:7:" in str(caught.value)


@pytest.mark.parametrize("large", [1e6, 1e14, 1e15])
def test_a_flux_beside_much_larger_terms_is_determined(large: float) -> None:
    """The flux through the border of a good conductor: in its equation any error of the level is as large as it is."""
    across = 8
    size = across**2
    matrix = np.block([[large * held(across), np.eye(size)], [np.eye(size), np.zeros((size, size))]])
    handed = matrix_of(matrix)
    factor = factor_of(handed, [np.arange(size), np.arange(size, 2 * size)])
    solve(factor, np.ones(2 * size))
    fill(handed, matrix * (1 + 1e-4 * np.random.default_rng(2).uniform(size=matrix.shape)))
    factor.matrix_changed()
    assert factor.determined() is not False
    assert factor.undetermined == ()


def known(factor: Any, sizes: Any) -> Any:
    """Return a vector with the sample of a factor, and the right side that it solves."""
    sample, b = factor.matrix.createVecs()
    factor.sample(sample, sizes)
    factor.matrix.mult(sample, b)
    return sample, b


def sure(factor: Any, residual: Any, size: float = 1e-8) -> bool:
    """Whether a correction for this residual is seen to be within a size, and the matrix to be regular."""
    sample, b = known(factor, [size])
    b.setArray(b.array + residual)
    return bool(factor.recovers(b, b.duplicate(), sample))


@pytest.mark.parametrize("across", ACROSS)
def test_a_solve_that_confirms_a_state_sees_a_singular_matrix(across: int) -> None:
    """With the factors from before it opens, and with its own, whose last pivot is round-off."""
    from trona.problem.kept_factor import LinearSolveError

    matrix, nothing = matrix_of(held(across)), np.zeros(across**2)
    factor = factor_of(matrix)
    solve(factor, np.ones(across**2))
    assert factor.tells and sure(factor, nothing)
    fill(matrix, sheet(across))
    factor.matrix_changed()
    assert not sure(factor, nothing) and factor.factorisations == 1
    assert factor.determined() is False
    own = factor_of(matrix_of(sheet(across)))
    with suppress(LinearSolveError):
        right = np.random.default_rng(across).standard_normal(across**2)
        solve(own, right - right.mean())
        assert not sure(own, nothing)


@pytest.mark.parametrize("kept", [True, False])
def test_a_correction_is_confirmed_up_to_its_size(kept: bool) -> None:
    matrix = matrix_of(held(8))
    factor = factor_of(matrix)
    solve(factor, np.ones(64))
    if kept:
        fill(matrix, 1.01 * held(8))
        factor.matrix_changed()
    assert factor.tells
    for part, seen in ((0.0, True), (0.3, True), (3.0, False), (1e6, False)):
        correction = np.zeros(64)
        correction[17] = part * 1e-8
        _, b = matrix.createVecs()
        x = b.duplicate()
        x.setArray(correction)
        matrix.mult(x, b)
        assert sure(factor, b.array) is seen, part
