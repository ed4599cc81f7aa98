"""SI units: parsing, conversion and the algebra of dimensions.

pint provides the names and factors of single units. Products are parsed here, so that no deck can make pint evaluate
anything. Coherent SI units with their usual prefixes stand here too: pint, which is slow to start, is imported with
the first other one.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache, lru_cache
from itertools import product
from typing import TYPE_CHECKING, ClassVar

from trona.errors import nearest
from trona.units.usual import BASE, DERIVED, Dimension, usual

if TYPE_CHECKING:
    import pint


MAX_EXPONENT = 100
_PINT_BASE = {
    "[length]": "m",
    "[mass]": "kg",
    "[time]": "s",
    "[current]": "A",
    "[temperature]": "K",
    "[substance]": "mol",
    "[luminosity]": "cd",
}
_ZERO: Dimension = (Fraction(0),) * len(BASE)

_DIGITS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-", strict=True))
SUPERSCRIPT = r"[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,9}"
NAME = r"(?:[^\W\d⁰¹²³⁴⁵⁶⁷⁸⁹]|°)(?:[^\W⁰¹²³⁴⁵⁶⁷⁸⁹]|°)*|%"
_TOKEN = re.compile(
    rf"\s*(?:(?P<name>{NAME})|(?P<raised>{SUPERSCRIPT})|(?P<number>[0-9]{{1,9}}(?:\.[0-9]{{1,9}})?)"
    r"|(?P<sign>\*\*|[-+*/^()·]))"
)


def lowered(superscript: str) -> list[str]:
    """The tokens of a superscript exponent: '⁻²' gives '^', '-', '2'."""
    plain = "".join(map(_DIGITS.__getitem__, superscript))
    return ["^", *(plain[:1] if plain[0] in "+-" else ""), plain.lstrip("+-")]


@dataclass(frozen=True)
class Unit:
    """A unit: `value in SI = value * factor + offset`.

    `dimension` holds the exponents of m, kg, s, A, K, mol, cd. `text` is the unit as messages show it. Two units are
    equal if they convert alike, however they are written. `offset` is zero except for absolute temperatures such as
    degC.
    """

    text: str = field(compare=False)
    dimension: Dimension
    factor: float = 1.0
    offset: float = 0.0

    dimensionless: ClassVar[Unit]

    @staticmethod
    def parse(text: str) -> Unit:
        """Read a unit such as 'A/m^2', 'J/(mol*K)', 'degC', '%' or '1'.

        Raises ValueError, with the nearest known unit, if the text is not a unit.
        """
        return _parse(text.strip())

    @staticmethod
    def known(name: str) -> bool:
        """Whether a single name, such as 'mA', is a unit."""
        return name == "%" or _known(name)

    @staticmethod
    def meaning(name: str) -> str:
        """The meaning of a single name as a unit: 'exacarat = 2e+14 kg'. The name must be known."""
        prefix, full, _ = next(iter(_registry().parse_unit_name(name)), ("", name, ""))
        try:
            unit = _single(name)
        except ValueError:
            return f"{prefix}{full}"
        si = "" if unit.is_dimensionless else f" {_coherent(unit.dimension)}"
        return f"{prefix}{full}" + ("" if unit.offset else f" = {unit.factor:.6g}{si}")

    @staticmethod
    def coherent(dimension: Dimension) -> Unit:
        """The coherent SI unit of a dimension, given by the exponents of its base units."""
        return _coherent(dimension)

    @property
    def si(self) -> Unit:
        """The coherent SI unit of the same dimension."""
        return self if self.factor == 1 and self.offset == 0 else _coherent(self.dimension)

    @property
    def is_dimensionless(self) -> bool:
        return self.dimension == _ZERO

    @property
    def spelt(self) -> str:
        """The unit as it follows a number: ' K'; '' for a pure number."""
        return "" if self.is_dimensionless else f" {self}"

    def same_dimension(self, other: Unit) -> bool:
        return self.dimension == other.dimension

    def to_si(self, value: float) -> float:
        return value * self.factor + self.offset

    def from_si(self, value: float) -> float:
        return (value - self.offset) / self.factor

    def __mul__(self, other: Unit) -> Unit:
        """The coherent SI unit of the product."""
        if self.is_dimensionless or other.is_dimensionless:
            return (self if other.is_dimensionless else other).si
        return _coherent(tuple(a + b for a, b in zip(self.dimension, other.dimension, strict=True)))

    def __truediv__(self, other: Unit) -> Unit:
        """The coherent SI unit of the quotient."""
        if other.is_dimensionless:
            return self.si
        return _coherent(tuple(a - b for a, b in zip(self.dimension, other.dimension, strict=True)))

    def __pow__(self, exponent: int | Fraction) -> Unit:
        """The coherent SI unit of the power."""
        return self.si if exponent == 1 else _coherent(tuple(a * exponent for a in self.dimension))

    def __str__(self) -> str:
        return self.text


Unit.dimensionless = Unit("1", _ZERO)


class _Parser:
    """unit = power {('*' | '/' | ' ') power}; power = (name | '1' | '(' unit ')') ['^' exponent]."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[tuple[str, str]] = []
        at = 0
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None:
                raise ValueError(f"'{text}' is not a unit: unexpected '{text[at:].strip()[0]}'")
            kind = str(match.lastgroup)
            if kind == "raised":
                power, *sign, digits = lowered(match[kind])
                self.tokens += [("sign", power), *(("sign", s) for s in sign), ("number", digits)]
            else:
                self.tokens.append((kind, match[kind]))
            at = match.end()
        self.next = 0

    def take(self, *signs: str) -> str:
        """The next token if it is one of these signs, else ''."""
        if self.next < len(self.tokens) and self.tokens[self.next][1] in signs:
            self.next += 1
            return self.tokens[self.next - 1][1]
        return ""

    def fail(self) -> ValueError:
        if self.next == len(self.tokens):
            return ValueError(f"'{self.text}' is not a unit: it ends too early")
        return ValueError(f"'{self.text}' is not a unit: unexpected '{self.tokens[self.next][1]}'")

    def unit(self) -> Unit:
        result = self.power()
        divided = False
        while sign := self.take("*", "/", "·") or self.blank():
            if sign == " " and divided:
                raise ValueError(f"'{self.text}' can be read in two ways; write parentheses, as in J/(mol*K)")
            divided = divided or sign == "/"
            other = self.power()
            if result.offset or other.offset:
                raise ValueError(f"an absolute temperature cannot be part of '{self.text}'; write K")
            factor = result.factor / other.factor if sign == "/" else result.factor * other.factor
            si = result / other if sign == "/" else result * other
            result = Unit(self.text, si.dimension, factor)
        return result

    def blank(self) -> str:
        """' ' if another unit follows with nothing but a blank between, as in 'A m^-2'."""
        return " " if self.next < len(self.tokens) and self.tokens[self.next][0] == "name" else ""

    def power(self) -> Unit:
        if self.take("("):
            base = self.unit()
            self.expect(")")
        elif self.take("1"):
            base = Unit.dimensionless
        elif self.next < len(self.tokens) and self.tokens[self.next][0] == "name":
            self.next += 1
            base = _single(self.tokens[self.next - 1][1])
        else:
            raise self.fail()
        if not self.take("^", "**"):
            return base
        exponent = self.exponent()
        if base.offset:
            raise ValueError(f"an absolute temperature cannot be part of '{self.text}'; write K")
        return Unit(self.text, (base**exponent).dimension, float(base.factor**exponent))

    def exponent(self) -> Fraction:
        if self.take("("):
            value = self.number()
            if self.take("/"):
                below = self.number()
                if not below:
                    raise ValueError(f"'{self.text}' is not a unit: an exponent divides by zero")
                value /= below
            self.expect(")")
        else:
            value = self.number()
        if abs(value) > MAX_EXPONENT or value.denominator > MAX_EXPONENT:
            raise ValueError(f"'{self.text}' is not a unit: the exponent {value} is out of range")
        return value

    def number(self) -> Fraction:
        sign = -1 if self.take("-", "+") == "-" else 1
        if self.next >= len(self.tokens) or self.tokens[self.next][0] != "number":
            raise self.fail()
        self.next += 1
        return sign * Fraction(self.tokens[self.next - 1][1])

    def expect(self, sign: str) -> None:
        if not self.take(sign):
            raise self.fail()


