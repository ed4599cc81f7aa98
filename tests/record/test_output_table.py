from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from trona.errors import UserError
from trona.readings.snapshot import FieldData, LineData, OutputValue
from trona.record import RunDirectory
from trona.record.table import Table, TableWriter, read_table, write_line


def row(theta: float, voltage: float) -> list[OutputValue]:
    return [OutputValue("theta", theta), OutputValue("voltage, cell", voltage, "V")]


def test_rows_are_there_before_the_file_is_closed(directory: RunDirectory) -> None:
    writer = TableWriter(directory)
    writer.append(0, 0.0, row(1.0, 0.1))
    text = (directory.path / "outputs.csv").read_text()
    assert text == 'step,time [s],theta [1],"voltage, cell [V]"\n0,0,1,0.10000000000000001\n'


def test_every_digit_survives(directory: RunDirectory) -> None:
    value = 1 / 3 * 1e-7
    writer = TableWriter(directory)
    writer.append(1, 0.1, row(value, math.nan))
    writer.close()
    table = read_table(directory.path / "outputs.csv")
    assert (table.step, table.time, table.columns["theta"]) == ([1], [0.1], [value])
    assert math.isnan(table.columns["voltage, cell"][0])
    assert table.units == {"theta": "1", "voltage, cell": "V"}


def test_only_the_names_asked_for(directory: RunDirectory) -> None:
    writer = TableWriter(directory, ["voltage, cell"])
    writer.append(0, 0.0, row(1.0, 0.5))
    assert read_table(directory.path / "outputs.csv").columns == {"voltage, cell": [0.5]}


def test_unknown_name_says_the_nearest(directory: RunDirectory) -> None:
    with pytest.raises(UserError) as error:
        TableWriter(directory, ["thetta"]).append(0, 0.0, row(1.0, 0.5))
    assert str(error.value) == "outputs.csv: no output 'thetta' in this run; nearest: theta"


def test_output_that_comes_later_is_refused(directory: RunDirectory) -> None:
    writer = TableWriter(directory)
    writer.append(0, 0.0, row(1.0, 0.5)[:1])
    with pytest.raises(ValueError, match="voltage, cell"):
        writer.append(1, 1.0, row(1.0, 0.5))


def test_missing_output_is_an_empty_cell(directory: RunDirectory) -> None:
    writer = TableWriter(directory)
    writer.append(0, 0.0, row(1.0, 0.5))
    writer.append(1, 1.0, row(2.0, 0.5)[:1])
    assert (directory.path / "outputs.csv").read_text().splitlines()[-1] == "1,1,2,"


def test_row_cut_by_a_kill_is_left_out(directory: RunDirectory) -> None:
    writer = TableWriter(directory)
    writer.append(0, 0.0, row(1.0, 0.5))
    writer.close()
    path = directory.path / "outputs.csv"
    path.write_text(path.read_text() + "1,1,2,0.2")
    assert read_table(path).time == [0.0]


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "step,time [s],x [1]\n1,2\n", "step,time [s],x [1]\n1,2,z\n"])
def test_foreign_table(tmp_path: Path, text: str) -> None:
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(UserError, match=r"t.csv: not a table of trona"):
        read_table(tmp_path / "t.csv")


def test_unit_may_not_change() -> None:
    table = Table()
    table.append(0, 0.0, [OutputValue("x", 1.0, "V")])
    with pytest.raises(ValueError, match="unit changed"):
        table.append(1, 1.0, [OutputValue("x", 1.0, "mV")])


def test_late_column_is_filled_with_nan() -> None:
    table = Table()
    table.append(0, 0.0, [OutputValue("x", 1.0)])
    table.append(1, 1.0, [OutputValue("y", 2.0)])
    np.testing.assert_equal(table.columns, {"x": [1.0, math.nan], "y": [math.nan, 2.0]})


def test_line(directory: RunDirectory) -> None:
    points = np.array([[0.0, 1.0], [0.5, 1.0]])
    fields = {"T": FieldData(np.array([1.0, 2.0]), "K"), "u": FieldData(np.array([[3.0, 4.0], [5.0, 6.0]]), "m")}
    path = write_line(directory, "lines/a.csv", LineData(0.0, 0, np.array([0.0, 0.5]), points, fields))
    assert path.read_text() == ("distance [m],x [m],y [m],T [K],u_0 [m],u_1 [m]\n0,0,1,1,3,4\n0.5,0.5,1,2,5,6\n")
