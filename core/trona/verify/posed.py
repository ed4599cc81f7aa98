"""Signs of fluxes, which manufactured solutions cannot check: fluxes must run down their gradients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import firedrake as fd
import ufl
from ufl.algorithms.apply_algebra_lowering import apply_algebra_lowering
from ufl.algorithms.apply_derivatives import apply_derivatives
from ufl.classes import Zero

from trona.errors import UserError
from trona.model.symbols import FieldSymbol, RateSymbol
from trona.problem.site import Site
from trona.verify.exact import ExactLowering, ExactState

if TYPE_CHECKING:
    from trona.model import Model
    from trona.model.equation import Equation, Term
    from trona.problem.unknowns import Component


@dataclass(frozen=True)
class FluxResponse:
    """The derivatives of storage and flux of a balance in a block by its own field and gradient.

    capacity: d(storage)/d(field); conductance: -d(flux)/d(gradient) along each axis; both as smallest and largest value
    over the cells, in SI. A balance with storage is well-posed forward in time only if both have the same sign.
    """

    balance: str
    block: str
    capacity: tuple[float, float]
    conductance: tuple[float, float]

    @property
    def holds(self) -> bool:
        return all(a * b >= 0 for a in self.capacity for b in self.conductance)


def flux_responses(state: ExactState) -> list[FluxResponse]:
    """Return the responses of every scalar balance that stores and conducts, block by block.

    Storage counts in a steady deck too, if the materials have the properties that it needs, because it determines the
    sign.
    """
    found = []
    for name, balance in sorted(state.problem.model.balances.items()):
        if balance.field.kind != "volume" or balance.field.shape:
            continue
        for block in balance.blocks:
            terms = [t for t in balance.terms if block in t.blocks]
            stored = [t for t in terms if t.kind == "storage"]
            fluxes = [t for t in terms if t.kind == "flux"]
            if stored and fluxes and _known(state.problem.model, stored, block):
                capacity = _range(state, balance, block, stored)
                conductance = _range(state, balance, block, fluxes)
                found.append(FluxResponse(name, block, capacity, conductance))
    return found


def _known(model: Model, stored: list[Term], block: str) -> bool:
    """Whether a block has all properties for its storage, which only a steady deck may lack."""
    if not model.steady:
        return True
    try:
        for term in stored:
            model.expand(term.expression, block)
    except UserError:
        return False
    return True


def _range(state: ExactState, balance: Equation, block: str, terms: list[Term]) -> tuple[float, float]:
    """Return the least and greatest derivative of the terms' sum: storages by the field, fluxes by -gradient."""
    problem = state.problem
    component = problem.unknowns.find(balance.field.name, block)
    site = Site("dx", component.mesh, {None: block})
    marked = _Marked(site, state, component)
    total = sum(marked.apply(problem.model.expand(t.expression, block)) for t in terms)
    if terms[0].kind == "storage":
        parts = [ufl.diff(total, marked.value)]
    else:
        slope = ufl.diff(total, marked.gradient)
        parts = [-slope[i, i] for i in range(problem.model.dimension)]
    parts = [apply_derivatives(apply_algebra_lowering(part)) for part in parts]
    space = fd.FunctionSpace(component.mesh, "DG", 0)
    label = (problem.meshes.block_label(block),)
    test = fd.TestFunction(space)
    sizes = fd.assemble(test * problem.forms.measure(site, label)).dat.data_ro
    low, high = float("inf"), -float("inf")
    for part in parts:
        if isinstance(part, Zero):  # from which no form can be made
            low, high = min(low, 0.0), max(high, 0.0)
            continue
        values = fd.assemble(part * test * problem.forms.measure(site, label)).dat.data_ro
        inside = values[sizes > 0] / sizes[sizes > 0]
        low = min(low, float(inside.min(initial=low)))
        high = max(high, float(inside.max(initial=high)))
    comm = problem.comm
    return -max(comm.allgather(-low)), max(comm.allgather(high))


class _Marked(ExactLowering):
    """Lowers expressions of manufactured fields, with one field and its gradient as variables to differentiate by."""

    def __init__(self, site: Site, state: ExactState, component: Component) -> None:
        super().__init__(site, state, state.problem.inputs.time(0))
        self.marked = component
        self.value = ufl.variable(state.value(component, site.mesh, self.time))
        self.gradient = ufl.variable(ufl.grad(state.value(component, site.mesh, self.time)))

    def coefficient(self, o: Any) -> Any:
        return self.value if self._is_marked(o) else super().coefficient(o)

    def grad(self, o: Any) -> Any:
        return self.gradient if self._is_marked(o.ufl_operands[0]) else super().grad(o)

    def _is_marked(self, o: Any) -> bool:
        return isinstance(o, FieldSymbol) and not isinstance(o, RateSymbol) and o.name == self.marked.name
