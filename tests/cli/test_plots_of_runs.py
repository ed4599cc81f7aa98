"""`trona plot`: what is handed to the painters, and that they draw it, of a run written here without a solve."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trona.cli import main
from trona.readings.ledgers import AuditStep
from trona.readings.snapshot import BlockData, FieldData, LineData, OutputValue, Snapshot
from trona.record import Accepted, NewtonRecord, Record, RecordOptions, RunMetadata, curves, open_directory, pictures
from trona.record.terminal import SilentReporter


def field(dim: int, t: float) -> BlockData:
    points = np.vstack([np.zeros(dim), np.eye(dim)]) * 1e-6
    kind: Any = {1: "line", 2: "triangle", 3: "tetra"}[dim]
    return BlockData(points, np.arange(dim + 1)[None], kind, {"c": FieldData(1 + t + points[:, 0] * 1e6, "mol/m^3")})


def written(path: Path, dim: int = 2) -> None:
    directory = open_directory(path, "cell")
    facts = RunMetadata("cell", {}, {}, 1, [], datetime.now(UTC), on_surfaces={"height": "metal | sei"})
    record = Record(directory, facts, SilentReporter(), RecordOptions())
    values: list[OutputValue] = []
    for step, t in enumerate((60.0, 120.0, 180.0)):
        values = [
            OutputValue("v", t, "V"),
            OutputValue("i", -t, "A"),
            OutputValue("lacks", float("nan"), "1", "", "no"),
        ]
        s = np.linspace(0, 1e-6, 4)
        line = LineData(t, step, s, np.column_stack([s, s]), {"c": FieldData(s * t, "mol/m^3")})
        audit, newton = AuditStep(step, t, 60.0, ()), NewtonRecord(step, t, 1, [1.0], "converged")
        snapshot = Snapshot(t, step, {"metal": field(dim, t)})
        record.step(Accepted(step, t, 60.0, newton, audit, outputs=values, snapshot=snapshot, lines={"front": line}))
    record.finish(values, [], "finished")
    directory.write_text("cycles.csv", "cycle,end [s],capacity [A*h]\n1,3600,2\n2,7200,1.5\n")
    directory.write_text("steps.csv", "number,step,ended by\n1,plate,time\n2,strip,time\n")
    directory.close()


@pytest.fixture
def series(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the curves of pictures show, in a folder of its own with a run in it."""
    shown: list[Any] = []
    real = curves._curves

    def spied(drawn: Any, xlabel: str, *rest: Any, **more: Any) -> Any:
        shown.append((xlabel, [(each.names[0], each.unit, list(each.x), list(each.y)) for each in drawn]))
        return real(drawn, xlabel, *rest, **more)

    monkeypatch.setattr(curves, "_curves", spied)
    monkeypatch.chdir(tmp_path)
    written(tmp_path / "run")
    return shown


