from __future__ import annotations

import json
import logging
import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from steps import accepted

from trona.model.materials.parameter import Parameter
from trona.readings.ledgers import BalanceLedger, LedgerEntry
from trona.readings.snapshot import FieldData, LineData, OutputValue, Snapshot
from trona.record import Record, RecordOptions, RunDirectory, RunMetadata
from trona.record.terminal import SilentReporter

LEDGER = BalanceLedger(
    "charge", "A/m", (LedgerEntry("boundary", "b", "top", -10.0), LedgerEntry("boundary", "a", "base", 10.5))
)


def outputs(step: int) -> list[OutputValue]:
    return [OutputValue("theta", 1.0 + step, "1", "ratio")]


def whole_run(
    directory: RunDirectory,
    metadata: RunMetadata,
    snapshot: Snapshot,
    options: RecordOptions,
    status: str = "finished",
    last: float = 2.0,
) -> dict[str, Any]:
    record = Record(directory, metadata, SilentReporter(), options)
    for step in range(4):
        time, s = 10.0 * step, np.linspace(0, 1e-6, 4)
        line = LineData(time, step, s, s[:, None], {"h": FieldData(s * step, "m")})
        fields = Snapshot(time, step, snapshot.blocks)
        record.step(accepted(step, time, outputs=outputs(step), snapshot=fields, lines={"front": line}))
    record.finish([OutputValue("theta", last, "1", "ratio")], [LEDGER], status)
    summary: dict[str, Any] = json.loads((directory.path / "summary.json").read_text())
    return summary


def files(directory: RunDirectory, folder: str = "") -> list[str]:
    return sorted(p.name for p in (directory.path / folder).iterdir())


def test_everything_a_run_leaves(directory: RunDirectory, metadata: RunMetadata, snapshot: Snapshot) -> None:
    plots = ("temperature", "theta", "front")
    summary = whole_run(directory, metadata, snapshot, RecordOptions(every=2, plots=plots))
    assert files(directory) == [
        ".trona-lock",
        ".trona-manifest",
        "audit.csv",
        "citations.bib",
        "deck.yaml",
        "equations.json",
        "fields",
        "fields.pvd",
        "lines",
        "log.txt",
        "outputs.csv",
        "plots",
        "summary.json",
        "versions.json",
    ]
    # Every second step, and the last one.
    assert files(directory, "fields") == [
        f"{block}-{step:06d}.vtu" for block in ("film", "metal") for step in (0, 2, 3)
    ]
    assert files(directory, "plots") == ["front.png", "temperature.png", "theta.png"]
    assert len(files(directory, "lines")) == 4
    assert yaml.safe_load((directory.path / "deck.yaml").read_text()) == metadata.resolved
    assert json.loads((directory.path / "versions.json").read_text()) == {"trona": "0.1.0"}
    assert (directory.path / "citations.bib").read_text() == "@misc{a,\n  title = {A}\n}\n\n"
    assert summary["warnings"] == []


def test_summary_and_log_have_the_parameters(
    directory: RunDirectory, metadata: RunMetadata, snapshot: Snapshot
) -> None:
    guess = Parameter("film", "density", 5.0, "kg/m^3", "5 g/l", "our guess", "1 %", assumption=True)
    summary = whole_run(directory, replace(metadata, parameters=(guess,)), snapshot, RecordOptions())
    assert summary["parameters"] == [
        {
            "owner": "film",
            "name": "density",
            "value": 5.0,
            "unit": "kg/m^3",
            "written": "5 g/l",
            "source": "our guess",
            "uncertainty": "1 %",
            "assumption": True,
        }
    ]
    assert "film.density  5      kg/m^3  ASSUMED: our guess" in (directory.path / "log.txt").read_text()


