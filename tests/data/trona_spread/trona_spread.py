"""Reductions of a package that knows nothing of trona's insides."""

from collections.abc import Callable

from trona.plugin import Over, Quantity, Reduction, Unit, conditional, gt, hookimpl


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


@hookimpl
def trona_reductions() -> list[type[Reduction]]:
    return [StandardDeviation, ShareAbove]
