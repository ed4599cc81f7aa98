"""`preset: multigrid`: the answer of one LU, in iterations that do not grow with the mesh."""

from __future__ import annotations

import gc
import sys
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from problems import problem_for

from trona.deck import read_deck
from trona.model import compose
from trona.model.structure import structure_of
from trona.settings import read_settings
from trona.stepper import Stepper

if TYPE_CHECKING:
    from trona.problem import Problem

ROOT = Path(__file__).resolve().parents[2]
CONFORMANCE = ROOT / "plugins/trona_plugins/conformance"
LAYERED = """
title: Charge, heat and stress in flat layers, with a current that is not the same everywhere
mesh: {file: layers-CELLS.msh, length_unit: um}
materials: {metal: sodium, sei: uniform_sei, electrolyte: napf6_carbonate}
physics:
  ionic_charge: {blocks: [sei, electrolyte]}
  heat: {blocks: [metal, sei, electrolyte]}
  joule_heating: {}
  butler_volmer: {interface: metal | sei, i0: 20 A/m^2, electrode_potential: 0 V}
  thermal_resistance: {interface: metal | sei, R: 1e-5 K*m^2/W}
  elasticity: {blocks: [metal, sei]}
  thermal_expansion: {blocks: [metal]}
boundaries:
  top: {current_density: "1 mA/cm^2 * (1 + 0.5 * sin(x / 1 um))", temperature: 26 degC}
  bottom: {temperature: 25 degC, displacement: [0 m, 0 m, 0 m]}
"""


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is done follows from the time that it takes. Here a set-up takes 20 s and a cycle 1 s."""
    from trona.problem import multigrid
    from trona.problem.sweep import Sweep

    now = [0.0]

    def takes(seconds: float, work: Any) -> Any:
        def timed(*arguments: Any) -> Any:
            now[0] += seconds
            return work(*arguments)

        return timed

    monkeypatch.setattr(Sweep, "set_up", takes(20.0, Sweep.set_up))
    monkeypatch.setattr(Sweep, "apply", takes(1.0, Sweep.apply))
    monkeypatch.setattr(multigrid, "perf_counter", lambda: now[0])


def layered(folder: Path, cells: int, preset: str, comm: Any = None, **more: str) -> Problem:
    """Return the solved problem of three layers with some cells along each."""
    from trona.problem import Problem

    sys.path.insert(0, str(ROOT / "meshes"))
    from layers import Layer, build

    layers = [Layer("metal", 5, cells), Layer("sei", 2, max(cells // 2, 1)), Layer("electrolyte", 5, cells)]
    if comm is None or comm.rank == 0:
        build(folder / f"layers-{cells}.msh", layers, dim=3, width=5, cells_across=cells)
        (folder / "deck.yaml").write_text(LAYERED.replace("CELLS", str(cells)))
    if comm is not None:
        comm.barrier()
    options = {"solver.preset": preset, **more}
    model = compose(read_deck(folder / "deck.yaml", [f"{key}={value}" for key, value in options.items()]))
    problem = Problem(model, read_settings(model).solver, comm=comm)
    problem.newton.solve()
    return problem


def stepped(name: str, preset: str, *more: str) -> Problem:
    """Return the problem of a conformance deck after its first step."""
    model = compose(read_deck(CONFORMANCE / f"{name}.yaml", [f"solver.preset={preset}", *more]))
    problem = problem_for(model)
    next(iter(Stepper(problem, read_settings(model).time).steps()))
    return problem


def differences(first: Problem, second: Problem) -> dict[str, float]:
    """Return of each component the largest difference, relative to its largest value."""
    parts = (problem.unknowns.states[0].subfunctions for problem in (first, second))
    return {
        component.label: float(np.max(np.abs(a.dat.data_ro - b.dat.data_ro)) / np.max(np.abs(b.dat.data_ro)))
        for component, a, b in zip(first.unknowns.components, *parts, strict=True)
    }


@pytest.mark.parametrize(
    "name", ["butler_volmer", "contact_resistance", "elasticity-axisymmetric", "platen", "salt", "soret", "vtf"]
)
def test_the_answer_is_that_of_one_lu(name: str) -> None:
    """Parts with numbers, pressures and interfaces among them; in 1-D, 2-D and axisymmetric."""
    multigrid, direct = stepped(name, "multigrid"), stepped(name, "direct")
    assert {part.method for part in multigrid.newton.linear_work()} == {"multigrid"}
    assert max(differences(multigrid, direct).values()) < 1e-8


def test_what_is_known_cell_by_cell_is_left_to_lu() -> None:
    (part,) = stepped("creep", "multigrid").newton.linear_work()
    assert part.method == "LU"  # few unknowns


def test_in_three_dimensions(tmp_path: Path) -> None:
    """The answer of one LU, and iterations that do not grow once there are several levels."""
    assert max(differences(*(layered(tmp_path, 4, preset) for preset in ("multigrid", "direct"))).values()) < 1e-8
    coarse, fine = (layered(tmp_path, cells, "multigrid") for cells in (6, 8))
    iterations_do_not_grow(coarse, fine, 1.15)


@pytest.mark.slow
def test_iterations_are_flat_up_to_a_hundred_thousand_unknowns(tmp_path: Path) -> None:
    coarse, fine = (layered(tmp_path, cells, "multigrid") for cells in (6, 12))
    assert fine.size > 1e5
    iterations_do_not_grow(coarse, fine, 1.1)


def iterations_do_not_grow(coarse: Problem, fine: Problem, most: float) -> None:
    work = [problem.newton.linear_work() for problem in (coarse, fine)]
    assert [[part.method for part in parts] for parts in work] == [["multigrid"] * 2] * 2
    assert coarse.newton.history.iterations == fine.newton.history.iterations == 4
    for before, after in zip(*work, strict=True):
        assert 0 < after.krylov_iterations <= most * before.krylov_iterations


def test_a_stiff_interface_is_crossed_by_one_cycle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One side after the other, iterations grow with the stiffness."""
    from trona.problem.sweep import Member

    def iterations() -> int:
        first, _ = layered(tmp_path, 4, "multigrid", **stiff).newton.linear_work()
        assert first.method == "multigrid"
        return first.krylov_iterations

    stiff = {"physics.thermal_resistance.R": "1e-9 K*m^2/W"}
    together = iterations()
    monkeypatch.setattr(Member, "continues", lambda *_: False)
    assert iterations() > 1.25 * together


