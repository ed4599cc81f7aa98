"""The built-in reductions of outputs."""

from collections.abc import Callable
from fractions import Fraction

from trona.plugin import NoValueError, Over, Reduction, Unit


class Integral(Reduction):
    """The integral over a region: of the whole body in axisymmetric coordinates, per metre of depth in a plane."""

    name = "integral"

    def unit(self, of: Unit, amount: Callable[[Unit], Unit]) -> Unit:
        return amount(of)

    def value(self, over: Over) -> float:
        return over.integral()


class Mean(Reduction):
    """The integral divided by the size of the region."""

    name = "mean"

    def value(self, over: Over) -> float:
        return over.integral() / over.extent()

    def of_uniform(self, value: float) -> float:
        return value


class Minimum(Reduction):
    """The smallest value."""

    name = "minimum"

    def value(self, over: Over) -> float:
        return over.extremes()[0]

    def of_uniform(self, value: float) -> float:
        return value


class Maximum(Reduction):
    """The largest value."""

    name = "maximum"

    def value(self, over: Over) -> float:
        return over.extremes()[1]

    def of_uniform(self, value: float) -> float:
        return value


class Ratio(Reduction):
    """The largest over the smallest value, by magnitude, where all have one sign."""

    name = "ratio"
    may_lack = True

    def unit(self, of: Unit, amount: Callable[[Unit], Unit]) -> Unit:
        return Unit.dimensionless

    def value(self, over: Over) -> float:
        low, high = over.extremes()
        noise = over.noise(max(abs(low), abs(high)))
        span = f"from {low:.4g} to {high:.4g} {over.unit.si}"
        if max(abs(low), abs(high)) <= noise:
            raise NoValueError("is zero to round-off")
        if low < -noise and high > noise:
            raise NoValueError(f"changes sign, {span}")
        least, most = (low, high) if low + high > 0 else (-high, -low)
        if least <= noise:
            raise NoValueError(f"reaches zero, {span}")
        return most / least

    def of_uniform(self, value: float) -> float:
        return 1.0


class L2Norm(Reduction):
    """The square root of the integral of the square."""

    name = "l2_norm"

    def unit(self, of: Unit, amount: Callable[[Unit], Unit]) -> Unit:
        return amount(of * of) ** Fraction(1, 2)

    def value(self, over: Over) -> float:
        squares: float = over.integral(lambda u: u * u) ** 0.5
        return squares
