"""The times in which what enters the balances of a problem fills what they store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import firedrake as fd
import numpy as np

from trona.problem.constant import Constant

if TYPE_CHECKING:
    from trona.problem import Problem
    from trona.verify.exact import ExactState

_ROUND_OFF = 1e-12  # of a sum: what is smaller is none of it


def largest_time_scale(problem: Problem, state: ExactState) -> float:
    return max(_time_scales(problem, state), default=1.0)


def smallest_time_scale(problem: Problem, state: ExactState) -> float:
    return min(_time_scales(problem, state), default=1.0)


def _time_scales(problem: Problem, state: ExactState) -> list[float]:
    """Return, per component with storage, the time in which its exchange equals its storage, s.

    Both follow from the Jacobian applied to the manufactured fields, with and without the rates. Where the exchange
    does not depend on the fields, beyond round-off, it is the exchange itself that fills the storage: any longer time
    would leave nothing of the storage but round-off.
    """
    state.assign(problem.unknowns.states[0], 0.0)
    problem.inputs.set_times([0.0] * len(problem.unknowns.states))
    applied = []
    for rate in (1.0, 0.0):
        for constant, weight in zip(problem.inputs.rates, (rate, -rate, 0.0), strict=True):
            constant.assign(weight)
        applied.append(_change(problem, state))
    applied.append(_parts(problem.forms.residual(True)))
    found = []
    for both, rest, whole in zip(*applied, strict=True):
        amounts = (abs(part).sum() for part in (both - rest, rest, whole))
        stored, response, exchange = (float(problem.comm.allreduce(float(amount))) for amount in amounts)
        through = response if response > _ROUND_OFF * exchange else exchange
        if stored > _ROUND_OFF * through > 0:
            found.append(stored / through)
    return found


def _change(problem: Problem, state: ExactState) -> list[Any]:
    """Return, per component, the change of the residual with the variations of the manufactured fields."""
    direction = fd.Function(problem.unknowns.space)
    for component, part in zip(problem.unknowns.components, direction.subfunctions, strict=True):
        if component.field.kind == "global":
            continue
        field = state.fields[component.index]
        own = state.own(component, Constant(0.0))
        if not component.field.shape:
            own = own - (field.level - component.reference) / component.scale
        component.interpolate(own, part)
    for bc in problem.bcs:
        bc.zero(direction)
    form = fd.action(fd.derivative(problem.forms.residual(True), problem.unknowns.states[0]), direction)
    return _parts(form)


def _parts(form: Any) -> list[Any]:
    """Return the assembled form by component."""
    return [np.array(p.dat.data_ro, ndmin=1) for p in fd.assemble(form).subfunctions]
