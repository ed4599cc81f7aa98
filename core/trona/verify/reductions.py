"""Outputs over regions against the manufactured state, for any reduction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from math import inf, isfinite
from typing import TYPE_CHECKING, Any

import firedrake as fd
import numpy as np
import ufl

from trona.model.asked import OnRegion
from trona.model.local_points import holds_at_points, local_order
from trona.model.reduction import NoValueError
from trona.problem.collocation import degree_of_points
from trona.readings.outputs import FINE, OutputEvaluator
from trona.readings.readers import NumbersReader, Readers
from trona.units import Unit
from trona.verify.places import at_patch, in_block, lattice, quadrature, weights
from trona.verify.reading import ALLOWED, ROUND_OFF, Measure, variation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from trona.model.asked import Numbers
    from trona.model.records import IntegralConstraint, Output
    from trona.verify.expected import Expected
    from trona.verify.places import Zone

Array = Any
_DENSE, _QUADRATURE, _ZOOMS = 8, 8, 24


class Reductions:
    """Judges outputs."""

    def __init__(self, expected: Expected, evaluator: OutputEvaluator) -> None:
        self._expected, self._evaluator = expected, evaluator
        self._readers = Readers(expected.problem, evaluator)

    def judge(self, output: Output) -> Measure:
        """Compare a reduction with its right value."""
        read = self._evaluator.value(output)
        return self._judge("output", output.name, (output,), output.reduction.value, read)

    def judge_numbers(self, asked: Numbers) -> list[Measure]:
        """Compare numbers that are made of expressions over regions with the right ones."""
        read = NumbersReader(self._readers, asked).read()
        return [
            self._judge(asked.kind, found.name, asked.of, lambda *over, at=at: asked.compute(*over)[at], found.value)
            for at, found in enumerate(read)
        ]

    def judge_held(self, constraint: IntegralConstraint) -> Measure:
        """Compare what the weak form misses in an equation that determines a number with what is missing."""
        forms, missed = self._expected.problem.forms, 0.0
        for integral in forms.held(constraint):
            row = fd.assemble(forms.alone(integral)).subfunctions[integral.component.index]
            missed += float(integral.component.row) * float(row.dat.data_ro[0])
        region = OnRegion(constraint.integrand, Unit.dimensionless, constraint.blocks, constraint.law)
        target = self._number(constraint)
        return self._judge(
            "number",
            named(constraint),
            (region,),
            lambda over: over.integral() - target * (over.extent() if constraint.mean else 1.0),
            missed,
        )

    def _number(self, constraint: IntegralConstraint) -> float:
        """Return the target of an integral constraint, which is the same wherever it is taken."""
        mesh, now = self._expected.mesh, self._expected.now
        place = in_block(mesh, now, mesh.blocks[0]).places(lattice(1, mesh.gdim + 1))
        return float(self._expected.exact(place)(ufl.as_ufl(constraint.target))[0])

    def _judge(
        self, kind: str, name: str, regions: Sequence[Any], value_of: Callable[..., float], read: float
    ) -> Measure:
        """Compare a number that was read, made of expressions over regions, with its right value.

        What is allowed follows from the number itself: by how much it changes with the quadrature, with the sampling
        and with the discrete fields in place of the right ones, and where all values are off by what the elements miss.
        """
        right = [RightOver(_Region(self._expected, region)) for region in regions]

        def value(**changes: Callable[[RightOver], float] | bool) -> float:
            """Return the number with changes to all expressions, given or made of each."""
            over = [replace(r, **{k: c(r) if callable(c) else c for k, c in changes.items()}) for r in right]  # type: ignore[arg-type]
            return _number(value_of, over)

        exact = value()
        worst = [value(fine=False), value(discrete=True), value(discrete=True, fine=False)]
        for sign, a, b in ((1, 1, 1), (-1, -1, -1), (1, -1, 1), (-1, 1, -1)):
            worst.append(
                value(
                    shift=lambda r, s=sign: s * r.region.missed[0],  # type: ignore[misc]
                    least=lambda r, s=a: s * r.region.missed[1],  # type: ignore[misc]
                    most=lambda r, s=b: s * r.region.missed[1],  # type: ignore[misc]
                )
            )
        lacking = [not isfinite(other) for other in worst]
        if any(lacking) or not isfinite(exact) or not isfinite(read):  # somewhere near it there is no value
            wrong = (not isfinite(exact) and all(lacking)) if isfinite(read) else isfinite(exact) and not any(lacking)
            return Measure(kind, name, 1.0 if wrong else 0.0, 0.5, 1.0)

        def moved(sign: float) -> float:
            by = lambda r: sign * variation(*r.region.sampled)  # noqa: E731
            return value(shift=by, least=by, most=by)

        size = max((abs(other - exact) for other in (moved(1), moved(-1)) if isfinite(other)), default=0.0)
        allowed = ALLOWED * max(abs(other - exact) for other in worst) + ROUND_OFF * max(abs(exact), size)
        return Measure(kind, name, abs(read - exact), allowed, max(size, abs(exact) * ROUND_OFF) or 1.0)


def named(constraint: IntegralConstraint) -> str:
    """Return how the equation of a number is called among the readings."""
    return f"{constraint.unknown.name} by {constraint.region}"


def _number(value_of: Callable[..., float], over: Sequence[Any]) -> float:
    try:
        return float(value_of(*over))
    except NoValueError:
        return float("nan")


@dataclass(frozen=True, eq=False)
class RightOver:
    """An expression over a region of the manufactured state, as a reduction sees it.

    fine: whether quadrature and extremes are better than those of a run. discrete: with the values of the discrete
    fields. shift, least, most: what is added to all values, and to the extremes instead.
    """

    region: _Region
    fine: bool = True
    discrete: bool = False
    shift: float = 0.0
    least: float = 0.0
    most: float = 0.0

    @property
    def unit(self) -> Unit:
        return self.region.output.expressed_in

    def integral(self, function: Callable[..., Any] | None = None, *numbers: float) -> float:
        if function is None:
            return self.region.integral(None, self.fine, self.discrete) + self.shift * self.extent()
        return self.region.integral(lambda u: function(u + self.shift, *numbers), self.fine, self.discrete)

    def extent(self) -> float:
        return self.region.extent

    def extremes(self) -> tuple[float, float]:
        low, high = self.region.extremes if self.fine else self.region.sampled
        if self.discrete:
            low, high = self.region.sampled_discrete
        return low + self.least, high + self.most

    def noise(self, size: float) -> float:
        return ROUND_OFF * size


class _Region:
    """The zones of an output, and what is known of its expression there."""

    def __init__(self, expected: Expected, output: Output | OnRegion) -> None:
        self._expected, self.output, self._model = expected, output, expected.model
        self._zones = list(self._found())
        self._integrals: dict[tuple[bool, bool], float] = {}

    def _found(self) -> Iterator[tuple[Zone, Any]]:
        mesh, now, output = self._expected.mesh, self._expected.now, self.output
        for patch in output.law.patches if output.law else ():
            yield at_patch(mesh, now, patch), self._model.expand_at(output.expression, patch)
        for block in output.blocks:
            yield in_block(mesh, now, block), self._model.expand(output.expression, block)

    def _values(self, places: Any, discrete: bool) -> Callable[[Any], Array]:
        return self._expected.shown(places) if discrete else self._expected.exact(places)

    def integral(self, function: Callable[[Any], Any] | None, fine: bool, discrete: bool) -> float:
        key = (fine, discrete)
        if function is None and key in self._integrals:
            return self._integrals[key]
        total = 0.0
        for zone, expression in self._zones:
            places, share = self._quadrature(zone, fine)
            integrand = expression if function is None else function(expression)
            total += float((self._values(places, discrete)(integrand) * share).sum())
        if function is None:
            self._integrals[key] = total
        return total

    def _quadrature(self, zone: Zone, fine: bool) -> tuple[Any, Array]:
        degree = self._model.quadrature_degree + (_QUADRATURE if fine else 0)
        return weights(zone, degree, self._model.coordinates.turns)

    @cached_property
    def extent(self) -> float:
        return sum(float(self._quadrature(zone, fine=True)[1].sum()) for zone, _ in self._zones)

    @cached_property
    def missed(self) -> tuple[float, float]:
        """The most that the discrete fields miss, on a lattice and where an extreme is looked for."""
        anywhere = held = 0.0
        for zone, expression in self._zones:
            found = [self._off(zone, expression, lattice(FINE, zone.corners.shape[1]))]
            points = self._points_of(expression)
            found += [] if points is None else [self._off(zone, expression, points)]
            anywhere, held = max(anywhere, found[0]), max(held, found[-1])
        return anywhere, held

    def _off(self, zone: Zone, expression: Any, local: Array) -> float:
        places = zone.places(local)
        return float(np.abs(self._values(places, True)(expression) - self._values(places, False)(expression)).max())

    def _points_of(self, expression: Any) -> Array | None:
        """Return where in a cell an extreme is looked for of what holds at the points of local fields; else None."""
        if self.output.law or not holds_at_points(self._model, expression):
            return None
        degree = degree_of_points(self._model.dimension, local_order(self._model, expression) or 0)
        return quadrature(degree, self._model.dimension + 1)[0]

    @cached_property
    def sampled(self) -> tuple[float, float]:
        """The extremes as a run looks for them."""
        return self._sampled(discrete=False)

    @cached_property
    def sampled_discrete(self) -> tuple[float, float]:
        return self._sampled(discrete=True)

    def _sampled(self, discrete: bool) -> tuple[float, float]:
        low, high = inf, -inf
        for zone, expression in self._zones:
            held = self._points_of(expression)
            local = lattice(FINE, zone.corners.shape[1]) if held is None else held
            values = self._values(zone.places(local), discrete)(expression)
            low, high = min(low, float(values.min())), max(high, float(values.max()))
        return low, high

    @cached_property
    def extremes(self) -> tuple[float, float]:
        return self._extreme(-1.0), self._extreme(1.0)

    def _extreme(self, sign: float) -> float:
        """Return the greatest value (sign 1) or the least (-1): of a dense lattice, then closer and closer to it."""
        best = -inf
        for zone, expression in self._zones:
            held = self._points_of(expression)
            if held is not None:
                best = max(best, float((sign * self._expected.exact(zone.places(held))(expression)).max()))
                continue
            local = lattice(_DENSE, zone.corners.shape[1])
            values = sign * self._expected.exact(zone.places(local))(expression)
            at = int(np.argmax(values))
            here, cell = local[at % len(local)], zone.only(np.array([at // len(local)]))
            found, scale = float(values[at]), 1.0
            for _ in range(_ZOOMS if len(local) > 1 else 0):
                scale /= 2
                closer = (1 - scale) * here + scale * local
                values = sign * self._expected.exact(cell.places(closer))(expression)
                if values.max() > found:
                    found, here = float(values.max()), closer[int(np.argmax(values))]
            best = max(best, found)
        return sign * best