def test_outputs_over_time(series: list[Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plot", "run", "v", "i", "v"]) == 0
    assert capsys.readouterr().out == "drawn in v.png\n" and Path("v.png").read_bytes().startswith(b"\x89PNG")
    ((xlabel, drawn),) = series
    assert xlabel == "Time $t$ [min]"
    assert drawn == [("v", "V", [1, 2, 3], [60, 120, 180]), ("i", "A", [1, 2, 3], [-60, -120, -180])]


def test_over_cycles(series: list[Any]) -> None:
    assert main(["plot", "run", "capacity", "-o", "c.png"]) == 0
    assert series == [("Cycle", [("capacity", "A*h", [1, 2], [2, 1.5])])]


def test_a_line_at_its_first_and_last_time(series: list[Any]) -> None:
    assert main(["plot", "run", "front"]) == 0
    ((xlabel, drawn),) = series
    assert xlabel == "Distance $s$ [µm]" and [unit for _, unit, *_ in drawn] == ["mol/m^3"] * 2
    np.testing.assert_allclose([y[-1] for *_, y in drawn], [60e-6, 180e-6])
    np.testing.assert_allclose(drawn[0][2], [0, 1 / 3, 2 / 3, 1])


def test_a_line_at_several_times_in_wanted_units(series: list[Any]) -> None:
    words = ["plot", "run", "front", "--time", "60", "--time", "120", "--time", "180", "--unit", "nm"]
    assert main([*words, "--unit", "mmol/l", "--log", "xy", "-o", "front.svg"]) == 0
    ((xlabel, drawn),) = series
    assert xlabel == "Distance $s$ [nm]" and len(drawn) == 3
    np.testing.assert_allclose(drawn[0][2], np.linspace(0, 1000, 4))
    assert b"<svg" in Path("front.svg").read_bytes()


def test_animations_and_files_for_papers(series: list[Any]) -> None:
    assert main(["plot", "run", "c", "-o", "c.gif"]) == 0 and main(["plot", "run", "c", "-o", "c.pdf"]) == 0
    assert main(["plot", "run", "v", "-o", "v.SVG", "--unit", "mV", "--unit", "h"]) == 0
    assert Path("c.gif").read_bytes()[:3] == b"GIF" and Path("c.pdf").read_bytes()[:4] == b"%PDF"
    assert series[0][0] == "Time $t$ [h]"


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_a_field_at_a_time(dim: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path / "run", dim)
    shown = []
    real = pictures.picture
    monkeypatch.setattr(pictures, "picture", lambda at, *rest, **look: (shown.append(at), real(at, *rest, **look)))
    assert main(["plot", "run", "c"]) == 0
    assert main(["plot", "run", "c", "--time", "120", "-o", "two.png"]) == 0
    assert [s.time for s in shown] == [180, 120]
    for snapshot in shown:
        block = snapshot.blocks["metal"]
        assert block.points.shape == (dim + 1, dim)
        assert [(name, data.unit) for name, data in block.fields.items()] == [("c", "mol/m^3")]
        assert block.fields["c"].values[0] == 1 + snapshot.time
    assert Path("c.png").read_bytes() != Path("two.png").read_bytes()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["gone", "v"], "gone: no such folder\n"),
        (["run", "w"], "run: nothing named 'w' to draw"),
        (["run", "c", "v"], "trona plot: c, v do not fit into one picture: draw each alone\n"),
        (["run", "c", "--time", "130"], "c was not written at 130 s; nearest: 120 s; `times` has all 3\n"),
        (["run", "v", "--time", "60"], "trona plot: --time is for one field; this run has c\n"),
        (["run", "v", "-o", "v.jpg"], "v.jpg: a picture ends in .png, .svg, .pdf, an animation in .gif or .mp4\n"),
        (["run", "v", "-o", "v.gif"], "trona plot: an animation is for one field; this run has c\n"),
        (["run", "v", "--cut", "x=1um"], "trona plot: --cut is for one field; this run has c\n"),
        (["run", "c", "--cut", "x=1um"], "trona plot: --cut is for fields in three dimensions\n"),
        (["run", "c", "--cut", "1um"], "trona plot: --cut 1um: expected an axis and a place on it, such as x=0.2um\n"),
        (["run", "v", "--zoom", "0um,0um,1um,1um"], "trona plot: --zoom is for one field; this run has c\n"),
        (["run", "c", "--zoom", "0um,0um,1um"], "trona plot: --zoom 0um,0um,1um: expected x_min,y_min,x_max,y_max"),
        (["run", "c", "--zoom", "0um,0um,1um,0m"], "trona plot: --zoom 0um,0um,1um,0m: expected x_min,y_min"),
        (["run", "c", "--zoom", "0um,0um,1um,1um", "-o", "c.gif"], "trona plot: --zoom is for one picture, not for"),
        (["run", "c", "--mirror"], "trona plot: --mirror is for a run with coordinates: axisymmetric"),
        (["run", "c", "--arrows"], "trona plot: c is not a vector in two dimensions"),
        (["run", "c", "--arrows", "--streamlines"], "trona plot: argument --streamlines: not allowed with argument"),
        (["run", "c", "--unit", "mV"], "trona plot: nothing in this picture is measured in mV; it has m, mol/m^3\n"),
        (["run", "c", "--unit", "mw"], "trona plot: --unit mw: "),
        (["run", "c", "--time", "60", "--time", "120"], "trona plot: one --time for a field; several are for lines"),
        (["run", "c", "-o", "c.gif", "--time", "60"], "trona plot: an animation shows all times: leave out --time\n"),
        (["run", "front", "--time", "61"], "trona plot: this line was not written at 61 s; nearest: 60 s\n"),
        (["run", "v", "--log", "y", "-o", "no/v.png"], "no/v.png: cannot be drawn (No such file or directory)\n"),
        (["run", "i", "--log", "y"], "i.png: cannot be drawn (a logarithmic scale needs values above zero)\n"),
        (["run", "v", "-o", "no/v.png"], "no/v.png: cannot be drawn (No such file or directory)\n"),
        (["run", "lacks"], "lacks.png: cannot be drawn (no value is finite)\n"),
        (["run", "height"], "run: 'height' lives only at metal | sei, and no field file has it; an entry '{profile:"),
        (["run", "notes"], "run: nothing named 'notes' to draw"),
        (["run", "ended_by"], "run: nothing named 'ended_by' to draw; known: c, capacity, cycle, end, front, i, lacks"),
        (["run", "ended by"], "run: nothing named 'ended by' to draw"),
    ],
)
def test_mistakes_are_told(series: list[Any], words: list[str], why: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plot", *words]) == 2
    assert capsys.readouterr().err.startswith(why)
    assert not list(Path().glob("*.png"))


def test_a_sweep_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "sweep.json").write_text('{"cases": {}}')
    (tmp_path / "sweep.csv").write_text("case,status\n")
    assert main(["plot", str(tmp_path), "v"]) == 2
    assert "a sweep; draw one of its cases" in capsys.readouterr().err


def test_one_time_is_no_curve(series: list[Any], capsys: pytest.CaptureFixture[str]) -> None:
    table = Path("run/outputs.csv")
    table.write_text("\n".join([*table.read_text().splitlines()[:2], ""]))
    assert main(["plot", "run", "v"]) == 2
    assert capsys.readouterr().err == ("run: one time alone is in its table, and no curve goes through one point\n")
