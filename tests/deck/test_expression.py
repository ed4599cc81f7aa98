"""Quantities and expressions: values, dimensions, and messages."""

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from trona.deck import Expression, ExpressionError, parse_expression
from trona.units import Unit

VARIABLES = {"t": Unit.parse("s"), "x": Unit.parse("m"), "temperature": Unit.parse("K")}
VALUES = {"t": 2.0, "x": 3.0, "temperature": 300.0}


def read(text: str, unit: str) -> Expression:
    return parse_expression(text, VARIABLES, Unit.parse(unit))


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("0.5 mA/cm^2", "A/m^2", 5.0),
        ("0.5mA/cm**2", "A/m^2", 5.0),
        ("0.02/K", "1/K", 0.02),
        ("5 1/s", "1/s", 5.0),
        ("10 J/(mol*K)", "J/(mol*K)", 10.0),
        ("10 J/(mol*K)*2", "J/(mol*K)", 20.0),
        ("2 m^-1", "1/m", 2.0),
        ("3 mA/cm² * t / 60 s", "A/m^2", 1.0),
        ("3 mA cm^-2 * t / 60 s", "A/m^2", 1.0),
        ("2 W m⁻² K⁻¹", "W/(m^2*K)", 2.0),
        ("t² / 1 s", "s", 4.0),
        ("3 MPa*m^(1/2)", "Pa*m^(1/2)", 3e6),
        ("25 degC", "K", 298.15),
        ("-10 degC", "K", 263.15),
        ("50 %", "1", 0.5),
        ("10 min", "s", 600.0),
        ("10 A/m^2 * t / 60 s", "A/m^2", 1 / 3),
        ("5e-4 S/m * exp(-1800 K * (1/temperature - 1/298.15 K))", "S/m", 5.189656421338703e-4),
        ("if(t < 10 s, 1 K, 2 K)", "K", 1.0),
        ("if(t >= 10 s or not x <= 1 m and t > 3 s, 1 K, 2 K)", "K", 2.0),
        ("3 m*x", "m^2", 9.0),
        ("min(10 min, t, 3 s)", "s", 2.0),
        ("max(1 s, t)", "s", 2.0),
        ("abs(-5 K)", "K", 5.0),
        ("sqrt(4 m^2) + 1 m", "m", 3.0),
        ("(2 m)^2", "m^2", 4.0),
        ("x^(1/2)", "m^0.5", math.sqrt(3)),
        ("-2^2", "1", -4.0),
        ("2^-1", "1", 0.5),
        ("2^3^2", "1", 512.0),
        ("2 - 3 - 4", "1", -5.0),
        ("8 / 4 / 2", "1", 1.0),
        ("2 + 3 * 4", "1", 14.0),
        ("pi", "1", math.pi),
        ("sin(30 deg)", "1", 0.5),
        ("ln(exp(2)) + log10(100)", "1", 4.0),
        ("cos(0) + tan(0) + sinh(0) + cosh(0) + tanh(0)", "1", 2.0),
        ("exp(-1000)", "1", 0.0),
        ("+".join(["t"] * 3000), "s", 6000.0),
    ],
)
def test_values(text: str, unit: str, value: float) -> None:
    expression = read(text, unit)
    assert expression.evaluate(VALUES) == pytest.approx(value, rel=1e-14)
    assert expression.unit.factor == 1
    assert expression.unit.same_dimension(Unit.parse(unit))
    assert str(expression) == text


