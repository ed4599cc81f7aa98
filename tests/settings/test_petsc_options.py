"""Options of PETSc in a deck: what only sets how a system is solved passes, all else is refused with its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from strips import strip

from trona.cli import main
from trona.errors import DeckError, UserError
from trona.model import Model, compose
from trona.settings.petsc_options import FLAG
from trona.settings.solver import read_solver

HARMLESS = {
    "snes_linesearch_type": "bt",
    "snes_lag_jacobian": "2",
    "ksp_type": "gmres",
    "ksp_rtol": "1e-8",
    "ksp_monitor": "",
    "pc_type": "fieldsplit",
    "pc_fieldsplit_0_fields": "0,1",
    "fieldsplit_0_ksp_type": "preonly",
    "fieldsplit_0_sub_pc_type": "ilu",
    "mg_levels_1_ksp_max_it": "3",
    "mat_mumps_icntl_14": "300",
    "mat_mumps_cntl_1": "0.01",
    "pc_factor_shift_type": "nonzero",
}
HOSTILE = {
    "pc_python_type": "./evil.py:X",
    "fieldsplit_0_pc_python_type": "os:system",
    "ksp_python_type": "x.y",
    "mat_type": "python",
    "pc_type": "python",
    "snes_monitor": "ascii:stolen.txt",
    "ksp_view_mat": "binary:f",
    "ksp_monitor": "ascii:f::append",
    "log_view": ":f",
    "options_file": "f",
    "options_left": "",
    "snes_monitor_solution": "vtk:f",
    "dm_view": "",
    "on_error_attach_debugger": "",
    "start_in_debugger": "noxterm",
    "pc_shell_name": "x",
    "mat_mumps_icntl_2": "7",
    "mat_mumps_icntl_22": "1",
    "mat_mumps_ooc_tmpdir": "/tmp",
    "info": "f",
    "history": "f",
    "malloc_dump": "",
    "prefix_push": "x_",
    "snes_linesearch_monitor": "ascii:f",
    "ksp_rtol": "1e-8 -log_view :f",
    "pc_fieldsplit_0_fields": "0;ls",
    "snes_lag_jacobian": "-2",
    "sub_sub_unknown": "1",
    "external_pc_type": "lu",
}
BYPASS = (
    "snes_type",
    "snes_convergence_test",
    "snes_stol",
    "snes_rtol",
    "snes_atol",
    "snes_max_it",
    "snes_force_iteration",
    "snes_max_linear_solve_fail",
    "ksp_convergence_test",
    "fieldsplit_0_ksp_convergence_test",
    "mat_mumps_icntl_35",
)


def model(folder: Path, petsc: dict[str, Any]) -> Model:
    deck = strip(
        folder,
        [("a", 1e-3, 2)],
        materials={"a": {"thermal_conductivity": "5 W/m/K"}},
        physics={"heat": {"blocks": ["a"]}},
        boundaries={"bottom": {"temperature": "300 K"}},
        solver={"petsc": petsc},
    )
    return compose(deck)


def test_what_only_sets_how_a_system_is_solved_passes(tmp_path: Path) -> None:
    assert read_solver(model(tmp_path, HARMLESS)).petsc == HARMLESS


@pytest.mark.parametrize("name", HOSTILE)
def test_what_may_run_code_or_write_a_file_is_refused(tmp_path: Path, name: str) -> None:
    made = model(tmp_path, {name: HOSTILE[name]})
    with pytest.raises(DeckError, match=FLAG) as caught:
        read_solver(made)
    assert caught.value.location is not None and caught.value.location.path == f"solver.petsc.{name}"


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        read_solver(model(tmp_path, HOSTILE))
    assert len(str(caught.value).splitlines()) == len(HOSTILE)


@pytest.mark.parametrize("name", BYPASS)
def test_what_bypasses_the_test_of_convergence_or_crashes_is_refused_with_every_permission(
    tmp_path: Path, name: str
) -> None:
    from dataclasses import replace

    deck = replace(model(tmp_path, {name: "1"}).deck, allow_petsc=True)
    with pytest.raises(DeckError, match="cannot be set"):
        read_solver(compose(deck))


@pytest.mark.parametrize("name", ["-ksp_rtol", "KSP_RTOL", "ksp rtol", "ksp_rtol -log_view"])
def test_a_name_is_one_bare_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(DeckError, match="expected the name of an option"):
        read_solver(model(tmp_path, {name: "1"}))


@pytest.mark.parametrize("command", ["run", "sweep", "check", "warm", "verify"])
def test_the_command_line_may_allow_more(
    tmp_path: Path, command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every command that solves refuses the deck, names the flag, and takes it."""
    monkeypatch.chdir(tmp_path)
    made = model(tmp_path, {"log_view": ":stolen.txt"})
    deck = made.deck.resolved()
    if command == "sweep":
        deck["sweep"] = {"grid": {"boundaries.bottom.temperature": ["300 K"]}}
    path = tmp_path / "hostile.yaml"
    path.write_text(yaml.safe_dump(deck))
    assert main([command, str(path)]) == 2
    error = capsys.readouterr().err
    assert "solver.petsc.log_view" in error and FLAG in error and "hostile.yaml:" in error
    if command == "check":
        assert main([command, FLAG, str(path)]) == 0
    assert not (tmp_path / "stolen.txt").exists()
