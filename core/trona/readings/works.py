"""What is taken of a flux by parts of what drives it, in blocks.

Inside a cell a flux is less accurate than its mean there: a gradient is one number in cells of order 1, while the flux
has besides it what varies more, such as the gradient of a logarithm. Only the polynomials in each cell that gradients
consist of count in the balance. So each part takes of the flux what it has of these: that of the gradient, and the sum
of all parts, stay as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import firedrake as fd
import numpy as np
import ufl
from FIAT import create_quadrature
from firedrake.assemble import get_assembler

from trona.problem.lower import Lowering
from trona.problem.site import Site
from trona.readings.samplers import nodal_element, nodal_space, stretches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from trona.model.asked import Work
    from trona.problem.problem import Problem
    from trona.readings.outputs import OutputEvaluator

Array = Any


class Fluxes:
    """The total fluxes of balances in blocks, as `WorkReader` needs them; each is made once."""

    def __init__(self, problem: Problem, evaluator: OutputEvaluator) -> None:
        self.problem, self._once = problem, evaluator.once
        self._made: dict[tuple[str, str], _Tested] = {}

    def of(self, balance: str, block: str) -> Array:
        """Return the integrals of a flux in a block times the polynomials in each cell, in the present state."""
        key = balance, block
        if key not in self._made:
            self._made[key] = _Tested(self.problem, balance, block, self.problem.model.flux_symbol(balance), True)
        return self._once((self, key), self._made[key].values)


class WorkReader:
    """Evaluates what is taken of fluxes in a block, in the current state."""

    def __init__(self, problem: Problem, evaluator: OutputEvaluator, fluxes: Fluxes, work: Work) -> None:
        self._comm, self._block, self._fluxes, self._once = problem.comm, work.block, fluxes, evaluator.once
        self._slopes = {name: _Tested(problem, name, work.block, slope, False) for name, slope in work.slopes.items()}

    def integral(self) -> float:
        """Return it, the same on all ranks."""
        return self._once(self, lambda: float(self._comm.allreduce(sum(self._on_this_rank()))))

    def _on_this_rank(self) -> Iterator[float]:
        for balance, slope in self._slopes.items():
            yield slope.times(self._fluxes.of(balance, self._block))


class _Tested:
    """The integrals of a vector times the polynomials, in each cell, of which gradients of the field consist.

    Both a flux and a slope are taken back to the mesh as it was read, where gradients are polynomials.
    """

    def __init__(self, problem: Problem, balance: str, block: str, vector: Any, is_flux: bool) -> None:
        equation, sums, forms = problem.model.balances[balance], problem.local_sums, problem.reading
        component = problem.unknowns.find(equation.field.name, block)
        expanded = sums.expand(vector, block)
        self._update: Callable[[], None] = sums.updating(expanded)
        site = Site("dx", component.mesh, {None: block}, degree=forms.points_of(expanded))
        lowering = Lowering(site, forms.unknowns, forms.inputs, forms.meshes, moving=not equation.on_reference)
        mesh = component.mesh
        space = nodal_space(mesh, max(component.field.order - 1, 0), (problem.model.dimension,))
        lowered = lowering.taken_back(expanded, is_flux).seen_by(mesh)
        where = forms.measure(site, (problem.meshes.block_label(block),), lowered.meshes)
        self._form = get_assembler(ufl.inner(lowered.expression, fd.TestFunction(space)) * where)
        own = slice(mesh.cell_set.size)
        self._nodes = space.cell_node_list[own]
        self._axes = problem.model.dimension
        self._sizes = stretches(mesh)[own]
        self._inverse = np.linalg.inv(_masses(space))

    def values(self) -> Array:
        """Return the integrals, (cells, polynomials, axes)."""
        self._update()
        return self._form.assemble().dat.data_ro.reshape(-1, self._axes)[self._nodes]

    def times(self, flux: Array) -> float:
        """Return the sum over the cells of this rank of the integrals of the product with a flux."""
        found = np.einsum("cma,mn,cna,c->", flux, self._inverse, self.values(), 1 / self._sizes)
        return float(found)


def _masses(space: Any) -> Array:
    """Return the integrals of products of the polynomials of a nodal space over the reference cell."""
    element = nodal_element(space)
    rule = create_quadrature(element.ref_el, max(2 * element.degree(), 1))
    table = element.tabulate(0, rule.get_points())[(0,) * element.ref_el.get_spatial_dimension()]
    return np.einsum("mq,nq,q->mn", table, table, rule.get_weights())
