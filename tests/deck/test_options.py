"""Typed options: what is read, and what a mistake says."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from trona.deck import (
    Blocks,
    Boolean,
    BoundaryOption,
    Choice,
    Expression,
    FieldOption,
    Integer,
    InterfaceOption,
    ListOf,
    MappingOf,
    Number,
    Option,
    OptionContext,
    Options,
    OptionValues,
    Pending,
    Quantity,
    Table,
    Text,
    read_options,
)
from trona.deck.source import parse_yaml
from trona.errors import DeckError, MeshError, UserError
from trona.units import Unit

CONTEXT = OptionContext(
    blocks=("metal", "sei"),
    boundaries=("top", "base"),
    interfaces=("front",),
    fields=("temperature",),
    variables={"t": Unit.parse("s"), "x": Unit.parse("m")},
)


class Base:
    blocks = Blocks("where it acts")
    dropped = Text("not in the subclass")


class Resistance(Base):
    dropped = None
    interface = InterfaceOption("where the resistance acts")
    R = Quantity("K*m^2/W", "area-specific thermal resistance", minimum="0 K*m^2/W")
    scale = Quantity("1", "factor", default="1", below="10")
    power = Number("exponent", default="0.5", above=0, maximum=2)
    order = Integer("order", default="2", minimum=1)
    flag = Boolean("flag", default="false")
    form = Choice(("linear", "tafel"), "form of the law", default="linear")
    names = ListOf(Text(), "names", default=None)
    jumps = MappingOf(Quantity("V", ""), "jump per name", default="{a: 1 V}")
    field = FieldOption("the field", default=None)
    boundary = BoundaryOption("the boundary", default=None)


DECLARED = Options.declared(Resistance)
GOOD = "{blocks: [metal, sei], interface: metal | sei, R: 1e-5 K*m^2/W}"


def read(text: str, context: OptionContext = CONTEXT) -> OptionValues:
    return read_options("thermal_resistance", DECLARED, parse_yaml(text, "d.yaml", "physics.tr"), context)


def message(text: str, context: OptionContext = CONTEXT) -> str:
    with pytest.raises(UserError) as error:
        read(text, context)
    return str(error.value)


def one(option: Option[Any], value: str, context: OptionContext = CONTEXT) -> Any:
    node = parse_yaml(f"o: {value}", "d.yaml")
    return read_options("law", {"o": option}, node, context).values["o"]


def one_message(option: Option[Any], value: str, context: OptionContext = CONTEXT) -> str:
    with pytest.raises(UserError) as error:
        one(option, value, context)
    return str(error.value)


def test_declared_in_the_order_of_the_bases() -> None:
    assert list(DECLARED)[:3] == ["blocks", "interface", "R"]
    assert "dropped" not in DECLARED
    assert DECLARED["R"].name == "R"


def test_values_and_defaults() -> None:
    found = read(GOOD)
    assert found.values["blocks"] == ("metal", "sei")
    assert found.values["interface"] == "metal | sei"
    assert found.values["R"].constant == 1e-5
    assert found.values["scale"].constant == 1.0
    assert (found.values["power"], found.values["order"], found.values["flag"]) == (0.5, 2, False)
    assert (found.values["form"], found.values["names"], found.values["field"]) == ("linear", None, None)
    assert found.values["jumps"]["a"].constant == 1.0
    assert str(found.location_of("R")) == "d.yaml:1:51 physics.tr.R"
    assert str(found.location_of("power")) == "d.yaml:1:1 physics.tr"


def test_attributes_are_the_declaration_on_the_class_and_the_value_on_an_instance() -> None:
    assert Resistance.R is DECLARED["R"]
    instance = Resistance()
    with pytest.raises(AttributeError, match=r"^the option 'R' of Resistance has not been read$"):
        _ = instance.R
    vars(instance)["order"] = 3
    assert instance.order == 3


def test_every_mistake_is_reported_in_order() -> None:
    text = """\
