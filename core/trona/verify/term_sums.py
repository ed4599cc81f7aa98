"""The sum of the terms: residual and Jacobian of a composed deck against every term assembled alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import firedrake as fd
import numpy as np
from ufl.algorithms import expand_derivatives

from trona.verify.exact import amplitude_at
from trona.verify.taylor import Linearised

if TYPE_CHECKING:
    from trona.problem import Problem
    from trona.problem.forms import Integral

TOLERANCE = 1e-12
"""Largest difference that counts as round-off, relative to the largest row of the sizes of the terms."""


@dataclass(frozen=True)
class TermSum:
    """The difference of the rows of one component from the sum of its terms, each assembled alone.

    of: the residual, or the Jacobian times a random direction. terms: their number. difference: the largest of all
    rows, relative to the largest row of the sizes of the terms.
    """

    component: str
    of: str
    terms: int
    difference: float

    @property
    def holds(self) -> bool:
        return self.difference <= TOLERANCE


def term_sums(problem: Problem, levels: list[float] | None = None, seed: int = 0) -> list[TermSum]:
    """Compare residual and Jacobian with the sums of all terms and constraints, assembled alone, at a random state.

    levels: per component, in SI, the value around which the state varies; by default its reference. Fixed values are
    left out of the residual and of the direction. The states and weights of the problem are restored.
    """
    with kept(problem):
        randomise(problem, levels, seed)
        return _compare(problem, seed)


@contextmanager
def kept(problem: Problem) -> Iterator[None]:
    """Restore the states, times and weights of a problem at the end.

    Until then its residual is that of the terms alone, without what chooses a multiplier at nodes that patches share.
    """
    saved = [state.copy(deepcopy=True) for state in problem.unknowns.states]
    times, rates = list(problem.inputs.times), [float(w) for w in problem.inputs.rates]
    masks = [(shared.mask, shared.mask.copy(deepcopy=True)) for shared in problem.shared]
    try:
        for mask, _ in masks:
            mask.assign(0.0)
        yield
    finally:
        for mask, before in masks:
            mask.assign(before)
        for state, before in zip(problem.unknowns.states, saved, strict=True):
            state.assign(before)
        problem.inputs.set_times(times)
        for weight, value in zip(problem.inputs.rates, rates, strict=True):
            weight.assign(value)


def randomise(problem: Problem, levels: list[float] | None, seed: int) -> None:
    """Set all time levels to random values around `levels`, and the weights of the rates to arbitrary values."""
    random = np.random.default_rng(seed + problem.comm.rank)
    for state in problem.unknowns.states:
        for component, part in zip(problem.unknowns.components, state.subfunctions, strict=True):
            reference, scale = float(component.reference), float(component.scale)
            level = reference if levels is None else levels[component.index]
            if component.field.declaration.positive:
                level = level or scale
            size = amplitude_at(component.field, level)
            values = part.dat.data
            offset = 0.0 if component.field.shape else (level - reference) / scale
            values[...] = offset + 0.5 * size / scale * random.uniform(-1, 1, size=values.shape)
    if problem.transient:
        problem.inputs.set_times([-0.1 * k for k in range(len(problem.unknowns.states))])
        for weight, value in zip(problem.inputs.rates, (1.3, -1.7, 0.4), strict=True):
            weight.assign(value)


def _compare(problem: Problem, seed: int) -> list[TermSum]:
    components = problem.unknowns.components
    state, solved = problem.unknowns.states[0], Linearised(problem)
    direction = solved.direction(np.random.default_rng(seed + 1 + problem.comm.rank))
    # The residual includes the rows of fixed values, the Jacobian does not.
    whole = {"residual": solved.residual(free=False), "Jacobian": solved.times_jacobian(direction)}
    sums = {of: [np.zeros_like(rows) for rows in parts] for of, parts in whole.items()}
    sizes = {of: [np.zeros_like(rows) for rows in parts] for of, parts in whole.items()}
    count = dict.fromkeys(range(len(components)), 0)
    for integral in _terms(problem):
        count[integral.component.index] += 1
        if integral.vanishes:
            continue
        form = problem.forms.alone(integral)
        alone = {"residual": form, "Jacobian": expand_derivatives(fd.derivative(form, state, direction))}
        for of, part in alone.items():
            # A term that does not depend on the state has no derivative.
            rows = [] if part.empty() else solved.rows(fd.assemble(part), free=of == "Jacobian")
            for i, found in enumerate(rows):
                sums[of][i] += found
                sizes[of][i] += np.abs(found)
    found_rows = []
    for of, parts in whole.items():
        for component, rows in zip(components, parts, strict=True):
            i = component.index
            apart = _largest(problem, np.abs(rows - sums[of][i]))
            size = max(_largest(problem, sizes[of][i]), _largest(problem, np.abs(rows)))
            found_rows.append(TermSum(component.label, of, count[i], apart / size if size else 0.0))
    return found_rows


def _terms(problem: Problem) -> list[Integral]:
    forms = problem.forms
    return [integral for _, integral in forms.integrals(problem.transient)] + forms.constraints()


def _largest(problem: Problem, values: Any) -> float:
    return float(max(problem.comm.allgather(float(values.max(initial=0.0)))))
