"""Numbers out of a solution: integrals, means and extrema of expressions over blocks, boundaries and interfaces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from firedrake.assemble import get_assembler

from trona.model.field import symbols_in
from trona.model.local_points import holds_at_points
from trona.model.symbols import FieldSymbol
from trona.problem.collocation import degree_of_points
from trona.problem.lower import Site
from trona.problem.polynomial import polynomial_degree
from trona.readings.samplers import AtItsPoints, AtNodes, AtPoints, Interpolation, Sampler, nodal_space

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from trona.model.boundary_law import Stretch
    from trona.model.parts import Output
    from trona.problem.problem import Problem
    from trona.problem.unknowns import Component

FINE = 4
"""Parts of each edge of a cell between whose ends an extreme is looked for of what is no polynomial of degree 2."""
_ROUND_OFF = 1e-12
"""How well a solution is known, relative to its size."""
_CLEAR = 1e6
"""How far above round-off what is reported needs no second look at its round-off."""


class OutputEvaluator:
    """Evaluates outputs; what it compiles and allocates for one is kept for the next step."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.model, self.forms, self.meshes = problem.model, problem.reading, problem.meshes
        self._integrals: dict[Output, list[tuple[Any, Any]]] = {}
        self._samples: dict[Output, list[Sampler]] = {}
        self._noises: dict[Output, float] = {}
        self._updates: dict[Output, list[Callable[[], None]]] = {}
        self._sums = problem.local_sums

    def value(self, output: Output) -> float:
        """Return the value of an output, in the coherent SI unit, the same on all ranks."""
        return self.reading(output)[0]

    def reading(self, output: Output) -> tuple[float, str]:
        """Return the value of an output, NaN where it has none, and then why."""
        if output.reduce in ("integral", "mean"):
            return self._integral(output), ""
        low, high = self._extremes(output)
        if output.reduce != "ratio":
            return (low if output.reduce == "minimum" else high), ""
        unit, noise = output.expressed_in.si, self._noise(output, max(abs(low), abs(high)))
        if max(abs(low), abs(high)) <= noise:
            return float("nan"), "is zero to round-off"
        if low < -noise and high > noise:
            return float("nan"), f"changes sign, from {low:.4g} to {high:.4g} {unit}"
        least, most = (low, high) if low + high > 0 else (-high, -low)
        if least <= noise:
            return float("nan"), f"reaches zero, from {low:.4g} to {high:.4g} {unit}"
        return most / least, ""

    def _extremes(self, output: Output) -> tuple[float, float]:
        if output not in self._samples:
            self._samples[output] = list(self._samplers(output))
        comm = self.problem.comm
        found = [sampler.extremes() for sampler in self._samples[output]]
        low, high = min(low for low, _ in found), max(high for _, high in found)
        return -float(comm.allreduce(-low, op=_mpi_max())), float(comm.allreduce(high, op=_mpi_max()))

    def _noise(self, output: Output, size: float) -> float:
        """Return by how much the values of an output of this size change with the round-off of the unknowns."""
        known = self._noises.get(output, np.inf)
        if size > _CLEAR * known:
            return known
        problem, noise = self.problem, 0.0
        before = self._extremes(output)
        state = problem.unknowns.states[0]
        names = {s.name for s in self._symbols(output)}
        for component in (c for c in problem.unknowns.components if c.name in names):
            part = state.subfunctions[component.index]
            kept = part.dat.data_ro.copy()
            offset = abs(float(component.reference)) / float(component.scale)
            level = problem.comm.allreduce(float(np.abs(kept).max(initial=0.0)), op=_mpi_max())
            change = _ROUND_OFF * max(1.0, offset, level)
            part.dat.data[...] = kept + change * np.where(np.arange(kept.size) % 2, 1, -1).reshape(kept.shape)
            after = self._extremes(output)
            noise += max(abs(a - b) for a, b in zip(after, before, strict=True))
            part.dat.data[...] = kept
        self._noises[output] = noise
        return noise

    def _symbols(self, output: Output) -> Iterator[FieldSymbol]:
        for stretch in output.law.stretches if output.law else ():
            yield from _fields(self.model.expand_at(output.expression, stretch))
        for block in output.blocks:
            yield from _fields(self.model.expand(output.expression, block))

    # ------------------------------------------------------------------ integrals

    def _integral(self, output: Output) -> float:
        if output not in self._integrals:
            self._integrals[output] = list(self._integral_forms(output))
        parts = self._integrals[output]
        for update in self._updates.get(output, ()):
            update()
        total = sum(float(integral.assemble()) for integral, _ in parts)
        if output.reduce != "mean":
            return total
        return total / sum(e if isinstance(e, float) else float(e.assemble()) for _, e in parts)

    def _with_extent(self, density: Any, site: Site, labels: tuple[int, ...], extent: float) -> tuple[Any, Any]:
        """Return what assembles the integral of a density, and the size of where it is taken or what assembles that."""
        integral = get_assembler(self.forms.integrate(density, site, labels))
        if self.model.motion is not None or self.model.coordinates.axisymmetric:
            return integral, get_assembler(self.forms.integrate(1.0, site, labels))
        return integral, float(extent)

    def _integral_forms(self, output: Output) -> Any:
        mesh = self.model.mesh
        if output.law is not None:
            for stretch in output.law.stretches:
                expression = self._sums.expand_at(output.expression, stretch)
                self._updates.setdefault(output, []).append(self._sums.updating(expression))
                site = self.forms.facet_site(stretch.sides, expression)
                density = self.forms.lower(expression, site)
                area = sum(mesh.facet_sets[s].measure for s in stretch.sets)
                yield self._with_extent(density, site, self.forms.labels(site, stretch), area)
        else:
            for block in output.blocks:
                expression = self.model.expand(output.expression, block)
                points = self.forms.points_of(expression)
                site = Site("dx", self._home(expression, block), {None: block}, degree=points)
                density = self.forms.lower(expression, site)
                labels = (self.meshes.block_label(block),)
                yield self._with_extent(density, site, labels, mesh.block_measure[block])

    def _components(self, expression: Any, block: str) -> list[Component]:
        found = [self.forms.unknowns.find(s.name, block) for s in _fields(expression)]
        return [c for c in found if c.blocks]

    def _home(self, expression: Any, block: str) -> Any:
        """Return the mesh on which an expression in a block is best evaluated."""
        for component in self._components(expression, block):
            return component.mesh
        return self.meshes.parent

    # ------------------------------------------------------------------ extremes

    def _samplers(self, output: Output) -> Any:
        if output.law is not None:
            for stretch in output.law.stretches:
                yield self._on_facets(output, stretch)
        else:
            for block in output.blocks:
                yield self.in_block(output.expression, block, otherwise=FINE)

    def _on_facets(self, output: Output, stretch: Stretch) -> Sampler:
        expression = self._sums.expand_at(output.expression, stretch)
        sampler = self._on_stretch(expression, stretch)
        sampler.before = self._sums.updating(expression)
        return sampler

    def _on_stretch(self, expression: Any, stretch: Stretch) -> Sampler:
        if self.model.dimension == 1:
            site = self.forms.facet_site(stretch.sides, expression)
            return AtPoints(self.forms, expression, site, self.forms.labels(site, stretch))
        surface = self.meshes.surface(stretch.sets)
        site = Site("dx", surface, dict(stretch.sides))
        known = polynomial_degree(self.forms.lower(expression, site))
        space = nodal_space(surface, nodes_for(known, FINE), ())
        return AtNodes(self.forms, expression, site, space, known)

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
        """Return a sampler of what stands for an expression, at the points where that has a meaning."""
        (component,) = self._components(expanded, block)
        space = nodal_space(component.mesh, component.field.degree, ())
        lowered = self.forms.lower(expanded, Site("dx", component.mesh, {None: block}))
        degree = degree_of_points(self.model.dimension, component.field.order)
        return AtItsPoints(lowered, space, self.meshes.cells(component.mesh, block), degree)

    def _in_cells(self, expanded: Any, block: str, degree: int | None, otherwise: int | None) -> Sampler:
        site = Site("dx", self._home(expanded, block), {None: block})
        lowered = self.forms.lower(expanded, site)
        known = polynomial_degree(lowered)
        if degree is None:
            highest = max((c.field.degree for c in self._components(expanded, block)), default=1)
            degree = nodes_for(known, otherwise or highest)
        space = nodal_space(site.mesh, degree, lowered.ufl_shape)
        cells = self.meshes.cells(site.mesh, block)
        if set(site.used) <= {site.mesh}:
            return Interpolation(lowered, space, known, cells)
        return AtNodes(self.forms, expanded, site, space, known, self.meshes.block_label(block), cells)


def nodes_for(degree: int | None, otherwise: int) -> int:
    """Return the degree of nodes that determine a polynomial; of those at which to look at anything else."""
    if degree is None:
        return otherwise
    return max(degree, 1) if degree <= 2 else max(degree, otherwise)


def _fields(expression: Any) -> list[FieldSymbol]:
    return [s for s in symbols_in(expression) if isinstance(s, FieldSymbol)]


def _mpi_max() -> Any:
    from mpi4py import MPI

    return MPI.MAX
