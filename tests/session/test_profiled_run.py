"""`trona run --profile`: the phases of a run and PETSc's count of what happened within them."""

from __future__ import annotations

import json
from pathlib import Path

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
