"""Inputs read from a deck: expressions and tables."""

import operator
from pathlib import Path

import numpy as np
import pytest

from trona.deck import Table, parse_input
from trona.deck.source import parse_yaml
from trona.errors import UserError
from trona.units import Unit

VARIABLES = {"t": Unit.parse("s"), "x": Unit.parse("m")}
CURRENT = Unit.parse("A/m^2")


def read(text: str, unit: Unit = CURRENT, folder: str | Path = ".") -> Table:
    value = parse_input(parse_yaml(text, "f.yaml", "given.i"), unit, VARIABLES, folder)
    assert isinstance(value, Table)
    return value


def message(text: str, unit: Unit = CURRENT, folder: str | Path = ".") -> str:
    with pytest.raises(UserError) as error:
        parse_input(parse_yaml(text, "f.yaml", "given.i"), unit, VARIABLES, folder)
    return str(error.value)


def test_inline_table() -> None:
    table = read("{table: [[0 s, 0 A/m^2], [1 min, 1 mA/cm^2], [70 s, 0 A/m^2]], of: t}")
    assert table.abscissae == (0.0, 60.0, 70.0)
    assert table.ordinates == (0.0, 10.0, 0.0)
    assert table.evaluate({"t": 30.0}) == 5.0
    assert table.evaluate({"t": np.array([-1.0, 65.0, 100.0])}).tolist() == [0.0, 5.0, 0.0]
    assert (table.variables, table.is_constant, table.unit) == ({"t"}, False, CURRENT)
    with pytest.raises(ValueError, match=r"^'table of t' is not constant$"):
        _ = table.constant


def test_symbolic_evaluation_is_the_numeric_one() -> None:
    rows = ", ".join(f"[{i}.5 s, {i * i - 3 * i} A/m^2]" for i in range(9))
    table = read(f"{{table: [{rows}], of: t}}")
    functions = {"if": lambda condition, yes, no: yes if condition else no, "lt": operator.lt}
    for t in np.linspace(-1.0, 10.0, 111):
        assert table.evaluate({"t": t}, functions) == pytest.approx(float(table.evaluate({"t": t})), abs=1e-12)


def test_symbolic_tree_is_shallow() -> None:
    rows = ", ".join(f"[{i} s, {i} A/m^2]" for i in range(1000))
    table = read(f"{{table: [{rows}], of: t}}")
    functions = {"if": lambda _, yes, no: 1 + max(map(int, (yes, no))), "lt": operator.lt}

    class Zero(float):
        def __sub__(self, other: float) -> float:
            return 0.0

    depth = Table("", CURRENT, "t", table.abscissae, (0.0,) * 1000).evaluate({"t": Zero()}, functions)
    assert depth == 10


def test_csv(tmp_path: Path) -> None:
    (tmp_path / "i.csv").write_text("time,current\n# a remark\nmin,mA/cm2\n0, 0\n\n1; 2 # end\n2\t3\n")
    table = read("{table: i.csv, of: t, units: [min, mA/cm^2]}", folder=tmp_path)
    assert table.abscissae == (0.0, 60.0, 120.0)
    assert table.ordinates == (0.0, 20.0, 30.0)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("0,0\n1,x\n", "{file}:2:1: expected a row of 2 numbers, got a word"),
        ("0,0\n1,2,3\n", "{file}:2:1: expected a row of 2 numbers, got 3 of them"),
        ("0,0\n1,nan\n", "{file}:2:1: expected a row of 2 numbers, got a word"),
        ("t [h],i [mA/cm^2]\n0,0\n1,1\n", "{file}:1:1: the header of this table says 'h', but the deck says 's'"),
        (
            "# t (s), i (mA cm-2)\n0,0\n",
            "{file}:1:1: the header of this table says 'mA cm^-2', but the deck says 'A/m^2'",
        ),
        ("time;current\nmin;A/m2\n0;0\n", "{file}:2:1: the header of this table says 'min', but the deck says 's'"),
        ("time [s],voltage [V]\n0,0\n", "{file}:1:1: the header of this table says 'V', but the deck says 'A/m^2'"),
        ("1,0\n1,1\n", "{file}:2:1: the values of t must increase from row to row"),
        ("t,i\n", "f.yaml:1:9 given.i.table: a table needs at least 2 rows, got 0"),
    ],
)
def test_csv_messages(tmp_path: Path, content: str, expected: str) -> None:
    file = tmp_path / "i.csv"
    file.write_text(content)
    text = "{table: i.csv, of: t, units: [s, A/m^2]}"
    assert message(text, folder=tmp_path) == expected.format(file=file)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.01 V", "f.yaml:1:1 given.i: expected a quantity in A/m^2, got '0.01 V'"),
        ("5", "f.yaml:1:1 given.i: expected a quantity in A/m^2, got the bare number '5'"),
        ("", "f.yaml:1:1 given.i: expected a quantity in A/m^2, got nothing"),
        ("true", "f.yaml:1:1 given.i: expected a quantity in A/m^2, got 'true'"),
        ("[1]", "f.yaml:1:1 given.i: expected a quantity in A/m^2, got a list"),
        ("'1 K + 2 s'", "f.yaml:1:8 given.i: cannot add '2 s' (s) to '1 K' (K)"),
        (
            "{table: [[0 s, 0]], of: t}",
            "f.yaml:1:16 given.i.table[0][1]: expected a quantity in A/m^2, got the bare number '0'",
        ),
        ("{table: [[0 s]], of: t}", "f.yaml:1:10 given.i.table[0]: expected a row of 2 values, got 1"),
        ("{table: [[0 s, 0 A/m^2]], of: t}", "f.yaml:1:9 given.i.table: a table needs at least 2 rows, got 1"),
        (
            "{table: [[0 s, 0 A/m^2], [0 s, 1 A/m^2]], of: t}",
            "f.yaml:1:26 given.i.table[1]: the values of t must increase from row to row",
        ),
        (
            "{table: [], of: t, units: [s, s]}",
            "f.yaml:1:20 given.i.units: remove 'units': the values of this table carry their own",
        ),
        ("{table: 1}", "f.yaml:1:1 given.i: a table needs the key 'of'"),
        ("{tabel: 1}", "f.yaml:1:2 given.i.tabel: no such key of a table; nearest: table"),
        ("{table: [], of: tt}", "f.yaml:1:17 given.i.of: 'tt' cannot be used here; nearest: t"),
        ("{table: i.csv, of: t}", "f.yaml:1:1 given.i: a table from a file needs the key 'units', as in [s, A/m^2]"),
        ("{table: no.csv, of: t, units: [s, A/m^2]}", "f.yaml:1:9 given.i.table: no such file: 'no.csv'"),
        ("{table: no.csv, of: t, units: [s, V]}", "f.yaml:1:35 given.i.units[1]: expected a unit like A/m^2, got 'V'"),
        ("{table: no.csv, of: t, units: [s, V2]}", "f.yaml:1:35 given.i.units[1]: unknown unit 'V2'; nearest: V^2"),
        ("{table: no.csv, of: t, units: [s]}", "f.yaml:1:31 given.i.units: expected 2 units, got 1"),
    ],
)
def test_messages(text: str, expected: str) -> None:
    assert message(text) == expected


def test_pure_number() -> None:
    assert message("5 K", Unit.dimensionless) == "f.yaml:1:1 given.i: expected a pure number, got '5 K'"
    assert message("", Unit.dimensionless) == "f.yaml:1:1 given.i: expected a pure number, got nothing"
    assert parse_input(parse_yaml("5e-1", "f"), Unit.dimensionless, {}, ".").constant == 0.5
