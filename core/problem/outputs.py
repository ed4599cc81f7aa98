"""Numbers out of a solution: integrals, means and extrema of expressions over blocks, boundaries and interfaces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import firedrake as fd
import numpy as np
import ufl
from trona.model.field import symbols_in
from trona.model.symbols import FieldSymbol
from trona.problem.lower import Site
from ufl.algorithms import expand_indices
from ufl.algorithms.apply_algebra_lowering import apply_algebra_lowering
from ufl.algorithms.apply_derivatives import apply_derivatives

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trona.model.boundary_law import Stretch
    from trona.model.parts import Output
    from trona.problem.problem import Problem
    from trona.problem.unknowns import Component

# PETSc takes a pivot below 2e-14 for zero, and the mass of a cell of a nanometre is far less.
LOCAL_MASS = {
    "ksp_type": "preonly", "pc_type": "bjacobi", "sub_pc_type": "lu", "mat_type": "aij",
    "sub_pc_factor_zeropivot": 1e-300,
}  # fmt: skip
_MASS = {"ksp_type": "preonly", "pc_type": "lu", "pc_factor_mat_solver_type": "mumps", "mat_type": "aij"}


class OutputEvaluator:
    """Evaluates outputs; what it compiles and allocates for one is kept for the next step."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.model, self.forms, self.meshes = problem.model, problem.reading, problem.meshes
        self._integrals: dict[Output, list[tuple[Any, Any]]] = {}
        self._samples: dict[Output, list[Sampler]] = {}

    def value(self, output: Output) -> float:
        """Return the value of an output, in the coherent SI unit, the same on all ranks."""
        if output.reduce in ("integral", "mean"):
            return self._integral(output)
        if output not in self._samples:
            self._samples[output] = list(self._samplers(output))
        comm = self.problem.comm
        low, high = np.inf, -np.inf
        for sampler in self._samples[output]:
            values = sampler.values()
            if values.size:
                low, high = min(low, float(values.min())), max(high, float(values.max()))
        low = -float(comm.allreduce(-low, op=_mpi_max()))
        high = float(comm.allreduce(high, op=_mpi_max()))
        if output.reduce == "ratio":
            return float(high / low) if low else float("inf")
        return float(low if output.reduce == "minimum" else high)

    # ------------------------------------------------------------------ integrals

    def _integral(self, output: Output) -> float:
        if output not in self._integrals:
            self._integrals[output] = list(self._integral_forms(output))
        parts = self._integrals[output]
        total = sum(float(fd.assemble(form)) for form, _ in parts)
        if output.reduce != "mean":
            return total
        return total / sum(e if isinstance(e, float) else float(fd.assemble(e)) for _, e in parts)

    def _with_extent(
        self, density: Any, site: Site, labels: tuple[int, ...], extent: float
    ) -> tuple[Any, Any]:
        """Return the integral of a density and the size of where it is taken: a form where the mesh is not all."""
        if self.model.motion is not None or self.model.coordinates.axisymmetric:
            return self.forms.integrate(density, site, labels), self.forms.integrate(1.0, site, labels)
        return self.forms.integrate(density, site, labels), float(extent)

    def _integral_forms(self, output: Output) -> Any:
        mesh = self.model.mesh
        if output.law is not None:
            for stretch in output.law.stretches:
                expression = self.model.expand_at(output.expression, stretch)
                site = self.forms.facet_site(stretch.sides, expression)
                density = self.forms.lower(expression, site)
                area = sum(mesh.facet_sets[s].measure for s in stretch.sets)
                yield self._with_extent(density, site, self.forms.labels(site, stretch), area)
        else:
            for block in output.blocks:
                expression = self.model.expand(output.expression, block)
                site = Site("dx", self._home(expression, block), {None: block})
                density = self.forms.lower(expression, site)
                labels = (self.meshes.block_label(block),)
                yield self._with_extent(density, site, labels, mesh.block_measure[block])

    def _components(self, expression: Any, block: str) -> list[Component]:
        fields = [s for s in symbols_in(expression) if isinstance(s, FieldSymbol)]
        found = [self.problem.unknowns.find(s.name, block) for s in fields]
        return [c for c in found if c.blocks]

    def _home(self, expression: Any, block: str) -> Any:
        """Return the mesh on which an expression in a block is best evaluated."""
        for component in self._components(expression, block):
            return component.mesh
        return self.meshes.parent

    # ------------------------------------------------------------------ extrema

    def _samplers(self, output: Output) -> Any:
        if output.law is not None:
            for stretch in output.law.stretches:
                yield self._on_facets(output, stretch)
        else:
            for block in output.blocks:
                yield self.in_block(output.expression, block)

    def _on_facets(self, output: Output, stretch: Stretch) -> Sampler:
        expression = self.model.expand_at(output.expression, stretch)
        if self.model.dimension == 1:
            site = self.forms.facet_site(stretch.sides, expression)
            return _AtPoints(self, expression, site, self.forms.labels(site, stretch))
        surface = self.meshes.surface(stretch.sets)
        site = Site("dx", surface, dict(stretch.sides))
        degree = max((f.degree for f in self.model.fields.values()), default=1)
        return _Projection(self, expression, site, fd.FunctionSpace(surface, "CG", degree), _MASS)

    def in_block(self, expression: Any, block: str, degree: int | None = None) -> Sampler:
        """Return a sampler of a scalar or vector expression at the nodes of every cell of a block."""
        expanded = self.model.expand(expression, block)
        site = Site("dx", self._home(expanded, block), {None: block})
        lowered = self.forms.lower(expanded, site)
        if degree is None:
            degree = max((c.field.degree for c in self._components(expanded, block)), default=1)
        space = nodal_space(site.mesh, degree, lowered.ufl_shape)
        cells = self.meshes.cells(site.mesh, block)
        if set(site.used) <= {site.mesh}:
            return _Interpolation(lowered, space, cells)
        return _Projection(self, expanded, site, space, LOCAL_MASS, self.meshes.block_label(block), cells)