def test_lu_takes_over_where_multigrid_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    from trona.problem import multigrid

    monkeypatch.setattr(multigrid, "_MOST", 2)
    failed, direct = stepped("joule_heating", "multigrid"), stepped("joule_heating", "direct")
    work = failed.newton.linear_work()
    assert [part.method for part in work] == ["LU, since multigrid did not converge"] * 2
    assert [part.factorisations for part in work] == [2, 2]  # one set-up, one LU
    assert max(differences(failed, direct).values()) < 1e-9


def test_the_memory_of_cycles_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """As soon as LU takes over, and of everything when the problem goes."""
    from trona.problem import multigrid
    from trona.problem.sweep import Sweep

    resets: list[Sweep] = []
    monkeypatch.setattr(Sweep, "reset", lambda self: resets.append(self))
    monkeypatch.setattr(multigrid, "_MOST", 2)
    problem = stepped("joule_heating", "multigrid")
    linear = problem.newton.linear
    assert linear is not None
    assert len(resets) == len(linear.solves) == 2
    held = [weakref.ref(linear), *(weakref.ref(part.factor) for part in linear.solves)]
    resets.clear()
    del problem, linear
    gc.collect()
    assert [reference() for reference in held] == [None] * 3


def test_unknowns_that_diffuse_are_told_by_their_own_flux() -> None:
    found = structure_of(compose(read_deck(CONFORMANCE / "deposition_stress.yaml")))
    assert {piece.field for piece in found.diffusing} == {"displacement", "electric_potential"}
    assert [part.multigrid for part in found.parts] == [bool(part.diffusing) for part in found.parts]
    assert not any(part.multigrid for part in structure_of(compose(read_deck(CONFORMANCE / "creep.yaml"))).parts)


@pytest.mark.parametrize("constant", [False, True])
def test_the_choice_is_for_large_parts_in_three_dimensions(constant: bool) -> None:
    from trona.problem.multigrid import cycles_cost_less

    chosen = {d: [n for n in 10 ** np.arange(3, 8) if cycles_cost_less(n, d, constant)] for d in (1, 2, 3)}
    assert chosen[1] == []
    assert chosen[2] == [n for n in chosen[2] if n >= 10**6]
    assert 10**6 in chosen[3] and 10**4 not in chosen[3]


@pytest.mark.parallel(2)
def test_two_ranks_find_the_answer_of_one_lu(tmp_path: Path) -> None:
    from firedrake import COMM_WORLD, norm
    from pytest_mpi import parallel_assert

    folder = Path(COMM_WORLD.bcast(str(tmp_path)))
    multigrid, direct = (layered(folder, 4, preset, COMM_WORLD) for preset in ("multigrid", "direct"))
    parallel_assert([part.method for part in multigrid.newton.linear_work()] == ["multigrid"] * 2)
    parallel_assert(multigrid.newton.history.iterations == direct.newton.history.iterations)
    # Not number by number: the partition of the mesh is not the same twice.
    sizes = [[float(norm(part)) for part in problem.unknowns.states[0].subfunctions] for problem in (multigrid, direct)]
    parallel_assert(np.allclose(*sizes, rtol=1e-8, atol=0))
