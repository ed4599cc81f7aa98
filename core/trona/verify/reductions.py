"""Outputs over regions against the manufactured state: integrals, means and extremes."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np

from trona.model.local_points import holds_at_points, local_order
from trona.problem.collocation import degree_of_points
from trona.readings.outputs import FINE, OutputEvaluator
from trona.verify.places import at_stretch, in_block, lattice, quadrature, weights
from trona.verify.reading import ALLOWED, ROUND_OFF, Measure, variation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trona.model.parts import Output
    from trona.verify.expected import Expected
    from trona.verify.places import Zone

Array = Any
_DENSE, _QUADRATURE, _ZOOMS = 8, 8, 24


class Reductions:
    """Judges outputs."""

    def __init__(self, expected: Expected, evaluator: OutputEvaluator) -> None:
        self._expected, self._evaluator = expected, evaluator
        self._model = expected.model

    def _zones(self, output: Output) -> Iterator[tuple[Zone, Any]]:
        mesh, now = self._expected.mesh, self._expected.now
        for stretch in output.law.stretches if output.law else ():
            yield at_stretch(mesh, now, stretch), self._model.expand_at(output.expression, stretch)
        for block in output.blocks:
            yield in_block(mesh, now, block), self._model.expand(output.expression, block)

    def judge(self, output: Output) -> Measure:
        """Compare an output with its right value."""
        zones = list(self._zones(output))
        read = self._evaluator.value(output)
        missed, low, high = 0.0, inf, -inf
        for zone, expression in zones:
            held = self._points_of(expression, output)
            places = zone.places(lattice(FINE, zone.corners.shape[1]) if held is None else held)
            exact = self._expected.exact(places)(expression)
            missed = max(missed, float(np.abs(self._expected.shown(places)(expression) - exact).max()))
            low, high = min(low, float(exact.min())), max(high, float(exact.max()))
        size = variation(low, high)
        if output.reduce in ("integral", "mean"):
            value, coarse, space = self._integrated(zones)
            if output.reduce == "mean":
                value, coarse, space = value / space, coarse / space, 1.0
            allowed = ALLOWED * (missed * space + abs(coarse - value)) + ROUND_OFF * max(abs(low), abs(high)) * space
            return Measure("output", output.name, abs(read - value), allowed, size * space)
        least, most = (self._extreme(zones, sign, output) for sign in (-1.0, 1.0))
        missed += max(low - least, most - high, 0.0)
        floor = ROUND_OFF * max(abs(least), abs(most))
        if output.reduce == "ratio":
            return _ratio(output.name, read, least, most, ALLOWED * missed + floor)
        value = least if output.reduce == "minimum" else most
        return Measure("output", output.name, abs(read - value), ALLOWED * missed + floor, size)

    def _integrated(self, zones: list[tuple[Zone, Any]]) -> tuple[float, float, float]:
        """Return an integral, what the quadrature of a run makes of it, and the size of where it is taken."""
        found = []
        round_axis = self._model.coordinates.axisymmetric
        for degree in (_QUADRATURE + self._model.quadrature_degree, self._model.quadrature_degree):
            total = space = 0.0
            for zone, expression in zones:
                places, share = weights(zone, degree, axisymmetric=round_axis)
                total += float((self._expected.exact(places)(expression) * share).sum())
                space += float(share.sum())
            found.append((total, space))
        return found[0][0], found[1][0], found[0][1]

    def _points_of(self, expression: Any, output: Output) -> Array | None:
        """Return where in a cell an extreme is looked for of what holds at the points of local fields; else None."""
        if output.reduce in ("integral", "mean") or output.law or not holds_at_points(self._model, expression):
            return None
        degree = degree_of_points(self._model.dimension, local_order(self._model, expression) or 0)
        return quadrature(degree, self._model.dimension + 1)[0]

    def _extreme(self, zones: list[tuple[Zone, Any]], sign: float, output: Output) -> float:
        """Return the greatest value (sign 1) or the least (-1): of a dense lattice, then closer and closer to it."""
        best = -inf
        for zone, expression in zones:
            held = self._points_of(expression, output)
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


def _ratio(name: str, read: float, least: float, most: float, off: float) -> Measure:
    """Compare a ratio; where the smallest value may be zero, or of the other sign, it may also be no number."""
    small, large = sorted((abs(least), abs(most)))
    if least * most <= 0 or small <= off:
        wrong = np.isfinite(read) and least < -off and most > off
        return Measure("output", name, 1.0 if wrong else 0.0, 0.5, 1.0)
    value = large / small
    allowed = value * (off / large + off / (small - off))
    error = abs(read - value) if np.isfinite(read) else inf
    return Measure("output", name, error, allowed, value)
