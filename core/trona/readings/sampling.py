"""How an expression is sampled: where in the cells of a block or on facets, and on which mesh."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trona.model.local_points import holds_at_points
from trona.model.symbols import FieldSymbol
from trona.model.unknown import symbols_in
from trona.problem.collocation import degree_of_points
from trona.problem.polynomial import polynomial_degree
from trona.problem.site import Site
from trona.readings.samplers import AtItsPoints, AtNodes, AtPoints, Interpolation, Sampler, nodal_space

if TYPE_CHECKING:
    from trona.model.laws import Patch
    from trona.problem.problem import Problem
    from trona.problem.unknowns import Component

FINE = 4
"""Parts of each edge of a cell between whose ends an extreme is looked for of what is no polynomial of degree 2."""


class Sampling:
    """Makes samplers of expressions on the unknowns of a problem."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.model, self.forms, self.meshes = problem.model, problem.reading, problem.meshes
        self._sums = problem.local_sums

    def components(self, expression: Any, block: str) -> list[Component]:
        """Return the unknowns in blocks that an expanded expression depends on."""
        found = [self.forms.unknowns.find(s.name, block) for s in fields_in(expression)]
        return [c for c in found if c.blocks]

    def home(self, expression: Any, block: str) -> Any:
        """Return the mesh on which an expanded expression in a block is best evaluated."""
        for component in self.components(expression, block):
            return component.mesh
        return self.meshes.parent

    def on_patch(self, expression: Any, patch: Patch, degree: int | None = None) -> Sampler:
        """Return a sampler of a scalar or vector expression on the facets of a patch; degree: of its nodes."""
        expanded = self._sums.expand_at(expression, patch)
        sampler = self._on_facets(expanded, patch, degree)
        sampler.before = self._sums.updating(expanded)
        return sampler

    def _on_facets(self, expanded: Any, patch: Patch, degree: int | None) -> Sampler:
        if self.model.dimension == 1:
            site = self.forms.facet_site(patch.sides, expanded)
            return AtPoints(self.forms, expanded, site, self.forms.labels(site, patch))
        surface = self.meshes.surface(patch.sets)
        site = Site("dx", surface, dict(patch.sides))
        lowered = self.forms.lower(expanded, site).expression
        known = polynomial_degree(lowered)
        space = nodal_space(surface, degree or nodes_for(known, FINE), lowered.ufl_shape)
        return AtNodes(self.forms, expanded, site, space, known)

    def in_block(self, expression: Any, block: str, degree: int | None = None, otherwise: int | None = None) -> Sampler:
        """Return a sampler of a scalar or vector expression at nodes in every cell of a block.

        degree: of the nodes. By default a polynomial has as many as determine it; what is none, those of degree
        `otherwise`, or of the fields in it.
        """
        expanded = self._sums.expand(expression, block)
        if otherwise and holds_at_points(self.model, self.model.expand(expression, block)):
            sampler: Sampler = self._where_it_holds(expanded, block)
        else:
            sampler = self._in_cells(expanded, block, degree, otherwise)
        sampler.before = self._sums.updating(expanded)
        return sampler

    def _where_it_holds(self, expanded: Any, block: str) -> Sampler:
        """Return a sampler of the values of an expression, at the points where they are defined."""
        (component,) = self.components(expanded, block)
        space = nodal_space(component.mesh, component.field.degree, ())
        lowered = self.forms.lower(expanded, Site("dx", component.mesh, {None: block})).expression
        degree = degree_of_points(self.model.dimension, component.field.order)
        return AtItsPoints(lowered, space, self.meshes.cells(component.mesh, block), degree)

    def _in_cells(self, expanded: Any, block: str, degree: int | None, otherwise: int | None) -> Sampler:
        site = Site("dx", self.home(expanded, block), {None: block})
        lowered = self.forms.lower(expanded, site)
        known = polynomial_degree(lowered.expression)
        if degree is None:
            highest = max((c.field.degree for c in self.components(expanded, block)), default=1)
            degree = nodes_for(known, otherwise or highest)
        space = nodal_space(site.mesh, degree, lowered.expression.ufl_shape)
        cells = self.meshes.cells(site.mesh, block)
        if set(lowered.meshes) <= {site.mesh}:
            return Interpolation(lowered.expression, space, known, cells)
        return AtNodes(self.forms, expanded, site, space, known, self.meshes.block_label(block), cells)


def nodes_for(degree: int | None, otherwise: int) -> int:
    """Return the degree of nodes that determine a polynomial; of those at which to look at anything else."""
    if degree is None:
        return otherwise
    return max(degree, 1) if degree <= 2 else max(degree, otherwise)


def fields_in(expression: Any) -> list[FieldSymbol]:
    """Return the symbols of fields in an expression."""
    return [s for s in symbols_in(expression) if isinstance(s, FieldSymbol)]