@pytest.mark.parametrize(
    ("text", "unit", "message", "column"),
    [
        ("5", "A/m^2", "expected a quantity in A/m^2, got the bare number '5'", 0),
        ("0", "K", "expected a quantity in K, got the bare number '0'", 0),
        ("-5", "K", "expected a quantity in K, got the bare number '-5'", 0),
        ("2*3", "K", "expected a quantity in K, got '2*3', a pure number", 0),
        ("0.01 V", "1/K", "expected a quantity in 1/K, got '0.01 V'", 0),
        ("10 * t", "A", "expected a quantity in A, got '10 * t' in s", 0),
        ("5 K", "1", "expected a pure number, got '5 K'", 0),
        ("", "K", "expected a quantity, got an empty text", 0),
        ("1 < 2", "1", "expected a quantity, got the condition '1 < 2'", 0),
        ("2 t", "s", "'t' is a variable here; write '2 * t'", 2),
        ("2 y", "s", "'y' is a variable here; write '2 * y'", 2),
        ("2 pi", "1", "'pi' is not a unit here; write '2 * pi'", 2),
        ("y", "m", "'y' cannot be used here", 0),
        ("K", "K", "the unit 'K' needs a number before it", 0),
        ("1/2/s", "1/s", "the unit 's' needs a number before it", 4),
        ("temperatur", "K", "unknown name 'temperatur'; nearest: temperature", 0),
        ("2 m2", "m^2", "unknown unit 'm2'; nearest: m^2", 2),
        ("5 dB", "1", "'dB' is a logarithmic unit; write the plain ratio", 2),
        ("1 + 5 mdegC", "K", "'mdegC' is not a unit: its prefix makes no sense", 6),
        ("exp", "1", "the function 'exp' needs arguments in parentheses", 0),
        ("25 degC + 1 K", "K", "'25 degC' is an absolute temperature, which must stand alone; write it in K", 0),
        (
            "if(t < 1 s, 25 degC, 1 K)",
            "K",
            "'25 degC' is an absolute temperature, which must stand alone; write it in K",
            12,
        ),
        ("5 W/m/degC", "W/m/K", "an absolute temperature cannot be part of 'W/m/degC'; write K", 2),
        ("1 K + 2 s", "K", "cannot add '2 s' (s) to '1 K' (K)", 6),
        ("1 K - t", "K", "cannot subtract 't' (s) from '1 K' (K)", 6),
        ("max(1 K, 2 s)", "K", "cannot compare '2 s' (s) with '1 K' (K)", 9),
        ("if(t < 1 m, 1, 2)", "1", "cannot compare '1 m' (m) with 't' (s)", 7),
        ("if(t < 1 s, 1 m, 2)", "1", "cannot combine '2' (1) with '1 m' (m)", 17),
        ("exp(t)", "1", "'exp' needs a pure number, got 't' (s)", 4),
        ("2^t", "1", "an exponent must be a pure number, got 't' (s)", 2),
        ("t^(t/1 s)", "s", "only a pure number can have a variable exponent, got 't' (s)", 0),
        ("t^0.3333", "s", "the exponent '0.3333' is not a simple fraction", 2),
        ("t^1000", "s", "the exponent '1000' is out of range", 2),
        ("2 m^2^2", "m^4", "write '(2 m^2)' to raise it to a power", 5),
        ("2 m^t", "m", "write '(2 m)' to raise it to a power", 3),
        ("(((1 m)^100)^100)", "1", "the unit at '((1 m)^100)' is out of range", 1),
        ("if(t, 1, 2)", "1", "expected a condition, got the quantity 't'", 3),
        ("1 and 2", "1", "expected a condition, got the quantity '1'", 0),
        ("not 1", "1", "expected a condition, got the quantity '1'", 4),
        ("1 + (1 < 2)", "1", "expected a quantity, got the condition '(1 < 2)'", 4),
        ("1<2<3", "1", "comparisons cannot be chained; write 'and', got '<'", 3),
        ("if(t < 1 s, 2)", "1", "'if' takes 3 arguments, got 2", 0),
        ("exp(1, 2)", "1", "'exp' takes 1 argument, got 2", 0),
        ("1 +", "1", "expected a quantity, got the end", 3),
        ("(1", "1", "expected ')', got the end", 2),
        ("1)", "1", "expected an operator, got ')'", 1),
        ("3 A t", "A*s", "expected an operator, got 't'", 4),
        ("3 J/mol K", "J/(mol*K)", "'J/mol K' can be read in two ways; write parentheses, as in J/(mol*K)", 2),
        ("0o17 s", "s", "'0o17' is a number in base 8; write it as a decimal", 0),
        ("2 s + 0x1F s", "s", "'0x1F' is a number in base 16; write it as a decimal", 6),
        ("017 s", "s", "'017' begins with a zero, which may mean base 8; write it as a decimal", 0),
        ("1:30 min", "s", "'1:30' is a number in base 60, or a time of day; write it as a decimal", 0),
        ("1_000 s", "s", "'1_000' has '_' between its digits; write it as a decimal", 0),
        ("1 = 1", "1", "unexpected '='", 2),
        ("1e308*1e308", "1", "'1e308*1e308' has no finite value", 0),
        ("1e999 m", "m", "'1e999 m' has no finite value", 0),
        ("t + 1 s/0", "s", "'1 s/0' has no finite value", 4),
        ("exp(1000)", "1", "'exp(1000)' has no finite value", 0),
        ("10^1000", "1", "'10^1000' has no finite value", 0),
        ("(-8)^(1/3)", "1", "'(-8)^(1/3)' has no finite value", 0),
        ("ln(-1)", "1", "'ln(-1)' has no finite value", 0),
        ("(" * 101 + "1", "1", "the expression is nested too deeply", 100),
        ("-" * 200 + "1", "1", "the expression is nested too deeply", 100),
        ("1" * 10_001, "1", "an expression has at most 10000 characters, got 10001", 0),
    ],
)
def test_messages(text: str, unit: str, message: str, column: int) -> None:
    with pytest.raises(ExpressionError) as error:
        read(text, unit)
    assert str(error.value) == message
    assert error.value.column == column