blocks: [metl]
interface: metal | se
R: -1 K*m^2/W
r: 1 K
power: 3
order: 0
flag: yes
form: tafl
names: [[1], {}]
jumps: {a: 1, b: 2 K}
field: temprature
boundary: tip
"""
    assert message(text).splitlines() == [
        "d.yaml:1:10 physics.tr.blocks[0]: no such block 'metl'; nearest: metal",
        "d.yaml:2:12 physics.tr.interface: no such block 'se'; nearest: sei",
        "d.yaml:3:4 physics.tr.R: must be at least 0 K*m^2/W, got '-1 K*m^2/W'",
        "d.yaml:4:1 physics.tr.r: no such option of thermal_resistance; nearest: R",
        "d.yaml:5:8 physics.tr.power: must be at most 2, got '3'",
        "d.yaml:6:8 physics.tr.order: must be at least 1, got '0'",
        "d.yaml:7:7 physics.tr.flag: expected true or false, got 'yes'",
        "d.yaml:8:7 physics.tr.form: expected one of linear, tafel, got 'tafl'; nearest: tafel",
        "d.yaml:9:9 physics.tr.names[0]: expected text, got a list",
        "d.yaml:9:14 physics.tr.names[1]: expected text, got a mapping",
        "d.yaml:10:12 physics.tr.jumps.a: expected a quantity in V, got the bare number '1'",
        "d.yaml:10:18 physics.tr.jumps.b: expected a quantity in V, got '2 K'",
        "d.yaml:11:8 physics.tr.field: no such field 'temprature'; nearest: temperature",
        "d.yaml:12:11 physics.tr.boundary: no such boundary 'tip'; nearest: top",
    ]


@pytest.mark.parametrize("text", ["", "{}"])
def test_missing_options(text: str) -> None:
    needs = "d.yaml:1:1 physics.tr: thermal_resistance needs the option"
    assert message(text).splitlines() == [
        f"{needs} 'blocks': where it acts",
        f"{needs} 'interface': where the resistance acts",
        f"{needs} 'R' (K*m^2/W): area-specific thermal resistance",
    ]


def test_no_node_means_no_options() -> None:
    assert read_options("law", {"n": Number("", default="1")}, None, CONTEXT).values == {"n": 1.0}


@pytest.mark.parametrize(
    ("option", "value", "expected"),
    [
        (Quantity("W", "", above="0 W"), "0 W", "must be above 0 W, got '0 W'"),
        (Quantity("W", "", above="0 mW"), "-1 W", "must be above 0 mW, got '-1 W'"),
        (Quantity("W", "", maximum="1 W"), "2000 mW", "must be at most 1 W, got '2000 mW'"),
        (
            Quantity("W", "", minimum="0 W"),
            "{table: [[0 s, 1 W], [1 s, -1 W]], of: t}",
            "must be at least 0 W, got 'table of t'",
        ),
        (Quantity("W", ""), "1 W * y / 1 m", "'y' cannot be used here"),
        (Number(""), "a", "expected a number, got 'a'"),
        (Number(""), "true", "expected a number, got 'true'"),
        (Number(""), "1e999", "expected a finite number, got '1e999'"),
        (Number("", below=1), "1", "must be below 1, got '1'"),
        (Integer(""), "1.5", "expected a whole number, got '1.5'"),
        (Integer(""), "true", "expected a whole number, got 'true'"),
        (Integer(""), "'1.5'", "expected a whole number, got '1.5'"),
        (Integer("", maximum=4), "'5'", "must be at most 4, got '5'"),
        (
            Integer(""),
            "017",
            "expected a whole number, got '017': '017' begins with a zero, which may mean base 8; "
            "write it as a decimal",
        ),
        (
            Integer(""),
            "0o17",
            "expected a whole number, got '0o17': '0o17' is a number in base 8; write it as a decimal",
        ),
        (
            Number(""),
            "-1:30",
            "expected a number, got '-1:30': '1:30' is a number in base 60, or a time of day; write it as a decimal",
        ),
        (Boolean(""), "1", "expected true or false, got '1'"),
        (Choice(("a", "b"), ""), "[a]", "expected one of a, b, got a list"),
        (Text(""), "true", "expected text, got 'true'"),
        (Blocks(""), "[]", "expected at least one block, got an empty list"),
        (InterfaceOption(""), "frnt", "no such interface 'frnt'; nearest: front"),
        (
            InterfaceOption(""),
            "a | b | c",
            "an interface is written 'A | B' with two different blocks, got 'a | b | c'",
        ),
        (
            InterfaceOption(""),
            "sei | sei",
            "an interface is written 'A | B' with two different blocks, got 'sei | sei'",
        ),
        (ListOf(Number("")), "5", "expected a list, got '5'"),
        (MappingOf(Number("")), "5", "expected a mapping, got '5'"),
    ],
)
def test_messages(option: Option[Any], value: str, expected: str) -> None:
    assert one_message(option, value).partition(": ")[2] == expected


@pytest.mark.parametrize("spelling", ["5", "'5'", '"5"'])
def test_a_quoted_number_is_a_number(spelling: str) -> None:
    declared = {"i": Integer(""), "n": Number(""), "q": Quantity("1", "")}
    node = parse_yaml("".join(f"{name}: {spelling}\n" for name in declared), "d.yaml")
    values = read_options("law", declared, node, CONTEXT).values
    assert (values["i"], values["n"], values["q"].constant) == (5, 5.0, 5.0)


def test_a_value_at_its_bound() -> None:
    """A minimum and a maximum are values themselves; what lies below or above a bound is not."""
    assert one(Number("", minimum=1, maximum=2), "1") == 1
    assert one(Number("", minimum=1, maximum=2), "2") == 2
    for option in (Number("", above=1), Number("", below=1)):
        with pytest.raises(DeckError, match="must be"):
            one(option, "1")


def test_repeated_block() -> None:
    assert one_message(Blocks(""), "[sei, sei]") == "d.yaml:1:5 o[0]: the block 'sei' is listed twice"


def test_expressions_and_tables() -> None:
    ramp = one(Quantity("W", "", minimum="0 W"), "1 W * t / 1 s")
    assert isinstance(ramp, Expression) and ramp.variables == {"t"}
    assert isinstance(one(Quantity("W", ""), "{table: [[0 s, 1 W], [1 s, 2 W]], of: t}"), Table)
    context = OptionContext(variables={"temperature": Unit.parse("K")})
    assert one(Quantity("K", ""), "2 * temperature", context).variables == {"temperature"}


def test_names_that_are_known_later() -> None:
    """Where more names will be known, an expression of them is read then; it is no constant, and keeps its bounds."""
    more = replace(CONTEXT, more_to_come=True)
    found = one(Quantity("W", "", minimum="0 W"), "2 W/K * temperature", more)
    assert isinstance(found, Pending) and not found.is_constant and not found.known_values
    with pytest.raises(ValueError, match="is not constant"):
        _ = found.constant
    with pytest.raises(ValueError, match="has not been read"):
        found.evaluate({"temperature": 3.0})
    assert found.settle({"temperature": Unit.parse("K")}).variables == found.variables == {"temperature"}
    assert found.evaluate({"temperature": 3.0}) == 6.0
    table = one(Quantity("W", "", minimum="0 W"), "{table: [[0 K, 1 W], [1 K, -1 W]], of: temperature}", more)
    with pytest.raises(DeckError, match="must be at least 0 W, got 'table of temperature'"):
        table.settle({"temperature": Unit.parse("K")})
    with pytest.raises(DeckError, match=r"d.yaml:1:10 o: unknown name 'temprature'; nearest: temperature"):
        one(Quantity("W", ""), "2 W * temprature/1 K", more).settle({"temperature": Unit.parse("K")})
    with pytest.raises(DeckError, match=r"unknown name 'temperature'$"):
        one(Quantity("W", ""), "2 W/K * temperature")


def test_options_that_do_not_depend_on_everything() -> None:
    """An option says what it may depend on, and a message says it too where a field is asked for."""
    more = replace(CONTEXT, more_to_come=True)
    text = "2 W/K * temperature"
    assert "this option may depend on t alone" in one_message(Quantity("W", "", variables=("t",)), text, more)
    assert "this option may not vary" in one_message(Quantity("W", "", variables=()), text, more)
    assert one_message(Quantity("W", "", variables=("t",)), "1 W * x/1 m", more).endswith("may depend on t alone")


def test_names_are_not_checked_before_the_mesh_is_known() -> None:
    nothing = OptionContext()
    assert one(Blocks(""), "anything", nothing) == ("anything",)
    assert one(BoundaryOption(""), "anything", nothing) == "anything"
    assert one(InterfaceOption(""), "a | b", nothing) == "a | b"
    assert one(InterfaceOption(""), "group", nothing) == "group"


@pytest.mark.parametrize("error", [MeshError("no such interface", "a.msh"), ValueError("no such interface")])
def test_interface_checked_by_the_mesh(error: Exception) -> None:
    def check(text: str) -> None:
        if text != "metal | sei":
            raise error

    context = OptionContext(check_interface=check, folder=Path())
    assert one(InterfaceOption(""), "metal | sei", context) == "metal | sei"
    assert one_message(InterfaceOption(""), "x", context) == "d.yaml:1:4 o: no such interface"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("R", "K*m^2/W, at least 0 K*m^2/W"),
        ("power", "number, at most 2, above 0"),
        ("form", "linear | tafel"),
        ("names", "list of text"),
    ],
)
def test_kinds_of_values(name: str, expected: str) -> None:
    assert DECLARED[name].kind == expected
