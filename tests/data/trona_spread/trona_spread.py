"""Reductions and kinds of outputs of a package that knows nothing of trona's insides."""

from collections.abc import Callable

import numpy as np

from trona.plugin import (
    Curve,
    CurveData,
    Entry,
    Integer,
    ListOf,
    Numbers,
    OutputKind,
    Over,
    Quantity,
    Reduction,
    Text,
    Unit,
    conditional,
    ge,
    gt,
    hookimpl,
)


class StandardDeviation(Reduction):
    """The root of the mean square of what differs from the mean."""

    name = "standard_deviation"

    def value(self, over: Over) -> float:
        mean = over.integral() / over.extent()
        squares: float = over.integral(lambda u, m: (u - m) ** 2, mean)
        return (squares / over.extent()) ** 0.5

    def of_uniform(self, value: float) -> float:
        return 0.0


class ShareAbove(Reduction):
    """The part of the region where the expression is above a limit."""

    name = "share_above"

    limit = Quantity("", "the limit, in the unit of the expression")

    def unit(self, of: Unit, amount: Callable[[Unit], Unit]) -> Unit:
        return Unit.dimensionless

    def value(self, over: Over) -> float:
        return over.integral(lambda u, limit: conditional(gt(u, limit), 1.0, 0.0), self.limit) / over.extent()


class Moment(OutputKind):
    """The first moment: the integral of an expression times the position, a number per axis."""

    name = "moment"

    moment = Text("expression")
    on = Text("block, boundary or interface")
    side = Text("the block on whose side values at an interface are taken", default=None)

    def ask(self, entry: Entry) -> Numbers:
        density = entry.over("moment", "on")
        parts = [density.times(entry.position[i], Unit.parse("m")) for i in range(entry.dimension)]
        unit = entry.amount(parts[0].expressed_in, density)
        text = f"first moment of {density.text}"
        return entry.numbers(unit, text, parts, lambda *over: [each.integral() for each in over], "xyz"[: len(parts)])


class Histogram(OutputKind):
    """The parts of a region in which an expression lies in each of some bins of equal width."""

    name = "histogram"

    histogram = Text("expression")
    on = Text("block, boundary or interface")
    side = Text("the block on whose side values at an interface are taken", default=None)
    bins = Integer("number of bins", default="4", minimum=1, maximum=100)

    def ask(self, entry: Entry) -> Numbers:
        of = entry.over("histogram", "on")
        labels = [str(number) for number in range(self.bins)]
        text = f"share of the region by {of.text}, from the least to the greatest"
        return entry.numbers(Unit.dimensionless, text, [of], self._shares, labels)

    def _shares(self, over: Over) -> list[float]:
        low, high = over.extremes()
        ends = np.linspace(low, high, self.bins + 1)[1:-1]
        above = [over.integral(lambda u, end: conditional(ge(u, end), 1.0, 0.0), end) / over.extent() for end in ends]
        return list(-np.diff([1.0, *above, 0.0]))


class Corner(OutputKind):
    """An expression along two straight lines, from the first of three points over the second to the third."""

    name = "corner"

    corner = Text("expression")
    over = ListOf(ListOf(Quantity("m", "coordinate", variables=())), "the three points")

    def ask(self, entry: Entry) -> Curve:
        if len(self.over) != 3:
            raise entry.error("over", f"a corner has three points, got {len(self.over)}")
        points = [tuple(c.constant for c in point) for point in self.over]
        asked = entry.points("corner", "over", points)
        at = np.array(asked.points)
        distance = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(at, axis=0), axis=1))])
        return entry.curve("corner", asked.unit, [asked], lambda values: CurveData(distance, at, values))


@hookimpl
def trona_reductions() -> list[type[Reduction]]:
    return [StandardDeviation, ShareAbove]


@hookimpl
def trona_output_kinds() -> list[type[OutputKind]]:
    return [Moment, Histogram, Corner]
