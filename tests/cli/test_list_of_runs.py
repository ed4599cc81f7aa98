"""`trona list`: runs and sweeps in every state, written here without a solve."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from trona.cli import main
from trona.readings.ledgers import AuditStep
from trona.readings.snapshot import OutputValue
from trona.record import Accepted, NewtonRecord, Record, RecordOptions, RunMetadata, open_directory
from trona.record.directory import RunDirectory
from trona.record.terminal import SilentReporter


def written(path: Path, status: str | None, title: str = "A cell") -> RunDirectory:
    """A run of two steps that has ended so, or not yet (None)."""
    directory = open_directory(path, "cell")
    facts = RunMetadata("cell", {"title": title}, {"trona": "0.1.0"}, 1, [], datetime.now(UTC))
    record = Record(directory, facts, SilentReporter(), RecordOptions())
    for step in (1, 2):
        newton = NewtonRecord(step, 60.0 * step, 1, [1.0, 1e-9], "converged")
        outputs = [OutputValue("theta", 1.0, "1")]
        record.step(Accepted(step, 60.0 * step, 60.0, newton, AuditStep(step, 60.0, 60.0, ()), outputs=outputs))
    if status is not None:
        record.finish([OutputValue("theta", 1.0, "1")], [], status)
        directory.close()
    return directory


def listed(capsys: pytest.CaptureFixture[str], *words: str) -> list[dict[str, Any]]:
    assert main(["list", *words, "--json"]) == 0
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return found


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "runs"


def test_every_state(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(runs / "a/done", "finished")
    written(runs / "b", "failed: diverged")
    goes_on = written(runs / "c", None)
    written(runs / "d", None).close()
    (written(runs / "e", "finished").path / "summary.json").write_text("{")
    (written(runs / "f", "finished").path / "summary.json").write_text('{"newton": 1, "time": 1}')
    (written(runs / "f0", "finished").path / "summary.json").write_text("{}")
    written(runs / "sweep/cases/0001", "finished")
    (runs / "sweep/deck.yaml").write_text("title: Many\n")
    (runs / "sweep/sweep.json").write_text('{"cases": {"0001": {}}, "versions": {"trona": "0.1.0"}}')
    (runs / "sweep/sweep.csv").write_text("case,status\n1,finished\n")
    (runs / "g").symlink_to(runs / "b")
    written(runs / ".hidden", "finished")
    found = {each["name"]: each for each in listed(capsys)}
    goes_on.close()
    assert [each["state"] for each in found.values()][:4] == ["finished", "failed: diverged", "running", "broken off"]
    assert list(found) == ["a/done", "b", "c", "d", "e", "f", "f0", "sweep"]
    for name in ("a/done", "b", "c", "d"):
        assert (found[name]["time"], found[name]["steps"], found[name]["version"]) == (120.0, 2, "0.1.0"), name
    assert found["e"]["state"].startswith("cannot be read: runs/e/summary.json: cannot be read (")
    assert found["f"]["state"] == "cannot be read: runs/f/summary.json: not the summary of a run"
    assert found["f0"]["state"] == "cannot be read: runs/f0/summary.json: not the summary of a run"
    assert (found["sweep"]["kind"], found["sweep"]["state"], found["sweep"]["title"]) == ("sweep", "finished", "Many")
    assert [each["name"] for each in listed(capsys, "runs/sweep/cases")] == ["0001"]
    assert [each["name"] for each in listed(capsys, "runs/b")] == ["runs/b"]


def test_as_a_table(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(runs / "cell", "stopped: theta is above 4", title="Tab\n\x1b[2J end")
    assert main(["list"]) == 0
    assert capsys.readouterr().out == (
        "run   state                       time  steps  trona  title\n"
        "----  -------------------------  -----  -----  -----  ---------------\n"
        "cell  stopped: theta is above 4  2 min      2  0.1.0  Tab \\x1b[2J end\n"
    )


def test_where_nothing_is(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 2
    assert capsys.readouterr().err == "runs: no such folder\n"
    runs.mkdir()
    assert main(["list"]) == 0
    assert capsys.readouterr().out == "no runs under runs\n"
    (runs / "file").touch()
    assert main(["list", "runs/file"]) == 2
    assert capsys.readouterr().err == "runs/file: not a folder\n"