@lru_cache(maxsize=4096)
def _parse(text: str) -> Unit:
    if not text:
        raise ValueError("a unit is missing; write 1 for a pure number")
    if len(text) > 200:
        raise ValueError("a unit has at most 200 characters")
    parser = _Parser(text)
    try:
        result = parser.unit()
    except ArithmeticError:
        raise ValueError(f"'{text}' is not a unit: it is out of range") from None
    if parser.next < len(parser.tokens):
        raise parser.fail()
    largest = max(abs(exponent) for exponent in result.dimension)
    if not 0 < result.factor < math.inf or largest > MAX_EXPONENT:
        raise ValueError(f"'{text}' is not a unit: it is out of range")
    return Unit(text, result.dimension, _clean(result.factor), result.offset)


@cache
def _registry() -> pint.UnitRegistry[float]:
    import pint

    try:
        # Caches the parsed definitions in the user's cache folder, which halves the time of the first unit.
        return pint.UnitRegistry(cache_folder=":auto:")
    except OSError:
        return pint.UnitRegistry()


@lru_cache(maxsize=4096)
def _known(name: str) -> bool:
    return _usual(name) is not None or bool(_registry().parse_unit_name(name))


def _usual(name: str) -> Unit | None:
    found = usual(name)
    return None if found is None else Unit(name, *found)


