"""Profiles along boundaries and interfaces against the manufactured state."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np

from trona.readings.profiles import ProfileReader
from trona.readings.sampling import FINE
from trona.verify.places import at_patch, lattice
from trona.verify.reading import ALLOWED, ROUND_OFF, Measure, variation

if TYPE_CHECKING:
    from trona.model.asked import Profile
    from trona.readings.outputs import OutputEvaluator
    from trona.verify.expected import Expected

Array = Any


def judge_profile(expected: Expected, evaluator: OutputEvaluator, asked: Profile) -> Measure:
    """Compare a profile with its right values at the same points of every facet.

    Every right value must be among those read at its point, within the error of the elements; and the length of the
    curve must be the length of the facets.
    """
    line = ProfileReader(expected.problem, evaluator.sampling, asked).read()
    read = line.values.reshape(len(line.points), -1)
    size = float(np.ptp(line.points, axis=0).max()) or 1.0
    error = allowed = top = total = 0.0
    low, high = inf, -inf
    for patch in asked.law.patches:
        zone = at_patch(expected.mesh, expected.now, patch)
        places = zone.places(lattice(FINE, zone.corners.shape[1]))
        expanded = expected.model.expand_at(asked.expression, patch)
        at = places.own.present
        far = np.linalg.norm(at[:, None, :] - line.points[None, :, :], axis=2) > ROUND_OFF * size
        for number, component in enumerate(np.ndindex(*expanded.ufl_shape)):
            right = expected.exact(places)(expanded, component)
            missed = np.abs(expected.shown(places)(expanded, component) - right)
            apart = np.where(far, inf, np.abs(read[None, :, number] - right[:, None]))
            error, allowed = max(error, float(apart.min(axis=1).max())), max(allowed, float(missed.max()))
            low, high, top = min(low, right.min()), max(high, right.max()), max(top, float(np.abs(right).max()))
        ends = expected.now[zone.corners]
        total += float(np.linalg.norm(ends[:, -1] - ends[:, 0], axis=1).sum())
    if abs(float(line.distance[-1]) - total) > ROUND_OFF * size:
        error = inf
    return Measure("profile", asked.name, error, ALLOWED * allowed + ROUND_OFF * top, variation(low, high))