def test_summary(directory: RunDirectory, metadata: RunMetadata, snapshot: Snapshot) -> None:
    summary = whole_run(directory, metadata, snapshot, RecordOptions(), "stopped: by hand")
    assert summary["outputs"] == {"theta": {"value": 2.0, "unit": "1", "text": "ratio"}}
    charge = summary["ledger"]["charge"]
    assert (charge["came_in"], charge["went_out"], charge["stored"], charge["unit"]) == (10.5, 10.0, 0.0, "A/m")
    assert charge["closure"] == pytest.approx(0.5 / 10.5)
    assert [entry["plugin"] for entry in charge["entries"]] == ["a", "b"]
    assert summary["newton"]["iterations"] == [1, 2, 3, 4]
    assert summary["newton"]["first"]["residuals"] == [1.0, 1e-3]
    assert summary["newton"]["last"]["residuals"] == [1.0, 1e-6]
    assert (summary["time"], summary["status"], summary["nprocs"]) == (30.0, "stopped: by hand", 1)
    assert 0 <= summary["elapsed_seconds"] < 60
    text = (directory.path / "summary.json").read_text()
    assert text == json.dumps(summary, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def test_value_that_is_not_finite(directory: RunDirectory, metadata: RunMetadata, snapshot: Snapshot) -> None:
    summary = whole_run(directory, metadata, snapshot, RecordOptions(), last=math.nan)
    assert summary["outputs"]["theta"]["value"] is None
    assert summary["warnings"] == ["outputs.theta.value is not finite; written as null"]


def test_nothing_but_what_was_asked_for(directory: RunDirectory, metadata: RunMetadata, snapshot: Snapshot) -> None:
    whole_run(directory, metadata, snapshot, RecordOptions(vtk=False, csv=()))
    assert {"fields", "fields.pvd", "outputs.csv", "plots"}.isdisjoint(files(directory))


def test_plot_of_something_unknown_is_a_warning(
    directory: RunDirectory, metadata: RunMetadata, snapshot: Snapshot
) -> None:
    summary = whole_run(directory, metadata, snapshot, RecordOptions(plots=("temprature",)))
    assert summary["warnings"] == ["plots: nothing named 'temprature' to draw; nearest: temperature"]


@pytest.mark.parametrize("status", ["failed: before the first step, it is too cold", "not conserved: heat"])
def test_a_run_that_ends_amid_its_steps_does_not_blame_the_names_of_pictures(
    status: str, directory: RunDirectory, metadata: RunMetadata
) -> None:
    """There are no fields yet, nor those of the other processes."""
    record = Record(directory, metadata, SilentReporter(), RecordOptions(plots=("temperature",)))
    record.finish([], [], status)
    summary = json.loads((directory.path / "summary.json").read_text())
    assert summary["warnings"] == ["plots: temperature could not be drawn (nothing of it was recorded before the end)"]


def test_a_picture_that_fails_does_not_lose_the_run(
    directory: RunDirectory, metadata: RunMetadata, snapshot: Snapshot
) -> None:
    film = snapshot.blocks["film"]
    film.fields["salt"] = FieldData(np.full(4, math.nan), "mol/m^3")
    summary = whole_run(directory, metadata, snapshot, RecordOptions(plots=("salt",)))
    assert summary["warnings"] == ["plots: salt could not be drawn (no value is finite)"]
    assert summary["status"] == "finished"


class Why:
    """A report on a failure."""

    def text(self) -> str:
        return "too hot\n"

    def plain(self) -> dict[str, list[str]]:
        return {"findings": ["too hot"]}


def test_failing_state_is_kept_apart(directory: RunDirectory, metadata: RunMetadata, snapshot: Snapshot) -> None:
    record = Record(directory, metadata, SilentReporter(), RecordOptions(vtk=False))
    record.failure(snapshot, snapshot, Why())
    record.finish([], [], "failed: no convergence")
    for name in ("failed", "last_good"):
        assert files(directory, name) == ["film-000003.vtu", "metal-000003.vtu"]
        assert f'file="{name}/film-000003.vtu"' in (directory.path / f"{name}.pvd").read_text()
    assert (directory.path / "failure.txt").read_text() == "too hot\n"
    assert json.loads((directory.path / "failure.json").read_text()) == {"findings": ["too hot"]}
    summary = json.loads((directory.path / "summary.json").read_text())
    assert (summary["status"], summary["time"], summary["newton"]["first"]) == ("failed: no convergence", 0.0, None)


def test_log_is_let_go(directory: RunDirectory, metadata: RunMetadata, snapshot: Snapshot) -> None:
    before = list(logging.getLogger("trona").handlers)
    whole_run(directory, metadata, snapshot, RecordOptions(vtk=False))
    assert logging.getLogger("trona").handlers == before


def test_a_second_run_replaces_the_first(directory: RunDirectory, metadata: RunMetadata, snapshot: Snapshot) -> None:
    from trona.record import open_directory

    whole_run(directory, metadata, snapshot, RecordOptions())
    directory.close()
    again = open_directory(directory.path, "cell")
    assert files(again) == [".trona-lock", ".trona-manifest"]


@pytest.mark.parametrize(
    ("values", "closure", "error"),
    [
        ([], 0.0, 0.0),
        ([("source", 0.0)], 0.0, 0.0),
        ([("source", 3.0), ("boundary", -1.0), ("storage", 2.0)], 0.0, 0.0),
        ([("source", 3.0), ("boundary", -1.0), ("storage", 2.5)], 0.5 / 3, -0.5),
        ([("source", 0.1)] * 10 + [("storage", 1.0)], 0.0, 0.0),
        ([("source", math.inf), ("boundary", -math.inf)], math.nan, math.nan),
        ([("source", 1.0), ("boundary", math.nan)], math.nan, math.nan),
    ],
)
def test_closure(values: list[tuple[Any, float]], closure: float, error: float) -> None:
    ledger = BalanceLedger("b", "1", tuple(LedgerEntry(term, "p", "r", value) for term, value in values))
    assert ledger.closure == pytest.approx(closure, nan_ok=True, abs=1e-16)
    assert ledger.closure_error == pytest.approx(error, nan_ok=True, abs=1e-16)


def test_import_is_light(tmp_path: Path) -> None:
    code = (
        "import sys, trona.record; "
        "print([m for m in ('matplotlib', 'vtkmodules', 'rich', 'firedrake', 'ufl') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
