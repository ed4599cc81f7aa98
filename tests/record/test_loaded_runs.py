"""Runs and sweeps read back from their folders, written here without a solve."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from steps import accepted

import trona
from trona.errors import UserError
from trona.readings.snapshot import BlockData, FieldData, OutputValue, Snapshot
from trona.record import Record, RecordOptions, RunDirectory, RunMetadata
from trona.record.fields import FieldWriter, vtu
from trona.record.result_table import Outputs
from trona.record.results import RecordedRun, RecordedSweep, load
from trona.record.terminal import SilentReporter


def steps(directory: RunDirectory, metadata: RunMetadata, snapshot: Snapshot) -> Record:
    """Four steps of a run that has not ended; fields at the first and the third."""
    record = Record(directory, metadata, SilentReporter(), RecordOptions(every=2))
    for step in range(4):
        values = [OutputValue("theta", 1.0 + step, "1", "ratio"), OutputValue("lacking", float("nan"), "V", "", "no")]
        fields = Snapshot(10.0 * step, step, snapshot.blocks)
        record.step(accepted(step, 10.0 * step, outputs=values, snapshot=fields))
    return record


@pytest.fixture
def run(directory: RunDirectory, metadata: RunMetadata, snapshot: Snapshot) -> RecordedRun:
    """A run that has ended, read back."""
    last = [OutputValue("theta", 4.5, "1", "ratio"), OutputValue("lacking", float("nan"), "V", "drop", "crosses zero")]
    steps(directory, metadata, snapshot).finish(last, [], "stopped: theta is above 4")
    directory.close()
    found = load(directory.path)
    assert isinstance(found, RecordedRun)
    return found


def test_outputs_and_how_it_ended(run: RecordedRun) -> None:
    assert run["theta"] == 4.5 and run.status == "stopped: theta is above 4" and run.name == "cell"
    assert np.isnan(run["lacking"]) and run.outputs["lacking"].note == "crosses zero"
    assert (run.outputs["lacking"].unit, run.outputs["theta"].text) == ("V", "ratio")
    assert run.deck["physics"]["heat"] == {"k": 1e-5, "name": "Wärme"}
    assert run.summary["newton"]["steps"] == 4
    assert "theta" in repr(run) and repr(run).endswith(f"results in {run.directory}")
    with pytest.raises(UserError, match="no output 'thta'; nearest: theta"):
        run["thta"]


def test_history_has_units_and_no_values_as_nan(run: RecordedRun) -> None:
    assert list(run.history) == ["step", "time", "theta", "lacking", "notes"]
    assert run.history.units == {"step": "", "time": "s", "theta": "1", "lacking": "V", "notes": ""}
    np.testing.assert_array_equal(run.history["step"], [0, 1, 2, 3])
    np.testing.assert_array_equal(run.history["time"], [0, 10, 20, 30])
    np.testing.assert_array_equal(run.history["theta"], [1, 2, 3, 4])
    assert np.isnan(run.history["lacking"]).all() and run.history["notes"][0] == "lacking no"
    assert run.steps.rows == run.cycles.rows == 0
    with pytest.raises(UserError, match="no column 'Time'; nearest: time"):
        run.history["Time"]


def test_fields_by_block_and_time(run: RecordedRun, snapshot: Snapshot) -> None:
    field = run.fields["temperature"]
    assert field.unit == "K" and list(field.times) == [0, 20, 30] and len(field) == 3
    for found in (field[-1], field.at(30.0)):
        assert list(found) == ["metal", "film"]
        for name, block in found.items():
            np.testing.assert_array_equal(block.points, snapshot.blocks[name].points)
            np.testing.assert_array_equal(block.cells, snapshot.blocks[name].cells)
            np.testing.assert_array_equal(block.values, snapshot.blocks[name].fields["temperature"].values)
            assert block.cell_type == snapshot.blocks[name].cell_type
    only = run.fields["displacement"][0]
    assert list(only) == ["metal"] and only["metal"].values.shape == (9, 3)
    with pytest.raises(UserError, match=r"temperature was not written at 21 s; nearest: 20 s"):
        field.at(21)
    with pytest.raises(UserError, match="no field 'temprature'; nearest: temperature"):
        run.fields["temprature"]
    for index in (3, -4):
        with pytest.raises(IndexError, match=rf"no time \[{index}\]; it was written at 3 times, \[0\] at 0 s to"):
            field[index]
    np.testing.assert_array_equal(field[-3]["film"].values, field[0]["film"].values)


@pytest.mark.parametrize("dim", [1, 3])
def test_points_have_the_dimensions_of_the_cells(directory: RunDirectory, dim: int) -> None:
    points = np.random.default_rng(1).random((dim + 1, dim))
    kind = {1: "line", 3: "tetra"}[dim]
    data = {"c": FieldData(points[:, 0], "mol/m^3")}
    block = BlockData(points, np.arange(dim + 1)[None], kind, data)  # type: ignore[arg-type]
    FieldWriter(directory).write(Snapshot(1.0, 1, {"a": block}))
    found = RecordedRun(Outputs(), directory.path, "").fields["c"][0]["a"]
    np.testing.assert_array_equal(found.points, points)
    np.testing.assert_array_equal(found.values, points[:, 0])


def test_fields_in_pieces_are_joined(directory: RunDirectory, snapshot: Snapshot) -> None:
    """A run on two ranks, the second of which has nothing of the film."""
    film, metal = snapshot.blocks["film"], snapshot.blocks["metal"]
    warm = replace(metal, fields={"temperature": FieldData(metal.fields["temperature"].values + 1, "K")})
    cold = replace(metal, fields={"temperature": metal.fields["temperature"]})
    first = Snapshot(5.0, 1, {"metal": cold, "film": film}, pieces=2)
    pieces = [{"metal": vtu(cold, 5.0), "film": vtu(film, 5.0)}, {"metal": vtu(warm, 5.0)}]
    FieldWriter(directory).write_pieces(first, pieces)
    found = RecordedRun(Outputs(), directory.path, "").fields["temperature"].at(5.0)
    assert len(found["film"].points) == 4 and len(found["metal"].points) == 18
    both = found["metal"].points[found["metal"].cells]
    np.testing.assert_array_equal(both[:2], both[2:])
    values = found["metal"].values[found["metal"].cells]
    np.testing.assert_allclose(values[2:] - values[:2], 1, rtol=1e-9)


def test_a_run_that_goes_on_and_one_that_was_killed(
    directory: RunDirectory, metadata: RunMetadata, snapshot: Snapshot
) -> None:
    steps(directory, metadata, snapshot)
    table = directory.path / "outputs.csv"
    assert load(directory.path).status == "running"
    directory.close()
    with table.open("a") as file:
        file.write("4,40,5.")
    found = load(directory.path)
    assert isinstance(found, RecordedRun)
    assert found.status == "broken off" and found["theta"] == 4 and found.history.rows == 4 and not found.summary
    assert found.name == "run" and list(found.fields["temperature"].times) == [0, 20]


def test_a_run_without_files_says_so(snapshot: Snapshot) -> None:
    unrecorded = RecordedRun(Outputs(), None, "finished")
    with pytest.raises(UserError, match="not recorded"):
        _ = unrecorded.history


def test_a_run_without_fields(run: RecordedRun) -> None:
    (run.folder / "fields.pvd").unlink()
    assert not run.fields
    with pytest.raises(UserError, match="no field 'temperature'; this run wrote no field files"):
        run.fields["temperature"]


def test_other_folders_are_refused(tmp_path: Path) -> None:
    for place, why in ((tmp_path / "gone", "no such folder"), (tmp_path, "not the folder of a trona run or sweep")):
        with pytest.raises(UserError, match=why):
            load(place)
    (tmp_path / "deck.yaml").touch()
    for place, why in ((tmp_path / "deck.yaml", "a file, not the folder"), (tmp_path, "not the folder of a trona run")):
        with pytest.raises(UserError, match=why):
            load(place)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("summary.json", "{", "summary.json: cannot be read"),
        ("summary.json", "[" * 100_000, "summary.json: cannot be read"),
        ("summary.json", "[]", "no names at its top"),
        ("summary.json", '{"outputs": {"a": 1}}', "not the summary of a run"),
        ("outputs.csv", "step,time [s]\n1,x\n", r"column 'time \[s\]' has a row without a number"),
        ("outputs.csv", 'step,time [s]\n1,2\n"3', ""),
        ("fields.pvd", "<", "not an index of field files"),
        ("fields.pvd", '<F><DataSet timestep="1" name="a" file="../a.vtu"/></F>', "would not lie in this folder"),
        ("fields.pvd", '<F><DataSet timestep="1" name="a"/></F>', "not an index of field files"),
        ("fields/film-000003.vtu", "<VTKFile", "film-000003.vtu: not a field file of trona, or not complete"),
        ("fields/film-000003.vtu", None, "film-000003.vtu: cannot be read"),
        ("deck.yaml", "a: [", "deck.yaml: cannot be read"),
    ],
)
def test_damaged_files_are_named(run: RecordedRun, name: str, content: str | None, why: str) -> None:
    path = run.folder / name
    path.unlink() if content is None else path.write_text(content)

    def read() -> None:
        found = load(run.folder)
        assert isinstance(found, RecordedRun)
        _ = found.history, found.fields, found.deck

    if not why:  # cut short by a loss of power
        read()
        return
    with pytest.raises(UserError, match=why):
        read()


def test_a_sweep(run: RecordedRun, tmp_path: Path) -> None:
    folder = tmp_path / "sweep"
    shutil.copytree(run.folder, folder / "cases/0001")
    (folder / "deck.yaml").write_text("title: many\n")
    state = {"cases": {"0001": {"i0": "2 A/m^2"}, "0002": {"i0": "20 A/m^2"}}}
    (folder / "sweep.json").write_text(json.dumps(state))
    head = "case,status,i0 [A/m^2],theta [1],message\n"
    (folder / "sweep.csv").write_text(head + '1,stopped,2,4.5,"theta is above 4, so"\n')
    found = load(folder)
    assert isinstance(found, RecordedSweep)
    assert found.status == "broken off: 1 of 2 cases to do" and found.deck == {"title": "many"}
    assert found["i0"].tolist() == [2] and found.table.units["i0"] == "A/m^2"
    assert list(found.cases) == ["0001"] and found.cases["0001"]["theta"] == 4.5
    (folder / "sweep.csv").write_text(head + "1,stopped,2,4.5,\n2,failed,20,,singular\n")
    assert load(folder).status == "finished: 1 of 2 failed"
    (folder / "sweep.csv").write_text("a\n1\n")
    with pytest.raises(UserError, match="not the state of a sweep"):
        load(folder)


def test_tables_for_other_libraries(run: RecordedRun) -> None:
    (run.folder / "cycles.csv").write_text("cycle,start [s],efficiency [1]\n1,0,0.9\n2,60,\n")
    (run.folder / "steps.csv").write_text("number,cycle,step,ended by\n1,1,plate,time\n2,1,strip,voltage > 1 V\n")
    frame = run.history.to_pandas()
    assert frame.attrs["units"]["time"] == "s" and frame["theta"].tolist() == [1, 2, 3, 4]
    assert frame["step"].dtype.kind == "i" and frame["lacking"].isna().all()
    assert run.cycles.to_pandas()["efficiency"].isna().tolist() == [False, True]
    assert run.steps.to_pandas()["ended by"].tolist() == ["time", "voltage > 1 V"]
    ends = run.outputs.to_pandas()
    assert ends.loc["theta"].tolist() == [4.5, "1", "ratio"] and np.isnan(ends.loc["lacking", "value"])
    over_time = run.history.to_xarray()
    assert over_time.theta.dims == ("time",) and over_time.theta.attrs == {"units": "1"}
    assert over_time.sel(time=20).theta == 3 and over_time.time.attrs == {"units": "s"}
    assert run.cycles.to_xarray().efficiency.sel(cycle=1) == 0.9
    assert run.steps.to_xarray().step.dims == ("number",)


def test_a_library_that_is_missing_is_named(run: RecordedRun, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("pandas", "xarray"):
        monkeypatch.setitem(sys.modules, name, None)
    for name, convert in (
        ("pandas", run.history.to_pandas),
        ("pandas", run.outputs.to_pandas),
        ("xarray", run.history.to_xarray),
        ("xarray", run.fields.to_xarray),
        ("xarray", run.at([5e-7, 5e-7]).to_xarray),
    ):
        with pytest.raises(UserError, match=f"{name} is not installed; install it, or use the arrays of numpy"):
            convert()


def test_what_a_notebook_shows_is_short_and_safe(run: RecordedRun, tmp_path: Path) -> None:
    summary = json.loads((run.folder / "summary.json").read_text())
    (run.folder / "summary.json").write_text(json.dumps(summary | {"status": "failed: <script>\x1b"}))
    shown = load(run.folder)._repr_html_()
    assert "<script>" not in shown and "&lt;script&gt;" in shown and "\x1b" not in shown and len(shown) < 2000
    rows = "".join(f"{i},{i}\n" for i in range(100))
    (run.folder / "outputs.csv").write_text(f"step,time [s]\n{rows}")
    again = load(run.folder)
    assert isinstance(again, RecordedRun)
    assert again.history._repr_html_().endswith("<p>... 92 more rows</p>")
    assert repr(again.history).endswith("\n... 92 more rows")
    wide = ",".join(f"v{i} [V]" for i in range(7))
    (run.folder / "outputs.csv").write_text(f"step,time [s],{wide}\n1,2,3,4,5,6,7,8,9\n")
    again = load(run.folder)
    assert isinstance(again, RecordedRun)
    assert repr(again.history).split("\n")[0].endswith("v5 [V]")
    assert repr(again.history).endswith("\n... 1 more column") and again.history["v6"] == 9


def test_it_is_found_at_the_top() -> None:
    assert trona.load is load and trona.RecordedRun is RecordedRun and trona.RecordedSweep is RecordedSweep