def test_arrays() -> None:
    ramp = read("if(t < 3 s, 10 A/m^2 * t / 3 s, 10 A/m^2)", "A/m^2")
    times = np.array([0.0, 1.5, 6.0])
    assert ramp.evaluate({"t": times}).tolist() == [0.0, 5.0, 10.0]


def test_constants() -> None:
    assert read("2 * 3 K", "K").constant == 6.0
    assert read("2 * 3 K", "K").known_values == (6.0,)
    assert read("2 * 3 K", "K").is_constant
    moving = read("t * 3", "s")
    assert moving.variables == {"t"}
    assert not moving.is_constant
    assert moving.known_values == ()
    with pytest.raises(ValueError, match=r"^'t \* 3' is not constant$"):
        _ = moving.constant


def test_variables_hide_units() -> None:
    assert parse_expression("2 m * K", {"K": Unit.parse("s")}).unit == Unit.parse("m*s")


class Symbol(str):
    """Writes down what is done to it, as a symbolic language would."""

    def __mul__(self, other: object) -> "Symbol":  # type: ignore[override]
        return Symbol(f"({self}*{other})")

    def __truediv__(self, other: object) -> "Symbol":
        return Symbol(f"({self}/{other})")

    def __rmul__(self, other: object) -> "Symbol":  # type: ignore[override]
        return Symbol(f"({other}*{self})")


def test_symbols() -> None:
    def named(name: str) -> Callable[..., Symbol]:
        return lambda *arguments: Symbol(f"{name}({','.join(map(str, arguments))})")

    names = ("exp", "if", "lt", "pow", "max")
    functions: dict[str, Callable[..., Any]] = {name: named(name) for name in names}
    expression = read("if(t < 2 s, max(exp(t / 1 s), 2 * 3), (t/1 s)^2)", "1")
    result = expression.evaluate({"t": Symbol("t")}, functions)
    assert result == "if(lt(t,2.0),max(exp((t/1.0)),6.0),pow((t/1.0),2.0))"


@st.composite
def formulas(draw: st.DrawFn, depth: int = 3) -> tuple[str, float]:
    """A formula of plain numbers with the value that Python's own arithmetic gives it."""
    if depth == 0:
        number = draw(st.integers(1, 9))
        return str(number), float(number)
    (a, x), (b, y) = draw(formulas(depth - 1)), draw(formulas(depth - 1))
    sign, function = draw(
        st.sampled_from([("+", operator.add), ("-", operator.sub), ("*", operator.mul), ("/", operator.truediv)])
    )
    return f"({a}) {sign} ({b})", function(x, y) if sign != "/" or y else math.nan


@given(formulas())
def test_arithmetic_is_that_of_python(formula: tuple[str, float]) -> None:
    text, value = formula
    try:
        found = parse_expression(text).constant
    except ExpressionError:
        assert not math.isfinite(value)
    else:
        assert found == pytest.approx(value)


PIECES = st.sampled_from(
    [
        "1",
        "2.5",
        "1e3",
        "1e308",
        " ",
        "t",
        "x",
        "K",
        "m",
        "s",
        "degC",
        "dB",
        "%",
        "+",
        "-",
        "*",
        "/",
        "^",
        "**",
        "(",
        ")",
        ",",
        "<",
        ">=",
        "and",
        "or",
        "not",
        "if(",
        "exp(",
        "min(",
        "sqrt(",
        "pi",
        "°",
        "²",
        "é",
        "foo",
        "1/s",
        "mA/cm^2",
    ]
)


@given(st.text(max_size=30) | st.lists(PIECES, max_size=12).map("".join) | st.lists(PIECES, max_size=12).map(" ".join))
@example("5 m*" + "(" * 150)
@example("2^" * 150)
@example("if(" * 150)
def test_any_text_is_an_expression_or_an_error(text: str) -> None:
    try:
        expression = parse_expression(text, VARIABLES)
    except ExpressionError as error:
        assert 0 <= error.column <= len(text)
        return
    again = parse_expression(expression.text, VARIABLES)
    assert again == expression
    if expression.is_constant:
        assert math.isfinite(expression.constant)