@lru_cache(maxsize=4096)
def _single(name: str) -> Unit:
    """One unit with its prefix."""
    if name == "%":
        return Unit(name, _ZERO, 0.01)
    return _usual(name) or _from_pint(name)


def _from_pint(name: str) -> Unit:
    registry = _registry()
    if not Unit.known(name):
        raise ValueError(f"unknown unit '{name}'{_nearest_unit(name)}")
    try:
        exponents = {_PINT_BASE[base]: exponent for base, exponent in registry.get_dimensionality(name).items()}
        offset = float(registry.Quantity(0.0, name).to_base_units().magnitude)
    except TypeError:  # pint's OffsetUnitCalculusError
        raise ValueError(f"'{name}' is not a unit: its prefix makes no sense") from None
    except KeyError:  # a dimension such as pixels
        raise ValueError(f"'{name}' has no equivalent in the SI") from None
    dimension = tuple(Fraction(exponents.get(base, 0)).limit_denominator(MAX_EXPONENT) for base in BASE)
    if offset and set(exponents) != {"K"}:
        raise ValueError(f"'{name}' is a logarithmic unit; write the plain ratio")
    factor, _ = registry.get_base_units(name, check_nonmult=False)
    return Unit(name, dimension, _clean(factor), _clean(offset))


def _clean(factor: float) -> float:
    """Remove the rounding errors of pint's prefixes: 999.9999999999999 becomes 1000."""
    value, short = float(factor), float(f"{factor:.15g}")
    return short if len(repr(short)) + 2 < len(repr(value)) else value


def _nearest_unit(name: str) -> str:
    """The nearest unit: common slips first (m2 for m^2, Gpa for GPa), then the closest spelling in pint."""
    registry = _registry()
    glued = re.fullmatch(r"(\D+?)(-?\d)", name)
    if glued and Unit.known(glued[1]):
        return f"; nearest: {glued[1]}^{glued[2]}"
    for prefix, full, _ in registry.parse_unit_name(name, case_sensitive=False):
        return f"; nearest: {registry.get_symbol(prefix + full)}"
    return nearest(name, (known for known in dir(registry) if known[0] != "_" and Unit.known(known)))


# Derived units that make a printed dimension readable, in the order in which they are preferred.


@lru_cache(maxsize=4096)
def _coherent(dimension: Dimension) -> Unit:
    """The coherent SI unit of a dimension, spelt with as few symbols as possible: 'W/m^2', not 'kg/s^3'."""
    spellings = [list(zip(BASE, dimension, strict=True))]
    for (name, short), power in product(DERIVED.items(), (1, -1)):
        exponents = short + (0,) * (len(BASE) - len(short))
        rest = (have - power * taken for have, taken in zip(dimension, exponents, strict=True))
        spellings.append([(name, Fraction(power)), *zip(BASE, rest, strict=True)])
    best = min(spellings, key=lambda spelling: sum(abs(exponent) for _, exponent in spelling))
    over = [_power(name, exponent) for name, exponent in best if exponent > 0]
    under = [_power(name, -exponent) for name, exponent in best if exponent < 0]
    text = "*".join(over) or "1"
    if under:
        text += f"/{under[0]}" if len(under) == 1 else f"/({'*'.join(under)})"
    return Unit(text, dimension)


def _power(name: str, exponent: Fraction) -> str:
    if exponent == 1:
        return name
    return f"{name}^{exponent}" if exponent.denominator == 1 else f"{name}^({exponent})"
