"""`trona compare`: differences that are known, of runs written here without a solve."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trona.cli import main
from trona.readings.ledgers import AuditStep
from trona.readings.snapshot import BlockData, FieldData, OutputValue, Snapshot
from trona.record import Accepted, NewtonRecord, Record, RecordOptions, RunMetadata, open_directory
from trona.record.comparison import Difference, _matched, compare_decks, compare_results
from trona.record.results import RecordedRun, load
from trona.record.terminal import SilentReporter

DECK: dict[str, Any] = {"title": "A", "mesh": {"layers": [{"film": "1 um"}]}, "time": {"end": "3 s"}}
TIMES = (0.0, 1.0, 2.0, 3.0)


def blocks(slope: float, width: float = 1e-6, dim: int = 1) -> dict[str, BlockData]:
    """A field of this slope over two blocks, in one dimension or, as in the files of a mesh around an axis, in two."""
    found = {}
    for i, name in enumerate(("metal", "film")):
        points = np.array([[i * width], [(i + 1) * width], [(i + 1) * width]])[: dim + 1]
        if dim == 2:
            points = np.column_stack([points, [0.0, 0.0, width]])
        data = {"c": FieldData(slope * points[:, 0], "mol/m^3")}
        kind: Any = "line" if dim == 1 else "triangle"
        found[name] = BlockData(points, np.arange(dim + 1)[None], kind, data)
    return found


def written(
    path: Path, slope: float = 1.0, *, deck: dict[str, Any] = DECK, times: tuple[float, ...] = TIMES, **mesh: Any
) -> RecordedRun:
    """A run whose output `v` grows with this slope in time, and its field in space; `w` is constant."""
    directory = open_directory(path, "cell")
    facts = RunMetadata("cell", deck, {}, 1, [], datetime.now(UTC))
    record = Record(directory, facts, SilentReporter(), RecordOptions())
    values: list[OutputValue] = []
    for step, t in enumerate(times):
        newton = NewtonRecord(step, t, 1, [1.0, 1e-9], "converged")
        values = [
            OutputValue("v", slope * t, "V"),
            OutputValue("w", 5.0, "A"),
            OutputValue("n", math.nan, "1", "", "no"),
        ]
        snapshot = Snapshot(t, step, blocks(slope, **mesh))
        record.step(Accepted(step, t, 1.0, newton, AuditStep(step, t, 1.0, ()), outputs=values, snapshot=snapshot))
    record.finish(values, [], "finished")
    directory.close()
    found = load(path)
    assert isinstance(found, RecordedRun)
    return found


def by_name(found: list[Difference]) -> dict[tuple[str, str], Difference]:
    return {(each.kind, each.name): each for each in found}


def test_a_run_does_not_differ_from_itself(tmp_path: Path) -> None:
    a, b = written(tmp_path / "a"), written(tmp_path / "b")
    assert compare_decks(a, b) == []
    assert len(found := compare_results(a, b)) == 7 and not any(each.relative for each in found)


@pytest.mark.parametrize("dim", [1, 2])
def test_differences_are_those_of_the_slopes(tmp_path: Path, dim: int) -> None:
    """Slopes 1 and 1.25: a fifth of the larger, at the last time and at the far end."""
    found = by_name(compare_results(written(tmp_path / "a", dim=dim), written(tmp_path / "b", 1.25, dim=dim)))
    for kind, name, scale in (("end", "v", 3.75), ("curve", "v", 3.75), ("field", "c", 2.5e-6)):
        each = found[kind, name]
        assert (each.relative, each.scale) == (pytest.approx(0.2), pytest.approx(scale)), kind
    assert found["end", "v"].where == "3 and 3.75" and found["curve", "v"].where == "t = 3 s"
    assert found["field", "c"].where.startswith("t = 3 s, in film at (2e-06")
    assert found["end", "w"].relative == found["curve", "w"].relative == found["end", "n"].relative == 0


def test_curves_are_compared_where_both_are_known(tmp_path: Path) -> None:
    """Linear in time, so that other steps do not matter; a shorter run is compared up to its end."""
    a = written(tmp_path / "a", times=(0.0, 0.7, 1.9, 3.0))
    same = by_name(compare_results(a, written(tmp_path / "b")))
    assert same["curve", "v"].relative < 1e-15 and same["field", "c"].relative == 0
    short = by_name(compare_results(a, written(tmp_path / "c", 1.25, times=(0.0, 2.0))))
    assert (short["curve", "v"].relative, short["curve", "v"].where) == (pytest.approx(0.2), "t = 2 s")
    assert short["field", "c"].where.startswith("t = 0 s, in film at (2e-06")
    assert ("curve", "time") not in same
    ends = f"{tmp_path}/a ends at 3 s; {tmp_path}/c ends at 2 s; what follows is of t = 0 s to 2 s"
    assert (short["curve", "time"].reason, short["curve", "time"].relative) == (ends, math.inf)
    single = by_name(compare_results(a, written(tmp_path / "e", times=(3.0,))))
    assert single["curve", "time"].reason.endswith(
        f"a ends at 3 s; {tmp_path}/e ends at 3 s; what follows is of t = 3 s only"
    )
    late = by_name(compare_results(a, written(tmp_path / "d", times=(5.0, 6.0))))
    assert late["curve", "v"].reason == "the runs have no time in common" and math.isinf(late["curve", "v"].relative)
    assert late["curve", "time"].reason == f"{tmp_path}/a ends at 3 s; {tmp_path}/d ends at 6 s"
    assert late["field", "c"].reason == "it was never written at the same time"


def turned(data: BlockData) -> BlockData:
    """The same cells with their points in another order, each a point of its own, as in the pieces of several ranks."""
    order = data.cells[::-1].ravel()
    fields = {name: FieldData(field.values[order], field.unit) for name, field in data.fields.items()}
    return BlockData(data.points[order], np.arange(len(order)).reshape(data.cells.shape), data.cell_type, fields)


def test_another_numbering_is_no_difference() -> None:
    points = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * 1e-6
    cells = np.array([[0, 1, 2], [0, 2, 3]])
    one = BlockData(points, cells, "triangle", {"c": FieldData(np.array([1.0, 2.0, 4.0, 8.0]))})
    found = _matched({"metal": one}, {"metal": turned(one)}, "c")
    assert isinstance(found, dict)
    (places, first, second) = found["metal"]
    np.testing.assert_array_equal(first, second)
    values = {tuple(place): value for place, (value,) in zip(places.tolist(), first.tolist(), strict=True)}
    assert values == {tuple(place): value for place, value in zip(points.tolist(), [1, 2, 4, 8], strict=True)}
    finer = BlockData(points * [1, 1.001], cells, "triangle", one.fields)
    other = BlockData(points[:3], cells[:1], "triangle", {"c": FieldData(np.ones(3))})
    assert _matched({"metal": one}, {"metal": finer}, "c") == "the meshes differ"
    assert _matched({"metal": one}, {"metal": other}, "c") == "the meshes differ"


def test_meshes_that_differ(tmp_path: Path) -> None:
    found = by_name(compare_results(written(tmp_path / "a"), written(tmp_path / "b", width=2e-6)))
    assert found["field", "c"].reason == "the meshes differ at t = 3 s"


def test_a_value_that_one_alone_lacks(tmp_path: Path) -> None:
    a, b = written(tmp_path / "a"), written(tmp_path / "b")
    a.outputs["v"] = OutputValue("v", math.nan, "V")
    a.outputs["w"] = OutputValue("w", 5.0, "mA")
    a.outputs["extra"] = OutputValue("extra", 5.0, "A")
    found = by_name(compare_results(a, b))
    assert math.isinf(found["end", "v"].relative)
    assert found["end", "w"].reason == "its unit is mA and A"
    assert found["end", "extra"].reason == f"{b.directory} has no such output"


def test_decks_differ_in_values_not_in_units(tmp_path: Path) -> None:
    other = {"title": "B", "mesh": {"layers": [{"film": "1e-6 m"}]}, "time": {"end": "3 m", "step": "1 s"}}
    assert compare_decks(written(tmp_path / "a"), written(tmp_path / "b", deck=other)) == [
        ("title", "A", "B"),
        ("time.end", "3 s", "3 m"),
        ("time.step", "-", "1 s"),
    ]


def test_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a, b = str(written(tmp_path / "a").directory), str(written(tmp_path / "b", 1.25).directory)
    assert main(["compare", a, b]) == 0
    shown = capsys.readouterr().out
    assert "the decks do not differ" in shown
    assert re.search(r"^v +2.00e-01 +3.75 V +t = 3 s$", shown, re.M)
    assert main(["compare", a, b, "--tolerance", "0.21"]) == 0
    assert capsys.readouterr().out.endswith("0 of 7 differ by more than 0.21\n")
    assert main(["compare", a, b, "--tolerance", "0.19", "-o", str(tmp_path / "c.png")]) == 1
    assert capsys.readouterr().out.endswith("3 of 7 differ by more than 0.19\n")
    assert (tmp_path / "c.png").read_bytes().startswith(b"\x89PNG")
    assert main(["compare", a, a, "--tolerance", "0"]) == 0


def test_mistakes_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a = str(written(tmp_path / "a").directory)
    (tmp_path / "sweep").mkdir()
    (tmp_path / "sweep/sweep.json").write_text('{"cases": {}}')
    (tmp_path / "sweep/sweep.csv").write_text("case,status\n")
    for words, why in (
        ([a, str(tmp_path / "gone")], "gone: no such folder"),
        ([a, str(tmp_path / "sweep")], "sweep: a sweep; compare two of its cases"),
        ([a, a, "--tolerance", "-1"], "a number that is not negative"),
        ([a, a, "--tolerance", "nan"], "a number that is not negative"),
        ([a, a, "-o", str(tmp_path / "no/c.png")], "c.png: cannot be drawn (No such file or directory)"),
    ):
        assert main(["compare", *words]) == 2, words
        assert why in capsys.readouterr().err