class Sampler:
    """Gives the values, on this rank, of an expression at nodes; `function` holds them after `update`."""

    function: Any
    cells: Any = None

    def update(self) -> None:
        raise NotImplementedError

    def values(self) -> Any:
        self.update()
        if self.cells is None:
            return self.function.dat.data_ro
        nodes = self.function.function_space().cell_node_list[self.cells]
        return self.function.dat.data_ro_with_halos[np.unique(nodes)]


class _Interpolation(Sampler):
    def __init__(self, expression: Any, space: Any, cells: Any) -> None:
        self.function, self.cells = fd.Function(space), cells
        self.update_with = fd.interpolate(_evaluated(expression), space)

    def update(self) -> None:
        self.function.assign(fd.assemble(self.update_with))


def _evaluated(expression: Any) -> Any:
    """Return the same with its tensor algebra carried out.

    What then turns out to be zero leaves with its functions, which Firedrake's interpolation does not miss otherwise.
    """
    lowered = apply_derivatives(apply_algebra_lowering(expression))
    return lowered if lowered.ufl_shape else expand_indices(lowered)


class _Projection(Sampler):
    def __init__(
        self, evaluator: OutputEvaluator, expression: Any, site: Site, space: Any, options: dict[str, Any],
        label: int | None = None, cells: Any = None,
    ) -> None:  # fmt: skip
        self.function, self.cells = fd.Function(space), cells
        u, v = fd.TrialFunction(space), fd.TestFunction(space)
        lowered = evaluator.forms.lower(expression, site)
        where = evaluator.forms.measure(site, () if label is None else (label,))
        degree = {"quadrature_degree": evaluator.model.quadrature_degree}
        mass = ufl.inner(u, v) * fd.dx(domain=space.mesh(), metadata=degree)
        problem = fd.LinearVariationalProblem(
            mass, ufl.inner(lowered, v) * where, self.function, constant_jacobian=True
        )
        self.solver = fd.LinearVariationalSolver(problem, solver_parameters=options)

    def update(self) -> None:
        # From zero: Firedrake's residual misses what is there already where the load sees other meshes.
        self.function.assign(0)
        self.solver.solve()


class _AtPoints(Sampler):
    """On a line facets are points, of which Firedrake makes no mesh; the hat function there picks each value."""

    def __init__(
        self, evaluator: OutputEvaluator, expression: Any, site: Site, labels: tuple[int, ...]
    ) -> None:
        space = fd.FunctionSpace(site.mesh, "CG", 1)
        lowered = evaluator.forms.lower(expression, site)
        test = fd.TestFunction(space)
        test = test("+") if site.kind == "dS" else test
        self.form = lowered * test * evaluator.forms.measure(site, labels)
        self.nodes = fd.DirichletBC(space, 0, labels).nodes

    def values(self) -> Any:
        found = fd.assemble(self.form).dat.data_ro
        return found[self.nodes[self.nodes < len(found)]]


def nodal_space(mesh: Any, degree: int, shape: Sequence[int]) -> Any:
    """Return discontinuous elements whose nodes lie where continuous ones of that degree have theirs."""
    element = fd.FiniteElement("DG", mesh.ufl_cell(), degree, variant="equispaced")
    if not shape:
        return fd.FunctionSpace(mesh, element)
    return fd.VectorFunctionSpace(mesh, element, dim=int(np.prod(shape)))


def _mpi_max() -> Any:
    from mpi4py import MPI

    return MPI.MAX
