"""Where the values of a parameter lie: ranges, normal and lognormal distributions, uncertainties of materials."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from trona.deck import Choice, Either, Group, Node, Option, OptionContext, Text
from trona.deck.measure import Measure, measure
from trona.deck.options import OptionValues

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from trona.units import Unit

LEAST_SHARE = 1e-3
"""Smallest part of a distribution that may be left between its limits."""

ENDS: dict[str, Option[Any]] = {
    "from": Text("first value"),
    "to": Text("last value"),
    "spacing": Choice(("linear", "log"), "equal steps, or equal ratios", default="linear"),
}
_LIMITS: dict[str, Option[Any]] = {
    "minimum": Text("smallest value; the distribution is cut off there", default=None),
    "maximum": Text("largest value; the distribution is cut off there", default=None),
}
_RANGE = Group(ENDS, "a random parameter", "evenly between two values")
_NORMAL = Group(
    {"mean": Text("mean"), "deviation": Text("standard deviation"), **_LIMITS}, "a normal distribution", "normal"
)
_LOGNORMAL = Group(
    {
        "median": Text("median"),
        "factor": Text("two thirds of the values lie between the median divided by it and times it"),
        **_LIMITS,
    },
    "a lognormal distribution",
    "lognormal",
)
_UNCERTAINTY = Group(
    {
        "uncertainty": Choice(
            ("normal", "uniform"),
            "how a property of a material lies about its value: normal, with its uncertainty as the standard deviation "
            "(lognormal for a factor); or evenly within its uncertainty",
        ),
        **_LIMITS,
    },
    "an uncertainty",
    "a property of a material, with its own uncertainty",
)

_EITHER = Either((_RANGE, _NORMAL, _LOGNORMAL, _UNCERTAINTY), "where random values lie")


class Span:
    """The numbers between two quantities of one unit. Raises DeckError if they are none."""

    def __init__(self, first: Node, last: Node, log: bool) -> None:
        self.first, self.last, self.log = first, last, log
        self.low, self.high = _number(first), _alike(last, _number(first))
        self.unit = self.low.unit
        if log:
            _refuse_offset(first, self.unit, "log spacing")
            for node, end in ((first, self.low), (last, self.high)):
                _above_zero(node, end, "log spacing")

    def at(self, share: float) -> Node:
        """The value at a share of the way, 0 at the first and 1 at the last, in the unit of the first."""
        if share in (0.0, 1.0):
            return self.last if share else self.first
        low, high = self.low.value, self.unit.from_si(self.high.si)
        value = low * (high / low) ** share if self.log else low + (high - low) * share
        return _value(value, self.unit, self.first)

    def nodes(self, shares: NDArray[np.float64]) -> list[Node]:
        """The values below which these shares of all values lie."""
        return [self.at(float(share)) for share in shares]


@dataclass(frozen=True)
class Normal:
    """A normal distribution, of the logarithm with `log`, cut off at `low` and `high`. Numbers are in SI, or its log.

    like: where it stands in the deck; unit: the unit of its values there.
    """

    like: Node
    unit: Unit
    middle: float
    width: float
    log: bool
    low: float = -math.inf
    high: float = math.inf

    def nodes(self, shares: NDArray[np.float64]) -> list[Node]:
        """The values below which these shares of all values lie."""
        import numpy as np
        from scipy.stats import truncnorm

        inside = np.clip(shares, np.finfo(float).eps, 1.0 - np.finfo(float).eps)  # nothing lies at infinity
        found = truncnorm.ppf(inside, *self._limits, loc=self.middle, scale=self.width)
        values = np.exp(found) if self.log else found
        return [_value(self.unit.from_si(float(value)), self.unit, self.like) for value in values]

    @property
    def _limits(self) -> tuple[float, float]:
        return (self.low - self.middle) / self.width, (self.high - self.middle) / self.width

    def limited(self, minimum: Node | None, maximum: Node | None) -> Normal:
        """This distribution between limits. Raises DeckError where they leave next to nothing of it."""
        from scipy.special import ndtr

        found, middle = self, Measure(0.0, self.unit)
        for node, key in ((minimum, "low"), (maximum, "high")):
            if node is not None:
                end = _alike(node, middle)
                if self.log:
                    _above_zero(node, end, "a lognormal distribution")
                found = replace(found, **{key: math.log(end.si) if self.log else end.si})  # type: ignore[arg-type]
        last = maximum if maximum is not None else minimum
        if last is None:
            return found
        if found.low >= found.high:
            raise last.error(f"the maximum must be larger than the minimum, got {last.kind}")
        low, high = found._limits
        share = float(ndtr(high) - ndtr(low))
        if share < LEAST_SHARE:
            raise last.error(f"only {share:.1g} of the distribution lies within its limits")
        return found


Distribution = Span | Normal


@dataclass(frozen=True)
class Uncertainty:
    """The distribution of a property about its value, which is known once the material is."""

    node: Node
    shape: str
    minimum: Node | None
    maximum: Node | None

    def about(self, value: Node, uncertainty: Node) -> Distribution:
        """The distribution of a property with this value and uncertainty: '10 %', '3 K' or 'factor 2'.

        Raises DeckError for what is none.
        """
        middle, text = _number(value), uncertainty.text
        like = replace(self.node, value=value.text, text=value.text)
        word, _, factor = text.partition(" ")
        if word == "factor":
            spread = _factor(replace(uncertainty, value=factor, text=factor))
            if self.shape == "normal":
                return _lognormal(like, spread, self.minimum, self.maximum)
            ends = middle.value / spread, middle.value * spread
            return self._span(like, middle, *ends, log=True)
        width = _number(uncertainty)
        if width.unit.text == "%":
            _refuse_offset(like, middle.unit, "an uncertainty in percent")
            size = abs(middle.si) * width.si
        else:
            size = _difference(uncertainty, width, middle)
        if size <= 0:
            raise uncertainty.error(f"an uncertainty is larger than zero, got {uncertainty.kind}")
        if self.shape == "normal":
            return Normal(like, middle.unit, middle.si, size, False).limited(self.minimum, self.maximum)
        ends = middle.unit.from_si(middle.si - size), middle.unit.from_si(middle.si + size)
        return self._span(like, middle, *ends, log=False)

    def _span(self, like: Node, middle: Measure, low: float, high: float, log: bool) -> Span:
        """Evenly from `low` to `high`, in the unit of the value, or to the limits where they are narrower."""
        first, last = (_value(end, middle.unit, like) for end in (low, high))
        for node, sign in ((self.minimum, 1.0), (self.maximum, -1.0)):
            if node is None:
                continue
            end = _alike(node, middle)
            if not low < middle.unit.from_si(end.si) < high:
                raise node.error(f"expected a limit between {first.text} and {last.text}, got {node.kind}")
            first, last = (node, last) if sign > 0 else (first, node)
        return Span(first, last, log)


class Spread(Option["Distribution | Uncertainty"]):
    """Where the random values of a parameter lie; the keys tell which distribution it is."""

    kind = "range or distribution"

    def read(self, node: Node, context: OptionContext) -> Distribution | Uncertainty:
        node.mapping()
        chosen = _EITHER.chosen(node)
        found: OptionValues = chosen.read(node, context)
        limits = found.given.get("minimum"), found.given.get("maximum")
        if chosen is _NORMAL:
            return _normal(found.given["mean"], found.given["deviation"], *limits)
        if chosen is _LOGNORMAL:
            return _lognormal(found.given["median"], _factor(found.given["factor"]), *limits)
        if chosen is _UNCERTAINTY:
            return Uncertainty(node, found.values["uncertainty"], *limits)
        span = Span(found.given["from"], found.given["to"], found.values["spacing"] == "log")
        if span.low.si == span.high.si:
            raise span.last.error("a range needs two different ends")
        return span

    def json_type(self) -> dict[str, Any]:
        return _EITHER.json_type()


def _normal(mean: Node, deviation: Node, minimum: Node | None, maximum: Node | None) -> Normal:
    middle = _number(mean)
    width = _difference(deviation, _number(deviation), middle)
    if width <= 0:
        raise deviation.error(f"a standard deviation is larger than zero, got {deviation.kind}")
    return Normal(mean, middle.unit, middle.si, width, False).limited(minimum, maximum)


def _lognormal(median: Node, factor: float, minimum: Node | None, maximum: Node | None) -> Normal:
    middle = _number(median)
    _refuse_offset(median, middle.unit, "a lognormal distribution")
    _above_zero(median, middle, "a lognormal distribution")
    return Normal(median, middle.unit, math.log(middle.si), math.log(factor), True).limited(minimum, maximum)


def _factor(node: Node) -> float:
    if node.number is None or not 1 < node.number < math.inf:
        raise node.error(f"a factor is a number larger than 1, got {node.kind}")
    return float(node.number)


def _number(node: Node) -> Measure:
    found = measure(node)
    if found is None:
        raise node.error(f"expected a quantity, got {node.kind}")
    return found


def _alike(node: Node, other: Measure) -> Measure:
    found = _number(node)
    if not found.unit.same_dimension(other.unit):
        raise node.error(f"expected a quantity in {other.unit}, got {node.kind}")
    return found


def _difference(node: Node, found: Measure, of: Measure) -> float:
    """The size of a difference in SI: 3 K, not 3 degC."""
    if not found.unit.same_dimension(of.unit) or found.unit.offset:
        raise node.error(f"expected a quantity in {of.unit.si}, got {node.kind}")
    return found.si


def _refuse_offset(node: Node, unit: Unit, what: str) -> None:
    if unit.offset:
        raise node.error(f"{what} needs a unit that starts at zero, not {unit}")


def _above_zero(node: Node, found: Measure, what: str) -> None:
    if found.value <= 0:
        raise node.error(f"{what} needs values above zero, got {node.kind}")


def _value(value: float, unit: Unit, like: Node) -> Node:
    # 12 digits are more than anyone gives, and leave out the round-off of computed values.
    text = f"{value:.12g}" if unit.text == "1" else f"{value:.12g} {unit}"
    node = Node(like.location, text, text, scope=like.scope)
    return node if node.number is None else replace(node, value=node.number)
