"""`trona run --profile`: the phases of a run and PETSc's count of what happened within them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from small_run import DECK

from trona.cli import main
from trona.problem.events import EventLog


@pytest.mark.parametrize("times", [1, 2])
def test_a_run_tells_where_its_time_went(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    monkeypatch.chdir(tmp_path)
    Path("deck.yaml").write_text(DECK)
    for number in range(times):
        assert main(["run", "deck.yaml", "--profile", "-q", "-o", f"run{number}"]) == 0
    folder = Path(f"run{times - 1}")
    data = json.loads((folder / "profile.json").read_text())
    phases = {entry["name"]: entry for entry in data["phases"]}
    assert phases.keys() >= {"deck and model", "set-up", "solve", "audit", "outputs", "checkpoints", "pictures"}
    assert phases["audit"]["times"] == 6
    summary = json.loads((folder / "summary.json").read_text())
    within = {entry["name"]: entry for entry in data["within"]}
    iterations = sum(summary["newton"]["iterations"])
    # What an earlier run in the same process did is not counted again.
    assert 6 <= within["factorisations"]["times"] <= iterations + 12
    assert within["factorisations"]["seconds"] < sum(entry["seconds"] for entry in phases.values())
    assert (folder / "plots" / "profile.png").exists()
    assert "factorisations" in (folder / "log.txt").read_text()


def test_a_run_without_it_writes_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("deck.yaml").write_text(DECK)
    monkeypatch.setattr(EventLog, "__init__", lambda log: pytest.fail("PETSc's log was begun"))
    assert main(["run", "deck.yaml", "-q", "-o", "run"]) == 0
    assert not Path("run/profile.json").exists()


def test_the_kernels_that_run_in_a_step_are_few(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from firedrake.petsc import PETSc

    monkeypatch.chdir(tmp_path)
    Path("deck.yaml").write_text(DECK)
    PETSc.Log.begin()
    totals, iterations = [_kernels(PETSc)], []
    for end in ("6 us", "12 us"):
        assert main(["run", "deck.yaml", f"time.end={end}", "-q", "-o", end]) == 0
        totals.append(_kernels(PETSc))
        iterations.append(json.loads(Path(end, "summary.json").read_text())["newton"]["total_iterations"])
    assert iterations == [6, 12]
    # Both have the same set-up and end: what is left are six steps, each with 10, those of all readings included.
    first, second = totals[1] - totals[0], totals[2] - totals[1]
    assert second - first <= 6 * 10


def _kernels(petsc: Any) -> int:
    """Return how many kernels have run over a mesh since PETSc's log was begun."""
    return int(petsc.Log.Event("ParLoopExecute").getPerfInfo()["count"])
