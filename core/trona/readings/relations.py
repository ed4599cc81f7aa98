"""Relations: equations in the form of a balance that conserve nothing, and their residuals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from trona.model import Model
    from trona.model.equation import Equation
    from trona.problem.problem import Problem

_NOTHING = 1e-30
"""Of the typical variation of unknowns: less is what round-off leaves of a state that has returned to zero."""


def conserves(model: Model, balance: Equation) -> bool:
    """Whether a balance stores something, or has fluxes through boundaries or interfaces; else it is a relation."""
    terms = [term for owner, term in model.terms() if owner is balance]
    passes = any(t.kind in ("storage", "inflow") or t.crossing is not None for t in terms)
    held = any(t.kind == "flux" for t in terms) and any(f.field == balance.field.name for f in model.fixed)
    return passes or held


def relation_residuals(problem: Problem, names: set[str], residual: Any) -> dict[str, tuple[float, float]]:
    """Return two numbers per relation: its relative residual, and the largest possible sum of its rows.

    Both refer to the largest values of its rows for unknowns of their present size. residual: assembles the residual of
    the problem. Collective.
    """
    if not names:
        return {}
    rows = residual.assemble()
    for bc in problem.bcs:
        bc.zero(rows)
    size = max(_NOTHING, *(_spread(part) for part in problem.unknowns.states[0].subfunctions))
    found = {}
    for name in names:
        components = problem.unknowns.of(problem.model.balances[name].field.name)
        worst = max((_spread(rows.subfunctions[c.index]) for c in components), default=0.0)
        whole = sum(float(c.row) * _count(rows.subfunctions[c.index]) * size for c in components)
        found[name] = worst / size, whole
    return found


def _count(part: Any) -> int:
    with part.dat.vec_ro as vector:
        return int(vector.getSize())


def _spread(part: Any) -> float:
    """Return the root mean square of the values of a function."""
    with part.dat.vec_ro as vector:
        count = max(int(vector.getSize()), 1)
        return float(vector.norm() / np.sqrt(count))
