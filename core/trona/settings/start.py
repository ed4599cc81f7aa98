"""The values of outputs at the start of a run, as far as the deck gives them; some stop conditions hold then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from trona.model.checks.known import initial_values, points_of, samples, values_at

if TYPE_CHECKING:
    from trona.model.model import Model
    from trona.model.records import Output


def at_start(model: Model, declared: Output) -> float | None:
    """Return the value of an output in the initial state, in SI; None where only the run can tell."""
    if declared.reduction.of_uniform(1.0) is None:
        return None
    ranges = {}
    for name, field in model.fields.items():
        said = [] if field.shape else [initial_values(model, initial) for initial in field.initial]
        known = [each.ravel() for each in said if each is not None]
        values = np.concatenate(known) if known and len(known) == len(said) else None
        # A potential takes its value in the first solve, whatever the deck says that it is at first.
        if values is not None and np.ptp(values) == 0 and any(t.kind == "storage" for t in _terms(model, name)):
            ranges[name] = (float(values.min()), float(values.max()))
    for name, given in model.given.items():
        values = values_at(model, given.expression, points_of(model), np.zeros(1))
        if values is not None and np.ptp(values) == 0:
            ranges[name] = (float(values.min()), float(values.max()))
    expanded = model.everywhere(declared.expression, declared.blocks, declared.law)
    found: list[float] = []
    for expression in expanded:
        values_here = samples(model, expression, ranges, start=True)
        if not values_here:
            return None
        found += [value for value, _ in values_here]
    if not found or max(found) - min(found) > 1e-12 * max(map(abs, found)):
        return None
    return declared.reduction.of_uniform(found[0])


def _terms(model: Model, field: str) -> list[Any]:
    return [term for balance, term in model.terms() if balance.field.name == field]
